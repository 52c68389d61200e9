"""Everything public has types, and a user's script runs that mypy checks in lint."""

import importlib
import inspect
import runpy
import typing
from dataclasses import is_dataclass
from pathlib import Path

import pytest

from tests.test_api_reference import SUBPACKAGES, documented_attributes, public_names

SCRIPT = Path(__file__).parent / "typing" / "user_script.py"
MODULES = {name: importlib.import_module(f"sklearn_frictiongru.{name}") for name in SUBPACKAGES}
PUBLIC = {
    f"{subpackage}.{name}": getattr(module, name)
    for subpackage, module in MODULES.items()
    for name in public_names(subpackage)
    if callable(getattr(module, name))
}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}


def public_callables(thing):
    """Yield what a user may call of a public name, with what it is called."""
    if not inspect.isclass(thing):
        yield thing.__name__, thing
        return
    for base in thing.__mro__:
        if not base.__module__.startswith("sklearn_frictiongru"):
            continue
        for name, member in vars(base).items():
            member = getattr(member, "fget", member)
            member = getattr(member, "__func__", member)
            generated = name == "__init__" and is_dataclass(base)
            shown = not name.startswith("_") or name in ("__init__", "__call__")
            if shown and inspect.isfunction(member) and not generated:
                yield f"{thing.__name__}.{name}", member


def without_types(name, function):
    """Return the parameters of a callable that have no annotation, and its result."""
    signature = inspect.signature(function)
    missing = [
        f"{name}({parameter.name})"
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty and parameter.name not in ("self", "cls")
    ]
    if signature.return_annotation is signature.empty:
        missing.append(f"{name} -> ?")
    return missing


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_and_result_has_a_type(name):
    missing = []
    for called, function in public_callables(PUBLIC[name]):
        # The types of overloads are what a type checker goes by.
        for each in typing.get_overloads(function) or [function]:
            missing += without_types(called, each)
    assert missing == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_fitted_attribute_has_a_type(name):
    kind = CLASSES[name]
    typed = {
        attribute
        for base in kind.__mro__
        for attribute in [
            *inspect.get_annotations(base),
            *(each for each, member in vars(base).items() if hasattr(member, "fget")),
        ]
    }
    fitted = {attribute for attribute in documented_attributes(kind) if attribute.endswith("_")}
    assert fitted - typed == set()


def test_what_has_no_type_is_found():
    def untyped(X, *, by: int = 0):
        return X, by

    assert without_types("untyped", untyped) == ["untyped(X)", "untyped -> ?"]


@pytest.mark.filterwarnings("ignore")
def test_the_script_that_is_type_checked_runs(tmp_path):
    runpy.run_path(str(SCRIPT))["main"](tmp_path)
    assert tmp_path.joinpath("importance.png").exists()
    assert tmp_path.joinpath("report.html").exists()
