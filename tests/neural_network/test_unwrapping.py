"""The regressors inside an estimator are found, with what reaches them."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.neural_network._function import ModelFunction, single_models, unwrap
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.neural_network._models import record, small_regressor, windows_of


@pytest.fixture(scope="module")
def table():
    return record(80)


@pytest.fixture(scope="module")
def pipeline(table):
    scaler = StandardScaler().set_output(transform="pandas")
    window = SlidingWindowTransformer(4)
    return Pipeline(
        [("scale", scaler), ("window", window), ("gru", small_regressor(max_epochs=1))]
    ).fit(*table)


@pytest.fixture(scope="module")
def ensemble(table):
    member = small_regressor(max_epochs=1)
    return GRUFrictionEnsemble(member, n_estimators=2, random_state=0).fit(
        windows_of(table[0]), table[1]
    )


@pytest.fixture(scope="module")
def search(table, pipeline):
    grid = {"gru__lr": [0.01, 0.02]}
    return RepeatedSeedSearchCV(pipeline, grid, n_repeats=2, random_state=0).fit(*table)


def windowed():
    return make_pipeline(SlidingWindowTransformer(4), small_regressor(max_epochs=1))


class TestUnwrap:
    def test_a_regressor_alone_gets_its_input_as_it_is(self, table):
        X, y = table
        windows = windows_of(X)
        regressor = small_regressor(max_epochs=1).fit(windows, y)
        found = unwrap(regressor, windows)
        assert found.predictor is regressor
        assert found.regressors == [regressor]
        assert found.windows is windows
        assert found.steps == []

    def test_steps_in_front_are_gone_through(self, table, pipeline):
        X, _ = table
        found = unwrap(pipeline, X)
        assert found.predictor is pipeline[-1]
        assert found.regressors == [pipeline[-1]]
        assert found.steps == [("scale", pipeline[0]), ("window", pipeline[1])]
        np.testing.assert_array_equal(
            np.asarray(found.windows), np.asarray(windows_of(pipeline[0].transform(X), 4))
        )
        np.testing.assert_array_equal(found.predictor.predict(found.windows), pipeline.predict(X))

    def test_a_pipeline_of_the_regressor_alone(self, table):
        X, y = table
        pipeline = make_pipeline(small_regressor(max_epochs=1)).fit(X, y)
        found = unwrap(pipeline, X)
        assert found.predictor is pipeline[-1]
        assert found.windows is X
        assert found.steps == []

    def test_a_pipeline_in_a_pipeline(self, table):
        X, y = table
        inner = make_pipeline(SlidingWindowTransformer(4), small_regressor(max_epochs=1))
        scaler = StandardScaler().set_output(transform="pandas")
        outer = Pipeline([("scale", scaler), ("inner", inner)]).fit(X, y)
        found = unwrap(outer, X)
        assert found.predictor is outer[-1][-1]
        assert [name for name, _ in found.steps] == ["scale", "slidingwindowtransformer"]
        np.testing.assert_array_equal(found.predictor.predict(found.windows), outer.predict(X))

    def test_an_ensemble_has_its_members(self, table, ensemble):
        windows = windows_of(table[0])
        found = unwrap(ensemble, windows)
        assert found.predictor is ensemble
        assert found.regressors == ensemble.estimators_
        assert found.windows is windows

    def test_an_ensemble_at_the_end_of_a_pipeline(self, table, ensemble):
        X, _ = table
        window = SlidingWindowTransformer(5).fit(X)
        found = unwrap(Pipeline([("window", window), ("gru", ensemble)]), X)
        assert found.predictor is ensemble
        assert found.regressors == ensemble.estimators_
        assert found.steps == [("window", window)]

    def test_a_search_has_its_best_estimator(self, table, search):
        X, _ = table
        found = unwrap(search, X)
        best = search.best_estimator_
        assert found.predictor is best[-1]
        assert found.steps == best.steps[:-1]
        np.testing.assert_array_equal(found.predictor.predict(found.windows), search.predict(X))

    @pytest.mark.parametrize("estimator", [Ridge(), make_pipeline(StandardScaler(), Ridge())])
    def test_another_regressor_is_named(self, table, estimator):
        X, y = table
        message = "the estimator is a Ridge; expected a GRUFrictionRegressor, a GRUFrictionEns"
        with pytest.raises(TypeError, match=message):
            unwrap(estimator.fit(X, y), X)

    @pytest.mark.parametrize(
        "estimator",
        [
            GRUFrictionRegressor(),
            GRUFrictionEnsemble(),
            make_pipeline(SlidingWindowTransformer(4), GRUFrictionRegressor()),
            WindowLengthSearchCV(
                make_pipeline(SlidingWindowTransformer(), GRUFrictionRegressor()), [4]
            ),
        ],
    )
    def test_unfitted(self, table, estimator):
        with pytest.raises(NotFittedError):
            unwrap(estimator, table[0])
        with pytest.raises(NotFittedError):
            single_models(estimator)


class TestSingleModels:
    @pytest.mark.parametrize("kind", [list, tuple])
    def test_a_sequence_is_taken_as_it_is(self, pipeline, ensemble, search, kind):
        models = [pipeline, ensemble, search]
        found = single_models(kind(models))
        assert found == models
        assert isinstance(found, list)

    def test_a_single_model(self, pipeline):
        assert single_models(pipeline) == [pipeline]
        assert single_models(pipeline[-1]) == [pipeline[-1]]

    def test_members_of_an_ensemble(self, ensemble):
        assert single_models(ensemble) == ensemble.estimators_

    def test_members_of_an_ensemble_at_the_end_of_a_pipeline(self, table, ensemble):
        X, _ = table
        window = SlidingWindowTransformer(5).fit(X)
        pipeline = Pipeline([("window", window), ("gru", ensemble)])
        found = single_models(pipeline)
        assert [model[-1] for model in found] == ensemble.estimators_
        for model in found:
            assert model.steps[:-1] == pipeline.steps[:-1]
            assert model.steps[-1][0] == "gru"
        mean = np.mean([model.predict(X) for model in found], axis=0)
        np.testing.assert_array_equal(mean, pipeline.predict(X))

    def test_repeats_of_the_best_candidate(self, search):
        assert single_models(search) == search.estimators_
        assert len(search.estimators_) == 2

    def test_trainings_that_failed_are_left_out(self, search):
        other = clone(search)
        vars(other).update(vars(search))
        other.estimators_ = [None, search.estimators_[1]]
        assert single_models(other) == [search.estimators_[1]]

    def test_a_search_of_scikit_learn_has_its_best_estimator(self, table, pipeline):
        grid = GridSearchCV(pipeline, {"gru__lr": [0.01]}, cv=PurgedKFold(2, window_length=4))
        grid.fit(*table)
        assert single_models(grid) == [grid.best_estimator_]

    def test_a_search_of_scikit_learn_over_an_ensemble_has_its_members(self, table):
        X, y = table
        model = make_pipeline(
            SlidingWindowTransformer(4),
            GRUFrictionEnsemble(small_regressor(max_epochs=1), n_estimators=2, random_state=0),
        )
        cv = PurgedKFold(2, window_length=4)
        grid = GridSearchCV(model, {"slidingwindowtransformer__flatten": [False]}, cv=cv)
        found = single_models(grid.fit(X, y))
        assert [each[-1] for each in found] == grid.best_estimator_[-1].estimators_


class TestWrappers:
    def test_a_frozen_estimator_is_what_it_holds(self, table, pipeline, ensemble):
        X, _ = table
        found = unwrap(FrozenEstimator(pipeline), X)
        assert found.predictor is pipeline[-1]
        assert [name for name, _ in found.steps] == ["scale", "window"]
        assert single_models(FrozenEstimator(ensemble)) == ensemble.estimators_

    @pytest.mark.parametrize(
        ("transformer", "expected"),
        [
            (None, (0.0, 1.0)),
            (StandardScaler(), (0.6, 0.2)),
            (FunctionTransformer(lambda y: 1 - y, lambda z: 1 - z), (1.0, -1.0)),
        ],
        ids=["none", "scaler", "turned"],
    )
    def test_of_a_transformed_target_the_units_are_found(self, table, transformer, expected):
        X, y = table
        y = 0.6 + 0.2 * (y - y.mean()) / y.std(ddof=0)
        model = TransformedTargetRegressor(windowed(), transformer=transformer).fit(X, y)
        found = unwrap(model, X)
        assert found.predictor is model.regressor_[-1]
        np.testing.assert_allclose(found.target_units, expected, atol=1e-12)
        # The function predicts what the estimator does.
        function = ModelFunction(model, X)
        with function.differentiable(), torch.no_grad():
            standardised = function(function.cut(np.arange(len(X)))).numpy()
        np.testing.assert_allclose(
            function.scales.to_target_units(standardised), model.predict(X), rtol=1e-5
        )

    def test_a_transformer_that_is_not_linear_is_refused(self, table):
        X, y = table
        model = TransformedTargetRegressor(windowed(), func=np.cbrt, inverse_func=lambda z: z**3)
        with pytest.raises(ValueError, match=r"which is not linear[\s\S]*Give the regressor_"):
            unwrap(model.fit(X, y), X)

    def test_what_is_not_supported_is_named(self, table):
        X, y = table
        voting = VotingRegressor([("one", windowed())]).fit(X, y)
        with pytest.raises(TypeError, match=r"VotingRegressor; expected[\s\S]*one by one"):
            unwrap(voting, X)
        assert unwrap(single_models(voting)[0], X).predictor is voting.estimators_[0][-1]
