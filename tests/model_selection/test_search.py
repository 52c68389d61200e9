"""The sweep compares window lengths on the same rows with the same seeds, and resumes."""

import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import sklearn_frictiongru
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RunHoldout,
    WindowLengthSearchCV,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._data._batches import WindowBatches
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
    KnownLoss,
    known_search,
    make_record,
    same_weights,
    small_gru,
    without_times,
)

LENGTHS = [3, 6, 10]
COLUMNS = [
    "window_length",
    "rows",
    "repeat",
    "split",
    "seed",
    "score",
    "n_epochs",
    "best_epoch",
    "n_training",
    "n_validation",
    "fit_time",
    "score_time",
    "status",
]


@pytest.fixture(autouse=True)
def _count_from_zero():
    KnownLoss.n_fits = 0


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def finished(record):
    """A finished sweep with all of its models."""
    return WindowLengthSearchCV(
        small_gru(), LENGTHS, n_repeats=3, random_state=7, keep_estimators="all"
    ).fit(*record)


class TestSameRowsAndSeeds:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"validation": RunHoldout(window_length=10, n_blocks=5)},
            {"stride": 3},
            {"purge": 4},
        ],
        ids=["tail", "RunHoldout", "stride", "purge by name"],
    )
    def test_every_length_trains_and_validates_on_the_same_rows(self, record, options):
        X, y = record
        search = WindowLengthSearchCV(
            small_gru(**options, max_epochs=1, batch_size=8),
            LENGTHS,
            n_repeats=2,
            keep_estimators="all",
        ).fit(X, y)
        models = [model[-1] for kept in search.estimators_by_length_.values() for model in kept]
        assert [model.window_length_ for model in models] == [3, 3, 6, 6, 10, 10]
        first = models[0]
        for model in models[1:]:
            np.testing.assert_array_equal(model.training_indices_, first.training_indices_)
            np.testing.assert_array_equal(model.validation_indices_, first.validation_indices_)
            assert model.n_purged_ == first.n_purged_
        # All these rows have the history of the longest window, and purging counts its rows.
        longest = SlidingWindowTransformer(10).fit_transform(X)
        used = np.concatenate([first.training_indices_, first.validation_indices_])
        assert longest.complete[used].all()
        purge = options.get("purge", 9)
        distance = np.abs(first.training_indices_[:, None] - first.validation_indices_)
        same_run = (first.training_indices_[:, None] < 150) == (first.validation_indices_ < 150)
        assert distance[same_run].min() == purge + 1 or "stride" in options
        assert distance[same_run].min() > purge
        if not options:
            # At the end of each run 28 and 20 of 141 and 101 windows validate.
            assert first.n_purged_ == 2 * 9
            assert list(first.validation_indices_) == [*range(122, 150), *range(240, 260)]
            assert list(first.training_indices_) == [*range(9, 113), *range(159, 231)]
        counts = without_times(search.results_)
        assert set(counts["n_training"]) == {len(first.training_indices_)}
        assert set(counts["n_validation"]) == {len(first.validation_indices_)}

    def test_seeds_are_common_and_reach_the_regressor(self, finished):
        table = finished.results_
        for length in LENGTHS:
            here = table[table["window_length"] == length]
            assert list(here["seed"]) == list(finished.seeds_)
            models = finished.estimators_by_length_[length]
            assert [model[-1].random_state for model in models] == list(finished.seeds_)
        assert len(set(finished.seeds_)) == 3
        same_length = finished.estimators_by_length_[3]
        assert not same_weights(same_length[0], same_length[1])

    def test_seeds_come_from_the_random_state(self):
        def seeds(random_state):
            search, X, y = known_search({2: [1.0, 2.0]})
            search.set_params(random_state=random_state, cv=PurgedKFold(2, 2))
            search.estimator = make_pipeline(
                SlidingWindowTransformer(flatten=True), LinearRegression()
            )
            return list(search.fit(X, y).seeds_)

        assert seeds(3) == seeds(3)
        assert seeds(3) != seeds(4)
        assert seeds(np.random.RandomState(3)) == seeds(np.random.RandomState(3))
        assert seeds(None) != seeds(None)

    def test_global_generator_is_left_alone(self, record):
        np.random.seed(1)  # noqa: NPY002
        expected = np.random.random()  # noqa: NPY002
        np.random.seed(1)  # noqa: NPY002
        WindowLengthSearchCV(small_gru(max_epochs=1), [2], n_repeats=1).fit(*record)
        assert np.random.random() == expected  # noqa: NPY002


class TestPublishedProtocol:
    def test_results_have_one_tidy_row_per_training(self, finished):
        table = finished.results_
        assert list(table.columns) == COLUMNS
        assert list(table["window_length"]) == [3, 3, 3, 6, 6, 6, 10, 10, 10]
        assert list(table["rows"]) == list(table["window_length"])
        assert list(table["repeat"]) == [0, 1, 2] * 3
        assert set(table["split"]) == {0}
        assert set(table["status"]) == {"finished"}
        assert (table["fit_time"] > 0).all()
        assert (table["n_epochs"] == 2).all()
        assert finished.n_trained_ == 9
        assert finished.n_splits_ == 1
        assert finished.longest_rows_ == 10
        models = [m[-1] for kept in finished.estimators_by_length_.values() for m in kept]
        assert list(table["score"]) == [model.best_validation_loss_ for model in models]
        assert list(table["best_epoch"]) == [model.best_epoch_ for model in models]

    def test_the_score_is_the_lowest_loss_of_the_training_alone(self, record, finished):
        alone = small_gru(random_state=int(finished.seeds_[1]), purge=9)
        alone.set_params(window__window_length=6, window__min_history=10).fit(*record)
        row = finished.results_.query("window_length == 6 and repeat == 1")
        assert row["score"].item() == alone[-1].best_validation_loss_
        assert row["score"].item() == alone[-1].history_["validation_loss"].min()

    def test_cv_results_follow_scikit_learn(self, finished):
        found = finished.cv_results_
        losses = finished.results_["score"].to_numpy().reshape(3, 3)
        times = finished.results_["fit_time"].to_numpy().reshape(3, 3)
        for repeat in range(3):
            np.testing.assert_array_equal(found[f"split{repeat}_test_score"], -losses[:, repeat])
        np.testing.assert_allclose(found["mean_test_score"], -losses.mean(axis=1), rtol=1e-14)
        np.testing.assert_allclose(found["std_test_score"], losses.std(axis=1), rtol=1e-12)
        np.testing.assert_allclose(found["mean_fit_time"], times.mean(axis=1), rtol=1e-14)
        np.testing.assert_allclose(found["std_fit_time"], times.std(axis=1), rtol=1e-12)
        order = losses.mean(axis=1).argsort()
        np.testing.assert_array_equal(found["rank_test_score"][order], [1, 2, 3])
        assert found["rank_test_score"].dtype == np.int32
        assert found["params"] == [{"window__window_length": length} for length in LENGTHS]
        assert isinstance(found["param_window__window_length"], np.ma.MaskedArray)
        assert list(found["param_window__window_length"]) == LENGTHS
        assert finished.best_index_ == order[0]
        assert finished.best_window_length_ == LENGTHS[order[0]]
        assert finished.best_params_ == {"window__window_length": LENGTHS[order[0]]}
        assert finished.best_score_ == found["mean_test_score"][order[0]]

    def test_lowest_mean_wins_not_lowest_loss(self):
        search, X, y = known_search({2: [1.0, 9.0, 9.0], 4: [5.0, 5.0, 5.1], 6: [6.0, 6.0, 6.0]})
        search.fit(X, y)
        assert search.best_window_length_ == 4
        assert list(search.cv_results_["rank_test_score"]) == [3, 1, 2]

    def test_best_estimator_is_the_median_repeat_as_trained(self, finished, record):
        best = finished.best_estimator_
        here = finished.results_.query("window_length == @finished.best_window_length_")
        assert any(best is model for model in finished.estimators_)
        assert best[-1].best_validation_loss_ == here["score"].median()
        alone = clone(best).fit(*record)
        assert same_weights(alone, best)
        assert len(best[-1].validation_indices_) > 0

    @pytest.mark.parametrize(
        ("losses", "median"),
        [([3.0, 1.0, 2.0], 2), ([3.0, 1.0, 2.0, 4.0], 2), ([2.0, 1.0], 1), ([5.0], 0)],
    )
    def test_median_estimator(self, losses, median):
        # Of an even number it is the better one of the middle two.
        search, X, y = known_search({2: losses, 4: [9.0] * len(losses)})
        search.set_params(keep_estimators="all").fit(X, y)
        assert search.best_estimator_ is search.estimators_[median]
        assert search.median_estimator() is search.best_estimator_
        assert search.median_estimator(2) is search.best_estimator_
        assert search.median_estimator(4)[0].window_length == 4

    def test_only_the_best_models_are_kept_unless_asked_for(self):
        search, X, y = known_search({2: [1.0, 2.0], 4: [3.0, 4.0]})
        search.fit(X, y)
        assert list(search.estimators_by_length_) == [2]
        assert [m[-1].best_validation_loss_ for m in search.estimators_] == [1.0, 2.0]
        with pytest.raises(ValueError, match=r"length 4 were not kept.*'window length 2'.*'all'"):
            search.median_estimator(4)
        kept = clone(search).set_params(keep_estimators="all").fit(X, y)
        assert list(kept.estimators_by_length_) == [2, 4]
        assert kept.median_estimator(4)[-1].best_validation_loss_ == 3.0

    def test_predict_and_score_are_the_best_estimators(self, finished, record):
        X, y = record
        best = finished.best_estimator_
        np.testing.assert_array_equal(finished.predict(X), best.predict(X))
        assert finished.score(X, y) == best.score(X, y)
        assert finished.n_features_in_ == 2
        assert list(finished.feature_names_in_) == ["velocity", "displacement"]

    def test_without_refit_there_is_nothing_to_predict_with(self):
        search, X, y = known_search({2: [1.0, 2.0]}, refit=False)
        search.fit(X, y)
        assert not hasattr(search, "best_estimator_")
        assert not hasattr(search, "predict")
        assert search.best_window_length_ == 2
        assert len(search.estimators_) == 2

    def test_window_lengths_may_be_times(self, record):
        X, y = record
        X, y = X.copy(), y.copy()
        X.index = X.index.set_levels(X.index.levels[1] * 0.5, level="time")
        y.index = X.index
        lengths = ["2s", pd.Timedelta("4s")]
        search = WindowLengthSearchCV(
            small_gru(validation=RunHoldout(window_length=8)), lengths, n_repeats=1
        ).fit(X, y)
        assert list(search.results_["rows"]) == [4, 8]
        assert list(search.results_["window_length"]) == lengths
        assert search.best_window_length_ in lengths
        assert search.best_estimator_[-1].window_length_ in (4, 8)
        assert list(search.summary().index) == lengths

    def test_parallel_trainings_give_the_same(self, record, finished):
        parallel = WindowLengthSearchCV(
            small_gru(), LENGTHS, n_repeats=3, random_state=7, n_jobs=2, keep_estimators="all"
        ).fit(*record)
        pd.testing.assert_frame_equal(
            without_times(parallel.results_), without_times(finished.results_)
        )
        for length in LENGTHS:
            for one, other in zip(
                parallel.estimators_by_length_[length],
                finished.estimators_by_length_[length],
                strict=True,
            ):
                assert same_weights(one, other)

    def test_parameters_and_clone(self):
        search = WindowLengthSearchCV(small_gru(), LENGTHS, n_repeats=4)
        assert clone(search).get_params()["estimator__gru__hidden_size"] == 4
        search.set_params(estimator__gru__hidden_size=7)
        assert search.estimator[-1].hidden_size == 7
        assert WindowLengthSearchCV(None, []).n_repeats == 20
        with pytest.raises(NotFittedError):
            search.predict(np.zeros((4, 2)))

    def test_estimator_is_not_fitted(self, record):
        pipeline = small_gru()
        WindowLengthSearchCV(pipeline, [2], n_repeats=1).fit(*record)
        assert not hasattr(pipeline[-1], "net_")
        assert pipeline[0].window_length == 400


class TestSplitter:
    def flat_search(self, **options):
        model = make_pipeline(SlidingWindowTransformer(flatten=True), LinearRegression())
        options = {"cv": PurgedKFold(3, 10), "n_repeats": 2, "random_state": 0, **options}
        return WindowLengthSearchCV(model, LENGTHS, **options)

    def test_equals_a_grid_search_with_one_seed(self, record):
        X, y = record
        folds = PurgedKFold(3, 10)
        search = WindowLengthSearchCV(
            small_gru(), LENGTHS, n_repeats=1, cv=folds, random_state=0
        ).fit(X, y)
        model = small_gru(random_state=int(search.seeds_[0]), purge=9)
        grid = GridSearchCV(
            model.set_params(window__min_history=10),
            {"window__window_length": LENGTHS},
            cv=folds,
            scoring=windowed_scorer("neg_mean_squared_error", 10),
        ).fit(X, y)
        for name, values in search.cv_results_.items():
            if "time" not in name:
                np.testing.assert_array_equal(values, grid.cv_results_[name], err_msg=name)
        assert search.best_index_ == grid.best_index_
        assert search.best_params_ == grid.best_params_
        assert search.best_score_ == grid.best_score_
        assert search.n_splits_ == grid.n_splits_
        assert same_weights(search.best_estimator_, grid.best_estimator_)
        assert search.score(X, y) == grid.score(X, y)

    def test_repeats_and_splits_stand_in_results(self, record):
        search = self.flat_search(scoring="r2").fit(*record)
        table = search.results_
        assert len(table) == 3 * 2 * 3
        assert list(table["split"]) == [0, 1, 2] * 6
        assert list(table["repeat"]) == [0, 0, 0, 1, 1, 1] * 3
        assert search.n_splits_ == 3
        assert len(search.estimators_) == 6
        means = table.groupby("window_length")["score"].mean()
        np.testing.assert_allclose(search.cv_results_["mean_test_score"], means, rtol=1e-12)
        # The target is the mean of five rows, which longer windows know all about; a linear model
        # learns from padded windows as well, so that it does not quite get there.
        assert search.best_score_ > 0.97
        assert means[3] < 0.9
        assert search.best_window_length_ != 3
        assert "split5_test_score" in search.cv_results_
        assert "split6_test_score" not in search.cv_results_

    def test_best_estimator_is_fitted_on_all_rows(self, record):
        X, y = record
        search = self.flat_search().fit(X, y)
        alone = make_pipeline(
            SlidingWindowTransformer(search.best_window_length_, flatten=True), LinearRegression()
        ).fit(X, y)
        np.testing.assert_array_equal(search.predict(X), alone.predict(X))
        scorer = windowed_scorer("neg_mean_squared_error", 10)
        assert search.score(X, y) == scorer(alone, X, y)

    def test_all_lengths_are_scored_on_the_same_rows(self, record):
        X, y = record
        seen = []

        def count(_, X, y):
            seen.append(tuple(X.index))
            return 0.0

        self.flat_search(scoring=count, n_repeats=1, refit=False).fit(X, y)
        assert len(seen) == 9
        assert len(set(seen)) == 3
        scored = [place for fold in set(seen) for place in fold]
        assert sorted(scored) == sorted(
            X.index[SlidingWindowTransformer(10).fit_transform(X).complete]
        )


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
        message = f"windows of {length!r}, but the longest of window_lengths has 10 rows"
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
            {"budget": 1.0},
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
        assert len(list(tmp_path.rglob("*.joblib"))) == 2


class TestSummaryAndVerdict:
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


class TestMemory:
    def search(self, memory, **options):
        estimator = options.pop("estimator", None) or small_gru(max_epochs=1)
        options = {"n_repeats": 2, "random_state": 0, "keep_estimators": "all", **options}
        return WindowLengthSearchCV(
            estimator, options.pop("window_lengths", [3, 6]), memory=memory, **options
        )

    @pytest.fixture
    def stored(self, record, tmp_path):
        return tmp_path, self.search(tmp_path).fit(*record)

    def test_second_call_trains_nothing_and_gives_the_same(self, record, stored):
        folder, first = stored
        assert first.n_trained_ == 4
        second = self.search(str(folder)).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        np.testing.assert_equal(second.cv_results_, first.cv_results_)
        assert same_weights(second.best_estimator_, first.best_estimator_)
        np.testing.assert_array_equal(second.predict(record[0]), first.predict(record[0]))
        third = self.search(joblib.Memory(folder, verbose=0), n_jobs=2).fit(*record)
        assert third.n_trained_ == 0

    def test_best_estimator_is_one_of_those_stored(self, stored):
        folder, search = stored
        kept = [joblib.load(path)["estimator"].load() for path in folder.rglob("*.joblib")]
        assert len(kept) == 4
        assert (
            sum(
                model[-1].window_length_ == search.best_window_length_
                and same_weights(model, search.best_estimator_)
                for model in kept
            )
            == 1
        )

    def test_an_interrupted_training_goes_on_from_its_checkpoint(
        self, record, tmp_path, monkeypatch
    ):
        cut, begun = WindowBatches.__iter__, []

        def watched(batches):
            if batches.generator is not None:
                begun.append(len(begun) + 1)
                if len(begun) == 12 + 8:
                    raise KeyboardInterrupt
            yield from cut(batches)

        options = {"estimator": small_gru(max_epochs=12, dropout=0.2, n_gru_layers=2)}
        options |= {"window_lengths": [4], "n_repeats": 2}
        whole = self.search(None, **options).fit(*record)
        monkeypatch.setattr(WindowBatches, "__iter__", watched)
        with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
            self.search(tmp_path, **options).fit(*record)
        (checkpoint,) = tmp_path.rglob("*.checkpoint")
        begun[:] = [None] * 100
        again = self.search(tmp_path, **options).fit(*record)
        # Of the second training's 12 epochs five had been written down.
        assert len(begun) == 100 + 7
        assert again.n_trained_ == 1
        pd.testing.assert_frame_equal(without_times(again.results_), without_times(whole.results_))
        for one, other in zip(again.estimators_, whole.estimators_, strict=True):
            assert same_weights(one, other)
        assert not checkpoint.exists()

    def test_two_processes_may_share_a_folder(self, record, tmp_path):
        alone = self.search(None).fit(*record)
        sweeps = joblib.Parallel(n_jobs=2)(
            joblib.delayed(self.search(tmp_path).fit)(*record) for _ in range(2)
        )
        for sweep in sweeps:
            pd.testing.assert_frame_equal(
                without_times(sweep.results_), without_times(alone.results_)
            )
            assert same_weights(sweep.best_estimator_, alone.best_estimator_)
        assert len(list(tmp_path.rglob("*.joblib"))) == 4
        assert not list(tmp_path.rglob("*.part"))

    def test_memory_layout_does_not_matter(self, record, stored):
        X, y = record
        fortran = pd.DataFrame(
            np.asfortranarray(X.to_numpy()), index=X.index.copy(), columns=list(X.columns)
        )
        pieces = pd.concat([X[["velocity"]], X[["displacement"]]], axis=1)
        for same in (X.copy(), fortran, pieces):
            assert self.search(stored[0]).fit(same, y.copy()).n_trained_ == 0

    def test_arrays_of_another_layout_are_found(self, record, tmp_path):
        X, y = record[0].to_numpy(), record[1].to_numpy()
        assert self.search(tmp_path).fit(np.ascontiguousarray(X), y).n_trained_ == 4
        assert self.search(tmp_path).fit(np.asfortranarray(X), y[::-1][::-1]).n_trained_ == 0

    def test_only_what_is_new_is_trained(self, record, stored):
        longer = self.search(stored[0], n_repeats=3).fit(*record)
        assert longer.n_trained_ == 2
        first = stored[1].results_
        again = longer.results_.query("repeat < 2").reset_index(drop=True)
        pd.testing.assert_frame_equal(again, first)
        assert self.search(stored[0], window_lengths=[2, 3, 6]).fit(*record).n_trained_ == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda X, y: (X + np.eye(*X.shape) * 1e-12, y),
            lambda X, y: (X, y.where(y.index != y.index[-1], 0.123)),
            lambda X, y: (X.rename(columns={"velocity": "speed"}), y),
            lambda X, y: (X[["displacement", "velocity"]], y),
            lambda X, y: [table.set_axis(X.index.set_levels([5, 6], level=0)) for table in (X, y)],
            lambda X, y: (X.astype(np.float32), y),
        ],
        ids=["value", "target", "name", "order of columns", "index", "dtype"],
    )
    def test_changed_data_is_trained_again(self, record, stored, change):
        assert self.search(stored[0]).fit(*change(*record)).n_trained_ == 4

    @pytest.mark.parametrize(
        "options",
        [
            {"estimator": small_gru(max_epochs=1, lr=0.02)},
            {"estimator": small_gru(max_epochs=1, validation=RunHoldout(window_length=6))},
            {"random_state": 1},
            {"window_lengths": [4, 7]},
            {"cv": PurgedKFold(2, 6)},
        ],
        ids=["parameter", "validation", "seed", "lengths", "splitter"],
    )
    def test_changed_protocol_is_trained_again(self, record, stored, options):
        search = self.search(stored[0], **options).fit(*record)
        assert search.n_trained_ == len(search.results_)

    def test_times_as_window_lengths_are_told_apart(self, record, tmp_path):
        lengths = [pd.Timedelta("3s"), pd.Timedelta("6s")]
        first = self.search(tmp_path, window_lengths=lengths).fit(*record)
        second = self.search(tmp_path, window_lengths=lengths).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        assert first.results_["score"].nunique() == 4

    def test_splits_are_told_apart(self, record, tmp_path):
        options = {"cv": PurgedKFold(2, 6), "window_lengths": [3], "refit": False}
        first = self.search(tmp_path, **options).fit(*record)
        assert first.results_["score"].nunique() == 4
        second = self.search(tmp_path, **options).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        other_metric = self.search(tmp_path, scoring="r2", **options).fit(*record)
        assert other_metric.n_trained_ == 4

    def test_corrupt_entry_is_done_again_with_a_warning(self, record, tmp_path):
        first = self.search(tmp_path).fit(*record)
        path = sorted(tmp_path.rglob("*.joblib"))[1]
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.warns(UserWarning, match=f"{path.name} cannot be read.*it is done again"):
            again = self.search(tmp_path).fit(*record)
        assert again.n_trained_ == 1
        pd.testing.assert_frame_equal(without_times(again.results_), without_times(first.results_))
        assert self.search(tmp_path).fit(*record).n_trained_ == 0

    def test_failed_trainings_are_not_stored(self, tmp_path):
        losses = {2: [1.0, 2.0], 4: [3.0, 4.0]}
        search, X, y = known_search(losses, fails_at=[(4, 0)], memory=tmp_path)
        with pytest.warns(FitFailedWarning):
            search.fit(X, y)
        with pytest.warns(FitFailedWarning):
            assert search.fit(X, y).n_trained_ == 1

    def test_folder_that_cannot_be_written_is_an_error(self, record, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("")
        with pytest.raises(ValueError, match=r"memory='.*file' cannot be written to.*expected"):
            self.search(blocked).fit(*record)


SWEEP = """
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

def sweep(memory):
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = np.convolve(X[:, 0], np.ones(5) / 5)[:300]
    model = make_pipeline(
        SlidingWindowTransformer(),
        GRUFrictionRegressor(
            conv_channels=4, kernel_size=2, hidden_size=4, n_gru_layers=1, max_epochs=6, lr=0.01,
            device="cpu",
        ),
    )
    return WindowLengthSearchCV(
        model, [2, 5, 9], n_repeats=4, random_state=3, memory=memory, keep_estimators="all"
    ).fit(X, y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_killed_sweep_goes_on_where_it_stopped(tmp_path):
    (tmp_path / "killed_sweep.py").write_text(SWEEP)
    namespace = {}
    exec(SWEEP, namespace)
    root = str(Path(sklearn_frictiongru.__file__).parents[1])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-c", "from killed_sweep import sweep; sweep('memory')"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            if len(list((tmp_path / "memory").rglob("*.joblib"))) >= 3:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    stored = len(list((tmp_path / "memory").rglob("*.joblib")))
    assert 3 <= stored < 12
    resumed = namespace["sweep"](tmp_path / "memory")
    assert resumed.n_trained_ == 12 - stored
    whole = namespace["sweep"](None)
    assert whole.n_trained_ == 12
    pd.testing.assert_frame_equal(without_times(resumed.results_), without_times(whole.results_))
    for length in (2, 5, 9):
        for one, other in zip(
            resumed.estimators_by_length_[length], whole.estimators_by_length_[length], strict=True
        ):
            assert same_weights(one, other)


class TestProgress:
    @pytest.mark.parametrize("verbose", [0, 1])
    def test_bar_says_what_is_done_and_left(self, capfd, verbose):
        search, X, y = known_search({2: [1.0, 2.0], 4: [3.0, 4.0]})
        search.set_params(verbose=verbose).fit(X, y)
        printed = capfd.readouterr()
        assert printed.out == ""
        if not verbose:
            assert printed.err == ""
            return
        said = printed.err.replace("\r", "\n")
        assert "0 of 4 trainings done, 4 left" in said
        assert "trained window length 2, repeat 2 of 2; 4 of 4 trainings done, 0 left" in said
        assert "elapsed, about" in said

    def test_stored_trainings_count_as_done(self, capfd, tmp_path):
        losses = {2: [1.0, 2.0], 4: [3.0, 4.0]}
        search, X, y = known_search(losses, lengths=[4], memory=tmp_path)
        search.fit(X, y)
        search.set_params(window_lengths=[4, 2], verbose=1).fit(X, y)
        said = capfd.readouterr().err
        assert "2 of 4 trainings done, 2 left" in said
        assert "0 of 4" not in said
