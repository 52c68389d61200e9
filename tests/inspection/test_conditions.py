"""Ranges and categories of a condition, and the importances within them."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.utils.conditions import condition_ranges

from ._known import WEIGHTS, Filter, fit_pipeline, make_record, replace_network

COMPLETE = np.r_[3:70, 73:120]


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def squares(record):
    return replace_network(fit_pipeline(*record, precision="float64"), Filter(WEIGHTS, power=2))


@pytest.fixture(scope="module")
def gradients(record, squares):
    windows = squares[0].transform(record[0])
    gru = squares[-1]
    inputs = (np.asarray(windows)[windows.complete] - gru.X_mean_) / gru.X_scale_
    return 2 * WEIGHTS * inputs * gru.y_scale_


def check(found, gradients, codes):
    """Compare the importances of all ranges with those of the gradients there."""
    close = {"rtol": 1e-10, "atol": 1e-15}
    for code in range(len(found.conditions)):
        here = gradients[codes == code]
        sizes = np.abs(here)
        assert found.rows_by_condition[code] == len(here)
        raw = sizes.mean(axis=(0, 1))
        net = np.abs(here.mean(axis=0)).sum(axis=0)
        np.testing.assert_allclose(found.raw_by_condition[code], raw, **close)
        np.testing.assert_allclose(found.relative_by_condition[code], raw / raw.sum(), **close)
        np.testing.assert_allclose(found.net_by_condition[code], net / net.sum(), **close)
        np.testing.assert_allclose(found.signed_by_condition[code], here.mean(axis=(0, 1)), **close)
        np.testing.assert_allclose(found.by_lag_by_condition[code], sizes.mean(axis=0), **close)
        np.testing.assert_allclose(
            found.signed_by_lag_by_condition[code], here.mean(axis=0), **close
        )
    np.testing.assert_allclose(found.relative_by_condition.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found.net_by_condition.sum(axis=1), 1, rtol=1e-12)
    assert found.rows_by_condition.sum() == len(found.rows)
    weighted = found.rows_by_condition @ found.raw_by_condition / len(found.rows)
    np.testing.assert_allclose(weighted, found.raw, rtol=1e-10)


@pytest.mark.parametrize("batch_size", [5, 64])
def test_categories(record, squares, gradients, batch_size):
    by = np.array(["low", "high", "low"])[np.arange(120) % 3]
    found = gradient_importance(squares, record[0], by=by, batch_size=batch_size)
    assert found.conditions == ["high", "low"]
    check(found, gradients, (by == "low").astype(int)[COMPLETE])


def test_numbers_as_categories(record, squares, gradients):
    X, _ = record
    by = pd.Series(np.repeat([100.0, 75.0], 60), index=X.index)
    found = gradient_importance(squares, X, by=by)
    assert found.conditions == ["75.0", "100.0"]
    check(found, gradients, (by.to_numpy() == 100.0).astype(int)[COMPLETE])


def test_ranges_have_their_upper_edge_and_the_first_one_its_lower_edge_too(
    record, squares, gradients
):
    by = np.tile([0.0, 1.0, 1.5, 2.0, 2.5, 4.0], 20)
    found = gradient_importance(squares, record[0], by=by, bins=[0, 1, 2, 4.5])
    assert found.conditions == ["0-1", "1-2", "2-4.5"]
    check(found, gradients, np.tile([0, 0, 1, 1, 2, 2], 20)[COMPLETE])


def test_a_number_of_ranges_of_equal_width(record, squares, gradients):
    by = np.tile([1.0, 3.0, 4.0, 6.0, 6.01, 11.0], 20)
    found = gradient_importance(squares, record[0], by=by, bins=2)
    assert found.conditions == ["1-6", "6-11"]
    check(found, gradients, np.tile([0, 0, 0, 0, 1, 1], 20)[COMPLETE])
    whole = gradient_importance(squares, record[0], by=by, bins=1)
    assert whole.conditions == ["1-11"]
    np.testing.assert_allclose(whole.raw_by_condition[0], whole.raw, rtol=1e-12)


def test_whole_numbers_are_cut_as_well():
    names, codes = condition_ranges(np.arange(40), 4, 40, np.arange(40))
    assert names == ["0-9.75", "9.75-19.5", "19.5-29.25", "29.25-39"]
    np.testing.assert_array_equal(codes, np.repeat([0, 1, 2, 3], 10))


def test_without_a_condition_there_is_none(record, squares):
    names, codes = condition_ranges(None, None, 120, COMPLETE)
    assert names == []
    np.testing.assert_array_equal(codes, np.zeros(len(COMPLETE)))
    found = gradient_importance(squares, record[0])
    for name in ("raw", "relative", "net", "signed"):
        assert found[f"{name}_by_condition"].shape == (0, 3)
    for name in ("by_lag", "signed_by_lag"):
        assert found[f"{name}_by_condition"].shape == (0, 4, 3)
    assert found.rows_by_condition.shape == (0,)


def test_only_the_target_row_tells_the_condition(record, squares):
    by = np.zeros(120)
    by[30] = 1
    found = gradient_importance(squares, record[0], by=by)
    assert list(found.rows_by_condition) == [len(COMPLETE) - 1, 1]
    place = np.flatnonzero(COMPLETE == 30)[0]
    np.testing.assert_allclose(found.raw_by_condition[1], found.by_row[place], rtol=1e-10)


@pytest.mark.parametrize(
    ("by", "bins", "message"),
    [
        (
            np.zeros(119),
            None,
            r"by has shape \(119,\); expected one value for each of the 120 rows of X",
        ),
        (np.r_[0.0, np.nan, np.ones(118)], None, r"by is missing \(NaN\) at row 1;"),
        (np.r_[0.0, np.nan, np.ones(118)], [0, 2], r"by is missing \(NaN\) at row 1;"),
        (np.r_[0.0, np.nan, np.ones(118)], 2, r"by is missing \(NaN\) at row 1;"),
        (np.array(["a"] * 119 + [None], dtype=object), None, r"by is missing \(NaN\) at row 119"),
        (np.arange(120), None, "by has 120 different values; expected at most 20 categories"),
        (np.array(["low", "high"] * 60), 2, "by holds 'low', which cannot be cut at bins=2"),
        (np.array(["low", "high"] * 60), [0, 1], r"cannot be cut at bins=\[0, 1\]; expected num"),
        (np.ones(120), [0], r"bins is \[0\]; expected increasing edges, at least two"),
        (np.ones(120), [0, 2, 2], "expected increasing edges"),
        (np.ones(120), [2, 0], "expected increasing edges"),
        (np.ones(120), 3, "bins is 3 and by is between 1 and 1; expected increasing edges"),
        (np.r_[np.ones(50), 7, np.ones(69)], [0, 2], r"by is 7 at row 50, outside the bins"),
        (np.r_[np.ones(50), -1, np.ones(69)], [0, 2], r"by is -1 at row 50, outside .* 0 to 2"),
        (np.ones(120), [0, 2, 5], "no complete window ends in the range '2-5' of by"),
        (np.r_[np.ones(119), 100], 4, "no complete window ends in the range '25.75-50.5' of by"),
        # Only rows without full history have the second category.
        (np.r_[np.ones(3), np.zeros(117)], None, "no complete window ends in the range '1.0'"),
    ],
)
def test_errors(record, squares, by, bins, message):
    with pytest.raises(ValueError, match=message):
        gradient_importance(squares, record[0], by=by, bins=bins)


def test_twenty_categories_are_not_too_many():
    names, _ = condition_ranges(np.arange(40) % 20, None, 40, np.arange(40))
    assert len(names) == 20


def test_ordered_categories_keep_their_order_and_may_be_empty():
    labels = ["5 MPa", "10 MPa", "20 MPa"]
    by = pd.Series(pd.Categorical.from_codes([2, 1, 0, 0, 1, -1], labels, ordered=True))
    names, codes = condition_ranges(by, None, 6, np.arange(1, 5))
    assert names == ["5 MPa", "10 MPa"]
    assert codes.tolist() == [1, 0, 0, 1]
    with pytest.raises(ValueError, match=r"by is missing \(NaN\) at row 5"):
        condition_ranges(by, None, 6, np.arange(6))


def test_text_that_begins_with_a_number_is_sorted_by_it():
    names, codes = condition_ranges(["10 MPa", "5 MPa", "15 MPa"], None, 3, np.arange(3))
    assert names == ["5 MPa", "10 MPa", "15 MPa"]
    assert codes.tolist() == [1, 0, 2]
