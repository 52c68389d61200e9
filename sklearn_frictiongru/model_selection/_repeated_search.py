"""The sweep: a search for the parameters with the best score over repeated trainings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from numbers import Integral, Real
from typing import Any, Literal, Self

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin
from sklearn.model_selection import BaseCrossValidator, ParameterGrid, check_cv
from sklearn.utils import indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._best_estimator import BestEstimatorMixin
from sklearn_frictiongru.model_selection._elimination import run_with_elimination
from sklearn_frictiongru.model_selection._estimator_windows import (
    check_windows_of_splitters,
    check_wrappers,
    common_max_gap,
    window_rows,
    with_max_gap,
)
from sklearn_frictiongru.model_selection._fit_params import (
    metadata_of_fit,
)
from sklearn_frictiongru.model_selection._racing import WORSE
from sklearn_frictiongru.model_selection._search_setup import (
    candidate_of,
    check_refit,
    on_common_rows,
    scorers_by_name,
)
from sklearn_frictiongru.model_selection._search_tables import (
    Place,
    candidate_index,
    check_finished,
    cv_results,
    deciding_score,
    eliminated_result,
    learning_curves,
    results_table,
    share_of_time,
    training_names,
    warn_of_failed,
)
from sklearn_frictiongru.model_selection._split_checks import (
    check_scorers,
    check_splits,
    check_splits_inside,
    check_training_windows,
)
from sklearn_frictiongru.model_selection._sweep_statistics import best_candidate, summary_of
from sklearn_frictiongru.model_selection._task import Task
from sklearn_frictiongru.model_selection._training_folder import TrainingFolder
from sklearn_frictiongru.model_selection._training_store import trained_estimator
from sklearn_frictiongru.model_selection._trainings import Trainings
from sklearn_frictiongru.preprocessing import find_window_steps
from sklearn_frictiongru.utils.callbacks import (
    CallbackSupportMixin,
    contexts_of_subtasks,
    subtask,
    with_callbacks,
)
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.nested import warn_of_opaque
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.stored_frames import StoredFramesMixin
from sklearn_frictiongru.utils.validation import values_per_row, without_masks

SIGNIFICANCE = 0.05


Scoring = str | Callable[..., Any] | Sequence[str] | Mapping[str, Any] | None


class RepeatedSeedSearchCV(
    CallbackSupportMixin,
    DocLinkMixin,
    BestEstimatorMixin,
    StoredFramesMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    BaseEstimator,
):
    r"""Compare parameters over trainings that are repeated with common seeds.

    :class:`~sklearn.model_selection.GridSearchCV` with a seed axis: every combination of
    parameters is trained `n_repeats` times, with the same seeds, so that differences
    between candidates can be separated from differences between seeds. If the estimator holds a
    :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`, however deeply nested,
    all candidates are compared on the same target rows: `min_history` of the window step,
    and `purge` of the regressor where it has one, are set from the longest window. The
    splitter and the scorers get the `max_gap` of the window step.

    Parameters
    ----------
    estimator : estimator
        Regressor, or an estimator that holds one: a pipeline, a
        :class:`~sklearn.compose.TransformedTargetRegressor`, a vote, a stack.
    param_grid : dict or list of dict
        Parameters to compare, as of :class:`~sklearn.model_selection.ParameterGrid`.
    n_repeats : int, default=20
        Number of trainings of each candidate, each with its own seed for every `random_state`
        in the estimator.
    cv : int, splitter or None, default=None
        None is the published protocol: the score of a training is the regressor's own
        lowest validation loss, `best_validation_loss_`. A splitter, such as
        :class:`PurgedKFold` with the longest window length: out-of-fold scores.
    scoring : str, callable, list, tuple or dict, default=None
        With a splitter, one or several scorers of predictions, each wrapped in a
        :class:`windowed_scorer` of the longest window; "neg_mean_squared_error" if None.
        Not used without.
    n_jobs : int, default=None
        Number of trainings in parallel, one thread each, through joblib.
    refit : bool, str or callable, default=True
        Whether to keep a `best_estimator_` and to predict with it. With several scorers, the
        name of the scorer that decides, or False. A callable gets `cv_results_` and returns
        the index of the best candidate.
    error_score : float or "raise", default=nan
        Score of a training that fails; "raise" ends the search with its error.
    best_by : {"mean", "median", "one_se"}, default="mean"
        Criterion: the best mean over the repeats; the best median; or the simplest candidate
        whose mean is within one standard error of the best mean. The simplest candidate has
        the shortest window, or is the first in the grid.
    elimination_alpha : float, default=None
        Error rate of successive elimination: after each repeat, candidates that are clearly
        worse by paired tests over the common seeds are given up. The best candidate is given
        up with at most this probability. None trains all candidates.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each training is stored as soon as it finishes; the same call then does
        only missing trainings. A killed training resumes from a checkpoint at most five
        epochs old, with the identical result on a CPU. Workers on other machines resume only
        if they see the folder under the same path.
    random_state : int, RandomState instance or None, default=None
        Source of the seeds of the repeats.
    keep_estimators : {"best", "all"}, default="best"
        Which trained models to keep: those of the best candidate, or of all candidates.
    verbose : int, default=0
        Whether to show the remaining trainings and time: as a bar, or as lines if the output
        goes to a file.

    Attributes
    ----------
    results_ : pandas.DataFrame of shape (n_trainings, n_columns)
        A row per candidate, repeat and split: ``candidate``, its parameters, ``repeat``,
        ``split``, ``seed``, ``score``, ``n_epochs``, ``best_epoch``, ``n_training`` and
        ``n_validation`` (windows), ``fit_time`` and ``score_time`` in seconds and
        ``status`` ("finished", "failed: ..." with the reason, or "given up: ..." with the
        p-value). Several scorers have a column each, such as ``score_r2``. Without a
        splitter the score is the lowest validation loss: less is better.
    learning_curves_ : pandas.DataFrame of shape (n_epochs_in_all, n_columns)
        A row per candidate, repeat, split and epoch, with the columns of the regressor's
        `history_`; empty if it has none.
    cv_results_ : dict of ndarray of shape (n_candidates,)
        scikit-learn's dictionary over `results_`. As in scikit-learn, greater scores are
        better, so that without a splitter ``mean_test_score`` and the others are negated losses.
    best_index_ : int
        Index of the best candidate.
    best_params_ : dict
        Its parameters.
    best_score_ : float
        Its ``mean_test_score``.
    best_estimator_ : estimator
        Without a splitter, the repeat of the best candidate whose loss is the median, as
        trained: nothing is trained on validation rows after the selection. With a
        splitter, the first seed, fitted on all rows.
    estimators_ : list of estimator
        The trained models of the best candidate, by repeat (and split).
    seeds_ : ndarray of shape (n_repeats,)
        The seeds, common to all candidates.
    longest_rows_ : int
        Rows of the longest window; 1 without a window step.
    n_splits_ : int
        Number of splits; 1 without a splitter.
    n_trained_ : int
        Number of trainings done by this call; the others were found in `memory`.
    n_saved_ : int
        Number of trainings that `elimination_alpha` saved.
    saved_share_ : float
        Estimated share of the total training time that these trainings would have taken, from
        the mean time of their candidates.
    multimetric_ : bool
        Whether there are several scorers.
    verdict_ : {"clear", "tied"}
        How clearly the best candidate won.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`, where all are strings.

    Raises
    ------
    ValueError
        Before anything is trained: if the longest window does not fit into the training
        part of a run, a splitter leaks, a scorer does not fit the splits, or the window
        step is inside an estimator that draws rows at random. After training: if not exactly
        one regressor has a validation loss, or all trainings fail.

    Warns
    -----
    UserWarning
        If a nested estimator cannot be searched and may hold unknown window steps.

    See Also
    --------
    WindowLengthSearchCV : Compares window lengths alone.
    LearningCurvesDisplay : Draws the learning curves of all repeats.
    run_trainings : Runs the trainings.

    Notes
    -----
    Candidates are compared by paired tests, since all of them share seed k. With the scores
    :math:`v_k` of a candidate and :math:`b_k` of the best one (greater is better) over n repeats
    (and splits), the differences :math:`d_k = b_k - v_k` are tested by Student's one-sided test,

    .. math:: t = \frac{\bar d}{s_d / \sqrt{n}}

    with their mean :math:`\bar d` and standard deviation :math:`s_d` and n - 1 degrees of
    freedom. `verdict_` is "clear" if every other candidate has p < 0.05. With
    `elimination_alpha` = e a candidate among K is given up if p < e / (R (K - 1)) for the means
    over splits, in R rounds, one after each repeat from the third to the second last: by
    Bonferroni's inequality the best one is then given up with a probability of at most e.
    ``best_by="one_se"`` takes the simplest candidate with
    :math:`\bar v \ge \bar b - s_b / \sqrt{n}`, of the means and the standard deviation of
    these scores.

    Repeats share the record: such a test separates candidates from seeds on this record, not on
    another one.

    A single small network leaves a CUDA GPU idle most of the time. There, up to twenty missing
    repeats of a candidate (and split) of a
    :class:`~sklearn_frictiongru.neural_network.GRUFrictionRegressor` are trained together,
    with the same results as alone except for rounding. ``fit_time`` is then a share of the time.
    A kill loses the trainings that run together, since they write no checkpoints. Regressors
    with a custom module, loss or callbacks, with ``lr_schedule="plateau"`` or a scheduler, an
    optimiser that uses more than one weight at a time, ``precision="bfloat16"``,
    ``warm_start`` or `verbose`, and those after a step with a seed are not trained together. With
    `elimination_alpha` only the first three repeats of a candidate are trained together, later ones
    one by one: on a GPU it is usually faster to leave it out.

    References
    ----------
    Bouthillier, X., et al. (2021). Accounting for variance in machine learning benchmarks.
    Proceedings of Machine Learning and Systems, 3, 747-769.

    Breiman, L., Friedman, J. H., Olshen, R. A., Stone, C. J. (1984). Classification and
    Regression Trees. Wadsworth. The one-standard-error rule.

    Even-Dar, E., Mannor, S., Mansour, Y. (2006). Action elimination and stopping conditions for
    the multi-armed bandit and reinforcement learning problems. Journal of Machine Learning
    Research, 7, 1079-1105.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import RepeatedSeedSearchCV
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(300, 1))
    >>> model = GRUFrictionRegressor(n_gru_layers=1, hidden_size=8, max_epochs=10)
    >>> search = RepeatedSeedSearchCV(
    ...     model, {"lr": [0.0001, 0.01]}, n_repeats=2, random_state=0
    ... )
    >>> search.fit(X, 0.6 + 0.1 * X[:, 0]).best_params_
    {'lr': 0.01}
    >>> search.results_[["lr", "repeat", "status"]]
           lr  repeat    status
    0  0.0001       0  finished
    1  0.0001       1  finished
    2  0.0100       0  finished
    3  0.0100       1  finished
    """

    _parameter_constraints: dict = {
        # A stack of estimators has `predict` only after it is fitted.
        "estimator": [HasMethods(["fit"])],
        "param_grid": [dict, list],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "cv": ["cv_object"],
        "scoring": [str, callable, list, tuple, dict, None],
        "n_jobs": [Integral, None],
        "refit": ["boolean", str, callable],
        "error_score": [StrOptions({"raise"}), Real],
        "best_by": [StrOptions({"mean", "median", "one_se"})],
        "elimination_alpha": [Interval(Real, 0, 1, closed="neither"), None],
        "random_state": ["random_state"],
        "keep_estimators": [StrOptions({"best", "all"})],
        "verbose": ["verbose"],
    }

    results_: pd.DataFrame
    learning_curves_: pd.DataFrame
    cv_results_: dict[str, Any]
    best_index_: int
    best_params_: dict[str, Any]
    best_score_: float
    best_estimator_: Any
    estimators_: list[Any]
    seeds_: NDArray[np.int_]
    longest_rows_: int
    n_splits_: int
    n_trained_: int
    n_saved_: int
    saved_share_: float
    multimetric_: bool

    def __init__(
        self,
        estimator: BaseEstimator,
        param_grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
        *,
        n_repeats: int = 20,
        cv: int | BaseCrossValidator | None = None,
        scoring: Scoring = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[dict[str, Any]], int] = True,
        error_score: float | Literal["raise"] = np.nan,
        best_by: Literal["mean", "median", "one_se"] = "mean",
        elimination_alpha: float | None = None,
        memory: str | os.PathLike[str] | joblib.Memory | TrainingFolder | None = None,
        random_state: int | np.random.RandomState | None = None,
        keep_estimators: Literal["best", "all"] = "best",
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.n_repeats = n_repeats
        self.cv = cv
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.error_score = error_score
        self.best_by = best_by
        self.elimination_alpha = elimination_alpha
        self.memory = memory
        self.random_state = random_state
        self.keep_estimators = keep_estimators
        self.verbose = verbose

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, **params: Any) -> Self:
        """Train every candidate with every seed.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run, with runs and time in the index; or other
            input of the estimator, such as windows.
        y : array-like of shape (n_rows,)
            Target.
        **params : dict of str to object
            Further arguments of `fit` of the estimator, `split` of the splitter and the scorers,
            as for :class:`~sklearn.model_selection.GridSearchCV`: with metadata routing each
            gets what it requests, such as `sample_weight` and `groups`. Without it, `groups`
            go only to the splitter and all others to the estimator. Values with one entry per
            row are split like X.

        Returns
        -------
        RepeatedSeedSearchCV
            The finished search.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        X, y = indexable(X, y)
        X, y = without_masks(X), values_per_row(X, y)
        warn_of_opaque(self.estimator, type(self).__name__)
        metadata = metadata_of_fit(self, X, params)
        candidates, runs = self._prepare_candidates(X, metadata)
        scorers = self._prepare_scorers()
        splits = self._prepare_splits(candidates, scorers, runs, X, y, metadata)
        self.seeds_ = np.random.RandomState(draw_seed(self.random_state)).randint(
            np.iinfo(np.int32).max, size=self.n_repeats
        )
        data = {"X": X, "y": y, "metadata": params or None}
        places = list(map(Place._make, product(*map(range, self._shape))))
        n_refits = int(bool(self.refit) and self.cv is not None)
        context, contexts = contexts_of_subtasks(self, "training", len(places) + n_refits, data)
        tasks = [
            self._task(place, candidates, splits, scorers, X, y, metadata, of_task)
            for place, of_task in zip(places, contexts, strict=False)
        ]
        self._train(tasks, places)
        warn_of_failed(self.results_, self.error_score)
        if self.refit:
            self.best_estimator_ = self._best(candidates, X, y, metadata, contexts[-1], data)
        if context is not None:
            context.call_on_fit_task_end(estimator=self, **data)
        return self

    def median_estimator(self, candidate: int | None = None) -> Any:
        """Return the repeat with the median score of a candidate, as trained.

        Parameters
        ----------
        candidate : int, default=None
            Index of the candidate; the best one if None.

        Returns
        -------
        estimator
            The model; for an even number of repeats the better one of the middle two.

        Raises
        ------
        ValueError
            If the models of that candidate were not kept.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import SGDRegressor
        >>> from sklearn_frictiongru.model_selection import (
        ...     PurgedKFold,
        ...     RepeatedSeedSearchCV,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> search = RepeatedSeedSearchCV(
        ...     SGDRegressor(),
        ...     {"alpha": [0.0001, 1.0]},
        ...     n_repeats=3,
        ...     cv=PurgedKFold(2, window_length=1),
        ...     keep_estimators="all",
        ...     random_state=0,
        ... ).fit(X, X[:, 0])
        >>> search.median_estimator(1).alpha
        1.0
        """
        check_is_fitted(self)
        candidate = self.best_index_ if candidate is None else candidate
        if candidate not in self._kept:
            raise ValueError(
                f"the models of {self._candidate_name(candidate)} were not kept, only those of "
                f"{[self._candidate_name(kept) for kept in self._kept]}; search with "
                "keep_estimators='all'."
            )
        gains = self._gains()[candidate]
        finished = np.flatnonzero([estimator is not None for estimator in self._kept[candidate]])
        if not len(finished):
            raise ValueError(f"all trainings of {self._candidate_name(candidate)} failed.")
        from_best = np.argsort(gains[finished], kind="stable")[::-1]
        middle = finished[from_best[(len(finished) - 1) // 2]]
        return self._kept[candidate][middle]

    def summary(self) -> pd.DataFrame:
        """Return a summary of the scores of each candidate.

        Returns
        -------
        pandas.DataFrame of shape (n_candidates, 9)
            Indexed by the parameters: ``mean``, ``min``, ``q1``, ``median``, ``q3``,
            ``max``, ``n_finished``; ``beats_next``, the share of common seeds with which
            the candidate is better than the best of the others (for the best candidate, the
            second best); ``p_value``, of a one-sided paired t-test over the common seeds
            that the candidate is not worse than the best one.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import SGDRegressor
        >>> from sklearn_frictiongru.model_selection import (
        ...     PurgedKFold,
        ...     RepeatedSeedSearchCV,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> search = RepeatedSeedSearchCV(
        ...     SGDRegressor(),
        ...     {"alpha": [0.0001, 1.0]},
        ...     n_repeats=3,
        ...     cv=PurgedKFold(2, window_length=1),
        ...     random_state=0,
        ... ).fit(X, X[:, 0])
        >>> search.summary()[["n_finished", "beats_next"]]
                n_finished  beats_next
        alpha
        0.0001           6         1.0
        1.0000           6         0.0
        """
        check_is_fitted(self)
        in_race = ~self._eliminated().any(axis=1)
        scores = self._by_candidate("score")
        table = summary_of(scores, self._gains(), in_race, self.best_index_)
        return pd.DataFrame(table, index=self._candidate_index())

    @property
    def verdict_(self) -> Literal["clear", "tied", "edge"]:
        """How clearly the best candidate won: "clear" or "tied".

        "tied": at least one other candidate is not distinguishable from it over the common
        seeds. "clear": all others are. Candidates whose trainings all failed are not compared.
        """
        summary = self.summary()
        compared = (summary["n_finished"] > 0).to_numpy()
        others = compared & (np.arange(len(summary)) != self.best_index_)
        worse = (summary["p_value"].to_numpy() < SIGNIFICANCE) | self._given_up_as_worse()
        return "clear" if worse[others].all() else "tied"

    # Names that a subclass may replace.

    def _candidate_params(self):
        """Return the parameters of each candidate."""
        return list(ParameterGrid(self.param_grid))

    def _candidate_columns(self, candidate):
        """Return the columns that name a candidate in `results_`."""
        return {"candidate": candidate, **self._params[candidate]}

    def _candidate_index(self):
        """Return the index of tables with a row per candidate."""
        return candidate_index(self._params)

    def _candidate_name(self, candidate):
        """Return the name of a candidate in messages."""
        return ", ".join(f"{name}={value!r}" for name, value in self._params[candidate].items())

    def _given_up_as_worse(self):
        """Return which candidates were given up as worse than the best, shape (n_candidates,)."""
        status = self.results_["status"].to_numpy().reshape(len(self._params), -1)
        return np.array([any(WORSE in each for each in row) for row in status])

    # Before training.

    def _prepare_candidates(self, X, metadata):
        """Return the estimator of each candidate, and the runs on which they are compared."""
        self._params = self._candidate_params()
        candidates = [candidate_of(self.estimator, params) for params in self._params]
        self._max_gap = common_max_gap(candidates, self.cv)
        self._windowed = any(map(find_window_steps, candidates))
        runs = metadata.runs(X, self._max_gap, windowed=self._windowed)
        self._rows = [window_rows(candidate, runs, X) for candidate in candidates]
        self.longest_rows_ = max(self._rows)
        for candidate in candidates:
            check_wrappers(candidate, X)
        return [on_common_rows(candidate, self.longest_rows_) for candidate in candidates], runs

    def _prepare_scorers(self):
        """Return the scorers by name, or None without a splitter."""
        scorers = None
        if self.cv is not None:
            scorers = self._scorers()
        self.multimetric_ = scorers is not None and isinstance(self.scoring, list | tuple | dict)
        self._metrics = ["score"] if scorers is None else list(scorers)
        check_refit(self.refit, scorers, self.multimetric_)
        return scorers

    def _scorers(self):
        """Return the scorers of out-of-fold predictions by name."""
        return scorers_by_name(self.scoring, self.longest_rows_, self._max_gap, self._windowed)

    def _prepare_splits(self, candidates, scorers, runs, X, y, metadata):
        """Return the rows to train and to test on, of each split; None without a splitter."""
        longest = candidates[int(np.argmax(self._rows))]
        for candidate in candidates:
            check_windows_of_splitters(self.cv, candidate, runs, self.longest_rows_)
        check_splits_inside(longest, runs, self.longest_rows_, X, y)
        if self.cv is None:
            self.n_splits_ = 1
            if self._windowed:
                check_training_windows(longest, X, y, metadata.labels)
            return [(None, None)]
        cv = with_max_gap(check_cv(self.cv), self._max_gap, runs, X, metadata.labels)
        splits = list(cv.split(X, y, **metadata.of_split))
        lowered = getattr(cv, "purge", None) is not None
        check_splits(splits, runs, self.longest_rows_, f"cv={cv!r}", may_share=lowered)
        check_scorers(scorers, splits, runs, self.longest_rows_, cv)
        self.n_splits_ = len(splits)
        return splits

    # The training.

    def _task(self, place, candidates, splits, scorers, X, y, metadata, context):
        """Return the training at a position."""
        candidate, repeat, split = place
        train, test = splits[split]
        return Task(
            with_seed(candidates[candidate], self.seeds_[repeat]),
            X,
            y,
            f"{self._candidate_name(candidate)}, repeat {repeat + 1} of {self.n_repeats}",
            train=train,
            test=test,
            scorers=scorers,
            error_score=self.error_score,
            cost=self._rows[candidate],
            stack=(candidate, split),
            fit_params=metadata.of_fit,
            score_params=metadata.of_scorers,
            callbacks=None if context is None else (context, self),
        )

    def _train(self, tasks, places):
        """Run the trainings, except those that are given up, and gather what they show."""
        with Trainings(
            tasks, n_jobs=self.n_jobs, memory=self.memory, verbose=self.verbose
        ) as trainings:
            given_up = {}
            if self.elimination_alpha is None:
                trainings.run(range(len(tasks)))
            else:
                given_up = self._race(trainings, places)
        self.n_trained_ = trainings.n_trained
        self._gather(trainings, places, given_up)

    def _race(self, trainings, places):
        """Run trainings until candidates are given up; return why each of these was."""
        return run_with_elimination(trainings, places, self._gain, self.elimination_alpha)

    def _gain(self, result):
        """Return the deciding score of a training; greater is better."""
        score = deciding_score(result, self.refit)
        return -score if self.cv is None else score

    # After training.

    def _gather(self, trainings, places, given_up):
        """Build the tables, find the best candidate and keep models."""
        results = [
            eliminated_result(self._metrics, given_up[place.candidate])
            if result is None
            else result
            for place, result in zip(places, trainings.results, strict=True)
        ]
        self._tabulate(places, results)
        self._find_best()
        self._keep_estimators(places, results)

    def _tabulate(self, places, results):
        """Build the tables of all trainings."""
        columns = list(map(self._candidate_columns, range(len(self._params))))
        names = training_names(columns, places, self.seeds_)
        options = {"refit": self.refit, "multimetric": self.multimetric_}
        self.results_ = results_table(columns, names, results, **options)
        self.learning_curves_ = learning_curves(names, results)
        eliminated = self._eliminated()
        self.n_saved_ = int(eliminated.sum())
        self.saved_share_ = share_of_time(self._by_candidate("fit_time"), eliminated)
        check_finished(self.results_)
        self.cv_results_ = cv_results(
            self._params,
            {
                name: np.where(eliminated, np.nan, self._by_candidate(name))
                for name in ("fit_time", "score_time")
            },
            {metric: self._gains(metric) for metric in self._metrics},
            ~eliminated.any(axis=1),
        )

    def _find_best(self):
        """Find the best candidate."""
        if callable(self.refit):
            self.best_index_ = int(self.refit(self.cv_results_))
            if not 0 <= self.best_index_ < len(self._params):
                raise IndexError(
                    f"refit returned {self.best_index_}; expected the index of one of "
                    f"{len(self._params)} candidates."
                )
        else:
            in_race = ~self._eliminated().any(axis=1)
            gains = self._gains(self._deciding_metric)
            self.best_index_ = best_candidate(gains, in_race, self.best_by, self._rows)
        self.best_params_ = self._params[self.best_index_]
        means = self.cv_results_[f"mean_test_{self._deciding_metric}"]
        self.best_score_ = float(means[self.best_index_])

    def _keep_estimators(self, places, results):
        """Keep the requested trained models."""
        wanted = range(len(self._params))
        if self.keep_estimators == "best":
            wanted = [self.best_index_]
        self._kept = {candidate: [] for candidate in wanted}
        for place, result in zip(places, results, strict=True):
            if place.candidate in self._kept:
                self._kept[place.candidate].append(trained_estimator(result))
        self.estimators_ = self._kept[self.best_index_]

    def _best(self, candidates, X, y, metadata, context, data):
        """Return the best estimator: one that is already trained, or a refitted one."""
        if self.cv is None:
            return RepeatedSeedSearchCV.median_estimator(self)
        best = with_seed(candidates[self.best_index_], self.seeds_[0])
        with subtask(context, self, best, data):
            return best.fit(X, y, **metadata.of_fit)

    @property
    def _shape(self):
        """The numbers of candidates, repeats and splits."""
        return len(self._params), self.n_repeats, self.n_splits_

    @property
    def _deciding_metric(self):
        """The name of the score that decides."""
        if self.multimetric_ and isinstance(self.refit, str):
            return self.refit
        return self._metrics[0]

    def _by_candidate(self, column):
        """Return a column of `results_`, shape (n_candidates, n_repeats * n_splits)."""
        values = self.results_[column].to_numpy(dtype=np.float64)
        return values.reshape(len(self._params), -1)

    def _gains(self, metric=None):
        """Return scores (greater is better), shape (n_candidates, n_repeats * n_splits)."""
        several = self.multimetric_ and metric is not None
        scores = self._by_candidate(f"score_{metric}" if several else "score")
        return -scores if self.cv is None else scores

    def _eliminated(self):
        """Return which trainings were given up, shape (n_candidates, n_repeats * n_splits)."""
        status = self.results_["status"].str.startswith("given up").to_numpy()
        return status.reshape(len(self._params), -1)
