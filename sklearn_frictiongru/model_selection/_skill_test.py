"""A test over blocks of rows whether a model has skill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student_t

from sklearn_frictiongru.utils.blocks import (
    LEVEL,
    autocorrelation_time,
    block_mean,
    cut_blocks,
    detectable_effect,
    effective_blocks,
    enough_blocks,
    longest_of,
    number_of_blocks,
    too_few_blocks,
)

SMALLEST_SKILL = 0.1
CORRELATION_TIMES = 2
"""Smallest number of autocorrelation times of the loss difference in a block. With one, 5 % of
pairs of random walks were "yes", with two 1.5 %, without loss of power
(benchmarks/bench_verdict.py)."""


class Comparison(NamedTuple):
    """A model compared with one baseline over blocks of rows."""

    baseline_mse: float
    skill: float
    skill_low: float
    skill_high: float
    p_value: float
    detectable_skill: float


@dataclass(frozen=True)
class SkillTest:
    """Result of `skill_test`.

    Attributes
    ----------
    verdict : {"yes", "not clear", "no"}
        Whether the model is better than the baselines.
    p_value : float
        Largest of the one-sided p-values against each baseline; NaN if there are too few blocks.
    skill : float
        1 - MSE / MSE of the best baseline over all scored rows.
    skill_low, skill_high : float
        One-sided 95 % confidence bounds of this skill. They are -infinity and 1 if there are too
        few blocks or the loss of the baseline differs too much between them.
    mean_difference : float
        MSE of the best baseline minus that of the model, in squared units of the target.
    baseline : str
        Name of the best baseline.
    n_blocks : float
        Number of blocks of rows. If their sizes differ, the number of blocks of equal size with
        the same information: the first block of a run has fewer rows, for lack of history, and
        so has a block at the edge of a part, so that four blocks of 100 rows and one of 70 count
        as 4.9.
    block_length : int
        Smallest number of rows that a run was cut into.
    longest_block : int
        Scored rows of the longest block.
    n_rows : int
        Number of scored rows.
    detectable_skill : float
        Skill against every baseline that the test would detect in 80 % of such records; infinite
        if there are too few blocks.
    against : dict of str to namedtuple
        The comparison with each baseline, by its name: ``skill``, ``skill_low``, ``skill_high``,
        ``p_value`` and ``detectable_skill`` as above, and ``baseline_mse``.

    See Also
    --------
    skill_test : Returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import skill_test
    >>> y = np.sin(np.arange(200.0))
    >>> print(skill_test(y, 0.9 * y, {"training mean": np.zeros(200)}, block_length=20))
    Yes: skill 0.99 (95 % bounds 0.99 and 0.99), p = 3.1e-14 over 10 blocks of up to 20 rows.
    """

    verdict: Literal["yes", "not clear", "no"]
    p_value: float
    skill: float
    skill_low: float
    skill_high: float
    mean_difference: float
    baseline: str
    n_blocks: float
    block_length: int
    longest_block: int
    n_rows: int
    detectable_skill: float
    against: dict[str, Comparison]

    def __str__(self) -> str:
        """Return the verdict and its numbers in a sentence."""
        if not enough_blocks(self.n_blocks):
            return (
                f"Not clear: {self._skill_in_words()}. No p-value and no bounds can be given: "
                f"{too_few_blocks(self.n_rows, self.n_blocks, self.longest_block)}."
            )
        found = (
            f"{self.verdict.capitalize()}: {self._skill_in_words()} ({self._bounds_in_words()}), "
            f"p = {self.p_value:.2g}{self._hardest_in_words()} over "
            f"{number_of_blocks(self.n_blocks)} blocks of up to {self.longest_block} rows."
        )
        if self.verdict != "not clear":
            return found
        if not self.detectable_skill < 1:
            return f"{found} These rows differ too much to show any skill."
        return f"{found} A skill of {self.detectable_skill:.2f} is found in 80 % of such records."

    def _skill_in_words(self) -> str:
        """Return the skill as text; it is undefined for a baseline without error."""
        if not np.isfinite(self.skill):
            return "no skill, since the best baseline has no error"
        return f"skill {self.skill:z.2f}"

    def _hardest_in_words(self) -> str:
        """Return the baseline that the p-value is against, where that is not the best one."""
        hardest = max(self.against, key=lambda name: self.against[name].p_value)
        return "" if hardest == self.baseline else f" (against {hardest.replace('_', ' ')})"

    def _bounds_in_words(self) -> str:
        """Return the bounds of the skill, or say that there are none."""
        if not np.isfinite(self.skill_low):
            return "no bounds, since the error of the baseline differs too much between the blocks"
        return f"95 % bounds {self.skill_low:z.2f} and {self.skill_high:z.2f}"


def skill_test(
    y: ArrayLike,
    predictions: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    block_length: int,
    scored: ArrayLike | None = None,
    run_codes: ArrayLike | None = None,
    smallest_skill: float = SMALLEST_SKILL,
) -> SkillTest:
    r"""Test over blocks of rows whether a model predicts better than naive baselines.

    Neighbouring rows are not independent, and all repeats of a training share the same rows:
    the sign of the skill says little. Squared errors are averaged over the repeats, and the
    loss difference, baseline minus model, is averaged over blocks of rows. The blocks are
    treated as independent: a one-sided t-test over them at 5 %, as Diebold and Mariano (1995)
    test equal accuracy, with the small-sample quantile of Student's distribution.

    - *yes*: the model is better than each of the baselines at 5 %.
    - *no*: the upper 95 % confidence bound of the skill is below `smallest_skill`: a model with
      that skill would be expected to predict these rows better.
    - *not clear*: neither, or fewer than five independent blocks.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Targets of the whole record, in the order of time inside each run.
    predictions : array-like of shape (n_rows,) or (n_repeats, n_rows)
        Predictions of one training or of several.
    baselines : mapping of str to array-like of shape (n_rows,) or (n_repeats, n_rows)
        Predictions of the baselines, by name; `rotated_predictions` returns them for a rotated
        holdout. If a baseline is another model, the squared errors of its repeats are averaged
        as well.
    block_length : int
        Smallest number of rows of a block: the longest window length, or the block of a rotated
        holdout if this is longer. Blocks are longer where two autocorrelation times of the loss
        difference are.
    scored : array-like of shape (n_scored,), default=None
        Numbers of the rows to compare on; the rows that every repeat predicts if None.
    run_codes : array-like of shape (n_rows,), default=None
        Run of each row; one run if None.
    smallest_skill : float, default=0.1
        Skill that *no* rules out.

    Returns
    -------
    SkillTest
        Verdict, p-value, skill with its bounds, blocks and power.

    Raises
    ------
    ValueError
        If there are no rows to compare on, no baselines, or the block length is below 1.

    See Also
    --------
    skill_score : The skill without a test.
    rotated_predictions : Predictions of the whole record by models that have not seen it.
    SkillTest : The class of the result.
    compare_window_lengths : The same test between window lengths.

    Notes
    -----
    With the block sums :math:`S_b` of the loss difference, blocks of :math:`n_b` rows and N
    rows in total, the standard error of the mean :math:`\bar d` is
    :math:`\sqrt{B / (B - 1) \sum_b (S_b - n_b \bar d)^2} / N`, which for blocks of
    equal size is the standard error of the mean of block means. There are :math:`N^2 / \sum_b n_b^2
    - 1` degrees of freedom. The bounds of the skill are those values s at which the test of
    :math:`(1 - s) \, \mathrm{loss}_\text{baseline} - \mathrm{loss}_\text{model}` is just not
    rejected (Fieller 1954). Requiring a rejection against each baseline keeps the level (Berger
    1982) without a correction.

    References
    ----------
    Diebold, F. X., Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business &
    Economic Statistics, 13(3), 253-263.

    Berger, R. L. (1982). Multiparameter hypothesis testing and acceptance sampling.
    Technometrics, 24(4), 295-300.

    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
    Society B, 16(2), 175-185.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import skill_test
    >>> rng = np.random.default_rng(0)
    >>> signal, noise = rng.normal(size=(2, 500))
    >>> y = signal + noise
    >>> mean = {"training mean": np.zeros(500)}
    >>> found = skill_test(y, signal, mean, block_length=20)
    >>> found.verdict, found.n_blocks, round(found.skill, 1)
    ('yes', 25.0, 0.5)
    >>> skill_test(y, 0.3 * rng.normal(size=500), mean, block_length=20).verdict
    'no'
    """
    y, predictions = np.asarray(y, dtype=np.float64), np.atleast_2d(np.asarray(predictions))
    run_codes = np.zeros(len(y), dtype=int) if run_codes is None else np.asarray(run_codes)
    if scored is None:
        scored = np.flatnonzero(np.isfinite(predictions).all(axis=0))
    scored = np.asarray(scored)
    if not len(scored) or not baselines or block_length < 1:
        raise ValueError(
            f"{len(scored)} scored rows, {len(baselines)} baselines and block_length="
            f"{block_length} were given; expected at least one of each."
        )
    model_loss = ((y - predictions) ** 2).mean(axis=0)
    losses = {
        name: ((y - np.atleast_2d(np.asarray(values))) ** 2).mean(axis=0)
        for name, values in baselines.items()
    }
    return compare_losses(model_loss, losses, scored, run_codes, block_length, smallest_skill)


def compare_losses(model_loss, losses, scored, run_codes, block_length, smallest_skill):
    """Test whether the loss of a model is lower than each of others, all of shape (n_rows,)."""
    best = min(losses, key=lambda name: losses[name][scored].mean())
    difference = np.full(len(model_loss), np.nan)
    difference[scored] = (losses[best] - model_loss)[scored]
    correlated = CORRELATION_TIMES * autocorrelation_time(difference, run_codes)
    length = max(int(block_length), int(np.ceil(correlated)))
    blocks = cut_blocks(run_codes, length)[scored]
    against = {
        name: _compare(loss[scored], model_loss[scored], blocks) for name, loss in losses.items()
    }
    n_blocks, found = effective_blocks(blocks), against[best]
    p_value = max(each.p_value for each in against.values())
    return SkillTest(
        verdict=_verdict(n_blocks, p_value, found.skill_high, smallest_skill),
        p_value=p_value,
        skill=found.skill,
        skill_low=found.skill_low,
        skill_high=found.skill_high,
        mean_difference=float(found.baseline_mse - model_loss[scored].mean()),
        baseline=best,
        n_blocks=n_blocks,
        block_length=length,
        longest_block=longest_of(blocks),
        n_rows=len(scored),
        detectable_skill=max(each.detectable_skill for each in against.values()),
        against=against,
    )


def _compare(baseline_loss, model_loss, blocks):
    """Compare the losses of a baseline and a model, (n_scored,) each."""
    mse = float(baseline_loss.mean())
    # If the baseline predicts the target exactly, no skill is possible.
    skill = float(1 - model_loss.mean() / mse) if mse > 0 else float("-inf")
    if not enough_blocks(effective_blocks(blocks)):
        return Comparison(mse, skill, float("-inf"), 1.0, float("nan"), float("inf"))
    difference = block_mean(baseline_loss - model_loss, blocks)
    low, high = _skill_bounds(block_mean(np.stack([baseline_loss, model_loss]), blocks))
    detectable = float("inf")
    if mse > 0:
        error = np.sqrt(difference.covariance[0, 0]) / mse
        detectable = detectable_effect(error, difference.n_blocks)
    # Few blocks may allow larger bounds, but no skill is above that of a perfect prediction.
    return Comparison(mse, skill, low, min(high, 1.0), difference.p_value(), detectable)


def _verdict(n_blocks, p_value, high, smallest_skill):
    """Return the verdict of a test."""
    if not enough_blocks(n_blocks):
        return "not clear"
    if p_value < LEVEL:
        return "yes"
    return "no" if high < smallest_skill else "not clear"


def _skill_bounds(of_losses):
    """Return the one-sided bounds of 1 - model loss / baseline loss, by Fieller's theorem."""
    baseline, model = of_losses.mean
    squared = student_t.ppf(1 - LEVEL, of_losses.n_blocks - 1) ** 2
    a = baseline**2 - squared * of_losses.covariance[0, 0]
    b = baseline * model - squared * of_losses.covariance[0, 1]
    c = model**2 - squared * of_losses.covariance[1, 1]
    # If the baseline loss differs too much between blocks, the ratio has no bounds.
    if not a > 0:
        return -np.inf, 1.0
    root = np.sqrt(max(b**2 - a * c, 0.0))
    return float(1 - (b + root) / a), float(1 - (b - root) / a)
