"""Devices: named, looked for, and done without where they are missing."""

import pickle

import numpy as np
import pytest
import torch

from sklearn_frictiongru.neural_network._training._devices import torch_device
from tests.neural_network._models import record, small_regressor, windows_of

X, Y = record()
WINDOWS = windows_of(X)


@pytest.mark.parametrize("n_gpus", [0, 1, 2])
def test_gpus_are_counted(monkeypatch, n_gpus):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: n_gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
    assert torch_device("auto") == torch.device("cuda" if n_gpus else "cpu")
    for index, name in enumerate(["cuda", "cuda:1"]):
        if index < n_gpus:
            assert torch_device(name) == torch.device(name)
        else:
            with pytest.raises(ValueError, match=f"torch sees {n_gpus} CUDA GPUs here"):
                torch_device(name)


def test_an_index_does_not_wrap_around(monkeypatch):
    # Torch reads "cuda:256" as the first GPU, and "cuda:200" as one of negative index.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name in ("cuda:128", "cuda:200", "cuda:256", "cuda:65536", "cuda:-1"):
        with pytest.raises(ValueError, match=f"device is '{name}'; expected 'auto', 'cpu'"):
            torch_device(name)


@pytest.mark.parametrize("name", ["xla", "xpu", "mtia", "hpu", "vulkan", "lazy", "mps"])
def test_a_device_that_this_torch_lacks_is_named(monkeypatch, name):
    def lacking(*args, **options):
        raise AssertionError("not compiled with it")

    monkeypatch.setattr(torch.Tensor, "to", lacking)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match=f"'{name}', but torch has no such device here. Use 'auto'"
    ):
        torch_device(name)


def test_names_that_are_there_are_taken(monkeypatch):
    assert torch_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert torch_device("mps") == torch.device("mps")


@pytest.mark.parametrize("name", ["gpu", "", "meta", "cuda:256", "cpu:x", "\ud800"])
def test_names_of_no_device_are_refused(name):
    with pytest.raises(ValueError, match="device is"):
        torch_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
@pytest.mark.filterwarnings("ignore")
def test_a_model_from_a_gpu_is_unpickled_on_the_cpu():
    fitted = small_regressor().fit(WINDOWS, Y)
    expected = fitted.predict(WINDOWS)
    fitted.net_.device = "cuda"
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(WINDOWS), expected)
    loaded.partial_fit(WINDOWS, Y)
    assert {weights.device.type for weights in loaded.net_.module_.parameters()} == {"cpu"}
