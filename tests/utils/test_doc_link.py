"""The HTML diagram of every estimator links to its page, if the documentation has an address."""

import importlib
import importlib.metadata
import inspect
import pkgutil
from email.message import Message

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

import sklearn_frictiongru
from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

SITE = "https://docs.example"
REGRESSOR_PAGE = "/generated/sklearn_frictiongru.neural_network.GRUFrictionRegressor.html"


def estimator_classes():
    """Return the public estimators with the names of the subpackages that export them."""
    for module in pkgutil.iter_modules(sklearn_frictiongru.__path__):
        subpackage = importlib.import_module(f"sklearn_frictiongru.{module.name}")
        for name in getattr(subpackage, "__all__", ()):
            thing = getattr(subpackage, name)
            if inspect.isclass(thing) and issubclass(thing, BaseEstimator):
                yield pytest.param(thing, f"{subpackage.__name__}.{name}", id=name)


def metadata_with(*urls):
    """Return the metadata of a package with some project URLs."""
    message = Message()
    for url in urls:
        message["Project-URL"] = url
    return lambda name: message


@pytest.fixture(autouse=True)
def unpublished(monkeypatch):
    monkeypatch.delenv("SKLEARN_FRICTIONGRU_DOCS", raising=False)
    monkeypatch.setattr(
        importlib.metadata, "metadata", metadata_with("Source, https://code.example")
    )


@pytest.mark.parametrize(("kind", "name"), [*estimator_classes()])
def test_every_estimator_has_the_address_of_its_page(kind, name, monkeypatch):
    monkeypatch.setenv("SKLEARN_FRICTIONGRU_DOCS", SITE)
    # No parameter is read: an instance without its arguments suffices.
    assert kind._get_doc_link(kind.__new__(kind)) == f"{SITE}/generated/{name}.html"


@pytest.mark.parametrize("address", [SITE, SITE + "/", ".."])
def test_the_diagram_links_to_the_page(address, monkeypatch):
    monkeypatch.setenv("SKLEARN_FRICTIONGRU_DOCS", address)
    shown = GRUFrictionRegressor()._repr_html_()
    assert f'href="{address.rstrip("/")}{REGRESSOR_PAGE}"' in shown


def test_each_step_links_to_its_own_documentation(monkeypatch):
    monkeypatch.setenv("SKLEARN_FRICTIONGRU_DOCS", SITE)
    search = WindowLengthSearchCV(make_pipeline(SlidingWindowTransformer(), Ridge()), [2, 3])
    shown = search._repr_html_()
    page = f"{SITE}/generated/sklearn_frictiongru."
    assert f'href="{page}preprocessing.SlidingWindowTransformer.html"' in shown
    assert f'href="{page}model_selection.WindowLengthSearchCV.html"' in shown
    assert "/modules/generated/sklearn.linear_model.Ridge.html" in shown


def test_without_an_address_there_is_no_link():
    ensemble = GRUFrictionEnsemble(GRUFrictionRegressor())
    assert ensemble._get_doc_link() == ""
    assert "/generated/" not in ensemble._repr_html_()


def test_a_published_package_needs_no_setting(monkeypatch):
    urls = "Source, https://code.example", f"Documentation, {SITE}/"
    monkeypatch.setattr(importlib.metadata, "metadata", metadata_with(*urls))
    assert GRUFrictionRegressor()._get_doc_link() == SITE + REGRESSOR_PAGE


def test_a_package_that_is_not_installed_has_no_address(monkeypatch):
    def metadata(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "metadata", metadata)
    assert GRUFrictionRegressor()._get_doc_link() == ""
