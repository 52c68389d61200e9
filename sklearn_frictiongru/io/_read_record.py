"""Reading the file of a laboratory into a record: rows, runs, time and units."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._formats import read_table
from sklearn_frictiongru.io._order import (
    check_even,
    means,
    order_of_rows,
    piece_codes,
    sampling_interval,
)
from sklearn_frictiongru.io._record import Record
from sklearn_frictiongru.io._rows import read_rows
from sklearn_frictiongru.io._table import ReadingOptions, find_column
from sklearn_frictiongru.io._units import (
    convert_values,
    name_with_unit,
    plain_unit,
    unit_in_name,
)
from sklearn_frictiongru.preprocessing import RateOfChange
from sklearn_frictiongru.utils.durations import to_seconds
from sklearn_frictiongru.utils.typing import Duration


@dataclass
class _Roles:
    """The columns of a record, by their use."""

    time: list
    target: str
    inputs: list
    run: str | None
    condition: str | None
    rates: list
    # Names as the caller gave them, and the use of each.
    wanted: dict = field(default_factory=dict)


def read_record(
    path: str | os.PathLike[str],
    *,
    time: str | Sequence[str],
    target: str,
    inputs: Sequence[str],
    run: str | None = None,
    condition: str | None = None,
    rates: Sequence[str] = (),
    rate: Literal["causal", "centred"] = "causal",
    rates_only: bool = False,
    log: Sequence[str] = (),
    resample: Duration | None = None,
    sort: bool = False,
    separator: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    skip_rows: int | None = None,
    comment: str | None = None,
    units_row: bool | None = None,
    units: Mapping[str, str] | None = None,
    convert: Mapping[str, str] | None = None,
    missing: Sequence[str | float] | None = None,
    drop_missing: bool = False,
    sheet: str | int | None = None,
    day_first: bool | None = None,
    time_format: str | None = None,
    max_gap: Duration | None = None,
) -> Record:
    """Read a record from a laboratory's file, without prior conversion.

    Delimited text (also packed as .gz, .bz2, .xz or .zip), Excel, Parquet, MATLAB, HDF5 and TDMS
    are read. Options that are None are detected, and the result says what was detected. If a file
    can be read in two ways, the error names the option that decides.

    Parameters
    ----------
    path : str or path-like
        File with a row per sample.
    time : str or sequence of str
        Column of time: numbers, dates, clock times or durations. Or two columns: dates and clock
        times, or a time and its milliseconds.
    target : str
        Column of the target.
    inputs : sequence of str
        Columns of the inputs.
    run : str, default=None
        Column that names the run of each row.
    condition : str, default=None
        Column of the condition, such as normal stress.
    rates : sequence of str, default=()
        Columns whose rate of change becomes an input as well.
    rate : {"causal", "centred"}, default="causal"
        Rows that a rate may use, as in `RateOfChange`.
    rates_only : bool, default=False
        Whether the columns in `rates` themselves are left out of the inputs. In that case they do
        not have to be among `inputs`.
    log : sequence of str, default=()
        Inputs of which models get the logarithm. Their values are checked and returned
        unchanged: the logarithm belongs in the pipeline, as part of the model.
    resample : int, str or pandas.Timedelta, default=None
        Interval over which rows are averaged: a time such as ``"1s"``, or a number of sampling
        intervals. The time of each row is the end of its interval.
    sort : bool, default=False
        Whether rows are sorted by time.
    separator : str, default=None
        Character between cells of text; ``r"\\s+"`` for spaces.
    decimal : {".", ","}, default=None
        Decimal mark.
    thousands : str, default=None
        Mark between thousands.
    encoding : str, default=None
        Encoding of text, such as ``"cp932"``.
    skip_rows : int, default=None
        Lines before the header.
    comment : str, default=None
        Mark with which comment lines begin.
    units_row : bool, default=None
        Whether there is a row of units below the header.
    units : mapping of str to str, default=None
        Units of columns, instead of those that were detected. The unit of the time column turns
        its numbers into seconds.
    convert : mapping of str to str, default=None
        Units to convert columns to. A unit in a column's name is replaced.
    missing : sequence of str or float, default=None
        Marks of missing values, in addition to usual texts such as ``"n/a"``. Numbers such as
        -9999 far outside a column's other values are an error unless they are named here; an
        empty sequence keeps them as values.
    drop_missing : bool, default=False
        Whether rows with missing values are left out, which leaves a gap.
    sheet : str or int, default=None
        Sheet, variable, group or packed file to read, by name, or by number from 0.
    day_first : bool, default=None
        Whether dates such as 03/04/2026 are day first.
    time_format : str, default=None
        How times are written: ``"MM:SS"``, ``"HH:MM"``, ``"DD/MM/YYYY HH:MM:SS"``, ``"unix"``,
        ``"unix_ms"``, ``"excel"``, ``"matlab"``, a unit such as ``"s"``, or a format of strptime.
    max_gap : int, str or pandas.Timedelta, default=None
        Longest time step inside a run, in sampling intervals or as a time such as ``"5s"``; 1.5
        sampling intervals if None.

    Returns
    -------
    Record
        Inputs, target and condition with runs and time in their index, units, and what was
        detected. Numbers of time are kept, in seconds. Dates and clock times become seconds from
        the first row.

    Raises
    ------
    ValueError
        If the file cannot be read, a column is missing, a cell does not fit its column,
        values are missing, rows are not in the order of time or not evenly spaced, or
        something is ambiguous. The message names the option that helps.
    ImportError
        If the format needs a library that is not installed.

    See Also
    --------
    sklearn_frictiongru.study.run_study : Studies the record.
    describe_record : Says how a file is read, without reading all of it.
    Record : The class of the result.
    write_simulated_record : Writes a record to read.
    SimulatedRecord : Names the columns of such a record.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import read_record
    >>> path = Path(tempfile.mkdtemp()) / "record.csv"
    >>> text = "Zeit [s];v [mm/s];µ\\n0;0,5;0,61\\n1;0,7;0,62\\n2;0,6;0,63\\n"
    >>> _ = path.write_text(text, encoding="cp1252")
    >>> record = read_record(path, time="Zeit [s]", target="µ", inputs=["v [mm/s]"])
    >>> print(record)
    Record of 3 rows from 0 s to 2 s
      inputs     v [mm/s]
      target     µ
      format     delimited text
      encoding   cp1252 (the named columns are found with it)
      separator  semicolon
      decimal    decimal comma
      time       numbers in seconds
    """
    path = Path(path)
    roles = _roles(time, target, inputs, run, condition, rates, rates_only)
    options = ReadingOptions(
        separator,
        decimal,
        thousands,
        encoding,
        skip_rows,
        comment,
        units_row,
        sheet,
        parse_dates=time_format is None and len(roles.time) == 1,
    )
    for name in log:
        if name not in roles.inputs:
            raise ValueError(f"log names {name!r}, which is not one of the inputs {roles.inputs}.")
    table = read_table(path, options, roles.wanted)
    if not len(table.frame):
        raise ValueError(f"{path.name} has no rows; expected some below its header.")
    names = {
        name: find_column(name, list(table.frame.columns), role, path.name)
        for name, role in roles.wanted.items()
    }
    rows = read_rows(
        table,
        roles,
        names,
        path.name,
        units=units,
        missing=missing,
        drop_missing=drop_missing,
        day_first=day_first,
        time_format=time_format,
    )
    _put_in_order(rows, sort, resample, max_gap, f"column {rows.time_name!r} of {path.name}")
    _set_index(rows, None if run is None else names[run])
    renamed = _convert(rows, convert, names)
    final = {name: renamed.get(names[name], names[name]) for name in roles.wanted}
    data = _inputs(rows.values, roles, final, log, rate, rates_only, path.name)
    conditions = None
    if condition is not None:
        table = rows.values if final[condition] in rows.values else rows.labels
        conditions = table[final[condition]]
    used = [*data.columns, final[target], *([final[condition]] if condition else [])]
    return Record(
        data=data,
        target=rows.values[final[target]],
        condition=conditions,
        units={name: rows.units.get(name, unit_in_name(name)) for name in dict.fromkeys(used)},
        how=rows.how,
        start=rows.start,
        log=tuple(final[name] for name in log),
    )


def _roles(time, target, inputs, run, condition, rates, rates_only):
    """Return the columns by their use, checked against each other."""
    time = [time] if isinstance(time, str) else list(time)
    if not 1 <= len(time) <= 2:
        raise ValueError(
            f"time names {len(time)} columns; expected one, or those of dates and clock times."
        )
    inputs = [inputs] if isinstance(inputs, str) else list(inputs)
    rates = [rates] if isinstance(rates, str) else list(rates)
    if target in inputs:
        raise ValueError(
            f"the target {target!r} is also one of the inputs {inputs}; a model would only "
            "copy it. Leave it out of the inputs."
        )
    if not inputs and not (rates_only and rates):
        raise ValueError("inputs names no column; name at least one.")
    for name in rates:
        if name == target:
            raise ValueError(f"rates names the target {target!r}; name inputs alone.")
        if name not in inputs and not rates_only:
            raise ValueError(
                f"rates names {name!r}, which is not one of the inputs {inputs}. Name it in "
                "inputs, or give rates_only=True."
            )
    wanted = dict.fromkeys(time, "time") | {target: "target"}
    wanted |= {name: "input" for name in [*rates, *inputs] if name not in wanted}
    for name, role in ((run, "run"), (condition, "condition")):
        if name is not None:
            wanted.setdefault(name, role)
    return _Roles(time, target, inputs, run, condition, rates, wanted)


def _put_in_order(rows, sort, resample, max_gap, where):
    """Sort rows by time and resample them as requested; raise if more would be needed."""
    order = order_of_rows(rows.seconds, rows.codes, sort, where)
    if order is not None:
        rows.values, rows.labels = rows.values.iloc[order], rows.labels.iloc[order]
        rows.seconds, rows.codes = rows.seconds[order], rows.codes[order]
        rows.how["sort"] = "rows sorted by time"
    pieces = piece_codes(rows.seconds, rows.codes)
    if (n_pieces := int(pieces[-1]) + 1) > int(rows.codes.max()) + 1:
        rows.how["runs"] = f"{n_pieces} runs, as the time steps back"
    if resample is None:
        check_even(rows.seconds, pieces, max_gap, where)
    else:
        _resample(rows, pieces, resample)
    if rows.by_clock:
        first = float(rows.seconds[0])
        rows.seconds = np.round(rows.seconds - first, 9)
        if rows.start is not None:
            rows.start += pd.to_timedelta(round(first, 9), unit="s")


def _resample(rows, pieces, resample):
    """Replace rows by the means over equal intervals."""
    interval = to_seconds(resample, sampling_interval(rows.seconds, pieces), "resample")
    phase = 0.0
    if rows.start is not None:
        # Intervals end at round times of the clock.
        phase = (rows.start - rows.start.normalize()).total_seconds()
    rows.whole = False
    rows.how["resample"] = f"means over {interval:g} s, of {len(rows.seconds)} rows"
    values = rows.values.reset_index(drop=True)
    rows.values, seconds, kept = means(values, rows.seconds, pieces, interval, phase)
    rows.seconds = np.round(seconds, 9)
    rows.labels = rows.labels.iloc[kept].reset_index(drop=True)


def _set_index(rows, run_name):
    """Put time, below the run where runs are named, into the index."""
    if rows.whole:
        rows.seconds = rows.seconds.astype(np.int64)
    index = pd.Index(rows.seconds, name=rows.time_name)
    if run_name is not None:
        levels = [rows.labels[run_name], rows.seconds]
        index = pd.MultiIndex.from_arrays(levels, names=[run_name, rows.time_name])
    rows.values = rows.values.set_axis(index)
    rows.labels = rows.labels.set_axis(index)


def _convert(rows, convert, names):
    """Convert columns to the requested units; return the names that changed."""
    renamed = {}
    for wanted, unit in (convert or {}).items():
        name = names.get(wanted, wanted)
        if name not in rows.values:
            raise ValueError(
                f"convert names {wanted!r}, which is not one of the columns of numbers: "
                f"{', '.join(map(str, rows.values.columns))}."
            )
        old, new = rows.units[name], plain_unit(unit)
        rows.values[name] = convert_values(rows.values[name].to_numpy(), name, old, new)
        rows.how[f"convert {name}"] = f"from {old} to {new}"
        renamed[name] = name_with_unit(name, old, new)
        rows.units[renamed[name]] = new
    rows.values = rows.values.rename(columns=renamed)
    return renamed


def _inputs(values, roles, final, log, rate, rates_only, filename):
    """Return the inputs with rates of change, after checking those that get logarithms."""
    columns = [final[name] for name in dict.fromkeys([*roles.inputs, *roles.rates])]
    data = values[columns]
    for name in log:
        wrong = ~(data[final[name]].to_numpy() > 0)
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"log names column {final[name]!r} of {filename}, which holds "
                f"{data[final[name]].iloc[row]:g} at row {row} ({int(wrong.sum())} rows at or "
                "below 0); expected values above 0. Leave it out of log, or leave these rows out."
            )
    if roles.rates:
        rated = [final[name] for name in roles.rates]
        data = RateOfChange(rated, kind=rate).fit_transform(data)
        if rates_only:
            data = data.drop(columns=rated)
    return data
