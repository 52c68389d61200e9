"""What is wrong with a record, or cannot be shown with it, before anything is trained."""

from copy import copy

import numpy as np

from sklearn_frictiongru.study._split import longest_block
from sklearn_frictiongru.utils.blocks import (
    autocorrelation_time,
    block_mean,
    cut_blocks,
    enough_blocks,
    longest_of,
    needed_ratio,
    too_few_blocks,
)
from sklearn_frictiongru.utils.validation import column_names

SENTINELS = (-9999.0, -999.0, -99999.0, 9999.0, 99999.0, 1e30, -1e30, 1e20, -1e20, 9.96921e36)
FAR_OUTSIDE = 3
"""A sentinel lies as many times the range of the other values away from them, at least."""
DISGUISE = 0.999
WORST_DETECTABLE, UNLIKELY = 0.4, 0.95
"""Detectable skills above which a note says what the record can show, or that it can show none."""
KEPT_SHARE = 0.5


def check_record(X, y, settings, holdout, rows):
    """Raise where a record cannot be used; return notes on what it cannot show."""
    check_target(y)
    check_sentinels(X, y, getattr(y, "name", None) or "target")
    block, scored = settings.longest_window, rows.numbers("test")
    if settings.rotations:
        block = max(block, longest_block(rows.parts, rows.run_codes))
        scored = np.flatnonzero(rows.parts != "warm-up")
    n_training = {
        n: int((_for_window(holdout, n).parts(X) == "training").sum()) for n in settings.window_rows
    }
    return [
        *disguised_target_notes(X, y),
        *power_notes(y, rows.run_codes, block, scored),
        *purge_notes(n_training),
    ]


def _for_window(holdout, n_rows):
    """Return the same split with the purge of another window length."""
    other = copy(holdout)
    other.window_length = n_rows
    return other


def check_target(y):
    """Raise if the target is constant."""
    values = np.asarray(y, dtype=np.float64)
    if np.ptp(values) == 0:
        raise ValueError(
            f"the target is {values.flat[0]:g} in all {len(values)} rows; expected a target that "
            "varies. Choose another column or other rows."
        )


def check_sentinels(X, y, target_name="target"):
    """Raise where a value such as -9999 or 1e30 marks a missing value."""
    table = np.column_stack([np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    for name, column in zip(
        [*column_names(X, table.shape[1] - 1), target_name], table.T, strict=True
    ):
        for sentinel in SENTINELS:
            marked = np.isclose(column, sentinel, rtol=1e-6, atol=0)
            rest = column[~marked & np.isfinite(column) & (np.abs(column) < 1e19)]
            if not marked.any() or not len(rest):
                continue
            distance = max(rest.min() - sentinel, sentinel - rest.max())
            if distance > FAR_OUTSIDE * np.ptp(rest) and distance > 0:
                raise ValueError(
                    f"{name} is {sentinel:g} in {marked.sum()} rows, the first of them row "
                    f"{int(marked.argmax())}, and lies between {rest.min():g} and "
                    f"{rest.max():g} in the others: that looks like a mark for a missing value. "
                    "Drop these rows or fill them in."
                )


def disguised_target_notes(X, y):
    """Return a note on each input that is the target itself, up to a linear scale."""
    values, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    notes = []
    for name, column in zip(column_names(X, values.shape[1]), values.T, strict=True):
        if np.ptp(column) == 0:
            continue
        r2 = np.corrcoef(column, y)[0, 1] ** 2
        if r2 > DISGUISE:
            notes.append(
                f"The input {name} is the target in disguise: a straight line through {name} at "
                f"the same row explains {r2:.2%} of the target. A model with this input predicts "
                "the target from itself; leave it out."
            )
    return notes


def detectable_skill(y, run_codes, block_length, scored=None):
    r"""Return the smallest skill that these rows can show, and the number of their blocks.

    A model of skill s against the training mean leaves the errors e of variance 1 - s of a
    target of variance 1, so that its loss difference is :math:`f^2 + 2 f e` with a prediction f
    of variance s: it has the mean s, over B blocks the variance :math:`s^2 c^2 / B` of
    :math:`f^2`, with the coefficient of variation c of the target's squares between blocks, and
    over N rows that of :math:`2 f e`, :math:`4 s (1 - s) \tau / N` for e as autocorrelated as the
    target. s is found in 80 % of records where it is `needed_ratio` standard errors.
    """
    y = np.asarray(y, dtype=np.float64)
    scored = np.arange(len(y)) if scored is None else np.asarray(scored)
    centred = y - y[scored].mean()
    of_squares = block_mean(centred[scored] ** 2, cut_blocks(run_codes, block_length)[scored])
    if of_squares.n_blocks < 2 or not of_squares.mean[0] > 0:
        return float("inf"), of_squares.n_blocks
    ratio = needed_ratio(of_squares.n_blocks) ** 2
    between = of_squares.covariance[0, 0] / of_squares.mean[0] ** 2
    # Those of f e are the squares of the target's, whose sum is half that of the target's where
    # they fall exponentially.
    tau = (1 + autocorrelation_time(centred, run_codes)) / 2
    within = 4 * ratio * tau / len(scored)
    room = 1 - ratio * between + within
    return (float(within / room) if room > within else float("inf")), of_squares.n_blocks


def power_notes(y, run_codes, block_length, scored=None):
    """Return a note where the rows make up too few independent blocks to show much."""
    skill, n_blocks = detectable_skill(y, run_codes, block_length, scored)
    if not enough_blocks(n_blocks):
        scored = np.arange(len(y)) if scored is None else scored
        longest = longest_of(cut_blocks(run_codes, block_length)[scored])
        return [
            f"The verdict will be 'not clear': {too_few_blocks(len(scored), n_blocks, longest)}. "
            "Use a longer record or shorter windows."
        ]
    # Rounded: the test after training has blocks that fit the loss differences as well.
    blocks = f"about {n_blocks:.0f} independent blocks of rows"
    if not skill < UNLIKELY:
        return [
            f"A verdict of 'yes' is unlikely for this record: it has {blocks}, which differ much "
            "from each other."
        ]
    if skill > WORST_DETECTABLE:
        return [
            f"This record can only show a skill above {skill:.1f}, by an estimate from the target "
            f"before training: it has {blocks}."
        ]
    return []


def purge_notes(n_training):
    """Return a note where the longest window decides how much is left to train on.

    From the number of training rows that the purge of each window length [rows] leaves.
    """
    lengths = sorted(n_training)
    shortest, longest = n_training[lengths[0]], n_training[lengths[-1]]
    if len(lengths) < 2 or longest >= KEPT_SHARE * shortest:
        return []
    enough = max(n for n in lengths if n_training[n] >= KEPT_SHARE * shortest)
    return [
        f"The longest window decides the outcome: all lengths are trained on the {longest} rows "
        f"that the purge for {lengths[-1]} rows leaves, {longest / shortest:.0%} of the {shortest} "
        f"that {_rows(lengths[0])} would leave. Compare with a study whose longest window has "
        f"{_rows(enough)}."
    ]


def _rows(n):
    """Return a number of rows as text."""
    return f"{n} row{'' if n == 1 else 's'}"
