"""Exported models: what they predict without Python is what they predict with it."""

import sys

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from tests.neural_network._models import record, small_regressor, weights_of, windows_of

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

X, Y = record(240)


class FlatModule(torch.nn.Module):
    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(5 * n_features, n_outputs)
        )

    def forward(self, windows):
        return self.layers(windows)


def assert_exported(model, windows, path, *, within=1e-5, **options):
    """Compare with onnxruntime, to a share of the standard deviation of the target."""
    windows = np.asarray(windows, dtype=np.float64)
    expected = model.predict(windows)
    # A graph that forgot its input would be right about a constant.
    assert (np.ptp(expected, axis=0) > 0.05 * model.y_scale_).all()
    training = model.net_.module_.training
    model.to_onnx(path, **options)
    assert model.net_.module_.training == training
    np.testing.assert_array_equal(model.predict(windows), expected)
    session = onnxruntime.InferenceSession(str(path))
    for n_windows in (1, 3, len(windows)):
        found = session.run(None, {"windows": windows[:n_windows]})[0]
        assert found.dtype == np.float64
        assert found.shape == expected[:n_windows].shape
        assert np.max(np.abs(found - expected[:n_windows]) / model.y_scale_) < within


@pytest.mark.parametrize("length", [5, 50])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"normalize_X": False, "normalize_y": False},
        {"dropout": 0.4, "n_gru_layers": 2},
    ],
)
def test_the_exported_model_predicts_the_same(tmp_path, length, parameters):
    windows = windows_of(X, length)
    model = small_regressor(**parameters).fit(windows, Y)
    assert_exported(model, windows, tmp_path / "model.onnx")


@pytest.mark.parametrize("parameters", [{}, {"module": FlatModule}])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_modules_and_several_outputs_are_exported(tmp_path, parameters, n_outputs):
    y = Y if n_outputs == 1 else np.column_stack([Y, 1000.0 - 300.0 * Y, Y**2])
    model = small_regressor(**parameters).fit(windows_of(X), y)
    assert_exported(model, windows_of(X), tmp_path / "model.onnx")


def test_large_offsets_cost_no_digits(tmp_path):
    windows = windows_of(X + 1e6)
    assert_exported(small_regressor().fit(windows, Y), windows, tmp_path / "model.onnx")


@pytest.mark.parametrize("module", [None, FlatModule])
def test_float64_is_exported_as_what_runtimes_know(tmp_path, module):
    # They have no convolution in float64.
    windows = windows_of(X + 1e6)
    model = small_regressor(precision="float64", module=module).fit(windows, Y)
    assert_exported(model, windows, tmp_path / "model.onnx")
    assert {weights.dtype for weights in model.net_.module_.parameters()} == {torch.float64}


def test_mixed_precision_is_exported_without_its_rounding(tmp_path):
    windows = windows_of(X)
    model = small_regressor(precision="bfloat16").fit(windows, Y)
    # Which keeps three digits.
    assert_exported(model, windows, tmp_path / "model.onnx", within=0.05)


@pytest.mark.parametrize("training", [True, False])
def test_exporting_leaves_the_model_alone(tmp_path, training):
    model = small_regressor(dropout=0.5, n_gru_layers=2, max_epochs=1).fit(windows_of(X), Y)
    model.net_.module_.train(training)
    weights = weights_of(model)
    state = torch.get_rng_state()
    model.to_onnx(tmp_path / "model.onnx")
    # All of its parts, of which a dropout is one.
    assert {part.training for part in model.net_.module_.modules()} == {training}
    np.testing.assert_array_equal(weights_of(model), weights)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_graph_names_what_goes_in_and_out(tmp_path):
    small_regressor(max_epochs=1).fit(windows_of(X), Y).to_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    (given,), (returned,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape) == (
        "windows",
        "tensor(double)",
        ["n_windows", 5, 2],
    )
    assert (returned.name, returned.type, returned.shape) == (
        "prediction",
        "tensor(double)",
        ["n_windows"],
    )


def test_an_unfitted_model_is_not_exported(tmp_path):
    with pytest.raises(NotFittedError):
        small_regressor().to_onnx(tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_newer_exporter_predicts_the_same(tmp_path):
    windows = windows_of(X, 3)
    model = small_regressor().fit(windows, Y)
    assert_exported(model, windows, tmp_path / "model.onnx", dynamo=True)


def test_a_missing_library_or_failed_export_leaves_the_old_file(tmp_path, monkeypatch):
    model = small_regressor(max_epochs=1).fit(windows_of(X), Y)
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "onnx", None)
        with pytest.raises(ImportError, match=r"sklearn_frictiongru\[onnx\]"):
            model.to_onnx(path)

    def failing(model, arguments, file, **options):
        file.write(b"half")
        raise RuntimeError("no such operator")

    monkeypatch.setattr(torch.onnx, "export", failing)
    with pytest.raises(RuntimeError, match="no such operator"):
        model.to_onnx(path)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["model.onnx"]
