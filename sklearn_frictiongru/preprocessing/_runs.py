"""Where runs begin and end, read from the index of a table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils.validation import _num_samples

from sklearn_frictiongru.utils.validation import readable

GAP_FACTOR = 1.5
"""A step longer than this many sampling intervals is a gap."""

STEP_TOLERANCE = 0.25
"""A step inside a run may differ from the sampling interval by this share of it."""

FEWEST_STEPS = 5
"""Steps that show a sampling interval; what a split leaves of short runs may have fewer, alike."""

TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@dataclass(frozen=True)
class Runs:
    """The runs of a table."""

    # (n_runs,): Number of the first row of each run, increasing from 0.
    starts: np.ndarray
    # (n_runs,): Label of each run, or its number where the table names none.
    labels: np.ndarray
    # Number of rows of the table.
    n_rows: int
    # Time between two rows, in seconds; None if no run has two rows.
    sampling_interval: float | None

    @property
    def codes(self):
        """Number of the run of each row, an ndarray of shape (n_rows,)."""
        return np.repeat(np.arange(len(self.starts)), self.lengths)

    @property
    def lengths(self):
        """Number of rows of each run, an ndarray of shape (n_runs,)."""
        return np.diff(np.append(self.starts, self.n_rows))

    @property
    def history(self):
        """Rows of the same run up to and with each row, an ndarray of shape (n_rows,)."""
        return np.arange(self.n_rows) - np.repeat(self.starts, self.lengths) + 1


def find_runs(X, *, groups=None, sampling_interval=None, max_gap=None):
    """Find the run boundaries of a table.

    A boundary is a change of run label or a gap, a time step longer than `max_gap`. In
    a single-level index a step back in time begins a new run as well.
    """
    time, run_codes, run_labels = read_index(X)
    n_rows = _num_samples(X) if time is None else len(time)
    if groups is not None:
        groups = np.asarray(groups)
        if groups.shape != (n_rows,):
            raise ValueError(
                f"groups has shape {groups.shape}; expected one run label for each of the "
                f"{n_rows} rows of X."
            )
        _check_named(groups)
        group_codes, group_labels = pd.factorize(groups)
        if run_codes is not None and not np.array_equal(
            np.diff(run_codes) != 0, np.diff(group_codes) != 0
        ):
            raise ValueError(
                "groups and the index of X name different runs; give the run labels once, "
                "in the index or as groups."
            )
        if run_codes is None:
            run_codes, run_labels = group_codes, np.asarray(group_labels)
    label_changes = np.zeros(max(n_rows - 1, 0), dtype=bool)
    if run_codes is not None:
        label_changes = np.diff(run_codes) != 0
    if time is None:
        boundaries, interval = label_changes, sampling_interval or 1.0
    else:
        steps = np.diff(time)
        _check_order(X, steps, label_changes, named=run_codes is not None)
        forward = steps[~label_changes & (steps > 0)]
        interval = sampling_interval
        if interval is None:
            interval = _learn_interval(forward)
        else:
            _check_interval(forward, interval)
        boundaries = label_changes | (steps < 0)
        if interval is not None:
            gap = GAP_FACTOR * interval if max_gap is None else to_seconds(max_gap, "max_gap")
            boundaries = boundaries | (steps > gap)
            _check_regular(X, steps, boundaries, interval, gap)
    starts = np.append(0, np.flatnonzero(boundaries) + 1)[: max(n_rows, 0)]
    if run_codes is None:
        labels = np.arange(len(starts))
    else:
        labels = run_labels[run_codes[starts]]
    return Runs(starts, labels, n_rows, interval)


def run_pieces(frame, longest_gap):
    """Find the runs of a table whose rows may come at uneven times."""
    time, run_codes, _ = read_index(frame)
    steps = np.diff(time)
    boundaries = np.zeros(len(steps), dtype=bool)
    if run_codes is not None:
        boundaries = np.diff(run_codes) != 0
    _check_order(frame, steps, boundaries, named=run_codes is not None)
    boundaries = boundaries | (steps < 0)
    boundaries = boundaries | (steps > longest_gap(steps[~boundaries]))
    return time, np.append(0, np.flatnonzero(boundaries) + 1)[: len(time)]


def to_seconds(duration, name):
    """Turn a duration into seconds."""
    if isinstance(duration, int | float | np.integer | np.floating):
        seconds = float(duration)
    else:
        try:
            seconds = pd.Timedelta(duration).total_seconds()
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{name} is {duration!r}, which is no duration; expected a number or a time "
                "such as '400s'."
            ) from error
    if not seconds > 0:
        raise ValueError(f"{name} is {duration!r}; expected a duration above zero.")
    return seconds


def with_runs(X, groups=None, time=None):
    """Put run labels and time into the index of a table.

    It is the way in for plain arrays: scikit-learn's splitters and pandas-configured
    transformers carry the index along, so that windows keep to their runs in
    cross-validation as well.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features) or (n_rows,)
        Table, or target values.
    groups : array-like of shape (n_rows,), default=None
        Label of each row's run; without it all rows are one run.
    time : array-like of shape (n_rows,), default=None
        Time of each row: numbers in seconds, dates or time differences. Without it the
        rows of each run are counted from 0.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_features) or pandas.Series of shape (n_rows,)
        The same values under an index with the levels ``run`` (if `groups` is given)
        and ``time``; a Series for 1-D input.

    Raises
    ------
    ValueError
        If `groups` or `time` has another length than `X`, or a label is missing.

    See Also
    --------
    resample_runs : Brings such a table to even time steps.
    SlidingWindowTransformer : Makes windows that keep to the runs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.preprocessing import with_runs
    >>> with_runs(np.zeros((4, 1)), groups=["a", "a", "b", "b"], time=[0, 1, 0, 1])
               x0
    run time
    a   0     0.0
        1     0.0
    b   0     0.0
        1     0.0
    """
    if isinstance(X, pd.DataFrame | pd.Series):
        table = X.copy(deep=False)
    elif np.ndim(X) == 1:
        table = pd.Series(np.asarray(X))
    else:
        values = np.asarray(X)
        columns = getattr(X, "columns", [f"x{i}" for i in range(values.shape[1])])
        table = pd.DataFrame(values, columns=list(columns))
    for name, labels in (("groups", groups), ("time", time)):
        if labels is not None and len(labels) != len(table):
            raise ValueError(
                f"{name} has {len(labels)} values but X has {len(table)} rows; expected one "
                "value for each row."
            )
    if groups is not None:
        _check_named(groups)
    if time is None:
        counted = pd.Series(np.zeros(len(table)))
        keys = np.zeros(len(table)) if groups is None else np.asarray(groups)
        time = counted.groupby(keys, sort=False).cumcount().to_numpy()
    if groups is None:
        table.index = pd.Index(time, name="time")
    else:
        table.index = pd.MultiIndex.from_arrays(
            [np.asarray(groups), pd.Index(time)], names=["run", "time"]
        )
    return table


def read_index(X):
    """Read time and runs from the index of a table."""
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index):
        return None, None, None
    if not isinstance(index, pd.MultiIndex):
        return _time_in_seconds(X, index), None, None
    time = _time_in_seconds(X, index.get_level_values(-1))
    leading = index.droplevel(-1)
    codes, labels = pd.factorize(leading)
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise ValueError(f"X has no run label in its index at row {row}; name every run.")
    # Labels of several levels are tuples; an array of objects keeps each one whole.
    names = np.empty(len(labels), dtype=object)
    names[:] = list(labels)
    return time, codes, names


def _time_in_seconds(X, level):
    """Return an index level as seconds."""
    if isinstance(level, pd.DatetimeIndex | pd.TimedeltaIndex):
        missing = np.asarray(level.isna())
        # In their own resolution: years beyond 2262 do not fit into nanoseconds.
        time = (level.asi8 - level.asi8[:1].sum()) / TICKS_PER_SECOND[level.unit]
    elif pd.api.types.is_numeric_dtype(level) and not pd.api.types.is_bool_dtype(level):
        time = level.to_numpy(dtype=np.float64)
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
    return time


def _check_named(groups):
    """Raise where a run label is missing."""
    missing = np.asarray(pd.isna(groups))
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise ValueError(f"groups has no run label (NaN or None) at row {row}; name every run.")


def _place(X, row):
    """Name a row of a table by its number and its index label."""
    return f"row {row} (index {readable(X.index[row])})"


def _check_order(X, steps, label_changes, named):
    """Raise where times are duplicated, or run backwards inside a named run."""
    duplicated = ~label_changes & (steps == 0)
    if duplicated.any():
        row = int(np.flatnonzero(duplicated)[0]) + 1
        raise ValueError(
            f"the time in the index of X is duplicated at {_place(X, row)}: it equals that of "
            "the row before; expected one row per time in a run. Name the runs in a leading "
            "index level (with_runs), or drop duplicates."
        )
    if not named:
        return
    backwards = ~label_changes & (steps < 0)
    if backwards.any():
        row = int(np.flatnonzero(backwards)[0]) + 1
        raise ValueError(
            f"the time in the index of X goes back at {_place(X, row)}, inside a run; expected "
            "rows in the order of time. Sort the table by its index; if it was in order, a "
            "shuffled split has mixed it: use PurgedKFold or RunHoldout."
        )
    duplicated = X.index.duplicated()
    if duplicated.any():
        row = int(np.flatnonzero(duplicated)[0])
        raise ValueError(
            f"the run and time in the index of X are duplicated at {_place(X, row)}; expected "
            "each run to stand in one piece with one row per time."
        )


def _learn_interval(forward_steps):
    """Return the sampling interval, or None if no two rows follow each other in a run."""
    if not len(forward_steps):
        return None
    steps = np.sort(forward_steps)
    half = STEP_TOLERANCE / 2
    agreeing = np.searchsorted(steps, (1 + half) * steps, side="right")
    agreeing -= np.searchsorted(steps, (1 - half) * steps, side="left")
    # Rows that a split has cut out leave long steps, and these may agree as well; a step that
    # is short but alone is a fault of the sampling, not the sampling interval.
    shortest = steps[(agreeing > agreeing.max() / 2).argmax()]
    return float(np.median(steps[np.abs(steps - shortest) <= STEP_TOLERANCE * shortest]))


def _check_interval(forward_steps, interval):
    """Raise if most steps agree on another sampling interval."""
    if not len(forward_steps):
        return
    found = float(np.median(forward_steps))
    agreeing = np.abs(forward_steps - found) <= STEP_TOLERANCE * found
    differs = abs(found - interval) > STEP_TOLERANCE * interval
    # No row that is left out makes steps shorter.
    enough = 2 if found < interval else FEWEST_STEPS
    if differs and agreeing.mean() > 0.5 and len(forward_steps) >= enough:
        raise ValueError(
            f"X has a sampling interval of {found:g} s; expected {interval:g} s, the interval "
            "of the rows seen in fit. Bring X to that interval with resample_runs."
        )


def _check_regular(X, steps, boundaries, interval, gap):
    """Raise where a step inside a run differs too much from the sampling interval."""
    longest = max(gap, (1 + STEP_TOLERANCE) * interval)
    off = ~boundaries & (np.abs(steps - interval) > STEP_TOLERANCE * interval)
    # A user who allows longer gaps by max_gap asks for windows that span missing rows.
    off &= (steps < interval) | (steps > longest) | (steps <= GAP_FACTOR * interval)
    if off.any():
        row = int(np.flatnonzero(off)[0]) + 1
        raise ValueError(
            f"the time step before {_place(X, row)} is {steps[row - 1]:g} s; expected the "
            f"sampling interval of {interval:g} s within {STEP_TOLERANCE:.0%}, or a gap longer "
            f"than {gap:g} s. Bring X to even steps with resample_runs; if it has them, a "
            "shuffled split has mixed its rows: use PurgedKFold or RunHoldout."
        )
