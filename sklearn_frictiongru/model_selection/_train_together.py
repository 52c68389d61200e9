"""Several trainings of a sweep at once, on a device that one of them leaves idle."""

import time
from copy import deepcopy

import torch
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection._train_once import (
    NoLossError,
    failures_entered,
    final_step,
    nothing_trained,
    one_quiet_thread,
    rows_to_train_on,
    score,
    train_once,
)
from sklearn_frictiongru.neural_network import can_be_stacked, train_stacked
from sklearn_frictiongru.neural_network._training._devices import torch_device

STACK_ON = {"cuda"}
"""Types of devices on which it pays; on a CPU memory is what limits a training."""


def stackable(estimator):
    """Tell whether an estimator is trained together with its clones of other seeds."""
    final = final_step(estimator)
    if not can_be_stacked(final):
        return False
    if final is not estimator:
        # A subclass may fit in another way.
        if type(estimator) is not Pipeline:
            return False
        parameters = estimator[:-1].get_params(deep=True)
        if any(name.endswith("__random_state") for name in parameters):
            return False
    try:
        return torch_device(final.device).type in STACK_ON
    except (ValueError, TypeError):
        # The training itself will say what is wrong with it.
        return False


def train_together(arguments):
    """Train estimators that differ in their seeds only, and tell of each what it took."""
    # A worker may be a machine without such a device.
    if len(arguments) == 1 or not stackable(arguments[0][0]):
        return [_or_error(train_once, *each) for each in arguments]
    started = time.perf_counter()
    _, X, y, train, _, scorers, error_score, _ = arguments[0]
    outcomes = None
    try:
        with one_quiet_thread():
            outcomes = _fit([each[0] for each in arguments], *rows_to_train_on(X, y, train))
    except torch.OutOfMemoryError:
        # What the error refers to is only released behind this block.
        pass
    except KeyboardInterrupt:
        return [{**nothing_trained(scorers, error_score), "interrupted": True} for _ in arguments]
    except Exception as error:
        outcomes = [error] * len(arguments)
    if outcomes is None:
        half = len(arguments) // 2
        return train_together(arguments[:half]) + train_together(arguments[half:])
    seconds = (time.perf_counter() - started) / len(arguments)
    return [
        _or_error(_judge, outcome, seconds, *each)
        for outcome, each in zip(outcomes, arguments, strict=True)
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


def _judge(error, seconds, estimator, X, y, train, test, scorers, error_score, checkpoint):
    """Return what there is to tell of a fitted estimator, or of its error."""
    training = nothing_trained(scorers, error_score)
    with failures_entered(training, error_score):
        if error is not None:
            raise error
        with one_quiet_thread():
            score(training, estimator, X, y, test, scorers)
    training["fit_time"] = seconds
    return training


def _or_error(function, *arguments):
    """Return what a training returns or, if it is its own failure, raises."""
    try:
        return function(*arguments)
    except NoLossError:
        raise
    except Exception as error:
        return error
