"""Where most of the error over the whole record lies, in a sentence."""

from numbers import Real

from sklearn_frictiongru.study._errors import errors_by_block, stretches_with_most_of_the_error
from sklearn_frictiongru.study._numbers import counted, listed, percent
from sklearn_frictiongru.study._verdict import WHOLE_RECORD
from sklearn_frictiongru.utils.typography import signed

MOST_NAMED = 3
"""Stretches of rows that are named."""


def most_of_the_error(study):
    """Say where most of the squared error over the whole record lies; "" where in many rows."""
    if WHOLE_RECORD not in study.skill_tests:
        return ""
    blocks = errors_by_block(study)
    places = stretches_with_most_of_the_error(blocks)
    if places.empty:
        return ""
    named = [_place(study, row) for _, row in places.head(MOST_NAMED).iterrows()]
    if len(places) > MOST_NAMED:
        named.append(counted(len(places) - MOST_NAMED, "other place"))
    return (
        f"{percent(places['share_of_squared_error'].sum())} of the squared error over the whole "
        f"record lies in {places['n_rows'].sum():,} of {blocks['n_rows'].sum():,} rows: "
        f"{listed(named)}."
    )


def _place(study, row):
    """Return where some rows are: their run, and their times or numbers."""
    run = f"run {row['run']}, " if study.predictions["run"].nunique() > 1 else ""
    if study.settings.sampling_interval is None or not isinstance(row["first_time"], Real):
        return f"{run}rows {row['first_row']:,} to {row['last_row']:,}"
    return run + seconds_between(row)


def seconds_between(row):
    """Return the times of the first and the last row as their table has them."""
    return " to ".join(
        signed(f"{value:,.10g} s") for value in (row["first_time"], row["last_time"])
    )
