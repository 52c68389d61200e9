"""The floor is what a copy gets that has lost its relation to the target."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.inspection import gradient_importance, null_floor
from sklearn_frictiongru.inspection._null_floor import _with_shifted_copy
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer, with_runs

from ._known import NAMES, fit_pipeline, make_record

SEEN = []


class Recorder(GRUFrictionRegressor):
    """A regressor that remembers what it was trained on."""

    def fit(self, X, y):
        SEEN.append((X, np.asarray(y), self.random_state))
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


class TestShiftedCopy:
    def test_it_is_a_circular_shift_inside_each_run(self, record):
        X, y = record
        null_floor(recorder(), X, y, n_repeats=6, random_state=0)
        shifts = []
        for repeat, (windows, target, _) in enumerate(SEEN):
            table = windows.rows
            np.testing.assert_array_equal(table[:, :3], X)
            np.testing.assert_array_equal(target, y)
            original = X.iloc[:, repeat % 3].to_numpy()
            for run in (slice(0, 70), slice(70, 120)):
                values, copy = original[run], table[run, 3]
                (shift,) = np.flatnonzero(
                    [np.array_equal(np.roll(values, shift), copy) for shift in range(len(values))]
                )
                assert len(values) // 4 <= shift <= 3 * len(values) // 4
                shifts.append(shift / len(values))
        assert len(set(shifts)) > 8

    def test_the_index_of_the_runs_stays(self, record):
        X, y = record
        null_floor(recorder(), X, y, n_repeats=2, random_state=0)
        windows = SEEN[0][0]
        assert list(np.flatnonzero(~windows.complete)) == [0, 1, 2, 70, 71, 72]
        assert windows.feature_names[:3] == tuple(NAMES)
        assert windows.feature_names[3] not in NAMES

    def test_arrays_are_one_run(self, record):
        X, y = record
        null_floor(recorder(), X.to_numpy(), y.to_numpy(), n_repeats=2, random_state=0)
        copy = SEEN[0][0].rows[:, 3]
        assert any(np.array_equal(np.roll(X["velocity"], shift), copy) for shift in range(30, 91))

    @pytest.mark.parametrize("columns", [[0, 1, 2], ["null", "shifted_copy", "shifted_copy_null"]])
    def test_any_names_of_columns_will_do(self, record, columns):
        X, y = record
        renamed = X.set_axis(columns, axis="columns")
        floor = null_floor(recorder(), renamed, y, n_repeats=2, random_state=0)
        np.testing.assert_array_equal(SEEN[0][0].rows[:, :3], X)
        assert len(set(SEEN[0][0].feature_names)) == 4
        # Names do not change numbers.
        expected = null_floor(recorder(), X, y, n_repeats=2, random_state=0)
        assert floor.relative == expected.relative

    def test_the_table_of_the_caller_is_left_alone(self, record):
        X, y = record
        before = X.copy()
        null_floor(recorder(), X, y, n_repeats=2, random_state=0)
        pd.testing.assert_frame_equal(X, before)

    def test_runs_may_be_short(self):
        X = np.random.default_rng(0).normal(size=(60, 1))
        groups = np.r_[np.repeat(np.arange(20), 1), np.repeat([20, 21], 20)]
        X, y = with_runs(X, groups), with_runs(X[:, 0], groups)
        null_floor(recorder(window_length=2, batch_size=8), X, y, n_repeats=2, random_state=0)
        np.testing.assert_array_equal(SEEN[0][0].rows[:20, 1], X.iloc[:20, 0])


class TestShares:
    def test_share_of_the_copy_against_the_sum_over_the_inputs(self, record):
        X, y = record
        model = recorder()
        floor = null_floor(model, X, y, random_state=0)
        repeats = floor.repeats
        assert list(repeats.columns) == ["copied", "seed", "relative", "net"]
        assert list(repeats["copied"]) == NAMES
        assert list(repeats["seed"]) == [seed for *_, seed in SEEN]
        of_lags = {"relative": [], "net": []}
        for number, (windows, target, seed) in enumerate(list(SEEN)):
            table = pd.DataFrame(windows.rows, index=X.index)
            alone = clone(model).set_params(gru__random_state=seed).fit(table, target)
            found = gradient_importance(alone, table)
            net = np.abs(found.signed_by_lag).sum(axis=0)
            # The copy makes one more input, and initial weights shrink with their number.
            for name, values in (("relative", found.raw), ("net", net)):
                share = np.sqrt(4 / 3) * values[3] / values[:3].sum()
                assert repeats[name][number] == pytest.approx(share, rel=1e-9)
            of_lags["relative"].append(found.by_lag / found.by_lag[:, :3].sum())
            of_lags["net"].append(np.abs(found.signed_by_lag) / net[:3].sum())
        for name, shares in of_lags.items():
            of_copy = np.sqrt(4 / 3) * np.array(shares)[:, :, 3]
            # Over the lags they make up the shares, the oldest first.
            np.testing.assert_allclose(of_copy.sum(axis=1), repeats[name], rtol=1e-9)
            margin = student_t(2).ppf(0.95) * of_copy.std(axis=0, ddof=1) * np.sqrt(1 + 1 / 3)
            expected = of_copy.mean(axis=0) + margin
            assert floor[f"{name}_by_lag"].shape == (4,)
            np.testing.assert_allclose(floor[f"{name}_by_lag"], expected, rtol=1e-9)
            assert len(set(expected)) == 4

    def test_floor_is_the_prediction_bound_of_the_shares(self, record):
        floor = null_floor(recorder(), *record, n_repeats=4, random_state=1)
        for name in ("relative", "net"):
            shares = floor.repeats[name].to_numpy()
            assert len(set(shares)) == 4
            margin = student_t(3).ppf(0.95) * shares.std(ddof=1) * np.sqrt(1 + 1 / 4)
            assert floor[name] == pytest.approx(shares.mean() + margin, rel=1e-12)

    @pytest.mark.parametrize(
        ("n_columns", "n_repeats", "copied"),
        [(3, None, [0, 1, 2]), (1, None, [0, 0, 0]), (2, None, [0, 1, 0]), (3, 5, [0, 1, 2, 0, 1])],
    )
    def test_inputs_are_copied_in_turn(self, record, n_columns, n_repeats, copied):
        X, y = record
        X = X.iloc[:, :n_columns]
        repeats = null_floor(recorder(), X, y, n_repeats=n_repeats, random_state=0).repeats
        assert list(repeats["copied"]) == [NAMES[column] for column in copied]

    def test_deterministic_for_a_seed(self, record):
        def shares(random_state, **options):
            found = null_floor(
                recorder(), *record, n_repeats=2, random_state=random_state, **options
            )
            return found.repeats[["seed", "relative", "net"]].to_numpy()

        first = shares(3)
        np.testing.assert_array_equal(shares(3), first)
        np.testing.assert_array_equal(shares(np.int64(3)), first)
        assert not np.array_equal(shares(4), first)
        assert not np.array_equal(shares(None), shares(None))

    def test_steps_in_front_and_regressors_alone(self, record):
        X, y = record
        scaler = ("scale", StandardScaler().set_output(transform="pandas"))
        floor = null_floor(recorder(scaler), X, y, n_repeats=2, random_state=0)
        np.testing.assert_allclose(SEEN[0][0].rows.std(axis=0), 1)
        assert np.isfinite([floor.relative, floor.net]).all()
        null_floor(recorder()[-1], X, y, n_repeats=2, random_state=0)
        assert SEEN[-1][0].shape == (120, 4)

    def test_estimator_is_not_fitted(self, record):
        model = recorder()
        null_floor(model, *record, n_repeats=2, random_state=0)
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
        floor = null_floor(ensemble, X, y, n_repeats=2, random_state=0)
        assert floor.relative_by_lag.shape == floor.net_by_lag.shape == (4,)
        again = null_floor(ensemble, X, y, n_repeats=2, random_state=0)
        pd.testing.assert_frame_equal(again.repeats, floor.repeats)
        assert not hasattr(ensemble[-1], "estimators_")
        # The shifts are drawn before the seed of each training.
        rng = np.random.RandomState(0)
        with_copy = _with_shifted_copy(X, Runs.of(X), 0, rng)
        seeded = clone(ensemble).set_params(
            gru__random_state=floor.repeats["seed"][0],
            gru__estimator__random_state=floor.repeats["seed"][0],
        )
        found = gradient_importance(seeded.fit(with_copy, y), with_copy)
        share = np.sqrt(4 / 3) * found.raw[3] / found.raw[:3].sum()
        assert floor.repeats["relative"][0] == pytest.approx(share, rel=1e-9)

    def test_of_one_of_several_targets(self, record):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        options = {"n_repeats": 2, "random_state": 0}
        floors = [null_floor(recorder(), X, both, output=output, **options) for output in (0, 1)]
        assert list(floors[0].repeats["seed"]) == list(floors[1].repeats["seed"])
        for number, (windows, target, seed) in enumerate(list(SEEN[:2])):
            table = pd.DataFrame(windows.rows, index=X.index)
            alone = clone(recorder()).set_params(gru__random_state=seed).fit(table, target)
            for output, floor in enumerate(floors):
                raw = gradient_importance(alone, table, output=output).raw
                share = np.sqrt(4 / 3) * raw[3] / raw[:3].sum()
                assert floor.repeats["relative"][number] == pytest.approx(share, rel=1e-9)
        with pytest.raises(ValueError, match="predicts 2 targets; expected output="):
            null_floor(recorder(), X, both, **options)

    def test_each_output_is_stored_for_itself(self, record, tmp_path):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        options = {"n_repeats": 2, "random_state": 0, "memory": tmp_path}
        first, second, again = (
            null_floor(recorder(), X, both, output=output, **options).relative
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
        options = {"random_state": 0, "memory": tmp_path}
        first = null_floor(recorder(), *record, n_repeats=2, **options)
        assert len(SEEN) == 2
        again = null_floor(recorder(), *record, n_repeats=2, **options)
        assert len(SEEN) == 2
        pd.testing.assert_frame_equal(again.repeats, first.repeats)
        assert again.relative == first.relative
        more = null_floor(recorder(), *record, n_repeats=3, **options)
        assert len(SEEN) == 3
        pd.testing.assert_frame_equal(more.repeats[:2], first.repeats)
        null_floor(recorder(lr=0.03), *record, n_repeats=2, **options)
        assert len(SEEN) == 5

    @pytest.mark.parametrize("verbose", [0, 1])
    def test_progress(self, record, capfd, verbose):
        null_floor(recorder(), *record, n_repeats=2, random_state=0, verbose=verbose)
        printed = capfd.readouterr()
        assert printed.out == ""
        assert ("2 of 2 trainings done, 0 left" in printed.err) == bool(verbose)
        assert ("shifted copy of displacement" in printed.err) == bool(verbose)


class TestErrors:
    @pytest.mark.parametrize(
        "options",
        [{"n_repeats": 1}, {"n_jobs": "all"}, {"random_state": "seed"}, {"output": -1}],
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


def test_the_copy_of_an_input_that_matters_has_lost_it():
    X = np.random.default_rng(0).normal(size=(500, 2))
    model = fit_pipeline(X, X[:, 0], hidden_size=6, conv_channels=6, max_epochs=12, lr=0.02)
    floor = null_floor(model, X, X[:, 0], random_state=0)
    assert gradient_importance(model, X).relative[0] > 0.8
    assert floor.relative < 0.25
    assert floor.net < floor.relative
