"""What the README tells a reader to type."""

import configparser
import re
import warnings
from pathlib import Path

import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_frictiongru._parser import make_parser

README = Path(__file__).parent.parent / "README.md"


def blocks(language):
    """Return the README's code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_first_result_is_what_the_readme_shows(capsys):
    (code,) = blocks("python")
    (shown,) = blocks("text")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(code, {})
    numbers = r"skill (-?\d\.\d\d)"
    printed = capsys.readouterr().out
    assert re.sub(numbers, "skill", printed) == re.sub(numbers, "skill", shown)
    # Another processor rounds differently, and training lets that grow.
    assert [float(skill) for skill in re.findall(numbers, printed)] == pytest.approx(
        [float(skill) for skill in re.findall(numbers, shown)], abs=0.05
    )


def test_the_extras_are_those_of_the_package():
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(README.parent / "setup.cfg", encoding="utf-8")
    _, section = README.read_text(encoding="utf-8").split("## Extras\n")
    listed = set()
    for row in re.findall(r"^\| (`.*) \|$", section.split("\n## ")[0], re.MULTILINE):
        listed |= set(re.findall(r"`(\w+)`", row))
    assert set(setup["options.extras_require"]) == listed


def test_the_command_for_a_users_record_is_understood():
    (command,) = [block for block in blocks("bash") if "study record.csv" in block]
    words = command.replace("\\\n", " ").split()
    options = make_parser().parse_args(words[words.index("study") :])
    assert options.inputs == ["slip_velocity_m_s", "axial_displacement_mm", "temperature_degc"]
    assert options.rates == ["axial_displacement_mm", "temperature_degc"]


def test_a_users_file_is_described_first():
    (command,) = [block for block in blocks("bash") if "describe record.csv" in block]
    make_parser().parse_args(command.split()[3:])


def test_its_pictures_are_there():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).read_bytes()[:4] == b"\x89PNG"
