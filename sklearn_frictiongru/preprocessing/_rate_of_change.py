"""The transformer that adds rates of change to a table."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_frictiongru.preprocessing._runs import Runs
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.rates import savgol_rate
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.units import rate_name
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    check_time_of_fit,
    column_names,
    is_counted,
    read_rows,
)


class RateOfChange(DocLinkMixin, TransformerMixin, BaseEstimator):
    r"""Add the rate of change of some columns, run by run.

    A straight line (or polynomial) is fitted to the last rows of the run by least squares,
    and its slope is the rate: a Savitzky-Golay derivative. If the name of a column ends in a
    unit, the name of its rate ends in that unit per second: ``temperature_degc`` gives
    ``temperature_rate_degc_s``.

    Parameters
    ----------
    columns : array-like of str or int, shape (n_rates,), default=None
        Columns whose rates are computed, by name or number; all if None.
    window_length : int, str, pandas.Timedelta or numpy.timedelta64, default=5
        Rows of one fit, at least 2, or a time such as ``"5s"``; an odd number for a centred
        rate.
    polyorder : int, default=1
        Order of the polynomial.
    kind : {"causal", "centred"}, default="causal"
        Rows that a rate may use: those up to its own row ("causal"), or those on both sides of
        it ("centred"). A centred rate uses future rows as inputs.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run: an int counts sampling intervals, so that 5 allows
        four missing rows in a row; or a time such as ``"5s"``. 1.5 sampling intervals if None.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`, where all are strings.
    sampling_interval_ : float or None
        Time between two rows in seconds; 1.0 for a table without time.
    window_length_ : int
        Rows of one fit.
    columns_ : ndarray of int, shape (n_rates,)
        Numbers of the columns whose rates are computed.

    Raises
    ------
    ValueError
        If a column is missing, a duration is a float, `X` holds NaN, masked values or infinity,
        its times cannot be used, or it has time where the rows seen in `fit` had none.

    See Also
    --------
    SlidingWindowTransformer : Makes windows of what this transformer returns.

    Notes
    -----
    With ``polyorder=1`` and ``kind="causal"`` the rate at row i is the slope of the line
    through the last `window_length` rows j up to i, with times :math:`t_j`, values
    :math:`x_j` and their means over these rows,

    .. math::

        r_i = \frac{\sum_j (t_j - \bar t) (x_j - \bar x)}{\sum_j (t_j - \bar t)^2}

    The first rows of a run use as many rows as there are. The very first row has no history and
    gets 0.

    A data frame gives a data frame with the same index of runs and time, unless
    ``set_output`` names another container.

    References
    ----------
    Savitzky, A., Golay, M. J. E. (1964). Smoothing and differentiation of data by simplified
    least squares procedures. Analytical Chemistry, 36(8), 1627-1639.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_frictiongru.preprocessing import RateOfChange
    >>> X = pd.DataFrame({"temperature_degc": [20.0, 21.0, 22.0, 23.0]})
    >>> RateOfChange(window_length=3).fit_transform(X)
       temperature_degc  temperature_rate_degc_s
    0              20.0                      0.0
    1              21.0                      1.0
    2              22.0                      1.0
    3              23.0                      1.0
    """

    _parameter_constraints: dict = {
        "columns": ["array-like", None],
        # Runs reads durations. Its error for a float asks whether rows or seconds were meant.
        "window_length": "no_validation",
        "polyorder": [Interval(Integral, 1, None, closed="left")],
        "kind": [StrOptions({"causal", "centred"})],
        "max_gap": "no_validation",
    }

    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    sampling_interval_: float | None
    window_length_: int
    columns_: NDArray[np.integer]

    def __init__(
        self,
        columns: Sequence[str] | Sequence[int] | None = None,
        *,
        window_length: Duration = 5,
        polyorder: int = 1,
        kind: Literal["causal", "centred"] = "causal",
        max_gap: Duration | None = None,
    ) -> None:
        self.columns = columns
        self.window_length = window_length
        self.polyorder = polyorder
        self.kind = kind
        self.max_gap = max_gap

    # With metadata routing, run labels reach fit and transform without a request by the user.
    __metadata_request__fit = {"groups": True}
    __metadata_request__transform = {"groups": True}

    def fit(self, X: ArrayLike, y: Any = None, groups: ArrayLike | None = None) -> RateOfChange:
        """Learn the columns and the sampling interval.

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
        RateOfChange
            This transformer.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._fit(X, y, groups)
        return self

    def _fit(self, X, y, groups):
        """Learn what `fit` learns and return the rows (n_rows, n_features)."""
        self._validate_params()
        rows = read_rows(self, X, reset=True)
        check_same_index(X, y)
        runs = Runs.of(X, groups=groups, max_gap=self.max_gap)
        self.sampling_interval_ = runs.sampling_interval
        self.window_length_ = runs.rows_of(self.window_length)
        if self.window_length_ < 2:
            raise InvalidParameterError(
                f"window_length is {self.window_length!r} ({self.window_length_} row); expected at "
                "least 2 rows, which a slope needs."
            )
        self._counted = is_counted(X)
        names = column_names(X, rows.shape[1])
        wanted = names if self.columns is None else list(self.columns)
        numbers = []
        for column in wanted:
            known = column in names if isinstance(column, str) else 0 <= column < len(names)
            if not known:
                raise ValueError(
                    f"columns names {column!r}, which X does not have; it has {names}. Name some "
                    "of these."
                )
            numbers.append(names.index(column) if isinstance(column, str) else int(column))
        self.columns_ = np.array(numbers, dtype=int)
        return rows

    def fit_transform(
        self, X: ArrayLike, y: Any = None, groups: ArrayLike | None = None
    ) -> NDArray[np.floating] | Any:
        """Learn the columns and add the rates.

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
        ndarray of shape (n_rows, n_features + n_rates), or DataFrame if `X` is one
            The columns of `X` and the rates, in their units per second.
        """
        # scikit-learn's fit_transform would not pass the run labels on to transform.
        return self._add_rates(X, self._fit(X, y, groups), groups)

    def transform(
        self, X: ArrayLike, groups: ArrayLike | None = None
    ) -> NDArray[np.floating] | Any:
        """Add the rates.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, with the columns and the sampling interval seen in `fit`.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        ndarray of shape (n_rows, n_features + n_rates), or DataFrame if `X` is one
            The columns of `X` and the rates, in their units per second.
        """
        check_is_fitted(self)
        return self._add_rates(X, read_rows(self, X, reset=False), groups)

    def _add_rates(self, X, rows, groups):
        """Return a table with the rates of its columns."""
        learned = None if self._counted and not is_counted(X) else self.sampling_interval_
        runs = Runs.of(X, groups=groups, sampling_interval=learned, max_gap=self.max_gap)
        check_time_of_fit(self._counted, runs.sampling_interval)
        interval = runs.sampling_interval or 1.0
        rates = savgol_rate(
            rows[:, self.columns_],
            sampling_interval=interval,
            window_length=self.window_length_,
            polyorder=self.polyorder,
            kind=self.kind,
            starts=runs.starts,
        ).astype(rows.dtype)
        table = np.column_stack([rows, rates])
        if isinstance(X, pd.DataFrame):
            return pd.DataFrame(table, index=X.index, columns=self.get_feature_names_out())
        return table

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns with those of the rates.

        Parameters
        ----------
        input_features : array-like of str, shape (n_features,), default=None
            Names of the columns; those seen in `fit` if None.

        Returns
        -------
        ndarray of shape (n_features + n_rates,)
            Names; the name of a rate includes its unit.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        rates = [rate_name(str(names[column])) for column in self.columns_]
        return np.array([*names, *rates], dtype=object)
