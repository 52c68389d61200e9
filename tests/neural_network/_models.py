"""Small records and small networks."""

import numpy as np
import pandas as pd
import torch
from skorch.callbacks import Callback

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

LENGTH = 5
"""Window length of the shared record."""

SMALL = {
    "conv_channels": 4,
    "kernel_size": 2,
    "hidden_size": 4,
    "n_gru_layers": 1,
    "batch_size": 16,
    "max_epochs": 3,
    "lr": 0.02,
    "random_state": 0,
    # Only there is the same seed the same model to the last bit.
    "device": "cpu",
}


def small_regressor(**parameters):
    """Return a regressor that trains in a fraction of a second."""
    return GRUFrictionRegressor(**{**SMALL, **parameters})


def record(n_rows=150, n_features=2, *, runs=1, seed=0):
    """Return a table of white inputs and friction that remembers four rows."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_rows, n_features)) * 3.0 + 1.0
    y = 0.6 + 0.05 * np.convolve(X[:, 0], np.ones(4) / 4)[:n_rows]
    groups = np.arange(n_rows) * runs // n_rows
    return with_runs(X, groups=groups), y


def windows_of(X, window_length=5, **parameters):
    """Return the windows of a table."""
    return SlidingWindowTransformer(window_length, **parameters).fit_transform(X)


def weights_of(regressor):
    """Return all weights of a fitted regressor as one array."""
    return np.concatenate([p.detach().numpy().ravel() for p in regressor.net_.module_.parameters()])


def train_and_predict(seed, windows, y):
    """Train as a worker does; return the kind of its input, weights and predictions."""
    model = small_regressor(random_state=seed, dropout=0.3, n_gru_layers=2).fit(windows, y)
    return type(windows).__name__, weights_of(model), model.predict(windows)


def assert_same_model(one, other):
    np.testing.assert_array_equal(weights_of(one), weights_of(other))
    columns = ["epoch", "training_loss", "validation_loss"]
    pd.testing.assert_frame_equal(one.history_[columns], other.history_[columns], check_exact=True)


def rows_in(windows, numbers):
    """Return the rows that some of the windows reach."""
    index = windows.window_index().iloc[numbers]
    reached = [
        np.arange(first, last + 1)
        for first, last in zip(index["first_row"], index["last_row"], strict=True)
    ]
    return np.unique(np.concatenate(reached))


def interrupting(epoch, batch=0, error=KeyboardInterrupt):
    """Return a callback that interrupts a training in a batch of an epoch.

    Epochs are counted over all trainings that it is given to; ``begun`` holds one entry each.
    """

    class Interrupting(Callback):
        # Of the class, since each training has a copy of the callback.
        begun = []

        def on_epoch_begin(self, net, **kwargs):
            self.begun.append(None)

        def on_batch_begin(self, net, training=False, **kwargs):
            number = len(net.history[-1]["batches"]) - 1
            if training and (len(self.begun), number) == (epoch, batch):
                raise error

    return Interrupting()


class Failing(torch.nn.Module):
    """A network that cannot be run."""

    def forward(self, windows):
        """Fail."""
        raise RuntimeError("out of memory")
