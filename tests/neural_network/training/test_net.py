"""The net: shapes that would broadcast, weights in the loss, and mixed precision."""

import numpy as np
import pytest
import torch
from skorch import NeuralNetRegressor

from sklearn_frictiongru.neural_network._training._net import FrictionNet


class LastRow(torch.nn.Module):
    """A line through the last row of each window."""

    def __init__(self, n_outputs=1):
        super().__init__()
        self.line = torch.nn.Linear(3, n_outputs)

    def forward(self, windows):
        return self.line(windows[:, -1])


def net_of(module=LastRow, criterion=torch.nn.MSELoss, **parameters):
    torch.manual_seed(0)
    return FrictionNet(module, criterion=criterion, device="cpu", **parameters).initialize()


@pytest.fixture
def windows():
    return torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def pair():
    """Predictions and targets of six windows."""
    generator = torch.Generator().manual_seed(2)
    return torch.randn(6, generator=generator), torch.randn(6, generator=generator)


WEIGHTS = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 1.0])


def loss_of(net, pair, weights=None, windows=None):
    X = windows if weights is None else {"windows": windows, "sample_weight": weights}
    return float(net.get_loss(*pair, X=X))


def test_one_output_is_one_number_per_window(windows):
    net = net_of()
    expected = net.module_.line(windows[:, -1])
    assert expected.shape == (6, 1)
    for given in (windows, {"windows": windows, "sample_weight": WEIGHTS}):
        torch.testing.assert_close(net.infer(given), expected[:, 0])
    assert net.infer(windows[:1]).shape == (1,)


def test_several_outputs_and_flat_ones_stay_as_they_are(windows):
    assert net_of(module__n_outputs=2).infer(windows).shape == (6, 2)
    assert net_of(Flat).infer(windows).shape == (6,)


class Flat(LastRow):
    def forward(self, windows):
        return super().forward(windows)[:, 0]


@pytest.mark.parametrize("shape", [(6, 1), (6, 2), (5,), ()])
def test_predictions_that_would_broadcast_are_an_error(pair, shape):
    found = r"the module returned shape \(" + ", ".join(map(str, shape))
    with pytest.raises(ValueError, match=found + r",?\); expected that of the targets, \(6,\)"):
        net_of().get_loss(torch.zeros(shape), pair[1])


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_loss_is_the_mean_over_windows(pair, reduction):
    net = net_of(criterion=torch.nn.MSELoss(reduction=reduction))
    expected = float(((pair[0] - pair[1]) ** 2).mean())
    assert loss_of(net, pair) == pytest.approx(expected, rel=1e-6)


def test_a_summed_loss_stays_a_sum(pair):
    net = net_of(criterion=torch.nn.MSELoss(reduction="sum"))
    expected = float(((pair[0] - pair[1]) ** 2).sum())
    assert loss_of(net, pair) == pytest.approx(expected, rel=1e-6)


def test_the_weighted_loss_is_that_of_a_calculation_by_hand(pair, windows):
    net = net_of(criterion=torch.nn.MSELoss(reduction="none"))
    errors = (pair[0] - pair[1]).numpy().astype(float)
    by_hand = sum(w * e**2 for w, e in zip(WEIGHTS.tolist(), errors, strict=True)) / 6
    assert loss_of(net, pair, WEIGHTS, windows) == pytest.approx(by_hand, rel=1e-6)


def test_a_window_of_several_targets_weighs_as_one(windows):
    generator = torch.Generator().manual_seed(3)
    pair = torch.randn(6, 2, generator=generator), torch.randn(6, 2, generator=generator)
    net = net_of(criterion=torch.nn.L1Loss(reduction="none"))
    errors = np.abs((pair[0] - pair[1]).numpy()).mean(axis=1)
    assert loss_of(net, pair) == pytest.approx(errors.mean(), rel=1e-6)
    expected = (errors * WEIGHTS.numpy()).mean()
    assert loss_of(net, pair, WEIGHTS, windows) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_one_number_for_a_batch_cannot_be_weighted(pair, windows, reduction):
    net = net_of(criterion=torch.nn.MSELoss(reduction=reduction))
    with pytest.raises(ValueError, match="one number for a whole batch, which cannot be weighted"):
        loss_of(net, pair, WEIGHTS, windows)


def test_mixed_precision_is_close_to_float32_and_given_back_in_it(windows):
    exact = net_of().infer(windows).detach()
    mixed_net = net_of(mixed_precision=True)
    mixed = mixed_net.infer(windows).detach()
    assert mixed.dtype == torch.float32
    assert {weights.dtype for weights in mixed_net.module_.parameters()} == {torch.float32}
    # bfloat16 has eight bits of mantissa.
    torch.testing.assert_close(mixed, exact, rtol=0.02, atol=0.02)
    assert not torch.equal(mixed, exact)


def test_the_precision_of_the_windows_is_that_of_the_predictions(windows):
    net = net_of()
    net.module_.double()
    assert net.infer(windows.double()).dtype == torch.float64


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("criterion", [torch.nn.MSELoss, torch.nn.BCEWithLogitsLoss])
def test_predictions_are_those_of_skorch(windows, n_outputs, criterion):
    # The second batch is not full.
    net = net_of(criterion=criterion, module__n_outputs=n_outputs, batch_size=4)
    found, expected = net.predict(windows), NeuralNetRegressor.predict_proba(net, windows)
    assert len(found) == 6
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected, strict=True)
