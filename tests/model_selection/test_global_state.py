"""What trainings share with the rest of a process, and leave as it was."""

import threading
import warnings

import numpy as np
import pytest
import torch

from sklearn_frictiongru.inspection import gradient_importance, sanity_check
from sklearn_frictiongru.model_selection._train_once import quiet_threads
from sklearn_frictiongru.neural_network import GRUFrictionRegressor

X = np.random.default_rng(0).normal(size=(60, 2))
Y = 0.6 + 0.1 * X[:, 0]


def fitted(**options):
    options = {"hidden_size": 2, "n_gru_layers": 2, "max_epochs": 2, "batch_size": 16, **options}
    return GRUFrictionRegressor(random_state=0, device="cpu", **options).fit(X, Y)


def test_the_filters_of_warnings_are_put_back_by_the_last_thread():
    before = list(warnings.filters)
    inside, leave = [threading.Event() for _ in range(2)], [threading.Event() for _ in range(2)]

    def train(i):
        with quiet_threads(None):
            inside[i].set()
            leave[i].wait(60)

    threads = [threading.Thread(target=train, args=(i,)) for i in range(2)]
    # The first to enter is the first to leave, which nested filters are not made for.
    for i in range(2):
        threads[i].start()
        assert inside[i].wait(60)
    for i in range(2):
        assert list(warnings.filters) != before
        leave[i].set()
        threads[i].join()
    assert list(warnings.filters) == before


@pytest.mark.parametrize("options", [{}, {"precision": "float64"}, {"dropout": 0.5}])
def test_a_seed_means_the_same_whatever_the_default_type(options):
    expected = fitted(**options).predict(X)
    torch.set_default_dtype(torch.float64)
    try:
        found = fitted(**options).predict(X)
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("backend", ["torch", "auto"])
def test_training_and_gradients_work_where_the_caller_has_switched_them_off(off, backend):
    model = fitted(backend=backend)
    expected = gradient_importance(model, X).relative
    with off():
        np.testing.assert_array_equal(fitted(backend=backend).predict(X), model.predict(X))
        found = gradient_importance(model, X).relative
        sanity_check(model, X, fitted().predict(X), n_repeats=2, random_state=0)
        assert not torch.is_grad_enabled()
    np.testing.assert_array_equal(found, expected)
