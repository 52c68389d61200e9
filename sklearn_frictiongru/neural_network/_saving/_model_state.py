"""A trained regressor as plain numbers and texts, and back."""

import warnings
from numbers import Integral

import numpy as np
import torch

from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork
from sklearn_frictiongru.neural_network._training._build_net import build_net
from sklearn_frictiongru.neural_network._training._devices import torch_device
from sklearn_frictiongru.neural_network._training._parameters import OPTIMIZERS
from sklearn_frictiongru.utils.data_file import ModelFileError

WEIGHTS = "weights."
SKILL = "validation_skill_"
HISTORY = ["epoch", "training_loss", "validation_loss", "learning_rate", "seconds"]
SIZES = ("conv_channels", "kernel_size", "hidden_size", "n_gru_layers")
COUNTS = {"n_features_in_": 1, "n_outputs_": 1, "window_length_": 1, "n_epochs_": 0, "seed_": 0}
"""Whole numbers that a trained regressor has, with their least value."""


def state_of(regressor):
    """Return what a trained regressor is."""
    parameters, left_out = {}, []
    for name, value in regressor.get_params(deep=False).items():
        plain, known = _plain(value)
        # A module has to be handed to `load`.
        if known and name != "module":
            parameters[name] = plain
        elif name != "module":
            left_out.append(name)
    if left_out:
        warn_of_left_out(left_out, stacklevel=4)
    document, tensors = fitted_state_of(regressor)
    return {"parameters": parameters, **document}, tensors


def warn_of_left_out(names, stacklevel):
    warnings.warn(
        f"the parameters {names} hold objects, which a model file does not; loaded, they "
        "have their default values. The weights and the predictions are not affected.",
        UserWarning,
        stacklevel=stacklevel,
    )


def fitted_state_of(regressor):
    """Return what a regressor has learned."""
    _check_unchanged(regressor)
    names = getattr(regressor, "feature_names_in_", None)
    document = {
        "own_module": regressor.module is not None,
        "feature_names_in_": None if names is None else list(names),
        "n_purged_": int(regressor.n_purged_),
        "best_epoch_": int(regressor.best_epoch_),
        "best_validation_loss_": regressor.best_validation_loss_,
        "interrupted_": bool(regressor.interrupted_),
        "stopped_early_": bool(regressor.stopped_early_),
        **{name: int(getattr(regressor, name)) for name in COUNTS},
    }
    tensors = {
        name: torch.as_tensor(np.asarray(getattr(regressor, name)))
        for name in (*_shapes(document), "training_indices_", "validation_indices_")
    }
    tensors["X_constant_"] = torch.as_tensor(regressor.X_constant_)
    if regressor.validation_skill_ is not None:
        tensors[SKILL] = torch.as_tensor(regressor.validation_skill_, dtype=torch.float64)
    tensors["history_"] = torch.as_tensor(regressor.history_[HISTORY].to_numpy(np.float64))
    for name, weights in regressor.net_.module_.state_dict().items():
        tensors[WEIGHTS + name] = weights
    return document, tensors


def _check_unchanged(regressor):
    """Raise where a parameter that the trained network depends on has been set since `fit`."""
    net = regressor.net_
    trained = {
        **{name: net.module__sizes[name] for name in SIZES},
        "precision": _precision_of(net),
        **dict(zip(("normalize_X", "normalize_y"), regressor._normalized, strict=True)),
    }
    changed = [
        f"{name}={getattr(regressor, name)!r} (fitted with {value!r})"
        for name, value in trained.items()
        if getattr(regressor, name) != value
    ]
    if (regressor.module is None) != (net.module__module is None):
        changed.append("module")
    if changed:
        raise ValueError(
            f"parameters were set after fit: {', '.join(changed)}. The trained network does not "
            "have them, so that the file could not be read. Set them back, or fit again."
        )


def _precision_of(net):
    if net.mixed_precision:
        return "bfloat16"
    return "float64" if net.module__dtype == np.float64 else "float32"


def restore(regressor, document, tensors, module, where):
    """Give a regressor the state of another one."""
    own_module = document.get("own_module")
    if not isinstance(own_module, bool):
        raise ModelFileError(f"{where} does not say whose module it was trained with.")
    if own_module != (module is not None):
        raise ValueError(
            f"{where} was trained with a module of the user's own; pass it as module=."
            if module is None
            else f"{where} was trained with the built-in network; expected module=None."
        )
    try:
        fitted = _read_fitted(document, tensors)
        regressor.set_params(**_read_parameters(regressor, document), module=module)
        regressor._validate_params()
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{where} describes no trained regressor: {error}.") from error
    weights = {
        name.removeprefix(WEIGHTS): tensor
        for name, tensor in tensors.items()
        if name.startswith(WEIGHTS)
    }
    if module is None:
        _check_weights(regressor, fitted, weights, where)
    for name, value in fitted.items():
        setattr(regressor, name, value)
    regressor._normalized = regressor.normalize_X, regressor.normalize_y
    device = _device_here(regressor.device)
    try:
        net = build_net(regressor, device)
        net.initialize()
    except ValueError as error:
        # For example an optimiser that does not accept the weight decay.
        raise ModelFileError(f"{where} describes no net that can be built: {error}") from error
    try:
        net.module_.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFileError(f"the weights in {where} do not fit the module: {error}") from error
    regressor.net_ = net


def _plain(value):
    """Return a value as JSON can hold it, and whether it can."""
    if isinstance(value, np.generic):
        value = value.item()
    if value in OPTIMIZERS.values():
        return value.__name__, True
    return value, value is None or isinstance(value, bool | int | float | str)


def _read_parameters(regressor, document):
    """Return the parameters that :func:`state_of` may have written; raise at any other."""
    parameters = document["parameters"]
    _demand("parameters", isinstance(parameters, dict), parameters)
    known = regressor.get_params(deep=False)
    for name, value in parameters.items():
        _demand("the name of a parameter", name in known and name != "module", name)
        _demand(name, _plain(value)[1], value)
    # A text has a method split as well, which is all that is asked of a splitter.
    share = parameters.get("validation")
    _demand("validation", not isinstance(share, str), share)
    return parameters


def _shapes(document):
    """Return the shapes of the arrays that come with a regressor, by name."""
    n_features, n_outputs = document["n_features_in_"], document["n_outputs_"]
    of_y = () if n_outputs == 1 else (n_outputs,)
    return {
        "X_mean_": (n_features,),
        "X_scale_": (n_features,),
        "y_mean_": of_y,
        "y_scale_": of_y,
    }


def _read_fitted(document, tensors):
    """Return the fitted attributes; raise at the first that is none."""
    fitted = {}
    for name, least in COUNTS.items():
        _demand(name, _is_whole(document[name]) and document[name] >= least, document[name])
        fitted[name] = document[name]
    for name in ("n_purged_", "best_epoch_"):
        _demand(name, _is_whole(document[name]) and document[name] >= 0, document[name])
        fitted[name] = document[name]
    for name in ("interrupted_", "stopped_early_"):
        _demand(name, isinstance(document[name], bool), document[name])
        fitted[name] = document[name]
    loss = document["best_validation_loss_"]
    right = loss is None or (isinstance(loss, float) and np.isfinite(loss))
    _demand("best_validation_loss_", right, loss)
    fitted["best_validation_loss_"] = loss
    names = document["feature_names_in_"]
    if names is not None:
        right = isinstance(names, list) and all(isinstance(name, str) for name in names)
        _demand("feature_names_in_", right and len(names) == fitted["n_features_in_"], names)
        fitted["feature_names_in_"] = np.asarray(names, dtype=object)
    for name, shape in _shapes(document).items():
        values = tensors[name].numpy()
        right = values.shape == shape and values.dtype == np.float64 and np.isfinite(values).all()
        if name.endswith("scale_"):
            right = right and (values > 0).all()
        _demand(name, right, values)
        fitted[name] = values if values.ndim else float(values)
    constant = tensors["X_constant_"].numpy()
    right = constant.shape == (fitted["n_features_in_"],) and constant.dtype == np.bool_
    _demand("X_constant_", right, constant)
    fitted["X_constant_"] = constant
    fitted[SKILL] = None
    if SKILL in tensors:
        values = tensors[SKILL].numpy()
        right = values.shape == _shapes(document)["y_mean_"] and values.dtype == np.float64
        _demand(SKILL, right and (values <= 1).all(), values)
        fitted[SKILL] = values if values.ndim else float(values)
    for name in ("training_indices_", "validation_indices_"):
        values = tensors[name].numpy()
        _demand(name, values.ndim == 1 and values.dtype.kind == "i", values.dtype)
        fitted[name] = values
    history = tensors["history_"].numpy()
    right = history.shape == (fitted["n_epochs_"], len(HISTORY)) and history.dtype == np.float64
    _demand("history_", right, f"{history.dtype} of shape {history.shape}")
    _demand("history_", np.isfinite(history[:, 0]).all(), history[:, 0])
    # Copies: a column of the table would keep all of it.
    fitted["_history"] = {name: history[:, i].copy() for i, name in enumerate(HISTORY)}
    fitted["_history"]["epoch"] = fitted["_history"]["epoch"].astype(np.int64)
    return fitted


def _is_whole(value):
    return isinstance(value, Integral) and not isinstance(value, bool)


def _demand(name, right, found):
    if not right:
        raise ValueError(f"{name} is {str(found)[:80]}")


def _check_weights(regressor, fitted, weights, where):
    """Raise unless the weights have the network's shapes, before memory is taken for it."""
    hidden, channels = regressor.hidden_size, regressor.conv_channels
    largest = {
        "convolutions.1.weight": (channels, channels, regressor.kernel_size),
        "gru_layers.0.weight_hh_l0": (3 * hidden, hidden),
    }
    shapes = {name: tuple(value.shape) for name, value in weights.items()}
    expected = None
    # Nor is a network of more layers, or of larger ones, than the weights built on the meta
    # device to find that out: even there a size may overflow.
    if regressor.n_gru_layers <= len(weights) and largest.items() <= shapes.items():
        network = ConvGRUNetwork(
            fitted["n_features_in_"],
            channels,
            regressor.kernel_size,
            hidden,
            regressor.n_gru_layers,
            regressor.dropout,
            seed=0,
            n_outputs=fitted["n_outputs_"],
            empty=True,
        )
        expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if shapes != expected:
        raise ModelFileError(f"the weights in {where} do not fit the sizes in the same file.")
    dtype = torch.float64 if regressor.precision == "float64" else torch.float32
    if any(value.dtype != dtype for value in weights.values()):
        raise ModelFileError(f"the weights in {where} do not fit the precision in the same file.")


def _device_here(name):
    """Return the device of a name, or the CPU where there is no such device."""
    try:
        return torch_device(name)
    except ValueError as error:
        warnings.warn(f"{error} The model is loaded onto the CPU.", UserWarning, stacklevel=4)
        return torch.device("cpu")
