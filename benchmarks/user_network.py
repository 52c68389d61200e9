"""The network and its training as one would write them with torch and skorch."""

from skorch.callbacks import Callback
from torch import nn


class UserNetwork(nn.Module):
    """Two causal convolutions, stacked GRU layers and one dense output.

    With a `window_length`, only the last rows of each window are used.
    """

    def __init__(
        self,
        n_features,
        conv_channels=32,
        kernel_size=5,
        hidden_size=32,
        n_gru_layers=4,
        window_length=0,
    ):
        super().__init__()
        self.window_length = window_length
        past = (kernel_size - 1, 0)
        self.convolutions = nn.Sequential(
            nn.ConstantPad1d(past, 0.0),
            nn.Conv1d(n_features, conv_channels, kernel_size),
            nn.ReLU(),
            nn.ConstantPad1d(past, 0.0),
            nn.Conv1d(conv_channels, conv_channels, kernel_size),
            nn.ReLU(),
        )
        self.gru = nn.GRU(conv_channels, hidden_size, num_layers=n_gru_layers, batch_first=True)
        self.dense = nn.Linear(hidden_size, 1)

    def forward(self, windows):
        """Predict the target of each window."""
        windows = windows[:, -self.window_length :]
        steps = self.convolutions(windows.transpose(1, 2)).transpose(1, 2)
        return self.dense(self.gru(steps)[0][:, -1])


class Watch(Callback):
    """Times the epochs of a training by skorch."""

    def __init__(self, clock):
        self.clock = clock

    def on_epoch_begin(self, net, **kwargs):
        """Begin an epoch."""
        self.clock.begin()

    def on_epoch_end(self, net, **kwargs):
        """End an epoch."""
        self.clock.end(net.history[-1]["train_loss"])
