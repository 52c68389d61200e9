"""Rows that a resampling meta-estimator has drawn again, in another order."""

import warnings

import numpy as np
import pandas as pd

LEAST_SHARE = 0.1
"""Share of rows that repeat an earlier one, from which on they are taken for drawn rows.

A bootstrap has 0.37, one of half the rows 0.21.
"""

MOST_ROWS = 200_000
"""More rows are not looked at: it would take longer than cutting their windows."""


def warn_of_drawn_rows(rows, y):
    """Warn where many rows of a plain array repeat others exactly, but not in their order."""
    if not _are_drawn(rows, y):
        return
    warnings.warn(
        "many rows of X are exact repeats of others, in another order: a bootstrap, as of "
        "BaggingRegressor and AdaBoostRegressor, mixes the rows that windows are made of, and the "
        "model learns from histories that never happened. Use GRUFrictionEnsemble, "
        "VotingRegressor, or another meta-estimator that keeps the order of rows.",
        UserWarning,
        stacklevel=5,
    )


def _are_drawn(rows, y):
    """Tell whether rows (n_rows, n_features), with their targets, look like a bootstrap."""
    n_rows, y = len(rows), np.asarray(y)
    if not 2 < n_rows <= MOST_ROWS or y.shape != (n_rows,):
        return False
    # One column costs little, and mostly tells.
    if pd.Series(rows[:, 0]).duplicated().mean() < LEAST_SHARE or _keep_an_order(rows):
        return False
    table = pd.DataFrame(rows).assign(y=y)
    code = table.groupby(list(table.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = pd.Series(np.arange(n_rows)).groupby(code).transform("first").to_numpy()
    repeats = np.flatnonzero(first[:-1] < np.arange(n_rows - 1))
    if len(repeats) < LEAST_SHARE * n_rows:
        return False
    # A signal with a period repeats its rows in their order.
    return np.mean(code[repeats + 1] == code[first[repeats] + 1]) < 0.5


def _keep_an_order(rows):
    """Tell whether a column follows its last value, as coarse readings of a sensor do."""
    deviations = rows - rows.mean(axis=0)
    squares = (deviations**2).sum(axis=0)
    moving = squares > 0
    follows = (deviations[1:] * deviations[:-1]).sum(axis=0)[moving] / squares[moving]
    return bool((follows > max(0.2, 4 / np.sqrt(len(rows)))).any())
