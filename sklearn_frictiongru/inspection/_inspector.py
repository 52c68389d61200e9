"""Importance of the inputs over several models."""

import warnings
from collections.abc import Sequence
from functools import partial
from numbers import Integral
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    validate_parameter_constraints,
)
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.inspection._gradient_importance import (
    SETTINGS,
    Method,
    importance_of,
    is_interpretable,
    warn_without_skill,
)
from sklearn_frictiongru.inspection._statistics import (
    bootstrap_intervals,
    correlated_pairs,
    input_groups,
    kendall_w,
    ranks_of,
)
from sklearn_frictiongru.inspection._tables import above_floor, long_table, table_along_time
from sklearn_frictiongru.neural_network._function import ModelFunction, single_models
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.index import read_index
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.stored_frames import StoredFramesMixin
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    counts_rows,
    index_of,
    without_masks,
)
from sklearn_frictiongru.utils.workers import side_by_side


class GradientImportance(StoredFramesMixin, DocLinkMixin, BaseEstimator):
    r"""Rank the inputs by the gradients of several trained models.

    Parameters
    ----------
    of : {"prediction", "loss"}, default="prediction"
        Quantity to differentiate; see :func:`gradient_importance`.
    bins : int or array-like of shape (n_ranges + 1,), default=None
        Number or edges of the ranges of a numeric condition; with None each of its values is
        a category.
    units : {"standardized", "physical"}, default="standardized"
        Units of the gradients.
    method : str, default="gradient"
        Attribution method: "gradient", "gradient_x_input", "integrated_gradients"
        or "smoothgrad"; see :func:`gradient_importance`.
    output : int, default=None
        Number of the target, if the models predict several.
    n_steps : int, default=50
        Number of points on the path of integrated gradients.
    n_samples : int, default=25
        Number of noisy copies of each window for "smoothgrad".
    noise : float, default=0.1
        Standard deviation of that noise, in standard deviations of each input.
    n_bootstrap : int, default=1000
        Number of bootstrap draws for the intervals.
    batch_size : int, default=64
        Number of windows that are differentiated together.
    n_jobs : int, default=None
        Number of models in parallel, through joblib.
    random_state : int, RandomState instance or None, default=None
        Source of draws, permutations and noise. The noise is the same for all
        models.

    Attributes
    ----------
    importances_ : list of Bunch
        The results of :func:`gradient_importance`, one per model, with raw values.
    feature_names_ : list of str
        Names of the inputs.
    relative_, net_ : pandas.DataFrame of shape (n_models, n_features)
        Relative and net importance of each model; each row sums to 1.
    ranks_ : pandas.DataFrame of shape (n_models, n_features)
        Rank of each input by relative importance in each model; 1 is the most important.
    kendall_w_ : float
        Kendall's coefficient of concordance of the ranks: 1 if all models agree, about 0
        if they agree only by chance; NaN for a single model or input.
    kendall_p_value_ : float
        p-value of a permutation test: share of shuffled rankings that agree at least as much.
    intervals_ : pandas.DataFrame of shape (n_features, 4)
        95 % bootstrap intervals of the means over the models: ``relative_low``,
        ``relative_high``, ``net_low``, ``net_high``.
    drawn_ : {"runs and models", "models", "runs", "nothing"}
        Units that the bootstrap draws: never single windows, which are not independent. Models
        of one record say nothing about other records; intervals from "models" only show how
        much depends on the seed.
    correlated_pairs_ : list of tuple
        Pairs of inputs, with their Spearman correlation, of more than 0.9 in size:
        importance moves freely between such two.
    groups_ : dict of str to list of str
        Inputs whose importances should be summed: a quantity and its own rate, and correlated
        pairs.
    skills_ : ndarray of shape (n_models,)
        Skill of each model over its own validation windows; NaN where it has none.
    skill_ : float or None
        Skill of the models: the skill given to `fit`, otherwise the median of `skills_`; None
        if a model has no validation skill.
    skill_source_ : {"given", "validation"} or None
        Where `skill_` comes from.
    null_floor_ : Bunch or None
        The floor given to `fit`.
    interpretable_ : bool
        False if `skill_` is zero or less.
    condition_name_ : str or None
        Name of the condition.
    condition_ : array-like of shape (n_rows,) or None
        The condition, as given.
    time_ : ndarray of shape (n_rows,) or None
        Time of each row in seconds, if X has it in its index.
    sampling_interval_ : float or None
        Seconds from row to row, None if X has no time.
    runs_ : ndarray of shape (n_rows,)
        Number of the run of each row.
    run_labels_ : list
        Label of each run, or its number if runs have no names.
    target_ : ndarray of shape (n_rows,) or None
        The targets, if given.
    target_name_ : str
        Name of the targets, "target" if they have none.

    See Also
    --------
    gradient_importance : Importances of one model, with the formulas.
    GradientImportanceDisplay : Draws the importances.
    null_floor : The importance that an irrelevant input receives.

    Notes
    -----
    For m models and n inputs whose ranks have the sums :math:`R_f` over the models, with
    the mean :math:`\bar R`, Kendall's coefficient of concordance is

    .. math::

        W = \frac{12 \sum_f (R_f - \bar R)^2}{m^2 (n^3 - n) - m \sum_j T_j}

    with :math:`T_j = \sum (t^3 - t)` over the groups of t equal importances of model j. Its
    p-value is the share of permutations of the ranks within each model with at least this W:
    of all permutations, or of 9,999 random ones if there are more.

    The intervals are bootstrap intervals: whole runs and whole models are drawn with
    replacement, as many as there are, and the importances are computed again. The ends are
    the 2.5 and 97.5 % quantiles over the draws.

    References
    ----------
    Davison, A. C., Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge
    University Press.

    Kendall, M. G., Babington Smith, B. (1939). The problem of m rankings. Annals of
    Mathematical Statistics, 10(3), 275-287.

    Spearman, C. (1904). The proof and measurement of association between two things. American
    Journal of Psychology, 15(1), 72-101.

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
    >>> importance = GradientImportance(random_state=0).fit(models, X)
    >>> importance.ranks_
           x0  x1
    model
    0       1   2
    1       1   2
    >>> importance.rank_frequency()
    rank       1  2
    input
    x0         2  0
    x1         0  2
    """

    importances_: list[Bunch]
    feature_names_: list[str]
    relative_: pd.DataFrame
    net_: pd.DataFrame
    ranks_: pd.DataFrame
    kendall_w_: float
    kendall_p_value_: float
    intervals_: pd.DataFrame
    drawn_: str
    correlated_pairs_: list[tuple[str, str, float]]
    groups_: dict[str, list[str]]
    skills_: NDArray[np.float64]
    skill_: float | None
    skill_source_: Literal["given", "validation"] | None
    interpretable_: bool
    null_floor_: Bunch | None
    condition_name_: str | None
    condition_: ArrayLike | None
    sampling_interval_: float | None
    run_labels_: list
    time_: NDArray[np.float64] | None
    runs_: NDArray[np.intp]
    target_: NDArray[np.float64] | None
    target_name_: str

    _parameter_constraints: dict = {
        **SETTINGS,
        "n_bootstrap": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        of: Literal["prediction", "loss"] = "prediction",
        bins: int | ArrayLike | None = None,
        units: Literal["standardized", "physical"] = "standardized",
        method: Method = "gradient",
        output: int | None = None,
        n_steps: int = 50,
        n_samples: int = 25,
        noise: float = 0.1,
        n_bootstrap: int = 1000,
        batch_size: int = 64,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.of = of
        self.bins = bins
        self.units = units
        self.method = method
        self.output = output
        self.n_steps = n_steps
        self.n_samples = n_samples
        self.noise = noise
        self.n_bootstrap = n_bootstrap
        self.batch_size = batch_size
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        estimators: BaseEstimator | Sequence[BaseEstimator],
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        by: ArrayLike | None = None,
        null_floor: Bunch | None = None,
        skill: float | None = None,
    ) -> Self:
        """Compute the gradients of every model.

        The constructor has the settings. Arguments that belong to these models or this record
        are given here, so that one inspector can be used for several records.

        Parameters
        ----------
        estimators : estimator or sequence of estimators
            Fitted pipelines or regressors with the same inputs; a search, for the
            repeats of its best candidate; or an ensemble, for its members. In a sequence a
            search means its best estimator, and an ensemble its mean prediction.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows or windows.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
            Targets; needed for ``of="loss"``, and to draw them above the importances.
        by : array-like of shape (n_rows,), default=None
            Condition at each target row, such as normal stress in MPa.
        null_floor : Bunch, default=None
            Importance that an irrelevant input receives, from :func:`null_floor`.
        skill : float, default=None
            Skill of the models on rows that they were not trained on, from
            :func:`~sklearn_frictiongru.model_selection.skill_score`. With None, the median
            of the models' skills over their own validation windows. If it is zero or less, the
            ranking is marked as not interpretable.

        Returns
        -------
        GradientImportance
            This inspector.

        Raises
        ------
        ValueError
            As :func:`gradient_importance`, or if there are no models or they have
            different inputs.
        """
        self._validate_params()
        validate_parameter_constraints(
            {"null_floor": [HasMethods(["keys"]), None]},
            {"null_floor": null_floor},
            caller_name="GradientImportance.fit",
        )
        check_same_index(X, y)
        check_same_index(X, by, "by")
        models = single_models(estimators)
        if not models:
            raise ValueError("estimators is empty; expected at least one fitted model.")
        function = ModelFunction(models[0], X, self.output)
        self._check_same_inputs(models, X, function)
        seed = draw_seed(self.random_state)
        settings = {name: getattr(self, name) for name in SETTINGS} | {"random_state": seed}
        one = partial(_importance_of_model, by=by, **settings)
        self.importances_ = side_by_side(self.n_jobs, one, [(model, X, y) for model in models])
        self.feature_names_ = function.feature_names
        self.relative_ = self._per_model("relative")
        self.net_ = self._per_model("net")
        self.ranks_ = ranks_of(self.relative_)
        self.kendall_w_, self.kendall_p_value_ = kendall_w(self.relative_.to_numpy(), seed)
        self.intervals_, self.drawn_ = bootstrap_intervals(
            self.importances_, self.feature_names_, self.n_bootstrap, seed
        )
        rows = function.dataset.rows.cpu().numpy()
        self.correlated_pairs_ = correlated_pairs(rows, self.feature_names_)
        self.groups_ = input_groups(self.feature_names_, self.correlated_pairs_)
        self.null_floor_ = null_floor
        self.condition_, self.condition_name_ = by, getattr(by, "name", None)
        self._keep_record(function, X, y)
        self._keep_skill(skill)
        self._warn()
        return self

    def frame(self) -> pd.DataFrame:
        """Return the long table of all importances.

        Returns
        -------
        pandas.DataFrame of shape (n_values, 9)
            A row per ``model``, ``condition`` ("all" is the whole record), ``lag``
            (missing: all lags together), ``input`` and ``measure``, with its
            ``value``, the ``floor`` (for the whole record; missing if there is none), ``n_rows``
            and the model's ``skill``. The measures are "raw", "signed", "relative" and "net", as of
            :func:`gradient_importance`; at a lag, "relative" and "net" are shares of
            the total over all lags.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportance
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(X, X[:, 0])
        >>> table = GradientImportance(random_state=0).fit(model, X).frame()
        >>> relative = table[(table["measure"] == "relative") & table["lag"].isna()]
        >>> relative.sort_values("value")["input"].to_list()
        ['x1', 'x0']
        """
        check_is_fitted(self)
        return long_table(
            self.importances_, self.feature_names_, self.null_floor_ or {}, self.skills_
        )

    def along_time(
        self, measure: Literal["relative", "net"] = "relative", rolling: int | None = None
    ) -> pd.DataFrame:
        """Return the importance along time, averaged over the models.

        Parameters
        ----------
        measure : {"relative", "net"}, default="relative"
            Relative importance at each row, or net importance of the block of neighbouring
            rows that contains the row, since net importance is a mean over rows.
        rolling : int, default=None
            Rows that a rolling mean of the relative importance goes over, up to its row
            and never across a gap or the beginning of a run; a hundredth of the rows if
            None.

        Returns
        -------
        pandas.DataFrame of shape (n_complete, 2 + n_features)
            Indexed by the number of the row: ``run``, ``time`` in seconds (the number of
            the row where X has no index) and a column for each input; these sum to 1. An
            underscore is appended to the name of an input called run or time.

        Raises
        ------
        ValueError
            If `measure` has another value.

        Examples
        --------
        Halfway, another input becomes important.

        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportance
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(400, 3))
        >>> X[:, 2] = np.repeat([-1.0, 1.0], 200)
        >>> y = np.where(X[:, 2] < 0, X[:, 0], X[:, 1])
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=30, lr=0.02, random_state=0
        ... ).fit(X, y)
        >>> along = GradientImportance(random_state=0).fit(model, X).along_time(rolling=50)
        >>> along.loc[[150, 350], ["x0", "x1"]].idxmax(axis=1).to_list()
        ['x0', 'x1']
        """
        check_is_fitted(self)
        if measure not in ("relative", "net"):
            raise ValueError(f"measure is {measure!r}; expected 'relative' or 'net'.")
        return table_along_time(
            self.importances_, self.feature_names_, self.runs_, self.time_, measure, rolling
        )

    def summary(self) -> pd.DataFrame:
        """Return the ranking over all models.

        Returns
        -------
        pandas.DataFrame of shape (n_features, 10), or (n_features, 14) with a floor
            Indexed by ``input``, most important first: ``relative`` and ``net``
            (means over the models) with their 95 % intervals (``relative_low`` ...),
            ``relative_std``, ``mean_rank``, ``times_first``, ``skill``, and with a floor
            ``floor``, ``net_floor``, ``above_floor`` and ``net_above_floor``: the mean is
            higher than the floor, and the input passes the test against surrogates, if the
            floor includes one. False is "not distinguishable from none".

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportance
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(X, X[:, 0])
        >>> importance = GradientImportance(random_state=0).fit(model, X)
        >>> importance.summary()[["mean_rank", "times_first"]]
                   mean_rank  times_first
        input
        x0               1.0            1
        x1               2.0            0
        """
        check_is_fitted(self)
        table = pd.DataFrame(
            {
                "relative": self.relative_.mean(),
                **self.intervals_[["relative_low", "relative_high"]],
                "relative_std": self.relative_.std(ddof=0),
                "net": self.net_.mean(),
                **self.intervals_[["net_low", "net_high"]],
                "mean_rank": self.ranks_.mean(),
                "times_first": (self.ranks_ == 1).sum(),
                "skill": np.nan if self.skill_ is None else self.skill_,
            }
        )
        if self.null_floor_ is not None:
            table["floor"] = self.null_floor_["relative"]
            table["net_floor"] = self.null_floor_["net"]
            table["above_floor"] = above_floor(table["relative"], self.null_floor_)
            table["net_above_floor"] = above_floor(table["net"], self.null_floor_, "net")
        table.index.name = "input"
        return table.sort_values("relative", ascending=False)

    def group_summary(self) -> pd.DataFrame:
        """Return the summed importances of inputs that belong together.

        Returns
        -------
        pandas.DataFrame of shape (n_groups, 4)
            Indexed by group, such as ``temperature_degc + temperature_rate_degc_s``:
            ``relative`` and ``net``, sums of the means over the models, and
            ``relative_std`` of the sums, and ``skill``. Empty if no inputs belong
            together.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn_frictiongru.inspection import GradientImportance
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = pd.DataFrame(
        ...     np.random.default_rng(0).normal(size=(200, 3)),
        ...     columns=[
        ...         "slip_velocity_m_s",
        ...         "temperature_degc",
        ...         "temperature_rate_degc_s",
        ...     ],
        ... )
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(X, X["temperature_degc"])
        >>> importance = GradientImportance(random_state=0).fit(model, X)
        >>> importance.group_summary().index.to_list()
        ['temperature_degc + temperature_rate_degc_s']
        """
        check_is_fitted(self)
        sums = {name: self.relative_[members].sum(axis=1) for name, members in self.groups_.items()}
        table = pd.DataFrame(
            {
                "relative": {name: values.mean() for name, values in sums.items()},
                "relative_std": {name: values.std(ddof=0) for name, values in sums.items()},
                "net": {
                    name: self.net_[members].sum(axis=1).mean()
                    for name, members in self.groups_.items()
                },
            },
            dtype=np.float64,
        )
        table["skill"] = np.nan if self.skill_ is None else self.skill_
        table.index.name = "group"
        return table.sort_values("relative", ascending=False)

    def rank_frequency(self) -> pd.DataFrame:
        """Count in how many models each input has each rank.

        Returns
        -------
        pandas.DataFrame of shape (n_features, n_features)
            Numbers of models, indexed by ``input``, with a column for each rank from 1.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportance
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> member = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01
        ... )
        >>> ensemble = GRUFrictionEnsemble(member, n_estimators=3, random_state=0).fit(
        ...     X, X[:, 0]
        ... )
        >>> GradientImportance(random_state=0).fit(ensemble, X).rank_frequency()
        rank       1  2
        input
        x0         3  0
        x1         0  3
        """
        check_is_fitted(self)
        every_rank = pd.RangeIndex(1, len(self.feature_names_) + 1, name="rank")
        counts = self.ranks_.apply(pd.Series.value_counts).T
        table = counts.reindex(columns=every_rank).fillna(0).astype(int)
        table.index.name = "input"
        return table

    def _check_same_inputs(self, models, X, function):
        """Raise before any gradient is taken if a model has other inputs."""
        for number, model in enumerate(models[1:], start=1):
            names = ModelFunction(model, X, self.output).feature_names
            if names != function.feature_names:
                raise ValueError(
                    f"model {number} has the inputs {names}; expected "
                    f"{function.feature_names}, as model 0 has."
                )

    def _per_model(self, name):
        return pd.DataFrame(
            [importance[name] for importance in self.importances_],
            index=pd.RangeIndex(len(self.importances_), name="model"),
            columns=self.feature_names_,
        )

    def _keep_record(self, function, X, y):
        """Keep what the figures show in addition to the importances."""
        index = index_of(X)
        self.time_, _, labels = read_index(index)
        self.runs_ = function.runs
        n_runs = int(self.runs_.max()) + 1
        named = labels is not None and len(labels) == n_runs
        self.run_labels_ = list(labels) if named else list(range(n_runs))
        self.sampling_interval_ = None
        if self.time_ is not None and not counts_rows(index):
            steps = np.diff(self.time_)[np.diff(self.runs_) == 0]
            self.sampling_interval_ = float(np.median(steps)) if len(steps) else None
        self.target_, self.target_name_ = None, str(getattr(y, "name", None) or "target")
        if y is not None:
            values = np.asarray(without_masks(y), dtype=np.float64)
            self.target_ = values if values.ndim == 1 else values[:, function.output or 0]

    def _keep_skill(self, skill):
        """Keep the skill given, otherwise the median of the models' validation skills."""
        skills = [importance.skill for importance in self.importances_]
        self.skills_ = np.array(
            [np.nan if each is None else each for each in skills], dtype=np.float64
        )
        self.skill_, self.skill_source_ = skill, None if skill is None else "given"
        if skill is None and not any(each is None for each in skills):
            self.skill_, self.skill_source_ = float(np.median(self.skills_)), "validation"
        self.interpretable_ = is_interpretable(self.skill_)

    def _warn(self):
        warn_without_skill(self.skill_, "models have", stacklevel=3)
        for first, second, correlation in self.correlated_pairs_:
            warnings.warn(
                f"{first!r} and {second!r} are strongly correlated (Spearman {correlation:.2f}): "
                "importance moves freely between the two. Read their sum.",
                UserWarning,
                stacklevel=3,
            )


def _importance_of_model(model, X, y, output, **options):
    return importance_of(ModelFunction(model, X, output), y, **options)
