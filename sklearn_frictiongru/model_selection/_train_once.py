"""One training of a sweep."""

import threading
import time
import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _check_method_params
from threadpoolctl import threadpool_limits

from sklearn_frictiongru.model_selection._task import TrainingResult
from sklearn_frictiongru.neural_network import (
    GRUFrictionRegressor,
    checkpoints_in,
    first_epoch_above,
    loss_limits,
)
from sklearn_frictiongru.utils.callbacks import subtask
from sklearn_frictiongru.utils.nested import predicting_estimators

STOPPED = "stopped: "
"""Beginning of the status of a training that was stopped at a limit of its loss."""


def train_once(task):
    """Train and score the estimator of a task."""
    started = time.perf_counter()
    result = result_of(_fit_and_score, task)
    result = replace(result, fit_time=time.perf_counter() - started - result.score_time)
    return within_limits(result, task.loss_limits)


def within_limits(result, limits):
    """Return a result, or what it would be if its training had been stopped at a limit."""
    # The same for a training that was stopped and for a stored one that ran to its end.
    if limits is None or result.history is None or result.interrupted:
        return result
    epoch = first_epoch_above(result.history["validation_loss"], limits)
    if epoch is None:
        return result
    history = result.history.iloc[:epoch]
    best = int(np.nanargmin(history["validation_loss"])) + 1
    lowest = history["validation_loss"].min()
    return replace(
        result,
        scores=dict.fromkeys(result.scores, np.nan),
        estimator=None,
        history=history,
        n_epochs=epoch,
        best_epoch=best,
        status=f"{STOPPED}in epoch {epoch}, lowest loss {lowest:.4g}, above the limit "
        f"{limits[epoch - 1]:.4g}",
    )


def _fit_and_score(task):
    checkpoint = _usable_checkpoint(task)
    X, y = training_rows(task)
    params = _of_rows(task, task.fit_params, task.train)
    context, caller = task.callbacks or (None, None)
    data = {"X": X, "y": y, "metadata": params or None}
    key = None if checkpoint is None else Path(checkpoint).stem
    limits = loss_limits(task.loss_limits)
    with quiet_threads(task.n_threads), checkpoints_in(checkpoint, key=key), limits:
        with subtask(context, caller, task.estimator, data):
            task.estimator.fit(X, y, **params)
        return score(task)


def result_of(function, task):
    """Return the result of a task's training, also if it fails or is interrupted."""
    try:
        return function(task)
    except KeyboardInterrupt:
        return interrupted_result(task)
    except NoLossError:
        raise
    except Exception as error:
        if task.error_score == "raise":
            raise
        return TrainingResult(_scores_of_failure(task), status=f"failed: {error}")


def interrupted_result(task):
    """Return the result of a training that was interrupted before it had one."""
    return TrainingResult(_scores_of_failure(task), interrupted=True)


def training_rows(task):
    """Return X and y of the rows that a task trains on."""
    return _rows(task, task.train)


def score(task):
    """Return the result of a task whose estimator is fitted."""
    final = _trained_regressor(task.estimator)
    started = time.perf_counter()
    if task.scorers is None:
        scores = {"score": _lowest_loss(task.estimator)}
    else:
        tested = _rows(task, task.test)
        scores = {
            name: _as_number(
                scorer(
                    task.estimator,
                    *tested,
                    **_of_rows(task, (task.score_params or {}).get(name), task.test),
                )
            )
            for name, scorer in task.scorers.items()
        }
    return TrainingResult(
        scores,
        score_time=time.perf_counter() - started,
        estimator=task.estimator if task.keep_estimator else None,
        history=_history(final),
        n_epochs=getattr(final, "n_epochs_", 0),
        best_epoch=getattr(final, "best_epoch_", 0),
        n_training=len(getattr(final, "training_indices_", ())),
        n_validation=len(getattr(final, "validation_indices_", ())),
        interrupted=any(
            getattr(each, "interrupted_", False) for each in predicting_estimators(task.estimator)
        ),
    )


def final_step(estimator):
    """Return the last step of a pipeline, or any other estimator itself."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


class _Silence:
    """A warning filter shared by all threads; the last to leave restores the previous filters."""

    def __init__(self):
        self._lock = threading.Lock()
        self._n_inside = 0
        self._filters = None

    @contextmanager
    def kept(self):
        """Ignore, in a block, the warnings of trainings that have not converged."""
        with self._lock:
            if self._n_inside == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore", ConvergenceWarning)
            self._n_inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1
                if self._n_inside == 0:
                    self._filters.__exit__(None, None, None)


_SILENCE = _Silence()


class NoLossError(ValueError):
    """A regressor has no validation loss."""


@contextmanager
def quiet_threads(n_threads):
    """Limit every thread pool, and silence warnings of trainings that have not converged."""
    # Parallel workers with several threads slow each other down. Each of many trainings would
    # warn about what `best_epoch` and `n_epochs` show.
    with _SILENCE.kept():
        if n_threads is None:
            yield
            return
        before = torch.get_num_threads()
        with threadpool_limits(limits=n_threads):
            torch.set_num_threads(n_threads)
            try:
                yield
            finally:
                torch.set_num_threads(before)


def _rows(task, rows):
    """Return X and y of some rows, or of all."""
    if rows is None:
        return task.X, task.y
    return _safe_indexing(task.X, rows), _safe_indexing(task.y, rows)


def _of_rows(task, params, rows):
    """Return further arguments; of those with a value per row, the values of some rows."""
    return _check_method_params(task.X, params or {}, indices=rows)


def _scores_of_failure(task):
    names = ["score"] if task.scorers is None else list(task.scorers)
    return dict.fromkeys(names, np.nan if task.error_score == "raise" else task.error_score)


def _as_number(value):
    return value if np.ndim(value) else float(value)


def _usable_checkpoint(task):
    """Return the path of the checkpoint, or None if checkpoints are not possible."""
    # A worker on another machine may not see the folder.
    if task.checkpoint is None or not is_one_network(task.estimator):
        return None
    return task.checkpoint if Path(task.checkpoint).parent.is_dir() else None


def is_one_network(estimator):
    """Return whether an estimator trains a network, and no more than one."""
    while isinstance(estimator, Pipeline | TransformedTargetRegressor):
        is_pipeline = isinstance(estimator, Pipeline)
        estimator = final_step(estimator) if is_pipeline else estimator.regressor
    return isinstance(estimator, GRUFrictionRegressor)


def _trained_regressor(estimator):
    """Return the only regressor inside with a learning curve, otherwise the last step."""
    curves = [each for each in predicting_estimators(estimator) if hasattr(each, "history_")]
    return curves[0] if len(curves) == 1 else final_step(estimator)


def _history(final):
    """Return the learning curve of a trained regressor, if it has one."""
    history = getattr(final, "history_", None)
    return history.copy() if isinstance(history, pd.DataFrame) else None


def _lowest_loss(estimator):
    """Return the lowest validation loss of the only regressor inside that has one."""
    losses = [
        each.best_validation_loss_
        for each in predicting_estimators(estimator)
        if getattr(each, "best_validation_loss_", None) is not None
    ]
    if len(losses) > 1:
        raise NoLossError(
            f"{type(final_step(estimator)).__name__} holds {len(losses)} regressors with a "
            "best_validation_loss_; expected exactly one to compare candidates. Give a splitter, "
            "cv=PurgedKFold(...), which scores their common prediction."
        )
    if not losses:
        raise NoLossError(
            f"{type(final_step(estimator)).__name__} has no best_validation_loss_ for comparing "
            "candidates; expected a regressor that validates while it trains, such as "
            "GRUFrictionRegressor(validation=0.2). For any other regressor give a splitter, "
            "cv=PurgedKFold(...)."
        )
    return float(losses[0])
