"""Fluctuation and noise have the strength, the correlation and the independence they claim."""

import numpy as np
import pytest

from sklearn_frictiongru.datasets._measurement import (
    CHANNELS,
    draw_chance,
    fluctuation_factors,
)


def test_fluctuation_has_its_strength_and_its_time():
    numbers = np.random.default_rng(0).normal(size=200_000)
    logarithm = np.log(fluctuation_factors(numbers.copy(), 0.05, 10.0))
    assert logarithm.std() == pytest.approx(0.05, rel=0.02)
    assert abs(logarithm.mean()) < 0.002
    for lag in (1, 10, 20):
        correlation = np.corrcoef(logarithm[lag:], logarithm[:-lag])[0, 1]
        assert correlation == pytest.approx(np.exp(-lag / 10), abs=0.02)


def test_fluctuation_is_as_strong_in_the_first_row_as_later():
    generator = np.random.default_rng(0)
    first, later = np.transpose(
        [
            np.log(fluctuation_factors(generator.normal(size=41), 0.05, 10.0))[[0, 40]]
            for _ in range(4000)
        ]
    )
    assert first.std() == pytest.approx(0.05, rel=0.05)
    assert later.std() == pytest.approx(0.05, rel=0.05)


def test_no_strength_is_no_fluctuation():
    assert (fluctuation_factors(np.arange(5.0), 0.0, 10.0) == 1.0).all()


def test_every_run_and_channel_has_numbers_of_its_own():
    chance = draw_chance(0, 3, 20_000)
    series = [numbers for of_run in chance for numbers in of_run.values()]
    assert len(series) == 3 * (len(CHANNELS) + 1)
    correlations = np.corrcoef(series) - np.eye(len(series))
    assert np.abs(correlations).max() < 0.04
    assert np.std(series) == pytest.approx(1.0, abs=0.02)


def test_a_run_keeps_its_numbers_whatever_other_runs_there_are():
    alone, together = draw_chance(7, 1, 20)[0], draw_chance(7, 4, 20)[0]
    for channel in (*CHANNELS, "fluctuation"):
        np.testing.assert_array_equal(alone[channel], together[channel])
