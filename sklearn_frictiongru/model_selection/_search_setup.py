"""What a search compares, and by which scores, checked before anything is trained."""

from copy import copy

import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer

from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    Runs,
    SlidingWindowTransformer,
    WindowArray,
    find_window_steps,
)
from sklearn_frictiongru.utils.nested import nested_estimators

DEFAULT_SCORING = "neg_mean_squared_error"


def candidate_of(estimator, params):
    """Return an estimator with the parameters of a candidate."""
    return clone(estimator).set_params(**clone(params, safe=False))


def common_max_gap(candidates):
    """Return the `max_gap` of all window steps of some estimators; None without any."""
    found = []
    for candidate in candidates:
        for step in find_window_steps(candidate):
            if step.estimator.max_gap not in found:
                found.append(step.estimator.max_gap)
    if len(found) > 1:
        raise ValueError(
            f"the window steps have different max_gap, {found[0]!r} and {found[1]!r}, so that "
            "their runs differ; expected one max_gap, for all to be compared on the same rows."
        )
    return found[0] if found else None


def window_rows(candidate, runs, X):
    """Return the rows of the longest window of a candidate, checked against the runs."""
    lengths = window_lengths_of(candidate)
    if not lengths:
        return X.window_length if isinstance(X, WindowArray) else 1
    rows = [runs.rows_of(length) for length in lengths]
    longest_run = int(runs.history.max())
    for length, n_rows in zip(lengths, rows, strict=True):
        if n_rows > longest_run:
            raise ValueError(
                f"window length {length!r} ({n_rows} rows) is longer than the longest run of "
                f"X ({longest_run} rows, n_samples={runs.n_rows}); leave it out or give "
                "longer runs."
            )
    return max(rows)


def window_lengths_of(estimator):
    """Return the window lengths of an estimator, those that a search inside tries included."""
    lengths = [step.estimator.window_length for step in find_window_steps(estimator)]
    for nested in nested_estimators(estimator):
        params = nested.own_params()
        lengths += list(params.get("window_lengths", ()))
        grids = params.get("param_grid") or params.get("param_distributions") or ()
        for grid in [grids] if isinstance(grids, dict) else grids:
            for name, values in grid.items():
                if name.rpartition("__")[2] == "window_length" and np.iterable(values):
                    lengths += list(values)
    return lengths


def on_common_rows(candidate, longest_rows):
    """Return a candidate, set up to train on the rows that the longest window leaves."""
    if not find_window_steps(candidate):
        return candidate
    settings = {}
    for nested in nested_estimators(candidate):
        if not nested.settable:
            continue
        if isinstance(nested.estimator, SlidingWindowTransformer):
            settings[nested.parameter("min_history")] = longest_rows
        elif isinstance(nested.estimator, GRUFrictionEnsemble) and not nested.estimator.estimator:
            member = GRUFrictionRegressor(purge=longest_rows - 1)
            settings[nested.parameter("estimator")] = member
        elif nested.own_params().get("purge", 0) is None:
            settings[nested.parameter("purge")] = longest_rows - 1
    return candidate.set_params(**settings)


def with_max_gap(cv, max_gap, runs, X, groups):
    """Return a splitter that sees the runs as the window step does."""
    own = getattr(cv, "max_gap", None)
    if (max_gap is None and own is None) or not hasattr(cv, "max_gap"):
        return cv
    if own is None:
        cv = copy(cv)
        cv.max_gap = max_gap
    elif not np.array_equal(Runs.of(X, groups=groups, max_gap=own).codes, runs.codes):
        raise ValueError(
            f"cv={cv!r} has max_gap={own!r}, the window step max_gap={max_gap!r}, so that they "
            "see different runs; expected the same. Leave that of cv out."
        )
    return cv


def scorers_by_name(scoring, longest_rows, max_gap, windowed):
    """Return the scorers of out-of-fold predictions by name."""
    scoring = scoring or DEFAULT_SCORING
    if isinstance(scoring, list | tuple):
        scoring = {name: name for name in scoring}
    elif not isinstance(scoring, dict):
        scoring = {"score": scoring}
    return {
        name: complete_rows_scorer(scorer, longest_rows, max_gap, windowed)
        for name, scorer in scoring.items()
    }


def complete_rows_scorer(scoring, longest_rows, max_gap, windowed):
    """Return a scorer that counts rows with a full history only."""
    # Unknown names are an error before anything is trained.
    scorer = get_scorer(scoring)
    if isinstance(scorer, windowed_scorer) or (not windowed and longest_rows == 1):
        return scorer
    # Only where there is one: the name of a stored training holds all attributes of a scorer.
    options = {} if max_gap is None else {"max_gap": max_gap}
    return windowed_scorer(scoring, longest_rows, **options)


def check_refit(refit, scorers, multimetric):
    """Raise if several scorers leave open which of them decides."""
    if multimetric and "time" in scorers:
        raise ValueError(
            "a scorer is named 'time', but score_time is what scoring took; expected another name."
        )
    if isinstance(refit, str) and not multimetric:
        raise ValueError(
            f"refit is {refit!r}, the name of a scorer, but there are not several; "
            "expected True or False, or scorers by name in scoring."
        )
    if not multimetric or refit is False or callable(refit):
        return
    if refit not in scorers:
        raise ValueError(
            f"refit is {refit!r}; with several scorers expected the name of the one "
            f"that decides, one of {list(scorers)}, a callable, or False."
        )
