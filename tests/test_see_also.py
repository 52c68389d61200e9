"""See Also leads both ways: where one name of the package refers to another, so does the other."""

import importlib
import inspect
import pkgutil

import pytest

import sklearn_frictiongru

docscrape = pytest.importorskip("numpydoc.docscrape")

PACKAGE = sklearn_frictiongru.__name__


def documented():
    """Return the public classes, functions and methods of the package by their full names."""
    found = {}
    for module in pkgutil.iter_modules(sklearn_frictiongru.__path__):
        subpackage = importlib.import_module(f"{PACKAGE}.{module.name}")
        for name in getattr(subpackage, "__all__", ()):
            thing = getattr(subpackage, name)
            full = f"{subpackage.__name__}.{name}"
            found[full] = thing
            if inspect.isclass(thing):
                found |= {
                    f"{full}.{method}": member
                    for method, member in inspect.getmembers(thing, callable)
                    if not method.startswith("_")
                    and (getattr(member, "__module__", "") or "").startswith(PACKAGE)
                    and member.__doc__
                }
    return found


def resolved(name, place, names):
    """Return the full name of what a docstring refers to, from its class or module outwards."""
    parents = [place.rsplit(".", depth)[0] for depth in range(1, place.count(".") + 1)]
    candidates = [f"{parent}.{name}" for parent in parents] + [name]
    return next((candidate for candidate in candidates if candidate in names), None)


def references():
    """Return each public name with the names that its See Also section lists."""
    names = documented()
    listed = {}
    for place, thing in names.items():
        section = docscrape.NumpyDocString(inspect.getdoc(thing) or "")["See Also"]
        listed[place] = [name for entry, _ in section for name, _ in entry]
    return names, listed


def test_names_of_the_package_are_found():
    names, listed = references()
    missing = {
        (place, name)
        for place, entries in listed.items()
        for name in entries
        if not name.startswith("sklearn.") and resolved(name, place, names) is None
    }
    assert not missing


def test_references_lead_both_ways():
    names, listed = references()
    pairs = {
        (place, target)
        for place, entries in listed.items()
        for name in entries
        if (target := resolved(name, place, names))
    }
    assert len(pairs) > 100
    assert {pair for pair in pairs if pair[::-1] not in pairs} == set()


def test_nothing_is_listed_twice_or_refers_to_itself():
    names, listed = references()
    for place, entries in listed.items():
        targets = [resolved(name, place, names) or name for name in entries]
        assert len(targets) == len(set(targets)), place
        assert place not in targets
