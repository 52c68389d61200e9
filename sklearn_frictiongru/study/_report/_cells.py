"""Columns of the tables of a report: what they mean and how their numbers are printed."""

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._numbers import (
    NONE,
    SMALLEST_P,
    decimals_for,
    fixed,
    number,
    percent,
    power,
    skill_text,
)


class Column(NamedTuple):
    """A column of a table: its header, what it means, and how its cells are printed.

    The kinds are "text", "count", "decimals" (with `decimals` of them), "skill" (the same, without
    decimals far below zero), "percent", "p", "limit" (as many significant digits as the number
    has, at least three and at most six) and "value": rounded to what the spread supports, or to
    three significant digits; each number on its own where `decimals` is None, to two digits of its
    spread if there is one.
    """

    header: str
    meaning: str
    kind: str = "text"
    decimals: int | None = 2


class Cell(NamedTuple):
    """A cell of a table: its text, its place when its column is sorted, and its alignment.

    What is missing has no place: it comes last in both directions.
    """

    text: str
    place: int | None
    is_number: bool


def cells_of(values, column, spread=None):
    """Return the cells of a column, (n_rows,)."""
    values = list(values)
    if column.kind == "text":
        # A number and its unit stay on one line.
        texts = [re.sub(r"(?<=\d) (s|ms)\b", "\N{NO-BREAK SPACE}\\1", str(each)) for each in values]
        keys = [re.split(r"(\d+)", text.casefold()) for text in texts]
        keys = [[int(part) if part.isdigit() else part for part in key] for key in keys]
    else:
        decimals, kind = column.decimals, column.kind
        if kind == "value" and decimals is not None:
            decimals = common_decimals(values, spread)
            # One notation in a column.
            kind = "power" if decimals is None else kind
        known = [not pd.isna(value) and math.isfinite(value) for value in values]
        own = column.decimals is None or kind == "limit"
        own = spread if own and spread is not None else [None] * len(values)
        texts = [
            _printed(float(value), kind, decimals, of_value) if there else NONE
            for value, there, of_value in zip(values, known, own, strict=True)
        ]
        keys = [float(value) if there else None for value, there in zip(values, known, strict=True)]
    known = [position for position, key in enumerate(keys) if key not in (None, [""], ["none"])]
    order = {position: n for n, position in enumerate(sorted(known, key=keys.__getitem__))}
    return [
        Cell(text, order.get(position), column.kind != "text")
        for position, text in enumerate(texts)
    ]


def _printed(value, kind, decimals, spread=None):
    """Return a number as its column prints it."""
    if kind == "count":
        return fixed(value, 0)
    if kind == "percent":
        return percent(value)
    if kind == "p":
        return f"< {SMALLEST_P}" if value < SMALLEST_P else number(value, 2)
    if kind == "skill":
        return skill_text(value, decimals)
    if kind == "limit":
        return number(value, max(_digits_of(value), _digits(value, spread)))
    if kind == "power":
        return power(value, 3)
    if decimals is None:
        return number(value, _digits(value, spread))
    return fixed(value, decimals)


def _digits_of(value):
    """Return the significant digits that a number has, at least three and at most six."""
    return next(
        (n for n in (3, 4, 5) if math.isclose(float(f"{value:.{n - 1}e}"), value, rel_tol=1e-9)), 6
    )


def _digits(value, spread):
    """Return the significant digits that show a number to two digits of its spread, or three."""
    if not spread or not math.isfinite(spread) or not value:
        return 3
    return max(3, 2 + math.floor(math.log10(abs(value))) - math.floor(math.log10(spread)))


def common_decimals(values, spread):
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
