"""The race for the recommended length stops what cannot matter, and nothing that could."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_1samp
from sklearn.exceptions import FitFailedWarning

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    TrainingResult,
    WindowLengthSearchCV,
    _train_once,
)
from sklearn_frictiongru.model_selection._racing import (
    NOT_BETTER,
    WORSE,
    foreseen,
    limits_and_improvements,
    run_race,
)
from sklearn_frictiongru.model_selection._train_once import within_limits
from sklearn_frictiongru.neural_network import first_epoch_above
from tests.model_selection._searches import make_record, small_gru, without_times


class Scripted:
    """Trainings whose learning curves are known, of shape (n_candidates, n_repeats, n_epochs)."""

    def __init__(self, curves):
        self.curves = np.asarray(curves, dtype=float)
        self.results = [None] * (self.curves.shape[0] * self.curves.shape[1])
        self.limits = {}
        self.order = []

    def whole(self, i):
        curve = self.curves.reshape(-1, self.curves.shape[2])[i]
        history = pd.DataFrame({"validation_loss": curve})
        return TrainingResult({"score": curve.min()}, history=history, n_epochs=len(curve))

    def run(self, numbers):
        for i in numbers:
            if self.results[i] is None:
                self.order.append(divmod(i, self.curves.shape[1]))
                self.results[i] = within_limits(self.whole(i), self.limits.get(i))

    def limit(self, numbers, limits):
        self.limits.update(dict.fromkeys(numbers, limits))
        for i in numbers:
            if self.results[i] is not None:
                self.results[i] = within_limits(self.whole(i), limits)

    def run_whole(self, numbers):
        for i in numbers:
            self.results[i] = self.whole(i)

    def leave_out(self, numbers):
        pass

    def forget_stopped(self):
        pass

    def epochs(self):
        shape = self.curves.shape[:2]
        return np.reshape([0 if r is None else r.n_epochs for r in self.results], shape)


def curves_of(final_losses, n_epochs=10):
    """Return curves that fall from 8 times their final loss to it, geometrically."""
    fall = 8.0 ** np.linspace(1, 0, n_epochs)
    return np.asarray(final_losses, dtype=float)[..., None] * fall


class TestForeseen:
    @pytest.mark.parametrize("n_done", [3, 5, 12])
    @pytest.mark.parametrize("mean", [-0.5, 0.0, 0.4, 2.0])
    def test_it_is_the_predictive_probability(self, n_done, mean):
        rng = np.random.default_rng(0)
        known = rng.normal(size=n_done)
        known = mean + (known - known.mean()) / known.std(ddof=1)
        # Flat priors: a variance, then a true mean, then the mean of the remaining repeats.
        n_draws, n_left = 200_000, 20 - n_done
        variance = (n_done - 1) / rng.chisquare(n_done - 1, n_draws)
        truth = rng.normal(mean, np.sqrt(variance / n_done))
        later = rng.normal(truth, np.sqrt(variance / n_left))
        overall = (n_done * mean + n_left * later) / 20
        significant = overall * np.sqrt(20) > student.isf(0.05, 19)
        assert foreseen(known, 20) == pytest.approx(significant.mean(), abs=0.005)

    def test_what_is_foreseen_comes_true_as_often_as_it_is_said(self):
        rng = np.random.default_rng(1)
        n_sims = 4000
        effects = rng.uniform(-2, 2, n_sims)
        wrong = []
        for shortfalls in effects[:, None] + rng.normal(size=(n_sims, 20)):
            said = foreseen(shortfalls[:5], 20)
            significant = ttest_1samp(shortfalls, 0, alternative="greater").pvalue < 0.05
            if said < 0.05 or said > 0.95:
                wrong.append(significant != (said > 0.5))
        assert len(wrong) > n_sims / 4
        # Three standard errors above 5 %.
        assert np.mean(wrong) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(wrong))

    @pytest.mark.parametrize(("shortfall", "expected"), [(0.1, 1.0), (0.0, 0.0), (-0.1, 0.0)])
    def test_differences_without_spread(self, shortfall, expected):
        assert foreseen(np.full(4, shortfall), 20) == expected


class TestLimits:
    CURVES = ([8.0, 6.0, 4.0, 5.0], [8.0, 2.0, 1.0, 0.5], [3.0, 1.5])

    def test_they_allow_for_more_than_the_largest_improvement(self):
        limits, usual = limits_and_improvements([np.array(c) for c in self.CURVES], 0.5)
        # From epoch 1 on the second curve improved most, to 1/16 of its loss; then to 1/4, 1/2.
        assert limits == pytest.approx((0.5 * 16**1.5, 0.5 * 4**1.5, 0.5 * 2**1.5))
        assert usual == pytest.approx([0.5, 2 / 3, 1.0, 1.0])

    @pytest.mark.parametrize("level", [np.nan, 0.0, -1.0])
    def test_without_a_level_there_are_none(self, level):
        assert limits_and_improvements([np.ones(3)], level) == (None, None)

    def test_losses_that_may_be_negative_have_none(self):
        assert limits_and_improvements([np.array([1.0, -1.0])], 1.0) == (None, None)

    def test_a_training_is_stopped_in_the_first_epoch_above_its_limit(self):
        limits = (10.0, 5.0, 2.0, 1.0)
        assert first_epoch_above([9.0, 4.0, 3.0, 0.5], limits) == 3
        assert first_epoch_above([11.0, 0.1], limits) == 1
        # The lowest loss so far counts, not the last one.
        assert first_epoch_above([9.0, 1.0, 8.0, 8.0], limits) is None
        assert first_epoch_above([10.0, 5.0, 2.0, 1.0, 50.0], limits) is None
        assert first_epoch_above([np.nan, 6.0], limits) == 2

    def test_the_result_of_a_stopped_training(self):
        history = pd.DataFrame({"validation_loss": [9.0, 4.0, 6.0, 0.5]})
        whole = TrainingResult({"score": 0.5}, "a model", history, n_epochs=4, best_epoch=4)
        stopped = within_limits(whole, (10.0, 5.0, 3.5))
        assert np.isnan(stopped.scores["score"])
        assert stopped.estimator is None
        assert (stopped.n_epochs, stopped.best_epoch) == (3, 2)
        assert stopped.history["validation_loss"].tolist() == [9.0, 4.0, 6.0]
        assert stopped.status == "stopped: in epoch 3, lowest loss 4, above the limit 3.5"
        assert within_limits(whole, (10.0, 5.0, 4.0)) is whole
        assert within_limits(whole, None) is whole


class TestRace:
    NOISE = 1 + 0.02 * np.random.default_rng(0).normal(size=(5, 12))
    LOSSES = np.array([9.0, 4.0, 1.0, 1.02, 1.5])[:, None] * NOISE
    SIZES = (1, 5, 10, 20, 40)

    def race(self, losses=LOSSES, error_rate=0.1, sizes=SIZES):
        trainings = Scripted(curves_of(losses))
        return trainings, run_race(trainings, sizes, losses.shape[1], error_rate)

    def test_what_is_worse_and_what_is_longer_than_needed_is_given_up(self):
        trainings, given_up = self.race()
        assert set(given_up) == {0, 1, 3, 4}
        assert all(f"after 3 repeats, {WORSE} (wrong" in given_up[c] for c in (0, 1))
        assert NOT_BETTER in given_up[3]
        statuses = np.reshape([r and r.status for r in trainings.results], (5, 12))
        assert (statuses[2] == "finished").all()
        for candidate, reason in given_up.items():
            n_done = int(reason.split()[1])
            assert all(statuses[candidate, :n_done])
            assert not any(statuses[candidate, n_done:])

    def test_trainings_that_cannot_reach_the_leader_are_stopped_in_the_known_epoch(self):
        trainings, _ = self.race()
        epochs = trainings.epochs()
        # All curves fall alike: with e epochs left, to 8^(-e/9) of their loss. A final loss f times
        # that of the leader is above its limit as soon as f > 8^(e/9 / 2).
        leader = self.LOSSES[self.LOSSES[:, 0].argmin(), 1]
        left = 9 * 2 * np.log(self.LOSSES[1, 1] / leader) / np.log(8)
        assert left > 9
        assert epochs[1, 1] == epochs[1, 2] == 1
        left = 9 * 2 * np.log(self.LOSSES[4, 1] / leader) / np.log(8)
        assert epochs[4, 1] == 10 - int(left)
        # The first repeat, the leader and the smallest candidate are trained to their end.
        assert (epochs[:, 0] == 10).all()
        assert (epochs[2] == 10).all()
        assert (epochs[0, :3] == 10).all()

    def test_a_better_candidate_is_never_stopped(self):
        losses = self.LOSSES.copy()
        # It is behind in the first repeat alone, so that another one leads.
        losses[3, 0], losses[3, 1:] = 1.1, 0.5
        trainings, given_up = self.race(losses)
        assert 3 not in given_up
        assert (trainings.epochs()[3] == 10).all()

    def test_those_that_remain_are_completed(self):
        # Lengths that cannot be told apart, one of them with a few bad repeats.
        rng = np.random.default_rng(3)
        losses = 1 + 0.3 * rng.uniform(size=(2, 6))
        losses[0, 1:3] += 3.0
        trainings, given_up = self.race(losses, 1e-6, (1, 2))
        assert given_up == {}
        assert (trainings.epochs() == 10).all()

    def test_the_leader_of_a_repeat_goes_first(self):
        trainings, _ = self.race()
        # Five trainings of the first repeat before it.
        assert trainings.order[5] == (self.LOSSES[:, 0].argmin(), 1)

    def test_the_next_repeat_of_the_leader_is_trained_along_with_the_others(self):
        calls = []

        class Recorded(Scripted):
            def run(self, numbers):
                new = [i for i in numbers if self.results[i] is None]
                calls.append([divmod(i, self.curves.shape[1]) for i in new])
                super().run(numbers)

        losses = self.LOSSES[:, :3] * [[1], [1], [1], [1.5], [1]]
        run_race(Recorded(curves_of(losses)), self.SIZES, 3, 0.1)
        leader = int(losses[:, 0].argmin())
        # One that is known already waits for nothing.
        rest = [c for c in range(5) if c != leader]
        first, second = [(c, 1) for c in rest], [(c, 2) for c in rest]
        assert calls[1:] == [[(leader, 1)], [*first, (leader, 2)], [], second]

    def test_one_trained_ahead_counts_only_as_far_as_a_new_leader_allows(self):
        losses = self.LOSSES.copy()
        # Candidate 4 leads after the first repeat only.
        losses[4, 0], losses[4, 1:] = 0.5, 30.0
        trainings, given_up = self.race(losses)
        assert trainings.order.index((4, 2)) < trainings.order.index((2, 2))
        assert trainings.epochs()[4, 2] == 1
        assert 4 in given_up

    def test_a_failed_leader_limits_nothing(self):
        losses = self.LOSSES.copy()
        losses[losses[:, 0].argmin(), 1] = np.nan
        trainings, _ = self.race(losses)
        assert (trainings.epochs()[:, 1] == 10).all()

    @pytest.mark.parametrize("n_repeats", [1, 2, 3])
    def test_few_repeats_are_all_trained(self, n_repeats):
        trainings, given_up = self.race(self.LOSSES[:, :n_repeats])
        assert given_up == {}
        assert (trainings.epochs() == 10).all()

    def test_one_candidate_alone_is_trained(self):
        trainings, given_up = self.race(self.LOSSES[:1], sizes=(7,))
        assert given_up == {}
        assert (trainings.epochs() == 10).all()

    def test_what_was_given_up_as_not_better_may_be_reconsidered(self):
        rng = np.random.default_rng(3)
        losses = np.array([9.0, 1.0, 1.0, 1.0, 1.0])[:, None] * np.exp(
            0.1 * rng.normal(size=(5, 12))
        )
        sizes = (1, 40, 5, 20, 10)
        _, without = self.race(losses, sizes=sizes)
        offered = []

        def reconsider(given_up, not_better):
            offered.append((set(given_up), not_better))
            return not_better[-1] if len(offered) == 1 else None

        trainings = Scripted(curves_of(losses))
        given_up = run_race(trainings, sizes, 12, 0.1, reconsider)
        # The smallest first; candidate 0, which is worse, is not offered.
        assert offered == [({0, 1, 4}, [4, 1]), ({0, 4}, [4])]
        assert given_up == {candidate: without[candidate] for candidate in (0, 4)}
        assert (trainings.epochs()[1:4] == 10).all()
        assert trainings.epochs()[4, -1] == 0

    def test_one_not_better_than_one_that_is_given_up_later_is_completed(self):
        rng = np.random.default_rng(0)
        losses = 1 + 0.02 * rng.normal(size=(3, 12))
        # The smallest is as good as the largest at first, and candidate 1 is not better than it.
        losses[0] = [1.1, 0.97, 1.12, *1.3 + 0.02 * rng.normal(size=9)]
        losses[1, :3] = losses[0, :3] * [1.01, 1.012, 1.01]
        trainings = Scripted(curves_of(losses))
        refused = run_race(trainings, (1, 5, 20), 12, 0.1, lambda *_: None)
        assert WORSE in refused[0]
        assert "after 3 repeats, " + NOT_BETTER in refused[1]
        assert set(refused) == {0, 1}
        trainings, given_up = self.race(losses, sizes=(1, 5, 20))
        assert given_up == {0: refused[0]}
        assert (trainings.epochs()[1:] == 10).all()
        # Not where it turned out worse than the best itself.
        losses[1, :3] = losses[0, :3] = [1.1, 1.09, 1.12]
        assert set(self.race(losses, sizes=(1, 5, 20))[1]) == {0, 1}

    def test_nothing_is_reconsidered_if_nothing_was_given_up_as_not_better(self):
        trainings, asked = Scripted(curves_of(self.LOSSES[:3])), []
        given_up = run_race(trainings, (1, 5, 10), 12, 0.1, lambda *given: asked.append(given))
        assert set(given_up) == {0, 1}
        assert asked == []

    @pytest.mark.parametrize("better", [1.0, 0.9])
    def test_the_answer_is_rarely_another_one_than_without_a_race(self, better):
        # One that is worse, and three lengths that are equal, or of which the longer are better.
        rng = np.random.default_rng(5)
        means = np.array([3.0, 1.0, better, better])[:, None]
        differ = 0
        for _ in range(60):
            losses = means * np.exp(0.1 * rng.normal(size=(4, 20)))
            _, given_up = self.race(losses, 0.05, (1, 5, 10, 20))
            kept = [c for c in range(4) if c not in given_up]
            differ += kept[recommended(losses[kept])] != recommended(losses)
        assert differ <= 9


def recommended(losses):
    """Return the first row that a paired test does not find worse than the best one."""
    best = int(losses.mean(axis=1).argmin())
    for i, row in enumerate(losses):
        shortfall = row - losses[best]
        if i == best or ttest_1samp(shortfall, 0, alternative="greater").pvalue >= 0.05:
            return i


LENGTHS = [1, 2, 5, 9]
OPTIONS = {"n_repeats": 5, "random_state": 0, "keep_estimators": "all"}
RACE = {"elimination_alpha": 0.3, "elimination_goal": "recommended"}


def search_with(record, **options):
    model = small_gru(max_epochs=8, lr=0.03, validation=0.3, purge=0)
    return WindowLengthSearchCV(model, LENGTHS, **{**OPTIONS, **options}).fit(*record)


@pytest.fixture(scope="module")
def record():
    return make_record((260,))


@pytest.fixture(scope="module")
def whole(record, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return search_with(record, memory=folder), folder


@pytest.fixture(scope="module")
def raced(record, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raced")
    return search_with(record, memory=folder, **RACE), folder


class TestSearch:
    def test_lengths_are_given_up_and_trainings_stopped(self, raced):
        status = raced[0].results_["status"]
        assert status.str.startswith("given up").any()
        assert status.str.startswith("stopped").any()

    def test_what_remains_is_as_without_a_race(self, raced, whole):
        race, full = raced[0].results_, whole[0].results_
        given_up = race["window_length"][race["status"].str.startswith("given up")].unique()
        kept = ~race["window_length"].isin(given_up)
        assert kept.any()
        pd.testing.assert_frame_equal(without_times(race[kept]), without_times(full[kept]))
        finished = race["status"] == "finished"
        assert race["score"][finished].tolist() == full["score"][finished].tolist()
        assert race["score"][~finished].isna().all()
        assert raced[0].best_window_length_ not in given_up
        models = raced[0].estimators_by_length_
        for length, rows in race.groupby("window_length"):
            expected = (rows["status"] == "finished").tolist()
            assert [model is not None for model in models[length]] == expected

    def test_curves_of_stopped_trainings_end_where_they_were_stopped(self, raced, whole):
        names = ["window_length", "repeat"]
        race = raced[0].learning_curves_.groupby(names)["validation_loss"]
        full = whole[0].learning_curves_.groupby(names)["validation_loss"]
        for row in raced[0].results_.itertuples():
            if row.n_epochs:
                key = (row.window_length, row.repeat)
                expected = full.get_group(key).to_numpy()[: row.n_epochs]
                np.testing.assert_array_equal(race.get_group(key).to_numpy(), expected)

    def test_it_depends_neither_on_jobs_nor_on_the_store(self, raced, record, whole, tmp_path):
        expected = without_times(raced[0].results_)
        for options in ({"n_jobs": 2}, {"memory": tmp_path}, {"memory": whole[1]}):
            found = search_with(record, **options, **RACE)
            pd.testing.assert_frame_equal(without_times(found.results_), expected)

    def test_resumed_it_gives_the_same(self, raced, record, tmp_path):
        first, folder = raced
        stored = sorted(folder.glob("*.training"))
        assert not list(folder.glob("*.checkpoint"))
        for path in stored[::2]:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        again = search_with(record, memory=tmp_path, **RACE)
        pd.testing.assert_frame_equal(without_times(again.results_), without_times(first.results_))
        assert again.n_trained_ >= len(stored) - len(stored[::2])
        third = search_with(record, memory=tmp_path, **RACE)
        assert third.n_trained_ == 0
        pd.testing.assert_frame_equal(third.results_, again.results_)

    def test_without_a_race_stopped_trainings_are_completed(self, raced, record, whole):
        found = search_with(record, memory=raced[1])
        pd.testing.assert_frame_equal(
            without_times(found.results_), without_times(whole[0].results_)
        )

    @pytest.mark.parametrize("goal", ["recommended", lambda search, lengths: None])
    def test_a_splitter_is_refused(self, record, goal):
        with pytest.raises(ValueError, match=r"cv=PurgedKFold.*Use cv=None"):
            search_with(record, cv=PurgedKFold(3, 9), **{**RACE, "elimination_goal": goal})

    def test_given_up_as_worse_counts_against_a_tie(self, raced):
        search = raced[0]
        status = search.results_.groupby("window_length")["status"].last()
        others = status.drop(search.best_window_length_)
        p_values = search.summary()["p_value"].drop(search.best_window_length_)
        clear = (others.str.contains(WORSE) | (p_values < 0.05)).all()
        assert (search.verdict_ == "tied") == (not clear)


class Completing:
    """Asks a race to complete lengths, and notes what it was offered."""

    def __init__(self, *wanted):
        self.wanted = list(wanted)
        self.offered = []

    def __call__(self, search, lengths):
        given_up = search.results_["status"].str.startswith("given up")
        self.offered.append((list(lengths), sorted(search.results_["rows"][given_up].unique())))
        assert search.best_window_length_ in search.estimators_by_length_
        return self.wanted.pop(0) if self.wanted else None


@pytest.fixture(scope="module")
def offered(record):
    """The lengths that a race gives up as not better than a shorter one."""
    goal = Completing()
    search_with(record, **{**RACE, "elimination_goal": goal})
    assert len(goal.offered) == 1
    return goal.offered[0][0]


class TestGoalOfAFunction:
    def test_without_a_wish_it_is_the_race(self, raced, record):
        goal = Completing()
        found = search_with(record, **{**RACE, "elimination_goal": goal})
        pd.testing.assert_frame_equal(
            without_times(found.results_), without_times(raced[0].results_)
        )

    def test_a_length_that_it_returns_is_trained_to_its_end(
        self, offered, raced, record, whole, tmp_path
    ):
        wanted = offered[-1]
        tables = []
        for options in ({}, {"n_jobs": 2}, {"memory": tmp_path}, {"memory": tmp_path}):
            goal = Completing(wanted)
            found = search_with(record, **options, **{**RACE, "elimination_goal": goal})
            tables.append(without_times(found.results_))
            # It is called again, where something is left to offer.
            left = [length for length in offered if length != wanted]
            assert [lengths for lengths, _ in goal.offered] == [offered] + [left] * bool(left)
        assert found.n_trained_ == 0
        assert not list(tmp_path.glob("*.checkpoint"))
        for table in tables[1:]:
            pd.testing.assert_frame_equal(table, tables[0])
        completed = tables[0]["window_length"] == wanted
        pd.testing.assert_frame_equal(
            tables[0][completed], without_times(whole[0].results_)[completed]
        )
        pd.testing.assert_frame_equal(
            tables[0][~completed], without_times(raced[0].results_)[~completed]
        )

    def test_another_length_is_refused(self, record):
        goal = Completing(99)
        with pytest.raises(ValueError, match=r"elimination_goal returned 99; expected None or one"):
            search_with(record, **{**RACE, "elimination_goal": goal})

    def test_trainings_that_fail_are_told_once(self, raced, record, monkeypatch):
        train = _train_once._fit_and_score
        last = f"window length {raced[0].best_window_length_}, repeat 5 of 5"

        def fails_once(task):
            if task.name == last:
                raise ValueError("no luck")
            return train(task)

        monkeypatch.setattr(_train_once, "_fit_and_score", fails_once)
        goal = Completing()
        with pytest.warns(FitFailedWarning, match="1 of 20 trainings failed") as told:
            search_with(record, **{**RACE, "elimination_goal": goal})
        assert goal.offered
        assert [each.category for each in told].count(FitFailedWarning) == 1
