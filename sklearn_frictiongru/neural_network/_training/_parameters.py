"""Constraints of the regressor's parameters, each alone and in combination."""

import inspect
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from skorch.callbacks import Callback, LRScheduler

from sklearn_frictiongru.neural_network._layers._fused import fused_available
from sklearn_frictiongru.neural_network._training._devices import torch_device

LOSSES = {"squared_error": torch.nn.MSELoss, "huber": torch.nn.HuberLoss}

OPTIMIZERS = {
    name: optimizer
    for name, optimizer in vars(torch.optim).items()
    if inspect.isclass(optimizer)
    and issubclass(optimizer, torch.optim.Optimizer)
    and optimizer is not torch.optim.Optimizer
}

FOR_OTHER_WEIGHTS = {
    "Muon": "updates matrices only, but the network has biases and convolutions",
    "SparseAdam": "takes sparse gradients only, but those of the network are dense",
}
"""Optimisers that cannot train the built-in network, and why."""

PRECISIONS = {"float32": np.float32, "float64": np.float64, "bfloat16": np.float32}
"""Type of rows and weights, by precision."""

CONSTRAINTS = {
    "conv_channels": [Interval(Integral, 1, None, closed="left")],
    "kernel_size": [Interval(Integral, 1, None, closed="left")],
    "hidden_size": [Interval(Integral, 1, None, closed="left")],
    "n_gru_layers": [Interval(Integral, 1, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "max_epochs": [Interval(Integral, 1, None, closed="left")],
    "lr": [Interval(Real, 0, None, closed="neither")],
    "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
    "loss": [StrOptions(set(LOSSES)), callable],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
    "lr_schedule": [StrOptions({"cosine", "plateau"}), LRScheduler, None],
    "patience": [Interval(Integral, 1, None, closed="left"), None],
    "module": [callable, None],
    "callbacks": [list, tuple, None],
    "normalize_X": ["boolean"],
    "normalize_y": ["boolean"],
    "validation": [Interval(Real, 0, 1, closed="neither"), HasMethods(["split"]), None],
    # Runs reads durations. Its error for a float asks whether rows or seconds were meant.
    "purge": "no_validation",
    "drop_last": ["boolean"],
    "stride": [Interval(Integral, 1, None, closed="left")],
    "restore_best": ["boolean"],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "device": [str],
    "precision": [StrOptions(set(PRECISIONS))],
    "backend": [StrOptions({"auto", "torch", "fused"})],
    "verbose": ["verbose"],
}


def check_parameters(regressor):
    """Raise where a parameter is not allowed, or parameters contradict each other."""
    validate_parameter_constraints(
        regressor._parameter_constraints,
        regressor.get_params(deep=False),
        caller_name=type(regressor).__name__,
    )
    if regressor.patience is not None and regressor.validation is None:
        raise ValueError(
            f"patience={regressor.patience} waits for a lower validation loss, but validation is "
            "None. Set validation, or patience=None."
        )
    optimizer = regressor.optimizer
    if inspect.isclass(optimizer) and not issubclass(optimizer, torch.optim.Optimizer):
        raise ValueError(
            f"optimizer is {optimizer!r}; expected a subclass of torch.optim.Optimizer, "
            "or the name of one in torch.optim."
        )
    of_torch = name_of(OPTIMIZERS.get(optimizer, optimizer))
    if regressor.module is None and of_torch in FOR_OTHER_WEIGHTS:
        raise ValueError(
            f"optimizer {of_torch} {FOR_OTHER_WEIGHTS[of_torch]}. Use another one, such as 'Adam'."
        )
    if regressor.precision == "float64" and torch_device(regressor.device).type == "mps":
        raise ValueError("device 'mps' has no float64; use precision='float32' there.")
    if regressor.backend == "fused":
        _check_fused(regressor)
    for callback in regressor.callbacks or ():
        of_skorch = callback[-1] if isinstance(callback, tuple) else callback
        is_class = inspect.isclass(of_skorch) and issubclass(of_skorch, Callback)
        if not is_class and not isinstance(of_skorch, Callback):
            raise ValueError(
                f"callbacks holds {callback!r}; expected instances or subclasses of skorch's "
                "Callback, or tuples of a name and one. scikit-learn's go into set_callbacks()."
            )


def name_of(optimizer):
    """Return the name of an optimiser, also of one whose options have been set by `partial`."""
    if isinstance(optimizer, partial):
        return name_of(optimizer.func)
    return getattr(optimizer, "__name__", repr(optimizer))


def _check_fused(regressor):
    """Raise where the fast passes are asked for and cannot run."""
    device = torch_device(regressor.device)
    dtype = torch.float64 if regressor.precision == "float64" else torch.float32
    reason = None
    if regressor.module is not None:
        reason = "module is not the built-in network"
    elif device.type != "cpu":
        reason = f"device is {str(device)!r}"
    elif regressor.precision == "bfloat16":
        reason = "precision is 'bfloat16'"
    elif not fused_available(device, dtype):
        reason = "numba is not installed (pip install 'sklearn_frictiongru[fast]')"
    if reason is not None:
        raise ValueError(
            f"backend is 'fused', but {reason}; the fast passes run the built-in network on "
            "a CPU in float32 or float64. Use backend='auto'."
        )
