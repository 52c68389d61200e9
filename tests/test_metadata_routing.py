"""Run labels of plain arrays by scikit-learn's metadata routing, and where it ends."""

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RunHoldout,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    SlidingWindowTransformer,
    WindowArray,
    with_runs,
)

LENGTH = 4


class FirstOfWindow(RegressorMixin, BaseEstimator):
    """Predict the first value in each window, so that a window's reach can be seen."""

    def fit(self, X, y):
        self.complete_ = X.complete
        return self

    def predict(self, X):
        assert isinstance(X, WindowArray)
        return np.asarray(X)[:, 0, 0]


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def record():
    """Two runs in a plain array: values are row numbers, labels come beside."""
    X = np.arange(40.0).reshape(-1, 1)
    return X, X[:, 0], np.repeat(["a", "b"], 20)


def make_pipeline():
    return Pipeline([("window", SlidingWindowTransformer(LENGTH)), ("last", FirstOfWindow())])


def first_rows(groups):
    """Return the first row that each row's window may reach."""
    start = np.where(groups == "a", 0, 20)
    return np.maximum(np.arange(40) - LENGTH + 1, start)


def test_labels_reach_fit_predict_and_score_of_a_pipeline(routing, record):
    X, y, groups = record
    model = make_pipeline().fit(X, y, groups=groups)
    assert model[-1].complete_.sum() == 2 * (20 - LENGTH + 1)
    np.testing.assert_array_equal(model.predict(X, groups=groups), first_rows(groups))
    expected = 1 - mean_squared_error(y, first_rows(groups)) / np.var(y)
    assert model.score(X, y, groups=groups) == pytest.approx(expected)
    # Without labels all rows are one run, and windows span the boundary.
    assert model.predict(X)[20] == 17


def test_the_same_holds_for_rates(routing, record):
    X, _, groups = record
    X = np.where(groups[:, None] == "a", X, 100 * X)
    steps = [("rate", RateOfChange()), ("window", SlidingWindowTransformer(LENGTH))]
    windows = Pipeline(steps).fit_transform(X, groups=groups)
    assert windows.rows[20, 1] == 0
    np.testing.assert_allclose(windows.rows[21:, 1], 100)
    assert windows.complete.sum() == 2 * (20 - LENGTH + 1)


@pytest.mark.parametrize(
    "cv",
    [
        PurgedKFold(2, LENGTH),
        PurgedTimeSeriesSplit(2, LENGTH),
        PurgedLeaveRunsOut(window_length=LENGTH),
        RunHoldout(0.25, 0.25, window_length=2, n_blocks=4),
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_labels_reach_splitters_and_scorer_in_cross_validation(routing, record, cv):
    X, y, groups = record
    scorer = windowed_scorer("neg_mean_squared_error", LENGTH)
    found = cross_validate(
        make_pipeline(),
        X,
        y,
        cv=cv,
        scoring=scorer,
        params={"groups": groups},
        return_indices=True,
        error_score="raise",
    )
    expected_folds = list(cv.split(X, y, groups))
    for fold, (train, test) in enumerate(expected_folds):
        np.testing.assert_array_equal(found["indices"]["train"][fold], train)
        np.testing.assert_array_equal(found["indices"]["test"][fold], test)
        # What a scorer that is handed the labels by hand makes of this fold.
        model = make_pipeline().fit(X[train], y[train], groups=groups[train])
        by_hand = scorer(model, X[test], y[test], groups=groups[test])
        assert found["test_score"][fold] == pytest.approx(by_hand)


def test_labels_reach_a_grid_search(routing, record):
    X, y, groups = record
    search = GridSearchCV(
        make_pipeline(),
        {"window__window_length": [2, LENGTH]},
        cv=PurgedKFold(2, LENGTH),
        scoring=windowed_scorer("neg_mean_squared_error", LENGTH),
        error_score="raise",
    )
    search.fit(X, y, groups=groups)
    # A window of 2 begins one row back, one of 4 three rows back, and never in another run.
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], [-1, -9])


@pytest.mark.parametrize("enabled", [True, False])
def test_with_routing_on_or_off_the_splitters_split_the_same(record, enabled):
    X, y, groups = record
    for cv in (PurgedKFold(2, LENGTH), RunHoldout(window_length=2, n_blocks=5)):
        expected = list(cv.split(X, y, groups))
        with sklearn.config_context(enable_metadata_routing=enabled):
            keyword = {"params": {"groups": groups}} if enabled else {"groups": groups}
            found = cross_validate(make_pipeline(), X, y, cv=cv, return_indices=True, **keyword)[
                "indices"
            ]
        for fold, (train, test) in enumerate(expected):
            np.testing.assert_array_equal(found["train"][fold], train)
            np.testing.assert_array_equal(found["test"][fold], test)


def test_string_scorers_do_not_hand_labels_to_transform(routing, record):
    X, y, groups = record
    found = cross_validate(
        make_pipeline(),
        X,
        y,
        cv=PurgedLeaveRunsOut(n_splits=2, window_length=LENGTH),
        scoring="neg_mean_squared_error",
        params={"groups": np.where(np.arange(40) % 20 < 10, groups, np.char.add(groups, "2"))},
        error_score="raise",
    )
    # Each test fold holds two runs of 10 rows; without labels they are one run of 20.
    as_one = (np.minimum(np.arange(20), LENGTH - 1) ** 2).mean()
    np.testing.assert_allclose(found["test_score"], -as_one)


def test_cross_val_predict_does_not_hand_labels_to_transform(routing, record):
    X, y, groups = record
    halves = np.where(np.arange(40) % 20 < 10, groups, np.char.add(groups, "2"))
    predicted = cross_val_predict(
        make_pipeline(),
        X,
        y,
        cv=PurgedLeaveRunsOut(n_splits=2, window_length=LENGTH),
        params={"groups": halves},
    )
    # Row 10 begins a run of its own, but its window reaches back into the run before.
    assert predicted[10] == 7
    # Runs in the index reach everywhere.
    indexed = with_runs(X, groups=halves)
    predicted = cross_val_predict(
        make_pipeline(), indexed, y, cv=PurgedLeaveRunsOut(n_splits=2, window_length=LENGTH)
    )
    assert predicted[10] == 10


@pytest.mark.parametrize("transformer", [SlidingWindowTransformer(2), RateOfChange()])
def test_labels_of_the_wrong_length_are_an_error(record, transformer):
    X, _, groups = record
    with pytest.raises(ValueError, match=r"groups has shape \(39,\); expected one value for each"):
        transformer.fit(X, groups=groups[:-1])
    with pytest.raises(ValueError, match=r"groups has shape \(39,\); expected one value for each"):
        transformer.fit(X).transform(X, groups=groups[:-1])


def test_weights_of_windows_reach_fit_and_score(routing, record):
    X, y, _ = record
    weights = np.linspace(0.5, 2.0, len(y))
    regressor = GRUFrictionRegressor(
        conv_channels=2, hidden_size=2, n_gru_layers=1, max_epochs=1, batch_size=4, random_state=0
    )
    weighted = clone(regressor).set_fit_request(sample_weight=True)
    weighted.set_score_request(sample_weight=True)
    pipeline = Pipeline([("windows", SlidingWindowTransformer(LENGTH)), ("gru", weighted)])
    pipeline.fit(X, y, sample_weight=weights)
    windows = pipeline[0].transform(X)
    alone = clone(regressor).fit(windows, y, sample_weight=weights)
    np.testing.assert_array_equal(pipeline.predict(X), alone.predict(windows))
    unweighted = clone(regressor).fit(windows, y)
    assert not np.array_equal(pipeline.predict(X), unweighted.predict(windows))
    assert pipeline.score(X, y, sample_weight=weights) == alone.score(windows, y, weights)
    assert pipeline.score(X, y, sample_weight=weights) != alone.score(windows, y)
