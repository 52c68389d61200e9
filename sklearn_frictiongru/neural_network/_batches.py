"""Windows on the device: cut there, batch by batch, from rows that were moved once."""

import numpy as np
import torch


class WindowDataset(torch.utils.data.Dataset):
    """Windows and their targets, on a device.

    Parameters
    ----------
    windows : WindowArray of shape (n_windows, window_length, n_features)
        The windows.
    y : ndarray of shape (n_windows,), default=None
        Standardised targets.
    mean, scale : ndarray of shape (n_features,)
        What the rows are standardised with.
    device : torch.device
        Where the rows are kept and the windows are cut.
    """

    def __init__(self, windows, y=None, *, mean, scale, device):
        rows = (windows.rows - mean) / scale
        self.rows = torch.as_tensor(rows.astype(np.float32), device=device)
        last = windows.ends.astype(np.int64)
        self.last_rows = torch.as_tensor(last, device=device)
        self.first_rows = torch.as_tensor(windows.first_rows.astype(np.int64), device=device)
        self.offsets = torch.arange(1 - windows.window_length, 1, device=device)
        self.y = None
        if y is not None:
            self.y = torch.as_tensor(np.asarray(y, dtype=np.float32), device=device)

    def __len__(self):
        return len(self.last_rows)

    def __getitem__(self, index):
        windows, y = self.cut(torch.as_tensor([index], device=self.rows.device))
        return windows[0], y[0]

    def repeat_last(self, times):
        """Append copies of the last window.

        Parameters
        ----------
        times : int
            Number of copies.
        """
        last = torch.full((times,), len(self) - 1, device=self.rows.device)
        every = torch.cat([torch.arange(len(self), device=self.rows.device), last])
        self.last_rows, self.first_rows = self.last_rows[every], self.first_rows[every]
        self.y = None if self.y is None else self.y[every]

    def cut(self, indices):
        """Cut some of the windows.

        Parameters
        ----------
        indices : torch.Tensor of shape (n_cut,)
            Numbers of the windows.

        Returns
        -------
        windows : torch.Tensor of shape (n_cut, window_length, n_features)
            The windows.
        y : torch.Tensor of shape (n_cut,)
            Their targets; zeros if there are none.
        """
        reached = self.last_rows[indices, None] + self.offsets
        # Before the beginning of a run its first row stands in.
        windows = self.rows[torch.maximum(reached, self.first_rows[indices, None])]
        if self.y is None:
            return windows, torch.zeros(len(indices), device=self.rows.device)
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
        if self.generator is None:
            order = torch.arange(len(self.dataset))
        else:
            order = torch.randperm(len(self.dataset), generator=self.generator)
        for indices in order.to(self.dataset.rows.device).split(self.batch_size):
            yield self.dataset.cut(indices)
