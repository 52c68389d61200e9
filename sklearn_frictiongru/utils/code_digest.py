"""The part of a key that represents code: functions, classes, modules."""

import sys
from types import CodeType, ModuleType

import numpy as np

from sklearn_frictiongru.utils.code_reads import (
    NoKeyError,
    attributes_assigned,
    attributes_written,
    initial_value,
    values_read,
)
from sklearn_frictiongru.utils.libraries import is_library, library_version

NOT_HELD = {
    "__annotate__",
    "__annotate_func__",
    "__annotations__",
    "__annotations_cache__",
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
"""What a class has in addition to its code and its constants."""


class CodeDigestMixin:
    """Feed code, with all that it reads, into a digest that feeds the values."""

    def builtin(self, value):
        """Feed a function of a compiled module."""
        module = getattr(value, "__module__", None) or "builtins"
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            self.add(owner)
        elif not is_library(module):
            raise NoKeyError(f"{module}.{value.__name__} is compiled")
        self.text(f"{module}.{value.__name__}")

    def ufunc(self, value):
        """Feed a compiled function of NumPy or SciPy; others do not show their source."""
        homes = [np, sys.modules.get("scipy.special")]
        if not any(getattr(home, value.__name__, None) is value for home in homes):
            raise NoKeyError(f"{value.__name__} is compiled")
        self.text(value.__name__)

    def module(self, module):
        """Feed a module: a library by its version, any other module with all that it holds."""
        self.text(f"module {module.__name__}")
        if is_library(module.__name__):
            self.text(library_version(module.__name__))
            return
        for name, value in sorted(vars(module).items()):
            if name == "__getattr__" or not name.startswith("__"):
                self.named(name, value)

    def class_(self, cls):
        """Feed the code and the constants of a class, or the version of its library."""
        self.text(class_name(cls))
        if is_library(cls.__module__):
            self.text(library_version(cls.__module__))
            return
        self.add(cls.__bases__)
        self.add(type(cls))
        held = {name: value for name, value in vars(cls).items() if name not in NOT_HELD}
        writers = {
            name: value
            for value in held.values()
            for name in attributes_written(value, cls.__name__)
        }
        for name in sorted(held):
            if name.startswith(("__abstract", "_abc_")):
                continue
            if type(held[name]).__name__ in ("member_descriptor", "getset_descriptor"):
                continue
            value = held[name]
            if name in writers and _code_of(value) is None:
                # It changes while the code runs, for example a count of calls.
                value = initial_value(_code_of(writers[name]), name)
            with self.of_code():
                self.named(f"{cls.__qualname__}.{name}", value)

    def function(self, function):
        """Feed the code of a function, with all that it reads."""
        self.text(f"{function.__module__}.{function.__qualname__}")
        own = not is_library(function.__module__ or "")
        if not own:
            self.text(library_version(function.__module__))
            if function.__closure__ is None:
                return
        with self.of_code():
            self.code(function.__code__, function.__doc__)
            self.add((function.__defaults__, function.__kwdefaults__))
            for cell in function.__closure__ or ():
                try:
                    self.add(cell.cell_contents)
                except ValueError:
                    self.text("empty")
            if own:
                held, written = vars(function), attributes_assigned(function)
                self.add({name: held[name] for name in sorted(set(held) - written)})
                for name, value in values_read(function.__code__, function.__globals__):
                    self.named(name, value)

    def code(self, code, documentation=None):
        """Feed the bytecode, which does not change with comments or line numbers."""
        self.text("code")
        self.sha.update(code.co_code + code.co_exceptiontable)
        self.text(repr((code.co_names, code.co_varnames, code.co_freevars, sys.version_info[:2])))
        constants = code.co_consts
        if documentation is not None and constants[:1] == (documentation,):
            constants = (None, *constants[1:])
        for constant in constants:
            if isinstance(constant, CodeType):
                self.code(constant)
            else:
                self.add(constant)


def class_name(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def _code_of(value):
    """Return the code of a function in the body of a class, or None."""
    if isinstance(value, property):
        value = value.fget or value.fset
    return getattr(getattr(value, "__func__", value), "__code__", None)
