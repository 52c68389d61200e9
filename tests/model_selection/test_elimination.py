"""What is given up is hopeless, and the best candidate is given up as rarely as was promised."""

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from sklearn_frictiongru.model_selection._elimination import FEWEST_REPEATS, hopeless


def by_hand(ahead):
    """Return the one-sided p-value of Student's paired t-test."""
    ahead = np.asarray(ahead, dtype=float)
    statistic = ahead.mean() / (ahead.std(ddof=1) / np.sqrt(len(ahead)))
    return student.sf(statistic, df=len(ahead) - 1)


def race(gains, error_rate):
    """Run a race over known scores; return the repeats after which each was given up."""
    n_candidates, n_repeats = gains.shape
    alive = np.ones(n_candidates, dtype=bool)
    after = np.full(n_candidates, n_repeats)
    for done in range(FEWEST_REPEATS, n_repeats):
        known = np.full((n_candidates, done), np.nan)
        for candidate in range(n_candidates):
            seen = min(done, after[candidate])
            known[candidate, :seen] = gains[candidate, :seen]
        gone = np.isfinite(hopeless(known, alive, n_repeats, error_rate))
        assert not (gone & ~alive).any()
        after[gone] = done
        alive &= ~gone
    return after, alive


LEADER = [10.0, 10.2, 9.9, 10.1]
WORSE = [9.0, 9.3, 8.8, 9.2]


class TestByHand:
    def test_the_p_value_is_that_of_a_one_sided_paired_test(self):
        found = hopeless(np.array([WORSE, LEADER]), np.ones(2, dtype=bool), 20, 0.5)
        assert found[0] == pytest.approx(by_hand([1.0, 0.9, 1.1, 0.9]), rel=1e-9)
        # A mean of 0.975 with a standard error of 0.0479: t = 20.36 with three degrees of freedom.
        assert found[0] == pytest.approx(0.000129, rel=0.02)
        assert np.isnan(found[1])

    def test_the_seeds_are_paired(self):
        # The seeds differ by far more than the candidates; unpaired nothing could be told.
        seeds = np.array([0.0, 50.0, -30.0, 80.0])
        found = hopeless(
            np.array([np.add(LEADER, seeds), np.add(WORSE, seeds)]), np.ones(2, dtype=bool), 20, 0.5
        )
        assert found[1] == pytest.approx(by_hand([1.0, 0.9, 1.1, 0.9]), rel=1e-6)

    @pytest.mark.parametrize(("n_repeats", "rounds"), [(4, 1), (5, 2), (20, 17)])
    @pytest.mark.parametrize("n_candidates", [2, 5])
    def test_the_level_is_shared_among_rounds_and_rivals(self, n_repeats, rounds, n_candidates):
        p_value = by_hand([1.0, 0.9, 1.1, 0.9])
        # Rivals that nothing can be told of: they count for the level all the same.
        others = [[np.nan] * 4] * (n_candidates - 2)
        gains = np.array([LEADER, WORSE, *others])
        alive = np.ones(n_candidates, dtype=bool)
        threshold = p_value * rounds * (n_candidates - 1)
        above = hopeless(gains, alive, n_repeats, threshold * 1.001)
        below = hopeless(gains, alive, n_repeats, threshold * 0.999)
        assert above[1] == pytest.approx(p_value)
        assert np.isnan(below).all()

    def test_those_given_up_before_still_count_for_the_level(self):
        p_value = by_hand([1.0, 0.9, 1.1, 0.9])
        gains = np.array([LEADER, WORSE, WORSE])
        alive = np.array([True, True, False])
        assert np.isnan(hopeless(gains, alive, 4, p_value * 2 * 0.999)).all()
        found = hopeless(gains, alive, 4, p_value * 2 * 1.001)
        assert found[1] == pytest.approx(p_value)
        assert np.isnan(found[2])

    @pytest.mark.parametrize("n_repeats", [1, 2, 3])
    def test_a_race_that_is_too_short_has_one_round(self, n_repeats):
        found = hopeless(np.array([LEADER[:3], WORSE[:3]]), np.ones(2, dtype=bool), n_repeats, 0.05)
        assert found[1] == pytest.approx(by_hand([1.0, 0.9, 1.1]))

    @pytest.mark.parametrize("n_scores", [1, 2])
    def test_nothing_is_given_up_before_three_repeats(self, n_scores):
        assert FEWEST_REPEATS == 3
        gains = np.array([[100.0, 100.1], [0.0, 0.0]])[:, :n_scores]
        assert np.isnan(hopeless(gains, np.ones(2, dtype=bool), 20, 0.99)).all()

    def test_the_leader_is_the_one_with_the_best_mean_of_those_alive(self):
        best = np.add(LEADER, 5.0)
        gains = np.array([best, LEADER, WORSE])
        found = hopeless(gains, np.array([False, True, True]), 4, 0.5)
        assert np.isnan(found[:2]).all()
        assert found[2] == pytest.approx(by_hand(np.subtract(LEADER, WORSE)))

    def test_one_candidate_alone_stays(self):
        assert np.isnan(hopeless(np.array([LEADER]), np.ones(1, dtype=bool), 4, 0.99)).all()


class TestOddScores:
    def test_only_seeds_that_both_have_are_compared(self):
        leader = [10.0, np.nan, 10.2, 9.9, 10.1]
        worse = [9.0, 3.0, 9.3, np.nan, 9.0]
        found = hopeless(np.array([leader, worse]), np.ones(2, dtype=bool), 6, 0.9)
        assert found[1] == pytest.approx(by_hand([1.0, 0.9, 1.1]))

    def test_with_fewer_than_three_common_seeds_nothing_is_given_up(self):
        leader = [10.0, np.nan, np.nan, 9.9]
        found = hopeless(np.array([leader, WORSE]), np.ones(2, dtype=bool), 20, 0.99)
        assert np.isnan(found).all()

    def test_one_that_always_fails_neither_leads_nor_is_given_up(self):
        gains = np.array([[np.nan] * 4, LEADER, WORSE])
        found = hopeless(gains, np.ones(3, dtype=bool), 4, 0.5)
        assert np.isnan(found[:2]).all()
        assert found[2] == pytest.approx(by_hand(np.subtract(LEADER, WORSE)))

    def test_if_all_fail_nothing_is_given_up(self):
        found = hopeless(np.full((3, 4), np.nan), np.ones(3, dtype=bool), 4, 0.5)
        assert np.isnan(found).all()

    def test_infinite_scores_are_those_of_failures(self):
        gains = np.array([[np.inf, *LEADER], [9.0, *WORSE]])
        found = hopeless(gains, np.ones(2, dtype=bool), 6, 0.5)
        assert found[1] == pytest.approx(by_hand(np.subtract(LEADER, WORSE)))

    def test_identical_scores_are_not_told_apart(self):
        gains = np.array([LEADER, LEADER, LEADER])
        assert np.isnan(hopeless(gains, np.ones(3, dtype=bool), 20, 0.99)).all()

    def test_a_difference_without_any_spread_says_nothing(self):
        # A regressor that takes no seed has one score; a t-test would call any gap certain.
        gains = np.array([[2.0] * 4, [1.0] * 4])
        assert np.isnan(hopeless(gains, np.ones(2, dtype=bool), 20, 0.99)).all()

    def test_the_dead_are_not_given_up_again(self):
        gains = np.array([LEADER, WORSE, WORSE])
        found = hopeless(gains, np.array([True, False, True]), 4, 0.9)
        assert np.isnan(found[1])
        assert np.isfinite(found[2])


class TestErrorRate:
    """Over many races, of the kind that a sweep of window lengths runs."""

    N_RACES = 400

    def races(self, means, n_repeats, error_rate, spread_of_seeds):
        rng = np.random.default_rng(0)
        for _ in range(self.N_RACES):
            seeds = spread_of_seeds * rng.normal(size=n_repeats)
            own = rng.normal(size=(len(means), n_repeats))
            yield race(np.asarray(means)[:, None] + seeds + own, error_rate)

    @pytest.mark.parametrize("spread_of_seeds", [0.0, 3.0])
    def test_the_best_is_given_up_at_most_as_often_as_stated(self, spread_of_seeds):
        error_rate = 0.2
        # Hardly better: the worst case, in which it may look like the worst one.
        means = [0.0, 0.01, 0.0, 0.0]
        lost = sum(not alive[1] for _, alive in self.races(means, 8, error_rate, spread_of_seeds))
        assert lost <= binom.ppf(0.999, self.N_RACES, error_rate)
        # It is not for want of giving up.
        assert lost > 0

    def test_of_two_that_are_alike_each_is_given_up_at_most_as_often_as_stated(self):
        error_rate = 0.1
        races = list(self.races([0.0, 0.0], 10, error_rate, 2.0))
        lost_first = sum(not alive[0] for _, alive in races)
        lost_second = sum(not alive[1] for _, alive in races)
        for lost in (lost_first, lost_second):
            assert lost <= binom.ppf(0.999, self.N_RACES, error_rate)
        assert all(alive.any() for _, alive in races)

    def test_a_bad_candidate_is_given_up_soon_and_a_good_one_stays(self):
        n_repeats = 12
        races = list(self.races([0.0, -0.2, -6.0, -12.0], n_repeats, 0.05, 3.0))
        after = np.array([stopped for stopped, _ in races])
        assert np.median(after[:, 2]) <= 7
        assert np.median(after[:, 3]) <= 5
        assert (after[:, 2:] < n_repeats).mean() > 0.99
        stays = np.mean([alive[0] for _, alive in races])
        assert stays >= binom.ppf(0.001, self.N_RACES, 0.95) / self.N_RACES

    def test_a_lower_error_rate_gives_up_later(self):
        careful = np.array([s for s, _ in self.races([0.0, -3.0], 12, 0.001, 1.0)])
        bold = np.array([s for s, _ in self.races([0.0, -3.0], 12, 0.3, 1.0)])
        assert (careful[:, 1] >= bold[:, 1]).all()
        assert careful[:, 1].mean() > bold[:, 1].mean() + 2
