"""A description of a file: how it is read, what its columns hold, and the study to run on it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._cells import is_time
from sklearn_frictiongru.io._numbers import sentinel_in, to_numbers
from sklearn_frictiongru.io._order import (
    GAP_FACTOR,
    check_even,
    describe_segments,
    order_of_rows,
    piece_codes,
    segments_of,
)
from sklearn_frictiongru.io._rows import units_of
from sklearn_frictiongru.io._sample import sample_table
from sklearn_frictiongru.io._table import ReadingOptions, find_column
from sklearn_frictiongru.io._time import read_times
from sklearn_frictiongru.utils.durations import to_seconds
from sklearn_frictiongru.utils.typing import Duration

TIME_NAMES = re.compile(
    r"time|t|zeit|uhrzeit|datum|date|temps|tiempo|tempo|tid|tijd|clock|stamp|elapsed|"
    r"時間|時刻|日時|日付|时间|시간|время",
    re.IGNORECASE,
)
TARGET_NAMES = re.compile(r"friction|\bmu\b|^mu|µ|μ|reibung|frottement|摩擦", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Description:
    """How a file is read and what it holds, as `describe_record` returns it.

    Attributes
    ----------
    path : str
        The file.
    how : dict of str to str
        What was detected: a description for each option that overrules it, or each subject.
    columns : pandas.DataFrame of shape (n_columns, 6)
        For each column its unit, its kind of values, range, missing values and whether it is
        constant.
    time : dict of str to str
        Sampling interval, gaps, runs and order of the time column.
    problems : tuple of str
        What has to be decided before the record can be read, with the option that decides it.
    command : str
        The command that studies the record.

    See Also
    --------
    describe_record : Returns this for a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import describe_record
    >>> path = Path(tempfile.mkdtemp()) / "record.csv"
    >>> _ = path.write_text("time_s,v\\n0,0.5\\n1,0.7\\n2,0.6\\n")
    >>> describe_record(path).how["separator"]
    'comma'
    """

    path: str
    how: dict[str, str]
    columns: pd.DataFrame
    time: dict[str, str]
    problems: tuple[str, ...]
    command: str

    def __str__(self) -> str:
        """Return the description as the command prints it."""
        lines = [self.path]
        pairs = [*self.how.items(), *self.time.items()]
        width = max(len(subject) for subject, _ in pairs) + 2
        lines += [f"  {subject:{width}}{said}" for subject, said in pairs]
        table = self.columns.rename_axis(None).to_string(max_rows=None)
        lines += ["", "columns", *("  " + line for line in table.splitlines())]
        if self.problems:
            lines += ["", "to decide before reading", *(f"  - {text}" for text in self.problems)]
        lines += ["", "to study it", f"  {self.command}"]
        return "\n".join(lines)


def describe_record(
    path: str | os.PathLike[str],
    *,
    time: str | Sequence[str] | None = None,
    target: str | None = None,
    inputs: Sequence[str] = (),
    run: str | None = None,
    condition: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    skip_rows: int | None = None,
    comment: str | None = None,
    units_row: bool | None = None,
    units: Mapping[str, str] | None = None,
    missing: Sequence[str | float] | None = None,
    sheet: str | int | None = None,
    day_first: bool | None = None,
    time_format: str | None = None,
    resample: Duration | None = None,
    sort: bool = False,
    max_gap: Duration | None = None,
    whole: bool = False,
) -> Description:
    """Describe how a file is read and what it holds.

    The options are those of `read_record`. If a text has more than 8 MB, only parts spread over
    the file are read.

    Parameters
    ----------
    path : str or path-like
        File with a row per sample.
    time : str or sequence of str, default=None
        Column of time, or the columns of dates and clock times; None suggests one.
    target : str, default=None
        Column of the target.
    inputs : sequence of str, default=()
        Columns of the inputs.
    run : str, default=None
        Column that names the run of each row.
    condition : str, default=None
        Column of the condition.
    separator : str, default=None
        Character between cells of text.
    decimal : {".", ","}, default=None
        Decimal mark.
    thousands : str, default=None
        Mark between thousands.
    encoding : str, default=None
        Encoding of text.
    skip_rows : int, default=None
        Lines before the header.
    comment : str, default=None
        Mark with which comment lines begin.
    units_row : bool, default=None
        Whether there is a row of units below the header.
    units : mapping of str to str, default=None
        Units of columns, instead of those that were detected.
    missing : sequence of str or float, default=None
        Marks of missing values.
    sheet : str or int, default=None
        Sheet, variable, group or packed file to read.
    day_first : bool, default=None
        Whether dates such as 03/04/2026 are day first.
    time_format : str, default=None
        How times are written.
    resample : int, str or pandas.Timedelta, default=None
        Interval over which rows are averaged, in sampling intervals or as a time.
    sort : bool, default=False
        Whether rows are sorted by time.
    max_gap : int, str or pandas.Timedelta, default=None
        Longest time step inside a run, in sampling intervals or as a time.
    whole : bool, default=False
        Whether a large text is read completely.

    Returns
    -------
    Description
        What was detected, what the columns hold, and the command to study the file.

    Raises
    ------
    ValueError
        If the file cannot be read, or a named column is missing.
    ImportError
        If the format needs a library that is not installed.

    See Also
    --------
    read_record : Reads the record.
    Description : The class of the result.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import describe_record
    >>> path = Path(tempfile.mkdtemp()) / "record.csv"
    >>> _ = path.write_text(
    ...     "time_s;v [mm/s];mu\\n0;0,5;0,61\\n1;0,7;0,62\\n2;0,6;0,63\\n"
    ... )
    >>> print(describe_record(path).columns)
            unit    holds  min   max  missing constant
    time_s     s  numbers    0     2        0
    v        ...
    mu     ...
    """
    path = Path(path)
    options = ReadingOptions(
        separator, decimal, thousands, encoding, skip_rows, comment, units_row, sheet
    )
    clocks = [] if time is None else [time] if isinstance(time, str) else list(time)
    inputs = [inputs] if isinstance(inputs, str) else list(inputs)
    wanted = [name for name in (*clocks, target, *inputs, run, condition) if name is not None]
    table, parts, said = sample_table(path, options, wanted, whole)
    columns = list(table.frame.columns)
    named = {name: find_column(name, columns, "column", path.name) for name in wanted}
    known_units = units_of(columns, table.units, units, path.name)
    numbers = {
        name: to_numbers(table.frame[name], table.decimal, table.thousands, missing)
        for name in columns
    }
    overview = pd.DataFrame(
        [_column_line(table.frame[name], numbers[name], known_units[name]) for name in columns],
        index=columns,
    )
    problems: list[str] = []
    suggested = not clocks
    clocks = [named[name] for name in clocks] or _time_columns(table.frame, overview)
    how_time = {}
    if clocks:
        shown = " and ".join(map(repr, clocks))
        how_time["time column"] = shown + (" (suggested)" if suggested else "")
        try:
            how_time |= _time_lines(
                table,
                clocks,
                known_units,
                parts,
                None if run is None else named[run],
                day_first,
                time_format,
                None if resample is not None else max_gap,
                resample is not None,
                sort,
                problems,
                path.name,
            )
        except ValueError as error:
            problems.append(str(error))
    else:
        how_time["time column"] = "none was recognised; name it with --time"
    if missing is None:
        problems += _sentinel_problems(numbers, path.name)
    given = {
        "run": run,
        "condition": condition,
        "resample": resample,
        "separator": separator,
        "decimal": decimal,
        "thousands": thousands,
        "encoding": encoding,
        "skip_rows": skip_rows,
        "comment": comment,
        "sheet": sheet,
        "time_format": time_format,
        "max_gap": max_gap,
    }
    command = _command(path, clocks, target, inputs, overview, given, sort, day_first)
    if units_row is not None:
        command += " --units-row" if units_row else " --no-units-row"
    if missing is not None:
        marks = [f"{mark:g}" if isinstance(mark, float) else str(mark) for mark in missing]
        command += "".join(f" --missing={shlex.quote(mark)}" for mark in marks or [""])
    return Description(str(path), said, overview, how_time, tuple(problems), command)


def _column_line(column, numbers, unit):
    """Return the row of a column in the overview."""
    there = numbers.values[np.isfinite(numbers.values)]
    n_missing = int(np.isnan(numbers.values).sum()) - len(numbers.wrong)
    line = {"unit": unit, "holds": "nothing", "min": "", "max": "", "missing": n_missing}
    constant = False
    if len(there) and len(there) >= len(numbers.wrong):
        line |= {"holds": "numbers", "min": f"{there.min():.6g}", "max": f"{there.max():.6g}"}
        constant = len(there) > 1 and bool((there == there[0]).all())
    elif column.notna().any():
        texts = column.dropna()
        first, last = str(texts.iloc[0]).strip(), str(texts.iloc[-1]).strip()
        holds = "times" if is_time(first) or column.dtype.kind in "mM" else "text"
        line |= {"holds": holds, "min": first[:24], "max": last[:24]}
        line["missing"] = int(column.isna().sum())
        constant = texts.nunique() == 1 and len(texts) > 1
    return line | {"constant": "yes" if constant else ""}


def _time_columns(frame, overview):
    """Return the column that is most likely time, or those of dates and clock times."""
    scores = {}
    for name in frame.columns:
        words = WORD.findall(str(name))
        by_name = any(TIME_NAMES.fullmatch(word) for word in words) or (
            TIME_NAMES.fullmatch(str(name).strip()) is not None
        )
        by_name = by_name or any(len(word) > 3 and TIME_NAMES.search(word) for word in words[:1])
        holds = overview.loc[name, "holds"]
        moves = False
        if holds == "numbers":
            values = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64)
            steps = np.diff(values[np.isfinite(values)])
            moves = len(steps) > 1 and max((steps >= 0).mean(), (steps <= 0).mean()) > 0.99
            moves = moves and bool((steps != 0).any())
        score = 2 * by_name * (holds in ("numbers", "times")) + (holds == "times") + moves
        if score:
            scores[name] = score
    if not scores:
        return []
    times = [name for name in scores if overview.loc[name, "holds"] == "times"]
    if len(times) == 2:
        clocks = [":" in overview.loc[name, "min"] for name in times]
        dated = [bool(re.search(r"\d[-/.]\d", overview.loc[name, "min"])) for name in times]
        if clocks == [False, True] or (clocks == [True, True] and dated == [True, False]):
            return times if clocks == [False, True] else times[:1]
        if clocks == [True, False]:
            return times[::-1]
    best = max(scores, key=scores.get)
    return [best, *_milliseconds(overview)] if best in times else [best]


def _milliseconds(overview):
    """Return the column of milliseconds that belongs to a column of clock times, if any."""
    named = (overview["unit"] == "ms") | (overview.index.str.strip() == "ms")
    for name in overview.index[named & (overview["holds"] == "numbers")]:
        if float(overview.loc[name, "min"]) >= 0 and float(overview.loc[name, "max"]) < 1000:
            return [name]
    return []


def _time_lines(
    table,
    clocks,
    units,
    parts,
    run,
    day_first,
    time_format,
    max_gap,
    resampled,
    sort,
    problems,
    filename,
):
    """Return the description of time, and note what has to be decided."""
    time_name, time = read_times(
        [table.frame[name] for name in clocks],
        units,
        day_first=day_first,
        time_format=time_format,
        decimal=table.decimal,
    )
    keep = np.isfinite(time.seconds)
    seconds, codes = time.seconds[keep], parts[keep]
    lines = {"time": time.how}
    if time.start is not None:
        lines["start"] = str(time.start)
    if not len(seconds):
        return lines
    n_parts = int(parts.max()) + 1
    if run is not None:
        labels, names = pd.factorize(table.frame[run][keep])
        lines["runs"] = f"{len(names)} in column {run!r}"
        codes = pd.factorize(codes * (labels.max() + 2) + labels)[0]
    where = f"column {time_name!r} of {filename}"
    try:
        order = order_of_rows(seconds, codes, sort, where)
        if order is not None:
            seconds, codes = seconds[order], codes[order]
    except ValueError as error:
        problems.append(str(error))
        seconds, codes = seconds[::-1], codes.max() - codes[::-1]
        lines["order"] = "not sorted by time"
    else:
        lines["order"] = "rows sorted by time" if order is not None else "increasing time"
    pieces = piece_codes(seconds, codes)
    inside = np.diff(pieces) == 0
    steps = np.diff(seconds)
    if (n_pieces := int(pieces[-1]) + 1) > int(codes.max()) + 1 and run is None:
        lines["runs"] = f"{n_pieces - n_parts + 1}, as the time steps back"
    lines["span"] = f"{np.ptp(seconds):.10g} s"
    if (repeated := inside & (steps == 0)).any():
        lines["repeated stamps"] = f"{int(repeated.sum())} rows have the time of the previous row"
    segments = segments_of(seconds, pieces)
    if segments:
        usual = float(np.median(steps[inside & (steps > 0)]))
        if n_parts == 1:
            lines["sampling interval"] = describe_segments(segments)
        else:
            different = dict.fromkeys(f"{part.interval:.4g} s" for part in segments)
            lines["sampling interval"] = ", then ".join(different)
        longest = GAP_FACTOR * usual if max_gap is None else to_seconds(max_gap, usual, "max_gap")
        gaps = np.flatnonzero(inside & (steps > longest))
        if len(gaps) and len(segments) == 1:
            row = int(gaps[0]) + 1
            lines["gaps"] = f"{len(gaps)}, the first of {steps[row - 1]:.4g} s before " + (
                f"row {row}" if n_parts == 1 else f"{seconds[row]:.10g} s"
            )
    if not resampled:
        try:
            check_even(seconds, pieces, max_gap, where)
        except ValueError as error:
            problems.append(str(error))
    return lines


def _sentinel_problems(numbers, filename):
    """Return a line for each column that seems to hold numbers in place of missing values."""
    problems = []
    for name, column in numbers.items():
        sentinel = sentinel_in(column.values)
        if sentinel is not None:
            problems.append(
                f"column {name!r} of {filename} holds {sentinel:g}, far from its other values. "
                f"Give missing=[{sentinel:g}] if it marks missing values, or missing=[]."
            )
    return problems


def _command(path, clocks, target, inputs, overview, given, sort, day_first):
    """Return the command that studies a file."""
    numeric = [
        name
        for name in overview.index
        if overview.loc[name, "holds"] == "numbers" and overview.loc[name, "constant"] == ""
    ]
    others = [name for name in numeric if name not in clocks]
    if target is None:
        target = next((name for name in others if TARGET_NAMES.search(str(name))), None)
    used = {target, given["condition"], given["run"]}
    inputs = inputs or [name for name in others if name not in used]
    words = ["python", "-m", "sklearn_frictiongru", "study", str(path)]
    for name in clocks or ["TIME"]:
        words += ["--time", name]
    words += ["--target", target or "TARGET"]
    for name in inputs:
        words += ["--input", name]
    for option, value in given.items():
        if value is not None:
            words += [f"--{option.replace('_', '-')}", str(value)]
    if sort:
        words.append("--sort")
    if day_first is not None:
        words.append("--day-first" if day_first else "--no-day-first")
    return shlex.join(words)
