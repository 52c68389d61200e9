"""Loss and skill against the window length."""

import numpy as np

from sklearn_frictiongru.model_selection import WindowLengthDisplay
from sklearn_frictiongru.study._figures._labels import interval_of, length_ticks, target_of
from sklearn_frictiongru.study._references import LAW, NETWORK
from sklearn_frictiongru.study._truth import SCALES
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    draw_time_scales,
    legend_beside,
    limits_around,
    mark_outside,
)
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PREDICTED, ink, shade

MODELS = {NETWORK: ("D-", 0.0), "ridge": ("o--", 0.0), "boosting": ("s-.", 0.45)}
"""Marker and line of each model, and how light its grey is; the network has its own colour."""


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
    law = None if study.law is None else float(study.law.skill.loc["test", "skill"])
    others = np.concatenate([*skill.values(), [] if law is None else [law]])
    # A reference that fails leaves the axes, and its skill is written at the edge.
    low, high = limits_around([*skill[NETWORK], 0.0], others)
    ax.set_ylim(max(low, min(-1.0, 0.0)) if low < -1 else low, min(high, 1.05))
    for model, (line, share) in MODELS.items():
        colour = PREDICTED if model == NETWORK else shade(ax, share)
        ax.plot(places, skill[model], line, color=colour, markersize=6, label=model)
        outside = mark_outside(ax, places, skill[model], colour)
        for place in np.flatnonzero(outside):
            _write_at_edge(ax, place, skill[model][place])
    if law is not None:
        low, high = ax.get_ylim()
        label = LAW if low <= law <= high else f"{LAW}: {law:.3g} (outside)"
        ax.axhline(law, color=ink(ax), linestyle=":", label=label)
    ax.axhline(0, color=shade(ax, 0.4), linewidth=1.0)
    lengths_in_time = np.array([study.settings.seconds_of(length) for length in lengths])
    draw_time_scales(ax, _time_scales(study), lengths_in_time)
    ax.set_xticks(places, length_ticks(study))
    rows = all(isinstance(length, int | np.integer) for length in lengths)
    unit = "rows" if interval_of(study) is None else "rows, seconds"
    ax.set_xlabel(f"window length [{unit}]" if rows else "window length")
    ax.set_ylabel("skill on test rows")
    ax.set_title("Is the network better than simpler models on the same windows?", wrap=True)
    legend_beside(ax)
    return ax.figure


def _write_at_edge(ax, place, value):
    """Write a skill that lies outside of the axes at their edge."""
    low, high = ax.get_ylim()
    below = value < low
    ax.annotate(
        f"{value:.3g}",
        (place, low if below else high),
        (6, 6 if below else -12),
        textcoords="offset points",
    )


def _time_scales(study):
    """Return the known time scales of a simulated record by their names."""
    scales = (study.truth or {}).get("time_scales", {})
    return {SCALES.get(name, name): scale for name, scale in scales.items()}
