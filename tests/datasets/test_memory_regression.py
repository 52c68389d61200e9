"""The generated target is the filter of the inputs that the truth names."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import kstest, norm
from sklearn.linear_model import Ridge

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer


def filtered_sum(X, weights):
    """Filter each run by itself; NaN where a row has no full history."""
    shifted = X.groupby(level="run")
    return sum(
        (shifted.shift(lag) * row).sum(axis=1, skipna=False) for lag, row in weights.iterrows()
    )


def half_tanh(sums):
    """Return the documented nonlinearity, its scale from another integration."""

    def density(value):
        return np.tanh(value / 2) ** 2 * norm.pdf(value)

    return np.tanh(sums / 2) / np.sqrt(quad(density, -12, 12)[0])


@pytest.mark.parametrize("nonlinearity", [None, "tanh"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"memory": 1},
        {"memory": 2, "n_features": 1},
        {"memory": 7, "n_runs": 4, "n_samples": 203},
        {"correlation": 0.8, "autocorrelation": 0.9, "n_runs": 3},
        {"importances": [0, 3, 1], "n_features": 3},
    ],
)
def test_the_target_is_the_filter_of_the_inputs(options, nonlinearity):
    X, y, coef = make_memory_regression(random_state=3, nonlinearity=nonlinearity, **options)
    expected = filtered_sum(X, coef.weights)
    if nonlinearity == "tanh":
        expected = half_tanh(expected)
    complete = X.groupby(level="run").cumcount() >= coef.memory - 1
    assert expected.notna().equals(complete)
    np.testing.assert_allclose(y[complete], expected[complete], rtol=0, atol=1e-12)


def test_first_targets_come_from_a_full_history_that_is_not_returned():
    X, y, coef = make_memory_regression(n_samples=20_000, n_runs=2000, memory=10, random_state=0)
    first = y.xs(0, level="time")
    # Of one row alone, zeros before it, the variance would be about a tenth.
    seen = X.xs(0, level="time") @ coef.weights.loc[0]
    assert seen.var() < 0.2
    assert first.var() == pytest.approx(1, abs=0.1)
    assert np.corrcoef(first, seen)[0, 1] == pytest.approx(seen.std(), abs=0.05)


@pytest.mark.parametrize("nonlinearity", [None, "tanh"])
def test_the_target_has_variance_1_for_white_inputs(nonlinearity):
    _, y, coef = make_memory_regression(
        n_samples=200_000, nonlinearity=nonlinearity, memory=5, random_state=0
    )
    assert (coef.weights**2).to_numpy().sum() == pytest.approx(1, abs=1e-14)
    assert y.var() == pytest.approx(1, abs=0.02)
    assert y.mean() == pytest.approx(0, abs=0.03)


def test_the_nonlinearity_is_monotone_and_mild():
    _, linear, coef = make_memory_regression(random_state=0)
    _, bent, same = make_memory_regression(random_state=0, nonlinearity="tanh")
    pd.testing.assert_frame_equal(coef.weights, same.weights)
    np.testing.assert_array_equal(np.argsort(linear), np.argsort(bent))
    assert 0.97 < np.corrcoef(linear, bent)[0, 1] ** 2 < 0.99
    assert bent.abs().max() < 2.4007 < 1.05 * linear.abs().max()


@pytest.mark.parametrize("memory", [1, 2, 3, 20, 400])
@pytest.mark.parametrize("importances", [None, [0.0, 7.0, 2.0, 0.001, 1.0]])
def test_importances_are_exact(importances, memory):
    X, _, coef = make_memory_regression(
        n_samples=3, memory=memory, importances=importances, random_state=5
    )
    found = coef.weights.abs().sum() / coef.weights.abs().to_numpy().sum()
    np.testing.assert_allclose(coef.importances, found, rtol=1e-13, atol=0)
    given = [16, 9, 4, 1, 0] if importances is None else importances
    np.testing.assert_allclose(coef.importances, np.divide(given, np.sum(given)), rtol=1e-14)
    assert coef.importances.sum() == pytest.approx(1, abs=1e-15)
    assert coef.importances.index.equals(X.columns)


@pytest.mark.parametrize(
    ("n_features", "expected"), [(1, [1.0]), (2, [1.0, 0.0]), (3, [0.8, 0.2, 0.0])]
)
def test_default_importances_fall_to_an_input_without_effect(n_features, expected):
    coef = make_memory_regression(n_samples=2, n_features=n_features, random_state=0)[2]
    np.testing.assert_allclose(coef.importances, expected, rtol=1e-15)


def test_mean_gradients_divide_by_the_importances_under_tanh():
    X, _, coef = make_memory_regression(
        nonlinearity="tanh",
        correlation=0.5,
        memory=3,
        importances=[5, 3, 2],
        n_features=3,
        random_state=1,
    )
    windows = np.asarray(SlidingWindowTransformer(3).fit_transform(X))
    weights = coef.weights.to_numpy()[::-1]
    step, gradients = 1e-5, np.empty((3, 3))
    for lag in range(3):
        for feature in range(3):
            moved = np.zeros((3, 3))
            moved[lag, feature] = step
            high, low = (
                half_tanh(((windows + by) * weights).sum((1, 2))) for by in (moved, -moved)
            )
            gradients[lag, feature] = np.abs((high - low) / (2 * step)).mean()
    shares = gradients.sum(axis=0) / gradients.sum()
    np.testing.assert_allclose(shares, [0.5, 0.3, 0.2], rtol=0, atol=1e-8)


@pytest.mark.parametrize("memory", [1, 2, 3, 20, 400])
def test_the_whole_memory_counts(memory):
    for seed in range(20):
        coef = make_memory_regression(n_samples=2, memory=np.int64(memory), random_state=seed)[2]
        assert coef.memory == memory
        assert isinstance(coef.memory, int)
        assert coef.weights.index.tolist() == list(range(memory))
        assert coef.weights.index.name == "lag"
        share = (coef.weights / coef.weights.mean()).drop(columns="x4")
        assert share.to_numpy().min() >= 0.5
        assert share.to_numpy().max() <= 1.5
        assert (coef.weights["x4"] == 0).all()
        assert not np.signbit(coef.weights["x4"]).any()


def test_filters_are_smooth_and_differ_between_inputs_and_seeds():
    filters = []
    for seed in range(10):
        weights = make_memory_regression(n_samples=2, memory=100, random_state=seed)[2].weights
        shapes = (weights / weights.mean()).drop(columns="x4")
        filters.append(shapes)
        assert shapes.diff().abs().to_numpy()[1:].max() < 0.5 * 3 * np.pi / 100
    filters = np.concatenate(filters, axis=1)
    swing = np.ptp(filters, axis=0)
    assert swing.min() > 0.01
    assert np.median(swing) > 0.3
    apart = np.abs(filters[:, :, None] - filters[:, None]).max(axis=0)
    assert apart[~np.eye(len(apart), dtype=bool)].min() > 0.01
    # Some rise towards the oldest lag and some fall; some have an extremum in between.
    rises = filters[-1] > filters[0]
    assert 0.2 < rises.mean() < 0.8
    turns = (np.diff(np.sign(np.diff(filters, axis=0)), axis=0) != 0).sum(axis=0)
    assert {0, 1, 2} >= set(turns)
    assert {1, 2} <= set(turns)


def test_signs_are_drawn():
    signs = np.array(
        [
            np.sign(
                make_memory_regression(2, 3, importances=[1, 1, 1], random_state=seed)[2].weights
            )
            for seed in range(100)
        ]
    )
    # One for each input, the same at all lags.
    assert (signs == signs[:, :1]).all()
    assert len(np.unique(signs[:, 0], axis=0)) == 8
    assert ((signs[:, 0] > 0).mean(axis=0) > 0.35).all()
    assert ((signs[:, 0] > 0).mean(axis=0) < 0.65).all()


def test_noise_is_added_to_the_target_alone():
    X, y, coef = make_memory_regression(20_000, random_state=0)
    noisy_X, noisy_y, noisy_coef = make_memory_regression(20_000, noise=0.3, random_state=0)
    pd.testing.assert_frame_equal(X, noisy_X)
    pd.testing.assert_frame_equal(coef.weights, noisy_coef.weights)
    noise = noisy_y - y
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.autocorr(1) == pytest.approx(0, abs=0.03)
    assert kstest(noise / 0.3, "norm").pvalue > 0.01
    # After the nonlinearity, which would bound it.
    _, bent, _ = make_memory_regression(20_000, nonlinearity="tanh", random_state=0)
    _, noisy_bent, _ = make_memory_regression(
        20_000, nonlinearity="tanh", noise=0.3, random_state=0
    )
    np.testing.assert_allclose(noisy_bent - bent, noise, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("correlation", "autocorrelation"), [(0, 0), (0.6, 0.8), (-0.3, -0.5)])
def test_inputs_have_the_correlations_asked_for(correlation, autocorrelation):
    X, _ = make_memory_regression(
        60_000,
        4,
        n_runs=3,
        memory=3,
        correlation=correlation,
        autocorrelation=autocorrelation,
        random_state=0,
        coef=False,
    )
    expected = np.where(np.eye(4), 1, correlation)
    np.testing.assert_allclose(X.cov(), expected, rtol=0, atol=0.035)
    np.testing.assert_allclose(X.mean(), 0, atol=0.03)
    for lag in (1, 2):
        later = X.groupby(level="run").shift(lag)
        found = [X[name].corr(later[name]) for name in X]
        np.testing.assert_allclose(found, autocorrelation**lag, rtol=0, atol=0.02)
    assert kstest(X["x2"].iloc[::25], "norm").pvalue > 0.01


def test_inputs_are_stationary_from_the_first_row():
    X, _ = make_memory_regression(
        12_000,
        3,
        n_runs=4000,
        memory=1,
        correlation=0.5,
        autocorrelation=0.9,
        random_state=0,
        coef=False,
    )
    by_time = [X.xs(time, level="time") for time in range(3)]
    for rows in by_time:
        np.testing.assert_allclose(rows.cov(), np.where(np.eye(3), 1, 0.5), rtol=0, atol=0.08)
    for before, after in pairwise(by_time):
        np.testing.assert_allclose(before.corrwith(after), 0.9, rtol=0, atol=0.02)
    # Runs know nothing of one another.
    assert X["x0"].xs(0, level="time").autocorr(1) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("n_samples", "n_runs", "lengths"), [(12, 1, [12]), (12, 3, [4] * 3), (11, 4, [3, 3, 3, 2])]
)
def test_runs_and_time_stand_in_the_index(n_samples, n_runs, lengths):
    X, y, _ = make_memory_regression(n_samples, 2, n_runs=n_runs, random_state=0)
    assert X.index.names == ["run", "time"]
    pd.testing.assert_index_equal(X.index, y.index)
    expected = [(run, time) for run, length in enumerate(lengths) for time in range(length)]
    assert X.index.tolist() == expected
    runs = Runs.of(X)
    assert runs.lengths.tolist() == lengths
    assert runs.labels.tolist() == list(range(n_runs))
    assert runs.sampling_interval == 1.0
    assert X.columns.tolist() == ["x0", "x1"]
    assert y.name == "target"
    assert (X.dtypes == np.float64).all()


def test_coef_false_leaves_the_truth_out():
    X, y, _ = make_memory_regression(random_state=0)
    without = make_memory_regression(random_state=0, coef=False)
    assert len(without) == 2
    pd.testing.assert_frame_equal(without[0], X)
    pd.testing.assert_series_equal(without[1], y)


def test_seeds():
    X, y, coef = make_memory_regression(random_state=0)
    again_X, again_y, again = make_memory_regression(random_state=0)
    pd.testing.assert_frame_equal(X, again_X)
    pd.testing.assert_series_equal(y, again_y)
    pd.testing.assert_frame_equal(coef.weights, again.weights)
    other_X, other_y, other = make_memory_regression(random_state=1)
    assert not np.isclose(X, other_X).any(axis=0).all()
    assert not np.isclose(y, other_y).all()
    assert not np.isclose(coef.weights["x0"], other.weights["x0"]).any()
    # More rows are more rows from the same filters.
    longer = make_memory_regression(3000, n_runs=3, random_state=0)[2]
    pd.testing.assert_frame_equal(coef.weights, longer.weights)
    assert not make_memory_regression()[1].equals(make_memory_regression()[1])


def test_a_random_state_goes_on():
    generator = np.random.RandomState(0)
    X, y, coef = make_memory_regression(random_state=generator)
    pd.testing.assert_frame_equal(X, make_memory_regression(random_state=0)[0])
    _, later_y, later = make_memory_regression(random_state=generator)
    assert not y.equals(later_y)
    assert not coef.weights.equals(later.weights)


def test_global_generators_stay_untouched():
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make_memory_regression(random_state=0, noise=1.0)
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(before, after[1])


@pytest.mark.parametrize("n_runs", [1, 4])
def test_ridge_regression_on_lagged_inputs_finds_the_weights(n_runs):
    X, y, coef = make_memory_regression(4000, memory=8, n_runs=n_runs, noise=0.05, random_state=0)
    # Two rows more than the memory: what lies beyond it is found to be nothing.
    transformer = SlidingWindowTransformer(10, flatten=True).set_output(transform="pandas")
    lags = transformer.fit_transform(X)
    complete = Runs.of(X).history >= 10
    model = Ridge(alpha=1.0).fit(lags[complete], y[complete])
    assert model.score(lags[complete], y[complete]) > 0.99
    expected = [coef.weights[name].get(lag, 0.0) for lag in range(9, -1, -1) for name in X]
    assert lags.columns[0] == "x0_lag_9"
    np.testing.assert_allclose(model.coef_, expected, rtol=0, atol=0.005)
    # A shorter window misses what the oldest lag adds.
    short = lags.filter(regex=r"_lag_[0-6]$")[complete]
    assert Ridge(alpha=1.0).fit(short, y[complete]).score(short, y[complete]) < 0.95


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "'n_samples'"),
        ({"n_samples": 10.0}, "'n_samples'"),
        ({"n_features": 0}, "'n_features'"),
        ({"memory": 0}, "'memory'"),
        ({"memory": 2.5}, "'memory'"),
        ({"importances": 3}, "'importances'"),
        ({"importances": [1, 2]}, r"importances has shape \(2,\).* 5 inputs"),
        ({"importances": [[1, 1, 1, 1, 1]]}, r"importances has shape \(1, 5\)"),
        ({"importances": [1, 1, -0.5, 1, 1]}, r"importances holds -0\.5 for input x2"),
        ({"importances": [1, np.nan, 1, 1, 1]}, "importances holds nan for input x1"),
        ({"importances": [1, 1, 1, 1, np.inf]}, "importances holds inf for input x4"),
        ({"importances": [0, 0, 0, 0, 0]}, "importances are all 0"),
        ({"importances": list("abcde")}, r"importances is \['a'.*expected numbers"),
        ({"nonlinearity": "relu"}, "'nonlinearity'"),
        ({"noise": -0.1}, "'noise'"),
        ({"noise": np.inf}, "'noise'"),
        ({"n_runs": 0}, "'n_runs'"),
        ({"n_runs": 11, "n_samples": 10}, "n_runs is 11 but n_samples is 10"),
        ({"correlation": 1.0}, "'correlation'"),
        ({"correlation": -1.0}, "'correlation'"),
        ({"correlation": -0.25}, r"correlation is -0\.25; 5 inputs .* above -0\.25"),
        ({"autocorrelation": 1.0}, "'autocorrelation'"),
        ({"autocorrelation": -1.0}, "'autocorrelation'"),
        ({"random_state": "first"}, "'random_state'"),
        ({"coef": 2}, "'coef'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_memory_regression(**arguments)


def test_bounds_that_are_still_allowed():
    make_memory_regression(10, n_runs=10, random_state=0)
    X, _, _ = make_memory_regression(5000, correlation=-0.249, random_state=0)
    np.testing.assert_allclose(X.corr(), np.where(np.eye(5), 1, -0.249), rtol=0, atol=0.05)
    make_memory_regression(10, 1, correlation=-0.9, random_state=0)
    make_memory_regression(10, 2, correlation=-0.99, random_state=0)
    coef = make_memory_regression(10, 2, importances=[1e308, 1e308], random_state=0)[2]
    assert coef.importances.tolist() == [0.5, 0.5]
