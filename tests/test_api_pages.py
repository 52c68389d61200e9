"""The API pages: short signatures, inherited methods, and links to the guide and back."""

import importlib
import inspect
import pkgutil
import re
import sys
from html import unescape
from pathlib import Path

import pytest

import sklearn_frictiongru
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

pytest.importorskip("sphinx")

DOCS = Path(__file__).parents[1] / "docs"
EXTENSIONS = DOCS / "_extensions"
PAGES = {
    "preprocessing": ["SlidingWindowTransformer"],
    "neural_network": ["GRUFrictionRegressor"],
    "study": ["Study", "run_study"],
}
CONF = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "api_pages"]
templates_path = [{templates!r}]
default_role = "literal"
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*"), ("ref", "guide_.*"), ("std:.*", "(guide|sphx)_.*")]
autodoc_typehints = "none"
numpydoc_show_class_members = False
rst_prolog = ".. |x| replace:: x"
"""
GUIDE = """
Guide
=====

.. toctree::

   windows
   network

"""


@pytest.fixture(scope="module")
def api_pages():
    sys.path.insert(0, str(EXTENSIONS))
    yield importlib.import_module("api_pages")
    sys.path.remove(str(EXTENSIONS))


def public_names():
    """Return the public names with their subpackages."""
    for module in pkgutil.iter_modules(sklearn_frictiongru.__path__):
        subpackage = importlib.import_module(f"sklearn_frictiongru.{module.name}")
        for name in getattr(subpackage, "__all__", ()):
            yield f"{subpackage.__name__}.{name}", getattr(subpackage, name)


def test_every_name_is_linked_from_a_page_of_the_guide(api_pages):
    names = dict(public_names())
    assert [n for n in names if not api_pages.pages_that_link_to(n, DOCS / "guide")] == []


def test_the_pages_are_those_of_the_guide_in_its_order(api_pages):
    pages = api_pages.guide_pages(DOCS / "guide")
    assert pages[:3] == ["study", "reading", "data"]
    on_disk = {path.stem for path in (DOCS / "guide").glob("*.rst")}
    assert set(pages) == on_disk - api_pages.NOT_EXPLAINING


def test_a_mention_is_no_link_and_a_longer_name_is_another(api_pages, tmp_path):
    (tmp_path / "index.rst").write_text(".. toctree::\n\n   one\n   two\n   three\n")
    (tmp_path / "one.rst").write_text("``package.io.read``, :func:`~package.io.read_record`\n")
    (tmp_path / "two.rst").write_text(":func:`text <package.io.read>`\n")
    (tmp_path / "three.rst").write_text(":func:`~package.io.read` and ``read``\n")
    assert api_pages.pages_that_link_to("package.io.read", tmp_path) == ["three", "two"]
    assert api_pages.pages_that_link_to("package.io.read_record", tmp_path) == ["one"]


def test_a_short_signature_stays(api_pages):
    assert api_pages.short_signature("(X, y=None)") == "(X, y=None)"


def test_a_long_signature_ends_between_two_parameters(api_pages):
    steps = "(" + ", ".join(f"step_{number}=({number}, {number})" for number in range(20)) + ")"
    short = api_pages.short_signature(steps)
    assert re.fullmatch(r"\((step_\d+=\(\d+, \d+\), )+\.\.\.\)", short)
    assert steps.startswith(short.removesuffix("...)"))
    assert len(short) <= api_pages.LONGEST_SIGNATURE + 20


def test_what_a_signature_leaves_out_is_listed_with_its_default():
    for name, thing in public_names():
        if not inspect.isfunction(thing):
            continue
        text = inspect.getdoc(thing)
        for parameter in inspect.signature(thing).parameters.values():
            if parameter.default is not parameter.empty:
                entry = rf"^(?:\w+, )*{parameter.name}(?:, \w+)* : .*(\n    .*)?default"
                assert re.search(entry, text, re.MULTILINE), (name, parameter.name)


def test_results_without_a_signature_are_public_classes(api_pages):
    classes = {name.rsplit(".", 1)[1] for name, thing in public_names() if inspect.isclass(thing)}
    assert classes >= api_pages.RESULTS


@pytest.fixture(scope="module")
def site(api_pages, tmp_path_factory):
    """Build a site of a few API pages with the templates and the extension of the real one."""
    from sphinx.application import Sphinx

    folder = tmp_path_factory.mktemp("docs")
    conf = CONF.format(extensions=str(EXTENSIONS), templates=str(DOCS / "_templates"))
    (folder / "conf.py").write_text(conf)
    lists = [
        f".. currentmodule:: sklearn_frictiongru.{subpackage}\n\n"
        ".. autosummary::\n   :toctree: generated/\n\n   " + "\n   ".join(names)
        for subpackage, names in PAGES.items()
    ]
    guide = "\n\n.. toctree::\n\n   guide/index\n"
    (folder / "index.rst").write_text("API\n===\n\n" + "\n\n".join(lists) + guide)
    (folder / "guide").mkdir()
    (folder / "guide" / "index.rst").write_text(GUIDE)
    module = "sklearn_frictiongru"
    (folder / "guide" / "windows.rst").write_text(
        f"Windows\n=======\n\n:class:`~{module}.preprocessing.SlidingWindowTransformer`,\n"
        f":class:`~{module}.study.Study` of :func:`~{module}.study.run_study`\n"
    )
    (folder / "guide" / "network.rst").write_text(
        f"Network\n=======\n\n:class:`~{module}.neural_network.GRUFrictionRegressor` takes\n"
        f":class:`~{module}.preprocessing.SlidingWindowTransformer`.\n"
    )
    built = folder / "html"
    with open(folder / "warnings", "w", encoding="utf-8") as warnings:
        app = Sphinx(folder, folder, built, folder / "tree", "html", status=None, warning=warnings)
        app.build()
    generated = {path.stem.rsplit(".", 1)[1]: path for path in built.glob("generated/*.html")}
    return {name: path.read_text(encoding="utf-8") for name, path in generated.items()}


def texts(pattern, page):
    """Return the texts of the parts of a page that match a pattern."""
    found = re.findall(pattern, page, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]+>", "", part)).split()) for part in found]


SIGNATURE = r'<dt class="sig sig-object py"[^>]*>(.*?)</dt>'


def test_signatures_have_no_types_and_fit_on_three_lines(site):
    for name, page in site.items():
        for signature in texts(SIGNATURE, page):
            assert "->" not in signature
            assert "→" not in signature
            assert ": " not in signature
            assert len(signature) < 260, name
    (study,) = [text for text in texts(SIGNATURE, site["Study"]) if text.startswith("class")]
    assert "(" not in study


@pytest.mark.parametrize("kind", [GRUFrictionRegressor, SlidingWindowTransformer])
def test_all_methods_are_listed_inherited_ones_too(site, kind):
    page = site[kind.__name__]
    (table,) = re.findall(r'Methods</p>.*?(<table class="autosummary.*?</table>)', page, re.DOTALL)
    entries = texts(r"<code.*?</code>", table)
    listed = {entry.partition("(")[0].rsplit(".", 1)[-1] for entry in entries}
    expected = {
        name
        for name, member in inspect.getmembers(kind, callable)
        if not name.startswith("_") and member.__doc__
    }
    assert {"fit", "get_params", "set_params"} <= expected
    assert listed >= expected
    assert all(re.search(rf'id="[\w.]*\.{kind.__name__}\.{name}"', page) for name in expected)


def test_a_page_begins_with_the_pages_of_the_guide(site):
    page = site["SlidingWindowTransformer"]
    above, _, _ = page.partition("sig-object")
    assert re.search(
        r'User guide: <a [^>]*href="\.\./guide/windows\.html">.*?Windows.*?</a>, '
        r'<a [^>]*href="\.\./guide/network\.html">.*?Network',
        above,
        re.DOTALL,
    )


def test_links_of_inherited_docstrings_lead_to_scikit_learn(site):
    page = site["SlidingWindowTransformer"]
    assert 'href="https://scikit-learn.org/stable/metadata_routing.html"' in page
    assert "metadata_routing&gt;" not in page
    assert "Added in version" not in page
