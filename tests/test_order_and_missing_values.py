"""Targets, weights, labels and conditions are compared with their table, wherever they come in."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from sklearn_frictiongru.inspection import (
    GradientImportance,
    compare_permutation,
    gradient_importance,
    null_floor,
    sanity_check,
)
from sklearn_frictiongru.model_selection import PredictionDisplay, ResidualsDisplay
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    Runs,
    SlidingWindowTransformer,
    WindowArray,
    friction_from_stress,
    with_runs,
)
from sklearn_frictiongru.rate_state import RateStateRegressor

N_ROWS = 80
INDEX = pd.date_range("2026-03-01", periods=N_ROWS, freq="10s", tz="UTC")
X = pd.DataFrame(
    np.abs(np.random.default_rng(0).normal(size=(N_ROWS, 2))) + 1e-6,
    columns=["velocity", "load"],
    index=INDEX,
)
Y = pd.Series(0.6 + 0.1 * np.sin(np.arange(N_ROWS)), index=INDEX)
BY = pd.Series(np.repeat([1.0, 5.0], N_ROWS // 2), index=INDEX)
WINDOWS = SlidingWindowTransformer(3).fit_transform(X)
SMALL = GRUFrictionRegressor(
    conv_channels=2,
    kernel_size=2,
    hidden_size=2,
    n_gru_layers=1,
    max_epochs=1,
    validation=None,
    device="cpu",
    random_state=0,
)


@pytest.fixture(scope="module")
def fitted():
    return SMALL.fit(WINDOWS, Y)


@pytest.fixture(scope="module")
def linear():
    return LinearRegression().fit(X, Y)


ENTRIES = {
    "fit of windows": (lambda _, v: SMALL.fit(WINDOWS, v), "y"),
    "fit of a table": (lambda _, v: SMALL.fit(X, v), "y"),
    "fit of some windows": (lambda _, v: SMALL.fit(WINDOWS[10:], v[10:]), "y"),
    "weights": (lambda _, v: SMALL.fit(WINDOWS, Y, sample_weight=v), "sample_weight"),
    "partial_fit": (lambda _, v: SMALL.partial_fit(WINDOWS, v), "y"),
    "score": (lambda model, v: model.score(WINDOWS, v), "y"),
    "weights of the score": (
        lambda model, v: model.score(WINDOWS, Y, sample_weight=v),
        "sample_weight",
    ),
    "ensemble": (lambda _, v: GRUFrictionEnsemble(SMALL, n_estimators=2).fit(WINDOWS, v), "y"),
    "rate and state": (lambda _, v: RateStateRegressor().fit(X, v), "y"),
    "window step": (lambda _, v: SlidingWindowTransformer(3).fit(X, v), "y"),
    "rates": (lambda _, v: RateOfChange().fit(X, v), "y"),
    "gradients of the loss": (
        lambda model, v: gradient_importance(model, WINDOWS, v, of="loss"),
        "y",
    ),
    "condition": (lambda model, v: gradient_importance(model, WINDOWS, by=v), "by"),
    "inspector": (lambda model, v: GradientImportance().fit(model, WINDOWS, v), "y"),
    "condition of the inspector": (
        lambda model, v: GradientImportance().fit(model, WINDOWS, by=v),
        "by",
    ),
    "permutation": (lambda model, v: compare_permutation(model, WINDOWS, v), "y"),
    "sanity check": (lambda model, v: sanity_check(model, WINDOWS, v), "y"),
    "floor": (lambda model, v: null_floor(model, X, v), "y"),
    "runs": (lambda _, v: Runs.of(X, groups=v), "groups"),
    "labels": (lambda _, v: with_runs(X, groups=v), "groups"),
}


@pytest.mark.parametrize(("enter", "name"), ENTRIES.values(), ids=ENTRIES)
def test_another_order_is_refused(enter, name, fitted):
    other = BY[::-1] if name in ("by", "groups") else Y[::-1]
    with pytest.raises(ValueError, match=f"X and {name} have different indexes: row 0"):
        enter(fitted, other)


@pytest.mark.parametrize("display", [PredictionDisplay, ResidualsDisplay])
def test_displays_refuse_another_order(display, linear):
    options = {"by": BY} if display is ResidualsDisplay else {}
    with pytest.raises(ValueError, match="X and y have different indexes"):
        display.from_estimator(linear, X, Y[::-1], **options)
    if options:
        with pytest.raises(ValueError, match="X and by have different indexes"):
            display.from_estimator(linear, X, Y, by=BY[::-1])


SAME_INSTANTS = {
    "another zone": INDEX.tz_convert("America/Anchorage"),
    "Arrow": INDEX.astype("timestamp[us, tz=UTC][pyarrow]"),
    "objects": pd.Index(INDEX.to_pydatetime(), dtype=object),
    "rows": pd.RangeIndex(N_ROWS),
    "rows that a split has left": pd.RangeIndex(7, 7 + N_ROWS),
}


@pytest.mark.parametrize("index", SAME_INSTANTS.values(), ids=SAME_INSTANTS)
def test_the_same_instants_are_accepted(index):
    expected = SMALL.fit(WINDOWS, Y).predict(WINDOWS)
    found = SMALL.fit(WINDOWS, Y.set_axis(index)).predict(WINDOWS)
    np.testing.assert_array_equal(found, expected)


def test_numbers_of_other_types_are_the_same():
    seconds = X.set_axis(np.arange(N_ROWS) * 10)
    for dtype in ("Int64", "float32", "int64[pyarrow]"):
        index = pd.Index(np.arange(N_ROWS) * 10, dtype=dtype)
        SlidingWindowTransformer(3).fit(seconds, Y.set_axis(index))
        with pytest.raises(ValueError, match="row 0 is 0 in X and 790"):
            SlidingWindowTransformer(3).fit(seconds, Y.set_axis(index[::-1]))


# The index of windows.


def test_windows_know_the_index_of_their_table():
    assert WINDOWS.index is INDEX or WINDOWS.index.equals(INDEX)
    for selection in (slice(5, 20), [7, 2], np.arange(N_ROWS) > 40):
        assert WINDOWS[selection].index.equals(INDEX[selection])
    assert WINDOWS[10:30][[3, 1]].index.equals(INDEX[[13, 11]])
    assert SlidingWindowTransformer(3).fit_transform(X.to_numpy()).index is None
    assert WindowArray(np.zeros((4, 1)), 2).index is None
    with pytest.raises(ValueError, match="index has 3 labels; expected one for each of the 4"):
        WindowArray(np.zeros((4, 1)), 2, index=pd.RangeIndex(3))


def test_pickled_windows_keep_the_index_of_their_rows_only():
    runs = with_runs(X.to_numpy(), groups=np.repeat(["a", "b"], N_ROWS // 2), time=INDEX)
    for table in (X, runs):
        windows = SlidingWindowTransformer(3).fit_transform(table)[50:60]
        back = pickle.loads(pickle.dumps(windows))
        assert back.index.equals(table.index[50:60])
        np.testing.assert_array_equal(np.asarray(back), np.asarray(windows))
        assert len(back.rows) == 12


# Missing values.


def masked(values, row, column=None, fill=-9999.0):
    """Return an array whose value at a place is masked, over a fill value."""
    array = np.ma.array(np.array(values, dtype=float), fill_value=fill)
    array[row if column is None else (row, column)] = np.ma.masked
    array.data[row if column is None else (row, column)] = fill
    return array


MISSING = {
    "masked": lambda: masked(X, 5, 1),
    "masked integers": lambda: np.ma.array(
        np.ones((N_ROWS, 2), dtype=int), mask=np.eye(N_ROWS, 2, -4, dtype=bool)
    ),
    "objects with NA": lambda: X.astype(object).mask(np.eye(N_ROWS, 2, -4, dtype=bool), pd.NA),
    "objects with None": lambda: X.astype(object).mask(np.eye(N_ROWS, 2, -4, dtype=bool), None),
    "nullable": lambda: X.astype("Float64").mask(np.eye(N_ROWS, 2, -4, dtype=bool), pd.NA),
    "Arrow": lambda: X.astype("double[pyarrow]").mask(np.eye(N_ROWS, 2, -4, dtype=bool), pd.NA),
    "array of objects": lambda: (
        X.astype(object).mask(np.eye(N_ROWS, 2, -4, dtype=bool), pd.NA).to_numpy()
    ),
}


@pytest.mark.parametrize("make", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize(
    "fit",
    [
        lambda table: SlidingWindowTransformer(3).fit(table),
        lambda table: RateOfChange().fit(table),
        lambda table: SMALL.fit(table, Y.to_numpy()),
        lambda table: RateStateRegressor().fit(table, Y.to_numpy()),
    ],
)
def test_a_missing_input_is_named(make, fit):
    table = make()
    name = r"(load|x1|x0|velocity)"
    with pytest.raises(ValueError, match=rf"X holds NaN in column '{name}' at row (4|5)"):
        fit(table)


@pytest.mark.parametrize(
    "y",
    [
        masked(Y, 5),
        Y.astype("Float64").mask(np.arange(N_ROWS) == 5, pd.NA),
        Y.astype(object).mask(np.arange(N_ROWS) == 5, pd.NA),
    ],
)
@pytest.mark.parametrize(
    "fit",
    [
        lambda y: SMALL.fit(WINDOWS, y),
        lambda y: SMALL.fit(X, y),
        lambda y: RateStateRegressor().fit(X, y),
    ],
)
def test_a_missing_target_is_named(y, fit):
    with pytest.raises(ValueError, match=r"y holds NaN in column 'y' at row 5"):
        fit(y)


def test_masked_windows_are_not_read_as_their_fill_value():
    array = np.ma.array(np.ones((20, 3, 2)), fill_value=-9999.0)
    array[4, 1, 0] = np.ma.masked
    with pytest.raises(ValueError, match=r"X holds NaN in column 'x0_lag_1' at row 4"):
        SMALL.fit(array, np.arange(20.0))


def test_masked_stresses_have_no_friction():
    friction = friction_from_stress(masked([0.6, 0.6], 1), [1.0, 1.0])
    np.testing.assert_array_equal(friction, [0.6, np.nan])
    with pytest.raises(ValueError, match="normal_stress is nan at row 1"):
        friction_from_stress([0.6, 0.6], masked([1.0, 1.0], 1))


def test_with_runs_keeps_masked_values_missing():
    table = with_runs(masked(np.ones((4, 1)), 2, 0))
    np.testing.assert_array_equal(table["x0"].isna(), [False, False, True, False])
    with pytest.raises(ValueError, match="groups has no run label"):
        with_runs(np.zeros((3, 1)), groups=np.ma.array([1, 1, 2], mask=[0, 0, 1]))
    with pytest.raises(ValueError, match=r"missing \(NaT or NaN\) at row 2"):
        Runs.of(with_runs(np.zeros((4, 1)), time=masked(np.arange(4.0), 2)))


# Fitted without time.


def test_windows_of_rows_without_time_are_cut_at_any_interval():
    transformer = SlidingWindowTransformer(3).fit(X.to_numpy())
    for table in (X, X.reset_index(drop=True), X.set_axis(np.arange(N_ROWS) * 0.5)):
        np.testing.assert_array_equal(transformer.transform(table).rows, X.to_numpy())
    with pytest.raises(ValueError, match="interval of 5 s; expected 10 s"):
        SlidingWindowTransformer(3).fit(X).transform(X.set_axis(INDEX[0] + (INDEX - INDEX[0]) / 2))


@pytest.mark.parametrize("fitted_on", [X.to_numpy(), X.reset_index(drop=True)])
def test_rates_of_rows_without_time_are_not_those_of_seconds(fitted_on):
    names = None if isinstance(fitted_on, np.ndarray) else X.columns
    timed = X if names is not None else pd.DataFrame(X.to_numpy(), index=INDEX)
    for model, method in (
        (RateOfChange().fit(fitted_on), "transform"),
        (RateStateRegressor().fit(fitted_on, Y.to_numpy()), "predict"),
    ):
        with pytest.raises(ValueError, match="a row every 10 s, but the rows seen in fit had none"):
            getattr(model, method)(timed)
        at_one_second = timed.set_axis(np.arange(N_ROWS))
        found = getattr(model, method)(at_one_second)
        np.testing.assert_array_equal(found, getattr(model, method)(fitted_on))


@pytest.mark.parametrize(
    "index",
    [
        INDEX.tz_convert("Europe/Rome"),
        INDEX.tz_localize(None),
        INDEX.tz_localize(None).to_period("s"),
        INDEX.tz_localize(None).astype("timestamp[us][pyarrow]"),
        INDEX - INDEX[0],
        (INDEX - INDEX[0]).astype("duration[us][pyarrow]"),
        pd.Index(np.arange(N_ROWS) * 10, dtype="Int64"),
    ],
)
def test_predictions_are_drawn_along_time_of_every_kind(index, linear):
    display = PredictionDisplay.from_estimator(
        linear, X.set_axis(index), Y.set_axis(index), kind="time"
    )
    (line,) = [one for one in display.ax_.get_lines() if one.get_label() == "measured"]
    assert len(line.get_xdata()) == N_ROWS
    assert display.ax_.get_xlabel().startswith("time")
    display.figure_.canvas.draw()
