"""The transformer that turns rows into windows."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_frictiongru.preprocessing._resampled_rows import warn_of_drawn_rows
from sklearn_frictiongru.preprocessing._runs import Runs
from sklearn_frictiongru.preprocessing._window_array import WindowArray
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    counts_rows,
    index_of,
    is_counted,
    lagged_names,
    read_rows,
)


class SlidingWindowTransformer(DocLinkMixin, TransformerMixin, BaseEstimator):
    r"""Give each row the window of the last rows that ends at it.

    The number of rows stays the same, so that pipelines, cross-validation and metrics
    work unchanged. A window never looks forward and never crosses a run boundary: a
    change of run label, or a time step longer than `max_gap`. Rows with too little
    history get a window that repeats the first row of their run, marked as not
    complete.

    Runs and time are read from the pandas index of `X` (see
    :func:`~sklearn_frictiongru.preprocessing.with_runs`). In a plain array all rows are
    one run. If cross-validation cuts rows out of its middle, the cut cannot be detected, and
    windows then span it.

    Parameters
    ----------
    window_length : int, str, pandas.Timedelta or numpy.timedelta64, default=400
        Number of rows of a window, or a time such as ``"400s"`` that is turned into rows
        with the sampling interval of the index.
    min_history : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Rows (or time) that a run must have up to and with the row for its window to be
        complete; `window_length` if None. It raises that bar, so that different window
        lengths can be compared on the same rows.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run: an int counts sampling intervals, so that 5 allows
        four missing rows; or a time such as ``"5s"``. 1.5 sampling intervals if None.
    flatten : bool, default=False
        Whether to return a plain table with one column per lag and input instead of
        a :class:`WindowArray`, for regressors that do not accept windows.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`, where all are strings.
    sampling_interval_ : float or None
        Time between two rows in seconds, learned from the index; 1.0 for a table
        without time, None if no run has two rows.
    window_length_ : int
        Number of rows of a window.
    min_history_ : int
        Number of rows that make a window complete.

    Raises
    ------
    ValueError
        If a duration is a float, which may mean rows or seconds; if `X` holds NaN, masked values
        or infinity; if its times are missing, duplicated, irregular, out of order inside a run
        or newest first, or have another sampling interval than in `fit`.

    See Also
    --------
    WindowArray : What `transform` returns.
    sklearn_frictiongru.model_selection.PurgedKFold : Splits that windows cannot leak
        through.
    RateOfChange : Adds rates of change to the inputs.
    with_runs : Puts runs and time into the index.
    find_window_steps : Finds this step inside an estimator.
    sklearn_frictiongru.neural_network.GRUFrictionRegressor : The network that takes the windows.

    Notes
    -----
    The window of row i, of L rows, in a run that begins at row s, is

    .. math:: (x_{\max(s, \, i - L + 1)}, \; \ldots, \; x_{\max(s, \, i - 1)}, \; x_i)

    and it is complete if :math:`i - s + 1` is at least `min_history`.

    Time steps inside a run may differ from the sampling interval by a quarter of it. If they
    differ more, use :func:`~sklearn_frictiongru.preprocessing.resample_runs` first.

    If the rows seen in `fit` had no time, no interval was learned, and `transform` accepts rows
    at any even steps.

    With ``flatten=False`` a data frame cannot hold the output: ``set_output`` is
    accepted and has no effect.

    For a plain array `groups` names the runs. With scikit-learn's metadata routing switched on
    they reach `fit` and `transform` through a Pipeline's `fit`, `predict` and `score`, through
    the splitters of this package and through
    :class:`~sklearn_frictiongru.model_selection.windowed_scorer`. They do not reach `transform`
    through scikit-learn's own string scorers nor through
    :func:`~sklearn.model_selection.cross_val_predict`, which pass no metadata to `predict`:
    all rows are then one run. Runs in the index are never lost in this way.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X = np.arange(5.0).reshape(-1, 1)
    >>> windows = SlidingWindowTransformer(window_length=3).fit_transform(X)
    >>> windows
    WindowArray(shape=(5, 3, 1), dtype=float64, complete=3 of 5)
    >>> np.asarray(windows)[:, :, 0]
    array([[0., 0., 0.],
           [0., 0., 1.],
           [0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> SlidingWindowTransformer(3, flatten=True).fit(X).get_feature_names_out()
    array(['x0_lag_2', 'x0_lag_1', 'x0_lag_0'], dtype=object)
    """

    _parameter_constraints: dict = {
        # Runs reads durations. Its error for a float asks whether rows or seconds were meant.
        "window_length": "no_validation",
        "min_history": "no_validation",
        "max_gap": "no_validation",
        "flatten": ["boolean"],
    }

    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    sampling_interval_: float | None
    window_length_: int
    min_history_: int

    def __init__(
        self,
        window_length: Duration = 400,
        *,
        min_history: Duration | None = None,
        max_gap: Duration | None = None,
        flatten: bool = False,
    ) -> None:
        self.window_length = window_length
        self.min_history = min_history
        self.max_gap = max_gap
        self.flatten = flatten

    # With metadata routing, run labels reach fit and transform without a request by the user.
    __metadata_request__fit = {"groups": True}
    __metadata_request__transform = {"groups": True}

    def fit(
        self, X: ArrayLike, y: Any = None, groups: ArrayLike | None = None
    ) -> SlidingWindowTransformer:
        """Learn the sampling interval and the columns.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run.
        y : array-like of shape (n_rows,), default=None
            Target. Only its index is looked at: a warning is given if `y` has runs or time
            in its index that `X` has lost in a previous step.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        SlidingWindowTransformer
            This transformer.

        Raises
        ------
        ValueError
            If a parameter, the values or the index of `X` are not as expected, or `y` has
            another index.
        """
        self._fit(X, y, groups)
        return self

    def _fit(self, X, y, groups):
        """Learn what `fit` learns and return the rows (n_rows, n_features) and their runs."""
        self._validate_params()
        rows = read_rows(self, X, reset=True)
        check_same_index(X, y)
        if groups is None:
            _warn_of_lost_index(X, y)
            if index_of(X) is None:
                warn_of_drawn_rows(rows, y)
        runs = Runs.of(X, groups=groups, max_gap=self.max_gap)
        self.sampling_interval_ = runs.sampling_interval
        self._counted = is_counted(X)
        self.window_length_ = runs.rows_of(self.window_length, "window_length")
        self.min_history_ = self.window_length_
        if self.min_history is not None:
            self.min_history_ = runs.rows_of(self.min_history, "min_history")
        if self.min_history_ < self.window_length_:
            raise ValueError(
                f"min_history is {self.min_history!r} ({self.min_history_} rows), shorter than "
                f"window_length={self.window_length!r} ({self.window_length_} rows); expected at "
                "least the window length. Leave it out, or raise it."
            )
        return rows, runs

    def fit_transform(
        self, X: ArrayLike, y: Any = None, groups: ArrayLike | None = None
    ) -> WindowArray | Any:
        """Learn the sampling interval and the columns, and cut the window of every row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run.
        y : array-like of shape (n_rows,), default=None
            Target; only its index is looked at.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        WindowArray of shape (n_rows, window_length, n_features), or \
ndarray of shape (n_rows, window_length * n_features)
            The windows; a plain table, oldest lag first, if `flatten` is set.
        """
        # scikit-learn's fit_transform would not pass the run labels on to transform.
        return self._cut(X, *self._fit(X, y, groups))

    def transform(self, X: ArrayLike, groups: ArrayLike | None = None) -> WindowArray | Any:
        """Cut the window of every row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, with the columns and the sampling interval seen in `fit`.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        WindowArray of shape (n_rows, window_length, n_features), or \
ndarray of shape (n_rows, window_length * n_features)
            The windows; a plain table, oldest lag first, if `flatten` is set.
        """
        check_is_fitted(self)
        rows = read_rows(self, X, reset=False)
        # Rows without time have no sampling interval to compare with.
        learned = None if self._counted and not is_counted(X) else self.sampling_interval_
        runs = Runs.of(X, groups=groups, sampling_interval=learned, max_gap=self.max_gap)
        return self._cut(X, rows, runs)

    def _cut(self, X, rows, runs):
        """Return the window of every row of a table, flattened if required."""
        windows = WindowArray(
            # Windows must not change when the caller modifies the table later.
            np.array(rows, order="C", copy=True),
            self.window_length_,
            run_starts=runs.starts,
            run_labels=runs.labels,
            min_history=self.min_history_,
            feature_names=getattr(self, "feature_names_in_", None),
            index=index_of(X),
        )
        windows._known_finite = True
        windows._sampling_interval = None if runs.time is None else runs.sampling_interval
        if self.flatten:
            return np.asarray(windows).reshape(len(windows), -1)
        return windows

    def set_output(
        self, *, transform: Literal["default", "pandas", "polars"] | None = None
    ) -> SlidingWindowTransformer:
        """Choose the container of a flattened table.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Container of the output with ``flatten=True``; None leaves it as it is. It
            has no effect with ``flatten=False``: no data frame can hold windows.

        Returns
        -------
        SlidingWindowTransformer
            This transformer.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X = pd.DataFrame({"temperature_degc": [20.0, 21.0, 22.0]})
        >>> windows = SlidingWindowTransformer(window_length=2, flatten=True)
        >>> windows.set_output(transform="pandas").fit_transform(X)
           temperature_degc_lag_1  temperature_degc_lag_0
        0                    20.0                    20.0
        1                    20.0                    21.0
        2                    21.0                    22.0
        """
        if transform is not None:
            # The name under which scikit-learn's wrapper of transform looks it up.
            self._sklearn_output_config = {"transform": transform}
        return self

    # Without this method scikit-learn leaves the output of transform alone, which is what
    # windows need: no data frame can hold them.
    @available_if(lambda self: self.flatten)
    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns of a flattened table.

        Parameters
        ----------
        input_features : array-like of str, shape (n_features,), default=None
            Names of the columns; those seen in `fit` if None.

        Returns
        -------
        ndarray of shape (window_length * n_features,)
            Names such as ``temperature_lag_399``, oldest lag first. Characters of a column's
            name other than letters, digits and underscores become underscores.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.array(lagged_names(names, self.window_length_), dtype=object)


def _warn_of_lost_index(X, y):
    """Warn if the target has an index that the table has lost."""
    if index_of(X) is not None or not isinstance(y, pd.Series | pd.DataFrame):
        return
    if counts_rows(y.index):
        return
    warnings.warn(
        "X is a plain array but y still carries an index: runs and time were lost in a "
        "previous step, and windows may cross run boundaries. Set the output of that transformer "
        "to pandas, as in StandardScaler().set_output(transform='pandas'), or leave "
        "the scaler out, since the regressor standardises.",
        UserWarning,
        stacklevel=4,
    )
