"""What weakens and what strengthens a sliding surface."""

import numpy as np
import pytest

from sklearn_frictiongru.datasets import ExperimentConstants
from sklearn_frictiongru.datasets._shear_strength import shear_stress, weakening_velocity

CONSTANTS = ExperimentConstants(cohesion=0.5, weakened_friction=0.1)


def stress_of(friction, rise, velocity, normal_stress, coupling=0.001):
    return shear_stress(
        friction,
        rise,
        velocity,
        normal_stress,
        constants=CONSTANTS,
        temperature_coupling=coupling,
    )


def test_cohesion_is_added_so_that_friction_falls_with_normal_stress():
    normal_stress = np.array([0.5, 1.0, 5.0])
    stress = stress_of(0.6, 0.0, 0.004, normal_stress)
    np.testing.assert_allclose(stress, 0.5 + 0.6 * normal_stress, rtol=1e-12)
    assert (np.diff(stress / normal_stress) < 0).all()


def test_a_warm_surface_is_weaker_by_the_coupling():
    rise = np.array([0.0, 10.0, 60.0])
    stress = stress_of(0.6, rise, 0.004, 2.0, coupling=0.002)
    np.testing.assert_allclose(stress, 0.5 + (0.6 - 0.002 * rise) * 2.0, rtol=1e-12)


def test_the_weakening_velocity_is_that_of_the_published_formula():
    # pi alpha / D (rho c (T_w - T) / tau_c)^2 with the values written out.
    rise = np.array([0.0, 80.0])
    expected = np.pi * 1.1e-6 / 1e-5 * (2.28e6 * (880.0 - rise) / 3e9) ** 2
    np.testing.assert_allclose(weakening_velocity(rise, CONSTANTS), expected, rtol=1e-12)
    assert 0.1 < expected[0] < 0.2
    assert weakening_velocity(880.0, CONSTANTS) == weakening_velocity(2000.0, CONSTANTS) == 0.0


def test_contacts_flash_heat_above_the_weakening_velocity_only():
    v_w = weakening_velocity(0.0, CONSTANTS)
    below, at, above = stress_of(0.6, 0.0, v_w * np.array([0.5, 1.0, 4.0]), 1.0) - 0.5
    assert below == at == pytest.approx(0.6, rel=1e-12)
    assert above == pytest.approx((0.6 - 0.1) / 4 + 0.1, rel=1e-12)


def test_heat_weakens_before_contacts_flash():
    velocity = 4 * weakening_velocity(50.0, CONSTANTS)
    stress = stress_of(0.6, 50.0, velocity, 1.0)
    assert stress == pytest.approx(0.5 + (0.55 - 0.1) / 4 + 0.1, rel=1e-12)


def test_without_a_coupling_nothing_depends_on_temperature():
    fast = 4 * weakening_velocity(0.0, CONSTANTS)
    assert stress_of(0.6, 0.0, fast, 1.0, 0.0) == stress_of(0.6, 500.0, fast, 1.0, 0.0) == 1.1


@pytest.mark.parametrize("friction", [0.6, 0.2, 0.05])
@pytest.mark.parametrize("velocity", [0.004, 0.2, 2.0])
def test_heat_never_strengthens(friction, velocity):
    rise = np.linspace(0.0, 1000.0, 201)
    assert (np.diff(stress_of(friction, rise, velocity, 1.0)) < 0).all()
