"""Importance of the inputs of one model, from the gradients of its prediction."""

import warnings
from numbers import Integral, Real
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_frictiongru.inspection._attribution import (
    Gradient,
    GradientXInput,
    IntegratedGradients,
    SmoothGrad,
)
from sklearn_frictiongru.inspection._reduction import ImportanceSums
from sklearn_frictiongru.neural_network._function import ModelFunction
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.conditions import condition_ranges
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import (
    check_finite,
    check_same_index,
    index_of,
    without_masks,
)

Method: TypeAlias = Literal["gradient", "gradient_x_input", "integrated_gradients", "smoothgrad"]

LARGEST_COMPLETENESS_ERROR = 0.05

SETTINGS = {
    "of": [StrOptions({"prediction", "loss"})],
    "bins": ["array-like", Interval(Integral, 1, None, closed="left"), None],
    "units": [StrOptions({"standardized", "physical"})],
    "method": [StrOptions(set(get_args(Method)))],
    "output": [Interval(Integral, 0, None, closed="left"), None],
    "n_steps": [Interval(Integral, 1, None, closed="left")],
    "n_samples": [Interval(Integral, 1, None, closed="left")],
    "noise": [Interval(Real, 0, None, closed="neither")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "random_state": ["random_state"],
}
"""Constraints of the parameters of an importance that do not depend on data."""


@check_parameters(
    {
        "estimator": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "by": "no_validation",
        **SETTINGS,
    }
)
def gradient_importance(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    of: Literal["prediction", "loss"] = "prediction",
    by: ArrayLike | None = None,
    bins: int | ArrayLike | None = None,
    units: Literal["standardized", "physical"] = "standardized",
    method: Method = "gradient",
    output: int | None = None,
    n_steps: int = 50,
    n_samples: int = 25,
    noise: float = 0.1,
    batch_size: int = 64,
    random_state: RandomState = None,
) -> Bunch:
    r"""Rank the inputs of a fitted model by the gradients of its prediction.

    Let :math:`g_{ilf} = \partial p_i / \partial x_{ilf}` be the gradient of the
    prediction :math:`p_i` at row i with respect to input f at lag l. Over N complete windows
    of L rows the gradients are reduced to

    .. math::

        \text{raw}_f &= \frac{1}{N} \sum_i \frac{1}{L} \sum_l |g_{ilf}| \\
        \text{relative}_f &= \text{raw}_f \, / \, \sum_k \text{raw}_k \\
        \text{signed}_f &= \frac{1}{N} \sum_i \frac{1}{L} \sum_l g_{ilf} \\
        \text{net}_f &= n_f \, / \, \sum_k n_k, \qquad
            n_f = \sum_l \left| \frac{1}{N} \sum_i g_{ilf} \right|

    Raw is the absolute value, averaged over lags and rows. Relative, the published measure, is
    raw normalised so that the inputs of one model, or of one range of a condition, sum to 1.
    Signed is raw without the absolute value. Net is the mean over rows, then the absolute
    value, then the sum over lags, normalised in the same way: gradients that change sign from
    row to row cancel in it.

    The relative importance has a floor: an irrelevant input does not get zero. See
    :func:`null_floor`. The importance of an input that was constant in training is zero.

    Parameters
    ----------
    estimator : Pipeline, GRUFrictionRegressor, GRUFrictionEnsemble or search
        Fitted model; it may be in a :class:`~sklearn.frozen.FrozenEstimator`, or in a
        :class:`~sklearn.compose.TransformedTargetRegressor` whose transformer is linear.
        Gradients are computed at the regressor's input; for an ensemble, those of the mean
        prediction of its members; for a search, those of its `best_estimator_`.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Rows or windows. Only complete windows count.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
        Targets; needed for ``of="loss"``.
    of : {"prediction", "loss"}, default="prediction"
        Quantity to differentiate: the prediction, or its squared error
        (prediction - y)^2 in squared units of the target.
    by : array-like of shape (n_rows,), default=None
        Condition at each target row, such as normal stress in MPa; importances are
        computed for each of its ranges or categories as well.
    bins : int or array-like of shape (n_ranges + 1,), default=None
        Number of ranges of a numeric `by`, of equal width, or their edges. A range does not
        include its lower edge, except the first range. With None each value is a
        category.
    units : {"standardized", "physical"}, default="standardized"
        Gradient per standard deviation of the input, or per its own unit. For the latter
        preceding linear scalers of scikit-learn are undone by their fitted scale. The
        methods that multiply by the input have the unit of the differentiated quantity, either
        way.
    method : str, default="gradient"
        What :math:`g_{ilf}` is. "gradient": the gradient. "gradient_x_input": the
        gradient times the input, which is measured from its training mean.
        "integrated_gradients": the gradient integrated along the straight path from the
        training mean to the input, times the input (Sundararajan et al. 2017; needs the
        extra ``captum``). "smoothgrad": the mean gradient over noisy copies of the window
        (Smilkov et al. 2017).
    output : int, default=None
        Number of the target, if the model predicts several.
    n_steps : int, default=50
        Number of points on the path of integrated gradients.
    n_samples : int, default=25
        Number of noisy copies of each window for "smoothgrad".
    noise : float, default=0.1
        Standard deviation of that noise, in standard deviations of each input.
    batch_size : int, default=64
        Number of windows that are differentiated together; it does not change the result.
    random_state : int, RandomState instance or None, default=None
        Source of the noise of "smoothgrad".

    Returns
    -------
    Bunch
        - ``feature_names`` : list of str, names of the inputs.
        - ``raw``, ``signed`` : ndarray of shape (n_features,), in the unit of the
          differentiated quantity (of the target; squared for the loss) per `units`.
        - ``relative``, ``net`` : ndarray of shape (n_features,), shares [-] that sum to 1.
        - ``lags`` : ndarray of shape (window_length,), steps before the target, oldest
          first [rows].
        - ``by_lag``, ``signed_by_lag`` : ndarray of shape (window_length, n_features),
          mean absolute and mean gradient. Gradients of recurrent networks fade with the
          lag, so that old rows may seem less important than they are.
        - ``rows`` : ndarray of shape (n_complete,), numbers of the rows with complete windows.
        - ``by_row``, ``signed_by_row`` : ndarray of shape (n_complete, n_features), mean
          absolute and mean gradient over lags.
        - ``conditions`` : list of str, ranges or categories of `by`; empty without `by`.
        - ``raw_by_condition``, ``relative_by_condition``, ``net_by_condition``,
          ``signed_by_condition`` : ndarray of shape (n_conditions, n_features).
        - ``by_lag_by_condition``, ``signed_by_lag_by_condition`` : ndarray of shape
          (n_conditions, window_length, n_features).
        - ``rows_by_condition`` : ndarray of shape (n_conditions,), number of rows.
        - ``raw_by_run`` : ndarray of shape (n_runs, n_features); ``signed_by_lag_by_run``
          : ndarray of shape (n_runs, window_length, n_features); ``rows_by_run`` :
          ndarray of shape (n_runs,). For runs with complete windows.
        - ``blocks`` : ndarray of shape (n_blocks, 2), first and last row of blocks of
          neighbouring rows, about 50 in all; ``relative_by_block``, ``net_by_block`` :
          ndarray of shape (n_blocks, n_features).
        - ``skill`` : float or None, the model's skill over its own validation windows.
        - ``completeness_error`` : float or None. For integrated gradients, the error of the
          sum over a window compared with the difference between the prediction and that at
          the training mean: mean absolute error over mean absolute difference.
        - ``of``, ``units``, ``method`` : as given.

    Raises
    ------
    ValueError
        If no window is complete, `y` is missing for the loss, `by` has another length,
        missing values or ranges without rows, a preceding step cannot be undone, or the
        model predicts several targets and `output` names none.
    TypeError
        If the estimator is not a model of this package.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ImportError
        If captum is needed and not installed.

    Warns
    -----
    UserWarning
        If the model has no skill, or integrated gradients are not complete.

    See Also
    --------
    GradientImportance : Importances of several models.
    null_floor : The importance that an irrelevant input receives.
    sanity_check : Checks whether the importance depends on what was learned.
    compare_permutation : Compares this importance with permutation importance.
    sklearn_frictiongru.datasets.make_memory_regression : Simulates a record with known importances.

    References
    ----------
    Simonyan, K., Vedaldi, A., Zisserman, A. (2014). Deep inside convolutional networks:
    visualising image classification models and saliency maps. arXiv:1312.6034.

    Smilkov, D., Thorat, N., Kim, B., Viegas, F., Wattenberg, M. (2017). SmoothGrad:
    removing noise by adding noise. arXiv:1706.03825.

    Sundararajan, M., Taly, A., Yan, Q. (2017). Axiomatic attribution for deep networks.
    Proceedings of the 34th International Conference on Machine Learning, 3319-3328.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import gradient_importance
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=60, lr=0.01, random_state=0
    ... ).fit(X, 0.6 + 0.1 * X[:, 0])
    >>> importance = gradient_importance(model, X)
    >>> bool(importance.relative[0] > 0.9)
    True
    >>> bool(importance.skill > 0.9)
    True

    For each range of a condition, here two normal stresses:

    >>> normal_stress = np.repeat([1.0, 5.0], 200)
    >>> importance = gradient_importance(model, X, by=normal_stress)
    >>> importance.conditions, importance.relative_by_condition.shape
    (['1.0', '5.0'], (2, 2))
    """
    check_same_index(X, y)
    check_same_index(X, by, "by")
    result = importance_of(
        ModelFunction(estimator, X, output),
        y,
        of=of,
        by=by,
        bins=bins,
        units=units,
        method=method,
        n_steps=n_steps,
        n_samples=n_samples,
        noise=noise,
        batch_size=batch_size,
        random_state=random_state,
    )
    warn_without_skill(result.skill, "model has", stacklevel=3)
    return result


def warn_without_skill(skill, who_has, stacklevel):
    """Warn where a ranking is not interpretable."""
    if not is_interpretable(skill):
        warnings.warn(
            f"the {who_has} no skill ({skill:.2f} against the better baseline): the ranking of "
            "the inputs is not interpretable.",
            UserWarning,
            stacklevel=stacklevel + 1,
        )


def is_interpretable(skill):
    """Tell whether a ranking is interpretable: there is skill, or it is not known."""
    return skill is None or bool(skill > 0)


def importance_of(
    function,
    y,
    *,
    of,
    by,
    bins,
    units,
    method,
    n_steps,
    n_samples,
    noise,
    batch_size,
    random_state,
):
    """Return the importance, without the warning about skill; see :func:`gradient_importance`."""
    rows = function.complete_rows()
    y = targets_of(function, y) if of == "loss" else None
    conditions, codes = condition_ranges(by, bins, len(function.complete), rows)
    runs, run_codes = np.unique(function.runs[rows], return_inverse=True)
    attribution = {
        "gradient": Gradient,
        "gradient_x_input": GradientXInput,
        "integrated_gradients": lambda: IntegratedGradients(n_steps),
        "smoothgrad": lambda: SmoothGrad(n_samples, noise, draw_seed(random_state)),
    }[method]()
    unit = function.scales.y_factor ** (2 if of == "loss" else 1) * _unit_of_inputs(
        function, units if attribution.per_input else "standardized"
    )
    sums = ImportanceSums(rows, function, codes, len(conditions), run_codes, len(runs))
    with function.differentiable():
        for begin in range(0, len(rows), batch_size):
            _add_batch(sums, function, attribution, y, slice(begin, begin + batch_size))
    result = sums.reduced(unit, conditions)
    result.update(
        feature_names=function.feature_names,
        skill=function.skill,
        completeness_error=sums.completeness_error(),
        of=of,
        units=units,
        method=method,
    )
    if (result.completeness_error or 0) > LARGEST_COMPLETENESS_ERROR:
        warnings.warn(
            f"integrated gradients differ from what they should sum to by "
            f"{result.completeness_error:.0%}; raise n_steps, now {n_steps}.",
            UserWarning,
            stacklevel=4,
        )
    return result


def _add_batch(sums, function, attribution, y, batch):
    """Differentiate a batch and add it to the sums."""
    numbers = sums.rows[batch]
    differentiated, targets = function, ()
    if y is not None:
        differentiated, targets = (
            function.squared_error,
            (function.standardised_target(y[numbers]),),
        )
    found, error = attribution(differentiated, function.cut(numbers), targets, numbers)
    attributions = found.detach().cpu().numpy().astype(np.float64)
    sums.add(batch, attributions)
    sums.add_error(error, attributions)


def targets_of(function, y):
    """Return the targets that a function predicts."""
    if y is None:
        raise ValueError("of='loss' needs the targets; y is None. Give y, or of='prediction'.")
    labels = index_of(y)
    y = np.asarray(without_masks(y), dtype=np.float64)
    if function.output is not None and y.ndim == 2 and function.output < y.shape[1]:
        y = y[:, function.output]
    if y.shape != (len(function.complete),):
        raise ValueError(
            f"y has shape {y.shape}; expected one target for each of the "
            f"{len(function.complete)} rows."
        )
    check_finite(y, ["y"], "y", labels)
    return y


def _unit_of_inputs(function, units):
    """Return the factors from gradients by standardised inputs to the requested units."""
    # An input that was constant in training has no standard deviation.
    varies = np.where(function.constant, 0.0, 1.0)
    if units == "standardized":
        return varies
    factor = varies / function.scales.X_factor
    for name, step in function.steps:
        if isinstance(step, SlidingWindowTransformer) or step in (None, "passthrough"):
            continue
        if isinstance(step, MinMaxScaler):
            factor = factor * step.scale_
        elif isinstance(step, StandardScaler | RobustScaler | MaxAbsScaler):
            factor = factor / (1.0 if step.scale_ is None else step.scale_)
        else:
            raise ValueError(
                f"units='physical' cannot undo step {name!r}, a {type(step).__name__}; expected "
                "StandardScaler, MinMaxScaler, MaxAbsScaler or RobustScaler before the "
                "windows. Leave the step out, or use units='standardized'."
            )
    return factor
