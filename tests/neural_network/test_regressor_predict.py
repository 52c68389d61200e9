"""Predictions and scores, alone and beside others, and what can be learned at all."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.utils import get_tags

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import (
    LENGTH,
    record,
    small_regressor,
    windows_of,
)


@pytest.fixture(scope="module")
def wide(windows, y):
    """A network large enough for its matrix products to be rounded row by row."""
    sizes = {"conv_channels": 32, "kernel_size": 5, "hidden_size": 32, "n_gru_layers": 2}
    return small_regressor(**sizes, max_epochs=1).fit(windows, y)


@pytest.mark.parametrize("n_windows", [1, 2, 3, 7, 16, 17, 100])
def test_a_prediction_does_not_depend_on_those_beside_it(windows, wide, n_windows):
    together = wide.predict(windows)
    some = slice(30, 30 + n_windows)
    np.testing.assert_array_equal(wide.predict(windows[some]), together[some])
    mixed = np.random.default_rng(0).permutation(150)
    np.testing.assert_array_equal(wide.predict(windows[mixed]), together[mixed])


def test_more_windows_than_a_batch_of_predictions(y, fitted):
    X, _ = record(700, seed=3)
    many = windows_of(X, LENGTH)
    np.testing.assert_array_equal(
        fitted.predict(many),
        np.concatenate([fitted.predict(many[:333]), fitted.predict(many[333:])]),
    )


def test_no_windows_no_predictions(windows, fitted):
    for none in (windows[:0], np.empty((0, LENGTH, 2))):
        predictions = fitted.predict(none)
        assert (predictions.shape, predictions.dtype) == ((0,), np.float64)


def test_the_score_is_r2_over_complete_windows(windows, y, fitted):
    complete = windows.complete
    predictions = fitted.predict(windows)
    assert fitted.score(windows, y) == r2_score(y[complete], predictions[complete])
    assert fitted.score(windows, y) != r2_score(y, predictions)
    weights = np.arange(150.0)
    assert fitted.score(windows, y, sample_weight=weights) == r2_score(
        y[complete], predictions[complete], sample_weight=weights[complete]
    )
    assert fitted.score(np.asarray(windows), y) == r2_score(y, predictions)


def test_nothing_complete_cannot_be_scored(windows, y, fitted):
    with pytest.raises(
        ValueError, match=r"none of the 4 windows is complete.* a complete window needs 5"
    ):
        fitted.score(windows[:4], y[:4])


def test_it_can_learn_64_windows_by_heart():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(64, 8, 2)), random.normal(size=64)
    model = GRUFrictionRegressor(
        conv_channels=16,
        kernel_size=3,
        hidden_size=16,
        n_gru_layers=1,
        max_epochs=200,
        lr=0.02,
        validation=None,
        random_state=0,
    ).fit(X, y)
    assert np.mean((model.predict(X) - y) ** 2) < 0.01 * y.var()


def test_it_learns_a_filter_of_50_lags_better_than_the_baselines():
    fading = np.exp(-np.arange(50) / 15.0)
    fading /= fading.sum()

    def record_of(n_rows, seed):
        X = np.random.default_rng(seed).normal(size=(n_rows, 2))
        # What friction remembers is how much there was of the first input, either way.
        return X, 0.6 + 0.05 * np.convolve(np.abs(X[:, 0]), fading)[:n_rows]

    (X, y), (X_test, y_test) = record_of(1500, 0), record_of(700, 1)
    cut = SlidingWindowTransformer(50).fit(X)
    model = GRUFrictionRegressor(
        conv_channels=8,
        kernel_size=1,
        hidden_size=16,
        n_gru_layers=1,
        max_epochs=25,
        lr=0.01,
        random_state=0,
    ).fit(cut.transform(X), y)
    complete = cut.transform(X_test).complete
    targets = y_test[complete]
    flat = SlidingWindowTransformer(50, flatten=True).fit(X)
    ridge = RidgeCV(np.logspace(-2, 4, 13)).fit(flat.transform(X)[49:], y[49:])
    errors = {
        "last value": y_test[np.flatnonzero(complete) - 1] - targets,
        "ridge": ridge.predict(flat.transform(X_test)[complete]) - targets,
        "network": model.predict(cut.transform(X_test))[complete] - targets,
    }
    losses = {name: np.mean(error**2) for name, error in errors.items()}
    assert losses["network"] < 0.5 * min(losses["last value"], losses["ridge"]), losses


def test_a_gradient_can_be_taken_through_the_dataset(windows, y, fitted):
    dataset = fitted.dataset(windows, y)
    cut, targets = dataset.cut(torch.arange(len(windows)))
    np.testing.assert_allclose(
        cut.numpy(), (np.asarray(windows) - fitted.X_mean_) / fitted.X_scale_, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        targets.numpy(), (y - fitted.y_mean_) / fitted.y_scale_, rtol=1e-5, atol=1e-6
    )


def test_tags_tell_of_windows_and_several_targets():
    tags = get_tags(GRUFrictionRegressor())
    assert tags.estimator_type == "regressor"
    assert tags.input_tags.two_d_array is True
    assert tags.input_tags.three_d_array is True
    assert tags.target_tags.multi_output is True
    assert tags.target_tags.single_output is True


def test_the_page_shows_a_fitted_model(fitted):
    assert "GRUFrictionRegressor" in fitted._repr_html_()
    assert "Fitted" in fitted._repr_html_()
