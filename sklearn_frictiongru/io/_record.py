"""Reading a record from a file into rows, target and condition, and its truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from sklearn_frictiongru.preprocessing import RateOfChange
from sklearn_frictiongru.utils.validation import check_finite

READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".pq": pd.read_parquet}


def read_record(path, *, time, target, inputs, condition=None, run=None, rates=(), rate="causal"):
    """Read a record from a CSV or Parquet file."""
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
    return Bunch(
        data=data,
        target=table[target].astype(np.float64),
        condition=None if condition is None else table[condition],
    )


def read_truth(path):
    """Read what is known of a simulated record."""
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"the truth {str(path)!r} cannot be read ({error}); expected a JSON file that "
            "simulate has written beside a record."
        ) from error
    known = ("causal_parents", "time_scales", "memory", "importances")
    truth = {name: document[name] for name in known if name in document}
    if not truth:
        raise ValueError(
            f"{path.name} holds none of {', '.join(known)}; expected the file that simulate has "
            "written beside a record."
        )
    return truth


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


def _index(table, path, time, run):
    """Return the index of runs and time."""
    values = table[time]
    if not pd.api.types.is_numeric_dtype(values):
        try:
            values = pd.to_datetime(values)
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
