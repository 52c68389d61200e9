"""Callbacks of the training that skorch does not have."""

from copy import copy

import numpy as np
import torch
from skorch.callbacks import Callback


class RecordLearningRate(Callback):
    """Record the learning rate of each epoch as ``lr`` in the history."""

    def on_epoch_begin(self, net, **kwargs):
        """Record the learning rate that the epoch begins with."""
        net.history.record("lr", float(net.optimizer_.param_groups[0]["lr"]))


class StopWhenDiverged(Callback):
    """End the training with an error as soon as loss or weights are not finite."""

    def __init__(self, lr, X_scale):
        self.lr = lr
        self.X_scale = X_scale

    def on_batch_end(self, net, training=False, **kwargs):
        """Check the loss of a batch."""
        name = "train_loss" if training else "valid_loss"
        self._check(net, np.isfinite(net.history[-1]["batches"][-1][name]), "loss")

    def on_epoch_end(self, net, **kwargs):
        """Check the weights after the last batch of an epoch."""
        finite = all(torch.isfinite(weights).all() for weights in net.module_.parameters())
        self._check(net, finite, "network")

    def _check(self, net, finite, what):
        if not finite:
            scales = np.array2string(self.X_scale, precision=4)
            raise ValueError(
                f"training diverged: the {what} is not finite in epoch {len(net.history)} with "
                f"lr={self.lr:g} and parameters of the standard deviations {scales}. Lower lr, "
                "set gradient_clip, or keep normalize_X and normalize_y on."
            )


def shallow_copies(callbacks):
    """Return callbacks for another training, which share what they hold with the given ones.

    An open log, a trial or a lock cannot be copied and is wanted as it is, but what a callback
    counts is of one training.
    """
    if isinstance(callbacks, list | tuple):
        return type(callbacks)(map(shallow_copies, callbacks))
    # Names stay as they are, and so do classes, which skorch makes an instance of in each training.
    return copy(callbacks) if isinstance(callbacks, Callback) else callbacks
