"""Ranges and categories of a condition, such as normal stress."""

import re
from itertools import pairwise
from numbers import Integral

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.validation import labels_per_row

MOST_CATEGORIES = 20
LEADING_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def condition_ranges(by, bins, n_rows, rows):
    """Name the ranges of a condition and find the range of each counted row."""
    if by is None:
        return [], np.zeros(len(rows), dtype=int)
    labels = labels_per_row(by, n_rows, "by")
    ordered = isinstance(getattr(by, "dtype", None), pd.CategoricalDtype)
    values = pd.Series(pd.Categorical(by) if ordered else labels)
    missing = values.isna().to_numpy()
    if ordered:
        # Categories keep their order; categories without counted rows are left out.
        values = values.cat.set_categories(
            values.iloc[rows].cat.remove_unused_categories().cat.categories
        )
        missing = missing & np.isin(np.arange(n_rows), rows)
    check_known(missing, "by")
    names, codes = _categories(values) if bins is None else cut_ranges(values, bins)
    codes = codes[rows]
    empty = np.flatnonzero(np.bincount(codes, minlength=len(names)) == 0)
    if len(empty):
        raise ValueError(
            f"no complete window ends in the range {names[empty[0]]!r} of by; expected rows in "
            "every range. Choose other bins."
        )
    return names, codes


def check_known(missing, name="by"):
    """Raise if the condition of a row is missing, as marked (n_rows,)."""
    if missing.any():
        row = int(missing.argmax())
        raise ValueError(
            f"{name} is missing (NaN) at row {row}; expected a condition at every row. Fill it in "
            f"or drop these rows from X and {name}."
        )


def ordered_categories(values):
    """Return values as categories in their own order, or sorted: "5 MPa" before "10 MPa"."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pd.Categorical(values)
    categories = pd.Categorical(values)
    names = list(categories.categories)
    numbers = [LEADING_NUMBER.match(name) for name in names if isinstance(name, str)]
    if len(numbers) < len(names) or None in numbers:
        return categories
    by_number = dict(zip(names, (float(number[0]) for number in numbers), strict=True))
    # Equal numbers stay in the order of their texts.
    return categories.reorder_categories(sorted(names, key=by_number.__getitem__))


def _categories(values):
    """Take each value as a category."""
    categories = ordered_categories(values)
    names = [str(category) for category in categories.categories]
    if len(set(names)) < len(names):
        names = [repr(category) for category in categories.categories]
    if len(names) > MOST_CATEGORIES:
        raise ValueError(
            f"by has {len(names)} different values; expected at most {MOST_CATEGORIES} "
            "categories. Give the number or the edges of ranges as bins."
        )
    return names, np.asarray(categories.codes, dtype=int)


def range_names(edges):
    """Return the names of the ranges between edges."""
    return [
        f"{low:g}-{high:g}" if low >= 0 else f"{low:g} to {high:g}" for low, high in pairwise(edges)
    ]


def cut_ranges(values, bins):
    """Cut numbers into ranges, each without its lower edge except the first."""
    if not pd.api.types.is_numeric_dtype(values):
        raise ValueError(
            f"by holds {values.iloc[0]!r}, which cannot be cut at bins={bins!r}; expected "
            "numbers, or bins=None for categories."
        )
    if isinstance(bins, Integral):
        edges = np.linspace(values.min(), values.max(), bins + 1)
    else:
        edges = np.asarray(bins, dtype=np.float64)
    if len(edges) < 2 or np.any(np.diff(edges) <= 0):
        found = f"bins is {bins!r}"
        if isinstance(bins, Integral):
            found += f" and by is between {values.min():g} and {values.max():g}"
        raise ValueError(f"{found}; expected increasing edges, at least two.")
    cut = pd.cut(values, edges, include_lowest=True, labels=False)
    if cut.isna().any():
        row = int(cut.isna().to_numpy().argmax())
        raise ValueError(
            f"by is {values[row]:g} at row {row}, outside the bins from {edges[0]:g} to "
            f"{edges[-1]:g}; widen the bins."
        )
    names = range_names(edges)
    return names, cut.to_numpy(dtype=int)
