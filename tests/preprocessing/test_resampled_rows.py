"""A bootstrap of rows is warned of, and no record that only resembles one."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor, VotingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs
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


def test_mixed_rows_with_time_are_an_error():
    X, y = with_runs(WHITE, time=np.arange(N)), target(WHITE)
    fitted = make_pipeline(SlidingWindowTransformer(3), small_regressor()).fit(X, y)
    with pytest.raises(ValueError, match=r"none of the 300 windows is complete.*PurgedKFold"):
        permutation_importance(fitted, X, y, n_repeats=1, max_samples=0.5, random_state=0)
