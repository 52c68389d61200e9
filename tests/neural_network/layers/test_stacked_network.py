"""Stacked networks do what each of them does alone, and do not feel each other."""

import pytest
import torch

from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork
from sklearn_frictiongru.neural_network._layers._stacked_network import StackedNetwork, last_states

SIZES = {
    "n_features": 3,
    "conv_channels": 4,
    "kernel_size": 3,
    "hidden_size": 5,
    "n_gru_layers": 3,
    "dropout": 0.0,
}
SEEDS = (1, 2, 3)
# Of values and, relative to the largest one, gradients; 1.1e-16 and 4e-15, 4.5e-8 and 5.5e-7
# were measured.
TOLERANCE = {torch.float64: 1e-13, torch.float32: 2e-6}


def networks(dtype=torch.float64, **sizes):
    return [ConvGRUNetwork(**{**SIZES, **sizes}, seed=seed).to(dtype) for seed in SEEDS]


def windows(n_windows=6, length=9, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(3, n_windows, length, 3, generator=generator, dtype=dtype)


def alone(nets, x):
    return torch.stack([net(own) for net, own in zip(nets, x, strict=True)])


def gradients_of(nets):
    """Return the gradients of networks alone, stacked, by name."""
    named = [dict(net.named_parameters()) for net in nets]
    return {name: torch.stack([own[name].grad for own in named]) for name in named[0]}


def assert_same_gradients(stacked, outputs, nets, outputs_alone, tolerance):
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(outputs.shape, generator=generator, dtype=outputs.dtype)
    found = torch.autograd.grad((outputs * weights).sum(), list(stacked.weights.values()))
    (outputs_alone * weights).sum().backward()
    for gradient, (name, expected) in zip(found, gradients_of(nets).items(), strict=True):
        largest = float(expected.abs().max())
        error = float((gradient - expected).abs().max())
        assert error <= tolerance * largest, name


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    ("n_gru_layers", "n_windows", "length", "n_outputs", "kernel_size"),
    [(1, 1, 1, 1, 3), (1, 3, 7, 1, 1), (2, 3, 1, 2, 3), (4, 4, 2, 1, 2), (3, 6, 9, 1, 3)],
)
def test_values_and_gradients_are_those_of_each_network_alone(
    dtype, n_gru_layers, n_windows, length, n_outputs, kernel_size
):
    nets = networks(dtype, n_gru_layers=n_gru_layers, n_outputs=n_outputs, kernel_size=kernel_size)
    x = windows(n_windows, length, dtype)
    stacked = StackedNetwork(nets)
    found, expected = stacked(x), alone(nets, x)
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=0, atol=TOLERANCE[dtype])
    assert_same_gradients(stacked, found, nets, expected, TOLERANCE[dtype])


def test_it_begins_with_the_weights_of_each_network_to_the_last_bit():
    nets = networks(torch.float32)
    stacked = StackedNetwork(nets)
    assert list(stacked.weights) == [name for name, _ in nets[0].named_parameters()]
    for name, weights in stacked.weights.items():
        assert weights.is_leaf
        assert weights.requires_grad
        for own, net in zip(weights, nets, strict=True):
            assert torch.equal(own, net.get_parameter(name))
    first = stacked.weights["gru_layers.0.weight_hh_l0"]
    assert not torch.equal(first[0], first[1])


def test_weights_of_the_networks_are_copied():
    nets = networks()
    stacked = StackedNetwork(nets)
    before = nets[0].dense.weight.clone()
    with torch.no_grad():
        stacked.weights["dense.weight"] += 1
    assert torch.equal(nets[0].dense.weight, before)


def test_without_gradients_the_values_are_the_same_to_the_last_bit():
    stacked = StackedNetwork(networks())
    x = windows()
    with_gradients = stacked(x)
    with torch.no_grad():
        assert torch.equal(stacked(x), with_gradients)


@pytest.mark.parametrize("n_gru_layers", [2, 4])
def test_masks_of_dropout_are_those_of_each_network_batch_after_batch(n_gru_layers):
    nets = networks(dropout=0.4, n_gru_layers=n_gru_layers)
    beside = networks(dropout=0.4, n_gru_layers=n_gru_layers)
    stacked = StackedNetwork(beside)
    for n_windows in (6, 6, 2):
        x = windows(n_windows)
        masks = stacked.draw_masks(n_windows, 9)
        found, expected = stacked(x, masks), alone(nets, x)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)
        assert not torch.allclose(found, stacked(x), atol=1e-3)
    for net in nets:
        net.zero_grad()
    expected = alone(nets, x)
    masks = stacked.draw_masks(2, 9)
    assert_same_gradients(stacked, stacked(x, masks), nets, expected, 1e-13)


def test_without_dropout_there_are_no_masks():
    assert StackedNetwork(networks()).draw_masks(6, 9) is None
    assert StackedNetwork(networks(n_gru_layers=1, dropout=0.5)).draw_masks(6, 9) is None


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("n_layers", "length"), [(1, 3), (3, 2), (2, 4)])
def test_gradients_of_the_layers_are_those_of_finite_differences(n_layers, length, masked):
    n_networks, n_windows, hidden = 2, 2, 3
    generator = torch.Generator().manual_seed(0)

    def values(*shape):
        drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
        return drawn.requires_grad_()

    inputs = (
        values(n_networks, length, n_windows, 3 * hidden),
        values(n_layers - 1, n_networks, 3 * hidden, hidden),
        values(n_layers, n_networks, 3 * hidden, hidden),
        values(n_layers, n_networks, 4 * hidden),
    )
    masks = None
    if masked:
        shape = ((n_layers - 1) * n_networks, length + n_layers - 1, n_windows, hidden)
        masks = values(*shape).detach()
    assert torch.autograd.gradcheck(lambda *given: last_states(*given, masks), inputs)


def test_no_network_feels_another():
    nets = networks()
    stacked = StackedNetwork(nets)
    x = windows()
    others = x.clone()
    others[1] = torch.nan
    found = stacked(others)
    assert torch.equal(found[[0, 2]], stacked(x)[[0, 2]])
    assert found[1].isnan().all()
    gradients = torch.autograd.grad(found.sum(), list(stacked.weights.values()))
    for gradient in gradients:
        assert gradient[[0, 2]].isfinite().all()


def test_windows_may_lie_anyhow_in_memory():
    stacked = StackedNetwork(networks())
    x = windows()
    lying = x.permute(3, 1, 2, 0).contiguous().permute(3, 1, 2, 0)
    assert not lying.is_contiguous()
    torch.testing.assert_close(stacked(lying), stacked(x), rtol=0, atol=1e-14)
    shared = x[:1].expand_as(x)
    torch.testing.assert_close(stacked(shared), stacked(shared.clone()), rtol=0, atol=1e-14)


def test_large_inputs_give_numbers():
    nets = networks(torch.float32)
    stacked = StackedNetwork(nets)
    x = windows(dtype=torch.float32) * 1e30
    found = stacked(x)
    assert found.isfinite().all()
    gradients = torch.autograd.grad(found.sum(), list(stacked.weights.values()))
    assert all(not gradient.isnan().any() for gradient in gradients[4:])


def test_some_of_the_networks_go_on_with_their_weights():
    nets = networks(dropout=0.3)
    stacked = StackedNetwork(nets)
    with torch.no_grad():
        for weights in stacked.weights.values():
            weights *= 1.5
    x = windows()
    left = stacked.select([0, 2])
    assert left.networks == [nets[0], nets[2]]
    torch.testing.assert_close(left(x[[0, 2]]), stacked(x)[[0, 2]], rtol=0, atol=1e-13)
    for name, weights in left.weights.items():
        assert weights.is_leaf
        assert weights.requires_grad
        assert torch.equal(weights, stacked.weights[name][[0, 2]])
        assert weights.data_ptr() != stacked.weights[name].data_ptr()
    assert len(stacked.networks) == 3
