"""Entries that fit and predict."""

from dataclasses import replace

import numpy as np
import pandas as pd

from sklearn_frictiongru.neural_network import GRUFrictionEnsemble
from sklearn_frictiongru.rate_state import RateStateRegressor
from tests.common import oracle
from tests.common.entries._entry import (
    KNOWN,
    MODEL,
    ROWS,
    SOME_FORMS,
    assert_close,
    canonical,
    complete,
    entry,
    fitted,
    mean_squared_error,
    predictions,
    r2_over,
    window_step,
)
from tests.common.entries.rows import error_about_time_of_fit
from tests.common.records import LENGTH


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
