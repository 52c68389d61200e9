"""Checks of splits and scorers before anything is trained."""

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor, VotingRegressor
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection._purge import history_within
from sklearn_frictiongru.model_selection._scoring import windowed_scorer
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import WindowArray, find_window_steps
from sklearn_frictiongru.utils.nested import nested_estimators


def check_splits_inside(estimator, runs, longest_rows, X, y):
    """Raise if the splitter of a nested meta-estimator, such as a stack or a search, leaks."""
    for nested in nested_estimators(estimator):
        cv = nested.own_params().get("cv")
        holds_windows = bool(find_window_steps(nested.estimator))
        if hasattr(cv, "split") and (holds_windows or runs.carries_history):
            lowered = getattr(cv, "purge", None) is not None
            what = f"{nested.parameter('cv')}={cv!r}"
            check_splits(cv.split(X, y), runs, longest_rows, what, may_share=lowered)


def check_scorers(scorers, splits, runs, longest_rows, cv):
    """Raise if a scorer is made for shorter windows, or a split leaves it nothing to score."""
    for name, scorer in (scorers or {}).items():
        if not isinstance(scorer, windowed_scorer):
            continue
        n_rows = runs.rows_of(scorer.window_length)
        if n_rows < longest_rows:
            raise ValueError(
                f"{name}={scorer!r} scores rows with a history of {n_rows} rows, but the longest "
                f"window has {longest_rows} rows; expected at least as many. Set its "
                "window_length to the longest one, or give only its scoring."
            )
        for number, (_, test) in enumerate(splits):
            if not (history_within(runs[test]) >= n_rows).any():
                raise ValueError(
                    f"{name}={scorer!r} has nothing to score in split {number} of cv={cv!r}: none "
                    f"of its {len(test)} test rows has a full history of {n_rows} rows. Set the "
                    "window_length of both to the longest window, or use fewer folds, longer "
                    "runs, or a splitter with warmup=True."
                )


def check_splits(splits, runs, n_rows, what, *, may_share=False):
    """Raise if a training part shares rows with its test part, or is too short."""
    for number, (train, test) in enumerate(splits):
        if runs.carries_history:
            tested = np.zeros(runs.n_rows, dtype=bool)
            tested[test] = True
            shared = np.asarray(train)[runs.near(tested, n_rows - 1)[train]]
        else:
            shared = np.intersect1d(train, test)
        if len(shared) and not may_share:
            raise ValueError(
                f"split {number} of {what} leaks: {len(shared)} of its {len(train)} training "
                f"windows share rows with its test windows, the first at row {int(shared[0])}. "
                "Use PurgedKFold, PurgedTimeSeriesSplit, PurgedLeaveRunsOut or RunHoldout with "
                f"window_length={n_rows}."
            )
        if not runs.carries_history:
            _check_longest_stretch(train, runs, n_rows, f"split {number} of {what}")


def check_training_windows(estimator, X, y, groups=None):
    """Raise if a regressor with its own validation has no training window in some run."""
    for network, windows in _networks_with_windows(estimator, X, y, groups):
        if isinstance(windows, WindowArray):
            _check_training_windows(network, windows, y)


def _networks_with_windows(estimator, X, y, groups):
    """Yield each network inside an estimator with the windows that reach it, if these are known."""
    inside = []
    if isinstance(estimator, Pipeline):
        front = clone(estimator[:-1])
        if front.steps:
            labels = {"groups": groups} if groups is not None and find_window_steps(front) else {}
            X = front.fit_transform(X, y, **labels)
        inside = [estimator[-1]]
    elif isinstance(estimator, TransformedTargetRegressor):
        inside = [estimator.regressor]
    elif isinstance(estimator, VotingRegressor | StackingRegressor):
        inside = [each for _, each in estimator.estimators]
    elif isinstance(estimator, GRUFrictionEnsemble) and estimator.calibration is None:
        inside = [estimator.estimator or GRUFrictionRegressor()]
    elif isinstance(estimator, GRUFrictionRegressor):
        yield estimator, X
    for each in inside:
        yield from _networks_with_windows(each, X, y, groups)


def _check_training_windows(network, windows, y):
    """Raise if a network has no training window in some run."""
    training, _ = network.split_windows(windows, np.asarray(y))
    labels = np.asarray(windows.run_labels, dtype=object)
    of_windows = labels[windows.run_codes]
    wanted = set(labels)
    if hasattr(network.validation, "split"):
        # Runs that a splitter assigns completely to another part are not missing.
        (given, _), *_ = network.validation.split(windows, y)
        wanted = set(of_windows[given])
    missing = [label for label in wanted if label not in set(of_windows[training])]
    if missing:
        raise ValueError(
            f"the longest window has {windows.window_length} rows, which leaves no training "
            f"window in run {missing[0]!r} after validation={network.validation!r} and the purge "
            "are removed. Leave out this window length or this run, or lower the purge by "
            "name."
        )


def _check_longest_stretch(train, runs, n_rows, what):
    """Raise if the longest window does not fit into the training part of a run."""
    trained = np.zeros(runs.n_rows, dtype=bool)
    trained[train] = True
    trained, codes = trained[runs.order], runs.codes[runs.order]
    changes = np.append(True, (np.diff(trained) != 0) | (np.diff(codes) != 0))
    starts = np.flatnonzero(changes)
    lengths = np.diff(np.append(starts, runs.n_rows))[trained[starts]]
    labels = runs.label_codes[runs.order][starts[trained[starts]]]
    longest = np.zeros(labels.max(initial=-1) + 1, dtype=int)
    np.maximum.at(longest, labels, lengths)
    for label in np.unique(labels):
        in_a_row = longest[label]
        if in_a_row < n_rows:
            raise ValueError(
                f"the longest window has {n_rows} rows, but run number {label + 1} has at most "
                f"{in_a_row} consecutive training rows in {what}. Leave out this window "
                "length or this run; a shuffled split cuts runs into such pieces."
            )
