"""Standardisation, and the units of losses."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import r2_score

from tests.neural_network._models import (
    LENGTH,
    assert_same_model,
    rows_in,
    small_regressor,
    weights_of,
    windows_of,
)


def test_statistics_are_those_of_the_training_rows(table, y):
    X, _ = table
    plain = windows_of(X, LENGTH)
    model = small_regressor(max_epochs=1).fit(plain, y)
    rows = rows_in(plain, model.training_indices_)
    values, targets = X.to_numpy()[rows], y[model.training_indices_]
    np.testing.assert_allclose(model.X_mean_, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.X_scale_, values.std(axis=0), rtol=1e-12)
    assert model.y_mean_ == pytest.approx(targets.mean(), rel=1e-12)
    assert model.y_scale_ == pytest.approx(targets.std(), rel=1e-12)
    # What other rows hold changes nothing.
    changed, other_y = X.copy(), y.copy()
    others = np.setdiff1d(np.arange(len(X)), rows)
    assert len(others) == 2 * (14 + LENGTH - 1)
    changed.iloc[others] = 1e6
    other_y[np.setdiff1d(np.arange(len(X)), model.training_indices_)] = 1e6
    other = small_regressor(max_epochs=1, restore_best=False).fit(
        windows_of(changed, LENGTH), other_y
    )
    np.testing.assert_array_equal(other.X_mean_, model.X_mean_)
    np.testing.assert_array_equal(other.X_scale_, model.X_scale_)
    assert (other.y_mean_, other.y_scale_) == (model.y_mean_, model.y_scale_)
    np.testing.assert_array_equal(weights_of(other), weights_of(model))


def test_rows_between_strides_do_not_count(table, y):
    X, _ = table
    short = windows_of(X, 2)
    model = small_regressor(max_epochs=1, stride=5).fit(short, y)
    values = X.to_numpy()[rows_in(short, model.training_indices_)]
    assert len(values) == 2 * len(model.training_indices_)
    np.testing.assert_allclose(model.X_mean_, values.mean(axis=0), rtol=1e-12)


def test_the_network_sees_standardised_windows_and_gives_back_the_unit(windows, fitted):
    standardised = (np.asarray(windows) - fitted.X_mean_) / fitted.X_scale_
    network = fitted.net_.module_.eval()
    with torch.no_grad():
        output = network(torch.as_tensor(standardised.astype(np.float32))).numpy()
    np.testing.assert_allclose(
        fitted.predict(windows), output * fitted.y_scale_ + fitted.y_mean_, rtol=1e-6
    )


def test_normalisation_can_be_switched_off(windows, y):
    model = small_regressor(normalize_X=False, normalize_y=False).fit(windows, y)
    network = model.net_.module_.eval()
    with torch.no_grad():
        output = network(torch.as_tensor(np.asarray(windows).astype(np.float32))).numpy()
    np.testing.assert_allclose(model.predict(windows), output, rtol=1e-6)
    validating = model.validation_indices_
    loss = np.mean((model.predict(windows)[validating] - y[validating]) ** 2)
    assert model.best_validation_loss_ == pytest.approx(loss, rel=1e-5)
    # Statistics are learned all the same, for gradients per standard deviation.
    np.testing.assert_allclose(
        model.X_scale_, windows.rows[rows_in(windows, model.training_indices_)].std(axis=0)
    )


def test_losses_are_in_squared_units_of_the_target(windows, y, fitted):
    scaled = small_regressor().fit(windows, 100.0 * y)
    for column in ("training_loss", "validation_loss"):
        np.testing.assert_allclose(
            scaled.history_[column], 1e4 * fitted.history_[column], rtol=1e-4
        )
    assert fitted.history_.columns.tolist() == [
        "epoch",
        "training_loss",
        "validation_loss",
        "learning_rate",
        "seconds",
    ]
    assert fitted.history_["epoch"].tolist() == [1, 2, 3]
    assert (fitted.history_["seconds"] > 0).all()
    assert fitted.n_epochs_ == 3
    assert fitted.interrupted_ is False


def test_the_training_loss_is_the_mean_over_the_epoch(windows, y):
    # With next to no learning, all batches see the same weights.
    model = small_regressor(lr=1e-12, max_epochs=1).fit(windows, y)
    training = model.training_indices_
    loss = np.mean((model.predict(windows)[training] - y[training]) ** 2)
    assert model.history_["training_loss"][0] == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("value", [0.0, 7.5, 1e-7])
def test_constant_columns_are_kept(table, value):
    X, y = table
    constant = X.assign(still=value)
    model = small_regressor().fit(windows_of(constant, LENGTH), y)
    assert model.X_scale_[2] == 1.0
    assert model.X_mean_[2] == pytest.approx(value, rel=1e-12)
    assert model.n_features_in_ == 3
    assert np.isfinite(model.predict(windows_of(constant, LENGTH))).all()


def test_a_constant_target_is_predicted(windows):
    model = small_regressor(max_epochs=20).fit(windows, np.full(150, 0.6))
    assert (model.y_mean_, model.y_scale_) == (pytest.approx(0.6), 1.0)
    np.testing.assert_allclose(model.predict(windows), 0.6, atol=0.05)


def test_several_targets_are_predicted_in_their_own_units(table):
    X = table[0].to_numpy()
    y = np.column_stack([0.6 + 0.05 * X[:, 0], 300.0 - 20.0 * X[:, 1], 0.01 * X[:, 0]])
    model = small_regressor(hidden_size=8, max_epochs=60).fit(X, y)
    predictions = model.predict(X)
    assert predictions.shape == y.shape
    assert model.n_outputs_ == 3
    np.testing.assert_allclose(model.y_mean_, y[model.training_indices_].mean(axis=0))
    assert r2_score(y, predictions, multioutput="raw_values").min() > 0.9
    assert model.score(X, y) == pytest.approx(r2_score(y, predictions))


def test_losses_of_several_targets_are_of_standardised_values(windows):
    y = np.random.default_rng(0).normal(size=(150, 2)) * [1.0, 1000.0] + [0.6, 20.0]
    model = small_regressor().fit(windows, y)
    validating = model.validation_indices_
    errors = (model.predict(windows)[validating] - y[validating]) / model.y_scale_
    assert model.best_validation_loss_ == pytest.approx(np.mean(errors**2), rel=1e-5)


def test_targets_of_a_frame_are_taken(windows, y):
    frame = pd.DataFrame({"friction": y, "shear_stress_mpa": 5.0 * y})
    model = small_regressor(max_epochs=1).fit(windows, frame)
    assert_same_model(model, small_regressor(max_epochs=1).fit(windows, frame.to_numpy()))
    assert model.predict(windows).shape == (150, 2)


def test_the_huber_loss_is_reported_in_squared_units_of_the_target(windows, y):
    y = y + np.random.default_rng(0).standard_t(2, size=150) * 0.02
    model = small_regressor(loss="huber").fit(windows, y)
    validating = model.validation_indices_
    errors = np.abs(model.predict(windows)[validating] - y[validating])
    bend = model.y_scale_
    huber = np.where(errors <= bend, errors**2 / 2, bend * (errors - bend / 2))
    assert (errors > bend).any()
    assert model.best_validation_loss_ == pytest.approx(huber.mean(), rel=1e-4)


@pytest.mark.parametrize("loss", [torch.nn.L1Loss, torch.nn.L1Loss()])
def test_a_loss_of_ones_own_is_of_standardised_values(windows, y, loss):
    model = small_regressor(loss=loss).fit(windows, y)
    validating = model.validation_indices_
    errors = np.abs(model.predict(windows)[validating] - y[validating]) / model.y_scale_
    assert model.best_validation_loss_ == pytest.approx(errors.mean(), rel=1e-4)
