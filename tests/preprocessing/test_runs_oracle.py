"""Runs of any index, compared with a loop over its rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer
from sklearn_frictiongru.utils.validation import check_same_index

# How long an example takes to draw depends on what else the machine does.
OFTEN = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ZONES = [None, "UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]
# Around the hours at which clocks are put forward and back, somewhere.
BEGINS = ["2024-03-31 00:59:00", "2024-10-27 00:59:00", "2024-04-06 14:59:00", "1999-12-31 23:59"]
NUMBERS = ["float64", "float32", "int64", "uint16", "Int64", "Float64"]
ARROW_NUMBERS = ["int64[pyarrow]", "double[pyarrow]"]
ARROW_TIMES = ["timestamp[us][pyarrow]", "timestamp[ns, tz=UTC][pyarrow]", "duration[ms][pyarrow]"]


@st.composite
def forms(draw):
    """Draw how seconds become an index level: a function of an array of whole numbers."""
    kind = draw(st.sampled_from(["numbers", "arrow", "dates", "differences", "periods", "objects"]))
    begin = pd.Timestamp(draw(st.sampled_from(BEGINS)))
    unit = draw(st.sampled_from(["s", "ms", "us", "ns"]))
    zone = draw(st.sampled_from(ZONES))

    def dates(seconds):
        times = pd.DatetimeIndex(begin + pd.to_timedelta(seconds, unit="s")).as_unit(unit)
        return times if zone is None else times.tz_localize("UTC").tz_convert(zone)

    if kind == "numbers":
        dtype = draw(st.sampled_from(NUMBERS))
        return lambda seconds: pd.Index(seconds, dtype=dtype)
    if kind == "arrow":
        dtype = draw(st.sampled_from([*ARROW_NUMBERS, *ARROW_TIMES]))

        def arrow(seconds):
            values = pd.Series(seconds)
            if "timestamp" in dtype:
                values = pd.Series(dates(seconds).tz_convert("UTC") if zone else dates(seconds))
                if "tz" in dtype and zone is None:
                    values = values.dt.tz_localize("UTC")
                if "tz" not in dtype and zone:
                    values = values.dt.tz_localize(None)
            if "duration" in dtype:
                values = pd.Series(pd.to_timedelta(seconds, unit="s"))
            return pd.Index(values.astype(dtype))

        return arrow
    if kind == "differences":
        return lambda seconds: pd.to_timedelta(seconds, unit="s").as_unit(unit)
    if kind == "periods":
        return lambda seconds: pd.PeriodIndex(
            (begin + pd.to_timedelta(seconds, unit="s")), freq="s"
        )
    if kind == "objects":
        return lambda seconds: pd.Index(list(dates(seconds).to_pydatetime()), dtype=object)
    return dates


@st.composite
def records(draw, named=None):
    """Draw an index with its seconds and its run labels (None where it has none)."""
    interval = draw(st.sampled_from([1, 2, 30]))
    named = draw(st.booleans()) if named is None else named
    n_runs = draw(st.integers(1, 4))
    seconds, labels = [], []
    for run in range(n_runs):
        n_rows = draw(st.integers(12, 24))
        # Rows that are missing in front of some rows; two in a row never make a new interval.
        places = draw(st.sets(st.integers(6, n_rows - 1), max_size=2))
        missing = {place: draw(st.integers(1, 12)) for place in places}
        time = draw(st.integers(0, 5)) * interval
        for row in range(n_rows):
            time += interval * (1 + missing.get(row, 0)) if row else 0
            seconds.append(time)
            labels.append(f"run {run}")
    form = draw(forms())
    index = form(np.array(seconds))
    if named:
        levels = [labels]
        if draw(st.booleans()):
            levels = [["site"] * len(labels), labels]
        index = pd.MultiIndex.from_arrays([*levels, index])
    return index, seconds, labels if named else None, interval


def starts_of(seconds, labels, gap):
    """Return the numbers of the rows that begin a run."""
    starts = [0]
    for row in range(1, len(seconds)):
        step = seconds[row] - seconds[row - 1]
        other_run = labels is not None and labels[row] != labels[row - 1]
        if other_run or step < 0 or step > gap:
            starts.append(row)
    return starts


def history_of(starts, n_rows):
    """Return the rows of its run up to and with each row."""
    return [row - max(start for start in starts if start <= row) + 1 for row in range(n_rows)]


def table_under(index):
    return pd.DataFrame({"temperature_degc": np.arange(len(index)) * 1.0}, index=index)


@OFTEN
@given(records(), st.none() | st.integers(2, 14), st.integers(1, 6), st.booleans())
def test_runs_and_windows_of_any_index(record, max_rows, window_length, as_text):
    index, seconds, labels, interval = record
    max_gap, gap = None, 1.5 * interval
    if max_rows is not None:
        gap = max_rows * interval
        max_gap = f"{gap}s" if as_text else max_rows
    starts = starts_of(seconds, labels, gap)
    history = history_of(starts, len(seconds))

    runs = Runs.of(table_under(index), max_gap=max_gap)
    np.testing.assert_array_equal(runs.starts, starts)
    np.testing.assert_array_equal(runs.history, history)
    assert runs.sampling_interval == pytest.approx(interval)
    np.testing.assert_allclose(np.diff(runs.time), np.diff(seconds))

    transformer = SlidingWindowTransformer(window_length, max_gap=max_gap)
    windows = transformer.fit_transform(table_under(index))
    np.testing.assert_array_equal(windows.complete, np.array(history) >= window_length)
    for row in range(len(seconds)):
        own_run = row - history[row] + 1
        expected = [max(own_run, row - lag) for lag in range(window_length - 1, -1, -1)]
        np.testing.assert_array_equal(np.asarray(windows[[row]])[0, :, 0], expected)


@OFTEN
@given(records(named=True), st.data())
def test_rows_of_a_named_run_in_another_order_are_refused(record, data):
    index, seconds, labels, _ = record
    one, other = data.draw(st.lists(st.integers(0, 11), min_size=2, max_size=2, unique=True))
    order = np.arange(len(seconds))
    order[[one, other]] = order[[other, one]]
    assert labels[one] == labels[other]
    with pytest.raises(ValueError, match=r"goes back|newest first"):
        Runs.of(table_under(index[order]))


@OFTEN
@given(records(named=False))
def test_a_record_sorted_newest_first_is_refused(record):
    index, _, _, _ = record
    with pytest.raises(ValueError, match="newest first"):
        Runs.of(table_under(index[::-1]))


@OFTEN
@given(records(), st.data())
def test_a_target_belongs_to_the_same_instants_in_the_same_order(record, data):
    index, seconds, _, _ = record
    X, y = table_under(index), pd.Series(0.6, index=index)
    check_same_index(X, y)
    other_zone = in_another_form(index, data)
    check_same_index(X, y.set_axis(other_zone))
    first, second = data.draw(st.lists(st.integers(0, 11), min_size=2, max_size=2, unique=True))
    order = np.arange(len(seconds))
    order[[first, second]] = order[[second, first]]
    with pytest.raises(ValueError, match=r"different index|order"):
        check_same_index(X, y.iloc[order])


def in_another_form(index, data):
    """Return the same instants in another zone, resolution or number type."""
    times = index.get_level_values(-1)
    if isinstance(times, pd.DatetimeIndex) and times.tz is not None:
        zone = data.draw(st.sampled_from(ZONES[1:]))
        times = times.tz_convert(zone).as_unit(data.draw(st.sampled_from(["s", "ms", "ns"])))
    elif pd.api.types.is_numeric_dtype(times.dtype):
        times = pd.Index(times, dtype=data.draw(st.sampled_from(["int64", "Int64", "float64"])))
    if not isinstance(index, pd.MultiIndex):
        return times
    return pd.MultiIndex.from_arrays(
        [*(index.get_level_values(level) for level in range(index.nlevels - 1)), times]
    )
