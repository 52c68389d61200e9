"""What the documents say of the code has to be so."""

import configparser
import importlib.util
import re
import runpy
import sys
from itertools import chain
from pathlib import Path

import pytest
from packaging.version import Version

from sklearn_frictiongru import __version__

ROOT = Path(__file__).resolve().parents[1]
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def text(*parts):
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def config(name):
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read(ROOT / name, encoding="utf-8")
    return parsed


def subpackages_of_contributing():
    """Return the subpackages of each row of the map, from the top down."""
    _, after = text("CONTRIBUTING.md").split("| subpackage | what it holds |\n| --- | --- |\n")
    rows = re.match(r"(?:\|.*\n)+", after).group().splitlines()
    return [re.findall(r"`(\w+)`", row.split("|")[1]) for row in rows]


def test_the_map_is_that_of_the_import_contract():
    layers = config("setup.cfg")["importlinter:contract:subpackages"]["layers"].split("\n")
    expected = [[name.strip() for name in layer.split("|")] for layer in layers if layer.strip()]
    assert subpackages_of_contributing() == expected


def test_the_subpackages_of_the_map_are_there():
    package = ROOT / "sklearn_frictiongru"
    for name in chain.from_iterable(subpackages_of_contributing()):
        assert (package / name / "__init__.py").exists() or (package / f"{name}.py").exists()


def test_contributing_names_the_environments_of_the_test_command():
    rows = re.findall(r"^\| `(\w+)` \|", text("CONTRIBUTING.md"), re.MULTILINE)
    environments = config("tox.ini")["tox"]["env_list"].split(", ")
    assert rows[: len(environments)] == environments


def test_files_that_contributing_names_are_there():
    named = re.findall(r"(?:docs|tests|tools|benchmarks)/[\w/.-]+\.\w+", text("CONTRIBUTING.md"))
    assert named
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_version_stands_once_and_the_citation_agrees(monkeypatch):
    # The configuration of the documentation sets both.
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert config("setup.cfg")["metadata"]["version"] == "attr: sklearn_frictiongru.__version__"
    (cited,) = re.findall(r"^version: (\S+)$", text("CITATION.cff"), re.MULTILINE)
    assert cited.strip("\"'") == __version__
    conf = runpy.run_path(str(ROOT / "docs" / "conf.py"))
    assert conf["version"] == conf["release"] == __version__


def changelog():
    """Return version, date and body of each section of the changelog."""
    parts = re.split(r"^## (.*)$", text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    sections = []
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        version, date = re.fullmatch(r"\[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?", title).groups()
        sections.append((version, date, body))
    return sections


def test_the_changelog_keeps_its_form():
    (top, undated, _), *released = changelog()
    assert (top, undated) == ("Unreleased", None)
    assert all(date for _, date, _ in released)
    order = [(Version(version), date) for version, date, _ in released]
    assert order == sorted(order, reverse=True)
    for _, _, body in changelog():
        kinds = re.findall(r"^### (.*)$", body, re.MULTILINE)
        assert len(kinds) == len(set(kinds))
        assert set(kinds) <= KINDS


def test_the_changelog_has_come_as_far_as_the_version():
    versions = [version for version, _, _ in changelog()[1:]]
    if Version(__version__).is_devrelease:
        assert Version(versions[0]) < Version(__version__)
    else:
        assert versions[0] == __version__


def test_the_changelog_names_all_that_is_public():
    named = set(re.findall(r"\w+", text("CHANGELOG.md")))
    package = ROOT / "sklearn_frictiongru"
    for module in package.glob("[!_]*/__init__.py"):
        code = module.read_text(encoding="utf-8")
        _, _, exported = code.partition("__all__ = [")
        missing = set(re.findall(r'"(\w+)"', exported)) - named
        assert not missing, missing


@pytest.fixture
def reading_order():
    path = ROOT / "docs" / "_extensions" / "reading_order.py"
    spec = importlib.util.spec_from_file_location("reading_order", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_has_its_place(reading_order):
    examples = {path.stem for path in (ROOT / "examples").glob("plot_*.py")}
    assert examples == set(reading_order.EXAMPLES)
    placed = sorted(examples, key=lambda name: reading_order.place(f"{name}.py"))
    assert placed == list(reading_order.EXAMPLES)


def test_an_example_without_a_place_is_an_error(reading_order):
    with pytest.raises(ValueError, match="plot_new has no place"):
        reading_order.place("plot_new.py")


def test_the_start_page_shows_the_readmes_example():
    index = text("docs", "index.rst")
    assert ".. literalinclude:: ../README.md" in index
    assert text("README.md").count("```python") == 1


def test_pictures_of_the_start_page_are_there_and_described():
    figures = re.findall(
        r"^\.\. figure:: (\S+)\n   :alt: \S", text("docs", "index.rst"), re.MULTILINE
    )
    assert len(figures) == 3
    for figure in figures:
        assert (ROOT / "docs" / figure).read_bytes()[:4] == b"\x89PNG"
