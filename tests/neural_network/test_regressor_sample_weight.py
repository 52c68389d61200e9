"""Weights of windows."""

import numpy as np
import pytest

from tests.neural_network._models import (
    assert_same_model,
    small_regressor,
    weights_of,
)


def test_weights_of_one_change_nothing(windows, y, fitted):
    weighted = small_regressor().fit(windows, y, sample_weight=np.full(len(y), 3.0))
    np.testing.assert_allclose(weights_of(weighted), weights_of(fitted), atol=1e-5)
    np.testing.assert_allclose(
        weighted.history_["validation_loss"], fitted.history_["validation_loss"], rtol=1e-4
    )


def test_windows_of_weight_zero_are_neither_trained_on_nor_validated_with(windows, y, fitted):
    weights = np.ones(len(y))
    left_out = np.r_[20:30, 140:150]
    weights[left_out] = 0.0
    changed = y.copy()
    changed[left_out] += 100.0
    model = small_regressor().fit(windows, changed, sample_weight=weights)
    used = np.concatenate([model.training_indices_, model.validation_indices_])
    assert not np.isin(left_out, used).any()
    assert_same_model(model, small_regressor().fit(windows, y, sample_weight=weights))
    assert not np.array_equal(weights_of(model), weights_of(fitted))


def test_weights_pull_towards_the_heavier_targets():
    X = np.zeros((200, 1))
    y = np.tile([0.0, 1.0], 100)
    weights = np.tile([1.0, 3.0], 100)
    options = {"validation": None, "max_epochs": 30, "precision": "float64"}
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(**options).fit(X, y, sample_weight=weights)
    assert model.predict(X[:1])[0] == pytest.approx(0.75, abs=0.03)
    assert model.y_mean_ == pytest.approx(0.75)


def test_the_validation_loss_is_weighted(windows, y):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    model = small_regressor(max_epochs=2, restore_best=True).fit(windows, y, sample_weight=weights)
    validating = model.validation_indices_
    errors = (model.predict(windows)[validating] - y[validating]) ** 2
    assert model.best_validation_loss_ == pytest.approx(
        np.average(errors, weights=weights[validating]), rel=1e-5
    )


def test_partial_fit_takes_weights(windows, y):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    model = small_regressor(lr=1e-12).partial_fit(windows, y, sample_weight=weights)
    trained = model.training_indices_
    errors = (model.predict(windows)[trained] - y[trained]) ** 2
    assert model.history_["training_loss"][0] == pytest.approx(
        np.average(errors, weights=weights[trained]), rel=1e-5
    )
