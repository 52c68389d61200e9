"""Importances equal those of functions that are known, whatever stands in front of them."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
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
from sklearn_frictiongru.neural_network._threads import denormals_are_flushed
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
        assert found.raw_by_condition.shape == (0, 3)
        assert found.relative_by_condition.shape == (0, 3)
        assert found.net_by_condition.shape == (0, 3)
        assert found.rows_by_condition.shape == (0,)
        assert (found.of, found.units) == ("prediction", "standardized")
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


class TestModelIsLeftAsItWas:
    @pytest.mark.parametrize("training", [True, False])
    @pytest.mark.parametrize("fails", [True, False])
    def test_modes_flags_and_gradients(self, record, training, fails):
        X, _ = record
        module = Filter(WEIGHTS)
        module.inner = torch.nn.Linear(2, 1)
        module.inner.weight.requires_grad_(False)
        module.weights.grad = torch.full_like(module.weights, 5.0)
        if fails:
            module.power = "not a number"
        model = replace_network(fit_pipeline(*record), module)
        module.train(training)
        threads, flushed = torch.get_num_threads(), denormals_are_flushed()
        before = {name: value.clone() for name, value in module.state_dict().items()}
        if fails:
            with pytest.raises(TypeError):
                gradient_importance(model, X)
        else:
            gradient_importance(model, X)
        # The gradients themselves are taken in evaluation mode, without cuDNN.
        assert {seen[1:] for seen in module.seen} == {(False, False)}
        assert all(part.training == training for part in module.modules())
        assert torch.backends.cudnn.enabled
        assert module.weights.requires_grad
        assert not module.inner.weight.requires_grad
        assert (module.weights.grad == 5.0).all()
        assert module.inner.bias.grad is None
        assert torch.get_num_threads() == threads
        assert denormals_are_flushed() == flushed
        for name, value in module.state_dict().items():
            assert torch.equal(value, before[name])

    def test_predictions_stay(self, record):
        X, _ = record
        model = fit_pipeline(*record)
        before = model.predict(X)
        gradient_importance(model, X)
        np.testing.assert_array_equal(model.predict(X), before)


class TestConstantInput:
    def test_it_counts_by_its_weights(self, record):
        X, y = record
        X = X.assign(temperature=20.0)
        without = replace_network(fit_pipeline(X, y), Filter(WEIGHTS))
        found = gradient_importance(without, X)
        np.testing.assert_allclose(found.relative, SHARES, **SINGLE)
        assert found.relative[2] == found.net[2] == 0
        assert np.isfinite(gradient_importance(without, X, units="physical").raw).all()

    def test_nothing_matters_to_a_constant_prediction(self, record):
        X, _ = record
        model = replace_network(fit_pipeline(*record), Filter(np.zeros((4, 3))))
        found = gradient_importance(model, X, by=np.arange(120) % 2)
        for name in ("raw", "relative", "net"):
            np.testing.assert_array_equal(found[name], 0)
        np.testing.assert_array_equal(found.relative_by_condition, 0)


class TestConditions:
    def check(self, found, gradients, codes):
        sizes = np.abs(gradients)
        for code in range(len(found.conditions)):
            here = codes == code
            assert found.rows_by_condition[code] == here.sum()
            raw = sizes[here].mean(axis=(0, 1))
            net = np.abs(gradients[here].mean(axis=0)).sum(axis=0)
            close = {"rtol": 1e-5, "atol": 1e-9}
            np.testing.assert_allclose(found.raw_by_condition[code], raw, **close)
            np.testing.assert_allclose(found.relative_by_condition[code], raw / raw.sum(), **close)
            np.testing.assert_allclose(found.net_by_condition[code], net / net.sum(), **close)
        np.testing.assert_allclose(found.relative_by_condition.sum(axis=1), 1, rtol=1e-12)
        np.testing.assert_allclose(found.net_by_condition.sum(axis=1), 1, rtol=1e-12)
        assert found.rows_by_condition.sum() == len(found.rows)
        weighted = found.rows_by_condition @ found.raw_by_condition / len(found.rows)
        np.testing.assert_allclose(weighted, found.raw, rtol=1e-10)

    def gradients(self, model, X):
        return 2 * WEIGHTS * network_inputs(model, X) * model[-1].y_scale_

    def test_categories(self, record, squares):
        X, _ = record
        by = np.array(["low", "high", "low"])[np.arange(120) % 3]
        found = gradient_importance(squares, X, by=by)
        assert found.conditions == ["high", "low"]
        codes = np.array([0 if name == "high" else 1 for name in by])[COMPLETE]
        self.check(found, self.gradients(squares, X), codes)

    def test_numbers_as_categories(self, record, squares):
        X, _ = record
        by = pd.Series(np.repeat([100.0, 75.0], 60), index=X.index)
        found = gradient_importance(squares, X, by=by)
        assert found.conditions == ["75.0", "100.0"]
        self.check(found, self.gradients(squares, X), (by.to_numpy() == 100.0)[COMPLETE])

    def test_bins_have_their_upper_edge_and_the_first_one_its_lower_edge_too(self, record, squares):
        X, _ = record
        by = np.tile([0.0, 1.0, 1.5, 2.0, 2.5, 4.0], 20)
        found = gradient_importance(squares, X, by=by, bins=[0, 1, 2, 4.5])
        assert found.conditions == ["0-1", "1-2", "2-4.5"]
        codes = np.tile([0, 0, 1, 1, 2, 2], 20)[COMPLETE]
        self.check(found, self.gradients(squares, X), codes)

    def test_only_the_target_row_tells_the_condition(self, record, squares):
        X, _ = record
        by = np.zeros(120)
        by[30] = 1
        found = gradient_importance(squares, X, by=by)
        assert list(found.rows_by_condition) == [len(COMPLETE) - 1, 1]
        place = np.flatnonzero(COMPLETE == 30)[0]
        np.testing.assert_allclose(found.raw_by_condition[1], found.by_row[place], rtol=1e-10)

    @pytest.mark.parametrize(
        ("by", "bins", "message"),
        [
            (np.zeros(119), None, "by has 119 values; expected one for each of the 120 rows of X"),
            (np.r_[0.0, np.nan, np.ones(118)], None, r"by is missing \(NaN\) at row 1;"),
            (np.r_[0.0, np.nan, np.ones(118)], [0, 2], r"by is missing \(NaN\) at row 1;"),
            (
                np.array(["a"] * 119 + [None], dtype=object),
                None,
                r"by is missing \(NaN\) at row 119",
            ),
            (np.arange(120), None, "by has 120 different values; expected at most 20 categories"),
            (np.ones(120), [0], r"bins is \[0\]; expected increasing edges, at least two"),
            (np.ones(120), [0, 2, 2], "expected increasing edges"),
            (np.ones(120), [2, 0], "expected increasing edges"),
            (np.r_[np.ones(50), 7, np.ones(69)], [0, 2], r"7.0.* at row 50, outside of the bins"),
            (
                np.r_[np.ones(50), -1, np.ones(69)],
                [0, 2],
                r"-1.0.* at row 50, outside of .* 0 to 2",
            ),
            (np.ones(120), [0, 2, 5], "no complete window ends in the range '2-5' of by"),
            # Only rows without full history have the second category.
            (np.r_[np.ones(3), np.zeros(117)], None, "no complete window ends in the range '1.0'"),
        ],
    )
    def test_errors(self, record, linear, by, bins, message):
        with pytest.raises(ValueError, match=message):
            gradient_importance(linear, record[0], by=by, bins=bins)


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
        "options", [{"of": "gain"}, {"units": "metres"}, {"batch_size": 0}, {"bins": 3}]
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
    assert found.relative[3] <= floor.relative
    assert found.net[3] <= floor.net
    assert (found.relative[:3] > floor.relative).all()
    assert (found.net[:3] > floor.net).all()
