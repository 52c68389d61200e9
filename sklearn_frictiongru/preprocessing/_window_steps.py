"""The window steps of an estimator, however deeply nested."""

from __future__ import annotations

from typing import Any

from sklearn_frictiongru.preprocessing._sliding_window import SlidingWindowTransformer
from sklearn_frictiongru.utils.nested import Nested, nested_estimators, predicting_estimators


def find_window_steps(estimator: Any) -> list[Nested]:
    """Find the window steps of an estimator, however deeply nested.

    Every estimator that holds estimators as parameters is searched: pipelines in pipelines,
    :class:`~sklearn.compose.TransformedTargetRegressor`, voting, stacking, searches,
    :class:`~sklearn.frozen.FrozenEstimator` and meta-estimators of other packages.

    Parameters
    ----------
    estimator : estimator
        Fitted or not; its parameters are searched.

    Returns
    -------
    list of Nested
        One for each :class:`SlidingWindowTransformer`, with the attributes ``estimator``,
        the step; ``path``, its name for ``set_params``, such as ``"regressor__window"``;
        ``settable``, whether ``set_params`` accepts that name; and ``around``, a tuple of
        the estimators that contain it, outermost first.

    See Also
    --------
    SlidingWindowTransformer : The step that is searched for.
    fitted_window_steps : Finds the steps that a fitted estimator predicts with.

    Examples
    --------
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import Pipeline
    >>> from sklearn_frictiongru.preprocessing import (
    ...     SlidingWindowTransformer,
    ...     find_window_steps,
    ... )
    >>> window = SlidingWindowTransformer(10, flatten=True)
    >>> model = TransformedTargetRegressor(
    ...     Pipeline([("window", window), ("ridge", Ridge())])
    ... )
    >>> [step.path for step in find_window_steps(model)]
    ['regressor__window']
    """
    return [
        nested
        for nested in nested_estimators(estimator)
        if isinstance(nested.estimator, SlidingWindowTransformer)
    ]


def fitted_window_steps(estimator: Any) -> list[SlidingWindowTransformer]:
    """Find the window steps that a fitted estimator predicts with, however deeply nested.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator.

    Returns
    -------
    list of SlidingWindowTransformer
        The fitted steps.

    See Also
    --------
    find_window_steps : Finds the steps among the parameters, with their names.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_frictiongru.preprocessing import (
    ...     SlidingWindowTransformer,
    ...     fitted_window_steps,
    ... )
    >>> X = np.random.default_rng(0).normal(size=(50, 1))
    >>> window = SlidingWindowTransformer(10, flatten=True)
    >>> model = TransformedTargetRegressor(make_pipeline(window, Ridge())).fit(
    ...     X, X[:, 0]
    ... )
    >>> [step.window_length_ for step in fitted_window_steps(model)]
    [10]
    """
    return [
        part
        for part in predicting_estimators(estimator)
        if isinstance(part, SlidingWindowTransformer) and hasattr(part, "window_length_")
    ]
