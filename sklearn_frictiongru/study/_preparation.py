"""What was done to a record before the study, in sentences for its methods."""

from sklearn_frictiongru.utils.units import words_of

RATE_ROWS = 5
"""Rows of the straight line of a rate, by default."""


def rates_sentence(quantities, kind):
    """Say how the rates of change of quantities were found."""
    rows = (
        f"the {RATE_ROWS} rows up to each row"
        if kind == "causal"
        else f"{RATE_ROWS} rows around each row, later rows included"
    )
    return (
        f"The rate of change of {' and that of '.join(quantities)} is the slope of a straight line "
        f"through {rows}."
    )


def preparation(how, rates=(), kind="causal"):
    """Say what was done to the rows of a file, from how it was read; "" if nothing was."""
    return " ".join(_sentences(how, rates, kind))


def _sentences(how, rates, kind):
    """Yield a sentence for each change."""
    if "taken as seconds" in how.get("time", ""):
        yield "The numbers of the time column were taken as seconds."
    if "rows left out" in how:
        yield f"Left out were {how['rows left out']}."
    if "drop_missing" in how:
        yield f"Rows were left out{how['drop_missing'].removeprefix('rows left out')}."
    if "sort" in how:
        yield "The rows were sorted by time."
    if "runs" in how:
        yield f"The rows were cut into {how['runs']}."
    for subject, said in how.items():
        if subject.startswith("convert "):
            yield f"The column {subject.removeprefix('convert ')} was converted {said}."
    if "resample" in how:
        yield f"The rows are {how['resample'].replace(', of', ' of')} of the file."
    if rates:
        yield rates_sentence([words_of(name) for name in rates], kind)
