"""The condition that importances are given for, such as normal stress, and its ranges."""

import re

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.condition_ranges import find_condition_ranges
from sklearn_frictiongru.utils.conditions import check_known, cut_ranges
from sklearn_frictiongru.utils.typography import range_label
from sklearn_frictiongru.utils.units import label_of
from sklearn_frictiongru.utils.validation import check_finite, labels_per_row


def read_condition(condition, name, n_rows):
    """Return the condition as a series with its name; None if there is none."""
    if condition is None:
        return None
    values = pd.Series(labels_per_row(condition, n_rows, "condition"))
    if pd.api.types.is_numeric_dtype(values):
        check_finite(values.to_numpy(dtype=np.float64), ["condition"], "condition")
    check_known(values.isna().to_numpy(), "condition")
    if isinstance(getattr(condition, "dtype", None), pd.CategoricalDtype) and not (
        pd.api.types.is_numeric_dtype(values)
    ):
        # Categories keep their order.
        values = pd.Series(pd.Categorical(condition))
    return values.rename(name or getattr(condition, "name", None) or "condition")


def range_of_rows(condition, edges, counted, units=None):
    """Return the range of each row, ordered by value, and notes on ranges that are empty.

    The unit is that in the condition's name, or of its column. `counted` marks the rows that end
    complete windows. Ranges that none of them lies in are left out; their rows have no range.
    """
    if condition is None:
        return None, []
    units = units or {}
    in_brackets = re.search(r"\[(.+)\]$", label_of(condition.name, units.get(str(condition.name))))
    unit = in_brackets[1] if in_brackets else ""
    if edges is None:
        found = find_condition_ranges(condition, unit, counted)
        labels, codes, notes = found.labels, found.codes, found.notes()
    else:
        names, codes = cut_ranges(condition, edges)
        labels = [f"{name} {unit}".strip() for name in names]
        reached = np.bincount(codes[counted], minlength=len(names)) > 0
        notes = [
            f"No complete window ends in the range {range_label(label)}: it is empty."
            for label, there in zip(labels, reached, strict=True)
            if not there
        ]
        codes = np.where(reached[codes], codes, -1)
    ranges = pd.Categorical.from_codes(codes, labels, ordered=True).remove_unused_categories()
    return pd.Series(ranges, name=condition.name), notes
