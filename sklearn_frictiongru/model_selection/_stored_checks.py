"""Checks that what a stored training holds has the types and shapes of its task."""

from dataclasses import fields
from numbers import Real

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.model_selection._task import TrainingResult
from sklearn_frictiongru.model_selection._train_once import STOPPED, is_one_network
from sklearn_frictiongru.utils.plain_data import NotPlainError

CURVES = ("epoch", "training_loss", "validation_loss", "learning_rate", "seconds")

ROWS_TRIED = 3


def check_result(result, task):
    """Raise if a result is not one that a task can have when it has finished."""
    names = ["score"] if task.scorers is None else list(task.scorers)
    if type(result.scores) is not dict or list(result.scores) != names:
        raise NotPlainError(f"it has other scores than {names}")
    for name, value in result.scores.items():
        if not isinstance(value, float) and not np.ndim(value):
            raise NotPlainError(f"its score {name!r} is a {type(value).__name__}")
    for field in fields(TrainingResult):
        value = getattr(result, field.name)
        kind = type(field.default)
        if kind in (int, float, bool) and not isinstance(value, Real):
            raise NotPlainError(f"its {field.name} is a {type(value).__name__}")
    stopped = task.loss_limits is not None and str(result.status).startswith(STOPPED)
    if not (stopped or result.status == "finished") or result.interrupted:
        raise NotPlainError("it is not finished")
    if is_one_network(task.estimator):
        _check_history(result.history)
    elif not isinstance(result.history, pd.DataFrame | None):
        raise NotPlainError(f"its history is a {type(result.history).__name__}")


def _check_history(history):
    if not isinstance(history, pd.DataFrame) or not len(history):
        raise NotPlainError("it has no history")
    for name in CURVES:
        if name not in history or history[name].dtype.kind not in "iuf":
            raise NotPlainError(f"{name} in its history is no number")


def shape_of_predictions(model, task):
    """Return the shape of a model's predictions for the first rows, or None without any."""
    try:
        rows = _safe_indexing(task.X, np.arange(min(ROWS_TRIED, len(task.X))))
        return list(np.shape(model.predict(rows)))
    except Exception:
        return None
