"""Random tables of known runs, and windows cut from them one row at a time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st

KINDS = ("plain", "range", "time", "dates", "differences", "runs", "runs of two levels")


@dataclass
class Table:
    """A table and the runs that it was made of.

    Attributes
    ----------
    X : ndarray or DataFrame
        The table.
    starts : list of int
        First row of each run.
    labels : list
        Label of each run.
    interval : float
        Sampling interval in seconds.
    """

    X: object
    starts: list
    labels: list
    interval: float

    @property
    def values(self):
        return np.asarray(self.X)


@st.composite
def tables(draw, kinds=KINDS):
    """Draw a table of one to four runs."""
    kind = draw(st.sampled_from(kinds))
    single = kind in ("plain", "range")
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=1 if single else 4))
    # Where most rows stand alone nobody can tell the sampling interval.
    lengths[0] += len(lengths)
    n_rows, n_features = sum(lengths), draw(st.integers(1, 3))
    # Every value occurs once, so that a wrong row cannot pass for the right one.
    values = np.arange(n_rows * n_features, dtype=float).reshape(n_rows, n_features)
    values = values[:, ::-1] * draw(st.sampled_from([1.0, -0.1]))
    values = values.astype(draw(st.sampled_from([np.float64, np.float32])))
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    if kind == "plain":
        return Table(values, starts, [0], 1.0)
    frame = pd.DataFrame(values, columns=[f"p{i}" for i in range(n_features)])
    if kind == "range":
        return Table(frame, starts, [0], 1.0)
    interval = draw(st.sampled_from([0.1, 1.0, 2.5]))
    named = kind.startswith("runs")
    step_back = not named and draw(st.booleans())
    names, seconds = [], []
    for run, length in enumerate(lengths):
        name, begin = f"run {run}", draw(st.sampled_from([0.0, 929.0, 1e6]))
        if run and step_back:
            begin = seconds[-1] - draw(st.floats(0.5, 50)) * interval
        elif run and not (named and draw(st.booleans())):
            # Only the gap tells it from the run before.
            name, begin = names[-1], seconds[-1] + draw(st.floats(2, 50)) * interval
        names += [name] * length
        seconds += (begin + interval * np.arange(length)).tolist()
    labels = list(range(len(lengths)))
    if kind == "time":
        frame.index = pd.Index(seconds, name="time")
    elif kind == "dates":
        frame.index = pd.Timestamp("2005-05-23") + pd.to_timedelta(seconds, unit="s")
    elif kind == "differences":
        frame.index = pd.to_timedelta(seconds, unit="s")
    elif kind == "runs":
        labels = [names[start] for start in starts]
        frame.index = pd.MultiIndex.from_arrays([names, seconds])
    else:
        labels = [("rock", names[start]) for start in starts]
        frame.index = pd.MultiIndex.from_arrays([["rock"] * n_rows, names, seconds])
    return Table(frame, starts, labels, interval)


def naive_windows(values, starts, window_length):
    """Cut the window of each row, one value after another."""
    windows = []
    for row in range(len(values)):
        start = max(first for first in starts if first <= row)
        windows.append([values[max(row - lag, start)] for lag in range(window_length - 1, -1, -1)])
    return np.array(windows)


def naive_history(n_rows, starts):
    """Count the rows of its run up to and with each row."""
    return np.array([row - max(s for s in starts if s <= row) + 1 for row in range(n_rows)])
