"""Resample a record to even time steps."""

from __future__ import annotations

from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from sklearn_frictiongru.preprocessing._boundaries import longest_step, ordered_steps
from sklearn_frictiongru.utils.durations import read_duration, to_seconds
from sklearn_frictiongru.utils.index import GAP_FACTOR, read_index, time_level
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import readable

Table = TypeVar("Table", pd.DataFrame, pd.Series)


def resample_runs(
    frame: Table,
    interval: Duration,
    *,
    how: Literal["mean", "interpolate"] = "mean",
    max_gap: Duration | None = None,
) -> Table:
    """Resample each run of a record to even time steps, never across a gap.

    Parameters
    ----------
    frame : pandas.DataFrame or pandas.Series of shape (n_rows, ...)
        Record with runs and time in its index: the last level is time, numbers in seconds,
        dates or time differences; leading levels name the run.
    interval : int, str, pandas.Timedelta or numpy.timedelta64
        New time step: a time such as ``"1s"``, or an int that counts median time steps of the
        record, so that 10 combines ten rows.
    how : {"mean", "interpolate"}, default="mean"
        "mean": the row at a time is the mean over the step that ends there, so that it
        uses no later rows; steps without rows are left out, which the time
        index then shows as a gap. "interpolate": linear interpolation between the rows on
        both sides, the later one included.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, in median time steps or as a time; a longer one is a run
        boundary. None is 1.5 times the longer one of `interval` and the median step.

    Returns
    -------
    pandas.DataFrame or pandas.Series, of shape (n_steps, ...)
        Rows at even steps inside each run, beginning with the run's first time.

    Raises
    ------
    ValueError
        If the frame has no time in its index, times are missing, duplicated, newest first or
        out of order inside a named run, a value is missing, a duration is a float, or `how` is
        unknown.

    See Also
    --------
    with_runs : Puts runs and time into the index.

    Examples
    --------
    The mean of the rows at 0.6 s and 1.0 s is the row at 1.0 s; the gap up to 9 s remains.

    >>> import pandas as pd
    >>> from sklearn_frictiongru.preprocessing import resample_runs
    >>> record = pd.Series(
    ...     [1.0, 2.0, 4.0, 8.0], index=[0.0, 0.6, 1.0, 9.0], name="friction"
    ... )
    >>> resample_runs(record, "1s")
    0.0    1.0
    1.0    3.0
    9.0    8.0
    Name: friction, dtype: float64
    """
    if how not in ("mean", "interpolate"):
        raise ValueError(f"how is {how!r}; expected 'mean' or 'interpolate'.")
    if not isinstance(frame, pd.DataFrame | pd.Series):
        raise ValueError(
            f"frame is a {type(frame).__name__} without time; expected a pandas table with time "
            "in its index. Set it with with_runs(X, time=...)."
        )
    _check_complete(frame)
    read_duration(interval, "interval")
    if max_gap is not None:
        max_gap = read_duration(max_gap, "max_gap")
    if not len(frame):
        return frame
    time, step, starts = _steps_and_starts(frame.index, interval, max_gap)
    values = frame.to_frame() if isinstance(frame, pd.Series) else frame
    pieces = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(time))))
    since = time - time[starts][pieces]
    resample = _step_means if how == "mean" else _lines
    table, of_step, steps = resample(values, since, pieces, starts, step)
    index = _new_index(frame.index, starts[of_step], steps * step)
    if isinstance(frame, pd.Series):
        return pd.Series(table[:, 0], index=index, name=frame.name)
    return pd.DataFrame(table, columns=values.columns, index=index)


def _steps_and_starts(index, interval, max_gap):
    """Return the time of all rows, the new time step, and the rows where runs begin."""
    time, run_codes, _ = read_index(index)
    steps, boundaries = ordered_steps(index, time, run_codes)
    usual = float(np.median(steps[~boundaries])) if not boundaries.all() else None
    step = to_seconds(interval, usual or 1.0, "interval")
    if max_gap is None:
        gap = GAP_FACTOR * max(step, usual or step)
    else:
        gap = longest_step(max_gap, usual or step)
    return time, step, np.append(0, np.flatnonzero(boundaries | (steps > gap)) + 1)


def _check_complete(frame):
    """Raise where a value is missing.

    Means that skip it would cover different times in different columns, so that a ratio of
    them, such as friction, would belong to no time.
    """
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    missing = table.isna().to_numpy()
    rows = np.flatnonzero(missing.any(axis=1))
    if len(rows):
        column = table.columns[int(missing[rows[0]].argmax())]
        raise ValueError(
            f"frame has no value of {column!r} at row {rows[0]} (index "
            f"{readable(table.index[rows[0]])}); {len(rows)} of {len(table)} rows have missing "
            "values. Expected complete rows, so that the means of all columns cover the same "
            "times. Drop these rows (frame.dropna()), or fill in the values."
        )


def _step_means(values, since, pieces, starts, step):
    """Return the mean of each step that has rows, its run number and its number in the run."""
    # Rows at 0.6 s and at 1.0 s belong to the step that ends at 1 s; subtracting a tiny
    # share of a step keeps rounding from moving rows that are exactly on an edge.
    ends = np.ceil(since / step - 1e-6).astype(np.int64)
    begins = np.append(True, (np.diff(ends) != 0) | (np.diff(pieces) != 0))
    means = values.groupby(np.cumsum(begins) - 1).mean()
    return means.to_numpy(), pieces[begins], ends[begins]


def _lines(values, since, pieces, starts, step):
    """Return interpolated values, each with its run number and its step number in the run."""
    lasts = np.append(starts[1:], len(since)) - 1
    n_steps = np.floor(since[lasts] / step + 1e-6).astype(np.int64) + 1
    of_step = np.repeat(np.arange(len(starts)), n_steps)
    firsts = np.cumsum(n_steps) - n_steps
    steps = np.arange(len(of_step)) - firsts[of_step]
    when = steps * step
    # The first step that is not before a row; rounding of the division is corrected.
    passed = np.ceil(since / step).astype(np.int64)
    passed -= (passed - 1) * step >= since
    passed += passed * step < since
    used = passed < n_steps[pieces]
    counts = np.bincount((firsts[pieces] + passed)[used], minlength=len(when))
    behind = np.cumsum(counts)
    left = starts[of_step] + behind - (behind - counts)[firsts[of_step]] - 1
    right = np.minimum(left + 1, lasts[of_step])
    table = values.to_numpy(dtype=np.float64)
    between = np.where(right > left, since[right] - since[left], 1.0)
    share = (table[right] - table[left]) / between[:, None]
    return share * (when - since[left])[:, None] + table[left], of_step, steps


def _new_index(index, firsts, seconds):
    """Return an index at some seconds after the rows `firsts`, each in the run of its row."""
    times = time_level(index).take(firsts)
    if isinstance(times, pd.DatetimeIndex | pd.TimedeltaIndex):
        seconds = pd.to_timedelta(seconds, unit="s")
    times = (times + seconds).rename(index.names[-1])
    if not isinstance(index, pd.MultiIndex):
        return times
    levels = [index.get_level_values(level).take(firsts) for level in range(index.nlevels - 1)]
    return pd.MultiIndex.from_arrays([*levels, times], names=index.names)
