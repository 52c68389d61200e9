"""Stress, friction and slip velocity from what a shear apparatus measures."""

from __future__ import annotations

from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_frictiongru.utils.validation import check_same_index, without_masks


@overload
def friction_from_stress(shear_stress: pd.Series, normal_stress: ArrayLike) -> pd.Series: ...
@overload
def friction_from_stress(
    shear_stress: ArrayLike, normal_stress: ArrayLike
) -> NDArray[np.float64]: ...
def friction_from_stress(shear_stress, normal_stress):
    r"""Return the friction coefficient, shear stress / normal stress.

    .. math:: \mu = \tau / \sigma_n

    Parameters
    ----------
    shear_stress : array-like of shape (n_rows,)
        Shear stress on the sliding surface [MPa].
    normal_stress : array-like of shape (n_rows,)
        Normal stress on it, above zero [MPa].

    Returns
    -------
    ndarray of shape (n_rows,)
        Friction coefficient [-]; a Series with the same index if `shear_stress` is one.

    Raises
    ------
    ValueError
        If a normal stress is zero or less, or the lengths differ.

    See Also
    --------
    shear_stress_from_torque : Shear stress in rotary shear.

    References
    ----------
    Byerlee, J. (1978). Friction of rocks. Pure and Applied Geophysics, 116, 615-626.

    Examples
    --------
    >>> from sklearn_frictiongru.preprocessing import friction_from_stress
    >>> friction_from_stress([30.0, 51.0], [50.0, 75.0])
    array([0.6 , 0.68])
    """
    check_same_index(shear_stress, normal_stress, "normal_stress", of="shear_stress")
    normal = np.asarray(without_masks(normal_stress), dtype=np.float64)
    if np.shape(shear_stress) != normal.shape:
        raise ValueError(
            f"shear_stress has shape {np.shape(shear_stress)}, normal_stress {normal.shape}; "
            "expected one of each for every row."
        )
    bad = np.flatnonzero(~(normal > 0))
    if len(bad):
        raise ValueError(
            f"normal_stress is {normal[bad[0]]:g} at row {bad[0]} ({len(bad)} of {len(normal)} "
            "rows are not above zero); friction is not defined there. Leave these rows out."
        )
    if isinstance(shear_stress, pd.Series):
        return (shear_stress / normal).rename("friction")
    return np.asarray(without_masks(shear_stress), dtype=np.float64) / normal


def shear_stress_from_torque(
    torque: ArrayLike, outer_radius: float, inner_radius: float = 0.0
) -> NDArray[np.float64]:
    r"""Return the shear stress on a ring, or full cylinder, in rotary shear.

    The shear stress is assumed to be uniform over the surface, so that the torque is

    .. math:: M = \int_{r_i}^{r_o} 2 \pi r^2 \tau \, dr
        \quad\Rightarrow\quad \tau = \frac{3 M}{2 \pi (r_o^3 - r_i^3)}

    Parameters
    ----------
    torque : array-like of shape (n_rows,)
        Torque [N m].
    outer_radius : float
        Outer radius of the sliding surface [m].
    inner_radius : float, default=0.0
        Inner radius [m]; 0 for a full cylinder.

    Returns
    -------
    ndarray of shape (n_rows,)
        Shear stress [MPa].

    Raises
    ------
    ValueError
        If the radii are not 0 <= inner < outer.

    See Also
    --------
    equivalent_slip_velocity : Slip velocity in rotary shear.
    friction_from_stress : Friction of this stress.

    References
    ----------
    Shimamoto, T., Tsutsumi, A. (1994). A new rotary-shear high-speed frictional testing
    machine: its basic design and scope of research. Journal of the Tectonic Research Group
    of Japan, 39, 65-78.

    Examples
    --------
    >>> from sklearn_frictiongru.preprocessing import shear_stress_from_torque
    >>> shear_stress_from_torque([20.0], outer_radius=0.0125).round(2)
    array([4.89])
    """
    _check_radii(outer_radius, inner_radius)
    torque = np.asarray(without_masks(torque), dtype=np.float64)
    return 3 * torque / (2 * np.pi * (outer_radius**3 - inner_radius**3)) / 1e6


def equivalent_slip_velocity(
    revolution_rate: ArrayLike, outer_radius: float, inner_radius: float = 0.0
) -> NDArray[np.float64]:
    r"""Return the slip velocity of a ring, averaged so that it gives the frictional work.

    Slip velocity increases with the radius. The equivalent slip velocity, times shear stress
    and area, is the rate of frictional work on the whole surface. For R revolutions per
    second and the radii r_o and r_i,

    .. math:: V_e = \frac{4 \pi R \, (r_o^2 + r_o r_i + r_i^2)}{3 \, (r_o + r_i)}

    Parameters
    ----------
    revolution_rate : array-like of shape (n_rows,)
        Revolutions per second [1/s].
    outer_radius : float
        Outer radius of the sliding surface [m].
    inner_radius : float, default=0.0
        Inner radius [m]; 0 for a full cylinder.

    Returns
    -------
    ndarray of shape (n_rows,)
        Equivalent slip velocity [m/s].

    Raises
    ------
    ValueError
        If the radii are not 0 <= inner < outer.

    See Also
    --------
    shear_stress_from_torque : Shear stress in rotary shear.

    References
    ----------
    Hirose, T., Shimamoto, T. (2005). Growth of molten zone as a mechanism of slip weakening
    of simulated faults in gabbro during frictional melting. Journal of Geophysical
    Research, 110, B05202.

    Examples
    --------
    >>> from sklearn_frictiongru.preprocessing import equivalent_slip_velocity
    >>> equivalent_slip_velocity([1.0], outer_radius=0.0125).round(4)
    array([0.0524])
    """
    _check_radii(outer_radius, inner_radius)
    outer, inner = outer_radius, inner_radius
    per_revolution = 4 * np.pi * (outer**2 + outer * inner + inner**2) / (3 * (outer + inner))
    return np.asarray(without_masks(revolution_rate), dtype=np.float64) * per_revolution


def _check_radii(outer_radius, inner_radius):
    """Raise if two radii do not define a ring."""
    if not 0 <= inner_radius < outer_radius:
        raise ValueError(
            f"inner_radius={inner_radius} and outer_radius={outer_radius}; expected 0 <= inner < "
            "outer, in metres."
        )
