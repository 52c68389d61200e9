"""The commands of the documentation are understood, and its list of tasks leads somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from sklearn_frictiongru._parser import make_parser
from sklearn_frictiongru.io import read_record, write_simulated_record

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "docs" / "index.rst", *sorted((ROOT / "docs" / "guide").glob("*.rst"))]
PROGRAMS = ("python -m sklearn_frictiongru ", "frictiongru ")

# What a newcomer may want to do, in words that the list of tasks has.
TASKS = (
    "install",
    "conda",
    "macos",
    "windows",
    "gpu",
    "right tool",
    "read your file",
    "several experiments",
    "other sensors",
    "high-rate",
    "window lengths to try",
    "hidden size",
    "how long it will take",
    "slurm",
    "dask",
    "ray",
    "data leakage",
    "overfitting",
    "prediction interval",
    "stored model",
    "rate-and-state",
    "methods section",
    "figures",
)


def commands_of(text):
    """Return the commands after a prompt ``$`` in a text, continuation lines joined."""
    joined = re.sub(r"\\\n\s+", " ", text)
    lines = re.findall(r"^\s+\$ (.*)$", joined, re.MULTILINE)
    return [line for line in lines if line.startswith(PROGRAMS)]


def words_of(command):
    """Return the arguments of a command of this package."""
    program = next(start for start in PROGRAMS if command.startswith(start))
    return shlex.split(command.removeprefix(program))


COMMANDS = [
    pytest.param(command, id=f"{path.stem}: {command}"[:80])
    for path in PAGES
    for command in commands_of(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command):
    make_parser().parse_args(words_of(command))


def test_there_are_commands():
    assert len(COMMANDS) > 8


def studies_of_record(text):
    """Return the options of the studies of record.csv in a text."""
    joined = re.sub(r"\\\n\s+", " ", text)
    found = re.findall(
        r"python -m sklearn_frictiongru (study record\.csv --time[^`\n]*)$", joined, re.M
    )
    return [make_parser().parse_args(shlex.split(words)) for words in found]


@pytest.mark.parametrize("page", ["README.md", "docs/index.rst", "docs/guide/study.rst"])
def test_the_simulated_file_has_the_columns_of_the_command(page, tmp_path):
    (options,) = studies_of_record((ROOT / page).read_text(encoding="utf-8"))
    path = tmp_path / "record.csv"
    write_simulated_record(path, "experiment", duration=300)
    names = ("time", "target", "inputs", "rates", "condition")
    record = read_record(path, **{name: getattr(options, name) for name in names})
    assert list(record.data.columns)[:3] == options.inputs
    assert record.data.shape[1] == 5
    assert record.condition is not None


def tasks():
    """Return the rows of the list of tasks: what to do, and the labels that are linked."""
    text = (ROOT / "docs" / "guide" / "index.rst").read_text(encoding="utf-8")
    _, text = text.split("Find your task\n")
    table, _ = text.split(".. toctree::", 1)
    return [
        (task, re.findall(r":ref:`(\w+)`", links))
        for task, links in re.findall(r"^   \* - (.*)\n     - (.*)$", table, re.MULTILINE)
    ]


def test_the_list_has_the_tasks_of_a_newcomer():
    listed = " ".join(task for task, _ in tasks()).lower()
    assert [task for task in TASKS if task not in listed] == []


def test_every_task_leads_to_a_section():
    guide = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    for task, labels in tasks():
        assert labels, task
        for label in labels:
            assert re.search(rf"^\.\. _{label}:$", guide, re.MULTILINE), (task, label)


def test_the_start_page_leads_to_the_tasks():
    assert ":ref:`Find your task <guide_tasks>`" in PAGES[0].read_text(encoding="utf-8")
