"""Which epoch a training ends with: the best, the last, or that of an interruption."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_frictiongru.preprocessing import with_runs
from tests.neural_network._models import (
    interrupting,
    small_regressor,
    weights_of,
    windows_of,
)


def overtrained(**parameters):
    """Return targets that cannot be learned, and a model that has learned them by heart."""
    X = with_runs(np.random.default_rng(1).normal(size=(80, 2)))
    y = np.random.default_rng(2).normal(size=80)
    windows = windows_of(X, 3)
    model = small_regressor(lr=0.1, hidden_size=8, max_epochs=12, **parameters).fit(windows, y)
    validating = model.validation_indices_
    loss = np.mean((model.predict(windows)[validating] - y[validating]) ** 2)
    return model, loss


def test_the_best_weights_are_restored():
    model, loss = overtrained()
    losses = model.history_["validation_loss"]
    assert model.best_epoch_ < model.n_epochs_ == 12
    assert model.best_epoch_ == losses.argmin() + 1
    assert model.best_validation_loss_ == losses.min()
    assert losses.iloc[-1] > 1.01 * losses.min()
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)


def test_the_last_weights_are_kept_by_name():
    best, _ = overtrained()
    model, loss = overtrained(restore_best=False)
    assert loss == pytest.approx(model.history_["validation_loss"].iloc[-1], rel=1e-5)
    assert model.best_validation_loss_ == best.best_validation_loss_ < loss
    assert model.best_epoch_ == best.best_epoch_


def test_an_interrupted_training_leaves_the_best_model_so_far():
    whole, _ = overtrained()
    stopped_in = whole.best_epoch_ + 2
    best = whole.best_epoch_
    with pytest.warns(
        UserWarning,
        match=rf"interrupted after {stopped_in - 1} of 12 epochs; .*of epoch {best}, the best",
    ) as caught:
        model, loss = overtrained(callbacks=[interrupting(stopped_in, 2)])
    assert caught[0].filename == __file__
    assert model.interrupted_ is True
    assert (model.n_epochs_, model.best_epoch_) == (stopped_in - 1, best)
    np.testing.assert_array_equal(
        model.history_["validation_loss"], whole.history_["validation_loss"][: stopped_in - 1]
    )
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))


def test_the_best_epoch_may_be_the_last_that_ended():
    whole, _ = overtrained()
    with pytest.warns(UserWarning, match="interrupted"):
        model, _ = overtrained(callbacks=[interrupting(whole.best_epoch_ + 1, 1)])
    assert model.n_epochs_ == model.best_epoch_ == whole.best_epoch_
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))


@pytest.mark.parametrize("parameters", [{"restore_best": False}, {"validation": None}])
def test_without_restoring_an_interrupted_model_is_as_it_stood(windows, y, parameters):
    with pytest.warns(UserWarning, match="after 2 of 3 epochs; .*weights of the interruption"):
        model = small_regressor(callbacks=[interrupting(3, 2)], **parameters).fit(windows, y)
    two_epochs = small_regressor(**{**parameters, "max_epochs": 2}).fit(windows, y)
    assert not np.array_equal(weights_of(model), weights_of(two_epochs))
    assert np.isfinite(model.predict(windows)).all()


def test_an_interruption_before_the_first_epoch_ended_goes_through(windows, y):
    with pytest.raises(KeyboardInterrupt, match="before its first epoch"):
        small_regressor(callbacks=[interrupting(1, 3)]).fit(windows, y)


def test_patience_stops_and_keeps_the_best():
    whole, _ = overtrained()
    assert whole.best_epoch_ + 2 < whole.n_epochs_
    model, loss = overtrained(patience=2)
    assert (model.stopped_early_, model.interrupted_) == (True, False)
    assert (model.n_epochs_, model.best_epoch_) == (whole.best_epoch_ + 2, whole.best_epoch_)
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))
    assert (whole.stopped_early_, whole.interrupted_) == (False, False)


def test_a_best_epoch_at_the_end_is_warned_of(windows, y):
    with pytest.warns(ConvergenceWarning, match="the last of 3 epochs has the lowest") as caught:
        model = small_regressor().fit(windows, y)
    assert model.best_epoch_ == 3
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        overtrained()
        small_regressor(max_epochs=1).fit(windows, y)
        small_regressor(validation=None).fit(windows, y)
