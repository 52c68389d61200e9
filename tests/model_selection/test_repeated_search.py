"""The sweep over any parameters: common seeds, common rows, and scikit-learn's own answers."""

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EpochTimer

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
    KnownByName,
    known_search,
    make_record,
    same_weights,
    search_by_name,
    small_gru,
    without_times,
)


@pytest.fixture(autouse=True)
def _count_from_zero():
    KnownByName.fits.clear()


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def finished(record):
    """A finished search over a window length beside another parameter, with all its models."""
    grid = [
        {"window__window_length": [3, 8], "gru__hidden_size": [2, 4]},
        {"gru__lr": [0.02]},
    ]
    model = small_gru()
    model.set_params(window__window_length=6)
    return RepeatedSeedSearchCV(
        model, grid, n_repeats=2, random_state=3, keep_estimators="all"
    ).fit(*record)


class FailsAbove(Ridge):
    """A regressor that fails where its penalty is too high."""

    def fit(self, X, y):
        if self.alpha > 50:
            raise RuntimeError(f"alpha={self.alpha} is too high")
        return super().fit(X, y)


class Scored(Ridge):
    """A regressor with a parameter whose name begins as the scores do."""

    def __init__(self, score_of=None, alpha=1.0, random_state=None):
        super().__init__(alpha=alpha, random_state=random_state)
        self.score_of = score_of


class AddNoise(TransformerMixin, BaseEstimator):
    """A step that takes a seed, too."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        noise = np.random.RandomState(self.random_state).normal(size=np.shape(X))
        return X + 0.1 * noise


ALPHAS = {"alpha": [0.1, 10.0, 1000.0]}
FOLDS = PurgedKFold(3, 1)


class TestEqualsGridSearch:
    """With one repeat and a regressor that takes no seed."""

    def both(self, record, grid, estimator=None, **options):
        estimator = Ridge() if estimator is None else estimator
        ours = RepeatedSeedSearchCV(estimator, grid, n_repeats=1, cv=FOLDS, **options)
        theirs = GridSearchCV(
            estimator, grid, cv=FOLDS, **{"scoring": "neg_mean_squared_error", **options}
        )
        return ours.fit(*record), theirs.fit(*record)

    def assert_same_table(self, ours, theirs):
        names = {name for name in theirs.cv_results_ if "time" not in name}
        assert names == {name for name in ours.cv_results_ if "time" not in name}
        for name in names:
            one, other = ours.cv_results_[name], theirs.cv_results_[name]
            if name == "params":
                assert one == other
                continue
            if name.startswith("param_"):
                np.testing.assert_array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other))
                assert one.compressed().tolist() == other.compressed().tolist()
                continue
            np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=name)

    @pytest.mark.parametrize(
        "grid",
        [
            ALPHAS,
            {"alpha": [1.0, 100.0], "fit_intercept": [True, False]},
            [{"alpha": [1.0, 100.0]}, {"fit_intercept": [False]}],
            [{"solver": ["svd"], "alpha": [5.0]}, {"alpha": [1.0], "fit_intercept": [True, False]}],
        ],
    )
    @pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
    def test_any_grid(self, record, grid, scoring):
        X, y = record
        ours, theirs = self.both(record, grid, scoring=scoring)
        self.assert_same_table(ours, theirs)
        assert ours.best_params_ == theirs.best_params_
        assert ours.best_index_ == theirs.best_index_
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert ours.n_splits_ == theirs.n_splits_
        assert not ours.multimetric_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
        np.testing.assert_array_equal(
            ours.best_estimator_.predict(X), theirs.best_estimator_.predict(X)
        )
        assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-12)

    def test_without_scoring_it_is_the_squared_error(self, record):
        self.assert_same_table(*self.both(record, ALPHAS))

    def test_parameters_that_a_dict_lacks_are_masked(self, record):
        ours, _ = self.both(record, [{"alpha": [1.0, 100.0]}, {"fit_intercept": [False]}])
        assert ours.cv_results_["param_alpha"].mask.tolist() == [False, False, True]
        assert ours.cv_results_["param_fit_intercept"].mask.tolist() == [True, True, False]
        table = ours.results_
        assert list(table["alpha"].isna()) == [False] * 6 + [True] * 3
        assert list(table["candidate"]) == [0, 0, 0, 1, 1, 1, 2, 2, 2]

    @pytest.mark.parametrize(
        "scoring",
        [
            ["neg_mean_absolute_error", "r2"],
            ("r2", "neg_mean_absolute_error"),
            {"error": "neg_mean_absolute_error", "r2": "r2"},
        ],
        ids=["list", "tuple", "dict"],
    )
    def test_several_scorers(self, record, scoring):
        X, y = record
        ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit="r2")
        self.assert_same_table(ours, theirs)
        assert ours.multimetric_
        assert (ours.best_index_, ours.best_params_) == (theirs.best_index_, theirs.best_params_)
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-12)
        means = ours.results_.groupby("candidate")["score_r2"].mean()
        np.testing.assert_allclose(ours.cv_results_["mean_test_r2"], means, rtol=1e-12)
        # What decides is also the score of the table.
        np.testing.assert_array_equal(ours.results_["score"], ours.results_["score_r2"])

    @pytest.mark.parametrize("names", [("score", "r2"), ("r2", "score")])
    def test_a_scorer_may_be_named_score(self, record, names):
        scoring = dict(zip(names, ["r2", "neg_mean_absolute_error"], strict=True))
        ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit="score")
        self.assert_same_table(ours, theirs)
        assert ours.multimetric_
        with pytest.raises(ValueError, match="refit is True; with several scorers"):
            self.both(record, ALPHAS, scoring=scoring)

    def test_a_parameter_may_be_named_like_a_score(self, record):
        search = RepeatedSeedSearchCV(
            Scored(), {"score_of": [1, 2]}, n_repeats=1, cv=FOLDS, scoring=["r2"], refit="r2"
        ).fit(*record)
        assert "mean_test_of" not in search.cv_results_
        assert search.results_["score_of"].tolist() == [1, 1, 1, 2, 2, 2]

    def test_the_scorer_that_is_named_decides(self, record):
        def highest_penalty(model, X, y):
            return model.alpha

        scoring = {"penalty": highest_penalty, "r2": "r2"}
        chosen = {}
        for refit in scoring:
            ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit=refit)
            assert ours.best_index_ == theirs.best_index_
            chosen[refit] = ours.best_params_["alpha"]
        assert chosen["penalty"] == 1000.0
        assert chosen["r2"] < 1000.0

    def test_a_callable_chooses(self, record):
        X, _ = record

        def second_best(results):
            return int(np.flatnonzero(results["rank_test_score"] == 2)[0])

        ours, theirs = self.both(record, ALPHAS, scoring="r2", refit=second_best)
        assert ours.best_index_ == theirs.best_index_
        assert ours.cv_results_["rank_test_score"][ours.best_index_] == 2
        assert ours.best_params_ == theirs.best_params_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)

    def test_a_callable_chooses_among_several_scorers(self, record):
        def worst(results):
            return int(results["mean_test_r2"].argmin())

        options = {"scoring": ["r2", "neg_mean_squared_error"], "refit": worst}
        ours, theirs = self.both(record, ALPHAS, **options)
        assert ours.best_params_ == theirs.best_params_ == {"alpha": 1000.0}

    @pytest.mark.parametrize("index", [-1, 3])
    def test_a_callable_must_return_one_of_the_candidates(self, record, index):
        search = RepeatedSeedSearchCV(
            Ridge(), ALPHAS, n_repeats=1, cv=FOLDS, refit=lambda results: index
        )
        with pytest.raises(IndexError, match=f"refit returned {index}; expected .* of 3 candid"):
            search.fit(*record)

    def test_unknown_scorers_are_refused_before_anything_is_trained(self, record):
        model = make_pipeline(SlidingWindowTransformer(3, flatten=True), FailsAbove(alpha=100))
        search = RepeatedSeedSearchCV(
            model, {}, cv=PurgedKFold(3, 3), scoring="nonsense", error_score="raise"
        )
        with pytest.raises(ValueError, match="'nonsense' is not a valid scoring value"):
            search.fit(*record)

    def test_without_refit(self, record):
        ours, theirs = self.both(record, ALPHAS, scoring="r2", refit=False)
        assert (ours.best_index_, ours.best_params_) == (theirs.best_index_, theirs.best_params_)
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert not hasattr(ours, "best_estimator_")

    @pytest.mark.parametrize("error_score", [0.0, np.nan, -7.5])
    def test_scores_of_what_failed(self, record, error_score):
        grid = {"alpha": [100.0, 1.0, 10.0]}
        ours = RepeatedSeedSearchCV(
            FailsAbove(), grid, n_repeats=1, cv=FOLDS, scoring="r2", error_score=error_score
        )
        with pytest.warns(FitFailedWarning, match=rf"3 of 9 .*error_score={error_score}.*too high"):
            ours.fit(*record)
        theirs = GridSearchCV(FailsAbove(), grid, cv=FOLDS, scoring="r2", error_score=error_score)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.fit(*record)
        self.assert_same_table(ours, theirs)
        assert ours.best_params_ == theirs.best_params_ == {"alpha": 1.0}
        np.testing.assert_array_equal(ours.results_["score"][:3], [error_score] * 3)
        assert set(ours.results_["status"][:3]) == {"failed: alpha=100.0 is too high"}
        assert set(ours.results_["status"][3:]) == {"finished"}

    def test_a_failure_may_end_the_search(self, record):
        search = RepeatedSeedSearchCV(
            FailsAbove(), {"alpha": [1.0, 100.0]}, n_repeats=1, cv=FOLDS, error_score="raise"
        )
        with pytest.raises(RuntimeError, match=r"^alpha=100.0 is too high$"):
            search.fit(*record)

    @pytest.mark.parametrize("cv", [3, PurgedKFold(4, 1), None])
    def test_number_of_splits(self, record, cv):
        if cv is None:
            search = search_by_name({"a": [1.0, 2.0]}).fit(*record)
        else:
            search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=2, cv=cv).fit(*record)
        assert search.n_splits_ == {3: 3, None: 1}.get(cv if cv in (3, None) else "purged", 4)
        assert len(search.results_) == len(search.cv_results_["params"]) * 2 * search.n_splits_


class TestSeveralScorersAreRefused:
    @pytest.mark.parametrize("refit", [True, "mse"])
    def test_if_none_is_named(self, record, refit):
        search = RepeatedSeedSearchCV(
            FailsAbove(alpha=100), {}, cv=FOLDS, scoring=["r2", "neg_max_error"], refit=refit
        )
        message = f"refit is {refit!r}; with several scorers expected the name of the one"
        with pytest.raises(
            ValueError, match=message + r".*'r2', 'neg_max_error'.*callable, or False"
        ):
            search.fit(*record)

    def test_if_one_would_hide_the_times(self, record):
        scoring = {"time": "r2", "error": "neg_max_error"}
        search = RepeatedSeedSearchCV(
            FailsAbove(alpha=100), {}, cv=FOLDS, scoring=scoring, refit="time", error_score="raise"
        )
        with pytest.raises(ValueError, match="a scorer is named 'time', but score_time is what"):
            search.fit(*record)

    @pytest.mark.parametrize("options", [{"cv": FOLDS, "scoring": "r2"}, {"cv": FOLDS}, {}])
    def test_a_name_where_there_is_one_scorer(self, record, options):
        search = RepeatedSeedSearchCV(FailsAbove(alpha=100), {}, refit="r2", **options)
        with pytest.raises(ValueError, match="refit is 'r2', the name of a scorer, but there are"):
            search.fit(*record)


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


class TestWindowLengthBesideAnotherParameter:
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

    @pytest.mark.parametrize("other", [{}, {"gru__lr": [0.1]}], ids=["alone", "beside another"])
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

    def test_several_parameters_are_several_levels(self, finished):
        summary = finished.summary()
        assert summary.index.names == ["gru__hidden_size", "window__window_length", "gru__lr"]
        assert len(summary) == 5

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


class TestBudget:
    LOSSES = {
        "good": [1.00, 1.30, 1.10, 1.40, 1.20, 1.15],
        "bad": [5.00, 5.60, 4.80, 5.90, 5.10, 5.00],
        "close": [1.05, 1.25, 1.15, 1.38, 1.25, 1.12],
    }

    def p_value(self):
        good, bad = self.LOSSES["good"][:3], self.LOSSES["bad"][:3]
        return ttest_rel(bad, good, alternative="greater").pvalue

    def test_what_is_hopeless_is_not_trained_on(self, record):
        search = search_by_name(self.LOSSES, budget=0.05).fit(*record)
        expected = [(name, repeat) for name in self.LOSSES for repeat in range(6)]
        expected = [fit for fit in expected if fit[0] != "bad" or fit[1] < 3]
        assert sorted(KnownByName.fits) == sorted(expected)
        assert search.n_trained_ == 15
        assert search.n_saved_ == 3
        table = search.results_.query("name == 'bad'")
        given_up = f"given up: after 3 repeats, p = {self.p_value():.2g}"
        assert table["status"].tolist() == ["finished"] * 3 + [given_up] * 3
        assert table["score"].iloc[3:].isna().all()
        assert (table["n_epochs"].iloc[3:] == 0).all()
        assert set(search.results_.query("name != 'bad'")["status"]) == {"finished"}

    def test_the_share_of_time_that_was_saved(self, record):
        search = search_by_name(self.LOSSES, budget=0.05).fit(*record)
        spent = search.results_.query("status == 'finished'")["fit_time"].sum()
        of_bad = search.results_.query("name == 'bad' and status == 'finished'")["fit_time"]
        saved = 3 * of_bad.mean()
        assert search.saved_share_ == pytest.approx(saved / (spent + saved))
        assert search.cv_results_["mean_fit_time"][1] == pytest.approx(of_bad.mean())

    def test_the_winner_is_the_same_and_the_hopeless_one_comes_last(self, record):
        raced = search_by_name(self.LOSSES, budget=0.05).fit(*record)
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
        search = search_by_name(losses, budget=0.05).fit(*record)
        assert search.n_saved_ == 3
        assert search.best_params_ != {"name": "early"}
        assert search.cv_results_["rank_test_score"].tolist() == [1, 3, 2]
        assert search.cv_results_["mean_test_score"].argmax() == 1
        # Nor is it the runner-up, of which the winner would be better with all seeds.
        assert search.summary().loc["late", "beats_next"] == pytest.approx(5 / 6)

    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_with_memory_only_what_is_new_is_trained(self, record, tmp_path, n_jobs):
        options = {"budget": 0.05, "memory": tmp_path, "n_jobs": n_jobs}
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
        alone = search_by_name(self.LOSSES, budget=0.05).fit(*record)
        beside = search_by_name(self.LOSSES, budget=0.05, n_jobs=2).fit(*record)
        pd.testing.assert_frame_equal(without_times(beside.results_), without_times(alone.results_))
        assert beside.n_saved_ == alone.n_saved_ == 3

    def test_a_low_error_rate_trains_all(self, record):
        search = search_by_name(self.LOSSES, budget=1e-9).fit(*record)
        assert search.n_saved_ == 0
        assert len(KnownByName.fits) == 18

    @pytest.mark.parametrize("n_repeats", [1, 2, 3])
    def test_few_repeats_are_all_trained(self, record, n_repeats):
        losses = {name: values[:n_repeats] for name, values in self.LOSSES.items()}
        search = search_by_name(losses, budget=0.5).fit(*record)
        assert len(KnownByName.fits) == 3 * n_repeats
        assert search.n_saved_ == 0

    def test_one_that_fails_goes_on_failing_beside_the_race(self, record):
        losses = {**self.LOSSES, "fails": [0.0] * 6}
        search = search_by_name(losses, budget=0.05, fails=("fails",))
        with pytest.warns(FitFailedWarning, match="6 of 24 trainings failed"):
            search.fit(*record)
        assert search.best_params_ == {"name": "good"}
        assert search.n_saved_ == 3

    def test_with_a_splitter_the_splits_of_a_repeat_are_one_score(self, record):
        model = make_pipeline(AddNoise(), LinearRegression(fit_intercept=False))
        grid = {"linearregression": [LinearRegression(), LinearRegression(fit_intercept=False)]}
        search = RepeatedSeedSearchCV(
            model, grid, n_repeats=5, cv=FOLDS, random_state=0, budget=0.05
        ).fit(*record)
        # Without an intercept it never gets near the mean of the friction.
        scores = search.results_["score"].to_numpy().reshape(2, 5, 3).mean(axis=2)
        p_value = ttest_rel(scores[0, :3], scores[1, :3], alternative="greater").pvalue
        status = search.results_.query("candidate == 1")["status"].tolist()
        assert status == ["finished"] * 9 + [f"given up: after 3 repeats, p = {p_value:.2g}"] * 6
        assert search.n_saved_ == 6

    def test_summary_and_verdict_count_what_there_is(self, record):
        search = search_by_name(self.LOSSES, budget=0.05).fit(*record)
        summary = search.summary()
        assert summary["n_finished"].tolist() == [6, 3, 6]
        assert summary.loc["bad", "p_value"] == pytest.approx(self.p_value())
        assert search.verdict_ == "tied"


class InterruptIn(Callback):
    """Interrupts the training in an epoch, as long as a file is not there."""

    def __init__(self, epoch, path):
        self.epoch = epoch
        self.path = path

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == self.epoch and not self.path.exists():
            self.path.touch()
            raise KeyboardInterrupt


class TestGoesOn:
    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_from_the_checkpoint_of_an_interrupted_training(self, record, tmp_path, n_jobs):
        flag = tmp_path / "interrupted"

        def search(memory, path):
            model = small_gru(max_epochs=12, callbacks=[InterruptIn(8, path)])
            model.set_params(window__window_length=4)
            return RepeatedSeedSearchCV(
                model, {"gru__lr": [0.02]}, n_repeats=2, random_state=0, memory=memory
            )

        with pytest.raises(KeyboardInterrupt, match=r"gru__lr=0\.02, repeat 1 of 2"):
            search(tmp_path, flag).fit(*record)
        (checkpoint,) = tmp_path.rglob("*.checkpoint")
        assert len(pickle.loads(checkpoint.read_bytes())["history"]) == 5
        resumed = search(tmp_path, flag).set_params(n_jobs=n_jobs).fit(*record)
        whole = search(None, flag).fit(*record)
        assert resumed.n_trained_ == 2
        pd.testing.assert_frame_equal(
            without_times(resumed.results_), without_times(whole.results_)
        )
        assert same_weights(resumed.best_estimator_, whole.best_estimator_)
        # A stored training needs its checkpoint no longer.
        assert list(tmp_path.rglob("*.checkpoint")) == []
        assert len(list(tmp_path.rglob("*.joblib"))) == 2


class TestEstimator:
    def test_parameters_and_clone(self):
        search = RepeatedSeedSearchCV(small_gru(), {"gru__lr": [0.1]}, budget=0.1, best_by="median")
        copied = clone(search)
        assert copied.get_params(deep=False).keys() == search.get_params(deep=False).keys()
        assert copied.param_grid == {"gru__lr": [0.1]}
        assert (copied.budget, copied.best_by, copied.n_repeats) == (0.1, "median", 20)
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
        "options", [{"param_grid": None}, {"budget": 0.0}, {"best_by": "best"}, {"cv": "five"}]
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
