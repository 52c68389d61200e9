"""Scores and predictions on rows with their full history."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer, make_scorer, max_error
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

from ._tables import cut, history, make_table

CONSTANT = DummyRegressor(strategy="constant", constant=1.0).fit([[0.0]], [0.0])


class TestWindowedScorer:
    def test_only_rows_with_full_history_count(self):
        table = make_table("named", [4, 5])
        y = np.array([9.0, 9.0, 1.0, 3.0, 9.0, 9.0, 2.0, 1.0, 1.0])
        # Rows 2, 3, 6, 7, 8: errors of 0, 2, 1, 0, 0.
        scorer = windowed_scorer("neg_mean_squared_error", 3)
        assert scorer(CONSTANT, table, y) == pytest.approx(-5 / 5)
        assert scorer(CONSTANT, np.asarray(table), y) == pytest.approx(-(5 + 2 * 64) / 7)
        assert windowed_scorer("neg_root_mean_squared_error", "3s")(CONSTANT, table, y) == -1
        assert windowed_scorer("neg_mean_absolute_error", 1)(CONSTANT, table, y) == pytest.approx(
            -(4 * 8 + 2 + 1) / 9
        )

    @pytest.mark.parametrize("container", [np.asarray, pd.Series, list])
    def test_scores_what_the_metric_gives_on_those_rows(self, container):
        table = make_table("named", [20, 15])
        target = np.random.default_rng(0).normal(size=35)
        model = LinearRegression().fit(table, target)
        rows = np.flatnonzero(history(table) >= 6)
        for name in ("r2", "neg_root_mean_squared_error", "explained_variance"):
            expected = get_scorer(name)(model, table.iloc[rows], target[rows])
            found = windowed_scorer(name, 6)(model, table, container(target))
            assert found == pytest.approx(expected, rel=1e-12)

    def test_takes_a_scorer_of_the_users_own(self):
        table = make_table("seconds", [5])
        y = np.array([50.0, 1.0, 1.0, 1.0, 4.0])
        scorer = windowed_scorer(make_scorer(max_error, greater_is_better=False), 2)
        assert scorer(CONSTANT, table, y) == pytest.approx(-3)

    def test_windows_count_their_history_in_the_record(self):
        windows = cut(make_table("named", [6, 6]), 3)[[0, 2, 5, 7, 8]]
        y = np.array([9.0, 1.0, 2.0, 9.0, 4.0])
        assert windowed_scorer("neg_mean_squared_error", 3)(
            _FirstOfWindow(), windows, y
        ) == pytest.approx(-((0 - 1) ** 2 + (3 - 2) ** 2 + (6 - 4) ** 2) / 3)

    def test_predicts_once_for_all_rows(self):
        table = make_table("named", [8])
        model = _FirstOfWindow()
        windowed_scorer("r2", 3)(model, cut(table, 2), np.arange(8.0))
        assert model.asked == [8]

    def test_history_too_short_is_an_error(self):
        with pytest.raises(
            ValueError, match=r"no row of 6 has the full history of window_length=4"
        ):
            windowed_scorer("r2", 4)(CONSTANT, make_table("named", [3, 3]), np.zeros(6))

    def test_in_cross_validation_each_row_with_history_is_scored_once(self):
        table = make_table("named", [40, 30])
        target = np.random.default_rng(1).normal(size=70)
        folds = PurgedKFold(3, 6)
        results = cross_validate(
            make_pipeline(SlidingWindowTransformer(6, flatten=True), LinearRegression()),
            table,
            target,
            cv=folds,
            scoring={"mse": windowed_scorer("neg_mean_squared_error", 6), "n": _count(6)},
            return_estimator=True,
            error_score="raise",
        )
        blocks = [test for _, test in PurgedKFold(3, 6, warmup=False).split(table)]
        enough = history(table) >= 6
        assert [*results["test_n"]] == [enough[block].sum() for block in blocks]
        assert sum(results["test_n"]) == enough.sum()
        for model, block, score in zip(
            results["estimator"], blocks, results["test_mse"], strict=True
        ):
            rows = block[enough[block]]
            errors = (model.predict(table) - target)[rows]
            assert score == pytest.approx(-np.mean(errors**2), rel=1e-12)

    def test_repr(self):
        assert repr(windowed_scorer("r2", "50s")) == "windowed_scorer('r2', window_length='50s')"
        assert repr(windowed_scorer("r2", 60, max_gap=5)) == (
            "windowed_scorer('r2', window_length=60, max_gap=5)"
        )

    @pytest.mark.parametrize("max_gap", [5, "5s"])
    def test_max_gap_lets_runs_go_on_where_rows_are_missing(self, max_gap):
        kept = np.flatnonzero(np.arange(1200) % 40 != 39)
        table = pd.DataFrame({"x": kept.astype(float)}, index=kept)
        y = np.where(np.arange(len(table)) < 59, 9.0, 1.0)
        with pytest.raises(ValueError, match=r"no row of 1170 .*raise max_gap"):
            windowed_scorer("neg_mean_squared_error", 60)(CONSTANT, table, y)
        scorer = windowed_scorer("neg_mean_squared_error", 60, max_gap=max_gap)
        assert scorer(CONSTANT, table, y) == 0

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("r3", 5), "scoring is 'r3', which scikit-learn does not know"),
            (("accuracy", 5), "scoring is 'accuracy', which cannot score the predictions of a"),
            (("roc_auc", 5), "scoring is 'roc_auc', which cannot score the predictions of a"),
            ((max_error, 5), r"a metric of \(y_true, y_pred\).*make_scorer"),
            ((lambda y_pred, y_true: 0.0, 5), r"a metric of \(y_true, y_pred\)"),
            ((lambda model, X: 0.0, 5), r"takes \(model, X\); expected a callable of \(estim"),
            ((None, 5), "scoring is None; expected the name of a scorer, or a callable"),
            ((5, "r2"), "scoring is 5; expected the name of a scorer"),
            (("r2", 40.0), "window_length is 40.0, which may mean rows or seconds"),
            (("r2", 0), "window_length is 0; expected at least 1 row"),
            (("r2", "soon"), "window_length is 'soon', which is not a duration"),
        ],
    )
    def test_what_cannot_score_is_named_before_anything_is_trained(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            windowed_scorer(*arguments)

    def test_targets_in_another_order_are_refused(self):
        table = make_table("seconds", [20])
        target = pd.Series(np.arange(20.0), index=table.index)[::-1]
        with pytest.raises(ValueError, match="X and y have different indexes"):
            windowed_scorer("r2", 3)(CONSTANT, table, target)


class _FirstOfWindow:
    """Predicts the row number that a window begins with."""

    def __init__(self):
        self.asked = []

    def predict(self, windows):
        self.asked.append(len(windows))
        return np.asarray(windows)[:, 0, 0]


def _count(window_length):
    def count(model, X, y):
        assert len(model.predict(X)) == len(X) == len(y)
        return float(len(y))

    return windowed_scorer(count, window_length)


class TestOutOfFoldPredictions:
    @pytest.mark.parametrize("kind", ["frame", "seconds", "dates", "named", "named with gaps"])
    def test_equals_a_loop_by_hand_and_is_nan_without_history(self, kind):
        table = make_table(kind, [40, 30, 25])
        target = np.random.default_rng(2).normal(size=len(table))
        model = make_pipeline(SlidingWindowTransformer(5, flatten=True), LinearRegression())
        folds = PurgedKFold(4, 5)
        found = out_of_fold_predictions(model, table, target, folds)
        enough = history(table) >= 5
        np.testing.assert_array_equal(np.isnan(found), ~enough)
        for (train, _), (_, block) in zip(
            folds.split(table), PurgedKFold(4, 5, warmup=False).split(table), strict=True
        ):
            fitted = clone(model).fit(_safe_indexing(table, train), target[train])
            # On the whole record each row has its history for certain.
            rows = block[enough[block]]
            np.testing.assert_allclose(found[rows], fitted.predict(table)[rows], rtol=1e-10)

    def test_rows_that_no_fold_tests_stay_unknown(self):
        class LastFold(PurgedKFold):
            def split(self, X, y=None, groups=None):
                yield list(super().split(X))[-1]

        table = make_table("seconds", [30])
        found = out_of_fold_predictions(LinearRegression(), table, table["row"], LastFold(3, 4))
        np.testing.assert_array_equal(np.isnan(found), np.arange(30) < 20)
        np.testing.assert_allclose(found[20:], np.arange(20, 30), rtol=1e-10)

    def test_longer_splitter_than_window_decides_what_has_history(self):
        table = make_table("named", [30, 20])
        model = make_pipeline(SlidingWindowTransformer(2, flatten=True), LinearRegression())
        found = out_of_fold_predictions(model, table, table["row"], PurgedKFold(2, "6s"))
        np.testing.assert_array_equal(np.isnan(found), history(table) < 6)

    def test_targets_in_another_order_are_refused(self):
        table = make_table("seconds", [20])
        with pytest.raises(ValueError, match="X and y have different indexes"):
            out_of_fold_predictions(
                LinearRegression(), table, table["row"][::-1], PurgedKFold(2, 3)
            )

    def test_the_pipeline_is_left_unfitted(self):
        table = make_table("named", [30])
        model = LinearRegression()
        out_of_fold_predictions(model, table, table["row"], PurgedKFold(2, 3))
        assert not hasattr(model, "coef_")
