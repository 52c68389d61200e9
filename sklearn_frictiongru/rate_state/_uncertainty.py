"""Standard errors of a least-squares fit, infinite where the record determines nothing."""

import numpy as np

UNNOTICED = 1e-8
"""Root mean square change of friction that counts as zero."""

LEFT_OPEN = 1e-4
"""Largest share of a quantity that may be along directions without effect."""


class Uncertainty:
    """Standard errors from the derivatives at the optimum."""

    def __init__(self, jacobian, residuals, scales):
        n_rows, n_parameters = jacobian.shape
        self.scales = scales
        self.degrees_of_freedom = n_rows - n_parameters
        self.residual_std = np.sqrt(np.sum(residuals**2) / max(self.degrees_of_freedom, 1))
        _, singular, directions = np.linalg.svd(jacobian * scales, full_matrices=False)
        seen = singular > UNNOTICED * np.sqrt(n_rows)
        self.singular, self.directions = singular[seen], directions[seen]

    def of(self, weights):
        """Return the standard error of a weighted sum of the parameters."""
        wanted = np.asarray(weights) * self.scales
        along = self.directions @ wanted
        hidden = np.linalg.norm(wanted - self.directions.T @ along)
        if hidden > LEFT_OPEN * np.linalg.norm(wanted) or self.degrees_of_freedom < 1:
            return np.inf
        return float(self.residual_std * np.linalg.norm(along / self.singular))
