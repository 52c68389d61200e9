"""A record, its windows and a model of them, for the tests of the regressor."""

import pytest

from tests.neural_network._models import LENGTH, record, small_regressor, windows_of


@pytest.fixture(scope="module")
def table():
    return record(150, runs=2)


@pytest.fixture(scope="module")
def windows(table):
    return windows_of(table[0], LENGTH)


@pytest.fixture(scope="module")
def y(table):
    return table[1]


@pytest.fixture(scope="module")
def fitted(windows, y):
    """A model that no test may change."""
    return small_regressor().fit(windows, y)
