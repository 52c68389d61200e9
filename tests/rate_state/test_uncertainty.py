"""Standard errors: those of linear regression, infinite where nothing is known."""

import numpy as np
import pytest

from sklearn_frictiongru.rate_state._uncertainty import Uncertainty


@pytest.fixture
def regression():
    generator = np.random.default_rng(0)
    design = generator.normal(size=(50, 3)) * [1.0, 10.0, 0.1]
    return design, generator.normal(size=50)


def test_errors_are_those_of_the_covariance_whatever_the_scales(regression):
    design, residuals = regression
    covariance = residuals @ residuals / 47 * np.linalg.inv(design.T @ design)
    for scales in (np.ones(3), np.array([0.1, 5.0, 2.0])):
        uncertainty = Uncertainty(design, residuals, scales)
        assert uncertainty.residual_std == pytest.approx(np.sqrt(residuals @ residuals / 47))
        for weights in ([1, 0, 0], [0, 0, 1], [0, 1, -1]):
            expected = np.sqrt(np.array(weights) @ covariance @ weights)
            assert uncertainty.of(weights) == pytest.approx(expected, rel=1e-10)


def test_what_takes_the_place_of_another_is_unknown_and_their_sum_is_not(regression):
    design, residuals = regression
    design[:, 2] = design[:, 1]
    uncertainty = Uncertainty(design, residuals, np.ones(3))
    assert np.isfinite(uncertainty.of([1, 0, 0]))
    assert uncertainty.of([0, 1, 0]) == uncertainty.of([0, 0, 1]) == np.inf
    assert np.isfinite(uncertainty.of([0, 1, 1]))
    assert uncertainty.of([0, 1, -1]) == np.inf


def test_as_many_parameters_as_rows_leave_no_error_to_tell():
    assert Uncertainty(np.eye(3), np.zeros(3), np.ones(3)).of([1, 0, 0]) == np.inf
