"""What training must do without, so that no training window shares a row with a test one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.index import GAP_FACTOR
from sklearn_frictiongru.utils.validation import index_of


class PurgedSplitter(BaseCrossValidator):
    """Base of the splitters: which rows are tested is theirs, the purge is common."""

    # Run labels reach a splitter by metadata routing, as they reach scikit-learn's own.
    __metadata_request__split = {"groups": True}

    def __repr__(self):
        # scikit-learn breaks long ones into lines; errors quote them in one.
        return " ".join(super().__repr__().split())

    def split(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.integer], NDArray[np.integer]]]:
        """Yield the row numbers of training and test for each fold.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows, time-ordered inside each run; or windows.
        y : array-like of shape (n_rows,), default=None
            Not used.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Yields
        ------
        train : ndarray of int, shape (n_training,)
            Rows to train on.
        test : ndarray of int, shape (n_test,)
            Rows to test on, with their warm-up rows.

        Raises
        ------
        ValueError
            If the splitter's parameters cannot be used with `X`, rows for a fold are missing,
            windows are longer than `window_length`, or runs without names would join where
            the fold is cut out.
        """
        runs = Runs.of(X, groups=groups)
        gaps = Gaps(self, X, runs)
        for candidates, tested in self._folds(X, runs):
            train, test = gaps.split(candidates, tested)
            _check_runs_stay_apart(X, runs, train)
            _check_runs_stay_apart(X, runs, test)
            yield train, test


class Gaps:
    """The rows that a splitter keeps between training and test, on some input."""

    def __init__(self, splitter, X, runs):
        self.runs = runs
        self.warmup = getattr(splitter, "warmup", True)
        self.length, self.purge = _lengths_in_rows(splitter, X, runs)
        self.embargo = splitter.embargo
        if self.embargo < 0:
            raise ValueError(f"embargo is {self.embargo}; expected 0 or more rows.")

    def split(self, candidates, tested):
        """Return the row numbers of training and test, purged and with warm-up rows."""
        to_next, since_last = self.runs.distances_to(tested)
        train = candidates & ~self._left_out(to_next, since_last)
        if self.warmup and not self.runs.carries_history:
            # The rows that the windows of tested rows reach back to.
            tested = tested | ((to_next > 0) & (to_next < self.length))
        return np.flatnonzero(train), np.flatnonzero(tested)

    def too_close(self, tested):
        """Mark the rows that are no training targets next to tested ones."""
        return self._too_close(*self.runs.distances_to(tested))

    def left_out(self, tested):
        """Mark the rows that training does not even see."""
        return self._left_out(*self.runs.distances_to(tested))

    def _too_close(self, to_next, since_last):
        return (to_next <= self.purge) | (since_last <= self.purge + self.embargo)

    def _left_out(self, to_next, since_last):
        """Mark the rows that training does not even see.

        In a table most of the rows behind a test stay: they are cut off from it, so that they
        serve as the history of training windows and not as their targets. The first target
        is then a window's length away.
        """
        if self.runs.carries_history:
            return self._too_close(to_next, since_last)
        beyond = max(0, self.purge - (self.length - 1)) + self.embargo
        return (to_next <= self.purge) | (since_last <= beyond)


def _lengths_in_rows(splitter, X, runs):
    """Return the window length and the purge of a splitter in rows."""
    length = runs.rows_of(splitter.window_length)
    purge = getattr(splitter, "purge", None)
    if purge is None:
        if isinstance(X, WindowArray) and X.window_length > length:
            raise ValueError(
                f"X has windows of {X.window_length} rows, but {splitter!r} keeps windows of "
                f"{length} rows apart (window_length={splitter.window_length!r}): training "
                "windows would share rows with those it tests. Set its window_length to that "
                "of the windows, or purge to the number of rows to leave out."
            )
        return length, length - 1
    if purge < 0:
        raise ValueError(f"purge is {purge}; expected 0 or more rows, or None.")
    return length, purge


def _check_runs_stay_apart(X, runs, rows):
    """Raise if two runs that a step back in time parts would look like one after the cut."""
    index = index_of(X)
    if index is None or isinstance(index, pd.MultiIndex):
        return
    last = np.flatnonzero(np.diff(runs.codes[rows]))
    steps = runs.time[rows[last + 1]] - runs.time[rows[last]]
    joined = (steps >= 0) & (steps <= GAP_FACTOR * (runs.sampling_interval or 0))
    if joined.any():
        row = rows[last[joined.argmax()] + 1]
        raise ValueError(
            f"the run of X that begins before row {row} (index {index[row]}) has no name: only a "
            "step back in time parts it from the run before, and this split cuts that step out. "
            "Name the runs in a leading index level, with_runs(X, groups=..., time=...)."
        )
