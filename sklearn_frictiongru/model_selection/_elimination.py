"""Which candidates of a sweep are hopeless after some of its repeats."""

import numpy as np

from sklearn_frictiongru.model_selection._sweep_statistics import paired_p_value

FEWEST_REPEATS = 3
"""Before so many common repeats nothing is given up."""


def hopeless(gains, alive, n_repeats, error_rate):
    """Tell which candidates cannot be the best, by paired tests over common seeds.

    After each repeat every candidate is compared with the one of the best mean by a
    one-sided paired t-test. It is given up if p < error_rate / (rounds * (K - 1)), for K
    candidates and as many rounds as repeats after the first few: by Bonferroni's
    inequality the truly best one is then given up with a probability of at most the error
    rate, as far as differences between repeats are normally distributed.
    """
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
