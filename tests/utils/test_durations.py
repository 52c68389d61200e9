"""Durations: a number of rows, or a time."""

import datetime

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.utils.durations import read_duration, to_rows, to_seconds


@pytest.mark.parametrize("rows", [4, np.int64(4), np.uint8(4)])
def test_an_int_is_a_number_of_rows(rows):
    assert to_rows(rows, 10.0, "purge") == 4
    assert to_rows(rows, None, "purge") == 4
    assert to_seconds(rows, 10.0, "purge") == 40.0


@pytest.mark.parametrize(
    "time",
    [
        "40s",
        "40 s",
        "40000ms",
        pd.Timedelta(40, "s"),
        np.timedelta64(40, "s"),
        np.timedelta64(40_000, "ms"),
        datetime.timedelta(seconds=40),
        pd.offsets.Second(40),
    ],
)
def test_a_time_is_as_many_rows_as_it_holds(time):
    assert to_rows(time, 10.0, "window_length") == 4
    assert to_seconds(time, 10.0, "window_length") == 40.0


@pytest.mark.parametrize(
    "number", [40.0, 2.5, np.float32(40), np.float64(40), "40", "4e1", -1.0, np.timedelta64(40)]
)
def test_a_number_without_unit_could_be_either(number):
    with pytest.raises(ValueError, match=r"purge is .* may mean rows or seconds.*Which was meant"):
        read_duration(number, "purge")


@pytest.mark.parametrize("zero_or_less", [0, -1, "0s", "-3s", np.timedelta64(0, "s")])
def test_a_duration_is_above_zero(zero_or_less):
    with pytest.raises(ValueError, match=r"expected (at least 1 row|a duration above zero)"):
        read_duration(zero_or_less, "max_gap")


@pytest.mark.parametrize(
    "what", ["soon", "400 rows", [1], None, True, np.True_, pd.NaT, "NaT", float("nan"), b"4s"]
)
def test_what_is_no_duration_is_named(what):
    for error in (ValueError, TypeError):
        with pytest.raises(error, match=r"max_gap is .* not a duration"):
            read_duration(what, "max_gap")


@pytest.mark.parametrize(
    ("distance", "rows"),
    [(0, 0), ("0s", 0), ("1s", 1), ("10s", 1), ("11s", 2), (pd.Timedelta("30.000001s"), 3)],
)
def test_a_distance_to_keep_is_rounded_up(distance, rows):
    assert to_rows(distance, 10.0, "purge", minimum=0) == rows


def test_a_distance_to_keep_is_not_negative():
    for distance in (-1, "-1s"):
        with pytest.raises(ValueError, match="embargo is"):
            to_rows(distance, 10.0, "embargo", minimum=0)


def test_a_time_shorter_than_a_row_is_named():
    with pytest.raises(ValueError, match="'4s', shorter than the sampling interval of 10 s"):
        to_rows("4s", 10.0, "window_length")


def test_a_time_needs_a_time_index():
    with pytest.raises(ValueError, match="'4s', a time, but X has no time index"):
        to_rows("4s", None, "window_length")


def test_not_a_time_is_no_duration_and_a_negative_one_is_told_what_is_expected():
    with pytest.raises(ValueError, match="not a duration"):
        read_duration(np.timedelta64("NaT"), "purge")
    with pytest.raises(ValueError, match="expected a duration of zero or more"):
        read_duration("-1s", "purge", minimum=0)
    with pytest.raises(ValueError, match="expected a duration above zero"):
        read_duration("-1s", "max_gap")
