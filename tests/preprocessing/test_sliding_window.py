"""Every row gets the window that ends at it, whatever the table and its index."""

import warnings

import numpy as np
import pandas as pd
import polars
import pytest
import sklearn
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray, with_runs
from tests.preprocessing._tables import naive_history, naive_windows, tables

COLUMNS = ["velocity", "displacement"]
FLAT_NAMES = ["velocity_lag_1", "displacement_lag_1", "velocity_lag_0", "displacement_lag_0"]


@pytest.fixture
def frame():
    """Two runs of 4 and 3 rows, two rows per second."""
    return pd.DataFrame(
        np.arange(14.0).reshape(7, 2),
        columns=COLUMNS,
        index=pd.MultiIndex.from_arrays(
            [list("aaaabbb"), [0.0, 0.5, 1.0, 1.5, 0.0, 0.5, 1.0]], names=["run", "time"]
        ),
    )


@settings(deadline=None, max_examples=150)
@given(tables(), st.integers(1, 14), st.integers(0, 3))
def test_windows_are_those_cut_one_by_one(made, window_length, longer):
    transformer = SlidingWindowTransformer(window_length, min_history=window_length + longer)
    windows = transformer.fit_transform(made.X)
    expected = naive_windows(made.values, made.starts, window_length)
    history = naive_history(len(made.X), made.starts)
    assert isinstance(windows, WindowArray)
    assert windows.dtype == made.values.dtype
    np.testing.assert_array_equal(np.asarray(windows), expected)
    np.testing.assert_array_equal(windows.complete, history >= window_length + longer)
    index = windows.window_index()
    assert index["last_row"].tolist() == list(range(len(made.X)))
    assert index["first_row"].tolist() == [
        max(row + 1 - window_length, row + 1 - past) for row, past in enumerate(history)
    ]
    runs = np.cumsum(history == 1) - 1
    assert index["run"].tolist() == [made.labels[run] for run in runs]
    # The flat table holds the same values, lag by lag.
    flat = transformer.set_params(flatten=True).fit_transform(made.X)
    assert type(flat) is np.ndarray
    np.testing.assert_array_equal(flat, expected.reshape(len(expected), -1))


@settings(deadline=None, max_examples=60)
@given(tables(kinds=("time", "dates", "runs", "runs of two levels")), st.integers(2, 6), st.data())
def test_no_complete_window_straddles_rows_that_a_split_cut_out(made, window_length, data):
    # Where a run begins by a step back in time alone, a cut at its end can hide the step.
    assume(isinstance(made.X.index, pd.MultiIndex) or made.X.index.is_monotonic_increasing)
    n_rows = len(made.X)
    first = data.draw(st.integers(0, n_rows - 1))
    kept = np.delete(np.arange(n_rows), slice(first, first + data.draw(st.integers(1, 4))))
    assume(len(kept))
    # Rows that follow each other in a run are one apart, all others are not.
    runs = np.searchsorted(made.starts, np.arange(n_rows), side="right")
    places = pd.DataFrame({"place": np.arange(n_rows) + 100.0 * runs}, index=made.X.index)
    # Where most rows stand alone, even gaps look like another sampling interval.
    assume(2 * (np.diff(places["place"].iloc[kept]) == 1).sum() > len(kept) - 1)
    windows = SlidingWindowTransformer(window_length).fit(places).transform(places.iloc[kept])
    for window, complete in zip(windows, windows.complete, strict=True):
        steps = np.diff(window[:, 0])
        assert np.isin(steps, [0, 1]).all()
        assert complete == (steps == 1).all()


def test_windows_hold_earlier_rows_only(frame):
    transformer = SlidingWindowTransformer(3).fit(frame)
    before = np.asarray(transformer.transform(frame))
    changed = frame.copy()
    changed.iloc[2] = -1.0
    after = np.asarray(transformer.transform(changed))
    np.testing.assert_array_equal(
        (before != after).any(axis=(1, 2)), [False, False, True, True, False, False, False]
    )


def test_windows_do_not_change_with_the_table_of_the_caller():
    X = np.zeros((5, 2))
    windows = SlidingWindowTransformer(2).fit_transform(X)
    X[:] = 1.0
    assert np.asarray(windows).max() == 0.0


@pytest.mark.parametrize(
    ("window_length", "rows"),
    [
        (3, 3),
        (np.int64(3), 3),
        ("1.5s", 3),
        ("1500ms", 3),
        (pd.Timedelta("1.5s"), 3),
        ("1.2s", 2),
        ("1.3s", 3),
        ("500ms", 1),
    ],
)
def test_window_length_in_rows_or_as_a_time(frame, window_length, rows):
    transformer = SlidingWindowTransformer(window_length).fit(frame)
    assert transformer.sampling_interval_ == 0.5
    assert transformer.window_length_ == transformer.min_history_ == rows
    assert transformer.transform(frame).shape == (7, rows, 2)


@pytest.mark.parametrize("X", [np.zeros((9, 1)), [[0.0]] * 9])
def test_a_time_needs_an_index_to_turn_it_into_rows(X):
    with pytest.raises(ValueError, match=r"'2s', a time, but X has no time index.*with_runs"):
        SlidingWindowTransformer("2s").fit(X)
    with pytest.raises(ValueError, match=r"min_history is '4s', a time, but X has no time index"):
        SlidingWindowTransformer(2, min_history="4s").fit(X)


def test_400s_at_one_row_per_second_are_400_rows():
    X = with_runs(np.zeros((500, 1)), time=np.arange(500) + 929)
    windows = SlidingWindowTransformer("400s").fit_transform(X)
    assert windows.shape == (500, 400, 1)
    assert windows.complete.sum() == 101


def test_min_history_raises_the_bar(frame):
    by_length = [
        SlidingWindowTransformer(length, min_history=3).fit_transform(frame) for length in (1, 2, 3)
    ]
    for windows in by_length:
        assert windows.complete.tolist() == [False, False, True, True, False, False, True]
    as_time = SlidingWindowTransformer(2, min_history="1.5s").fit(frame)
    assert as_time.min_history_ == 3
    assert as_time.transform(frame).complete.tolist() == by_length[0].complete.tolist()


def test_max_gap_lets_windows_span_missing_rows():
    X = with_runs(np.arange(6.0).reshape(6, 1), time=[0, 1, 2, 5, 6, 7])
    assert SlidingWindowTransformer(3).fit_transform(X).complete.sum() == 2
    spanning = SlidingWindowTransformer(3, max_gap="3s").fit_transform(X)
    assert spanning.complete.sum() == 4
    np.testing.assert_array_equal(spanning[3][:, 0], [1, 2, 3])


def test_fewer_rows_than_a_window_are_all_incomplete():
    windows = SlidingWindowTransformer(9).fit_transform(np.arange(6.0).reshape(3, 2))
    assert windows.shape == (3, 9, 2)
    assert not windows.complete.any()
    np.testing.assert_array_equal(windows[2][:, 0], [0] * 7 + [2, 4])


def test_a_step_of_normal_stress_is_no_boundary():
    X = with_runs(np.repeat([75.0, 100.0], 5).reshape(-1, 1), time=np.arange(10))
    windows = SlidingWindowTransformer(4).fit_transform(X)
    np.testing.assert_array_equal(windows[6][:, 0], [75, 75, 100, 100])
    assert windows.complete[3:].all()


def test_names_travel_with_the_windows(frame):
    assert SlidingWindowTransformer(2).fit_transform(frame).feature_names == tuple(COLUMNS)
    assert SlidingWindowTransformer(2).fit_transform(frame.to_numpy()).feature_names is None


def test_a_polars_frame_is_a_plain_array():
    X = polars.DataFrame({"velocity": [1.0, 2.0, 3.0], "displacement": [4.0, 5.0, 6.0]})
    windows = SlidingWindowTransformer(2).fit_transform(X)
    np.testing.assert_array_equal(
        np.asarray(windows), naive_windows(X.to_numpy(), [0], window_length=2)
    )
    # Older versions of scikit-learn see no names in newer versions of polars.
    seen = getattr(StandardScaler().fit(X), "feature_names_in_", None)
    assert windows.feature_names == (None if seen is None else tuple(COLUMNS))
    with pytest.raises(ValueError, match=r"'2s', a time, but X has no time index.*with_runs"):
        SlidingWindowTransformer("2s").fit(X)


# Feature names and containers of the flat table.


def test_feature_names_of_the_flat_table(frame):
    transformer = SlidingWindowTransformer(2, flatten=True).fit(frame)
    assert transformer.get_feature_names_out().tolist() == FLAT_NAMES
    assert transformer.get_feature_names_out().dtype == object
    unnamed = SlidingWindowTransformer(2, flatten=True).fit(frame.to_numpy())
    assert unnamed.get_feature_names_out(["a", "b"]).tolist() == [
        "a_lag_1",
        "b_lag_1",
        "a_lag_0",
        "b_lag_0",
    ]
    assert not hasattr(SlidingWindowTransformer(2).fit(frame), "get_feature_names_out")


def asked_directly(transformer, container):
    return transformer.set_output(transform=container).fit_transform


def asked_through_a_pipeline(transformer, container):
    return make_pipeline(transformer).set_output(transform=container).fit_transform


def asked_by_configuration(transformer, container):
    def fit_transform(X):
        with sklearn.config_context(transform_output=container):
            return transformer.fit_transform(X)

    return fit_transform


WAYS = [asked_directly, asked_through_a_pipeline, asked_by_configuration]


@pytest.mark.parametrize("ask", WAYS)
def test_a_flat_table_as_a_pandas_frame(frame, ask):
    flat = ask(SlidingWindowTransformer(2, flatten=True), "pandas")(frame)
    assert isinstance(flat, pd.DataFrame)
    assert flat.columns.tolist() == FLAT_NAMES
    pd.testing.assert_index_equal(flat.index, frame.index)
    np.testing.assert_array_equal(
        flat, naive_windows(frame.to_numpy(), [0, 4], window_length=2).reshape(7, -1)
    )


@pytest.mark.parametrize("ask", WAYS)
def test_a_flat_table_as_a_polars_frame(frame, ask):
    flat = ask(SlidingWindowTransformer(2, flatten=True), "polars")(frame)
    assert isinstance(flat, polars.DataFrame)
    assert flat.columns == FLAT_NAMES
    np.testing.assert_array_equal(
        flat.to_numpy(), naive_windows(frame.to_numpy(), [0, 4], window_length=2).reshape(7, -1)
    )


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("container", ["pandas", "polars", "default"])
def test_windows_stay_windows_whatever_container_is_asked_for(frame, ask, container):
    windows = ask(SlidingWindowTransformer(2), container)(frame)
    assert isinstance(windows, WindowArray)
    np.testing.assert_array_equal(
        np.asarray(windows), naive_windows(frame.to_numpy(), [0, 4], window_length=2)
    )


def test_set_output_survives_cloning_and_can_be_taken_back(frame):
    transformer = SlidingWindowTransformer(2, flatten=True).set_output(transform="pandas")
    assert transformer.set_output() is transformer
    assert isinstance(clone(transformer).fit_transform(frame), pd.DataFrame)
    transformer.set_output(transform="default")
    assert type(transformer.fit_transform(frame)) is np.ndarray


# An index that was lost on the way.


@pytest.mark.parametrize("X", [np.zeros((7, 2)), [[0.0, 0.0]] * 7])
def test_a_lost_index_is_warned_of(frame, X):
    y = pd.Series(np.zeros(7), index=frame.index)
    with pytest.warns(UserWarning, match=r"X is a plain array but y still carries an index"):
        SlidingWindowTransformer(2).fit(X, y)
    with pytest.warns(UserWarning, match=r"set_output\(transform='pandas'\)"):
        make_pipeline(StandardScaler(), SlidingWindowTransformer(2)).fit(frame, y)


def test_the_warning_points_at_the_call(frame):
    with pytest.warns(UserWarning, match="plain array") as caught:
        SlidingWindowTransformer(2).fit(frame.to_numpy(), frame["velocity"])
    assert caught[0].filename == __file__


def test_nothing_is_warned_of_where_no_index_is_lost(frame):
    y = pd.Series(np.zeros(7), index=frame.index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SlidingWindowTransformer(2).fit(frame, y)
        SlidingWindowTransformer(2).fit(frame.to_numpy(), y.to_numpy())
        SlidingWindowTransformer(2).fit(frame.to_numpy(), y.reset_index(drop=True))
        SlidingWindowTransformer(2).fit(frame.to_numpy())
        scaler = StandardScaler().set_output(transform="pandas")
        make_pipeline(scaler, SlidingWindowTransformer(2)).fit(frame, y)


# Bad input.


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window_length": 0}, "window_length"),
        ({"window_length": 2.5}, "window_length"),
        ({"window_length": None}, "window_length"),
        ({"window_length": "soon"}, "window_length is 'soon', which is not a duration"),
        ({"window_length": "-3s"}, "window_length is '-3s'; expected a duration above zero"),
        ({"window_length": "0s"}, "window_length is '0s'; expected a duration above zero"),
        ({"window_length": "100ms"}, "'100ms', shorter than the sampling interval of 0.5 s"),
        ({"min_history": 2}, r"min_history is 2 \(2 rows\), shorter than window_length=3"),
        ({"min_history": "1s"}, r"min_history is '1s' \(2 rows\), shorter than window_length=3"),
        ({"min_history": 0}, "min_history"),
        ({"max_gap": 0}, "max_gap"),
        ({"max_gap": "-1s"}, "max_gap is '-1s'; expected a duration above zero"),
        ({"flatten": "yes"}, "flatten"),
    ],
)
def test_bad_parameters_are_named(frame, parameters, message):
    with pytest.raises(ValueError, match=message):
        SlidingWindowTransformer(**{"window_length": 3, **parameters}).fit(frame)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named(frame, value):
    frame.iloc[2, 1] = frame.iloc[5, 1] = value
    kind = "NaN" if np.isnan(value) else "infinity"
    message = (
        rf"X holds {kind} in column 'displacement' at row 2 \(index \('a', 1\.0\)\), "
        rf"5 \(index \('b', 0\.5\)\) \(2 of 7 rows\)"
    )
    with pytest.raises(ValueError, match=message):
        SlidingWindowTransformer(2).fit(frame)
    with pytest.raises(ValueError, match=f"X holds {kind} in column 'x1' at row 2, 5 "):
        SlidingWindowTransformer(2).fit(frame.to_numpy())
    fitted = SlidingWindowTransformer(2).fit(frame.fillna(0.0).replace([np.inf, -np.inf], 0.0))
    with pytest.raises(ValueError, match=message):
        fitted.transform(frame)


def test_faults_of_the_index_are_named_in_fit_and_transform(frame):
    mixed = frame.iloc[[0, 2, 1]]
    with pytest.raises(ValueError, match=r"goes back at row 2 \(index \('a', 0\.5\)\)"):
        SlidingWindowTransformer(2).fit(mixed)
    fitted = SlidingWindowTransformer(2).fit(frame)
    with pytest.raises(ValueError, match=r"goes back at row 2 \(index \('a', 0\.5\)\)"):
        fitted.transform(mixed)


def test_another_sampling_interval_is_an_error(frame):
    fitted = SlidingWindowTransformer(2).fit(frame)
    slower = with_runs(frame.to_numpy(), time=np.arange(7.0))
    slower.columns = COLUMNS
    with pytest.raises(ValueError, match=r"sampling interval of 1 s; expected 0\.5 s"):
        fitted.transform(slower)


def test_the_sampling_interval_of_fit_counts_in_transform(frame):
    fitted = SlidingWindowTransformer(2).fit(frame)
    # Alone, these rows would be taken for rows one second apart.
    thin = frame.iloc[[0, 2]]
    assert fitted.transform(thin).complete.tolist() == [False, False]
    assert SlidingWindowTransformer(2).fit_transform(thin).complete.tolist() == [False, True]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((0, 2)), "Found array with 0 sample"),
        (np.zeros((1, 2)), r"Found array with 1 sample.*minimum of 2 is required"),
        (pd.DataFrame({"a": ["slow", "fast"]}), "X holds 'slow' in column 'a' at row 0"),
        (np.zeros(3), "Expected 2D array"),
        (np.zeros((2, 3, 4)), "dim 3"),
    ],
)
def test_what_is_no_table_of_numbers_is_an_error(X, message):
    with pytest.raises(ValueError, match=message):
        SlidingWindowTransformer(2).fit(X)


def test_a_single_row_may_be_transformed(frame):
    fitted = SlidingWindowTransformer(2).fit(frame)
    alone = fitted.transform(frame.iloc[[5]])
    assert alone.complete.tolist() == [False]
    np.testing.assert_array_equal(np.asarray(alone)[0], frame.to_numpy()[[5, 5]])


def test_other_columns_than_in_fit_are_an_error(frame):
    fitted = SlidingWindowTransformer(2).fit(frame)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.transform(frame.rename(columns={"velocity": "slip"}))
    with pytest.raises(ValueError, match="1 features, but SlidingWindowTransformer is expecting 2"):
        SlidingWindowTransformer(2).fit(frame.to_numpy()).transform(frame.to_numpy()[:, :1])


def test_a_target_in_another_order_is_refused():
    X = with_runs(np.arange(6.0).reshape(-1, 1), groups=list("aaabbb"))
    y = X["x0"]
    with pytest.raises(ValueError, match=r"different indexes: row 0 is .*'a'.* in X and .*'b'"):
        SlidingWindowTransformer(2).fit(X, y.iloc[::-1])
    for same in (y, y.to_numpy(), y.reset_index(drop=True), y.rename("friction")):
        SlidingWindowTransformer(2).fit(X, same)
