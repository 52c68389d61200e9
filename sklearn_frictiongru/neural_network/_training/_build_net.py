"""From the regressor's parameters to a skorch net that is ready to train."""

import inspect
from copy import deepcopy
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from skorch.callbacks import (
    EarlyStopping,
    GradientNormClipping,
    LRScheduler,
    ProgressBar,
)
from skorch.helper import predefined_split
from skorch.utils import noop

from sklearn_frictiongru.neural_network._data._batches import WindowBatches
from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork
from sklearn_frictiongru.neural_network._training._callbacks import (
    RecordLearningRate,
    StopWhenDiverged,
)
from sklearn_frictiongru.neural_network._training._net import FrictionNet
from sklearn_frictiongru.neural_network._training._parameters import (
    LOSSES,
    OPTIMIZERS,
    PRECISIONS,
    name_of,
)

PREDICT_BATCH_SIZE = 256


def build_net(regressor, device, validation_set=None):
    """Build the net of a regressor."""
    # NumPy's whole numbers, as a search over np.arange gives, are none to torch.
    seeds = np.random.SeedSequence(regressor.seed_).generate_state(2)
    optimizer = OPTIMIZERS.get(regressor.optimizer, regressor.optimizer)
    net = FrictionNet(
        make_module,
        module__module=regressor.module,
        module__sizes={
            "n_features": regressor.n_features_in_,
            "n_outputs": regressor.n_outputs_,
            "conv_channels": int(regressor.conv_channels),
            "kernel_size": int(regressor.kernel_size),
            "hidden_size": int(regressor.hidden_size),
            "n_gru_layers": int(regressor.n_gru_layers),
            "dropout": regressor.dropout,
            "seed": int(seeds[0]),
        },
        module__dtype=PRECISIONS[regressor.precision],
        module__backend="torch" if regressor.backend == "torch" else "fused",
        mixed_precision=regressor.precision == "bfloat16",
        criterion=_per_window(regressor.loss),
        optimizer=optimizer,
        lr=regressor.lr,
        max_epochs=int(regressor.max_epochs),
        batch_size=int(regressor.batch_size),
        iterator_train=WindowBatches,
        iterator_train__generator=torch.Generator().manual_seed(int(seeds[1])),
        iterator_train__drop_last=regressor.drop_last,
        iterator_valid=WindowBatches,
        iterator_valid__batch_size=PREDICT_BATCH_SIZE,
        train_split=None if validation_set is None else predefined_split(validation_set),
        callbacks=_callbacks(regressor, validating=validation_set is not None),
        device=device,
        verbose=int(regressor.verbose > 0),
    )
    if regressor.weight_decay:
        if "weight_decay" not in inspect.signature(optimizer).parameters:
            raise ValueError(
                f"optimizer {name_of(optimizer)} has no weight_decay, but weight_decay="
                f"{regressor.weight_decay:g} is set. Use weight_decay=0 or another optimizer."
            )
        net.set_params(optimizer__weight_decay=regressor.weight_decay)
    if regressor.verbose != 1:
        net.set_params(callbacks__print_log=None)
    return net


def make_module(module, sizes, dtype, backend="torch"):
    """Make the module that is trained."""
    if isinstance(module, torch.nn.Module):
        made = deepcopy(module)
    elif module is None:
        made = ConvGRUNetwork(**sizes, backend=backend)
    else:
        accepted = inspect.signature(module).parameters
        takes_all = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
        made = module(**{name: sizes[name] for name in sizes if takes_all or name in accepted})
        if not isinstance(made, torch.nn.Module):
            raise TypeError(
                f"module={module!r} returned a {type(made).__name__}; expected a torch.nn.Module."
            )
    return made.double() if dtype == np.float64 else made.float()


def _per_window(loss):
    """Return a new loss module that gives one loss per window, where it can."""
    made = LOSSES.get(loss, loss) if isinstance(loss, str) else loss
    if isinstance(made, torch.nn.Module):
        made = deepcopy(made)
    else:
        made = LossFunction(made) if _needs_arguments(made) else made()
    if getattr(made, "reduction", None) == "mean":
        made.reduction = "none"
    return made


class LossFunction(torch.nn.Module):
    """A function of predictions and targets as a loss module."""

    def __init__(self, function):
        super().__init__()
        # torch's own give one number for a batch, unless they are asked for one per window.
        has_reduction = _has_reduction(function)
        self.function = partial(function, reduction="none") if has_reduction else function

    def forward(self, y_pred, y_true):
        """Return the loss."""
        return self.function(y_pred, y_true)


def _has_reduction(function):
    try:
        return "reduction" in inspect.signature(function).parameters
    except ValueError:
        return False


def _needs_arguments(loss):
    """Tell a function of predictions and targets from a class, or a function that makes a loss."""
    if inspect.isclass(loss):
        return False
    try:
        parameters = inspect.signature(loss).parameters.values()
    except ValueError:
        # Some functions of torch are not Python's and show no parameters.
        return True
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(each.kind in positional and each.default is each.empty for each in parameters)


def _callbacks(regressor, *, validating):
    """Return the callbacks that the parameters require, and those of the user."""
    monitor = "valid_loss" if validating else "train_loss"
    callbacks = [("record_learning_rate", RecordLearningRate())]
    if regressor.gradient_clip is not None:
        clip = GradientNormClipping(gradient_clip_value=regressor.gradient_clip)
        callbacks.append(("gradient_clip", clip))
    callbacks.append(("stop_when_diverged", StopWhenDiverged(regressor.lr, regressor.X_scale_)))
    if isinstance(regressor.lr_schedule, LRScheduler):
        callbacks.append(("lr_schedule", regressor.lr_schedule))
    elif regressor.lr_schedule == "cosine":
        schedule = LRScheduler(
            torch.optim.lr_scheduler.CosineAnnealingLR, T_max=regressor.max_epochs
        )
        callbacks.append(("lr_schedule", schedule))
    elif regressor.lr_schedule == "plateau":
        schedule = LRScheduler(
            torch.optim.lr_scheduler.ReduceLROnPlateau, monitor=monitor, factor=0.5, patience=5
        )
        callbacks.append(("lr_schedule", schedule))
    if regressor.verbose > 1:
        # In a notebook tqdm's own bar raises where ipywidgets are not installed.
        has_widgets = find_spec("ipywidgets") is not None
        callbacks.append(("progress_bar", ProgressBar(detect_notebook=has_widgets)))
    # The objects themselves, as in skorch; a clone of the regressor has its own.
    callbacks += regressor.callbacks or ()
    if validating and (regressor.restore_best or regressor.patience is not None):
        # Last, so that it also sees the losses that the callbacks before it record.
        keep_best = EarlyStopping(
            patience=regressor.patience or regressor.max_epochs + 1,
            threshold=0,
            load_best=regressor.restore_best,
            sink=noop,
        )
        callbacks.append(("keep_best", keep_best))
    return callbacks
