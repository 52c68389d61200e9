"""Trained regressors as plain torch modules between windows and predictions in their own units."""

from copy import deepcopy

import numpy as np
import torch

from sklearn_frictiongru.neural_network._data._scales import Scales
from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork


class InOwnUnits(torch.nn.Module):
    """A trained module between windows and predictions in their own units."""

    def __init__(self, module, scales, *, columns=False):
        super().__init__()
        self.module = module
        self.columns = columns
        for name, values in vars(scales).items():
            self.register_buffer(name, torch.as_tensor(np.asarray(values, dtype=np.float64)))

    def forward(self, windows):
        """Predict from windows; the result has their type."""
        scales = Scales(self.X_offset, self.X_factor, self.y_offset, self.y_factor)
        dtype = next(self.module.parameters(), windows).dtype
        standardized = scales.standardize_X(windows.to(self.X_offset.dtype)).to(dtype)
        predicted = self.module(standardized).to(self.y_offset.dtype)
        if self.columns:
            predicted = predicted.reshape(windows.shape[0], -1)
        elif predicted.shape[1:] != self.y_offset.shape:
            predicted = predicted.squeeze(-1)
        return scales.to_target_units(predicted).to(windows.dtype)


class MeanOf(torch.nn.Module):
    """The mean of several modules between linear steps."""

    def __init__(self, members, of_X=(1.0, 0.0), of_y=(1.0, 0.0)):
        super().__init__()
        self.members = torch.nn.ModuleList(members)
        for name, values in zip(("x_factor", "x_offset"), of_X, strict=True):
            self.register_buffer(name, torch.as_tensor(values, dtype=torch.float64))
        for name, values in zip(("t_factor", "t_offset"), of_y, strict=True):
            self.register_buffer(name, torch.as_tensor(values, dtype=torch.float64))

    def forward(self, windows):
        """Predict from windows; the result has their type."""
        scaled = windows * self.x_factor + self.x_offset
        total = self.members[0](scaled)
        for member in self.members[1:]:
            total = total + member(scaled)
        return ((total / len(self.members)) * self.t_factor + self.t_offset).to(windows.dtype)


def module_of(regressor, *, columns=False):
    """Return a regressor as a module on the CPU that runs on torch's own layers."""
    module = deepcopy(regressor.net_.module_).cpu().eval()
    if isinstance(module, ConvGRUNetwork):
        module.backend = "torch"
    return InOwnUnits(module, Scales.of(regressor), columns=columns).eval()
