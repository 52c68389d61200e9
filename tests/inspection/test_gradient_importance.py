"""Importances equal those of functions that are known, whatever stands in front of them."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from sklearn_frictiongru.inspection import gradient_importance, null_floor
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

from ._known import (
    NAMES,
    WEIGHTS,
    WINDOW_LENGTH,
    Filter,
    fit_pipeline,
    make_record,
    replace_network,
)

COMPLETE = np.r_[3:70, 73:120]
# What WEIGHTS say: sums of sizes over the lags are 7, 1 and 0.
SHARES = [7 / 8, 1 / 8, 0]
# Gradients at the network's input are single numbers.
SINGLE = {"rtol": 2e-7, "atol": 1e-15}


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture
def linear(record):
    return replace_network(fit_pipeline(*record), Filter(WEIGHTS))


@pytest.fixture
def squares(record):
    return replace_network(fit_pipeline(*record), Filter(WEIGHTS, power=2))


def network_inputs(model, X):
    """Return the windows as the network gets them, only the complete ones."""
    windows = model[:-1].transform(X)
    gru = model[-1]
    values = np.asarray(windows)[windows.complete]
    return (values - gru.X_mean_) / gru.X_scale_ if gru.normalize_X else values


class TestLinearTruth:
    @pytest.mark.parametrize("normalize_X", [True, False])
    @pytest.mark.parametrize("normalize_y", [True, False])
    def test_standardized(self, record, normalize_X, normalize_y):
        X, y = record
        model = fit_pipeline(X, y, normalize_X=normalize_X, normalize_y=normalize_y)
        gru = replace_network(model, Filter(WEIGHTS))[-1]
        found = gradient_importance(model, X)
        unit = gru.y_scale_ if normalize_y else 1.0
        per_deviation = WEIGHTS * unit if normalize_X else WEIGHTS * gru.X_scale_ * unit
        sizes = np.abs(per_deviation)
        np.testing.assert_allclose(found.by_lag, sizes, **SINGLE)
        np.testing.assert_allclose(found.signed_by_lag, per_deviation, **SINGLE)
        np.testing.assert_allclose(found.raw, sizes.mean(axis=0), **SINGLE)
        np.testing.assert_allclose(found.relative, sizes.sum(axis=0) / sizes.sum(), **SINGLE)
        np.testing.assert_allclose(found.net, found.relative, **SINGLE)
        np.testing.assert_allclose(found.by_row, np.tile(found.raw, (len(COMPLETE), 1)), **SINGLE)
        if normalize_X:
            np.testing.assert_allclose(found.relative, SHARES, **SINGLE)
        assert found.relative[2] == 0

    @pytest.mark.parametrize("normalize_X", [True, False])
    def test_physical(self, record, normalize_X):
        X, y = record
        model = fit_pipeline(X, y, normalize_X=normalize_X)
        gru = replace_network(model, Filter(WEIGHTS))[-1]
        found = gradient_importance(model, X, units="physical")
        per_unit = WEIGHTS * gru.y_scale_ / (gru.X_scale_ if normalize_X else 1.0)
        np.testing.assert_allclose(found.signed_by_lag, per_unit, **SINGLE)
        np.testing.assert_allclose(found.raw, np.abs(per_unit).mean(axis=0), **SINGLE)

    def test_what_comes_back(self, record, linear):
        found = gradient_importance(linear, record[0])
        assert found.feature_names == NAMES
        assert list(found.lags) == [3, 2, 1, 0]
        np.testing.assert_array_equal(found.rows, COMPLETE)
        assert found.by_row.shape == (len(COMPLETE), 3)
        assert found.conditions == []
        assert (found.of, found.units, found.method) == ("prediction", "standardized", "gradient")
        assert found.skill == 0.9
        assert found.completeness_error is None
        # The largest weight stands at the target's own time.
        assert found.lags[found.by_lag[:, 0].argmax()] == 0

    @pytest.mark.parametrize("normalize_X", [True, False])
    @pytest.mark.parametrize(
        "scalers",
        [
            (),
            (StandardScaler(),),
            (StandardScaler(with_std=False),),
            (StandardScaler(with_mean=False),),
            (MinMaxScaler(feature_range=(-2, 3)),),
            (RobustScaler(quantile_range=(10, 80)),),
            (RobustScaler(with_scaling=False),),
            (MaxAbsScaler(),),
            ("passthrough",),
            (MinMaxScaler(), RobustScaler(), StandardScaler()),
        ],
        ids=lambda scalers: "+".join(map(str, scalers)) or "none",
    )
    def test_scalers_in_front_change_nothing_in_physical_units(self, record, scalers, normalize_X):
        X, y = record
        scalers = [
            scaler if scaler == "passthrough" else scaler.set_output(transform="pandas")
            for scaler in scalers
        ]
        model = fit_pipeline(X, y, *scalers, normalize_X=normalize_X)
        gru = model[-1]
        # One function of the raw inputs, written in the units that reach the network.
        per_unit = WEIGHTS / [0.002, 30.0, 5.0]
        unit = np.ones((1, 3))
        zero = np.zeros((1, 3))
        for scaler in [step for _, step in model.steps[:-2] if step != "passthrough"][::-1]:
            unit, zero = scaler.inverse_transform(unit), scaler.inverse_transform(zero)
        weights = per_unit * (unit - zero)
        if normalize_X:
            weights = weights * gru.X_scale_
        replace_network(model, Filter(weights))
        found = gradient_importance(model, X, units="physical")
        truth = per_unit * gru.y_scale_
        np.testing.assert_allclose(found.signed_by_lag, truth, **SINGLE)
        np.testing.assert_allclose(found.raw, np.abs(truth).mean(axis=0), **SINGLE)
        # The same by moving each raw value through the whole pipeline; only the network's input is
        # rounded to single precision there.
        row = 90
        for lag in range(WINDOW_LENGTH):
            for column, step in enumerate([0.02, 300.0, 50.0]):
                moved = [X.copy(), X.copy()]
                for sign, table in zip((1, -1), moved, strict=True):
                    table.iloc[row - lag, column] += sign * step
                above, below = (model.predict(table)[row] for table in moved)
                slope = (above - below) / (2 * step)
                index = WINDOW_LENGTH - 1 - lag
                assert slope == pytest.approx(
                    found.signed_by_lag[index, column], rel=1e-5, abs=1e-9
                )

    def test_scaler_in_front_changes_nothing_in_standardized_units(self, record):
        X, y = record
        plain = replace_network(fit_pipeline(X, y), Filter(WEIGHTS))
        scaler = RobustScaler().set_output(transform="pandas")
        scaled = replace_network(fit_pipeline(X, y, scaler), Filter(WEIGHTS))
        one, other = gradient_importance(plain, X), gradient_importance(scaled, X)
        np.testing.assert_allclose(one.raw, other.raw, **SINGLE)

    def test_of_a_trained_network_neither(self, record):
        X, _ = record
        y = 0.6 + 20 * X["velocity"]
        options = {"max_epochs": 10, "lr": 0.03, "precision": "float64"}
        scaler = MinMaxScaler((-5, 90)).set_output(transform="pandas")
        one, other = (
            gradient_importance(fit_pipeline(X, y, *front, **options), X)
            for front in ((), (scaler,))
        )
        np.testing.assert_allclose(one.by_lag, other.by_lag, rtol=1e-7)
        assert one.skill == pytest.approx(other.skill, rel=1e-7)

    def test_regressor_alone_takes_windows_of_any_kind(self, record, linear):
        X, _ = record
        expected = gradient_importance(linear, X, units="physical")
        windows = linear[0].transform(X)
        found = gradient_importance(linear[-1], windows, units="physical")
        np.testing.assert_array_equal(found.raw, expected.raw)
        array = np.asarray(windows)[windows.complete]
        found = gradient_importance(linear[-1], array, units="physical")
        np.testing.assert_allclose(found.raw, expected.raw, rtol=1e-12)
        np.testing.assert_array_equal(found.rows, np.arange(len(array)))

    def test_rows_without_windows(self):
        X = np.random.default_rng(0).normal(size=(40, 3))
        model = GRUFrictionRegressor(
            hidden_size=2, conv_channels=2, n_gru_layers=1, max_epochs=1, batch_size=8
        ).fit(X, X[:, 0])
        replace_network(model, Filter(WEIGHTS[-1:]))
        found = gradient_importance(model, X)
        np.testing.assert_allclose(found.relative, [3 / 3.3, 0.3 / 3.3, 0], **SINGLE)
        assert found.feature_names == ["x0", "x1", "x2"]
        assert list(found.lags) == [0]


class TestCurvedTruth:
    """Squares of the inputs: gradients differ from row to row and change sign."""

    def test_absolute_value_first_then_lags_then_rows(self, record, squares):
        X, _ = record
        gradients = 2 * WEIGHTS * network_inputs(squares, X) * squares[-1].y_scale_
        found = gradient_importance(squares, X)
        sizes = np.abs(gradients)
        # The network's input is rounded to single precision.
        close = {"rtol": 1e-5, "atol": 1e-9}
        np.testing.assert_allclose(found.by_row, sizes.mean(axis=1), **close)
        np.testing.assert_allclose(found.by_lag, sizes.mean(axis=0), **close)
        np.testing.assert_allclose(found.signed_by_lag, gradients.mean(axis=0), **close)
        np.testing.assert_allclose(found.raw, sizes.mean(axis=(0, 1)), **close)
        raw = sizes.mean(axis=(0, 1))
        np.testing.assert_allclose(found.relative, raw / raw.sum(), **close)
        net = np.abs(gradients.mean(axis=0)).sum(axis=0)
        np.testing.assert_allclose(found.net, net / net.sum(), **close)
        assert np.abs(found.net - found.relative).max() > 0.01

    def test_net_cancels_where_the_effect_changes_sign(self):
        # The second input raises the prediction in half of the rows and lowers it in the others.
        X = np.random.default_rng(0).normal(size=(200, 3))
        X[:, 1] = np.tile([1.0, 1.0, -1.0, -1.0], 50)
        y = X[:, 0]
        model = fit_pipeline(X, y, normalize_X=False)
        weights = np.zeros((4, 3))
        weights[-1, 1] = 1.0
        found = gradient_importance(replace_network(model, Filter(weights, power=2)), X)
        assert found.relative[1] == 1
        assert np.abs(found.signed_by_lag[-1, 1]) < 0.02 * found.by_lag[-1, 1]

    def test_incomplete_windows_do_not_count(self, record, squares):
        X, _ = record
        found = gradient_importance(squares, X)
        wild = X.copy()
        # The first row of a run is in four windows, of which only the last one is complete.
        wild.iloc[[0, 70]] = 1e3
        changed = gradient_importance(squares, wild)
        np.testing.assert_array_equal(found.rows, COMPLETE)
        same = ~np.isin(COMPLETE, [3, 73])
        np.testing.assert_array_equal(changed.by_row[same], found.by_row[same])
        assert (changed.by_row[~same, 0] > 100 * found.by_row[~same, 0]).all()
        np.testing.assert_allclose(changed.raw, changed.by_row.mean(axis=0), rtol=1e-12)
        longer = fit_pipeline(*record).set_params(window__min_history=9)
        longer = replace_network(longer.fit(*record), Filter(WEIGHTS))
        np.testing.assert_array_equal(gradient_importance(longer, X).rows, np.r_[8:70, 78:120])

    @pytest.mark.parametrize("units", ["standardized", "physical"])
    def test_of_loss_against_finite_differences(self, record, linear, units):
        X, y = record
        found = gradient_importance(linear, X, y, of="loss", units=units)
        gru = linear[-1]
        scale = gru.X_scale_ if units == "standardized" else np.ones(3)
        for place in (0, 40, 100):
            row = COMPLETE[place]
            truth = np.zeros((WINDOW_LENGTH, 3))
            for lag in range(WINDOW_LENGTH):
                # The loss is a square of the inputs: central differences are exact.
                for column, step in enumerate([0.002, 30.0, 5.0]):
                    losses = []
                    for sign in (1, -1):
                        moved = X.copy()
                        moved.iloc[row - lag, column] += sign * step
                        losses.append((linear.predict(moved)[row] - y.iloc[row]) ** 2)
                    truth[lag, column] = (losses[0] - losses[1]) / (2 * step) * scale[column]
            np.testing.assert_allclose(
                found.by_row[place], np.abs(truth).mean(axis=0), rtol=2e-5, atol=1e-8
            )
        errors = (linear.predict(X) - y.to_numpy())[COMPLETE]
        slopes = WEIGHTS * gru.y_scale_ * scale / gru.X_scale_
        signed = (2 * errors[:, None, None] * slopes).mean(axis=0)
        np.testing.assert_allclose(found.signed_by_lag, signed, rtol=1e-5, atol=1e-9)
        assert found.of == "loss"
        np.testing.assert_allclose(found.relative.sum(), 1, rtol=1e-12)


class TestBatches:
    def test_the_batch_size_changes_nothing(self, record, squares):
        X, y = record
        by = np.arange(len(X)) % 3
        results = [
            gradient_importance(squares, X, y, of="loss", by=by, batch_size=size)
            for size in (1, 7, 114, 1000)
        ]
        for found in results[1:]:
            for name in ("raw", "net", "by_lag", "by_row", "raw_by_condition", "net_by_condition"):
                np.testing.assert_allclose(found[name], results[0][name], rtol=1e-10, err_msg=name)

    def test_batches_are_not_larger_than_asked_for(self, record, linear):
        gradient_importance(linear, record[0], batch_size=50)
        assert [size for size, _, _ in linear[-1].net_.module_.seen] == [50, 50, 14]

    def test_a_trained_network_as_well(self, record):
        model = fit_pipeline(*record, max_epochs=5)
        one = gradient_importance(model, record[0], batch_size=1)
        all_at_once = gradient_importance(model, record[0], batch_size=512)
        np.testing.assert_allclose(one.raw, all_at_once.raw, rtol=1e-5)


class TestConstantInput:
    @pytest.mark.parametrize("units", ["standardized", "physical"])
    @pytest.mark.parametrize("normalize_X", [True, False])
    @pytest.mark.parametrize("method", ["gradient", "gradient_x_input", "smoothgrad"])
    def test_it_gets_zero_whatever_its_weights(self, record, method, normalize_X, units):
        X, y = record
        constant = X.assign(displacement=20.0)
        with pytest.warns(UserWarning, match="'displacement'] are constant"):
            model = fit_pipeline(constant, y, normalize_X=normalize_X)
        replace_network(model, Filter(WEIGHTS + 1.0))
        # Also where it varies afterwards.
        for table in (constant, X):
            found = gradient_importance(model, table, method=method, units=units, random_state=0)
            for name in ("raw", "relative", "net", "signed"):
                assert found[name][1] == 0
                assert (np.delete(found[name], 1) != 0).all()
            for name in ("by_lag", "signed_by_lag", "by_row", "signed_by_row", "raw_by_run"):
                np.testing.assert_array_equal(found[name][:, 1], 0)
            assert found.relative.sum() == pytest.approx(1)

    def test_one_without_weights_gets_zero_as_well(self, record):
        found = gradient_importance(
            replace_network(fit_pipeline(*record), Filter(WEIGHTS)), record[0]
        )
        assert found.relative[2] == found.net[2] == 0

    def test_nothing_matters_to_a_constant_prediction(self, record):
        X, _ = record
        model = replace_network(fit_pipeline(*record), Filter(np.zeros((4, 3))))
        found = gradient_importance(model, X, by=np.arange(120) % 2)
        for name in ("raw", "relative", "net", "signed"):
            np.testing.assert_array_equal(found[name], 0)
        np.testing.assert_array_equal(found.relative_by_condition, 0)
        np.testing.assert_array_equal(found.net_by_block, 0)


class TestRunsAndBlocks:
    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, record):
        return replace_network(fit_pipeline(*record, precision="float64"), Filter(WEIGHTS, power=2))

    def gradients(self, model, X):
        return 2 * WEIGHTS * network_inputs(model, X) * model[-1].y_scale_

    @pytest.mark.parametrize("batch_size", [9, 64])
    def test_runs(self, record, model, batch_size):
        X, _ = record
        found = gradient_importance(model, X, batch_size=batch_size)
        gradients = self.gradients(model, X)
        assert list(found.rows_by_run) == [67, 47]
        for run, rows in enumerate((slice(0, 67), slice(67, 114))):
            np.testing.assert_allclose(
                found.raw_by_run[run], np.abs(gradients[rows]).mean(axis=(0, 1)), rtol=1e-10
            )
            np.testing.assert_allclose(
                found.signed_by_lag_by_run[run], gradients[rows].mean(axis=0), rtol=1e-10
            )

    def test_runs_without_complete_windows_do_not_count(self, record, model):
        X, _ = record
        short = pd.concat([X.iloc[:2], X.iloc[70:]])
        found = gradient_importance(model, short)
        assert list(found.rows_by_run) == [47]
        np.testing.assert_allclose(found.raw_by_run[0], found.raw, rtol=1e-10)

    def test_signed(self, record, model):
        X, _ = record
        found = gradient_importance(model, X)
        gradients = self.gradients(model, X)
        close = {"rtol": 1e-9, "atol": 1e-15}
        np.testing.assert_allclose(found.signed, gradients.mean(axis=(0, 1)), **close)
        np.testing.assert_allclose(found.signed_by_row, gradients.mean(axis=1), **close)
        assert (found.signed < 0).any()
        assert (found.signed > 0).any()

    @pytest.mark.parametrize("lengths", [(70, 50), (200, 131), (20,)])
    def test_blocks(self, lengths):
        X, y = make_record(lengths)
        model = replace_network(
            fit_pipeline(X, y, precision="float64", batch_size=8), Filter(WEIGHTS, power=2)
        )
        found = gradient_importance(model, X)
        gradients = self.gradients(model, X)
        places = np.searchsorted(found.rows, found.blocks)
        # Every row lies in one block, and no block in two runs.
        assert places[0, 0] == 0
        assert places[-1, 1] == len(found.rows) - 1
        np.testing.assert_array_equal(places[1:, 0], places[:-1, 1] + 1)
        of_runs = np.repeat(np.arange(len(lengths)), lengths)
        np.testing.assert_array_equal(of_runs[found.blocks[:, 0]], of_runs[found.blocks[:, 1]])
        sizes = np.diff(places, axis=1)[:, 0] + 1
        assert sizes.max() == max(1, len(found.rows) // 50)
        for (first, last), relative, net in zip(
            places, found.relative_by_block, found.net_by_block, strict=True
        ):
            here = gradients[first : last + 1]
            raw = np.abs(here).mean(axis=(0, 1))
            np.testing.assert_allclose(relative, raw / raw.sum(), rtol=1e-9, atol=1e-15)
            of_net = np.abs(here.mean(axis=0)).sum(axis=0)
            np.testing.assert_allclose(net, of_net / of_net.sum(), rtol=1e-9, atol=1e-15)

    def test_blocks_of_single_rows_do_not_reach_across_runs(self, record):
        X, y = record
        model = fit_pipeline(X, y).set_params(window__window_length=1).fit(X, y)
        replace_network(model, Filter(WEIGHTS[:1], power=2))
        X, _ = make_record((121, 80))
        blocks = gradient_importance(model, X).blocks
        assert 121 in blocks[:, 0]
        assert (np.diff(blocks, axis=1) < 4).all()


class TestSkill:
    def test_without_skill_it_is_said(self, record):
        X, _ = record
        for skill in (-0.25, 0.0, -np.inf, float("nan")):
            model = replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=skill)
            message = rf"the model has no skill \({skill:.2f} .*not interpretable"
            with pytest.warns(UserWarning, match=message) as caught:
                found = gradient_importance(model, X)
            # It points at the line that calls.
            assert [warning.filename for warning in caught] == [__file__]
            assert found.skill == skill or np.isnan(skill)

    @pytest.mark.parametrize("skill", [None, 0.01, 1.0])
    def test_with_skill_or_an_unknown_one_nothing_is(self, record, skill):
        model = replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=skill)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert gradient_importance(model, record[0]).skill == skill

    def test_it_is_that_of_the_training(self, record):
        X, _ = record
        y = 0.6 + 20 * X["velocity"]
        model = fit_pipeline(X, y, max_epochs=12, lr=0.03, hidden_size=4, conv_channels=4)
        found = gradient_importance(model, X)
        assert found.skill == model[-1].validation_skill_ > 0.3


class TestErrors:
    @pytest.mark.parametrize("of_pipeline", [True, False])
    def test_unfitted(self, record, of_pipeline):
        gru = GRUFrictionRegressor()
        model = make_pipeline(SlidingWindowTransformer(4), gru) if of_pipeline else gru
        with pytest.raises(NotFittedError):
            gradient_importance(model, record[0])

    def test_another_width(self, record, linear):
        X, _ = record
        with pytest.raises(ValueError, match=r"feature names should match[\s\S]*temperature"):
            gradient_importance(linear, X[NAMES[:2]])
        windows = SlidingWindowTransformer(4).fit_transform(X.to_numpy()[:, :2])
        with pytest.raises(ValueError, match="2 features, but GRUFrictionRegressor is expecting 3"):
            gradient_importance(linear[-1], windows)

    def test_another_window_length(self, record, linear):
        windows = SlidingWindowTransformer(5).fit_transform(record[0])
        with pytest.raises(ValueError, match="windows of 5 rows; expected 4"):
            gradient_importance(linear[-1], windows)

    def test_loss_needs_targets(self, record, linear):
        X, y = record
        with pytest.raises(ValueError, match="of='loss' needs the targets; y is None"):
            gradient_importance(linear, X, of="loss")
        with pytest.raises(ValueError, match=r"y has shape \(119,\); expected one target .* 120"):
            gradient_importance(linear, X, y[:-1], of="loss")

    def test_no_complete_window(self, record, linear):
        with pytest.raises(ValueError, match="none of the 3 windows is complete"):
            gradient_importance(linear, record[0].iloc[:3])

    @pytest.mark.parametrize(
        "step",
        [PowerTransformer(), PCA(3), FunctionTransformer(np.arcsinh), make_pipeline("passthrough")],
    )
    def test_step_that_cannot_be_undone(self, record, step):
        X, y = record
        model = fit_pipeline(X, y, step.set_output(transform="pandas"))
        with pytest.raises(ValueError, match=f"cannot undo step 'scale0', a {type(step).__name__}"):
            gradient_importance(model, X, units="physical")
        assert gradient_importance(model, X).relative.sum() == pytest.approx(1)

    def test_other_estimators(self, record):
        X, y = record
        for model in (LinearRegression(), make_pipeline(StandardScaler(), LinearRegression())):
            with pytest.raises(
                TypeError, match="LinearRegression; expected a GRUFrictionRegressor"
            ):
                gradient_importance(model.fit(X, y), X)

    @pytest.mark.parametrize(
        "options",
        [
            {"of": "gain"},
            {"units": "metres"},
            {"method": "shap"},
            {"batch_size": 0},
            {"bins": 0},
            {"bins": 2.5},
            {"output": -1},
            {"n_steps": 0},
            {"n_samples": 0},
            {"noise": 0},
            {"random_state": "seed"},
        ],
    )
    def test_bad_parameters(self, record, linear, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"'{name}' parameter of gradient_importance"):
            gradient_importance(linear, record[0], **options)


def test_a_trained_model_ranks_inputs_as_the_truth_does():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1000, 4)), columns=["strong", "middle", "weak", "none"])
    X = with_runs(X, groups=np.repeat([0, 1], 500))
    effects = {"strong": [0.3, 0.2, 0.1], "middle": [0.15, 0.15], "weak": [0.1]}
    y = sum(
        weight * X[name].groupby("run").shift(lag, fill_value=0.0)
        for name, weights in effects.items()
        for lag, weight in enumerate(weights)
    )
    y = 0.6 + 0.1 * y
    model = make_pipeline(
        SlidingWindowTransformer(5),
        GRUFrictionRegressor(
            conv_channels=8,
            kernel_size=3,
            hidden_size=12,
            n_gru_layers=1,
            max_epochs=15,
            lr=0.02,
            random_state=0,
            device="cpu",
        ),
    ).fit(X, y)
    unseen = model[-1].validation_indices_
    assert model[-1].score(model[0].transform(X)[unseen], y.iloc[unseen]) > 0.98
    found = gradient_importance(model, X)
    assert list(np.argsort(-found.relative)) == [0, 1, 2, 3]
    assert list(np.argsort(-found.net)) == [0, 1, 2, 3]
    np.testing.assert_allclose(found.net, [0.6, 0.3, 0.1, 0.0], atol=0.02)
    np.testing.assert_allclose(found.relative, [0.6, 0.3, 0.1, 0.0], atol=0.04)
    # The filters are three, two and one rows long.
    assert found.by_lag[2:].sum() > 0.95 * found.by_lag.sum()
    floor = null_floor(model, X, y, random_state=0)
    assert found.relative[3] <= floor.relative.iloc[3]
    assert found.net[3] <= floor.net.iloc[3]
    assert (found.relative[:3] > floor.relative[:3]).all()
    assert (found.net[:3] > floor.net[:3]).all()
    assert list(floor.tests["passes"]) == [True, True, True, False]


def test_of_a_transformed_target_in_its_own_units():
    X = np.random.default_rng(0).normal(size=(80, 2))
    y = 5.0 + 20.0 * X[:, 0]
    network = GRUFrictionRegressor(
        hidden_size=4, n_gru_layers=1, max_epochs=2, device="cpu", random_state=0, batch_size=16
    )
    model = TransformedTargetRegressor(network, transformer=StandardScaler()).fit(X, y)
    scaler, inner = model.transformer_, model.regressor_
    z = scaler.transform(y[:, None])[:, 0]
    for of, power in (("prediction", 1), ("loss", 2)):
        found = gradient_importance(FrozenEstimator(model), X, y, of=of, units="physical")
        expected = gradient_importance(inner, X, z, of=of, units="physical")
        np.testing.assert_allclose(found.raw, expected.raw * scaler.scale_**power, rtol=1e-5)
        np.testing.assert_allclose(found.relative, expected.relative, rtol=1e-5)
