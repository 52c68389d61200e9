"""The floor is what surrogates get, which have lost their relation to the target."""

import logging
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.inspection import gradient_importance, null_floor
from sklearn_frictiongru.inspection._null_floor import _floor_by_lag
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

from ._known import NAMES, make_record

# Of a logger nothing but its name counts for what a training depends on.
LOG = logging.getLogger("tests.null_floor")
LOG.seen = SEEN = []


class Recorder(GRUFrictionRegressor):
    """A regressor that remembers what it was trained on."""

    def fit(self, X, y):
        LOG.seen.append((X, np.asarray(y), self.random_state))
        return super().fit(X, y)


@pytest.fixture(autouse=True)
def _forget():
    SEEN.clear()


@pytest.fixture(scope="module")
def record():
    return make_record((70, 50))


TINY = {
    "conv_channels": 2,
    "kernel_size": 2,
    "hidden_size": 3,
    "n_gru_layers": 1,
    "max_epochs": 2,
    "batch_size": 32,
    "lr": 0.02,
    "device": "cpu",
}


def recorder(*steps, window_length=4, **options):
    options = {**TINY, **options}
    return Pipeline(
        [*steps, ("window", SlidingWindowTransformer(window_length)), ("gru", Recorder(**options))]
    )


def quantile(values, share):
    """Return the value below which a share of values lies, interpolated between neighbours."""
    values = sorted(values)
    number, part = divmod(share * (len(values) - 1), 1)
    low, high = values[int(number)], values[min(int(number) + 1, len(values) - 1)]
    return low + part * (high - low)


class TestSurrogates:
    def test_each_is_a_circular_shift_inside_each_run(self, record):
        X, y = record
        floor = null_floor(recorder(), X, y, n_repeats=3, n_surrogates=2, random_state=0)
        assert floor.kind == "shift"
        shifts = []
        for windows, target, _ in SEEN:
            table = windows.rows
            assert table.shape == (120, 9)
            np.testing.assert_array_equal(table[:, :3], X)
            np.testing.assert_array_equal(target, y)
            for column in range(3, 9):
                original = X.iloc[:, column % 3].to_numpy()
                for run in (slice(0, 70), slice(70, 120)):
                    values, copy = original[run], table[run, column]
                    (shift,) = np.flatnonzero(
                        [np.array_equal(np.roll(values, s), copy) for s in range(len(values))]
                    )
                    assert len(values) // 4 <= shift <= 3 * len(values) // 4
                    shifts.append(shift / len(values))
        assert len(set(shifts)) > 20

    def test_those_of_a_periodic_record_have_random_phases(self):
        X = np.column_stack([np.sin(np.arange(120) / 3), np.random.default_rng(0).normal(size=120)])
        floor = null_floor(recorder(), X, X[:, 1], n_repeats=1, n_surrogates=1, random_state=0)
        assert floor.kind == "phases"
        table = SEEN[0][0].rows
        for column in (0, 1):
            surrogate = table[:, 2 + column]
            assert not any(np.allclose(np.roll(X[:, column], s), surrogate) for s in range(120))

    def test_the_index_of_the_runs_stays(self, record):
        X, y = record
        null_floor(recorder(), X, y, n_repeats=1, random_state=0)
        windows = SEEN[0][0]
        assert list(np.flatnonzero(~windows.complete)) == [0, 1, 2, 70, 71, 72]
        assert windows.feature_names[:3] == tuple(NAMES)
        assert len(set(windows.feature_names)) == 3 + 3 * 19

    def test_arrays_are_one_run(self, record):
        X, y = record
        null_floor(recorder(), X.to_numpy(), y.to_numpy(), n_repeats=1, random_state=0)
        copy = SEEN[0][0].rows[:, 3]
        assert any(np.array_equal(np.roll(X["velocity"], shift), copy) for shift in range(30, 91))

    @pytest.mark.parametrize("columns", [[0, 1, 2], ["null", "surrogate 0 of null", "x"]])
    def test_any_names_of_columns_will_do(self, record, columns):
        X, y = record
        options = {"n_repeats": 1, "n_surrogates": 1, "random_state": 0}
        floor = null_floor(recorder(), X.set_axis(columns, axis="columns"), y, **options)
        np.testing.assert_array_equal(SEEN[0][0].rows[:, :3], X)
        assert len(set(SEEN[0][0].feature_names)) == 6
        # Names do not change numbers.
        expected = null_floor(recorder(), X, y, **options)
        np.testing.assert_array_equal(floor.relative, expected.relative)

    def test_the_table_of_the_caller_is_left_alone(self, record):
        X, y = record
        before = X.copy()
        null_floor(recorder(), X, y, n_repeats=1, random_state=0)
        pd.testing.assert_frame_equal(X, before)

    def test_runs_may_be_short(self):
        X = np.random.default_rng(0).normal(size=(60, 1))
        groups = np.r_[np.repeat(np.arange(20), 1), np.repeat([20, 21], 20)]
        X, y = with_runs(X, groups), with_runs(X[:, 0], groups)
        null_floor(recorder(window_length=2, batch_size=8), X, y, n_repeats=1, random_state=0)
        np.testing.assert_array_equal(SEEN[0][0].rows[:20, 1], X.iloc[:20, 0])


class TestShares:
    def test_an_input_is_tested_against_its_surrogates_in_the_same_models(self, record):
        X, y = record
        model = recorder()
        floor = null_floor(model, X, y, n_repeats=2, n_surrogates=10, random_state=0)
        repeats = floor.repeats
        assert list(repeats["seed"].unique()) == [seed for *_, seed in SEEN]
        columns = [*NAMES, *(f"surrogate of {name}" for name in NAMES * 10)]
        assert list(repeats["column"]) == columns * 2
        found = {"relative": [], "net": []}
        for number, (windows, target, seed) in enumerate(list(SEEN)):
            names = [f"c{i}" for i in range(33)]
            table = pd.DataFrame(windows.rows, index=X.index, columns=names)
            alone = clone(model).set_params(gru__random_state=seed).fit(table, target)
            importance = gradient_importance(alone, table)
            found["relative"].append(importance.by_lag.sum(axis=0))
            found["net"].append(np.abs(importance.signed_by_lag).sum(axis=0))
            for name, measure in (("absolute_gradient", "relative"), ("net_gradient", "net")):
                here = repeats.loc[repeats["repeat"] == number, name]
                np.testing.assert_allclose(here, found[measure][-1], rtol=1e-9)
        for prefix, values in (("", found["relative"]), ("net_", found["net"])):
            values = np.array(values)
            for i, name in enumerate(NAMES):
                real, surrogates = values[:, i], values[:, 3 + i :: 3]
                others = values[:, :3].sum(axis=1) - real
                highest = surrogates.max(axis=1)
                at_least = (surrogates >= real[:, None]).sum()
                test = floor.tests.loc[name]
                assert test["n_surrogates"] == 20
                assert test[f"{prefix}p_value"] == pytest.approx((1 + at_least) / 21)
                assert test[f"{prefix}passes"] == (at_least == 0)
                expected = (highest / (highest + others)).mean()
                assert test[f"{prefix}floor"] == pytest.approx(expected, rel=1e-9)
        np.testing.assert_array_equal(floor.net, floor.tests["net_floor"])

    def test_floors_are_shares(self, record):
        floor = null_floor(recorder(), *record, n_repeats=2, n_surrogates=2, random_state=1)
        for values in (floor.relative, floor.net, floor.relative_by_lag, floor.net_by_lag):
            assert ((np.asarray(values) > 0) & (np.asarray(values) < 1)).all()
        assert floor.relative_by_lag.shape == floor.net_by_lag.shape == (4,)

    @pytest.mark.parametrize("n_inputs", [1, 3])
    def test_the_floor_of_a_lag_is_what_most_surrogates_stay_below(self, record, n_inputs):
        X, y = record
        X, model = X.iloc[:, :n_inputs], recorder()
        floor = null_floor(model, X, y, n_repeats=3, n_surrogates=4, random_state=0)
        shares = {"relative_by_lag": [], "net_by_lag": []}
        for windows, target, seed in list(SEEN):
            table = pd.DataFrame(windows.rows, index=X.index).rename(columns=str)
            alone = clone(model).set_params(gru__random_state=seed).fit(table, target)
            importance = gradient_importance(alone, table)
            sizes = (importance.by_lag, np.abs(importance.signed_by_lag))
            for found, of_lags in zip(shares.values(), sizes, strict=True):
                inputs = sum(of_lags[:, column].sum() for column in range(n_inputs))
                for surrogate in of_lags.T[n_inputs:]:
                    # In the place of the mean input, or against the only one.
                    rivals = inputs - inputs / n_inputs + surrogate.sum()
                    whole = rivals if n_inputs > 1 else max(inputs, surrogate.sum())
                    found.append(surrogate / whole)
        for name, found in shares.items():
            assert np.shape(found) == (3 * 4 * n_inputs, 4)
            expected = [quantile(of_lag, 0.95) for of_lag in np.transpose(found)]
            np.testing.assert_allclose(floor[name], expected, rtol=1e-9)

    def test_the_floor_of_the_lags_of_a_single_input(self):
        """Worked by hand: one training, two lags, one input of size 4, surrogates of 2 and 8."""
        by_lag = np.array([[[3.0, 1.0, 2.0], [1.0, 1.0, 6.0]]])
        # Shares of 4, which is larger than 2, and of 8, which is larger than 4.
        shares = [[1 / 4, 2 / 8], [1 / 4, 6 / 8]]
        expected = [low + 0.95 * (high - low) for low, high in shares]
        np.testing.assert_allclose(_floor_by_lag(by_lag, 1), expected)
        # As an input is only compared with its surrogate, the unit does not matter.
        np.testing.assert_allclose(_floor_by_lag(1e3 * by_lag, 1), expected)
        assert (_floor_by_lag(0 * by_lag, 1) == 0).all()

    @pytest.mark.parametrize(("n_repeats", "expected"), [(1, 19), (2, 20), (5, 20), (20, 20)])
    def test_there_are_enough_surrogates_to_pass(self, record, n_repeats, expected):
        X, y = record
        options = {"max_epochs": 1, "n_gru_layers": 1}
        floor = null_floor(
            recorder(**options), X.iloc[:, :1], y, n_repeats=n_repeats, random_state=0
        )
        assert list(floor.tests["n_surrogates"]) == [expected]

    def test_deterministic_for_a_seed(self, record):
        def shares(random_state, **options):
            found = null_floor(
                recorder(),
                *record,
                n_repeats=2,
                n_surrogates=1,
                random_state=random_state,
                **options,
            )
            return found.repeats[["seed", "absolute_gradient", "net_gradient"]].to_numpy()

        first = shares(3)
        np.testing.assert_array_equal(shares(3), first)
        np.testing.assert_array_equal(shares(np.int64(3)), first)
        assert not np.array_equal(shares(4), first)
        assert not np.array_equal(shares(None), shares(None))

    def test_steps_in_front_and_regressors_alone(self, record):
        X, y = record
        scaler = ("scale", StandardScaler().set_output(transform="pandas"))
        options = {"n_repeats": 1, "n_surrogates": 1, "random_state": 0}
        floor = null_floor(recorder(scaler), X, y, **options)
        np.testing.assert_allclose(SEEN[0][0].rows.std(axis=0), 1)
        assert np.isfinite([floor.relative, floor.net]).all()
        null_floor(recorder()[-1], X, y, **options)
        assert SEEN[-1][0].shape == (120, 6)

    def test_estimator_is_not_fitted(self, record):
        model = recorder()
        null_floor(model, *record, n_repeats=1, random_state=0)
        assert not hasattr(model[-1], "net_")
        assert model[-1].random_state is None


class TestOtherModels:
    def test_of_an_ensemble(self, record):
        X, y = record
        ensemble = Pipeline(
            [
                ("window", SlidingWindowTransformer(4)),
                ("gru", GRUFrictionEnsemble(GRUFrictionRegressor(**TINY), n_estimators=2)),
            ]
        )
        options = {"n_repeats": 2, "n_surrogates": 1, "random_state": 0}
        floor = null_floor(ensemble, X, y, **options)
        assert floor.relative_by_lag.shape == floor.net_by_lag.shape == (4,)
        again = null_floor(ensemble, X, y, **options)
        pd.testing.assert_frame_equal(again.repeats, floor.repeats)
        assert not hasattr(ensemble[-1], "estimators_")

    def test_of_one_of_several_targets(self, record):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        options = {"n_repeats": 2, "n_surrogates": 1, "random_state": 0}
        floors = [null_floor(recorder(), X, both, output=output, **options) for output in (0, 1)]
        assert list(floors[0].repeats["seed"]) == list(floors[1].repeats["seed"])
        for number, (windows, target, seed) in enumerate(list(SEEN[:2])):
            table = pd.DataFrame(windows.rows, index=X.index)
            alone = clone(recorder()).set_params(gru__random_state=seed).fit(table, target)
            for output, floor in enumerate(floors):
                by_lag = gradient_importance(alone, table, output=output).by_lag
                here = floor.repeats.set_index("repeat").loc[number, "absolute_gradient"]
                np.testing.assert_allclose(here, by_lag.sum(axis=0), rtol=1e-9)
        with pytest.raises(ValueError, match="predicts 2 targets; expected output="):
            null_floor(recorder(), X, both, **options)

    def test_each_output_is_stored_for_itself(self, record, tmp_path):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        options = {"n_repeats": 2, "n_surrogates": 1, "random_state": 0, "memory": tmp_path}
        first, second, again = (
            null_floor(recorder(), X, both, output=output, **options).relative.to_list()
            for output in (0, 1, 0)
        )
        assert first == again != second
        assert len(SEEN) == 4

    def test_poor_trainings_are_not_warned_of(self, record):
        # Two epochs on noise teach nothing.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            null_floor(recorder(), *record, n_repeats=2, random_state=0)


class TestMemory:
    def test_finished_trainings_are_found_again(self, record, tmp_path):
        options = {"n_surrogates": 1, "random_state": 0, "memory": tmp_path}
        first = null_floor(recorder(), *record, n_repeats=2, **options)
        assert len(SEEN) == 2
        again = null_floor(recorder(), *record, n_repeats=2, **options)
        assert len(SEEN) == 2
        pd.testing.assert_frame_equal(again.repeats, first.repeats)
        pd.testing.assert_series_equal(again.relative, first.relative)
        more = null_floor(recorder(), *record, n_repeats=3, **options)
        assert len(SEEN) == 3
        pd.testing.assert_frame_equal(more.repeats[: len(first.repeats)], first.repeats)
        null_floor(recorder(lr=0.03), *record, n_repeats=2, **options)
        assert len(SEEN) == 5

    @pytest.mark.parametrize("verbose", [0, 1])
    def test_progress(self, record, capfd, verbose):
        null_floor(recorder(), *record, n_repeats=2, random_state=0, verbose=verbose)
        printed = capfd.readouterr()
        assert printed.out == ""
        assert ("2 of 2 trainings done, 0 left" in printed.err) == bool(verbose)
        assert ("with surrogates of the inputs, number 2" in printed.err) == bool(verbose)


class TestErrors:
    @pytest.mark.parametrize(
        "options",
        [
            {"n_repeats": 0},
            {"n_surrogates": 0},
            {"n_jobs": "all"},
            {"random_state": "seed"},
            {"output": -1},
        ],
    )
    def test_bad_parameters(self, record, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"'{name}' parameter of null_floor"):
            null_floor(recorder(), *record, **options)

    def test_errors_of_the_training_pass_through(self, record):
        X, y = record
        with pytest.raises(ValueError, match="too few complete windows"):
            null_floor(recorder(window_length=60), X, y, random_state=0)
        with pytest.raises(ValueError, match="y holds NaN"):
            null_floor(recorder(), X, y.where(y.index != y.index[5]), random_state=0)


def test_an_input_with_an_effect_passes_and_one_without_does_not():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 2)), columns=["strong", "none"])
    y = X["strong"] + 0.3 * rng.normal(size=400)
    model = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=15, lr=0.02)
    tests = null_floor(model, X, y, n_repeats=3, random_state=0).tests
    assert list(tests["n_surrogates"]) == [21, 21]
    for prefix in ("", "net_"):
        assert tests[f"{prefix}passes"].to_dict() == {"strong": True, "none": False}
        assert tests[f"{prefix}floor"].between(0, 1).all()
