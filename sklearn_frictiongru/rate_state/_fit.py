"""The least-squares fit of the law, over several starting values."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from sklearn_frictiongru.rate_state._profile import USUAL_EFFECT, USUAL_MU0, profile_minima
from sklearn_frictiongru.rate_state._spring_slider import Law, sensitivity, slide

HOLD = 1e-7
"""Weight of the pull towards the start, which fixes what the record does not determine [-]."""

DIFFERENCE = 1e-4
"""Step of central differences, as a share of the usual change."""

SAME = 1e-6
"""Relative difference of misfits below which two starts have found the same minimum."""

N_BLIND_STARTS = 5
"""Starting values of D_c that are tried for every record."""


def split_parameters(values):
    """Return the law's parameters from the vector that is fitted, by name."""
    n_states = (len(values) - 2) // 2
    return {
        "mu0": float(values[0]),
        "a": float(values[1]),
        "b": values[2 : 2 + n_states],
        "d_c": np.exp(values[2 + n_states :]),
    }


def parameter_scales(n_states):
    """Return the usual size of a change of each fitted parameter."""
    return np.r_[USUAL_MU0, np.full(1 + n_states, USUAL_EFFECT), np.ones(n_states)]


def slide_runs(record, stiffness, parameters):
    """Move a slider through every run of a record of load-point velocities."""
    law = Law(**parameters, v0=record.v0, stiffness=stiffness, kind=record.law)
    return [
        slide(record.velocity[piece], record.interval, law, record.initial_velocity(piece))
        for piece in record.pieces
    ]


@dataclass(frozen=True)
class Fit:
    """What least squares found."""

    # (2 + 2 * n_states,): mu0, a, each b and the logarithm of each D_c, the states ordered by
    # D_c.
    values: np.ndarray
    # (n_fitted_rows, 2 + 2 * n_states): Derivatives of friction.
    jacobian: np.ndarray
    # (n_fitted_rows,): Fitted minus measured friction.
    residuals: np.ndarray
    # (2 + 2 * n_states,): Whether each parameter is at one of its bounds.
    at_bounds: np.ndarray
    # Evaluations of the misfit that the best start took.
    n_iter: int
    # Whether it ended before `max_iter`.
    converged: bool


def fit_law(record, friction, *, stiffness, n_states, a_bounds, d_c_bounds, n_starts, max_iter):
    """Fit the law to a record."""
    slip = record if stiffness is None else _slip_of_slider(record, friction, stiffness)
    starts = profile_minima(
        slip, friction, n_states=n_states, d_c_bounds=d_c_bounds, a_min=a_bounds[0]
    )
    if stiffness is None:
        misfit = _SlipMisfit(record, friction)
    else:
        misfit = _LoadMisfit(record, friction, stiffness)
        starts = starts[: 2 * n_starts] + _blind_starts(record, friction, n_states, d_c_bounds)
    free = np.full(n_states, np.inf)
    logarithms = np.tile(np.log(d_c_bounds)[:, None], n_states)
    lower = np.r_[0.0, a_bounds[0], -free, logarithms[0]]
    upper = np.r_[np.inf, a_bounds[1], free, logarithms[1]]
    starts = [np.clip(start, lower, upper) for start in starts]
    if stiffness is not None:
        # The profile used estimates of the slip velocities.
        starts.sort(key=lambda start: np.sum(misfit.residuals(start) ** 2))
    best = None
    scales = parameter_scales(n_states)
    hold = HOLD * np.sqrt(len(misfit.friction)) / scales
    for start in starts[:n_starts]:
        found = least_squares(
            lambda values, start=start: np.append(
                misfit.residuals(values), hold * (values - start)
            ),
            start,
            jac=lambda values: np.vstack([misfit.jacobian(values), np.diag(hold)]),
            bounds=(lower, upper),
            x_scale=scales,
            xtol=1e-10,
            ftol=1e-10,
            gtol=1e-12,
            max_nfev=max_iter,
        )
        again = best is not None and abs(found.cost - best.cost) <= SAME * best.cost
        if best is None or found.cost < best.cost:
            best = found
        # If two starts find the same minimum, it counts as the lowest one, and no more are tried.
        if again:
            break
    order = np.argsort(best.x[2 + n_states :])
    order = np.r_[0, 1, 2 + order, 2 + n_states + order]
    return Fit(
        best.x[order],
        best.jac[: len(misfit.friction), order],
        best.fun[: len(misfit.friction)],
        best.active_mask[order] != 0,
        int(best.nfev),
        best.status > 0,
    )


class _SlipMisfit:
    """Misfit of the rows that slip at the velocity of the record; rows at rest are left out."""

    def __init__(self, record, friction):
        self.record = record
        self.fitted = record.fitted
        self.friction = friction[self.fitted]

    def residuals(self, values):
        friction = self.record.friction(**split_parameters(values))
        return friction[self.fitted] - self.friction

    def jacobian(self, values):
        steps = DIFFERENCE * parameter_scales(len(values) // 2 - 1)
        # The direct effect stays above zero.
        steps[1] = min(steps[1], values[1] / 2)
        return np.column_stack(
            [
                (self.residuals(values + step) - self.residuals(values - step)) / (2 * step.sum())
                for step in np.diag(steps)
            ]
        )


class _LoadMisfit:
    """Misfit of a slider that a spring pulls."""

    def __init__(self, record, friction, stiffness):
        self.record, self.stiffness = record, stiffness
        # With a spring, rows at rest have a friction as well.
        self.fitted = slice(None) if record.chosen is None else record.chosen
        self.friction = friction[self.fitted]
        self.values, self.motions = None, None

    def residuals(self, values):
        self.values = np.array(values)
        self.motions = slide_runs(self.record, self.stiffness, split_parameters(values))
        friction = np.concatenate([motion.friction for motion in self.motions])
        return friction[self.fitted] - self.friction

    def jacobian(self, values):
        if not np.array_equal(values, self.values):
            self.residuals(values)
        return np.concatenate([sensitivity(motion) for motion in self.motions])[self.fitted]


def _slip_of_slider(record, friction, stiffness):
    """Return the record with the slip velocities that load and measured friction imply."""
    loading = np.zeros(len(friction))
    for piece in record.pieces:
        loading[piece][1:] = np.diff(friction[piece]) / record.interval
    # Noise may imply a slider at rest or moving back, whose velocity has no logarithm.
    speeds = np.abs(record.velocity[record.slides])
    slowest = 1e-2 * np.median(speeds) if len(speeds) else record.v0
    return replace(record, velocity=np.maximum(record.velocity - loading / stiffness, slowest))


def _blind_starts(record, friction, n_states, d_c_bounds):
    """Return starting values with usual effects and D_c across its range, all stable."""
    distances = np.geomspace(*d_c_bounds, N_BLIND_STARTS + 2)[1:-1]
    apart = np.geomspace(1, 10, n_states)
    effects = np.full(n_states, USUAL_EFFECT / n_states)
    mean = abs(np.mean(friction))
    return [np.r_[mean, USUAL_EFFECT, effects, np.log(d_c * apart)] for d_c in distances]
