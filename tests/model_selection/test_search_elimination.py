"""Successive elimination gives up what is hopeless, and nothing else changes."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    RepeatedSeedSearchCV,
)
from tests.model_selection._searches import (
    FITS,
    FOLDS,
    AddNoise,
    make_record,
    search_by_name,
    without_times,
)


@pytest.fixture(autouse=True)
def _count_from_zero():
    FITS.names.clear()


@pytest.fixture(scope="module")
def record():
    return make_record()


class TestElimination:
    LOSSES = {
        "good": [1.00, 1.30, 1.10, 1.40, 1.20, 1.15],
        "bad": [5.00, 5.60, 4.80, 5.90, 5.10, 5.00],
        "close": [1.05, 1.25, 1.15, 1.38, 1.25, 1.12],
    }

    def p_value(self):
        good, bad = self.LOSSES["good"][:3], self.LOSSES["bad"][:3]
        return ttest_rel(bad, good, alternative="greater").pvalue

    def test_what_is_hopeless_is_not_trained_on(self, record):
        search = search_by_name(self.LOSSES, elimination_alpha=0.05).fit(*record)
        expected = [(name, repeat) for name in self.LOSSES for repeat in range(6)]
        expected = [fit for fit in expected if fit[0] != "bad" or fit[1] < 3]
        assert sorted(FITS.names) == sorted(expected)
        assert search.n_trained_ == 15
        assert search.n_saved_ == 3
        table = search.results_.query("name == 'bad'")
        given_up = f"given up: after 3 repeats, p = {self.p_value():.2g}"
        assert table["status"].tolist() == ["finished"] * 3 + [given_up] * 3
        assert table["score"].iloc[3:].isna().all()
        assert (table["n_epochs"].iloc[3:] == 0).all()
        assert set(search.results_.query("name != 'bad'")["status"]) == {"finished"}

    def test_the_share_of_time_that_was_saved(self, record):
        search = search_by_name(self.LOSSES, elimination_alpha=0.05).fit(*record)
        spent = search.results_.query("status == 'finished'")["fit_time"].sum()
        of_bad = search.results_.query("name == 'bad' and status == 'finished'")["fit_time"]
        saved = 3 * of_bad.mean()
        assert search.saved_share_ == pytest.approx(saved / (spent + saved))
        assert search.cv_results_["mean_fit_time"][1] == pytest.approx(of_bad.mean())

    def test_the_winner_is_the_same_and_the_hopeless_one_comes_last(self, record):
        raced = search_by_name(self.LOSSES, elimination_alpha=0.05).fit(*record)
        whole = search_by_name(self.LOSSES).fit(*record)
        assert whole.n_saved_ == 0
        assert whole.saved_share_ == 0.0
        assert raced.best_params_ == whole.best_params_
        assert raced.best_score_ == whole.best_score_
        assert raced.cv_results_["rank_test_score"].tolist() == [
            *whole.cv_results_["rank_test_score"]
        ]
        assert raced.cv_results_["rank_test_score"][1] == 3
        assert raced.cv_results_["mean_test_score"][1] == pytest.approx(-np.mean([5.0, 5.6, 4.8]))

    def test_one_that_began_badly_cannot_win_by_the_repeats_it_has(self, record):
        # Its mean over three repeats is better than those of the others over six.
        losses = {
            "late": [2.0, 2.1, 2.05, 9.0, 9.0, 9.1],
            "early": [3.0, 3.1, 3.05 + 1e-6, 0.1, 0.1, 0.1],
            "other": [2.5, 2.05, 2.6, 9.1, 9.3, 9.2],
        }
        search = search_by_name(losses, elimination_alpha=0.05).fit(*record)
        assert search.n_saved_ == 3
        assert search.best_params_ != {"name": "early"}
        assert search.cv_results_["rank_test_score"].tolist() == [1, 3, 2]
        assert search.cv_results_["mean_test_score"].argmax() == 1
        # Nor is it the runner-up, of which the winner would be better with all seeds.
        assert search.summary().loc["late", "beats_next"] == pytest.approx(5 / 6)

    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_with_memory_only_what_is_new_is_trained(self, record, tmp_path, n_jobs):
        options = {"elimination_alpha": 0.05, "memory": tmp_path, "n_jobs": n_jobs}
        first = search_by_name(self.LOSSES, **options).fit(*record)
        assert (first.n_trained_, first.n_saved_) == (15, 3)
        again = search_by_name(self.LOSSES, **options).fit(*record)
        assert (again.n_trained_, again.n_saved_) == (0, 3)
        pd.testing.assert_frame_equal(again.results_, first.results_)
        np.testing.assert_equal(again.cv_results_, first.cv_results_)
        whole = search_by_name(self.LOSSES, memory=tmp_path).fit(*record)
        assert (whole.n_trained_, whole.n_saved_) == (3, 0)
        assert set(whole.results_["status"]) == {"finished"}

    def test_in_parallel_it_gives_the_same(self, record):
        alone = search_by_name(self.LOSSES, elimination_alpha=0.05).fit(*record)
        parallel = search_by_name(self.LOSSES, elimination_alpha=0.05, n_jobs=2).fit(*record)
        pd.testing.assert_frame_equal(
            without_times(parallel.results_), without_times(alone.results_)
        )
        assert parallel.n_saved_ == alone.n_saved_ == 3

    def test_a_low_error_rate_trains_all(self, record):
        search = search_by_name(self.LOSSES, elimination_alpha=1e-9).fit(*record)
        assert search.n_saved_ == 0
        assert len(FITS.names) == 18

    @pytest.mark.parametrize("n_repeats", [1, 2, 3])
    def test_few_repeats_are_all_trained(self, record, n_repeats):
        losses = {name: values[:n_repeats] for name, values in self.LOSSES.items()}
        search = search_by_name(losses, elimination_alpha=0.5).fit(*record)
        assert len(FITS.names) == 3 * n_repeats
        assert search.n_saved_ == 0

    def test_one_that_fails_is_never_given_up(self, record):
        losses = {**self.LOSSES, "fails": [0.0] * 6}
        search = search_by_name(losses, elimination_alpha=0.05, fails=("fails",))
        with pytest.warns(FitFailedWarning, match="6 of 24 trainings failed"):
            search.fit(*record)
        assert search.best_params_ == {"name": "good"}
        assert search.n_saved_ == 3

    def test_with_a_splitter_the_splits_of_a_repeat_are_one_score(self, record):
        model = make_pipeline(AddNoise(), LinearRegression(fit_intercept=False))
        grid = {"linearregression": [LinearRegression(), LinearRegression(fit_intercept=False)]}
        search = RepeatedSeedSearchCV(
            model, grid, n_repeats=5, cv=FOLDS, random_state=0, elimination_alpha=0.05
        ).fit(*record)
        # Without an intercept it never gets near the mean of the friction.
        scores = search.results_["score"].to_numpy().reshape(2, 5, 3).mean(axis=2)
        p_value = ttest_rel(scores[0, :3], scores[1, :3], alternative="greater").pvalue
        status = search.results_.query("candidate == 1")["status"].tolist()
        assert status == ["finished"] * 9 + [f"given up: after 3 repeats, p = {p_value:.2g}"] * 6
        assert search.n_saved_ == 6

    def test_summary_and_verdict_count_what_there_is(self, record):
        search = search_by_name(self.LOSSES, elimination_alpha=0.05).fit(*record)
        summary = search.summary()
        assert summary["n_finished"].tolist() == [6, 3, 6]
        assert summary.loc["bad", "p_value"] == pytest.approx(self.p_value())
        assert search.verdict_ == "tied"
