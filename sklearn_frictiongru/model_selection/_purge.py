"""The purge: rows left out of training, so that training and test windows share no rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import check_same_index, index_of, readable


class PurgedSplitter(BaseCrossValidator):
    """Base of the splitters, which differ in the rows they test and share the purge."""

    max_gap: Duration | None

    # Run labels reach a splitter by metadata routing, like scikit-learn's group splitters.
    __metadata_request__split = {"groups": True}

    def __repr__(self):
        # scikit-learn breaks a long repr into lines; errors quote it on one line.
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
            Target; only its index is looked at.
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
            If the splitter's parameters cannot be used with `X`; if no training or no test row of
            a fold has the full history of a window; if windows are longer than `window_length`;
            or if rows on both sides of a cut would follow each other, since the runs have no
            names or the cut is no longer than `max_gap`.
        """
        runs = Runs.of(X, groups=groups, max_gap=self.max_gap)
        check_same_index(X, y)
        gaps = Gaps(self, X, runs)
        named = groups is not None or isinstance(index_of(X), pd.MultiIndex)
        for fold, (candidates, tested) in enumerate(self._folds(X, runs)):
            train, test = gaps.split(candidates, tested)
            gaps.check_histories(fold, train, test)
            _check_cuts_are_seen(self, X, runs, train, named)
            _check_cuts_are_seen(self, X, runs, test, named)
            yield train, test


class Gaps:
    """The gaps that a splitter keeps between training and test, for some input."""

    def __init__(self, splitter, X, runs):
        self.runs = runs
        self.warmup = getattr(splitter, "warmup", True)
        self.whole_runs = not hasattr(splitter, "purge")
        self.length, self.purge = _lengths_in_rows(splitter, X, runs)
        self.embargo = runs.rows_of(splitter.embargo, "embargo", minimum=0)

    def split(self, candidates, tested):
        """Return the row numbers of training and test, purged and with warm-up rows."""
        to_next, since_last = self.runs.distances_to(tested)
        train = candidates & ~self._left_out(to_next, since_last)
        if self.warmup and not self.runs.carries_history:
            # The rows in the windows of the tested rows.
            tested = tested | ((to_next > 0) & (to_next < self.length))
        return np.flatnonzero(train), np.flatnonzero(tested)

    def check_histories(self, fold, train, test):
        """Raise where no training or no test row of a fold has the full history of a window."""
        kinds = {"training": train, "test": test}
        for kind, rows in kinds.items():
            if not len(rows):
                raise ValueError(
                    f"fold {fold} has no {kind} rows left of {self.runs.n_rows}: {self._causes()}"
                )
        if self.whole_runs:
            return
        for kind, rows in kinds.items():
            in_a_row = int(history_within(self.runs[rows]).max())
            # Without warm-up rows all test rows count, with any history.
            any_will_do = kind == "test" and not self.warmup and not self.runs.carries_history
            if in_a_row < self.length and not any_will_do:
                raise ValueError(
                    f"no {kind} row of fold {fold} has the full history of a window of "
                    f"{self.length} rows: at most {in_a_row} {kind} rows follow each other; "
                    f"{self._causes()}"
                )

    def _causes(self):
        """Say why a fold may have too few rows."""
        longest = int(self.runs.history.max(initial=0))
        return (
            f"the longest run has {longest} rows, and {self.purge} next to test rows are purged "
            f"(embargo={self.embargo}). Use fewer folds, a shorter window length or longer runs; "
            "if single rows are missing, raise max_gap."
        )

    def too_close(self, tested):
        """Mark the rows next to tested rows that are not training targets."""
        return self._too_close(*self.runs.distances_to(tested))

    def left_out(self, tested):
        """Mark the rows that training does not use at all."""
        return self._left_out(*self.runs.distances_to(tested))

    def _too_close(self, to_next, since_last):
        return (to_next <= self.purge) | (since_last <= self.purge + self.embargo)

    def _left_out(self, to_next, since_last):
        """Mark the rows that training does not use at all.

        In a table most of the rows after a test block remain: the cut separates them from it, so
        that they are the history of training windows and not their targets. The first target
        is then one window length away.
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
                "of the windows, or set purge to the number of rows to leave out."
            )
        return length, length - 1
    return length, runs.rows_of(purge, "purge", minimum=0)


def history_within(runs):
    """Return the history of each of some rows, counted in these rows only, of shape (n_rows,)."""
    if runs.carries_history:
        return runs.history
    begins = np.append(True, (np.diff(runs.rows) != 1) | (np.diff(runs.codes) != 0))
    first = np.maximum.accumulate(np.where(begins, np.arange(runs.n_rows), 0))
    return np.arange(runs.n_rows) - first + 1


def _check_cuts_are_seen(splitter, X, runs, rows, named):
    """Raise if rows on both sides of a cut would look consecutive."""
    if runs.time is None or runs.longest_step is None:
        return
    kept = runs[rows]
    steps = np.diff(kept.time)
    other_run = np.diff(kept.codes) != 0
    joined = (other_run | (np.diff(kept.rows) > 1)) & (steps >= 0) & (steps <= runs.longest_step)
    if named:
        joined &= np.diff(kept.label_codes) == 0
    if not joined.any():
        return
    place = int(joined.argmax())
    row = rows[place + 1]
    label = readable(index_of(X)[row])
    if other_run[place]:
        raise ValueError(
            f"the run of X that begins before row {row} (index {label}) has no name: only a "
            "step back in time separates it from the previous run, and this split removes it. "
            "Name the runs in a leading index level, with_runs(X, groups=..., time=...)."
        )
    raise ValueError(
        f"{splitter!r} cuts rows out before row {row} (index {label}), and the time step of "
        f"{steps[place]:g} s that is left is within max_gap ({runs.longest_step:g} s): windows "
        "would span the cut. Use a smaller max_gap, fewer folds or a larger purge."
    )
