"""What the README tells a reader to type."""

import re
from pathlib import Path

from sklearn_frictiongru._parser import make_parser

README = Path(__file__).parent.parent / "README.md"


def blocks(language):
    """Return the README's code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_ten_lines_run():
    (code,) = blocks("python")
    names = {}
    exec(code, names)
    assert len([line for line in code.splitlines() if line]) == 10
    assert names["model"].predict(names["X"]).shape == names["y"].shape
    assert (names["scores"]["test_score"] > 0.9).all()


def test_the_command_for_a_users_record_is_understood():
    (command,) = [block for block in blocks("bash") if "record.csv" in block]
    words = command.replace("\\\n", " ").split()
    options = make_parser().parse_args(words[words.index("study") :])
    assert options.inputs == ["slip_velocity_m_s", "axial_displacement_mm", "temperature_degc"]
    assert options.rates == ["axial_displacement_mm", "temperature_degc"]


def test_its_pictures_are_there():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).read_bytes()[:4] == b"\x89PNG"
