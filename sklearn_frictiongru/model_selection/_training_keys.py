"""Names of trainings, made of all that their results depend on."""

import functools
import warnings
from types import FunctionType

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, RegressorMixin
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.content_key import NoKeyError, content_key, environment, is_library
from sklearn_frictiongru.utils.nested import nested_estimators


def task_keys(tasks):
    """Return the key of each task, None where it cannot be told what its result depends on."""
    key_of_data, keys, unknown, names_read = {}, [], set(), {}
    for number, task in enumerate(tasks):
        # The tasks of a stack differ in their seeds only.
        alike = number if task.stack is None else (task.stack, id(task.X))
        if alike not in names_read:
            names_read[alike] = reads_names(task)
        names = names_read[alike]
        data = id(task.X), id(task.y), names
        try:
            if data not in key_of_data:
                key_of_data[data] = content_key(_named(task.X, names), _named(task.y, names))
            # Only where there are any, so that what was stored without them is found.
            params = [each for each in (task.fit_params, task.score_params) if each]
            keys.append(
                content_key(
                    environment(),
                    _settings(),
                    key_of_data[data],
                    task.estimator,
                    (task.train, task.test),
                    task.scorers,
                    task.keep_estimator,
                    *params,
                )
            )
        except NoKeyError as error:
            keys.append(None)
            unknown.add(str(error))
    for each in sorted(unknown):
        warnings.warn(
            f"it cannot be told what code a training depends on ({each}), so that it is neither "
            "stored nor answered from stored ones. Use functions, classes and constants of Python "
            "there.",
            UserWarning,
            stacklevel=5,
        )
    return keys


def _settings():
    """Return what is set for the whole process that a result depends on."""
    # The last one decides whether a scaler before the windows keeps the index, and so the runs.
    return (
        torch.get_default_dtype(),
        torch.get_float32_matmul_precision(),
        sklearn.get_config()["transform_output"],
    )


def reads_names(task):
    """Return whether a result may depend on the names of the columns, and not on values alone."""
    names = set(column_labels(task.X))
    if not names:
        return False
    if any(map(_sees_table, (task.scorers or {}).values())):
        return True
    for nested in nested_estimators(task.estimator):
        if not _keeps_names(nested.estimator):
            return True
        for value in nested.own_params().values():
            items = [value] if isinstance(value, str) else value
            if isinstance(items, list | tuple | set) and any(
                isinstance(item, str) and item in names for item in items
            ):
                return True
    return False


def column_labels(X):
    """Return the names of the columns of a table, none for an array."""
    return [str(name) for name in getattr(X, "columns", ())]


def _keeps_names(estimator):
    """Return whether an estimator ignores the names of columns."""
    if not isinstance(estimator, BaseEstimator) or not is_library(type(estimator).__module__):
        return False
    if isinstance(estimator, SlidingWindowTransformer):
        return not estimator.flatten
    return isinstance(estimator, Pipeline | OneToOneFeatureMixin | RegressorMixin)


def _sees_table(scorer):
    """Return whether code of the user's own is called with the table."""
    if isinstance(scorer, functools.partial):
        scorer = scorer.func
    if isinstance(scorer, FunctionType):
        return not is_library(scorer.__module__)
    inside = [type(scorer), *getattr(scorer, "__dict__", {}).values()]
    return any(
        not is_library(each.__module__) for each in inside if isinstance(each, type | FunctionType)
    )


def _named(table, names):
    """Return a table with its names, or with numbers instead."""
    if names or not isinstance(table, pd.DataFrame | pd.Series):
        return np.asarray(table) if _is_polars(table) and not names else table
    if isinstance(table, pd.Series):
        return table.rename(None)
    return table.set_axis(range(table.shape[1]), axis=1)


def _is_polars(table):
    return type(table).__module__.partition(".")[0] == "polars"
