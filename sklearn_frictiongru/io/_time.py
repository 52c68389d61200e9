"""Time columns of any kind, turned into seconds."""

import datetime
import re

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._cells import NUMBER
from sklearn_frictiongru.io._dates import DAY, Time, read_texts, since_start, wrong_cells
from sklearn_frictiongru.io._numbers import to_numbers
from sklearn_frictiongru.io._units import SECONDS, seconds_per, time_unit_in_name

EPOCH_UNITS = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (0.9e9, "s"))
"""Counts above the first number are counts since 1970 in the unit that follows it."""

EPOCH_FORMATS = {"unix": "s", "unix_s": "s", "unix_ms": "ms", "unix_us": "us", "unix_ns": "ns"}
SERIAL_DAYS = {"excel": (20000.0, 80000.0), "matlab": (713960.0, 773960.0)}
"""Counts of days from 1954 to 2119, as Excel and MATLAB have them."""

FIRST_DAYS = {
    "excel": (pd.Timestamp("1899-12-30"), 0, "days since 1899-12-30 (Excel)"),
    "matlab": (pd.Timestamp("1970-01-01"), 719529, "days since the year 0 (MATLAB)"),
}
"""For each count of days: a date, its number, and the name of the count."""

NUMBERS = (*EPOCH_FORMATS, *FIRST_DAYS, *SECONDS)
"""Formats of times that are written as numbers."""


def read_time(column, name, unit="", *, day_first=None, time_format=None, decimal="."):
    """Turn a column of time into seconds."""
    absent = column.isna().to_numpy()
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return since_start(column, "dates of the file's own type")
    if column.dtype.kind == "m":
        seconds = column.dt.total_seconds().to_numpy()
        return Time(seconds, "durations of the file's own type", by_clock=False)
    if isinstance(column.dtype, pd.PeriodDtype):
        return since_start(column.dt.to_timestamp(), "periods")
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if time_format is not None and time_format not in NUMBERS:
            text = column.astype("Int64").astype("string") if _whole(values) else column.map(str)
            return read_texts(text.astype(object), name, day_first, time_format)
        if time_format is None and _whole(values) and _in_compact_years(values):
            return read_texts(column.astype("Int64").astype(str), name, day_first, None)
        return _from_numbers(values, name, unit, time_format)
    text = column
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        kinds = {type(cell) for cell in column[~absent]}
        if kinds and all(issubclass(kind, datetime.datetime) for kind in kinds):
            return since_start(pd.to_datetime(column), "dates of the file's own type")
        text = column.map(lambda cell: cell if isinstance(cell, str) else _as_text(cell, decimal))
    text = text.str.strip(" \"'\t")
    if time_format is None or time_format in NUMBERS:
        sample = text.dropna().iloc[:1000]
        plain = [NUMBER[decimal].fullmatch(cell) is not None for cell in sample]
        if sum(plain) > len(plain) / 2:
            values = to_numbers(text, decimal).values
            time = _from_numbers(values, name, unit, time_format)
            time.wrong = wrong_cells(text, np.isnan(values))
            return time
        in_cells = to_numbers(sample, decimal).unit
        if time_format is None and in_cells and seconds_per(in_cells):
            numbers = to_numbers(text, decimal)
            time = _from_numbers(numbers.values, name, in_cells, None)
            time.wrong = numbers.wrong
            return time
    return read_texts(text, name, day_first, time_format)


def _as_text(cell, decimal="."):
    """Return a cell of a spreadsheet as text, None where it is empty."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, datetime.timedelta):
        return f"{cell.total_seconds():.6f}"
    # pandas may read one part of a large text as numbers and another as text.
    return str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)


def _whole(values):
    """Tell whether all numbers that are not missing are integers."""
    there = values[np.isfinite(values)]
    return bool(len(there)) and bool((there == np.round(there)).all())


def _in_compact_years(values):
    """Tell whether all numbers may be dates such as 20260205235500."""
    there = values[np.isfinite(values)]
    return bool((there > 1.9e13).all() and (there < 2.1e13).all())


def _from_numbers(values, name, unit, time_format):
    """Turn numbers into seconds by their unit, or as counts since an epoch."""
    there = values[np.isfinite(values)]
    if time_format in SECONDS:
        return Time(values * SECONDS[time_format], f"numbers in {time_format}", by_clock=False)
    if time_format in EPOCH_FORMATS:
        return _since_epoch(values, EPOCH_FORMATS[time_format])
    if time_format in FIRST_DAYS:
        day, number, how = FIRST_DAYS[time_format]
        first = there[0] if len(there) else 0.0
        start = day + pd.Timedelta(milliseconds=round((first - number) * DAY * 1000))
        return Time(np.round(values * DAY, 4) - np.round(first * DAY, 4), how, start)
    factor = seconds_per(unit) if unit else None
    if factor not in (None, 1.0):
        how = f"numbers in {unit}, turned into seconds"
        return Time(values * factor, how, by_clock=False)
    if len(there):
        middle = float(there[len(there) // 2])
        for least, count in EPOCH_UNITS:
            # Above the year 2100 it is not a date.
            if least <= middle < 4.2e9 / SECONDS[count] and there[0] > 0.9 * middle:
                return _since_epoch(values, count)
        steps = np.diff(there[:1000])
        step = float(np.median(np.abs(steps))) if len(steps) else 0.0
        for count, (least, most) in SERIAL_DAYS.items():
            if least < middle < most and _may_be_days(step, unit):
                raise ValueError(
                    f"the time in column {name!r} begins at {there[0]:.8g} and has steps of "
                    f"{step:.3g}: days, as {count.capitalize()} counts them, or seconds? Give "
                    f"time_format={count!r} or time_format='s'."
                )
    how = "numbers in seconds" if factor else "numbers, taken as seconds"
    return Time(values, how, by_clock=False)


def _may_be_days(step, unit):
    """Tell whether a time step may be in days: small, or a round number of seconds."""
    seconds = DAY * step
    digits = f"{seconds:.2e}"
    return 0 < step < 0.05 and (not unit or (digits[0] in "125" and digits[1:4] == ".00"))


def _since_epoch(values, unit):
    """Turn counts since 1970 into seconds from the first row."""
    there = values[np.isfinite(values)]
    first = there[0] if len(there) else 0.0
    start = pd.Timestamp(0) + pd.to_timedelta(first, unit=unit)
    # A float count since 1970 cannot resolve smaller time differences.
    seconds = np.round((values - first) * SECONDS[unit], 6)
    return Time(seconds, f"{unit} since 1970 (Unix time)", start)


def read_times(columns, units, **options):
    """Turn one column of time, or two that belong together, into seconds; return a name too."""
    first = columns[0]
    unit = units.get(first.name) or time_unit_in_name(first.name)
    if len(columns) == 1:
        return first.name, read_time(first, first.name, unit, **options)
    second = columns[1]
    part = seconds_per(units.get(second.name) or time_unit_in_name(second.name))
    if part is None or not pd.api.types.is_numeric_dtype(second):
        clock = joined(first, second)
        return clock.name, read_time(clock, clock.name, unit, **options)
    # Loggers write the milliseconds of a clock time into a separate column.
    time = read_time(first, first.name, unit, **options)
    fraction = part * second.to_numpy(np.float64, na_value=np.nan)
    time.seconds = time.seconds + fraction - fraction[0]
    if time.start is not None:
        time.start += pd.to_timedelta(round(fraction[0], 9), unit="s")
    time.how += f", and {second.name}"
    return f"{first.name} {second.name}", time


def joined(first, second):
    """Return the texts of a column of dates and one of clock times as one column."""
    days = first.map(_date_text)
    return (days + " " + second.map(_as_text)).rename(f"{first.name} {second.name}")


def _date_text(cell):
    """Return a date as text, without the midnight that spreadsheets add."""
    text = _as_text(cell)
    return text if text is None else re.sub(r"[T ]00:00:00(\.0+)?$", "", text)
