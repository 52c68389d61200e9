"""Folds that windows cannot leak through."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sklearn_frictiongru.model_selection._purge import Gaps, PurgedSplitter
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.typing import Duration


class PurgedKFold(PurgedSplitter):
    r"""K-fold over contiguous blocks of each run, without leakage through windows.

    Each run is cut into `n_splits` contiguous blocks; fold k tests on the k-th block of
    every run. The rows before a test block, one less than a window, are neither trained
    on nor scored: the test indices include them as the history of the block's first
    windows. After the block, the cut in the time index keeps training windows out of the
    block. In a plain array the cut cannot be detected, and windows then
    span it; see :func:`~sklearn_frictiongru.preprocessing.with_runs`.

    The windows of a :class:`~sklearn_frictiongru.preprocessing.WindowArray` already include
    their history: no warm-up rows are added, and training windows that reach back into the
    test block are purged as well.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    window_length : int, str, pandas.Timedelta or numpy.timedelta64, default=400
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest.
    purge : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Rows, or time rounded up to rows, left out between training and test. None means
        window_length - 1 rows: no training window shares a row with a test window. Less is less
        strict.
    embargo : int, str, pandas.Timedelta or numpy.timedelta64, default=0
        Additional rows, or time rounded up to rows, left out of training after each test block.
    warmup : bool, default=True
        Whether the test indices include the history of the first windows of a block.
        Without it the test folds partition the rows, as
        :func:`~sklearn.model_selection.cross_val_predict` demands.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, as of the
        :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`: sampling intervals,
        or a time such as ``"5s"``; 1.5 sampling intervals if None.

    Raises
    ------
    ValueError
        In `split`; see there.

    See Also
    --------
    PurgedTimeSeriesSplit : Trains only on rows before the test block.
    PurgedLeaveRunsOut : Tests on whole runs.
    RunHoldout : One split into training, validation and test.
    windowed_scorer : Scores only rows that have their full history.
        sklearn_frictiongru.preprocessing.SlidingWindowTransformer : Cuts the windows that must not
        leak.

    Notes
    -----
    Windows of L rows that end at the rows i and j of one run share a row if

    .. math:: |i - j| \le L - 1

    so that no row is shared if `purge`, by default L - 1, keeps i and j further apart. Windows
    of different runs share no rows.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning. Wiley. Chapter 7, purge
    and embargo.

    Racine, J. (2000). Consistent cross-validatory model-selection for dependent data: hv-block
    cross-validation. Journal of Econometrics, 99(1), 39-61.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedKFold
    >>> for train, test in PurgedKFold(n_splits=3, window_length=3).split(
    ...     np.zeros((12, 1))
    ... ):
    ...     print("train", train, "test", test)
    train [ 4  5  6  7  8  9 10 11] test [0 1 2 3]
    train [ 0  1  8  9 10 11] test [2 3 4 5 6 7]
    train [0 1 2 3 4 5] test [ 6  7  8  9 10 11]
    """

    def __init__(
        self,
        n_splits: int = 5,
        window_length: Duration = 400,
        *,
        purge: Duration | None = None,
        embargo: Duration = 0,
        warmup: bool = True,
        max_gap: Duration | None = None,
    ) -> None:
        self.n_splits = n_splits
        self.window_length = window_length
        self.purge = purge
        self.embargo = embargo
        self.warmup = warmup
        self.max_gap = max_gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: ArrayLike | None = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not used.

        Returns
        -------
        int
            Number of folds.
        """
        return self.n_splits

    def _folds(self, X, runs):
        """Yield the rows that may be trained on and those tested, for each fold."""
        _check_n_splits(self.n_splits)
        blocks = runs.blocks(self.n_splits)
        for fold in range(self.n_splits):
            tested = blocks == fold
            _check_tested(tested, fold, runs, self.n_splits)
            yield ~tested, tested


class PurgedTimeSeriesSplit(PurgedSplitter):
    """Folds over contiguous blocks of each run, with training before testing only.

    Each run is cut into n_splits + 1 contiguous blocks; fold k tests on block k + 1 of every
    run and trains on the blocks before it. As in :class:`PurgedKFold` the rows before a test
    block, one less than a window, are neither trained on nor scored and are included as
    history.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    window_length : int, str, pandas.Timedelta or numpy.timedelta64, default=400
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest.
    purge : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Rows, or time rounded up to rows, left out between training and test. None means
        window_length - 1 rows: no training window shares a row with a test window. Less is less
        strict.
    embargo : int, str, pandas.Timedelta or numpy.timedelta64, default=0
        Additional rows, or time rounded up to rows, left out of training before each test block,
        since training precedes the test here.
    warmup : bool, default=True
        Whether the test indices include the history of the first windows of a block.
        Without it the test folds partition the rows, as
        :func:`~sklearn.model_selection.cross_val_predict` demands.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, as of the
        :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`: sampling intervals,
        or a time such as ``"5s"``; 1.5 sampling intervals if None.

    Raises
    ------
    ValueError
        In `split`; see there.

    See Also
    --------
    PurgedKFold : Tests on every block; with the definition of the purge.
    PurgedLeaveRunsOut : Tests on whole runs.
    RunHoldout : One split into training, validation and test.
    windowed_scorer : Scores only rows that have their full history.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning. Wiley. Chapter 7, purge
    and embargo.

    Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy: an analysis and review.
    International Journal of Forecasting, 16(4), 437-450.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedTimeSeriesSplit
    >>> folds = PurgedTimeSeriesSplit(n_splits=2, window_length=3)
    >>> for train, test in folds.split(np.zeros((18, 1))):
    ...     print("train", train, "test", test)
    train [0 1 2 3] test [ 4  5  6  7  8  9 10 11]
    train [0 1 2 3 4 5 6 7 8 9] test [10 11 12 13 14 15 16 17]
    """

    def __init__(
        self,
        n_splits: int = 5,
        window_length: Duration = 400,
        *,
        purge: Duration | None = None,
        embargo: Duration = 0,
        warmup: bool = True,
        max_gap: Duration | None = None,
    ) -> None:
        self.n_splits = n_splits
        self.window_length = window_length
        self.purge = purge
        self.embargo = embargo
        self.warmup = warmup
        self.max_gap = max_gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: ArrayLike | None = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not used.

        Returns
        -------
        int
            Number of folds.
        """
        return self.n_splits

    def _folds(self, X, runs):
        """Yield the rows that may be trained on and those tested, for each fold."""
        _check_n_splits(self.n_splits)
        blocks = runs.blocks(self.n_splits + 1)
        gaps = Gaps(self, X, runs)
        for fold in range(self.n_splits):
            tested = blocks == fold + 1
            _check_tested(tested, fold, runs, self.n_splits)
            # Rows are counted, so that windows missing from the input do not change it.
            first_tested = np.full(len(runs.labels), np.iinfo(np.int64).max)
            np.minimum.at(first_tested, runs.codes[tested], runs.rows[tested])
            to_test = first_tested[runs.codes] - runs.rows
            yield (blocks <= fold) & (to_test > gaps.purge + gaps.embargo), tested


class PurgedLeaveRunsOut(PurgedSplitter):
    """Folds of whole runs: each run is tested with models that were not trained on it.

    A run is all rows with one run label in the index (or in `groups`); without labels, each
    piece between two gaps. Windows never cross a run, so that they share no rows, and only
    the rows of the embargo are purged.

    Parameters
    ----------
    n_splits : int, default=None
        Number of folds to which the runs are assigned, in their order; one for each run if None.
    window_length : int, str, pandas.Timedelta or numpy.timedelta64, default=400
        Rows of a window, or a time such as ``"400s"``; rows with less history are not scored
        by :func:`out_of_fold_predictions`.
    embargo : int, str, pandas.Timedelta or numpy.timedelta64, default=0
        Rows, or time rounded up to rows, left out of training after each tested run, in the
        order of the table: an apparatus may still be warm from it.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, as of the
        :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`: sampling intervals,
        or a time such as ``"5s"``; 1.5 sampling intervals if None.

    Raises
    ------
    ValueError
        In `split`; see there.

    See Also
    --------
    PurgedKFold : Blocks of every run.
    sklearn.model_selection.LeaveOneGroupOut : Similar folds, without runs in the index.
    PurgedTimeSeriesSplit : Trains only on rows before the test block.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedLeaveRunsOut
    >>> from sklearn_frictiongru.preprocessing import with_runs
    >>> X = with_runs(np.zeros((9, 1)), groups=["a"] * 3 + ["b"] * 2 + ["c"] * 4)
    >>> for train, test in PurgedLeaveRunsOut(window_length=2, embargo=1).split(X):
    ...     print("train", train, "test", test)
    train [4 5 6 7 8] test [0 1 2]
    train [0 1 2 6 7 8] test [3 4]
    train [0 1 2 3 4] test [5 6 7 8]
    """

    def __init__(
        self,
        n_splits: int | None = None,
        window_length: Duration = 400,
        *,
        embargo: Duration = 0,
        max_gap: Duration | None = None,
    ) -> None:
        self.n_splits = n_splits
        self.window_length = window_length
        self.embargo = embargo
        self.max_gap = max_gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: ArrayLike | None = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or WindowArray, default=None
            Rows or windows; needed if `n_splits` is None.
        y : object, default=None
            Not used.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        int
            Number of folds.

        Raises
        ------
        ValueError
            If `n_splits` and `X` are both None.
        """
        if self.n_splits is not None:
            return self.n_splits
        if X is None:
            raise ValueError("n_splits is None, so X is needed to count the runs; give X.")
        return len(np.unique(Runs.of(X, groups=groups, max_gap=self.max_gap).label_codes))

    def _folds(self, X, runs):
        """Yield the rows that may be trained on and those tested, for each fold."""
        label_codes = runs.label_codes
        labels = np.unique(label_codes)
        n_splits = len(labels) if self.n_splits is None else self.n_splits
        if self.n_splits is not None:
            _check_n_splits(n_splits)
        if not 2 <= n_splits <= len(labels):
            raise ValueError(
                f"n_splits is {self.n_splits} for {len(labels)} runs; expected at least 2 folds "
                "and not more folds than runs. Name the runs in a leading index level, "
                "with_runs(X, groups=...)."
            )
        # The embargo continues from a run into the following runs.
        in_table = replace(runs, codes=np.zeros(runs.n_rows, dtype=int))
        embargo = Gaps(self, X, runs).embargo
        for dealt in np.array_split(labels, n_splits):
            tested = np.isin(label_codes, dealt)
            _, since_last = in_table.distances_to(tested)
            yield ~tested & (since_last > embargo), tested


def _check_n_splits(n_splits):
    """Raise if the number of folds is below two or not an integer."""
    if not isinstance(n_splits, Integral) or isinstance(n_splits, bool) or n_splits < 2:
        raise ValueError(f"n_splits is {n_splits!r}; expected at least 2 folds, an int.")


def _check_tested(tested, fold, runs, n_splits):
    """Raise if a fold has nothing to test on."""
    if not tested.any():
        raise ValueError(
            f"fold {fold} has no test rows: the longest run has "
            f"{int(runs.history.max(initial=0))} rows for n_splits={n_splits}. Use fewer folds or "
            "longer runs."
        )
