"""Shear stress of a sliding surface: rate-and-state law, temperature, flash heating, cohesion."""

import numpy as np


def shear_stress(friction, rise, velocity, normal_stress, *, constants, temperature_coupling):
    """Return the shear stress of a surface that slides.

    - Temperature: friction decreases by `temperature_coupling` times the rise.
    - Flash heating: above V_w = pi alpha / D (rho c (T_w - T) / tau_c)^2 friction falls to
      (friction - f_w) V_w / V + f_w.
    - Cohesion is added to friction times normal stress.

    Without a `temperature_coupling` nothing depends on temperature, and flash heating, which
    is heat at the contacts, is off as well.
    """
    if temperature_coupling > 0:
        friction = friction - temperature_coupling * rise
        slower = np.minimum(weakening_velocity(rise, constants) / velocity, 1.0)
        # Heat does not strengthen contacts that are already weaker than weakened contacts.
        excess = np.maximum(friction - constants.weakened_friction, 0.0)
        friction = friction - excess * (1 - slower)
    return constants.cohesion + friction * normal_stress


def weakening_velocity(rise, constants):
    """Return the slip velocity above which contacts flash heat."""
    margin = constants.weakening_temperature - constants.ambient_temperature - rise
    heat = constants.volumetric_heat_capacity * np.maximum(margin, 0.0)
    rate = np.pi * constants.diffusivity / constants.contact_diameter
    return rate * (heat / (constants.contact_strength * 1e6)) ** 2
