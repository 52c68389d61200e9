"""The pictures show the numbers, and grey what cannot be interpreted."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    gradient_importance,
)
from sklearn_frictiongru.utils.style import INPUTS
from tests.common.styles import hidden_in

from ._known import (
    NAMES,
    WEIGHTS,
    Filter,
    filter_models,
    fit_pipeline,
    make_record,
    replace_network,
)

SHARES = np.array([[0.7, 0.2, 0.1], [0.6, 0.1, 0.3], [0.25, 0.7, 0.05]])
KINDS = ["models", "per_model", "ranks", "conditions", "lags", "time"]
BY = np.tile([75.0, 100.0, 100.0], 40)
MARK = "not interpretable: the models have no skill"
FLOOR = Bunch(
    relative=0.16,
    net=0.4,
    relative_by_lag=np.array([0.01, 0.02, 0.03, 0.04]),
    net_by_lag=np.array([0.05, 0.06, 0.07, 0.08]),
)
RELATIVE_FLOOR = "floor: an irrelevant input"
NO_FLOOR = "floor not estimated"


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def models(record):
    return filter_models(*record, SHARES)


@pytest.fixture(scope="module")
def curved(record):
    """Two models whose gradients differ from row to row and lag to lag."""
    return [
        replace_network(fit_pipeline(*record), Filter((WEIGHTS + 0.2) * scale, power=2))
        for scale in (1.0, [2.0, 1.0, 1.0])
    ]


def draw(models, record, kind="models", rolling=None, y=None, **options):
    data = {name: options.pop(name, None) for name in ("by", "null_floor", "skill")}
    importance = GradientImportance(random_state=0, **options).fit(models, record[0], y, **data)
    return GradientImportanceDisplay.from_importance(importance, kind=kind, rolling=rolling)


def texts(labels):
    return [label.get_text() for label in labels]


def legend(ax):
    return texts(ax.get_legend().get_texts())


def lines(ax, label=None, marker=None):
    return [
        line
        for line in ax.get_lines()
        if (label is None or line.get_label() == label)
        and (marker is None or line.get_marker() == marker)
    ]


def drawn_colours(ax):
    """Return the red, green and blue of everything that can be seen in the axes."""
    colours = [bar.get_facecolor() for bar in ax.patches]
    for line in ax.get_lines():
        if line.get_linestyle() != "None":
            colours.append(line.get_color())
        if line.get_marker() != "None":
            colours.append(line.get_markeredgecolor())
        if line.get_marker() in ("o", "D"):
            colours.append(line.get_markerfacecolor())
    for image in ax.get_images():
        cells = image.cmap(image.norm(image.get_array())).reshape(-1, 4)
        colours += [tuple(cell) for cell in cells]
    return [to_rgb(colour) for colour in colours]


def segments(container, axis=1):
    """Return lower and upper ends of the error bars of a container of bars."""
    return np.array(container.errorbar.lines[2][0].get_segments())[:, :, axis]


def top(display):
    """Return the axes that carry the title."""
    return display.condition_ax_ or display.target_ax_ or display.ax_


class TestModels:
    def test_bars_points_and_diamonds(self, models, record):
        display = draw(models, record)
        ax = display.ax_
        np.testing.assert_allclose(
            [bar.get_width() for bar in display.bars_[0]], SHARES.mean(axis=0), rtol=1e-6
        )
        points = lines(ax, marker="o")
        assert len(points) == 3
        for line, shares in zip(points, SHARES, strict=True):
            np.testing.assert_allclose(line.get_xdata(), shares, rtol=1e-6)
            assert (np.abs(line.get_ydata() - [0, 1, 2]) < 0.31).all()
        (diamonds,) = lines(ax, "net, mean")
        np.testing.assert_allclose(diamonds.get_xdata(), SHARES.mean(axis=0), rtol=1e-6)
        assert texts(ax.get_yticklabels()) == NAMES
        assert ax.get_xlabel() == "importance [share of all inputs]"
        assert ax.get_title().splitlines() == [
            "velocity ranks first in 2 of 3 models",
            "validation skill 0.90, median of 3 models",
        ]
        assert ax.get_xlim()[0] == 0
        assert ax.get_xlim()[1] > 0.7
        # The first input stands on top.
        assert ax.yaxis_inverted()
        assert legend(ax) == ["relative, one model", "net, mean", NO_FLOOR]

    def test_bars_carry_their_intervals(self, curved, record):
        display = draw(curved, record)
        bounds = display.importance.intervals_[["relative_low", "relative_high"]]
        np.testing.assert_allclose(segments(display.bars_[0], 0), bounds, rtol=1e-9)

    def test_a_single_model_has_no_interval(self, curved, record):
        ax = draw(curved[:1], record).ax_
        assert all(getattr(each, "errorbar", None) is None for each in ax.containers)
        (points,) = lines(ax, marker="o")
        np.testing.assert_array_equal(points.get_ydata(), [0, 1, 2])

    def test_bars_are_relative_and_diamonds_net(self, curved, record):
        ax = draw(curved, record).ax_
        importance = GradientImportance().fit(curved, record[0])
        (diamonds,) = lines(ax, "net, mean")
        np.testing.assert_allclose(diamonds.get_xdata(), importance.net_.mean(), rtol=1e-12)
        heights = [bar.get_width() for bar in ax.patches]
        np.testing.assert_allclose(heights, importance.relative_.mean(), rtol=1e-12)
        assert np.abs(importance.net_.mean() - importance.relative_.mean()).max() > 0.01

    @pytest.mark.parametrize("kind", ["models", "conditions"])
    def test_floors_are_lines_where_they_are_given(self, models, record, kind):
        ax = draw(models, record, kind, by=BY, null_floor=FLOOR).ax_
        for label, height, style in (
            (RELATIVE_FLOOR, 0.16, "--"),
            ("floor of net", 0.4, ":"),
        ):
            (line,) = lines(ax, label)
            ends = line.get_xdata() if kind == "models" else line.get_ydata()
            np.testing.assert_array_equal(ends, [height, height])
            assert line.get_linestyle() == style
            assert label in legend(ax)
        assert NO_FLOOR not in legend(ax)
        without = draw(models, record, kind, by=BY).ax_
        assert not lines(without, RELATIVE_FLOOR)
        assert NO_FLOOR in legend(without)

    @pytest.mark.parametrize("kind", ["models", "conditions"])
    def test_each_input_may_have_its_floor(self, models, record, kind):
        floor = Bunch(relative=pd.Series([0.3, 0.2, 0.1], NAMES), net=0.4)
        ax = draw(models, record, kind, by=BY, null_floor=floor).ax_
        (found,) = [each for each in ax.collections if each.get_label() == RELATIVE_FLOOR]
        pieces = np.array(found.get_segments())
        # One for each range of the condition; across horizontal bars they are vertical.
        n_places, along = (1, 1) if kind == "models" else (2, 0)
        np.testing.assert_allclose(pieces[:, 0, 1 - along], np.repeat([0.3, 0.2, 0.1], n_places))
        bars = [bar.get_center()[along] for bar in ax.patches]
        np.testing.assert_allclose(pieces[:, :, along].mean(axis=1), bars)

    def test_what_fails_its_test_is_marked(self, models, record):
        passes = pd.DataFrame({"passes": [True, False, True], "net_passes": True}, index=NAMES)
        floor = Bunch(relative=0.16, net=0.4, tests=passes)
        ax = draw(models, record, null_floor=floor).ax_
        marked = ["not distinguishable" in text for text in texts(ax.get_yticklabels())]
        assert marked == [False, True, True]

    def test_what_lies_below_the_floor_is_marked(self, models, record):
        ax = draw(models, record, null_floor=FLOOR).ax_
        # The mean of the third one is 0.15.
        assert texts(ax.get_yticklabels()) == [
            *NAMES[:2],
            "temperature\n(not distinguishable\nfrom none)",
        ]

    def test_units_stand_in_the_labels(self, record):
        X, y = record
        X = X.set_axis(["slip_velocity_m_s", "temperature_degc", "x2"], axis="columns")
        (model,) = filter_models(X, y, SHARES[:1])
        ax = GradientImportanceDisplay.from_estimator(model, X).ax_
        labels = [label.replace("\n", " ") for label in texts(ax.get_yticklabels())]
        assert labels == ["slip velocity [m/s]", "temperature [degC]", "x2"]
        title = ax.get_title().splitlines()[0]
        assert title == "slip velocity [m/s] ranks first in 1 of 1 models"


class TestRanks:
    EXPECTED = [[1, 2, 3], [1, 3, 2], [2, 1, 3]]

    def test_every_rank_is_written_in_its_cell(self, models, record):
        ax = draw(models, record, "ranks").ax_
        found = {text.get_position(): text.get_text() for text in ax.texts}
        assert found == {
            (model, feature): f"{self.EXPECTED[model][feature]}/{self.EXPECTED[model][feature]}"
            for model, feature in np.ndindex(3, 3)
        }
        (image,) = ax.get_images()
        np.testing.assert_array_equal(image.get_array(), np.transpose(self.EXPECTED))
        # The last rank has the darkest cell.
        assert {(text.get_color(), text.get_text()[0] == "3") for text in ax.texts} == {
            ("white", True),
            ("black", False),
        }
        assert texts(ax.get_yticklabels()) == NAMES
        assert texts(ax.get_xticklabels()) == ["0", "1", "2"]
        assert ax.get_xlabel() == (
            "model (repeated training, from 0)\n"
            "cells: rank by relative/net importance, floor not estimated"
        )
        title = ax.get_title().splitlines()[0]
        # 78 of the 216 ways to shuffle three rankings of three agree as much.
        assert title == "Rank of each input in each model (Kendall's W = 0.44, p = 0.36)"

    def test_a_small_p_value_is_not_written_out(self, curved, record):
        importance = GradientImportance().fit(curved, *record)
        importance.kendall_p_value_ = 0.0004
        display = GradientImportanceDisplay.from_importance(importance, kind="ranks")
        assert "p < 0.001)" in display.ax_.get_title()

    @pytest.mark.filterwarnings("ignore:the models have no skill")
    @pytest.mark.parametrize("style", ["default", "dark_background"])
    def test_greyed_cells_are_near_their_paper(self, curved, record, style):
        importance = GradientImportance().fit(curved, *record, skill=-1.0)
        with plt.style.context(style):
            display = GradientImportanceDisplay.from_importance(importance, kind="ranks")
            paper = np.array(to_rgb(display.ax_.get_facecolor()))
        cells = display.image_.cmap(display.image_.norm(np.array([1, 2, 3])))[:, :3]
        assert np.abs(cells - paper).max() < 0.5

    def test_the_second_rank_is_that_of_net(self, record):
        # The first input pulls as often one way as the other, and falls behind both in net.
        weights = np.zeros((4, 3))
        weights[-1] = [0.8, 0.15, 0.05]
        X, y = record
        module = Filter(weights)
        module.forward = lambda windows: (
            windows[:, -1, 0].abs() * 0.8 + (windows[:, -1, 1:] * module.weights[-1, 1:]).sum(1)
        )
        ax = draw(replace_network(fit_pipeline(X, y), module), record, "ranks").ax_
        assert texts(ax.texts) == ["1/3", "2/1", "3/2"]

    @pytest.mark.parametrize("kind", ["models", "ranks"])
    def test_one_criterion_says_what_is_not_distinguishable(self, models, record, kind):
        passes = pd.DataFrame({"passes": [True, False, True], "net_passes": True}, index=NAMES)
        # The second input is above the floor and fails its test, the third is below the floor.
        floor = Bunch(relative=0.16, net=0.4, tests=passes)
        ax = draw(models, record, kind, null_floor=floor).ax_
        labels = texts(ax.get_yticklabels())
        assert [label.replace("\n", " ") for label in labels] == [
            NAMES[0],
            *(f"{name} (not distinguishable from none)" for name in NAMES[1:]),
        ]
        assert not [text for text in texts(ax.texts) if "(" in text]
        assert "floor" not in ax.get_xlabel()


class TestConditions:
    def test_bars_for_each_range(self, curved, record):
        X, _ = record
        by = pd.Series(BY, index=X.index, name="normal_stress_mpa")
        ax = draw(curved, record, "conditions", by=by, bins=[70, 80, 120]).ax_
        importances = [gradient_importance(model, X, by=BY, bins=[70, 80, 120]) for model in curved]
        shares, net = (
            np.stack([found[f"{name}_by_condition"] for found in importances])
            for name in ("relative", "net")
        )
        bars = [container for container in ax.containers if hasattr(container, "patches")]
        assert [container.get_label() for container in bars] == NAMES
        diamonds = lines(ax, marker="D")
        assert [line.get_label() for line in diamonds].count("net, mean") == 1
        for feature, container in enumerate(bars):
            heights = [bar.get_height() for bar in container.patches]
            np.testing.assert_allclose(heights, shares[:, :, feature].mean(axis=0), rtol=1e-9)
            spread = shares[:, :, feature].std(axis=0)
            found = np.diff(segments(container), axis=1)[:, 0]
            np.testing.assert_allclose(found, 2 * spread, rtol=1e-6)
            np.testing.assert_allclose(
                diamonds[feature].get_ydata(), net[:, :, feature].mean(axis=0), rtol=1e-9
            )
            centres = [bar.get_x() + bar.get_width() / 2 for bar in container.patches]
            np.testing.assert_allclose(diamonds[feature].get_xdata(), centres, rtol=1e-9)
        assert texts(ax.get_xticklabels()) == [
            f"{name.replace('-', '–')}\n{count} rows"
            for name, count in zip(
                ["70-80", "80-120"], importances[0].rows_by_condition, strict=True
            )
        ]
        assert ax.get_ylabel() == "importance\n[share of all inputs]"
        assert ax.get_xlabel() == "range of normal stress [MPa]"
        assert draw(curved, record, "conditions", by=BY).ax_.get_xlabel() == (
            "range of the condition"
        )

    def test_without_a_condition_it_is_an_error(self, models, record):
        with pytest.raises(
            ValueError, match=r"needs a condition; give by=... to GradientImportance.fit"
        ):
            draw(models, record, "conditions")


class TestLags:
    @pytest.mark.parametrize("units", ["standardized", "physical"])
    def test_part_of_each_lag_in_all_models(self, curved, record, units):
        ax = draw(curved, record, "lags", units=units).ax_
        results = [gradient_importance(model, record[0], units=units) for model in curved]
        sizes = [found.by_lag for found in results]
        signed = [np.abs(found.signed_by_lag) for found in results]
        for style, tables in (("-", sizes), (":", signed)):
            expected = np.mean([table / table.sum() for table in tables], axis=0)
            found = [
                line
                for line in lines(ax)
                if line.get_linestyle() == style and len(line.get_xdata())
            ]
            assert len(found) == 3
            for feature, line in enumerate(found):
                order = np.argsort(line.get_xdata())
                np.testing.assert_array_equal(line.get_xdata()[order], [0, 1, 2, 3])
                np.testing.assert_allclose(
                    line.get_ydata()[order], expected[::-1, feature], rtol=1e-12
                )
                assert line.get_color() == lines(ax, NAMES[feature])[0].get_color()
        assert legend(ax) == [*NAMES, "net", NO_FLOOR]
        # Old rows stand on the left.
        assert ax.xaxis_inverted()
        # Rows of the record are a second apart.
        assert ax.get_xlabel() == "lag before the target [s]"
        assert ax.get_ylabel() == "importance at the lag\n[share of all inputs and lags]"
        assert "half of the window next to the target (validation skill " in ax.get_title()

    @pytest.mark.parametrize(
        ("by_lag", "said"),
        [
            (
                [0.0, 0.1, 0.2, 0.7],
                "Most of the importance is in the half of the window next to the target",
            ),
            ([0.7, 0.2, 0.1, 0.0], "Most of the importance is in the older half of the window"),
            ([0.3, 0.2, 0.2, 0.3], "Importance is spread over the window"),
        ],
    )
    def test_the_title_follows_the_importance(self, curved, record, monkeypatch, by_lag, said):
        # From the oldest lag to the target.
        importance = GradientImportance().fit(curved, *record)
        for each in importance.importances_:
            monkeypatch.setitem(each, "by_lag", np.repeat(np.array(by_lag)[:, None], 3, axis=1))
        title = GradientImportanceDisplay.from_importance(importance, kind="lags").ax_.get_title()
        assert said in title

    def test_floor_of_each_lag(self, curved, record):
        ax = draw(curved, record, "lags", null_floor=FLOOR).ax_
        (line,) = lines(ax, RELATIVE_FLOOR)
        np.testing.assert_array_equal(line.get_xdata(), [3, 2, 1, 0])
        np.testing.assert_array_equal(line.get_ydata(), FLOOR.relative_by_lag)
        assert "floor, above the axes" not in legend(ax)
        highest = max(line.get_ydata().max() for line in lines(ax) if len(line.get_ydata()))
        # A floor that is far higher than the shares sets no scale.
        far = Bunch(**{**FLOOR, "relative_by_lag": np.array([0.0, 0.0, 50.0, 0.0])})
        ax = draw(curved, record, "lags", null_floor=far).ax_
        assert ax.get_ylim()[0] == 0
        assert highest < ax.get_ylim()[1] < 2
        (marked,) = lines(ax, "floor, above the axes")
        assert list(marked.get_xdata()) == [1]
        # A floor of one's own may know nothing of lags.
        ax = draw(curved, record, "lags", null_floor=Bunch(relative=0.1, net=0.1)).ax_
        assert NO_FLOOR in legend(ax)


class TestTime:
    def pieces(self, ax, name, style):
        """Return the lines of an input."""
        colour = lines(ax, name)[0].get_color()
        return [
            line
            for line in ax.get_lines()
            if line.get_color() == colour and line.get_linestyle() == style
        ]

    def test_lines_are_not_joined_across_runs(self, curved, record):
        display = draw(curved, record, "time")
        ax = display.ax_
        for style, measure in (("-", "relative"), (":", "net")):
            table = display.importance.along_time(measure)
            for name in NAMES:
                pieces = self.pieces(ax, name, style)
                # Times of several runs overlap, so rows are numbered.
                assert [list(line.get_xdata()) for line in pieces] == [
                    [*range(3, 70)],
                    [*range(73, 120)],
                ]
                np.testing.assert_array_equal(
                    np.concatenate([line.get_ydata() for line in pieces]), table[name]
                )
        assert len({lines(ax, name)[0].get_color() for name in NAMES}) == 3
        assert ax.get_xlabel() == "run"
        assert texts(ax.get_xticklabels()) == [str(run) for run in display.importance.run_labels_]
        assert ax.get_title().startswith("Which input matters when? (means of 2 models)")
        assert legend(ax) == [*NAMES, "net, in blocks", NO_FLOOR]
        assert ax.get_ylim()[0] == 0
        highest = display.importance.along_time()[NAMES].max().max()
        assert highest < ax.get_ylim()[1] <= 1
        assert display.target_ax_ is None

    def test_the_floor_is_that_of_relative_importance(self, curved, record):
        ax = draw(curved, record, "time", null_floor=FLOOR).ax_
        (line,) = lines(ax, RELATIVE_FLOOR)
        np.testing.assert_array_equal(line.get_ydata(), [0.16, 0.16])
        assert not lines(ax, "floor of net")

    def test_of_several_floors_the_highest_is_drawn_and_named_so(self, curved, record):
        floors = Bunch(relative=np.array([0.1, 0.3, 0.2]), net=np.array([0.1, 0.4, 0.2]))
        ax = draw(curved, record, "time", null_floor=floors).ax_
        (line,) = lines(ax, "highest floor")
        np.testing.assert_array_equal(line.get_ydata(), [0.3, 0.3])
        assert not lines(ax, RELATIVE_FLOOR)

    def test_time_of_a_single_run_is_drawn_with_its_gaps(self):
        X, y = make_record((90,))
        seconds = np.r_[0:50, 500:540] * 2.0
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS + 0.2, power=2))
        index = pd.MultiIndex.from_arrays([np.zeros(90, int), seconds], names=["run", "time"])
        X, y = X.set_axis(index), y.set_axis(index)
        # Sampled every second second, as it now is in `fit`.
        model[0].fit(X)
        display = draw(model, (X, y), "time", rolling=3, y=y.rename("friction"))
        ax = display.ax_
        for line, times in zip(
            self.pieces(ax, "velocity", "-"),
            (np.arange(3, 50) * 2.0, np.arange(503, 540) * 2.0),
            strict=True,
        ):
            np.testing.assert_array_equal(line.get_xdata(), times)
        table = display.importance.along_time(rolling=3)
        drawn = [line.get_ydata() for line in self.pieces(ax, "velocity", "-")]
        np.testing.assert_array_equal(np.concatenate(drawn), table["velocity"])
        # No input of this record is a slip.
        assert ax.get_xlabel() == "time [s]"

    def test_targets_stand_above(self, curved, record):
        _, y = record
        display = draw(curved, record, "time", y=y.rename("friction"))
        above = display.target_ax_
        drawn = above.get_lines()
        assert [list(line.get_xdata()) for line in drawn] == [[*range(70)], [*range(70, 120)]]
        np.testing.assert_array_equal(np.concatenate([line.get_ydata() for line in drawn]), y)
        assert above.get_ylabel() == "friction [-]"
        assert above.get_title().startswith("Which input matters when?")
        assert display.ax_.get_title() == ""
        # A display draws anew.
        display.plot(kind="lags")
        assert display.target_ax_ is None


class TestSkill:
    @pytest.mark.parametrize("kind", KINDS)
    def test_without_skill_every_picture_is_greyed_and_marked(self, models, record, kind):
        with pytest.warns(UserWarning, match="not interpretable"):
            display = draw(models, record, kind, by=BY, skill=-0.1, null_floor=FLOOR)
        ax, titled = display.ax_, top(display)
        title = titled.get_title().split("\n")
        assert len(title) == 2
        assert title[1] == f"{MARK} (−0.10)"
        colours = [*drawn_colours(ax), to_rgb(titled.title.get_color())]
        assert len(colours) > 1
        assert all(max(colour) - min(colour) < 0.01 for colour in colours)
        assert to_rgb(titled.title.get_color()) != (0, 0, 0)

    @pytest.mark.parametrize("kind", KINDS)
    def test_with_skill_none_is(self, models, record, kind):
        display = draw(models, record, kind, by=BY, skill=0.1)
        ax = display.ax_
        assert MARK not in top(display).get_title()
        title = top(display).get_title()
        if kind == "lags":
            assert title.endswith(" (skill 0.10)")
        else:
            assert title.splitlines()[1] == "skill 0.10"
        assert any(max(colour) - min(colour) > 0.2 for colour in drawn_colours(ax))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_ranking_that_is_no_finding_is_greyed_with_the_reason(self, models, record, kind):
        importance = GradientImportance(random_state=0).fit(models, record[0], by=BY, skill=0.9)
        display = GradientImportanceDisplay.from_importance(
            importance, kind=kind, not_interpretable="the models disagree"
        )
        ax, title = display.ax_, top(display).title
        assert title.get_text().split("\n")[1] == "not interpretable: the models disagree"
        colours = [*drawn_colours(ax), to_rgb(title.get_color())]
        assert all(max(colour) - min(colour) < 0.01 for colour in colours)
        # It belongs to the picture, not to the importances.
        assert importance.interpretable_

    def test_the_reason_given_is_said_also_without_skill(self, models, record):
        with pytest.warns(UserWarning, match="not interpretable"):
            importance = GradientImportance(random_state=0).fit(models, record[0], skill=-0.1)
        reason = "the verdict on skill is 'not clear'"
        display = GradientImportanceDisplay.from_importance(importance, not_interpretable=reason)
        assert display.ax_.get_title().split("\n")[1] == f"not interpretable: {reason}"

    def test_cells_without_skill_are_light(self, models, record):
        with pytest.warns(UserWarning, match="not interpretable"):
            ax = draw(models, record, "ranks", skill=-0.1).ax_
        assert min(map(min, drawn_colours(ax))) > 0.4
        assert {text.get_color() for text in ax.texts} == {"black"}

    def test_one_model_has_no_median(self, models, record):
        assert draw(models[0], record).ax_.get_title().endswith("\nvalidation skill 0.90")

    def test_unknown(self, record):
        model = replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=None)
        ax = draw(model, record).ax_
        assert ax.get_title().endswith("\nvalidation skill unknown")
        assert any(max(colour) - min(colour) > 0.2 for colour in drawn_colours(ax))


class TestPerModel:
    def test_a_line_for_each_input(self, models, record):
        display = draw(models, record, "per_model")
        for number, (name, line) in enumerate(zip(NAMES, display.lines_, strict=True)):
            assert line.get_label() == name
            np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2])
            np.testing.assert_allclose(line.get_ydata(), SHARES[:, number], rtol=1e-6)
        assert texts(display.ax_.get_xticklabels()) == ["0", "1", "2"]
        assert len({line.get_marker() for line in display.lines_}) == 3

    @pytest.mark.parametrize("kind", ["per_model", "ranks"])
    @pytest.mark.parametrize("n_models", [5, 12, 20, 50])
    def test_numbers_of_models_do_not_touch(self, models, record, kind, n_models):
        display = draw((models * n_models)[:n_models], record, kind)
        # As broad, in inches, as a panel of a report beside long names.
        display.figure_.set_layout_engine("none")
        display.ax_.set_position([0.3, 0.2, 2.4 / display.figure_.get_figwidth(), 0.6])
        display.figure_.canvas.draw()
        labels = [each for each in display.ax_.get_xticklabels() if each.get_text()]
        assert texts(labels)[0] == "0"
        assert len(labels) >= 5
        boxes = [label.get_window_extent() for label in labels]
        gaps = [right.x0 - left.x1 for left, right in itertools.pairwise(boxes)]
        assert min(gaps) > 4


class TestTimeOfRuns:
    def test_one_run_along_its_time(self, curved, record):
        display = draw(curved, record, "time")
        display.plot(kind="time", run=1)
        ax = display.ax_
        table = display.importance.along_time().query("run == 1")
        (line,) = [each for each in lines(ax, NAMES[0]) if len(each.get_xdata())]
        np.testing.assert_array_equal(line.get_xdata(), table["time"])
        np.testing.assert_array_equal(line.get_ydata(), table[NAMES[0]])
        assert ax.get_xlabel() == "time [s]"

    def test_the_condition_stands_above_and_its_changes_are_marked(self, curved, record):
        X, y = record
        # The first run has 70 rows, the second 50. A single row is noise.
        by = np.repeat([1.0, 5.0, 1.0, 2.0], [40, 30, 25, 25])
        by[10] = 5.0
        by = pd.Series(by, index=X.index, name="normal_stress_mpa")
        display = draw(curved, record, "time", y=y.rename("friction"), by=by)
        above = display.condition_ax_
        assert above.get_ylabel().replace("\n", " ") == "normal stress [MPa]"
        drawn = [line for line in above.get_lines() if len(line.get_xdata()) > 2]
        np.testing.assert_array_equal(np.concatenate([line.get_ydata() for line in drawn]), by)
        for ax in (above, display.target_ax_, display.ax_):
            marks = [
                line.get_xdata()[0]
                for line in ax.get_lines()
                if line.get_linestyle() == "--" and line.get_linewidth() == 0.8
            ]
            # The second run begins at another level, which is no change.
            assert marks == [40, 95]

    def test_changes_are_those_of_the_ranges(self, curved, record):
        rng = np.random.default_rng(0)
        by = np.repeat([1.0, 5.0, 3.0], [40, 30, 50]) + rng.normal(0, 0.1, 120)
        ax = draw(curved, record, "time", by=by, bins=[0, 2, 4, 6]).ax_
        marks = [
            line.get_xdata()[0]
            for line in ax.get_lines()
            if line.get_linestyle() == "--" and line.get_linewidth() == 0.8
        ]
        # Row 70 begins a run.
        assert marks == [40]

    def test_axes_for_each_curve_may_be_given(self, curved, record):
        y = record[1]
        importance = GradientImportance(random_state=0).fit(curved, record[0], y)
        _, axes = plt.subplots(2, 1)
        display = GradientImportanceDisplay.from_importance(importance, kind="time", ax=axes)
        assert (display.target_ax_, display.ax_) == tuple(axes)
        _, axes = plt.subplots(3, 1)
        with pytest.raises(ValueError, match="ax holds 3 axes; expected 2 for kind='time'"):
            GradientImportanceDisplay.from_importance(importance, kind="time", ax=axes)

    def test_rows_without_history_do_not_set_the_scale_of_the_target(self, curved, record):
        y = record[1]
        outlier = y.copy()
        outlier.iloc[0] = 1e6
        ax = draw(curved, record, "time", y=outlier).target_ax_
        assert ax.get_ylim()[1] < 2 * np.abs(y).max() + 1


class TestStyles:
    @pytest.mark.parametrize("style", ["default", "dark_background"])
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("skill", [0.5, -0.1])
    @pytest.mark.filterwarnings("ignore:.*not interpretable")
    def test_everything_is_seen(self, models, record, kind, style, skill):
        importance = GradientImportance(random_state=0).fit(
            models, record[0], record[1], by=BY, null_floor=FLOOR, skill=skill
        )
        with plt.style.context(style):
            display = GradientImportanceDisplay.from_importance(importance, kind=kind)
            assert not hidden_in(display.figure_)

    @pytest.mark.parametrize("kind", ["per_model", "lags", "time"])
    def test_greyed_lines_are_told_apart(self, models, record, kind):
        with pytest.warns(UserWarning, match="not interpretable"):
            ax = draw(models, record, kind, skill=-0.1).ax_
        drawn = [lines(ax, name)[0] for name in NAMES]
        assert len({line.get_marker() for line in drawn} - {"None"}) == 3
        assert len({line.get_color() for line in drawn}) == 3

    def test_an_input_has_the_same_colour_in_every_figure(self, models, record):
        colours = []
        for kind in ("per_model", "lags", "time"):
            ax = draw(models, record, kind, by=BY).ax_
            colours.append([to_rgb(lines(ax, name)[0].get_color()) for name in NAMES])
        for kind in ("models", "conditions"):
            display = draw(models, record, kind, by=BY)
            bars = display.bars_[0] if kind == "models" else [b[0] for b in display.bars_]
            colours.append([to_rgb(bar.get_facecolor()) for bar in bars])
        assert all(each == colours[0] for each in colours)
        assert colours[0] == [to_rgb(colour) for colour in INPUTS[:3]]

    def test_units_may_be_given(self, models, record):
        importance = GradientImportance(random_state=0).fit(models, record[0])
        display = GradientImportanceDisplay.from_importance(
            importance, kind="per_model", units={NAMES[0]: "rpm"}
        )
        assert legend(display.ax_) == [f"{NAMES[0]} [rpm]", *NAMES[1:]]


class TestFrontDoors:
    @pytest.mark.parametrize("kind", KINDS)
    def test_draws_on_the_axes_given_and_returns_itself(self, models, record, kind):
        importance = GradientImportance().fit(models, record[0], by=BY)
        _, axes = plt.subplots(1, 2)
        display = GradientImportanceDisplay(importance)
        assert display.plot(kind=kind, ax=axes[1]) is display
        assert display.ax_ is axes[1]
        assert display.figure_ is axes[1].figure
        assert len(plt.get_fignums()) == 1
        assert not axes[0].has_data()
        again = GradientImportanceDisplay.from_importance(importance, kind=kind, ax=axes[0])
        assert again.ax_ is axes[0]
        assert axes[0].has_data()
        assert len(plt.get_fignums()) == 1

    def test_from_estimator(self, models, record):
        X, y = record
        _, ax = plt.subplots()
        display = GradientImportanceDisplay.from_estimator(
            models[0], X, y, by=BY, null_floor=FLOOR, skill=0.2, kind="conditions", ax=ax, of="loss"
        )
        assert display.ax_ is ax
        assert display.importance.of == "loss"
        assert display.importance.null_floor_ is FLOOR
        assert display.importance.skill_ == 0.2
        assert display.importance.importances_[0].conditions == ["75.0", "100.0"]

    def test_from_estimator_smooths_as_asked_for(self, curved, record):
        X, _ = record
        display = GradientImportanceDisplay.from_estimator(curved, X, kind="time", rolling=9)
        expected = display.importance.along_time(rolling=9)["velocity"]
        drawn = lines(display.ax_, "velocity")[0].get_ydata()
        np.testing.assert_array_equal(drawn, expected[: len(drawn)])
        single = display.importance.along_time(rolling=1)["velocity"]
        assert not np.allclose(drawn, single[: len(drawn)])

    def test_unknown_kind(self, models, record):
        with pytest.raises(ValueError, match=r"kind is 'pie'; expected one of \['models'"):
            draw(models, record, "pie")

    def test_unfitted(self):
        with pytest.raises(NotFittedError):
            GradientImportanceDisplay.from_importance(GradientImportance())
