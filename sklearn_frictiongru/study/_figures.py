"""The figures of a study."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_frictiongru.inspection import GradientImportanceDisplay
from sklearn_frictiongru.model_selection import PredictionDisplay, WindowLengthDisplay
from sklearn_frictiongru.utils.plotting import COLOURS

DPI = 130


def draw_window_lengths(study):
    """Draw the losses of all trainings against the window length."""
    return WindowLengthDisplay.from_search(study.search).figure_


def draw_predictions(study):
    """Draw predicted over measured friction for each window length and part."""
    lengths = list(study.shown_lengths)
    figure, grid = plt.subplots(
        2, len(lengths), figsize=(3.4 * len(lengths), 7.8), squeeze=False, layout="constrained"
    )
    for line, part in zip(grid, ("validation", "test"), strict=True):
        rows = study.predictions[study.predictions["part"] == part]
        for ax, length in zip(line, lengths, strict=True):
            skill = study.skill.loc[(length, part), "skill"]
            PredictionDisplay(
                rows["measured"].to_numpy(), rows[f"predicted_{length}"].to_numpy()
            ).plot(ax=ax)
            role = study.shown_lengths[length]
            ax.set_title(
                f"{part}, window {length}\n({role})\nskill {skill:.2f}, {ax.get_title()}",
                fontsize="medium",
            )
    figure.suptitle(
        "Skill above 0 beats the better of two guesses: the training mean, the last training value"
    )
    return figure


def draw_predictions_along_time(study):
    """Draw measured and predicted friction of the best model along time."""
    figure, ax = plt.subplots(figsize=(10, 4.4), layout="constrained")
    table = study.predictions
    x, label = _time_axis(table)
    best = table[f"predicted_{study.search.best_window_length_}"]
    breaks = np.flatnonzero(table["run"].to_numpy()[1:] != table["run"].to_numpy()[:-1]) + 1
    curves = [
        ("measured", table["measured"], {"color": COLOURS["black"], "linewidth": 1.6}),
        ("predicted", best, {"color": COLOURS["vermillion"], "linewidth": 1.1}),
    ]
    if study.law is not None:
        look = {"color": COLOURS["blue"], "linewidth": 1.1, "linestyle": ":"}
        curves.append(("rate-and-state law", table["predicted_law"], look))
    for name, values, look in curves:
        pieces = zip(np.split(x, breaks), np.split(values.to_numpy(), breaks), strict=True)
        for number, (places, piece) in enumerate(pieces):
            ax.plot(places, piece, label=None if number else name, **look)
    shades = {"validation": COLOURS["sky"], "test": COLOURS["orange"]}
    for part, colour in shades.items():
        for number, (first, last) in enumerate(_stretches(table["part"].to_numpy() == part)):
            ax.axvspan(x[first], x[last], color=colour, alpha=0.25, label=None if number else part)
    ax.set_xlabel(label)
    ax.set_ylabel("friction [-]")
    ax.set_title(
        f"Friction measured, and predicted from windows of {study.search.best_window_length_}"
    )
    ax.legend(frameon=False, ncols=2)
    return figure


def draw_importance(study):
    """Draw the importance of the inputs over all models, and their ranks in each."""
    n_features = len(study.importance.feature_names_)
    figure, (bars, ranks) = plt.subplots(
        2,
        1,
        figsize=(9, 6.2 + 0.4 * n_features),
        layout="constrained",
        height_ratios=[5, 0.6 * n_features],
    )
    GradientImportanceDisplay.from_importance(study.importance, kind="models", ax=bars)
    GradientImportanceDisplay.from_importance(study.importance, kind="ranks", ax=ranks)
    return figure


def draw_importance_by_condition(study):
    """Draw the importance of the inputs in each range of the condition."""
    return GradientImportanceDisplay.from_importance(study.importance, kind="conditions").figure_


def draw_importance_along_time(study):
    """Draw the importance of the inputs along slip time, under the friction curve."""
    figure, ax = plt.subplots(figsize=(10, 6.4), layout="constrained")
    GradientImportanceDisplay.from_importance(study.importance, kind="time", ax=ax)
    return figure


def draw_importance_by_lag(study):
    """Draw the importance of the inputs at each lag."""
    return GradientImportanceDisplay.from_importance(study.importance, kind="lags").figure_


def save_figure(figure, folder, name):
    """Write a figure as PNG and SVG, and close it."""
    # The same numbers give the same file, so that two studies can be compared byte by byte.
    with plt.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(folder / f"{name}.png", dpi=DPI)
        # The layout has been found; the other file has the same.
        figure.set_layout_engine("none")
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def _time_axis(table):
    """Return the x-values of all rows and their label: time, or rows where runs overlap."""
    if table["run"].nunique() == 1 and pd.api.types.is_numeric_dtype(table["time"]):
        return table["time"].to_numpy(), "time [s]"
    return np.arange(len(table)), "row of the record"


def _stretches(marked):
    """Return the first and last number of each stretch of marked rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2] - 1, strict=True))
