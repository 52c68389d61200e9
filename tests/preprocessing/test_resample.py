"""Even time steps, run by run."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.preprocessing import (
    SlidingWindowTransformer,
    resample_runs,
    with_runs,
)


def uneven_record(seed=0, n_rows=400):
    """Return a record at uneven steps of about 0.1 s, with a gap of 50 s in the middle."""
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0.05, 0.15, size=n_rows)
    steps[n_rows // 2] = 50.0
    time = np.cumsum(steps)
    return pd.DataFrame({"x": np.sin(time / 5), "t": time}, index=pd.Index(time, name="time_s"))


def test_means_are_over_the_step_that_ends_at_the_row():
    record = uneven_record()
    even = resample_runs(record, "1s")
    time, first = record.index.to_numpy(), record.index[0]
    for when, row in even.iloc[1:150].iterrows():
        if when - first > 15:
            break
        inside = (time > when - 1 + 1e-5) & (time <= when + 1e-5)
        np.testing.assert_allclose(row["x"], record["x"][inside].mean())


def test_a_mean_knows_nothing_of_later_rows():
    record = uneven_record()
    even = resample_runs(record, "1s")
    # The mean time of the rows in a step lies in it, before the row's own time.
    assert (even["t"] <= even.index + 1e-9).all()


@pytest.mark.parametrize("how", ["mean", "interpolate"])
def test_nothing_is_made_across_a_gap(how):
    record = uneven_record()
    even = resample_runs(record, "1s", how=how)
    gap_begins = record.index[199]
    gap_ends = record.index[200]
    inside = (even.index > gap_begins + 1) & (even.index < gap_ends - 1e-6)
    assert not inside.any()
    assert np.isclose(even.index, gap_ends).any()
    transformer = SlidingWindowTransformer(5).fit(even)
    assert transformer.sampling_interval_ == pytest.approx(1.0)
    assert len(np.unique(transformer.transform(even).run_codes)) == 2


def test_interpolation_follows_straight_lines():
    record = uneven_record()
    even = resample_runs(record, "0.25s", how="interpolate")
    np.testing.assert_allclose(even["t"], even.index, atol=1e-9)


def test_steps_without_rows_are_left_out():
    record = pd.Series([1.0, 2.0, 3.0], index=[0.0, 1.0, 3.0])
    even = resample_runs(record, "1s", max_gap=10)
    assert list(even.index) == [0.0, 1.0, 3.0]
    assert list(resample_runs(record, "1s", how="interpolate", max_gap=10)) == [1, 2, 2.5, 3]


def test_an_even_record_stays_as_it_is():
    record = pd.DataFrame({"x": np.arange(50.0)}, index=np.arange(50) * 0.1)
    for how in ("mean", "interpolate"):
        even = resample_runs(record, "0.1s", how=how)
        np.testing.assert_allclose(even["x"], record["x"])
        np.testing.assert_allclose(even.index, record.index)


def test_an_int_counts_rows_of_the_record():
    record = pd.Series(np.arange(20.0), index=np.arange(20) * 0.5)
    even = resample_runs(record, 4)
    assert even.index.to_list() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert even.to_list() == [0.0, 2.5, 6.5, 10.5, 14.5, 18.0]
    pd.testing.assert_series_equal(resample_runs(record, 1), record)


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2026-01-01", periods=6, freq="s"),
        pd.date_range("2026-01-01", periods=6, freq="s", tz="Europe/Berlin"),
        pd.date_range("2026-01-01", periods=6, freq="s").astype("timestamp[ns][pyarrow]"),
        pd.Index(np.arange(6), dtype="Int64"),
    ],
)
def test_times_of_all_kinds_are_resampled(index):
    even = resample_runs(pd.Series(np.arange(6.0), index=index), "2s")
    assert even.to_list() == [0.0, 1.5, 3.5, 5.0]


def test_runs_and_dates_are_kept():
    time = pd.to_datetime("2026-01-01") + pd.to_timedelta(np.r_[0:20, 5:25] * 0.5, unit="s")
    record = with_runs(pd.DataFrame({"x": np.arange(40.0)}), np.repeat(["a", "b"], 20), time)
    even = resample_runs(record, "2s")
    assert even.index.names == record.index.names
    assert list(even.index.get_level_values(0).unique()) == ["a", "b"]
    times = even.loc["b"].index
    assert times[0] == pd.Timestamp("2026-01-01 00:00:02.500")
    assert (np.diff(times) == pd.Timedelta("2s")).all()
    # Rows of run a never reach run b.
    assert even.loc["b", "x"].min() >= 20


@pytest.mark.parametrize(
    ("record", "options", "message"),
    [
        (pd.Series([1.0]), {"how": "nearest"}, "how is 'nearest'"),
        (np.zeros((3, 1)), {}, "without time"),
        (pd.Series([1.0, 2.0], index=[1.0, 1.0]), {}, "duplicated at row 1"),
        (pd.Series([1.0, 2.0], index=["a", "b"]), {}, "expected numbers in seconds"),
        (pd.Series([1.0]), {"interval": "soon"}, "interval is 'soon', which is not a duration"),
        (pd.Series([1.0]), {"interval": -1}, "expected at least 1 row"),
        (pd.Series([1.0]), {"interval": "-1s"}, "expected a duration above zero"),
        (pd.Series([1.0]), {"interval": 1.0}, "interval is 1.0, which may mean rows or seconds"),
        (pd.Series([1.0]), {"max_gap": 2.5}, "max_gap is 2.5, which may mean rows or seconds"),
        (pd.Series([3.0, 2.0, 1.0], index=[2, 1, 0]), {}, "sorted newest first"),
    ],
)
def test_what_cannot_be_resampled_is_named(record, options, message):
    with pytest.raises(ValueError, match=message):
        resample_runs(record, **{"interval": "1s", **options})


def test_missing_values_are_refused():
    """Means that skip them would be of other moments in one column than in the next."""
    frame = pd.DataFrame(
        {"shear": [0.6, 0.6, np.nan, 0.3], "normal": [1.0, 1.0, 1.0, 0.5]}, index=[0, 1, 1.5, 2]
    )
    with pytest.raises(ValueError, match=r"'shear' at row 2 \(index 1.5\); 1 of 4 rows"):
        resample_runs(frame, "1s")
    whole = resample_runs(frame.dropna(), "1s")
    assert (whole["shear"] / whole["normal"]).to_list() == pytest.approx([0.6, 0.6, 0.6])
    with pytest.raises(ValueError, match="frame has no value of"):
        resample_runs(frame["shear"], "1s")


@pytest.mark.parametrize("how", ["mean", "interpolate"])
@pytest.mark.parametrize("kind", ["numbers", "dates"])
def test_runs_at_once_are_runs_one_by_one(how, kind):
    runs = [uneven_record(seed, n_rows) for seed, n_rows in enumerate([400, 60, 90, 1, 33])]
    if kind == "dates":
        for run in runs:
            run.index = pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(run.index, unit="s")
    names = ["d", "a", "c", "b", "e"]
    record = pd.concat(runs, keys=names, names=["run", "time_s"])
    at_once = resample_runs(record, "300ms", how=how, max_gap="1s")
    one_by_one = [resample_runs(run, "300ms", how=how, max_gap="1s") for run in runs]
    expected = pd.concat(one_by_one, keys=names, names=["run", "time_s"])
    pd.testing.assert_frame_equal(at_once, expected, rtol=1e-12)
