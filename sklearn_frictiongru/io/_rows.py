"""The rows of a record: its columns as numbers and times, without lines that are not rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._numbers import sentinel_in, to_numbers
from sklearn_frictiongru.io._table import counted, find_column
from sklearn_frictiongru.io._time import read_times
from sklearn_frictiongru.io._units import plain_unit, unit_in_name

ROWS_NAMED = 5


@dataclass
class Rows:
    """The rows of a record during the steps of reading."""

    # Columns of numbers, and columns of words: the run, and a condition without numbers.
    values: pd.DataFrame
    labels: pd.DataFrame
    # (n_rows,): Time, and the number of each row's run.
    seconds: np.ndarray
    codes: np.ndarray
    # Date and time at 0 s.
    start: pd.Timestamp | None
    # Whether the time was a date or a clock time, so that 0 s can be chosen freely.
    by_clock: bool
    # Whether time is an integer in every row, and remains one.
    whole: bool
    time_name: str
    units: dict
    how: dict


def read_rows(
    table, roles, names, filename, *, units, missing, drop_missing, day_first, time_format
):
    """Return the rows of the record in a table."""
    frame, how = table.frame, dict(table.how)
    known_units = units_of(frame.columns, table.units, units, filename)
    clocks = [frame[names[name]] for name in roles.time]
    time_name, times = read_times(
        clocks,
        known_units,
        day_first=day_first,
        time_format=time_format,
        decimal=table.decimal,
    )
    how.setdefault("time", times.how)
    read = {}
    for name in dict.fromkeys([*roles.inputs, *roles.rates, roles.target, roles.condition]):
        if name is None:
            continue
        numbers = to_numbers(frame[names[name]], table.decimal, table.thousands, missing)
        # A condition may be words as well as numbers.
        if name != roles.condition or np.isfinite(numbers.values).sum() > len(numbers.wrong):
            read[names[name]] = numbers
            known_units[names[name]] = known_units[names[name]] or numbers.unit or ""
    words = {
        names[name]: frame[names[name]]
        for name in (roles.run, roles.condition)
        if name is not None and (name == roles.run or names[name] not in read)
    }
    values = pd.DataFrame({name: numbers.values for name, numbers in read.items()}, copy=False)
    labels = pd.DataFrame(words, index=values.index)
    keep = _rows_with_values(times, read, values, how)
    _check_cells(filename, time_name, times, read, keep)
    _check_sentinels(filename, read, missing)
    keep &= _check_missing(filename, time_name, times, read, values, keep, drop_missing, how)
    if not keep.any():
        raise ValueError(f"{filename} has no rows with values in all of its named columns.")
    if not keep.all():
        values, labels = values[keep], labels[keep]
    codes = np.zeros(len(values), dtype=np.int64)
    if roles.run is not None:
        codes = _run_codes(labels, names[roles.run], keep, filename)
    whole = not times.by_clock and len(clocks) == 1 and clocks[0].dtype.kind in "iu"
    return Rows(
        values,
        labels,
        times.seconds[keep],
        codes,
        times.start,
        times.by_clock,
        whole and not (times.seconds % 1).any(),
        time_name,
        known_units,
        how,
    )


def _run_codes(labels, name, keep, filename):
    """Return the run number of each row; labels become integers if all of them are."""
    labels[name] = _run_labels(labels[name])
    codes, _ = pd.factorize(labels[name])
    if (codes < 0).any():
        row = int(np.flatnonzero(keep)[int((codes < 0).argmax())])
        raise ValueError(
            f"column {name!r} of {filename} names no run at row {row}; name every run, or leave "
            "run out."
        )
    return codes


def _run_labels(labels):
    """Return the labels of runs, as integers if all of them are, otherwise all of one type."""
    if labels.dtype.kind == "f" and labels.notna().all() and (labels % 1 == 0).all():
        return labels.astype(np.int64)
    if labels.dtype == object and "mixed" in pd.api.types.infer_dtype(labels, skipna=True):
        # pandas may read one part of a large text as numbers and another as text.
        return labels.map(
            lambda label: f"{label:g}" if isinstance(label, float) else str(label),
            na_action="ignore",
        )
    return labels


def units_of(columns, from_file, given, filename):
    """Return the unit of each column: given, from a row of units, or from its name."""
    result = {}
    for name in columns:
        unit = plain_unit(str(from_file.get(name, "") or ""))
        result[name] = unit or unit_in_name(name)
    for name, unit in (given or {}).items():
        result[find_column(name, list(columns), "units", filename)] = plain_unit(unit)
    return result


def _rows_with_values(times, read, values, how):
    """Return which rows are rows of the record, and note what was left out."""
    no_time = np.isnan(times.seconds)
    empty = no_time & values.isna().all(axis=1).to_numpy()
    texts = {row: text for numbers in read.values() for row, text in numbers.wrong.items()}
    texts |= times.wrong or {}
    # Summaries, such as the mean of each column, may follow the last time.
    below = np.flip(np.logical_and.accumulate(np.flip(no_time)))
    left = empty | below
    if left.any():
        rows = np.flatnonzero(left)
        shown = next((f", such as {texts[row]!r}" for row in rows if row in texts), "")
        how["rows left out"] = (
            f"{counted(len(rows), 'row')} without values (the first is row {rows[0]}{shown})"
        )
    return ~left


def _check_cells(filename, time_name, times, read, keep):
    """Raise where a cell of the record does not fit its column."""
    for row, text in sorted((times.wrong or {}).items()):
        if keep[row]:
            raise ValueError(
                f"column {time_name!r} of {filename} holds {text!r} at row {row}; expected a time "
                f"like the others ({times.how}). Repair the row, or give time_format."
            )
    for name, numbers in read.items():
        for row, text in sorted(numbers.wrong.items()):
            if keep[row]:
                n_wrong = sum(bool(keep[place]) for place in numbers.wrong)
                hint = "decimal or thousands" if "," in text or "." in text else "missing"
                raise ValueError(
                    f"column {name!r} of {filename} is not numeric: row {row} holds {text!r} ("
                    f"{counted(n_wrong, 'row')} with text); expected numbers. Name another "
                    f"column, or give {hint} if this is a number or a mark of a missing value "
                    f"(missing=[{text!r}])."
                )


def _check_sentinels(filename, read, missing):
    """Raise where a column seems to hold a number that marks a missing value."""
    if missing is not None:
        return
    for name, numbers in read.items():
        sentinel = sentinel_in(numbers.values)
        if sentinel is not None:
            rows = np.flatnonzero(np.isclose(numbers.values, sentinel, 1e-6, 0))
            raise ValueError(
                f"column {name!r} of {filename} holds {sentinel:g} at row {rows[0]} ("
                f"{counted(len(rows), 'row')}), far from its other values, as instruments "
                f"write for a missing value. Give missing=[{sentinel:g}] if it marks one, or "
                "missing=[] if it is a value."
            )


def _check_missing(filename, time_name, times, read, values, keep, drop_missing, how):
    """Return which rows are complete; raise if some are not."""
    absent = {time_name: np.isnan(times.seconds) & keep}
    absent |= {name: ~np.isfinite(values[name].to_numpy()) & keep for name in read}
    absent = {name: rows for name, rows in absent.items() if rows.any()}
    complete = np.ones(len(keep), dtype=bool)
    said = []
    for name, rows in absent.items():
        complete &= ~rows
        found = np.flatnonzero(rows)
        shown = ", ".join(map(str, found[:ROWS_NAMED])) + (
            ", ..." if len(found) > ROWS_NAMED else ""
        )
        marks = read[name].marks if name in read else {}
        written = f", written as {', '.join(map(repr, list(marks)[:3]))}" if marks else ""
        said.append(f"{name!r} at row {shown} ({len(found)} of {int(keep.sum())} rows{written})")
    if said and not drop_missing:
        raise ValueError(
            f"{filename} has missing values: column {'; column '.join(said)}. Give "
            "drop_missing=True to leave these rows out, which makes gaps, or fill in the values."
        )
    if said:
        how["drop_missing"] = "rows left out that have no value of " + "; ".join(said)
    return complete
