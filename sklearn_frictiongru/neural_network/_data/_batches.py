"""Windows on the device: cut there, batch by batch, from rows that were moved once."""

from copy import copy

import numpy as np
import torch
from skorch.dataset import Dataset

from sklearn_frictiongru.utils.pieces import pieces


class WindowDataset(Dataset):
    """Windows and their targets, standardised, on a device.

    Of skorch's kind, so that its callbacks find targets and input in it.
    """

    def __init__(
        self, windows, y=None, sample_weight=None, *, scales, device, dtype=np.float32, rows=None
    ):
        def on_device(values):
            # A device may not support float64, so numbers are cast before they are moved.
            return torch.as_tensor(np.asarray(values, dtype=dtype), device=device)

        # Rows that are on the device already are not moved again.
        self.rows = on_device(_standardized(windows.rows, scales, dtype)) if rows is None else rows
        # Copied: torch has no read-only tensors.
        self.last_rows = torch.tensor(windows.ends, device=device)
        self.first_rows = torch.tensor(windows.first_rows, device=device)
        self.offsets = torch.arange(1 - windows.window_length, 1, device=device)
        self.y = None if y is None else on_device(scales.standardize_y(y))
        self.sample_weight = None if sample_weight is None else on_device(sample_weight)

    @property
    def X(self):
        """What a net predicts from."""
        return self

    def __len__(self):
        return len(self.last_rows)

    def __getitem__(self, index):
        windows, y = self.cut(torch.as_tensor([index], device=self.rows.device))
        return windows[0], y[0]

    def subset(self, numbers):
        """Return some of the windows, sharing their rows."""
        chosen = copy(self)
        numbers = torch.as_tensor(numbers, device=self.rows.device)
        for name in ("last_rows", "first_rows", "y", "sample_weight"):
            values = getattr(self, name)
            setattr(chosen, name, None if values is None else values[numbers])
        return chosen

    def cut(self, indices):
        """Cut some of the windows."""
        reached = self.last_rows[indices, None] + self.offsets
        # Before the beginning of a run its first row is repeated.
        windows = self.rows[torch.maximum(reached, self.first_rows[indices, None])]
        if self.y is None:
            return windows, self.rows.new_zeros(len(indices))
        if self.sample_weight is not None:
            windows = {"windows": windows, "sample_weight": self.sample_weight[indices]}
        return windows, self.y[indices]


def _standardized(rows, scales, dtype):
    """Return standardised rows (n_rows, n_features), made piece by piece."""
    standardized = np.empty(rows.shape, dtype=dtype)
    for piece in pieces(len(rows)):
        standardized[piece] = scales.standardize_X(rows[piece])
    return standardized


class WindowBatches:
    """Iterate over the windows of a dataset in batches."""

    def __init__(self, dataset, batch_size, generator=None, drop_last=False):
        self.dataset = dataset
        self.batch_size = batch_size
        self.generator = generator
        self.drop_last = drop_last

    def __len__(self):
        return -(-self._n_windows() // self.batch_size)

    def __iter__(self):
        for indices in (
            self.order()[: self._n_windows()].to(self.dataset.rows.device).split(self.batch_size)
        ):
            yield self.dataset.cut(indices)

    def _n_windows(self):
        """Return how many windows are in the batches."""
        n_windows = len(self.dataset)
        # One batch that is not full is better than none.
        full = n_windows - n_windows % self.batch_size
        return full if self.drop_last and full else n_windows

    def order(self):
        """Draw the order of the windows for one pass over them."""
        if self.generator is None:
            return torch.arange(len(self.dataset))
        return torch.randperm(len(self.dataset), generator=self.generator)
