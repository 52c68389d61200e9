"""Tables whose windows tell which rows they were cut from."""

import functools

import numpy as np
import pandas as pd
from hypothesis import reject

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

WITHOUT_HISTORY = ("has the full history of a window", "rows left of")


def where_folds_are_of_use(test):
    """Leave out what is drawn where a splitter says that a fold has no full history."""

    @functools.wraps(test)
    def wrapped(*arguments, **named):
        try:
            test(*arguments, **named)
        except ValueError as error:
            # Any other error is a failure.
            if not any(words in str(error) for words in WITHOUT_HISTORY):
                raise
            reject()

    return wrapped


TIMED = ("seconds", "dates", "durations", "named", "named twice", "named with gaps")
KINDS = ("plain", "frame", *TIMED)


def make_table(kind, lengths, interval=1.0):
    """Return a table of runs; its columns are the number of each row and of its run.

    Of kinds that cannot show runs only the first one is there.
    """
    if kind in ("plain", "frame"):
        lengths = lengths[:1]
    runs = np.repeat(np.arange(len(lengths)), lengths)
    values = np.column_stack([np.arange(len(runs)), runs]).astype(np.float64)
    if kind == "plain":
        return values
    table = pd.DataFrame(values, columns=["row", "run"])
    if kind == "frame":
        return table
    in_run = np.concatenate([np.arange(length) for length in lengths]) * interval
    # Between two runs pass seven rows' time.
    passed = (np.arange(len(runs)) + 7 * runs) * interval
    if kind == "seconds":
        table.index = pd.Index(passed + 929.0, name="time")
    elif kind == "dates":
        table.index = pd.Timestamp("2026-03-01") + pd.to_timedelta(passed, unit="s")
    elif kind == "durations":
        table.index = pd.to_timedelta(passed, unit="s")
    elif kind == "named":
        names = np.array([f"shear {run}" for run in range(len(lengths))])
        table.index = pd.MultiIndex.from_arrays([names[runs], in_run], names=["run", "time"])
    elif kind == "named twice":
        table.index = pd.MultiIndex.from_arrays(
            [runs // 2, runs % 2, in_run], names=["day", "shear", "time"]
        )
    else:
        # Pairs of runs share a name, and only the gap parts them.
        table.index = pd.MultiIndex.from_arrays([runs // 2, passed], names=["run", "time"])
    return table


def true_windows(table, window_length):
    """Return the rows that each row's window holds by definition, as a list of sets."""
    values = np.asarray(table).astype(int)
    first_of_run = {run: row for row, run in values[::-1]}
    return [
        set(range(max(row - window_length + 1, first_of_run[run]), row + 1)) for row, run in values
    ]


def history(table):
    """Return how many rows each row's run has up to and with it."""
    return np.array([len(window) for window in true_windows(table, len(table))])


def rows_of(windows):
    """Return the row numbers that windows hold, shape (n_windows, window_length)."""
    return np.asarray(windows)[:, :, 0].astype(int)


def cut(table, window_length):
    """Return the windows of a table."""
    return SlidingWindowTransformer(window_length).fit_transform(table)
