"""Starting values from the profile of the misfit over the critical slip distance."""

from itertools import combinations

import numpy as np
from scipy.ndimage import minimum_filter

USUAL_MU0, USUAL_EFFECT = 0.1, 0.01
"""Usual sizes of a change of mu0, and of a and b."""

N_DISTANCES = 49
"""Number of critical slip distances tried: ten per decade for the default bounds."""


def profile_minima(record, friction, *, n_states, d_c_bounds, a_min):
    """Return the local minima of the misfit over D_c, the lowest first.

    For given D_c the law is linear in mu0, a and b wherever friction is large against a
    (variable projection), so that the misfit depends on the critical slip distances alone.
    """
    distances = np.geomspace(*d_c_bounds, N_DISTANCES)
    fitted = record.fitted
    columns = [record.log_states(d_c)[fitted] for d_c in distances]
    columns = np.column_stack([*steady_columns(record).T, *columns])
    columns *= np.sign(record.velocity[fitted])[:, None]
    # All misfits follow from this small triangular matrix, without the rows.
    triangle = np.linalg.qr(np.column_stack([columns, friction[fitted]]), mode="r")
    misfit = np.full((N_DISTANCES,) * n_states, np.inf)
    solutions = {}
    for chosen in combinations(range(N_DISTANCES), n_states):
        design = triangle[:, [0, 1, *(2 + number for number in chosen)]]
        found = _solve(design, triangle[:, -1], a_min)
        solutions[chosen] = found
        misfit[chosen] = np.sum((design @ found - triangle[:, -1]) ** 2)
    is_minimum = (minimum_filter(misfit, size=3, mode="nearest") == misfit) & np.isfinite(misfit)
    minima = sorted(map(tuple, np.argwhere(is_minimum).tolist()), key=lambda place: misfit[place])
    return [np.append(solutions[place], np.log(distances[list(place)])) for place in minima]


def steady_columns(record):
    """Return the factors of mu0 and a - b at steady state, for the rows that are fitted."""
    speed = np.abs(record.velocity[record.fitted])
    return np.column_stack([np.ones(len(speed)), np.log(speed / record.v0)])


def _solve(design, target, a_min):
    """Return the mu0, a and b with the smallest misfit, with a not below its lower bound."""
    # If the rows do not determine the values, the smallest ones are taken, in usual sizes.
    usual = np.r_[USUAL_MU0, np.full(design.shape[1] - 1, USUAL_EFFECT)]
    found = usual * np.linalg.lstsq(design * usual, target)[0]
    if found[1] < a_min:
        others = np.delete(np.arange(len(found)), 1)
        left = target - a_min * design[:, 1]
        found[1] = a_min
        found[others] = usual[others] * np.linalg.lstsq((design * usual)[:, others], left)[0]
    return found
