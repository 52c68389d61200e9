"""Physical constants of the simulated friction experiment."""

from dataclasses import dataclass, field, fields
from typing import Any


def _constant(default: float, low: float, high: float) -> Any:
    """Return a dataclass field with the bounds of its value."""
    return field(default=default, metadata={"bounds": (low, high)})


@dataclass(frozen=True, kw_only=True)
class ExperimentConstants:
    """Constants of rock and apparatus in a simulated friction experiment.

    The defaults are those of a diorite-like rock in a rotary shear apparatus. Values that no
    single source gives (cohesion, wear, stiffness, holder, thermocouple) are within the ranges
    that the sources report; none is fitted to a record. Every attribute is a keyword argument.

    Attributes
    ----------
    mu0 : float, default=0.65
        Friction of steady slip at `v0` without cohesion and heat [-], from 0.1 to 1. Most rocks:
        0.6 to 0.85 [1]_.
    a : float, default=0.01
        Direct effect of slip velocity [-], from 0.001 to 0.05 [2]_.
    b : float, default=0.013
        Evolution effect [-], from 0 to 0.05 [2]_.
    d_c : float, default=1e-5
        Critical slip distance [m], from 1e-7 to 0.001. Bare rock in the laboratory: 1e-6 to
        1e-4 [2]_.
    v0 : float, default=1e-6
        Reference velocity [m/s], from 1e-9 to 0.001 [2]_.
    cohesion : float, default=0.04
        Shear strength of the surface without normal stress [MPa], from 0 to 5 [3]_. Because of
        it, friction (shear stress / normal stress) decreases as normal stress increases.
    density : float, default=2850.0
        Density [kg/m3], from 1000 to 5000 [4]_.
    specific_heat : float, default=800.0
        Specific heat capacity [J/(kg K)], from 400 to 2000 [5]_.
    diffusivity : float, default=1.1e-6
        Thermal diffusivity [m2/s], from 1e-7 to 1e-5 [5]_. With the two above, the conductivity
        is 2.5 W/(m K).
    ambient_temperature : float, default=20.0
        Temperature of the rock at the start, and of the holder throughout [degC], from -50 to 300.
    holder_loss_time : float, default=350.0
        Time in which the rock loses 1 - 1/e of its heat to the holder [s], from 1 to 1e9 (30
        years, which is no measurable loss). For a cylinder of radius r in a holder with the
        heat transfer coefficient h it is rho c r / (2 h): 350 s corresponds to r = 25 mm and
        h = 81 W/(m2 K) [6]_.
    thermocouple_depth : float, default=0.002
        Depth of the thermocouple below the sliding surface [m], from 0 to 0.02.
    contact_diameter : float, default=1e-5
        Diameter of the contacts in flash heating [m], from 1e-6 to 1e-3 [7]_ [8]_.
    contact_strength : float, default=3000.0
        Shear strength of the contacts [MPa], from 100 to 30000 [7]_ [8]_.
    weakening_temperature : float, default=900.0
        Temperature at which contacts weaken [degC], from 500 to 2000 [7]_ [8]_.
    weakened_friction : float, default=0.13
        Friction of weakened contacts [-], from 0 to 0.5 [7]_ [8]_.
    wear_coefficient : float, default=5e-12
        Thickness worn off both sides in total, per slip and normal stress [1/Pa], from 0 to
        1e-9 [9]_.
    thermal_expansion : float, default=7e-6
        Linear thermal expansion [1/K], from 0 to 3e-5. Diorite and andesite: 7e-6 [10]_.
    normal_stiffness : float, default=60.0
        Normal stress per elastic closure of the surface [MPa/mm], from 1 to 10000 [11]_.
    volumetric_heat_capacity : float
        Heat capacity per volume [J/(m3 K)], computed from two of the above.

    Raises
    ------
    ValueError
        If a constant is not a number between its bounds.

    See Also
    --------
    make_friction_experiment : Takes these constants and documents the formulas that use them.

    References
    ----------
    .. [1] Byerlee, J. (1978). Friction of rocks. Pure and Applied Geophysics, 116, 615-626.
    .. [2] Marone, C. (1998). Laboratory-derived friction laws and their application to seismic
       faulting. Annual Review of Earth and Planetary Sciences, 26, 643-696.
    .. [3] Jaeger, J. C., Cook, N. G. W., Zimmerman, R. W. (2007). Fundamentals of Rock
       Mechanics, 4th edition. Blackwell.
    .. [4] Schön, J. H. (2015). Physical Properties of Rocks, 2nd edition. Elsevier.
    .. [5] Robertson, E. C. (1988). Thermal properties of rocks. U.S. Geological Survey Open-File
       Report 88-441.
    .. [6] Carslaw, H. S., Jaeger, J. C. (1959). Conduction of Heat in Solids, 2nd edition. Oxford
       University Press.
    .. [7] Rice, J. R. (2006). Heating and weakening of faults during earthquake slip. Journal of
       Geophysical Research, 111, B05311.
    .. [8] Beeler, N. M., Tullis, T. E., Goldsby, D. L. (2008). Constitutive relationships and
       physical basis of fault strength due to flash heating. Journal of Geophysical Research,
       113, B01401.
    .. [9] Archard, J. F. (1953). Contact and rubbing of flat surfaces. Journal of Applied Physics,
       24, 981-988.
    .. [10] Skinner, B. J. (1966). Thermal expansion. In Clark, S. P. (ed.), Handbook of Physical
       Constants. Geological Society of America Memoir 97, 75-96.
    .. [11] Bandis, S. C., Lumsden, A. C., Barton, N. R. (1983). Fundamentals of rock joint
       deformation. International Journal of Rock Mechanics and Mining Sciences, 20, 249-268.

    Examples
    --------
    A sample that loses no heat to the holder gets hotter.

    >>> from sklearn_frictiongru.datasets import (
    ...     ExperimentConstants,
    ...     make_friction_experiment,
    ... )
    >>> insulated = ExperimentConstants(holder_loss_time=1e9)
    >>> for constants in (ExperimentConstants(), insulated):
    ...     experiment = make_friction_experiment(constants=constants, random_state=0)
    ...     print(round(experiment.data["temperature_degc"].max()))
    62
    136
    """

    mu0: float = _constant(0.65, 0.1, 1.0)
    a: float = _constant(0.01, 0.001, 0.05)
    b: float = _constant(0.013, 0.0, 0.05)
    d_c: float = _constant(1e-5, 1e-7, 1e-3)
    v0: float = _constant(1e-6, 1e-9, 1e-3)
    cohesion: float = _constant(0.04, 0.0, 5.0)
    density: float = _constant(2850.0, 1000.0, 5000.0)
    specific_heat: float = _constant(800.0, 400.0, 2000.0)
    diffusivity: float = _constant(1.1e-6, 1e-7, 1e-5)
    ambient_temperature: float = _constant(20.0, -50.0, 300.0)
    holder_loss_time: float = _constant(350.0, 1.0, 1e9)
    thermocouple_depth: float = _constant(0.002, 0.0, 0.02)
    contact_diameter: float = _constant(1e-5, 1e-6, 1e-3)
    contact_strength: float = _constant(3000.0, 100.0, 30000.0)
    weakening_temperature: float = _constant(900.0, 500.0, 2000.0)
    weakened_friction: float = _constant(0.13, 0.0, 0.5)
    wear_coefficient: float = _constant(5e-12, 0.0, 1e-9)
    thermal_expansion: float = _constant(7e-6, 0.0, 3e-5)
    normal_stiffness: float = _constant(60.0, 1.0, 10000.0)

    def __post_init__(self):
        for constant in fields(self):
            low, high = constant.metadata["bounds"]
            value = getattr(self, constant.name)
            # Not "value < low or value > high", which would accept NaN.
            if not (isinstance(value, int | float) and low <= value <= high):
                raise ValueError(
                    f"the constant {constant.name} is {value!r}; expected a number from {low:g} "
                    f"to {high:g}, in the unit documented in ExperimentConstants."
                )

    @property
    def volumetric_heat_capacity(self) -> float:
        """Heat capacity per volume, `density` times `specific_heat` [J/(m3 K)]."""
        return self.density * self.specific_heat
