"""A training epoch of the shared work with skorch and torch's own layers; see `bench_epochs.py`."""

import torch
from measuring import EpochClock, train_once
from skorch import NeuralNetRegressor
from user_network import UserNetwork, Watch


def train(work, n_epochs, threads, flush_denormal):
    """Train and return the clock."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(flush_denormal)
    torch.manual_seed(work.seed)
    windows, targets = work.data()
    clock = EpochClock()
    NeuralNetRegressor(
        UserNetwork,
        module__n_features=work.n_features,
        module__conv_channels=work.conv_channels,
        module__kernel_size=work.kernel_size,
        module__hidden_size=work.hidden_size,
        module__n_gru_layers=work.n_gru_layers,
        optimizer=torch.optim.Adam,
        lr=work.lr,
        batch_size=work.batch_size,
        max_epochs=n_epochs,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[Watch(clock)],
        verbose=0,
    ).fit(windows, targets[:, None])
    return clock


if __name__ == "__main__":
    train_once(train)
