"""Names, units and window lengths of a study as its figures show them."""

from sklearn_frictiongru.utils.plotting import shown_name


def target_of(study):
    """Return the target with its unit."""
    name = study.importance.target_name_
    return shown_name(name, study.units.get(name, ""))


def interval_of(study):
    """Return the seconds from row to row, None where the record has no times."""
    return study.importance.sampling_interval_


def length_label(study, length):
    """Return a window length in rows, and in seconds where the record has times."""
    settings, interval = study.settings, interval_of(study)
    rows = settings.rows_of(length)
    text = f"{rows} row{'s' * (rows > 1)}"
    return text if interval is None else f"{text} ({rows * interval:,.6g} s)"
