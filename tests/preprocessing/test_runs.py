"""Runs are found where the index says they begin, and faults are named by their row."""

import datetime
import decimal

import numpy as np
import pandas as pd
import polars
import pytest
from hypothesis import assume, given, settings

from sklearn_frictiongru.preprocessing import Runs, with_runs
from tests.preprocessing._tables import naive_history, tables


def table(index):
    return pd.DataFrame({"velocity": np.zeros(len(index))}, index=index)


def named(*rows):
    """Return a table whose rows are (run, time)."""
    return table(pd.MultiIndex.from_tuples(rows, names=["run", "time"]))


@settings(deadline=None, max_examples=150)
@given(tables())
def test_runs_are_those_that_the_table_was_made_of(made):
    runs = Runs.of(made.X)
    assert runs.starts.tolist() == made.starts
    assert runs.labels.tolist() == made.labels
    assert runs.n_rows == len(made.X)
    assert runs.sampling_interval == pytest.approx(made.interval, rel=1e-6)
    history = naive_history(len(made.X), made.starts)
    assert runs.history.tolist() == history.tolist()
    assert runs.lengths.sum() == len(made.X)
    assert runs.codes.tolist() == (np.cumsum(history == 1) - 1).tolist()


@settings(deadline=None, max_examples=100)
@given(tables(kinds=("time", "dates", "differences", "runs", "runs of two levels")))
def test_a_cut_out_of_the_middle_of_a_run_is_a_boundary(made):
    lengths = np.diff([*made.starts, len(made.X)])
    run = int(np.argmax(lengths))
    assume(lengths[run] >= 5)
    # Where most rows stand alone, even gaps look like another sampling interval.
    assume(2 * ((lengths - 1).sum() - 3) > len(made.X) - 3)
    first = made.starts[run]
    kept = np.delete(np.arange(len(made.X)), [first + 2, first + 3])
    starts = [int(np.flatnonzero(kept == start)[0]) for start in made.starts]
    runs = Runs.of(made.X.iloc[kept], sampling_interval=made.interval)
    assert runs.starts.tolist() == sorted([*starts, first + 2])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/Anchorage"])
def test_dates_of_every_resolution(unit, zone):
    # The clock is put back by an hour in that night; time goes on.
    start = pd.Timestamp("2005-10-30 09:59:58", tz="UTC")
    seconds = pd.to_timedelta([0, 1, 2, 3, 9, 10], unit="s")
    index = pd.DatetimeIndex(start + seconds).tz_convert(zone).as_unit(unit)
    assert index.unit == unit
    runs = Runs.of(table(index))
    assert runs.starts.tolist() == [0, 4]
    assert runs.sampling_interval == 1.0


def test_fractions_of_a_second_in_milliseconds():
    index = pd.date_range("2005-05-23", periods=5, freq="200ms").as_unit("ms")
    assert Runs.of(table(index)).sampling_interval == 0.2


def test_dates_beyond_those_that_nanoseconds_reach():
    index = pd.DatetimeIndex(np.arange("3000-01-01", "3000-01-05", dtype="datetime64[D]")).as_unit(
        "s"
    )
    assert Runs.of(table(index)).sampling_interval == 86_400.0


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_differences_of_every_resolution(unit):
    index = pd.to_timedelta([0, 2, 4, 10, 12], unit="s").as_unit(unit)
    runs = Runs.of(table(index))
    assert runs.starts.tolist() == [0, 3]
    assert runs.sampling_interval == 2.0


@pytest.mark.parametrize("dtype", ["int32", "float32", "uint8", "Int64", "Float64"])
def test_numbers_of_every_type(dtype):
    runs = Runs.of(table(pd.Index([0, 1, 2, 5, 6, 1, 2], dtype=dtype)))
    assert runs.starts.tolist() == [0, 3, 5]
    assert runs.sampling_interval == 1.0


@pytest.mark.parametrize(
    "X", [[[0.0], [1.0]], np.zeros((2, 1)), polars.DataFrame({"a": [0.0, 1.0]}), np.zeros(2)]
)
def test_anything_without_a_pandas_index_is_one_run(X):
    runs = Runs.of(X)
    assert runs.starts.tolist() == [0]
    assert runs.history.tolist() == [1, 2]
    assert runs.sampling_interval == 1.0


def test_a_step_of_up_to_one_and_a_half_intervals_is_no_gap():
    times = np.array([0, 1, 2, 3, 4.24, 5.24])
    assert Runs.of(table(times)).starts.tolist() == [0]
    times[4:] += 0.27
    assert Runs.of(table(times)).starts.tolist() == [0, 4]


@pytest.mark.parametrize("max_gap", [3, "3s", pd.Timedelta("3s"), datetime.timedelta(seconds=3)])
def test_max_gap_sets_the_longest_step(max_gap):
    runs = Runs.of(table(np.array([0, 1, 2, 5, 6, 10.0])), max_gap=max_gap)
    assert runs.starts.tolist() == [0, 5]


def test_max_gap_in_rows_counts_sampling_intervals():
    times = np.array([0, 1, 2, 5, 6, 10.0]) * 0.1
    assert Runs.of(table(times), max_gap=3).starts.tolist() == [0, 5]
    assert Runs.of(table(times), max_gap=np.int64(4)).starts.tolist() == [0]
    assert Runs.of(table(times), max_gap="300ms").starts.tolist() == [0, 5]
    assert Runs.of(table(times), max_gap="400ms").longest_step == pytest.approx(0.4)


TIMES_OF_ALL_KINDS = {
    "period": pd.period_range("2005-05-23", periods=8, freq="10s"),
    "Arrow timestamp": pd.date_range("2005-05-23", periods=8, freq="10s").astype(
        "timestamp[us][pyarrow]"
    ),
    "Arrow timestamp with zone": pd.date_range(
        "2005-05-23", periods=8, freq="10s", tz="Europe/Rome"
    ).astype("timestamp[us, tz=UTC][pyarrow]"),
    "Arrow duration": pd.timedelta_range("0s", periods=8, freq="10s").astype(
        "duration[ns][pyarrow]"
    ),
    "Arrow integer": pd.Index(range(0, 80, 10), dtype="int64[pyarrow]"),
    "Arrow float": pd.Index(range(0, 80, 10), dtype="double[pyarrow]"),
    "objects of datetime": pd.Index(
        [
            datetime.datetime(2005, 5, 23, 0, 0, 0) + i * datetime.timedelta(seconds=10)
            for i in range(8)
        ],
        dtype=object,
    ),
    "objects of two zones": pd.Index(
        [
            datetime.datetime(
                2005, 5, 23, i % 2, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=i % 2))
            )
            + i * datetime.timedelta(seconds=10)
            for i in range(8)
        ],
        dtype=object,
    ),
    "objects of timedelta": pd.Index(
        [i * datetime.timedelta(seconds=10) for i in range(8)], dtype=object
    ),
    "objects of Decimal": pd.Index([decimal.Decimal(10 * i) for i in range(8)], dtype=object),
    "categories": pd.CategoricalIndex(range(0, 80, 10)),
}


@pytest.mark.parametrize("index", TIMES_OF_ALL_KINDS.values(), ids=TIMES_OF_ALL_KINDS)
def test_time_of_every_kind(index):
    runs = Runs.of(table(index[[0, 1, 2, 6, 7]]))
    assert runs.starts.tolist() == [0, 3]
    assert runs.sampling_interval == 10.0
    below = named(*[("a", time) for time in range(5)])
    below.index = pd.MultiIndex.from_arrays([list("aaaaa"), index[[0, 1, 2, 6, 7]]])
    assert Runs.of(below).starts.tolist() == [0, 3]


@pytest.mark.parametrize("seed", range(20))
def test_a_shuffled_record_is_not_taken_for_one_sorted_newest_first(seed):
    times = np.random.default_rng(seed).permutation(100)
    with pytest.raises(ValueError, match="a shuffled split has mixed its rows"):
        Runs.of(table(times), sampling_interval=3.0)


def test_the_interval_is_not_misled_by_what_a_split_cut_out():
    # Every other pair of rows is gone: half of the steps are gaps.
    times = np.arange(40.0).reshape(-1, 2)[::2].ravel()
    runs = Runs.of(table(times))
    assert runs.sampling_interval == 1.0
    assert runs.lengths.tolist() == [2] * 10


def test_the_interval_of_a_shuffled_fifth_is_still_found():
    times = np.sort(np.random.default_rng(0).permutation(500)[:100])
    assert (np.diff(times) == 1).mean() < 0.25
    assert Runs.of(table(times)).sampling_interval == 1.0


def test_the_interval_is_the_middle_of_steps_that_are_not_quite_even():
    times = np.cumsum(np.random.default_rng(0).uniform(0.9, 1.1, size=200))
    runs = Runs.of(table(times))
    assert runs.sampling_interval == np.median(np.diff(times))
    assert runs.starts.tolist() == [0]


def test_a_step_back_begins_a_run_under_no_name():
    assert Runs.of(table([5, 6, 7, 0, 1, 2, 3])).starts.tolist() == [0, 3]


def test_a_change_of_name_begins_a_run_whatever_the_time():
    runs = Runs.of(named(("a", 0), ("a", 1), ("b", 2), ("b", 3), ("a", 4), ("a", 5)))
    assert runs.starts.tolist() == [0, 2, 4]
    assert runs.labels.tolist() == ["a", "b", "a"]


def test_runs_of_one_row_have_no_interval():
    assert Runs.of(named(("a", 0), ("b", 0))).sampling_interval is None
    assert Runs.of(table([7.0])).sampling_interval is None
    assert Runs.of(table(pd.Index([], dtype=float))).n_rows == 0


def test_groups_name_the_runs_of_a_plain_array():
    runs = Runs.of(np.zeros((5, 1)), groups=["x", "x", "y", "y", "x"])
    assert runs.starts.tolist() == [0, 2, 4]
    assert runs.labels.tolist() == ["x", "y", "x"]


def test_groups_that_repeat_the_index_are_accepted():
    X = named(("a", 0), ("a", 1), ("b", 0))
    assert Runs.of(X, groups=[7, 7, 8]).labels.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="groups and the index of X name different runs"):
        Runs.of(X, groups=[7, 8, 8])


@pytest.mark.parametrize(
    ("X", "arguments", "message"),
    [
        (
            named(("a", 0), ("a", 1), ("a", 1)),
            {},
            r"duplicated at row 2 \(index \('a', 1\)\): it equals that of the previous row",
        ),
        (
            table([0.0, 0.5, 0.5]),
            {},
            r"duplicated at row 2 \(index 0\.5\)",
        ),
        (
            named(("a", 0), ("a", 2), ("a", 1)),
            {},
            r"goes back at row 2 \(index \('a', 1\)\), inside a run",
        ),
        (
            named(("a", 0), ("a", 1), ("b", 0), ("a", 0)),
            {},
            r"run and time in the index of X are duplicated at row 3 \(index \('a', 0\)\)",
        ),
        (table([0, 1, np.nan, 3]), {}, r"missing \(NaT or NaN\) at row 2"),
        (table([0, np.inf, 2]), {}, r"missing \(NaT or NaN\) at row 1"),
        (table(pd.Index([0, None, 2], dtype="Int64")), {}, r"missing \(NaT or NaN\) at row 1"),
        (
            table(pd.DatetimeIndex([pd.NaT, "2005-05-23", "2005-05-24"])),
            {},
            r"missing \(NaT or NaN\) at row 0",
        ),
        (
            table(pd.TimedeltaIndex(["1s", pd.NaT])),
            {},
            r"missing \(NaT or NaN\) at row 1",
        ),
        (named(("a", 0), (None, 1)), {}, r"no run label in its index at row 1"),
        (table(list("abc")), {}, r"has dtype .*; expected numbers in seconds"),
        (table([True, False]), {}, r"has dtype bool; expected numbers in seconds"),
        (table(pd.interval_range(0, 3)), {}, r"has dtype interval.*; expected numbers in seconds"),
        (table(["2005-05-23", "2005-05-24"]), {}, r"found '2005-05-23' at row 0.*to_datetime"),
        (table([4, 3, 2, 1]), {}, r"goes back from row to row.*newest first.*sort_index"),
        (table([9, 8, 7, 9, 8, 7, 6]), {}, "newest first"),
        (named(("a", 3), ("a", 2), ("a", 1), ("b", 1)), {}, "newest first"),
        (
            table(pd.date_range("2005-05-23", periods=4, freq="s")[::-1]),
            {},
            r"first at row 1 \(index Timestamp\('2005-05-23 00:00:02'\)\).*newest first",
        ),
        (
            named(("a", 0), ("a", 1), ("b", 0)).swaplevel(0, 1),
            {},
            r"levels \['time', 'run'\], with time before the run labels.*swaplevel",
        ),
        (table([0, 1, 2, 5, 6]), {"max_gap": 3.0}, "max_gap is 3.0, which may mean rows or sec"),
        (np.zeros((3, 1)), {"max_gap": 3.0}, "max_gap is 3.0, which may mean rows or seconds"),
        (
            table([10, 11, 12]),
            {"groups": pd.Series(["a", "b", "c"], index=[12, 11, 10])},
            "X and groups have different indexes: row 0 is 10 in X and 12 in groups",
        ),
        (
            table([0, 1, 2, 3.3, 4.3]),
            {},
            r"time step before row 3 \(index 3\.3\) is 1\.3 s; expected the sampling interval "
            r"of 1 s within 25%",
        ),
        (table([0, 1, 2, 2.5, 3.5]), {}, r"time step before row 3 \(index 2\.5\) is 0\.5 s"),
        (
            table([0, 1, 2, 3.4, 4.4]),
            {"max_gap": "5s"},
            r"time step before row 3 .* is 1\.4 s; .*gap longer than 5 s",
        ),
        (
            table([0, 2, 4, 6, 8, 10]),
            {"sampling_interval": 1.0},
            r"sampling interval of 2 s; expected 1 s, the interval of the rows seen in fit",
        ),
        (
            table([0, 0.5, 1.0]),
            {"sampling_interval": 1.0},
            r"sampling interval of 0\.5 s; expected 1 s",
        ),
        (
            np.zeros((3, 1)),
            {"groups": [1, 2]},
            r"groups has shape \(2,\); expected one value for each of the 3 rows",
        ),
        (np.zeros((3, 1)), {"groups": [1, 1, np.nan]}, r"groups has no run label .* at row 2"),
        (np.zeros((3, 1)), {"groups": ["a", None, "b"]}, r"groups has no run label .* at row 1"),
    ],
)
def test_faults_of_the_index_are_named(X, arguments, message):
    with pytest.raises(ValueError, match=message):
        Runs.of(X, **arguments)


def test_few_rows_far_apart_are_what_a_split_has_left_of_short_runs():
    runs = Runs.of(table([0, 21, 42]), sampling_interval=1.0)
    assert runs.lengths.tolist() == [1, 1, 1]


def test_a_large_gap_allowed_by_name_lets_missing_rows_pass():
    runs = Runs.of(table([0, 1, 2, 5, 6.0]), max_gap=4)
    assert runs.starts.tolist() == [0]
    assert runs.sampling_interval == 1.0


def test_with_runs_puts_labels_and_time_into_the_index():
    X = np.arange(8.0).reshape(4, 2)
    frame = with_runs(X, groups=["a", "a", "b", "b"], time=[5.0, 6.0, 5.0, 6.0])
    assert frame.index.names == ["run", "time"]
    assert frame.index.to_list() == [("a", 5.0), ("a", 6.0), ("b", 5.0), ("b", 6.0)]
    assert list(frame.columns) == ["x0", "x1"]
    np.testing.assert_array_equal(frame, X)
    assert Runs.of(frame).starts.tolist() == [0, 2]


def test_with_runs_counts_rows_where_no_time_is_given():
    frame = with_runs(np.zeros((5, 1)), groups=["b", "b", "a", "b", "a"])
    assert frame.index.to_list() == [("b", 0), ("b", 1), ("a", 0), ("b", 2), ("a", 1)]
    alone = with_runs(np.zeros((3, 1)))
    assert alone.index.to_list() == [0, 1, 2]
    assert alone.index.name == "time"


def test_with_runs_keeps_columns_and_leaves_the_table_of_the_caller_alone():
    X = pd.DataFrame({"velocity": [1.0, 2.0]})
    frame = with_runs(X, time=[0.0, 0.5])
    assert list(frame.columns) == ["velocity"]
    assert X.index.to_list() == [0, 1]
    assert frame.index.to_list() == [0.0, 0.5]
    of_polars = with_runs(polars.DataFrame({"velocity": [1.0, 2.0]}), groups=["a", "b"])
    assert list(of_polars.columns) == ["velocity"]
    assert of_polars.to_numpy().tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("y", [np.ones(2), [1.0, 1.0], pd.Series([1.0, 1.0], name="friction")])
def test_with_runs_makes_a_series_of_a_target(y):
    series = with_runs(y, groups=["a", "b"], time=[3, 3])
    assert isinstance(series, pd.Series)
    assert series.to_list() == [1.0, 1.0]
    assert series.index.to_list() == [("a", 3), ("b", 3)]


def test_with_runs_takes_dates():
    times = pd.date_range("2005-05-23", periods=3, freq="2s")
    assert Runs.of(with_runs(np.zeros((3, 1)), time=times)).sampling_interval == 2.0
    grouped = with_runs(np.zeros((3, 1)), groups=[1, 1, 1], time=times)
    assert Runs.of(grouped).sampling_interval == 2.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": [1, 2]}, r"groups has 2 values but X has 3 rows"),
        ({"time": [1, 2, 3, 4]}, r"time has 4 values but X has 3 rows"),
        ({"groups": ["a", np.nan, "b"]}, r"groups has no run label .* at row 1"),
        ({"groups": ["a", "b", None], "time": [0, 0, 0]}, r"groups has no run label .* at row 2"),
    ],
)
def test_with_runs_names_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        with_runs(np.zeros((3, 1)), **arguments)
