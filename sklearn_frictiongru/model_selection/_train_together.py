"""Several trainings of a sweep at once, on a device that one of them leaves idle."""

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
"""Types of devices on which it pays; on a CPU memory is what limits a training."""


def stackable(estimator):
    """Return whether an estimator is trained together with its clones of other seeds."""
    final = final_step(estimator)
    if not can_be_stacked(final, device_types=STACK_ON):
        return False
    if final is not estimator:
        # A subclass may fit in another way.
        if type(estimator) is not Pipeline:
            return False
        parameters = estimator[:-1].get_params(deep=True)
        if any(name.endswith("__random_state") for name in parameters):
            return False
    return True


def train_together(tasks):
    """Return the result, or the error, of each of some tasks that differ in their seeds only."""
    # A worker may be a machine without such a device.
    if len(tasks) == 1 or not stackable(tasks[0].estimator):
        return [_or_error(train_once, task) for task in tasks]
    started = time.perf_counter()
    errors = None
    try:
        with quiet_threads(tasks[0].n_threads):
            errors = _fit([task.estimator for task in tasks], *training_rows(tasks[0]))
    except torch.OutOfMemoryError:
        # What the error refers to is only released behind this block.
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
    """Fit estimators together; return None for each, or what it failed with."""
    if isinstance(estimators[0], Pipeline) and len(estimators[0]) > 1:
        # Without a seed the steps in front learn the same in each.
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
    """Return what a training returns or, if it is its own failure, raises."""
    try:
        return function(*arguments)
    except NoLossError:
        raise
    except Exception as error:
        return error
