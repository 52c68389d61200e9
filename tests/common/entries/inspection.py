"""Entries that explain a model."""

from dataclasses import replace

import numpy as np
import pandas as pd

from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    compare_permutation,
    gradient_importance,
    null_floor,
    sanity_check,
)
from tests.common.entries._entry import (
    INSPECTED,
    KNOWN,
    MODEL,
    SMALL,
    SOME_FORMS,
    assert_close,
    canonical,
    check_times_drawn,
    complete,
    conditions_of,
    entry,
    fitted,
    mean_squared_error,
    pipeline_of,
    predictions,
    window_step,
)
from tests.common.oracle import WEIGHTS
from tests.common.records import LENGTH


def model_to_inspect(record):
    """Return the known model, fitted to rows that cannot be wrong."""
    return fitted(replace(record, sample_weight=None))


RELATIVE = np.array(WEIGHTS) / sum(WEIGHTS)


def check_importance(importance, record):
    assert_close(importance.relative, RELATIVE)
    np.testing.assert_array_equal(importance.rows, complete(record))
    by_condition = conditions_of(record)
    assert importance.conditions == [str(value) for value in by_condition]
    assert list(importance.rows_by_condition) == [len(rows) for rows in by_condition.values()]


@entry("gradient_importance", f"{INSPECTED} fit", only=SOME_FORMS)
def importance_of_prediction(record):
    model = model_to_inspect(record)
    importance = gradient_importance(model, record.X, record.y, by=record.by, units="physical")
    check_importance(importance, record)


@entry("gradient_importance of the loss", f"{INSPECTED} fit", only=SOME_FORMS)
def importance_of_loss(record):
    model = model_to_inspect(record)
    importance = gradient_importance(
        model, record.X, record.y, of="loss", by=record.by, units="physical"
    )
    check_importance(importance, record)
    errors = np.abs(predictions(record) - record.targets)[complete(record)]
    expected = 2 * errors.mean() * np.array(WEIGHTS) / LENGTH
    assert_close(importance.by_lag, np.tile(expected, (LENGTH, 1)))


@entry("gradient_importance on windows", INSPECTED, only=SOME_FORMS)
def importance_on_windows(record):
    windows = window_step(record).fit_transform(record.X)
    model = KNOWN.__sklearn_clone__().fit(windows, record.y)
    importance = gradient_importance(
        model, windows, record.y, of="loss", by=record.by, units="physical"
    )
    check_importance(importance, record)


@entry("GradientImportance", INSPECTED, only=SOME_FORMS)
def importance_of_models(record):
    importance = GradientImportance(of="loss", units="physical", n_bootstrap=2, random_state=0)
    importance.fit([model_to_inspect(record)], record.X, record.y, by=record.by)
    (of_one,) = importance.importances_
    check_importance(of_one, record)
    assert_close(importance.target_, record.targets)


@entry("GradientImportanceDisplay", INSPECTED, only=SOME_FORMS)
def drawn_importance(record):
    display = GradientImportanceDisplay.from_estimator(
        [model_to_inspect(record)],
        record.X,
        record.y,
        by=record.by,
        kind="time",
        n_bootstrap=2,
        random_state=0,
    )
    check_importance(replace_relative(display.importance.importances_[0]), record)
    lines = [
        line for line in display.ax_.lines if line.get_color() == display.ax_.lines[0].get_color()
    ]
    solid = [line for line in lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 0]
    check_times_drawn(display.ax_, solid, record)


def replace_relative(importance):
    """Return an importance whose shares are not compared, since they are in other units."""
    return type(importance)(**{**importance, "relative": RELATIVE})


@entry("compare_permutation", MODEL, only=SOME_FORMS)
def permuted(record):
    result = compare_permutation(
        [model_to_inspect(record)], record.X, record.y, n_repeats=1, random_state=0
    )
    # In variances of the target over the training rows or in its own units: those of the target.
    assert_close(result.mse, mean_squared_error(record, complete(record)))


@entry("sanity_check", MODEL, only=SOME_FORMS)
def sane(record):
    model = fitted(record, SMALL)
    checks = sanity_check(model, record.X, record.y, n_repeats=1, random_state=0).frame
    assert list(checks["check"]).count("labels") == 1
    same = canonical(record)
    expected = sanity_check(fitted(same, SMALL), same.X, same.y, n_repeats=1, random_state=0).frame
    pd.testing.assert_frame_equal(checks, expected)


@entry("null_floor", MODEL, only=SOME_FORMS)
def floor_of_importance(record):
    found = null_floor(pipeline_of(record, SMALL), record.X, record.y, n_repeats=2, random_state=0)
    same = canonical(record)
    expected = null_floor(pipeline_of(same, SMALL), same.X, same.y, n_repeats=2, random_state=0)
    pd.testing.assert_frame_equal(found.repeats, expected.repeats)
    pd.testing.assert_series_equal(found.relative, expected.relative)
    np.testing.assert_array_equal(found.relative_by_lag, expected.relative_by_lag)
