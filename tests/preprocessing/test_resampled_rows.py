"""A bootstrap of rows is warned of, and no record that only resembles one."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor, VotingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.utils import resample

from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer, with_runs
from tests.neural_network._models import small_regressor

RNG = np.random.default_rng(0)
N = 600
WALK = np.cumsum(RNG.normal(size=N))
WHITE = RNG.normal(size=(N, 2))
TEMPERATURE = np.round(20 + 0.1 * WALK, 1)[:, None]

RECORDS = {
    "white": (WHITE, WHITE[:, 0]),
    "walk": (WALK[:, None], np.sin(WALK)),
    # A thermometer and a friction with few digits repeat each other.
    "coarse": (TEMPERATURE, np.round(0.6 + 0.01 * TEMPERATURE[:, 0], 2)),
    "coarse white": (RNG.integers(0, 50, size=(N, 1)).astype(float), WHITE[:, 0]),
    "held": (np.repeat(WHITE[: N // 10], 10, axis=0), np.repeat(WHITE[: N // 10, 0], 10)),
    "periodic": (np.tile(WHITE[:50], (N // 50, 1)), np.tile(WHITE[:50, 0], N // 50)),
    "constant": (np.ones((N, 2)), np.ones(N)),
    "steps": (np.repeat([[1.0], [3.0], [1.0], [3.0]], N // 4, axis=0), WHITE[:, 1]),
}


def warned(X, y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SlidingWindowTransformer(3).fit(X, y)
    return any("exact repeats of others, in another order" in str(each.message) for each in caught)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_no_bootstrap(name):
    assert not warned(*RECORDS[name])


@pytest.mark.parametrize("name", ["white", "walk", "coarse"])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_bootstrap_is_warned_of(name, share):
    X, y = RECORDS[name]
    drawn = np.random.default_rng(1).integers(0, N, int(share * N))
    assert warned(X[drawn], y[drawn])


def model():
    return make_pipeline(SlidingWindowTransformer(3, flatten=True), Ridge())


def network():
    return make_pipeline(SlidingWindowTransformer(3), small_regressor(max_epochs=1))


def target(X):
    return pd.Series(X[:, 0]).rolling(3, min_periods=1).mean().to_numpy()


@pytest.mark.parametrize(
    "make",
    [
        lambda: BaggingRegressor(model(), n_estimators=2, random_state=0),
        lambda: AdaBoostRegressor(model(), n_estimators=2, random_state=0),
    ],
)
@pytest.mark.parametrize("container", [np.asarray, lambda X: with_runs(X, time=np.arange(N))])
def test_meta_estimators_that_draw_rows_are_warned_of(make, container):
    with pytest.warns(UserWarning, match="BaggingRegressor and AdaBoostRegressor, mixes the rows"):
        make().fit(container(WHITE), target(WHITE))


def test_meta_estimators_that_keep_the_order_are_not():
    X, y = WHITE, target(WHITE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vote = VotingRegressor([("a", model()), ("b", model())]).fit(X, y)
    assert vote.score(X, y) > 0.99


INDEXES = {
    "time": with_runs(WHITE, time=np.arange(N)),
    "dates": with_runs(WHITE, time=pd.date_range("2026-01-01", periods=N, freq="min")),
    "runs": with_runs(WHITE, groups=np.arange(N) // 100),
    "short runs": with_runs(WHITE, groups=np.arange(N) // 10),
    "frame": pd.DataFrame(WHITE, columns=["x0", "x1"]),
}


class TestMixedRowsWithTime:
    @pytest.mark.parametrize("make", [model, network], ids=["ridge", "network"])
    @pytest.mark.parametrize("name", INDEXES)
    def test_are_an_error_before_any_regressor(self, name, make):
        X, y = INDEXES[name], target(WHITE)
        fitted = make().fit(X, y)
        with pytest.raises(ValueError, match=r"has mixed it.*PurgedKFold"):
            permutation_importance(fitted, X, y, n_repeats=1, max_samples=0.5, random_state=0)

    @pytest.mark.parametrize("replace", [False, True])
    @pytest.mark.parametrize("name", INDEXES)
    def test_are_an_error_in_fit(self, name, replace):
        for seed in range(10):
            X, y = resample(INDEXES[name], target(WHITE), replace=replace, random_state=seed)
            with pytest.raises(ValueError, match=r"index of X|the time step before"):
                model().fit(X, y)

    @pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
    @pytest.mark.parametrize("name", INDEXES)
    def test_rows_left_out_are_not_mixed(self, name, share):
        for seed in range(10):
            kept = np.flatnonzero(np.random.default_rng(seed).random(N) < share)
            model().fit(INDEXES[name].iloc[kept], target(WHITE)[kept])

    def test_interleaved_runs_are_an_error(self):
        X = with_runs(WHITE, groups=np.arange(N) // 300, time=np.tile(np.arange(300), 2))
        with pytest.raises(ValueError, match=r"changes to another run in 599 of 599 steps"):
            model().fit(X.sort_index(level=-1), target(WHITE))

    @pytest.mark.parametrize("length", [3, 4, 10])
    def test_short_records_that_were_appended_are_not_mixed(self, length):
        X = with_runs(WHITE, time=np.arange(N) % length)
        assert (Runs.of(X).lengths == length).all()
        turns = with_runs(WHITE, groups=np.arange(N) // length % 2, time=np.arange(N))
        assert (Runs.of(turns).lengths == length).all()
