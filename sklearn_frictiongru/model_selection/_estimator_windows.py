"""The window lengths of an estimator, and the runs of its windows."""

from copy import copy

import numpy as np
from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.linear_model import RANSACRegressor
from sklearn.multioutput import RegressorChain

from sklearn_frictiongru.preprocessing import (
    Runs,
    WindowArray,
    find_window_steps,
    fitted_window_steps,
)
from sklearn_frictiongru.utils.nested import nested_estimators, predicting_estimators
from sklearn_frictiongru.utils.validation import counts_rows, index_of

DRAW_ROWS = (AdaBoostRegressor, BaggingRegressor, RANSACRegressor)
"""Meta-estimators that train on rows drawn at random."""

DROP_INDEX = (RegressorChain, RFE, SequentialFeatureSelector)
"""Meta-estimators that pass on a plain array, without the runs and time of the table."""


def common_max_gap(candidates, cv):
    """Return the common `max_gap` of all window steps, or that of the splitter without any."""
    found = []
    for candidate in candidates:
        for step in find_window_steps(candidate):
            if step.estimator.max_gap not in found:
                found.append(step.estimator.max_gap)
    if len(found) > 1:
        raise ValueError(
            f"the window steps have different max_gap, {found[0]!r} and {found[1]!r}, so that "
            "their runs differ; expected one max_gap, so that all are compared on the same rows."
        )
    return found[0] if found else getattr(cv, "max_gap", None)


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
    """Return the window lengths of an estimator, including those that a nested search compares."""
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


def with_max_gap(cv, max_gap, runs, X, groups):
    """Return a splitter with the same runs as the window step."""
    own = getattr(cv, "max_gap", None)
    if (max_gap is None and own is None) or not hasattr(cv, "max_gap"):
        return cv
    if own is None:
        cv = copy(cv)
        cv.max_gap = max_gap
    elif not np.array_equal(Runs.of(X, groups=groups, max_gap=own).codes, runs.codes):
        raise ValueError(
            f"cv={cv!r} has max_gap={own!r}, the window step max_gap={max_gap!r}, so that their "
            "runs differ; expected the same max_gap. Leave out max_gap of cv."
        )
    return cv


def check_wrappers(estimator, X):
    """Raise if an estimator around a window step changes the order of rows or loses their runs."""
    for step in find_window_steps(estimator):
        for outer in step.around:
            name = type(outer).__name__
            if isinstance(outer, DRAW_ROWS):
                raise ValueError(
                    f"the window step {step.path!r} is inside a {name}, which draws rows at "
                    "random: windows need the rows in order. Put the window step before it: "
                    f"make_pipeline(SlidingWindowTransformer(flatten=True), {name}(...))."
                )
            index = index_of(X)
            if isinstance(outer, DROP_INDEX) and index is not None and not counts_rows(index):
                raise ValueError(
                    f"the window step {step.path!r} is inside a {name}, which passes on a plain "
                    "array: runs and time of X are lost. Put the window step before it: "
                    f"make_pipeline(SlidingWindowTransformer(flatten=True), {name}(...))."
                )


def check_windows_of_splitters(cv, estimator, runs, longest_rows):
    """Raise if a splitter, given or in the estimator, is made for shorter windows."""
    splitters = [("cv", cv)]
    for nested in nested_estimators(estimator):
        for name, value in nested.own_params().items():
            if hasattr(value, "split") and hasattr(value, "window_length"):
                splitters.append((nested.parameter(name), value))
    for name, splitter in splitters:
        length = getattr(splitter, "window_length", None)
        if length is None or getattr(splitter, "purge", None) is not None:
            continue
        if runs.rows_of(length) < longest_rows:
            raise ValueError(
                f"{name}={splitter!r} is made for windows of {length!r}, but the longest window "
                f"has {longest_rows} rows: training windows would share rows with those it "
                "tests. Set its window_length to the longest one."
            )


def longest_window(estimator):
    """Return the rows of the longest window that a fitted estimator predicts with."""
    parts = predicting_estimators(estimator)
    return max((getattr(part, "window_length_", 1) for part in parts), default=1)


def history_wanted(estimator):
    """Return the rows of history and the `max_gap` with which a fitted estimator was trained."""
    steps = fitted_window_steps(estimator)
    gaps = [step.max_gap for step in steps]
    return max((step.min_history_ for step in steps), default=1), gaps[0] if gaps else None


def check_scored_windows(estimator, n_rows, scorer):
    """Raise if a scorer counts rows without the full history of the windows it scores."""
    longest = longest_window(estimator)
    if n_rows < longest:
        raise ValueError(
            f"{type(estimator).__name__} predicts with windows of {longest} rows, but {scorer!r} "
            f"scores rows with a history of {n_rows} rows; expected at least as many. Set the "
            "window_length of scorer and splitter to the longest window."
        )
