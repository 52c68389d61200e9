"""The skorch net: windows of a batch, their weights, precision and shapes."""

from contextlib import nullcontext

import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.utils import to_numpy, to_tensor


class FrictionNet(NeuralNetRegressor):
    """A skorch net for windows that may carry weights, and for mixed precision."""

    def __init__(self, *args, mixed_precision=False, **kwargs):
        self.mixed_precision = mixed_precision
        super().__init__(*args, **kwargs)

    def infer(self, x, **fit_params):
        """Run the module forward."""
        windows = to_tensor(x["windows"] if isinstance(x, dict) else x, device=self.device)
        mixed = nullcontext()
        if self.mixed_precision:
            mixed = torch.autocast(windows.device.type, dtype=torch.bfloat16)
        with mixed:
            y_pred = self.module_(windows, **fit_params)
        y_pred = y_pred.to(windows.dtype)
        return y_pred.squeeze(-1) if y_pred.shape == (len(windows), 1) else y_pred

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the mean loss of a batch, weighted where there are weights."""
        # A loss would silently broadcast (n, 1) against (n,) to n x n.
        if y_pred.shape != y_true.shape:
            raise ValueError(
                f"the module returned shape {tuple(y_pred.shape)}; expected that of the targets, "
                f"{tuple(y_true.shape)}. Let forward return one value per window and target."
            )
        losses = super().get_loss(y_pred, y_true, X=X, training=training)
        weights = X["sample_weight"] if isinstance(X, dict) else None
        if losses.ndim == 0:
            if weights is not None:
                raise ValueError(
                    "the loss gives one number for a whole batch, which cannot be weighted by "
                    "sample_weight; expected a loss with reduction='none'."
                )
            return losses
        of_windows = losses.reshape(len(losses), -1).mean(dim=1)
        return (of_windows if weights is None else of_windows * weights).mean()

    def predict_proba(self, X):
        """Return the predictions of all windows, written into one array.

        Kept in many small arrays, they would lie between the large ones of the batches, whose
        memory could then not be used again.
        """
        dataset = self.get_dataset(X)
        nonlinearity = self._get_predict_nonlinearity()
        predictions, n_done = None, 0
        for outputs in self.forward_iter(dataset):
            batch = to_numpy(nonlinearity(outputs))
            if predictions is None:
                predictions = np.empty((len(dataset), *batch.shape[1:]), dtype=batch.dtype)
            predictions[n_done : n_done + len(batch)] = batch
            n_done += len(batch)
        return predictions

    def drop_callbacks(self, names):
        """Remove callbacks without restarting the others."""
        self.callbacks_ = [named for named in self.callbacks_ if named[0] not in names]
        self.callbacks = [
            given
            for given in self.callbacks
            if not isinstance(given, tuple) or given[0] not in names
        ]
