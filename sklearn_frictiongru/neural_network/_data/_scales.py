"""Mean and standard deviation of parameters and targets, from what is trained on alone."""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler


@dataclass(frozen=True)
class Scales:
    """Means and standard deviations."""

    X_mean: np.ndarray
    X_scale: np.ndarray
    # (n_features,): Whether each parameter is constant.
    X_constant: np.ndarray
    y_mean: object
    y_scale: object
    # (n_outputs,): Whether each target is constant.
    y_constant: np.ndarray


def learn_scales(windows, y, training, sample_weight=None):
    """Learn the scales from the training windows."""
    first, last = windows.first_rows[training], windows.ends[training]
    weights = None if sample_weight is None else sample_weight[training]
    n_windows = _sum_over_rows(first, last, np.ones(len(training)), len(windows.rows))
    reached = n_windows > 0.5
    row_weights = None
    if weights is not None:
        sums = _sum_over_rows(first, last, weights, len(windows.rows))
        row_weights = sums[reached] / n_windows[reached]
    rows = windows.rows[reached].astype(np.float64)
    of_rows = StandardScaler().fit(rows, sample_weight=row_weights)
    targets = y[training].reshape(len(training), -1)
    of_targets = StandardScaler().fit(targets, sample_weight=weights)
    y_mean, y_scale = of_targets.mean_, of_targets.scale_
    if y.ndim == 1:
        y_mean, y_scale = float(y_mean[0]), float(y_scale[0])
    return Scales(
        of_rows.mean_,
        of_rows.scale_,
        _constant(of_rows),
        y_mean,
        y_scale,
        _constant(of_targets),
    )


def _sum_over_rows(first, last, values, n_rows):
    """Return, for each row, the sum of the values of the windows that it lies in."""
    edges = np.zeros(n_rows + 1)
    np.add.at(edges, first, values)
    np.add.at(edges, last + 1, -values)
    return np.cumsum(edges[:-1])


def _constant(scaler):
    """Tell which columns a scaler took for constant, up to rounding."""
    return (scaler.var_ == 0) | (scaler.scale_ != np.sqrt(scaler.var_))
