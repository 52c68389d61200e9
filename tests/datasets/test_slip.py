"""Friction and temperature of a run: analytical responses, and convergence."""

import numpy as np
import pytest

from sklearn_frictiongru.datasets import ExperimentConstants, Ramps, Steps
from sklearn_frictiongru.datasets._loading import load
from sklearn_frictiongru.datasets._shear_strength import shear_stress
from sklearn_frictiongru.datasets._slip import slide

# Slow enough that the state follows over many rows: d_c / V is 100 s, then 10 s.
RESOLVED = ExperimentConstants(mu0=0.62, a=0.012, b=0.015, d_c=1e-4, cohesion=0.0)
NORMAL_STRESS = Steps([(0, 1.0), (100, 5.8), (200, 2.0)])
SLIDING = Steps([(0, 0.004)])


def slip_of(
    duration,
    *,
    velocity=SLIDING,
    normal_stress=NORMAL_STRESS,
    interval=1.0,
    n_substeps=1,
    coupling=0.001,
    constants=None,
):
    times = np.round(np.arange(0, duration + interval / 2, interval), 9)
    loading = load(
        0,
        times,
        n_substeps,
        velocity=velocity,
        normal_stress=normal_stress,
        fluctuation=np.ones(len(times)),
    )
    constants = constants or ExperimentConstants()
    return loading, slide(loading, constants, coupling)


def test_a_velocity_step_shows_the_direct_effect_and_decays_over_the_slip_distance():
    velocity = Steps([(0, 1e-6), (50, 1e-5)])
    loading, slip = slip_of(
        200, velocity=velocity, normal_stress=Steps([(0, 2.0)]), coupling=0.0, constants=RESOLVED
    )
    friction = slip.shear_stress / 2.0
    np.testing.assert_allclose(friction[:51], 0.62, rtol=1e-12)
    since = loading.times[51:] - 50
    # theta goes from d_c / V1 = 100 s to d_c / V2 = 10 s as exp(-slip / d_c).
    theta = 10 + 90 * np.exp(-1e-5 * since / 1e-4)
    np.testing.assert_allclose(slip.state[51:], theta, rtol=1e-12)
    expected = 0.62 + 0.012 * np.log(10) + 0.015 * np.log(theta / 100)
    np.testing.assert_allclose(friction[51:], expected, rtol=1e-10)
    assert friction[-1] == pytest.approx(0.62 + (0.012 - 0.015) * np.log(10), abs=1e-6)


def test_the_peak_after_a_velocity_step_is_the_direct_effect():
    _, slip = slip_of(
        0.2,
        velocity=Steps([(0, 1e-6), (0.1, 1e-5)]),
        normal_stress=Steps([(0, 2.0)]),
        interval=0.001,
        coupling=0.0,
        constants=RESOLVED,
    )
    peak = slip.shear_stress.max() / 2.0
    assert peak == pytest.approx(0.62 + 0.012 * np.log(10), abs=2e-6)
    assert slip.shear_stress.argmax() == 101


@pytest.mark.parametrize("velocity", [1e-7, 1e-5, 0.004])
def test_steady_slip_has_the_analytical_friction(velocity):
    _, slip = slip_of(
        20,
        velocity=Steps([(0, velocity)]),
        normal_stress=Steps([(0, 2.0)]),
        coupling=0.0,
        constants=RESOLVED,
    )
    expected = 0.62 + (0.012 - 0.015) * np.log(velocity / 1e-6)
    np.testing.assert_allclose(slip.shear_stress / 2.0, expected, rtol=1e-10)
    np.testing.assert_allclose(slip.state, 1e-4 / velocity, rtol=1e-12)


def test_half_of_the_frictional_heat_enters_each_side():
    constants = ExperimentConstants(holder_loss_time=1e9)
    _, slip = slip_of(1000, normal_stress=Steps([(0, 3.0)]), coupling=0.0, constants=constants)
    flux = slip.shear_stress[0] * 1e6 * 0.004 / 2
    np.testing.assert_allclose(slip.flux, flux, rtol=1e-9)
    times = np.arange(1, 1001)
    expected = 2 * flux * np.sqrt(times / (np.pi * 1.1e-6)) / (2850 * 800)
    np.testing.assert_allclose(slip.surface_rise[1:], expected, rtol=1e-5)
    assert (slip.thermocouple_rise[1:] < slip.surface_rise[1:]).all()


def test_a_coupled_surface_is_weaker_by_the_coupling_times_its_rise():
    loading, coupled = slip_of(300, coupling=0.002)
    _, decoupled = slip_of(300, coupling=0.0)
    lost = (decoupled.shear_stress - coupled.shear_stress) / loading.normal_stress
    np.testing.assert_allclose(lost, 0.002 * coupled.surface_rise, rtol=0, atol=1e-12)
    assert coupled.surface_rise.max() < 0.95 * decoupled.surface_rise.max()


def test_the_temperature_is_that_of_the_friction_it_makes():
    # A long step and the strongest coupling: taken explicitly, each step would overshoot.
    _, slip = slip_of(3600, interval=60.0, coupling=0.01, normal_stress=Steps([(0, 20.0)]))
    surface = slip.half_space.rise(slip.flux, 60.0, 0.0)
    middle = (surface[1:] + surface[:-1]) / 2
    _, decoupled = slip_of(3600, interval=60.0, coupling=0.0, normal_stress=Steps([(0, 20.0)]))
    weakened = decoupled.flux - 0.5e6 * 0.01 * middle * 20.0 * 0.004
    np.testing.assert_allclose(slip.flux, weakened, rtol=1e-9)
    # What overshoot there is dies out.
    assert np.abs(np.diff(slip.surface_rise[-5:])).max() < 1e-4


def test_each_step_is_solved_to_its_end_where_contacts_flash():
    velocity = Steps([(0, 0.4)])
    loading, slip = slip_of(100, velocity=velocity, normal_stress=Steps([(0, 0.4)]), coupling=0.01)
    surface = slip.half_space.rise(slip.flux, 1.0, 0.0)
    constants = ExperimentConstants()
    theta = constants.d_c / 0.4
    friction = 0.65 + 0.01 * np.log(0.4 / 1e-6) + 0.013 * np.log(1e-6 * theta / constants.d_c)
    stress = shear_stress(
        friction,
        (surface[1:] + surface[:-1]) / 2,
        loading.step_velocity,
        loading.step_normal_stress,
        constants=constants,
        temperature_coupling=0.01,
    )
    np.testing.assert_allclose(slip.flux, 0.5e6 * stress * 0.4, rtol=1e-10)


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ({}, 1.5),
        ({"coupling": 0.01}, 1.5),
        ({"interval": 10.0}, 1.5),
        (
            {
                "velocity": Ramps([(0, 0.05), (150, 0.4), (300, 0.05)]),
                "normal_stress": Steps([(0, 0.4)]),
            },
            1.4,
        ),
        (
            {
                "velocity": Ramps([(0, 1e-6), (150, 1e-5), (300, 1e-6)]),
                "constants": RESOLVED,
                "normal_stress": Steps([(0, 5.0)]),
            },
            1.4,
        ),
    ],
    ids=["steps", "strong", "long", "flash", "resolved"],
)
def test_temperature_converges_as_the_steps_shrink(options, order):
    runs = {n: slip_of(300, n_substeps=n, **options)[1] for n in (1, 2, 4, 32)}
    errors = [np.abs(runs[n].surface_rise - runs[32].surface_rise).max() for n in (1, 2, 4)]
    assert np.log2(errors[0] / errors[1]) > order
    assert np.log2(errors[1] / errors[2]) > order
    assert errors[0] < 0.05


def test_friction_of_a_resolved_state_converges_with_the_second_order():
    options = {
        "velocity": Ramps([(0, 1e-6), (150, 1e-5), (300, 1e-6)]),
        "normal_stress": Steps([(0, 5.0)]),
        "constants": RESOLVED,
        "coupling": 0.0,
    }
    runs = {n: slip_of(300, n_substeps=n, **options)[1].shear_stress for n in (1, 2, 4, 64)}
    errors = [np.abs(runs[n] - runs[64]).max() for n in (1, 2, 4)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.1)
