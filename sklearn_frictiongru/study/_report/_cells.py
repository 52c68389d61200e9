"""Columns of the tables of a report: what they mean and how their numbers are printed."""

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._report._numbers import (
    NONE,
    SMALLEST_P,
    decimals_for,
    fixed,
    number,
)


class Column(NamedTuple):
    """A column of a table: its header, what it means, and how its cells are printed.

    The kinds are "text", "count", "decimals" (with `decimals` of them), "percent", "p" and "value":
    rounded to what the spread supports, or to three significant digits; each number on its own
    where `decimals` is None.
    """

    header: str
    meaning: str
    kind: str = "text"
    decimals: int | None = 2


class Cell(NamedTuple):
    """A cell of a table: its text, its place when its column is sorted, and its alignment."""

    text: str
    place: int
    is_number: bool


def cells_of(values, column, spread=None):
    """Return the cells of a column, (n_rows,)."""
    values = list(values)
    if column.kind == "text":
        texts = list(map(str, values))
        keys = [re.split(r"(\d+)", text.casefold()) for text in texts]
        keys = [[int(part) if part.isdigit() else part for part in key] for key in keys]
    else:
        decimals = column.decimals
        if column.kind == "value" and decimals is not None:
            decimals = _common_decimals(values, spread)
        known = [not pd.isna(value) and math.isfinite(value) for value in values]
        texts = [
            _printed(float(value), column.kind, decimals) if there else NONE
            for value, there in zip(values, known, strict=True)
        ]
        # What is missing comes last.
        keys = [
            float(value) if there else math.inf for value, there in zip(values, known, strict=True)
        ]
    order = {
        position: place
        for place, position in enumerate(sorted(range(len(keys)), key=keys.__getitem__))
    }
    return [
        Cell(text, order[position], column.kind != "text") for position, text in enumerate(texts)
    ]


def _printed(value, kind, decimals):
    """Return a number as its column prints it."""
    if kind == "count":
        return fixed(value, 0)
    if kind == "percent":
        return f"{fixed(100 * value, 0)} %"
    if kind == "p":
        return f"< {SMALLEST_P}" if value < SMALLEST_P else number(value, 2)
    if decimals is None:
        return number(value)
    return fixed(value, decimals)


def _common_decimals(values, spread):
    """Return the decimals that all numbers of a column get; None where they need powers of ten."""
    finite = [abs(float(v)) for v in values if not pd.isna(v) and math.isfinite(v) and v]
    if not finite:
        return 0
    if max(finite) >= 1e6 or max(finite) < 1e-3 or max(finite) / min(finite) > 1e4:
        return None
    spreads = [s for s in ([] if spread is None else spread) if np.isfinite(s) and s > 0]
    # Two digits of the spread, as the Guide to the Expression of Uncertainty in Measurement has it.
    wanted = decimals_for(float(np.median(spreads)), 2) if spreads else 0
    return min(wanted or decimals_for(max(finite), 3), decimals_for(max(finite), 4))
