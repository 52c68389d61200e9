"""Scores and predictions on rows with their full history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.metrics import get_scorer
from sklearn.utils import _safe_indexing
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.validation import _num_samples

from sklearn_frictiongru.model_selection._purge import PurgedSplitter
from sklearn_frictiongru.preprocessing import Runs


class windowed_scorer:
    """Scorer that counts only rows with a full history.

    scikit-learn's own scorers count every test row, those at the beginning of a run
    included, whose windows are padded. This one predicts for all rows and scores those
    whose run, as the index of `X` shows it, reaches back a whole window. With
    :class:`PurgedKFold` these are the rows of the test blocks, without their warm-up.

    Parameters
    ----------
    scoring : str or callable
        Any of scikit-learn's scorers that need predictions only, such as
        "neg_mean_squared_error".
    window_length : int, str or pandas.Timedelta
        Rows of a window, or a time such as ``"400s"``. Where several are compared, the
        longest, so that all are scored on the same rows.

    Raises
    ------
    ValueError
        When called with data in which no row has a full history.

    See Also
    --------
    PurgedKFold : Splits whose test rows have their history in front of them.
    sklearn.metrics.get_scorer : The scorers by name.

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
        self, scoring: str | Callable[..., float], window_length: int | str | pd.Timedelta
    ) -> None:
        self.scoring = scoring
        self.window_length = window_length

    def __call__(
        self, estimator: Any, X: Any, y: ArrayLike, groups: ArrayLike | None = None
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
            Run labels of a table without a pandas index, handed on to `predict`.

        Returns
        -------
        float
            Score; greater is better.

        Raises
        ------
        ValueError
            If no row has a full history.
        """
        scored = rows_with_history(X, self.window_length, groups)
        if not scored.any():
            raise ValueError(
                f"no row of {len(scored)} has the full history of "
                f"window_length={self.window_length!r}; nothing can be scored. Use "
                "PurgedKFold(warmup=True), fewer folds or a shorter window length."
            )
        scored = np.flatnonzero(scored)
        labels = {} if groups is None else {"groups": groups}
        predictions = np.asarray(estimator.predict(X, **labels))[scored]
        scorer = get_scorer(self.scoring) if isinstance(self.scoring, str) else self.scoring
        return scorer(_Predicted(predictions), _safe_indexing(X, scored), _safe_indexing(y, scored))

    def get_metadata_routing(self) -> MetadataRequest:
        """Ask scikit-learn's metadata routing for run labels.

        Returns
        -------
        MetadataRequest
            The request: `groups`, where they are given.
        """
        request = MetadataRequest(owner=type(self).__name__)
        request.score.add_request(param="groups", alias=True)
        return request

    def __repr__(self):
        return f"windowed_scorer({self.scoring!r}, window_length={self.window_length!r})"


class _Predicted(RegressorMixin, BaseEstimator):
    """Stand-in that hands a scorer predictions already made."""

    def __init__(self, predictions):
        self.predictions = predictions

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        return self.predictions


def rows_with_history(X, window_length, groups=None):
    """Find the rows whose run reaches back a whole window."""
    runs = Runs.of(X, groups=groups)
    return runs.history >= runs.rows_of(window_length)


def out_of_fold_predictions(
    pipeline: Any, X: Any, y: ArrayLike, cv: PurgedSplitter
) -> NDArray[np.float64]:
    """Predict every row by a model that was not trained on it, with full history.

    :func:`~sklearn.model_selection.cross_val_predict` wants test folds without warm-up
    rows, whose first windows then lack their history. Here they ride along and only
    rows with a full history are kept.

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
        As the splitter's `split` and the pipeline's `fit`.

    See Also
    --------
    skill_score : What they are worth, compared with two simple baselines.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn_frictiongru.model_selection import PurgedKFold, out_of_fold_predictions
    >>> X = np.arange(12.0).reshape(-1, 1)
    >>> cv = PurgedKFold(n_splits=2, window_length=3)
    >>> out_of_fold_predictions(LinearRegression(), X, 2 * X[:, 0], cv).round(6)
    array([nan, nan,  4.,  6.,  8., 10., 12., 14., 16., 18., 20., 22.])
    """
    predictions = np.full((_num_samples(X), *np.shape(y)[1:]), np.nan)
    for train, test in cv.split(X, y):
        model = clone(pipeline).fit(_safe_indexing(X, train), _safe_indexing(y, train))
        tested = _safe_indexing(X, test)
        known = rows_with_history(tested, cv.window_length)
        predictions[test[known]] = np.asarray(model.predict(tested))[known]
    return predictions
