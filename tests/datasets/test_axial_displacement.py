"""Shortening is positive: wear and closure shorten, expansion lengthens."""

import numpy as np
import pytest

from sklearn_frictiongru.datasets import ExperimentConstants
from sklearn_frictiongru.datasets._axial_displacement import axial_displacement

CONSTANTS = ExperimentConstants(
    wear_coefficient=2e-12, thermal_expansion=1e-5, normal_stiffness=50.0
)
NOTHING = np.zeros(2)


def test_wear_shortens():
    # 10 MPa m of work at 2e-12 1/Pa is 20 um.
    moved = axial_displacement(np.array([0.0, 10.0]), NOTHING, NOTHING, CONSTANTS)
    np.testing.assert_allclose(moved, [0.0, 0.020], rtol=1e-12)


def test_both_sides_expand():
    # One side that is 10 K warmer over 50 mm.
    heat = np.array([0.0, 2850 * 800 * 10 * 0.05])
    moved = axial_displacement(NOTHING, heat, NOTHING, CONSTANTS)
    np.testing.assert_allclose(moved, [0.0, -2 * 1e-5 * 10 * 50], rtol=1e-12)


def test_closure_counts_from_the_first_row():
    moved = axial_displacement(NOTHING, NOTHING, np.array([1.0, 6.0]), CONSTANTS)
    np.testing.assert_allclose(moved, [0.0, 0.1], rtol=1e-12)
    assert axial_displacement(NOTHING, NOTHING, np.array([6.0, 1.0]), CONSTANTS)[1] == (
        pytest.approx(-0.1)
    )
