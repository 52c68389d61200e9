"""Steady slip: records that never show the state evolve."""

import numpy as np
from scipy.stats import f as f_distribution

from sklearn_frictiongru.rate_state._profile import steady_columns

SEEN = 1e-3
"""p-value below which the better fit with states is not chance."""

ROUNDING = 1e-9
"""Root mean square misfit that counts as zero."""


def steady_design(record, friction):
    """Return the factors of mu0 and a - b at steady state, and the friction along slip."""
    fitted = record.fitted
    return steady_columns(record), np.sign(record.velocity[fitted]) * friction[fitted]


def is_steady(record, friction, found):
    """Tell whether steady slip fits as well as the law with its states."""
    design, target = steady_design(record, friction)
    n_rows, n_parameters = found.jacobian.shape
    extra = n_parameters - design.shape[1]
    left = n_rows - n_parameters
    steady = np.sum((design @ np.linalg.lstsq(design, target)[0] - target) ** 2)
    if left < 1 or steady <= n_rows * ROUNDING**2:
        return True
    full = np.sum(found.residuals**2)
    if steady < 0.999 * full:
        # Without its bounds the law would include this case.
        return False
    return bool((steady - full) * left <= f_distribution.isf(SEEN, extra, left) * extra * full)
