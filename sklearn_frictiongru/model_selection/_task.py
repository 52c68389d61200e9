"""A training to run, and its result."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator


@dataclass(frozen=True, eq=False)
class Task:
    """A training that :func:`run_trainings` runs in parallel with others.

    Parameters
    ----------
    estimator : estimator
        Estimator to train, with its seed. It is fitted directly, without being cloned.
    X : array-like of shape (n_rows, ...)
        Data for the estimator. Pass the same object to all tasks that share it: workers then
        get it once.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Target.
    name : str
        Name of the training in messages and in the progress bar.
    train : ndarray of int, shape (n_train,), default=None
        Rows to train on, all if None.
    test : ndarray of int, shape (n_test,), default=None
        Rows to score, all if None.
    scorers : dict of callable or None, default=None
        Functions ``scorer(estimator, X, y)`` by name, called with the fitted estimator and the
        test rows, which return a number or an array. None takes the estimator's own lowest
        validation loss, `best_validation_loss_`, under the name "score".
    error_score : float or "raise", default="raise"
        Score of a training that fails; "raise" ends all trainings with its error.
    cost : float, default=1.0
        How long the training takes compared with the other tasks. The longest start first.
    stack : hashable, default=None
        Common label of tasks that differ only in the seed of their estimator. On a CUDA GPU
        they may be trained together.
    n_threads : int or None, default=1
        Threads of the training; as many as each library chooses if None.
    keep_estimator : bool, default=True
        Whether the result holds the trained estimator.
    fit_params : dict or None, default=None
        Further arguments of `fit` of the estimator, such as ``sample_weight``. Values with one
        entry per row are split like X.
    score_params : dict of dict or None, default=None
        Further arguments of the scorers, by scorer name; split like `fit_params`.
    callbacks : tuple or None, default=None
        Context of scikit-learn's callbacks, and the estimator whose `fit` this is part of.
    checkpoint : path-like or None, default=None
        File with the state of a network's training, from which it resumes. If there is a folder
        for the results, :func:`run_trainings` chooses it.
    loss_limits : tuple of float or None, default=None
        Limits of the lowest validation loss after epoch 1, 2, ... A training above one of them is
        stopped: its score is NaN and it has no estimator.

    See Also
    --------
    run_trainings : Runs tasks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn.metrics import get_scorer
    >>> from sklearn_frictiongru.model_selection import Task
    >>> X, y = np.zeros((4, 1)), np.arange(4.0)
    >>> task = Task(
    ...     DummyRegressor(), X, y, "the mean", scorers={"r2": get_scorer("r2")}
    ... )
    >>> task.error_score, task.n_threads
    ('raise', 1)
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    name: str
    train: NDArray[Any] | None = None
    test: NDArray[Any] | None = None
    scorers: Mapping[str, Callable[..., Any]] | None = None
    error_score: float | Literal["raise"] = "raise"
    cost: float = 1.0
    stack: Hashable = None
    n_threads: int | None = 1
    keep_estimator: bool = True
    fit_params: Mapping[str, Any] | None = None
    score_params: Mapping[str, Mapping[str, Any]] | None = None
    callbacks: tuple[Any, BaseEstimator] | None = None
    checkpoint: str | os.PathLike[str] | None = None
    loss_limits: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """Result of a :class:`Task`.

    Parameters
    ----------
    scores : dict
        Scores by the name of their scorer.
    estimator : estimator or None
        The trained estimator; None if the training failed or it was not to be kept.
    history : pandas.DataFrame of shape (n_epochs, n_columns) or None
        Learning curve of the regressor, its `history_`, if it has one.
    n_epochs, best_epoch : int
        Number of epochs trained, and the epoch of the lowest validation loss, counted from 1; 0
        for an estimator without epochs.
    n_training, n_validation : int
        Number of windows that a network was trained on and validated with.
    fit_time, score_time : float
        Duration [s].
    status : str
        "finished", "failed: ..." with the reason, or "stopped: ..." with the epoch in which the
        validation loss was above a limit.
    interrupted : bool
        Whether the training was ended by an interruption (Ctrl-C).

    See Also
    --------
    run_trainings : Returns the results of tasks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn.metrics import get_scorer
    >>> from sklearn_frictiongru.model_selection import Task, run_trainings
    >>> X, y = np.zeros((4, 1)), np.arange(4.0)
    >>> task = Task(
    ...     DummyRegressor(), X, y, "the mean", scorers={"r2": get_scorer("r2")}
    ... )
    >>> (result,) = run_trainings([task])
    >>> result.scores, result.status, result.n_epochs
    ({'r2': 0.0}, 'finished', 0)
    """

    scores: dict[str, Any]
    estimator: Any = None
    history: pd.DataFrame | None = None
    n_epochs: int = 0
    best_epoch: int = 0
    n_training: int = 0
    n_validation: int = 0
    fit_time: float = 0.0
    score_time: float = 0.0
    status: str = "finished"
    interrupted: bool = False
