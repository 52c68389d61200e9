"""A simulated record of velocity steps at slow slip, in which history matters."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from numbers import Real
from typing import Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_frictiongru.datasets._programs import Steps
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.rate_state_law import evolve_state, friction_of, steady_state
from sklearn_frictiongru.utils.results import Results

FEATURE_NAME = "slip_velocity_m_s"
TARGET_NAME = "friction"
STATE = "theta_s"
V0 = 1e-6
"""Reference velocity of mu0 [m/s]."""

SLOWEST, FASTEST = 1e-9, 1e-3
"""Range of velocities at which frictional heat is negligible [m/s]."""


def _within(low, high):
    """Return the constraint of a number between two bounds."""
    return [Interval(Real, low, high, closed="both")]


@overload
def make_velocity_steps(
    duration: float = ...,
    *,
    sampling_interval: float = ...,
    velocities: Sequence[float] = ...,
    hold: Sequence[float] = ...,
    mu0: float = ...,
    a: float = ...,
    b: float = ...,
    d_c: float = ...,
    law: Literal["aging", "slip"] = ...,
    noise: float = ...,
    velocity_noise: float = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...
@overload
def make_velocity_steps(
    duration: float = ...,
    *,
    sampling_interval: float = ...,
    velocities: Sequence[float] = ...,
    hold: Sequence[float] = ...,
    mu0: float = ...,
    a: float = ...,
    b: float = ...,
    d_c: float = ...,
    law: Literal["aging", "slip"] = ...,
    noise: float = ...,
    velocity_noise: float = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[True],
    as_frame: Literal[True] = ...,
) -> tuple[pd.DataFrame, pd.Series]: ...
@overload
def make_velocity_steps(
    duration: float = ...,
    *,
    sampling_interval: float = ...,
    velocities: Sequence[float] = ...,
    hold: Sequence[float] = ...,
    mu0: float = ...,
    a: float = ...,
    b: float = ...,
    d_c: float = ...,
    law: Literal["aging", "slip"] = ...,
    noise: float = ...,
    velocity_noise: float = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[True],
    as_frame: Literal[False],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
@check_parameters(
    {
        "duration": [Interval(Real, 0, None, closed="neither")],
        "sampling_interval": [Interval(Real, 0, None, closed="neither")],
        "velocities": ["array-like"],
        "hold": ["array-like"],
        "mu0": _within(0.1, 1.0),
        "a": _within(0.001, 0.05),
        "b": _within(0.0, 0.05),
        "d_c": _within(1e-7, 1e-3),
        "law": [StrOptions({"aging", "slip"})],
        "noise": [Interval(Real, 0, None, closed="left")],
        "velocity_noise": _within(0.0, 0.2),
        "random_state": ["random_state"],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    }
)
def make_velocity_steps(
    duration: float = 8000.0,
    *,
    sampling_interval: float = 1.0,
    velocities: Sequence[float] = (2e-7, 5e-7, 1e-6, 2e-6, 5e-6),
    hold: Sequence[float] = (100.0, 400.0),
    mu0: float = 0.6,
    a: float = 0.010,
    b: float = 0.013,
    d_c: float = 3e-5,
    law: Literal["aging", "slip"] = "aging",
    noise: float = 0.001,
    velocity_noise: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
    return_X_y: bool = False,
    as_frame: bool = True,
) -> Bunch | tuple[pd.DataFrame, pd.Series] | tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Simulate velocity steps at slow slip, after which friction takes minutes to settle.

    Slip velocity steps among a few values between 0.2 and 5 um/s, as in the experiments from
    which the rate-and-state law was derived. The surface remembers the slip over the last
    :math:`D_c`. At these velocities that is the last 6 to 150 s, so that friction can be
    predicted from the velocity of the last minutes, but not from the present velocity alone.

    Parameters
    ----------
    duration : float, default=8000
        Length of the record [s], at least two sampling intervals: rows from 0 up to, but not
        including, this time.
    sampling_interval : float, default=1
        Time between two rows [s].
    velocities : sequence of float, default=(2e-7, 5e-7, 1e-6, 2e-6, 5e-6)
        Slip velocities [m/s], at least two different ones from 1e-9 to 1e-3. They occur in
        random order; each occurs once before any of them occurs again.
    hold : pair of float, default=(100, 400)
        Shortest and longest time for which a velocity is held [s]. Each time is drawn from a
        uniform distribution and rounded to whole sampling intervals.
    mu0 : float, default=0.6
        Friction of steady slip at 1e-6 m/s [-], from 0.1 to 1.
    a : float, default=0.010
        Direct effect of velocity [-], from 0.001 to 0.05.
    b : float, default=0.013
        Evolution effect [-], from 0 to 0.05. With 0 friction has no memory.
    d_c : float, default=3e-5
        Critical slip distance [m], from 1e-7 to 1e-3.
    law : {"aging", "slip"}, default="aging"
        How the state evolves: with time and slip ("aging"), or with slip only ("slip").
    noise : float, default=0.001
        Standard deviation of the white noise of friction [-]. At a normal stress of 5 MPa, 0.001
        corresponds to 0.005 MPa of shear stress.
    velocity_noise : float, default=0
        Standard deviation of the white noise of the measured slip velocity, as a share of the
        velocity [-], from 0 to 0.2. The sample slides at the velocity without noise.
    random_state : int, RandomState instance or None, default=None
        Seed of the steps and of the noise.
    return_X_y : bool, default=False
        Whether to return only the input and the target.
    as_frame : bool, default=True
        Whether to return pandas objects with the time in seconds as index, or arrays.

    Returns
    -------
    data : Bunch
        - ``data`` : DataFrame of shape (n_rows, 1). Measured slip velocity [m/s]. It spans
          decades: give models its logarithm.
        - ``target`` : Series of shape (n_rows,). Measured friction [-].
        - ``frame`` : DataFrame of shape (n_rows, 2). Input and target; None with
          ``as_frame=False``.
        - ``hidden`` : DataFrame of shape (n_rows, 3). State theta [s], and slip velocity [m/s]
          and friction [-] without noise.
        - ``feature_names`` : list of str, and ``target_name`` : str. Names of input and target.
        - ``causal_parents`` : list of str. What friction depends on: slip velocity and state.
        - ``time_scales`` : dict of float [s]. D_c / V, the memory time of the state, at
          each velocity.
        - ``rate_state`` : dict of float. ``mu0``, ``a``, ``b``, ``d_c`` [m] and ``v0`` [m/s].
        - ``steps`` : Steps. The velocity in time.
        - ``parameters`` : dict. The arguments of the simulation as used: calling the function with
          them again returns the same record.
        - ``DESCR`` : str. Description of the record.

    (data, target) : tuple, if `return_X_y` is set
        Input of shape (n_rows, 1) and target of shape (n_rows,).

    Raises
    ------
    ValueError
        If a parameter is out of bounds.

    See Also
    --------
    make_friction_experiment : Slip at 0.004 m/s, where the state settles within milliseconds and
        heat matters.
    make_memory_regression : A target whose memory ends after a known number of rows.
    sklearn_frictiongru.rate_state.RateStateRegressor : Fits this law.
    fetch_friction_damper : A real record in which history matters.

    Notes
    -----
    With the state :math:`\theta` and :math:`V_0` = 1e-6 m/s, friction is

    .. math::

        \mu &= a \, \operatorname{asinh} \left( \frac{V}{2 V_0}
        \exp \frac{\mu_0 + b \ln (V_0 \theta / D_c)}{a} \right)
        \approx \mu_0 + a \ln \frac{V}{V_0} + b \ln \frac{V_0 \theta}{D_c} \\
        \frac{d\theta}{dt} &= 1 - \frac{V \theta}{D_c}

    The state is advanced by the exact solution for a constant velocity and begins at its steady
    value. A row is the value at the end of its interval: the row at the time of a step still has
    the velocity before the step. The stiffness of the apparatus, heat and normal stress are left
    out.

    References
    ----------
    Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and constitutive
    equations. Journal of Geophysical Research, 84(B5), 2161-2168.

    Ruina, A. (1983). Slip instability and state variable friction laws. Journal of Geophysical
    Research, 88(B12), 10359-10370.

    Marone, C. (1998). Laboratory-derived friction laws and their application to seismic
    faulting. Annual Review of Earth and Planetary Sciences, 26, 643-696.

    Examples
    --------
    The present velocity says almost nothing about friction. The law, which uses the history, finds
    the critical slip distance.

    >>> import numpy as np
    >>> from sklearn_frictiongru.datasets import make_velocity_steps
    >>> from sklearn_frictiongru.rate_state import RateStateRegressor
    >>> record = make_velocity_steps(random_state=0)
    >>> record.data.shape
    (8000, 1)
    >>> print(f'{np.log10(record.data["slip_velocity_m_s"]).corr(record.target):.1f}')
    0.0
    >>> law = RateStateRegressor().fit(record.data, record.target)
    >>> print(f"{law.d_c_:.1e} m, {law.score(record.data, record.target):.2f}")
    3.0e-05 m, 0.96
    """
    velocities = _checked_velocities(velocities)
    hold = _checked_hold(hold, sampling_interval)
    if duration < 2 * sampling_interval:
        raise ValueError(
            f"duration is {duration:g} s and sampling_interval is {sampling_interval:g} s; "
            "expected a duration of at least two sampling intervals."
        )
    seed = draw_seed(random_state)
    of_steps, of_friction, of_velocity = map(
        np.random.default_rng, np.random.SeedSequence(seed).spawn(3)
    )
    steps = _draw_steps(duration, sampling_interval, velocities, hold, of_steps)
    # Multiples of 0.1 equal decimal times such as 0.3 only after rounding.
    n_rows = int(np.ceil(round(duration / sampling_interval, 6)))
    times = np.round(np.arange(n_rows) * sampling_interval, 9)
    velocity = steps.before(times)
    # No interval ends at the first row.
    time_steps = np.where(np.arange(n_rows) > 0, sampling_interval, 0.0)
    state = evolve_state(velocity, time_steps, d_c, float(steady_state(velocity[0], d_c)), law)
    rate_state = {"mu0": mu0, "a": a, "b": b, "d_c": d_c, "v0": V0}
    friction = friction_of(velocity, state, **rate_state)
    index = pd.Index(times, name="time_s")
    frame = pd.DataFrame(
        {
            FEATURE_NAME: velocity * (1 + velocity_noise * of_velocity.normal(size=n_rows)),
            TARGET_NAME: friction + noise * of_friction.normal(size=n_rows),
        },
        index=index,
    )
    data, target = frame[[FEATURE_NAME]], frame[TARGET_NAME]
    if return_X_y:
        return (data, target) if as_frame else (data.to_numpy(), target.to_numpy())
    return Results(
        data=data if as_frame else data.to_numpy(),
        target=target if as_frame else target.to_numpy(),
        frame=frame if as_frame else None,
        hidden=pd.DataFrame(
            {STATE: state, "true_slip_velocity_m_s": velocity, "true_friction": friction},
            index=index,
        ),
        feature_names=[FEATURE_NAME],
        target_name=TARGET_NAME,
        causal_parents=[FEATURE_NAME, STATE],
        time_scales={f"D_c / V at {value:g} m/s": d_c / value for value in velocities},
        rate_state=rate_state,
        steps=steps,
        parameters={
            "duration": duration,
            "sampling_interval": sampling_interval,
            "velocities": velocities,
            "hold": hold,
            "mu0": mu0,
            "a": a,
            "b": b,
            "d_c": d_c,
            "law": law,
            "noise": noise,
            "velocity_noise": velocity_noise,
            "random_state": seed,
        },
        DESCR=resources.files("sklearn_frictiongru.datasets.data")
        .joinpath("velocity_steps.rst")
        .read_text(encoding="utf-8"),
    )


def _checked_velocities(velocities):
    """Return the velocities as a tuple of floats, or raise."""
    values = np.unique(np.asarray(velocities, dtype=np.float64))
    # Not "outside the bounds", which would accept NaN.
    if len(values) < 2 or not ((values >= SLOWEST) & (values <= FASTEST)).all():
        raise ValueError(
            f"velocities is {velocities!r}; expected at least two different velocities from "
            f"{SLOWEST:g} to {FASTEST:g} m/s."
        )
    return tuple(values.tolist())


def _checked_hold(hold, sampling_interval):
    """Return the shortest and the longest hold as floats, or raise."""
    values = np.asarray(hold, dtype=np.float64)
    if values.shape != (2,) or not sampling_interval <= values[0] <= values[1] < np.inf:
        raise ValueError(
            f"hold is {hold!r}; expected two times in seconds, the shortest and the longest one, "
            f"of at least one sampling interval ({sampling_interval:g} s)."
        )
    return tuple(values.tolist())


def _draw_steps(duration, sampling_interval, velocities, hold, generator):
    """Return velocities that are held for random times in random order."""
    points, time = [], 0.0
    while time < duration:
        order = generator.permutation(velocities)
        if points and order[0] == points[-1][1]:
            # The same velocity twice in a row would not be a step.
            order = order[::-1]
        for velocity in order:
            points.append((time, velocity))
            rows = round(generator.uniform(*hold) / sampling_interval)
            time = round(time + rows * sampling_interval, 9)
    return Steps([point for point in points if point[0] < duration])
