"""What is read: weights, several targets, and windows that stand alone."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from sklearn_frictiongru.neural_network._data._input import (
    holds_windows,
    read_training_data,
    read_windows,
)
from sklearn_frictiongru.neural_network._data._split import trainable
from sklearn_frictiongru.preprocessing import WindowArray, with_runs
from tests.neural_network._models import windows_of

ROWS = np.arange(24.0).reshape(12, 2)
Y = np.linspace(0.5, 0.7, 12)

INPUTS = {
    "table": ROWS,
    "windows": WindowArray(ROWS, 3),
    "array": np.repeat(ROWS[:, None], 3, axis=1),
}


def read(X=ROWS, y=Y, sample_weight=None):
    data = read_training_data(BaseEstimator(), X, y, sample_weight)
    return data.windows, data.targets, data.weights


# Weights.


@pytest.mark.parametrize("kind", INPUTS)
def test_windows_of_weight_zero_are_not_trained_on(kind):
    weights = np.array([1.0, 0.0, 2.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.5])
    plain, _, none = read(INPUTS[kind])
    windows, _, found = read(INPUTS[kind], sample_weight=weights)
    assert none is None
    np.testing.assert_array_equal(found, weights)
    assert not np.array_equal(plain.complete, trainable(windows, found))
    np.testing.assert_array_equal(trainable(windows, found), plain.complete & (weights > 0))
    np.testing.assert_array_equal(trainable(plain, None), plain.complete)


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.r_[np.ones(11), -0.1], "Negative values in data passed to `sample_weight`"),
        (np.r_[np.ones(11), np.nan], "sample_weight contains NaN"),
        (np.r_[np.ones(11), np.inf], "sample_weight contains infinity"),
        # scikit-learn since 1.9 has a message of its own.
        (np.zeros(12), "sample_weight is zero for every window|at least one non-zero number"),
        (np.ones(11), r"sample_weight.shape == \(11,\), expected \(12,\)"),
        (np.ones((12, 1)), "Sample weights must be 1D"),
    ],
)
def test_weights_that_make_no_sense_are_named(kind, weights, message):
    with pytest.raises(ValueError, match=message):
        read(INPUTS[kind], sample_weight=weights)


def test_weights_are_read_as_float64_from_lists_series_and_one_number():
    for given in ([2] * 12, pd.Series(np.full(12, 2, dtype=np.int8)), 2.0):
        *_, weights = read(sample_weight=given)
        assert weights.dtype == np.float64
        assert weights.tolist() == [2.0] * 12


# Targets.


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_column_of_targets_that_is_not_finite_is_named(kind, value):
    frame = pd.DataFrame({"friction": Y, "shear_stress_mpa": 5 * Y}, index=np.arange(100, 112))
    frame.iloc[7, 1] = value
    with pytest.raises(
        ValueError, match=r"y holds .* in column 'shear_stress_mpa' at row 7 \(index 107"
    ) as caught:
        read(INPUTS[kind], frame)
    assert "friction" not in str(caught.value)


@pytest.mark.parametrize("kind", INPUTS)
def test_targets_are_one_axis_or_several_columns(kind):
    assert read(INPUTS[kind], Y.tolist())[1].shape == (12,)
    several = read(INPUTS[kind], pd.DataFrame({"a": Y, "b": Y.astype(np.float32)}))[1]
    assert (several.shape, several.dtype) == ((12, 2), np.float64)
    np.testing.assert_array_equal(several[:, 0], Y)


# Where windows stand.


def test_rows_of_a_table_know_their_runs():
    X = with_runs(ROWS, groups=np.repeat(["b", "a"], [5, 7]))
    windows = read_windows(BaseEstimator(), X, reset=True)
    assert windows.run_codes.tolist() == [0] * 5 + [1] * 7
    assert windows.runs.rows.tolist() == list(range(12))
    assert windows.complete.all()
    assert not read_windows(BaseEstimator(), ROWS, reset=True).run_codes.any()


def test_a_shuffled_split_leaves_the_rows_in_their_runs():
    X = with_runs(ROWS, groups=np.repeat(["b", "a"], [5, 7])).iloc[[0, 7, 1, 8]]
    windows = read_windows(BaseEstimator(), X, reset=True)
    assert windows.run_codes.tolist() == [0, 1, 0, 1]
    assert windows.history.tolist() == [1, 1, 2, 2]


def test_windows_of_an_array_stand_alone_and_follow_each_other():
    array = INPUTS["array"]
    windows = read_windows(BaseEstimator(), array, reset=True)
    np.testing.assert_array_equal(np.asarray(windows), array)
    assert len(windows.rows) == 36
    assert windows.complete.all()
    assert not windows.run_codes.any()


@pytest.mark.parametrize("length", [1, 2, 5])
def test_windows_of_an_array_stand_where_those_of_their_record_stand(length):
    of_record = windows_of(pd.DataFrame(ROWS, columns=["a", "b"]), length)
    complete = of_record[of_record.complete]
    alone = read_windows(BaseEstimator(), np.asarray(complete), reset=True)
    np.testing.assert_array_equal(np.asarray(alone), np.asarray(complete))
    for name in ("codes", "rows", "history", "labels"):
        np.testing.assert_array_equal(getattr(alone.runs, name), getattr(complete.runs, name))


def test_windows_are_told_from_tables():
    array = INPUTS["array"]
    for X in (array, array.tolist(), INPUTS["windows"]):
        assert holds_windows(X)
    for X in (ROWS, ROWS.tolist(), pd.DataFrame(ROWS), [1.0, 2.0], None):
        assert not holds_windows(X)
