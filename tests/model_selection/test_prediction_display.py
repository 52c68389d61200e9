"""Pictures of predictions show the numbers, with their units."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PredictionDisplay,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer, with_runs
from sklearn_frictiongru.utils.style import PARTS


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


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
