"""The sweep of the window length."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._racing import run_race
from sklearn_frictiongru.model_selection._repeated_search import RepeatedSeedSearchCV, Scoring
from sklearn_frictiongru.model_selection._training_folder import TrainingFolder
from sklearn_frictiongru.preprocessing import find_window_steps


class WindowLengthSearchCV(RepeatedSeedSearchCV):
    r"""Find the window length with the lowest validation loss over repeated trainings.

    :class:`RepeatedSeedSearchCV` over the window length alone. Every length is trained
    `n_repeats` times, with the same seeds. All lengths are compared on the same target
    rows: `min_history` of the window step, and `purge` of the regressor where it has one,
    are set from the longest window, so that training targets, validation targets and
    purged rows are identical.

    Parameters
    ----------
    estimator : estimator
        Pipeline with a :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`
        step, ending in a regressor, or an estimator that holds such pipelines. All window steps get
        the same length.
    window_lengths : sequence of int, str or pandas.Timedelta
        Window lengths to compare, in rows or as times such as ``"400s"``.
    n_repeats : int, default=20
        Number of trainings of each window length, each with its own seed.
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
        the index of the best window length.
    error_score : float or "raise", default=nan
        Score of a training that fails; "raise" ends the search with its error.
    best_by : {"mean", "median", "one_se"}, default="mean"
        Criterion: the best mean over the repeats; the best median; or the shortest window
        whose mean is within one standard error of the best mean.
    elimination_alpha : float, default=None
        Error rate of successive elimination: after each repeat, window lengths that are
        clearly worse by paired tests over the common seeds are given up. The best length is
        given up with at most this probability. None trains all lengths.
    elimination_goal : {"best", "recommended"} or callable, default="best"
        What successive elimination looks for. "best": the length with the best mean, as above.
        "recommended", for ``cv=None``: the shortest length that is not distinguishable from the
        best. It gives up a length if the outcome of its test over all repeats can be foreseen
        with an error rate of `elimination_alpha`, and stops trainings early that cannot
        reach the best length's loss with the same seed; see the notes. A callable: as
        "recommended", for a recommendation that depends on more than the losses. After the race
        it gets the search, with the results so far, and the lengths that were given up as not
        better than a shorter one, the shortest first. It returns one of these, which is then
        completed, and is called again, until it returns None.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each training is stored as soon as it finishes; the same call then does
        only missing trainings. A killed training resumes from a checkpoint at most five
        epochs old, with the identical result on a CPU. Workers on other machines resume only
        if they see the folder under the same path.
    random_state : int, RandomState instance or None, default=None
        Source of the seeds of the repeats.
    keep_estimators : {"best", "all"}, default="best"
        Which trained models to keep: those of the best window length, or of all lengths.
    verbose : int, default=0
        Whether to show the remaining trainings and time: as a bar, or as lines if the output
        goes to a file.

    Attributes
    ----------
    results_ : pandas.DataFrame of shape (n_trainings, n_columns)
        A row per window length, repeat and split: ``window_length``, ``rows`` (of a
        window), ``repeat``, ``split``, ``seed``, ``score``, ``n_epochs``, ``best_epoch``,
        ``n_training`` and ``n_validation`` (windows), ``fit_time`` and ``score_time`` in
        seconds and ``status`` ("finished", "failed: ..." with the reason, "given up: ..." with
        the p-value or the reason, or "stopped: ..." with the epoch). Several scorers have a
        column each, such as ``score_r2``.
        Without a splitter the score is the lowest validation loss in squared units of the
        target: less is better.
    learning_curves_ : pandas.DataFrame of shape (n_epochs_in_all, n_columns)
        A row per window length, repeat, split and epoch, with the columns of the
        regressor's `history_`; empty if it has none.
    cv_results_ : dict of ndarray of shape (n_window_lengths,)
        scikit-learn's dictionary over `results_`. As in scikit-learn, greater scores are
        better, so that without a splitter ``mean_test_score`` and the others are negated losses.
    best_index_ : int
        Index of the best window length in `window_lengths`, by `best_by`.
    best_window_length_ : int, str or pandas.Timedelta
        The best window length, as given.
    best_params_ : dict
        The parameters that set it in the estimator.
    best_score_ : float
        Its ``mean_test_score``.
    best_estimator_ : Pipeline
        Without a splitter, the repeat at the best window length whose loss is the median,
        as trained: nothing is trained on validation rows after the selection. With a
        splitter, the first seed, fitted on all rows.
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
    n_saved_ : int
        Number of trainings that `elimination_alpha` saved.
    saved_share_ : float
        Estimated share of the total training time that these trainings would have taken, from
        the mean time of their window lengths.
    multimetric_ : bool
        Whether there are several scorers.
    verdict_ : {"clear", "tied", "edge"}
        How clearly the best window length won.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`, where all are strings.

    Raises
    ------
    ValueError
        Before anything is trained: if the estimator has no window step that can be set, the
        longest window does not fit into the training part of a run, a splitter leaks, or a
        scorer does not fit the splits. After training: if not exactly one regressor has a
        validation loss, or all trainings fail.

    See Also
    --------
    RepeatedSeedSearchCV : Compares any parameters.
    WindowLengthDisplay : Draws the losses as box plots.
    LearningCurvesDisplay : Draws the learning curves of all repeats.
    sklearn_frictiongru.neural_network.GRUFrictionRegressor : The network that is trained.

    Notes
    -----
    The comparison of lengths, and the common training of repeats on a CUDA GPU, are described
    for :class:`RepeatedSeedSearchCV`.

    ``elimination_goal="recommended"`` is stochastic curtailment. After each repeat n of N, from the
    third on, the outcome of the one-sided paired t-test at 5 % over all N repeats is predicted
    from the differences d of the log losses so far, with mean m and standard deviation s: the mean
    over all repeats is :math:`m + s \sqrt{(N - n) / (n N)}\, t_{n-1}`. Given up is a length that
    turns out worse than the best of K lengths with a predictive probability above 1 - e / (K - 1),
    with e = `elimination_alpha`, and a longer length that turns out better than the shortest
    remaining one with a probability below e. After the race, as long as such a longer length is
    shorter than the recommended one, and no worse than the best by the paired test over its
    repeats, the shortest of these is completed. The rate e is that of each decision: over all
    repeats, the recommended length differs more often from that without elimination where
    lengths are nearly equal (in simulations of three lengths with losses within 10 %, in 5 to 15 %
    of the records for e = 0.05). Lengths that were given up
    are neither best nor recommended.

    From the second repeat on, the leading length is trained first. Another training is stopped in
    an epoch if its lowest loss so far would not come down to that of the leading length with the
    same seed, even with 1.5 times the largest improvement, in logarithms, that any completed
    training made from that epoch on. Its loss counts in the race with the median improvement; in
    `results_` its score is NaN. The shortest length, and all trainings of lengths that
    are not given up, are completed. None of this depends on `n_jobs` or on what is stored.

    References
    ----------
    Spiegelhalter, D. J., Freedman, L. S., Blackburn, P. R. (1986). Monitoring clinical trials:
    conditional or predictive power? Controlled Clinical Trials, 7(1), 8-17.

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
    >>> search = WindowLengthSearchCV(model, [2, 6], n_repeats=2, random_state=0).fit(
    ...     X, y
    ... )
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
        name: allowed
        for name, allowed in RepeatedSeedSearchCV._parameter_constraints.items()
        if name != "param_grid"
    } | {
        "window_lengths": ["array-like"],
        "elimination_goal": [StrOptions({"best", "recommended"}), callable],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        window_lengths: Sequence[int | str | pd.Timedelta],
        *,
        n_repeats: int = 20,
        cv: int | BaseCrossValidator | None = None,
        scoring: Scoring = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[dict[str, Any]], int] = True,
        error_score: float | Literal["raise"] = np.nan,
        best_by: Literal["mean", "median", "one_se"] = "mean",
        elimination_alpha: float | None = None,
        elimination_goal: Literal["best", "recommended"]
        | Callable[[WindowLengthSearchCV, list[Any]], Any] = "best",
        memory: str | os.PathLike[str] | joblib.Memory | TrainingFolder | None = None,
        random_state: int | np.random.RandomState | None = None,
        keep_estimators: Literal["best", "all"] = "best",
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.window_lengths = window_lengths
        self.n_repeats = n_repeats
        self.cv = cv
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.error_score = error_score
        self.best_by = best_by
        self.elimination_alpha = elimination_alpha
        self.elimination_goal = elimination_goal
        self.memory = memory
        self.random_state = random_state
        self.keep_estimators = keep_estimators
        self.verbose = verbose

    @property
    def best_window_length_(self) -> int | str | pd.Timedelta:
        """The best window length, as given."""
        check_is_fitted(self, "best_index_")
        return self._length(self.best_index_)

    @property
    def estimators_by_length_(self) -> dict[Any, list[Any]]:
        """The trained models of each window length that are kept, a dict of list."""
        return {self._length(candidate): models for candidate, models in self._kept.items()}

    def median_estimator(self, window_length: int | str | pd.Timedelta | None = None) -> Any:
        """Return the repeat with the median score at a window length, as trained.

        Parameters
        ----------
        window_length : int, str or pandas.Timedelta, default=None
            One of `window_lengths`; the best one if None.

        Returns
        -------
        Pipeline
            The model; for an even number of repeats the better one of the middle two.

        Raises
        ------
        ValueError
            If the models of that window length were not kept.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import SGDRegressor
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn_frictiongru.model_selection import (
        ...     PurgedKFold,
        ...     WindowLengthSearchCV,
        ... )
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X = np.random.default_rng(0).normal(size=(200, 1))
        >>> y = np.convolve(X[:, 0], np.ones(6) / 6)[:200]
        >>> search = WindowLengthSearchCV(
        ...     make_pipeline(SlidingWindowTransformer(flatten=True), SGDRegressor()),
        ...     [2, 6],
        ...     n_repeats=3,
        ...     cv=PurgedKFold(2, window_length=6),
        ...     keep_estimators="all",
        ...     random_state=0,
        ... ).fit(X, y)
        >>> search.median_estimator(2)[0].window_length_
        2
        >>> search.median_estimator()[0].window_length_
        6
        """
        check_is_fitted(self)
        lengths = list(self.window_lengths)
        if window_length is None:
            return super().median_estimator()
        if window_length not in lengths:
            raise ValueError(
                f"window length {window_length!r} was not compared; expected one of {lengths}."
            )
        return super().median_estimator(lengths.index(window_length))

    @property
    def verdict_(self) -> Literal["clear", "tied", "edge"]:
        """How clearly the best window length won: "clear", "tied" or "edge".

        "tied": at least one other length is not distinguishable from it over the common seeds.
        "edge": it is the shortest or longest of those compared, so that the optimum may be
        outside. "clear": neither. Lengths whose trainings all failed are not compared.
        """
        verdict = super().verdict_
        rows = np.asarray(self._rows)[np.isfinite(self._gains()).any(axis=1)]
        at_the_end = self._rows[self.best_index_] in (rows.min(), rows.max())
        return "edge" if verdict == "clear" and at_the_end else verdict

    def _candidate_params(self):
        if self.elimination_goal != "best" and self.cv is not None:
            raise ValueError(
                f"elimination_goal={self.elimination_goal!r} compares lowest validation losses, "
                f"but cv={self.cv!r} compares scores of a splitter. Use cv=None, or "
                "elimination_goal='best'."
            )
        steps = [step for step in find_window_steps(self.estimator) if step.settable]
        lengths = list(self.window_lengths)
        if not steps:
            raise ValueError(
                f"estimator is {self.estimator!r}, without a window step; expected a Pipeline "
                "with a SlidingWindowTransformer that is not frozen, such as "
                "make_pipeline(SlidingWindowTransformer(), GRUFrictionRegressor())."
            )
        if not lengths or len(set(map(str, lengths))) < len(lengths):
            raise ValueError(
                f"window_lengths is {lengths}; expected at least one length, each once."
            )
        return [{step.parameter("window_length"): length for step in steps} for length in lengths]

    def _race(self, trainings, places):
        if self.elimination_goal == "best":
            return super()._race(trainings, places)
        reconsider = None
        if callable(self.elimination_goal):
            reconsider = partial(self._reconsider, trainings, places)
        return run_race(trainings, self._rows, self.n_repeats, self.elimination_alpha, reconsider)

    def _reconsider(self, trainings, places, given_up, not_better):
        """Return one of the candidates that were given up as not better, or None."""
        self._gather(trainings, places, given_up)
        lengths = list(map(self._length, not_better))
        length = self.elimination_goal(self, lengths)
        if length is None:
            return None
        if length not in lengths:
            raise ValueError(
                f"elimination_goal returned {length!r}; expected None or one of the lengths "
                f"{lengths}, which were given up as not better than a shorter one."
            )
        return not_better[lengths.index(length)]

    def _length(self, candidate):
        return list(self.window_lengths)[candidate]

    def _candidate_columns(self, candidate):
        return {"window_length": self._length(candidate), "rows": self._rows[candidate]}

    def _candidate_index(self):
        return pd.Index(list(self.window_lengths), name="window_length")

    def _candidate_name(self, candidate):
        return f"window length {self._length(candidate)!r}"
