"""Which windows are trained on and which validate."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from sklearn_frictiongru.preprocessing._overlap import windows_within


@dataclass(frozen=True)
class WindowOrder:
    """Where windows stand in their record."""

    # (n_windows,): Run of each window.
    run_codes: np.ndarray
    # (n_windows,): Number of the last row of each window.
    last_rows: np.ndarray
    # (n_windows,): Whether each window has its full history.
    complete: np.ndarray


def split_training_windows(windows, order, y, *, validation, purge, stride, name="validation"):
    """Choose the windows to train on and those to validate with."""
    by_row = np.lexsort((order.last_rows, order.run_codes))
    candidates = by_row[order.complete[by_row]]
    if validation is None:
        training, validating = candidates, candidates[:0]
    elif isinstance(validation, Real):
        validating = _tails(candidates, order.run_codes, validation)
        training = candidates[~np.isin(candidates, validating)]
    else:
        training, validating = _only_split(validation, windows, y, name)
        training = candidates[np.isin(candidates, training)]
        validating = candidates[np.isin(candidates, validating)]
    # Without any complete window there is nothing to train on either, which says more.
    if validation is not None and len(candidates) and not len(validating):
        raise ValueError(
            f"no complete window is left for {name}={validation!r}, of {len(candidates)} "
            f"complete windows. Take a larger share, a shorter window length, or {name}=None; if "
            "the runs are long, a shuffled split has cut them into pieces: use PurgedKFold or "
            "RunHoldout."
        )
    shares_rows = windows_within(
        order.last_rows[training],
        order.run_codes[training],
        order.last_rows[validating],
        order.run_codes[validating],
        purge,
    )
    kept = training[~shares_rows]
    return _every(kept, order.run_codes, stride), validating, int(shares_rows.sum())


def _tails(candidates, run_codes, share):
    """Return the last windows of each run, `share` of them."""
    tails = []
    runs = run_codes[candidates]
    for run in np.unique(runs):
        members = candidates[runs == run]
        n_tail = round(share * len(members))
        tails.append(members[len(members) - n_tail :])
    return np.concatenate(tails) if tails else candidates[:0]


def _only_split(validation, windows, y, name):
    """Return the one split of a splitter."""
    if isinstance(validation, str):
        # A string has a method `split` as well.
        raise ValueError(
            f"{name} is {validation!r}; expected a share such as 0.2, a splitter such as "
            "RunHoldout, or None."
        )
    splits = list(validation.split(windows, y))
    if len(splits) != 1:
        raise ValueError(
            f"{name}={validation!r} gives {len(splits)} splits; expected one. Use "
            "RunHoldout, or a share such as 0.2."
        )
    return splits[0]


def _every(training, run_codes, stride):
    """Return every `stride`-th of the windows of each run."""
    if stride == 1:
        return training
    runs = run_codes[training]
    return np.concatenate(
        [training[runs == run][::stride] for run in np.unique(runs)] or [training]
    )
