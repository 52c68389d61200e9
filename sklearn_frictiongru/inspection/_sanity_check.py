"""Checks whether an importance depends on what a model has learned."""

import warnings
from itertools import combinations, product
from numbers import Integral, Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

from sklearn_frictiongru.inspection._attribution import gradient
from sklearn_frictiongru.inspection._gradient_importance import SETTINGS
from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.neural_network._function import ModelFunction
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import check_same_index, without_masks
from sklearn_frictiongru.utils.workers import side_by_side

BATCH_SIZE = 64
# Measured with small networks and three repeats: in one of the checks untrained networks are 0.5
# to 1.5 times as far from the randomized models as these are from each other; trained networks are
# at least twice as far in both.
LEAST_RATIO = 1.5
"""Least distance of the importance from those of untrained models, over the latter's distances."""


@check_parameters(
    {
        "estimator": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "min_distance": [Interval(Real, 0, 1, closed="neither")],
        "output": SETTINGS["output"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }
)
def sanity_check(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_repeats: int = 3,
    min_distance: float = 0.1,
    output: int | None = None,
    n_jobs: int | None = None,
    random_state: RandomState = None,
) -> Bunch:
    r"""Check that the importance changes if the model's weights or the targets are randomized.

    Two checks of Adebayo et al. (2018). *Weights*: the layers of the trained network are
    randomized one after the other, from the output to the input, cumulatively, and the
    importance is computed again. *Labels*: the estimator is trained again on
    shuffled targets. An importance that does not change reflects the structure of the
    network or of the inputs, not what was learned: the gradients of an untrained recurrent
    network fade with the lag as well.

    The distance between two importances is half the sum of the differences between their
    shares over lags l and inputs f,

    .. math::

        d = \frac{1}{2} \sum_{lf} |p_{lf} - q_{lf}|, \qquad
        p_{lf} = \frac{\sum_i |g_{ilf}|}{\sum_{ikh} |g_{ikh}|}

    with the gradients :math:`g_{ilf}` of :func:`gradient_importance` at row i: 0 if they are
    the same, 1 if they have nothing in common.

    Parameters
    ----------
    estimator : Pipeline, GRUFrictionRegressor, GRUFrictionEnsemble or search
        Fitted model; for a search its `best_estimator_`.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Training rows or windows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Training targets.
    n_repeats : int, default=3
        Number of randomizations of the weights, and of trainings on shuffled targets.
    min_distance : float, default=0.1
        Smallest distance of the importances for passing.
    output : int, default=None
        Number of the target, if the model predicts several.
    n_jobs : int, default=None
        Number of trainings in parallel, through joblib.
    random_state : int, RandomState instance or None, default=None
        Source of weights, orders of targets and seeds.

    Returns
    -------
    Bunch
        - ``frame`` : DataFrame of shape (n_distances, 6), a row per ``check`` ("weights" or
          "labels"), ``layer`` (the last one randomized, with all after it; "all" for labels)
          and ``repeat``, with the ``distance`` from the model's importance, that of the
          inputs alone (``distance_of_inputs``) and ``size``, the mean absolute gradient
          over that of the model.
        - ``weights``, ``labels`` : float, median distance [-] with all layers randomized, and
          with shuffled targets.
        - ``weights_spread``, ``labels_spread`` : float, median distance of these randomized
          models from each other; NaN for a single repeat.
        - ``passed`` : bool, whether both distances are above `min_distance` and above 1.5
          times their spread: a model that has learned nothing resembles the randomized ones. False
          if all gradients of the model are zero.

    Raises
    ------
    ValueError
        As :func:`gradient_importance` and the estimator's `fit`.

    See Also
    --------
    compare_permutation : Compares with another measure of importance.
    gradient_importance : The importance that is checked.

    References
    ----------
    Adebayo, J., Gilmer, J., Muelly, M., Goodfellow, I., Hardt, M., Kim, B. (2018). Sanity
    checks for saliency maps. Advances in Neural Information Processing Systems, 31.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import sanity_check
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = 0.6 + 0.1 * X[:, 0]
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=40, lr=0.02, random_state=0
    ... ).fit(X, y)
    >>> sanity_check(model, X, y, n_repeats=2, random_state=0).passed
    True

    A model that has learned nothing does not pass:

    >>> model = model.set_params(max_epochs=1, lr=1e-6).fit(X, y)
    >>> sanity_check(model, X, y, n_repeats=2, random_state=0).passed
    False
    """
    check_same_index(X, y)
    if isinstance(estimator, FrozenEstimator):
        # It is trained again on shuffled targets.
        estimator = estimator.estimator
    estimator = getattr(estimator, "best_estimator_", estimator)
    function = ModelFunction(estimator, X, output)
    learnt = _gradient_sizes(function)
    seeds = np.random.RandomState(draw_seed(random_state)).randint(
        np.iinfo(np.int32).max, size=n_repeats
    )
    rows, redrawn = [], []
    for repeat, seed in enumerate(seeds):
        for layer, randomised in function.with_redrawn_layers(int(seed)):
            sizes = _gradient_sizes(randomised)
            rows.append(
                {"check": "weights", "layer": layer, "repeat": repeat, **_compared(sizes, learnt)}
            )
        # The layer at the input is randomized last: then all of them are.
        redrawn.append(sizes)
    calls = [(with_seed(estimator, seed), X, y, output, int(seed)) for seed in seeds]
    shuffled = side_by_side(n_jobs, _sizes_of_shuffled, calls)
    for repeat, sizes in enumerate(shuffled):
        rows.append(
            {"check": "labels", "layer": "all", "repeat": repeat, **_compared(sizes, learnt)}
        )
    weights, labels = (_median_distance(product(each, [learnt])) for each in (redrawn, shuffled))
    spreads = [_median_distance(combinations(each, 2)) for each in (redrawn, shuffled)]
    passed = learnt.sum() > 0 and all(
        distance > np.fmax(min_distance, LEAST_RATIO * spread)
        for distance, spread in zip((weights, labels), spreads, strict=True)
    )
    return Results(
        frame=pd.DataFrame(rows),
        weights=weights,
        labels=labels,
        weights_spread=spreads[0],
        labels_spread=spreads[1],
        passed=bool(passed),
    )


def _gradient_sizes(function):
    """Return the mean absolute gradient at each lag, of shape (window_length, n_features)."""
    rows = function.complete_rows()
    sizes = 0.0
    with function.differentiable():
        for begin in range(0, len(rows), BATCH_SIZE):
            found = gradient(function, function.cut(rows[begin : begin + BATCH_SIZE]), ())
            sizes = sizes + found.abs().double().sum(dim=0).cpu().numpy()
    return np.where(function.constant, 0.0, sizes / len(rows))


def _compared(sizes, learnt):
    """Return the distance of an importance from that of the trained model."""
    ratio = sizes.sum() / learnt.sum() if learnt.sum() > 0 else np.nan
    of_inputs = shares(sizes.sum(axis=0)) - shares(learnt.sum(axis=0))
    whole = shares(sizes, axis=(0, 1)) - shares(learnt, axis=(0, 1))
    return {
        "distance": float(np.abs(whole).sum() / 2),
        "distance_of_inputs": float(np.abs(of_inputs).sum() / 2),
        "size": float(ratio),
    }


def _median_distance(pairs):
    """Return the median distance of pairs of importances; NaN where there are none."""
    distances = [_compared(one, other)["distance"] for one, other in pairs]
    return float(np.median(distances)) if distances else float("nan")


def _sizes_of_shuffled(estimator, X, y, output, seed):
    """Train on shuffled targets and return the gradients' sizes."""
    order = np.random.default_rng(seed).permutation(len(y))
    # Values move; the index of runs and time does not.
    shuffled = y.copy() if hasattr(y, "iloc") else np.array(y)
    shuffled[:] = np.asarray(without_masks(y))[order]
    with warnings.catch_warnings():
        # Nothing can be learned here, on purpose.
        warnings.simplefilter("ignore", UserWarning)
        estimator.fit(X, shuffled)
    return _gradient_sizes(ModelFunction(estimator, X, output))
