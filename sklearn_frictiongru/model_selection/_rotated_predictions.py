"""Predictions of a whole record by models that have not seen the rows that they predict."""

from __future__ import annotations

import os
import warnings

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch, _safe_indexing

from sklearn_frictiongru.model_selection._order import row_order
from sklearn_frictiongru.model_selection._run_holdout import TEST, TRAINING, RunHoldout
from sklearn_frictiongru.model_selection._train_once import final_step, one_quiet_thread
from sklearn_frictiongru.model_selection._training_store import training_key
from sklearn_frictiongru.model_selection._trainings import run_trainings, with_seed
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.skill import naive_baselines


def rotated_predictions(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    holdout: RunHoldout,
    *,
    n_repeats: int = 1,
    n_jobs: int | None = None,
    memory: str | os.PathLike[str] | joblib.Memory | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> Bunch:
    """Predict every row of a record by a model that has not seen it.

    One model is trained for each rotation of the holdout and predicts its test rows. An
    estimator that validates itself, such as `GRUFrictionRegressor`, takes the rotation as
    `validation`, so that the rows it stops on are never those it is tested on; any other is
    fitted to the training rows. Training is purged against validation and test rows.

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
        Trainings of each rotation, each with its own seed.
    n_jobs : int, default=None
        Trainings side by side, through joblib.
    memory : str, path-like or joblib.Memory, default=None
        Folder in which each finished training is stored at once.
    random_state : int, RandomState instance or None, default=None
        Where the seeds of the trainings are drawn from.
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
    skill_test : The test that these predictions are for.
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
    >>> found = rotated_predictions(LinearRegression(), X, y, RunHoldout(window_length=1))
    >>> found.block_length
    50
    >>> test = skill_test(y, found.predictions, found.baselines, block_length=found.block_length)
    >>> test.verdict, test.n_blocks
    ('yes', 10.0)
    """
    rotations = holdout.rotations()
    rng = np.random.RandomState(draw_seed(random_state))
    seeds = rng.randint(np.iinfo(np.int32).max, size=n_repeats)
    arguments = [
        (with_seed(estimator, seed), X, y, rotation) for seed in seeds for rotation in rotations
    ]
    keys = None
    if memory is not None:
        # A splitter is no estimator: its representation names all that it is made of.
        keys = [training_key("rotated", *rest, repr(last)) for *rest, last in arguments]
    trainings, _ = run_trainings(
        _predict_test_rows,
        arguments,
        keys=keys,
        costs=[1] * len(arguments),
        names=[f"for rotation {k}" for _ in seeds for k in range(len(rotations))],
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    )
    parts = [rotation.parts(X) for rotation in rotations]
    run_codes = row_order(X).run_codes
    predictions = np.full((n_repeats, len(run_codes)), np.nan)
    for number, training in enumerate(trainings):
        tested = parts[number % len(rotations)] == TEST
        predictions[number // len(rotations), tested] = training["predictions"]
    tested_by = np.full(len(run_codes), -1)
    baselines = {}
    for number, part in enumerate(parts):
        tested = part == TEST
        tested_by[tested] = number
        for name, values in naive_baselines(
            np.asarray(y), np.flatnonzero(part == TRAINING), run_codes
        ).items():
            baselines.setdefault(name, np.full(len(run_codes), np.nan))[tested] = values[tested]
    return Bunch(
        predictions=predictions,
        baselines=baselines,
        rotation=tested_by,
        block_length=_block_length(holdout, X),
    )


def _predict_test_rows(estimator, X, y, rotation):
    """Train on one rotation and predict its test rows."""
    final = final_step(estimator)
    validates = "validation" in final.get_params()
    with one_quiet_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if validates:
            final.set_params(validation=rotation)
            estimator.fit(X, y)
        else:
            training, _ = next(rotation.split(X))
            estimator.fit(_safe_indexing(X, training), _safe_indexing(y, training))
        predicted = np.asarray(estimator.predict(X), dtype=np.float64)
    tested = rotation.parts(X) == TEST
    return {
        "status": "finished",
        "interrupted": getattr(final, "interrupted_", False),
        "predictions": predicted[tested],
    }


def _block_length(holdout, X):
    """Return the rows of the longest block that one model predicts, at least a window's."""
    order = row_order(X)
    lengths = np.unique(order.run_codes, return_counts=True)[1]
    n_rounds = max(1, round(holdout.n_blocks * min(holdout.validation, holdout.test)))
    of_block = int(lengths.max() * holdout.test / n_rounds)
    return max(order.length_in_rows(holdout.window_length), of_block)
