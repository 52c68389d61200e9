"""Subpackages load on first use, and no earlier than needed do the libraries that take long."""

import configparser
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import sklearn_frictiongru as sf
from sklearn_frictiongru.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
SLOW = {"torch", "skorch", "matplotlib", "tqdm"}


def modules_after(code):
    """Return the names of the modules that a fresh interpreter holds after some code."""
    code += "\nimport sys\nprint('modules:', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.partition("modules:")[2].split())


def test_subpackages_are_attributes():
    code = "import sklearn_frictiongru as sf\nassert callable(sf.datasets.load_p655)"
    modules = modules_after(code)
    assert "sklearn_frictiongru.datasets" in modules
    assert "sklearn_frictiongru.study" not in modules
    public = {path.parent.name for path in ROOT.glob("sklearn_frictiongru/[!_]*/__init__.py")}
    assert public - {"utils"} == set(dir(sf)) - {"__version__"}
    with pytest.raises(AttributeError, match="has no attribute 'network'"):
        sf.network  # noqa: B018


def test_importing_the_package_imports_nothing_else():
    modules = modules_after("import sklearn_frictiongru")
    assert not modules & {*SLOW, "numpy", "pandas", "sklearn"}


@pytest.mark.parametrize("name", ["datasets", "preprocessing", "io"])
def test_data_needs_neither_torch_nor_matplotlib(name):
    assert not modules_after(f"import sklearn_frictiongru.{name}") & SLOW


def test_a_study_is_imported_without_matplotlib():
    assert "matplotlib" not in modules_after("import sklearn_frictiongru.study")


@pytest.mark.parametrize("words", [["--help"], ["study", "--help"], ["simulate", "memory", "-h"]])
def test_the_help_needs_none_of_the_libraries(words):
    modules = modules_after(
        "from sklearn_frictiongru.__main__ import main\n"
        f"try:\n    main({words})\nexcept SystemExit as stopped:\n    assert not stopped.code"
    )
    assert not modules & {*SLOW, "numpy", "pandas", "scipy", "sklearn"}


def test_the_console_script_is_the_command_line():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    name, _, target = config["options.entry_points"]["console_scripts"].strip().partition(" = ")
    assert name == "frictiongru"
    assert EntryPoint(name, target, "console_scripts").load() is main
