"""The split of windows into training and validation."""

from numbers import Real

import numpy as np


def split_training_windows(
    windows, y, sample_weight=None, *, validation, purge, stride, name="validation"
):
    """Choose the windows to train on and those to validate with, and count those purged."""
    runs = windows.runs
    candidates = runs.order[trainable(windows, sample_weight)[runs.order]]
    if validation is None:
        training, validating = candidates, candidates[:0]
    elif isinstance(validation, Real):
        validating = _tails(candidates, runs.codes, validation)
        training = candidates[~np.isin(candidates, validating)]
    else:
        training, validating = _only_split(validation, windows, y, name)
        training = candidates[np.isin(candidates, training)]
        validating = candidates[np.isin(candidates, validating)]
    # Without any complete window there is no training either, whose error is more helpful.
    if validation is not None and len(candidates) and not len(validating):
        raise ValueError(
            f"no complete window is left for {name}={validation!r}, of {len(candidates)} "
            f"complete windows. Use a larger share, a shorter window length, or {name}=None; if "
            "the runs are long, a shuffled split has cut them into pieces: use PurgedKFold or "
            "RunHoldout."
        )
    validates = np.zeros(len(windows), dtype=bool)
    validates[validating] = True
    strict = purge is None
    distance = windows.window_length - 1 if strict else runs.rows_of(purge, "purge", minimum=0)
    shares_rows = runs.near(validates, distance)[training]
    kept = training[~shares_rows]
    training = _every(kept, runs.codes, stride)
    return training.astype(np.intp), validating.astype(np.intp), int(shares_rows.sum())


def trainable(windows, sample_weight):
    """Mark the complete windows, without those of weight zero (n_windows,)."""
    complete = windows.complete
    return complete if sample_weight is None else complete & (sample_weight > 0)


def _tails(candidates, run_codes, share):
    """Return the last windows of each run, `share` of them."""
    codes = run_codes[candidates]
    lengths = np.bincount(codes)
    # As Python rounds: half to even.
    kept = lengths - np.rint(float(share) * lengths).astype(int)
    return candidates[_place_in_run(codes) >= kept[codes]]


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
    return training[_place_in_run(run_codes[training]) % stride == 0]


def _place_in_run(codes):
    """Return the place of each row in its run (n_rows,), of sorted run codes (n_rows,)."""
    numbers = np.arange(len(codes), dtype=codes.dtype)
    begins = np.append(True, codes[1:] != codes[:-1])[: len(codes)]
    return numbers - np.maximum.accumulate(np.where(begins, numbers, 0))
