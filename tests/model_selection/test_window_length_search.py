"""The sweep compares window lengths on the same rows with the same seeds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RunHoldout,
    WindowLengthSearchCV,
    windowed_scorer,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
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
