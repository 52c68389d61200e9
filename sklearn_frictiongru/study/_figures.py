"""The figures of a study."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_frictiongru.inspection import GradientImportanceDisplay
from sklearn_frictiongru.model_selection import PredictionDisplay, WindowLengthDisplay
from sklearn_frictiongru.study._references import NETWORK
from sklearn_frictiongru.study._truth import SCALES
from sklearn_frictiongru.utils.lettering import font_families
from sklearn_frictiongru.utils.plotting import COLOURS, GREY

DPI = 130
LOOKS = {NETWORK: ("D-", "vermillion"), "ridge": ("o-", "blue"), "boosting": ("s-", "orange")}


def draw_window_lengths(study):
    """Draw the losses of all trainings against the window length."""
    display = WindowLengthDisplay.from_search(study.search)
    _draw_time_scales(display.ax_, study)
    return display.figure_


def draw_references(study):
    """Draw the skill of network and reference models on test rows against the window length."""
    figure, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
    lengths = study.settings.window_lengths
    table = study.references.table["test"]
    for model, (marker, colour) in LOOKS.items():
        skill = [table[model, length] for length in lengths]
        ax.plot(range(len(lengths)), skill, marker, color=COLOURS[colour], label=model)
    if study.law is not None:
        skill = study.law.skill.loc["test", "skill"]
        ax.axhline(skill, color=COLOURS["black"], linestyle=":", label="rate-and-state law")
    ax.axhline(0, color=GREY, linewidth=0.8)
    _draw_time_scales(ax, study)
    ax.set_xticks(range(len(lengths)), [str(length) for length in lengths])
    ax.set_xlabel("window length [rows]")
    ax.set_ylabel("skill on test rows")
    ax.set_title("Network (median of the repeats) and reference models on the same windows")
    ax.grid(axis="y", alpha=0.3)
    ax.legend(frameon=False)
    return figure


def _draw_time_scales(ax, study):
    """Mark the known time scales of a simulated record that the window lengths span."""
    scales = (study.truth or {}).get("time_scales", {})
    lengths = study.settings.window_lengths
    seconds = np.array([study.settings.seconds_of(length) for length in lengths])
    order = np.argsort(seconds)
    for name, scale in scales.items():
        if not seconds.min() <= scale <= seconds.max():
            continue
        # The lengths stand side by side, whatever lies between them.
        place = np.interp(np.log(scale), np.log(seconds[order]), order)
        ax.axvline(place, color=COLOURS["green"], linestyle="--", linewidth=1.2)
        ax.annotate(
            f"{SCALES.get(name, name)}: {scale:.3g} s",
            (place, 0.98),
            (-3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="top",
            fontsize="small",
            color=COLOURS["green"],
        )


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
        "Skill above 0: better than both baselines, the training mean and the last training value"
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
    _importance_display(study, "models", ax=bars)
    _importance_display(study, "ranks", ax=ranks)
    return figure


def draw_importance_by_condition(study):
    """Draw the importance of the inputs in each range of the condition."""
    return _importance_display(study, "conditions").figure_


def draw_importance_along_time(study):
    """Draw the importance of the inputs along slip time, under the friction curve."""
    figure, ax = plt.subplots(figsize=(10, 6.4), layout="constrained")
    _importance_display(study, "time", ax=ax)
    return figure


def draw_importance_by_lag(study):
    """Draw the importance of the inputs at each lag."""
    return _importance_display(study, "lags").figure_


def _importance_display(study, kind, ax=None):
    """Draw importances, greyed where the ranking is no finding."""
    return GradientImportanceDisplay.from_importance(
        study.importance, kind=kind, ax=ax, not_interpretable=study.why_no_finding
    )


def fonts_for(names):
    """Draw with fonts that have the letters of names, as far as the system has some."""
    return plt.rc_context({"font.family": font_families(names)})


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
