"""Measured and predicted values of the target."""

import textwrap

import numpy as np
from matplotlib.ticker import MaxNLocator

from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.study._bands import band_name
from sklearn_frictiongru.study._excerpts import excerpts_of, excerpts_table
from sklearn_frictiongru.study._figures._labels import (
    error_label,
    length_label,
    target_of,
    time_of,
    words,
)
from sklearn_frictiongru.study._limits import band_of, limits_along_time, value_limits
from sklearn_frictiongru.study._numbers import skill_text
from sklearn_frictiongru.study._references import LAW
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.panels import panels, share_legend
from sklearn_frictiongru.utils.style import ink

LEGEND_ROLES = ("recommended", "best")
LETTER = 2.2
"""Width of a digit in the label of a tick [mm]."""

WIDEST_SCATTER = 45
"""Largest width of a scatter plot [mm]."""


def draw_predictions(study):
    """Draw predicted over measured values for several window lengths, each part in its row."""
    lengths, table = list(study.shown_lengths), study.predictions
    limits = value_limits(study, table[table["part"].isin(SCORED_PARTS)])
    height = 58 + 2 * min(150 / len(lengths), WIDEST_SCATTER)
    figure, axes, below = panels(2, len(lengths), height, [1, 1])
    target = target_of(study)
    for row, part in zip(axes, SCORED_PARTS, strict=True):
        scored = table[table["part"] == part]
        for ax, length in zip(row, lengths, strict=True):
            PredictionDisplay(
                scored["measured"].to_numpy(),
                scored[f"predicted_{length}"].to_numpy(),
                parts=scored["part"].to_numpy(),
                target_name=target,
            ).plot(ax=ax, limits=limits)
            above = [length_label(study, length), _roles(study, length, len(lengths))]
            skill = f"skill {skill_text(study.skill.loc[(length, part), 'skill'])}"
            ax.set_title("\n".join([*above * (part == SCORED_PARTS[0]), skill]))
            ax.set(xlabel="", ylabel="")
        row[0].set_ylabel(f"predicted\n{part} rows")
    ticks = _ticks(limits, min(150 / len(lengths), WIDEST_SCATTER))
    for ax in axes.flat:
        ax.set(xticks=ticks, yticks=ticks, xlim=limits, ylim=limits)
    figure.suptitle(f"How well does each window length predict {words(study)}?", wrap=True)
    for ax in axes.flat:
        ax.get_legend().remove()
    below.set_title(f"measured {target}", color=ink(axes[0, 0]))
    return figure


def draw_predictions_along_time(study):
    """Draw measured and predicted values of scored rows along time, with residuals below."""
    chosen, n_runs = excerpts_of(study)
    figure, (upper, lower), below = panels(2, len(chosen), 135, [3, 2])
    limits = limits_along_time(study)
    for excerpt, *column in zip(chosen, upper, lower, strict=True):
        rows = study.predictions.iloc[excerpt.rows]
        for ax, kind in zip(column, limits, strict=True):
            _draw_panel(study, rows, kind, ax, limits[kind])
            ax.set(xlabel="", ylabel="", title="")
            ax.margins(x=0.02)
            ax.xaxis.set_major_locator(MaxNLocator(6 // len(chosen) + 2))
        if n_runs > 1:
            column[0].set_title(drawable(shortened(excerpt.run)))
    upper[0].set_ylabel(target_of(study))
    lower[0].set_ylabel(error_label(study))
    table = excerpts_table(study)
    zoomed = " where it varies most" * bool((table["n_rows"] < table["n_rows_of_part"]).any())
    few = f" ({len(chosen)} of {n_runs} runs)" * (len(chosen) < n_runs)
    figure.suptitle(
        f"How closely do the predictions follow {words(study)}{zoomed}?{few}", wrap=True
    )
    share_legend(below, [*upper, *lower], time_of(study, study.predictions)[1])
    return figure


def _ticks(limits, width):
    """Return ticks of axes with a width [mm], two at least, whose labels do not touch."""
    (low, high), shown = limits, []
    for most in (5, 4, 3, 2):
        ticks = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
        step = ticks[1] - ticks[0]
        decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        label = LETTER * max(len(f"{tick:.{decimals}f}") for tick in ticks) / width * (high - low)
        # A label may reach out of its axes by a quarter, into the space between them.
        inside = (ticks > low + label / 4) & (ticks < high - label / 4)
        if inside.sum() < 2 and shown:
            break
        shown = list(ticks[inside])
        if step > 1.4 * label:
            break
    return shown


def _roles(study, length, n_panels):
    """Return the roles of a window length in lines as broad as a panel."""
    return "\n".join(textwrap.wrap(study.shown_lengths[length], 80 // n_panels))


def _draw_panel(study, rows, kind, ax, limits):
    """Draw the rows of one panel."""
    best = study.search.best_window_length_
    lengths = [length for length in study.shown_lengths if length != best] + [best]
    if kind == "residuals":
        lengths = [best]
    time, label = time_of(study, rows)
    PredictionDisplay(
        rows["measured"].to_numpy(),
        {_name_of(study, length): rows[f"predicted_{length}"].to_numpy() for length in lengths},
        time=time,
        time_label=label,
        parts=rows["part"].to_numpy(),
        target_name=target_of(study),
        band=None if study.settings.n_repeats == 1 else band_of(study, rows),
        band_label=band_name(study),
    ).plot(kind=kind, ax=ax, limits=limits)
    if study.law is not None and kind == "time":
        # On top of predictions that it coincides with.
        ax.plot(time, rows["predicted_law"], ":", color=ink(ax), label=LAW, zorder=3.5)
    ax.get_legend().remove()


def _name_of(study, length):
    """Return a window length as the legend shows it."""
    roles = study.shown_lengths[length].split(", ")
    return ", ".join([length_label(study, length), *(r for r in LEGEND_ROLES if r in roles)])
