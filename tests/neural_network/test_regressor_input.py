"""Input that cannot be trained on, or teaches nothing, is named."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray
from tests.neural_network._models import (
    LENGTH,
    record,
    small_regressor,
    windows_of,
)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(table, fitted, value):
    X, y = table
    kind = "NaN" if np.isnan(value) else "infinity"
    bad = X.to_numpy().copy()
    bad[[7, 31], 1] = value
    windows = WindowArray(bad, LENGTH)
    for call in (lambda: small_regressor().fit(windows, y), lambda: fitted.predict(windows)):
        with pytest.raises(
            ValueError, match=rf"X holds {kind} in column 'x1' at row 7, 31 \(2 of 150 rows\)"
        ):
            call()
    with pytest.raises(ValueError, match=rf"X holds {kind} in column 'x1' at row 7, 31 "):
        small_regressor().fit(bad, y)
    framed = pd.DataFrame(bad, columns=["velocity", "rate"], index=X.index)
    with pytest.raises(
        ValueError, match=rf"X holds {kind} in column 'rate' at row 7 \(index .*\), 31 .* \(2 of"
    ):
        small_regressor().fit(framed, y)
    array = np.asarray(windows_of(X, LENGTH)).copy()
    array[9, 2, 1] = value
    for call in (lambda: small_regressor().fit(array, y), lambda: fitted.predict(array)):
        with pytest.raises(
            ValueError, match=rf"X holds {kind} in column 'x1_lag_2' at row 9 \(1 of 150 rows\)"
        ):
            call()


@pytest.mark.parametrize("value", [np.nan, -np.inf])
@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_targets_that_are_not_finite_are_named(table, windows, value, n_dimensions):
    X, y = table
    bad = pd.Series(y.copy(), index=X.index)
    bad.iloc[[3, 80]] = value
    kind = "NaN" if np.isnan(value) else "infinity"
    given = windows if n_dimensions == 3 else X
    with pytest.raises(
        ValueError,
        match=rf"y holds {kind} in column 'y' at row 3 \(index \(0, 3\)\), 80 \(index \(1, 5\)\)",
    ):
        small_regressor().fit(given, bad)
    with pytest.raises(ValueError, match=rf"y holds {kind} in column 'y' at row 3, 80 \(2 of"):
        small_regressor().fit(given, bad.to_numpy())


def test_too_few_windows_name_the_cause_and_a_shuffled_split():
    X, y = record(150)
    shuffled = np.random.default_rng(0).permutation(150)[:100]
    order = np.sort(shuffled)
    windows = SlidingWindowTransformer(12).fit(X).transform(X.iloc[order])
    n_complete = int(windows.complete.sum())
    assert n_complete < 16
    with pytest.raises(
        ValueError,
        match=rf"too few complete windows to train on: {n_complete}, expected at least 16 "
        rf"\(batch_size=16\)\. Of 100 windows {n_complete} are complete \(min_history=12 rows, "
        rf"the longest run has {windows.longest_history}\), 0 validate, 0 are purged, and "
        r"stride=1 .*shuffled split.*PurgedKFold or RunHoldout",
    ):
        small_regressor(validation=None).fit(windows, y[order])


def test_a_batch_of_windows_is_enough_and_one_less_is_not(windows, y):
    # 16 windows of the first run are complete.
    model = small_regressor(validation=None, max_epochs=1).fit(windows[:20], y[:20])
    assert len(model.training_indices_) == 16
    with pytest.raises(ValueError, match="too few complete windows to train on: 15, expected at"):
        small_regressor(validation=None).fit(windows[:19], y[:19])
    with pytest.raises(ValueError, match=r"too few .*: 8, expected .* and stride=2 thins"):
        small_regressor(validation=None, stride=2).fit(windows[:20], y[:20])
    # A table with fewer rows than a batch is one batch.
    small_regressor(max_epochs=1).fit(np.arange(6.0).reshape(3, 2), y[:3])


def test_nothing_complete_at_all(windows, y):
    for validation in (0.2, None):
        with pytest.raises(ValueError, match=r"too few complete windows .*a shuffled split"):
            small_regressor(validation=validation).fit(windows[:4], y[:4])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, LENGTH, 3)), "X has 3 features, but GRUFrictionRegressor is expecting 2"),
        (WindowArray(np.zeros((9, 1)), LENGTH), "X has 1 features, but GRUFrictionRegressor"),
        (np.zeros((4, 3)), "X has 3 features, but GRUFrictionRegressor is expecting 2"),
        (np.zeros((4, 7, 2)), r"windows of 7 rows; expected 5, as in fit\. Use the transformer"),
        (WindowArray(np.zeros((9, 2)), 3), "windows of 3 rows; expected 5, as in fit"),
        (
            WindowArray(np.zeros((9, 2)), LENGTH, feature_names=["x1", "x0"]),
            r"the windows have the inputs \['x1', 'x0'\]; expected \['x0', 'x1'\], in this or",
        ),
        (np.zeros(4), "Expected 2D array"),
        (np.zeros((2, 2, 2, 2)), "dim 4"),
    ],
)
def test_windows_unlike_those_of_fit_are_an_error(fitted, X, message):
    with pytest.raises(ValueError, match=message):
        fitted.predict(X)


def test_a_table_where_windows_were_trained_on_is_an_error(fitted):
    named = pd.DataFrame(np.zeros((4, 2)), columns=["x0", "x1"])
    with pytest.raises(ValueError, match="windows of 1 rows; expected 5, as in fit"):
        fitted.predict(named)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y is None; expected one target for each window"),
        (np.zeros(149), "inconsistent numbers of samples"),
        (np.zeros((150, 2, 1)), "Found array with dim 3"),
        (np.full(150, "slow"), "could not convert string to float"),
    ],
)
def test_targets_that_do_not_fit_are_an_error(windows, y, message):
    with pytest.raises(ValueError, match=message):
        small_regressor().fit(windows, y)


def test_constant_parameters_are_named(table, y):
    X = table[0].assign(temperature_degc=25.0)
    with pytest.warns(UserWarning, match=r"\['temperature_degc'\] are constant over the rows"):
        small_regressor(max_epochs=1).fit(windows_of(X), y)


@pytest.mark.filterwarnings("ignore:the predictions")
def test_a_constant_target_is_warned_of(windows, y):
    with pytest.warns(UserWarning, match="y is constant over the training windows"):
        small_regressor(max_epochs=1).fit(windows, np.full(150, 0.6))
    # Constant where it is trained on, though not everywhere.
    tail = np.r_[np.full(136, 0.6), y[136:]]
    with pytest.warns(UserWarning, match="y is constant over the training windows"):
        small_regressor(max_epochs=1).fit(windows, tail)


def test_constant_predictions_are_warned_of(windows, y):
    class Silent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.level = torch.nn.Parameter(torch.zeros(1))

        def forward(self, windows):
            return self.level.expand(len(windows))

    with pytest.warns(UserWarning, match="predictions are the same for every training window"):
        small_regressor(module=Silent, max_epochs=1).fit(windows, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Small against the mean is not constant.
        small_regressor(max_epochs=1, normalize_y=False).fit(windows, y)


# Arrays of (windows, inputs, rows), as aeon and tsai have them.


def test_channels_first_is_recognised_in_predict():
    windows = np.asarray(windows_of(record()[0]))
    model = small_regressor().fit(windows, record()[1])
    with pytest.raises(ValueError, match=r"X has shape \(150, 2, 5\).*aeon and tsai.*transpose"):
        model.predict(windows.transpose(0, 2, 1))


def test_channels_first_is_recognised_in_fit_where_the_shape_tells():
    X = np.random.default_rng(0).normal(size=(80, 3, 40))
    model = small_regressor(max_epochs=1, validation=None)
    with pytest.warns(UserWarning, match="40 inputs in windows of 3 rows.*aeon and tsai"):
        model.fit(X, X[:, 0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(X.transpose(0, 2, 1), X[:, 0, 0])
        # More inputs than rows, but few of both.
        model.fit(X[:, :, :5], X[:, 0, 0])


def test_as_many_inputs_as_rows_are_taken_as_they_are():
    X = np.random.default_rng(0).normal(size=(80, 4, 4))
    model = small_regressor(max_epochs=1, validation=None).fit(X, X[:, 0, 0])
    assert model.predict(X.transpose(0, 2, 1)).shape == (80,)
