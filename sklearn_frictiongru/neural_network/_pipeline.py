"""The regressors inside a fitted estimator, and what reaches them."""

from dataclasses import dataclass

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor


@dataclass(frozen=True)
class Inside:
    """What an estimator is made of.

    Attributes
    ----------
    final : GRUFrictionRegressor or GRUFrictionEnsemble
        What predicts.
    regressors : list of GRUFrictionRegressor
        The regressor, or the members of the ensemble.
    windows : object
        What reaches them.
    front : list of tuple
        Names and transformers in front of them.
    """

    final: object
    regressors: list
    windows: object
    front: list


def look_inside(estimator, X):
    """Find the regressors of a fitted estimator, and their input.

    Parameters
    ----------
    estimator : GRUFrictionRegressor, GRUFrictionEnsemble, Pipeline or search
        Fitted estimator: a regressor, an ensemble, a pipeline that ends in one, or a
        search over these that has a `best_estimator_`.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Input of the estimator.

    Returns
    -------
    Inside
        What was found.

    Raises
    ------
    TypeError
        If the estimator is none of these.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
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
    """Return the single trainings of an estimator, or several estimators as they are.

    Parameters
    ----------
    estimators : estimator or sequence of estimators
        A sequence is returned as a list. A search stands for the trained models of its
        best candidate, an ensemble, alone or at the end of a pipeline, for its members.

    Returns
    -------
    list of estimator
        The models.
    """
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
