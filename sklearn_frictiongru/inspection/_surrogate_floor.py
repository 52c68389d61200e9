"""Trainings in which every input competes with surrogates of itself."""

import warnings
from functools import partial

import numpy as np
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection._gradient_importance import gradient_importance
from sklearn_frictiongru.inspection._surrogates import (
    surrogate_kind,
    surrogate_test,
    with_surrogates,
)
from sklearn_frictiongru.model_selection import Task, run_trainings
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.validation import column_names


def surrogate_floor(
    estimator,
    X,
    y,
    *,
    n_trainings=5,
    per_input=4,
    output=None,
    n_jobs=None,
    memory=None,
    random_state=None,
    verbose=0,
):
    """Train with new surrogates of every input in each training, and test each input against them.

    Returns a Bunch of ``relative`` and ``net``, tables of `surrogate_test` with one row per
    input, ``kind`` of the surrogates, and ``importances``, (n_trainings, 2, n_columns), relative
    and net, real inputs first.
    """
    rng = np.random.default_rng(draw_seed(random_state))
    starts = Runs.of(X).starts
    kind = surrogate_kind(X, starts)
    names = column_names(X, np.shape(X)[1])
    tasks = []
    for number in range(n_trainings):
        table, sources = with_surrogates(X, kind, rng, starts, per_input)
        tasks.append(
            Task(
                with_seed(estimator, int(rng.integers(np.iinfo(np.int32).max))),
                table,
                y,
                f"with surrogates of the inputs, number {number + 1}",
                scorers={"importances": partial(_importances, output=output)},
                keep_estimator=False,
            )
        )
    results = run_trainings(tasks, n_jobs=n_jobs, memory=memory, verbose=verbose)
    importances = np.array([result.scores["importances"] for result in results])
    tests = [
        surrogate_test(of[:, : len(names)], of[:, len(names) :], sources, names)
        for of in importances.transpose(1, 0, 2)
    ]
    return Bunch(relative=tests[0], net=tests[1], kind=kind, importances=importances)


def _importances(estimator, X, y, *, output):
    """Return relative and net importance of each column, (2, n_columns), before normalisation."""
    with warnings.catch_warnings():
        # The models that this is the floor of say so themselves.
        warnings.filterwarnings("ignore", message=".*(not interpretable|strongly correlated).*")
        found = gradient_importance(estimator, X, output=output)
    return np.array([found.by_lag.sum(axis=0), np.abs(found.signed_by_lag).sum(axis=0)])
