"""Windows over rows that are stored once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sklearn_frictiongru.preprocessing._runs import Runs
from sklearn_frictiongru.utils.validation import check_finite, column_names, without_masks


class WindowArray:
    """Windows of consecutive rows, cut from the rows only when they are needed.

    It behaves as a read-only array of shape (n_windows, window_length, n_features) for
    ``len``, ``shape``, ``ndim``, ``dtype``, iteration, ``numpy.asarray`` and indexing on
    the first axis, but stores only the rows and the number of each window's last row.
    Memory grows with the number of rows, not with rows x window length.

    Window ``i`` ends at its row and never looks forward. If the run began fewer than
    `window_length` rows earlier, the first row of the run is repeated at the front.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        The rows, time-ordered inside each run.
    window_length : int
        Number of rows of each window.
    ends : array-like of shape (n_windows,), default=None
        Number of the last row of each window; every row in turn if None.
    run_starts : array-like of shape (n_runs,), default=(0,)
        Number of the first row of each run, increasing from 0.
    run_labels : array-like of shape (n_runs,), default=None
        Label of each run; its number if None.
    min_history : int, default=None
        Rows that the run must have up to and with the window's last row for the window
        to be complete; `window_length` if None.
    feature_names : sequence of str, default=None
        Names of the inputs, the last axis; `n_features` of them.
    runs : Runs, default=None
        Positions of the windows in their record, if they differ from what `ends` and
        `run_starts` say: windows that each hold separate copies of their rows may still end
        at consecutive rows of a run.
    index : pandas.Index of shape (n_rows,), default=None
        Index of the table that the rows come from, with runs and time.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, n_features)
        The rows, read-only.
    ends : ndarray of shape (n_windows,)
        Number of the last row of each window.
    window_length : int
        Number of rows of each window.
    min_history : int
        Rows of history that a complete window has.
    feature_names : tuple of str or None
        Names of the inputs.

    Raises
    ------
    ValueError
        If the rows are not a 2-D array, a window would end outside them, the runs do not
        begin at increasing rows from 0, or windows shorter than `window_length` would
        count as complete.

    See Also
    --------
    SlidingWindowTransformer : Cuts a table into windows at every row.
    Runs : The positions of the rows in their runs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.preprocessing import WindowArray
    >>> windows = WindowArray(np.arange(8.0).reshape(4, 2), window_length=3)
    >>> windows
    WindowArray(shape=(4, 3, 2), dtype=float64, complete=2 of 4)
    >>> windows[3]
    array([[2., 3.],
           [4., 5.],
           [6., 7.]])
    >>> windows.complete
    array([False, False,  True,  True])
    >>> windows[windows.complete].shape
    (2, 3, 2)
    """

    rows: NDArray[Any]
    ends: NDArray[np.integer]
    window_length: int
    min_history: int
    feature_names: tuple[str, ...] | None

    ndim: int = 3
    """Number of axes, as of an array."""

    def __init__(
        self,
        rows: ArrayLike,
        window_length: int,
        *,
        ends: ArrayLike | None = None,
        run_starts: ArrayLike = (0,),
        run_labels: ArrayLike | None = None,
        min_history: int | None = None,
        feature_names: Sequence[str] | None = None,
        runs: Runs | None = None,
        index: pd.Index | None = None,
    ) -> None:
        rows = np.ascontiguousarray(without_masks(rows))
        if rows.ndim != 2:
            raise ValueError(f"rows has {rows.ndim} dimensions; expected 2, (n_rows, n_features).")
        self.rows = rows.view()
        self.rows.flags.writeable = False
        self.window_length = int(window_length)
        if self.window_length < 1:
            raise ValueError(f"window_length is {window_length}; expected at least 1 row.")
        self.min_history = self.window_length if min_history is None else int(min_history)
        if self.min_history < self.window_length:
            raise ValueError(
                f"min_history is {min_history}, shorter than window_length={window_length}; "
                "expected at least the window length, since a padded window is not complete."
            )
        narrow = np.int32 if len(rows) <= np.iinfo(np.int32).max else np.int64
        ends = np.arange(len(rows)) if ends is None else np.asarray(ends)
        if len(ends) and not (0 <= ends.min() and ends.max() < len(rows)):
            raise ValueError(
                f"windows end between rows {ends.min()} and {ends.max()}; expected rows 0 to "
                f"{len(rows) - 1}."
            )
        self.ends = ends.astype(narrow)
        self.ends.flags.writeable = False
        self._run_starts = np.asarray(run_starts, dtype=np.int64)
        if len(rows) and (self._run_starts[:1].tolist() != [0] or (np.diff(run_starts) < 1).any()):
            raise ValueError(
                f"run_starts is {run_starts!r}; expected the first row of each run, increasing "
                "from 0."
            )
        self._run_labels = (
            np.arange(len(self._run_starts)) if run_labels is None else np.asarray(run_labels)
        )
        self.feature_names = None if feature_names is None else tuple(feature_names)
        self._runs = runs
        if index is not None and len(index) != len(self.rows):
            raise ValueError(
                f"index has {len(index)} labels; expected one for each of the {len(self.rows)} "
                "rows."
            )
        self._row_index = index
        # Set by code that made and checked the rows, which are read-only since then.
        self._known_finite = False
        self._sampling_interval = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape as of an array, (n_windows, window_length, n_features)."""
        return (len(self.ends), self.window_length, self.rows.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the rows."""
        return self.rows.dtype

    @property
    def runs(self) -> Runs:
        """Positions of the windows in their runs."""
        if self._runs is not None:
            return self._runs
        codes = self._codes(self.ends)
        return Runs(
            codes.astype(self.ends.dtype),
            self.ends,
            self.ends - self._starts_of(codes) + 1,
            self._run_labels,
            self._sampling_interval,
            carries_history=True,
        )

    @property
    def index(self) -> pd.Index | None:
        """Label of each window's last row in its table, of shape (n_windows,), or None.

        Targets, weights and conditions that have an index are compared with it
        the windows.
        """
        if self._row_index is None:
            return None
        whole = len(self.ends) == len(self.rows) and (np.diff(self.ends) == 1).all()
        return self._row_index if whole else self._row_index.take(self.ends)

    @property
    def run_codes(self) -> NDArray[np.integer]:
        """Number of the run of each window, an ndarray of shape (n_windows,)."""
        return self.runs.codes

    @property
    def run_labels(self) -> NDArray[Any]:
        """Label of each run, an ndarray of shape (n_runs,), indexed by `run_codes`."""
        return self._run_labels if self._runs is None else self._runs.labels

    @property
    def first_rows(self) -> NDArray[np.integer]:
        """Number of the first row in each window, an ndarray of shape (n_windows,).

        It is the first row of the run where the window is padded.
        """
        first = self._starts_of(self._codes(self.ends))
        return np.maximum(self.ends - (self.window_length - 1), first)

    @property
    def history(self) -> NDArray[np.integer]:
        """Rows of its run up to and with each window's last row, shape (n_windows,)."""
        return self.runs.history

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether each window has its full history, bool ndarray of shape (n_windows,)."""
        return self.history >= self.min_history

    @property
    def longest_history(self) -> int:
        """Number of rows of the longest run."""
        if not len(self.rows):
            return 0
        return int(np.diff(np.append(self._run_starts, len(self.rows))).max())

    def _codes(self, ends):
        """Return the number of the run that each row in `ends` belongs to, of the same shape."""
        return np.searchsorted(self._run_starts, ends, side="right") - 1

    def _starts_of(self, codes):
        """Return the first row of the runs in `codes`, in the type of `ends`, to save memory."""
        return self._run_starts.astype(self.ends.dtype)[codes]

    def window_index(self) -> pd.DataFrame:
        """Return a table of the rows that each window holds.

        Returns
        -------
        pandas.DataFrame of shape (n_windows, 4)
            Columns ``run`` (label), ``first_row`` and ``last_row`` (numbers of rows) and
            ``complete``.

        Examples
        --------
        No window reaches from one run into another.

        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import (
        ...     SlidingWindowTransformer,
        ...     with_runs,
        ... )
        >>> X = with_runs(np.zeros((5, 1)), groups=["a", "a", "a", "b", "b"])
        >>> SlidingWindowTransformer(window_length=2).fit_transform(X).window_index()
          run  first_row  last_row  complete
        0   a          0         0     False
        1   a          0         1      True
        2   a          1         2      True
        3   b          3         3     False
        4   b          3         4      True
        """
        return pd.DataFrame(
            {
                "run": self.run_labels[self.run_codes],
                "first_row": self.first_rows.astype(np.int64),
                "last_row": self.ends.astype(np.int64),
                "complete": self.complete,
            }
        )

    def check_finite(self) -> None:
        """Raise where a row is NaN or infinite.

        Rows that :class:`SlidingWindowTransformer` has checked are not looked at again.

        Raises
        ------
        ValueError
            If a row holds NaN or infinity; the input and the rows are named.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.preprocessing import WindowArray
        >>> WindowArray(np.zeros((4, 2)), window_length=3).check_finite()
        """
        if not self._known_finite:
            names = self.feature_names or column_names(None, self.rows.shape[1])
            check_finite(self.rows, names, "X", self._row_index)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, key: int | np.integer) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, key: slice | Sequence[int] | NDArray[Any]) -> WindowArray: ...
    def __getitem__(self, key):
        if isinstance(key, tuple):
            # scikit-learn's indexing asks for array[key, ...].
            if len(key) == 2 and key[1] is Ellipsis:
                key = key[0]
            else:
                raise IndexError(
                    "a WindowArray is indexed on its first axis only; use "
                    "numpy.asarray(windows) to index the others."
                )
        ends = self.ends[key]
        if ends.ndim == 0:
            return self._cut(ends.reshape(1))[0]
        if ends.ndim > 1:
            raise IndexError(
                f"a WindowArray is indexed by at most one dimension of windows, not {ends.ndim}."
            )
        return self._select(ends, None if self._runs is None else self._runs[key])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError(
                "a WindowArray stores rows, not windows; it cannot become an array without a copy."
            )
        windows = self._cut(self.ends)
        return windows if dtype is None else windows.astype(dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        # Without it torch.as_tensor would convert the windows one by one.
        return np.asarray(self).__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.rows.__dlpack_device__()

    def __repr__(self) -> str:
        return (
            f"WindowArray(shape={self.shape}, dtype={self.dtype}, "
            f"complete={int(self.complete.sum())} of {len(self)})"
        )

    def __getstate__(self):
        # Without this, pickling a slice of a long record would include all of its rows.
        state = self.__dict__.copy()
        if len(self.ends):
            first, stop = int(self.first_rows.min()), int(self.ends.max()) + 1
            # History counts from the start of the run. A run that began before the pickled rows
            # keeps its start, as a negative number.
            began = np.searchsorted(self._run_starts, first, side="right") - 1
            keep = slice(began, np.searchsorted(self._run_starts, stop))
            state["rows"] = self.rows[first:stop]
            if self._row_index is not None:
                state["_row_index"] = _slice_alone(self._row_index, first, stop)
            state["ends"] = self.ends - self.ends.dtype.type(first)
            state["_run_starts"] = self._run_starts[keep] - first
            state["_run_labels"] = self._run_labels[keep]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.rows.flags.writeable = False
        self.ends.flags.writeable = False

    def _select(self, ends, runs):
        """Return windows that end at other rows, sharing the rows."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.ends, other._runs = ends, runs
        other.ends.flags.writeable = False
        return other

    def _cut(self, ends):
        """Return the windows that end at the given rows as one array."""
        run = self._codes(ends)
        first = ends.astype(np.int64) - (self.window_length - 1)
        if len(ends) and (first >= self._run_starts[run]).all():
            # Each whole window is one contiguous piece of the rows.
            pieces = np.lib.stride_tricks.as_strided(
                self.rows,
                shape=(
                    len(self.rows) - self.window_length + 1,
                    self.window_length,
                    self.rows.shape[1],
                ),
                strides=(self.rows.strides[0], *self.rows.strides),
                writeable=False,
            )
            return pieces[first]
        reached = first[:, None] + np.arange(self.window_length)
        return self.rows[np.maximum(reached, self._run_starts[run][:, None])]


def _slice_alone(index, first, stop):
    """Return a slice of an index without the levels of the rest."""
    piece = index[first:stop]
    return piece.remove_unused_levels() if isinstance(piece, pd.MultiIndex) else piece
