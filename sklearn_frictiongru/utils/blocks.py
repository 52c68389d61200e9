"""Tests of means over autocorrelated rows, by blocks of rows."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

LEVEL, POWER = 0.05, 0.8
"""Level of the one-sided tests, and their power against a detectable effect."""
FEWEST_BLOCKS = 5
"""Smallest number of independent blocks for a verdict."""


@dataclass(frozen=True)
class BlockMean:
    """A mean over rows with its standard error, estimated from blocks."""

    mean: np.ndarray
    # Covariance of the means, shape (n_series, n_series).
    covariance: np.ndarray
    # Number of blocks, of equal size, that would give the same degrees of freedom.
    n_blocks: float

    def p_value(self):
        """Return the one-sided p-value of the first series against a mean of zero or less."""
        mean, error = self.mean[0], np.sqrt(self.covariance[0, 0])
        if self.n_blocks < 2 or not np.isfinite(error):
            return float("nan")
        if error == 0:
            return 0.0 if mean > 0 else 1.0
        return float(student_t.sf(mean / error, self.n_blocks - 1))


def enough_blocks(n_blocks):
    """Return whether an effective number of blocks, as it is printed, suffices for a test."""
    # Five blocks that differ by a few rows count as 4.99.
    return round(n_blocks, 1) >= FEWEST_BLOCKS


def number_of_blocks(n_blocks):
    """Return an effective number of blocks as text."""
    return f"{round(n_blocks, 1):g}"


def too_few_blocks(n_rows, n_blocks, longest):
    """Say that rows make too few blocks for a test."""
    found = number_of_blocks(n_blocks)
    blocks = "1 independent block" if found == "1" else f"{found} independent blocks"
    why = " (a block that is cut short counts less)" if "." in found else ""
    return (
        f"these {n_rows:,} rows lie in {blocks} of up to {longest:,} rows{why}, and "
        f"{FEWEST_BLOCKS} are needed"
    )


def members_of(codes):
    """Return the positions of the rows of each run, of codes (n_rows,), by ascending code."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(np.asarray(codes)[order])) + 1)


def cut_blocks(run_codes, block_length):
    """Cut each run into equal blocks of at least `block_length` rows; (n_rows,) block numbers.

    A run that is shorter is one block.
    """
    blocks = np.empty(len(run_codes), dtype=int)
    n_blocks = 0
    for members in members_of(run_codes):
        here = max(1, len(members) // int(block_length))
        blocks[members] = n_blocks + np.arange(len(members)) * here // len(members)
        n_blocks += here
    return blocks


def block_mean(values, blocks):
    """Average rows of shape (n_series, n_rows), with the covariance between blocks.

    It is the cluster-robust covariance: for blocks of equal size that of the mean of the block
    means.
    """
    values = np.atleast_2d(values)
    _, codes, sizes = np.unique(blocks, return_inverse=True, return_counts=True)
    n_blocks = len(sizes)
    mean = values.mean(axis=1)
    residuals = np.stack([np.bincount(codes, weights=row, minlength=n_blocks) for row in values])
    residuals -= mean[:, None] * sizes
    covariance = np.full((len(values), len(values)), np.nan)
    if n_blocks > 1:
        covariance = residuals @ residuals.T / sizes.sum() ** 2 * n_blocks / (n_blocks - 1)
    return BlockMean(mean, covariance, effective_blocks(blocks))


def effective_blocks(blocks):
    """Return the number of blocks (n_rows,) of equal size with the same information."""
    sizes = np.unique(blocks, return_counts=True)[1]
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def longest_of(blocks):
    """Return the rows of the longest of some blocks (n_rows,)."""
    return int(np.unique(blocks, return_counts=True)[1].max())


def autocorrelation_time(values, run_codes):
    """Return the rows after which values are independent, 1 + 2 times their autocorrelations.

    The sum ends before the first autocorrelation that is not positive. Rows whose value is NaN
    are left out.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    centred = np.where(known, values - np.mean(values, where=known), 0.0)
    longest = int(np.unique(run_codes, return_counts=True)[1].max())
    products, pairs = np.zeros(longest), np.zeros(longest)
    for members in members_of(run_codes):
        here = _lagged_sums(centred[members])
        products[: len(here)] += here
        pairs[: len(here)] += np.rint(_lagged_sums(known[members].astype(np.float64)))
    if not products[0] > 0:
        return 1.0
    lags = (pairs > 0) & (np.arange(longest) <= longest // 2)
    correlations = np.zeros(longest)
    correlations[lags] = (products[lags] / pairs[lags]) / (products[0] / pairs[0])
    last = int(np.argmax(correlations <= 0)) if (correlations <= 0).any() else longest
    return float(1 + 2 * correlations[1:last].sum())


def detectable_effect(error, n_blocks):
    """Return the mean that a one-sided 5 % test would detect in 80 % of records."""
    if n_blocks < 2:
        return float("inf")
    return float(needed_ratio(n_blocks) * error)


def needed_ratio(n_blocks):
    """Return how many standard errors a mean must have to be detected in 80 % of records."""
    quantiles = student_t.ppf([1 - LEVEL, POWER], n_blocks - 1)
    return float(quantiles.sum())


def _lagged_sums(values):
    """Return the sums of products of values with those some rows later, by lag."""
    n = len(values)
    spectrum = np.fft.rfft(values, 2 * n)
    return np.fft.irfft(spectrum * spectrum.conj(), 2 * n)[:n]
