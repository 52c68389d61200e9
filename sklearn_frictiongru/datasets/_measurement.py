"""The measured values of a run: fluctuations, noise and instruments."""

import numpy as np
from scipy.signal import lfilter

from sklearn_frictiongru.datasets._axial_displacement import axial_displacement

CHANNELS = (
    "slip_velocity",
    "axial_displacement",
    "temperature",
    "normal_stress",
    "shear_stress",
)


def draw_chance(seed, n_runs, n_rows):
    """Return standard normal numbers for every run, channel and row.

    The numbers of a run and channel do not depend on the other runs nor on the strength of any
    noise.
    """
    chance = []
    for of_run in np.random.SeedSequence(seed).spawn(n_runs):
        numbers = np.random.default_rng(of_run).normal(size=(len(CHANNELS) + 1, n_rows))
        chance.append(dict(zip((*CHANNELS, "fluctuation"), numbers, strict=True)))
    return chance


def fluctuation_factors(numbers, strength, rows_correlated):
    """Return factors around 1 that are autocorrelated from row to row.

    Their logarithm is a stationary autoregressive process of first order.
    """
    memory = np.exp(-1 / rows_correlated)
    innovations = numbers * np.sqrt(1 - memory**2)
    # The first row has the same spread as all others.
    innovations[0] = numbers[0]
    return np.exp(strength * lfilter([1.0], [1.0, -memory], innovations))


def measure(run, loading, slip, constants, noise, chance):
    """Return the measured values of a run."""
    true = {
        "slip_velocity": loading.velocity,
        "axial_displacement": axial_displacement(
            loading.work, slip.stored_heat, loading.normal_stress, constants
        ),
        "temperature": constants.ambient_temperature + slip.thermocouple_rise,
        "normal_stress": loading.normal_stress,
        "shear_stress": slip.shear_stress,
    }
    measured = {name: true[name] + noise[name] * chance[name] for name in CHANNELS}
    normal_stress = measured["normal_stress"]
    if (normal_stress <= 0).any():
        first = int((normal_stress <= 0).argmax())
        raise ValueError(
            f"the measured normal stress of run {run} is {normal_stress[first]:g} MPa at "
            f"{loading.times[first]:g} s; expected more than 0. Lower normal_stress_noise."
        )
    return measured
