"""The loading of the sample: slip velocity and normal stress at the times of the solver."""

from dataclasses import dataclass

import numpy as np

MOST_HEATING = 0.2
"""Largest normal stress times slip velocity [MPa m/s]; above it, rock melts within minutes."""

BOUNDS = {"normal_stress": (0.05, 200.0, "MPa"), "slip_velocity": (1e-9, 10.0, "m/s")}


@dataclass(frozen=True)
class Loading:
    """Slip velocity and normal stress at the rows and over the steps between them.

    Each interval between two rows is cut into `n_substeps` steps of equal length.
    """

    # (n_rows,): Times of the rows, from zero [s].
    times: np.ndarray
    # Steps per row.
    n_substeps: int
    velocity: np.ndarray
    normal_stress: np.ndarray
    step_velocity: np.ndarray
    step_normal_stress: np.ndarray

    @property
    def time_step(self):
        """Length of a step [s]."""
        return (self.times[1] - self.times[0]) / self.n_substeps

    @property
    def work(self):
        """Integral of normal stress times slip velocity up to each row [MPa m]."""
        steps = self.step_normal_stress * self.step_velocity * self.time_step
        return self.at_rows(np.append(0.0, np.cumsum(steps)))

    def at_rows(self, values):
        """Return those of the values at step ends that belong to rows."""
        return values[:: self.n_substeps]


def load(run, times, n_substeps, *, velocity, normal_stress, fluctuation):
    """Return the loading of one run."""
    interval = times[1] - times[0]
    middles = (np.arange(n_substeps) + 0.5) / n_substeps * interval
    middles = (times[:-1, np.newaxis] + middles).ravel()
    sampled = {}
    for at, moments in (("rows", times), ("steps", middles)):
        sampled[at] = values = {
            "normal_stress": normal_stress.before(moments),
            "slip_velocity": velocity.before(moments),
        }
        _check(run, moments, values)
    return Loading(
        times=times,
        n_substeps=n_substeps,
        velocity=sampled["rows"]["slip_velocity"] * fluctuation,
        normal_stress=sampled["rows"]["normal_stress"],
        step_velocity=sampled["steps"]["slip_velocity"] * np.repeat(fluctuation[1:], n_substeps),
        step_normal_stress=sampled["steps"]["normal_stress"],
    )


def _check(run, times, values):
    """Raise where a program leaves the range of the simulation."""
    for name, (low, high, unit) in BOUNDS.items():
        outside = (values[name] < low) | (values[name] > high)
        if outside.any():
            first = int(outside.argmax())
            raise ValueError(
                f"{name} of run {run} is {values[name][first]:g} {unit} at {times[first]:g} s; "
                f"expected {low:g} to {high:g} {unit}. Change the program. Write a hold as slow "
                "creep: the friction of a surface at rest depends on the apparatus."
            )
    heating = values["normal_stress"] * values["slip_velocity"]
    # The bound itself is allowed, in spite of rounding of its two factors.
    outside = heating > MOST_HEATING * (1 + 1e-9)
    if outside.any():
        first = int(outside.argmax())
        raise ValueError(
            f"normal_stress times slip_velocity of run {run} is {heating[first]:g} MPa m/s at "
            f"{times[first]:g} s; expected at most {MOST_HEATING:g} MPa m/s, above which rock "
            "melts within minutes. Lower one of them."
        )
