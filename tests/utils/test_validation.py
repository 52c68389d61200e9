"""What is not finite is named by column and row."""

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.validation import (
    check_finite,
    check_numeric,
    column_names,
    readable,
)


def test_columns_are_named_by_the_table_or_counted():
    assert column_names(pd.DataFrame(columns=["velocity", "rate"]), 2) == ["velocity", "rate"]
    assert column_names(pd.DataFrame(columns=[0, 1]), 2) == ["x0", "x1"]
    assert column_names(pd.DataFrame(columns=["velocity", 1]), 2) == ["x0", "x1"]
    assert column_names(np.zeros((1, 3)), 3) == ["x0", "x1", "x2"]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (4, "4"),
        (np.int64(4), "4"),
        (np.float64(0.5), "0.5"),
        ("a", "'a'"),
        (("a", np.float64(0.5)), "('a', 0.5)"),
        (("a", ("b", np.int64(1))), "('a', ('b', 1))"),
        (datetime.date(2005, 5, 23), "datetime.date(2005, 5, 23)"),
    ],
)
def test_labels_read_without_types_of_numpy(label, text):
    assert readable(label) == text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [[1, 2], [3, np.nan]],
            r"^X holds NaN in column 'b' at row 1 \(1 of 2 rows\); expected finite numbers",
        ),
        ([[np.inf, 2], [3, np.nan]], r"^X holds infinity in column 'a' at row 0 \(1 of 2 rows\)"),
        ([[-np.inf, 2], [np.nan, 1]], r"^X holds NaN and infinity in column 'a' at row 0, 1 \(2"),
        (
            [[np.nan, 0]] * 7,
            r"^X holds NaN in column 'a' at row 0, 1, 2, 3, 4, \.\.\. \(7 of 7 rows\)",
        ),
        ([[np.nan, 0]] * 5, r"at row 0, 1, 2, 3, 4 \(5 of 5 rows\)"),
        # One cancels the other in the sum that is looked at first.
        ([[np.inf, -np.inf]], r"^X holds infinity in column 'a' at row 0 "),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_column_and_rows_are_named(values, message, dtype):
    with pytest.raises(ValueError, match=message):
        check_finite(np.array(values, dtype=dtype), ["a", "b"], "X")


def test_index_labels_stand_beside_the_rows():
    labels = pd.Index([10.0, 11.0, 12.0])
    with pytest.raises(ValueError, match=r"^y holds NaN in column 'y' at row 2 \(index 12\.0\) "):
        check_finite(np.array([0.0, 1.0, np.nan]), ["y"], "y", labels)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_numbers_are_finite_though_their_sum_is_not(dtype):
    values = np.full((4, 2), np.finfo(dtype).max)
    check_finite(values, ["a", "b"], "X")
    values[3, 1] = np.inf
    with pytest.raises(ValueError, match=r"infinity in column 'b' at row 3 "):
        check_finite(values, ["a", "b"], "X")


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            pd.DataFrame({"a": [1.0, 2.0], "b": ["3", "wet"]}),
            "X holds 'wet' in column 'b' at row 1; expected numbers",
        ),
        (
            pd.DataFrame({"a": [1.0, 2.0], "when": pd.to_datetime(["2026-01-01", "2026-01-02"])}),
            "in column 'when' at row 0; expected numbers",
        ),
        (
            pd.DataFrame({"a": pd.Series([1.0, None, [2]], dtype=object)}),
            r"X holds \[2\] in column 'a' at row 2",
        ),
        (np.array([[1.0, "2"], ["x", 3.0]], dtype=object), "X holds 'x' in column 'x0' at row 1"),
        (np.array([["1", "2"], ["3", "y"]]), "X holds 'y' in column 'x1' at row 1"),
    ],
)
def test_what_is_no_number_is_named(X, message):
    with pytest.raises(ValueError, match=message):
        check_numeric(X)
    with pytest.raises(ValueError, match=message):
        SlidingWindowTransformer(1).fit(X)


def test_mixed_columns_of_numbers_are_read():
    X = pd.DataFrame(
        {
            "whole": [1, 2],
            "half": np.array([0.5, 1.5], dtype=np.float32),
            "flag": [True, False],
            "text": ["3", "4.5"],
            "object": pd.Series([5, 6.5], dtype=object),
        }
    )
    windows = SlidingWindowTransformer(1).fit_transform(X)
    expected = [[1, 0.5, 1, 3, 5], [2, 1.5, 0, 4.5, 6.5]]
    np.testing.assert_array_equal(np.asarray(windows)[:, 0], expected)


def test_nothing_is_checked_where_the_user_says_that_all_is_finite():
    values = np.array([[np.nan]])
    with config_context(assume_finite=True):
        check_finite(values, ["a"], "X")
    with pytest.raises(ValueError, match="X holds NaN"):
        check_finite(values, ["a"], "X")
