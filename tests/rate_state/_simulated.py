"""Simulated records with known parameters."""

import numpy as np

from sklearn_frictiongru.rate_state._fit import slide_runs
from sklearn_frictiongru.rate_state._record import Record

TRUE = {"mu0": 0.6, "a": 0.01, "b": np.array([0.015]), "d_c": np.array([1e-5])}
TWO_STATES = {"mu0": 0.6, "a": 0.01, "b": np.array([0.01, 0.006]), "d_c": np.array([4e-6, 6e-5])}

STEPS = np.repeat([1e-6, 1e-5, 1e-6, 3e-6, 3e-7, 1e-5], [60, 60, 90, 60, 120, 60])
"""Velocity of a record at one row per second [m/s]."""


def record_of(velocity, law="aging", *, interval=1.0, starts=(0,)):
    """Return a record under the usual constants."""
    return Record(np.asarray(velocity, float), np.array(starts), interval, law, 1e-6, 1e-12)


def friction_of_steps(velocity=STEPS, *, law="aging", stiffness=None, parameters=TRUE, **record):
    """Return friction under known parameters."""
    record = record_of(velocity, law, **record)
    if stiffness is None:
        return record.friction(**parameters)
    return np.concatenate([m.friction for m in slide_runs(record, stiffness, parameters)])
