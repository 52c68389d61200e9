"""Means and standard deviations of inputs and targets, and the arithmetic done with them."""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.utils.pieces import pieces


@dataclass(frozen=True)
class Statistics:
    """Means and standard deviations of the training windows, and what is constant in them."""

    X_mean: np.ndarray
    X_scale: np.ndarray
    # (n_features,): Whether each input is constant.
    X_constant: np.ndarray
    y_mean: object
    y_scale: object
    # (n_outputs,): Whether each target is constant.
    y_constant: np.ndarray

    def store_in(self, regressor):
        """Make these the fitted attributes of a regressor."""
        regressor.X_mean_, regressor.X_scale_ = self.X_mean, self.X_scale
        regressor.X_constant_ = self.X_constant
        regressor.y_mean_, regressor.y_scale_ = self.y_mean, self.y_scale
        # A parameter that is set later on does not change the trained network.
        regressor._normalized = regressor.normalize_X, regressor.normalize_y


@dataclass(frozen=True)
class Scales:
    """The factors and offsets of standardised inputs and targets: NumPy arrays, or tensors."""

    X_offset: object
    X_factor: object
    y_offset: object
    y_factor: object

    @classmethod
    def of(cls, regressor):
        """Return the scales of a fitted regressor; the identity if it does not standardise."""
        normalized_X, normalized_y = regressor._normalized
        X_mean, X_scale = regressor.X_mean_, regressor.X_scale_
        y_mean, y_scale = regressor.y_mean_, regressor.y_scale_
        if not normalized_X:
            X_mean, X_scale = np.zeros_like(X_mean), np.ones_like(X_scale)
        if not normalized_y:
            y_mean, y_scale = 0.0 * y_mean, y_scale / y_scale
        return cls(X_mean, X_scale, y_mean, y_scale)

    def standardize_X(self, rows):
        """Return standardised rows."""
        return (rows - self.X_offset) / self.X_factor

    def standardize_y(self, y):
        """Return standardised targets."""
        return (y - self.y_offset) / self.y_factor

    def to_target_units(self, standardized):
        """Return predictions, given in float64, in the targets' own units."""
        return standardized * self.y_factor + self.y_offset

    @property
    def loss_unit(self):
        """A standardised squared error of 1 in the target's own unit; 1 for several targets."""
        return self.y_factor**2 if np.ndim(self.y_factor) == 0 else 1.0


def learn_statistics(windows, y, training, sample_weight=None):
    """Learn means and standard deviations from the training windows."""
    first, last = windows.first_rows[training], windows.ends[training]
    weights = None if sample_weight is None else sample_weight[training]
    n_windows = _sum_over_rows(first, last, 1.0, len(windows.rows))
    sums = None if weights is None else _sum_over_rows(first, last, weights, len(windows.rows))
    of_rows = StandardScaler()
    for piece in pieces(len(windows.rows)):
        reached = n_windows[piece] > 0.5
        if sums is not None:
            # A small weight may be lost in rounding; a piece of such rows would have none at all.
            reached &= sums[piece] > 0
        if reached.any():
            rows = windows.rows[piece][reached].astype(np.float64, copy=False)
            row_weights = None if sums is None else sums[piece][reached] / n_windows[piece][reached]
            of_rows.partial_fit(rows, sample_weight=row_weights)
    targets = y[training].reshape(len(training), -1)
    of_targets = StandardScaler().fit(targets, sample_weight=weights)
    y_mean, y_scale = of_targets.mean_, of_targets.scale_
    if y.ndim == 1:
        y_mean, y_scale = float(y_mean[0]), float(y_scale[0])
    return Statistics(
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
    np.subtract.at(edges, last + 1, values)
    return np.cumsum(edges[:-1], out=edges[:-1])


def _constant(scaler):
    """Return which columns are constant up to rounding."""
    return (scaler.var_ == 0) | (scaler.scale_ != np.sqrt(scaler.var_))
