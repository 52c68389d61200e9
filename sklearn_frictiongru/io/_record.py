"""Reading a record from a file into inputs, target and condition."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sklearn_frictiongru.preprocessing import RateOfChange
from sklearn_frictiongru.utils.validation import check_finite

READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".pq": pd.read_parquet}

OFFSET = r":\d\d(?:\.\d+)? ?(?:Z|[+-]\d\d:?\d\d)$"
"""How a time ends that says by how much its clock differs from UTC."""


@dataclass(frozen=True, eq=False)
class Record:
    """A record read from a file, as :func:`read_record` returns it.

    Attributes
    ----------
    data : pandas.DataFrame of shape (n_rows, n_features)
        Inputs, with runs and time in the index.
    target : pandas.Series of shape (n_rows,)
        Target.
    condition : pandas.Series of shape (n_rows,) or None
        Condition, such as normal stress; None if no column was named.

    See Also
    --------
    read_record : Reads it.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_frictiongru.io import Record
    >>> data = pd.DataFrame({"slip_velocity_m_s": [0.004, 0.004]})
    >>> Record(data, target=pd.Series([0.61, 0.62]), condition=None).target.mean().round(3)
    np.float64(0.615)
    """

    data: pd.DataFrame
    target: pd.Series
    condition: pd.Series | None


def read_record(
    path: str | os.PathLike[str],
    *,
    time: str,
    target: str,
    inputs: Sequence[str],
    condition: str | None = None,
    run: str | None = None,
    rates: Sequence[str] = (),
    rate: Literal["causal", "centred"] = "causal",
) -> Record:
    """Read a record from a CSV or Parquet file.

    Parameters
    ----------
    path : str or path-like
        File that ends in ``.csv``, ``.parquet`` or ``.pq`` (extra ``parquet``).
    time : str
        Column of the time: numbers in seconds, or dates. It has to increase in each run.
    target : str
        Column of the target.
    inputs : sequence of str
        Columns of the inputs.
    condition : str, default=None
        Column of a condition to give importances for, such as normal stress.
    run : str, default=None
        Column that names the run of each row; the file is one run if None.
    rates : sequence of str, default=()
        Inputs whose rates of change per second become inputs too.
    rate : {"causal", "centred"}, default="causal"
        Rows that a rate may use: up to its own row, or on both sides of it.

    Returns
    -------
    Record
        Inputs, target and condition, with runs and time in the index.

    Raises
    ------
    ValueError
        If the file cannot be read, lacks a column or holds values that cannot be used; the
        message names the column and the row.

    See Also
    --------
    sklearn_frictiongru.preprocessing.RateOfChange : The rates.
    sklearn_frictiongru.preprocessing.with_runs : Runs and time for tables from other sources.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_frictiongru.io import read_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "record.csv")
    ...     _ = path.write_text(
    ...         "time_s,slip_velocity_m_s,friction\\n0,0.004,0.61\\n1,0.004,0.62\\n"
    ...     )
    ...     record = read_record(
    ...         path, time="time_s", target="friction", inputs=["slip_velocity_m_s"]
    ...     )
    >>> record.target
    time_s
    0    0.61
    1    0.62
    Name: friction, dtype: float64
    """
    path = Path(path)
    table = _read_table(path)
    inputs = list(inputs)
    if target in inputs:
        raise ValueError(
            f"the target {target!r} is also one of the inputs {inputs}; a model would read off "
            "what it is to predict. Leave it out of the inputs."
        )
    roles = [("time", time), ("target", target), ("condition", condition), ("run", run)]
    roles += [("input", name) for name in inputs]
    for role, name in roles:
        if name is not None and name not in table.columns:
            raise ValueError(
                f"{path.name} has no column {name!r} for the {role}; it has "
                f"{', '.join(map(str, table.columns))}. Name one of these."
            )
    for name in rates:
        if name not in inputs:
            raise ValueError(f"rates are asked for {name!r}, which is none of the inputs {inputs}.")
    for name in (target, *inputs):
        if not pd.api.types.is_numeric_dtype(table[name]):
            bad = pd.to_numeric(table[name], errors="coerce").isna()
            row = int(bad.to_numpy().argmax())
            raise ValueError(
                f"column {name!r} of {path.name} is not numeric: row {row} holds "
                f"{table[name].iloc[row]!r}; expected numbers."
            )
    table.index = _index(table, path, time, run)
    values = table[[*inputs, target]].to_numpy(dtype=np.float64)
    check_finite(values, [*inputs, target], path.name, table.index)
    data = table[inputs].astype(np.float64)
    if rates:
        data = RateOfChange(list(rates), kind=rate).fit_transform(data)
    return Record(
        data=data,
        target=table[target].astype(np.float64),
        condition=None if condition is None else table[condition],
    )


def _read_table(path):
    """Return the table that a file holds."""
    if path.suffix.lower() not in READERS:
        raise ValueError(
            f"{path.name} ends in {path.suffix!r}; expected a file that ends in "
            f"{', '.join(READERS)}, or one of the names p655, experiment and memory."
        )
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}; expected a CSV or Parquet file.")
    try:
        table = READERS[path.suffix.lower()](path)
    except ImportError as error:
        raise ValueError(
            f"{path.name} needs the extra 'parquet' to be read: "
            "pip install sklearn_frictiongru[parquet]"
        ) from error
    except Exception as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    if not len(table):
        raise ValueError(f"{path.name} has no rows; expected a record.")
    return table


def _dates(values):
    """Return texts as dates; in UTC where their offsets differ, as where clocks are put back."""
    try:
        return pd.to_datetime(values)
    except ValueError:
        if not values.dropna().astype(str).str.contains(OFFSET).all():
            raise
        return pd.to_datetime(values, utc=True)


def _index(table, path, time, run):
    """Return the index of runs and time."""
    values = table[time]
    if not pd.api.types.is_numeric_dtype(values):
        try:
            values = _dates(values)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"the time in column {time!r} of {path.name} is neither numbers in seconds nor "
                f"dates, such as {table[time].iloc[0]!r}. Name another column, or convert it."
            ) from error
    runs = np.zeros(len(table)) if run is None else table[run].to_numpy()
    same_run = runs[1:] == runs[:-1]
    if values.isna().any():
        row = int(values.isna().to_numpy().argmax())
        raise ValueError(
            f"the time in column {time!r} of {path.name} is missing at row {row}; expected a "
            "time for every row. Drop the row or set its time."
        )
    increases = (values.iloc[1:].to_numpy() > values.iloc[:-1].to_numpy()) | ~same_run
    if not increases.all():
        row = int(increases.argmin()) + 1
        raise ValueError(
            f"the time in column {time!r} of {path.name} does not increase at row {row}: "
            f"{values.iloc[row]} after {values.iloc[row - 1]}. Sort the record by time, or name "
            "the column of its runs."
        )
    if run is None:
        return pd.Index(values, name=time)
    return pd.MultiIndex.from_arrays([table[run], values], names=[run, time])
