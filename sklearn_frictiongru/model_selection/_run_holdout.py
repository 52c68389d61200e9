"""One split into training, validation and test."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_frictiongru.model_selection._purge import Gaps, PurgedSplitter
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.index import time_level
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import index_of, readable

TRAINING, PURGED, VALIDATION, TEST, WARM_UP = (
    "training",
    "purged",
    "validation",
    "test",
    "warm-up",
)

SHARE_TOLERANCE = 1e-9


class RunHoldout(PurgedSplitter):
    """One split of each run into training, validation and test parts.

    Each run is cut into blocks that are assigned to training, validation and test in turn,
    so that every part is spread over the record and its conditions. Training is
    purged against validation and test: no training window shares a row with their windows.
    Validation and test may share input rows with each other.

    As a splitter it yields one split into training and validation: for
    ``GRUFrictionRegressor(validation=RunHoldout(...))``, which then never uses the
    test rows, or for scikit-learn's tools.

    Parameters
    ----------
    validation : float, default=0.2
        Share of each run used for validation.
    test : float, default=0.2
        Share of each run that is kept for the test; may be 0.
    n_blocks : int, default=10
        Number of blocks that a run is cut into, with the size of the smallest part's blocks;
        the shares are kept exactly. 1 is the plain tail split: training, then validation, then
        test.
    window_length : int, str, pandas.Timedelta or numpy.timedelta64
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest.
    purge : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Rows, or time rounded up to rows, left out of training on both sides of validation and
        test blocks. None means window_length - 1 rows. Smaller values are less strict.
    embargo : int, str, pandas.Timedelta or numpy.timedelta64, default=0
        Additional rows, or time, left out of training after each validation and test block.
    warmup : bool, default=True
        Whether the indices include the history of each validation block's first windows, if
        the rows of a table are split. Windows already include their history.
    validation_start, test_start : float or pandas.Timestamp, default=None
        Times (or numbers of rows in the run, for a table without time) where validation
        and test begin, instead of blocks. Both or none.
    rotation : int, default=0
        Number of block widths by which the pattern of parts is moved towards earlier rows,
        cyclically inside each run. Over all `rotations` each row is a test row exactly once.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, as in
        :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`: sampling intervals,
        or a time such as ``"5s"``; 1.5 sampling intervals if None.

    Raises
    ------
    ValueError
        In `split` and `parts`; see there.

    See Also
    --------
    PurgedKFold : Several folds, with the definition of the purge.
    PurgedTimeSeriesSplit : Trains only on rows before the test block.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning. Wiley. Chapter 7, purge
    and embargo.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import RunHoldout
    >>> holdout = RunHoldout(n_blocks=10, window_length=3)
    >>> for part in holdout.parts(np.zeros((30, 1)))[:16]:
    ...     print(part[:2], end=" ")
    wa wa tr tr tr tr tr pu pu va va va te te te pu
    >>> train, validation = next(holdout.split(np.zeros((30, 1))))
    >>> train
    array([ 0,  1,  2,  3,  4,  5,  6, 15, 16, 17, 18, 19, 20, 21])
    >>> validation
    array([ 7,  8,  9, 10, 11, 22, 23, 24, 25, 26])
    """

    def __init__(
        self,
        validation: float = 0.2,
        test: float = 0.2,
        *,
        n_blocks: int = 10,
        window_length: Duration,
        purge: Duration | None = None,
        embargo: Duration = 0,
        warmup: bool = True,
        validation_start: float | pd.Timestamp | None = None,
        test_start: float | pd.Timestamp | None = None,
        rotation: int = 0,
        max_gap: Duration | None = None,
    ) -> None:
        self.validation = validation
        self.test = test
        self.n_blocks = n_blocks
        self.window_length = window_length
        self.purge = purge
        self.embargo = embargo
        self.warmup = warmup
        self.validation_start = validation_start
        self.test_start = test_start
        self.rotation = rotation
        self.max_gap = max_gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: ArrayLike | None = None) -> int:
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not used.

        Returns
        -------
        int
            1.
        """
        return 1

    def parts(self, X: Any, groups: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the part that each row belongs to as a target.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows, time-ordered inside each run; or windows.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        ndarray of str, shape (n_rows,)
            "training", "purged" (left out of training, since its window shares rows with a
            window of another part), "validation", "test" or "warm-up" (too little
            history for a full window).

        Raises
        ------
        ValueError
            If shares, blocks or cuts cannot be used, or windows are longer than
            `window_length`.

        Examples
        --------
        The plain tail split of 100 rows: two have too little history for a window of three.

        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn_frictiongru.model_selection import RunHoldout
        >>> parts = RunHoldout(n_blocks=1, window_length=3).parts(np.zeros((100, 1)))
        >>> pd.Series(parts).value_counts(sort=False)
        warm-up        2
        training      56
        purged         2
        validation    20
        test          20
        Name: count, dtype: int64
        """
        runs = Runs.of(X, groups=groups, max_gap=self.max_gap)
        gaps = Gaps(self, X, runs)
        dealt = self._part_numbers(X, runs)
        parts = np.array([TRAINING, VALIDATION, TEST], dtype=object)[dealt]
        parts[(dealt == 0) & gaps.too_close(dealt != 0)] = PURGED
        parts[runs.history < gaps.length] = WARM_UP
        return parts

    def rotations(self) -> list[RunHoldout]:
        """Return the rotated splitters, which together test each row of a record once.

        Each splitter also assigns validation rows, so that a model that uses it for
        validation has not used the rows it is tested on in any way.

        Returns
        -------
        list of RunHoldout
            ``1 / test`` splitters; the first one is the split without rotation.

        Raises
        ------
        ValueError
            If ``1 / test`` is not an integer, or the cuts are given explicitly.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.model_selection import RunHoldout
        >>> rotations = RunHoldout(n_blocks=5, window_length=1).rotations()
        >>> for holdout in rotations:
        ...     print(*(part[:2] for part in holdout.parts(np.zeros((10, 1)))))
        tr tr tr tr tr tr va va te te
        tr tr tr tr va va te te tr tr
        tr tr va va te te tr tr tr tr
        va va te te tr tr tr tr tr tr
        te te tr tr tr tr tr tr va va
        """
        return [self._rotated(k) for k in range(self._n_rotations())]

    def _rotated(self, rotation):
        """Return the same splitter with another rotation."""
        rotated = copy(self)
        rotated.rotation = rotation
        return rotated

    def _n_rotations(self):
        """Return the number of rotations after which each row has been tested."""
        self._check_shares()
        number = round(1 / self.test) if self.test > 0 else 0
        if self.validation_start is not None or abs(number * self.test - 1) > SHARE_TOLERANCE:
            raise ValueError(
                f"{self!r} cannot be rotated; expected blocks instead of explicit cuts, and a test "
                "share of 1 divided by an integer, such as 0.2."
            )
        return number

    def _folds(self, X, runs):
        """Yield the rows that may be trained on and the validation rows."""
        dealt = self._part_numbers(X, runs)
        # Training is purged against the test rows as against the validation rows.
        yield (dealt == 0) & ~Gaps(self, X, runs).left_out(dealt == 2), dealt == 1

    def _part_numbers(self, X, runs):
        """Return 0, 1 or 2 for each row: training, validation or test."""
        self._check_shares()
        dealt = np.zeros(runs.n_rows, dtype=int)
        if self.validation_start is not None:
            times = _times(X, runs)
            dealt[_not_before(times, self.validation_start, "validation_start")] = 1
            dealt[_not_before(times, self.test_start, "test_start")] = 2
        else:
            dealt[runs.order] = self._parts_of_runs(runs.lengths)
        for part, name in ((0, TRAINING), (1, VALIDATION), (2, TEST)):
            wanted = part != 2 or self.test > 0 or self.test_start is not None
            if wanted and not (dealt == part).any():
                raise ValueError(
                    f"no row is left for the {name} part of {len(dealt)} rows with {self!r}; "
                    "use fewer blocks, other cuts or longer runs."
                )
        return dealt

    def _parts_of_runs(self, lengths):
        """Assign the blocks of each run in turn: training, validation, test, and again."""
        smallest = min(share for share in (self.validation, self.test) if share > 0)
        n_rounds = max(1, round(self.n_blocks * smallest))
        shares = np.array([0, 1 - self.validation - self.test, 1 - self.test])
        cuts = (np.arange(n_rounds)[:, None] + shares).ravel()
        begins = cuts - self.rotation * self.test
        begins = _snapped(np.where(begins < 0, begins + n_rounds, begins), cuts)
        order = np.argsort(begins, kind="stable")
        edges = np.append(begins[order], n_rounds) * lengths[:, None] / n_rounds
        edges = np.column_stack([np.zeros(len(lengths)), np.rint(edges)]).astype(int)
        # The part of the pattern that is moved out at the front returns at the end.
        parts = np.tile([0, 1, 2], n_rounds)[order]
        parts = np.tile(np.append(parts[-1], parts), len(lengths))
        return np.repeat(parts, np.diff(edges).ravel())

    def _check_shares(self):
        """Raise if shares, blocks or cuts cannot be used."""
        if not (0 < self.validation < 1 and 0 <= self.test < 1):
            raise ValueError(
                f"validation={self.validation} and test={self.test}; expected shares of a run, "
                "validation above 0 and test at least 0, both below 1."
            )
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation={self.validation} and test={self.test} leave nothing to train on; "
                "expected a sum below 1."
            )
        if self.n_blocks < 1:
            raise ValueError(f"n_blocks is {self.n_blocks}; expected at least 1.")
        if (self.validation_start is None) != (self.test_start is None):
            raise ValueError(
                f"validation_start={self.validation_start} and test_start={self.test_start}; "
                "expected both or none."
            )
        if self.validation_start is not None and not self.validation_start < self.test_start:
            raise ValueError(
                f"validation_start={self.validation_start} is not before "
                f"test_start={self.test_start}; expected training, then validation, then test."
            )


def _snapped(values, cuts):
    """Return values with those close to a cut set to the cut, so that all rotations cut there."""
    nearest = cuts[np.abs(values[:, None] - cuts).argmin(axis=1)]
    close = np.abs(values - nearest) < SHARE_TOLERANCE
    return np.where(close, nearest, np.round(values, 9))


def _times(X, runs):
    """Return the time of each row from its index, or its number in the run."""
    index = index_of(X)
    if index is not None:
        return time_level(index)
    if runs.carries_history:
        raise ValueError(
            "these windows have no time; cut them by blocks, or split the table before windowing."
        )
    return runs.history - 1


def _not_before(times, start, name):
    """Mark the rows at or after a time."""
    try:
        return np.asarray(times >= (start.start_time if isinstance(start, pd.Period) else start))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is {start!r}, which cannot be compared with the time of X, such as "
            f"{readable(times[0])}; expected a time of the same kind, with a zone where X has one."
        ) from error
