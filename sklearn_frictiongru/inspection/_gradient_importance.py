"""Importance of the inputs of one model, from the gradients of its prediction."""

from itertools import pairwise
from numbers import Integral

import numpy as np
import pandas as pd
import torch
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions, validate_params
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.neural_network._pipeline import regressor_and_input
from sklearn_frictiongru.neural_network._threads import one_flushed_thread
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray
from sklearn_frictiongru.utils._validation import column_names

MOST_CATEGORIES = 20


@validate_params(
    {
        "estimator": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "of": [StrOptions({"prediction", "loss"})],
        "by": "no_validation",
        "bins": ["array-like", None],
        "units": [StrOptions({"standardized", "physical"})],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def gradient_importance(
    estimator,
    X,
    y=None,
    *,
    of="prediction",
    by=None,
    bins=None,
    units="standardized",
    batch_size=256,
):
    r"""Rank the inputs of a fitted model by the gradients of its prediction.

    With :math:`g_{ilf} = \partial \hat y_i / \partial x_{ilf}` the gradient of the
    prediction at row i with respect to parameter f at lag l, over N complete windows of
    L rows:

    - raw: :math:`r_f = \frac{1}{N L} \sum_i \sum_l |g_{ilf}|`, the absolute value first,
      then the mean over lags, then over rows;
    - relative, the published measure: :math:`r_f / \sum_k r_k`;
    - net: :math:`n_f = \sum_l |\frac{1}{N} \sum_i g_{ilf}|`, divided by its sum over
      parameters. Gradients that change sign from row to row cancel in it.

    The relative importance has a floor: an input without any effect still gets some. See
    :func:`null_floor`.

    Parameters
    ----------
    estimator : Pipeline or GRUFrictionRegressor
        Fitted model. Gradients are taken at the regressor's input.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Rows or windows. Only complete windows count.
    y : array-like of shape (n_rows,), default=None
        Targets; needed for ``of="loss"``.
    of : {"prediction", "loss"}, default="prediction"
        What is differentiated: the prediction, or its squared error
        (prediction - y)^2 in squared units of the target.
    by : array-like of shape (n_rows,), default=None
        Condition at each target row, such as normal stress in MPa; importances are given
        for each range or category of it as well.
    bins : array-like of shape (n_ranges + 1,), default=None
        Edges of the ranges of a numeric `by`, each range without its lower edge; the
        lowest edge belongs to the first. None takes each value as a category.
    units : {"standardized", "physical"}, default="standardized"
        Gradient per standard deviation of the input, or per its own unit. For the latter
        scikit-learn's linear scalers in front are undone by their fitted scale.
    batch_size : int, default=256
        Windows that are differentiated at once; it does not change the result.

    Returns
    -------
    Bunch
        - ``feature_names`` : list of str, the parameters.
        - ``raw``, ``relative``, ``net`` : ndarray of shape (n_features,).
        - ``lags`` : ndarray of shape (window_length,), steps before the target, oldest
          first.
        - ``by_lag`` : ndarray of shape (window_length, n_features), mean absolute gradient.
        - ``signed_by_lag`` : ndarray of shape (window_length, n_features), mean gradient.
        - ``rows`` : ndarray of shape (n_complete,), numbers of the rows that count.
        - ``by_row`` : ndarray of shape (n_complete, n_features), mean absolute gradient
          over lags.
        - ``conditions`` : list of str, ranges or categories of `by`; empty without.
        - ``raw_by_condition``, ``relative_by_condition``, ``net_by_condition`` : ndarray
          of shape (n_conditions, n_features).
        - ``rows_by_condition`` : ndarray of shape (n_conditions,), number of rows.
        - ``of``, ``units`` : as given.

    Raises
    ------
    ValueError
        If no window is complete, `y` is missing for the loss, `by` has another length,
        missing values or ranges without rows, or a step in front cannot be undone.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    GradientImportance : The same for several models.

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
    """
    check_is_fitted(estimator)
    regressor, windows = regressor_and_input(estimator, X)
    check_is_fitted(regressor)
    if regressor.n_outputs_ > 1:
        raise ValueError(
            f"the regressor predicts {regressor.n_outputs_} targets; expected one. Train a "
            "regressor for each target whose importances are wanted."
        )
    if of == "loss" and y is None:
        raise ValueError("of='loss' needs the targets; y is None. Give y, or of='prediction'.")
    dataset = regressor.dataset(windows)
    complete = windows.complete if isinstance(windows, WindowArray) else np.ones(len(dataset), bool)
    rows = np.flatnonzero(complete)
    if not len(rows):
        raise ValueError(
            f"none of the {len(complete)} windows is complete; gradients need at least one "
            "window with its full history. Give longer runs."
        )
    errors = None
    if of == "loss":
        y = np.asarray(y, dtype=np.float64)
        if y.shape != (len(complete),):
            raise ValueError(
                f"y has shape {y.shape}; expected one target for each of the {len(complete)} rows."
            )
        errors = y[rows]
    conditions, codes = condition_ranges(by, bins, len(complete), rows)
    unit = _unit_of_gradients(estimator, regressor, units)
    by_row, sums, signed_sums = _reduce_gradients(
        regressor, dataset, rows, errors, codes, len(conditions), batch_size
    )
    counts = np.bincount(codes, minlength=max(len(conditions), 1))
    by_row, sums, signed_sums = by_row * unit, sums * unit, signed_sums * unit
    n_rows = len(rows)
    by_lag, signed_by_lag = sums.sum(axis=0) / n_rows, signed_sums.sum(axis=0) / n_rows
    raw = by_lag.mean(axis=0)
    net = np.abs(signed_by_lag).sum(axis=0)
    result = Bunch(
        feature_names=_feature_names(regressor),
        raw=raw,
        relative=_shares(raw),
        net=_shares(net),
        lags=np.arange(by_lag.shape[0])[::-1],
        by_lag=by_lag,
        signed_by_lag=signed_by_lag,
        rows=rows,
        by_row=by_row,
        conditions=conditions,
        of=of,
        units=units,
    )
    in_range = slice(0, len(conditions))
    divisor = counts[in_range, None, None]
    result.raw_by_condition = (sums[in_range] / divisor).mean(axis=1)
    result.relative_by_condition = _shares(result.raw_by_condition)
    result.net_by_condition = _shares(np.abs(signed_sums[in_range] / divisor).sum(axis=1))
    result.rows_by_condition = counts[in_range]
    return result


def _reduce_gradients(regressor, dataset, rows, targets, codes, n_conditions, batch_size):
    """Differentiate batch by batch and keep sums only.

    Returns
    -------
    by_row : ndarray of shape (n_complete, n_features)
        Mean absolute gradient over lags.
    sums, signed_sums : ndarray of shape (n_conditions or 1, window_length, n_features)
        Sums of absolute and of signed gradients over the rows of each condition.
    """
    module = regressor.net_.module_
    was_training = module.training
    device = dataset.rows.device
    n_features, length = dataset.rows.shape[1], regressor.window_length_
    by_row = np.empty((len(rows), n_features))
    sums = np.zeros((max(n_conditions, 1), length, n_features))
    signed_sums = np.zeros_like(sums)
    factor, offset = regressor._y_factor, regressor._y_offset
    module.eval()
    try:
        # cuDNN refuses gradients of recurrent layers in evaluation mode.
        with one_flushed_thread(), torch.backends.cudnn.flags(enabled=False):
            for begin in range(0, len(rows), batch_size):
                batch = slice(begin, begin + batch_size)
                cut, _ = dataset.cut(torch.as_tensor(rows[batch], device=device))
                cut.requires_grad_(True)
                predictions = module(cut)
                (gradients,) = torch.autograd.grad(predictions.sum(), cut)
                gradients = gradients.cpu().numpy().astype(np.float64) * factor
                if targets is not None:
                    predicted = predictions.detach().cpu().numpy() * factor + offset
                    gradients *= 2 * (predicted - targets[batch])[:, None, None]
                absolute = np.abs(gradients)
                by_row[batch] = absolute.mean(axis=1)
                for code in np.unique(codes[batch]):
                    here = codes[batch] == code
                    sums[code] += absolute[here].sum(axis=0)
                    signed_sums[code] += gradients[here].sum(axis=0)
    finally:
        module.train(was_training)
    return by_row, sums, signed_sums


def _shares(values):
    """Divide by the sum over the last axis; zeros where all are zero."""
    total = values.sum(axis=-1, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)


def _feature_names(regressor):
    """Return the names of the regressor's parameters."""
    names = getattr(regressor, "feature_names_in_", None)
    if names is None:
        return column_names(None, regressor.n_features_in_)
    return [str(name) for name in names]


def _unit_of_gradients(estimator, regressor, units):
    """Return what turns gradients at the network's input into the units asked for."""
    inner = regressor.X_scale_ if regressor.normalize_X else np.ones(regressor.n_features_in_)
    if units == "standardized":
        return regressor.X_scale_ / inner
    factor = 1 / inner
    steps = estimator.steps[:-1] if isinstance(estimator, Pipeline) else []
    for name, step in steps:
        if isinstance(step, SlidingWindowTransformer) or step in (None, "passthrough"):
            continue
        if isinstance(step, MinMaxScaler):
            factor = factor * step.scale_
        elif isinstance(step, StandardScaler | RobustScaler | MaxAbsScaler):
            factor = factor / (1.0 if step.scale_ is None else step.scale_)
        else:
            raise ValueError(
                f"units='physical' cannot undo step {name!r}, a {type(step).__name__}; expected "
                "StandardScaler, MinMaxScaler, MaxAbsScaler or RobustScaler in front of the "
                "windows. Leave the step out, or use units='standardized'."
            )
    return factor


def condition_ranges(by, bins, n_rows, rows):
    """Name the ranges of a condition and find the range of each row that counts.

    Parameters
    ----------
    by : array-like of shape (n_rows,) or None
        Condition at each row.
    bins : array-like of shape (n_ranges + 1,) or None
        Edges of the ranges; None takes each value as a category.
    n_rows : int
        Number of rows.
    rows : ndarray of shape (n_complete,)
        Numbers of the rows that count.

    Returns
    -------
    names : list of str
        Ranges or categories; empty without a condition.
    codes : ndarray of shape (n_complete,)
        Number of the range of each row that counts; 0 without a condition.

    Raises
    ------
    ValueError
        If `by` has another length, missing values or values outside of the bins, or a
        range has no rows.
    """
    if by is None:
        return [], np.zeros(len(rows), dtype=int)
    values = pd.Series(np.asarray(by))
    if len(values) != n_rows:
        raise ValueError(
            f"by has {len(values)} values; expected one for each of the {n_rows} rows of X."
        )
    if values.isna().any():
        row = int(values.isna().to_numpy().argmax())
        raise ValueError(
            f"by is missing (NaN) at row {row}; expected a condition at every row. Fill it in or "
            "drop these rows from X and by."
        )
    if bins is None:
        categories = pd.Categorical(values)
        names = [str(category) for category in categories.categories]
        codes = np.asarray(categories.codes, dtype=int)
        if len(names) > MOST_CATEGORIES:
            raise ValueError(
                f"by has {len(names)} different values; expected at most {MOST_CATEGORIES} "
                "categories. Give the edges of ranges as bins."
            )
    else:
        edges = np.asarray(bins, dtype=np.float64)
        if len(edges) < 2 or np.any(np.diff(edges) <= 0):
            raise ValueError(f"bins is {bins!r}; expected increasing edges, at least two.")
        cut = pd.cut(values, edges, include_lowest=True, labels=False)
        if cut.isna().any():
            row = int(cut.isna().to_numpy().argmax())
            raise ValueError(
                f"by is {values[row]!r} at row {row}, outside of the bins from {edges[0]:g} to "
                f"{edges[-1]:g}; widen the bins."
            )
        names = [f"{low:g}-{high:g}" for low, high in pairwise(edges)]
        codes = cut.to_numpy(dtype=int)
    codes = codes[rows]
    empty = np.flatnonzero(np.bincount(codes, minlength=len(names)) == 0)
    if len(empty):
        raise ValueError(
            f"no complete window ends in the range {names[empty[0]]!r} of by; expected rows in "
            "every range. Choose other bins."
        )
    return names, codes
