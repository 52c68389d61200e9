import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import ttest_1samp

from sklearn_frictiongru.utils.blocks import (
    autocorrelation_time,
    block_mean,
    cut_blocks,
    detectable_effect,
)


def test_blocks_are_equal_and_keep_to_runs():
    codes = np.repeat([0, 1, 2], [100, 35, 4])
    blocks = cut_blocks(codes, 10)
    sizes = np.bincount(blocks)
    assert sizes[:10].tolist() == [10] * 10
    assert sorted(sizes[10:13]) == [11, 12, 12]
    assert sizes[13:].tolist() == [4]
    for block in np.unique(blocks):
        assert len(np.unique(codes[blocks == block])) == 1


def test_equal_blocks_give_the_t_test_over_their_means():
    values = np.random.default_rng(0).normal(0.1, 1, 120)
    found = block_mean(values, np.repeat(np.arange(12), 10))
    expected = ttest_1samp(values.reshape(12, 10).mean(axis=1), 0, alternative="greater")
    assert found.n_blocks == pytest.approx(12)
    assert found.p_value() == pytest.approx(expected.pvalue)


def test_a_tiny_block_hardly_counts():
    blocks = np.repeat([0, 1, 2, 3], [50, 50, 50, 1])
    assert 2.9 < block_mean(np.arange(151.0), blocks).n_blocks < 3.1


def test_a_single_block_has_no_p_value():
    assert np.isnan(block_mean(np.ones(10), np.zeros(10, int)).p_value())


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_autocorrelation_time_of_an_autoregressive_process(correlation):
    shocks = np.random.default_rng(1).normal(size=100_000)
    values = lfilter([1], [1, -correlation], shocks)
    expected = (1 + correlation) / (1 - correlation)
    assert autocorrelation_time(values, np.zeros(100_000)) == pytest.approx(expected, rel=0.15)


def test_autocorrelation_time_leaves_gaps_out():
    values = lfilter([1], [1, -0.8], np.random.default_rng(1).normal(size=50_000))
    values[np.random.default_rng(2).random(50_000) < 0.5] = np.nan
    assert autocorrelation_time(values, np.zeros(50_000)) == pytest.approx(9, rel=0.2)


def test_autocorrelation_time_of_a_constant():
    assert autocorrelation_time(np.ones(20), np.zeros(20)) == 1


def test_a_detectable_effect_is_found_in_four_of_five_records():
    rng = np.random.default_rng(0)
    effect = detectable_effect(1 / np.sqrt(10), 10)
    samples = rng.normal(effect, 1, size=(2000, 10))
    found = ttest_1samp(samples, 0, axis=1, alternative="greater").pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.04)
    assert detectable_effect(1.0, 1) == np.inf
