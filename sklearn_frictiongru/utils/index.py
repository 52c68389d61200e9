"""Reading time and run labels from the index of a table, once for each index."""

import weakref

import numpy as np
import pandas as pd

GAP_FACTOR = 1.5
"""A time step longer than this many sampling intervals is a gap."""

TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_remembered: list = []
"""Pairs of a weak reference to an index and a dict of what was read from it."""


def read_index(index):
    """Return time in seconds, run codes (both (n_rows,)) and run labels (n_runs,), each or None."""
    if index is None:
        return None, None, None
    return read_once(index, "time and runs", read_time_and_runs)


def read_once(index, what, read, *arguments):
    """Return ``read(index, *arguments)``, read anew only for an index not seen before.

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
    time = _time_in_seconds(index.get_level_values(-1))
    codes, labels = pd.factorize(index.droplevel(-1))
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise ValueError(f"X has no run label in its index at row {row}; name every run.")
    # Labels of several levels are tuples; an array of objects keeps each one whole.
    names = np.empty(len(labels), dtype=object)
    names[:] = list(labels)
    return time, codes, names


def _readings_of(index):
    """Return the dict of what was read from an index, or from another view of it."""
    for reference, readings in tuple(_remembered):
        known = reference()
        # Tables that share an index have views of it, which are objects of their own.
        if known is not None and known.is_(index):
            return readings
    entry = (weakref.ref(index, _forget), {})
    _remembered.append(entry)
    return entry[1]


def _forget(reference):
    """Drop what was read from an index that is no more."""
    _remembered[:] = [entry for entry in _remembered if entry[0] is not reference]


def _time_in_seconds(level):
    """Return an index level as seconds, read-only."""
    if isinstance(level, pd.DatetimeIndex | pd.TimedeltaIndex):
        missing = np.asarray(level.isna())
        # In their own resolution: years beyond 2262 do not fit into nanoseconds.
        time = (level.asi8 - level.asi8[:1].sum()) / TICKS_PER_SECOND[level.unit]
    elif pd.api.types.is_numeric_dtype(level) and not pd.api.types.is_bool_dtype(level):
        time = level.to_numpy(dtype=np.float64).view()
        missing = ~np.isfinite(time)
    else:
        raise ValueError(
            f"the time in the index of X (level {level.name!r}) has dtype {level.dtype}; "
            "expected numbers in seconds, dates or time differences. Convert it with "
            "pandas.to_datetime, or set the time with with_runs(X, time=...)."
        )
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise ValueError(
            f"the time in the index of X is missing (NaT or NaN) at row {row}; expected a "
            "time for every row. Drop the row or set its time."
        )
    time.flags.writeable = False
    return time
