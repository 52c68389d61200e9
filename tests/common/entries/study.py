"""The study, files and the command line."""

import contextlib
import io
from unittest import mock

import numpy as np
import pandas as pd
from PIL import Image

from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru.io import read_record
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.study import run_study
from tests.common import oracle
from tests.common.entries._entry import (
    KNOWN,
    MODEL,
    ROWS,
    SOME_FORMS,
    assert_close,
    complete,
    entry,
    mean_squared_error,
    predictions,
)
from tests.common.records import LENGTH, NAMES


def laid_out(figure, file, **options):
    """Find the ticks of a figure, which faulty axes cannot give, and write an empty picture."""
    for ax in figure.axes:
        ax.get_xticklabels()
    if options["format"] == "png":
        Image.new("RGB", (1, 1)).save(file, "PNG")


def check_predictions(table, record):
    """Compare the table of predictions of a study with the record; return its scored rows."""
    assert_close(table["measured"], record.targets)
    scored = np.array(oracle.history_of(record.pieces, len(record.values))) >= LENGTH
    np.testing.assert_array_equal(table["part"] != "warm-up", scored)
    assert set(table["part"][scored]) == {"training", "purged", "validation", "test"}
    return scored


@entry("run_study", f"{MODEL} by purge", only=SOME_FORMS)
def study(record, folder):
    with mock.patch("matplotlib.figure.Figure.savefig", laid_out):
        found = run_study(
            record.X,
            record.y,
            condition=record.by,
            condition_name="stress",
            window_lengths=[2, record.window_length],
            n_repeats=1,
            max_epochs=1,
            stride=1,
            n_blocks=1,
            regressor=KNOWN,
            output=folder,
            n_jobs=1,
            verbose=0,
            **record.given("max_gap", "purge"),
        )
    table = found.predictions
    scored = check_predictions(table, record)
    predicted = table.filter(regex="predicted_(?!rotated)").iloc[:, -1][scored]
    assert_close(predicted, predictions(record)[scored])
    validation = np.flatnonzero(table["part"] == "validation")
    losses = found.search.results_.set_index("rows")["score"]
    for length in (2, LENGTH):
        assert_close(losses[length], mean_squared_error(record, validation, length))


def write_file(record, folder):
    """Write a record as CSV, and return its path and the options that name its columns."""
    table = pd.DataFrame(record.X, columns=NAMES).reset_index(drop=True)
    table["friction"] = np.asarray(record.y)
    table["stress"] = np.asarray(record.by)
    table["clock"] = list(record.time)
    columns = {"time": "clock", "target": "friction", "inputs": NAMES, "condition": "stress"}
    if isinstance(record.X.index, pd.MultiIndex):
        table["experiment"] = record.labels
        columns["run"] = "experiment"
    path = folder / "record.csv"
    table.to_csv(path, index=False)
    return path, columns


STUDIED_FILES = {
    "float seconds",
    "dates in UTC",
    "dates in a zone whose clock is put back",
    "named runs in a zone",
    "rows missing, max_gap as text",
    "newest first",
    "newest first in dates",
    "newest first in named runs",
    "duplicate times",
    "time is NaN",
    "time is NaT",
    "time is text",
    "NaN",
    "max_gap as float",
}
IN_FILES = STUDIED_FILES | {"int64", "dates", "named runs", "long gap", "long gap in dates"}
"""Kinds of input that differ from one another in a file of text."""


@entry("read_record", ROWS, only=IN_FILES)
def record_of_file(record, folder):
    path, columns = write_file(record, folder)
    read = read_record(path, **columns)
    assert_close(read.data, record.values)
    assert_close(read.target, record.targets)
    windows = SlidingWindowTransformer(LENGTH).fit_transform(read.data)
    np.testing.assert_array_equal(np.flatnonzero(windows.complete), complete(record))


@entry(
    "command line",
    f"{ROWS} max_gap",
    only=STUDIED_FILES,
)
def command_line(record, folder):
    path, columns = write_file(record, folder)
    arguments = ["study", str(path), "--output", str(folder / "out"), "--blocks", "1"]
    arguments += ["--inputs", ",".join(columns.pop("inputs"))]
    for option, column in columns.items():
        arguments += [f"--{option}", column]
    for option, duration in record.durations.items():
        arguments += [f"--{option.replace('_', '-')}", str(duration)]
    arguments += ["--window-lengths", f"2,{LENGTH}", "--repeats", "1", "--epochs", "1"]
    arguments += ["--stride", "1", "--jobs", "1", "--quiet"]
    said = io.StringIO()
    with (
        mock.patch("matplotlib.figure.Figure.savefig", laid_out),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code
    if code == 2:
        # As the command line says it.
        raise ValueError(said.getvalue())
    assert code == 0
    check_predictions(pd.read_csv(folder / "out" / "predictions.csv"), record)
