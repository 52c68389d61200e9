"""The sweep: which parameters have the best score over repeated trainings."""

import warnings
from numbers import Integral, Real

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import ParameterGrid, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags, indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._elimination import FEWEST_REPEATS, hopeless
from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.model_selection._split_checks import check_splits, check_training_windows
from sklearn_frictiongru.model_selection._sweep_statistics import (
    best_candidate,
    over_trainings,
    summary_of,
)
from sklearn_frictiongru.model_selection._train_once import final_step, nothing_trained, train_once
from sklearn_frictiongru.model_selection._train_together import stackable, train_together
from sklearn_frictiongru.model_selection._training_store import (
    StoredEstimator,
    TrainingStore,
    training_key,
)
from sklearn_frictiongru.model_selection._trainings import Trainings, with_seed
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer, WindowArray
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.validation import check_same_index

SIGNIFICANCE = 0.05
DEFAULT_SCORING = "neg_mean_squared_error"
COLUMNS = (
    "n_epochs",
    "best_epoch",
    "n_training",
    "n_validation",
    "fit_time",
    "score_time",
    "status",
)
"""What `results_` says of each training beside its scores."""


def _is_refitted(search):
    """Tell whether a search keeps a best estimator, so that it can predict."""
    return bool(search.refit)


class RepeatedSeedSearchCV(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    r"""Compare parameters over trainings that are repeated with common seeds.

    :class:`~sklearn.model_selection.GridSearchCV` with a seed axis: every combination of
    parameters is trained `n_repeats` times, with the same seeds, so that differences
    between candidates can be told from those between seeds. If the estimator is a
    pipeline with a :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`,
    all candidates are compared on the same target rows: `min_history` of the window step,
    and `purge` of the regressor where it has one, are set from the longest window.

    Parameters
    ----------
    estimator : estimator
        Regressor, or pipeline that ends in one.
    param_grid : dict or list of dict
        Parameters to compare, as of :class:`~sklearn.model_selection.ParameterGrid`.
    n_repeats : int, default=20
        Number of trainings of each candidate, each with its own seed, which goes to every
        `random_state` in the estimator.
    cv : int, splitter or None, default=None
        None is the published protocol: the score of a training is the regressor's own
        lowest validation loss, `best_validation_loss_`. A splitter, such as
        :class:`PurgedKFold` with the longest window length: out-of-fold scores.
    scoring : str, callable, list, tuple or dict, default=None
        With a splitter, one or several scorers of predictions, each wrapped in a
        :class:`windowed_scorer` of the longest window; "neg_mean_squared_error" if None.
        Not used without.
    n_jobs : int, default=None
        Number of trainings side by side, one thread each, through joblib.
    refit : bool, str or callable, default=True
        Whether to keep a `best_estimator_` and to predict with it. With several scorers
        the name of the one that decides, or False; a callable gets `cv_results_` and
        returns the index of the best candidate.
    error_score : float or "raise", default=nan
        Score of a training that fails; "raise" ends the search with its error.
    best_by : {"mean", "median", "one_se"}, default="mean"
        What decides: the best mean over the repeats; the best median; or the simplest
        candidate whose mean lies within one standard error of the best mean, where the
        simplest has the shortest window, or stands first in the grid.
    budget : float, default=None
        Successive elimination: after each repeat a candidate that paired tests over the
        common seeds show to be hopeless is given up. The number is the error rate: the
        probability, at most, that the best candidate is given up. None trains all.
    memory : str, path-like or joblib.Memory, default=None
        Folder in which each finished training is stored at once; the same call then does
        only what is missing. A training that was killed goes on from where it stood at
        most five epochs before, to the same result to the last bit on a CPU; workers on
        other machines do so only if they see the folder under the same path.
    random_state : int, RandomState instance or None, default=None
        Where the seeds of the repeats are drawn from.
    keep_estimators : {"best", "all"}, default="best"
        Which trained models to keep: those of the best candidate, or of all.
    verbose : int, default=0
        Whether to show the trainings left and the time expected: a bar, or lines where
        the output goes into a file.

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
        scikit-learn's dictionary over `results_`. ``mean_test_score`` and its kin follow
        scikit-learn, greater is better: without a splitter they are negated losses.
    best_index_ : int
        Index of the best candidate.
    best_params_ : dict
        Its parameters.
    best_score_ : float
        Its ``mean_test_score``.
    best_estimator_ : estimator
        Without a splitter the repeat with the median lowest loss of the best candidate,
        kept as trained: nothing is trained on validation rows after the selection. With a
        splitter: the first seed, fitted on all rows.
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
        Number of trainings that `budget` saved.
    saved_share_ : float
        Share of the whole training time that these would have taken, expecting each to
        take as long as the mean of its candidate.
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
        part of a run, or a splitter leaks. Afterwards: if the regressor has no validation
        loss, or all trainings fail.

    See Also
    --------
    WindowLengthSearchCV : Compares window lengths alone.
    LearningCurvesDisplay : Draws the learning curves of all repeats.

    Notes
    -----
    Candidates are compared by paired tests, since seed k is common to all. With the scores
    :math:`v_k` of a candidate and :math:`b_k` of the best one, of which greater is better,
    over n repeats (and splits), the one-sided test of the differences
    :math:`d_k = b_k - v_k` is that of Student,

    .. math:: t = \frac{\bar d}{s_d / \sqrt{n}}

    with their mean :math:`\bar d` and standard deviation :math:`s_d` and n - 1 degrees of
    freedom. `verdict_` is "clear" if every other candidate has p < 0.05. With `budget` = e a
    candidate among K is given up if p < e / (R (K - 1)) for the means over splits, in R rounds,
    one after each repeat from the third to the last but one: by Bonferroni's inequality the best
    one is then given up with a probability of at most e. ``best_by="one_se"`` takes the simplest
    candidate with :math:`\bar v \ge \bar b - s_b / \sqrt{n}`, of the means and the standard
    deviation of these scores.

    Repeats share the record: such a test tells seeds from candidates on this record, not on
    another one.

    On a CUDA GPU, which one small network leaves idle most of the time, up to twenty missing
    repeats of a candidate (and split) of a
    :class:`~sklearn_frictiongru.neural_network.GRUFrictionRegressor` are trained together,
    each as it would be alone but for rounding. ``fit_time`` is then a share of the time. A
    kill loses the trainings that run together, since they leave no checkpoints. Not
    trained together are regressors with a module, a loss or callbacks of one's own, with
    ``lr_schedule="plateau"`` or a scheduler, an optimiser that looks at more than one weight
    at a time, ``precision="bfloat16"``, ``warm_start`` or `verbose`, and those behind a step
    that takes a seed. With `budget` only the first three repeats of a candidate are trained
    together, later ones one by one: on a GPU it is mostly faster to leave it out.

    References
    ----------
    Bouthillier, X., et al. (2021). Accounting for variance in machine learning benchmarks.
    Proceedings of Machine Learning and Systems, 3, 747-769.

    Breiman, L., Friedman, J. H., Olshen, R. A., Stone, C. J. (1984). Classification and
    Regression Trees. Wadsworth. The rule of one standard error.

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
    >>> search = RepeatedSeedSearchCV(model, {"lr": [0.0001, 0.01]}, n_repeats=2, random_state=0)
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
        "estimator": [HasMethods(["fit", "predict"])],
        "param_grid": [dict, list],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "cv": ["cv_object"],
        "scoring": [str, callable, list, tuple, dict, None],
        "n_jobs": [Integral, None],
        "refit": ["boolean", str, callable],
        "error_score": [StrOptions({"raise"}), Real],
        "best_by": [StrOptions({"mean", "median", "one_se"})],
        "budget": [Interval(Real, 0, 1, closed="neither"), None],
        "random_state": ["random_state"],
        "keep_estimators": [StrOptions({"best", "all"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        n_repeats=20,
        cv=None,
        scoring=None,
        n_jobs=None,
        refit=True,
        error_score=np.nan,
        best_by="mean",
        budget=None,
        memory=None,
        random_state=None,
        keep_estimators="best",
        verbose=0,
    ):
        self.estimator = estimator
        self.param_grid = param_grid
        self.n_repeats = n_repeats
        self.cv = cv
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.error_score = error_score
        self.best_by = best_by
        self.budget = budget
        self.memory = memory
        self.random_state = random_state
        self.keep_estimators = keep_estimators
        self.verbose = verbose

    def fit(self, X, y):
        """Train every candidate with every seed.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run, with runs and time in the index; or what
            else the estimator takes, such as windows.
        y : array-like of shape (n_rows,)
            Target.

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
        check_same_index(X, y)
        window_step = self._window_step()
        self._params = self._candidate_params(window_step)
        order = Runs.of(X)
        self._rows = self._window_rows(order, window_step, X)
        self.longest_rows_ = max(self._rows)
        scorers = self._scorers(window_step)
        self.multimetric_ = scorers is not None and isinstance(self.scoring, list | tuple | dict)
        self._metrics = ["score"] if scorers is None else list(scorers)
        self._check_refit(scorers)
        splits = [(None, None)]
        if self.cv is not None:
            splits = list(check_cv(self.cv).split(X, y))
        candidates = [self._candidate(window_step, params) for params in self._params]
        self._check_splits(splits, order, window_step, candidates, X, y)
        self.seeds_ = np.random.RandomState(draw_seed(self.random_state)).randint(
            np.iinfo(np.int32).max, size=self.n_repeats
        )
        self.n_splits_ = len(splits)
        tasks = [
            (candidate, repeat, split)
            for candidate in range(len(candidates))
            for repeat in range(self.n_repeats)
            for split in range(len(splits))
        ]
        trainings, given_up = self._train_all(tasks, candidates, splits, scorers, X, y)
        self._collect(tasks, trainings, given_up)
        self._choose()
        self._keep(tasks, trainings, candidates, X, y)
        return self

    @available_if(_is_refitted)
    def predict(self, X):
        """Predict with the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Predictions, in the unit of the target.
        """
        check_is_fitted(self)
        return self.best_estimator_.predict(X)

    @available_if(_is_refitted)
    def score(self, X, y):
        """Score the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        y : array-like of shape (n_rows,)
            Targets.

        Returns
        -------
        float
            With a splitter or `scoring` the score that was searched with, else that of the
            estimator itself.
        """
        check_is_fitted(self)
        of_one_score = isinstance(self.scoring, str) or callable(self.scoring)
        if self.cv is None and not of_one_score:
            return self.best_estimator_.score(X, y)
        if self.cv is None:
            return self._wrapped(self.scoring, self._window_step())(self.best_estimator_, X, y)
        scorers = self._scorers(self._window_step())
        deciding = self.refit if self.multimetric_ and isinstance(self.refit, str) else None
        return scorers[deciding or next(iter(scorers))](self.best_estimator_, X, y)

    def median_estimator(self, candidate=None):
        """Return the repeat with the median score of a candidate, as trained.

        Parameters
        ----------
        candidate : int, default=None
            Index of the candidate; the best one if None.

        Returns
        -------
        estimator
            The model; of an even number of repeats the better one of the middle two.

        Raises
        ------
        ValueError
            If the models of that candidate were not kept.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import SGDRegressor
        >>> from sklearn_frictiongru.model_selection import PurgedKFold, RepeatedSeedSearchCV
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
                f"the models of {self._named(candidate)} were not kept, only those of "
                f"{[self._named(kept) for kept in self._kept]}; search with "
                "keep_estimators='all'."
            )
        gains = self._gains()[candidate]
        finished = np.flatnonzero([estimator is not None for estimator in self._kept[candidate]])
        if not len(finished):
            raise ValueError(f"all trainings of {self._named(candidate)} failed.")
        from_best = np.argsort(gains[finished], kind="stable")[::-1]
        middle = finished[from_best[(len(finished) - 1) // 2]]
        return self._kept[candidate][middle]

    def summary(self):
        """Return the scores of each candidate in short.

        Returns
        -------
        pandas.DataFrame of shape (n_candidates, 9)
            Indexed by the parameters: ``mean``, ``min``, ``q1``, ``median``, ``q3``,
            ``max``, ``n_finished``; ``beats_next``, the share of common seeds with which
            the candidate is better than the best of the others, which for the best one is
            the runner-up; ``p_value``, of a one-sided paired t-test over the common seeds
            that the candidate is no worse than the best one.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import SGDRegressor
        >>> from sklearn_frictiongru.model_selection import PurgedKFold, RepeatedSeedSearchCV
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
        in_race = ~self._given_up().any(axis=1)
        table = summary_of(self._scores(), self._gains(), in_race, self.best_index_)
        return pd.DataFrame(table, index=self._index())

    @property
    def verdict_(self):
        """How clearly the best candidate won: "clear" or "tied".

        "tied": some other candidate is not distinguishable from it over the common seeds.
        "clear": none. Candidates whose trainings all failed are not compared.
        """
        summary = self.summary()
        compared = (summary["n_finished"] > 0).to_numpy()
        others = compared & (np.arange(len(summary)) != self.best_index_)
        told_apart = (summary["p_value"].to_numpy()[others] < SIGNIFICANCE).all()
        return "clear" if told_apart else "tied"

    @property
    def n_features_in_(self):
        """Number of columns seen in `fit`."""
        return self.best_estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns seen in `fit`."""
        return self.best_estimator_.feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags.pairwise = inner.input_tags.pairwise
        tags.input_tags.sparse = inner.input_tags.sparse
        return tags

    # What a special case has its own words for.

    def _candidate_params(self, window_step):
        """Return the parameters of each candidate."""
        return list(ParameterGrid(self.param_grid))

    def _columns_of(self, candidate):
        """Return what names a candidate in `results_`."""
        return {"candidate": candidate, **self._params[candidate]}

    def _index(self):
        """Return the index of tables with a row per candidate."""
        table = pd.DataFrame(self._params).map(_hashable)
        if not table.shape[1]:
            return pd.RangeIndex(len(self._params), name="candidate")
        if table.shape[1] == 1:
            return pd.Index(table.iloc[:, 0])
        return pd.MultiIndex.from_frame(table)

    def _named(self, candidate):
        """Return a candidate as messages name it."""
        return ", ".join(f"{name}={value!r}" for name, value in self._params[candidate].items())

    def _window_step(self):
        """Return the name of the pipeline's window step, or None."""
        if isinstance(self.estimator, Pipeline):
            for name, step in self.estimator.steps:
                if isinstance(step, SlidingWindowTransformer):
                    return name
        return None

    # Before the training.

    def _window_rows(self, order, window_step, X):
        """Return the rows of each candidate's window, checked against the runs."""
        if window_step is None:
            return [X.window_length if isinstance(X, WindowArray) else 1] * len(self._params)
        given = self.estimator.get_params()[f"{window_step}__window_length"]
        lengths = [params.get(f"{window_step}__window_length", given) for params in self._params]
        rows = [order.rows_of(length) for length in lengths]
        longest_run = int(order.history.max())
        for length, n_rows in zip(lengths, rows, strict=True):
            if n_rows > longest_run:
                raise ValueError(
                    f"window length {length!r} ({n_rows} rows) is longer than the longest run of "
                    f"X ({longest_run} rows, n_samples={order.n_rows}); leave it out or give "
                    "longer runs."
                )
        return rows

    def _check_refit(self, scorers):
        """Raise if several scorers leave open which of them decides."""
        if self.multimetric_ and "time" in scorers:
            raise ValueError(
                "a scorer is named 'time', but score_time is what scoring took; expected another "
                "name."
            )
        if isinstance(self.refit, str) and not self.multimetric_:
            raise ValueError(
                f"refit is {self.refit!r}, the name of a scorer, but there are not several; "
                "expected True or False, or scorers by name in scoring."
            )
        if not self.multimetric_ or self.refit is False or callable(self.refit):
            return
        if self.refit not in scorers:
            raise ValueError(
                f"refit is {self.refit!r}; with several scorers expected the name of the one "
                f"that decides, one of {list(scorers)}, a callable, or False."
            )

    def _check_splits(self, splits, order, window_step, candidates, X, y):
        """Raise if the splits leak, or leave a run too short to train on."""
        final = self._final_params()
        for name, splitter in (("cv", self.cv), ("validation", final.get("validation"))):
            length = getattr(splitter, "window_length", None)
            if length is None or getattr(splitter, "purge", None) is not None:
                continue
            if order.rows_of(length) < self.longest_rows_:
                raise ValueError(
                    f"{name}={splitter!r} is made for windows of {length!r}, but the "
                    f"longest of window_lengths has {self.longest_rows_} rows: training windows "
                    "would share rows with those it tests. Set its window_length to the longest "
                    "one."
                )
        if self.cv is not None:
            lowered = getattr(self.cv, "purge", None) is not None
            check_splits(splits, order, self.longest_rows_, f"cv={self.cv!r}", may_share=lowered)
        elif window_step is not None:
            longest = candidates[int(np.argmax(self._rows))]
            check_training_windows(longest, X, y)

    def _final_params(self):
        """Return the parameters of the last step."""
        final = final_step(self.estimator)
        return final.get_params(deep=False) if hasattr(final, "get_params") else {}

    def _candidate(self, window_step, params):
        """Return the estimator of a candidate, comparable with the longest window."""
        candidate = clone(self.estimator).set_params(**clone(params, safe=False))
        if window_step is None:
            return candidate
        candidate.set_params(**{f"{window_step}__min_history": self.longest_rows_})
        final_step, final = candidate.steps[-1]
        if final.get_params(deep=False).get("purge", 0) is None:
            candidate.set_params(**{f"{final_step}__purge": self.longest_rows_ - 1})
        return candidate

    def _wrapped(self, scoring, window_step):
        """Return a scorer that counts rows with a full history only."""
        # Unknown names are an error before anything is trained.
        scorer = get_scorer(scoring)
        if window_step is None and self.longest_rows_ == 1:
            return scorer
        return windowed_scorer(scoring, self.longest_rows_)

    def _scorers(self, window_step):
        """Return the scorers of out-of-fold predictions by name, or None without a splitter."""
        if self.cv is None:
            return None
        scoring = self.scoring or DEFAULT_SCORING
        if isinstance(scoring, list | tuple):
            scoring = {name: name for name in scoring}
        elif not isinstance(scoring, dict):
            scoring = {"score": scoring}
        return {name: self._wrapped(scorer, window_step) for name, scorer in scoring.items()}

    # The training.

    def _train_all(self, tasks, candidates, splits, scorers, X, y):
        """Return the training of every task, and the p-value of each that was given up."""
        keys, checkpoints = None, [None] * len(tasks)
        seeded = [
            with_seed(candidates[candidate], self.seeds_[repeat]) for candidate, repeat, _ in tasks
        ]
        if self.memory is not None:
            data = training_key(X, y)
            keys = [
                training_key(data, estimator, splits[split], scorers)
                for estimator, (_, _, split) in zip(seeded, tasks, strict=True)
            ]
            store = TrainingStore(self.memory)
            checkpoints = [store.checkpoint(key) for key in keys]
        arguments = [
            (estimator, X, y, *splits[split], scorers, self.error_score, checkpoint)
            for estimator, (_, _, split), checkpoint in zip(seeded, tasks, checkpoints, strict=True)
        ]
        with Trainings(
            train_once,
            arguments,
            keys=keys,
            costs=[self._rows[candidate] for candidate, _, _ in tasks],
            names=[
                f"{self._named(candidate)}, repeat {repeat + 1} of {self.n_repeats}"
                for candidate, repeat, _ in tasks
            ],
            n_jobs=self.n_jobs,
            memory=self.memory,
            verbose=self.verbose,
            stacks=[
                (candidate, split) if stackable(estimator) else None
                for estimator, (candidate, _, split) in zip(seeded, tasks, strict=True)
            ],
            train_together=train_together,
        ) as trainings:
            if self.budget is None:
                trainings.run(range(len(tasks)))
                given_up = {}
            else:
                given_up = self._race(tasks, trainings)
        self.n_trained_ = trainings.n_trained
        return dict(zip(tasks, trainings.done, strict=True)), given_up

    def _race(self, tasks, trainings):
        """Train repeat by repeat, without the candidates that have become hopeless."""
        n_candidates = len(self._params)
        alive = np.ones(n_candidates, dtype=bool)
        given_up = {}
        for repeat in range(self.n_repeats):
            # The first few together: nothing is decided between them.
            if repeat + 1 < min(FEWEST_REPEATS, self.n_repeats):
                continue
            trainings.run(i for i, task in enumerate(tasks) if task[1] <= repeat and alive[task[0]])
            if repeat + 1 == self.n_repeats:
                break
            scores = [
                [
                    self._deciding_score(trainings.done[i])
                    for i, task in enumerate(tasks)
                    if task[0] == candidate and task[1] <= repeat and trainings.done[i]
                ]
                for candidate in range(n_candidates)
            ]
            width = max(map(len, scores))
            padded = [row + [np.nan] * (width - len(row)) for row in scores]
            gains = np.array(padded) * (-1 if self.cv is None else 1)
            p_values = hopeless(
                _mean_of_splits(gains, self.n_splits_), alive, self.n_repeats, self.budget
            )
            for candidate in np.flatnonzero(np.isfinite(p_values)):
                alive[candidate] = False
                given_up[int(candidate)] = (repeat + 1, float(p_values[candidate]))
                trainings.leave_out(i for i, task in enumerate(tasks) if task[0] == candidate)
        return given_up

    def _deciding_score(self, training):
        """Return the score of a training that decides."""
        scores = training["scores"]
        return scores.get(self.refit if isinstance(self.refit, str) else None, _first(scores))

    # After the training.

    def _collect(self, tasks, trainings, given_up):
        """Build the tidy tables of all trainings."""
        rows, curves = [], []
        for candidate, repeat, split in tasks:
            training = trainings[candidate, repeat, split]
            names = {
                **self._columns_of(candidate),
                "repeat": repeat,
                "split": split,
                "seed": int(self.seeds_[repeat]),
            }
            if training is None:
                after, p_value = given_up[candidate]
                training = nothing_trained(dict.fromkeys(self._metrics), np.nan)
                training["status"] = f"given up: after {after} repeats, p = {p_value:.2g}"
            scores = training["scores"]
            several = {f"score_{name}": value for name, value in scores.items()}
            rows.append(
                {
                    **names,
                    "score": self._deciding_score(training),
                    **(several if self.multimetric_ else {}),
                    **{name: training[name] for name in COLUMNS},
                }
            )
            if training["history"] is not None:
                curves.append(_with_columns(training["history"], names))
        self.results_ = pd.DataFrame(rows)
        # A parameter that only later candidates have would stand behind the scores.
        named = list(
            dict.fromkeys(name for i in range(len(self._params)) for name in self._columns_of(i))
        )
        self.results_ = self.results_[[*named, *self.results_.columns.drop(named)]]
        self.learning_curves_ = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()
        self._count_what_was_saved()
        failed = self.results_[self.results_["status"].str.startswith("failed")]
        if len(failed) == len(self.results_):
            raise ValueError(
                f"all {len(failed)} trainings failed, the first one with: "
                f"{failed['status'].iloc[0].removeprefix('failed: ')}"
            )
        if len(failed):
            warnings.warn(
                f"{len(failed)} of {len(self.results_)} trainings failed; results_ names the "
                f"reasons, their score is error_score={self.error_score}. The first one: "
                f"{failed['status'].iloc[0]}",
                FitFailedWarning,
                stacklevel=3,
            )

    def _count_what_was_saved(self):
        """Count the trainings that were given up, and the time they would have taken."""
        times = self._by_candidate("fit_time")
        saved = self._given_up()
        self.n_saved_ = int(saved.sum())
        expected = np.nan_to_num(np.nanmean(np.where(saved, np.nan, times), axis=1, keepdims=True))
        time_saved = (saved * expected).sum()
        self.saved_share_ = float(time_saved / (time_saved + times[~saved].sum() or 1.0))

    def _given_up(self):
        """Tell which trainings were given up, shape (n_candidates, n_repeats * n_splits)."""
        status = self.results_["status"].str.startswith("given up").to_numpy()
        return status.reshape(len(self._params), -1)

    def _by_candidate(self, column):
        """Return a column of `results_`, shape (n_candidates, n_repeats * n_splits)."""
        return self.results_[column].to_numpy().reshape(len(self._params), -1)

    def _scores(self):
        return self._by_candidate("score").astype(np.float64)

    def _gains(self, column="score"):
        """Return scores of which greater is better, by candidate."""
        scores = self._by_candidate(column).astype(np.float64)
        return -scores if self.cv is None else scores

    def _choose(self):
        """Build scikit-learn's dictionary and find the best candidate."""
        in_race = ~self._given_up().any(axis=1)
        times = {
            name: np.where(self._given_up(), np.nan, self._by_candidate(name))
            for name in ("fit_time", "score_time")
        }
        self.cv_results_ = {}
        for name, values in times.items():
            self.cv_results_[f"mean_{name}"] = np.nanmean(values, axis=1)
            self.cv_results_[f"std_{name}"] = np.nanstd(values, axis=1)
        for name in dict.fromkeys(name for params in self._params for name in params):
            column = np.ma.MaskedArray(np.empty(len(self._params), dtype=object), mask=True)
            for candidate, params in enumerate(self._params):
                if name in params:
                    column[candidate] = params[name]
            self.cv_results_[f"param_{name}"] = column
        self.cv_results_["params"] = self._params
        for metric in self._metrics:
            gains = self._gains(f"score_{metric}" if self.multimetric_ else "score")
            self._describe(metric, gains, in_race)
        self._find_best(in_race)

    def _describe(self, metric, gains, in_race):
        """Enter the scores of one metric into scikit-learn's dictionary."""
        mean, std = over_trainings(np.nanmean, gains), over_trainings(np.nanstd, gains)
        for i in range(gains.shape[1]):
            self.cv_results_[f"split{i}_test_{metric}"] = gains[:, i]
        self.cv_results_[f"mean_test_{metric}"] = mean
        self.cv_results_[f"std_test_{metric}"] = std
        ranked = np.where(np.isnan(mean) | ~in_race, -np.inf, mean)
        self.cv_results_[f"rank_test_{metric}"] = rankdata(-ranked, method="min").astype(np.int32)

    def _find_best(self, in_race):
        metric = (
            self.refit if self.multimetric_ and isinstance(self.refit, str) else self._metrics[0]
        )
        if callable(self.refit):
            self.best_index_ = int(self.refit(self.cv_results_))
            if not 0 <= self.best_index_ < len(self._params):
                raise IndexError(
                    f"refit returned {self.best_index_}; expected the index of one of "
                    f"{len(self._params)} candidates."
                )
        else:
            gains = self._gains(f"score_{metric}" if self.multimetric_ else "score")
            self.best_index_ = best_candidate(gains, in_race, self.best_by, self._rows)
        self.best_params_ = self._params[self.best_index_]
        self.best_score_ = float(self.cv_results_[f"mean_test_{metric}"][self.best_index_])

    def _keep(self, tasks, trainings, candidates, X, y):
        """Keep the trained models that were asked for, and the best one."""
        wanted = range(len(candidates))
        if self.keep_estimators == "best":
            wanted = [self.best_index_]
        self._kept = {
            candidate: [_estimator_of(trainings[task]) for task in tasks if task[0] == candidate]
            for candidate in wanted
        }
        self.estimators_ = self._kept[self.best_index_]
        if not self.refit:
            return
        if self.cv is None:
            self.best_estimator_ = RepeatedSeedSearchCV.median_estimator(self)
        else:
            best = with_seed(candidates[self.best_index_], self.seeds_[0])
            self.best_estimator_ = best.fit(X, y)


def _estimator_of(training):
    """Return the model of a training, made anew if it comes from the store."""
    estimator = None if training is None else training["estimator"]
    return estimator.load() if isinstance(estimator, StoredEstimator) else estimator


def _with_columns(table, values):
    """Return a table with more columns, each of one value, which may be a list."""
    columns = {
        name: pd.Series([value] * len(table), index=table.index) for name, value in values.items()
    }
    return table.assign(**columns)


def _hashable(value):
    """Return a value that an index can hold."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _first(scores):
    return next(iter(scores.values()))


def _mean_of_splits(gains, n_splits):
    """Return the mean over the splits of each repeat, which share their seed."""
    n_candidates, n_scores = gains.shape
    return gains.reshape(n_candidates, n_scores // n_splits, n_splits).mean(axis=2)
