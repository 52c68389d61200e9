"""The commands of the documentation are understood, and its list of tasks leads somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru._parser import make_parser
from sklearn_frictiongru.io import read_record, write_simulated_record

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
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
    "early stopping",
    "cross-validate",
    "confidence interval",
    "ablation",
    "prediction interval",
    "stored model",
    "rate-and-state",
    "methods section",
    "figures",
)


def commands_of(text):
    """Return the commands of this package in a text, continuation lines joined.

    They follow a prompt ``$`` on a page, and are lines of a block of the README.
    """
    joined = re.sub(r"\\\n\s+", " ", text)
    lines = re.findall(r"^\s+\$ (.*)$", joined, re.MULTILINE)
    for block in re.findall(r"```bash\n(.*?)```", joined, re.DOTALL):
        lines += block.splitlines()
    return [line for line in lines if line.startswith(PROGRAMS)]


def words_of(command):
    """Return the arguments of a command of this package."""
    program = next(start for start in PROGRAMS if command.startswith(start))
    return shlex.split(command.removeprefix(program))


COMMANDS = [
    pytest.param(command, id=f"{path.stem}: {command}"[:80])
    for path in [README, *PAGES]
    for command in commands_of(path.read_text(encoding="utf-8"))
]
# A study that is as short as possible.
SHORT = ["--window-lengths", "2", "--repeats", "1", "--epochs", "1", "--stride", "40"]
SHORT += ["--no-rotations", "--jobs", "1", "--quiet"]


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


@pytest.mark.parametrize("path", [README, PAGES[0]], ids=["README", "start page"])
def test_a_reader_can_type_the_commands_one_after_the_other(path, tmp_path, monkeypatch, capsys):
    """Each uses what the ones before it have written; the text names what a reader sees."""
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    commands = commands_of(text)
    built_in, simulate, describe, study = map(words_of, commands)
    assert built_in == ["study", "velocity_steps"]
    assert main(simulate) == 0
    assert {name.name for name in tmp_path.iterdir()} == {"record.csv", "record_truth.json"}
    assert "record_truth.json" in text
    capsys.readouterr()
    assert main(describe) == 0
    (suggested,) = commands_of("".join(f"   $ {line.strip()}\n" for line in printed(capsys)))
    suggested, wanted = (make_parser().parse_args(words) for words in (words_of(suggested), study))
    assert (suggested.time, suggested.target) == (wanted.time, wanted.target)
    # What the text tells the reader to change.
    left_out = set(suggested.inputs) - set(wanted.inputs)
    assert {name for name in left_out if "stress" in name} == {
        "normal_stress_mpa",
        "shear_stress_mpa",
    }
    assert len([name for name in left_out if "_rate_" in name]) == len(wanted.rates) == 2
    assert len(left_out) == 4
    assert wanted.condition == "normal_stress_mpa"
    assert main([*study, *SHORT]) == 0
    assert (tmp_path / "study_record" / "report.html").exists()
    assert "study_record/report.html" in text


def printed(capsys):
    """Return the lines that were printed and begin with the name of a program."""
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if line.strip().startswith(PROGRAMS)]


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_a_file_is_written_on_a_page_before_it_is_used(page):
    """By a command, by Python, or by a sentence that says how to write it."""
    text = page.read_text(encoding="utf-8")
    for command in commands_of(text):
        program, *rest = words_of(command)
        if program == "simulate" or not rest[0].endswith(".csv"):
            continue
        writes = rf"--output\s+{re.escape(rest[0])}|to_csv\(\"{re.escape(rest[0])}\""
        assert re.search(writes, text), command


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
