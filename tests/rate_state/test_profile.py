"""Starting values: the least of the misfit along D_c, all else solved for."""

import numpy as np
import pytest

from sklearn_frictiongru.rate_state._profile import profile_minima, steady_columns
from tests.rate_state._simulated import STEPS, TRUE, TWO_STATES, friction_of_steps, record_of


@pytest.mark.parametrize("parameters", [TRUE, TWO_STATES], ids=["one state", "two states"])
def test_the_lowest_minimum_is_beside_the_truth(parameters):
    friction = friction_of_steps(parameters=parameters)
    n_states = len(parameters["b"])
    minima = profile_minima(
        record_of(STEPS), friction, n_states=n_states, d_c_bounds=(1e-7, 1e-2), a_min=1e-5
    )
    truth = np.r_[0.6, 0.01, parameters["b"], np.log(parameters["d_c"])]
    np.testing.assert_allclose(minima[0], truth, atol=0.15, rtol=0.15)
    misfits = [len(set(np.round(minimum, 12))) for minimum in minima]
    assert misfits == [2 + 2 * n_states] * len(minima)


def test_slip_backwards_and_rows_at_rest_do_not_mislead():
    velocity = np.r_[STEPS, np.zeros(30), -STEPS]
    friction = friction_of_steps(velocity)
    friction[len(STEPS) : len(STEPS) + 30] = 7.0
    minima = profile_minima(
        record_of(velocity), friction, n_states=1, d_c_bounds=(1e-6, 1e-4), a_min=1e-5
    )
    np.testing.assert_allclose(minima[0], [0.6, 0.01, 0.015, np.log(1e-5)], rtol=1e-3)


def test_the_direct_effect_keeps_above_its_least():
    friction = 0.6 - 0.02 * np.log(STEPS / 1e-6)
    for minimum in profile_minima(
        record_of(STEPS), friction, n_states=1, d_c_bounds=(1e-7, 1e-2), a_min=1e-3
    ):
        assert minimum[1] >= 1e-3


def test_steady_friction_is_made_of_mu0_and_a_minus_b():
    np.testing.assert_allclose(
        steady_columns(record_of([1e-6, 0.0, -1e-5])), [[1, 0], [1, np.log(10)]], atol=1e-12
    )
