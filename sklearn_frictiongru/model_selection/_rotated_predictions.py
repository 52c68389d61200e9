"""Predictions of a whole record by models that have not seen the rows that they predict."""

from __future__ import annotations

import os

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from sklearn_frictiongru.model_selection._run_holdout import TEST, TRAINING, RunHoldout
from sklearn_frictiongru.model_selection._task import Task
from sklearn_frictiongru.model_selection._train_once import final_step
from sklearn_frictiongru.model_selection._training_folder import TrainingFolder
from sklearn_frictiongru.model_selection._trainings import run_trainings
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.skill import naive_baselines


def rotated_predictions(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    holdout: RunHoldout,
    *,
    n_repeats: int = 1,
    n_jobs: int | None = None,
    memory: str | os.PathLike[str] | joblib.Memory | TrainingFolder | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> Bunch:
    """Predict every row of a record by a model that has not seen it.

    One model is trained for each rotation of the holdout and predicts its test rows. An
    estimator that validates itself, such as `GRUFrictionRegressor`, takes the rotation as
    `validation`, so that early stopping never uses the rows it is tested on. Any other
    estimator is fitted to the training rows. Training is purged against validation and test rows.

    Parameters
    ----------
    estimator : estimator
        Regressor, or pipeline that ends in one. It is cloned.
    X : array-like of shape (n_rows, n_features)
        Rows, time-ordered inside each run.
    y : array-like of shape (n_rows,)
        Targets.
    holdout : RunHoldout
        Split to rotate; see `RunHoldout.rotations`.
    n_repeats : int, default=1
        Number of trainings of each rotation, each with its own seed.
    n_jobs : int, default=None
        Number of trainings in parallel, through joblib.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each training is stored as soon as it finishes.
    random_state : int, RandomState instance or None, default=None
        Source of the seeds of the trainings.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        - ``predictions`` : ndarray of shape (n_repeats, n_rows), NaN in rows without full
          history.
        - ``baselines`` : dict of ndarray of shape (n_rows,), the predictions
          ``training_mean`` and ``last_training_target`` from the training rows of the
          rotation that tests the row.
        - ``rotation`` : ndarray of shape (n_rows,), the rotation that tests the row.
        - ``block_length`` : int, rows of the longest block that one model predicts, or those of the
          window if it is longer: the `block_length` of `skill_test`.

    Raises
    ------
    ValueError
        If the holdout cannot be rotated, or as the estimator's `fit`.

    See Also
    --------
    skill_test : Tests these predictions.
    out_of_fold_predictions : The same for any splitter, without validation inside.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn_frictiongru.model_selection import (
    ...     RunHoldout,
    ...     rotated_predictions,
    ...     skill_test,
    ... )
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 2))
    >>> y = X[:, 0] + rng.normal(size=500)
    >>> found = rotated_predictions(
    ...     LinearRegression(), X, y, RunHoldout(window_length=1)
    ... )
    >>> found.block_length
    50
    >>> test = skill_test(
    ...     y, found.predictions, found.baselines, block_length=found.block_length
    ... )
    >>> test.verdict, test.n_blocks
    ('yes', 10.0)
    """
    rotations = holdout.rotations()
    parts = [rotation.parts(X) for rotation in rotations]
    rng = np.random.RandomState(draw_seed(random_state))
    seeds = rng.randint(np.iinfo(np.int32).max, size=n_repeats)
    tasks = [
        _task(with_seed(estimator, seed), X, y, rotation, number)
        for seed in seeds
        for number, rotation in enumerate(rotations)
    ]
    results = iter(run_trainings(tasks, n_jobs=n_jobs, memory=memory, verbose=verbose))
    runs = Runs.of(X, max_gap=holdout.max_gap)
    found = Results(
        predictions=np.full((n_repeats, runs.n_rows), np.nan),
        baselines={},
        rotation=np.full(runs.n_rows, -1),
        block_length=_block_length(holdout, runs),
    )
    for repeat in range(n_repeats):
        for part in parts:
            tested = part == TEST
            found.predictions[repeat, tested] = next(results).scores["predictions"][tested]
    for number, part in enumerate(parts):
        tested = part == TEST
        found.rotation[tested] = number
        baselines = naive_baselines(np.asarray(y), np.flatnonzero(part == TRAINING), runs.codes)
        for name, values in baselines.items():
            everywhere = found.baselines.setdefault(name, np.full(runs.n_rows, np.nan))
            everywhere[tested] = values[tested]
    return found


def _task(estimator, X, y, rotation, number):
    """Return the training of one rotation, scored with its predictions of all rows."""
    training = None
    if "validation" in final_step(estimator).get_params():
        final_step(estimator).set_params(validation=rotation)
    else:
        training, _ = next(rotation.split(X))
    return Task(
        estimator,
        X,
        y,
        f"rotation {number}",
        train=training,
        scorers={"predictions": _predictions},
        keep_estimator=False,
    )


def _predictions(estimator, X, y):
    return np.asarray(estimator.predict(X), dtype=np.float64)


def _block_length(holdout, runs):
    """Return the rows of the longest block that one model predicts, at least a window's."""
    n_rounds = max(1, round(holdout.n_blocks * min(holdout.validation, holdout.test)))
    of_block = int(runs.lengths.max() * holdout.test / n_rounds)
    return max(runs.rows_of(holdout.window_length), of_block)
