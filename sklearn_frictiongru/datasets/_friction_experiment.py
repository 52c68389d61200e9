"""Simulated friction experiments."""

from collections.abc import Sequence
from importlib import resources
from numbers import Integral, Real
from typing import TypeAlias

import numpy as np
import pandas as pd
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

from sklearn_frictiongru.datasets._constants import ExperimentConstants
from sklearn_frictiongru.datasets._loading import load
from sklearn_frictiongru.datasets._measurement import draw_chance, fluctuation_factors, measure
from sklearn_frictiongru.datasets._programs import Ramps, Steps, programs_of_runs
from sklearn_frictiongru.datasets._slip import check_slip, slide
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.rates import savgol_rate
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.typing import RandomState

Program: TypeAlias = float | Steps | Ramps

FEATURE_NAMES = [
    "slip_velocity_m_s",
    "axial_displacement_mm",
    "temperature_degc",
    "temperature_rate_degc_s",
    "axial_displacement_rate_mm_s",
]
TARGET_NAME = "friction"
NORMAL_STRESS = "normal_stress_mpa"
SHEAR_STRESS = "shear_stress_mpa"
SURFACE_TEMPERATURE = "surface_temperature_degc"
STATE = "theta_s"

# fmt: off
LEVELS = (
    0.3, 3.8, 1.7, 5.2, 2.9, 0.9, 4.4, 2.3, 5.8, 3.5, 1.5, 4.9, 2.6, 0.6, 4.1, 2.0, 5.5,
    3.2, 1.2, 4.6,
)
# fmt: on
DEFAULT_NORMAL_STRESS = Steps([(250 * number, level) for number, level in enumerate(LEVELS)])
"""Normal stress [MPa], in an order with low and high levels, hot and cold, in every part of a
record: a model tested on one part can have learned them from the other parts."""

PROGRAM = [Interval(Real, 0, None, closed="neither"), Steps, Ramps, list]
NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]
POSITIVE = [Interval(Real, 0, None, closed="neither")]


@check_parameters(
    {
        "n_runs": [Interval(Integral, 1, None, closed="left")],
        "duration": POSITIVE,
        "sampling_interval": POSITIVE,
        "normal_stress": [*PROGRAM, None],
        "slip_velocity": PROGRAM,
        "temperature_coupling": [Interval(Real, 0, 0.01, closed="both")],
        "constants": [ExperimentConstants, None],
        "n_substeps": [Interval(Integral, 1, None, closed="left")],
        "slip_velocity_fluctuation": [Interval(Real, 0, 0.2, closed="both")],
        "fluctuation_time": POSITIVE,
        "slip_velocity_noise": NOT_NEGATIVE,
        "axial_displacement_noise": NOT_NEGATIVE,
        "temperature_noise": NOT_NEGATIVE,
        "normal_stress_noise": NOT_NEGATIVE,
        "shear_stress_noise": NOT_NEGATIVE,
        "rate_window": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }
)
def make_friction_experiment(
    n_runs: int = 1,
    duration: float = 5000.0,
    *,
    sampling_interval: float = 1.0,
    normal_stress: Program | Sequence[Program] | None = None,
    slip_velocity: Program | Sequence[Program] = 0.004,
    temperature_coupling: float = 0.001,
    constants: ExperimentConstants | None = None,
    n_substeps: int = 1,
    slip_velocity_fluctuation: float = 0.01,
    fluctuation_time: float = 10.0,
    slip_velocity_noise: float = 2e-5,
    axial_displacement_noise: float = 2e-4,
    temperature_noise: float = 0.05,
    normal_stress_noise: float = 0.003,
    shear_stress_noise: float = 0.003,
    rate_window: int = 5,
    random_state: RandomState = None,
) -> Bunch:
    r"""Simulate friction experiments on rock, with known causes of friction.

    Rock slides at a given velocity under a given normal stress. Friction follows the
    rate-and-state law [1]_ [2]_ [3]_ with the aging state; frictional heat warms the
    surface and, later, a thermocouple below it [4]_. A warm surface is weaker
    (`temperature_coupling`), and above a slip velocity of about 0.15 m/s flash heating weakens it
    further [5]_ [6]_. Because of a small cohesion, friction decreases as normal stress
    increases [7]_. The sample wears [10]_, expands and is compressed. The notes give the
    formulas; ``DESCR`` describes each step.

    With ``temperature_coupling=0`` friction does not depend on temperature. Temperature still
    follows friction closely, because it integrates the frictional heat. A model may use it, and **a
    high importance of temperature is then an artefact**: temperature is not a cause of friction.

    Parameters
    ----------
    n_runs : int, default=1
        Number of runs, with independent fluctuations and noise.
    duration : float, default=5000
        Length of a run [s], at least two sampling intervals. Rows start at 0 s; the row at
        `duration` is not included.
    sampling_interval : float, default=1
        Time between two rows [s].
    normal_stress : float, Steps, Ramps or list of these, default=None
        Normal stress [MPa] from 0.05 to 200: a constant, a program in time, or one of these for
        each run. None is 20 steps of 250 s between 0.3 and 5.8 MPa, in irregular order.
    slip_velocity : float, Steps, Ramps or list of these, default=0.004
        Slip velocity [m/s] from 1e-9 to 10, given in the same way. A hold is slow creep. Normal
        stress times slip velocity may be at most 0.2 MPa m/s.
    temperature_coupling : float, default=0.001
        Decrease of friction per rise of the surface temperature [1/K], from 0 to 0.01. For
        thermally activated slip it is a Q / (R T^2): 0.0012 1/K at 300 K with a = 0.01 and an
        activation energy Q of 90 kJ/mol [8]_ [9]_. With 0, flash heating is off as well.
    constants : ExperimentConstants, default=None
        Constants of rock and apparatus; None is ``ExperimentConstants()``.
    n_substeps : int, default=1
        Steps of the solver per sampling interval. Results converge as it increases.
    slip_velocity_fluctuation : float, default=0.01
        Standard deviation of the natural, autocorrelated fluctuation of slip velocity, as a
        share of slip velocity [-], from 0 to 0.2.
    fluctuation_time : float, default=10
        Time lag at which the autocorrelation of that fluctuation is 1/e [s].
    slip_velocity_noise : float, default=2e-5
        Standard deviation of the noise of measured slip velocity [m/s].
    axial_displacement_noise : float, default=2e-4
        Standard deviation of the noise of axial displacement [mm].
    temperature_noise : float, default=0.05
        Standard deviation of the noise of temperature [K].
    normal_stress_noise : float, default=0.003
        Standard deviation of the noise of normal stress [MPa].
    shear_stress_noise : float, default=0.003
        Standard deviation of the noise of shear stress [MPa].
    rate_window : int, default=5
        Number of rows, up to its own row, to which the straight line of a rate is fitted; at
        least 2.
    random_state : int, RandomState instance or None, default=None
        Seed of fluctuations and noise. The same seed gives identical records.

    Returns
    -------
    Bunch
        Tables have one row per sample under an index with the levels ``run`` and ``time_s``.

        - ``data`` : DataFrame of shape (n_rows, 5). Slip velocity [m/s], axial displacement [mm],
          temperature [degC], its rate [degC/s] and the rate of axial displacement [mm/s], all as
          measured. Rates are causal.
        - ``target`` : Series of shape (n_rows,). Friction, measured shear stress over measured
          normal stress [-].
        - ``normal_stress``, ``shear_stress`` : Series of shape (n_rows,). As measured [MPa]; not
          for use as inputs.
        - ``hidden`` : DataFrame of shape (n_rows, 4). Quantities that no instrument
          measures: temperature of the surface [degC], state theta [s], and slip velocity [m/s] and
          friction [-] without noise.
        - ``frame`` : DataFrame of shape (n_rows, 8). Inputs, target, normal and shear stress.
        - ``feature_names`` : list of str, and ``target_name`` : str. Names of inputs and target.
        - ``causal_parents`` : list of str. Names of the columns that friction depends on
          directly in this simulation: slip velocity, state, normal stress, and surface
          temperature unless `temperature_coupling` is 0.
        - ``time_scales`` : dict of float [s]. ``state_s``, d_c over the median slip velocity;
          ``thermocouple_s``, depth squared over diffusivity; ``holder_loss_s``.
        - ``energy`` : DataFrame of shape (n_runs, 4). Heat generated, stored at the end and lost
          to the holder, on both sides [J/m2], and the error of this balance relative to the heat
          generated.
        - ``parameters`` : dict. All arguments as used: calling the function with them
          again returns the same record.
        - ``DESCR`` : str. Description of the experiment.

    Raises
    ------
    ValueError
        If a parameter or a program is out of bounds, if the surface reaches the weakening
        temperature of its contacts, if heat weakens it to a shear stress below zero, or if noise
        makes a measured normal stress negative.

    See Also
    --------
    load_p655 : A real laboratory record, without temperature.
    ExperimentConstants : The constants, their units, bounds and sources.
    Steps : A value that changes in steps.
    Ramps : A value that changes linearly between points.
    make_memory_regression : A target with a known finite memory.
    make_velocity_steps : Slow slip, where history matters.

    Notes
    -----
    Symbols are those of :class:`ExperimentConstants`: :math:`D_c` is `d_c`, :math:`\alpha` the
    diffusivity, :math:`\rho c` the heat capacity per volume, :math:`t_h` `holder_loss_time`,
    :math:`c_0` the cohesion; :math:`\gamma` is `temperature_coupling` and T the rise of the
    surface's temperature above the ambient one :math:`T_0`. For slip velocity V and normal stress
    :math:`\sigma_n`, the rate-and-state law is

    .. math::

        \mu &= a \, \operatorname{asinh} \left( \frac{V}{2 V_0}
        \exp \frac{\mu_0 + b \ln (V_0 \theta / D_c)}{a} \right) - \gamma \, T \\
        \frac{d\theta}{dt} &= 1 - \frac{V \theta}{D_c}

    Above the weakening velocity :math:`V_w`, for contacts of diameter D, strength
    :math:`\tau_c` and weakening temperature :math:`T_w`, flash heating lowers this to

    .. math::

        \mu \leftarrow f_w + (\mu - f_w) \, \frac{V_w}{V}, \qquad
        V_w = \frac{\pi \alpha}{D} \left( \frac{\rho c \, (T_w - T_0 - T)}{\tau_c} \right)^2

    with `weakened_friction` :math:`f_w`. Shear stress and the heat that enters each side are

    .. math:: \tau = c_0 + \mu \, \sigma_n, \qquad q = \frac{\tau V}{2}

    and the rise of temperature at depth z (zero at the surface) is

    .. math::

        T(z, t) = \int_0^t \frac{q(t') \, \exp \left( - \frac{z^2}{4 \alpha s}
        - \frac{s}{t_h} \right)}{\rho c \sqrt{\pi \alpha s}} \, dt', \qquad s = t - t'

    With the heat Q [J/m2] stored in one side, the wear coefficient k, the thermal expansion
    :math:`\alpha_T` and the normal stiffness K, axial displacement since the first row is

    .. math::

        u = k \int_0^t \sigma_n V \, dt' - \frac{2 \alpha_T Q}{\rho c}
        + \frac{\sigma_n(t) - \sigma_n(0)}{K}

    References
    ----------
    .. [1] Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and
       constitutive equations. Journal of Geophysical Research, 84(B5), 2161-2168.
    .. [2] Ruina, A. (1983). Slip instability and state variable friction laws. Journal of
       Geophysical Research, 88(B12), 10359-10370.
    .. [3] Marone, C. (1998). Laboratory-derived friction laws and their application to seismic
       faulting. Annual Review of Earth and Planetary Sciences, 26, 643-696.
    .. [4] Carslaw, H. S., Jaeger, J. C. (1959). Conduction of Heat in Solids, 2nd edition. Oxford
       University Press.
    .. [5] Rice, J. R. (2006). Heating and weakening of faults during earthquake slip. Journal of
       Geophysical Research, 111, B05311.
    .. [6] Beeler, N. M., Tullis, T. E., Goldsby, D. L. (2008). Constitutive relationships and
       physical basis of fault strength due to flash heating. Journal of Geophysical Research,
       113, B01401.
    .. [7] Jaeger, J. C., Cook, N. G. W., Zimmerman, R. W. (2007). Fundamentals of Rock
       Mechanics, 4th edition. Blackwell.
    .. [8] Chester, F. M. (1994). Effects of temperature on friction: Constitutive equations and
       experiments with quartz gouge. Journal of Geophysical Research, 99(B4), 7247-7261.
    .. [9] Blanpied, M. L., Tullis, T. E., Weeks, J. D. (1998). Effects of slip, slip rate, and
       shear heating on the friction of granite. Journal of Geophysical Research, 103(B1),
       489-511.
    .. [10] Archard, J. F. (1953). Contact and rubbing of flat surfaces. Journal of Applied
       Physics, 24, 981-988.

    Examples
    --------
    Temperature follows friction whether or not friction depends on it.

    >>> from sklearn_frictiongru.datasets import make_friction_experiment
    >>> for coupling in (0.001, 0.0):
    ...     experiment = make_friction_experiment(
    ...         temperature_coupling=coupling, random_state=0
    ...     )
    ...     temperature = experiment.data["temperature_degc"]
    ...     correlation = temperature.corr(experiment.target)
    ...     print(experiment.causal_parents[3:], round(correlation, 2))
    ...
    ['surface_temperature_degc'] -0.86
    [] -0.76
    >>> experiment.data.shape
    (5000, 5)
    >>> experiment.time_scales
    {'state_s': 0.0025, 'thermocouple_s': 3.64, 'holder_loss_s': 350.0}
    """
    if duration < 2 * sampling_interval:
        raise ValueError(
            f"duration is {duration:g} s and sampling_interval is {sampling_interval:g} s; "
            "expected a duration of at least two sampling intervals."
        )
    if constants is None:
        constants = ExperimentConstants()
    if normal_stress is None:
        normal_stress = DEFAULT_NORMAL_STRESS
    seed = draw_seed(random_state)
    noise = {
        "slip_velocity": slip_velocity_noise,
        "axial_displacement": axial_displacement_noise,
        "temperature": temperature_noise,
        "normal_stress": normal_stress_noise,
        "shear_stress": shear_stress_noise,
    }
    # Multiples of 0.1 equal decimal times such as 0.3 only after rounding.
    n_rows = int(np.ceil(round(duration / sampling_interval, 6)))
    times = np.round(np.arange(n_rows) * sampling_interval, 9)
    stress_programs = programs_of_runs(normal_stress, n_runs, "normal_stress")
    velocity_programs = programs_of_runs(slip_velocity, n_runs, "slip_velocity")
    frames, hidden, energy = [], [], []
    for run, chance in enumerate(draw_chance(seed, n_runs, n_rows)):
        loading = load(
            run,
            times,
            n_substeps,
            velocity=velocity_programs[run],
            normal_stress=stress_programs[run],
            fluctuation=fluctuation_factors(
                chance["fluctuation"],
                slip_velocity_fluctuation,
                fluctuation_time / sampling_interval,
            ),
        )
        slip = slide(loading, constants, temperature_coupling)
        check_slip(run, times, slip, constants)
        measured = measure(run, loading, slip, constants, noise, chance)
        frames.append(_frame_of(measured, sampling_interval, rate_window))
        hidden.append(_hidden_of(loading, slip, constants))
        energy.append(_energy_of(loading, slip))
    runs = pd.RangeIndex(n_runs, name="run")
    index = pd.MultiIndex.from_product([runs, pd.Index(times, name="time_s")])
    frame = pd.concat(frames).set_axis(index)
    causal_parents = [FEATURE_NAMES[0], STATE, NORMAL_STRESS]
    if temperature_coupling > 0:
        causal_parents.append(SURFACE_TEMPERATURE)
    hidden = pd.concat(hidden).set_axis(index)
    return Results(
        data=frame[FEATURE_NAMES],
        target=frame[TARGET_NAME],
        normal_stress=frame[NORMAL_STRESS],
        shear_stress=frame[SHEAR_STRESS],
        hidden=hidden,
        frame=frame,
        feature_names=list(FEATURE_NAMES),
        target_name=TARGET_NAME,
        causal_parents=causal_parents,
        time_scales={
            "state_s": float(constants.d_c / hidden["true_slip_velocity_m_s"].median()),
            "thermocouple_s": constants.thermocouple_depth**2 / constants.diffusivity,
            "holder_loss_s": constants.holder_loss_time,
        },
        energy=pd.DataFrame(energy, index=runs),
        parameters={
            "n_runs": n_runs,
            "duration": duration,
            "sampling_interval": sampling_interval,
            "normal_stress": normal_stress,
            "slip_velocity": slip_velocity,
            "temperature_coupling": temperature_coupling,
            "constants": constants,
            "n_substeps": n_substeps,
            "slip_velocity_fluctuation": slip_velocity_fluctuation,
            "fluctuation_time": fluctuation_time,
            **{f"{channel}_noise": strength for channel, strength in noise.items()},
            "rate_window": rate_window,
            "random_state": seed,
        },
        DESCR=resources.files("sklearn_frictiongru.datasets.data")
        .joinpath("friction_experiment.rst")
        .read_text(encoding="utf-8"),
    )


def _frame_of(measured, sampling_interval, rate_window):
    """Return inputs, target and stresses of a run."""
    # A straight line, as for p655: a quadratic overshoots after each step.
    options = {
        "sampling_interval": sampling_interval,
        "window_length": rate_window,
        "polyorder": 1,
        "kind": "causal",
    }
    columns = (
        measured["slip_velocity"],
        measured["axial_displacement"],
        measured["temperature"],
        savgol_rate(measured["temperature"], **options),
        savgol_rate(measured["axial_displacement"], **options),
        measured["shear_stress"] / measured["normal_stress"],
        measured["normal_stress"],
        measured["shear_stress"],
    )
    names = (*FEATURE_NAMES, TARGET_NAME, NORMAL_STRESS, SHEAR_STRESS)
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _hidden_of(loading, slip, constants):
    """Return the quantities of a run that no instrument measures."""
    return pd.DataFrame(
        {
            SURFACE_TEMPERATURE: constants.ambient_temperature + slip.surface_rise,
            STATE: slip.state,
            "true_slip_velocity_m_s": loading.velocity,
            "true_friction": slip.shear_stress / loading.normal_stress,
        }
    )


def _energy_of(loading, slip):
    """Return the heat balance of both sides of a run."""
    generated, stored, lost = slip.half_space.balance(slip.flux, loading.time_step)
    return {
        "generated_j_m2": 2 * generated,
        "stored_j_m2": 2 * stored,
        "lost_j_m2": 2 * lost,
        "relative_error": abs(generated - stored - lost) / generated,
    }
