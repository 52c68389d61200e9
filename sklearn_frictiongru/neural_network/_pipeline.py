"""The regressor at the end of a pipeline, and what reaches it."""

from sklearn.pipeline import Pipeline

from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor


def regressor_and_input(estimator, X):
    """Split a fitted pipeline into its regressor and that regressor's input.

    Parameters
    ----------
    estimator : GRUFrictionRegressor or Pipeline that ends in one
        Fitted estimator.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Input of the estimator.

    Returns
    -------
    regressor : GRUFrictionRegressor
        The regressor.
    windows : object
        Its input.

    Raises
    ------
    TypeError
        If the estimator is neither.
    """
    windows = X
    regressor = estimator
    if isinstance(estimator, Pipeline):
        regressor = estimator[-1]
        if len(estimator) > 1:
            windows = estimator[:-1].transform(X)
    if not isinstance(regressor, GRUFrictionRegressor):
        raise TypeError(
            f"the estimator is a {type(regressor).__name__}; expected a GRUFrictionRegressor or "
            "a Pipeline that ends in one."
        )
    return regressor, windows
