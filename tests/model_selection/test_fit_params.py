"""A search takes what GridSearchCV takes: fit parameters, metadata routing, callbacks."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, LeaveOneGroupOut
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs
from tests.model_selection._searches import make_record, small_gru

ALPHAS = {"alpha": [0.1, 10.0]}


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    return X, X[:, 0] + rng.normal(size=60), rng.uniform(size=60), np.repeat(["a", "b", "c"], 20)


def windowed(length=3, regressor=None):
    window = SlidingWindowTransformer(length, flatten=True)
    return Pipeline([("window", window), ("ridge", regressor or Ridge())])


class TestWithoutRouting:
    def test_weights_reach_fit_split_as_the_rows(self, rows):
        X, y, weights, groups = rows
        cv = LeaveOneGroupOut()
        search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=1, cv=cv)
        search.fit(X, y, sample_weight=weights, groups=groups)
        grid = GridSearchCV(Ridge(), ALPHAS, cv=cv, scoring="neg_mean_squared_error")
        scores = [
            -np.mean(
                (
                    clone(grid.estimator)
                    .set_params(alpha=0.1)
                    .fit(X[train], y[train], sample_weight=weights[train])
                    .predict(X[test])
                    - y[test]
                )
                ** 2
            )
            for train, test in cv.split(X, y, groups)
        ]
        of_first = search.results_.query("candidate == 0")["score"]
        np.testing.assert_allclose(of_first, scores)
        best = Ridge(**search.best_params_).fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(search.predict(X), best.predict(X))

    def test_parameters_of_a_step(self, rows):
        X, y, weights, _ = rows
        search = RepeatedSeedSearchCV(windowed(), {}, n_repeats=1, cv=PurgedKFold(2, 3))
        search.fit(X, y, ridge__sample_weight=weights)
        expected = windowed().set_params(window__min_history=3)
        expected.fit(X, y, ridge__sample_weight=weights)
        np.testing.assert_array_equal(search.predict(X), expected.predict(X))

    def test_groups_that_windows_would_cross_are_refused(self, rows):
        X, y, _, groups = rows
        search = RepeatedSeedSearchCV(windowed(), {}, n_repeats=1, cv=PurgedLeaveRunsOut(None, 3))
        with pytest.raises(ValueError, match="groups reach the splitter but not the window step"):
            search.fit(X, y, groups=groups)

    def test_groups_of_named_runs(self):
        X, y = make_record((30, 30, 30, 30))
        groups = np.repeat([0, 1], 60)
        search = RepeatedSeedSearchCV(windowed(), {}, n_repeats=1, cv=GroupKFold(2))
        search.fit(X, y, groups=groups)
        assert search.n_splits_ == 2
        assert np.isfinite(search.best_score_)

    @pytest.mark.parametrize("name", ["groups", "sample_weight"])
    def test_values_in_another_order_are_refused(self, rows, name):
        X, y, weights, groups = rows
        X, y = pd.DataFrame(X), pd.Series(y)
        values = pd.Series({"groups": groups, "sample_weight": weights}[name])
        search = RepeatedSeedSearchCV(Ridge(), {}, n_repeats=1, cv=PurgedKFold(2, 1))
        X.index = y.index = values.index = pd.Index(np.arange(60.0), name="time")
        with pytest.raises(ValueError, match=f"X and {name} have different indexes"):
            search.fit(X, y, **{name: values[::-1]})

    def test_stored_trainings_with_other_weights_are_others(self, rows, tmp_path):
        X, y, weights, _ = rows
        options = {"n_repeats": 1, "cv": PurgedKFold(2, 1), "random_state": 0}
        for given, n_trained in ((None, 4), (weights, 4), (weights, 0), (weights[::-1], 4)):
            search = RepeatedSeedSearchCV(Ridge(), ALPHAS, memory=tmp_path, **options)
            assert search.fit(X, y, sample_weight=given).n_trained_ == n_trained


class TestRouting:
    def test_groups_reach_window_step_splitter_and_scorer(self, routing, rows):
        X, y, _, groups = rows
        options = {"n_repeats": 1, "cv": PurgedLeaveRunsOut(window_length=3)}
        search = WindowLengthSearchCV(windowed(), [2, 3], **options).fit(X, y, groups=groups)
        named = WindowLengthSearchCV(windowed(), [2, 3], **options)
        named.fit(with_runs(X, groups), with_runs(y, groups))
        np.testing.assert_allclose(search.results_["score"], named.results_["score"])
        np.testing.assert_allclose(
            search.predict(X, groups=groups), named.predict(with_runs(X, groups))
        )
        found = search.score(X, y, groups=groups)
        assert found == pytest.approx(named.score(with_runs(X, groups), with_runs(y, groups)))
        assert found != search.score(X, y)

    def test_weights_reach_the_regressor_that_asks_for_them(self, routing, rows):
        X, y, weights, _ = rows
        asking = windowed(regressor=Ridge().set_fit_request(sample_weight=True))
        search = RepeatedSeedSearchCV(asking, {}, n_repeats=1, cv=PurgedKFold(2, 3))
        search.fit(X, y, sample_weight=weights)
        expected = clone(asking).set_params(window__min_history=3)
        expected.fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(search.predict(X), expected.predict(X))
        with pytest.raises(ValueError, match="not explicitly set as requested"):
            RepeatedSeedSearchCV(windowed(), {}, n_repeats=1, cv=PurgedKFold(2, 3)).fit(
                X, y, sample_weight=weights
            )

    def test_weights_reach_a_scorer_that_asks_for_them(self, routing, rows):
        X, y, weights, _ = rows
        scoring = get_scorer("neg_mean_squared_error").set_score_request(sample_weight=True)
        model = windowed(regressor=Ridge().set_fit_request(sample_weight=False))
        cv = PurgedKFold(2, 3)
        search = RepeatedSeedSearchCV(model, {}, n_repeats=1, cv=cv, scoring=scoring)
        search.fit(X, y, sample_weight=weights)
        for (train, test), found in zip(cv.split(X), search.results_["score"], strict=True):
            predicted = clone(model).fit(X[train], y[train]).predict(X[test])
            errors = ((predicted - y[test]) ** 2)[2:]
            assert found == pytest.approx(-np.average(errors, weights=weights[test][2:]))

    def test_weights_and_groups_reach_an_ensemble(self, routing, rows):
        X, y, weights, groups = rows
        member = small_gru(max_epochs=1, batch_size=8)[-1]
        ensemble = GRUFrictionEnsemble(member, n_estimators=1, random_state=0)
        ensemble.set_fit_request(sample_weight=True)
        model = Pipeline([("window", SlidingWindowTransformer(3)), ("gru", ensemble)])
        options = {"n_repeats": 1, "cv": PurgedLeaveRunsOut(window_length=3), "random_state": 0}
        search = RepeatedSeedSearchCV(model, {}, **options)
        search.fit(X, y, sample_weight=weights, groups=groups)
        windows = SlidingWindowTransformer(3).fit_transform(X, groups=groups)
        best = clone(search.best_estimator_[-1]).fit(windows, y, sample_weight=weights)
        np.testing.assert_array_equal(search.predict(X, groups=groups), best.predict(windows))

    def test_a_search_within_a_pipeline_and_within_a_grid(self, routing, rows):
        X, y, _, groups = rows
        search = RepeatedSeedSearchCV(
            windowed(), {}, n_repeats=1, cv=PurgedLeaveRunsOut(window_length=3)
        )
        outer = GridSearchCV(
            search,
            {"estimator__ridge__alpha": [0.1, 1.0]},
            cv=PurgedLeaveRunsOut(window_length=3),
            scoring=windowed_scorer("r2", 3),
            error_score="raise",
        )
        # Of three runs two are left to the inner search.
        outer.fit(X, y, groups=groups)
        assert np.isfinite(outer.best_score_)


class Recorder:
    """Keep which hooks are called for what."""

    max_propagation_depth = None

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {type(estimator).__name__} {context.task_name}")

    def on_fit_task_end(self, estimator, context):
        self.events.append(f"end {type(estimator).__name__} {context.task_name}")


class TestCallbacks:
    pytestmark = pytest.mark.skipif(
        not hasattr(GRUFrictionRegressor, "set_callbacks"), reason="scikit-learn has no callbacks"
    )

    def test_each_training_of_a_search_is_a_task(self, rows):
        X, y, *_ = rows
        recorder = Recorder()
        search = RepeatedSeedSearchCV(
            SGDRegressor(), ALPHAS, n_repeats=2, cv=PurgedKFold(2, 1)
        ).set_callbacks(recorder)
        with pytest.warns(UserWarning, match="SGDRegressor does not support callbacks"):
            search.fit(X, y)
        name = "RepeatedSeedSearchCV"
        trainings = [f"begin {name} training", f"end {name} training"] * 9
        assert recorder.events == [
            "setup",
            f"begin {name} fit",
            *trainings,
            f"end {name} fit",
            "teardown",
        ]

    def test_they_reach_the_network_in_a_search_of_an_ensemble(self):
        X, y = make_record((80,))
        recorder = Recorder()
        member = small_gru(max_epochs=1, batch_size=8)[-1]
        ensemble = GRUFrictionEnsemble(member, n_estimators=2)
        model = Pipeline([("window", SlidingWindowTransformer(2)), ("gru", ensemble)])
        plain = RepeatedSeedSearchCV(model, {}, n_repeats=1, cv=PurgedKFold(2, 2), random_state=0)
        search = clone(plain).set_callbacks(recorder).fit(X, y)
        # Two folds and the refit, of two members each.
        assert recorder.events.count("begin GRUFrictionRegressor epoch") == 6
        assert recorder.events.count("end GRUFrictionEnsemble fit") == 3
        assert recorder.events[0] == "setup"
        assert recorder.events[-1] == "teardown"
        assert not hasattr(search.best_estimator_, "_parent_callback_ctx")
        np.testing.assert_array_equal(search.predict(X), plain.fit(X, y).predict(X))

    def test_of_an_ensemble_alone(self):
        X, y = make_record((80,))
        recorder = Recorder()
        ensemble = GRUFrictionEnsemble(small_gru(max_epochs=1, batch_size=8)[-1], n_estimators=2)
        ensemble.set_callbacks(recorder).fit(X, y)
        assert recorder.events.count("begin GRUFrictionRegressor fit") == 2
        assert recorder.events[1] == "begin GRUFrictionEnsemble fit"
        assert recorder.events[-2:] == ["end GRUFrictionEnsemble fit", "teardown"]
