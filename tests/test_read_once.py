"""The index of a table is read once and its values are checked once, however much is trained."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn import get_config
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import PurgedKFold, WindowLengthSearchCV
from sklearn_frictiongru.preprocessing import RateOfChange, Runs, WindowArray
from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.utils import index as utils_index
from sklearn_frictiongru.utils import validation
from tests.model_selection._searches import make_record, small_gru
from tests.study.test_protocol import OPTIONS, known_record, small_regressor


@pytest.fixture
def n_index_readings(monkeypatch):
    """Return a function that counts how many indexes were read since."""
    lengths = []
    read = utils_index.read_time_and_runs

    def counted(index):
        lengths.append(len(index))
        return read(index)

    monkeypatch.setattr(utils_index, "read_time_and_runs", counted)
    return lambda at_least=0: sum(length >= at_least for length in lengths)


@pytest.fixture
def finite_checks(monkeypatch):
    """Return the list of what is checked from now on, "X" or "y"."""
    checks = []
    check = validation.check_finite

    def counted(values, names, what, labels=None):
        if not get_config()["assume_finite"]:
            checks.append(what)
        return check(values, names, what, labels)

    for name, module in list(sys.modules.items()):
        if name.startswith("sklearn_frictiongru") and vars(module).get("check_finite") is check:
            monkeypatch.setattr(module, "check_finite", counted)
    return checks


def test_by_a_fit(n_index_readings, finite_checks):
    X, y = make_record()
    pipeline = small_gru().set_params(window__window_length=5)
    pipeline.fit(X, y)
    assert n_index_readings() == 1
    assert sorted(finite_checks) == ["X", "y"]
    finite_checks.clear()
    pipeline.predict(X)
    assert n_index_readings() == 1
    assert finite_checks == ["X"]


def test_by_a_fit_with_rates(n_index_readings, finite_checks):
    X, y = make_record()
    rates = RateOfChange()
    make_pipeline(rates, *small_gru().set_params(window__window_length=5)).fit(X, y)
    # The table with the rates shares its index with X, but its values are new.
    assert n_index_readings() == 1
    assert sorted(finite_checks) == ["X", "X", "y"]


def test_by_a_search_of_four_trainings(n_index_readings, finite_checks):
    X, y = make_record()
    WindowLengthSearchCV(small_gru(), [3, 5], n_repeats=2, n_jobs=1).fit(X, y)
    assert n_index_readings() == 1
    # Once by each training, and once before, to see whether the longest window leaves enough rows
    # and no target is missing.
    assert sorted(finite_checks) == ["X"] * 5 + ["y"] * 5


def test_by_a_study(n_index_readings, finite_checks, tmp_path):
    X, y, _ = known_record(300)
    options = {**OPTIONS, "window_lengths": [2, 6], "max_epochs": 2, "output": tmp_path}
    run_study(X, y, regressor=small_regressor(), **options)
    # Beside the record, each stored model is tried on three rows when it is read.
    assert n_index_readings(at_least=4) == 1
    assert finite_checks == ["X", "y"]


def test_by_a_search_with_folds(n_index_readings):
    X, y = make_record()
    cv = PurgedKFold(2, window_length=5)
    WindowLengthSearchCV(small_gru(), [3, 5], n_repeats=2, cv=cv).fit(X, y)
    # Beside X, each training is given its training rows and scored on its test rows.
    assert n_index_readings() <= 1 + 2 * 2 * 4


def test_another_index_is_read_anew(n_index_readings):
    X, _ = make_record()
    Runs.of(X)
    Runs.of(X, sampling_interval=1.0)
    Runs.of(X.copy(deep=False))
    assert n_index_readings() == 1
    Runs.of(X.iloc[:100])
    assert n_index_readings() == 2
    moved = X.set_axis(X.index.set_levels(2 * X.index.levels[1], level=1))
    assert Runs.of(moved).sampling_interval == 2.0
    assert Runs.of(X).sampling_interval == 1.0
    assert n_index_readings() == 3


def test_what_was_read_goes_with_its_index():
    n_before = len(utils_index._remembered)
    X = pd.DataFrame({"a": np.zeros(3)}, index=[0.0, 1.0, 2.0])
    Runs.of(X)
    assert len(utils_index._remembered) == n_before + 1
    del X
    assert len(utils_index._remembered) == n_before


def test_rows_that_others_may_write_to_are_checked_each_time():
    rows = np.zeros((5, 1))
    windows = WindowArray(rows, 2)
    windows.check_finite()
    rows[3] = np.nan
    with pytest.raises(ValueError, match="X holds NaN in column 'x0' at row 3"):
        windows.check_finite()
