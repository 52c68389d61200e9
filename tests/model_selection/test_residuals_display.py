"""The picture of the residuals shows the errors under each condition, with their numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import ResidualsDisplay
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import make_record, small_gru

RESIDUALS = [0.03, -0.01, 0.01, 0.05, 0.02]
STRESS = [10, 2, 10, 2, 5]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def boxes(ax):
    """Return the heights of the medians, and of the boxes' edges."""
    found = {"median": [], "box": []}
    for one in ax.get_lines():
        y = one.get_ydata()
        if len(y) == 5:
            found["box"].append((min(y), max(y)))
        elif one.get_linewidth() == 2:
            found["median"].append(y[0])
    return found


def tick_labels(ax):
    return [text.get_text() for text in ax.get_xticklabels()]


class TestNumbers:
    def test_by_hand(self):
        frame = ResidualsDisplay(RESIDUALS, STRESS, condition_name="stress [MPa]").frame()
        assert frame.index.name == "stress [MPa]"
        assert frame.index.tolist() == [2, 5, 10]
        assert frame["n_rows"].tolist() == [2, 1, 2]
        np.testing.assert_allclose(frame["mean"], [0.02, 0.02, 0.02])
        expected = [np.sqrt((0.0001 + 0.0025) / 2), 0.02, np.sqrt((0.0009 + 0.0001) / 2)]
        np.testing.assert_allclose(frame["rmse"], expected)

    def test_names_keep_their_order_and_numbers_are_sorted(self):
        names = ResidualsDisplay(RESIDUALS, ["wet", "dry", "wet", "dry", "hot"]).frame()
        assert names.index.tolist() == ["wet", "dry", "hot"]
        assert names["n_rows"].tolist() == [2, 2, 1]
        assert names.index.name == "condition"
        np.testing.assert_allclose(names["mean"], [0.02, 0.02, 0.02])
        mixed = ResidualsDisplay(RESIDUALS, [3, "a", 3, "a", 1]).frame()
        assert mixed.index.tolist() == [3, "a", 1]

    def test_the_largest_error_is_not_the_largest_bias(self):
        display = ResidualsDisplay([0.5, -0.5, 0.1, 0.1], ["even", "even", "high", "high"])
        frame = display.frame()
        assert frame.loc["even", "mean"] == 0.0
        assert frame["rmse"].tolist() == pytest.approx([0.5, 0.1])
        assert display.plot().ax_.get_title() == "largest error (RMSE 0.5) at condition even"


class TestPlot:
    def test_boxes_are_those_of_each_condition(self):
        ax = ResidualsDisplay(RESIDUALS, STRESS).plot().ax_
        found = boxes(ax)
        np.testing.assert_allclose(found["median"], [0.02, 0.02, 0.02])
        np.testing.assert_allclose(found["box"], [(0.005, 0.035), (0.02, 0.02), (0.015, 0.025)])

    def test_labels_say_what_is_drawn(self):
        display = ResidualsDisplay(RESIDUALS, STRESS, condition_name="stress [MPa]", label="test")
        ax = display.plot().ax_
        assert ax.get_xlabel() == "stress [MPa]"
        assert ax.get_ylabel() == "predicted − measured target"
        assert tick_labels(ax) == ["2\n2 rows", "5\n1 rows", "10\n2 rows"]
        assert ax.get_title() == "test: largest error (RMSE 0.036) at stress [MPa] 2"

    def test_the_target_may_be_another(self):
        display = ResidualsDisplay(RESIDUALS, STRESS, target_name="heat [kW]").plot()
        assert display.ax_.get_ylabel() == "predicted − measured heat [kW]"

    def test_a_line_marks_no_error(self):
        ax = ResidualsDisplay(RESIDUALS, STRESS).plot().ax_
        dashed = [one for one in ax.get_lines() if one.get_linestyle() == "--"]
        assert [list(one.get_ydata()) for one in dashed] == [[0, 0]]

    def test_draws_on_the_axes_given_and_returns_itself(self):
        _, axes = plt.subplots(1, 2)
        display = ResidualsDisplay(RESIDUALS, STRESS)
        assert display.plot(ax=axes[1]) is display
        assert display.ax_ is axes[1]
        assert display.figure_ is axes[1].figure
        assert len(plt.get_fignums()) == 1
        assert not axes[0].get_lines()


class TestFromEstimator:
    @pytest.fixture(scope="class")
    def fitted(self):
        X, y = make_record((60, 40))
        model = small_gru(batch_size=8, random_state=0).set_params(window__window_length=5)
        return model.fit(X, y), X, y

    def test_rows_without_full_history_are_left_out(self, fitted):
        model, X, y = fitted
        run = X.index.get_level_values("run").to_numpy()
        display = ResidualsDisplay.from_estimator(model, X, y, by=run)
        complete = np.r_[4:60, 64:100]
        expected = (model.predict(X) - y.to_numpy())[complete]
        np.testing.assert_array_equal(display.residuals, expected)
        assert display.frame()["n_rows"].tolist() == [56, 36]
        assert display.frame()["mean"].iloc[1] == pytest.approx(expected[56:].mean())
        assert display.condition_name == "condition"

    def test_only_the_rows_asked_for_are_drawn(self, fitted):
        model, X, y = fitted
        rows = [2, 10, 11, 70]
        display = ResidualsDisplay.from_estimator(model, X, y, by=np.arange(100), rows=rows)
        assert display.frame().index.tolist() == [10, 11, 70]
        predicted = model.predict(X)[[10, 11, 70]]
        np.testing.assert_array_equal(display.residuals, predicted - y.to_numpy()[[10, 11, 70]])

    def test_bins_are_ranges_in_their_order(self, fitted):
        model, X, y = fitted
        by = pd.Series(np.linspace(10.0, 0.0, 100), name="stress [MPa]")
        _, ax = plt.subplots()
        display = ResidualsDisplay.from_estimator(model, X, y, by=by, bins=[0, 2, 10], ax=ax)
        assert display.ax_ is ax
        assert ax.get_xlabel() == "stress [MPa]"
        assert display.frame().index.tolist() == ["0 to 2", "2 to 10"]
        complete = np.r_[4:60, 64:100]
        expected = [(by[complete] <= 2).sum(), (by[complete] > 2).sum()]
        assert display.frame()["n_rows"].tolist() == expected
        assert tick_labels(ax) == [f"0 to 2\n{expected[0]} rows", f"2 to 10\n{expected[1]} rows"]

    def test_a_number_of_bins_parts_the_range(self, fitted):
        model, X, y = fitted
        display = ResidualsDisplay.from_estimator(model, X, y, by=np.arange(100.0), bins=4)
        assert len(display.frame()) == 4
        assert display.frame()["n_rows"].sum() == 92
        edges = [name.split(" to ") for name in display.frame().index]
        assert [low for low, _ in edges[1:]] == [high for _, high in edges[:-1]]
        # Complete rows are the fifth to the last one.
        assert (float(edges[0][0]), float(edges[-1][1])) == (3.9, 99.0)

    def test_rows_outside_all_ranges_and_without_a_condition_are_left_out(self, fitted):
        model, X, y = fitted
        by = np.arange(100.0)
        by[20] = np.nan
        display = ResidualsDisplay.from_estimator(model, X, y, by=by, bins=[10, 30, 50])
        # 10 to 30 without 20, and 31 to 50.
        assert display.frame()["n_rows"].tolist() == [20, 20]
        assert len(display.residuals) == 40

    def test_narrow_ranges_stay_apart(self, fitted):
        model, X, y = fitted
        by = 1000.0 + np.arange(100.0) / 100
        edges = [1000.0, 1000.305, 1000.605, 1001.0]
        display = ResidualsDisplay.from_estimator(model, X, y, by=by, bins=edges)
        assert display.frame()["n_rows"].tolist() == [27, 29, 36]
        assert display.frame().index.tolist()[1:] == ["1000.3 to 1000.6", "1000.6 to 1001"]

    def test_ranges_without_rows_are_left_out(self, fitted):
        model, X, y = fitted
        by = np.arange(100.0)
        display = ResidualsDisplay.from_estimator(model, X, y, by=by, bins=[-50, -20, 50, 200])
        assert display.frame()["n_rows"].tolist() == [47, 45]

    def test_the_name_of_the_condition_may_be_given(self, fitted):
        model, X, y = fitted
        by = pd.Series(np.zeros(100), name="stress")
        options = {"by": by, "label": "all rows"}
        display = ResidualsDisplay.from_estimator(model, X, y, condition_name="s [MPa]", **options)
        assert display.ax_.get_xlabel() == "s [MPa]"
        assert display.ax_.get_title().startswith("all rows: largest error")
        assert ResidualsDisplay.from_estimator(model, X, y, **options).condition_name == "stress"

    def test_a_condition_of_another_length_is_an_error(self, fitted):
        model, X, y = fitted
        with pytest.raises(ValueError, match=r"by has shape \(99,\); expected one .* 100 rows"):
            ResidualsDisplay.from_estimator(model, X, y, by=np.zeros(99))

    def test_no_row_with_full_history_is_an_error(self, fitted):
        model, X, y = fitted
        with pytest.raises(ValueError, match="none of the rows to draw has a full history"):
            ResidualsDisplay.from_estimator(model, X, y, by=np.zeros(100), rows=[0, 1])

    @pytest.mark.parametrize(("min_history", "n_missing"), [(None, 1), (6, 5)])
    def test_any_regressor_on_windows_is_drawn(self, fitted, min_history, n_missing):
        _, X, y = fitted
        windows = SlidingWindowTransformer(2, min_history=min_history, flatten=True)
        other = make_pipeline(windows, LinearRegression()).fit(X, y)
        run = X.index.get_level_values("run").to_numpy()
        display = ResidualsDisplay.from_estimator(other, X, y, by=run)
        assert display.frame()["n_rows"].tolist() == [60 - n_missing, 40 - n_missing]
        expected = (other.predict(X) - y.to_numpy())[n_missing:60]
        np.testing.assert_array_equal(display.residuals[: 60 - n_missing], expected)

    def test_a_regressor_of_rows_has_all_of_them_drawn(self, fitted):
        _, X, y = fitted
        other = LinearRegression().fit(X, y)
        display = ResidualsDisplay.from_estimator(other, X, y, by=np.zeros(100))
        np.testing.assert_array_equal(display.residuals, other.predict(X) - y.to_numpy())

    def test_a_continuous_condition_gets_round_ranges(self, fitted):
        model, X, y = fitted
        by = pd.Series(np.linspace(0.3, 5.7, 100), name="normal_stress_mpa")
        display = ResidualsDisplay.from_estimator(model, X, y, by=by)
        frame = display.frame()
        assert frame.index.to_list() == ["0-2", "2-4", "4-6"]
        complete = np.r_[4:60, 64:100]
        assert frame["n_rows"].sum() == len(complete)
        for name, row in frame.iterrows():
            low, high = map(float, name.split("-"))
            # The upper edge belongs to the next range.
            assert row["n_rows"] == ((by[complete] >= low) & (by[complete] < high)).sum()
        assert display.ax_.get_xlabel() == "normal stress [MPa]"

    def test_many_categories_are_refused(self, fitted):
        model, X, y = fitted
        with pytest.raises(ValueError, match="92 different values; expected at most 20"):
            ResidualsDisplay.from_estimator(model, X, y, by=[f"sample {i}" for i in range(100)])
        with pytest.raises(ValueError, match=r"Give ranges, or bins to from_estimator"):
            ResidualsDisplay(np.zeros(30), np.linspace(0, 1, 30)).plot()
