"""The effect of each input of a window on a prediction, by several kinds of gradients."""

import numpy as np
import torch

from sklearn_frictiongru.utils.extras import import_extra

CAPTUM_ROWS = 256
"""Number of windows that captum differentiates together, counting each step of a path."""


def gradient(function, windows, y):
    """Return the gradient by each input."""
    windows = windows.detach().requires_grad_(True)
    (found,) = torch.autograd.grad(function(windows, *y).sum(), windows)
    return found


class Gradient:
    """The gradient itself: d f / d x, per standard deviation of the input."""

    per_input = True

    def __call__(self, function, windows, y, numbers):
        """Attribute a batch of windows."""
        return gradient(function, windows, y), None


class GradientXInput(Gradient):
    """Gradient times input, which is measured from its training mean."""

    per_input = False

    def __call__(self, function, windows, y, numbers):
        """Attribute a batch of windows; see :class:`Gradient`."""
        return gradient(function, windows, y) * windows, None


class IntegratedGradients(Gradient):
    """Gradients integrated from the training mean to the input, times input."""

    per_input = False

    def __init__(self, n_steps):
        attr = import_extra("captum.attr", "captum", "method='integrated_gradients'")
        self.n_steps = n_steps
        self.captum = attr.IntegratedGradients

    def __call__(self, function, windows, y, numbers):
        """Attribute a batch of windows; see :class:`Gradient`."""
        attributions, error = self.captum(function).attribute(
            windows,
            additional_forward_args=y or None,
            n_steps=self.n_steps,
            internal_batch_size=max(CAPTUM_ROWS, len(windows)),
            return_convergence_delta=True,
        )
        return attributions, error.detach().cpu().numpy().astype(np.float64)


class SmoothGrad(Gradient):
    """Gradients averaged over noisy copies of the input.

    captum's noise comes from torch's global generator, in an order that depends on the
    batches. Here each window has its own seed.
    """

    def __init__(self, n_samples, noise, seed):
        self.n_samples = n_samples
        self.noise = noise
        self.seed = seed

    def __call__(self, function, windows, y, numbers):
        """Attribute a batch of windows; see :class:`Gradient`."""
        noise = torch.stack([self._noise(number, windows.shape[1:]) for number in numbers])
        noise = noise.to(windows.device, windows.dtype)
        total = torch.zeros_like(windows)
        for sample in range(self.n_samples):
            total += gradient(function, windows + self.noise * noise[:, sample], y)
        return total / self.n_samples, None

    def _noise(self, number, shape):
        (seed,) = np.random.SeedSequence((self.seed, int(number))).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(seed))
        return torch.randn((self.n_samples, *shape), generator=generator)
