"""The slider on a spring: against a tight integration, exact derivatives, sound when unstable."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sklearn_frictiongru.rate_state._spring_slider import Law, _Slider, sensitivity, slide

# Steps up and down, a hold, a reload and a reversal.
LOADS = np.repeat([1e-6, 1e-5, 0.0, 1e-6, 3e-7, -1e-6, 2e-6], [5, 25, 20, 25, 15, 8, 15])
ONE, TWO = ([0.015], [1e-5]), ([0.01, 0.005], [3e-6, 4e-5])


def law_of(kind, states, stiffness=5e3, mu0=0.6, a=0.01):
    b, d_c = map(np.array, states)
    return Law(mu0, a, b, d_c, 1e-6, stiffness, kind)


def integrated(loads, interval, law):
    """Return friction at each row by a stiff solver at a tight tolerance."""

    def slip(values):
        strength = (law.mu0 + law.b @ values[1:]) / law.a
        return 2 * law.v0 * np.sinh(values[0] / law.a) * np.exp(-strength)

    def slope(_, values, load):
        speed = max(abs(slip(values)), 1e-300)
        if law.kind == "aging":
            states = (law.v0 * np.exp(-values[1:]) - speed) / law.d_c
        else:
            states = -(speed / law.d_c) * (values[1:] + np.log(speed / law.v0))
        return np.r_[law.stiffness * (load - slip(values)), states]

    values = np.r_[law.mu0, np.zeros(len(law.b))]
    friction = [values[0]]
    for load in loads[1:]:
        solution = solve_ivp(
            slope, (0, interval), values, "LSODA", args=(load,), rtol=1e-9, atol=1e-11
        )
        values = solution.y[:, -1]
        friction.append(values[0])
    return np.array(friction)


@pytest.mark.parametrize("kind", ["aging", "slip"])
@pytest.mark.parametrize("states", [ONE, TWO], ids=["one state", "two states"])
@pytest.mark.parametrize(("stiffness", "interval"), [(1.5e3, 1.0), (1e4, 2.0)])
def test_friction_is_that_of_a_tight_integration(kind, states, stiffness, interval):
    law = law_of(kind, states, stiffness)
    motion = slide(LOADS, interval, law, 1e-6)
    expected = integrated(LOADS, interval, law)
    np.testing.assert_allclose(motion.friction, expected, rtol=0, atol=1e-4)
    assert np.ptp(expected) > 0.02


def test_the_slider_comes_to_the_velocity_of_the_load_point():
    law = law_of("aging", ONE)
    loads = np.repeat([1e-6, 1e-5], [5, 100])
    motion = slide(loads, 1.0, law, 1e-6)
    np.testing.assert_allclose(motion.velocity[:5], 1e-6, rtol=1e-6)
    assert motion.velocity[-1] == pytest.approx(1e-5, rel=1e-3)
    assert motion.friction[-1] == pytest.approx(0.6 - 0.005 * np.log(10), abs=1e-5)


def test_a_stiff_spring_is_none():
    loads = np.repeat([1e-6, 1e-5], [5, 30])
    motion = slide(loads, 1.0, law_of("slip", ONE, 1e7), 1e-6)
    slip = 1e-5 * np.arange(1, 31)
    expected = 0.6 + np.log(10) * (-0.005 + 0.015 * np.exp(-slip / 1e-5))
    np.testing.assert_allclose(motion.friction[5:], expected, atol=1e-4)


def test_in_a_hold_friction_relaxes_and_peaks_on_reload():
    loads = np.repeat([1e-6, 0.0, 1e-6], [5, 100, 60])
    friction = slide(loads, 1.0, law_of("aging", ONE), 1e-6).friction
    assert (np.diff(friction[5:105]) < 0).all()
    assert friction[104] < 0.58
    assert friction[105:].max() > 0.605
    assert friction[-1] == pytest.approx(0.6, abs=1e-3)


def test_without_friction_and_load_nothing_moves_and_contacts_age():
    velocity, friction, states = _Slider(law_of("aging", ONE)).step(0.0, [0.0], 1.0, 0.0)
    assert velocity == friction == 0.0
    # A second on top of D_c / V0, ten seconds.
    assert states == pytest.approx([np.log(1.1)], rel=1e-12)


@pytest.mark.parametrize("kind", ["aging", "slip"])
@pytest.mark.parametrize("states", [ONE, TWO], ids=["one state", "two states"])
def test_derivatives_are_those_of_the_steps_taken(kind, states):
    law = law_of(kind, states, 1e4)
    loads = np.r_[LOADS[:100], np.full(18, -1e-5)]
    motion = slide(loads, 1.0, law, 1e-6)
    # In the end the slider has gone back for a while.
    assert motion.friction[-3] < -0.5
    assert motion.velocity[-3] < -5e-6
    found = sensitivity(motion)
    n_states = len(law.b)
    values = np.r_[law.mu0, law.a, law.b, np.log(law.d_c)]

    def friction_at(values):
        moved = (values[2 : 2 + n_states], np.exp(values[2 + n_states :]))
        return slide(loads, 1.0, law_of(kind, moved, 1e4, *values[:2]), 1e-6).friction

    for number, value in enumerate(values):
        change = np.zeros(len(values))
        change[number] = 1e-6 * abs(value)
        slopes = (friction_at(values + change) - friction_at(values - change)) / (2e-6 * abs(value))
        scale = np.abs(slopes).max()
        np.testing.assert_allclose(found[:, number], slopes, rtol=0, atol=1e-4 * scale)


@pytest.mark.parametrize("kind", ["aging", "slip"])
@pytest.mark.parametrize(
    ("states", "stiffness", "a"),
    [
        (([0.015], [1e-7]), 5e3, 0.01),
        (([0.02], [1e-7]), 5e3, 0.001),
        (([0.1], [1e-5]), 1e3, 0.01),
        (([0.015], [1e-5]), 1.0, 0.01),
        (([0.02], [1e-5]), 1e3, 1e-5),
    ],
)
def test_a_slider_that_runs_away_keeps_to_bounds(kind, states, stiffness, a):
    motion = slide(LOADS, 1.0, law_of(kind, states, stiffness, a=a), 1e-6)
    assert np.abs(motion.friction).max() < 1.5
    assert np.isfinite(motion.velocity).all()
    assert np.isfinite(sensitivity(motion)).all()
    assert len(motion.steps) < 30 * len(LOADS)


def test_the_steps_of_a_slider_that_runs_away_for_long_are_counted():
    loads = np.repeat([1e-6, 1e-5], [2, 300])
    motion = slide(loads, 1.0, law_of("aging", ([0.015], [1e-7])), 1e-6)
    assert 5 * len(loads) < len(motion.steps) < 20 * len(loads)
