"""Prediction, scoring and metadata routing of a search, with its best estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._fit_params import add_scorers_to, routed_to_best
from sklearn_frictiongru.model_selection._search_setup import scorers_by_name


def _is_refitted(search):
    """Return whether a search keeps a best estimator, so that it can predict."""
    return bool(search.refit)


class BestEstimatorMixin:
    """Methods of a search that use its best estimator."""

    estimator: Any
    best_estimator_: Any
    cv: Any
    scoring: Any

    @available_if(_is_refitted)
    def predict(self, X: ArrayLike, **params: Any) -> NDArray[np.float64]:
        """Predict with the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        **params : dict of str to object
            Further arguments of `predict` of the best estimator, such as `groups` by metadata
            routing.

        Returns
        -------
        ndarray of shape (n_rows,)
            Predictions, in the unit of the target.
        """
        check_is_fitted(self)
        return self.best_estimator_.predict(X, **routed_to_best(self, "predict", params))

    @available_if(_is_refitted)
    def score(self, X: ArrayLike, y: ArrayLike, **params: Any) -> float:
        """Score the best estimator.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        y : array-like of shape (n_rows,)
            Targets.
        **params : dict of str to object
            Further arguments of the score, such as `groups` by metadata routing.

        Returns
        -------
        float
            With a splitter or `scoring` the score of the search, otherwise the score of the
            estimator itself.
        """
        check_is_fitted(self)
        name, scorer = self._final_scorer()
        if scorer is None:
            return self.best_estimator_.score(X, y, **routed_to_best(self, "score", params))
        params = routed_to_best(self, "score", params, scorer=name)
        return scorer(self.best_estimator_, X, y, **params)

    def get_metadata_routing(self) -> MetadataRouter:
        """Tell scikit-learn's metadata routing which metadata each object gets.

        Returns
        -------
        MetadataRouter
            Routes to `fit`, `predict` and `score` of the estimator, `split` of the splitter
            and the scorers.
        """
        to_estimator = MethodMapping()
        for method in ("fit", "predict"):
            to_estimator.add(caller=method, callee=method)
        scorers = self._scorers_of_score()
        if not scorers:
            to_estimator.add(caller="score", callee="score")
        router = MetadataRouter(owner=type(self).__name__)
        router.add(estimator=self.estimator, method_mapping=to_estimator)
        if self.cv is not None:
            to_splitter = MethodMapping().add(caller="fit", callee="split")
            router.add(splitter=check_cv(self.cv), method_mapping=to_splitter)
        add_scorers_to(router, scorers)
        return router

    @property
    def n_features_in_(self) -> int:
        """Number of columns seen in `fit`."""
        return self.best_estimator_.n_features_in_

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the columns seen in `fit`."""
        return self.best_estimator_.feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags.pairwise = inner.input_tags.pairwise
        tags.input_tags.sparse = inner.input_tags.sparse
        return tags

    def _scorers_of_score(self):
        """Return the scorers that `fit` or `score` calls, by name."""
        if self.cv is None and not (isinstance(self.scoring, str) or callable(self.scoring)):
            return {}
        rows, max_gap = getattr(self, "longest_rows_", 1), getattr(self, "_max_gap", None)
        return scorers_by_name(self.scoring, rows, max_gap, getattr(self, "_windowed", True))

    def _final_scorer(self):
        """Return the name of the scorer that decides, and the scorer; None for the estimator's."""
        scorers = self._scorers_of_score()
        if not scorers:
            return None, None
        name = self._deciding_metric if self.cv is not None else next(iter(scorers))
        return name, scorers[name]
