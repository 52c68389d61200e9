"""The rules of rows hold in whatever a pipeline is wrapped."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.model_selection import (
    PredictionDisplay,
    PurgedKFold,
    RepeatedSeedSearchCV,
    RunHoldout,
    WindowLengthSearchCV,
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection._search_setup import on_common_rows
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    SlidingWindowTransformer,
    find_window_steps,
    fitted_window_steps,
)
from tests.model_selection._searches import make_record, small_gru

LENGTHS = (4, 24)


class Inner(RegressorMixin, BaseEstimator):
    """A wrapper of another package: its estimator has a name of its own."""

    def __init__(self, model=None):
        self.model = model

    def fit(self, X, y):
        self.fitted_ = clone(self.model).fit(X, y)
        return self

    def predict(self, X):
        return self.fitted_.predict(X)


class Hidden(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """A wrapper whose estimator no parameter shows."""

    def __init__(self, length=4):
        self.length = length

    def fit(self, X, y):
        self.fitted_ = ridge(self.length).fit(X, y)
        return self

    def predict(self, X):
        return self.fitted_.predict(X)


def ridge(length=4):
    window = SlidingWindowTransformer(length, flatten=True)
    return Pipeline([("window", window), ("ridge", Ridge())])


WRAPPED = {
    "target": (lambda inner: TransformedTargetRegressor(inner), "regressor__window"),
    "pipeline": (lambda inner: Pipeline([("inner", inner)]), "inner__window"),
    "voting": (lambda inner: VotingRegressor([("one", inner)]), "one__window"),
    "stacking": (lambda inner: StackingRegressor([("one", inner)]), "one__window"),
    "grid": (lambda inner: GridSearchCV(inner, {}, cv=PurgedKFold(2, 24)), "estimator__window"),
    "other": (lambda inner: Inner(inner), "model__window"),
    "deep": (
        lambda inner: TransformedTargetRegressor(VotingRegressor([("one", inner)])),
        "regressor__one__window",
    ),
}
wrapped = pytest.mark.parametrize(("wrap", "path"), WRAPPED.values(), ids=WRAPPED)


@pytest.fixture(scope="module")
def record():
    return make_record((150,))


@pytest.fixture(scope="module")
def memory():
    """A record with a memory of 20 rows, in which lengths on other rows mislead."""
    return make_memory_regression(400, 1, memory=20, random_state=0, coef=False)


class TestFinding:
    @wrapped
    def test_unfitted_and_fitted(self, record, wrap, path):
        model = wrap(ridge(5))
        (step,) = find_window_steps(model)
        assert (step.path, step.settable) == (path, True)
        model.set_params(**{step.parameter("window_length"): 3})
        assert find_window_steps(model)[0].estimator.window_length == 3
        lengths = {each.window_length_ for each in fitted_window_steps(model.fit(*record))}
        assert lengths == {3}

    def test_several_outputs(self, record):
        X, y = record
        both = np.column_stack([y, -y])
        model = MultiOutputRegressor(ridge(5))
        assert [step.path for step in find_window_steps(model)] == ["estimator__window"]
        assert len(fitted_window_steps(model.fit(X, both))) == 2

    @pytest.mark.parametrize(
        "union",
        [
            FeatureUnion([("window", SlidingWindowTransformer(5, flatten=True))]),
            ColumnTransformer([("window", SlidingWindowTransformer(5, flatten=True), [0])]),
        ],
        ids=["union", "columns"],
    )
    def test_steps_side_by_side(self, record, union):
        model = Pipeline([("union", union), ("ridge", Ridge())])
        assert [step.path for step in find_window_steps(model)] == ["union__window"]
        (step,) = fitted_window_steps(model.fit(*record))
        assert step.window_length_ == 5

    def test_a_frozen_step_is_found_but_not_set(self, record):
        model = FrozenEstimator(ridge(5).fit(*record))
        (step,) = find_window_steps(model)
        assert (step.path, step.settable) == ("estimator__window", False)
        assert [each.window_length_ for each in fitted_window_steps(model)] == [5]

    def test_of_a_search_those_of_the_best_alone(self, record):
        search = GridSearchCV(ridge(), {"window__window_length": [2, 6]}, cv=PurgedKFold(2, 6))
        (step,) = fitted_window_steps(search.fit(*record))
        assert step.window_length_ == search.best_params_["window__window_length"]


class TestSearch:
    @wrapped
    def test_finds_the_same_length(self, memory, wrap, path):
        X, y = memory
        cv = PurgedKFold(3, 24)
        plain = WindowLengthSearchCV(ridge(), LENGTHS, n_repeats=1, cv=cv).fit(X, y)
        assert plain.best_window_length_ == 24
        search = WindowLengthSearchCV(wrap(ridge()), LENGTHS, n_repeats=1, cv=cv).fit(X, y)
        assert search.best_params_ == {f"{path}__window_length": 24}
        assert search.longest_rows_ == 24
        (step, *_) = fitted_window_steps(search.best_estimator_)
        assert step.min_history_ == 24
        if not isinstance(search.estimator, StackingRegressor):
            assert search.best_score_ == pytest.approx(plain.best_score_)

    @wrapped
    @pytest.mark.parametrize(
        ("cv", "message"),
        [
            (KFold(3, shuffle=True, random_state=0), "consecutive training rows"),
            (PurgedKFold(3, 4), "made for windows of 4, but the longest window has 24 rows"),
        ],
        ids=["shuffled", "short"],
    )
    def test_refuses_leaking_splits(self, memory, wrap, path, cv, message):
        with pytest.raises(ValueError, match=message):
            WindowLengthSearchCV(wrap(ridge()), LENGTHS, n_repeats=1, cv=cv).fit(*memory)

    def test_several_window_steps_are_set_together(self, memory):
        model = VotingRegressor([("one", ridge()), ("two", ridge())])
        search = WindowLengthSearchCV(model, LENGTHS, n_repeats=1, cv=PurgedKFold(3, 24))
        search.fit(*memory)
        assert search.best_params_ == {"one__window__window_length": 24} | {
            "two__window__window_length": 24
        }

    def test_the_longest_window_of_a_grid_inside_counts(self, memory):
        grid = GridSearchCV(ridge(), {"window__window_length": [4, 24]}, cv=PurgedKFold(2, 24))
        for length, refused in ((24, False), (8, True)):
            search = RepeatedSeedSearchCV(grid, {}, n_repeats=1, cv=PurgedKFold(3, length))
            if refused:
                with pytest.raises(ValueError, match="the longest window has 24 rows"):
                    search.fit(*memory)
            else:
                assert search.fit(*memory).longest_rows_ == 24

    @pytest.mark.parametrize(
        ("inner", "message"),
        [
            (StackingRegressor([("a", ridge(24))], cv=KFold(5, shuffle=True)), "of cv=KFold"),
            (GridSearchCV(ridge(24), {}, cv=PurgedKFold(2, 4)), "cv=PurgedKFold"),
            (BaggingRegressor(ridge(24)), "inside a BaggingRegressor, which draws rows at random"),
        ],
        ids=["stack", "grid", "bagging"],
    )
    def test_refuses_what_leaks_inside(self, memory, inner, message):
        search = RepeatedSeedSearchCV(inner, {}, n_repeats=1, cv=PurgedKFold(3, 24))
        with pytest.raises(ValueError, match=message):
            search.fit(*memory)

    def test_refuses_a_chain_that_loses_the_runs(self):
        X, y = make_record()
        search = RepeatedSeedSearchCV(
            RegressorChain(ridge()), {}, n_repeats=1, cv=PurgedKFold(2, 4)
        )
        with pytest.raises(ValueError, match="inside a RegressorChain, which passes on a plain"):
            search.fit(X, y.to_frame())

    @pytest.mark.parametrize(
        "selector", [RFE(ridge(), importance_getter=len), SequentialFeatureSelector(ridge(), cv=2)]
    )
    def test_refuses_a_selection_that_loses_the_runs(self, selector):
        search = RepeatedSeedSearchCV(
            make_pipeline(selector, Ridge()), {}, n_repeats=1, cv=PurgedKFold(2, 4)
        )
        with pytest.raises(ValueError, match=rf"inside a {type(selector).__name__}, which passes"):
            search.fit(*make_record())

    def test_names_what_cannot_be_looked_into(self, memory):
        model = VotingRegressor([("hidden", Hidden()), ("shown", ridge())])
        search = RepeatedSeedSearchCV(model, {}, n_repeats=1, cv=PurgedKFold(3, 4))
        with pytest.warns(UserWarning, match=r"Hidden \(hidden\) cannot be searched"):
            search.fit(*memory)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            RepeatedSeedSearchCV(ridge(), {}, n_repeats=1, cv=PurgedKFold(3, 4)).fit(*memory)

    def test_a_frozen_window_cannot_be_searched(self, memory):
        frozen = FrozenEstimator(ridge().fit(*memory))
        with pytest.raises(ValueError, match="that is not frozen"):
            WindowLengthSearchCV(frozen, LENGTHS, cv=PurgedKFold(3, 24)).fit(*memory)


class TestNetworks:
    def test_the_loss_is_found_in_a_wrapper(self, record):
        options = {"n_repeats": 1, "random_state": 0}
        plain = WindowLengthSearchCV(small_gru(), [2, 6], **options).fit(*record)
        for wrap in (TransformedTargetRegressor, lambda inner: make_pipeline(inner)):
            search = WindowLengthSearchCV(wrap(small_gru()), [2, 6], **options).fit(*record)
            np.testing.assert_array_equal(search.results_["score"], plain.results_["score"])
            np.testing.assert_array_equal(
                search.results_["n_training"], plain.results_["n_training"]
            )
            assert len(search.learning_curves_) == len(plain.learning_curves_)

    def test_several_losses_need_a_splitter(self, record):
        model = VotingRegressor([("one", small_gru()), ("two", small_gru())])
        with pytest.raises(ValueError, match="VotingRegressor holds 2 regressors with a best_val"):
            WindowLengthSearchCV(model, [2, 6], n_repeats=1).fit(*record)

    def test_the_purge_of_an_ensemble_is_that_of_the_longest_window(self, record):
        ensemble = GRUFrictionEnsemble(small_gru()[-1], n_estimators=1)
        model = make_pipeline(SlidingWindowTransformer(), ensemble)
        search = WindowLengthSearchCV(model, [2, 6], n_repeats=1, random_state=0).fit(*record)
        assert search.best_estimator_[-1].estimator.purge == 5
        assert search.results_["n_training"].nunique() == 1

    def test_so_of_an_ensemble_of_the_default_network(self):
        model = make_pipeline(SlidingWindowTransformer(), GRUFrictionEnsemble())
        member = on_common_rows(model, 6)[-1].estimator
        assert member.get_params() == {**GRUFrictionRegressor().get_params(), "purge": 5}

    def test_a_splitter_that_calibrates_is_looked_at(self, record):
        ensemble = GRUFrictionEnsemble(small_gru()[-1], calibration=RunHoldout(window_length=3))
        model = Pipeline([("window", SlidingWindowTransformer()), ("gru", ensemble)])
        with pytest.raises(ValueError, match=r"gru__calibration=RunHoldout.* windows of 3, but"):
            WindowLengthSearchCV(model, [2, 6], n_repeats=1).fit(*record)

    def test_a_run_without_training_windows_is_found_in_a_wrapper(self):
        X, y = make_record((150, 22))
        model = TransformedTargetRegressor(small_gru())
        with pytest.raises(ValueError, match="leaves no training window in run"):
            WindowLengthSearchCV(model, [2, 20], n_repeats=1).fit(X, y)


class TestScores:
    @wrapped
    def test_a_scorer_of_shorter_windows_is_refused(self, memory, wrap, path):
        X, y = memory
        model = wrap(ridge(24)).fit(X, y)
        with pytest.raises(ValueError, match="predicts with windows of 24 rows"):
            windowed_scorer("r2", 4)(model, X, y)
        assert windowed_scorer("r2", 24)(model, X, y) > 0.5

    def test_so_in_the_cross_validation_of_scikit_learn(self, memory):
        scorer = windowed_scorer("r2", 4)
        with pytest.raises(ValueError, match="predicts with windows of 24 rows"):
            cross_validate(
                ridge(24), *memory, cv=PurgedKFold(2, 4), scoring=scorer, error_score="raise"
            )

    def test_a_search_takes_a_scorer_of_its_own_windows(self, memory):
        found = [
            RepeatedSeedSearchCV(ridge(24), {}, n_repeats=1, cv=PurgedKFold(3, 24), scoring=scoring)
            .fit(*memory)
            .best_score_
            for scoring in ("r2", windowed_scorer("r2", 24))
        ]
        assert found[0] == found[1]

    @pytest.mark.parametrize(
        ("length", "message"),
        [(10, "expected at least as many"), (300, "has nothing to score in split 0")],
    )
    def test_a_scorer_that_does_not_fit_is_refused_before_the_training(
        self, memory, length, message
    ):
        scorer = windowed_scorer("r2", length)
        search = RepeatedSeedSearchCV(
            ridge(24), {}, n_repeats=1, cv=PurgedKFold(3, 24), scoring=scorer
        )
        with pytest.raises(ValueError, match=message):
            search.fit(*memory)

    @wrapped
    def test_out_of_fold_predictions_want_the_window_of_the_splitter(self, memory, wrap, path):
        with pytest.raises(ValueError, match="the longest window has 24 rows"):
            out_of_fold_predictions(wrap(ridge(24)), *memory, PurgedKFold(2, 4))

    @wrapped
    def test_displays_leave_out_rows_without_the_history(self, memory, wrap, path):
        X, y = memory
        display = PredictionDisplay.from_estimator(wrap(ridge(24)).fit(X, y), X, y)
        assert len(display.measured) == len(y) - 23
        plt.close("all")


class TestMaxGap:
    @pytest.fixture(scope="class")
    def gappy(self, memory):
        """One row in 40 is missing, so that no run has more than 39 rows."""
        X, y = memory
        kept = np.arange(len(X)) % 40 != 7
        return X[kept], y[kept]

    @wrapped
    @pytest.mark.parametrize("max_gap", [5, "5s"])
    def test_reaches_splits_and_scores(self, gappy, wrap, path, max_gap):
        X, y = gappy
        model = wrap(ridge()).set_params(**{f"{path}__max_gap": max_gap})
        if path == "estimator__window":
            # A splitter inside has one of its own.
            model.cv = PurgedKFold(2, 60, purge=0, max_gap=max_gap)
        options = {"n_repeats": 1, "cv": PurgedKFold(2, 60)}
        search = WindowLengthSearchCV(model, [4, 60], **options).fit(X, y)
        assert search.longest_rows_ == 60
        assert np.isfinite(search.results_["score"]).all()
        assert windowed_scorer("r2", 60)(search.best_estimator_, X, y) > 0
        assert search.score(X, y) <= 0
        assert options["cv"].max_gap is None

    def test_predictions_out_of_fold(self, gappy):
        X, y = gappy
        found = out_of_fold_predictions(
            ridge(60).set_params(window__max_gap=5), X, y, PurgedKFold(2, 60)
        )
        assert np.isnan(found).sum() == 59

    def test_another_one_in_the_splitter_is_refused(self, gappy):
        model = ridge().set_params(window__max_gap=5)
        cv = PurgedKFold(2, 20, max_gap=1)
        with pytest.raises(ValueError, match="so that their runs differ; expected the same"):
            RepeatedSeedSearchCV(model, {}, n_repeats=1, cv=cv).fit(*gappy)

    def test_another_one_in_a_second_window_step_is_refused(self, gappy):
        model = VotingRegressor([("one", ridge()), ("two", ridge().set_params(window__max_gap=5))])
        with pytest.raises(ValueError, match="the window steps have different max_gap"):
            RepeatedSeedSearchCV(model, {}, n_repeats=1, cv=PurgedKFold(2, 4)).fit(*gappy)

    def test_without_a_window_step_that_of_the_splitter_counts(self, gappy):
        X, y = gappy
        cv = PurgedKFold(2, 60, max_gap=5)
        assert np.isfinite(out_of_fold_predictions(Ridge(), X, y, cv)).any()
        search = RepeatedSeedSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, n_repeats=1, cv=cv)
        assert np.isfinite(search.fit(X, y).best_score_)


def test_groups_that_no_window_step_can_get_are_named():
    X, y = make_record()
    plain = X.to_numpy()
    model = VotingRegressor([("one", ridge())]).fit(plain, y.to_numpy())
    with pytest.raises(ValueError, match=r"groups cannot reach .* VotingRegressor\.predict"):
        windowed_scorer("r2", 4)(model, plain, y.to_numpy(), groups=np.zeros(len(plain)))
