"""Splits that windows cannot leak through."""

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from sklearn_frictiongru.model_selection._order import row_order
from sklearn_frictiongru.preprocessing import WindowArray
from sklearn_frictiongru.preprocessing._overlap import windows_within
from sklearn_frictiongru.preprocessing._runs import GAP_FACTOR, _read_index
from sklearn_frictiongru.utils._validation import index_of

TRAINING, PURGED, VALIDATION, TEST, WARM_UP = (
    "training",
    "purged",
    "validation",
    "test",
    "warm-up",
)


class PurgedKFold(BaseCrossValidator):
    """K-fold over contiguous blocks of each run, without leakage through windows.

    Each run is cut into `n_splits` contiguous blocks; fold k tests on the k-th block of
    every run. The rows before a test block, one less than a window, are neither trained
    on nor scored: they ride along in the test indices as the history of the block's first
    windows. Behind the block the cut itself keeps training windows out of it, where the
    rows carry a time index. In a plain array the cut cannot be seen, and windows then
    span it; see :func:`~sklearn_frictiongru.preprocessing.with_runs`.

    On a :class:`~sklearn_frictiongru.preprocessing.WindowArray` the windows bring their
    history along: no warm-up rows are added, and the training windows that reach back
    into the test block are purged as well.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    window_length : int, str or pandas.Timedelta, default=400
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest.
    purge : int, default=None
        Rows left out between training and test. None means window_length - 1: no training
        window shares a row with a test window. A lower number is less strict.
    warmup : bool, default=True
        Whether the history of the first windows of a block rides along in the test
        indices. Without it the test folds partition the rows, as
        :func:`~sklearn.model_selection.cross_val_predict` demands.

    See Also
    --------
    RunHoldout : One split into training, validation and test.
    windowed_scorer : Scores only rows that have their full history.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedKFold
    >>> for train, test in PurgedKFold(n_splits=3, window_length=3).split(np.zeros((12, 1))):
    ...     print("train", train, "test", test)
    train [ 4  5  6  7  8  9 10 11] test [0 1 2 3]
    train [ 0  1  8  9 10 11] test [2 3 4 5 6 7]
    train [0 1 2 3 4 5] test [ 6  7  8  9 10 11]
    """

    def __init__(self, n_splits=5, window_length=400, *, purge=None, warmup=True):
        self.n_splits = n_splits
        self.window_length = window_length
        self.purge = purge
        self.warmup = warmup

    def get_n_splits(self, X=None, y=None, groups=None):
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

    def split(self, X, y=None, groups=None):
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
        train : ndarray of int
            Rows to train on.
        test : ndarray of int
            Rows to test on, with their warm-up rows.

        Raises
        ------
        ValueError
            If there are fewer than two folds, rows for a fold are missing, windows are longer
            than `window_length`, or runs without names would join where the fold is cut out.
        """
        if self.n_splits < 2:
            raise ValueError(f"n_splits is {self.n_splits}; expected at least 2 folds.")
        order = row_order(X, groups)
        length, purge = _lengths_in_rows(self, X, order)
        runs = list(order.members())
        for fold in range(self.n_splits):
            tested = np.zeros(len(order.rows), dtype=bool)
            for members in runs:
                tested[np.array_split(members, self.n_splits)[fold]] = True
            if not tested.any():
                raise ValueError(
                    f"fold {fold} has no test rows: the longest run has "
                    f"{max(map(len, runs), default=0)} rows for n_splits={self.n_splits}. Use "
                    "fewer folds or longer runs."
                )
            train, test = _train_and_test(order, ~tested, tested, length, purge, self.warmup)
            _check_runs_stay_apart(X, order, train)
            _check_runs_stay_apart(X, order, test)
            yield train, test


class RunHoldout(BaseCrossValidator):
    """One split of each run into training, validation and test parts.

    Each run is cut into blocks that are dealt to training, validation and test in turn,
    so that every part is spread over the record and sees its conditions. Training is
    purged against validation and test: no training window shares a row with theirs.
    Validation and test may share input rows with each other.

    As a splitter it gives one split, training against validation: for
    ``GRUFrictionRegressor(validation=RunHoldout(...))``, which then never sees the
    test rows, or for scikit-learn's tools.

    Parameters
    ----------
    validation : float, default=0.2
        Share of each run that validates.
    test : float, default=0.2
        Share of each run that is kept for the test; may be 0.
    n_blocks : int, default=10
        Number of blocks that a run is cut into, of the size of the smallest part's; the
        shares are kept exactly. 1 is the plain tail split: training, then validation, then
        test.
    window_length : int, str or pandas.Timedelta
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest.
    purge : int, default=None
        Rows left out of training on both sides of validation and test blocks. None means
        window_length - 1. A lower number is less strict.
    warmup : bool, default=True
        Whether the history of each validation block's first windows rides along in the
        indices, where the rows of a table are split. Windows bring their history along.
    validation_start, test_start : float or pandas.Timestamp, default=None
        Times (or numbers of rows in the run, for a table without time) where validation
        and test begin, instead of blocks. Both or none.

    See Also
    --------
    PurgedKFold : Several folds.

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
        validation=0.2,
        test=0.2,
        *,
        n_blocks=10,
        window_length,
        purge=None,
        warmup=True,
        validation_start=None,
        test_start=None,
    ):
        self.validation = validation
        self.test = test
        self.n_blocks = n_blocks
        self.window_length = window_length
        self.purge = purge
        self.warmup = warmup
        self.validation_start = validation_start
        self.test_start = test_start

    def get_n_splits(self, X=None, y=None, groups=None):
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

    def parts(self, X, groups=None):
        """Return the part that each row belongs to as a target.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows, time-ordered inside each run; or windows.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        ndarray of shape (n_rows,)
            "training", "purged" (left out of training, since its window shares rows with a
            window of another part), "validation", "test" or "warm-up" (too little
            history for a full window).

        Raises
        ------
        ValueError
            If shares, blocks or cuts cannot be used, or windows are longer than
            `window_length`.
        """
        order = row_order(X, groups)
        length, purge = _lengths_in_rows(self, X, order)
        dealt = self._deal(X, order)
        parts = np.array([TRAINING, VALIDATION, TEST], dtype=object)[dealt]
        purged = _near(order, dealt == 0, dealt != 0, purge)
        parts[purged] = PURGED
        parts[order.history < length] = WARM_UP
        return parts

    def split(self, X, y=None, groups=None):
        """Yield the row numbers of training and validation.

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
        train : ndarray of int
            Rows to train on.
        validation : ndarray of int
            Rows to validate with, with their warm-up rows.

        Raises
        ------
        ValueError
            If shares, blocks or cuts cannot be used, windows are longer than `window_length`,
            or runs without names would join where other parts are cut out.
        """
        order = row_order(X, groups)
        length, purge = _lengths_in_rows(self, X, order)
        dealt = self._deal(X, order)
        training = dealt == 0
        # Training keeps away from the test rows as from the validation rows.
        kept = training & ~_left_out(order, training, dealt == 2, length, purge)
        train, test = _train_and_test(order, kept, dealt == 1, length, purge, self.warmup)
        _check_runs_stay_apart(X, order, train)
        _check_runs_stay_apart(X, order, test)
        yield train, test

    def _deal(self, X, order):
        """Return 0, 1 or 2 for each row: training, validation or test."""
        self._check_shares()
        dealt = np.zeros(len(order.rows), dtype=int)
        if self.validation_start is not None:
            times = _times(X, order)
            dealt[times >= self.validation_start] = 1
            dealt[times >= self.test_start] = 2
        else:
            for members in order.members():
                dealt[members] = self._deal_run(len(members))
        for part, name in ((0, TRAINING), (1, VALIDATION), (2, TEST)):
            wanted = part != 2 or self.test > 0 or self.test_start is not None
            if wanted and not (dealt == part).any():
                raise ValueError(
                    f"no row is left for the {name} part of {len(dealt)} rows with {self!r}; "
                    "use fewer blocks, other cuts or longer runs."
                )
        return dealt

    def _deal_run(self, n_rows):
        """Deal the rows of one run: training, validation, test, and again."""
        smallest = min(share for share in (self.validation, self.test) if share > 0)
        n_rounds = max(1, round(self.n_blocks * smallest))
        cuts = [
            begin + share
            for begin in range(n_rounds)
            for share in (0, 1 - self.validation - self.test, 1 - self.test)
        ]
        edges = np.rint(np.append(cuts, n_rounds) * n_rows / n_rounds).astype(int)
        return np.repeat(np.tile([0, 1, 2], n_rounds), np.diff(edges))

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


def _lengths_in_rows(splitter, X, order):
    """Return the window length and the purge of a splitter in rows."""
    length = order.length_in_rows(splitter.window_length)
    if splitter.purge is None:
        if isinstance(X, WindowArray) and X.window_length > length:
            raise ValueError(
                f"X has windows of {X.window_length} rows, but {splitter!r} keeps windows of "
                f"{length} rows apart (window_length={splitter.window_length!r}): training "
                "windows would share rows with those it tests. Set its window_length to that "
                "of the windows, or purge to the number of rows to leave out."
            )
        return length, length - 1
    if splitter.purge < 0:
        raise ValueError(f"purge is {splitter.purge}; expected 0 or more rows, or None.")
    return length, splitter.purge


def _near(order, candidates, others, distance):
    """Mark the candidates that lie within a distance of one of the others, in one run."""
    near = np.zeros(len(order.rows), dtype=bool)
    near[candidates] = windows_within(
        order.rows[candidates],
        order.run_codes[candidates],
        order.rows[others],
        order.run_codes[others],
        distance,
    )
    return near


def _left_out(order, candidates, others, length, purge):
    """Mark the candidates that training must do without.

    In a table the rows behind another part stay: they are cut off from it, so that they
    serve as the history of training windows and not as their targets. The first target is
    then a window's length away.
    """
    if order.carries_history:
        return _near(order, candidates, others, purge)
    beyond = max(0, purge - (length - 1))
    ahead = _history_of(order, others, purge + 1)
    return candidates & (ahead | _near(order, candidates, others, beyond))


def _train_and_test(order, training, tested, length, purge, warmup):
    """Return the row numbers of training and test, purged and with warm-up rows."""
    train = training & ~_left_out(order, training, tested, length, purge)
    if warmup and not order.carries_history:
        tested = tested | _history_of(order, tested, length)
    return np.flatnonzero(train), np.flatnonzero(tested)


def _check_runs_stay_apart(X, order, rows):
    """Raise if two runs that a step back in time parts would look like one after the cut."""
    index = index_of(X)
    if index is None or isinstance(index, pd.MultiIndex):
        return
    time, _, _ = _read_index(X)
    last = np.flatnonzero(np.diff(order.run_codes[rows]))
    steps = time[rows[last + 1]] - time[rows[last]]
    joined = (steps >= 0) & (steps <= GAP_FACTOR * (order.sampling_interval or 0))
    if joined.any():
        row = rows[last[joined.argmax()] + 1]
        raise ValueError(
            f"the run of X that begins before row {row} (index {index[row]}) has no name: only a "
            "step back in time parts it from the run before, and this split cuts that step out. "
            "Name the runs in a leading index level, with_runs(X, groups=..., time=...)."
        )


def _history_of(order, tested, length):
    """Mark the rows that the windows of tested rows reach back to."""
    history = np.zeros(len(order.rows), dtype=bool)
    for members in order.members():
        position = np.arange(len(members))
        next_tested = np.append(np.flatnonzero(tested[members]), len(members) + length)
        to_next = next_tested[np.searchsorted(next_tested, position)] - position
        history[members] = (to_next > 0) & (to_next < length)
    return history


def _times(X, order):
    """Return the time of each row as its index has it, or its number in the run."""
    if order.carries_history:
        raise ValueError(
            "windows carry no time; cut them by blocks, or split the table before windowing."
        )
    index = index_of(X)
    if index is None:
        return order.history - 1
    return index.get_level_values(-1)
