"""Uses of projects that look into torch networks: through `torch_module`."""

import numpy as np

from tests.ecosystem._record import network, record
from tests.ecosystem._table import use


def windows_and_model():
    """Return windows as a tensor, and a network that was trained on them."""
    import torch

    from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

    X, y = record()
    windows = SlidingWindowTransformer(3).fit_transform(X)
    return torch.as_tensor(windows, dtype=torch.float32), network().fit(windows, y)


@use("captum", "captum", recipe=True)
def explain_layers(tmp_path):
    """Attribute predictions to inputs and to layers

    `gradient_importance` has captum's integrated gradients built in.
    """
    from captum.attr import IntegratedGradients, LayerActivation, LayerConductance

    windows, model = windows_and_model()
    module = model.torch_module()
    some = windows[50:60]
    _, gap = IntegratedGradients(module).attribute(
        some, target=0, n_steps=1000, return_convergence_delta=True
    )
    assert abs(gap).max() < 1e-4
    states, _ = LayerActivation(module, module.module.gru_layers[0]).attribute(some)
    assert states.shape == (10, 3, 8)
    conductance = LayerConductance(module, module.module.convolutions[0])
    assert conductance.attribute(some, target=0).shape == (10, 8, 3)


@use("shap", "shap", recipe=True)
def explain_with_shap(tmp_path):
    """Explain predictions with ``GradientExplainer``

    ``DeepExplainer`` does not know torch's GRU.
    """
    import shap

    windows, model = windows_and_model()
    module = model.torch_module()
    explainer = shap.GradientExplainer(module, windows[:100])
    values = explainer.shap_values(windows[100:110], nsamples=500, rseed=0)
    # Shap values add up to what the prediction has more than the mean over the background.
    predicted = module(windows).detach().numpy()[:, 0]
    found = values.reshape(10, -1).sum(axis=1)
    np.testing.assert_allclose(found, predicted[100:110] - predicted[:100].mean(), atol=0.02)


@use("PyTorch", "torch", recipe=True)
def export_and_differentiate(tmp_path):
    """Use hooks, ``torch.export``, ``torch.func`` and second derivatives

    Second derivatives through the fast passes (:ref:`guide_speed`) raise. A layer that has a hook
    runs on torch's own passes, more slowly.
    """
    import torch

    windows, model = windows_and_model()
    module = model.torch_module()
    some = windows[50:53]
    seen = []
    module.module.gru_layers[0].register_forward_hook(lambda *_: seen.append(1))
    predicted = module(some)
    assert seen == [1]

    batch = torch.export.Dim("n_windows")
    program = torch.export.export(module, (some,), dynamic_shapes={"windows": {0: batch}})
    torch.testing.assert_close(program.module()(some), predicted)

    gradient = torch.func.grad(lambda x: module(x).sum())(some)
    assert gradient.shape == some.shape
    hessian = torch.autograd.functional.hessian(lambda x: module(x).sum(), some[:1])
    assert hessian.abs().sum() > 0


@use("PyTorch", "torch")
def make_tensors(tmp_path):
    """Make a tensor of a ``WindowArray``

    The tensor holds all windows, which a `WindowArray` does not.
    """
    import torch

    from sklearn_frictiongru.preprocessing import WindowArray

    windows = WindowArray(np.arange(20.0).reshape(10, 2), window_length=3)
    assert (torch.as_tensor(windows).numpy() == np.asarray(windows)).all()
