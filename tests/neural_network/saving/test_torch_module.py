"""Fitted models as plain torch modules."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from tests.neural_network._models import record, small_regressor, windows_of

X, Y = record(150)
WINDOWS = windows_of(X)
TARGETS = {1: Y, 2: np.column_stack([Y, 100 - 3 * Y])}


class Last(torch.nn.Module):
    """A module of the user's own, with an attribute of a name that the built-in one has."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.backend = "mine"
        self.dense = torch.nn.Linear(n_features, n_outputs)

    def forward(self, windows):
        return self.dense(windows[:, -1])


def fitted(kind, n_outputs):
    model = {
        "plain": lambda: small_regressor(),
        "not normalised": lambda: small_regressor(normalize_X=False, normalize_y=False),
        "float64": lambda: small_regressor(precision="float64"),
        "own module": lambda: small_regressor(module=Last),
        "dropout": lambda: small_regressor(n_gru_layers=2, dropout=0.5),
        "ensemble": lambda: GRUFrictionEnsemble(small_regressor(), n_estimators=2),
    }[kind]()
    return model.fit(WINDOWS, TARGETS[n_outputs])


KINDS = ("plain", "not normalised", "float64", "own module", "dropout", "ensemble")


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_it_predicts_what_the_model_does_in_a_column_for_each_target(kind, n_outputs):
    model = fitted(kind, n_outputs)
    module = model.torch_module()
    predicted = module(torch.as_tensor(WINDOWS))
    assert predicted.shape == (len(WINDOWS), n_outputs)
    assert predicted.dtype == torch.float64
    expected = model.predict(WINDOWS).reshape(len(WINDOWS), n_outputs)
    np.testing.assert_allclose(predicted.detach(), expected, rtol=1e-5)
    assert module(torch.as_tensor(WINDOWS).float()).dtype == torch.float32


def test_large_offsets_cost_no_precision():
    far = windows_of(X + 1e6)
    model = small_regressor().fit(far, Y)
    predicted = model.torch_module()(torch.as_tensor(far))[:, 0]
    np.testing.assert_allclose(predicted.detach(), model.predict(far), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives_are_those_of_finite_differences(kind):
    module = fitted(kind, 1).torch_module().double()
    window = torch.as_tensor(np.asarray(WINDOWS[50:51]))

    def gradient(values):
        return torch.autograd.functional.jacobian(lambda x: module(x)[0, 0], values)

    hessian = torch.autograd.functional.hessian(lambda x: module(x)[0, 0], window)
    step = torch.zeros_like(window)
    step[0, -1, 0] = 1e-4
    expected = (gradient(window + step) - gradient(window - step)) / 2e-4
    torch.testing.assert_close(hessian[0, -1, 0], expected, rtol=1e-4, atol=1e-8)


def test_hooks_run_on_each_layer():
    seen = []
    module = fitted("plain", 1).torch_module()
    for name, layer in module.named_modules():
        layer.register_forward_hook(lambda *_, name=name: seen.append(name))
    module(torch.as_tensor(WINDOWS[:3]))
    assert {"module.convolutions.0", "module.gru_layers.0", "module.dense"} <= set(seen)


@pytest.mark.parametrize("kind", ["plain", "ensemble"])
def test_it_can_be_exported_and_differentiated_by_functions(kind):
    module = fitted(kind, 1).torch_module()
    some = torch.as_tensor(WINDOWS[:4]).float()
    shapes = {"windows": {0: torch.export.Dim("n_windows")}}
    program = torch.export.export(module, (some[:2],), dynamic_shapes=shapes)
    torch.testing.assert_close(program.module()(some), module(some))
    found = torch.func.grad(lambda x: module(x).sum())(some)
    expected = torch.autograd.functional.jacobian(lambda x: module(x).sum(), some)
    torch.testing.assert_close(found, expected)


def test_it_is_a_copy():
    model = fitted("plain", 1)
    before = model.predict(WINDOWS)
    module = model.torch_module()
    assert not module.training
    with torch.no_grad():
        for weights in module.parameters():
            weights.zero_()
    np.testing.assert_array_equal(model.predict(WINDOWS), before)
    assert model.net_.module_.backend == "fused"


def test_a_module_of_the_user_keeps_its_attributes():
    module = fitted("own module", 1).torch_module()
    assert module.module.backend == "mine"


@pytest.mark.parametrize("model", [GRUFrictionRegressor(), GRUFrictionEnsemble()])
def test_it_needs_a_fitted_model(model):
    with pytest.raises(NotFittedError):
        model.torch_module()


def test_hooks_on_the_trained_network_itself_run():
    pytest.importorskip("numba")
    model = small_regressor(backend="fused").fit(WINDOWS, Y)
    network, seen = model.net_.module_.eval(), []
    some = torch.as_tensor(WINDOWS[:3]).float()
    without = network(some)
    handles = [
        layer.register_forward_hook(lambda *_: seen.append(1))
        for layer in (*network.convolutions, *network.gru_layers)
    ]
    torch.testing.assert_close(network(some), without, rtol=1e-5, atol=1e-6)
    assert len(seen) == len(handles) == 3
    for handle in handles:
        handle.remove()
    assert torch.equal(network(some), without)
