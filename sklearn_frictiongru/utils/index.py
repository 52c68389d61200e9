"""Reading time and run labels from the index of a table, once for each index."""

import weakref

import numpy as np
import pandas as pd

GAP_FACTOR = 1.5
"""Number of sampling intervals above which a time step is a gap."""

TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_remembered: list = []
"""Pairs of a weak reference to an index and a dict of what was read from it."""


def read_index(index):
    """Return time in seconds, run codes (both (n_rows,)) and run labels (n_runs,), each or None."""
    if index is None:
        return None, None, None
    return read_once(index, "time and runs", read_time_and_runs)


def read_once(index, what, read, *arguments):
    """Return ``read(index, *arguments)``, stored from the first call with this index.

    An index cannot be changed, unlike the table that it belongs to.
    """
    readings = _readings_of(index)
    if what not in readings:
        readings[what] = read(index, *arguments)
    return readings[what]


def read_time_and_runs(index):
    """Read time in seconds, run codes (both (n_rows,)) and run labels (n_runs,) of an index."""
    if not isinstance(index, pd.MultiIndex):
        return _time_in_seconds(index), None, None
    _check_level_order(index)
    time = _time_in_seconds(index.get_level_values(-1))
    codes, labels = pd.factorize(index.droplevel(-1))
    missing = np.any([of_level < 0 for of_level in index.codes[:-1]], axis=0)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise ValueError(f"X has no run label in its index at row {row}; name every run.")
    # Labels of several levels are tuples; an array of objects keeps each one whole.
    names = np.empty(len(labels), dtype=object)
    names[:] = list(labels)
    # They are kept as long as the index.
    return time, codes.astype(np.int32), names


def time_level(index):
    """Return the last level of an index as dates, time differences or floats.

    Periods become their start times. Nullable and Arrow types, categories and objects become one
    of the three if pandas can convert them without a format.
    """
    level = index.get_level_values(-1)
    found = plain_level(level)
    if found is None:
        raise ValueError(
            f"the time in the index of X (level {level.name!r}) has dtype {level.dtype}; "
            f"expected numbers in seconds, dates or time differences{_found_in(level)}. Convert "
            "it with pandas.to_datetime or pandas.to_timedelta, or set the time with "
            "with_runs(X, time=...)."
        )
    return found


def plain_level(level):
    """Return an index level as dates, time differences or floats, or None if it is neither."""
    if isinstance(level, pd.CategoricalIndex):
        level = level.astype(level.categories.dtype)
    if isinstance(level, pd.PeriodIndex):
        return level.to_timestamp()
    if isinstance(level.dtype, pd.ArrowDtype):
        level = _without_arrow(level)
    elif level.dtype == object:
        level = _of_objects(level)
    if isinstance(level, pd.DatetimeIndex | pd.TimedeltaIndex):
        return level
    dtype = level.dtype
    is_real = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    if not is_real or pd.api.types.is_bool_dtype(dtype):
        return None
    if pd.api.types.is_extension_array_dtype(dtype):
        return pd.Index(level.to_numpy(dtype=np.float64, na_value=np.nan), name=level.name)
    return level


def _readings_of(index):
    """Return the dict of what was read from an index, or from another view of it."""
    for reference, readings in tuple(_remembered):
        known = reference()
        # Tables that share an index have views of it, which are separate objects.
        if known is not None and known.is_(index):
            return readings
    entry = (weakref.ref(index, _forget), {})
    _remembered.append(entry)
    return entry[1]


def _forget(reference):
    """Drop what was read from an index that was deleted."""
    _remembered[:] = [entry for entry in _remembered if entry[0] is not reference]


def _time_in_seconds(level):
    """Return an index level as seconds, read-only."""
    level = time_level(level)
    if isinstance(level, pd.DatetimeIndex | pd.TimedeltaIndex):
        missing = np.asarray(level.isna())
        # In their own resolution: years beyond 2262 do not fit into nanoseconds.
        time = (level.asi8 - level.asi8[:1].sum()) / TICKS_PER_SECOND[level.unit]
    else:
        time = level.to_numpy(dtype=np.float64).view()
        missing = ~np.isfinite(time)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise ValueError(
            f"the time in the index of X is missing (NaT or NaN) at row {row}; expected a "
            "time for every row. Drop the row or set its time."
        )
    time.flags.writeable = False
    return time


def _without_arrow(level):
    """Return an Arrow level in pandas' own types, where it holds dates or numbers."""
    kind = level.dtype.kind
    name = str(level.dtype.pyarrow_dtype)
    if name.startswith(("timestamp", "date")):
        return pd.DatetimeIndex(pd.to_datetime(level), name=level.name)
    if kind == "m":
        return pd.TimedeltaIndex(pd.to_timedelta(level), name=level.name)
    if name.startswith("decimal"):
        numbers = [np.nan if pd.isna(value) else float(value) for value in level]
        return pd.Index(numbers, dtype=np.float64, name=level.name)
    return level


def _of_objects(level):
    """Return a level of objects in pandas' own types, where they are all dates or all numbers."""
    kind = pd.api.types.infer_dtype(level, skipna=True)
    try:
        if kind in ("datetime", "datetime64", "date"):
            try:
                return pd.DatetimeIndex(pd.to_datetime(level), name=level.name)
            except ValueError:
                # Dates of several zones, or of a zone whose offset changes, are still instants.
                if any(value.tzinfo is None for value in level.dropna()):
                    return level
                return pd.DatetimeIndex(pd.to_datetime(level, utc=True), name=level.name)
        if kind in ("timedelta", "timedelta64"):
            return pd.TimedeltaIndex(pd.to_timedelta(level), name=level.name)
        if kind == "period":
            return pd.PeriodIndex(level, name=level.name).to_timestamp()
        if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
            numbers = [np.nan if pd.isna(value) else float(value) for value in level]
            return pd.Index(numbers, dtype=np.float64, name=level.name)
    except (ValueError, TypeError, AttributeError):
        pass
    return level


def _found_in(level):
    """Describe a level that is not a time by its first value."""
    return f", found {level[0]!r} at row 0" if len(level) else ""


def _check_level_order(index):
    """Raise if the time of a table precedes its run labels."""
    *leading_names, last_name = (str(name).lower() for name in index.names)
    if "time" in last_name or not len(index):
        return
    by_name = any("time" in name for name in leading_names) or last_name == "run"
    if by_name or any(_is_time_before_labels(index, level) for level in range(index.nlevels - 1)):
        raise ValueError(
            f"the index of X has the levels {list(index.names)}, with time before the run "
            "labels; expected run labels first and time last. Use X.swaplevel(0, -1), or "
            "with_runs(X, groups=..., time=...)."
        )


def _is_time_before_labels(index, number):
    """Tell whether a leading level holds the time, and the last one run labels."""
    leading = plain_level(index.levels[number])
    if leading is None or leading.dtype.kind not in "Mmfiu":
        return False
    if plain_level(index.levels[-1]) is None:
        return True
    # A run has many rows: its label stays the same while time increases.
    going_on, label_stays = np.diff(index.codes[number]) != 0, np.diff(index.codes[-1]) == 0
    return len(index) > 2 and going_on.mean() > 0.5 and label_stays.mean() > 0.5
