"""Reading the input of the regressors: windows, targets and weights."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.validation import (
    check_finite,
    check_finite_targets,
    check_same_index,
    column_names,
    index_of,
    lagged_names,
    without_masks,
)

FEWEST_ROWS = 16
"""Number of inputs above which inputs that outnumber the rows are assumed to be rows."""


@dataclass(frozen=True)
class TrainingData:
    """Windows with their targets and weights."""

    windows: WindowArray
    # (n_windows,) or (n_windows, n_outputs).
    targets: np.ndarray
    # (n_windows,), or None.
    weights: np.ndarray

    @property
    def n_outputs(self):
        """Number of targets."""
        return 1 if self.targets.ndim == 1 else self.targets.shape[1]


def read_training_data(estimator, X, y, sample_weight=None, *, reset=True):
    """Read the data of a training."""
    check_same_index(X, y)
    check_same_index(X, sample_weight, "sample_weight")
    labels = index_of(y)
    X, y, sample_weight = (without_masks(values) for values in (X, y, sample_weight))
    if holds_windows(X):
        windows = read_windows(estimator, X, reset=reset)
        if y is None:
            raise ValueError("y is None; expected one target for each window.")
        # Column names are available only here; objects become numbers only below.
        are_numbers = np.asarray(y).dtype.kind != "O"
        if are_numbers:
            check_finite_targets(y, labels)
        y = _read_targets(y)
        check_consistent_length(windows, y)
        if not are_numbers:
            check_finite_targets(y, labels)
    else:
        # scikit-learn would not name the rows.
        check_finite_targets(y, labels)
        table, y = validate_data(
            estimator,
            X,
            y,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
            ensure_min_samples=2 if reset else 1,
            multi_output=True,
            y_numeric=True,
        )
        windows = _windows_of_one_row(X, table)
        y = _read_targets(y)
    if sample_weight is not None:
        sample_weight = _check_sample_weight(
            sample_weight, y, dtype=np.float64, ensure_non_negative=True
        )
        if not sample_weight.any():
            raise ValueError(
                "sample_weight is zero for every window, so there is nothing to train on."
            )
    return TrainingData(windows, y, sample_weight)


def read_windows(estimator, X, *, reset):
    """Return the windows of any input."""
    X = without_masks(X)
    if not holds_windows(X):
        table = validate_data(
            estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
        )
        windows = _windows_of_one_row(X, table)
    elif not isinstance(X, WindowArray):
        _check_time_is_second_axis(estimator, X, reset)
        windows = _windows_of_array(X)
    else:
        windows = X
        X.check_finite()
    if holds_windows(X):
        _check_features(estimator, windows, reset)
    if not reset and windows.window_length != estimator.window_length_:
        raise ValueError(
            f"X has windows of {windows.window_length} rows; expected "
            f"{estimator.window_length_}, as in fit. Use the transformer that made the windows "
            "for fit."
        )
    return windows


def holds_windows(X):
    """Return whether an input is windows rather than a table of rows."""
    if isinstance(X, list | tuple):
        return np.ndim(X) == 3
    return getattr(X, "ndim", None) == 3 and not issparse(X)


def _check_time_is_second_axis(estimator, X, reset):
    """Recognise arrays of (windows, inputs, rows), as aeon and tsai have them, by their shape."""
    _, length, n_features = shape = np.shape(X)
    advice = (
        "This is the order of aeon and tsai, (n_windows, n_features, window_length); expected "
        "(n_windows, window_length, n_features). Use X.transpose(0, 2, 1)."
    )
    if reset:
        if n_features > max(length, FEWEST_ROWS):
            warnings.warn(
                f"X has shape {shape}: {n_features} inputs in windows of {length} rows. If the "
                f"last axis is time: {advice}",
                UserWarning,
                stacklevel=6,
            )
        return
    seen = (estimator.n_features_in_, estimator.window_length_)
    if (length, n_features) == seen and length != n_features:
        raise ValueError(f"X has shape {shape}. {advice}")


def _windows_of_one_row(X, table):
    """Return each row of a table as a window of length one."""
    check_finite(table, column_names(X, table.shape[1]), "X", index_of(X))
    codes = np.zeros(len(table), dtype=int)
    if isinstance(index_of(X), pd.MultiIndex):
        codes, _ = pd.factorize(X.index.droplevel(-1), use_na_sentinel=False)
    # A shuffled split mixes the rows of runs, whose history is counted by label.
    history = pd.Series(codes).groupby(codes).cumcount().to_numpy() + 1
    labels = np.arange(codes.max(initial=0) + 1)
    runs = Runs(codes, np.arange(len(codes)), history, labels, carries_history=True)
    starts = np.r_[0, np.flatnonzero(np.diff(codes)) + 1]
    return WindowArray(table, 1, run_starts=starts, runs=runs, index=index_of(X))


def _windows_of_array(X):
    """Return windows without a common table, assumed to end at consecutive rows."""
    array = np.asarray(X)
    if array.dtype.kind not in "fiu":
        array = array.astype(np.float64)
    n_windows, length, n_features = array.shape
    names = column_names(None, n_features)
    check_finite(array, lagged_names(names, length), "X")
    rows = array.reshape(-1, n_features)
    first = np.arange(n_windows) * length
    last_rows = np.arange(n_windows) + length - 1
    runs = Runs(
        np.zeros(n_windows, dtype=int), last_rows, last_rows + 1, np.arange(1), carries_history=True
    )
    return WindowArray(
        rows.astype(np.result_type(rows, np.float32), copy=False),
        length,
        ends=first + length - 1,
        run_starts=first if n_windows else (0,),
        runs=runs,
    )


def _check_features(estimator, windows, reset):
    """Learn or compare number and names of the inputs of windows."""
    names = windows.feature_names
    if reset:
        estimator.n_features_in_ = windows.shape[2]
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        if names is not None:
            estimator.feature_names_in_ = np.asarray(names, dtype=object)
        return
    if windows.shape[2] != estimator.n_features_in_:
        raise ValueError(
            f"X has {windows.shape[2]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )
    seen = getattr(estimator, "feature_names_in_", None)
    if names is not None and seen is not None and list(names) != list(seen):
        raise ValueError(
            f"the windows have the inputs {list(names)}; expected {list(seen)}, in this "
            "order, as in fit."
        )


def _read_targets(y):
    """Return targets as numbers: one column as one axis, several as they are."""
    shape = np.asarray(y).shape
    if len(shape) == 2 and shape[1] > 1:
        return check_array(y, dtype=np.float64, ensure_all_finite=False, input_name="y")
    return column_or_1d(y, dtype=np.float64, warn=True)
