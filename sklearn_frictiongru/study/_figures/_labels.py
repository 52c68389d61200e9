"""Names, units and window lengths of a study as its figures show them."""

import pandas as pd

from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.plotting import shown_name, time_axis
from sklearn_frictiongru.utils.units import error_unit, words_of


def target_of(study):
    """Return the target with its unit."""
    name = study.importance.target_name_
    return shown_name(name, study.units.get(name, ""))


def error_label(study):
    """Return the label of an axis of errors, in lines short enough for it."""
    unit = error_unit(study.units.get(study.importance.target_name_, ""))
    return shown_name("predicted − measured", unit).replace("− ", "−\n").replace(" [", "\n[")


def interval_of(study):
    """Return the seconds from row to row, None where the record has no times."""
    return study.importance.sampling_interval_


def length_label(study, length):
    """Return a window length in rows, and in seconds where the record has times."""
    settings, interval = study.settings, interval_of(study)
    rows = settings.rows_of(length)
    text = f"{rows} row{'s' * (rows > 1)}"
    return text if interval is None else f"{text} ({rows * interval:,.6g} s)"


def words(study):
    """Return the target in words, as a title shows it."""
    return drawable(shortened(words_of(study.importance.target_name_)))


def time_of(study, rows):
    """Return the time of rows, or their numbers where the record has none, and the label."""
    if interval_of(study) is None:
        return rows.index.to_numpy(), "row"
    return time_axis(pd.Index(rows["time"]), study.importance.feature_names_)
