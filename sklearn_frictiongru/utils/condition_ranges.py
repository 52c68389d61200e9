"""Automatic ranges of a condition: its nominal levels, or ranges with round edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.conditions import ordered_categories, range_names
from sklearn_frictiongru.utils.typography import range_label

N_BINS = 200
MOST_LEVELS = 12
N_RANGES = 5
SHARE_ON_LEVELS = 0.95
WIDTH_OF_LEVELS = 0.5
"""Largest spread of a level, as a share of the distance to the next level."""
NEARLY_CONSTANT = 0.05
"""Spread below which all values are one level, as a share of the median."""


@dataclass(frozen=True)
class ConditionRanges:
    """The ranges of a condition, in the order of their values."""

    # Names, such as "10 MPa" or "2-4 MPa", of the ranges that a complete window reaches.
    labels: list[str]
    # (n_rows,): Number of each row's range.
    codes: np.ndarray
    # "levels", "ranges" or "categories".
    kind: str
    # Names of ranges in which no complete window ends; their rows have the code -1.
    empty: list[str]

    def notes(self):
        """Return sentences on the ranges that are empty."""
        return [
            f"No complete window ends in the range {range_label(name)}: it is empty."
            for name in self.empty
        ]


def find_condition_ranges(values, unit="", counted=None):
    """Find the levels or ranges of a condition; `counted` marks rows that end complete windows."""
    if not isinstance(getattr(values, "dtype", None), pd.CategoricalDtype):
        values = np.asarray(values)
    values = pd.Series(values)
    suffix = f" {unit}" if unit else ""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype=np.float64)
        centres = nominal_levels(numbers)
        if centres is not None:
            kind, names, codes = "levels", level_names(centres), nearest(numbers, centres)
        else:
            edges = round_edges(numbers)
            kind = "ranges"
            names = range_names(edges)
            codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(names) - 1)
        names = [name + suffix for name in names]
    else:
        categories = ordered_categories(values).remove_unused_categories()
        kind, names, codes = "categories", [str(c) for c in categories.categories], categories.codes
    counted = np.ones(len(values), dtype=bool) if counted is None else np.asarray(counted)
    reached = np.bincount(codes[counted], minlength=len(names)) > 0
    number = np.where(reached, np.cumsum(reached) - 1, -1)
    return ConditionRanges(
        labels=[name for name, there in zip(names, reached, strict=True) if there],
        codes=number[codes],
        kind=kind,
        empty=[name for name, there in zip(names, reached, strict=True) if not there],
    )


def nominal_levels(numbers):
    """Return the sorted levels that nearly all rows are close to, or None if there are none."""
    different = np.unique(numbers)
    low, high = different[0], different[-1]
    if high - low <= NEARLY_CONSTANT * np.abs(np.median(numbers)) or len(different) == 1:
        return np.array([np.median(numbers)])
    if len(different) <= MOST_LEVELS // 2:
        return different
    counts, edges = np.histogram(numbers, bins=N_BINS, range=(low, high))
    # Bins between two levels hold few rows.
    dense = counts > max(len(numbers) / N_BINS / 2, 1)
    if not dense.any():
        return None
    begins = np.flatnonzero(np.diff(np.append(0, dense)) == 1)
    ends = np.flatnonzero(np.diff(np.append(dense, 0)) == -1)
    bins = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, N_BINS - 1)
    on_levels = dense[bins].mean()
    # A single bin with few rows does not separate two levels.
    apart = begins[1:] - ends[:-1] > 2
    begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
    if on_levels < SHARE_ON_LEVELS or not 2 <= len(begins) <= MOST_LEVELS:
        return None
    centres = np.array(
        [np.median(numbers[(bins >= b) & (bins <= e)]) for b, e in zip(begins, ends, strict=True)]
    )
    widths = (ends - begins + 1) * (high - low) / N_BINS
    return centres if widths.max() <= WIDTH_OF_LEVELS * np.diff(centres).min() else None


def level_names(centres):
    """Return the levels with as few digits as distinguish them and keep them within 2 %."""
    spacing = np.diff(centres).min() if len(centres) > 1 else max(abs(float(centres[0])), 1e-12)
    for decimals in range(-3, 13):
        rounded = np.round(centres, decimals)
        near = np.abs(rounded - centres) <= max(0.02 * spacing, 1e-15)
        if near.all() and len(np.unique(rounded)) == len(centres):
            break
    return [f"{value + 0.0:.12g}" for value in rounded]


def nearest(numbers, centres):
    """Return the number of the nearest level of each row."""
    return np.searchsorted((centres[1:] + centres[:-1]) / 2, numbers)


def round_edges(numbers):
    """Return round edges of about `N_RANGES` ranges that hold all numbers."""
    low, high = numbers.min(), numbers.max()
    power = 10.0 ** np.floor(np.log10((high - low) / N_RANGES))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if high - low <= N_RANGES * m * power)
    steps = np.arange(np.floor(low / step), np.ceil(high / step) + 1)
    return np.round(steps * step, 12 - int(np.floor(np.log10(step))))
