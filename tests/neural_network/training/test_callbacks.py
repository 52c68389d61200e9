"""Callbacks of the training: the learning rate of each epoch, and an end where it diverges."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sklearn_frictiongru.neural_network._training._callbacks import (
    RecordLearningRate,
    StopWhenDiverged,
)


def net_of(epochs, weight=1.0):
    """Return what the callbacks look at: a history of epochs and a module."""
    module = torch.nn.Linear(2, 1)
    with torch.no_grad():
        module.weight[0, 1] = weight
    return SimpleNamespace(history=epochs, module_=module)


def epoch_of(**losses):
    return {"batches": [{"train_loss": 0.1, "valid_loss": 0.1}, losses]}


@pytest.fixture
def stop():
    return StopWhenDiverged(0.25, np.array([2.0, 1e6]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("training", "name"), [(True, "train_loss"), (False, "valid_loss")])
def test_a_loss_that_is_not_finite_names_epoch_rate_and_scales(stop, training, name, value):
    losses = {"train_loss": 0.5, "valid_loss": 0.5} | {name: value}
    net = net_of([epoch_of(), epoch_of(), epoch_of(**losses)])
    message = (
        r"the loss is not finite in epoch 3 with lr=0\.25 and parameters of the standard "
        r"deviations \[2\.e\+00 1\.e\+06\]\. Lower lr"
    )
    with pytest.raises(ValueError, match=message):
        stop.on_batch_end(net, training=training)
    # Only the loss of this batch's kind is looked at.
    stop.on_batch_end(net, training=not training)


def test_weights_that_are_not_finite_are_found_at_the_end_of_the_epoch(stop):
    for weight in (np.nan, np.inf):
        net = net_of([epoch_of(train_loss=0.1)], weight)
        stop.on_batch_end(net, training=True)
        with pytest.raises(ValueError, match=r"the network is not finite in epoch 1 with lr=0\.25"):
            stop.on_epoch_end(net)


def test_what_is_finite_goes_on(stop):
    net = net_of([epoch_of(train_loss=1e30, valid_loss=0.0)])
    stop.on_batch_end(net, training=True)
    stop.on_batch_end(net, training=False)
    stop.on_epoch_end(net)
    net.module_.bias.data[0] = np.nan
    with pytest.raises(ValueError, match="training diverged"):
        stop.on_epoch_end(net)


def test_the_rate_that_an_epoch_begins_with_is_recorded():
    recorded = []
    net = SimpleNamespace(
        history=SimpleNamespace(record=lambda name, value: recorded.append((name, value))),
        optimizer_=SimpleNamespace(param_groups=[{"lr": torch.tensor(0.5)}, {"lr": 0.1}]),
    )
    RecordLearningRate().on_epoch_begin(net)
    net.optimizer_.param_groups[0]["lr"] = 0.125
    RecordLearningRate().on_epoch_begin(net)
    assert recorded == [("lr", 0.5), ("lr", 0.125)]
    assert {type(value) for _, value in recorded} == {float}
