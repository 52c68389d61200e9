"""The command line, as a user types it."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru.study._named_records import P655_NOTES, SIMULATED_NOTE
from sklearn_frictiongru.study._numbers import typeset
from sklearn_frictiongru.study._report._page import formulas

COLUMNS = ["--time", "time_s", "--target", "friction", "--inputs", "driver,bystander"]
FAST = ["--window-lengths", "2,6", "--repeats", "2", "--epochs", "2", "--stride", "1"]
QUIET = ["--jobs", "1", "--quiet"]


def write_record(folder, n_rows=800, **changes):
    """Write a record as CSV and return its path."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "time_s": np.arange(n_rows),
            "driver": rng.normal(size=n_rows),
            "bystander": rng.normal(size=n_rows),
            "stress": np.where(np.arange(n_rows) % 300 < 150, 1.0, 3.0),
        }
    )
    table["friction"] = 0.6 + 0.1 * np.convolve(table["driver"], np.ones(6) / 6)[:n_rows]
    for column, values in changes.items():
        table[column] = values
    path = folder / "record.csv"
    table.to_csv(path, index=False)
    return path


def test_a_csv_is_studied(tmp_path, capsys):
    path = write_record(tmp_path)
    output = tmp_path / "out"
    arguments = ["study", str(path), *COLUMNS, "--condition", "stress", "--output", str(output)]
    assert main([*arguments, *FAST, *QUIET]) == 0
    out = capsys.readouterr().out
    assert "skill on validation rows, median of the repeats" in out
    assert "best window length" in out
    assert "The skills on test rows, each model at the window length" in out
    assert re.search(r"^test: (Yes|No|Not clear): skill", out, re.MULTILINE)
    assert (output / "report.html").exists()
    conditions = pd.read_csv(output / "importance.csv")["condition"]
    assert set(conditions) == {"all", "1", "3"}


def test_a_parquet_file_with_runs_and_rates_is_studied(tmp_path):
    table = pd.read_csv(write_record(tmp_path))
    table["run"] = np.where(np.arange(len(table)) < 400, "first", "second")
    table["time_s"] = np.tile(np.arange(400), 2)
    path = tmp_path / "record.parquet"
    table.to_parquet(path)
    output = tmp_path / "out"
    arguments = ["study", str(path), *COLUMNS, "--run", "run", "--output", str(output)]
    rates = ["--rates", "driver", "--rate-kind", "centred"]
    assert main([*arguments, *rates, *FAST, *QUIET]) == 0
    outside = pd.read_csv(output / "outside_training_range.csv")
    assert list(outside["input"]) == ["driver", "bystander", "driver_rate_per_s"]
    assert pd.read_csv(output / "predictions.csv")["run"].nunique() == 2
    assert "Rates are centred" in (output / "report.html").read_text(encoding="utf-8")


def test_p655_says_what_it_cannot_say(tmp_path):
    output = tmp_path / "out"
    arguments = ["study", "p655", "--output", str(output), "--window-lengths", "5"]
    small = ["--no-rotations", "--repeats", "1", "--epochs", "1", "--stride", "20"]
    assert main([*arguments, *small, *QUIET]) == 0
    page = (output / "report.html").read_text(encoding="utf-8")
    for note in P655_NOTES:
        assert formulas(note) in page
    assert "how long a history" in page
    assert "Rate-and-state law fitted" not in page
    assert "What is true" not in page
    conditions = set(pd.read_csv(output / "importance.csv")["condition"])
    assert conditions == {"all", "75 MPa", "100 MPa"}


SMALL = [
    "--no-rotations",
    "--repeats",
    "1",
    "--epochs",
    "1",
    "--stride",
    "20",
    "--window-lengths",
    "5",
]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "velocity_steps",
            [
                "True time scales: D_c / V at 2e-07 m/s: 50 s; D_c / V at 1e-06 m/s: 10 s; "
                "D_c / V at 5e-06 m/s: 2 s. Found: best window length ",
                "True D_c: 1e-05 m. Fitted to the training rows by the rate-and-state law: ",
                "rate-and-state law 0.9",
            ],
        ),
        (
            "experiment",
            [
                "True time scales: state, D_c / V: 0.0025 s; thermocouple, z^2 / alpha: 3.64 s; "
                "loss to the holder: 350 s. Found: best window length ",
                "Causes of friction in the simulator: slip velocity [m/s], theta [s], normal "
                "stress [MPa], surface temperature [degC]. Inputs found above the floor: ",
            ],
        ),
        (
            "memory",
            [
                "True memory: 25 rows. Found: best window length ",
                "True importances, and those found: x0 0.53 (relative 0.",
            ],
        ),
    ],
)
def test_a_simulated_record_is_set_beside_its_truth(tmp_path, capsys, name, said):
    output = tmp_path / "out"
    assert main(["study", name, "--output", str(output), *SMALL, *QUIET]) == 0
    out = capsys.readouterr().out
    page = (output / "report.html").read_text(encoding="utf-8")
    for sentence in said:
        assert sentence in out
        assert formulas(typeset(sentence)) in page
    assert SIMULATED_NOTE in page
    assert ("Rate-and-state law fitted" in page) == (name != "memory")


@pytest.mark.parametrize("kind", ["experiment", "memory"])
def test_what_simulate_prints_can_be_typed(tmp_path, capsys, kind):
    path = tmp_path / "record.csv"
    size = ["--rows", "800", "--memory", "2"] if kind == "memory" else ["--duration", "900"]
    assert main(["simulate", kind, "--output", str(path), *size]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    command = shlex.split(line.removeprefix("study it: python -m sklearn_frictiongru "))
    output = tmp_path / "out"
    assert main([*command, "--output", str(output), *SMALL, "--stride", "5", *QUIET]) == 0
    out = capsys.readouterr().out
    assert ("True memory: 2 rows" if kind == "memory" else "True time scales") in out
    # Called again it overwrites nothing.
    assert main(["simulate", kind, "--output", str(path), *size]) == 2
    assert "would be overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "truth.json' cannot be read"),
        ("no JSON", "truth.json' cannot be read"),
        ('{"seed": 0}', "holds none of causal_parents, time_scales, memory, importances"),
        ('{"importances": {"heat": 1.0}}', "truth names 'heat', which is none of the inputs"),
    ],
)
def test_a_truth_that_is_none_is_said_before_anything_is_trained(
    tmp_path, capsys, content, message
):
    truth = tmp_path / "truth.json"
    if content is not None:
        truth.write_text(content, encoding="utf-8")
    arguments = ["study", str(write_record(tmp_path)), *COLUMNS, "--truth", str(truth)]
    assert main([*arguments, *QUIET, "--output", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.training"))


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({}, ["--velocity", "speed"], "velocity names 'speed', which is none of the inputs"),
        ({}, ["--time", "clock"], "has no column 'clock' for the time"),
        ({}, ["--inputs", "driver,heat"], "has no column 'heat' for the input"),
        ({}, ["--condition", "load"], "has no column 'load' for the condition"),
        ({}, ["--inputs", "driver,friction"], "the target 'friction' is also one of the inputs"),
        ({}, ["--target", "driver"], "the target 'driver' is also one of the inputs"),
        ({"time_s": ["x"] * 800}, [], "does not hold numbers, dates or clock times"),
        ({"time_s": np.arange(800)[::-1]}, [], "does not increase at row 1"),
        ({"time_s": [*range(799), 3]}, [], "does not increase at row 799"),
        ({"driver": ["a"] + [1.0] * 799}, [], "column 'driver' .* is not numeric: row 0 holds"),
        (
            {"driver": [1.0, np.nan] + [1.0] * 798},
            [],
            "missing values: column 'driver' at row 1",
        ),
        ({}, ["--window-lengths", "5000"], "the longest run only 800"),
        ({}, ["--window-lengths", "118"], "complete windows to train on"),
        ({}, ["--condition", "stress", "--condition-bins", "0,2"], "outside the bins"),
        ({}, ["--rates", "heat"], "rates names 'heat', which is not one of the inputs"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(tmp_path, capsys, changes, arguments, message):
    path = write_record(tmp_path, **changes)
    output = tmp_path / "out"
    command = ["study", str(path), *COLUMNS, *FAST, *QUIET, "--output", str(output), *arguments]
    assert main(command) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    lines = streams.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert re.search(message, lines[0])
    assert not list(tmp_path.rglob("*.training"))


def test_unknown_files_and_folders_are_named(tmp_path, capsys):
    assert main(["study", str(tmp_path / "none.csv"), *COLUMNS]) == 2
    assert "there is no file" in capsys.readouterr().err
    (tmp_path / "record.csv").write_bytes(bytes(range(256)) * 20)
    assert main(["study", str(tmp_path / "record.csv"), *COLUMNS]) == 2
    assert "bytes that are not text" in capsys.readouterr().err
    assert main(["study", str(write_record(tmp_path))]) == 2
    assert "needs --time, --target, --inputs" in capsys.readouterr().err
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main(["study", "p655", "--output", str(tmp_path / "taken")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_interrupted_and_called_again_it_goes_on(tmp_path):
    path = write_record(tmp_path)
    output = tmp_path / "out"
    command = [
        *[sys.executable, "-m", "sklearn_frictiongru", "study", str(path), *COLUMNS],
        *["--window-lengths", "2,6", "--repeats", "3", "--epochs", "6", "--stride", "1"],
        *["--jobs", "1", "--no-rotations", "--output", str(output)],
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(output.rglob("*.training")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Run the same command again to continue" in err
    stored = {path: path.stat().st_mtime_ns for path in output.rglob("*/trainings/*.training")}
    assert 0 < len(stored) < 9
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    for path, written in stored.items():
        assert path.stat().st_mtime_ns == written
    # The progress bar counts what was found as done.
    assert f"{len(stored)} of 9 trainings done" in again.stderr
    assert (output / "report.html").exists()


@pytest.mark.parametrize(("text", "gap"), [("5", 5), ("5s", "5s")])
def test_the_longest_gap_is_in_intervals_or_a_time(monkeypatch, tmp_path, text, gap):
    monkeypatch.chdir(tmp_path)
    given = {}

    def run_study(**options):
        given.update(options)
        raise ValueError("nothing more")

    monkeypatch.setattr("sklearn_frictiongru.study.run_study", run_study)
    assert main(["study", "memory", "--max-gap", text]) == 2
    assert given["max_gap"] == gap
