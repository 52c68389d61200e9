"""The sweep: which window length has the lowest validation loss."""

import warnings
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.stats import rankdata, ttest_rel
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags, indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._order import row_order
from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.model_selection._train_once import train_once
from sklearn_frictiongru.model_selection._training_store import training_key
from sklearn_frictiongru.model_selection._trainings import run_trainings, with_seed
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils._random import draw_seed

SIGNIFICANCE = 0.05


def _is_refitted(search):
    """Tell whether a search keeps a best estimator, so that it can predict."""
    return bool(search.refit)


class WindowLengthSearchCV(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """Find the window length with the lowest validation loss over repeated trainings.

    Every window length is trained `n_repeats` times, with the same seeds. All lengths are
    compared on the same target rows: `min_history` of the window step, and `purge` of the
    regressor where it has one, are set from the longest window, so that training targets,
    validation targets and purged rows are identical.

    Parameters
    ----------
    estimator : Pipeline
        Pipeline with a :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`
        step, ending in a regressor.
    window_lengths : sequence of int, str or pandas.Timedelta
        Window lengths to compare, in rows or as times such as ``"400s"``.
    n_repeats : int, default=20
        Number of trainings of each window length, each with its own seed.
    cv : int, splitter or None, default=None
        None is the published protocol: the score of a training is the regressor's own
        lowest validation loss, `best_validation_loss_`. A splitter, such as
        :class:`PurgedKFold` with the longest window length: out-of-fold scores.
    scoring : str or callable, default=None
        With a splitter, a scorer of predictions, wrapped in a :class:`windowed_scorer` of
        the longest window; "neg_mean_squared_error" if None. Not used without.
    n_jobs : int, default=None
        Number of trainings side by side, one thread each, through joblib.
    refit : bool, default=True
        Whether to keep a `best_estimator_` and to predict with it.
    memory : str, path-like or joblib.Memory, default=None
        Folder in which each finished training is stored at once; the same call then does
        only what is missing.
    random_state : int, RandomState instance or None, default=None
        Where the seeds of the repeats are drawn from.
    keep_estimators : {"best", "all"}, default="best"
        Which trained models to keep: those of the best window length, or of all.
    verbose : int, default=0
        Whether to show a progress bar with the trainings left and the time expected.

    Attributes
    ----------
    results_ : pandas.DataFrame
        A row per window length, repeat and split: ``window_length``, ``rows`` (of a
        window), ``repeat``, ``split``, ``seed``, ``score``, ``n_epochs``, ``best_epoch``,
        ``n_training`` and ``n_validation`` (windows), ``fit_time`` in seconds and ``status``
        ("finished", or "failed: ..." with the reason). Without a splitter the score is the
        lowest validation loss in squared units of the target: less is better.
    cv_results_ : dict of ndarray
        scikit-learn's dictionary over it. ``mean_test_score`` and its kin follow
        scikit-learn, greater is better: without a splitter they are negated losses.
    best_index_ : int
        Index of the best window length in `window_lengths`, by mean score.
    best_window_length_ : int, str or pandas.Timedelta
        The best window length, as given.
    best_params_ : dict
        The parameter that sets it in the pipeline.
    best_score_ : float
        Its ``mean_test_score``.
    best_estimator_ : Pipeline
        Without a splitter the repeat with the median lowest loss at the best window length,
        kept as trained: nothing is trained on validation rows after the selection. With a
        splitter: the first seed, fitted on all rows.
    estimators_ : list of Pipeline
        The trained models of the best window length, by repeat (and split).
    estimators_by_length_ : dict of list
        The trained models of each window length that are kept.
    seeds_ : ndarray of shape (n_repeats,)
        The seeds, common to all window lengths.
    longest_rows_ : int
        Rows of the longest window.
    n_splits_ : int
        Number of splits; 1 without a splitter.
    n_trained_ : int
        Number of trainings done by this call; the others were found in `memory`.

    Raises
    ------
    ValueError
        If the estimator has no window step or no validation loss, a window is longer than
        every run, or all trainings fail.

    See Also
    --------
    WindowLengthDisplay : Draws the losses as box plots.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_frictiongru.model_selection import WindowLengthSearchCV
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X = np.random.default_rng(0).normal(size=(400, 1))
    >>> y = np.convolve(X[:, 0], np.ones(6) / 6)[:400]
    >>> model = make_pipeline(
    ...     SlidingWindowTransformer(),
    ...     GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=30, lr=0.01),
    ... )
    >>> search = WindowLengthSearchCV(model, [2, 6], n_repeats=2, random_state=0).fit(X, y)
    >>> search.best_window_length_
    6
    >>> search.results_[["window_length", "repeat", "status"]]
       window_length  repeat    status
    0              2       0  finished
    1              2       1  finished
    2              6       0  finished
    3              6       1  finished
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "window_lengths": ["array-like"],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "cv": ["cv_object"],
        "scoring": [str, callable, None],
        "n_jobs": [Integral, None],
        "refit": ["boolean"],
        "random_state": ["random_state"],
        "keep_estimators": [StrOptions({"best", "all"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator,
        window_lengths,
        *,
        n_repeats=20,
        cv=None,
        scoring=None,
        n_jobs=None,
        refit=True,
        memory=None,
        random_state=None,
        keep_estimators="best",
        verbose=0,
    ):
        self.estimator = estimator
        self.window_lengths = window_lengths
        self.n_repeats = n_repeats
        self.cv = cv
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.memory = memory
        self.random_state = random_state
        self.keep_estimators = keep_estimators
        self.verbose = verbose

    def fit(self, X, y):
        """Train every window length with every seed.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run, with runs and time in the index.
        y : array-like of shape (n_rows,)
            Target.

        Returns
        -------
        WindowLengthSearchCV
            The finished search.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                "WindowLengthSearchCV requires y to be passed, but the target y is None."
            )
        X, y = indexable(X, y)
        window_step = self._window_step()
        rows = self._lengths_in_rows(X)
        self.longest_rows_ = max(rows)
        self.seeds_ = np.random.RandomState(draw_seed(self.random_state)).randint(
            np.iinfo(np.int32).max, size=self.n_repeats
        )
        candidates = [self._candidate(window_step, length) for length in self.window_lengths]
        splits = [(None, None)]
        if self.cv is not None:
            splits = list(check_cv(self.cv).split(X, y))
        self.n_splits_ = len(splits)
        tasks = [
            (index, repeat, split)
            for index in range(len(candidates))
            for repeat in range(self.n_repeats)
            for split in range(len(splits))
        ]
        trainings = self._train_all(tasks, candidates, splits, rows, X, y)
        self._collect(tasks, trainings, rows)
        parameter = f"{window_step}__window_length"
        self._summarize(parameter)
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
            Predictions.
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
        if self.cv is None and self.scoring is None:
            return self.best_estimator_.score(X, y)
        return self._scorer()(self.best_estimator_, X, y)

    def median_estimator(self, window_length=None):
        """Return the repeat with the median score at a window length, as trained.

        Parameters
        ----------
        window_length : int, str or pandas.Timedelta, default=None
            One of `window_lengths`; the best one if None.

        Returns
        -------
        Pipeline
            The model; of an even number of repeats the better one of the middle two.

        Raises
        ------
        ValueError
            If the models of that window length were not kept.
        """
        check_is_fitted(self)
        if window_length is None:
            window_length = self.best_window_length_
        if window_length not in self.estimators_by_length_:
            raise ValueError(
                f"the models of window length {window_length!r} were not kept, only those of "
                f"{list(self.estimators_by_length_)}; search with keep_estimators='all'."
            )
        here = self.results_[self.results_["window_length"] == window_length]
        finished = np.flatnonzero(here["status"] == "finished")
        if not len(finished):
            raise ValueError(f"all trainings of window length {window_length!r} failed.")
        from_best = np.argsort(self._gains(here["score"])[finished], kind="stable")[::-1]
        middle = finished[from_best[(len(finished) - 1) // 2]]
        return self.estimators_by_length_[window_length][middle]

    def summary(self):
        """Return the scores of each window length in short.

        Returns
        -------
        pandas.DataFrame of shape (n_window_lengths, 8)
            Indexed by window length: ``mean``, ``min``, ``q1``, ``median``, ``q3``, ``max``,
            ``n_finished``, and ``p_value``: of a one-sided paired t-test, over the common
            seeds, that this length is no worse than the best one.
        """
        check_is_fitted(self)
        scores = self._scores_by_length()
        best = scores[self.best_index_]
        with warnings.catch_warnings():
            # Of a length whose trainings all failed there is nothing to say but NaN.
            warnings.simplefilter("ignore", category=RuntimeWarning)
            table = {
                "mean": np.nanmean(scores, axis=1),
                "min": np.nanmin(scores, axis=1),
                "q1": np.nanquantile(scores, 0.25, axis=1),
                "median": np.nanmedian(scores, axis=1),
                "q3": np.nanquantile(scores, 0.75, axis=1),
                "max": np.nanmax(scores, axis=1),
            }
        table["n_finished"] = np.isfinite(scores).sum(axis=1)
        table["p_value"] = [self._p_value(row, best) for row in scores]
        lengths = pd.Index(list(self.window_lengths), name="window_length")
        return pd.DataFrame(table, index=lengths)

    @property
    def verdict_(self):
        """How clearly the best window length won: "clear", "tied" or "edge".

        "tied": some other length is not distinguishable from it over the common seeds.
        "edge": it is the shortest or longest of those compared, so that the optimum may lie
        outside. "clear": neither. Lengths whose trainings all failed are not compared.
        """
        summary = self.summary()
        compared = (summary["n_finished"] > 0).to_numpy()
        others = compared & (np.arange(len(summary)) != self.best_index_)
        if not (summary["p_value"][others] < SIGNIFICANCE).all():
            return "tied"
        rows = self.results_["rows"].to_numpy().reshape(len(summary), -1)[:, 0]
        best = rows[self.best_index_]
        return "edge" if best in (rows[compared].min(), rows[compared].max()) else "clear"

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

    def _window_step(self):
        """Return the name of the pipeline's window step."""
        if isinstance(self.estimator, Pipeline):
            for name, step in self.estimator.steps:
                if isinstance(step, SlidingWindowTransformer):
                    return name
        raise ValueError(
            f"estimator is {self.estimator!r}, without a window step; expected a Pipeline with a "
            "SlidingWindowTransformer, such as make_pipeline(SlidingWindowTransformer(), "
            "GRUFrictionRegressor())."
        )

    def _lengths_in_rows(self, X):
        """Return the window lengths in rows, checked against runs and splitter."""
        order = row_order(X)
        lengths = list(self.window_lengths)
        if not lengths or len(set(map(str, lengths))) < len(lengths):
            raise ValueError(
                f"window_lengths is {lengths}; expected at least one length, each once."
            )
        rows = [order.length_in_rows(length) for length in lengths]
        longest_run = int(order.history.max())
        for length, n_rows in zip(lengths, rows, strict=True):
            if n_rows > longest_run:
                raise ValueError(
                    f"window length {length!r} ({n_rows} rows) is longer than the longest run of "
                    f"X ({longest_run} rows, n_samples={len(order.rows)}); leave it out or give "
                    "longer runs."
                )
        holdout = self._final_params().get("validation")
        for name, splitter in (("cv", self.cv), ("validation", holdout)):
            split_length = getattr(splitter, "window_length", None)
            if split_length is None or getattr(splitter, "purge", None) is not None:
                continue
            if order.length_in_rows(split_length) < max(rows):
                raise ValueError(
                    f"{name}={splitter!r} is made for windows of {split_length!r}, but the "
                    f"longest of window_lengths has {max(rows)} rows: training windows would "
                    "share rows with those it tests. Set its window_length to the longest one."
                )
        return rows

    def _final_params(self):
        """Return the parameters of the pipeline's last step."""
        return self.estimator.steps[-1][1].get_params(deep=False)

    def _candidate(self, window_step, length):
        """Return the pipeline for a window length, comparable with the longest one."""
        candidate = clone(self.estimator)
        candidate.set_params(
            **{
                f"{window_step}__window_length": length,
                f"{window_step}__min_history": self.longest_rows_,
            }
        )
        final_step = candidate.steps[-1][0]
        final_params = self._final_params()
        if "purge" in final_params and final_params["purge"] is None:
            candidate.set_params(**{f"{final_step}__purge": self.longest_rows_ - 1})
        return candidate

    def _scorer(self):
        """Return the scorer of out-of-fold predictions."""
        return windowed_scorer(self.scoring or "neg_mean_squared_error", self.longest_rows_)

    def _train_all(self, tasks, candidates, splits, rows, X, y):
        """Return the training of every task: from the store, or trained now."""
        scorer = None if self.cv is None else self._scorer()
        arguments = [
            (with_seed(candidates[index], self.seeds_[repeat]), X, y, splits[split], scorer)
            for index, repeat, split in tasks
        ]
        keys = None
        if self.memory is not None:
            data = training_key(X, y)
            keys = [
                training_key(data, estimator, split, scorer)
                for estimator, _, _, split, _ in arguments
            ]
        lengths = list(self.window_lengths)
        trainings, self.n_trained_ = run_trainings(
            train_once,
            arguments,
            keys=keys,
            costs=[rows[index] for index, _, _ in tasks],
            names=[
                f"window length {lengths[index]}, repeat {repeat + 1} of {self.n_repeats}"
                for index, repeat, _ in tasks
            ],
            n_jobs=self.n_jobs,
            memory=self.memory,
            verbose=self.verbose,
        )
        return dict(zip(tasks, trainings, strict=True))

    def _collect(self, tasks, trainings, rows):
        """Build the tidy table of all trainings."""
        self.results_ = pd.DataFrame(
            [
                {
                    "window_length": list(self.window_lengths)[index],
                    "rows": rows[index],
                    "repeat": repeat,
                    "split": split,
                    "seed": int(self.seeds_[repeat]),
                    **{
                        name: trainings[index, repeat, split][name]
                        for name in (
                            "score",
                            "n_epochs",
                            "best_epoch",
                            "n_training",
                            "n_validation",
                            "fit_time",
                            "status",
                        )
                    },
                }
                for index, repeat, split in tasks
            ]
        )
        failed = self.results_[self.results_["status"] != "finished"]
        if len(failed) == len(self.results_):
            raise ValueError(
                f"all {len(failed)} trainings failed, the first one with: "
                f"{failed['status'].iloc[0].removeprefix('failed: ')}"
            )
        if len(failed):
            warnings.warn(
                f"{len(failed)} of {len(self.results_)} trainings failed and count for nothing; "
                f"results_ names the reasons. The first one: {failed['status'].iloc[0]}",
                FitFailedWarning,
                stacklevel=3,
            )

    def _gains(self, scores):
        """Return scores as numbers of which greater is better."""
        return np.asarray(-scores if self.cv is None else scores, dtype=np.float64)

    def _scores_by_length(self):
        """Return the scores, shape (n_window_lengths, n_repeats * n_splits)."""
        return self.results_["score"].to_numpy().reshape(len(self.window_lengths), -1)

    def _p_value(self, scores, best):
        """Return the p-value of the paired test that scores are no worse than the best."""
        both = np.isfinite(scores) & np.isfinite(best)
        shortfall = self._gains(best[both]) - self._gains(scores[both])
        if both.sum() < 2 or not np.any(shortfall != shortfall[0]):
            return np.nan
        return float(ttest_rel(shortfall, np.zeros(len(shortfall)), alternative="greater").pvalue)

    def _summarize(self, parameter):
        """Build scikit-learn's dictionary and find the best window length."""
        gains = self._gains(self._scores_by_length())
        times = self.results_["fit_time"].to_numpy().reshape(len(gains), -1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=RuntimeWarning)
            mean, std = np.nanmean(gains, axis=1), np.nanstd(gains, axis=1)
        ranked = np.where(np.isnan(mean), -np.inf, mean)
        lengths = np.ma.masked_array(list(self.window_lengths), dtype=object)
        self.cv_results_ = {
            "mean_fit_time": times.mean(axis=1),
            "std_fit_time": times.std(axis=1),
            f"param_{parameter}": lengths,
            "params": [{parameter: length} for length in self.window_lengths],
            **{f"split{i}_test_score": gains[:, i] for i in range(gains.shape[1])},
            "mean_test_score": mean,
            "std_test_score": std,
            "rank_test_score": rankdata(-ranked, method="min").astype(np.int32),
        }
        self.best_index_ = int(ranked.argmax())
        self.best_window_length_ = list(self.window_lengths)[self.best_index_]
        self.best_params_ = {parameter: self.best_window_length_}
        self.best_score_ = float(mean[self.best_index_])

    def _keep(self, tasks, trainings, candidates, X, y):
        """Keep the trained models that were asked for, and the best one."""
        by_length = {length: [] for length in self.window_lengths}
        for task in tasks:
            length = list(self.window_lengths)[task[0]]
            by_length[length].append(trainings[task]["estimator"])
        self.estimators_ = by_length[self.best_window_length_]
        if self.keep_estimators == "best":
            by_length = {self.best_window_length_: self.estimators_}
        self.estimators_by_length_ = by_length
        if not self.refit:
            return
        if self.cv is None:
            self.best_estimator_ = self.median_estimator()
        else:
            best = with_seed(candidates[self.best_index_], self.seeds_[0])
            self.best_estimator_ = best.fit(X, y)
