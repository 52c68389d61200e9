"""Permutation importance, compared with gradient importance."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from scipy.stats import spearmanr
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

from sklearn_frictiongru.inspection._gradient_importance import SETTINGS, targets_of
from sklearn_frictiongru.inspection._inspector import GradientImportance
from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.neural_network._function import ModelFunction, single_models
from sklearn_frictiongru.utils.blocks import members_of
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import check_same_index
from sklearn_frictiongru.utils.workers import side_by_side

PREDICT_BATCH_SIZE = 256


@check_parameters(
    {
        "estimators": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "block_length": [Interval(Integral, 1, None, closed="left"), None],
        "output": SETTINGS["output"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }
)
def compare_permutation(
    estimators: BaseEstimator | Sequence[BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_repeats: int = 5,
    block_length: int | None = None,
    output: int | None = None,
    n_jobs: int | None = None,
    random_state: RandomState = None,
) -> Bunch:
    r"""Compare the ranking by gradients with the ranking by permutation.

    One input at a time, each window gets the whole history of that input from
    another window of the same run, and the mean squared error is computed again. Windows are
    exchanged in blocks of neighbours, so that histories stay complete and in order. The importance
    by permutation of input f is the increase of the error, over K permutations :math:`X_f^{(k)}` of
    its histories,

    .. math:: \frac{1}{K} \sum_k \mathrm{MSE}(X_f^{(k)}) - \mathrm{MSE}(X)

    Unlike a gradient it measures how much an input is needed, not how steeply the prediction
    follows it.

    Parameters
    ----------
    estimators : estimator or sequence of estimators
        Fitted models, as of :meth:`GradientImportance.fit`.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Rows or windows, preferably not used for training. Only complete windows count.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets.
    n_repeats : int, default=5
        Number of permutations of each input.
    block_length : int, default=None
        Windows in a block; the window length if None. Shorter where a run would not make
        two blocks.
    output : int, default=None
        Number of the target, if the models predict several.
    n_jobs : int, default=None
        Number of models in parallel, through joblib.
    random_state : int, RandomState instance or None, default=None
        Source of the permutations, which are the same for all models.

    Returns
    -------
    Bunch
        - ``feature_names`` : list of str, names of the inputs.
        - ``increase`` : ndarray of shape (n_models, n_repeats, n_features), increase of
          the mean squared error, in squared units of the target.
        - ``mse`` : ndarray of shape (n_models,), the error before.
        - ``permutation``, ``gradient`` : DataFrame of shape (n_models, n_features), the
          shares of the mean increase (those below zero count as zero) and the relative
          gradient importance.
        - ``spearman`` : ndarray of shape (n_models,), Spearman correlation of the two
          rankings of each model; NaN if one of them has only ties. With few
          inputs it is coarse.
        - ``spearman_of_means`` : float, the same for the means over the models.
        - ``skill`` : float or None, median skill of the models over their own validation
          windows.
        - ``frame`` : DataFrame of shape (2 * n_models * n_features, 5), a row per ``model``,
          ``input`` and ``measure`` ("permutation" or "gradient") with its ``value`` and
          ``rank``.

    Raises
    ------
    ValueError
        As :func:`gradient_importance`.

    Warns
    -----
    UserWarning
        If the models have no skill, or inputs are strongly correlated.

    See Also
    --------
    gradient_importance : The ranking that is compared.
    sklearn.inspection.permutation_importance : Permutation importance for tables, row by row.
    sanity_check : Compares with the importances of an untrained network.

    References
    ----------
    Fisher, A., Rudin, C., Dominici, F. (2019). All models are wrong, but many are useful:
    learning a variable's importance by studying an entire class of prediction models
    simultaneously. Journal of Machine Learning Research, 20(177), 1-81.

    Spearman, C. (1904). The proof and measurement of association between two things. American
    Journal of Psychology, 15(1), 72-101.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import compare_permutation
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 3))
    >>> y = X @ [0.3, 0.1, 0.0]
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=60, lr=0.01, random_state=0
    ... ).fit(X, y)
    >>> found = compare_permutation(model, X, y, random_state=0)
    >>> found.spearman_of_means
    1.0
    """
    check_same_index(X, y)
    models = single_models(estimators)
    seed = draw_seed(random_state)
    importance = GradientImportance(
        output=output, n_bootstrap=1, n_jobs=n_jobs, random_state=seed
    ).fit(models, X)
    settings = X, y, output, n_repeats, block_length, seed
    results = side_by_side(n_jobs, _increases, [(model, *settings) for model in models])
    mse = np.array([error for error, _ in results])
    increase = np.stack([of_model for _, of_model in results])
    names = importance.feature_names_
    means = pd.DataFrame(
        increase.mean(axis=1), index=importance.relative_.index, columns=pd.Index(names)
    )
    permutation = means.copy()
    permutation[:] = shares(means.clip(lower=0).to_numpy())
    gradient = importance.relative_
    tables = [_long_table("permutation", permutation), _long_table("gradient", gradient)]
    return Results(
        feature_names=names,
        increase=increase,
        mse=mse,
        permutation=permutation,
        gradient=gradient,
        spearman=np.array(
            [
                _spearman(of_gradient, of_permutation)
                for of_gradient, of_permutation in zip(
                    gradient.to_numpy(), means.to_numpy(), strict=True
                )
            ]
        ),
        spearman_of_means=_spearman(gradient.mean().to_numpy(), means.mean().to_numpy()),
        skill=importance.skill_,
        frame=pd.concat(tables, ignore_index=True)[["model", "input", "measure", "value", "rank"]],
    )


def permuted_in_blocks(runs, block_length, rng):
    """Exchange blocks of neighbours inside each run."""
    permuted = np.arange(len(runs))
    for here in members_of(runs):
        if len(here) < 2:
            continue
        blocks = np.array_split(here, max(2, len(here) // block_length))
        order = rng.permutation(len(blocks))
        while (order == np.arange(len(blocks))).all():
            order = rng.permutation(len(blocks))
        permuted[here] = np.concatenate([blocks[number] for number in order])
    return permuted


def _increases(model, X, y, output, n_repeats, block_length, seed):
    """Return the error of a model, and its increase for each permutation and input."""
    function = ModelFunction(model, X, output)
    rows = function.complete_rows()
    y = function.standardised_target(targets_of(function, y)[rows])
    rng = np.random.default_rng(seed)
    unit = function.scales.y_factor**2
    with function.differentiable(), torch.no_grad():
        error = _mse(function, rows, y)
        increases = np.empty((n_repeats, len(function.feature_names)))
        for repeat in range(n_repeats):
            other = rows[
                permuted_in_blocks(function.runs[rows], block_length or function.window_length, rng)
            ]
            for feature in range(increases.shape[1]):
                increases[repeat, feature] = _mse(function, rows, y, other, feature) - error
    return error * unit, increases * unit


def _mse(function, rows, y, other=None, feature=None):
    """Return the mean squared error with the histories of one input from other windows."""
    total = 0.0
    for begin in range(0, len(rows), PREDICT_BATCH_SIZE):
        batch = slice(begin, begin + PREDICT_BATCH_SIZE)
        windows = function.cut(rows[batch])
        if other is not None:
            windows[:, :, feature] = function.cut(other[batch])[:, :, feature]
        total += function.squared_error(windows, y[batch]).double().sum().item()
    return total / len(rows)


def _long_table(measure, table):
    """Return a row per model and input with the value and its rank, 1 for the largest."""
    ranks = table.rank(axis=1, ascending=False, method="min").astype(int)
    values, ranks = (each.rename_axis(columns="input").stack() for each in (table, ranks))
    return pd.DataFrame({"value": values, "rank": ranks}).reset_index().assign(measure=measure)


def _spearman(first, second):
    """Return the Spearman correlation; NaN if one of the two has only ties."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(spearmanr(first, second).statistic)
