"""The positions of rows and windows in their runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _num_samples

from sklearn_frictiongru.preprocessing._boundaries import (
    check_mixed,
    even_boundaries,
    ordered_steps,
)
from sklearn_frictiongru.preprocessing._with_runs import read_run_labels
from sklearn_frictiongru.utils.durations import read_duration, to_rows
from sklearn_frictiongru.utils.index import read_index, read_once
from sklearn_frictiongru.utils.pieces import pieces
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import check_same_index, index_of

FAR = np.iinfo(np.int64).max
"""Distance where no marked row exists."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Positions of the rows of a table, or of windows, in their runs.

    A run is a stretch of rows that follow each other in time. :meth:`of` reads
    runs from the index of a table or takes them from a :class:`WindowArray`. For both they
    say which run a row belongs to, how many rows of the run precede it, and how far it is
    from other rows. The position of a window is that of its last row.

    Attributes
    ----------
    codes : ndarray of int, shape (n_rows,)
        Number of the run of each row.
    rows : ndarray of int, shape (n_rows,)
        Number of each row in its record, increasing with time inside a run; for a window, the
        number of its last row.
    history : ndarray of int, shape (n_rows,)
        Rows of the same run up to and with each row.
    labels : ndarray of shape (n_runs,)
        Label of each run, or its number where runs have no names. Pieces of a named run that
        are separated by gaps are separate runs with the same label.
    sampling_interval : float, default=None
        Time between two rows, in seconds; 1 for a table without time, None for windows of such
        a table and where no run has two rows.
    time : ndarray of float, shape (n_rows,), default=None
        Time of each row, in seconds; dates and time differences count from the first row. None
        for windows and for a table without a pandas index.
    carries_history : bool, default=False
        Whether each row includes its history, as windows do.
    longest_step : float, default=None
        Longest time step inside a run, in seconds; a longer one is a gap. None where
        `sampling_interval` or `time` is.

    See Also
    --------
    with_runs : Puts runs and time into the index of a table.
    WindowArray : Windows, whose attribute `runs` holds their positions.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.preprocessing import Runs, with_runs
    >>> X = with_runs(np.zeros((5, 1)), groups=["a", "a", "a", "b", "b"])
    >>> runs = Runs.of(X)
    >>> runs.labels, runs.lengths
    (array(['a', 'b'], dtype=object), array([3, 2]))
    >>> runs.history.tolist()
    [1, 2, 3, 1, 2]
    >>> runs.codes.tolist()
    [0, 0, 0, 1, 1]
    """

    codes: NDArray[np.integer]
    rows: NDArray[np.integer]
    history: NDArray[np.integer]
    labels: NDArray[Any]
    sampling_interval: float | None = None
    time: NDArray[np.float64] | None = None
    carries_history: bool = False
    longest_step: float | None = None

    @classmethod
    def of(
        cls,
        X: Any,
        *,
        groups: ArrayLike | None = None,
        sampling_interval: float | None = None,
        max_gap: Duration | None = None,
    ) -> Runs:
        """Find the runs of a table, or return those of windows.

        A run ends where the run label changes and at a gap, a time step longer than
        `max_gap`. In a single-level index a step back in time begins a new run as well.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), WindowArray or Runs
            Table with runs and time in its index, or with neither; or windows. Runs are
            returned as they are.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.
        sampling_interval : float, default=None
            Expected time between two rows, in seconds; learned if None.
        max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
            Longest time step inside a run, in sampling intervals or as a time; 1.5 times the
            sampling interval if None. It has no meaning for a table without time.

        Returns
        -------
        Runs
            The runs.

        Raises
        ------
        ValueError
            If times are missing, duplicated, out of order inside a named run, newest first or
            not at even steps; if time precedes the run labels in the index; if
            `groups` lacks a label, has another length or another index than `X` or names other
            runs; or if the sampling interval of `X` is not the expected one.

        Examples
        --------
        The step from 2 s to 9 s is a gap.

        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs, with_runs
        >>> Runs.of(with_runs(np.zeros((5, 1)), time=[0, 1, 2, 9, 10])).starts
        array([0, 3])
        """
        # Of windows; a table may have a column of this name.
        of_windows = X if isinstance(X, Runs) else getattr(X, "runs", None)
        if isinstance(of_windows, Runs):
            return of_windows
        if max_gap is not None:
            max_gap = read_duration(max_gap, "max_gap")
        check_same_index(X, groups, "groups")
        index = index_of(X)
        if index is None:
            n_rows = _num_samples(X)
            codes, labels = _codes_of(groups, n_rows)
            boundaries = np.zeros(max(n_rows - 1, 0), dtype=bool)
            if codes is not None:
                boundaries = np.diff(codes) != 0
            return _of_pieces(boundaries, n_rows, codes, labels, sampling_interval or 1.0)
        if groups is not None:
            return _read_runs(index, sampling_interval, max_gap, groups)
        what = ("runs", sampling_interval, max_gap)
        return read_once(index, what, _read_runs, sampling_interval, max_gap)

    @property
    def n_rows(self) -> int:
        """Number of rows, or windows."""
        return len(self.codes)

    @property
    def starts(self) -> NDArray[np.integer]:
        """Position of the first row of each run of a table, an ndarray of shape (n_runs,)."""
        return _starts(np.diff(self.codes) != 0, self.n_rows)

    @property
    def lengths(self) -> NDArray[np.integer]:
        """Number of rows of each run, an ndarray of shape (n_runs,)."""
        return np.bincount(self.codes, minlength=len(self.labels))

    @property
    def label_codes(self) -> NDArray[np.integer]:
        """Number of the label of each row's run, an ndarray of shape (n_rows,).

        Pieces of one named run share it.
        """
        numbers, _ = pd.factorize(pd.Index(self.labels, tupleize_cols=False))
        return numbers[self.codes]

    @cached_property
    def order(self) -> NDArray[np.integer]:
        """Positions of all rows, run by run and in the order of time, of shape (n_rows,)."""
        behind = (self.codes[1:] > self.codes[:-1]) | (
            (self.codes[1:] == self.codes[:-1]) & (self.rows[1:] >= self.rows[:-1])
        )
        if behind.all():
            return np.arange(self.n_rows, dtype=_narrow(self.n_rows))
        return np.lexsort((self.rows, self.codes))

    def __getitem__(self, selection: Any) -> Runs:
        """Return the positions of some of the rows, selected by a slice, numbers or a mask."""
        return replace(
            self,
            codes=self.codes[selection],
            rows=self.rows[selection],
            history=self.history[selection],
            time=None if self.time is None else self.time[selection],
        )

    def members(self) -> Iterator[NDArray[np.integer]]:
        """Yield the positions of the rows of each run in turn, in the order of time.

        Yields
        ------
        members : ndarray of int, shape (n_members,)
            Positions of the rows of one run; a run without rows is left out.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs
        >>> runs = Runs.of(np.zeros((4, 1)), groups=["a", "a", "b", "b"])
        >>> [rows.tolist() for rows in runs.members()]
        [[0, 1], [2, 3]]
        """
        order = self.order
        if len(order):
            starts = _starts(np.diff(self.codes[order]) != 0, len(order))
            yield from np.split(order, starts[1:])

    def blocks(self, n_blocks: int) -> NDArray[np.integer]:
        """Cut each run into blocks of nearly equal length.

        Parameters
        ----------
        n_blocks : int
            Number of blocks of each run. As with :func:`numpy.array_split`, the first ones are
            longer by one row where the rows cannot be divided evenly.

        Returns
        -------
        ndarray of int, shape (n_rows,)
            Number of the block of each row in its run.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs
        >>> Runs.of(np.zeros((7, 1))).blocks(3)
        array([0, 0, 0, 1, 1, 2, 2])
        """
        lengths = self.lengths
        firsts = np.cumsum(lengths) - lengths
        place = np.empty(self.n_rows, dtype=np.int64)
        place[self.order] = np.arange(self.n_rows) - np.repeat(firsts, lengths)
        short, n_longer = (of_run[self.codes] for of_run in np.divmod(lengths, n_blocks))
        in_longer = n_longer * (short + 1)
        return np.where(
            place < in_longer,
            place // (short + 1),
            n_longer + (place - in_longer) // np.maximum(short, 1),
        )

    def rows_of(self, duration: Duration, name: str = "window_length", *, minimum: int = 1) -> int:
        """Turn a duration into a number of rows.

        Parameters
        ----------
        duration : int, str, pandas.Timedelta or numpy.timedelta64
            Number of rows, or a time such as ``"400s"``.
        name : str, default="window_length"
            Name of the duration in errors.
        minimum : int, default=1
            Smallest number of rows allowed. With 0 the duration is a distance to keep: a time is
            rounded up to whole rows.

        Returns
        -------
        int
            Number of rows.

        Raises
        ------
        ValueError
            If the duration is a float, which may mean rows or seconds; if it is not a duration or
            is shorter than `minimum` rows; or if it is a time and the rows have none.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs, with_runs
        >>> Runs.of(with_runs(np.zeros((3, 1)), time=[0, 2, 4])).rows_of("10s")
        5
        """
        known = self.time is not None or self.carries_history
        interval = self.sampling_interval if known else None
        return to_rows(duration, interval, name, minimum=minimum)

    def distances_to(
        self, marked: NDArray[np.bool_]
    ) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Count the rows from each row to the nearest marked ones of its run.

        Parameters
        ----------
        marked : ndarray of bool, shape (n_rows,)
            Rows, or windows, to count to.

        Returns
        -------
        to_next : ndarray of int, shape (n_rows,)
            Rows to the next marked one; 0 for a marked one. The largest number of its type
            where none follows.
        since_last : ndarray of int, shape (n_rows,)
            Rows since the last marked one; the largest number of its type where none precedes.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs
        >>> runs = Runs.of(np.zeros((4, 1)))
        >>> to_next, since_last = runs.distances_to(np.array([False, True, False, True]))
        >>> to_next
        array([1, 0, 1, 0])
        >>> since_last[1:]
        array([0, 1, 0])
        """
        order = self.order
        marked = np.asarray(marked)[order]
        rows = self.rows[order].astype(np.int64)
        # Each run has its own range of numbers.
        begins = self.codes[order].astype(np.int64) * (rows.max(initial=0) + 1)
        ends = begins + rows.max(initial=0)
        places = begins + rows
        last = np.maximum.accumulate(np.where(marked, places, -1))
        following = np.minimum.accumulate(np.where(marked, places, FAR)[::-1])[::-1]
        to_next, since_last = np.empty_like(places), np.empty_like(places)
        to_next[order] = np.where(following <= ends, following - places, FAR)
        since_last[order] = np.where(last >= begins, places - last, FAR)
        return to_next, since_last

    def near(self, marked: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
        """Find the rows that are close to a marked row of their run.

        Two windows of L rows in one run share a row if their last rows are at most L - 1 rows
        apart.

        Parameters
        ----------
        marked : ndarray of bool, shape (n_rows,)
            Rows, or windows, to count to.
        distance : int
            Largest number of rows from one to the other.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
            Whether a marked row is at most `distance` rows before or after this one.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import Runs
        >>> Runs.of(np.zeros((5, 1))).near(np.arange(5) == 1, 1)
        array([ True,  True,  True, False, False])
        """
        marked = np.asarray(marked)
        if not marked.any():
            return np.zeros(self.n_rows, dtype=bool)
        # Each run has its own range of numbers, too far from the next range to be near.
        span = int(self.rows.max()) + distance + 1
        there = np.sort(self.codes[marked] * np.int64(span) + self.rows[marked])
        near = np.empty(self.n_rows, dtype=bool)
        for piece in pieces(self.n_rows):
            places = self.codes[piece] * np.int64(span) + self.rows[piece]
            next_one = np.searchsorted(there, places)
            before = there[next_one - 1]
            after = there[np.minimum(next_one, len(there) - 1)]
            near[piece] = (next_one < len(there)) & (after - places <= distance)
            near[piece] |= (next_one > 0) & (places - before <= distance)
        return near

    def __repr__(self) -> str:
        return f"Runs({self.n_rows} rows in {len(self.labels)} runs)"


def _read_runs(index, sampling_interval, max_gap, groups=None):
    """Find the runs in an index."""
    time, codes, labels = read_index(index)
    if groups is not None:
        of_groups, names = _codes_of(groups, len(index))
        if codes is None:
            codes, labels = of_groups, names
        elif not np.array_equal(np.diff(codes) != 0, np.diff(of_groups) != 0):
            raise ValueError(
                "groups and the index of X name different runs; give the run labels once, "
                "in the index or as groups."
            )
    steps, boundaries = ordered_steps(index, time, codes)
    boundaries, interval, longest = even_boundaries(
        index, steps, boundaries, sampling_interval, max_gap
    )
    check_mixed(index, steps, codes)
    runs = _of_pieces(boundaries, len(index), codes, labels, interval, time)
    return replace(runs, longest_step=longest)


def _codes_of(groups, n_rows):
    """Return run codes (n_rows,) and labels (n_runs,) of groups; None for no groups."""
    if groups is None:
        return None, None
    codes, labels = pd.factorize(read_run_labels(groups, n_rows))
    return codes, np.asarray(labels)


def _of_pieces(boundaries, n_rows, codes, labels, interval, time=None):
    """Return the runs of a table that end at boundaries (n_rows - 1,)."""
    starts = _starts(boundaries, n_rows)
    labels = np.arange(len(starts)) if codes is None else labels[codes[starts]]
    lengths = np.diff(np.append(starts, n_rows))
    rows = np.arange(n_rows, dtype=_narrow(n_rows))
    history = rows - np.repeat(starts.astype(rows.dtype), lengths) + 1
    codes = np.repeat(np.arange(len(starts), dtype=rows.dtype), lengths)
    return Runs(codes, rows, history, labels, interval, time)


def _narrow(n_rows):
    """Return the narrowest integer type that holds row numbers, to save memory."""
    return np.int32 if n_rows < np.iinfo(np.int32).max else np.int64


def _starts(boundaries, n_rows):
    """Return the starts (n_runs,) of the runs that end at boundaries (n_rows - 1,)."""
    return np.append(0, np.flatnonzero(boundaries) + 1)[:n_rows]
