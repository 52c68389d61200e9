"""Which candidate is best, and how surely."""

import numpy as np
import pytest
from scipy.stats import ttest_rel
from sklearn.exceptions import FitFailedWarning

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    WindowLengthSearchCV,
)
from tests.model_selection._searches import (
    known_search,
    make_record,
    search_by_name,
    small_gru,
)


@pytest.fixture(scope="module")
def record():
    return make_record()


class TestBestBy:
    # The first has the best mean, the second the best median; both lie close together.
    LOSSES = {
        "mean": [1.0, 1.1, 1.2, 1.9],
        "median": [1.05, 1.05, 1.05, 2.4],
        "worst": [3.0, 3.1, 3.3, 3.0],
    }

    @pytest.mark.parametrize("best_by", ["mean", "median"])
    def test_mean_and_median(self, record, best_by):
        search = search_by_name(self.LOSSES, best_by=best_by).fit(*record)
        assert search.best_params_ == {"name": best_by}
        assert search.best_score_ == pytest.approx(-np.mean(self.LOSSES[best_by]))
        # scikit-learn's table is one of means in any case.
        assert search.cv_results_["rank_test_score"].tolist() == [1, 2, 3]

    @pytest.mark.parametrize(
        ("order", "best"),
        [(["a", "b", "c"], "a"), (["c", "a", "b"], "a"), (["b", "a", "c"], "b")],
    )
    def test_one_standard_error_takes_the_first_that_is_close(self, record, order, best):
        # b: mean 1.15 with a standard error of 0.119, which a reaches and c does not.
        losses = {
            "a": [1.3, 1.1, 1.2, 1.2],
            "b": [1.0, 1.4, 0.9, 1.3],
            "c": [1.3, 1.25, 1.25, 1.3],
        }
        chosen = {name: losses[name] for name in order}
        search = search_by_name(chosen, best_by="one_se").fit(*record)
        assert search.best_params_ == {"name": best}
        assert search_by_name(chosen).fit(*record).best_params_ == {"name": "b"}

    def test_one_standard_error_takes_the_shortest_window_that_is_close(self):
        losses = {
            8: [1.0, 1.4, 0.9, 1.3],
            6: [1.3, 1.1, 1.2, 1.2],
            4: [1.25, 1.1, 1.2, 1.2],
            2: [1.3, 1.25, 1.25, 1.3],
        }
        search, X, y = known_search(losses, best_by="one_se")
        assert search.fit(X, y).best_window_length_ == 4
        assert search.best_score_ == pytest.approx(-np.mean(losses[4]))

    def test_one_standard_error_of_a_single_repeat_is_none(self, record):
        losses = {"a": [1.01], "b": [1.0]}
        assert search_by_name(losses, best_by="one_se").fit(*record).best_params_ == {"name": "b"}


class TestSummary:
    LOSSES = {"a": [1.0, 1.3, 1.1, 1.4], "b": [3.0, 1.2, 2.2, 2.0], "c": [5.0, 5.2, 5.1, 5.5]}

    def test_by_hand(self, record):
        search = search_by_name(self.LOSSES).fit(*record)
        summary = search.summary()
        assert summary.index.name == "name"
        assert summary.index.tolist() == ["a", "b", "c"]
        np.testing.assert_allclose(summary["mean"], [1.2, 2.1, 5.2])
        np.testing.assert_allclose(summary["median"], [1.2, 2.1, 5.15])
        np.testing.assert_allclose(summary["q1"], [1.075, 1.8, 5.075])
        np.testing.assert_allclose(summary["max"], [1.4, 3.0, 5.5])
        # The best one against its runner-up, the others against the best one.
        assert summary["beats_next"].tolist() == [0.75, 0.25, 0.0]
        p_value = ttest_rel(self.LOSSES["b"], self.LOSSES["a"], alternative="greater").pvalue
        assert summary.loc["b", "p_value"] == pytest.approx(p_value)
        assert np.isnan(summary.loc["a", "p_value"])

    def test_one_candidate_alone_beats_nothing(self, record):
        summary = search_by_name({"a": [1.0, 2.0]}).fit(*record).summary()
        assert summary["beats_next"].isna().all()
        assert summary["p_value"].isna().all()

    @pytest.mark.parametrize(
        ("losses", "verdict"),
        [
            (LOSSES, "tied"),
            ({**LOSSES, "b": [2.0, 2.2, 2.2, 2.5]}, "clear"),
            # The end of a grid is no edge: parameters have no order.
            ({"c": LOSSES["c"], "a": LOSSES["a"]}, "clear"),
            ({"a": [1.0, 2.0], "b": [1.0, 2.0]}, "tied"),
        ],
    )
    def test_verdict(self, record, losses, verdict):
        assert search_by_name(losses).fit(*record).verdict_ == verdict

    def test_candidates_that_failed_are_not_compared(self, record):
        search = search_by_name(self.LOSSES, fails=("b",))
        with pytest.warns(FitFailedWarning):
            search.fit(*record)
        assert search.verdict_ == "clear"
        assert search.summary()["n_finished"].tolist() == [4, 0, 4]
        assert search.summary()["beats_next"].tolist()[::2] == [1.0, 0.0]


class TestSummaryOfWindowLengths:
    LOSSES = {2: [5.0, 5.2, 5.1, 5.5], 4: [1.0, 1.3, 1.1, 1.4], 8: [3.0, 1.2, 2.2, 2.0]}

    def test_summary_by_hand(self):
        search, X, y = known_search(self.LOSSES)
        summary = search.fit(X, y).summary()
        assert list(summary.columns) == [
            "mean",
            "min",
            "q1",
            "median",
            "q3",
            "max",
            "n_finished",
            "beats_next",
            "p_value",
        ]
        assert summary.index.name == "window_length"
        assert list(summary.index) == [2, 4, 8]
        for length, losses in self.LOSSES.items():
            row = summary.loc[length]
            expected = [np.mean(losses), *np.quantile(losses, [0, 0.25, 0.5, 0.75, 1]), 4]
            np.testing.assert_allclose(row.drop(["beats_next", "p_value"]), expected, rtol=1e-14)
        # Against the best one, and the best one against 8, with the second lowest mean.
        assert summary["beats_next"].tolist() == [0.0, 0.75, 0.25]
        for length in (2, 8):
            test = ttest_rel(self.LOSSES[length], self.LOSSES[4], alternative="greater")
            assert summary.loc[length, "p_value"] == pytest.approx(test.pvalue, rel=1e-12)
        assert np.isnan(summary.loc[4, "p_value"])

    def test_p_values_with_a_splitter_ask_for_lower_scores(self, record):
        search = WindowLengthSearchCV(
            small_gru(),
            [1, 8],
            n_repeats=2,
            cv=PurgedKFold(2, 8),
            random_state=1,
            refit=False,
        ).fit(*record)
        scores = search.results_["score"].to_numpy().reshape(2, 4)
        best = search.best_index_
        test = ttest_rel(scores[best], scores[1 - best], alternative="greater")
        p_value = search.summary()["p_value"].iloc[1 - best]
        assert p_value == pytest.approx(test.pvalue, rel=1e-9)
        assert search.summary()["mean"].iloc[best] == scores.mean(axis=1).max()

    @pytest.mark.parametrize(
        ("losses", "verdict"),
        [
            (LOSSES, "tied"),
            ({**LOSSES, 8: [2.0, 2.2, 2.2, 2.5]}, "clear"),
            ({2: LOSSES[4], 4: LOSSES[2], 8: [6.0, 6.6, 6.1, 6.0]}, "edge"),
            ({2: LOSSES[2], 4: [6.0, 6.6, 6.1, 6.0], 8: LOSSES[4]}, "edge"),
            # The longest one wins in any order of the window lengths.
            ({8: LOSSES[4], 2: LOSSES[2], 4: [6.0, 6.6, 6.1, 6.0]}, "edge"),
            ({4: LOSSES[4], 2: LOSSES[2], 8: [6.0, 6.6, 6.1, 6.0]}, "clear"),
            # At the end of the range, but not told apart from the next one.
            ({2: [1.0, 1.3, 1.1, 1.4], 4: [1.1, 1.2, 1.2, 1.4]}, "tied"),
            ({2: [1.0, 1.1]}, "edge"),
            ({2: [1.0], 4: [9.0], 8: [9.0]}, "tied"),
        ],
    )
    def test_verdict(self, losses, verdict):
        search, X, y = known_search(losses)
        assert search.fit(X, y).verdict_ == verdict

    def test_equal_losses_are_tied_and_the_first_length_is_named(self):
        search, X, y = known_search({2: [1.0, 2.0], 4: [1.0, 2.0], 8: [1.0, 2.0]})
        search.fit(X, y)
        assert search.best_window_length_ == 2
        assert search.verdict_ == "tied"
        assert list(search.cv_results_["rank_test_score"]) == [1, 1, 1]
