"""Importance of the inputs over several models."""

import warnings

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.inspection._gradient_importance import gradient_importance
from sklearn_frictiongru.neural_network._pipeline import regressor_and_input
from sklearn_frictiongru.preprocessing import WindowArray

STRONG_CORRELATION = 0.9


class GradientImportance(BaseEstimator):
    """Rank the inputs by the gradients of several trained models.

    Parameters
    ----------
    of : {"prediction", "loss"}, default="prediction"
        What is differentiated; see :func:`gradient_importance`.
    by : array-like of shape (n_rows,), default=None
        Condition at each target row, such as normal stress in MPa.
    bins : array-like of shape (n_ranges + 1,), default=None
        Edges of the ranges of a numeric `by`.
    units : {"standardized", "physical"}, default="standardized"
        Units of the gradients.
    null_floor : Bunch, default=None
        What an input that does nothing gets, from :func:`null_floor`.
    skill : float, default=None
        Skill of the models on rows they were not trained on, from
        :func:`~sklearn_frictiongru.model_selection.skill_score`. Zero or less: their
        ranking is marked as not interpretable.

    Attributes
    ----------
    importances_ : list of Bunch
        The results of :func:`gradient_importance`, one per model, raw values kept.
    feature_names_ : list of str
        The parameters.
    relative_, net_ : pandas.DataFrame of shape (n_models, n_features)
        Relative and net importance of each model; each row sums to 1.
    ranks_ : pandas.DataFrame of shape (n_models, n_features)
        Rank of each parameter by relative importance in each model; 1 is the most important.
    kendall_w_ : float
        Kendall's coefficient of concordance of the ranks: 1 if all models agree, about 0
        if they agree by chance only; NaN for a single model or parameter.
    correlated_pairs_ : list of tuple
        Pairs of parameters, with their Spearman correlation, of more than 0.9 in size:
        importance moves freely between such two.
    interpretable_ : bool
        False if `skill` is zero or less.

    See Also
    --------
    gradient_importance : The same for one model, with the formulas.
    GradientImportanceDisplay : Draws it.

    References
    ----------
    Kendall, M. G., Babington Smith, B. (1939). The problem of m rankings. Annals of
    Mathematical Statistics, 10(3), 275-287.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import GradientImportance
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> y = 0.6 + 0.1 * X[:, 0]
    >>> models = [
    ...     GRUFrictionRegressor(
    ...         hidden_size=8, n_gru_layers=1, max_epochs=40, lr=0.01, random_state=seed
    ...     ).fit(X, y)
    ...     for seed in (0, 1)
    ... ]
    >>> GradientImportance().fit(models, X).ranks_
           x0  x1
    model
    0       1   2
    1       1   2
    """

    def __init__(
        self,
        *,
        of="prediction",
        by=None,
        bins=None,
        units="standardized",
        null_floor=None,
        skill=None,
    ):
        self.of = of
        self.by = by
        self.bins = bins
        self.units = units
        self.null_floor = null_floor
        self.skill = skill

    def fit(self, estimators, X, y=None):
        """Take the gradients of every model.

        Parameters
        ----------
        estimators : estimator or sequence of estimators
            Fitted pipelines or regressors with the same parameters.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows or windows.
        y : array-like of shape (n_rows,), default=None
            Targets; needed for ``of="loss"``.

        Returns
        -------
        GradientImportance
            This inspector.

        Raises
        ------
        ValueError
            As :func:`gradient_importance`, or if there are no models or they have
            different parameters.
        """
        estimators = list(estimators) if isinstance(estimators, list | tuple) else [estimators]
        if not estimators:
            raise ValueError("estimators is empty; expected at least one fitted model.")
        options = {"of": self.of, "by": self.by, "bins": self.bins, "units": self.units}
        self.importances_ = [
            gradient_importance(estimator, X, y, **options) for estimator in estimators
        ]
        self.feature_names_ = self.importances_[0].feature_names
        for number, importance in enumerate(self.importances_):
            if importance.feature_names != self.feature_names_:
                raise ValueError(
                    f"model {number} has the parameters {importance.feature_names}; expected "
                    f"{self.feature_names_}, as model 0 has."
                )
        self.relative_ = self._per_model("relative")
        self.net_ = self._per_model("net")
        self.ranks_ = (
            self._per_model("relative")
            .apply(lambda row: rankdata(-row, method="ordinal"), axis=1, result_type="broadcast")
            .astype(int)
        )
        self.kendall_w_ = _kendall_w(self.ranks_.to_numpy())
        self.correlated_pairs_ = _correlated_pairs(estimators[0], X, self.feature_names_)
        self.interpretable_ = self.skill is None or self.skill > 0
        self._warn()
        return self

    def frame(self):
        """Return the long table of all importances.

        Returns
        -------
        pandas.DataFrame
            A row per model, condition ("all" is the whole record) and parameter, with
            ``raw``, ``relative``, ``net``, ``rank`` (by relative importance) and
            ``n_rows``.
        """
        check_is_fitted(self)
        tables = []
        for model, importance in enumerate(self.importances_):
            values = zip(
                ["all", *importance.conditions],
                np.vstack([importance.raw, importance.raw_by_condition]),
                np.vstack([importance.relative, importance.relative_by_condition]),
                np.vstack([importance.net, importance.net_by_condition]),
                [len(importance.rows), *importance.rows_by_condition],
                strict=True,
            )
            for condition, raw, relative, net, n_rows in values:
                tables.append(
                    pd.DataFrame(
                        {
                            "model": model,
                            "condition": condition,
                            "parameter": self.feature_names_,
                            "raw": raw,
                            "relative": relative,
                            "net": net,
                            "rank": rankdata(-relative, method="ordinal"),
                            "n_rows": n_rows,
                        }
                    )
                )
        return pd.concat(tables, ignore_index=True)

    def lag_frame(self):
        """Return the long table of the importances at each lag.

        Returns
        -------
        pandas.DataFrame
            A row per model, lag (steps before the target) and parameter, with the mean
            ``absolute`` and ``signed`` gradient. Gradients of recurrent networks fade with
            the lag, so that old rows count for less than they may do in the rock.
        """
        check_is_fitted(self)
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "model": model,
                        "lag": np.repeat(importance.lags, len(self.feature_names_)),
                        "parameter": self.feature_names_ * len(importance.lags),
                        "absolute": importance.by_lag.ravel(),
                        "signed": importance.signed_by_lag.ravel(),
                    }
                )
                for model, importance in enumerate(self.importances_)
            ],
            ignore_index=True,
        )

    def row_frame(self):
        """Return the relative importance at each row, the mean over the models.

        Returns
        -------
        pandas.DataFrame of shape (n_complete, n_features)
            Indexed by the number of the row; each row sums to 1.
        """
        check_is_fitted(self)
        shares = [
            importance.by_row / importance.by_row.sum(axis=1, keepdims=True).clip(min=1e-300)
            for importance in self.importances_
        ]
        rows = pd.Index(self.importances_[0].rows, name="row")
        return pd.DataFrame(np.mean(shares, axis=0), index=rows, columns=self.feature_names_)

    def summary(self):
        """Return the ranking over all models.

        Returns
        -------
        pandas.DataFrame
            Indexed by parameter, most important first: ``relative`` and ``net`` (means over
            the models), ``relative_std``, ``mean_rank``, ``times_first``, and with a floor
            ``above_floor`` and ``net_above_floor``: False is "not distinguishable from none".
        """
        check_is_fitted(self)
        table = pd.DataFrame(
            {
                "relative": self.relative_.mean(),
                "relative_std": self.relative_.std(ddof=0),
                "net": self.net_.mean(),
                "mean_rank": self.ranks_.mean(),
                "times_first": (self.ranks_ == 1).sum(),
            }
        )
        if self.null_floor is not None:
            table["above_floor"] = table["relative"] > self.null_floor["relative"]
            table["net_above_floor"] = table["net"] > self.null_floor["net"]
        table.index.name = "parameter"
        return table.sort_values("relative", ascending=False)

    def _per_model(self, name):
        return pd.DataFrame(
            [importance[name] for importance in self.importances_],
            index=pd.RangeIndex(len(self.importances_), name="model"),
            columns=self.feature_names_,
        )

    def _warn(self):
        if not self.interpretable_:
            warnings.warn(
                f"the models have no skill ({self.skill:.2f} against the better baseline): their "
                "ranking of the inputs is not interpretable.",
                UserWarning,
                stacklevel=3,
            )
        for first, second, correlation in self.correlated_pairs_:
            warnings.warn(
                f"{first!r} and {second!r} are strongly correlated (Spearman {correlation:.2f}): "
                "importance moves freely between the two. Read their sum.",
                UserWarning,
                stacklevel=3,
            )


def _kendall_w(ranks):
    """Return Kendall's W of ranks without ties, shape (n_models, n_features)."""
    n_models, n_features = ranks.shape
    if n_models < 2 or n_features < 2:
        return float("nan")
    totals = ranks.sum(axis=0)
    spread = ((totals - totals.mean()) ** 2).sum()
    return float(12 * spread / (n_models**2 * (n_features**3 - n_features)))


def _correlated_pairs(estimator, X, names):
    """Return the pairs of parameters that are strongly correlated over the rows."""
    _, windows = regressor_and_input(estimator, X)
    rows = windows.rows if isinstance(windows, WindowArray) else np.asarray(windows)
    table = pd.DataFrame(rows.reshape(-1, len(names)), columns=names)
    correlation = table.corr(method="spearman")
    return [
        (first, second, float(correlation.loc[first, second]))
        for i, first in enumerate(names)
        for second in names[i + 1 :]
        if abs(correlation.loc[first, second]) > STRONG_CORRELATION
    ]
