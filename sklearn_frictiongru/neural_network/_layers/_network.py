"""The network of the published protocol."""

import math

import torch
from torch import nn

from sklearn_frictiongru.neural_network._layers._fused import (
    fused_available,
    fused_causal_conv,
    fused_gru,
)


class SeededDropout(nn.Module):
    """Dropout with its own random generator.

    Torch's own dropout draws from the global generator, which other trainings in the
    same process share.
    """

    def __init__(self, p, seed):
        super().__init__()
        self.p = p
        self.seed = seed
        self._generator = None

    def forward(self, x):
        """Drop values in training, pass them on in evaluation."""
        if not self.training or self.p == 0:
            return x
        if self._generator is None or self._generator.device != x.device:
            self._generator = torch.Generator(x.device).manual_seed(self.seed)
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=self._generator)
        return x * keep / (1 - self.p)

    def generator_state(self):
        """Return the state of the generator of dropout masks."""
        return None if self._generator is None else self._generator.get_state()

    def set_generator_state(self, state, device):
        """Restore the state of the generator of dropout masks."""
        self._generator = None
        if state is not None:
            self._generator = torch.Generator(device)
            self._generator.set_state(state)

    def __getstate__(self):
        state = super().__getstate__() if hasattr(super(), "__getstate__") else self.__dict__
        return {**state, "_generator": None}


def _causal_conv(steps, convolution):
    """Convolve rows with previous rows, and apply ReLU."""
    past = nn.functional.pad(steps.transpose(1, 2), (convolution.kernel_size[0] - 1, 0))
    return nn.functional.relu(convolution(past)).transpose(1, 2)


def _has_hooks(layer):
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return any(getattr(layer, kind) for kind in kinds)


class ConvGRUNetwork(nn.Module):
    """Two 1-D convolutions, stacked GRU layers and one dense output.

    The convolutions are causal: each is padded before the window, so that the last step uses
    the last rows and no padding. The GRU layers read
    the convolved rows in order of time; the dense layer reads the last step.
    """

    def __init__(
        self,
        n_features,
        conv_channels,
        kernel_size,
        hidden_size,
        n_gru_layers,
        dropout,
        seed,
        n_outputs=1,
        backend="torch",
        empty=False,
    ):
        super().__init__()
        self.backend = backend
        # Layers made on the meta device draw no weights from the global generator.
        # Nor does torch's default type decide what is drawn.
        meta = {"device": "meta", "dtype": torch.float32}
        self.kernel_size = kernel_size
        self.convolutions = nn.ModuleList(
            nn.Conv1d(n_in, conv_channels, kernel_size, **meta)
            for n_in in (n_features, conv_channels)
        )
        self.gru_layers = nn.ModuleList(
            nn.GRU(n_in, hidden_size, batch_first=True, **meta)
            for n_in in [conv_channels] + [hidden_size] * (n_gru_layers - 1)
        )
        self.dropouts = nn.ModuleList(
            SeededDropout(dropout, seed + 1 + layer) for layer in range(n_gru_layers - 1)
        )
        self.dense = nn.Linear(hidden_size, n_outputs, **meta)
        if not empty:
            self.to_empty(device="cpu")
            self._draw_weights(torch.Generator().manual_seed(seed))

    def forward(self, windows):
        """Predict the target of each window."""
        fused = self._can_be_fused(windows)
        steps = windows
        for convolution in self.convolutions:
            steps = (fused_causal_conv if fused else _causal_conv)(steps, convolution)
        for layer, gru in enumerate(self.gru_layers):
            if layer:
                steps = self.dropouts[layer - 1](steps)
            steps, last = fused_gru(steps, gru) if fused else gru(steps)
        return self.dense(last[0]).squeeze(-1)

    def _can_be_fused(self, windows):
        """Return whether the fast passes are wanted and can run on these windows."""
        if self.backend != "fused" or not len(windows):
            return False
        # The passes do not call the layers, whose hooks would not run; nor can they be traced.
        if torch.compiler.is_compiling() or any(
            map(_has_hooks, (*self.convolutions, *self.gru_layers))
        ):
            return False
        mixed = torch.is_autocast_enabled(windows.device.type)
        return not mixed and fused_available(windows.device, windows.dtype)

    @torch.no_grad()
    def _draw_weights(self, generator):
        """Draw all weights from the uniform distributions that torch's layers use."""
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                bound = 1 / math.sqrt(module.in_channels * self.kernel_size)
            elif isinstance(module, nn.GRU):
                bound = 1 / math.sqrt(module.hidden_size)
            elif isinstance(module, nn.Linear):
                bound = 1 / math.sqrt(module.in_features)
            else:
                continue
            for parameter in module.parameters():
                parameter.uniform_(-bound, bound, generator=generator)
