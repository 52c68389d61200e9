"""What has to hold of the splits of a sweep before anything is trained."""

import numpy as np
from sklearn.base import clone

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import WindowArray


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


def check_training_windows(pipeline, X, y):
    """Raise if a regressor that validates by itself trains on nothing of some run."""
    final = pipeline.steps[-1][1]
    windows = clone(pipeline[:-1]).fit_transform(X, y)
    if not isinstance(final, GRUFrictionRegressor) or not isinstance(windows, WindowArray):
        return
    training, _ = final.split_windows(windows, np.asarray(y))
    labels = np.asarray(windows.run_labels, dtype=object)
    of_windows = labels[windows.run_codes]
    wanted = set(labels)
    if hasattr(final.validation, "split"):
        # What a splitter has given to another part as a whole is not missed.
        (given, _), *_ = final.validation.split(windows, y)
        wanted = set(of_windows[given])
    missing = [label for label in wanted if label not in set(of_windows[training])]
    if missing:
        raise ValueError(
            f"the longest window has {windows.window_length} rows, which leaves no training "
            f"window in run {missing[0]!r} once validation={final.validation!r} and the purge "
            "are taken off. Leave out this window length or this run, or lower the purge by "
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
                f"{in_a_row} training rows after each other in {what}. Leave out this window "
                "length or this run; a shuffled split cuts runs into such pieces."
            )
