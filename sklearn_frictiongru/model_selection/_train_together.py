"""Several trainings of a sweep at the same time, on a device that a single one leaves idle."""

import time
from copy import deepcopy
from dataclasses import replace

import torch
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection._train_once import (
    NoLossError,
    final_step,
    interrupted_result,
    quiet_threads,
    result_of,
    score,
    train_once,
    training_rows,
)
from sklearn_frictiongru.neural_network import can_be_stacked, train_stacked

STACK_ON = {"cuda"}
"""Types of devices on which this is faster; on a CPU memory bandwidth limits a training."""


def stackable(estimator):
    """Return whether an estimator is trained together with its clones of other seeds."""
    final = final_step(estimator)
    if not can_be_stacked(final, device_types=STACK_ON):
        return False
    if final is not estimator:
        # A subclass may have a different fit.
        if type(estimator) is not Pipeline:
            return False
        parameters = estimator[:-1].get_params(deep=True)
        if any(name.endswith("__random_state") for name in parameters):
            return False
    return True


def train_together(tasks):
    """Return the result, or the error, of each of several tasks that differ only in their seeds."""
    # A worker may be a machine without such a device.
    if len(tasks) == 1 or not stackable(tasks[0].estimator):
        return [_or_error(train_once, task) for task in tasks]
    started = time.perf_counter()
    errors = None
    try:
        with quiet_threads(tasks[0].n_threads):
            errors = _fit([task.estimator for task in tasks], *training_rows(tasks[0]))
    except torch.OutOfMemoryError:
        # The objects that the error refers to are released only after this block.
        pass
    except KeyboardInterrupt:
        return [interrupted_result(task) for task in tasks]
    except Exception as error:
        errors = [error] * len(tasks)
    if errors is None:
        half = len(tasks) // 2
        return train_together(tasks[:half]) + train_together(tasks[half:])
    seconds = (time.perf_counter() - started) / len(tasks)
    return [
        _or_error(_score_fitted, task, error, seconds)
        for task, error in zip(tasks, errors, strict=True)
    ]


def _fit(estimators, X, y):
    """Fit estimators together; return None or the error of each."""
    if isinstance(estimators[0], Pipeline) and len(estimators[0]) > 1:
        # Without a seed the preceding steps learn the same in each.
        front = estimators[0][:-1]
        X = front.fit_transform(X, y)
        for estimator in estimators:
            estimator.steps[:-1] = deepcopy(front.steps)
    trained = train_stacked([final_step(estimator) for estimator in estimators], X, y)
    return [each if isinstance(each, Exception) else None for each in trained]


def _score_fitted(task, error, seconds):
    """Return the result of a task that is fitted, or whose fit raised an error."""

    def raise_or_score(task):
        if error is not None:
            raise error
        with quiet_threads(task.n_threads):
            return score(task)

    return replace(result_of(raise_or_score, task), fit_time=seconds)


def _or_error(function, *arguments):
    """Return the result of a training, or raise its error if that ends the search."""
    try:
        return function(*arguments)
    except NoLossError:
        raise
    except Exception as error:
        return error
