"""Entries that read rows and runs."""

import contextlib

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    Runs,
    SlidingWindowTransformer,
    resample_runs,
    with_runs,
)
from tests.common import oracle
from tests.common.entries._entry import ROWS, assert_close, complete, entry, window_step
from tests.common.records import LENGTH, NAMES


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


def named_once(label):
    """Return a label of several levels as one, None where a part of it is missing."""
    parts = label if isinstance(label, tuple) else (label,)
    return None if any(map(pd.isna, parts)) else str(label)


@entry("with_runs", "time groups max_gap")
def runs_and_time_in_the_index(record):
    index = getattr(record.X, "index", None)
    named = isinstance(index, pd.MultiIndex)
    labels = [named_once(label) for label in index.droplevel(-1)] if named else record.groups
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
