"""Windows on the device: cut there, batch by batch, from rows that were moved once."""

from copy import copy

import numpy as np
import torch


class WindowDataset(torch.utils.data.Dataset):
    """Windows and their targets, on a device.

    Parameters
    ----------
    windows : WindowArray of shape (n_windows, window_length, n_features)
        The windows.
    y : ndarray of shape (n_windows,) or (n_windows, n_outputs), default=None
        Standardised targets.
    sample_weight : ndarray of shape (n_windows,), default=None
        Weights of the windows.
    mean, scale : ndarray of shape (n_features,)
        What the rows are standardised with.
    device : torch.device
        Where the rows are kept and the windows are cut.
    dtype : numpy dtype, default=numpy.float32
        What everything is calculated in.
    """

    def __init__(
        self, windows, y=None, sample_weight=None, *, mean, scale, device, dtype=np.float32
    ):
        def on_device(values):
            # A device may not know float64, so numbers are cast before they go there.
            return torch.as_tensor(np.asarray(values).astype(dtype), device=device)

        self.rows = on_device((windows.rows - mean) / scale)
        last = windows.ends.astype(np.int64)
        self.last_rows = torch.as_tensor(last, device=device)
        self.first_rows = torch.as_tensor(windows.first_rows.astype(np.int64), device=device)
        self.offsets = torch.arange(1 - windows.window_length, 1, device=device)
        self.y = None if y is None else on_device(y)
        self.sample_weight = None if sample_weight is None else on_device(sample_weight)

    def __len__(self):
        return len(self.last_rows)

    def __getitem__(self, index):
        windows, y = self.cut(torch.as_tensor([index], device=self.rows.device))
        return windows[0], y[0]

    def subset(self, numbers):
        """Return some of the windows, sharing their rows.

        Parameters
        ----------
        numbers : ndarray of int
            Numbers of the windows.

        Returns
        -------
        WindowDataset
            These windows, with their targets and weights.
        """
        chosen = copy(self)
        numbers = torch.as_tensor(numbers, device=self.rows.device)
        for name in ("last_rows", "first_rows", "y", "sample_weight"):
            values = getattr(self, name)
            setattr(chosen, name, None if values is None else values[numbers])
        return chosen

    def cut(self, indices):
        """Cut some of the windows.

        Parameters
        ----------
        indices : torch.Tensor of shape (n_cut,)
            Numbers of the windows.

        Returns
        -------
        windows : torch.Tensor of shape (n_cut, window_length, n_features), or dict
            The windows; where they have weights, ``windows`` and ``sample_weight``.
        y : torch.Tensor of shape (n_cut,) or (n_cut, n_outputs)
            Their targets; zeros if there are none.
        """
        reached = self.last_rows[indices, None] + self.offsets
        # Before the beginning of a run its first row stands in.
        windows = self.rows[torch.maximum(reached, self.first_rows[indices, None])]
        if self.y is None:
            return windows, self.rows.new_zeros(len(indices))
        if self.sample_weight is not None:
            windows = {"windows": windows, "sample_weight": self.sample_weight[indices]}
        return windows, self.y[indices]


class WindowBatches:
    """Iterate over the windows of a dataset in batches.

    Parameters
    ----------
    dataset : WindowDataset
        The windows.
    batch_size : int
        Number of windows in a batch; the last one may be smaller.
    generator : torch.Generator, default=None
        Where the order of the windows is drawn from; in their own order if None.
    """

    def __init__(self, dataset, batch_size, generator=None):
        self.dataset = dataset
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        for indices in self.order().to(self.dataset.rows.device).split(self.batch_size):
            yield self.dataset.cut(indices)

    def order(self):
        """Draw the order of the windows for one pass over them.

        Returns
        -------
        torch.Tensor of shape (n_windows,)
            Numbers of the windows, on the CPU.
        """
        if self.generator is None:
            return torch.arange(len(self.dataset))
        return torch.randperm(len(self.dataset), generator=self.generator)
