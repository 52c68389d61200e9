"""Seeds: the same one gives the same model, whatever runs beside it."""

import random

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network._layers._kernels._threads import denormals_are_flushed
from tests.neural_network._models import (
    LENGTH,
    Failing,
    assert_same_model,
    small_regressor,
    train_and_predict,
    weights_of,
    windows_of,
)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_same_seed_gives_the_same_model_to_the_last_bit(windows, y, dropout):
    one, other = (
        small_regressor(dropout=dropout, n_gru_layers=2).fit(windows, y) for _ in range(2)
    )
    assert_same_model(one, other)
    np.testing.assert_array_equal(one.predict(windows), other.predict(windows))


def test_fitting_again_begins_anew(windows, y):
    regressor = small_regressor(dropout=0.4, n_gru_layers=2).fit(windows, y)
    first = weights_of(regressor)
    np.testing.assert_array_equal(weights_of(regressor.fit(windows, y)), first)


def test_dropout_has_a_say_in_training_and_none_in_predicting(windows, y):
    plain = small_regressor(n_gru_layers=2).fit(windows, y)
    dropped = small_regressor(n_gru_layers=2, dropout=0.4).fit(windows, y)
    assert not np.array_equal(weights_of(plain), weights_of(dropped))
    np.testing.assert_array_equal(dropped.predict(windows), dropped.predict(windows))


def test_different_seeds_differ(windows, y, fitted):
    others = [small_regressor(random_state=seed).fit(windows, y) for seed in (1, None, None)]
    predictions = [model.predict(windows) for model in [fitted, *others]]
    for i, one in enumerate(predictions):
        assert all(not np.array_equal(one, other) for other in predictions[:i])
    assert [fitted.seed_, others[0].seed_] == [0, 1]
    again = small_regressor(random_state=others[1].seed_).fit(windows, y)
    assert_same_model(again, others[1])


def test_a_generator_as_random_state(windows, y):
    one, other = (
        small_regressor(random_state=np.random.RandomState(3)).fit(windows, y) for _ in range(2)
    )
    assert_same_model(one, other)
    generator = np.random.RandomState(3)
    first, second = (small_regressor(random_state=generator).fit(windows, y) for _ in range(2))
    assert_same_model(first, one)
    assert first.seed_ != second.seed_


def test_the_seed_sets_initial_weights_and_batches_apart(windows, y):
    # One batch of everything leaves only the weights to differ by.
    whole = {"batch_size": 96, "validation": None, "max_epochs": 1}
    one, other = (
        small_regressor(**whole, random_state=seed, lr=1e-12).fit(windows, y) for seed in (0, 1)
    )
    assert not np.allclose(weights_of(one), weights_of(other), atol=1e-3)
    # The order of batches matters as well: the sums of one epoch differ.
    batched = small_regressor(batch_size=16, validation=None, max_epochs=1).fit(windows, y)
    assert not np.array_equal(weights_of(batched), weights_of(one))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_models_trained_side_by_side_are_those_trained_in_turn(windows, y, backend):
    in_turn = [train_and_predict(seed, windows, y) for seed in range(4)]
    # Even these few rows go through a file that the workers share, as long records do.
    with joblib.parallel_config(backend=backend, n_jobs=2):
        side_by_side = joblib.Parallel(max_nbytes=None if backend == "threading" else 100)(
            joblib.delayed(train_and_predict)(seed, windows, y) for seed in range(4)
        )
    for expected, found in zip(in_turn, side_by_side, strict=True):
        assert found[0] == "WindowArray"
        np.testing.assert_array_equal(found[1], expected[1])
        np.testing.assert_array_equal(found[2], expected[2])


def numpy_state():
    _, keys, position, *gauss = np.random.get_state()  # noqa: NPY002
    return keys.tolist(), position, gauss


def test_global_generators_are_neither_touched_nor_used(windows, y):
    models = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        before = random.getstate(), numpy_state(), torch.get_rng_state()
        for random_state in (0, None):
            model = small_regressor(dropout=0.3, n_gru_layers=2, random_state=random_state)
            model.fit(windows, y).predict(windows)
            models.append(model)
        assert random.getstate() == before[0]
        assert numpy_state() == before[1]
        assert torch.equal(torch.get_rng_state(), before[2])
    assert_same_model(models[0], models[2])
    assert models[1].seed_ != models[3].seed_


@pytest.fixture
def settings_of_torch():
    """Settings unlike those of the training, and back to those of before."""
    before = torch.get_num_threads(), denormals_are_flushed()
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    yield lambda: (torch.get_num_threads(), denormals_are_flushed())
    torch.set_num_threads(before[0])
    torch.set_flush_denormal(before[1])


def test_torch_settings_are_put_back(windows, y, settings_of_torch):
    inside = []

    class Watched(torch.nn.Linear):
        def forward(self, windows):
            inside.append(settings_of_torch())
            return super().forward(windows.mean(dim=1))

    network = Watched(2, 1)
    model = small_regressor(max_epochs=1, module=network).fit(windows, y)
    assert settings_of_torch() == (2, False)
    # Training, validation, the skill over the validation windows and a look at the predictions.
    assert len(inside) > len(model.training_indices_) // 16 + 3
    trained = len(inside)
    model.predict(windows)
    assert settings_of_torch() == (2, False)
    assert len(inside) > trained
    assert set(inside) == {(1, True)}
    model.net_.module_ = Failing()
    for call in (
        lambda: model.predict(windows),
        lambda: small_regressor(module=torch.nn.Sequential(network, Failing())).fit(windows, y),
    ):
        with pytest.raises(RuntimeError, match="out of memory"):
            call()
        assert settings_of_torch() == (2, False)


def test_the_order_in_which_windows_come_does_not_matter(windows, y, fitted):
    mixed = np.random.default_rng(0).permutation(len(windows))
    model = small_regressor().fit(windows[mixed], y[mixed])
    assert_same_model(model, fitted)


def test_a_clone_is_unfitted_and_trains_the_same_model(windows, y, fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(windows)
    assert_same_model(copy.fit(windows, y), fitted)


def test_fitting_leaves_parameters_and_data_alone(table):
    X, y = table
    windows, targets = windows_of(X, LENGTH), y.copy()
    before = windows.rows.copy()
    splitter = RunHoldout(n_blocks=1, window_length=LENGTH)
    model = small_regressor(validation=splitter, max_epochs=1)
    parameters = model.get_params()
    model.fit(windows, targets)
    assert model.get_params() == parameters
    assert model.validation is splitter
    np.testing.assert_array_equal(windows.rows, before)
    np.testing.assert_array_equal(targets, y)
