"""What the command line says names its own options, and the commands that it prints work."""

import shlex

import pytest

from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru._parser import make_parser
from sklearn_frictiongru._record_options import as_options, reading_arguments
from sklearn_frictiongru.io import describe_record, read_record


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Give day_first=True or day_first=False.", "Give --day-first or --no-day-first."),
        ("such as resample='1s', for", "such as --resample 1s, for"),
        (
            "missing=[-9999] if it marks one, or missing=[]",
            "--missing=-9999 if it marks one, or --missing=",
        ),
        ("missing=['n/a', 'off the scale']", "--missing=n/a --missing='off the scale'"),
        ("Give drop_missing=True", "Give --drop-missing"),
        ("decimal=',' or decimal='.'", "--decimal , or --decimal ."),
        ("time_format='YY/MM/DD HH:MM:SS'", "--time-format 'YY/MM/DD HH:MM:SS'"),
        ("window_length=40.0 and purge=0", "window_length=40.0 and purge=0"),
    ],
)
def test_arguments_become_options(message, expected):
    assert as_options(message) == expected


def lines_with(cell, *, day=None):
    """Return a file of sixty rows with one odd cell, and dates if wanted."""
    times = [f"03/04/2026 10:00:{s:02d}" if day else str(s) for s in range(60)]
    values = [cell if s == 7 else str(s % 5) for s in range(60)]
    rows = [f"{t},{v},{s % 3}" for s, (t, v) in enumerate(zip(times, values, strict=True))]
    return "\n".join(["t,v,mu", *rows])


@pytest.mark.parametrize("command", ["study", "describe"])
@pytest.mark.parametrize(
    ("text", "options"),
    [
        (lines_with("2", day=True), ["--day-first", "--no-day-first"]),
        (lines_with("-9999"), ["--missing=-9999", "--missing="]),
    ],
    ids=["dates", "marks"],
)
def test_what_has_to_be_decided_names_options(tmp_path, capsys, command, text, options):
    path = tmp_path / "record.csv"
    path.write_text(text)
    columns = ["--time", "t", "--target", "mu", "--inputs", "v"]
    if command == "study":
        columns += ["--output", str(tmp_path / "out")]
    main([command, str(path), *columns])
    said = "".join(capsys.readouterr())
    assert all(option in said for option in options), said
    assert "day_first=" not in said
    assert "missing=[" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"missing": [-9999]},
        {"missing": []},
        {"missing": [-9999, "n/a"]},
        {"units_row": False},
    ],
)
def test_the_command_of_a_description_keeps_what_was_given(tmp_path, given):
    path = tmp_path / "record.csv"
    path.write_text(lines_with("-9999"))
    command = describe_record(path, **given).command
    options = make_parser().parse_args(shlex.split(command)[3:])
    arguments = reading_arguments(options)
    for name, value in given.items():
        assert arguments[name] == value
    marked = {"missing": [-9999], **arguments}
    assert len(read_record(path, **marked, drop_missing=True).data) in (59, 60)
