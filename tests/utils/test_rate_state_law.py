"""The rate-and-state law: exact updates, its steady state, its limits."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sklearn_frictiongru.utils.rate_state_law import evolve_state, friction_of, steady_state

D_C = 1e-5
PARAMETERS = {"mu0": 0.6, "a": 0.01, "b": 0.015, "d_c": D_C, "v0": 1e-6}


def derivative(law, speed):
    if law == "aging":
        return lambda t, theta: 1 - speed * theta / D_C
    return lambda t, theta: -(speed * theta / D_C) * np.log(speed * theta / D_C)


@pytest.mark.parametrize("law", ["aging", "slip"])
def test_states_are_those_of_a_tight_integration(law):
    velocity = np.array([1e-6, 1e-5, -1e-5, 3e-7, 2e-6])
    time_steps = np.array([3.0, 0.5, 1.5, 40.0, 2.0])
    expected, theta = [], 25.0
    for speed, step in zip(np.abs(velocity), time_steps, strict=True):
        solution = solve_ivp(
            derivative(law, speed), (0, step), [theta], rtol=1e-11, atol=1e-12, method="LSODA"
        )
        theta = solution.y[0, -1]
        expected.append(theta)
    states = evolve_state(velocity, time_steps, D_C, 25.0, law=law)
    np.testing.assert_allclose(states, expected, rtol=1e-7)


@pytest.mark.parametrize("law", ["aging", "slip"])
def test_two_half_steps_are_one_whole_step(law):
    velocity = np.array([1e-6, 1e-5, 0.0, 2e-6])
    whole = evolve_state(velocity, 4.0, D_C, 3.0, law=law)
    halves = evolve_state(np.repeat(velocity, 2), 2.0, D_C, 3.0, law=law)
    np.testing.assert_allclose(halves[1::2], whole, rtol=1e-13)


@pytest.mark.parametrize("law", ["aging", "slip"])
@pytest.mark.parametrize("velocity", [1e-8, -1e-6, 4e-3, 1e3])
def test_the_steady_state_stays_and_is_reached(law, velocity):
    steady = steady_state(velocity, D_C)
    assert steady == pytest.approx(D_C / abs(velocity), rel=1e-14)
    rows = np.full(5, velocity)
    np.testing.assert_allclose(evolve_state(rows, 1.0, D_C, steady, law=law), steady, rtol=1e-12)
    long = 50 * steady
    np.testing.assert_allclose(evolve_state(rows, long, D_C, 7.0, law=law)[-1], steady, rtol=1e-9)


@pytest.mark.parametrize("speed", [0.0, 1e-300, 1e-20])
def test_at_rest_contacts_age_or_stay(speed):
    rows = np.full(3, speed)
    steps = [1.0, 2.0, 0.5]
    np.testing.assert_allclose(evolve_state(rows, steps, D_C, 10.0), [11, 13, 13.5], rtol=1e-12)
    np.testing.assert_allclose(evolve_state(rows, steps, D_C, 10.0, law="slip"), 10, rtol=1e-9)


def test_the_steady_state_at_rest_is_infinite_without_a_warning(recwarn):
    assert steady_state(0.0, D_C) == np.inf
    np.testing.assert_array_equal(steady_state([0.0, 1e-5], D_C), [np.inf, 1.0])
    assert not recwarn.list


@pytest.mark.parametrize("law", ["aging", "slip"])
def test_extreme_steps_stay_finite_without_a_warning(law, recwarn):
    velocity = np.array([1e5, 0.0, 1e-320, -1e5, 0.0])
    states = evolve_state(velocity, 1e6, 1e-7, 1e-3, law=law)
    assert np.isfinite(states).all()
    assert (states > 0).all()
    assert not recwarn.list


def test_a_velocity_step_has_its_direct_and_its_evolution_effect():
    v1, v2 = 1e-6, 1e-5
    velocity = np.r_[np.full(5, v1), np.full(4000, v2)]
    time_steps = np.r_[np.ones(5), 1e-2 * np.ones(4000)]
    for law in ("aging", "slip"):
        states = evolve_state(velocity, time_steps, D_C, steady_state(v1, D_C), law=law)
        friction = friction_of(velocity, states, **PARAMETERS)
        np.testing.assert_allclose(friction[:5], 0.6, rtol=1e-12)
        # Within the first step the state has moved by one per cent of D_c.
        direct, evolved = 0.01 * np.log(v2 / v1), -0.005 * np.log(v2 / v1)
        assert friction[5] - 0.6 == pytest.approx(direct, rel=0.06)
        assert friction[-1] - 0.6 == pytest.approx(evolved, rel=1e-9)
    # Under the slip law friction decays with exp(-slip / D_c).
    slip = 1e-2 * v2 * np.arange(1, 301)
    expected = 0.6 + evolved + 0.015 * np.log(v2 / v1) * np.exp(-slip / D_C)
    np.testing.assert_allclose(friction[5:305], expected, rtol=1e-9)


def test_friction_is_the_regularised_law_as_it_is_written():
    velocity = np.array([1e-9, 1e-7, 3e-6])
    states = np.array([30.0, 2.0, 0.3])
    parameters = {"mu0": 0.05, "a": 0.02, "b": 0.01, "d_c": 3e-6, "v0": 1e-6}
    exponent = (0.05 + 0.01 * np.log(1e-6 * states / 3e-6)) / 0.02
    expected = 0.02 * np.arcsinh(velocity / 2e-6 * np.exp(exponent))
    np.testing.assert_allclose(friction_of(velocity, states, **parameters), expected, rtol=1e-12)


def test_friction_has_the_sign_of_the_velocity_and_is_none_at_rest():
    states = np.full(3, 4.0)
    friction = friction_of([2e-6, -2e-6, 0.0], states, **PARAMETERS)
    assert friction[0] == -friction[1] > 0.5
    assert friction[2] == 0.0
    assert friction_of(0.0, np.inf, **PARAMETERS) == 0.0


def test_the_logarithm_takes_over_without_a_jump():
    # asinh is replaced where its argument is exp(20): the slope there is that of a ln(V).
    speed = 2e-6 * np.exp(20 - 60 + np.linspace(-1e-3, 1e-3, 201))
    friction = friction_of(speed, 10.0, **PARAMETERS)
    slope = np.diff(friction) / np.diff(np.log(speed))
    np.testing.assert_allclose(slope, 0.01, rtol=1e-6)


def test_extreme_arguments_neither_overflow_nor_warn(recwarn):
    velocity = np.array([1e-300, 1e-30, 1.0, 1e6])
    for a in (1e-8, 1e-2):
        friction = friction_of(velocity, [1e-300, 1e300, 1e-9, 1.0], **{**PARAMETERS, "a": a})
        assert np.isfinite(friction).all()
    expected = 0.6 + 1e-8 * np.log(1e6 / 1e-6) + 0.015 * np.log(1e-6 / 1e-5)
    last = friction_of(1e6, 1.0, **{**PARAMETERS, "a": 1e-8})
    assert last == pytest.approx(expected, rel=1e-12)
    assert not recwarn.list


def test_two_states_add_their_effects():
    velocity = np.array([1e-6, 2e-6, 1e-5])
    states = np.column_stack([[10.0, 8.0, 2.0], [50.0, 40.0, 30.0]])
    parameters = {"mu0": 0.6, "a": 0.01, "b": [0.008, 0.004], "d_c": [1e-5, 5e-5], "v0": 1e-6}
    friction = friction_of(velocity, states, **parameters)
    expected = (
        0.6
        + 0.01 * np.log(velocity / 1e-6)
        + 0.008 * np.log(1e-6 * states[:, 0] / 1e-5)
        + 0.004 * np.log(1e-6 * states[:, 1] / 5e-5)
    )
    np.testing.assert_allclose(friction, expected, rtol=1e-12)
    # One state in a column of its own is no other law.
    one = {**PARAMETERS, "b": [0.015], "d_c": [D_C]}
    np.testing.assert_array_equal(
        friction_of(velocity, states[:, :1], **one),
        friction_of(velocity, states[:, 0], **PARAMETERS),
    )


def test_an_unknown_law_is_named():
    with pytest.raises(ValueError, match="law is 'ageing'; expected 'aging' or 'slip'"):
        evolve_state([1e-6], 1.0, D_C, 1.0, law="ageing")


@pytest.mark.parametrize("initial", [0.0, -1.0, np.inf, np.nan])
def test_an_initial_state_that_is_none_is_named(initial):
    with pytest.raises(ValueError, match=r"initial is .* above zero and finite"):
        evolve_state([1e-6], 1.0, D_C, initial)
