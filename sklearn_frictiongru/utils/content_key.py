"""A key for a value, computed from all that it holds and from the code that it runs."""

import hashlib
import importlib.metadata
import logging
import platform
import threading
import weakref
from collections import OrderedDict
from contextlib import contextmanager
from functools import cache, partial
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklearn_frictiongru import __version__
from sklearn_frictiongru.utils.code_digest import CodeDigestMixin, class_name
from sklearn_frictiongru.utils.code_reads import NoKeyError
from sklearn_frictiongru.utils.libraries import is_library

PLAIN = {type(None), bool, int, float, complex, str, bytes}

TABLES = (np.ndarray, torch.Tensor, pd.DataFrame, pd.Series, pd.Index)

CACHES = weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet

LOCKS = type(threading.Lock()), type(threading.RLock())

NOT_PART = {"n_jobs", "verbose"}
"""Parameters that do not affect any result."""

SETTINGS = {"_sklearn_output_config", "_metadata_request"}
"""What an estimator is given in addition to its parameters."""

SMALL = 1000
"""Size up to which an array equals a list of its values, as a parameter."""


def content_key(*parts):
    """Return a key of values, and of the code of their classes and functions."""
    digest = _Digest()
    for part in parts:
        digest.add(part)
    return digest.hexdigest()


@cache
def environment():
    """Return the versions and devices that a training depends on, except torch's default type."""
    try:
        numba = importlib.metadata.version("numba")
    except importlib.metadata.PackageNotFoundError:
        numba = None
    versions = {name: importlib.metadata.version(name) for name in ("scikit-learn", "skorch")}
    return (
        torch.__version__,
        np.__version__,
        numba,
        versions,
        platform.machine(),
        torch.cuda.is_available(),
    )


class _Digest(CodeDigestMixin):
    """A SHA-256 that values are fed into one by one."""

    def __init__(self):
        self.sha = hashlib.sha256(__version__.encode())
        # Digests of the objects met so far, and depths of those that are being fed, by their
        # addresses in memory. They are kept alive, so that no other object gets their address.
        self.done = {}
        self.active = {}
        self.held = []
        # Whether the values fed belong to code, which may depend on the order of a dictionary.
        self.ordered = False

    def hexdigest(self):
        return self.sha.hexdigest()

    def text(self, text):
        self.sha.update(f"{len(text)}:{text}".encode("utf-8", "surrogatepass"))

    def add(self, value):
        """Feed a value into the digest."""
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
            value = value.item()
        place = id(value), self.ordered
        if type(value) in PLAIN:
            self.text(f"{type(value).__name__}={value!r}")
        elif place in self.active:
            self.text(f"{len(self.active) - self.active[place]} above")
        else:
            if place not in self.done:
                self.held.append(value)
                self.active[place] = len(self.active)
                try:
                    self.done[place] = self.digest_of(self.compound, value)
                except NoKeyError:
                    raise
                except Exception as error:
                    raise NoKeyError(f"{class_name(type(value))} object: {error}") from error
                finally:
                    del self.active[place]
            self.text(self.done[place])

    def digest_of(self, feed, value):
        """Return the digest of a single value."""
        outer, self.sha = self.sha, hashlib.sha256()
        try:
            feed(value)
            return self.sha.hexdigest()
        finally:
            self.sha = outer

    @contextmanager
    def of_code(self):
        """Let the order of dictionaries count in a block."""
        before, self.ordered = self.ordered, True
        try:
            yield
        finally:
            self.ordered = before

    def named(self, name, value):
        """Feed a value with its name, which errors mention if it has no key."""
        self.text(name)
        try:
            self.add(value)
        except NoKeyError as error:
            raise NoKeyError(f"{name}: {error}") from error

    def compound(self, value):
        """Feed a value that holds others."""
        if isinstance(value, type):
            self.class_(value)
        elif isinstance(value, FunctionType):
            # The first optimizer of a class lets torch wrap the `step` of the class.
            hooked = getattr(value, "hooked", False) is True and hasattr(value, "__wrapped__")
            self.function(value.__wrapped__ if hooked else value)
        elif isinstance(value, BuiltinFunctionType):
            self.builtin(value)
        elif isinstance(value, np.ufunc):
            self.ufunc(value)
        elif isinstance(value, MethodType):
            self.text("method")
            self.add(value.__func__)
            self.add(value.__self__)
        elif isinstance(value, CodeType):
            self.code(value)
        elif isinstance(value, ModuleType):
            self.module(value)
        elif isinstance(value, MappingProxyType):
            self.add(dict(value))
        elif isinstance(value, staticmethod | classmethod):
            self.add(value.__func__)
        elif isinstance(value, property):
            self.add((value.fget, value.fset, value.fdel))
        elif hasattr(value, "py_func"):
            # What numba has compiled so far does not count.
            self.add((value.py_func, getattr(value, "targetoptions", None)))
        elif isinstance(value, LOCKS):
            self.text("lock")
        elif isinstance(value, CACHES):
            self.text("cache")
        elif isinstance(value, logging.Logger):
            self.text(f"logger {value.name}")
        elif isinstance(value, weakref.ref):
            self.text("weak")
            self.add(value())
        elif isinstance(value, torch.dtype | torch.device | np.dtype):
            self.text(str(value))
        elif type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "to_numpy"):
            self.text(repr(getattr(value, "columns", None)))
            self.table(value.to_numpy())
        else:
            self.instance(value)

    def instance(self, value):
        """Feed an object: its class, what it contains and what it holds."""
        contains = self.content(value)
        if contains and is_library(type(value).__module__):
            self.text(type(value).__name__)
        else:
            self.text(class_name(type(value)))
            self.add(type(value))
        if isinstance(value, FrozenEstimator):
            # Its learned attributes are not in its parameters.
            self.add(vars(value.estimator))
        elif isinstance(value, BaseEstimator):
            self.estimator(value)
        elif not (contains and is_library(type(value).__module__)):
            with self.of_code():
                self.state(value, contains)

    def content(self, value):
        """Feed what a container or a table contains; return whether the object is one."""
        if isinstance(value, TABLES):
            self.table(value)
        elif isinstance(value, dict):
            self.dictionary(value)
        elif isinstance(value, list | tuple):
            self.text(f"{len(value)}")
            for item in value:
                self.add(item)
        elif isinstance(value, set | frozenset):
            self.text(f"{len(value)}")
            for digest in sorted(self.digest_of(self.add, item) for item in value):
                self.text(digest)
        elif isinstance(value, partial):
            self.add((value.func, value.args, value.keywords))
        elif isinstance(value, bool | int | float | complex | str | bytes | PurePath):
            self.text(repr(value))
        else:
            return False
        return True

    def dictionary(self, value):
        """Feed keys and values, in their order where that may count."""
        self.text(f"{len(value)}")
        self.add(getattr(value, "default_factory", None))
        keys = list(value)
        if not self.ordered and not isinstance(value, OrderedDict):
            keys.sort(key=lambda key: self.digest_of(self.add, key))
        for key in keys:
            self.add(key)
            self.add(value[key])

    def table(self, value):
        """Feed rows of numbers, by value."""
        if isinstance(value, torch.Tensor):
            self.tensor(value)
        elif isinstance(value, np.ma.MaskedArray):
            self.add((np.ma.getmaskarray(value), np.ma.getdata(value)))
        elif isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                self.add(value.tolist())
            else:
                self.text(f"{value.shape} {value.dtype.str} {value.dtype.names}")
                self.sha.update(np.ascontiguousarray(value).tobytes())
        else:
            names = value.columns if isinstance(value, pd.DataFrame) else [value.name]
            index = value if isinstance(value, pd.Index) else value.index
            self.text(repr((list(names), list(index.names))))
            types = value.dtypes if isinstance(value, pd.DataFrame) else [value.dtype]
            self.text(repr([str(each) for each in types]))
            try:
                self.sha.update(pd.util.hash_pandas_object(value).to_numpy().tobytes())
            except TypeError:
                # Cells may hold lists.
                self.add((value.to_numpy().tolist(), index.to_list()))

    def tensor(self, value):
        """Feed a tensor, by value."""
        self.text(f"{value.dtype} {value.layout} {value.requires_grad}")
        if torch.nn.parameter.is_lazy(value):
            self.text("lazy")
            return
        self.text(f"{tuple(value.shape)}")
        whole = value.detach().to_dense() if value.layout != torch.strided else value.detach()
        whole = whole.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        self.sha.update(whole.view(torch.uint8).numpy().tobytes())

    def estimator(self, value):
        """Feed the parameters of an estimator, and its learned attributes if fit uses them."""
        parameters = value.get_params(deep=False)
        left_out = NOT_PART | ({"memory"} if isinstance(value, Pipeline) else set())
        self.add({name: _as_list(parameters[name]) for name in set(parameters) - left_out})
        self.add({name: vars(value)[name] for name in SETTINGS & set(vars(value))})
        if parameters.get("warm_start"):
            learnt = {name: each for name, each in vars(value).items() if name.endswith("_")}
            self.add(learnt)

    def state(self, value, contains):
        """Feed the attributes of an object, or its pickled state if it has none."""
        attributes, slots = vars(value) if hasattr(value, "__dict__") else {}, {}
        if isinstance(state := object.__getstate__(value), tuple):
            slots = state[1]
        for name, each in sorted({**attributes, **slots}.items()):
            if isinstance(value, torch.nn.Module) and name.endswith(
                ("_hooks", "_hooks_with_kwargs")
            ):
                # Hook ids count all the hooks that this process has had.
                each = list(each.values())
            self.named(name, each)
        is_pickled_apart = (
            type(value).__reduce__ is not object.__reduce__
            or type(value).__reduce_ex__ is not object.__reduce_ex__
        )
        if contains or not (is_pickled_apart or not (attributes or slots)):
            return
        try:
            reduced = value.__reduce_ex__(4)
        except Exception:
            if attributes or slots:
                return
            raise
        if isinstance(reduced, str):
            self.text(reduced)
            return
        function, arguments, *rest = reduced
        self.text(getattr(function, "__qualname__", ""))
        self.add(arguments)
        for each in rest:
            self.add(each if each is None or not hasattr(each, "__next__") else list(each))


def _as_list(value):
    """Return a small array as the list of its values, anything else unchanged."""
    if isinstance(value, np.ndarray) and value.size <= SMALL and value.ndim:
        return value.tolist()
    return value
