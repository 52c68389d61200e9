"""The network is the published one, and its random numbers are its own."""

import math
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork, SeededDropout

SIZES = {
    "n_features": 3,
    "conv_channels": 4,
    "kernel_size": 3,
    "hidden_size": 5,
    "n_gru_layers": 3,
    "dropout": 0.0,
    "seed": 0,
}


def network(**sizes):
    return ConvGRUNetwork(**{**SIZES, **sizes})


def windows(n_windows=6, length=9, seed=0):
    return torch.randn(n_windows, length, 3, generator=torch.Generator().manual_seed(seed))


def weights(module):
    return torch.cat([parameter.detach().ravel() for parameter in module.parameters()])


def test_two_convolutions_stacked_grus_and_a_dense_output():
    net = network()
    kinds = [type(module) for module in net.modules() if not list(module.children())]
    assert kinds.count(nn.Conv1d) == 2
    assert kinds.count(nn.GRU) == 3
    assert kinds.count(nn.Linear) == 1
    assert kinds.count(SeededDropout) == 2
    convolutions = 4 * 3 * 3 + 4 + 4 * 4 * 3 + 4
    layers = sum(3 * 5 * (n_in + 5) + 2 * 3 * 5 for n_in in (4, 5, 5))
    assert len(weights(net)) == convolutions + layers + 5 + 1


def test_forward_is_that_of_torch_layers_with_the_past_padded():
    net = network().eval()
    x = windows()
    first, second = net.convolutions
    steps = torch.zeros(6, 9 + 2, 3)
    steps[:, 2:] = x
    steps = torch.relu(first(steps.transpose(1, 2)))
    steps = torch.relu(second(torch.cat([torch.zeros(6, 4, 2), steps], dim=2))).transpose(1, 2)
    stacked = nn.GRU(4, 5, num_layers=3, batch_first=True)
    stacked.load_state_dict(
        {
            f"{name[:-1]}{layer}": value
            for layer, gru in enumerate(net.gru_layers)
            for name, value in gru.state_dict().items()
        }
    )
    expected = net.dense(stacked(steps)[0][:, -1])[:, 0]
    assert net(x).shape == (6,)
    torch.testing.assert_close(net(x), expected, rtol=1e-6, atol=1e-7)


def test_every_row_and_parameter_of_a_window_counts():
    net = network().eval()
    x = windows().requires_grad_()
    gradient = torch.autograd.grad(net(x).sum(), x)[0]
    assert (gradient != 0).any(dim=0).all()


def test_a_window_does_not_see_its_neighbours():
    net = network().eval()
    x, changed = windows(), windows()
    changed[2] += 1.0
    differs = (net(x) != net(changed)).tolist()
    assert differs == [False, False, True, False, False, False]


def test_windows_of_one_row():
    assert network()(windows(length=1)).shape == (6,)
    assert network(kernel_size=1)(windows(length=1)).shape == (6,)


def test_weights_come_from_the_seed_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = network(seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    torch.testing.assert_close(weights(one), weights(network(seed=5)), rtol=0, atol=0)
    assert not torch.equal(weights(one), weights(network(seed=6)))


def test_weights_are_drawn_from_the_ranges_of_torch():
    net = network(conv_channels=32, hidden_size=64, n_gru_layers=2)
    bounds = {
        net.convolutions[0]: 1 / math.sqrt(3 * 3),
        net.convolutions[1]: 1 / math.sqrt(32 * 3),
        net.gru_layers[0]: 1 / math.sqrt(64),
        net.gru_layers[1]: 1 / math.sqrt(64),
        net.dense: 1 / math.sqrt(64),
    }
    for module, bound in bounds.items():
        drawn = weights(module)
        assert drawn.abs().max() <= bound
        assert drawn.abs().max() > 0.9 * bound
        assert drawn.std() == pytest.approx(bound / math.sqrt(3), rel=0.2)


def test_dropout_lies_between_the_layers_and_in_training_alone():
    x = windows()
    net = network(dropout=0.5)
    plain = network(dropout=0.0)
    assert torch.equal(net.eval()(x), plain.eval()(x))
    assert not torch.equal(net.train()(x), plain(x))
    assert torch.equal(plain.train()(x), plain.eval()(x))
    one_layer = network(dropout=0.5, n_gru_layers=1).train()
    assert torch.equal(one_layer(x), one_layer.eval()(x))
    assert len({dropout.seed for dropout in net.dropouts}) == 2


def test_dropout_drops_its_share_and_keeps_the_mean():
    x = torch.ones(200, 500)
    dropped = SeededDropout(0.3, seed=0).train()(x)
    # Of 100,000 draws the share is within 0.0045 in all but 0.2 % of cases.
    assert float((dropped == 0).double().mean()) == pytest.approx(0.3, abs=0.0045)
    assert dropped.unique().tolist() == [0.0, pytest.approx(1 / 0.7)]


def test_dropout_masks_come_from_the_seed_alone():
    x = torch.ones(4, 50)
    before = torch.get_rng_state()
    one, two = SeededDropout(0.5, seed=3), SeededDropout(0.5, seed=3)
    first = one(x)
    torch.rand(7)
    assert torch.equal(first, two(x))
    second = one(x)
    assert not torch.equal(first, second)
    assert torch.equal(second, two(x))
    assert not torch.equal(first, SeededDropout(0.5, seed=4)(x))
    torch.set_rng_state(before)
    SeededDropout(0.5, seed=3)(x)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_used_dropout_is_pickled_without_its_generator():
    x = torch.ones(4, 50)
    used = SeededDropout(0.5, seed=3)
    first = used(x)
    back = pickle.loads(pickle.dumps(used))
    assert (back.p, back.seed, back._generator) == (0.5, 3, None)
    assert torch.equal(back(x), first)
    assert torch.equal(back.eval()(x), x)
    # Pickling takes nothing from the one that goes on training.
    assert used._generator is not None


def test_a_network_survives_pickling():
    net = network(dropout=0.2).eval()
    back = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(back(windows()).detach(), net(windows()).detach())
