"""The fast passes and torch's own layers run the same network."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._layers import _network
from sklearn_frictiongru.neural_network._layers._fused import fused_available
from sklearn_frictiongru.neural_network._training import _parameters
from tests.neural_network._models import record, small_regressor, windows_of


@pytest.fixture(scope="module")
def windows_and_targets():
    X, y = record(300)
    return windows_of(X, 12), y


@pytest.fixture
def calls(monkeypatch):
    """Count the layers that the fast passes run."""
    counted = []
    fused = _network.fused_gru

    def counting(steps, layer):
        counted.append(len(steps))
        return fused(steps, layer)

    monkeypatch.setattr(_network, "fused_gru", counting)
    return counted


def fitted(windows_and_targets, **options):
    return small_regressor(**{"n_gru_layers": 2, "max_epochs": 4, **options}).fit(
        *windows_and_targets
    )


@pytest.mark.parametrize(("backend", "fast"), [("auto", True), ("fused", True), ("torch", False)])
def test_the_parameter_decides_what_runs(windows_and_targets, calls, backend, fast):
    model = fitted(windows_and_targets, backend=backend)
    assert bool(calls) == fast
    calls.clear()
    model.predict(windows_and_targets[0])
    assert bool(calls) == fast


def test_mixed_precision_and_missing_numba_leave_torch_to_run(
    windows_and_targets, calls, monkeypatch
):
    fitted(windows_and_targets, precision="bfloat16", max_epochs=1)
    assert not calls
    monkeypatch.setattr(_network, "fused_available", lambda device, dtype: False)
    fitted(windows_and_targets, max_epochs=1)
    assert not calls


@pytest.mark.parametrize(("precision", "close"), [("float32", 1e-4), ("float64", 1e-11)])
def test_both_train_the_same_model_but_for_rounding(windows_and_targets, precision, close):
    models = [
        fitted(windows_and_targets, backend=backend, precision=precision, dropout=0.0)
        for backend in ("torch", "fused")
    ]
    losses = [model.history_[["training_loss", "validation_loss"]] for model in models]
    np.testing.assert_allclose(losses[1], losses[0], rtol=close)
    found = [model.predict(windows_and_targets[0]) for model in models]
    np.testing.assert_allclose(found[1], found[0], rtol=close)


def test_a_full_training_ends_as_low_within_the_spread_of_seeds(windows_and_targets):
    lowest = {
        backend: [
            fitted(
                windows_and_targets,
                backend=backend,
                max_epochs=15,
                batch_size=32,
                random_state=seed,
            ).best_validation_loss_
            for seed in range(3)
        ]
        for backend in ("torch", "fused")
    }
    spread = np.std(lowest["torch"], ddof=1)
    assert spread > 0
    assert abs(np.mean(lowest["fused"]) - np.mean(lowest["torch"])) < spread


def test_a_model_of_one_predicts_with_the_other(windows_and_targets, monkeypatch):
    windows, _ = windows_and_targets
    model = fitted(windows_and_targets, backend="fused")
    expected, importance = model.predict(windows), gradient_importance(model, windows)
    state = model.net_.module_.state_dict()
    of_torch = fitted(windows_and_targets, backend="torch", max_epochs=1)
    of_torch.net_.module_.load_state_dict(state)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict(windows), expected)
    # Loaded where numba is missing it predicts the same.
    monkeypatch.setattr(_network, "fused_available", lambda device, dtype: False)
    np.testing.assert_allclose(copied.predict(windows), expected, rtol=1e-6)
    np.testing.assert_allclose(of_torch.predict(windows), expected, rtol=1e-6)
    np.testing.assert_allclose(
        gradient_importance(copied, windows).by_lag, importance.by_lag, rtol=1e-4, atol=1e-9
    )


def test_a_saved_model_keeps_its_backend(windows_and_targets, tmp_path):
    model = fitted(windows_and_targets, backend="torch")
    model.save(tmp_path / "model.safetensors")
    loaded = GRUFrictionRegressor.load(tmp_path / "model.safetensors")
    assert loaded.backend == "torch"
    assert loaded.net_.module_.backend == "torch"
    assert clone(loaded).backend == "torch"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"precision": "bfloat16"}, "precision is 'bfloat16'"),
        ({"module": torch.nn.Linear}, "module is not the built-in network"),
        ({"backend": "quick"}, "'backend' parameter"),
    ],
)
def test_where_the_fast_passes_cannot_run_it_is_said(windows_and_targets, options, reason):
    with pytest.raises(ValueError, match=reason):
        fitted(windows_and_targets, **{"backend": "fused", **options})


def test_a_missing_numba_is_said_with_the_extra(windows_and_targets, monkeypatch):
    monkeypatch.setattr(_parameters, "fused_available", lambda device, dtype: False)
    with pytest.raises(ValueError, match=r"numba is not installed .*sklearn_frictiongru\[fast\]"):
        fitted(windows_and_targets, backend="fused")


def test_they_run_on_a_cpu_only():
    assert fused_available(torch.device("cpu"), torch.float32)
    assert not fused_available(torch.device("cuda"), torch.float32)
