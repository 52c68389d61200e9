"""Shortening of the sample along its axis."""

import numpy as np


def axial_displacement(work, stored_heat, normal_stress, constants):
    """Return the axial displacement since the first row, shortening positive.

    It is Archard's wear k sigma_n V, integrated over time, minus the thermal expansion of both
    sides, plus the elastic closure of the surface since the first row. The expansion of a side
    is its linear expansion times the integral of its rise over depth, which is its heat over
    rho c.
    """
    worn = constants.wear_coefficient * 1e6 * np.asarray(work)
    expanded = 2 * constants.thermal_expansion * stored_heat / constants.volumetric_heat_capacity
    closed = (normal_stress - normal_stress[0]) / constants.normal_stiffness
    return 1e3 * (worn - expanded) + closed
