"""What a search refuses before it trains, and what it does about trainings that fail."""

import re
import warnings

import numpy as np
import pytest
from scipy.stats import ttest_rel
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    RunHoldout,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
    FOLDS,
    FailsAbove,
    KnownLoss,
    known_search,
    make_record,
    small_gru,
)

LENGTHS = [3, 6, 10]


@pytest.fixture(autouse=True)
def _count_from_zero():
    KnownLoss.n_fits = 0


@pytest.fixture(scope="module")
def record():
    return make_record()


class TestRefused:
    @pytest.fixture(autouse=True)
    def _no_training(self, monkeypatch):
        def fit(self, X, y):
            raise AssertionError("trained")

        self.fits = []
        monkeypatch.setattr(
            GRUFrictionRegressor, "fit", lambda model, X, y: self.fits.append(model)
        )
        yield
        assert not self.fits

    @pytest.mark.parametrize(
        "estimator",
        [GRUFrictionRegressor(), make_pipeline(GRUFrictionRegressor())],
        ids=["regressor", "pipeline"],
    )
    def test_estimator_without_a_window_step(self, record, estimator):
        with pytest.raises(ValueError, match=r"without a window step; expected a Pipeline with"):
            WindowLengthSearchCV(estimator, LENGTHS).fit(*record)

    @pytest.mark.parametrize("length", [151, "151s"])
    def test_window_longer_than_every_run(self, record, length):
        message = re.escape(f"window length {length!r} (151 rows) is longer than the longest run")
        with pytest.raises(ValueError, match=message + r" of X \(150 rows"):
            WindowLengthSearchCV(small_gru(), [10, length]).fit(*record)

    @pytest.mark.parametrize("lengths", [[], [10, 10]])
    def test_no_window_lengths_or_one_twice(self, record, lengths):
        with pytest.raises(ValueError, match=r"expected at least one length, each once"):
            WindowLengthSearchCV(small_gru(), lengths).fit(*record)

    def test_window_length_of_zero(self, record):
        with pytest.raises(ValueError, match="window_length is 0; expected at least 1 row"):
            WindowLengthSearchCV(small_gru(), [0, 10]).fit(*record)

    @pytest.mark.parametrize("length", [9, "9s"])
    def test_splitters_made_for_shorter_windows(self, record, length):
        holdout = small_gru(validation=RunHoldout(window_length=length))
        message = f"windows of {length!r}, but the longest window has 10 rows"
        with pytest.raises(ValueError, match=f"validation=RunHoldout[\\s\\S]*{message}"):
            WindowLengthSearchCV(holdout, LENGTHS).fit(*record)
        with pytest.raises(ValueError, match=f"cv=PurgedKFold[\\s\\S]*{message}"):
            WindowLengthSearchCV(small_gru(), LENGTHS, cv=PurgedKFold(3, length)).fit(*record)

    @pytest.mark.parametrize(
        "options",
        [
            {"n_repeats": 0},
            {"window_lengths": 10},
            {"keep_estimators": "none"},
            {"refit": None},
            {"error_score": "ignore"},
            {"best_by": "max"},
            {"elimination_alpha": 1.0},
            {"n_jobs": 1.5},
            {"random_state": "seed"},
            {"scoring": 3},
        ],
    )
    def test_bad_parameters(self, record, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"'{name}' parameter of WindowLengthSearchCV"):
            WindowLengthSearchCV(
                **{"estimator": small_gru(), "window_lengths": [3], **options}
            ).fit(*record)


class TestFailures:
    def test_regressor_without_a_validation_loss_is_an_error_at_once(self, record):
        flat = make_pipeline(SlidingWindowTransformer(flatten=True), LinearRegression())
        with pytest.raises(ValueError, match=r"^LinearRegression has no best_validation_loss_"):
            WindowLengthSearchCV(flat, LENGTHS, n_repeats=2).fit(*record)
        search, X, y = known_search({2: [1.0, None], 4: [None, None]})
        with pytest.raises(ValueError, match=r"^KnownLoss has no best_validation_loss_"):
            search.fit(X, y)
        assert KnownLoss.n_fits == 1
        with pytest.raises(ValueError, match=r"^GRUFrictionRegressor has no best_validation_loss"):
            WindowLengthSearchCV(small_gru(validation=None), LENGTHS).fit(*record)

    def test_failing_length_counts_for_nothing_and_the_rest_stands(self):
        losses = {2: [4.0, 5.0, 6.1], 4: [1.0, 2.0, 3.0], 6: [7.0, 8.2, 9.0], 8: [0.0] * 3}
        search, X, y = known_search(losses, fails_at=[(8, None), (2, 0)], keep_estimators="all")
        with pytest.warns(FitFailedWarning, match=r"4 of 12 trainings failed.*no luck with 2 rows"):
            search.fit(X, y)
        table = search.results_
        failed = table["status"] != "finished"
        assert list(np.flatnonzero(failed)) == [0, 9, 10, 11]
        assert set(table["status"][failed]) == {
            "failed: no luck with 2 rows",
            "failed: no luck with 8 rows",
        }
        assert table["score"][failed].isna().all()
        np.testing.assert_allclose(
            search.cv_results_["mean_test_score"][:3], [-5.55, -2, -8.0666667]
        )
        assert np.isnan(search.cv_results_["mean_test_score"][3])
        assert list(search.cv_results_["rank_test_score"]) == [2, 1, 3, 4]
        assert search.best_window_length_ == 4
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            summary = search.summary()
        assert list(summary["n_finished"]) == [2, 3, 3, 0]
        assert summary.loc[8, "mean":"max"].isna().all()
        assert summary.loc[2, "median"] == 5.55
        # Paired over the seeds that both have: 5 - 2 and 6.1 - 3.
        assert summary.loc[2, "p_value"] == pytest.approx(
            ttest_rel([5.0, 6.1], [2.0, 3.0], alternative="greater").pvalue, rel=1e-9
        )
        # A length without any finished training is not compared.
        assert search.verdict_ == "clear"
        assert search.median_estimator(2)[-1].best_validation_loss_ == 5.0
        assert search.estimators_by_length_[2][0] is None
        with pytest.raises(ValueError, match="all trainings of window length 8 failed"):
            search.median_estimator(8)

    def test_if_all_fail_it_is_an_error_that_names_the_first_reason(self):
        search, X, y = known_search({2: [1.0], 4: [1.0]}, fails_at=[(2, 0), (4, 0)])
        with pytest.raises(ValueError, match=r"all 2 trainings failed, the first .*no luck with 2"):
            search.fit(X, y)

    def test_an_interruption_ends_the_sweep_and_keeps_what_is_finished(self, tmp_path):
        losses = {2: [1.0, 2.0], 4: [3.0, 4.0]}
        search, X, y = known_search(losses, interrupts=[(2, 0)], memory=tmp_path)
        with pytest.raises(KeyboardInterrupt, match="window length 2, repeat 1 of 2"):
            search.fit(X, y)
        # The longer windows come first.
        assert KnownLoss.n_fits == 3
        assert len(list(tmp_path.rglob("*.training"))) == 2


class TestSeveralScorersAreRefused:
    @pytest.mark.parametrize("refit", [True, "mse"])
    def test_if_none_is_named(self, record, refit):
        search = RepeatedSeedSearchCV(
            FailsAbove(alpha=100), {}, cv=FOLDS, scoring=["r2", "neg_max_error"], refit=refit
        )
        message = f"refit is {refit!r}; with several scorers expected the name of the scorer"
        with pytest.raises(
            ValueError, match=message + r".*'r2', 'neg_max_error'.*callable, or False"
        ):
            search.fit(*record)

    def test_if_one_would_hide_the_times(self, record):
        scoring = {"time": "r2", "error": "neg_max_error"}
        search = RepeatedSeedSearchCV(
            FailsAbove(alpha=100), {}, cv=FOLDS, scoring=scoring, refit="time", error_score="raise"
        )
        with pytest.raises(
            ValueError, match="a scorer is named 'time', but score_time is the time"
        ):
            search.fit(*record)

    @pytest.mark.parametrize("options", [{"cv": FOLDS, "scoring": "r2"}, {"cv": FOLDS}, {}])
    def test_a_name_where_there_is_one_scorer(self, record, options):
        search = RepeatedSeedSearchCV(FailsAbove(alpha=100), {}, refit="r2", **options)
        with pytest.raises(ValueError, match="refit is 'r2', the name of a scorer, but there are"):
            search.fit(*record)
