"""Whether an importance falls with the lag, in words for titles and captions."""

import numpy as np

MOST = 2 / 3
"""Share of the importance in one half of the window from which on it falls or rises."""


def lag_trend(importances):
    """Return "falls", "even" or "rises": how the importance of all inputs goes with the lag.

    Of several models, each with its ``lags`` and ``by_lag`` (n_lags, n_inputs), the mean counts.
    """
    by_lag = _from_the_target(importances)
    half = len(by_lag) // 2
    near, old = by_lag[:half].sum(), by_lag[len(by_lag) - half :].sum()
    if near + old == 0 or max(near, old) < MOST * (near + old):
        return "even"
    return "falls" if near > old else "rises"


def highest_at_oldest(importances):
    """Return whether no lag has as much of the importance of all inputs as the oldest."""
    by_lag = _from_the_target(importances)
    return len(by_lag) > 1 and bool(by_lag[-1] > by_lag[:-1].max())


def _from_the_target(importances):
    """Return the mean share of each lag, from the target to the oldest."""
    by_lag = np.mean([_shares(each.by_lag) for each in importances], axis=0)
    return by_lag[np.argsort(importances[0].lags)]


def _shares(by_lag):
    """Return the share of each lag in all importance of a model; zeros where there is none."""
    total = np.sum(by_lag)
    return np.sum(by_lag, axis=1) / (total if total > 0 else 1.0)
