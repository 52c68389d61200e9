"""A training epoch of the shared work with this package; see `bench_epochs.py`."""

import warnings

from measuring import EpochClock, train_once
from user_network import Watch

from sklearn_frictiongru.neural_network import GRUFrictionRegressor


def train(work, n_epochs, threads, backend):
    """Train and return the clock; `fit` takes as many threads as torch has, here `threads`."""
    warnings.simplefilter("ignore")
    windows, targets = work.data()
    clock = EpochClock()
    GRUFrictionRegressor(
        conv_channels=work.conv_channels,
        kernel_size=work.kernel_size,
        hidden_size=work.hidden_size,
        n_gru_layers=work.n_gru_layers,
        batch_size=work.batch_size,
        lr=work.lr,
        max_epochs=n_epochs,
        validation=None,
        random_state=work.seed,
        device="cpu",
        backend=backend,
        callbacks=[Watch(clock)],
    ).fit(windows, targets)
    return clock


if __name__ == "__main__":
    train_once(train)
