"""Fitted objects as numbers and texts, read without running code from a file."""

import contextlib
import importlib
import math
from collections import OrderedDict
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from sklearn_frictiongru.utils.content_key import NoKeyError, content_key
from sklearn_frictiongru.utils.logarithm import log10_of

ARRAY_KINDS = "biufcmMUS"
"""Kinds of NumPy types whose values are plain bytes."""

SMALL = 512
"""Size in bytes up to which an array is written into the JSON, where it is read faster."""

TRUSTED = ("sklearn", "sklearn_frictiongru")
"""Packages whose public classes may be instantiated from a file."""

SKOPS_TYPES = {
    "numpy.dtype",
    "numpy.mean",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_elkan",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    *(
        f"sklearn.feature_selection._{name}"
        for name in (
            "mutual_info.mutual_info_regression",
            "univariate_selection.f_classif",
            "univariate_selection.f_regression",
            "univariate_selection.r_regression",
        )
    ),
    *(
        f"sklearn.gaussian_process.kernels.{name}"
        for name in (
            "CompoundKernel",
            "ConstantKernel",
            "DotProduct",
            "ExpSineSquared",
            "Exponentiation",
            "Hyperparameter",
            "Matern",
            "PairwiseKernel",
            "Product",
            "RBF",
            "RationalQuadratic",
            "Sum",
            "WhiteKernel",
        )
    ),
}
"""Types that skops accepts only if they are named: they hold numbers and run no code."""

FUNCTIONS = {"log10_of": log10_of}
"""Functions of this package that a step of a pipeline may hold."""

OF_CALLBACKS = {"_skl_callbacks", "_parent_callback_ctx"}
"""Attributes that scikit-learn uses during `fit`."""

LIBRARIES = ("sklearn", "numpy", "scipy")
"""Packages whose objects skops writes and reads."""


class NotPlainError(ValueError):
    """A value is not plain data, or data do not describe a value."""


class Missing:
    """Placeholder for an object of the user's own that was not given to the reader."""


class Given:
    """Objects held by the parameters of an estimator, which a file refers to by their keys."""

    def __init__(self, estimator=None):
        inside = [estimator]
        if hasattr(estimator, "get_params"):
            inside += estimator.get_params(deep=True).values()
        inside += [each for group in inside if isinstance(group, list | tuple) for each in group]
        inside += [each for group in inside if isinstance(group, tuple) for each in group]
        objects = [each for each in inside if hasattr(each, "__dict__")]
        estimators = [each for each in objects if isinstance(each, BaseEstimator)]
        self.classes = {class_name(type(each)): type(each) for each in estimators}
        # Only objects that do not learn: estimators in a file are not those of the parameters.
        self.by_key = {}
        for each in objects:
            if not isinstance(each, BaseEstimator):
                with contextlib.suppress(NoKeyError):
                    self.by_key.setdefault(content_key(each), each)

    def key_of(self, value):
        """Return the key of an object if it is one of these, otherwise None."""
        if not self.by_key or isinstance(value, BaseEstimator):
            return None
        with contextlib.suppress(NoKeyError):
            key = content_key(value)
            return key if key in self.by_key else None
        return None


class Writer:
    """Turn values into JSON and a separate set of tensors."""

    def __init__(self, given):
        self.given = given
        self.tensors = {}

    def can(self, value):
        """Return whether a value is plain data, or given."""
        try:
            Writer(self.given).plain(value)
        except NotPlainError:
            return False
        return True

    def plain(self, value):
        """Return a value as JSON holds it."""
        if value is None or isinstance(value, bool | str) or type(value) is int:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, np.generic):
            return {"numpy": self.array(np.asarray(value))}
        if isinstance(value, np.ndarray):
            return {"array": self.array(value)}
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if type(value) in (list, tuple, set, frozenset):
            items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
            items = [self.plain(item) for item in items]
            return items if type(value) is list else {type(value).__name__: items}
        if type(value) is Bunch:
            return {"bunch": self.plain(dict(value))}
        if type(value) in (dict, OrderedDict):
            return {"dict": [[self.plain(key), self.plain(each)] for key, each in value.items()]}
        if isinstance(value, pd.Timedelta):
            return {"timedelta": [int(value.asm8.astype(np.int64)), value.unit]}
        if isinstance(value, pd.Timestamp):
            return {"timestamp": value.isoformat()}
        if isinstance(value, pd.DataFrame):
            return {"frame": self.frame(value)}
        if isinstance(value, Path):
            return {"path": str(value)}
        if FUNCTIONS.get(getattr(value, "__name__", None)) is value:
            return {"function": value.__name__}
        return self.object(value)

    def array(self, value):
        if value.dtype == object:
            return {"shape": list(value.shape), "items": self.plain(value.ravel().tolist())}
        if value.dtype.kind not in ARRAY_KINDS or value.dtype.names:
            raise NotPlainError(f"an array of {value.dtype} is not plain data")
        raw = np.ascontiguousarray(value).tobytes()
        described = {"shape": list(value.shape), "dtype": value.dtype.str}
        if len(raw) <= SMALL:
            return {**described, "hex": raw.hex()}
        return {
            **described,
            "bytes": self.keep(torch.frombuffer(bytearray(raw), dtype=torch.uint8)),
        }

    def tensor(self, value):
        if value.is_sparse or value.is_quantized:
            raise NotPlainError("a sparse or quantized tensor is not plain data")
        return {
            "tensor": self.keep(value.detach().cpu()),
            "device": str(value.device),
            "parameter": isinstance(value, torch.nn.Parameter),
        }

    def keep(self, tensor):
        name = str(len(self.tensors))
        self.tensors[name] = tensor
        return name

    def frame(self, value):
        if value.index.nlevels > 1 or value.columns.nlevels > 1:
            raise NotPlainError("a table of several levels is not plain data")
        return {
            "columns": self.plain(value.columns.to_list()),
            "index": self.plain(value.index.to_numpy()),
            "index_name": self.plain(value.index.name),
            "data": [self.plain(value.iloc[:, i].to_numpy()) for i in range(value.shape[1])],
        }

    def object(self, value):
        """Return an object as its class and what it holds, or a reference to a given one."""
        try:
            return self.described(value)
        except NotPlainError:
            key = self.given.key_of(value)
            if key is None:
                raise
            return {"given": key}

    def described(self, value):
        """Return an object as its class and what it holds."""
        cls = type(value)
        if hasattr(cls, "_plain_state"):
            return {"object": [self.known(cls), self.plain(value._plain_state(self))]}
        if self.is_for_skops(value):
            return {"skops": self.skops(value)}
        state = getattr(value, "__dict__", None)
        if state is None or isinstance(value, torch.nn.Module):
            raise NotPlainError(f"an object of {class_name(cls)} is not plain data")
        kept = {name: each for name, each in state.items() if name not in OF_CALLBACKS}
        return {"object": [self.known(cls), self.plain(kept)]}

    def known(self, cls):
        """Return the name of a class that may be instantiated from a file."""
        name = public_name(cls)
        if name is None and class_name(cls) in self.given.classes:
            return class_name(cls)
        if name is None:
            raise NotPlainError(
                f"an object of {cls.__module__}.{cls.__qualname__} is not plain data"
            )
        return name

    def is_for_skops(self, value):
        """Return whether an object, and all that its parameters hold, is of the libraries."""
        objects = [each for each in _with_parameters(value) if hasattr(each, "__dict__")]
        # A class or a function belongs to its module, anything else to that of its class.
        homes = [each if hasattr(each, "__qualname__") else type(each) for each in objects]
        packages = {home.__module__.partition(".")[0] for home in [type(value), *homes]}
        return packages <= set(LIBRARIES)

    def skops(self, value):
        import skops.io

        try:
            data = skops.io.dumps(value)
            unknown = set(skops.io.get_untrusted_types(data=data)) - SKOPS_TYPES
        except Exception as error:
            raise NotPlainError(f"{type(value).__name__} cannot be written: {error}") from error
        if unknown:
            raise NotPlainError(f"{type(value).__name__} holds {', '.join(sorted(unknown))}")
        return self.keep(torch.frombuffer(bytearray(data), dtype=torch.uint8))


class Reader:
    """Read back what a :class:`Writer` has written; anything else raises an error."""

    def __init__(self, tensors, given):
        self.tensors = tensors
        self.given = given
        self.kinds = {
            "float": self.float,
            "numpy": lambda content: self.array(content)[()],
            "array": self.array,
            "tuple": lambda content: tuple(map(self.value, content)),
            "set": lambda content: set(map(self.value, content)),
            "frozenset": lambda content: frozenset(map(self.value, content)),
            "dict": lambda content: {self.value(key): self.value(each) for key, each in content},
            "bunch": lambda content: Bunch(**self.value(content)),
            "timedelta": lambda content: pd.Timedelta(np.timedelta64(*content)),
            "timestamp": pd.Timestamp,
            "frame": self.frame,
            "path": Path,
            "function": FUNCTIONS.__getitem__,
            "given": self.of_user,
            "object": self.object,
            "skops": self.skops,
        }

    def value(self, plain):
        """Return the value."""
        if isinstance(plain, list):
            return [self.value(item) for item in plain]
        if not isinstance(plain, dict):
            return plain
        if "tensor" in plain:
            return self.tensor(**plain)
        ((kind, content),) = plain.items()
        return self.kinds[kind](content)

    def float(self, text):
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]

    def array(self, content):
        shape = tuple(content["shape"])
        if "items" in content:
            items = self.value(content["items"])
            array = np.empty(len(items), dtype=object)
            array[:] = items
            return array.reshape(shape)
        dtype = np.dtype(content["dtype"])
        if dtype.kind not in ARRAY_KINDS or dtype.names:
            raise NotPlainError(f"an array of {dtype}")
        if "hex" in content:
            raw = bytearray.fromhex(content["hex"])
        else:
            raw = bytearray(self.tensors[content["bytes"]].numpy().tobytes())
        return np.frombuffer(raw, dtype=dtype).reshape(shape)

    def tensor(self, tensor, device, parameter):
        value = self.tensors[tensor]
        if device != "cpu" and torch.device(device).type == "cuda" and torch.cuda.is_available():
            value = value.to(device)
        return torch.nn.Parameter(value) if parameter else value

    def frame(self, content):
        index = pd.Index(self.value(content["index"]), name=self.value(content["index_name"]))
        names, data = self.value(content["columns"]), map(self.value, content["data"])
        if len(set(names)) == len(names):
            return pd.DataFrame(dict(zip(names, data, strict=True)), index=index)
        return pd.DataFrame(dict(enumerate(data)), index=index).set_axis(names, axis=1)

    def of_user(self, key):
        return self.given.by_key.get(key, Missing())

    def object(self, content):
        name, state = content
        cls = self.given.classes.get(name) or public_class(name)
        state = self.value(state)
        if hasattr(cls, "_from_plain_state"):
            return cls._from_plain_state(state)
        if has_missing(state):
            raise NotPlainError(f"{name} holds an object of the user's own, which is not given")
        made = cls.__new__(cls)
        made.__dict__.update(state)
        return made

    def skops(self, name):
        import skops.io

        data = self.tensors[name].numpy().tobytes()
        unknown = set(skops.io.get_untrusted_types(data=data))
        if unknown - SKOPS_TYPES:
            raise NotPlainError(f"it holds {', '.join(sorted(unknown))}")
        return skops.io.loads(data, trusted=sorted(unknown))


def _with_parameters(value):
    """Yield a value and all that its parameters hold, however deep."""
    yield value
    if isinstance(value, list | tuple):
        inside = value
    elif isinstance(value, BaseEstimator) and hasattr(value, "get_params"):
        inside = value.get_params(deep=False).values()
    else:
        return
    for each in inside:
        yield from _with_parameters(each)


def class_name(cls):
    return f"{cls.__module__}:{cls.__qualname__}"


def has_missing(value):
    """Return whether an object that was not given is in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(has_missing, value))
    return isinstance(value, Missing)


@cache
def public_name(cls):
    """Return the name by which a class of a trusted package is found, or None."""
    package, _, module = cls.__module__.partition(".")
    name = f"{package}.{module.partition('.')[0]}:{cls.__qualname__}"
    try:
        return name if public_class(name) is cls else None
    except NotPlainError:
        return None


def public_class(name):
    """Return the class of a trusted package that a file names."""
    place, _, attribute = name.partition(":")
    package, _, module = place.partition(".")
    if package not in TRUSTED or not module.isidentifier():
        raise NotPlainError(f"a class that may not be instantiated from a file: {name[:200]}")
    try:
        found = importlib.import_module(place)
    except ImportError as error:
        raise NotPlainError(f"a class that does not exist: {name[:200]}") from error
    cls = getattr(found, attribute, None)
    if attribute not in getattr(found, "__all__", ()) or not isinstance(cls, type):
        raise NotPlainError(f"a class that is not public: {name[:200]}")
    return cls
