"""The regressor at the end of a pipeline is found, with what reaches it."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.neural_network._pipeline import regressor_and_input
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, windows_of


@pytest.fixture(scope="module")
def table():
    return record(80)


def test_a_regressor_alone_gets_its_input_as_it_is(table):
    X, y = table
    windows = windows_of(X)
    regressor = small_regressor(max_epochs=1).fit(windows, y)
    assert regressor_and_input(regressor, windows) == (regressor, windows)


def test_steps_in_front_are_gone_through(table):
    X, y = table
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, SlidingWindowTransformer(4), small_regressor(max_epochs=1))
    regressor, windows = regressor_and_input(pipeline.fit(X, y), X)
    assert regressor is pipeline[-1]
    np.testing.assert_array_equal(
        np.asarray(windows), np.asarray(windows_of(pipeline[0].transform(X), 4))
    )
    np.testing.assert_array_equal(regressor.predict(windows), pipeline.predict(X))


def test_a_pipeline_of_the_regressor_alone(table):
    X, y = table
    pipeline = make_pipeline(small_regressor(max_epochs=1)).fit(X, y)
    assert regressor_and_input(pipeline, X) == (pipeline[-1], X)


@pytest.mark.parametrize("estimator", [Ridge(), make_pipeline(StandardScaler(), Ridge())])
def test_another_regressor_is_named(table, estimator):
    X, y = table
    with pytest.raises(TypeError, match="the estimator is a Ridge; expected a GRUFrictionRegr"):
        regressor_and_input(estimator.fit(X, y), X)
