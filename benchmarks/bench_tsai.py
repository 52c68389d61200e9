"""A training epoch of the shared work with tsai; see `bench_epochs.py`.

tsai's GRU model takes the two convolutions as its feature extractor and is trained by
fastai's loop, as it comes and with denormal numbers flushed to zero.
"""

from functools import partial

import numpy as np
import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    # fastai imports torchvision, which nothing here uses. Where it was built for a GPU and torch
    # was not, its compiled part is missing and it stumbles over these two operators.
    operators = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from fastai.callback.core import Callback
from fastai.learner import Learner
from fastai.losses import MSELossFlat
from fastai.optimizer import Adam
from measuring import EpochClock, train_once
from torch import nn
from tsai.data.core import TSRegression, get_ts_dls
from tsai.models.RNNPlus import GRUPlus


class Watch(Callback):
    """Times the training part of each epoch; fastai validates as well, which is left out."""

    def __init__(self, clock):
        self.clock = clock

    def before_train(self):
        """Begin an epoch."""
        self.losses = []
        self.clock.begin()

    def after_batch(self):
        """Keep the loss of a batch."""
        if self.training:
            self.losses.append(self.loss.item())

    def after_train(self):
        """End an epoch."""
        self.clock.end(np.mean(self.losses))


def network(work):
    """Return the network of the work description."""
    convolutions = nn.Sequential(
        *(
            layer
            for n_in in (work.n_features, work.conv_channels)
            for layer in (
                nn.ConstantPad1d((work.kernel_size - 1, 0), 0.0),
                nn.Conv1d(n_in, work.conv_channels, work.kernel_size),
                nn.ReLU(),
            )
        )
    )
    return GRUPlus(
        work.n_features,
        1,
        seq_len=work.window_length,
        hidden_size=work.hidden_size,
        n_layers=work.n_gru_layers,
        feature_extractor=convolutions,
    )


def train(work, n_epochs, threads, flush_denormal):
    """Train and return the clock."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(flush_denormal)
    torch.manual_seed(work.seed)
    windows, targets = work.data()
    loaders = get_ts_dls(
        windows.transpose(0, 2, 1).copy(),
        targets,
        splits=(list(range(work.n_windows)), list(range(work.batch_size))),
        tfms=[None, TSRegression()],
        bs=work.batch_size,
        num_workers=0,
    )
    clock = EpochClock()
    learner = Learner(
        loaders,
        network(work),
        loss_func=MSELossFlat(),
        # fastai's Adam with the constants of Adam's authors and without its weight decay.
        opt_func=partial(Adam, sqr_mom=0.999, eps=1e-8, wd=0.0),
        cbs=[Watch(clock)],
    )
    with learner.no_bar(), learner.no_logging():
        learner.fit(n_epochs, lr=work.lr)
    return clock


if __name__ == "__main__":
    train_once(train)
