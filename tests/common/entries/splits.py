"""Entries that split, score and search."""

from dataclasses import replace

import numpy as np

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RepeatedSeedSearchCV,
    RunHoldout,
    out_of_fold_predictions,
    windowed_scorer,
)
from tests.common import oracle
from tests.common.entries._entry import (
    KNOWN,
    MODEL,
    SOME_FORMS,
    SPLITS,
    assert_close,
    canonical,
    complete,
    entry,
    fitted,
    mean_squared_error,
    pipeline_of,
    predictions,
    r2_over,
    splitter_of,
    window_length_search,
    window_step,
)
from tests.common.records import LENGTH


def folds_of(splitter, record):
    return list(splitter.split(record.X, record.y, record.groups))


def check_folds(folds, expected):
    assert len(folds) == len(expected)
    for fold, of_oracle in zip(folds, expected, strict=True):
        for rows, right in zip(fold, of_oracle, strict=True):
            np.testing.assert_array_equal(rows, right)


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
