"""The pictures show the numbers, and grey what cannot be interpreted."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    gradient_importance,
)

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
KINDS = ["models", "ranks", "conditions", "lags", "time"]
BY = np.tile([75.0, 100.0, 100.0], 40)
MARK = "not interpretable: the models have no skill"


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


def draw(models, record, kind="models", time=None, **options):
    importance = GradientImportance(**options).fit(models, record[0])
    return GradientImportanceDisplay.from_importance(importance, kind=kind, time=time)


def texts(labels):
    return [label.get_text() for label in labels]


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


class TestModels:
    def test_bars_points_and_diamonds(self, models, record):
        ax = draw(models, record).ax_
        np.testing.assert_allclose(
            [bar.get_height() for bar in ax.patches], SHARES.mean(axis=0), rtol=1e-6
        )
        points = lines(ax, marker="o")
        assert len(points) == 3
        for line, shares in zip(points, SHARES, strict=True):
            np.testing.assert_allclose(line.get_ydata(), shares, rtol=1e-6)
            assert (np.abs(line.get_xdata() - [0, 1, 2]) < 0.31).all()
        (diamonds,) = lines(ax, "net, mean")
        np.testing.assert_allclose(diamonds.get_ydata(), SHARES.mean(axis=0), rtol=1e-6)
        assert texts(ax.get_xticklabels()) == NAMES
        assert ax.get_ylabel() == "importance [share of all inputs]"
        assert ax.get_title() == "velocity ranks first in 2 of 3 models"
        assert ax.get_ylim()[0] == 0
        assert ax.get_ylim()[1] > 0.7

    def test_bars_are_relative_and_diamonds_net(self, curved, record):
        ax = draw(curved, record).ax_
        importance = GradientImportance().fit(curved, record[0])
        (diamonds,) = lines(ax, "net, mean")
        np.testing.assert_allclose(diamonds.get_ydata(), importance.net_.mean(), rtol=1e-12)
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, importance.relative_.mean(), rtol=1e-12)
        assert np.abs(importance.net_.mean() - importance.relative_.mean()).max() > 0.01

    @pytest.mark.parametrize("kind", ["models", "conditions"])
    def test_floor_is_a_line_where_it_is_given(self, models, record, kind):
        floor = Bunch(relative=0.16, net=0.4)
        (line,) = lines(
            draw(models, record, kind, by=BY, null_floor=floor).ax_,
            "floor: an input that does nothing",
        )
        np.testing.assert_array_equal(line.get_ydata(), [0.16, 0.16])
        without = draw(models, record, kind, by=BY).ax_
        assert not lines(without, "floor: an input that does nothing")

    def test_units_stand_in_the_labels(self, record):
        X, y = record
        X = X.set_axis(["slip_velocity_m_s", "temperature_degc", "x2"], axis="columns")
        (model,) = filter_models(X, y, SHARES[:1])
        ax = GradientImportanceDisplay.from_estimator(model, X).ax_
        labels = [label.replace("\n", " ") for label in texts(ax.get_xticklabels())]
        assert labels == ["slip velocity [m/s]", "temperature [degC]", "x2"]
        assert ax.get_title() == "slip velocity [m/s] ranks first in 1 of 1 models"


class TestRanks:
    def test_every_rank_is_written_in_its_cell(self, models, record):
        ax = draw(models, record, "ranks").ax_
        expected = [[1, 2, 3], [1, 3, 2], [2, 1, 3]]
        found = {text.get_position(): int(text.get_text()) for text in ax.texts}
        assert found == {
            (model, feature): expected[model][feature] for model in range(3) for feature in range(3)
        }
        (image,) = ax.get_images()
        np.testing.assert_array_equal(image.get_array(), np.transpose(expected))
        assert texts(ax.get_yticklabels()) == NAMES
        assert texts(ax.get_xticklabels()) == ["1", "2", "3"]
        assert ax.get_xlabel() == "model (repeated training)"
        assert ax.get_title() == "Rank of each input in each model (Kendall's W = 0.44)"


class TestConditions:
    def test_bars_for_each_range(self, curved, record):
        ax = draw(curved, record, "conditions", by=BY, bins=[70, 80, 120]).ax_
        importances = [
            gradient_importance(model, record[0], by=BY, bins=[70, 80, 120]) for model in curved
        ]
        shares = np.stack([found.relative_by_condition for found in importances])
        assert len(ax.containers) == 2 * 3
        bars = [container for container in ax.containers if hasattr(container, "patches")]
        assert [container.get_label() for container in bars] == NAMES
        for feature, container in enumerate(bars):
            heights = [bar.get_height() for bar in container.patches]
            np.testing.assert_allclose(heights, shares[:, :, feature].mean(axis=0), rtol=1e-9)
            ends = np.array(container.errorbar.lines[2][0].get_segments())[:, :, 1]
            spread = shares[:, :, feature].std(axis=0)
            np.testing.assert_allclose(np.diff(ends, axis=1)[:, 0], 2 * spread, rtol=1e-6)
        assert texts(ax.get_xticklabels()) == [
            f"{name}\n{count} rows"
            for name, count in zip(
                ["70-80", "80-120"], importances[0].rows_by_condition, strict=True
            )
        ]
        assert "[share of all inputs]" in ax.get_ylabel()

    def test_without_a_condition_it_is_an_error(self, models, record):
        with pytest.raises(ValueError, match=r"kind='conditions' needs a condition; fit"):
            draw(models, record, "conditions")


class TestLags:
    @pytest.mark.parametrize(
        ("units", "label"),
        [
            ("standardized", "[per standard deviation of the input]"),
            ("physical", "[per unit of"),
        ],
    )
    def test_mean_over_the_models_at_each_lag(self, curved, record, units, label):
        ax = draw(curved, record, "lags", units=units).ax_
        by_lag = np.mean(
            [gradient_importance(model, record[0], units=units).by_lag for model in curved], axis=0
        )
        for feature, name in enumerate(NAMES):
            (line,) = lines(ax, name)
            order = np.argsort(line.get_xdata())
            np.testing.assert_array_equal(line.get_xdata()[order], [0, 1, 2, 3])
            np.testing.assert_allclose(line.get_ydata()[order], by_lag[::-1, feature], rtol=1e-12)
        # Old rows stand on the left.
        assert ax.xaxis_inverted()
        assert ax.get_xlabel() == "lag [rows before the target]"
        assert ax.get_ylabel().startswith("mean absolute gradient of the prediction")
        assert label in ax.get_ylabel()


class TestTime:
    def test_lines_are_not_joined_across_runs(self, curved, record):
        ax = draw(curved, record, "time").ax_
        table = GradientImportance().fit(curved, record[0]).row_frame()
        colours = []
        for name in NAMES:
            (first,) = lines(ax, name)
            colours.append(first.get_color())
            pieces = [line for line in ax.get_lines() if line.get_color() == colours[-1]]
            assert [list(line.get_xdata()) for line in pieces] == [
                [*range(3, 70)],
                [*range(73, 120)],
            ]
            np.testing.assert_allclose(
                np.concatenate([line.get_ydata() for line in pieces]), table[name], rtol=1e-12
            )
        assert len(set(colours)) == 3
        assert ax.get_xlabel() == "row"
        assert "over 1 rows" in ax.get_title()
        assert texts(ax.get_legend().get_texts()) == NAMES

    def test_time_is_drawn_and_long_records_are_smoothed(self):
        record = make_record((200, 110))
        X, y = record
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS + 0.2, power=2))
        seconds = np.r_[0:200, 500:610] * 2.0
        ax = draw(model, record, "time", time=seconds).ax_
        table = GradientImportance().fit(model, X).row_frame()
        # 304 rows have their history: means go over three of them, not beyond a run's beginning.
        (first,) = lines(ax, "velocity")
        shares = table["velocity"].to_numpy()
        np.testing.assert_array_equal(first.get_xdata(), np.arange(3, 200) * 2.0)
        np.testing.assert_allclose(
            first.get_ydata()[2:], np.convolve(shares[:197], np.ones(3) / 3, "valid"), rtol=1e-9
        )
        second = ax.get_lines()[1]
        assert second.get_xdata()[0] == 503 * 2.0
        assert second.get_ydata()[0] == pytest.approx(shares[197], rel=1e-9)
        assert ax.get_xlabel() == "slip time [s]"
        assert "over 3 rows" in ax.get_title()
        assert ax.get_ylim() == (0, 1)


class TestNoSkill:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_picture_is_greyed_and_marked(self, models, record, kind):
        with pytest.warns(UserWarning, match="not interpretable"):
            display = draw(models, record, kind, by=BY, skill=-0.1)
        ax = display.ax_
        assert ax.get_title().split("\n")[0] == MARK
        assert len(ax.get_title().split("\n")) == 2
        colours = drawn_colours(ax)
        assert colours
        assert all(max(colour) - min(colour) < 0.01 for colour in colours)

    @pytest.mark.parametrize("kind", KINDS)
    def test_with_skill_none_is(self, models, record, kind):
        ax = draw(models, record, kind, by=BY, skill=0.1).ax_
        assert MARK not in ax.get_title()
        assert any(max(colour) - min(colour) > 0.2 for colour in drawn_colours(ax))


class TestFrontDoors:
    @pytest.mark.parametrize("kind", KINDS)
    def test_draws_on_the_axes_given_and_returns_itself(self, models, record, kind):
        importance = GradientImportance(by=BY).fit(models, record[0])
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
            models[0], X, y, kind="conditions", ax=ax, of="loss", by=BY
        )
        assert display.ax_ is ax
        assert display.importance.of == "loss"
        assert display.importance.importances_[0].conditions == ["75.0", "100.0"]
        seconds = np.arange(120) + 929.0
        timed = GradientImportanceDisplay.from_estimator(models[0], X, kind="time", time=seconds)
        assert timed.ax_.get_lines()[0].get_xdata()[0] == 932.0

    def test_unknown_kind(self, models, record):
        with pytest.raises(ValueError, match=r"kind is 'pie'; expected one of \['conditions'"):
            draw(models, record, "pie")

    def test_unfitted(self):
        with pytest.raises(NotFittedError):
            GradientImportanceDisplay.from_importance(GradientImportance())
