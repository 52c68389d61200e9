"""Columns of numbers, in any notation of their cells."""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._cells import GROUPED, INFINITE, MISSING_MARKS, NUMBER, SENTINELS
from sklearn_frictiongru.io._units import is_unit, plain_unit

TRUTHS = {"true": 1.0, "false": 0.0}
WITH_UNIT = re.compile(r"([-+\u2212]?[\d.,]+(?:[eE][-+]?\d+)?)\s*([^\d\s.,].*)")


@dataclass
class Numbers:
    """The values of a column, NaN where there is none, and what was found in its cells."""

    values: np.ndarray
    # Cells that are neither numbers nor marks of missing values: row to text.
    wrong: dict = field(default_factory=dict)
    # How often each mark of a missing value was found.
    marks: dict = field(default_factory=dict)
    # Unit that follows each number in the cells.
    unit: str | None = None


def to_numbers(column, decimal=".", thousands=None, missing=None):
    """Turn a column of a table into numbers."""
    if pd.api.types.is_bool_dtype(column):
        return Numbers(column.to_numpy(dtype=np.float64))
    if pd.api.types.is_numeric_dtype(column):
        numbers = Numbers(column.to_numpy(dtype=np.float64, na_value=np.nan))
        if missing:
            numbers.values = numbers.values.copy()
    else:
        numbers = _from_text(column, decimal, thousands)
    for mark in () if missing is None else missing:
        if isinstance(mark, str):
            places = np.array([row for row, text in numbers.wrong.items() if text == mark], int)
            for row in places:
                del numbers.wrong[row]
        else:
            places = np.flatnonzero(np.isclose(numbers.values, float(mark), 1e-9, 0))
            numbers.values[places] = np.nan
        if len(places):
            numbers.marks[str(mark)] = len(places)
    return numbers


def _from_text(column, decimal, thousands):
    """Turn cells of text into numbers."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    cells = column.to_numpy(dtype=object)
    if decimal == ",":
        # pandas has not read these cells with a decimal comma, and "1.234" is not 1.234.
        values = np.where([isinstance(cell, str) for cell in cells], np.nan, values)
    numbers = Numbers(values.copy())
    absent = column.isna().to_numpy()
    for row in np.flatnonzero(np.isnan(values) & ~absent):
        text = str(cells[row]).strip().strip("\"'").strip()
        if not text:
            continue
        if text.lower() in MISSING_MARKS:
            numbers.marks[text] = numbers.marks.get(text, 0) + 1
            continue
        number = _number(text, decimal, thousands)
        if number is None:
            numbers.wrong[int(row)] = text
        else:
            numbers.values[row] = number
    _split_units(numbers, decimal, thousands)
    return numbers


def _split_units(numbers, decimal, thousands):
    """Split cells such as ``0.5 mm/s`` if all that are not numbers have the same unit."""
    parts = {row: WITH_UNIT.fullmatch(text) for row, text in numbers.wrong.items()}
    units = {match[2] for match in parts.values() if match}
    if len(units) != 1 or not is_unit(unit := units.pop()):
        return
    for row, match in parts.items():
        number = _number(match[1], decimal, thousands) if match else None
        if number is not None:
            numbers.values[row] = number
            numbers.unit = plain_unit(unit)
            del numbers.wrong[row]


def _number(text, decimal, thousands):
    """Return the number in a text, or None."""
    match = GROUPED[decimal].fullmatch(text)
    if match and not NUMBER[decimal].fullmatch(text):
        text = text.replace(match[1], "")
    elif thousands:
        text = text.replace(thousands, "")
    if not NUMBER[decimal].fullmatch(text):
        if text.lower() in TRUTHS:
            return TRUTHS[text.lower()]
        return float(text) if INFINITE.fullmatch(text) else None
    return float(re.sub("[dD]", "e", text.replace("\u2212", "-").replace(decimal, ".")))


def sentinel_in(values):
    """Return the usual mark for a missing value that a column seems to hold, or None."""
    there = values[np.isfinite(values)] if np.isnan(values).any() else values
    if not len(there):
        return None
    for extreme in (there.min(), there.max()):
        # A float32 column holds 9.9e37 only approximately.
        sentinel = next((mark for mark in SENTINELS if np.isclose(extreme, mark, 1e-6, 0)), None)
        if sentinel is None:
            continue
        marked = there == extreme
        rest = there[~marked]
        if not len(rest):
            continue
        spread = max(rest.max() - rest.min(), 1e-12)
        beyond = max(extreme - rest.max(), rest.min() - extreme)
        if beyond > 5 * spread or (marked.sum() > 1 and beyond > spread):
            return sentinel
    return None
