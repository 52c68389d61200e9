"""The tool that judges docstrings knows what is public, and refuses sections elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpydoc")

TOOL = Path(__file__).parents[1] / "tools" / "check_docstrings.py"

SECTIONS = """
{indent}Parameters
{indent}----------
{indent}n_rows : int
{indent}    Number of rows.

{indent}Returns
{indent}-------
{indent}int
{indent}    Twice that number.
"""
EXAMPLE = """
    Examples
    --------
    >>> double(2)
    4
"""


def function(name, *parts, indent="    "):
    """Return the source of a function whose docstring has some parts."""
    docstring = "".join(["Return twice a number.\n", *parts]).replace("{indent}", indent)
    outer = indent[4:]
    return f'{outer}def {name}(n_rows):\n{indent}"""{docstring}{indent}"""\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one public function, and nothing to object to."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sklearn_frictiongru"
    folder.joinpath("rows").mkdir(parents=True)
    for path in (folder, folder / "rows"):
        path.joinpath("__init__.py").write_text('"""Rows of a record."""\n')
    folder.joinpath("rows", "__init__.py").write_text(
        '"""Rows of a record."""\n\nfrom sklearn_frictiongru.rows._double import double\n\n'
        '__all__ = ["double"]\n'
    )
    folder.joinpath("rows", "_double.py").write_text(
        '"""Twice a number."""\n\n\n' + function("double", SECTIONS, EXAMPLE)
    )
    return folder


def check():
    """Run the tool in the current folder, and return its exit status and what it objects to."""
    done = subprocess.run([sys.executable, TOOL], capture_output=True, text=True)
    return done.returncode, done.stderr.splitlines()


def test_a_public_function_with_its_sections_passes(package):
    assert check() == (0, [])


def test_a_public_function_without_sections_does_not(package):
    package.joinpath("rows", "_double.py").write_text(
        '"""Twice a number."""\n\n\n' + function("double")
    )
    code, faults = check()
    assert code == 1
    assert any("_double.double: PR01" in fault for fault in faults)


def test_overloads_have_no_docstring(package):
    path = package / "rows" / "_double.py"
    overload = "@overload\ndef double(n_rows: int) -> int: ...\n\n\n"
    path.write_text(
        '"""Twice a number."""\n\nfrom typing import overload\n\n\n'
        + 2 * overload
        + function("double", SECTIONS, EXAMPLE)
    )
    assert check() == (0, [])


@pytest.mark.parametrize("name", ["helper", "_helper"])
def test_sections_of_a_private_function_are_refused(package, name):
    path = package / "rows" / "_double.py"
    before = path.read_text()
    path.write_text(before + "\n\n" + function(name, SECTIONS))
    line = before.count("\n") + 3
    code, faults = check()
    assert code == 1
    assert [fault.partition("; ")[0] for fault in faults] == [
        f"sklearn_frictiongru/rows/_double.py:{line}: {name}: PV01 a section "
        f'"{section}", but no __all__ exports it'
        for section in ("Parameters", "Returns")
    ]


def test_a_module_without_all_exports_nothing(package):
    package.joinpath("utils").mkdir()
    helper = package / "utils" / "numbers.py"
    helper.write_text('"""Numbers."""\n\n\n' + function("helper"))
    assert check() == (0, [])
    helper.write_text('"""Numbers."""\n\n\n' + function("helper", SECTIONS))
    code, faults = check()
    assert code == 1
    assert len(faults) == 2


def test_sections_of_private_methods_and_of_modules_are_refused(package):
    package.joinpath("rows", "_rows.py").write_text(
        '"""Rows.\n\nNotes\n-----\nOf a record.\n"""\n\n\nclass Rows:\n    """Rows."""\n\n'
        + function("n_rows", SECTIONS, indent=" " * 8)
    )
    code, faults = check()
    assert code == 1
    assert [fault.split(": ")[1] for fault in faults] == ["_rows", "n_rows", "n_rows"]


def test_nothing_to_check_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check()[0] == 1
