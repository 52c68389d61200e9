"""The rate-and-state friction law for a slip velocity that is known at every row."""

import numpy as np
from scipy.special import exprel

LAWS = ("aging", "slip")

ASINH_IS_LOGARITHM = 20.0
"""Above exp(20), asinh(x) is ln(2 x) to the last bit of a double."""


def steady_state(velocity, d_c):
    """Return the steady state of a constant slip velocity."""
    speed = np.abs(np.asarray(velocity, dtype=np.float64))
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(d_c, dtype=np.float64) / speed


def evolve_state(velocity, time_steps, d_c, initial, law="aging"):
    """Return the state at each row, from the slip velocity over the step that ends there.

    The update over a step of constant velocity V is exact, for any length of the step.
    With x = abs(V) dt / D_c:

    - aging law, dtheta/dt = 1 - abs(V) theta / D_c: the distance of theta from D_c / abs(V)
      shrinks by exp(-x); at rest theta increases by dt;
    - slip law, dtheta/dt = -z ln(z) with z = abs(V) theta / D_c: ln(z) shrinks by exp(-x);
      at rest theta does not change.

    The state does not know the direction of slip: a negative velocity counts by its
    magnitude.
    """
    if law not in LAWS:
        raise ValueError(f"law is {law!r}; expected 'aging' or 'slip'.")
    if not 0 < initial < np.inf:
        raise ValueError(
            f"initial is {initial!r} s; expected a state above zero and finite. At rest the "
            "steady state is infinite: start from that of a positive slip velocity, or from an age."
        )
    speed = np.abs(np.asarray(velocity, dtype=np.float64))
    time_steps = np.broadcast_to(np.asarray(time_steps, dtype=np.float64), speed.shape)
    slipped = speed * time_steps / d_c
    if law == "aging":
        return _recur(np.exp(-slipped), time_steps * exprel(-slipped), float(initial))
    log_steady = np.log(d_c) - np.log(np.where(speed > 0, speed, d_c))
    return np.exp(_recur(np.exp(-slipped), -np.expm1(-slipped) * log_steady, np.log(initial)))


def friction_of(velocity, states, *, mu0, a, b, d_c, v0):
    """Return the friction at a slip velocity, with the states that follow from its history.

    The law in the form that is regular at rest,

    mu = a asinh(V / (2 V0) exp((mu0 + sum_i b_i ln(V0 theta_i / D_c,i)) / a)),

    which is mu0 + a ln(V / V0) + sum_i b_i ln(V0 theta_i / D_c,i) wherever mu is large
    against a. Friction has the sign of the velocity, as it resists slip: a negative velocity
    gives minus the friction of its magnitude, and friction at rest is zero.
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
    # Plain floats: a fit spends its time in this loop, and NumPy's scalars are slow.
    for factor, addition in zip(factors.tolist(), additions.tolist(), strict=True):
        value = factor * value + addition
        values.append(value)
    return np.array(values)
