"""Importances of several models as tables."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.utils.validation import distinct

COLUMNS = [
    "model",
    "condition",
    "lag",
    "input",
    "measure",
    "value",
    "floor",
    "n_rows",
    "skill",
]


def long_table(importances, feature_names, floor, skills):
    """Return a row per model, condition, lag, input and measure."""
    columns = {name: [] for name in COLUMNS}
    for model, importance in enumerate(importances):
        ranges = zip(
            ["all", *importance.conditions],
            np.concatenate([importance.by_lag[None], importance.by_lag_by_condition]),
            np.concatenate([importance.signed_by_lag[None], importance.signed_by_lag_by_condition]),
            [len(importance.rows), *importance.rows_by_condition],
            strict=True,
        )
        for condition, by_lag, signed_by_lag, n_rows in ranges:
            of_range = {
                "model": model,
                "condition": condition,
                "n_rows": n_rows,
                "skill": skills[model],
            }
            for measure, values in _measures(by_lag, signed_by_lag).items():
                found = _of_lags(importance.lags, measure, values, feature_names, floor)
                n_values = len(found["value"])
                for name, value in (of_range | {"measure": measure}).items():
                    columns[name] += [value] * n_values
                for name, each in found.items():
                    columns[name] += each
    return pd.DataFrame(columns | {"lag": pd.array(columns["lag"], dtype="Int64")})


def _measures(by_lag, signed_by_lag):
    """Return the importances at each lag by measure."""
    return {
        "raw": by_lag,
        "signed": signed_by_lag,
        "relative": shares(by_lag, axis=(0, 1)),
        "net": shares(np.abs(signed_by_lag), axis=(0, 1)),
    }


def _of_lags(lags, measure, values, feature_names, floor):
    """Return the columns of a measure at each lag, and of all lags together."""
    n_features = len(feature_names)
    reduce = np.mean if measure in ("raw", "signed") else np.sum
    of_lag = floor.get(f"{measure}_by_lag", np.full(len(lags), np.nan))
    of_input = np.broadcast_to(floor.get(measure, np.nan), n_features)
    return {
        "lag": [lag for lag in [*lags, None] for _ in feature_names],
        "input": [*feature_names] * (len(lags) + 1),
        "value": np.append(values, reduce(values, axis=0)).tolist(),
        "floor": np.append(np.repeat(of_lag, n_features), of_input).tolist(),
    }


def above_floor(mean, floor, measure="relative"):
    """Return whether each input exceeds the floor and passes the test included in it."""
    above = mean > floor[measure]
    if floor.get("tests") is not None:
        passes = floor["tests"]["passes" if measure == "relative" else f"{measure}_passes"]
        above &= passes.reindex(mean.index)
    return above


def table_along_time(importances, feature_names, runs, time, measure, rolling):
    """Return the mean importance over the models at each complete row."""
    rows, blocks = importances[0].rows, importances[0].blocks
    if measure == "net":
        of_blocks = np.mean([each.net_by_block for each in importances], axis=0)
        values = of_blocks[np.searchsorted(blocks[:, 0], rows, side="right") - 1]
    else:
        values = np.mean([shares(each.by_row) for each in importances], axis=0)
    table = pd.DataFrame(values, index=pd.Index(rows, name="row"), columns=feature_names)
    if measure == "relative":
        rolling = max(1, len(rows) // 100) if rolling is None else rolling
        run = runs[rows]
        begins = (np.diff(rows, prepend=rows[0]) > 1) | (np.diff(run, prepend=run[0]) != 0)
        pieces = np.cumsum(begins)
        table = table.groupby(pieces).rolling(rolling, min_periods=1).mean().droplevel(0)
    # Inputs with these names get other names.
    table.columns = distinct(feature_names, ["run", "time"])
    table.insert(0, "run", runs[rows])
    table.insert(1, "time", rows if time is None else time[rows])
    return table
