"""The picture of the learning curves shows every training, the median and the lowest losses."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from sklearn_frictiongru.model_selection import (
    LearningCurvesDisplay,
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
)
from tests.model_selection._searches import make_record, small_gru

# The third training ended early; the lowest loss of the first one comes last.
VALIDATION = {0: [4.0, 2.0, 1.0], 1: [6.0, 3.0, 5.0], 2: [8.0, 9.0]}
TRAINING = {0: [3.0, 1.5, 0.5], 1: [5.0, 2.5, 0.7], 2: [7.0, 1.0]}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def curves(validation=VALIDATION, training=TRAINING):
    rows = [
        (repeat, 0, epoch + 1, training[repeat][epoch], loss)
        for repeat, losses in validation.items()
        for epoch, loss in enumerate(losses)
    ]
    columns = ["repeat", "split", "epoch", "training_loss", "validation_loss"]
    return pd.DataFrame(rows, columns=columns)


def line(ax, label):
    (found,) = [line for line in ax.get_lines() if line.get_label() == label]
    return found


def thin_lines(ax, like):
    """Return the lines of single trainings in the colour of a labelled one."""
    colour = to_hex(line(ax, like).get_color())
    return [
        one
        for one in ax.get_lines()
        if one.get_label().startswith("_") and to_hex(one.get_color()) == colour
    ]


class TestPlot:
    @pytest.mark.parametrize(
        ("name", "losses"), [("validation", VALIDATION), ("training", TRAINING)]
    )
    def test_every_training_is_a_line(self, name, losses):
        ax = LearningCurvesDisplay(curves()).plot().ax_
        lines = thin_lines(ax, f"{name}, median")
        assert [list(one.get_ydata()) for one in lines] == list(losses.values())
        assert [list(one.get_xdata()) for one in lines] == [[1, 2, 3], [1, 2, 3], [1, 2]]
        assert lines[0].get_linewidth() < line(ax, f"{name}, median").get_linewidth()

    def test_the_median_is_that_of_each_epoch(self):
        ax = LearningCurvesDisplay(curves()).plot().ax_
        validation = line(ax, "validation, median")
        assert list(validation.get_xdata()) == [1, 2, 3]
        # In the third epoch there are two trainings left.
        assert list(validation.get_ydata()) == [6.0, 3.0, 3.0]
        np.testing.assert_allclose(line(ax, "training, median").get_ydata(), [5.0, 1.5, 0.6])

    def test_diamonds_mark_the_lowest_loss_of_each_training(self):
        lowest = line(LearningCurvesDisplay(curves()).plot().ax_, "lowest of a training")
        assert list(lowest.get_xdata()) == [3, 2, 1]
        assert list(lowest.get_ydata()) == [1.0, 3.0, 8.0]
        assert lowest.get_marker() == "D"
        assert lowest.get_linestyle() == "None"

    def test_labels_say_what_is_drawn(self):
        ax = LearningCurvesDisplay(curves()).plot().ax_
        assert ax.get_xlabel() == "epoch"
        assert ax.get_ylabel() == "loss [squared units of the target]"
        assert ax.get_yscale() == "log"
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [
            "training, median",
            "validation, median",
            "lowest of a training",
        ]

    @pytest.mark.parametrize(
        ("label", "title"),
        [
            ("", "the lowest loss comes last in 1 of 3 trainings"),
            ("five rows", "five rows: the lowest loss comes last in 1 of 3 trainings"),
        ],
    )
    def test_the_title_says_whether_they_were_long_enough(self, label, title):
        assert LearningCurvesDisplay(curves(), label=label).plot().ax_.get_title() == title

    def test_an_index_that_does_not_begin_at_zero_has_no_say(self):
        table = curves()
        table.index = table.index[::-1] + 50
        lowest = line(LearningCurvesDisplay(table).plot().ax_, "lowest of a training")
        assert list(lowest.get_ydata()) == [1.0, 3.0, 8.0]

    def test_splits_are_trainings_of_their_own(self):
        table = pd.concat([curves(), curves().assign(split=1)], ignore_index=True)
        display = LearningCurvesDisplay(table).plot()
        assert display.ax_.get_title() == "the lowest loss comes last in 2 of 6 trainings"
        assert len(thin_lines(display.ax_, "validation, median")) == 6

    def test_where_nothing_validates_the_training_losses_are_drawn(self):
        table = curves().assign(validation_loss=np.nan)
        ax = LearningCurvesDisplay(table, label="a").plot().ax_
        assert ax.get_title() == "a: training losses of 3 trainings"
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["training, median"]
        assert len(ax.get_lines()) == 4

    def test_draws_on_the_axes_given_and_returns_itself(self):
        _, axes = plt.subplots(1, 2)
        display = LearningCurvesDisplay(curves())
        assert display.plot(ax=axes[1]) is display
        assert display.ax_ is axes[1]
        assert display.figure_ is axes[1].figure
        assert len(plt.get_fignums()) == 1
        assert not axes[0].get_lines()


class TestFromSearch:
    @pytest.fixture(scope="class")
    def search(self):
        model = small_gru(max_epochs=3).set_params(window__window_length=4)
        grid = {"gru__lr": [0.001, 0.02], "gru__hidden_size": [2, 3]}
        return RepeatedSeedSearchCV(model, grid, n_repeats=2, random_state=0).fit(*make_record())

    def test_draws_the_best_candidate(self, search):
        _, ax = plt.subplots()
        display = LearningCurvesDisplay.from_search(search, ax=ax)
        assert display.ax_ is ax
        lines = thin_lines(ax, "validation, median")
        assert len(lines) == 2
        for one, model in zip(lines, search.estimators_, strict=True):
            np.testing.assert_array_equal(one.get_ydata(), model[-1].history_["validation_loss"])
        best = search.best_params_
        assert ax.get_title().startswith(
            f"gru__hidden_size={best['gru__hidden_size']}, gru__lr={best['gru__lr']}: the lowest"
        )

    @pytest.mark.parametrize("candidate", [0, 3])
    def test_draws_the_candidate_asked_for(self, search, candidate):
        display = LearningCurvesDisplay.from_search(search, candidate=candidate)
        expected = search.learning_curves_.query("candidate == @candidate")
        pd.testing.assert_frame_equal(display.curves, expected)
        lines = thin_lines(display.ax_, "validation, median")
        drawn = np.concatenate([one.get_ydata() for one in lines])
        np.testing.assert_array_equal(drawn, expected["validation_loss"])

    def test_candidates_of_a_grid_with_different_keys(self):
        model = small_gru().set_params(window__window_length=4)
        grid = [{"gru__lr": [0.02]}, {"gru__hidden_size": [3]}]
        search = RepeatedSeedSearchCV(model, grid, n_repeats=2).fit(*make_record())
        for candidate, name in enumerate(["gru__lr=0.02", "gru__hidden_size=3"]):
            display = LearningCurvesDisplay.from_search(search, candidate=candidate)
            assert len(display.curves) == 4
            assert display.ax_.get_title().startswith(f"{name}: ")

    def test_parameters_may_be_lists(self):
        model = small_gru().set_params(window__window_length=4)
        search = RepeatedSeedSearchCV(model, {"gru__callbacks": [None, []]}, n_repeats=1)
        search.fit(*make_record())
        for candidate in (0, 1):
            assert len(LearningCurvesDisplay.from_search(search, candidate=candidate).curves) == 2

    @pytest.mark.parametrize("lengths", [[4, 3], ["4s", pd.Timedelta("3s")]])
    def test_window_lengths_are_named(self, lengths):
        search = WindowLengthSearchCV(small_gru(), lengths, n_repeats=2).fit(*make_record())
        display = LearningCurvesDisplay.from_search(search, candidate=1)
        assert len(display.curves) == 4
        assert set(display.curves["rows"]) == {3}
        assert display.ax_.get_title().startswith(f"window length {lengths[1]!r}: ")

    def test_a_regressor_without_history_is_an_error(self):
        search = RepeatedSeedSearchCV(Ridge(), {}, n_repeats=1, cv=PurgedKFold(2, 1))
        with pytest.raises(NotFittedError):
            LearningCurvesDisplay.from_search(search)
        search.fit(*make_record())
        with pytest.raises(
            ValueError, match=r"no learning curves: the regressor keeps no history_"
        ):
            LearningCurvesDisplay.from_search(search)
