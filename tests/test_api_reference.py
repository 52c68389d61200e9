"""The API page lists what is public, and the docstrings name what a fit leaves behind.

What a docstring shows by itself (an example, types, shapes) tools/check_docstrings.py checks.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import sklearn_frictiongru
from sklearn_frictiongru.inspection import GradientImportance
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from tests.common.instances import FAST_NETWORK, INSTANCES

API_PAGE = Path(__file__).parents[1] / "docs" / "api.rst"
SUBPACKAGES = [
    module.name
    for module in pkgutil.iter_modules(sklearn_frictiongru.__path__)
    if not module.name.startswith("_")
]

# What an estimator needs so that a fit sets every attribute that it can set.
SETTINGS = {GRUFrictionEnsemble: {"calibration": 0.2}}


def public_names(subpackage):
    """Return what a user can import from a subpackage: what its ``__all__`` exports."""
    module = importlib.import_module(f"sklearn_frictiongru.{subpackage}")
    return sorted(getattr(module, "__all__", []))


def listed_names():
    """Return the names on the API page, by subpackage."""
    listed, subpackage = {}, None
    for line in API_PAGE.read_text(encoding="utf-8").splitlines():
        if begins := re.fullmatch(r"\.\. currentmodule:: sklearn_frictiongru\.(\w+)", line):
            subpackage = begins[1]
        elif entry := re.fullmatch(r"   (\w+)", line):
            listed.setdefault(subpackage, []).append(entry[1])
    return {subpackage: sorted(names) for subpackage, names in listed.items()}


def test_the_api_page_lists_every_public_name_once():
    public = {subpackage: public_names(subpackage) for subpackage in SUBPACKAGES}
    assert listed_names() == {subpackage: names for subpackage, names in public.items() if names}


def test_the_package_itself_exports_its_version_alone():
    names = [
        name for name, thing in vars(sklearn_frictiongru).items() if not inspect.ismodule(thing)
    ]
    assert [name for name in names if not name.startswith("_")] == []
    assert sklearn_frictiongru.__version__


def documented_attributes(kind):
    """Return the names in the Attributes section of a class."""
    section = re.search(
        r"\nAttributes\n-+\n(.*?)\n\n\w[^\n]*\n-+\n", inspect.getdoc(kind), re.DOTALL
    )
    if section is None:
        return set()
    heads = re.findall(r"^(\S.*?) : ", section[1], re.MULTILINE)
    return {name for head in heads for name in head.split(", ")}


def fitted_attributes(estimator):
    """Return the names of what a fit has left behind, properties included."""
    kind = type(estimator)
    names = {*vars(estimator), *(n for n in dir(kind) if isinstance(getattr(kind, n), property))}
    return {name for name in names if name.endswith("_") and not name.startswith("_")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "estimator",
    {type(instance): instance for instance in INSTANCES.values()}.values(),
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_a_fit_leaves_behind_is_documented(estimator):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["x0", "x1"])
    fitted = clone(estimator).set_params(**SETTINGS.get(type(estimator), {})).fit(X, X["x0"])
    assert documented_attributes(type(fitted)) == fitted_attributes(fitted)


@pytest.mark.filterwarnings("ignore")
def test_what_the_inspector_leaves_behind_is_documented():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = GRUFrictionRegressor(**FAST_NETWORK, max_epochs=1).fit(X, X[:, 0])
    importance = GradientImportance().fit(model, X)
    assert documented_attributes(GradientImportance) == fitted_attributes(importance)
