"""Measured and predicted values, drawn on axes."""

import itertools

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.plotting import limits_around, time_axis
from sklearn_frictiongru.utils.style import (
    HATCHES,
    PARTS,
    PREDICTED,
    ink,
    length_colours,
    shade,
)


def draw_scatter(ax, measured, predicted, parts=None, limits=None):
    """Draw predicted over measured values on equal axes, by part if parts are given."""
    ends = limits or limits_around(measured, predicted)
    ideal = ax.axline((ends[0], ends[0]), slope=1, color=ink(ax), linewidth=1, linestyle="--")
    points = []
    for name in [None] if parts is None else dict.fromkeys(parts):
        here = np.ones(len(measured), bool) if name is None else np.asarray(parts) == name
        colour = PREDICTED if name is None else part_colours([name])[name]
        # What lies outside is drawn at the edge.
        points += ax.plot(
            measured[here],
            np.clip(predicted[here], *ends),
            ".",
            color=colour,
            alpha=0.6,
            markersize=4,
            label=name,
        )
    ax.set(xlim=ends, ylim=ends)
    ax.set_aspect("equal")
    return ideal, points


def part_colours(names):
    """Return a colour for each part; the usual parts have the colours of all figures."""
    others = itertools.cycle([*PARTS.values()][::-1])
    return {name: PARTS.get(str(name)) or next(others) for name in names}


def lines_of(ax, names, best=None):
    """Return how the predictions of several models are drawn, the best one on top of the others."""
    if len(names) == 1:
        return {names[0]: {"color": PREDICTED, "zorder": 3}}
    colours = length_colours(ax, len(names))
    return {
        name: {
            "color": PREDICTED if name == best else colour,
            "linewidth": 1.4 if name == best else 0.9,
            "linestyle": "-" if name == best else ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))[i % 4],
            "zorder": 3 if name == best else 2.5,
        }
        for i, (name, colour) in enumerate(zip(names, colours, strict=True))
    }


def positions(time, n_rows):
    """Return the places of rows along time, and where a line must be broken.

    Lines must not join rows with other parts of the record between them, nor two runs.
    """
    x = np.arange(n_rows) if time is None else time_axis(pd.Index(time))[0]
    steps = np.diff(x)
    if steps.dtype.kind == "m":
        steps = steps / np.timedelta64(1, "s")
    longest = 1.5 * np.median(steps[steps > 0]) if (steps > 0).any() else 0
    return x, np.flatnonzero((steps <= 0) | (steps > longest)) + 1


def draw_pieces(ax, x, values, breaks, label=None, **look):
    """Draw a line in pieces; the first piece has the label."""
    pieces = zip(np.split(x, breaks), np.split(values, breaks), strict=True)
    return [
        ax.plot(where, piece, label=None if number else label, **look)[0]
        for number, (where, piece) in enumerate(pieces)
    ]


def draw_band(ax, x, band, breaks, label, colour):
    """Shade the band between two lines, (2, n_rows)."""
    for number, piece in enumerate(np.split(np.arange(len(x)), breaks)):
        ax.fill_between(
            x[piece],
            *np.asarray(band)[:, piece],
            color=colour,
            alpha=0.25,
            linewidth=0,
            label=None if number else label,
        )


def shade_parts(ax, x, parts, breaks):
    """Shade the contiguous stretches of each part."""
    parts = np.asarray(parts)
    changes = np.flatnonzero(parts[1:] != parts[:-1]) + 1
    edges = np.unique(np.concatenate([[0], breaks, changes, [len(parts)]]).astype(int))
    colours = part_colours(dict.fromkeys(parts))
    named = set()
    for start, stop in itertools.pairwise(edges):
        part = parts[start]
        ax.axvspan(
            x[start],
            x[stop - 1],
            facecolor=colours[part],
            alpha=0.25,
            hatch=HATCHES.get(str(part)),
            edgecolor=shade(ax, 0.7),
            linewidth=0,
            zorder=0,
            label=None if part in named else str(part),
        )
        named.add(part)
