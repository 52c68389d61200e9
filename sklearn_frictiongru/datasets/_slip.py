"""Friction and temperature of one run, solved together."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import brentq

from sklearn_frictiongru.datasets._heat import HalfSpace
from sklearn_frictiongru.datasets._shear_strength import shear_stress
from sklearn_frictiongru.utils.rate_state_law import evolve_state, friction_of, steady_state

SAME_TEMPERATURE = 1e-10
"""Accuracy to which the temperature of a step is solved [K]."""


@dataclass(frozen=True)
class Slip:
    """The response of a sample to a loading, without noise."""

    # (n_rows,): Shear stress [MPa].
    shear_stress: np.ndarray
    # (n_rows,): State theta of the rate-and-state law [s].
    state: np.ndarray
    surface_rise: np.ndarray
    thermocouple_rise: np.ndarray
    # (n_rows,): Heat in one side [J/m2].
    stored_heat: np.ndarray
    # (n_steps,): Flux of heat into one side during each step [W/m2].
    flux: np.ndarray
    # One side.
    half_space: HalfSpace


def slide(loading, constants, temperature_coupling):
    """Return the response of a sample to a loading.

    The state is advanced by its exact update. Friction in a step is taken at its middle, from
    the state there and the mean of the surface's temperature at both ends: an implicit midpoint
    rule for the Volterra equation of the temperature, whose kernel is integrated exactly over
    each step [1]_. A step's end temperature is the only root of a nondecreasing function, since
    heat weakens the surface and never strengthens it; so steps of any length can be solved.
    """
    time_step = loading.time_step
    law = {name: getattr(constants, name) for name in ("mu0", "a", "b", "d_c", "v0")}
    initial = float(steady_state(loading.velocity[0], constants.d_c))
    halves = evolve_state(
        np.repeat(loading.step_velocity, 2), time_step / 2, constants.d_c, initial
    )
    state = loading.at_rows(np.append(initial, halves[1::2]))
    half_space = HalfSpace(
        constants.diffusivity, constants.volumetric_heat_capacity, constants.holder_loss_time
    )
    stress_of = partial(
        shear_stress, constants=constants, temperature_coupling=temperature_coupling
    )
    step_friction = friction_of(loading.step_velocity, halves[::2], **law)
    steps = (step_friction, loading.step_velocity, loading.step_normal_stress)
    if temperature_coupling > 0:
        weights = half_space.weights(len(step_friction), time_step, 0.0)
        flux = _march(stress_of, *steps, weights)
    else:
        flux = _flux(stress_of, 0.0, *steps)
    surface = half_space.rise(flux, time_step, 0.0)
    surface_rise = loading.at_rows(surface)
    return Slip(
        shear_stress=stress_of(
            friction_of(loading.velocity, state, **law),
            surface_rise,
            loading.velocity,
            loading.normal_stress,
        ),
        state=state,
        surface_rise=surface_rise,
        thermocouple_rise=loading.at_rows(
            half_space.rise(flux, time_step, constants.thermocouple_depth)
        ),
        stored_heat=loading.at_rows(half_space.stored(flux, time_step)),
        flux=flux,
        half_space=half_space,
    )


def check_slip(run, times, slip, constants):
    """Raise where a run leaves the range of the simulation."""
    surface = constants.ambient_temperature + slip.surface_rise
    if (surface >= constants.weakening_temperature).any():
        first = int((surface >= constants.weakening_temperature).argmax())
        raise ValueError(
            f"the surface of run {run} is at {surface[first]:.0f} degC at {times[first]:g} s; "
            "expected less than the weakening temperature of its contacts, "
            f"{constants.weakening_temperature:g} degC. Lower normal_stress or slip_velocity, or "
            "shorten holder_loss_time so that the holder takes more heat."
        )
    if (slip.shear_stress <= 0).any():
        first = int((slip.shear_stress <= 0).argmax())
        raise ValueError(
            f"the shear stress of run {run} is {slip.shear_stress[first]:g} MPa at "
            f"{times[first]:g} s, where the surface is at {surface[first]:.0f} degC; expected "
            "more than 0. Lower temperature_coupling."
        )


def _flux(stress_of, rise, friction, velocity, normal_stress):
    """Return the flux of heat into one side, half of shear stress times slip velocity."""
    return 0.5e6 * stress_of(friction, rise, velocity, normal_stress) * velocity


def _march(stress_of, friction, velocity, normal_stress, weights):
    """Return the flux of each step if friction depends on the temperature it causes."""
    n_steps = len(friction)
    flux = np.empty(n_steps)
    # Oldest step first, so that the history of each step is one product of two slices.
    backward = weights[::-1].copy()
    before = 0.0
    own = float(weights[0])
    steps = zip(friction.tolist(), velocity.tolist(), normal_stress.tolist(), strict=True)
    for step, now in enumerate(steps):
        history = float(backward[n_steps - 1 - step : n_steps - 1] @ flux[:step])

        def flux_at(after, before=before, now=now):
            return float(_flux(stress_of, (before + after) / 2, *now))

        def excess(after, history=history, flux_at=flux_at):
            return after - (history + own * flux_at(after))

        # The flux never increases with temperature: the root is between the history and this one.
        after = history + own * flux_at(history)
        if after != history:
            after = brentq(excess, history, after, xtol=SAME_TEMPERATURE)
        flux[step] = flux_at(after)
        before = after
    return flux
