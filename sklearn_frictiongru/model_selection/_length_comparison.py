"""Whether history matters, and how much of it is needed: paired tests of window lengths."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_frictiongru.model_selection._skill_test import (
    SMALLEST_SKILL,
    SkillTest,
    compare_losses,
)
from sklearn_frictiongru.model_selection._sweep_statistics import paired_p_value
from sklearn_frictiongru.utils.blocks import LEVEL

NOTED_DIFFERENCE = 0.01
"""Difference of test skills below which lengths count as equally good."""


@dataclass(frozen=True)
class LengthComparison:
    """Result of `compare_window_lengths`.

    Attributes
    ----------
    table : DataFrame of shape (n_lengths, 5)
        One row per window length [rows], with the columns ``validation_loss`` (mean over the
        repeats), ``test_skill``, ``p_seeds`` (one-sided, the best length has a lower
        validation loss: paired over the seeds), ``p_blocks`` (one-sided, the best length has
        lower squared errors: over blocks of test rows, NaN if these are too few) and
        ``distinguishable`` (whether one of the two is below 5 %).
    best_window_length : int
        Length with the lowest mean validation loss of those that were not given up.
    recommended_window_length : int
        Shortest length that is not distinguishable from the best, of those not given up.
    longer_window_length : int or None
        Best of the longer lengths, which `history` compares with the shortest. None for a single
        length.
    history : SkillTest or None
        Test over blocks of test rows whether the best of the longer lengths is better than the
        shortest: whether history matters. None for a single length.
    notes : list of str
        Disagreements between validation loss and test skill.

    See Also
    --------
    compare_window_lengths : Returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import compare_window_lengths
    >>> y = np.sin(np.arange(200.0))
    >>> comparison = compare_window_lengths(
    ...     {1: [0.4], 5: [0.1]},
    ...     {1: 0.5 * y[None], 5: 0.9 * y[None]},
    ...     y,
    ...     {"training mean": np.zeros(200)},
    ...     block_length=20,
    ...     scored=np.arange(200),
    ... )
    >>> comparison.table["test_skill"].round(2).to_dict()
    {1: 0.75, 5: 0.99}
    """

    table: pd.DataFrame
    best_window_length: int
    recommended_window_length: int
    longer_window_length: int | None
    history: SkillTest | None
    notes: list[str] = field(default_factory=list)


def compare_window_lengths(
    validation_losses: Mapping[int, ArrayLike],
    predictions: Mapping[int, ArrayLike],
    y: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    block_length: int,
    scored: ArrayLike,
    run_codes: ArrayLike | None = None,
    given_up: Collection[int] = (),
) -> LengthComparison:
    """Compare window lengths over seeds and over blocks of rows.

    The two tests answer two questions. Over seeds: which length has the lower loss on
    these validation rows when it is trained again? Over blocks: which length predicts this
    record better, in rows that were not used to choose the length? The test over blocks
    averages squared errors over the repeats, so that near-copies of one training do not count
    as evidence.

    Parameters
    ----------
    validation_losses : mapping of int to array-like of shape (n_repeats,)
        Lowest validation losses of the repeats of each window length [rows], with the same seeds
        in the same order. NaN for a failed training.
    predictions : mapping of int to array-like of shape (n_repeats, n_rows)
        Predictions of the same trainings. NaN for a failed training.
    y : array-like of shape (n_rows,)
        Targets of the whole record, in the order of time inside each run.
    baselines : mapping of str to array-like of shape (n_rows,)
        Predictions of the baselines, by name.
    block_length : int
        Smallest number of rows of a block: the longest window length.
    scored : array-like of shape (n_scored,)
        Numbers of the test rows: the same for all lengths, complete for the longest.
    run_codes : array-like of shape (n_rows,), default=None
        Run of each row; one run if None.
    given_up : collection of int, default=()
        Lengths [rows] that successive elimination gave up, with NaN for what was not trained to
        its end. They are compared over the repeats that both lengths have, and are neither
        best nor recommended. If all longer lengths were given up, the best of these is the one
        with the most repeats.

    Returns
    -------
    LengthComparison
        Table, best and recommended length, and whether history matters.

    Raises
    ------
    ValueError
        If the window lengths of losses and predictions differ, there are no rows, or all lengths
        were given up.

    See Also
    --------
    skill_test : The same test against the baselines.
    LengthComparison : The class of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import compare_window_lengths
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=400)
    >>> errors = {1: 0.9, 10: 0.5, 20: 0.5}
    >>> comparison = compare_window_lengths(
    ...     {1: [0.81, 0.83], 10: [0.26, 0.25], 20: [0.25, 0.25]},
    ...     {
    ...         length: y + error * rng.normal(size=(2, 400))
    ...         for length, error in errors.items()
    ...     },
    ...     y,
    ...     {"training mean": np.zeros(400)},
    ...     block_length=20,
    ...     scored=np.arange(400),
    ... )
    >>> comparison.best_window_length, comparison.recommended_window_length
    (20, 10)
    >>> comparison.history.verdict
    'yes'
    """
    lengths, scored = sorted(validation_losses), np.asarray(scored)
    if lengths != sorted(predictions) or not len(scored):
        raise ValueError(
            f"validation losses of the window lengths {lengths}, predictions of "
            f"{sorted(predictions)} and {len(scored)} scored rows were given; expected the same "
            "window lengths and at least one row."
        )
    kept = [length for length in lengths if length not in given_up]
    if not kept:
        raise ValueError(
            f"all window lengths {lengths} were given up; expected at least one with all repeats."
        )
    y = np.asarray(y, dtype=np.float64)
    run_codes = np.zeros(len(y), dtype=int) if run_codes is None else np.asarray(run_codes)
    losses = {length: np.asarray(validation_losses[length], dtype=float) for length in lengths}
    errors = {length: (y - np.atleast_2d(predictions[length])) ** 2 for length in lengths}
    by_row = {length: np.nanmean(errors[length], axis=0) for length in lengths}
    baseline = min(((y - np.asarray(b))[scored] ** 2).mean() for b in baselines.values())
    means = {length: np.nanmean(losses[length]) for length in lengths}
    best = min(kept, key=means.__getitem__)

    def over_blocks(length, other):
        one, another = by_row[length], by_row[other]
        common = np.isfinite(losses[length]) & np.isfinite(losses[other])
        # With fewer repeats the errors of a length that was given up are those of other seeds.
        if given_up and common.any():
            one, another = (errors[n][common].mean(axis=0) for n in (length, other))
        return compare_losses(
            one,
            {f"window length {other}": another},
            scored,
            run_codes,
            block_length,
            SMALLEST_SKILL,
        )

    others = [length for length in lengths if length != best]
    table = pd.DataFrame(
        {
            "validation_loss": means,
            "test_skill": {n: 1 - by_row[n][scored].mean() / baseline for n in lengths},
            "p_seeds": {n: paired_p_value(-losses[n], -losses[best]) for n in others},
            "p_blocks": {n: over_blocks(best, n).p_value for n in others},
        },
        index=pd.Index(lengths, name="window_length"),
    )
    table["distinguishable"] = (table[["p_seeds", "p_blocks"]] < LEVEL).any(axis=1)
    history = longer = None
    if len(lengths) > 1:
        longer = _best_of(lengths[1:], means, losses, given_up)
        history = over_blocks(longer, lengths[0])
    on_test = {n: errors[n][:, scored].mean(axis=1) for n in lengths}
    return LengthComparison(
        table=table,
        best_window_length=best,
        recommended_window_length=min(n for n in kept if not table["distinguishable"][n]),
        longer_window_length=longer,
        history=history,
        notes=_disagreements(table["test_skill"][kept], {n: on_test[n] for n in kept}, best),
    )


def _best_of(lengths, means, losses, given_up):
    """Return the best of some lengths, one that was not given up if there is one."""
    kept = [length for length in lengths if length not in given_up]
    if kept:
        return min(kept, key=means.__getitem__)
    # Means over different repeats cannot be compared.
    return min(lengths, key=lambda n: (-np.isfinite(losses[n]).sum(), means[n]))


def _disagreements(skills, on_test, best):
    """Return notes on lengths that are better on test rows than the best by validation loss."""
    others = skills.drop(best).sort_values(ascending=False)
    if len(others) == 0 or not others.iloc[0] > skills[best]:
        return []
    found = f"test skill {others.iloc[0]:.3f} with {_rows(others.index[0])}"
    mine = f"{skills[best]:.3f} with {_rows(best)}, the length with the lowest validation loss"
    if len(others) > 1 and skills[best] < others.iloc[-1] - NOTED_DIFFERENCE:
        return [
            f"Validation loss and test skill disagree: {found}, {mine}, which has the lowest "
            "test skill of all lengths."
        ]
    p_value = paired_p_value(-on_test[best], -on_test[others.index[0]])
    # Each of the other lengths could have been the best by chance.
    if p_value * len(others) < LEVEL:
        return [
            f"Validation loss and test skill disagree: {found}, {mine} "
            f"(p = {p_value * len(others):.2g} over the seeds)."
        ]
    return []


def _rows(length):
    """Return a number of rows as text."""
    return f"{length} row{'' if length == 1 else 's'}"
