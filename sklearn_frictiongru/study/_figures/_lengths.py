"""Loss and skill against the window length."""

import numpy as np

from sklearn_frictiongru.model_selection import WindowLengthDisplay
from sklearn_frictiongru.study._figures._labels import interval_of, target_of
from sklearn_frictiongru.study._limits import skill_limits
from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._truth import SCALES
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    draw_time_scales,
    legend_beside,
    mark_outside,
    name_lengths,
    set_title_above,
)
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PREDICTED, ink, shade
from sklearn_frictiongru.utils.typography import signed

MODELS = {NETWORK: ("D-", 0.0), "ridge": ("o--", 0.0), "boosting": ("s-.", 0.45)}
"""Marker and line of each model, and how light its grey is; the network has its own colour."""

MOST_LISTED = 2
"""Largest number of values in the legend; of more, only their range."""

APART = 0.06
"""Distance of the triangles of two models outside the axes, in window lengths."""


def draw_window_lengths(study):
    """Draw the losses of all trainings against the window length."""
    return WindowLengthDisplay.from_search(
        study.search,
        target_name=target_of(study),
        recommended_window_length=study.settings.length_of(study.lengths.recommended_window_length),
        sampling_interval=interval_of(study),
        time_scales=_time_scales(study),
    ).figure_


def draw_references(study):
    """Draw the skill of network and reference models on test rows against the window length."""
    ax = axes_or_new(None, DOUBLE_COLUMN, 95)
    table, lengths = study.references.table["test"], study.settings.window_lengths
    places = np.arange(len(lengths))
    skill = {
        model: np.array([table[model, length] for length in lengths], dtype=float)
        for model in MODELS
    }
    low, logarithmic = skill_limits(table)
    if logarithmic:
        ax.set_yscale("symlog", linthresh=1.0, linscale=1.5)
        ax.yaxis.set_major_formatter("{x:g}")
    ax.set_ylim(low, 1.05)
    for number, (model, (line, share)) in enumerate(MODELS.items()):
        colour = PREDICTED if model == NETWORK else shade(ax, share)
        (drawn,) = ax.plot(places, skill[model], line, color=colour, markersize=6, label=model)
        # Side by side, so that no triangle hides another.
        beside = places + APART * (number - (len(MODELS) - 1) / 2)
        outside = skill[model][mark_outside(ax, beside, skill[model], colour)]
        if len(outside):
            drawn.set_label(f"{model}\n(outside: {_briefly(outside)})")
    if study.law is not None:
        law = study.law.skill.loc["test", "skill"]
        label = LAW if law >= low else signed(f"{LAW}: {law:.3g}, outside")
        ax.axhline(law, color=ink(ax), linestyle=":", label=label)
    ax.axhline(0, color=shade(ax, 0.4), linewidth=1.0)
    lengths_in_time = np.array([study.settings.seconds_of(length) for length in lengths])
    pad = draw_time_scales(ax, _time_scales(study), lengths_in_time)
    name_lengths(ax, lengths, interval_of(study), study.settings.window_rows)
    ax.set_ylabel("skill on test rows")
    title = "Is the network better than simpler models on the same windows?"
    set_title_above(ax, title, pad)
    legend_beside(ax)
    return ax.figure


def _briefly(values):
    """Return the values, or from which to which they are: a wide legend leaves no room for axes."""
    texts = [f"{value:.3g}" for value in values]
    if len(values) > MOST_LISTED:
        texts = [f"{min(values):.3g} to {max(values):.3g}"]
    return signed(", ".join(texts))


def _time_scales(study):
    """Return the known time scales of a simulated record by their names."""
    scales = (study.truth or {}).get("time_scales", {})
    return {SCALES.get(name, name): scale for name, scale in scales.items()}
