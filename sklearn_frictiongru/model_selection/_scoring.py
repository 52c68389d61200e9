"""Scores and predictions on rows with their full history."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.metrics import get_scorer
from sklearn.utils import _safe_indexing
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.validation import _check_method_params, _num_samples

from sklearn_frictiongru.model_selection._estimator_windows import (
    check_scored_windows,
    check_windows_of_splitters,
    check_wrappers,
    common_max_gap,
    history_wanted,
    window_rows,
    with_max_gap,
)
from sklearn_frictiongru.model_selection._purge import PurgedSplitter
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.durations import read_duration
from sklearn_frictiongru.utils.nested import predicting_estimators, warn_of_opaque
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import values_per_row, without_masks


class windowed_scorer:
    """Scorer that counts only rows with a full history.

    scikit-learn's own scorers count every test row, including those at the beginning of a
    run, whose windows are padded. This scorer predicts for all rows and scores those with a
    whole window of previous rows in their run, according to the index of `X`. With
    :class:`PurgedKFold` these are the rows of the test blocks, without their warm-up.

    Parameters
    ----------
    scoring : str or callable
        Any of scikit-learn's scorers that need only predictions, such as
        "neg_mean_squared_error".
    window_length : int, str, pandas.Timedelta or numpy.timedelta64
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest, so that all are scored on the same rows.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run, as in
        :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer`: sampling intervals,
        or a time such as ``"5s"``. None uses `max_gap` of the scored estimator's window step,
        or 1.5 sampling intervals without such a step.

    Raises
    ------
    ValueError
        When made with an unknown scorer, one that needs more than the predictions of a
        regressor, a metric of ``(y_true, y_pred)`` or a duration that is a float; when called with
        data in which no row has a full history, or with an estimator of longer windows.

    See Also
    --------
    PurgedKFold : Splits whose test rows are preceded by their history.
    sklearn.metrics.get_scorer : The scorers by name.
    PurgedTimeSeriesSplit : Splits that train only on rows before the test block.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn_frictiongru.model_selection import windowed_scorer
    >>> X, y = np.zeros((6, 1)), np.array([9.0, 9.0, 1.0, 1.0, 1.0, 1.0])
    >>> model = DummyRegressor(strategy="constant", constant=1.0).fit(X, y)
    >>> score = windowed_scorer("neg_mean_squared_error", window_length=3)
    >>> float(score(model, X, y)) == 0.0
    True
    """

    def __init__(
        self,
        scoring: str | Callable[..., float],
        window_length: Duration,
        *,
        max_gap: Duration | None = None,
    ) -> None:
        _check_scoring(scoring)
        read_duration(window_length, "window_length")
        if max_gap is not None:
            read_duration(max_gap, "max_gap")
        self.scoring = scoring
        self.window_length = window_length
        self.max_gap = max_gap

    def __call__(
        self,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        **params: Any,
    ) -> float:
        """Score an estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted regressor or pipeline.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows, with their warm-up; or windows.
        y : array-like of shape (n_rows,)
            Targets.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index, passed on to `predict`.
        **params : dict of str to object
            Further arguments of the scorer, such as `sample_weight`; of values with one entry per
            row, those of the scored rows are used.

        Returns
        -------
        float
            Score; greater is better.

        Raises
        ------
        ValueError
            If no row has a full history.
        """
        y = targets_per_row(X, y)
        params = {name: _per_row_checked(X, values, name) for name, values in params.items()}
        max_gap = self.max_gap
        if max_gap is None:
            _, max_gap = history_wanted(estimator)
        runs = Runs.of(X, groups=groups, max_gap=max_gap)
        n_rows = runs.rows_of(self.window_length)
        check_scored_windows(estimator, n_rows, self)
        has_history = runs.history >= n_rows
        if not has_history.any():
            raise ValueError(
                f"no row of {len(has_history)} has the full history of "
                f"window_length={self.window_length!r}; nothing can be scored. Use "
                "PurgedKFold(warmup=True), fewer folds or a shorter window length; if single "
                f"rows are missing, raise max_gap (now {max_gap!r})."
            )
        scored = np.flatnonzero(has_history)
        labels = {} if groups is None else {"groups": groups}
        if labels and not _takes_groups(estimator.predict):
            raise ValueError(
                f"groups cannot reach the window step through {type(estimator).__name__}.predict; "
                "name the runs in the index, with_runs(X, groups=...)."
            )
        predictions = np.asarray(estimator.predict(X, **labels))[scored]
        scorer = get_scorer(self.scoring) if isinstance(self.scoring, str) else self.scoring
        return scorer(
            _Predicted(predictions),
            _safe_indexing(X, scored),
            _safe_indexing(y, scored),
            **_check_method_params(X, params, indices=scored),
        )

    def get_metadata_routing(self) -> MetadataRequest:
        """Request run labels, and what the scorer requests, from scikit-learn's metadata routing.

        Returns
        -------
        MetadataRequest
            The request: `groups`, if they are given, and the request of the scorer.
        """
        request = MetadataRequest(owner=type(self).__name__)
        request.score.add_request(param="groups", alias=True)
        scorer = get_scorer(self.scoring)
        if hasattr(scorer, "get_metadata_routing"):
            for param, alias in scorer.get_metadata_routing().score.requests.items():
                if alias is not None:
                    request.score.add_request(param=param, alias=alias)
        return request

    def __repr__(self):
        gap = "" if self.max_gap is None else f", max_gap={self.max_gap!r}"
        return f"windowed_scorer({self.scoring!r}, window_length={self.window_length!r}{gap})"


def targets_per_row(X, y):
    """Return the targets of the rows of a table, checked; raise where there are none."""
    if y is None:
        raise ValueError("y is None; expected one target for each row of X.")
    return values_per_row(X, y)


def _per_row_checked(X, values, name):
    """Return an argument of a scorer, checked if it has one value for each row of a table."""
    if np.ndim(values) == 0 or isinstance(values, dict) or len(values) != _num_samples(X):
        return values
    return values_per_row(X, values, name)


def _takes_groups(method):
    """Tell whether a method accepts run labels, or any arguments."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (ValueError, TypeError):
        return True
    return any(each.name == "groups" or each.kind is each.VAR_KEYWORD for each in parameters)


class _Predicted(RegressorMixin, BaseEstimator):
    """Replacement for an estimator that gives a scorer existing predictions."""

    def __init__(self, predictions):
        self.predictions = predictions

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        return self.predictions


def _check_scoring(scoring):
    """Raise if something cannot score predictions, before anything is trained."""
    if isinstance(scoring, str):
        try:
            scorer = get_scorer(scoring)
        except ValueError as error:
            raise ValueError(
                f"scoring is {scoring!r}, which scikit-learn does not know; expected a name such "
                "as 'neg_mean_squared_error' (sklearn.metrics.get_scorer_names() lists them)."
            ) from error
        _try(scorer, scoring)
        return
    if not callable(scoring):
        raise ValueError(
            f"scoring is {scoring!r}; expected the name of a scorer, or a callable of "
            "(estimator, X, y)."
        )
    try:
        parameters = list(inspect.signature(scoring).parameters.values())
    except (ValueError, TypeError):
        return
    by_place = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [p.name for p in by_place]
    if names[:1] == ["y_true"] or "y_pred" in names[:2]:
        raise ValueError(
            f"scoring is {scoring!r}, a metric of (y_true, y_pred); expected a scorer of "
            "(estimator, X, y). Wrap it with sklearn.metrics.make_scorer."
        )
    n_needed = sum(p.default is p.empty for p in by_place)
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if n_needed > 3 or (len(by_place) < 3 and not takes_any):
        raise ValueError(
            f"scoring is {scoring!r}, which takes ({', '.join(names)}); expected a callable of "
            "(estimator, X, y)."
        )


def _try(scorer, name):
    """Raise if a scorer needs something other than the predictions of a regressor."""
    targets = np.array([0.1, 0.3, 0.2])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(_Predicted(targets), np.zeros((3, 1)), targets)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"scoring is {name!r}, which cannot score the predictions of a regressor ({error}); "
            "expected a scorer such as 'neg_mean_squared_error' or 'r2'."
        ) from error


def out_of_fold_predictions(
    pipeline: Any, X: Any, y: ArrayLike, cv: PurgedSplitter
) -> NDArray[np.float64]:
    """Predict every row with full history by a model that was not trained on it.

    :func:`~sklearn.model_selection.cross_val_predict` requires test folds without warm-up
    rows, whose first windows then lack their history. Here the warm-up rows are included,
    and only predictions of rows with a full history are kept.

    Parameters
    ----------
    pipeline : estimator
        Pipeline of windows and regressor; cloned for each fold.
    X : array-like of shape (n_rows, n_features)
        Rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets.
    cv : PurgedKFold, PurgedTimeSeriesSplit or PurgedLeaveRunsOut
        Splitter with a `window_length`.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Predictions, in the unit of the targets; NaN for rows that no fold can predict with
        their full history.

    Raises
    ------
    ValueError
        If the splitter is made for shorter windows than the pipeline's; and as described for the
        splitter's `split` and the pipeline's `fit`.

    See Also
    --------
    skill_score : Compares predictions with two simple baselines.
    rotated_predictions : Predictions of the whole record, with validation inside.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn_frictiongru.model_selection import (
    ...     PurgedKFold,
    ...     out_of_fold_predictions,
    ... )
    >>> X = np.arange(12.0).reshape(-1, 1)
    >>> cv = PurgedKFold(n_splits=2, window_length=3)
    >>> out_of_fold_predictions(LinearRegression(), X, 2 * X[:, 0], cv).round(6)
    array([nan, nan,  4.,  6.,  8., 10., 12., 14., 16., 18., 20., 22.])
    """
    X, y = without_masks(X), targets_per_row(X, y)
    check_wrappers(pipeline, X)
    warn_of_opaque(pipeline, "out_of_fold_predictions")
    max_gap = common_max_gap([pipeline], cv)
    runs = Runs.of(X, max_gap=max_gap)
    check_windows_of_splitters(cv, pipeline, runs, window_rows(pipeline, runs, X))
    cv = with_max_gap(cv, max_gap, runs, X, None)
    n_rows = runs.rows_of(cv.window_length)
    predictions = np.full((_num_samples(X), *np.shape(y)[1:]), np.nan)
    for train, test in cv.split(X, y):
        model = clone(pipeline).fit(_safe_indexing(X, train), _safe_indexing(y, train))
        if any(getattr(each, "interrupted_", False) for each in predicting_estimators(model)):
            raise KeyboardInterrupt("interrupted while a fold was trained")
        tested = _safe_indexing(X, test)
        known = Runs.of(tested, max_gap=max_gap).history >= n_rows
        predicted = np.asarray(model.predict(tested)).reshape(len(test), *np.shape(y)[1:])
        predictions[test[known]] = predicted[known]
    return predictions
