"""One training of a sweep."""

import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from threadpoolctl import threadpool_limits

from sklearn_frictiongru.neural_network import GRUFrictionRegressor, checkpoints_in


def train_once(estimator, X, y, train, test, scorers, error_score, checkpoint):
    """Train once, on one thread, and return the model, its scores and what it took."""
    started = time.perf_counter()
    training = nothing_trained(scorers, error_score)
    with failures_entered(training, error_score):
        usable = _usable(checkpoint, final_step(estimator))
        with one_quiet_thread(), checkpoints_in(usable):
            estimator.fit(*rows_to_train_on(X, y, train))
            score(training, estimator, X, y, test, scorers)
    training["fit_time"] = time.perf_counter() - started - training["score_time"]
    return training


def nothing_trained(scorers, error_score):
    """Return what there is to tell of a training before it has begun."""
    names = ["score"] if scorers is None else list(scorers)
    return {
        "estimator": None,
        "scores": dict.fromkeys(names, np.nan if error_score == "raise" else error_score),
        "history": None,
        "n_epochs": 0,
        "best_epoch": 0,
        "n_training": 0,
        "n_validation": 0,
        "fit_time": 0.0,
        "score_time": 0.0,
        "interrupted": False,
        "status": "finished",
    }


@contextmanager
def failures_entered(training, error_score):
    """Enter into a training what it failed with, or that it was interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        training["interrupted"] = True
    except NoLossError:
        raise
    except Exception as error:
        if error_score == "raise":
            raise
        training["status"] = f"failed: {error}"


def rows_to_train_on(X, y, train):
    """Return the rows of a split's training part, or all."""
    if train is None:
        return X, y
    return _safe_indexing(X, train), _safe_indexing(y, train)


def score(training, estimator, X, y, test, scorers):
    """Score a fitted estimator and enter its scores, and what its training took."""
    final = final_step(estimator)
    fitted = time.perf_counter()
    if scorers is None:
        training["scores"] = {"score": _lowest_loss(final)}
    else:
        tested = _safe_indexing(X, test), _safe_indexing(y, test)
        training["scores"] = {
            name: float(scorer(estimator, *tested)) for name, scorer in scorers.items()
        }
    training["score_time"] = time.perf_counter() - fitted
    training["estimator"] = estimator
    training["history"] = _history(final)
    training["n_epochs"] = getattr(final, "n_epochs_", 0)
    training["best_epoch"] = getattr(final, "best_epoch_", 0)
    training["n_training"] = len(getattr(final, "training_indices_", ()))
    training["n_validation"] = len(getattr(final, "validation_indices_", ()))
    training["interrupted"] = getattr(final, "interrupted_", False)


def final_step(estimator):
    """Return the regressor of an estimator."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


class NoLossError(ValueError):
    """A regressor has no validation loss."""


@contextmanager
def one_quiet_thread():
    """Hold every thread pool at one thread, and keep a training from saying it has not ended.

    Workers side by side slow each other down. Each of many trainings would warn;
    `best_epoch` beside `n_epochs` shows it.
    """
    threads = torch.get_num_threads()
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _usable(checkpoint, final):
    """Return where to leave a checkpoint, or None where that makes no sense."""
    # A worker elsewhere may not see the folder, and other estimators may train several nets.
    if checkpoint is None or not isinstance(final, GRUFrictionRegressor):
        return None
    return checkpoint if Path(checkpoint).parent.is_dir() else None


def _history(final):
    """Return the learning curve of a trained regressor, if it has one."""
    history = getattr(final, "history_", None)
    return history.copy() if isinstance(history, pd.DataFrame) else None


def _lowest_loss(regressor):
    """Return the lowest validation loss of a trained regressor."""
    loss = getattr(regressor, "best_validation_loss_", None)
    if loss is None:
        raise NoLossError(
            f"{type(regressor).__name__} has no best_validation_loss_ to compare candidates by; "
            "expected a regressor that validates while it trains, such as "
            "GRUFrictionRegressor(validation=0.2). For any other regressor give a splitter, "
            "cv=PurgedKFold(...)."
        )
    return float(loss)
