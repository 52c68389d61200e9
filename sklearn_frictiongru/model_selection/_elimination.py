"""Successive elimination: candidates that are clearly worse after some repeats are given up."""

import numpy as np

from sklearn_frictiongru.model_selection._sweep_statistics import paired_p_value

FEWEST_REPEATS = 3
"""Number of common repeats before the first elimination."""


def run_with_elimination(trainings, places, gain, error_rate):
    """Run trainings repeat by repeat, without candidates that have been given up.

    Returns the number of repeats and the p-value, as text, of each candidate that was given up.
    """
    # `gain` returns the score of a result; greater is better.
    n_candidates, n_repeats, n_splits = (max(numbers) + 1 for numbers in zip(*places, strict=True))
    alive = np.ones(n_candidates, dtype=bool)
    given_up = {}
    # The first few together: no candidate can be given up between them.
    for n_trained in range(min(FEWEST_REPEATS, n_repeats), n_repeats + 1):
        trainings.run(
            i
            for i, place in enumerate(places)
            if place.repeat < n_trained and alive[place.candidate]
        )
        if n_trained == n_repeats:
            break
        gains = np.full((n_candidates, n_trained, n_splits), np.nan)
        for place, result in zip(places, trainings.results, strict=True):
            if place.repeat < n_trained and result is not None:
                gains[place] = gain(result)
        p_values = hopeless(gains.mean(axis=2), alive, n_repeats, error_rate)
        for candidate in np.flatnonzero(np.isfinite(p_values)):
            alive[candidate] = False
            given_up[int(candidate)] = f"after {n_trained} repeats, p = {p_values[candidate]:.2g}"
            trainings.leave_out(i for i, place in enumerate(places) if place.candidate == candidate)
    return given_up


def hopeless(gains, alive, n_repeats, error_rate):
    """Return the p-values of candidates that cannot be the best, NaN for the others."""
    # After each repeat every candidate is compared with the one with the best mean by a one-sided
    # paired t-test. It is given up if p < error_rate / (rounds * (K - 1)), for K candidates and
    # as many rounds as repeats after the first few: by Bonferroni's inequality the truly best
    # one is then given up with a probability of at most the error rate, if differences
    # between repeats are normally distributed.
    given_up = np.full(len(gains), np.nan)
    means = np.array(
        [
            row[np.isfinite(row)].mean() if in_race and np.isfinite(row).any() else -np.inf
            for row, in_race in zip(gains, alive, strict=True)
        ]
    )
    leader = int(means.argmax())
    rounds = max(n_repeats - FEWEST_REPEATS, 1)
    level = error_rate / (rounds * max(len(gains) - 1, 1))
    for candidate in np.flatnonzero(alive):
        pairs = np.isfinite(gains[candidate]) & np.isfinite(gains[leader])
        if candidate == leader or pairs.sum() < FEWEST_REPEATS:
            continue
        p_value = paired_p_value(gains[candidate], gains[leader])
        if p_value < level:
            given_up[candidate] = p_value
    return given_up
