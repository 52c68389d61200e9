"""Each public entry that takes rows, called on a record and compared with the oracle."""

import contextlib
import inspect
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.__main__ import main
from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    compare_permutation,
    gradient_importance,
    null_floor,
    sanity_check,
)
from sklearn_frictiongru.io import read_record
from sklearn_frictiongru.model_selection import (
    LearningCurvesDisplay,
    PredictionDisplay,
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RepeatedSeedSearchCV,
    ResidualsDisplay,
    RunHoldout,
    WindowLengthDisplay,
    WindowLengthSearchCV,
    out_of_fold_predictions,
    plot_splits,
    split_roles,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    Runs,
    SlidingWindowTransformer,
    resample_runs,
    with_runs,
)
from sklearn_frictiongru.rate_state import RateStateRegressor
from sklearn_frictiongru.study import run_study
from tests.common import oracle
from tests.common.oracle import WEIGHTS
from tests.common.records import LENGTH, NAMES

ENTRIES = {}


@dataclass(frozen=True)
class Entry:
    """A call of the package on a record, and what it takes."""

    call: Any
    # "time", "values", "y", "sample_weight", "by", "groups", "fit", names of durations.
    takes: frozenset
    # Names of the kinds of input that differ for it; None for all.
    only: Any = None

    def takes_kind(self, label, kind):
        """Return whether the entry is to be called on a kind of input."""
        wrong_one = self.only is SOME_FORMS and kind.error is not None
        chosen = self.only is None or label in self.only or wrong_one
        return chosen and kind.concerns in self.takes


ROWS = "time values arrays finite"
MODEL = f"{ROWS} y targets max_gap window_length"
SPLITS = "time y groups max_gap window_length"

SOME_FORMS = {
    "plain arrays",
    "nullable columns",
    "fitted in another zone",
    "fitted without time",
    "min_history as timedelta64",
    "Int64",
    "dates in UTC",
    "dates in a zone whose clock is put back",
    "two zones",
    "time differences",
    "periods",
    "Arrow timestamps in UTC",
    "Arrow double",
    "named runs in a zone",
    "step back",
    "long gap in dates",
    "rows missing, max_gap as text",
    "window length as timedelta64",
    "purge as text",
}
"""Right kinds of input for entries that read rows through others; they get all wrong kinds."""


def entry(name, takes, only=None):
    """Add a function to the entries."""

    def add(call):
        ENTRIES[name] = Entry(call, frozenset(takes.split()), only)
        return call

    return add


class MeanOfInputs(torch.nn.Module):
    """Predicts the weighted sum of the mean of each input over the window.

    Inputs beyond those of the record do nothing.
    """

    def __init__(self, n_features):
        super().__init__()
        weights = torch.zeros(n_features, dtype=torch.float64)
        weights[: len(WEIGHTS)] = torch.tensor(WEIGHTS)
        self.weights = torch.nn.Parameter(weights)

    def forward(self, windows):
        """Predict."""
        return (windows.mean(dim=1) * self.weights).sum(dim=1)


KNOWN = GRUFrictionRegressor(
    module=MeanOfInputs,
    kernel_size=1,
    lr=1e-30,
    max_epochs=1,
    batch_size=32,
    normalize_X=False,
    normalize_y=False,
    precision="float64",
    random_state=0,
    device="cpu",
)
"""A model whose predictions, gradients and losses can be worked out by hand."""

SMALL = GRUFrictionRegressor(
    conv_channels=2,
    kernel_size=1,
    hidden_size=2,
    n_gru_layers=1,
    max_epochs=1,
    batch_size=32,
    lr=0.01,
    random_state=0,
    device="cpu",
)
"""A network that trains in an instant."""


def assert_close(found, expected, *, rtol=1e-6, atol=0.0):
    """Compare with what was worked out in another order of operations."""
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def window_step(record, length=None):
    """Return the window step that a record asks for."""
    return SlidingWindowTransformer(
        record.window_length if length is None else length,
        **record.given("max_gap", "min_history"),
    )


def pipeline_of(record, regressor=KNOWN):
    return Pipeline([("window", window_step(record)), ("gru", regressor)])


def fit_parameters(record):
    if record.sample_weight is None:
        return {}
    return {"gru__sample_weight": record.sample_weight}


def fitted(record, regressor=KNOWN):
    """Return a pipeline fitted to the table of the fit."""
    return pipeline_of(record, regressor).fit(record.X_of_fit, record.y, **fit_parameters(record))


def complete(record):
    return oracle.complete_rows(record.pieces, LENGTH)


def predictions(record, length=LENGTH):
    return oracle.predictions_of(record.values, record.pieces, length)


def mean_squared_error(record, rows, length=LENGTH):
    rows = list(rows)
    return np.mean((predictions(record, length)[rows] - record.targets[rows]) ** 2)


def r2_over(record, rows):
    return oracle.r2_of(record.targets[rows], predictions(record)[rows])


def canonical(record):
    """Return the same rows with a name for each piece and seconds from 0."""
    pieces = np.zeros(len(record.values), dtype=int)
    seconds = np.zeros(len(record.values))
    for number, piece in enumerate(record.pieces):
        pieces[piece] = number
        seconds[piece] = np.arange(len(piece))
    index = pd.MultiIndex.from_arrays([pieces, seconds])
    columns = record.X.columns if isinstance(record.X, pd.DataFrame) else ["x0", "x1"]
    return replace(
        record,
        X=pd.DataFrame(record.values, columns=columns, index=index),
        X_fit=None,
        y=pd.Series(record.targets, index=index),
        by=np.asarray(record.by, dtype=float),
        window_length=LENGTH,
        durations={},
    )


# Rows.


@entry("Runs", "time groups max_gap window_length")
def runs(record):
    found = Runs.of(record.X, groups=record.groups, **record.given("max_gap"))
    history = oracle.history_of(record.pieces, len(record.values))
    np.testing.assert_array_equal(found.history, history)
    assert list(found.labels) == [record.labels[piece[0]] for piece in record.pieces]
    assert found.rows_of(record.window_length) == LENGTH


@entry("SlidingWindowTransformer", f"{ROWS} y groups max_gap min_history window_length fit")
def sliding_window(record):
    groups = {} if record.groups is None else {"groups": record.groups}
    transformer = window_step(record)
    windows = transformer.fit(record.X_of_fit, record.y, **groups).transform(record.X, **groups)
    expected = oracle.windows_of(record.values, record.pieces, LENGTH)
    assert_close(np.asarray(windows), expected)
    np.testing.assert_array_equal(np.flatnonzero(windows.complete), complete(record))


@entry("SlidingWindowTransformer, flat", f"{ROWS} y groups max_gap window_length fit")
def flattened_window(record):
    groups = {} if record.groups is None else {"groups": record.groups}
    transformer = SlidingWindowTransformer(
        record.window_length, flatten=True, **record.given("max_gap")
    )
    transformer.fit(record.X_of_fit, record.y, **groups)
    windows = np.asarray(transformer.transform(record.X, **groups), dtype=float)
    expected = oracle.windows_of(record.values, record.pieces, LENGTH)
    assert_close(windows, expected.reshape(len(windows), -1))


@entry("RateOfChange", f"{ROWS} groups max_gap window_length fit")
def rate_of_change(record):
    groups = {} if record.groups is None else {"groups": record.groups}
    rates = RateOfChange(window_length=record.window_length, **record.given("max_gap"))
    rates.fit(record.X_of_fit, record.y, **groups)
    with error_about_time_of_fit(record):
        table = np.asarray(rates.transform(record.X, **groups), dtype=float)
        for column in range(2):
            expected = oracle.rates_of(record.values[:, column], record.pieces, LENGTH)
            assert_close(table[:, 2 + column], expected, atol=1e-9)
        assert_close(table[:, :2], record.values)


@contextlib.contextmanager
def error_about_time_of_fit(record):
    """Expect the error of what has learned per row and is now given seconds, where it is due."""
    if record.X_fit is None or isinstance(record.X_fit, pd.DataFrame):
        yield
        return
    with pytest.raises(ValueError, match=r"had none, so that what was learned is per row") as error:
        yield
    assert "resample" not in str(error.value)


@entry("with_runs", "time groups max_gap")
def runs_and_time_in_the_index(record):
    index = getattr(record.X, "index", None)
    named = isinstance(index, pd.MultiIndex)
    labels = [str(label) for label in record.labels] if named else record.groups
    # An index of labels is compared with that of the table, if it has one.
    values = record.X if isinstance(labels, pd.Series) else record.values
    table = with_runs(values, groups=labels, time=record.time)
    windows = SlidingWindowTransformer(LENGTH, **record.given("max_gap")).fit_transform(table)
    np.testing.assert_array_equal(np.flatnonzero(windows.complete), complete(record))
    if record.times_of_rows:
        assert list(table.index.get_level_values(-1)) == list(record.time)


@entry("resample_runs", "time values max_gap interval")
def resample(record):
    interval = record.durations.get("interval", "2s")
    if not isinstance(record.X, pd.DataFrame):
        with pytest.raises(ValueError, match="expected a pandas table with time in its index"):
            resample_runs(record.X, interval)
        return
    table = resample_runs(record.X, interval, **record.given("max_gap"))
    for number, name in enumerate(NAMES):
        means = oracle.resampled(record.values[:, number], record.seconds, record.pieces, 2)
        assert_close(table[name].to_numpy(dtype=float), means)


# Models.


@entry(
    "regressor in a pipeline",
    f"{MODEL} sample_weight min_history fit",
)
def regressor_in_a_pipeline(record):
    check_regressor(fitted(record), record, lambda pipeline: pipeline[-1], record.X)


@entry("regressor on windows", f"{MODEL} sample_weight fit", only=SOME_FORMS)
def regressor_on_windows(record):
    step = window_step(record).fit(record.X_of_fit)
    windows = step.transform(record.X_of_fit)
    regressor = KNOWN.__sklearn_clone__().fit(windows, record.y, sample_weight=record.sample_weight)
    check_regressor(regressor, record, lambda regressor: regressor, step.transform(record.X))


def check_regressor(model, record, regressor_of, X):
    assert_close(model.predict(X), predictions(record))
    assert_close(model.score(X, record.y), r2_over(record, complete(record)))
    history = regressor_of(model).history_
    training, validation = oracle.training_and_validation(record.pieces, LENGTH)
    for column, rows in (("training_loss", training), ("validation_loss", validation)):
        assert_close(history[column], mean_squared_error(record, rows))


@entry("regressor, score", f"{MODEL} sample_weight", only=SOME_FORMS)
def regressor_score(record):
    model = fitted(canonical(replace(record, sample_weight=None)))
    step = window_step(record).fit(record.X_of_fit)
    windows = step.transform(record.X)
    score = model[-1].score(windows, record.y, sample_weight=record.sample_weight)
    assert_close(score, r2_over(record, complete(record)))


@entry("regressor, partial_fit", f"{MODEL} sample_weight", only=SOME_FORMS)
def regressor_partial_fit(record):
    windows = window_step(record).fit_transform(record.X)
    regressor = KNOWN.__sklearn_clone__()
    regressor.partial_fit(windows, record.y, sample_weight=record.sample_weight)
    assert_close(regressor.predict(windows), predictions(record))


@entry("regressor on a part of the windows", MODEL, only=SOME_FORMS)
def regressor_on_some_windows(record):
    """A cut of the windows and the targets keeps them together."""
    windows = window_step(record).fit_transform(record.X)
    some = slice(10, 50)
    y = record.y.iloc[some] if isinstance(record.y, pd.Series) else record.y[some]
    regressor = KNOWN.__sklearn_clone__().set_params(validation=None).fit(windows[some], y)
    rows = [row for row in complete(record) if row in range(10, 50)]
    assert_close(regressor.history_["training_loss"], mean_squared_error(record, rows))
    assert_close(regressor.score(windows[some], y), r2_over(record, rows))


@entry("GRUFrictionEnsemble", f"{MODEL} sample_weight fit", only=SOME_FORMS)
def ensemble(record):
    model = fitted(record, GRUFrictionEnsemble(KNOWN, n_estimators=2, random_state=0))
    assert_close(model.predict(record.X), predictions(record))
    assert_close(model.score(record.X, record.y), r2_over(record, complete(record)))
    _, validation = oracle.training_and_validation(record.pieces, LENGTH)
    for member in model[-1].estimators_:
        assert_close(member.best_validation_loss_, mean_squared_error(record, validation))


@entry(
    "GRUFrictionEnsemble on windows",
    f"{MODEL} sample_weight",
    only=SOME_FORMS,
)
def ensemble_on_windows(record):
    windows = window_step(record).fit_transform(record.X)
    model = GRUFrictionEnsemble(KNOWN, n_estimators=2, random_state=0)
    model.fit(windows, record.y, sample_weight=record.sample_weight)
    assert_close(model.predict(windows), predictions(record))
    assert_close(model.score(windows, record.y), r2_over(record, complete(record)))


@entry("RateStateRegressor", f"{ROWS} y targets groups max_gap fit")
def rate_state(record):
    friction = oracle.friction_of(record.values[:, 0], record.pieces)
    groups = {} if record.groups is None else {"groups": record.groups}
    y = record.target(friction)
    if isinstance(record.y, pd.Series) and pd.isna(record.y).any():
        y = y.where(record.y.notna())
    if np.ma.isMaskedArray(record.y):
        y = np.ma.masked_array(friction, mask=record.y.mask)
    law = RateStateRegressor(n_starts=1, max_iter=30, **record.given("max_gap"))
    law.fit(record.X_of_fit, y, **groups)
    with error_about_time_of_fit(record):
        assert_close(law.predict(record.X, **groups), friction, atol=1e-5)
        assert_close(law.score(record.X, y, **groups), 1, atol=1e-5)


# Splits and scores.


def folds_of(splitter, record):
    return list(splitter.split(record.X, record.y, record.groups))


def check_folds(folds, expected):
    assert len(folds) == len(expected)
    for fold, of_oracle in zip(folds, expected, strict=True):
        for rows, right in zip(fold, of_oracle, strict=True):
            np.testing.assert_array_equal(rows, right)


def splitter_of(record, kind=PurgedKFold, *arguments, **others):
    accepted = inspect.signature(kind).parameters
    given = {n: v for n, v in record.durations.items() if n in accepted}
    return kind(*arguments, window_length=record.window_length, **given, **others)


@entry("PurgedKFold", f"{SPLITS} purge embargo")
def purged_k_fold(record):
    splitter = splitter_of(record, PurgedKFold, 2)
    check_folds(folds_of(splitter, record), oracle.k_folds(record.pieces, 2, LENGTH))


@entry("PurgedTimeSeriesSplit", f"{SPLITS} purge embargo")
def purged_time_series(record):
    splitter = splitter_of(record, PurgedTimeSeriesSplit, 2)
    check_folds(folds_of(splitter, record), oracle.time_series_folds(record.pieces, 2, LENGTH))


@entry("PurgedLeaveRunsOut", f"{SPLITS} embargo")
def purged_leave_runs_out(record):
    splitter = splitter_of(record, PurgedLeaveRunsOut)
    try:
        folds = folds_of(splitter, record)
    except ValueError as error:
        if "for 1 runs; expected at least 2 folds" not in str(error):
            raise
        assert len(set(record.labels)) == 1
    else:
        check_folds(folds, oracle.run_folds(record.labels))


@entry("RunHoldout", f"{SPLITS} purge embargo")
def run_holdout(record):
    splitter = splitter_of(record, RunHoldout, 0.3, 0.0, n_blocks=1)
    parts = oracle.tail_parts(record.pieces, len(record.values), LENGTH)
    np.testing.assert_array_equal(splitter.parts(record.X, record.groups), parts)
    ((train, test),) = folds_of(splitter, record)
    validates = [row for row, part in enumerate(parts) if part == "validation"]
    assert set(validates) <= set(test)
    assert not set(test) & set(train)


@entry("out_of_fold_predictions", MODEL, only=SOME_FORMS)
def out_of_fold(record):
    splitter = splitter_of(record, PurgedKFold, 2)
    found = out_of_fold_predictions(pipeline_of(record), record.X, record.y, splitter)
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(found)), complete(record))
    assert_close(found[complete(record)], predictions(record)[complete(record)])


@entry("windowed_scorer", f"{MODEL} groups fit")
def score_of_windows(record):
    scorer = windowed_scorer("r2", record.window_length, **record.given("max_gap"))
    model = fitted(replace(canonical(record), X_fit=record.values), KNOWN)
    groups = {}
    if record.groups is not None:
        # Labels of runs are handed on to `predict`.
        model = _WithGroups(model)
        groups = {"groups": record.groups}
    elif record.X_fit is None:
        model = fitted(record)
    score = scorer(model, record.X, record.y, **groups)
    assert_close(score, r2_over(record, complete(record)))


class _WithGroups:
    """A pipeline whose windows are told of the runs, as with metadata routing."""

    def __init__(self, pipeline):
        self.pipeline = pipeline

    def predict(self, X, groups):
        """Predict."""
        window, regressor = self.pipeline
        return regressor.predict(window.fit(X, groups=groups).transform(X, groups=groups))


def window_length_search(record, **others):
    search = WindowLengthSearchCV(
        pipeline_of(record), [2, record.window_length], n_repeats=1, random_state=0, **others
    )
    return search.fit(record.X_of_fit, record.y)


@entry("WindowLengthSearchCV", f"{MODEL} purge", only=SOME_FORMS)
def search_by_splits(record):
    search = window_length_search(record, cv=splitter_of(record, PurgedKFold, 2))
    tested = oracle.tested_rows(record.pieces, 2, LENGTH)
    errors = {
        length: [mean_squared_error(record, rows, length) for rows in tested]
        for length in (2, LENGTH)
    }
    found = search.results_.groupby("rows")["score"].apply(list)
    for length, expected in errors.items():
        assert_close(-np.array(found[length]), expected)
    best = min(errors, key=lambda length: np.mean(errors[length]))
    assert search.best_estimator_[0].window_length_ == best
    assert_close(search.predict(record.X), predictions(record, best))
    every = mean_squared_error(record, complete(record), best)
    assert_close(search.score(record.X, record.y), -every)


@entry("WindowLengthSearchCV without cv", f"{MODEL} fit", only=SOME_FORMS)
def search_by_loss(record):
    search = window_length_search(record)
    _, validation = oracle.training_and_validation(record.pieces, LENGTH)
    expected = [mean_squared_error(record, validation, length) for length in (2, LENGTH)]
    assert_close(search.results_.sort_values("rows")["score"], expected)
    best = (2, LENGTH)[int(np.argmin(expected))]
    assert_close(search.predict(record.X), predictions(record, best))


@entry("RepeatedSeedSearchCV", f"{MODEL} fit", only=SOME_FORMS)
def search_over_seeds(record):
    search = RepeatedSeedSearchCV(
        pipeline_of(record), {"gru__batch_size": [16, 32]}, n_repeats=2, random_state=0
    ).fit(record.X_of_fit, record.y)
    _, validation = oracle.training_and_validation(record.pieces, LENGTH)
    assert_close(search.results_["score"], mean_squared_error(record, validation))
    assert_close(search.predict(record.X), predictions(record))
    assert_close(search.score(record.X, record.y), r2_over(record, complete(record)))


@entry("RepeatedSeedSearchCV on windows", MODEL, only=SOME_FORMS)
def search_on_windows(record):
    windows = window_step(record).fit_transform(record.X)
    search = RepeatedSeedSearchCV(KNOWN, {"batch_size": [32]}, n_repeats=1, random_state=0)
    search.fit(windows, record.y)
    _, validation = oracle.training_and_validation(record.pieces, LENGTH)
    assert_close(search.results_["score"], mean_squared_error(record, validation))


# Inspection.


def conditions_of(record):
    """Return the numbers of the complete rows of each condition."""
    by = np.asarray(record.by, dtype=float)
    return {value: [row for row in complete(record) if by[row] == value] for value in (2.0, 5.0)}


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


INSPECTED = f"{MODEL} by"


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
    assert len(found.repeats) == 2
    assert found.relative == expected.relative
    np.testing.assert_array_equal(found.relative_by_lag, expected.relative_by_lag)


# Displays.


def check_times_drawn(ax, lines, record):
    """Compare the times of what was drawn with those of the complete rows, in seconds."""
    # Finds the ticks, which an axis of a faulty kind cannot.
    ax.get_xticklabels()
    label, rows = ax.get_xlabel(), np.array(complete(record))
    drawn = np.concatenate([line.get_xydata()[:, 0] for line in lines])
    assert len(drawn) == len(rows)
    if label.startswith("row"):
        # Runs that have no common time, or none at all.
        assert not record.times_of_rows or len(record.pieces) > 1
        np.testing.assert_array_equal(drawn, rows)
        return
    # Dates are drawn in days.
    unit = 1 if label.endswith("time [s]") else 86_400
    assert_close(np.diff(drawn) * unit, np.diff(record.seconds[rows]), atol=1e-3)


@entry("PredictionDisplay", f"{MODEL} fit")
def drawn_predictions(record):
    display = PredictionDisplay.from_estimator(fitted(record), record.X, record.y, kind="time")
    assert_close(display.measured, record.targets[complete(record)])
    assert_close(display.predicted, predictions(record)[complete(record)])
    check_times_drawn(display.ax_, display.ax_.lines[: len(display.ax_.lines) // 2], record)


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


# The study and the command line.


def laid_out(figure, path, **options):
    """Find the ticks of a figure, which faulty axes cannot give, and leave out the drawing."""
    for ax in figure.axes:
        ax.get_xticklabels()
    Path(path).touch()


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
    predicted = table.filter(like="predicted_").iloc[:, -1][scored]
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
