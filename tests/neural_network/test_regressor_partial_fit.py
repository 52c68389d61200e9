"""Training that goes on: warm starts and single epochs."""

import numpy as np
import pytest
from sklearn.base import clone

from tests.neural_network._models import (
    assert_same_model,
    record,
    small_regressor,
    weights_of,
    windows_of,
)


def test_a_warm_start_goes_on_from_the_weights_and_scales_of_the_last_fit(table, windows, y):
    model = small_regressor(warm_start=True, restore_best=False, max_epochs=2).fit(windows, y)
    weights, mean = weights_of(model), model.X_mean_
    again = clone(model).fit(windows, y)
    model.set_params(lr=1e-12, random_state=5).fit(windows_of(table[0] * 2.0), y + 1.0)
    # Next to no learning leaves the weights where they were.
    np.testing.assert_allclose(weights_of(model), weights, atol=1e-9)
    np.testing.assert_array_equal(model.X_mean_, mean)
    assert model.y_mean_ == again.y_mean_
    assert (model.seed_, model.n_epochs_) == (5, 2)
    assert model.history_["epoch"].tolist() == [1, 2]


def test_a_first_fit_is_the_same_with_and_without_warm_start(windows, y, fitted):
    assert_same_model(small_regressor(warm_start=True).fit(windows, y), fitted)


def test_a_warm_start_wants_windows_as_before(table, windows, y):
    model = small_regressor(warm_start=True, max_epochs=1).fit(windows, y)
    with pytest.raises(ValueError, match="windows of 6 rows; expected 5, as in fit"):
        model.fit(windows_of(table[0], 6), y)
    with pytest.raises(ValueError, match="y has 2 targets; expected 1, as in the first fit"):
        model.fit(windows, np.column_stack([y, y]))


def test_partial_fit_is_one_epoch_over_all_complete_windows(windows, y):
    model = small_regressor(lr=1e-12).partial_fit(windows, y)
    complete = np.flatnonzero(windows.complete)
    np.testing.assert_array_equal(model.training_indices_, complete)
    assert len(model.validation_indices_) == 0
    loss = np.mean((model.predict(windows)[complete] - y[complete]) ** 2)
    assert model.history_["training_loss"].tolist() == [pytest.approx(loss, rel=1e-5)]
    assert model.best_validation_loss_ is None


def test_partial_fit_again_and_again_is_a_fit_without_validation(windows, y):
    whole = small_regressor(validation=None, dropout=0.3, n_gru_layers=2).fit(windows, y)
    model = small_regressor(dropout=0.3, n_gru_layers=2)
    for epoch in (1, 2, 3):
        model.partial_fit(windows, y)
        assert model.history_["epoch"].tolist() == list(range(1, epoch + 1))
    assert_same_model(model, whole)
    assert model.n_epochs_ == model.best_epoch_ == 3
    np.testing.assert_array_equal(model.history_["training_loss"], whole.history_["training_loss"])


def test_partial_fit_keeps_the_scales_of_the_first_call(table, windows, y):
    model = small_regressor().partial_fit(windows, y)
    mean, scale = model.X_mean_, model.y_scale_
    model.partial_fit(windows_of(table[0] * 3.0), 5.0 * y)
    np.testing.assert_array_equal(model.X_mean_, mean)
    assert model.y_scale_ == scale
    with pytest.raises(ValueError, match="X has 3 features, but GRUFrictionRegressor is expecting"):
        model.partial_fit(windows_of(record(150, 3)[0].to_numpy()), y)


def test_partial_fit_goes_on_from_a_fit_and_its_optimiser(windows, y):
    model = small_regressor(lr_schedule="cosine", patience=2).fit(windows, y)
    restored = weights_of(model)
    steps = model.net_.optimizer_.state_dict()["state"][0]["step"].item()
    model.partial_fit(windows, y)
    n_batches = -(-len(model.training_indices_) // 16)
    assert model.net_.optimizer_.state_dict()["state"][0]["step"].item() == steps + n_batches
    assert model.history_["epoch"].tolist() == [1, 2, 3, 4]
    # At the learning rate itself, not at the end of its schedule.
    assert model.history_["learning_rate"].iloc[-1] == 0.02
    assert not np.array_equal(weights_of(model), restored)
