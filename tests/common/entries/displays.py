"""Entries that draw."""

import numpy as np

from sklearn_frictiongru.model_selection import (
    LearningCurvesDisplay,
    PredictionDisplay,
    PurgedKFold,
    ResidualsDisplay,
    WindowLengthDisplay,
    plot_splits,
    split_roles,
)
from tests.common import oracle
from tests.common.entries._entry import (
    INSPECTED,
    MODEL,
    SOME_FORMS,
    SPLITS,
    assert_close,
    check_times_drawn,
    complete,
    conditions_of,
    entry,
    fitted,
    mean_squared_error,
    predictions,
    splitter_of,
    window_length_search,
)
from tests.common.records import LENGTH


@entry("PredictionDisplay", f"{MODEL} fit")
def drawn_predictions(record):
    display = PredictionDisplay.from_estimator(fitted(record), record.X, record.y, kind="time")
    assert_close(display.measured, record.targets[complete(record)])
    assert_close(display.predicted, predictions(record)[complete(record)])
    check_times_drawn(display.ax_, display.measured_lines_, record)


@entry("ResidualsDisplay", f"{INSPECTED} fit", only=SOME_FORMS)
def drawn_residuals(record):
    display = ResidualsDisplay.from_estimator(fitted(record), record.X, record.y, by=record.by)
    table = display.frame()
    for value, rows in conditions_of(record).items():
        assert table.loc[value, "n_rows"] == len(rows)
        assert_close(table.loc[value, "rmse"] ** 2, mean_squared_error(record, rows))


@entry(
    "WindowLengthDisplay and LearningCurvesDisplay",
    MODEL,
    only=SOME_FORMS,
)
def drawn_search(record):
    search = window_length_search(record)
    display = WindowLengthDisplay.from_search(search)
    _, validation = oracle.training_and_validation(record.pieces, LENGTH)
    expected = [mean_squared_error(record, validation, length) for length in (2, LENGTH)]
    assert_close(sorted(display.results["score"]), sorted(expected))
    assert len(display.ax_.get_xticklabels()) == 2
    curves = LearningCurvesDisplay.from_search(search, candidate=1)
    assert_close(curves.curves["validation_loss"], expected[1])


@entry("plot_splits", SPLITS, only=SOME_FORMS)
def drawn_splits(record):
    splitter = splitter_of(record, PurgedKFold, 2)
    roles = split_roles(splitter, record.X, record.y, record.groups)
    for fold, tested in enumerate(oracle.tested_rows(record.pieces, 2, LENGTH)):
        assert list(np.flatnonzero(roles[fold] == "test")) == tested
    ax = plot_splits(splitter, record.X, record.y, record.groups)
    boundaries = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"]
    assert boundaries == [piece[0] - 0.5 for piece in record.pieces[1:]]
