"""The rate-and-state friction law of a slip velocity known at every row."""

import numpy as np
from scipy.special import exprel

LAWS = ("aging", "slip")

ASINH_IS_LOGARITHM = 20.0
"""Above exp(20), asinh(x) is ln(2 x) to the last bit of a double."""


def steady_state(velocity, d_c):
    """Return the state that a constant slip velocity leads to.

    Parameters
    ----------
    velocity : float or array-like
        Slip velocity [m/s]; the state depends on its magnitude only.
    d_c : float or array-like
        Critical slip distance D_c [m], above zero.

    Returns
    -------
    float or ndarray
        D_c / abs(velocity) [s]; infinite at rest, where contacts age without end.

    References
    ----------
    Ruina, A. (1983). Slip instability and state variable friction laws. Journal of
    Geophysical Research, 88(B12), 10359-10370.

    Examples
    --------
    >>> from sklearn_frictiongru.utils._rate_state_law import steady_state
    >>> steady_state([1e-6, -1e-6, 0.0], d_c=1e-5)
    array([10., 10., inf])
    """
    speed = np.abs(np.asarray(velocity, dtype=np.float64))
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(d_c, dtype=np.float64) / speed


def evolve_state(velocity, time_steps, d_c, initial, law="aging"):
    """Return the state at each row, from the slip velocity over the step that ends there.

    The update over a step of constant velocity V is exact, for any length of the step.
    With x = abs(V) dt / D_c:

    - aging law, dtheta/dt = 1 - abs(V) theta / D_c: the distance of theta from D_c / abs(V)
      shrinks by exp(-x); at rest theta grows by dt;
    - slip law, dtheta/dt = -z ln(z) with z = abs(V) theta / D_c: ln(z) shrinks by exp(-x);
      at rest theta stays.

    The state does not know the direction of slip: a negative velocity counts by its
    magnitude.

    Parameters
    ----------
    velocity : array-like of shape (n_rows,)
        Slip velocity over the step that ends at each row [m/s].
    time_steps : float or array-like of shape (n_rows,)
        Length of the step that ends at each row [s]; zero leaves the state as it is.
    d_c : float
        Critical slip distance D_c [m], above zero.
    initial : float
        State before the first step [s], above zero and finite.
    law : {"aging", "slip"}, default="aging"
        How the state evolves: with time as well, or with slip only.

    Returns
    -------
    ndarray of shape (n_rows,)
        State theta at each row, after its step [s].

    Raises
    ------
    ValueError
        If the law is unknown, or the initial state is not above zero and finite.

    See Also
    --------
    steady_state : State that a constant velocity leads to, a usual initial one.

    References
    ----------
    Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and
    constitutive equations. Journal of Geophysical Research, 84(B5), 2161-2168.

    Ruina, A. (1983). Slip instability and state variable friction laws. Journal of
    Geophysical Research, 88(B12), 10359-10370.

    Marone, C. (1998). Laboratory-derived friction laws and their application to seismic
    faulting. Annual Review of Earth and Planetary Sciences, 26, 643-696.

    Examples
    --------
    Over a hold a contact ages by the second under the aging law only.

    >>> from sklearn_frictiongru.utils._rate_state_law import evolve_state
    >>> evolve_state([1e-6, 0.0, 0.0], 1.0, d_c=1e-5, initial=10.0)
    array([10., 11., 12.])
    >>> evolve_state([1e-6, 0.0, 0.0], 1.0, d_c=1e-5, initial=10.0, law="slip")
    array([10., 10., 10.])
    """
    if law not in LAWS:
        raise ValueError(f"law is {law!r}; expected 'aging' or 'slip'.")
    if not 0 < initial < np.inf:
        raise ValueError(
            f"initial is {initial!r} s; expected a state above zero and finite. At rest the "
            "steady state is infinite: start from that of a slip velocity, or from an age."
        )
    speed = np.abs(np.asarray(velocity, dtype=np.float64))
    time_steps = np.broadcast_to(np.asarray(time_steps, dtype=np.float64), speed.shape)
    slipped = speed * time_steps / d_c
    if law == "aging":
        return _recur(np.exp(-slipped), time_steps * exprel(-slipped), float(initial))
    log_steady = np.log(d_c) - np.log(np.where(speed > 0, speed, d_c))
    return np.exp(_recur(np.exp(-slipped), -np.expm1(-slipped) * log_steady, np.log(initial)))


def friction_of(velocity, states, *, mu0, a, b, d_c, v0):
    """Return the friction of a slip velocity and of the states that it has led to.

    The law in the form that is regular at rest,

    mu = a asinh(V / (2 V0) exp((mu0 + sum_i b_i ln(V0 theta_i / D_c,i)) / a)),

    which is mu0 + a ln(V / V0) + sum_i b_i ln(V0 theta_i / D_c,i) wherever mu is large
    against a. Friction has the sign of the velocity, as it resists slip: a negative velocity
    gives minus the friction of its magnitude, and friction at rest is zero.

    Parameters
    ----------
    velocity : float or array-like of shape (n_rows,)
        Slip velocity [m/s].
    states : float or array-like of shape (n_rows,) or (n_rows, n_states)
        State theta [s], or one column for each of several states, above zero.
    mu0 : float
        Friction of steady slip at `v0` [-].
    a : float
        Direct effect [-], above zero.
    b : float or array-like of shape (n_states,)
        Evolution effect of each state [-].
    d_c : float or array-like of shape (n_states,)
        Critical slip distance of each state [m], above zero.
    v0 : float
        Reference velocity [m/s], above zero.

    Returns
    -------
    float or ndarray of shape (n_rows,)
        Friction [-].

    References
    ----------
    Ruina, A. (1983). Slip instability and state variable friction laws. Journal of
    Geophysical Research, 88(B12), 10359-10370.

    Rice, J. R., Ben-Zion, Y. (1996). Slip complexity in earthquake fault models.
    Proceedings of the National Academy of Sciences, 93(9), 3811-3818.

    Lapusta, N., Rice, J. R., Ben-Zion, Y., Zheng, G. (2000). Elastodynamic analysis for slow
    tectonic loading with spontaneous rupture episodes on faults with rate- and
    state-dependent friction. Journal of Geophysical Research, 105(B10), 23765-23789.

    Examples
    --------
    The velocity rises tenfold: friction rises by a ln(10), and falls by b ln(10) once the
    state has followed.

    >>> from sklearn_frictiongru.utils._rate_state_law import friction_of
    >>> friction_of(
    ...     [1e-6, 1e-5, 1e-5], [10.0, 10.0, 1.0], mu0=0.6, a=0.01, b=0.015, d_c=1e-5, v0=1e-6
    ... ).round(4)
    array([0.6   , 0.623 , 0.5885])
    """
    velocity = np.asarray(velocity, dtype=np.float64)
    b, d_c = np.asarray(b, dtype=np.float64), np.asarray(d_c, dtype=np.float64)
    # Differences of logarithms: the quotient may overflow where its logarithm does not.
    healed = b * (np.log(states) + (np.log(v0) - np.log(d_c)))
    strength = mu0 + (healed.sum(axis=-1) if b.ndim else healed)
    speed = np.abs(velocity)
    slips = speed > 0
    log_argument = np.log(np.where(slips, speed, v0)) - np.log(2 * v0) + strength / a
    excess = np.maximum(log_argument - ASINH_IS_LOGARITHM, 0)
    friction = a * (np.arcsinh(np.exp(np.minimum(log_argument, ASINH_IS_LOGARITHM))) + excess)
    return np.where(slips, np.copysign(friction, velocity), 0.0)[()]


def _recur(factors, additions, value):
    """Return value[i] = factors[i] * value[i - 1] + additions[i] for every row."""
    values = []
    # Plain floats: this loop is all the time that a fit takes, and NumPy's scalars are slow.
    for factor, addition in zip(factors.tolist(), additions.tolist(), strict=True):
        value = factor * value + addition
        values.append(value)
    return np.array(values)
