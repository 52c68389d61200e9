"""The condition of a study and its ranges."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study._conditions import range_of_rows, read_condition
from sklearn_frictiongru.utils.typography import EN_DASH

NAME = "normal stress [MPa]"


def test_it_is_named_after_what_was_given():
    series = pd.Series([1.0, 2.0], name="stress")
    assert read_condition(series, None, 2).name == "stress"
    assert read_condition(series, NAME, 2).name == NAME
    assert read_condition([1.0, 2.0], None, 2).name == "condition"
    assert read_condition(None, "stress", 2) is None


def ranges_of(values, edges=None, counted=None):
    condition = read_condition(values, NAME, len(values))
    counted = np.ones(len(values), dtype=bool) if counted is None else counted
    return range_of_rows(condition, edges, counted)


def test_levels_are_named_with_their_unit_and_sorted_by_value():
    noise = np.random.default_rng(0).normal(scale=0.02, size=600)
    ranges, notes = ranges_of(np.repeat([10.0, 5.0, 15.0], 200) + noise)
    assert list(ranges.cat.categories) == ["5 MPa", "10 MPa", "15 MPa"]
    assert ranges.value_counts().to_list() == [200, 200, 200]
    assert (ranges.name, notes) == (NAME, [])
    assert range_of_rows(None, None, None) == (None, [])


@pytest.mark.parametrize(
    ("name", "units", "labels"),
    [
        ("normal_stress_mpa", None, ["5 MPa", "10 MPa"]),
        ("load", {"load": "kN"}, ["5 kN", "10 kN"]),
        ("stage", {"load": "kN"}, ["5", "10"]),
    ],
)
def test_the_unit_is_that_of_the_column(name, units, labels):
    condition = read_condition(np.repeat([5.0, 10.0], 30), name, 60)
    counted = np.ones(60, dtype=bool)
    assert list(range_of_rows(condition, None, counted, units)[0].cat.categories) == labels
    unit = labels[0].removeprefix("5")
    ranges, _ = range_of_rows(condition, [0, 7, 12], counted, units)
    assert list(ranges.cat.categories) == [f"0-7{unit}", f"7-12{unit}"]


def test_names_are_categories():
    ranges, _ = ranges_of(np.tile(["wet", "dry"], 30))
    assert list(ranges.cat.categories) == ["dry", "wet"]


def test_ordered_categories_keep_their_order():
    order = ["low", "medium", "high", "never"]
    condition = pd.Series(np.tile(["high", "low", "medium"], 20), dtype="str")
    given = pd.Series(pd.Categorical(condition, order), name="stress")
    ranges, notes = range_of_rows(read_condition(given, None, 60), None, np.ones(60, dtype=bool))
    assert list(ranges.cat.categories) == order[:3]
    assert ranges.astype(str).to_list() == condition.to_list()
    assert notes == []


@pytest.mark.parametrize(
    ("edges", "labels", "empty"),
    [
        (None, ["1 MPa", "3 MPa"], "7 MPa"),
        ([0, 2, 4, 8], ["0-2 MPa", "2-4 MPa"], f"4{EN_DASH}8 MPa"),
    ],
)
def test_a_range_that_no_complete_window_reaches_is_left_out_and_named(edges, labels, empty):
    values = np.repeat([1.0, 3.0, 7.0], 30)
    ranges, notes = ranges_of(values, edges, counted=values < 7)
    assert list(ranges.cat.categories) == labels
    assert ranges.isna().to_numpy().tolist() == (values == 7).tolist()
    assert notes == [f"No complete window ends in the range {empty}: it is empty."]
