"""The work that every library is given: data, network and training, said in NumPy alone.

The network: two causal 1-D convolutions with ReLU, four stacked GRU layers that start from
zero, one dense output on the last step. It is trained with Adam on the mean squared error, in
float32, over shuffled batches; nothing validates.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

HIDDEN_SIZES = (32, 64)
WARM_UP_EPOCHS = 2
"""Epochs that are reported apart: they hold compilation, with XLA under Keras both of them."""


@dataclass(frozen=True)
class TrainingWork:
    """One training to be measured."""

    hidden_size: int = 32
    n_windows: int = 1024
    window_length: int = 400
    n_features: int = 5
    conv_channels: int = 32
    kernel_size: int = 5
    n_gru_layers: int = 4
    batch_size: int = 64
    lr: float = 1e-3
    seed: int = 0

    def shrunk(self):
        """Return the same work with few, short windows, to try a script out."""
        return replace(self, n_windows=128, window_length=20)

    def as_dict(self):
        """Return all sizes, to tell results of the same work from others."""
        return asdict(self)

    def memory(self):
        """Return the filter between rows and target, of shape (10 lags, n_features)."""
        shares = 0.5 ** np.arange(self.n_features)
        weights = 0.8 ** np.arange(10)[:, np.newaxis] * shares
        return weights / np.linalg.norm(weights)

    def data(self):
        """Return windows and their targets, of zero mean and unit variance.

        Returns
        -------
        windows : float32 ndarray of shape (n_windows, window_length, n_features)
            Windows that end at consecutive rows of white noise, earliest row first.
        targets : float32 ndarray of shape (n_windows,)
            The filter over the last ten rows of each window.
        """
        rng = np.random.default_rng(self.seed)
        rows = rng.standard_normal((self.n_windows + self.window_length - 1, self.n_features))
        windows = np.lib.stride_tricks.sliding_window_view(rows, self.window_length, axis=0)
        windows = windows.transpose(0, 2, 1)
        latest_first = windows[:, ::-1][:, : len(self.memory())]
        targets = np.einsum("wlf,lf->w", latest_first, self.memory())
        return windows.astype(np.float32), targets.astype(np.float32)
