"""The pictures show the numbers, with their units."""

import itertools
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PredictionDisplay,
    PurgedKFold,
    WindowLengthDisplay,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer, with_runs
from sklearn_frictiongru.utils.style import PARTS

# 4.0 lies beyond 1.5 interquartile ranges of its length.
LOSSES = {10: [1.0, 1.2, 1.1, 1.3, 4.0], 50: [0.5, 0.7, 0.6], 100: [2.0, 2.5, 2.1, 2.2]}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def results(losses=LOSSES):
    return pd.DataFrame(
        [(length, loss) for length, values in losses.items() for loss in values],
        columns=["window_length", "score"],
    )


def line(ax, label):
    (found,) = [line for line in ax.get_lines() if line.get_label() == label]
    return found


def boxes(drawn):
    """Return quartiles, medians and whiskers as matplotlib drew them."""
    return {
        "box": [(min(one.get_ydata()), max(one.get_ydata())) for one in drawn["boxes"]],
        "median": [one.get_ydata()[0] for one in drawn["medians"]],
        "cap": [one.get_ydata()[0] for one in drawn["caps"]],
    }


class TestWindowLengthDisplay:
    def test_boxes_are_quartiles_and_whiskers_reach_to_the_last_point_inside(self):
        display = WindowLengthDisplay(results(), 50, "clear").plot()
        found = boxes(display.boxes_)
        quartiles = [tuple(np.quantile(values, [0.25, 0.75])) for values in LOSSES.values()]
        np.testing.assert_allclose(found["box"], quartiles)
        np.testing.assert_allclose(found["median"], [np.median(v) for v in LOSSES.values()])
        assert found["cap"] == [1.0, 1.3, 0.5, 0.7, 2.0, 2.5]

    def test_a_training_that_diverged_does_not_set_the_scale(self):
        losses = {**LOSSES, 50: [0.5, 0.7, 0.6, 0.65, 0.55, 1e6]}
        ax = WindowLengthDisplay(results(losses), 10, "clear").plot().ax_
        assert ax.get_ylim()[1] < 5
        (outside,) = [one for one in ax.get_lines() if one.get_label() == "_outside"]
        assert outside.get_marker() == "^"
        assert outside.get_ydata()[0] == ax.get_ylim()[1]
        assert round(outside.get_xdata()[0]) == 1

    def test_the_line_of_the_means_is_interrupted_at_a_break_of_the_axis(self):
        noise = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
        means = {1: 120.0, 10: 8.3, 25: 3.7, 50: 3.66, 100: 3.66}
        losses = {length: list(mean + 0.05 * noise) for length, mean in means.items()}
        display = WindowLengthDisplay(results(losses), 50, "clear").plot()
        assert display.ax_.get_yscale() == "function"
        x, y = display.mean_line_.get_data()
        known = np.isfinite(y)
        assert list(known) == [True, True, False, True, True, True]
        np.testing.assert_array_equal(x[known], np.arange(5))
        np.testing.assert_allclose(y[known], list(means.values()))
        # Without a break there is one line.
        whole = WindowLengthDisplay(results(), 50, "clear").plot().mean_line_
        np.testing.assert_allclose(whole.get_ydata(), [np.mean(v) for v in LOSSES.values()])

    def test_no_history_the_recommended_length_and_time_scales_are_marked(self):
        losses = results({1: [3.0, 3.1], 10: [1.0, 1.1], 100: [1.0, 1.2]})
        display = WindowLengthDisplay(
            losses,
            100,
            "tied",
            recommended_window_length=10,
            sampling_interval=0.5,
            time_scales={"state": 5.0, "holder": 1000.0},
        ).plot()
        ax = display.ax_
        assert [text.get_text() for text in ax.get_xticklabels()] == [
            "1\n0.5\nno history",
            "10\n5",
            "100\n50",
        ]
        assert ax.get_xlabel() == "window length [rows, seconds]"
        assert ax.get_title().splitlines() == [
            "Best mean at a window length of 100 rows (50 s),",
            "not distinguishable from at least one other",
        ]
        assert line(ax, "recommended").get_xdata() == [1]
        # 5 s are 10 rows.
        assert line(ax, "5 s: state").get_xdata()[0] == pytest.approx(1.0)
        assert not [one for one in ax.get_lines() if "holder" in str(one.get_label())]

    @pytest.mark.parametrize("n_repeats", [None, [3, 12, 20, 20, 20, 17, 12, 12, 8, 5, 3]])
    def test_no_label_of_a_long_sweep_touches_another(self, n_repeats):
        lengths = [1, *(f"{seconds}s" for seconds in range(50, 501, 50))]
        n_repeats = n_repeats or [20] * len(lengths)
        losses = np.random.default_rng(0).uniform(5e-7, 7e-7, (len(lengths), 20))
        results = pd.DataFrame(
            {
                "window_length": np.repeat(np.array(lengths, dtype=object), 20),
                "rows": np.repeat([1, 12, 25, 38, 50, 62, 75, 88, 100, 112, 125], 20),
                "score": losses.ravel(),
                "status": ["finished"] * losses.size,
            }
        )
        for length, n in zip(lengths, n_repeats, strict=True):
            left_out = results.index[results["window_length"] == length][n:]
            results.loc[left_out, "status"] = "given up: too far off"
            results.loc[left_out, "score"] = np.nan
        display = WindowLengthDisplay(
            results,
            "150s",
            "tied",
            score_name="lowest validation loss [friction²]",
            sampling_interval=4.0,
            time_scales={"D_c / V at 5e-07 m/s": 10.0, "D_c / V at 1e-07 m/s": 50.0},
        ).plot()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            display.figure_.canvas.draw()
        ax = display.ax_
        # 38 rows are nearest to 150 s.
        assert "a window length of 38 rows (152 s)" in ax.get_title().replace("\n", " ")
        (above,) = ax.child_axes
        texts = [
            ax.title,
            ax.xaxis.label,
            ax.yaxis.label,
            ax.yaxis.get_offset_text(),
            *ax.get_xticklabels(),
            *above.get_xticklabels(),
            *ax.get_legend().get_texts(),
        ]
        low, high = ax.get_ylim()
        texts += [tick.label1 for tick in ax.yaxis.get_major_ticks() if low < tick.get_loc() < high]
        boxes = {text: text.get_window_extent() for text in texts if text.get_text()}
        assert len(boxes) > 2 * len(lengths)
        inside = ax.get_window_extent()
        assert not any(box.overlaps(inside) for box in boxes.values())
        touching = [
            (one.get_text(), other.get_text())
            for one, other in itertools.combinations(boxes, 2)
            if boxes[one].overlaps(boxes[other])
        ]
        # Only as rectangles: the longer line of one is beyond all lines of the other.
        first, second = [label.get_text() for label in ax.get_xticklabels()[:2]]
        assert set(touching) == {(first, second), ("10 s", "50 s\n")}

    def test_a_single_row_is_no_plural(self):
        losses = results({1: [1.0, 1.1], 10: [3.0, 3.1]})
        title = (
            WindowLengthDisplay(losses, 1, "clear", sampling_interval=2.0).plot().ax_.get_title()
        )
        assert title == "Best mean at a window length of 1 row (2 s): a clear optimum"

    def test_many_seconds_are_separated_as_in_reports(self):
        losses = results({1: [3.0, 3.1], 50: [1.0, 1.1]})
        ax = WindowLengthDisplay(losses, 50, "clear", sampling_interval=60.0).plot().ax_
        assert ax.get_xticklabels()[1].get_text() == "50\n3,000"
        assert "50 rows (3,000 s)" in ax.get_title()

    def test_a_length_far_from_the_others_breaks_the_axis(self):
        close = {10: [1.0, 1.01, 1.02, 1.03], 50: [1.0, 1.01, 1.02, 1.04]}
        display = WindowLengthDisplay(
            results({1: [9.0, 9.1, 9.2, 9.3], **close}), 10, "tied"
        ).plot()
        ax = display.ax_
        assert ax.get_yscale() == "function"
        # All points are inside, and the quartiles of the best are far enough apart.
        bottom, top = ax.get_ylim()
        assert all(bottom < y < top for line in display.points_ for y in line.get_ydata())
        quartiles = [[0, np.quantile(close[10], share)] for share in (0.25, 0.75)]
        places = ax.transAxes.inverted().transform(ax.transData.transform(quartiles))
        assert np.diff(places[:, 1]) > 0.1

    def test_means_are_joined_and_every_training_is_a_point(self):
        ax = WindowLengthDisplay(results(), 50, "clear").plot().ax_
        means = line(ax, "mean")
        np.testing.assert_allclose(means.get_xdata(), [0, 1, 2])
        np.testing.assert_allclose(means.get_ydata(), [np.mean(v) for v in LOSSES.values()])
        assert means.get_linestyle() == "-"
        points = [one for one in ax.get_lines() if one.get_marker() == "o"]
        assert len(points) == 3
        for place, (one, losses) in enumerate(zip(points, LOSSES.values(), strict=True)):
            np.testing.assert_array_equal(one.get_ydata(), losses)
            assert (np.abs(one.get_xdata() - place) < 0.28).all()
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one training", "mean"]

    def test_labels(self):
        ax = WindowLengthDisplay(results(), 50, "clear").plot().ax_
        assert [text.get_text() for text in ax.get_xticklabels()] == ["10", "50", "100"]
        assert ax.get_xlabel() == "window length [rows]"
        assert ax.get_ylabel() == "lowest validation loss"
        times = results({"10s": [1.0, 2.0], "50s": [3.0, 4.0]})
        display = WindowLengthDisplay(times, "10s", "edge", score_name="R²").plot()
        assert [text.get_text() for text in display.ax_.get_xticklabels()] == ["10", "50"]
        assert display.ax_.get_xlabel() == "window length [seconds]"
        assert display.ax_.get_ylabel() == "R²"

    @pytest.mark.parametrize(
        ("verdict", "said"),
        [
            ("clear", "Best mean at a window length of 50: a clear optimum"),
            (
                "tied",
                "Best mean at a window length of 50, not distinguishable from at least one other",
            ),
            ("edge", "Best mean at a window length of 50, at the end of the range compared"),
        ],
    )
    def test_title_tells_the_verdict(self, verdict, said):
        title = WindowLengthDisplay(results(), 50, verdict).plot().ax_.get_title()
        assert title.replace("\n", " ") == said

    @pytest.mark.parametrize(
        ("best_by", "said"),
        [
            ("median", "Best median at"),
            ("one_se", "Shortest within a standard error of the best mean at"),
        ],
    )
    def test_title_tells_what_it_won_by(self, best_by, said):
        display = WindowLengthDisplay(results(), 50, "clear", best_by=best_by).plot()
        title = display.ax_.get_title().replace("\n", " ")
        assert title == f"{said} a window length of 50: a clear optimum"

    def test_draws_on_the_axes_given_and_returns_itself(self):
        _, axes = plt.subplots(1, 2)
        display = WindowLengthDisplay(results(), 50, "clear")
        assert display.plot(ax=axes[1]) is display
        assert display.ax_ is axes[1]
        assert display.figure_ is axes[1].figure
        assert len(plt.get_fignums()) == 1
        assert not axes[0].get_lines()

    def test_lengths_whose_trainings_failed_stay_empty(self):
        table = results({10: [1.0, np.nan, 3.0], 50: [np.nan, np.nan], 100: [2.0, 2.5]})
        ax = WindowLengthDisplay(table, 10, "tied").plot().ax_
        np.testing.assert_array_equal(line(ax, "mean").get_ydata(), [2.0, np.nan, 2.25])
        points = [one for one in ax.get_lines() if one.get_marker() == "o"]
        assert [len(one.get_ydata()) for one in points] == [2, 0, 2]

    @pytest.mark.parametrize(
        ("cv", "scoring", "label"),
        [
            (PurgedKFold(2, 8), None, "neg_mean_squared_error on test folds"),
            (PurgedKFold(2, 8), "r2", "r2 on test folds"),
            (None, None, "lowest validation loss [squared units of the target]"),
        ],
    )
    def test_from_search(self, cv, scoring, label):
        X = np.random.default_rng(0).normal(size=(120, 1))
        model = make_pipeline(
            SlidingWindowTransformer(),
            GRUFrictionRegressor(
                hidden_size=2, conv_channels=2, n_gru_layers=1, max_epochs=1, batch_size=16
            ),
        )
        search = WindowLengthSearchCV(
            model, [2, 8], cv=cv, scoring=scoring, n_repeats=2, random_state=0
        )
        with pytest.raises(NotFittedError):
            WindowLengthDisplay.from_search(search)
        search.fit(X, X[:, 0])
        _, ax = plt.subplots()
        display = WindowLengthDisplay.from_search(search, ax=ax)
        assert display.ax_ is ax
        assert ax.get_ylabel() == label
        np.testing.assert_allclose(line(ax, "mean").get_ydata(), search.summary()["mean"])
        assert display.verdict == search.verdict_
        assert display.best_by == search.best_by
        named = WindowLengthDisplay.from_search(search, score_name="loss [degC²]")
        assert named.ax_.get_ylabel() == "loss [degC²]"
        if cv is None:
            of_target = WindowLengthDisplay.from_search(search, target_name="humidity [%]")
            assert of_target.ax_.get_ylabel() == "lowest validation loss [%²]"
        assert f"length of {search.best_window_length_}" in ax.get_title()


def fitted(X, y, window_length=4):
    return make_pipeline(
        SlidingWindowTransformer(window_length),
        GRUFrictionRegressor(
            hidden_size=4,
            conv_channels=4,
            n_gru_layers=1,
            max_epochs=2,
            batch_size=16,
            random_state=0,
        ),
    ).fit(X, y)


@pytest.fixture(scope="module")
def record():
    X = np.random.default_rng(0).normal(size=(90, 2))
    y = 0.6 + 0.1 * X[:, 0]
    return X, y, fitted(X, y)


class TestPredictionDisplay:
    MEASURED = np.array([0.60, 0.62, 0.70, 0.66, 0.65])
    PREDICTED = np.array([0.61, 0.60, 0.69, 0.68, 0.64])

    def test_scatter_shows_predicted_over_measured(self):
        display = PredictionDisplay(self.MEASURED, self.PREDICTED, label="test rows")
        assert display.plot() is display
        ax = display.ax_
        (points,) = [one for one in ax.get_lines() if one.get_marker() == "."]
        np.testing.assert_array_equal(points.get_xdata(), self.MEASURED)
        np.testing.assert_array_equal(points.get_ydata(), self.PREDICTED)
        (equal,) = [one for one in ax.get_lines() if one.get_linestyle() == "--"]
        assert equal.get_slope() == 1
        np.testing.assert_array_equal(*equal.get_xy1())
        assert ax.get_xlim() == ax.get_ylim()
        assert ax.get_xlim()[0] < 0.60
        assert ax.get_xlim()[1] > 0.70
        assert (ax.get_xlabel(), ax.get_ylabel()) == (
            "measured target",
            "predicted target",
        )
        r2 = r2_score(self.MEASURED, self.PREDICTED)
        assert ax.get_title() == f"test rows: R² = {r2:.2f}"
        assert PredictionDisplay(self.MEASURED, self.PREDICTED).plot().ax_.get_title() == (
            f"R² = {r2:.2f}"
        )

    @pytest.mark.parametrize("kind", ["actual_vs_predicted", "time"])
    def test_the_target_may_be_another(self, record, kind):
        X, y, model = record
        display = PredictionDisplay.from_estimator(model, X, y, kind=kind, target_name="heat [kW]")
        assert display.ax_.get_ylabel().removeprefix("predicted ") == "heat [kW]"

    def test_the_name_of_the_target_is_that_of_the_series(self, record):
        X, y, model = record
        y = pd.Series(y, name="room_humidity_pct")
        ax = PredictionDisplay.from_estimator(model, X, y).ax_
        assert ax.get_xlabel() == "measured room humidity [%]"
        ax = PredictionDisplay.from_estimator(model, X, y.rename("friction"), kind="time").ax_
        assert ax.get_ylabel() == "friction [-]"
        unnamed = PredictionDisplay.from_estimator(model, X, y.to_numpy())
        assert unnamed.target_name == "target"

    @pytest.mark.parametrize("kind", ["time", "actual_vs_predicted"])
    def test_a_failed_prediction_does_not_set_the_scale(self, kind):
        law = np.full(5, -0.6)
        ax = PredictionDisplay(self.MEASURED, law).plot(kind=kind).ax_
        low, high = ax.get_ylim()
        assert 0.5 < low < 0.6
        assert 0.7 < high < 0.75
        shared = PredictionDisplay(self.MEASURED, law).plot(kind=kind, limits=(0.0, 2.0)).ax_
        assert shared.get_ylim() == (0.0, 2.0)

    def test_residuals_are_drawn_along_time(self):
        display = PredictionDisplay(self.MEASURED, self.PREDICTED, time=np.arange(5.0) * 2)
        display.plot(kind="residuals")
        (drawn,) = display.predicted_lines_["predicted"]
        np.testing.assert_array_equal(drawn.get_xdata(), [0, 2, 4, 6, 8])
        np.testing.assert_allclose(drawn.get_ydata(), self.PREDICTED - self.MEASURED)
        assert display.line_.get_ydata()[0] == 0
        assert display.ax_.get_ylabel() == "predicted − measured\ntarget"
        assert display.measured_lines_ is None

    def test_several_predictions_and_a_band(self):
        several = {"1 row": self.PREDICTED - 0.02, "best": self.PREDICTED}
        band = np.array([self.PREDICTED - 0.005, self.PREDICTED + 0.005])
        display = PredictionDisplay(self.MEASURED, several, band=band).plot(kind="time")
        drawn = {name: lines[0] for name, lines in display.predicted_lines_.items()}
        for name, values in several.items():
            np.testing.assert_array_equal(drawn[name].get_ydata(), values)
        assert drawn["best"].get_color() != drawn["1 row"].get_color()
        assert drawn["best"].get_linewidth() > drawn["1 row"].get_linewidth()
        (filled,) = display.ax_.collections
        found = filled.get_paths()[0].vertices
        assert {round(y, 3) for y in found[:, 1]} == {round(y, 3) for y in band.ravel()}
        # The title is that of the last one.
        r2 = r2_score(self.MEASURED, self.PREDICTED)
        assert display.ax_.get_title() == f"R² = {r2:.2f}"

    def test_the_parts_of_a_scatter_are_told_apart(self):
        parts = np.array(["test", "validation", "test", "validation", "test"])
        display = PredictionDisplay(self.MEASURED, self.PREDICTED, parts=parts).plot()
        for name in ("test", "validation"):
            drawn = [one for one in display.scatter_ if one.get_label().strip("_") == name]
            x, y = (
                np.concatenate([f(one) for one in drawn])
                for f in (Line2D.get_xdata, Line2D.get_ydata)
            )
            here = parts == name
            assert {*zip(x, y, strict=True)} == {
                *zip(self.MEASURED[here], self.PREDICTED[here], strict=True)
            }
            assert {one.get_color() for one in drawn} == {PARTS[name]}

    def test_no_part_of_a_scatter_covers_another(self):
        rng = np.random.default_rng(0)
        measured = rng.normal(size=2000)
        parts = np.repeat(["validation", "test"], 1000)
        display = PredictionDisplay(measured, measured, parts=parts).plot()
        # What is drawn later lies on top: of the last half, half belongs to each part.
        later = display.scatter_[len(display.scatter_) // 2 :]
        sizes = dict.fromkeys(("validation", "test"), 0)
        for one in later:
            sizes[one.get_label().strip("_")] += len(one.get_xdata())
        assert sizes == {"validation": 500, "test": 500}
        legend = display.ax_.get_legend().get_texts()
        assert [text.get_text() for text in legend] == ["validation", "test"]

    def test_points_beyond_the_axes_are_marked_and_counted(self):
        predicted = np.array([0.61, 5.0, 6.0, -4.0, 0.64])
        display = PredictionDisplay(self.MEASURED, predicted)
        ax = display.plot(limits=(0.5, 0.8)).ax_
        outside = {one.get_marker(): one for one in ax.get_lines() if one.get_label() == "_outside"}
        np.testing.assert_array_equal(outside["^"].get_xdata(), self.MEASURED[[1, 2]])
        np.testing.assert_array_equal(outside["^"].get_ydata(), [0.8, 0.8])
        np.testing.assert_array_equal(outside["v"].get_xdata(), self.MEASURED[[3]])
        assert [text.get_text() for text in ax.texts] == ["2 above", "1 below"]
        inside = PredictionDisplay(self.MEASURED, self.PREDICTED).plot().ax_
        assert not inside.texts

    def pieces(self, display):
        """Return the x values of the lines of each colour."""
        found = {}
        for one in display.ax_.get_lines():
            found.setdefault(one.get_color(), []).append(list(one.get_xdata()))
        return list(found.values())

    @pytest.mark.parametrize(
        ("time", "pieces"),
        [
            ([0, 1, 2, 3, 4], [[0, 1, 2, 3, 4]]),
            ([0, 1, 2, 9, 10], [[0, 1, 2], [9, 10]]),
            ([3, 4, 3, 4, 5], [[3, 4], [3, 4, 5]]),
            ([0.0, 0.5, 1.5, 2.0, 2.5], [[0.0, 0.5], [1.5, 2.0, 2.5]]),
        ],
        ids=["one run", "gap", "runs", "half seconds"],
    )
    def test_lines_along_time_are_not_joined_across_gaps_and_runs(self, time, pieces):
        display = PredictionDisplay(self.MEASURED, self.PREDICTED, time=np.array(time))
        display.plot(kind="time")
        assert self.pieces(display) == [pieces, pieces]
        labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert labels == ["measured", "predicted"]
        np.testing.assert_array_equal(
            np.concatenate([one.get_ydata() for one in display.ax_.get_lines()]),
            [*self.MEASURED, *self.PREDICTED],
        )
        assert display.ax_.get_xlabel() == "time [s]"
        assert display.ax_.get_ylabel() == "target"

    def test_dates_are_not_joined_across_gaps(self):
        dates = pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 1, 2, 60, 61], unit="s")
        display = PredictionDisplay(
            self.MEASURED, self.PREDICTED, time=dates.to_numpy(), time_label="time"
        ).plot(kind="time")
        assert [len(piece) for piece in self.pieces(display)[0]] == [3, 2]
        assert display.ax_.get_xlabel() == "time"

    def test_rows_without_time_are_counted(self):
        display = PredictionDisplay(self.MEASURED, self.PREDICTED).plot(kind="time")
        assert self.pieces(display) == [[[0, 1, 2, 3, 4]]] * 2
        assert display.ax_.get_xlabel() == "row"

    def test_one_row_has_no_r2(self):
        display = PredictionDisplay(self.MEASURED[:1], self.PREDICTED[:1], time=np.array([5]))
        assert display.plot(kind="time").ax_.get_title() == "R² = nan"
        assert self.pieces(display) == [[[5]], [[5]]]

    def test_unknown_kind_is_an_error(self):
        with pytest.raises(ValueError, match="kind is 'lines'; expected one of"):
            PredictionDisplay(self.MEASURED, self.PREDICTED).plot(kind="lines")

    def test_draws_on_the_axes_given(self):
        _, axes = plt.subplots(1, 2)
        display = PredictionDisplay(self.MEASURED, self.PREDICTED)
        assert display.plot(ax=axes[0]).ax_ is axes[0]
        assert display.plot(kind="time", ax=axes[1]).ax_ is axes[1]
        assert display.figure_ is axes[1].figure
        assert len(plt.get_fignums()) == 1

    def test_from_estimator_leaves_out_rows_without_full_history(self, record):
        X, y, model = record
        groups = np.repeat(["a", "b"], 45)
        X, y = with_runs(X, groups), with_runs(y, groups)
        model = fitted(X, y)
        display = PredictionDisplay.from_estimator(model, X, y, kind="time", label="all")
        complete = np.r_[3:45, 48:90]
        np.testing.assert_array_equal(display.measured, y.to_numpy()[complete])
        np.testing.assert_array_equal(display.predicted, model.predict(X)[complete])
        # Both runs have the same clock.
        assert [ax.get_title() for ax in display.axes_] == ["a", "b"]
        assert self.pieces(display)[0] == [[*range(3, 45)]]
        assert display.figure_.get_suptitle().startswith("all: R² = ")
        assert display.ax_.get_xlabel() == "time [s]"

    def test_from_estimator_with_rows_predicts_them_with_their_history(self, record):
        X, y, model = record
        rows = [1, 20, 21, 22, 60, 61]
        display = PredictionDisplay.from_estimator(model, X, y, rows=rows, kind="time")
        np.testing.assert_array_equal(display.predicted, model.predict(X)[rows[1:]])
        np.testing.assert_array_equal(display.measured, y[rows[1:]])
        # Without time the rows keep their numbers, so that the gap is there.
        assert self.pieces(display)[0] == [[20, 21, 22], [60, 61]]
        assert display.ax_.get_xlabel() == "row"
        mask = np.zeros(90, dtype=bool)
        mask[rows] = True
        same = PredictionDisplay.from_estimator(model, X, y, rows=mask)
        np.testing.assert_array_equal(same.predicted, display.predicted)
        with pytest.raises(ValueError, match="none of the rows to draw has a full history"):
            PredictionDisplay.from_estimator(model, X, y, rows=[0, 2])

    @pytest.mark.parametrize(
        ("index", "label", "time"),
        [
            (pd.RangeIndex(90), "row", 3),
            (pd.RangeIndex(929, 1019), "time [s]", 932),
            (pd.RangeIndex(90, name="time_s"), "time [s]", 3),
            (pd.Index(np.arange(90) * 0.5 + 7.0), "time [s]", 8.5),
            (pd.to_timedelta(np.arange(90) * 2.0, unit="s"), "time [s]", 6.0),
            (
                pd.date_range("2026-03-01", periods=90, freq="s"),
                "time",
                np.datetime64("2026-03-01T00:00:03"),
            ),
        ],
        ids=["rows", "whole seconds", "whole seconds from 0", "seconds", "durations", "dates"],
    )
    def test_axis_is_what_the_index_is(self, record, index, label, time):
        X, y, _ = record
        X = pd.DataFrame(X, index=index, columns=["a", "b"])
        display = PredictionDisplay.from_estimator(fitted(X, y), X, y, kind="time")
        assert display.ax_.get_xlabel() == label
        assert display.time[0] == time
        assert len(display.time) == 87
        assert len(self.pieces(display)[0]) == 1

    def test_from_estimator_takes_windows_and_tables_of_rows(self, record):
        X, y, model = record
        windows = model[0].transform(X)
        display = PredictionDisplay.from_estimator(model[-1], windows, y)
        assert len(display.measured) == 87
        of_rows = GRUFrictionRegressor(
            hidden_size=2, conv_channels=2, n_gru_layers=1, max_epochs=1, random_state=0
        ).fit(X, y)
        assert len(PredictionDisplay.from_estimator(of_rows, X, y).measured) == 90

    def test_other_regressors_are_drawn_alike(self, record):
        X, y, _ = record
        of_rows = LinearRegression().fit(X, y)
        np.testing.assert_array_equal(
            PredictionDisplay.from_estimator(of_rows, X, y).predicted, of_rows.predict(X)
        )
        flat = make_pipeline(SlidingWindowTransformer(6, flatten=True), LinearRegression())
        display = PredictionDisplay.from_estimator(flat.fit(X, y), X, y)
        # Padded windows are left out there as well.
        full = Runs.of(X).history >= 6
        assert 0 < full.sum() < len(y)
        np.testing.assert_array_equal(display.predicted, flat.predict(X)[full])


def shades(ax):
    """Return the ends along time of each shaded stretch, with its look."""
    return [
        (
            patch.get_x(),
            patch.get_x() + patch.get_width(),
            patch.get_facecolor(),
            patch.get_hatch(),
        )
        for patch in ax.patches
    ]


class TestRunsOfOneClock:
    """Runs whose times overlap are not drawn on top of each other."""

    N_ROWS = 30

    def display(self, n_runs, **options):
        rng = np.random.default_rng(0)
        measured = rng.normal(size=n_runs * self.N_ROWS)
        self.measured = measured.reshape(n_runs, -1)
        return PredictionDisplay(
            measured,
            measured + 0.1,
            time=np.tile(np.arange(float(self.N_ROWS)), n_runs),
            runs=np.repeat([f"sample {run}" for run in range(n_runs)], self.N_ROWS),
            target_name="heat [kW]",
            **options,
        )

    @pytest.mark.parametrize("kind", ["time", "residuals"])
    def test_each_run_has_a_panel(self, kind):
        display = self.display(3).plot(kind=kind)
        assert [ax.get_title() for ax in display.axes_] == ["sample 0", "sample 1", "sample 2"]
        assert len({ax.get_ylim() for ax in display.axes_}) == 1
        for number, one in enumerate(display.predicted_lines_["predicted"]):
            assert one.axes is display.axes_[number]
            expected = self.measured[number] + 0.1 if kind == "time" else np.full(self.N_ROWS, 0.1)
            np.testing.assert_allclose(one.get_ydata(), expected)
            np.testing.assert_array_equal(one.get_xdata(), np.arange(self.N_ROWS))
        assert display.figure_.get_suptitle().startswith("R² = ")
        assert "heat [kW]" in display.axes_[0].get_ylabel()
        assert [ax.get_ylabel() for ax in display.axes_[1:]] == ["", ""]
        # One legend for all.
        legends = [ax.get_legend() for ax in display.figure_.axes if ax.get_legend()]
        assert len(legends) == 1

    def test_of_many_runs_some_are_drawn_and_the_title_says_so(self):
        display = self.display(9).plot(kind="time")
        titles = [ax.get_title() for ax in display.axes_]
        assert titles == ["sample 0", "sample 3", "sample 5", "sample 8"]
        assert display.figure_.get_suptitle().endswith("(4 of 9 runs)")

    def test_axes_may_be_given_for_each_run(self):
        _, axes = plt.subplots(3, 1)
        display = self.display(3).plot(kind="time", ax=axes)
        assert display.axes_ == list(axes)
        assert display.figure_ is axes[0].figure
        with pytest.raises(ValueError, match="ax holds 2 axes; expected 3"):
            self.display(3).plot(kind="time", ax=axes[:2])

    def test_on_single_axes_they_stand_one_after_another(self):
        _, ax = plt.subplots()
        display = self.display(3).plot(kind="time", ax=ax)
        assert display.axes_ == [ax]
        ends = [(one.get_xdata()[0], one.get_xdata()[-1]) for one in display.measured_lines_]
        assert ends == [(0, 29), (30, 59), (60, 89)]
        names = [text.get_text() for text in ax.get_xticklabels()]
        assert names == ["sample 0", "sample 1", "sample 2"]
        assert ax.get_xlabel() == "run"

    def test_runs_that_follow_each_other_share_their_axes(self):
        measured = np.random.default_rng(0).normal(size=60)
        display = PredictionDisplay(
            measured, measured, time=np.arange(60.0), runs=np.repeat(["a", "b"], 30)
        ).plot(kind="time")
        assert len(display.axes_) == 1

    def test_records_appended_without_names_are_runs(self):
        X = pd.DataFrame(
            {"slip_velocity": np.random.default_rng(0).normal(size=60)},
            index=pd.Index(np.tile(np.arange(30.0), 2), name="time_s"),
        )
        y = X["slip_velocity"].rename("friction")
        model = make_pipeline(SlidingWindowTransformer(2, flatten=True), LinearRegression())
        display = PredictionDisplay.from_estimator(model.fit(X, y), X, y, kind="time")
        assert [ax.get_title() for ax in display.axes_] == ["0", "1"]
        assert display.time_label == "slip time [s]"


class TestParts:
    """Parts of a record, shaded along time."""

    PARTS = ("training", "training", "validation", "validation", "test", "training", "training")
    MEASURED = np.linspace(0.6, 0.7, 7)

    def drawn(self, parts=PARTS, **options):
        measured = self.MEASURED[: len(parts)]
        options = {"time": np.arange(len(parts)) * 10.0, **options}
        display = PredictionDisplay(measured, measured + 0.01, parts=parts, **options)
        return display.plot(kind="time")

    def test_each_stretch_is_shaded_and_each_part_is_named_once(self):
        ax = self.drawn().ax_
        found = shades(ax)
        ends = [(start, stop) for start, stop, *_ in found]
        assert [start for start, _ in ends] == [0, 20, 40, 50]
        assert all(start <= stop <= 60 for start, stop in ends)
        assert (ends[0], ends[1], ends[3]) == ((0, 10), (20, 30), (50, 60))
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["training", "validation", "test", "measured", "predicted"]

    def test_a_part_looks_the_same_wherever_it_stands_and_unlike_the_others(self):
        looks = [(colour, hatch) for *_, colour, hatch in shades(self.drawn().ax_)]
        assert looks[0] == looks[3]
        assert len(set(looks)) == 3
        assert len({colour for colour, _ in looks}) == 3

    def test_a_stretch_does_not_reach_across_a_gap_or_a_new_run(self):
        time = np.array([0, 1, 2, 9, 10, 0, 1])
        found = shades(self.drawn(["a"] * 7, time=time).ax_)
        assert [(start, stop) for start, stop, *_ in found] == [(0, 2), (9, 10), (0, 1)]

    def test_axes_and_title_are_those_without_parts(self):
        with_parts = self.drawn(label="record").ax_
        without = self.drawn(label="record")
        without.parts = None
        ax = without.plot(kind="time").ax_
        for get in ("get_xlabel", "get_ylabel", "get_title"):
            assert getattr(with_parts, get)() == getattr(ax, get)()
        assert with_parts.get_xlabel() == "time [s]"
        assert with_parts.get_title().startswith("record: R² = ")
        assert not ax.patches

    def test_a_scatter_has_no_stretches(self):
        display = PredictionDisplay(self.MEASURED, self.MEASURED, parts=self.PARTS)
        assert not display.plot().ax_.patches

    @pytest.mark.parametrize("n_parts", [5, 7])
    def test_as_many_parts_as_there_are(self, n_parts):
        names = [f"part {i}" for i in range(n_parts)]
        ax = self.drawn(names).ax_
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == [*names, "measured", "predicted"]

    def test_dates_are_shaded_as_well(self):
        dates = pd.to_datetime("2026-03-01") + pd.to_timedelta(np.arange(7), unit="s")
        ax = self.drawn(time=dates.to_numpy()).ax_
        assert len(ax.patches) == 4

    def test_from_estimator_takes_the_part_of_every_row(self, record):
        X, y, model = record
        parts = np.repeat(["training", "test"], [60, 30])
        _, ax = plt.subplots()
        display = PredictionDisplay.from_estimator(model, X, y, kind="time", parts=parts, ax=ax)
        assert display.ax_ is ax
        # The first three rows lack their history.
        assert list(display.parts) == ["training"] * 57 + ["test"] * 30
        assert [(start, stop) for start, stop, *_ in shades(ax)] == [(3, 59), (60, 89)]

    def test_from_estimator_takes_the_parts_of_the_rows_asked_for(self, record):
        X, y, model = record
        parts = pd.Series(np.repeat(["training", "test"], [60, 30]), index=np.arange(90)[::-1])
        rows = [58, 59, 60, 80]
        display = PredictionDisplay.from_estimator(model, X, y, rows=rows, kind="time", parts=parts)
        assert list(display.parts) == ["training", "training", "test", "test"]
