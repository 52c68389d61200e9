"""The configuration of a study and its folder, and the command that describes a file."""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.__main__ import main

FAST = ["--window-lengths", "2,6", "--repeats", "2", "--epochs", "2", "--stride", "1"]
QUIET = ["--jobs", "1", "--quiet"]
NAMES = ["時間[s]", "velocity (mm/s, slip)", ' "x"', "friction"]


def write(folder, name="record.csv", seed=0):
    """Write a record with awkward names, decimal commas and Shift-JIS; return its path."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(800, 2)).round(4)
    friction = 0.6 + 0.1 * np.convolve(values[:, 0], np.ones(6) / 6)[:800].round(5)
    table = pd.DataFrame(dict(zip(NAMES, [range(800), *values.T, friction], strict=True)))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    text = "測定日;2026/02/05\r\n" + table.to_csv(index=False, sep=";", decimal=",")
    path.write_bytes(text.encode("cp932"))
    return path


def columns():
    """Return the options that name the columns."""
    return ["--time", NAMES[0], "--target", NAMES[3], "--input", NAMES[1], "--input", NAMES[2]]


def test_a_study_is_repeated_from_the_file_that_it_writes(tmp_path, capsys):
    path, first, second = write(tmp_path / "data"), tmp_path / "first", tmp_path / "second"
    assert main(["study", str(path), *columns(), *FAST, *QUIET, "--output", str(first)]) == 0
    written = tomllib.loads((first / "study.toml").read_text(encoding="utf-8"))
    assert written["inputs"] == NAMES[1:3]
    assert written["record"]["name"] == "record.csv"
    again = ["study", "--config", str(first / "study.toml"), "--output", str(second), *QUIET]
    assert main(again) == 0
    for name in ("predictions.csv", "skill.csv"):
        assert (second / name).read_bytes() == (first / name).read_bytes()
    page = (first / "report.html").read_text(encoding="utf-8")
    assert "cp932" in page
    source = json.loads((first / "settings.json").read_text(encoding="utf-8"))["source"]
    assert source["file"] == "record.csv"
    assert source["bytes"] == path.stat().st_size
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source["inputs of the file"] == NAMES[1:3]
    assert source["time of the file"] == [NAMES[0]]
    assert shlex.split(source["command"])[3:] == [
        "study",
        str(path),
        *columns(),
        *FAST,
        *QUIET,
        "--output",
        str(first),
    ]
    assert source["sha256"] in page
    capsys.readouterr()
    # What is given beside the file replaces what it says.
    assert main([*again[:3], "--input", NAMES[2], "--target", NAMES[2], *QUIET]) == 2
    assert "also one of the inputs [' \"x\"']" in capsys.readouterr().err


def test_a_configuration_with_faults_is_named(tmp_path, capsys):
    path = tmp_path / "study.toml"
    for text, said in (("speed = 3", "unknown option 'speed'"), ("= 3", "cannot be read")):
        path.write_text(text)
        assert main(["study", "--config", str(path)]) == 2
        assert said in capsys.readouterr().err
    assert main(["study"]) == 2
    assert "no record was named" in capsys.readouterr().err


def test_a_study_never_lies_over_something_else(tmp_path, capsys):
    path = write(tmp_path / "data")
    command = ["study", str(path), *columns(), *FAST, *QUIET]
    assert main([*command, "--output", str(path.parent)]) == 2
    assert "is in the output" in capsys.readouterr().err
    output = tmp_path / "out"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    assert main([*command, "--output", str(output)]) == 2
    assert "'notes.txt'" in capsys.readouterr().err
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert main([*command, "--output", str(tmp_path / "link")]) == 2
    assert "is a link" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()
    # A record that the study knows by name replaces no files either.
    assert main(["study", "p655", "--output", str(output)]) == 2
    assert "'notes.txt'" in capsys.readouterr().err
    (output / "notes.txt").unlink()
    (output / "skill.csv").symlink_to(path)
    assert main([*command, "--output", str(output)]) == 2
    assert "the link 'skill.csv'" in capsys.readouterr().err


def test_options_of_the_rows_are_kept_and_read_again(tmp_path, monkeypatch):
    """Nothing is trained: what the study gets is compared."""
    given = []

    def stop(**arguments):
        given.append(arguments)
        raise ValueError("no training in this test")

    monkeypatch.setattr("sklearn_frictiongru.study.run_study", stop)
    path = tmp_path / "data" / "record.csv"
    path.parent.mkdir()
    table = pd.DataFrame({"t": range(100), "v": np.geomspace(1e-6, 1e-4, 100), "mu": 0.6})
    table.to_csv(path, index=False)
    names = ["--time", "t", "--target", "mu", "--inputs", "v", "--log", "v"]
    rows = ["--max-gap", "5", "--resample", "2s", "--no-rotations"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["study", str(path), *names, *rows, "--output", str(first)]) == 2
    written = tomllib.loads((first / "study.toml").read_text(encoding="utf-8"))
    assert written["log"] == ["v"]
    assert (written["max_gap"], written["resample"], written["rotations"]) == (5, "2s", False)
    assert main(["study", "--config", str(first / "study.toml"), "--output", str(second)]) == 2
    for arguments in given:
        assert list(arguments["log"]) == ["v"]
        assert arguments["max_gap"] == 5
        assert arguments["rotations"] is False
        assert len(arguments["X"]) == 51


def test_records_of_one_name_do_not_share_a_folder(tmp_path, capsys):
    output = ["--output", str(tmp_path / "out")]
    first, second = write(tmp_path / "a"), write(tmp_path / "b", seed=1)
    assert main(["study", str(first), *columns(), *FAST, *QUIET, *output]) == 0
    kept = (tmp_path / "out" / "predictions.csv").read_bytes()
    capsys.readouterr()
    assert main(["study", str(second), *columns(), *FAST, *QUIET, *output]) == 2
    assert "the study of another record (record.csv" in capsys.readouterr().err
    assert (tmp_path / "out" / "predictions.csv").read_bytes() == kept


def test_describe_says_how_a_file_is_read_and_gives_the_command(tmp_path, capsys, monkeypatch):
    path = write(tmp_path)
    assert main(["describe", str(path)]) == 0
    out = capsys.readouterr().out
    for part in ("cp932", "semicolon", "decimal comma", "1 line before the header", "1 s"):
        assert part in out
    assert f"--time '{NAMES[0]}' --target friction" in out
    assert main(["describe", str(path), "--encoding", "utf-8"]) == 2
    assert "encoding" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["record.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--resample", "1s", "--sort"], "--resample 1s"),
        (["--unit", "friction=MPa"], "MPa"),
        (["--separator", "tab"], "no column"),
    ],
)
def test_describe_takes_the_options_of_study(tmp_path, capsys, options, said):
    main(["describe", str(write(tmp_path)), *columns(), *options])
    assert said in "".join(capsys.readouterr())


def test_a_console_without_the_letters_shows_their_codes(tmp_path):
    command = [sys.executable, "-m", "sklearn_frictiongru", "describe", str(write(tmp_path))]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert rb"\u6642\u9593[s]" in done.stdout
