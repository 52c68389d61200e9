"""The best candidate of a sweep, and how certain that is."""

import warnings

import numpy as np
from scipy.stats import ttest_rel


def over_trainings(function, scores):
    """Summarise the scores of each candidate, leaving out NaN."""
    with warnings.catch_warnings():
        # A candidate whose trainings all failed has NaN.
        warnings.simplefilter("ignore", category=RuntimeWarning)
        return function(scores, axis=1)


def best_candidate(gains, in_race, best_by, n_rows):
    """Return the candidate with the best scores."""
    values = over_trainings(np.nanmedian if best_by == "median" else np.nanmean, gains)
    values = np.where(np.isnan(values) | ~in_race, -np.inf, values)
    best = int(values.argmax())
    if best_by != "one_se":
        return best
    known = gains[best][np.isfinite(gains[best])]
    error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else 0.0
    close = np.flatnonzero(values >= values[best] - error)
    return int(min(close, key=lambda candidate: n_rows[candidate]))


def summary_of(scores, gains, in_race, best):
    """Return the statistics of the scores of each candidate."""
    runner_up = _runner_up(gains, in_race, best)
    others = np.where(np.arange(len(gains)) == best, runner_up, best)
    return {
        "mean": over_trainings(np.nanmean, scores),
        "min": over_trainings(np.nanmin, scores),
        "q1": over_trainings(lambda s, axis: np.nanquantile(s, 0.25, axis=axis), scores),
        "median": over_trainings(np.nanmedian, scores),
        "q3": over_trainings(lambda s, axis: np.nanquantile(s, 0.75, axis=axis), scores),
        "max": over_trainings(np.nanmax, scores),
        "n_finished": np.isfinite(scores).sum(axis=1),
        "beats_next": [
            _share_better(gains[candidate], gains[other]) if candidate != other else np.nan
            for candidate, other in enumerate(others)
        ],
        "p_value": [paired_p_value(row, gains[best]) for row in gains],
    }


def paired_p_value(gains, best):
    """Return the p-value of the paired test that scores are not worse than the best."""
    both = np.isfinite(gains) & np.isfinite(best)
    shortfall = best[both] - gains[both]
    if both.sum() < 2 or not np.any(shortfall != shortfall[0]):
        return np.nan
    return float(ttest_rel(shortfall, np.zeros(len(shortfall)), alternative="greater").pvalue)


def _runner_up(gains, in_race, best):
    """Return the second best candidate, or the best one if there is no other."""
    means = over_trainings(np.nanmean, gains)
    means = np.where(np.isnan(means), -np.inf, means)
    # A candidate that was given up may have a better mean over its few repeats.
    return max(
        (i for i in range(len(means)) if i != best),
        key=lambda i: (in_race[i], means[i]),
        default=best,
    )


def _share_better(gains, others):
    """Return the share of common seeds in which one is better than the other."""
    both = np.isfinite(gains) & np.isfinite(others)
    return float(np.mean(gains[both] > others[both])) if both.any() else np.nan
