"""The tables of a search, from the results of its trainings."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.exceptions import FitFailedWarning

from sklearn_frictiongru.model_selection._sweep_statistics import over_trainings
from sklearn_frictiongru.model_selection._task import TrainingResult

COLUMNS = (
    "n_epochs",
    "best_epoch",
    "n_training",
    "n_validation",
    "fit_time",
    "score_time",
    "status",
)
"""Columns of `results_` other than the scores."""


class Place(NamedTuple):
    """The position of a training in a search, by numbers."""

    candidate: int
    repeat: int
    split: int


def eliminated_result(metrics, reason):
    """Return the result of a training that was not done since its candidate was given up."""
    return TrainingResult(dict.fromkeys(metrics, np.nan), status=f"given up: {reason}")


def deciding_score(result, refit):
    """Return the score that decides."""
    first = next(iter(result.scores.values()))
    return result.scores.get(refit if isinstance(refit, str) else None, first)


def training_names(candidate_columns, places, seeds):
    """Return the columns that name each training."""
    return [
        {
            **candidate_columns[place.candidate],
            "repeat": place.repeat,
            "split": place.split,
            "seed": int(seeds[place.repeat]),
        }
        for place in places
    ]


def results_table(candidate_columns, names, results, *, refit, multimetric):
    """Return the tidy table of all trainings, each with the columns that name it."""
    rows = []
    for of_training, result in zip(names, results, strict=True):
        several = {f"score_{metric}": score for metric, score in result.scores.items()}
        rows.append(
            {
                **of_training,
                "score": deciding_score(result, refit),
                **(several if multimetric else {}),
                **{column: getattr(result, column) for column in COLUMNS},
            }
        )
    table = pd.DataFrame(rows)
    # A parameter that only later candidates have would be placed after the scores.
    first = list(dict.fromkeys(column for columns in candidate_columns for column in columns))
    return table[[*first, *table.columns.drop(first)]]


def learning_curves(names, results):
    """Return the learning curves of all trainings, each with the columns that name it."""
    found = [
        (of_training, result.history)
        for of_training, result in zip(names, results, strict=True)
        if result.history is not None
    ]
    if not found:
        return pd.DataFrame()
    # All at once: a column for each of many curves takes longer than reading them from disk.
    lengths = [len(history) for _, history in found]
    columns = {
        name: _repeated([of_training.get(name, np.nan) for of_training, _ in found], lengths)
        for name in dict.fromkeys(name for of_training, _ in found for name in of_training)
    }
    curves = pd.concat([history for _, history in found], ignore_index=True)
    return curves.assign(**columns)


def check_finished(table):
    """Raise if all trainings failed."""
    if len(table) == len(_failed(table)):
        raise ValueError(
            f"all {len(table)} trainings failed, the first one with: "
            f"{table['status'].iloc[0].removeprefix('failed: ')}"
        )


def warn_of_failed(table, error_score):
    """Warn about failed trainings."""
    failed = _failed(table)
    if len(failed):
        warnings.warn(
            f"{len(failed)} of {len(table)} trainings failed; results_ names the "
            f"reasons, their score is error_score={error_score}. The first one: "
            f"{failed['status'].iloc[0]}",
            FitFailedWarning,
            stacklevel=3,
        )


def _failed(table):
    return table[table["status"].str.startswith("failed")]


def share_of_time(fit_times, eliminated):
    """Return the share of the total time that eliminated trainings would have taken.

    Both of shape (n_candidates, n_trainings).
    """
    expected = np.nanmean(np.where(eliminated, np.nan, fit_times), axis=1, keepdims=True)
    time_saved = (eliminated * np.nan_to_num(expected)).sum()
    return float(time_saved / (time_saved + fit_times[~eliminated].sum() or 1.0))


def cv_results(params, times, gains, in_race):
    """Return scikit-learn's dictionary over times and gains by name.

    Each of shape (n_candidates, n_trainings).
    """
    results = {}
    for name, values in times.items():
        results[f"mean_{name}"] = np.nanmean(values, axis=1)
        results[f"std_{name}"] = np.nanstd(values, axis=1)
    for name in dict.fromkeys(name for of_candidate in params for name in of_candidate):
        column = np.ma.MaskedArray(np.empty(len(params), dtype=object), mask=True)
        for candidate, of_candidate in enumerate(params):
            if name in of_candidate:
                column[candidate] = of_candidate[name]
        results[f"param_{name}"] = column
    results["params"] = params
    for metric, values in gains.items():
        mean, std = over_trainings(np.nanmean, values), over_trainings(np.nanstd, values)
        for i in range(values.shape[1]):
            results[f"split{i}_test_{metric}"] = values[:, i]
        results[f"mean_test_{metric}"] = mean
        results[f"std_test_{metric}"] = std
        ranked = np.where(np.isnan(mean) | ~in_race, -np.inf, mean)
        results[f"rank_test_{metric}"] = rankdata(-ranked, method="min").astype(np.int32)
    return results


def candidate_index(params):
    """Return the index of tables with a row per candidate."""
    table = pd.DataFrame(params).map(_hashable)
    if not table.shape[1]:
        return pd.RangeIndex(len(params), name="candidate")
    if table.shape[1] == 1:
        return pd.Index(table.iloc[:, 0])
    return pd.MultiIndex.from_frame(table)


def _repeated(values, times):
    """Return a column with each value, which may be a list, several times."""
    several = [value for value, n in zip(values, times, strict=True) for _ in range(n)]
    # Among numbers, pandas would take None for a missing one.
    kept = any(value is None for value in values)
    return pd.Series(several, dtype=object if kept else None)


def _hashable(value):
    """Return a value that an index can hold."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
