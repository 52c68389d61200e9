"""The sweep over any parameters: common seeds and common rows."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import EpochTimer

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
    ALPHAS,
    FOLDS,
    AddNoise,
    make_record,
    same_weights,
    search_by_name,
    small_gru,
)


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def finished(record):
    """A finished search over a window length and another parameter, with all its models."""
    grid = [
        {"window__window_length": [3, 8], "gru__hidden_size": [2, 4]},
        {"gru__lr": [0.02]},
    ]
    model = small_gru()
    model.set_params(window__window_length=6)
    return RepeatedSeedSearchCV(
        model, grid, n_repeats=2, random_state=3, keep_estimators="all"
    ).fit(*record)


class TestSeeds:
    def test_are_common_to_all_candidates_and_reach_every_random_state(self, record):
        model = make_pipeline(AddNoise(), AddNoise(), Ridge())
        search = RepeatedSeedSearchCV(
            model,
            {"ridge__alpha": [1.0, 50.0]},
            n_repeats=3,
            cv=FOLDS,
            random_state=5,
            keep_estimators="all",
        ).fit(*record)
        assert len(set(search.seeds_)) == 3
        for candidate in (0, 1):
            here = search.results_.query("candidate == @candidate")
            assert list(here["seed"]) == list(np.repeat(search.seeds_, 3))
            for model, seed in zip(search._kept[candidate], here["seed"], strict=True):
                assert [step.random_state for _, step in model.steps] == [seed] * 3
        scores = search.results_.query("split == 0")["score"]
        assert scores.nunique() == 6
        # On all rows it is fitted with the first of them.
        assert {step.random_state for _, step in search.best_estimator_.steps} == {search.seeds_[0]}

    def test_the_estimator_given_is_left_alone(self, record):
        model = make_pipeline(AddNoise(random_state=1), Ridge(alpha=3.0))
        RepeatedSeedSearchCV(model, {"ridge__alpha": [1.0]}, n_repeats=1, cv=FOLDS).fit(*record)
        assert model[0].random_state == 1
        assert model[-1].alpha == 3.0
        assert not hasattr(model[-1], "coef_")


class TestWindowLengthAndAnotherParameter:
    def test_all_candidates_train_and_validate_on_the_same_rows(self, finished):
        models = [model for kept in finished._kept.values() for model in kept]
        assert [m[-1].window_length_ for m in models] == [3, 3, 8, 8, 3, 3, 8, 8, 6, 6]
        first = models[0][-1]
        for model in models:
            assert model[0].min_history == 8
            assert model[-1].purge == 7
            np.testing.assert_array_equal(model[-1].training_indices_, first.training_indices_)
            np.testing.assert_array_equal(model[-1].validation_indices_, first.validation_indices_)
        # Both ends of the rows used are those of the longest window.
        assert first.training_indices_[0] == 7
        distance = np.abs(first.training_indices_[:, None] - first.validation_indices_)
        assert distance[first.training_indices_ < 150].min() == 8
        assert finished.longest_rows_ == 8

    def test_the_other_parameter_is_set(self, finished):
        sizes = [kept[0][-1].hidden_size for kept in finished._kept.values()]
        assert sizes == [2, 2, 4, 4, 4]
        assert [kept[0][-1].lr for kept in finished._kept.values()] == [0.01] * 4 + [0.02]

    def test_results_name_each_candidate(self, finished):
        table = finished.results_
        assert list(table.columns[:5]) == [
            "candidate",
            "gru__hidden_size",
            "window__window_length",
            "gru__lr",
            "repeat",
        ]
        assert list(table["candidate"]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        losses = [m[-1].best_validation_loss_ for kept in finished._kept.values() for m in kept]
        assert list(table["score"]) == losses
        np.testing.assert_allclose(
            finished.cv_results_["mean_test_score"], -np.reshape(losses, (5, 2)).mean(axis=1)
        )

    def test_the_median_repeat_is_kept_as_trained(self, finished):
        here = finished.results_.query("candidate == @finished.best_index_")
        # Of two it is the better one.
        assert finished.best_estimator_[-1].best_validation_loss_ == here["score"].min()
        assert finished.best_estimator_ in finished.estimators_
        worst = finished.median_estimator(4)
        assert worst in finished._kept[4]

    def test_several_parameters_are_several_levels_of_the_summary(self, finished):
        summary = finished.summary()
        assert summary.index.names == ["gru__hidden_size", "window__window_length", "gru__lr"]
        assert len(summary) == 5

    def test_learning_curves_are_those_of_the_models(self, finished):
        curves = finished.learning_curves_
        assert len(curves) == finished.results_["n_epochs"].sum() == 20
        for number, kept in finished._kept.items():
            for repeat, model in enumerate(kept):
                here = curves[(curves["candidate"] == number) & (curves["repeat"] == repeat)]
                history = model[-1].history_
                pd.testing.assert_frame_equal(here[history.columns].reset_index(drop=True), history)
                assert set(here["seed"]) == {finished.seeds_[repeat]}
                assert set(here["split"]) == {0}

    def test_the_window_length_search_gives_the_same(self, record):
        lengths = [3, 6]
        options = {"n_repeats": 2, "random_state": 4}
        special = WindowLengthSearchCV(small_gru(), lengths, **options).fit(*record)
        general = RepeatedSeedSearchCV(
            small_gru(), {"window__window_length": lengths}, **options
        ).fit(*record)
        np.testing.assert_array_equal(special.results_["score"], general.results_["score"])
        np.testing.assert_array_equal(special.seeds_, general.seeds_)
        assert special.best_params_ == general.best_params_
        assert special.best_score_ == general.best_score_
        assert same_weights(special.best_estimator_, general.best_estimator_)
        assert special.summary().to_numpy() == pytest.approx(
            general.summary().to_numpy(), nan_ok=True
        )

    def test_with_a_splitter_all_are_scored_on_the_same_rows(self, record):
        seen = []

        def count(_, X, y):
            seen.append(tuple(X.index))
            return 0.0

        model = make_pipeline(SlidingWindowTransformer(flatten=True), Ridge())
        grid = {"slidingwindowtransformer__window_length": [2, 9], "ridge__alpha": [1.0, 5.0]}
        RepeatedSeedSearchCV(
            model, grid, n_repeats=1, cv=PurgedKFold(3, 9), scoring=count, refit=False
        ).fit(*record)
        assert len(seen) == 12
        assert len(set(seen)) == 3


class TestOtherInputs:
    def test_a_regressor_alone_on_windows(self, record):
        X, y = record
        windows = SlidingWindowTransformer(5).fit_transform(X)
        model = small_gru()[-1]
        search = RepeatedSeedSearchCV(
            model, {"lr": [1e-5, 0.02]}, n_repeats=2, random_state=0, keep_estimators="all"
        ).fit(windows, y)
        assert search.longest_rows_ == 5
        assert search.best_params_ == {"lr": 0.02}
        assert isinstance(search.best_estimator_, GRUFrictionRegressor)
        alone = clone(model).set_params(lr=0.02, random_state=int(search.seeds_[1]))
        alone.fit(windows, y)
        assert search.results_["score"].iloc[3] == alone.best_validation_loss_
        best = search.best_estimator_
        np.testing.assert_array_equal(search.predict(windows), best.predict(windows))

    def test_a_regressor_alone_on_windows_with_a_splitter(self, record):
        X, y = record
        windows = SlidingWindowTransformer(5).fit_transform(X)
        search = RepeatedSeedSearchCV(
            small_gru()[-1], {"lr": [1e-5, 0.02]}, n_repeats=1, cv=PurgedKFold(2, 5), scoring="r2"
        ).fit(windows, y)
        assert search.n_splits_ == 2
        assert len(search.results_) == 4
        train, test = next(PurgedKFold(2, 5).split(windows, y))
        model = clone(small_gru()[-1]).set_params(lr=1e-5, random_state=int(search.seeds_[0]))
        model.fit(windows[train], y.iloc[train])
        # As with a window step, windows without their history do not count.
        assert search.results_["score"].iloc[0] == pytest.approx(
            model.score(windows[test], y.iloc[test])
        )
        assert search.score(windows, y) == search.best_estimator_.score(windows, y)

    def test_plain_arrays(self, record):
        X, y = record[0].to_numpy(), record[1].to_numpy()
        search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=1, cv=3, scoring="r2").fit(X, y)
        grid = GridSearchCV(Ridge(), ALPHAS, cv=3, scoring="r2").fit(X, y)
        np.testing.assert_allclose(
            search.cv_results_["mean_test_score"], grid.cv_results_["mean_test_score"]
        )
        assert search.n_features_in_ == 2

    def test_an_array_of_windows(self, record):
        windows = np.random.default_rng(0).normal(size=(80, 4, 2))
        y = windows[:, -1, 0]
        search = RepeatedSeedSearchCV(
            small_gru(batch_size=8)[-1], {"lr": [1e-5, 0.02]}, n_repeats=1, random_state=0
        ).fit(windows, y)
        for training, lr in zip(search.results_["score"], [1e-5, 0.02], strict=True):
            alone = small_gru(batch_size=8, lr=lr, random_state=int(search.seeds_[0]))[-1]
            assert training == alone.fit(windows, y).best_validation_loss_
        assert search.predict(windows).shape == (80,)

    def test_no_target_is_an_error(self, record):
        with pytest.raises(ValueError, match=r"requires y to be passed, but the target y is None"):
            RepeatedSeedSearchCV(Ridge(), ALPHAS, cv=FOLDS).fit(record[0], None)

    def test_a_grid_of_nothing_repeats_the_estimator(self, record):
        model = small_gru().set_params(window__window_length=4)
        search = RepeatedSeedSearchCV(model, {}, n_repeats=2, random_state=0).fit(*record)
        assert search.best_params_ == {}
        assert search.results_["score"].nunique() == 2
        assert search.summary()["n_finished"].tolist() == [2]
        assert search.summary().index.name == "candidate"
        assert search.verdict_ == "clear"

    @pytest.mark.parametrize("other", [{}, {"gru__lr": [0.1]}], ids=["alone", "with another"])
    def test_parameters_may_be_lists(self, record, other):
        callbacks = [[], [("timer", EpochTimer()), ("second", EpochTimer())], None]
        model = small_gru().set_params(window__window_length=4)
        search = RepeatedSeedSearchCV(
            model, {"gru__callbacks": callbacks, **other}, n_repeats=1, random_state=0
        ).fit(*record)
        # What has no say gives the same score.
        assert search.results_["score"].nunique() == 1
        curves = search.learning_curves_.query("candidate == 1")
        assert len(curves) == 2
        assert [len(given) for given in curves["gru__callbacks"]] == [2, 2]
        assert len(search.summary().index.unique()) == 3
        assert search.verdict_ == "tied"
        assert len(search.best_params_) == 1 + len(other)


class TestEstimator:
    def test_parameters_and_clone(self):
        search = RepeatedSeedSearchCV(
            small_gru(), {"gru__lr": [0.1]}, elimination_alpha=0.1, best_by="median"
        )
        copied = clone(search)
        assert copied.get_params(deep=False).keys() == search.get_params(deep=False).keys()
        assert copied.param_grid == {"gru__lr": [0.1]}
        assert (copied.elimination_alpha, copied.best_by, copied.n_repeats) == (0.1, "median", 20)
        assert copied.get_params()["estimator__gru__hidden_size"] == 4
        copied.set_params(estimator__gru__hidden_size=9)
        assert search.estimator[-1].hidden_size == 4

    def test_predictions_are_those_of_the_best_estimator(self, record):
        X, y = record
        search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=1, cv=FOLDS, scoring="r2")
        with pytest.raises(NotFittedError):
            search.predict(X)
        search.fit(X, y)
        assert not isinstance(search.best_estimator_, type(search))
        np.testing.assert_array_equal(search.predict(X), search.best_estimator_.predict(X))
        assert search.score(X, y) == search.best_estimator_.score(X, y)
        assert search.n_features_in_ == 2
        assert list(search.feature_names_in_) == ["velocity", "displacement"]

    def test_without_a_splitter_the_score_is_the_estimators_own(self, finished, record):
        assert finished.score(*record) == finished.best_estimator_.score(*record)

    def test_with_windows_the_score_counts_rows_with_their_history(self, record):
        model = make_pipeline(SlidingWindowTransformer(flatten=True), Ridge())
        search = RepeatedSeedSearchCV(
            model,
            {"slidingwindowtransformer__window_length": [2, 9]},
            n_repeats=1,
            cv=PurgedKFold(3, 9),
            scoring="r2",
        ).fit(*record)
        expected = windowed_scorer("r2", 9)(search.best_estimator_, *record)
        assert search.score(*record) == expected

    @pytest.mark.parametrize("name", ["predict", "score", "best_estimator_"])
    def test_without_refit_there_is_nothing_to_ask(self, record, name):
        search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=1, cv=FOLDS, refit=False)
        search.fit(*record)
        assert not hasattr(search, name)
        with pytest.raises(AttributeError, match=name):
            getattr(search, name)

    def test_models_that_were_not_kept_are_named(self, record):
        search = search_by_name({"a": [1.0, 2.0], "b": [3.0, 4.0]}).fit(*record)
        message = re.escape("the models of name='b' were not kept, only those of [\"name='a'\"]")
        with pytest.raises(ValueError, match=message):
            search.median_estimator(1)

    @pytest.mark.parametrize(
        "options",
        [{"param_grid": None}, {"elimination_alpha": 0.0}, {"best_by": "best"}, {"cv": "five"}],
    )
    def test_bad_parameters(self, record, options):
        (name,) = options
        options = {"estimator": Ridge(), "param_grid": ALPHAS, **options}
        with pytest.raises(ValueError, match=f"'{name}' parameter of RepeatedSeedSearchCV"):
            RepeatedSeedSearchCV(**options).fit(*record)


class NoFeatureCount(RegressorMixin, BaseEstimator):
    """A regressor that fits what it is given and says nothing of itself."""

    def fit(self, X, y):
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def test_a_foreign_regressor_has_no_curves_and_no_windows(record):
    search = RepeatedSeedSearchCV(NoFeatureCount(), {}, n_repeats=1, cv=FOLDS).fit(*record)
    assert search.learning_curves_.empty
    for name in ("n_epochs", "best_epoch", "n_training", "n_validation"):
        assert (search.results_[name] == 0).all()
    assert search.longest_rows_ == 1
    assert not hasattr(search, "n_features_in_")
