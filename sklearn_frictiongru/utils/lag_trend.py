"""In which half of the window an importance lies, for titles and captions."""

import numpy as np

MOST = 2 / 3
"""Share of the importance in one half of the window from which on it has most of it."""


def lag_trend(importances):
    """Return "near", "even" or "far": which half of the window has most of the importance.

    "near" is the half next to the target.
    """
    share = near_share(importances)
    if share >= MOST:
        return "near"
    return "far" if share <= 1 - MOST else "even"


def near_share(importances):
    """Return the share of the importance of all inputs in the half next to the target.

    Of several models, each with its ``lags`` and ``by_lag`` (n_lags, n_inputs), the mean counts.
    NaN where nothing is important.
    """
    by_lag = _from_the_target(importances)
    # The middle lag of an odd number belongs to both halves.
    near, old = by_lag[: (len(by_lag) + 1) // 2].sum(), by_lag[len(by_lag) // 2 :].sum()
    middle = near + old - by_lag.sum()
    total = by_lag.sum()
    return float((near - middle / 2) / total) if total > 0 else float("nan")


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
