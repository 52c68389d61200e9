"""A key for a value, made of all that it holds and of the code that it runs."""

import dis
import hashlib
import importlib.metadata
import logging
import os
import platform
import sys
import sysconfig
import threading
import weakref
from functools import cache, partial
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

LIBRARY_PATHS = tuple(
    os.path.realpath(sysconfig.get_path(name)) + os.sep
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
)

LOCKS = type(threading.Lock()), type(threading.RLock())

NOT_PART = {"n_jobs", "verbose"}
"""Parameters that no result depends on."""

SETTINGS = {"_sklearn_output_config", "_metadata_request"}
"""What an estimator is told beside its parameters."""

NOT_HELD = {
    "__annotations__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__qualname__",
    # Left by the first pickling of an instance.
    "__slotnames__",
    "__static_attributes__",
    "__weakref__",
}
"""What a class has beside its code and its constants."""

SMALL = 1000
"""Size of an array up to which it is the same as a list of its values, as a parameter."""


class NoKeyError(ValueError):
    """It cannot be told what a value depends on."""


def content_key(*parts):
    """Return a key of values, and of the code of their classes and functions."""
    digest = _Digest()
    for part in parts:
        digest.add(part)
    return digest.hexdigest()


@cache
def environment():
    """Return the versions and devices that a training depends on, but for torch's default type."""
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


def is_library(module_name):
    """Return whether a module belongs to Python, to an installed library, or to this package."""
    package = module_name.partition(".")[0]
    if package in sys.stdlib_module_names or package == "sklearn_frictiongru":
        return package != "__main__"
    file = getattr(sys.modules.get(module_name), "__file__", None)
    return file is not None and os.path.realpath(file).startswith(LIBRARY_PATHS)


class _Digest:
    """A SHA-256 that values are fed into one by one."""

    def __init__(self):
        self.sha = hashlib.sha256(__version__.encode())
        # Digests of the objects met so far, and depths of those that are being fed, by their
        # places in memory. They are held, so that no other object gets the place of one.
        self.done = {}
        self.active = {}
        self.held = []

    def hexdigest(self):
        return self.sha.hexdigest()

    def text(self, text):
        self.sha.update(f"{len(text)}:{text}".encode("utf-8", "surrogatepass"))

    def add(self, value):
        """Feed a value into the digest."""
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            self.text(f"{type(value).__name__}={value!r}")
        elif isinstance(value, np.ndarray | torch.Tensor | pd.DataFrame | pd.Series | pd.Index):
            self.table(value)
        elif type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "to_numpy"):
            self.text(repr(getattr(value, "columns", None)))
            self.table(value.to_numpy())
        elif id(value) in self.active:
            self.text(f"{len(self.active) - self.active[id(value)]} above")
        else:
            if id(value) not in self.done:
                self.done[id(value)] = self.apart(value)
            self.text(self.done[id(value)])

    def apart(self, value):
        """Return the digest of an object by itself."""
        outer, self.sha = self.sha, hashlib.sha256()
        self.held.append(value)
        self.active[id(value)] = len(self.active)
        try:
            self.compound(value)
            return self.sha.hexdigest()
        finally:
            del self.active[id(value)]
            self.sha = outer

    def table(self, value):
        """Feed rows of numbers, by value."""
        self.text(type(value).__name__)
        if isinstance(value, torch.Tensor):
            self.text(f"{value.dtype} {tuple(value.shape)} {value.requires_grad}")
            whole = value.detach().cpu().contiguous().reshape(-1)
            self.sha.update(whole.view(torch.uint8).numpy().tobytes())
        elif isinstance(value, np.ndarray):
            if value.dtype == object:
                self.add(value.tolist())
            else:
                self.text(f"{value.shape} {value.dtype.str}")
                self.sha.update(np.ascontiguousarray(value).tobytes())
        else:
            names = value.columns if isinstance(value, pd.DataFrame) else [value.name]
            index = value if isinstance(value, pd.Index) else value.index
            self.text(repr((list(names), list(index.names))))
            types = value.dtypes if isinstance(value, pd.DataFrame) else [value.dtype]
            self.text(repr([str(each) for each in types]))
            self.sha.update(pd.util.hash_pandas_object(value).to_numpy().tobytes())

    def compound(self, value):
        """Feed a value that holds others."""
        if isinstance(value, type):
            self.class_(value)
        elif isinstance(value, FunctionType):
            self.function(value)
        elif isinstance(value, BuiltinFunctionType | np.ufunc):
            self.builtin(value)
        elif isinstance(value, MethodType):
            self.text("method")
            self.add(value.__func__)
            self.add(value.__self__)
        elif isinstance(value, CodeType):
            self.code(value)
        elif isinstance(value, ModuleType):
            self.module(value)
        elif isinstance(value, dict):
            self.text(f"{type(value).__name__} {len(value)}")
            for key in sorted(value, key=repr):
                self.add(key)
                self.add(value[key])
        elif isinstance(value, list | tuple):
            self.text(f"{type(value).__name__} {len(value)}")
            for item in value:
                self.add(item)
        elif isinstance(value, set | frozenset):
            self.text(f"set {len(value)}")
            for key in sorted(content_key(item) for item in value):
                self.text(key)
        elif isinstance(value, partial):
            self.text("partial")
            self.add((value.func, value.args, value.keywords))
        elif isinstance(value, staticmethod | classmethod):
            self.add(value.__func__)
        elif isinstance(value, property):
            self.add((value.fget, value.fset, value.fdel))
        elif isinstance(value, MappingProxyType):
            self.add(dict(value))
        elif hasattr(value, "py_func"):
            # What numba has compiled of it so far is no part.
            self.add(value.py_func)
        elif isinstance(value, LOCKS):
            self.text("lock")
        elif isinstance(value, logging.Logger):
            self.text(f"logger {value.name}")
        elif isinstance(value, weakref.ref):
            # What it stands for is held elsewhere.
            self.text("weak")
        elif isinstance(value, torch.dtype | torch.device | np.dtype):
            self.text(str(value))
        else:
            self.instance(value)

    def instance(self, value):
        """Feed an object: its class and what it holds."""
        self.class_name(type(value))
        self.add(type(value))
        if isinstance(value, FrozenEstimator):
            # What it has learnt is not in its parameters.
            self.add(vars(value.estimator))
        elif isinstance(value, BaseEstimator):
            parameters = value.get_params(deep=False)
            left_out = NOT_PART | ({"memory"} if isinstance(value, Pipeline) else set())
            self.add({name: _as_list(parameters[name]) for name in set(parameters) - left_out})
            self.add({name: vars(value)[name] for name in SETTINGS & set(vars(value))})
        elif getattr(value, "__dict__", None):
            self.add(vars(value))
        else:
            try:
                reduced = value.__reduce_ex__(4)
            except Exception as error:
                raise NoKeyError(f"{_name(type(value))} object: {error}") from error
            if isinstance(reduced, str):
                self.text(reduced)
                return
            function, arguments, *state = reduced
            self.text(getattr(function, "__qualname__", ""))
            self.add(arguments)
            for each in state:
                self.add(each if each is None or not hasattr(each, "__next__") else list(each))

    def builtin(self, value):
        """Feed a function of a compiled module."""
        module = getattr(value, "__module__", None) or "builtins"
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            self.add(owner)
        elif not is_library(module) and not isinstance(value, np.ufunc):
            raise NoKeyError(f"{module}.{value.__name__} is compiled")
        self.text(f"{module}.{value.__name__}")

    def module(self, module):
        """Feed a module: a library by its version, any other by what is read of it."""
        self.text(f"module {module.__name__}")
        if is_library(module.__name__):
            self.text(_version(module.__name__))

    def class_(self, cls):
        """Feed the code and the constants of a class, one of a library by its version."""
        self.class_name(cls)
        if is_library(cls.__module__):
            self.text(_version(cls.__module__))
            return
        self.add(cls.__bases__)
        held = {name: value for name, value in vars(cls).items() if name not in NOT_HELD}
        written = set().union(*(_written(value) for value in held.values()))
        for name in sorted(held):
            # What the code itself assigns is no constant, such as a count of calls.
            if name not in written and not name.startswith(("__abstract", "_abc_")):
                self.text(name)
                self.member(held[name], cls)

    def member(self, value, cls):
        """Feed what stands in the body of a class."""
        if type(value).__name__ in ("member_descriptor", "getset_descriptor"):
            return
        try:
            self.add(value)
        except NoKeyError as error:
            raise NoKeyError(f"{_name(cls)}: {error}") from error

    def class_name(self, cls):
        self.text(_name(cls))

    def function(self, function):
        """Feed the code of a function, with all that it reads."""
        self.text(f"{function.__module__}.{function.__qualname__}")
        if is_library(function.__module__ or ""):
            self.text(_version(function.__module__))
            if function.__closure__ is None:
                return
        self.code(function.__code__)
        self.add((function.__defaults__, function.__kwdefaults__))
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self.text("empty")
        if not is_library(function.__module__ or ""):
            self.names_read(function.__code__, function.__globals__)

    def names_read(self, code, values):
        """Feed what the names stand for that code reads, also as attributes of own modules."""
        names = _names(code)
        written = _written_globals(code)
        for name in sorted(names & set(values) - written):
            self.text(name)
            try:
                self.add(values[name])
            except NoKeyError as error:
                raise NoKeyError(f"{name}: {error}") from error
            if isinstance(values[name], ModuleType):
                self.attributes(values[name], names)

    def attributes(self, module, names):
        """Feed the attributes of a module of the user's own."""
        if is_library(module.__name__):
            return
        for name in sorted(names & set(vars(module))):
            self.text(name)
            self.add(vars(module)[name])
            inner = vars(module)[name]
            if isinstance(inner, ModuleType) and inner is not module:
                self.attributes(inner, names - {name})

    def code(self, code):
        """Feed the bytecode, which does not change with comments, lines or places."""
        self.text("code")
        self.sha.update(code.co_code)
        self.text(repr((code.co_names, code.co_varnames, code.co_freevars, sys.version_info[:2])))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.code(constant)
            else:
                self.add(constant)


def _as_list(value):
    """Return a small array as the list of its values, anything else as it is."""
    if isinstance(value, np.ndarray) and value.size <= SMALL and value.ndim:
        return value.tolist()
    return value


def _name(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


@cache
def _version(module_name):
    """Return the version of the library of a module."""
    package = module_name.partition(".")[0]
    version = getattr(sys.modules.get(package), "__version__", None)
    if version is None:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = platform.python_version()
    return str(version)


def _codes(code):
    """Yield a code object and all inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(code):
    """Return the global names and attributes that code mentions."""
    return {name for each in _codes(code) for name in each.co_names}


def _instructions(code, names):
    return {
        instruction.argval
        for each in _codes(code)
        for instruction in dis.get_instructions(each)
        if instruction.opname in names
    }


def _written_globals(code):
    return _instructions(code, {"STORE_GLOBAL", "DELETE_GLOBAL"})


def _written(value):
    """Return the names of the attributes that a function in a class assigns."""
    value = getattr(value, "__func__", value)
    if isinstance(value, property):
        return set().union(*(_written(each) for each in (value.fget, value.fset, value.fdel)))
    if not isinstance(value, FunctionType):
        return set()
    return _instructions(value.__code__, {"STORE_ATTR"})
