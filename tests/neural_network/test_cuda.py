"""What has to hold on a GPU; on the CPU it shows that the tests themselves work."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import load_model, save_model, train_stacked
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, windows_of

X, Y = record(n_features=3)
WINDOWS = windows_of(X)
SPREAD = np.std(Y)
NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

pytestmark = [
    pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NO_GPU)]),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def on_cpu():
    """Return a model that was trained on the CPU."""
    return small_regressor().fit(WINDOWS, Y)


def close_to(expected, share=0.01):
    """Compare with predictions of the CPU: float32 rounds otherwise on a GPU."""
    return pytest.approx(expected, abs=share * SPREAD)


def test_the_fit_of_the_cpu(device, on_cpu):
    fitted = small_regressor(device=device).fit(WINDOWS, Y)
    assert {weights.device.type for weights in fitted.net_.module_.parameters()} == {device}
    assert fitted.predict(WINDOWS) == close_to(on_cpu.predict(WINDOWS))
    assert fitted.training_indices_.tolist() == on_cpu.training_indices_.tolist()


def test_the_same_seed_is_the_same_model_within_a_tolerance(device):
    one, other = (small_regressor(device=device).fit(WINDOWS, Y) for _ in range(2))
    assert one.predict(WINDOWS) == close_to(other.predict(WINDOWS))


def test_mixed_precision(device, on_cpu):
    fitted = small_regressor(device=device, precision="bfloat16").fit(WINDOWS, Y)
    assert fitted.predict(WINDOWS) == close_to(on_cpu.predict(WINDOWS), 0.3)


@pytest.mark.parametrize("capture", [False, "auto"])
def test_stacked_repeats_are_those_trained_alone(device, capture):
    models = [small_regressor(device=device, random_state=seed) for seed in range(3)]
    alone = [
        small_regressor(device=device, random_state=seed).fit(WINDOWS, Y).predict(WINDOWS)
        for seed in range(3)
    ]
    stacked = train_stacked(models, WINDOWS, Y, capture=capture)
    for model, expected in zip(stacked, alone, strict=True):
        assert model.predict(WINDOWS) == close_to(expected)


def test_partial_fit_goes_on(device, on_cpu):
    fitted = small_regressor(device=device).fit(WINDOWS, Y).partial_fit(WINDOWS, Y)
    expected = pickle.loads(pickle.dumps(on_cpu)).partial_fit(WINDOWS, Y)
    assert fitted.predict(WINDOWS) == close_to(expected.predict(WINDOWS))


def test_pickled_and_saved_models_predict_the_same(device, tmp_path):
    fitted = small_regressor(device=device).fit(WINDOWS, Y)
    expected = fitted.predict(WINDOWS)
    save_model(fitted, tmp_path / "model.safetensors")
    for loaded in (
        pickle.loads(pickle.dumps(fitted)),
        load_model(tmp_path / "model.safetensors"),
    ):
        assert loaded.predict(WINDOWS) == close_to(expected)


def test_importance(device, on_cpu):
    fitted = small_regressor(device=device).fit(WINDOWS, Y)
    found, expected = (gradient_importance(model, WINDOWS) for model in (fitted, on_cpu))
    np.testing.assert_allclose(found.relative, expected.relative, atol=0.01)
    assert not fitted.net_.module_.training


def test_a_sweep_finds_the_same_length(device):
    searches = [
        WindowLengthSearchCV(
            make_pipeline(SlidingWindowTransformer(), small_regressor(device=where, max_epochs=6)),
            [1, 4],
            n_repeats=2,
            random_state=0,
        ).fit(X, Y)
        for where in (device, "cpu")
    ]
    assert searches[0].best_window_length_ == searches[1].best_window_length_ == 4
    np.testing.assert_allclose(
        searches[0].results_["score"], searches[1].results_["score"], rtol=0.05
    )
