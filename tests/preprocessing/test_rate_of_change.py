"""Rates in a table: run by run, causal, with names and units."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.preprocessing import RateOfChange, SlidingWindowTransformer, with_runs
from sklearn_frictiongru.utils.rates import savgol_rate


def two_runs():
    """Return a table of two runs, the second one steeper."""
    time = np.r_[0:10, 0:10] * 0.5
    runs = np.repeat(["a", "b"], 10)
    slope = np.where(runs == "a", 2.0, -4.0)
    values = np.column_stack([20.0 + slope * time, np.sin(time)])
    table = pd.DataFrame(values, columns=["temperature_degc", "other"])
    return with_runs(table, groups=runs, time=time)


def test_each_run_has_the_rate_of_its_own_rows():
    X = two_runs()
    rates = RateOfChange(["temperature_degc"]).fit_transform(X)["temperature_rate_degc_s"]
    np.testing.assert_allclose(rates.iloc[1:10], 2.0)
    np.testing.assert_allclose(rates.iloc[11:], -4.0)
    # The first row of a run has no past, whatever the run before did.
    assert rates.iloc[0] == rates.iloc[10] == 0.0


def test_a_gap_parts_the_rows_that_a_rate_uses():
    time = np.r_[0:10, 20:30].astype(float)
    X = pd.DataFrame({"x": np.where(time < 15, time, time + 1000)}, index=pd.Index(time))
    rates = RateOfChange().fit_transform(X)["x_rate_per_s"]
    assert rates.abs().max() == pytest.approx(1.0)


def test_a_causal_rate_knows_nothing_of_later_rows_and_a_centred_one_does():
    values = np.random.default_rng(0).normal(size=(40, 2))
    changed = values.copy()
    changed[20:] += 5.0
    for kind, same_until in (("causal", 20), ("centred", 18)):
        transformer = RateOfChange(kind=kind).fit(values)
        before, after = transformer.transform(values), transformer.transform(changed)
        first = np.flatnonzero((before[:, 2:] != after[:, 2:]).any(axis=1))[0]
        assert first == same_until, kind


def test_values_are_the_savgol_rates():
    values = np.random.default_rng(0).normal(size=(30, 2))
    table = RateOfChange([1], window_length=7, polyorder=2).fit_transform(values)
    assert table.shape == (30, 3)
    expected = savgol_rate(values[:, 1], 1.0, window_length=7, polyorder=2)
    np.testing.assert_array_equal(table[:, 2], expected)
    np.testing.assert_array_equal(table[:, :2], values)


def test_frames_stay_frames_so_that_runs_reach_the_windows():
    X = two_runs()
    windows = make_pipeline(RateOfChange(), SlidingWindowTransformer(4)).fit_transform(X)
    assert list(windows.feature_names) == [
        "temperature_degc",
        "other",
        "temperature_rate_degc_s",
        "other_rate_per_s",
    ]
    assert windows.complete.sum() == 2 * (10 - 3)


def test_set_output_gives_the_container_asked_for():
    X = two_runs()
    frame = RateOfChange().set_output(transform="pandas").fit_transform(X)
    pd.testing.assert_index_equal(frame.index, X.index)
    assert list(frame.columns) == list(RateOfChange().fit(X).get_feature_names_out())


@pytest.mark.parametrize(("columns", "named"), [(["heat"], "'heat'"), ([0, 5], "5"), ([-1], "-1")])
def test_a_column_that_is_not_there_is_named(columns, named):
    with pytest.raises(ValueError, match=f"columns names {named}, which X does not have"):
        RateOfChange(columns).fit(two_runs())


def test_missing_values_are_named():
    X = two_runs()
    X.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"NaN in column 'other' at row 3 \(index \('a', 1\.5\)\)"):
        RateOfChange().fit(X)
