"""States and friction of a record, run by run."""

import numpy as np
import pytest

from tests.rate_state._simulated import TRUE, record_of


def test_every_run_begins_in_the_steady_state_of_its_first_velocity():
    velocity = [1e-5, 1e-5, 1e-6, 1e-7, 1e-7]
    states = record_of(velocity, starts=[0, 3]).log_states(1e-5)
    np.testing.assert_allclose(states[[0, 1]], np.log(0.1), rtol=1e-12)
    np.testing.assert_allclose(states[[3, 4]], np.log(10), rtol=1e-12)
    # One second at 1e-6 m/s is a tenth of D_c: theta = 10 + (1 - 10) exp(-0.1) seconds.
    assert states[2] == pytest.approx(np.log((10 - 9 * np.exp(-0.1)) / 10), rel=1e-12)


def test_the_sampling_interval_is_the_length_of_the_steps():
    slow = record_of([1e-5, 1e-6, 1e-6], interval=2.0).log_states(1e-5)
    fast = record_of([1e-5, *[1e-6] * 4]).log_states(1e-5)
    np.testing.assert_allclose(slow[1:], fast[[2, 4]], rtol=1e-12)


def test_the_direction_of_slip_is_the_sign_of_friction():
    record = record_of([-1e-6, -1e-5])
    np.testing.assert_allclose(record.friction(**TRUE), -record_of([1e-6, 1e-5]).friction(**TRUE))
    assert record.slides.all()


@pytest.mark.parametrize("rest", [0.0, 1e-13, -1e-13])
def test_rows_at_rest_keep_the_friction_of_slip_and_their_state_goes_on(rest):
    velocity = [rest, rest, 1e-6, 1e-6, rest, rest, 1e-6, rest, 1e-6]
    record = record_of(velocity, starts=[0, 7])
    friction = record.friction(**TRUE)
    # Before any slip there is mu0, in a later run as well.
    np.testing.assert_array_equal(friction[[0, 1, 7]], 0.6)
    np.testing.assert_array_equal(friction[[4, 5]], friction[3])
    # It begins in the steady state of v0, and ages by two seconds, and by three more.
    states = record.log_states(1e-5)
    assert np.exp(states[1]) == pytest.approx(1.1, rel=1e-6)
    assert np.exp(states[5] - states[3]) == pytest.approx(1 + 2 / (10 * np.exp(states[3])))
    assert friction[6] > friction[3]
