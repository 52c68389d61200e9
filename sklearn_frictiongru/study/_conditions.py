"""The condition that importances are given for, such as normal stress, and its ranges."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.validation import check_finite, without_masks

FEWEST_ROWS_OF_A_RANGE = 30
MOST_CATEGORIES = 6


def read_condition(condition, name, n_rows):
    """Return the condition as a series with its name; None if there is none."""
    if condition is None:
        return None
    values = pd.Series(np.asarray(without_masks(condition)))
    if len(values) != n_rows:
        raise ValueError(
            f"condition has {len(values)} values; expected one for each of the {n_rows} rows."
        )
    if pd.api.types.is_numeric_dtype(values):
        check_finite(values.to_numpy(dtype=np.float64), ["condition"], "condition")
    return values.rename(name or getattr(condition, "name", None) or "condition")


def choose_bins(condition, bins, parts):
    """Return the edges of the condition's ranges; None for categories or no condition."""
    if condition is None or not pd.api.types.is_numeric_dtype(condition):
        return None
    values = condition.to_numpy(dtype=np.float64)
    if bins is not None:
        return [float(edge) for edge in bins]
    if len(np.unique(values)) <= MOST_CATEGORIES:
        return None
    # A range counts rows with their full history only.
    counted = values[parts != "warm-up"]
    edges = list(np.histogram_bin_edges(values, bins=4))
    while len(edges) > 2:
        counts, _ = np.histogram(counted, edges)
        few = int(counts.argmin())
        if counts[few] >= FEWEST_ROWS_OF_A_RANGE:
            break
        del edges[few if few == len(counts) - 1 else few + 1]
    return [float(edge) for edge in edges]
