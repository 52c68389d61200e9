"""The tool that looks for words to avoid sees prose, in all the places where prose is."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "tools" / "check_language.py"


def checked(folder):
    """Return exit status, the faults and the last line of the tool in a folder."""
    run = subprocess.run(
        [sys.executable, TOOL, folder], capture_output=True, text=True, encoding="utf-8"
    )
    return run.returncode, run.stderr.splitlines(), run.stdout.strip()


@pytest.fixture
def project(tmp_path):
    """A project with a page and a module, and nothing to object to."""
    (tmp_path / "docs" / "guide").mkdir(parents=True)
    (tmp_path / "sklearn_frictiongru").mkdir()
    (tmp_path / "docs" / "guide" / "sweep.rst").write_text("Compare window lengths.\n")
    (tmp_path / "sklearn_frictiongru" / "rows.py").write_text('"""Rows of a record."""\n')
    return tmp_path


def test_nothing_to_object_to(project):
    assert checked(project) == (0, [], "2 files checked, 0 faults")


def test_finding_no_files_is_a_fault(tmp_path):
    assert checked(tmp_path) == (1, [], "0 files checked, 0 faults")


def test_a_fault_names_place_words_and_what_to_write(project):
    page = project / "docs" / "guide" / "sweep.rst"
    page.write_text("One line.\n\nThe sequence\nlength of a window.\n")
    code, faults, last = checked(project)
    assert (code, last) == (1, "2 files checked, 1 faults")
    assert faults == [f'{page}:3: "sequence length": write window length']


@pytest.mark.parametrize(
    "source",
    [
        '"""Rows that\n    stand beside others."""\n',
        "# Rows that stand\n# in a table.\n",
        'raise ValueError(\n    "rows that "\n    "stand alone"\n)\n',
        'text = f"{name} stands for {value!r}"\n',
        "x = 1  # it stands here\n",
    ],
    ids=["docstring", "comment", "message", "f-string", "comment behind code"],
)
def test_prose_of_a_program(project, source):
    (project / "sklearn_frictiongru" / "rows.py").write_text(source)
    _, faults, _ = checked(project)
    assert any("stand" in fault for fault in faults)


@pytest.mark.parametrize("gap", ["\n# ", " "], ids=["over two comments", "in one"])
def test_phrases_over_line_ends(project, gap):
    (project / "sklearn_frictiongru" / "rows.py").write_text(f"# It happens by{gap}itself.\n")
    assert checked(project)[1][0].endswith('"by itself": write automatically, or alone')


def test_phrases_over_strings_that_are_joined(project):
    (project / "sklearn_frictiongru" / "rows.py").write_text(
        'x = (\n    "all but "\n    "for x"\n)\n'
    )
    path = project / "sklearn_frictiongru" / "rows.py"
    assert checked(project)[1] == [f'{path}:2: "but for": write except for']


@pytest.mark.parametrize(
    "source",
    [
        "stand = beside = anew = 1\n",
        '"""Uses ``beside`` and `stand`."""\n',
        'x = f"{len(dealt)} rows"\n',
        'x = ("but", "for")\n',
        '"""Understand standard rows; a standing-wave record."""\n',
    ],
    ids=["names", "literals", "expression in a message", "two strings", "parts of words"],
)
def test_code_and_parts_of_words_are_no_prose(project, source):
    (project / "sklearn_frictiongru" / "rows.py").write_text(source)
    assert checked(project)[1] == []


def test_built_pages_are_left_out(project):
    (project / "docs" / "auto_examples").mkdir()
    (project / "docs" / "auto_examples" / "index.rst").write_text("It stands here.\n")
    assert checked(project)[0] == 0


@pytest.mark.parametrize(
    ("words", "preferred"),
    [
        ("a guess", "baseline"),
        ("the lookback", "window length"),
        ("every so-manyth window", "n-th"),
        ("the measured parameters", "input"),
        ("trained anew", "again"),
        ("all inputs alike", "equally"),
        ("To be read with it", "notes on"),
        ("what it is told of", "is given"),
        ("a column of its own", "separate"),
        ("in front of the scaler", "before"),
        ("whatever its ending", "regardless of"),
        ("it had no part in the choice", "not used in"),
    ],
)
def test_rules(project, words, preferred):
    (project / "README.md").write_text(f"Rows and {words}.\n")
    (fault,) = checked(project)[1]
    assert preferred in fault


def test_no_preferred_word_is_banned():
    tool = runpy.run_path(str(TOOL))
    for preferred in tool["PREFERRED"]:
        assert not list(tool["faults_of_text"]("rules", preferred)), preferred
