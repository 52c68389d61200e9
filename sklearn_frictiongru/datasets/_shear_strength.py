"""Shear stress of a sliding surface: rate and state, temperature, flash heating, cohesion."""

import numpy as np


def shear_stress(friction, rise, velocity, normal_stress, *, constants, temperature_coupling):
    """Return the shear stress of a surface that slides.

    - Temperature: friction falls by `temperature_coupling` times the rise.
    - Flash heating: above V_w = pi alpha / D (rho c (T_w - T) / tau_c)^2 friction falls to
      (friction - f_w) V_w / V + f_w.
    - Cohesion is added to friction times normal stress.

    Without a `temperature_coupling` nothing depends on temperature, and flash heating, which
    is heat at the contacts, is off as well.

    Parameters
    ----------
    friction : float or ndarray of shape (n_times,)
        Friction of the rate-and-state law [-].
    rise : float or ndarray of shape (n_times,)
        Rise of the surface's temperature above the ambient one [K].
    velocity : float or ndarray of shape (n_times,)
        Slip velocity, above zero [m/s].
    normal_stress : float or ndarray of shape (n_times,)
        Normal stress [MPa].
    constants : ExperimentConstants
        Constants of the rock.
    temperature_coupling : float
        Fall of friction with temperature [1/K].

    Returns
    -------
    float or ndarray of shape (n_times,)
        Shear stress [MPa]; it never rises with `rise`.

    References
    ----------
    Rice, J. R. (2006). Heating and weakening of faults during earthquake slip. Journal of
    Geophysical Research, 111, B05311.

    Beeler, N. M., Tullis, T. E., Goldsby, D. L. (2008). Constitutive relationships and physical
    basis of fault strength due to flash heating. Journal of Geophysical Research, 113, B01401.

    Jaeger, J. C., Cook, N. G. W., Zimmerman, R. W. (2007). Fundamentals of Rock Mechanics, 4th
    edition. Blackwell.
    """
    if temperature_coupling > 0:
        friction = friction - temperature_coupling * rise
        slower = np.minimum(weakening_velocity(rise, constants) / velocity, 1.0)
        # Contacts that are weaker than weakened ones already are not strengthened by heat.
        excess = np.maximum(friction - constants.weakened_friction, 0.0)
        friction = friction - excess * (1 - slower)
    return constants.cohesion + friction * normal_stress


def weakening_velocity(rise, constants):
    """Return the slip velocity above which contacts flash heat.

    Parameters
    ----------
    rise : float or ndarray of shape (n_times,)
        Rise of the surface's temperature above the ambient one [K].
    constants : ExperimentConstants
        Constants of the rock.

    Returns
    -------
    float or ndarray of shape (n_times,)
        V_w [m/s]; zero at the weakening temperature and above.
    """
    margin = constants.weakening_temperature - constants.ambient_temperature - rise
    heat = constants.volumetric_heat_capacity * np.maximum(margin, 0.0)
    rate = np.pi * constants.diffusivity / constants.contact_diameter
    return rate * (heat / (constants.contact_strength * 1e6)) ** 2
