"""Windows and regressor behave in scikit-learn's tools as any pipeline does."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_validate,
    learning_curve,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RunHoldout,
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

LENGTH = 50
# Of the folds of short runs a window of 50 rows leaves too little to train on.
FOLD_LENGTH = 20
SMALL = {
    "conv_channels": 4,
    "kernel_size": 3,
    "hidden_size": 6,
    "n_gru_layers": 1,
    "max_epochs": 3,
    "batch_size": 32,
    "lr": 0.01,
    "random_state": 0,
    "device": "cpu",
}


def make_record(kind):
    """Return two runs whose target is the mean of the velocity over eight rows."""
    rng = np.random.default_rng(0)
    runs = np.repeat([0, 1], [330, 300])
    X = pd.DataFrame(
        {
            "velocity_m_s": 0.004 + 0.001 * rng.normal(size=630),
            "axial_displacement_mm": 3.0 + 0.2 * rng.normal(size=630),
        }
    )
    friction = X["velocity_m_s"].groupby(runs).rolling(8, min_periods=1).mean()
    y = pd.Series(0.6 + 40 * (friction.to_numpy() - 0.004), name="friction")
    if kind == "array":
        return X.to_numpy(), y.to_numpy()
    if kind == "frame":
        return X, y
    if kind == "time":
        seconds = np.arange(630.0) + 1000 * runs
        return with_runs(X, time=seconds), with_runs(y, time=seconds)
    return with_runs(X, runs), with_runs(y, runs)


def make_pipeline(window_length=LENGTH, scaler="default", **options):
    steps = [
        ("window", SlidingWindowTransformer(window_length)),
        ("gru", GRUFrictionRegressor(**{**SMALL, **options})),
    ]
    if scaler == "default":
        scaler = StandardScaler().set_output(transform="pandas")
    if scaler is not None:
        steps.insert(0, ("scale", scaler))
    return Pipeline(steps)


@pytest.fixture(scope="module", params=["array", "frame", "time", "runs"])
def record(request):
    return (request.param, *make_record(request.param))


@pytest.fixture(scope="module")
def runs():
    return make_record("runs")


def complete_rows(kind, window_length=LENGTH):
    """Return whether each row has its full history; arrays and plain frames are one run."""
    rows = np.arange(630)
    start = np.where(np.isin(kind, ["time", "runs"]) & (rows >= 330), 330, 0)
    return rows - start >= window_length - 1


def test_fit_predict_score(record):
    kind, X, y = record
    model = make_pipeline(max_epochs=8, lr=0.03)
    assert model.fit(X, y) is model
    predicted = model.predict(X)
    assert predicted.shape == (630,)
    assert predicted.dtype == np.float64
    complete = complete_rows(kind)
    assert model.score(X, y) == pytest.approx(
        r2_score(np.asarray(y)[complete], predicted[complete]), rel=1e-12
    )
    assert model.score(X, y) > 0.5
    # Nothing that has no history was trained on.
    used = np.concatenate([model[-1].training_indices_, model[-1].validation_indices_])
    assert complete[used].all()
    assert model[-1].n_purged_ == (LENGTH - 1) * (2 if kind in ("time", "runs") else 1)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict(X), predicted)


def test_score_of_the_parts_is_the_score_of_the_whole(runs):
    """A window is the same whether its run stands alone or among others."""
    X, y = runs
    model = make_pipeline().fit(X, y)
    np.testing.assert_allclose(
        model.predict(X)[330:], model.predict(X.iloc[330:]), rtol=1e-12, atol=0
    )


def test_scaler_in_front_changes_nothing(record):
    _, X, y = record
    with_scaler = make_pipeline().fit(X, y)
    without = make_pipeline(scaler=None).fit(X, y)
    np.testing.assert_array_equal(with_scaler[-1].training_indices_, without[-1].training_indices_)
    # Only the rounding of the inputs to single precision differs.
    np.testing.assert_allclose(with_scaler.predict(X), without.predict(X), rtol=2e-6)
    assert with_scaler[-1].best_validation_loss_ == pytest.approx(
        without[-1].best_validation_loss_, rel=1e-4
    )


class TestCrossValidate:
    def test_windowed_scores_are_those_of_the_test_blocks(self, record):
        _, X, y = record
        folds = PurgedKFold(2, FOLD_LENGTH)
        found = cross_validate(
            make_pipeline(FOLD_LENGTH),
            X,
            y,
            cv=folds,
            scoring={
                "windowed": windowed_scorer("neg_mean_squared_error", FOLD_LENGTH),
                "plain": "neg_mean_squared_error",
            },
            return_estimator=True,
            return_indices=True,
            error_score="raise",
        )
        for fold, (train, test) in enumerate(folds.split(X)):
            np.testing.assert_array_equal(found["indices"]["train"][fold], train)
            np.testing.assert_array_equal(found["indices"]["test"][fold], test)
            model = found["estimator"][fold]
            tested = _safe_indexing(X, test)
            target = np.asarray(y)[test]
            predicted = model.predict(tested)
            scored = model[:-1].transform(tested).complete
            assert found["test_windowed"][fold] == pytest.approx(
                -mean_squared_error(target[scored], predicted[scored]), rel=1e-12
            )
            # scikit-learn's own scorer counts the padded rows as well.
            assert found["test_plain"][fold] == pytest.approx(
                -mean_squared_error(target, predicted), rel=1e-12
            )
            assert scored.sum() < len(test)

    def test_training_windows_do_not_reach_over_the_cut(self, record):
        kind, X, y = record
        found = cross_validate(
            make_pipeline(10),
            X,
            y,
            cv=PurgedKFold(3, 10),
            return_estimator=True,
            return_indices=True,
            error_score="raise",
        )
        middle, rows = found["estimator"][1], found["indices"]["train"][1]
        windows = middle[:-1].transform(_safe_indexing(X, rows)).window_index()
        spans = rows[windows["last_row"]] - rows[windows["first_row"]]
        spans = spans[windows["complete"]]
        if kind == "array":
            # Cuts cannot be seen in a plain array, as its documentation says.
            assert spans.max() > 9
        else:
            assert spans.max() == 9

    def test_own_score_of_the_estimator(self, runs):
        X, y = runs
        found = cross_validate(
            make_pipeline(FOLD_LENGTH),
            X,
            y,
            cv=PurgedKFold(2, FOLD_LENGTH),
            return_estimator=True,
            return_indices=True,
            error_score="raise",
        )
        for model, test, score in zip(
            found["estimator"], found["indices"]["test"], found["test_score"], strict=True
        ):
            # The regressor's own score knows which windows are complete.
            assert score == model.score(X.iloc[test], y.iloc[test])

    def test_workers_give_the_same_scores(self, runs):
        X, y = runs
        options = {"cv": PurgedKFold(2, FOLD_LENGTH), "error_score": "raise"}
        one = cross_validate(make_pipeline(FOLD_LENGTH), X, y, **options)
        two = cross_validate(make_pipeline(FOLD_LENGTH), X, y, n_jobs=2, **options)
        np.testing.assert_array_equal(one["test_score"], two["test_score"])

    def test_run_holdout_is_one_split(self, runs):
        X, y = runs
        holdout = RunHoldout(window_length=FOLD_LENGTH, n_blocks=1)
        found = cross_validate(
            make_pipeline(FOLD_LENGTH), X, y, cv=holdout, return_indices=True, error_score="raise"
        )
        assert len(found["test_score"]) == 1
        test = holdout.parts(X) == "test"
        for rows in (found["indices"]["train"][0], found["indices"]["test"][0]):
            assert not test[rows].any()


class TestGridSearch:
    def test_window_length_and_hidden_size(self, record):
        kind, X, y = record
        grid = {"window__window_length": [2, 10], "gru__hidden_size": [4, 6]}
        # The bar of the longest window makes the rows comparable.
        model = make_pipeline(max_epochs=6).set_params(window__min_history=10, gru__purge=9)
        search = GridSearchCV(
            model,
            grid,
            cv=PurgedKFold(2, 10),
            scoring=windowed_scorer("r2", 10),
            error_score="raise",
        ).fit(X, y)
        results = pd.DataFrame(search.cv_results_)
        assert len(results) == 4
        means = results.groupby("param_window__window_length")["mean_test_score"].max()
        # The target is a mean over eight rows.
        assert means[10] > means[2]
        best = search.best_estimator_
        assert best[-1].window_length_ == search.best_params_["window__window_length"] == 10
        assert best[-1].net_.module_.gru_layers[0].hidden_size == best[-1].hidden_size
        row = results.loc[search.best_index_]
        assert row["mean_test_score"] == search.best_score_ == results["mean_test_score"].max()
        np.testing.assert_array_equal(search.predict(X), best.predict(X))
        complete = complete_rows(kind, 10)
        assert search.score(X, y) == pytest.approx(
            r2_score(np.asarray(y)[complete], best.predict(X)[complete]), rel=1e-12
        )

    def test_windows_too_long_for_a_fold_fail_in_scikit_learns_way(self, runs):
        X, y = runs
        search = GridSearchCV(
            make_pipeline(max_epochs=1),
            {"window__window_length": [5, 200]},
            cv=PurgedKFold(2, 5),
        )
        with (
            pytest.warns(FitFailedWarning, match="too few complete windows"),
            pytest.warns(UserWarning, match="test scores are non-finite"),
        ):
            search.fit(X, y)
        assert search.best_params_ == {"window__window_length": 5}
        assert np.isnan(search.cv_results_["mean_test_score"][1])


class TestCrossValPredict:
    def test_every_row_is_predicted_once(self, record):
        _, X, y = record
        folds = PurgedKFold(2, 10, warmup=False)
        predicted = cross_val_predict(make_pipeline(10), X, y, cv=folds)
        assert predicted.shape == (630,)
        assert np.isfinite(predicted).all()
        for train, test in folds.split(X):
            model = make_pipeline(10).fit(_safe_indexing(X, train), _safe_indexing(y, train))
            expected = model.predict(_safe_indexing(X, test))
            np.testing.assert_array_equal(predicted[test], expected)

    def test_rows_with_their_history_are_those_of_out_of_fold_predictions(self, runs):
        X, y = runs
        bare = cross_val_predict(make_pipeline(10), X, y, cv=PurgedKFold(2, 10, warmup=False))
        full = out_of_fold_predictions(make_pipeline(10), X, y, PurgedKFold(2, 10))
        np.testing.assert_array_equal(np.isfinite(full), complete_rows("runs", 10))
        # The first rows of the second block are padded in the one and not in the other.
        begin_of_block = np.r_[165:174, 480:489]
        rows = np.setdiff1d(np.flatnonzero(np.isfinite(full)), begin_of_block)
        np.testing.assert_allclose(bare[rows], full[rows], rtol=1e-6)
        assert np.abs(bare[begin_of_block] - full[begin_of_block]).max() > 1e-4


def test_learning_curve(record):
    _, X, y = record
    sizes, train_scores, test_scores = learning_curve(
        make_pipeline(10),
        X,
        y,
        cv=PurgedKFold(2, 10),
        train_sizes=[0.5, 1.0],
        scoring=windowed_scorer("r2", 10),
        error_score="raise",
    )
    first = len(next(PurgedKFold(2, 10).split(X))[0])
    assert list(sizes) == [first // 2, first]
    assert train_scores.shape == test_scores.shape == (2, 2)
    assert np.isfinite(train_scores).all()
    fold = cross_validate(
        make_pipeline(10),
        X,
        y,
        cv=PurgedKFold(2, 10),
        scoring=windowed_scorer("r2", 10),
        error_score="raise",
    )["test_score"]
    # The second fold has fewer training rows than the first, so that both are whole.
    np.testing.assert_array_equal(test_scores[1], fold)
    assert (test_scores[0] != fold).all()


class TestCloneAndPickle:
    def test_clone(self):
        model = make_pipeline(lr=0.02)
        copy = clone(model)
        assert copy[-1].lr == 0.02
        assert copy["window"].window_length == LENGTH
        copy.set_params(window__window_length=7, gru__lr=0.5)
        assert (model["window"].window_length, model[-1].lr) == (LENGTH, 0.02)

    def test_pickle(self, record):
        _, X, y = record
        model = make_pipeline().fit(X, y)
        copy = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(copy.predict(X), model.predict(X))
        assert copy.score(X, y) == model.score(X, y)
        pd.testing.assert_frame_equal(copy[-1].history_, model[-1].history_)

    def test_unfitted_pickle(self, runs):
        copy = pickle.loads(pickle.dumps(make_pipeline()))
        X, y = runs
        np.testing.assert_array_equal(
            copy.fit(X, y).predict(X), make_pipeline().fit(X, y).predict(X)
        )


class TestLostIndex:
    @pytest.mark.parametrize("kind", ["time", "runs"])
    def test_scaler_that_drops_the_index_is_warned_of(self, kind):
        X, y = make_record(kind)
        with pytest.warns(UserWarning, match="runs and time were lost") as caught:
            model = make_pipeline(scaler=StandardScaler(), max_epochs=1).fit(X, y)
        assert "StandardScaler().set_output(transform='pandas')" in str(caught[0].message)
        # The windows do cross the boundary then.
        assert model[:-1].transform(X).complete.sum() == 630 - LENGTH + 1

    @pytest.mark.parametrize("kind", ["array", "frame", "time", "runs"])
    def test_scaler_that_keeps_it_is_not(self, kind):
        X, y = make_record(kind)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = make_pipeline(max_epochs=1).fit(X, y)
            made = make_pipeline(scaler=None, max_epochs=1).fit(X, y)
        expected = complete_rows(kind).sum()
        assert model[:-1].transform(X).complete.sum() == expected
        assert made[:-1].transform(X).complete.sum() == expected


class TestShuffledSplits:
    @pytest.mark.parametrize("kind", ["frame", "time", "runs"])
    def test_shuffled_folds_leave_fragments_without_history(self, kind):
        X, y = make_record(kind)
        options = {"cv": KFold(3, shuffle=True, random_state=0)}
        message = r"too few complete windows[\s\S]*a shuffled split has cut them into pieces"
        with pytest.raises(ValueError, match=message):
            cross_validate(make_pipeline(), X, y, error_score="raise", **options)
        with pytest.raises(ValueError, match=rf"All the 3 fits failed[\s\S]*{message}"):
            cross_validate(make_pipeline(), X, y, **options)

    def test_shuffled_rows_of_a_named_run_go_back_in_time(self):
        X, y = make_record("runs")
        X_train, _, y_train, _ = train_test_split(X.iloc[:330], y.iloc[:330], random_state=0)
        with pytest.raises(ValueError, match=r"goes back at row .*shuffled split.*RunHoldout"):
            make_pipeline().fit(X_train, y_train)

    @pytest.mark.parametrize("kind", ["frame", "time"])
    def test_shuffled_rows_without_names_have_no_sampling_interval(self, kind):
        X, y = make_record(kind)
        X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
        with pytest.raises(ValueError, match=r"time step before row .* expected the sampling"):
            make_pipeline().fit(X_train, y_train)

    def test_rows_in_order_may_be_split_off(self):
        X, y = make_record("frame")
        X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
        model = make_pipeline().fit(X_train, y_train)
        # The first windows of the test part have no history.
        assert model[:-1].transform(X_test).complete.sum() == len(X_test) - LENGTH + 1
        assert model.score(X_test, y_test) <= 1
