"""The regressors inside a fitted estimator, and what reaches them."""

from dataclasses import dataclass

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor


@dataclass(frozen=True)
class Inside:
    """What an estimator is made of."""

    # What predicts.
    final: object
    # The regressor, or the members of the ensemble.
    regressors: list
    # What reaches them.
    windows: object
    # Names and transformers in front of them.
    front: list


def look_inside(estimator, X):
    """Find the regressors of a fitted estimator, and their input."""
    check_is_fitted(estimator)
    if hasattr(estimator, "best_estimator_"):
        return look_inside(estimator.best_estimator_, X)
    if isinstance(estimator, Pipeline):
        front = [(name, step) for name, step in estimator.steps[:-1]]
        found = look_inside(estimator[-1], estimator[:-1].transform(X) if front else X)
        return Inside(found.final, found.regressors, found.windows, front + found.front)
    if isinstance(estimator, GRUFrictionEnsemble):
        return Inside(estimator, list(estimator.estimators_), X, [])
    if isinstance(estimator, GRUFrictionRegressor):
        return Inside(estimator, [estimator], X, [])
    raise TypeError(
        f"the estimator is a {type(estimator).__name__}; expected a GRUFrictionRegressor, a "
        "GRUFrictionEnsemble, a Pipeline that ends in one, or a search with a best_estimator_."
    )


def models_inside(estimators):
    """Return the single trainings of an estimator, or several estimators as they are."""
    if isinstance(estimators, list | tuple):
        return list(estimators)
    check_is_fitted(estimators)
    if hasattr(estimators, "estimators_"):
        return [model for model in estimators.estimators_ if model is not None]
    if isinstance(estimators, Pipeline) and hasattr(estimators[-1], "estimators_"):
        name = estimators.steps[-1][0]
        return [
            Pipeline([*estimators.steps[:-1], (name, member)])
            for member in models_inside(estimators[-1])
        ]
    if hasattr(estimators, "best_estimator_"):
        return models_inside(estimators.best_estimator_)
    return [estimators]
