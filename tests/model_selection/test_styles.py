"""All displays can be seen on a dark background, and leave the caller's settings alone."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.model_selection import (
    LearningCurvesDisplay,
    PredictionDisplay,
    PurgedKFold,
    ResidualsDisplay,
    WindowLengthDisplay,
    plot_splits,
)
from tests.common.styles import hidden_in

MEASURED = np.linspace(0.6, 0.7, 6)
PARTS = ["training", "training", "validation", "validation", "test", "test"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def window_lengths(ax):
    table = pd.DataFrame({"window_length": [1, 1, 10, 10, 50, 50], "score": [3, 4, 1, 2, 1, 3]})
    options = {"recommended_window_length": 10, "time_scales": {"state": 20.0}}
    return WindowLengthDisplay(table, 10, "tied", **options).plot(ax=ax).ax_


def predictions(kind):
    def draw(ax):
        several = {"one row": MEASURED - 0.01, "best": MEASURED + 0.01}
        display = PredictionDisplay(
            MEASURED, several, parts=PARTS, band=np.array([MEASURED, MEASURED + 0.02])
        )
        return display.plot(kind=kind, ax=ax).ax_

    return draw


def residuals(ax):
    return ResidualsDisplay([0.01, 0.03, -0.01, 0.2], ["a", "a", "b", "b"]).plot(ax=ax).ax_


def learning_curves(ax):
    losses = {"training_loss": [4.0, 2.0, 1.0], "validation_loss": [4.0, 2.0, 3.0]}
    curves = pd.DataFrame({"repeat": 0, "split": 0, "epoch": [1, 2, 3], **losses})
    return LearningCurvesDisplay(curves).plot(ax=ax).ax_


def splits(ax):
    return plot_splits(PurgedKFold(3, window_length=10), np.zeros((120, 1)), ax=ax)


DRAWN = {
    "window lengths": window_lengths,
    "scatter": predictions("actual_vs_predicted"),
    "along time": predictions("time"),
    "residuals along time": predictions("residuals"),
    "residuals": residuals,
    "learning curves": learning_curves,
    "splits": splits,
}


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", DRAWN)
def test_everything_is_seen(name, style):
    with plt.style.context(style):
        ax = DRAWN[name](None)
        assert not hidden_in(ax.figure)
    plt.close("all")
    # Axes may have been made in a style that has been left.
    with plt.style.context(style):
        _, ax = plt.subplots()
    assert not hidden_in(DRAWN[name](ax).figure)


@pytest.mark.parametrize("name", DRAWN)
def test_fonts_are_those_of_the_caller(name):
    with plt.rc_context({"font.size": 17, "axes.titlesize": 21}):
        ax = DRAWN[name](None)
        assert ax.title.get_fontsize() == 21
        assert {label.get_fontsize() for label in ax.get_xticklabels()} == {17}
        assert (
            {text.get_fontsize() for text in ax.get_legend().get_texts()} <= {17}
            if (ax.get_legend())
            else True
        )


@pytest.mark.parametrize("name", DRAWN)
def test_settings_are_left_as_they_were(name):
    before = dict(mpl.rcParams)
    DRAWN[name](None)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_too_small_at_half_the_size_of_a_journal_column(name):
    ax = DRAWN[name](None)
    ax.figure.canvas.draw()
    sizes = {text.get_fontsize() for text in ax.figure.findobj(mpl.text.Text) if text.get_text()}
    # Half of it is the 5 points that journals ask for.
    assert min(sizes) >= 10
    assert ax.figure.get_figwidth() * 25.4 == pytest.approx(89) or (
        ax.figure.get_figwidth() * 25.4 == pytest.approx(183)
    )
