"""Stress, friction and slip velocity against integrals over the surface."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from sklearn_frictiongru.preprocessing import (
    equivalent_slip_velocity,
    friction_from_stress,
    shear_stress_from_torque,
)

RINGS = [(0.0125, 0.0), (0.02, 0.008), (0.125, 0.075)]


def test_friction_is_the_ratio_and_keeps_the_index():
    shear = pd.Series([30.0, 51.0], index=[7.0, 8.0], name="shear_stress_mpa")
    friction = friction_from_stress(shear, [50.0, 75.0])
    pd.testing.assert_series_equal(
        friction, pd.Series([0.6, 0.68], index=[7.0, 8.0], name="friction")
    )


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_normal_stress_that_is_not_above_zero_is_named(bad):
    with pytest.raises(ValueError, match=r"at row 1 \(1 of 3 rows"):
        friction_from_stress([1.0, 1.0, 1.0], [2.0, bad, 2.0])


def test_stresses_of_different_lengths_are_an_error():
    with pytest.raises(ValueError, match=r"shape \(2,\), normal_stress \(3,\)"):
        friction_from_stress([1.0, 1.0], [2.0, 2.0, 2.0])


@pytest.mark.parametrize(("outer", "inner"), RINGS)
def test_torque_of_a_uniform_shear_stress_gives_it_back(outer, inner):
    shear_stress_pa = 3e6
    torque, _ = quad(lambda r: 2 * np.pi * r * r * shear_stress_pa, inner, outer)
    assert shear_stress_from_torque([torque], outer, inner) == pytest.approx([3.0], rel=1e-9)


@pytest.mark.parametrize(("outer", "inner"), RINGS)
def test_equivalent_velocity_gives_the_frictional_work(outer, inner):
    revolutions = 1.5
    # Work per area and stress: slip velocity at each radius, over the surface.
    work, _ = quad(lambda r: 2 * np.pi * r * (2 * np.pi * r * revolutions), inner, outer)
    area = np.pi * (outer**2 - inner**2)
    velocity = equivalent_slip_velocity([revolutions], outer, inner)
    assert velocity == pytest.approx([work / area], rel=1e-9)


@pytest.mark.parametrize("function", [shear_stress_from_torque, equivalent_slip_velocity])
@pytest.mark.parametrize(("outer", "inner"), [(0.01, 0.01), (0.01, 0.02), (0.01, -0.001)])
def test_radii_that_bound_no_ring_are_an_error(function, outer, inner):
    with pytest.raises(ValueError, match="expected 0 <= inner < outer"):
        function([1.0], outer, inner)
