"""The picture of a sweep shows its losses, with their units."""

import itertools
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    WindowLengthDisplay,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

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
