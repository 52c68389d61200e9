"""Measured and predicted values, drawn on axes."""

import itertools

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.panels import panels
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    limits_around,
    mark_outside,
    time_axis,
)
from sklearn_frictiongru.utils.style import (
    DASHES,
    DOUBLE_COLUMN,
    HATCHES,
    PARTS,
    PREDICTED,
    ink,
    length_colours,
    paper,
    shade,
)

TURNS = 20
"""Turns in which the parts of a scatter plot are drawn."""


def draw_scatter(ax, measured, predicted, parts=None, limits=None):
    """Draw predicted over measured values on equal axes, by part if parts are given.

    Points beyond the axes are triangles at their edges, and counted.
    """
    ends = limits or limits_around(measured, predicted)
    ideal = ax.axline((ends[0], ends[0]), slope=1, color=ink(ax), linewidth=1, linestyle="--")
    ax.set(xlim=ends, ylim=ends)
    ax.set_aspect("equal")
    names = [None] if parts is None else list(dict.fromkeys(parts))
    colours = {None: PREDICTED} if parts is None else part_colours(names)
    rows = {
        name: np.flatnonzero(np.ones(len(measured), bool) if name is None else parts == name)
        for name in names
    }
    points = []
    # The parts are drawn in turns, so that none covers another.
    for turn, name in itertools.product(range(1 if len(names) == 1 else TURNS), names):
        here = rows[name][turn::TURNS] if len(names) > 1 else rows[name]
        points += ax.plot(
            measured[here],
            predicted[here],
            ".",
            color=colours[name],
            alpha=0.6,
            markersize=4,
            label=f"_{name}" if turn else name,
        )
    for name in names:
        mark_outside(ax, measured[rows[name]], predicted[rows[name]], colours[name])
    _count_outside(ax, predicted, ends)
    return ideal, points


def _count_outside(ax, predicted, ends):
    """Write into the corners of axes how many points lie beyond them."""
    low, high = ends
    corners = {
        "above": ((predicted > high).sum(), 0.04, 0.95, "left", "top"),
        "below": ((predicted < low).sum(), 0.96, 0.05, "right", "bottom"),
    }
    for side, (count, x, y, ha, va) in corners.items():
        if count:
            ax.text(
                x,
                y,
                f"{count:,} {side}",
                transform=ax.transAxes,
                ha=ha,
                va=va,
                color=ink(ax),
                bbox={"facecolor": paper(ax), "edgecolor": "none", "alpha": 0.8, "pad": 1},
            )


def part_colours(names):
    """Return a colour for each part; the usual parts have the colours of all figures."""
    others = itertools.cycle([*PARTS.values()][::-1])
    return {name: PARTS.get(str(name)) or next(others) for name in names}


def lines_of(ax, names, best=None):
    """Return how the predictions of several models are drawn: the best one below the others.

    Each line is narrower than those below it, so that all are seen where they coincide.
    """
    if len(names) == 1:
        return {names[0]: {"color": PREDICTED, "zorder": 3}}
    others = [name for name in names if name != best]
    looks = {best: {"color": PREDICTED, "linestyle": "-", "linewidth": 2.0, "zorder": 2.5}}
    # Colours and dashes repeat at different numbers of lines, so that each line has its own pair.
    colours, widths = length_colours(ax, len(others)), np.linspace(1.6, 0.8, len(others))
    for name, colour, width, dash in zip(
        others, colours, widths, itertools.cycle(DASHES), strict=False
    ):
        looks[name] = {"color": colour, "linestyle": (0, dash), "linewidth": width, "zorder": 3}
    return looks


def runs_with_one_clock(names, x):
    """Return the rows of each run by its name; nothing where time goes on from run to run."""
    if names is None or not (np.diff(x) <= np.zeros(1, np.diff(x).dtype)).any():
        return {}
    codes, names = pd.factorize(np.asarray(names, dtype=object))
    return {name: np.flatnonzero(codes == code) for code, name in enumerate(names)}


def axes_for_panels(ax, n_panels):
    """Return axes for a number of panels, and those of a legend below new ones."""
    if ax is None and n_panels > 1:
        _, grid, below = panels(1, n_panels, 90, [1])
        return list(grid[0]), below
    axes = list(np.ravel(ax)) if np.iterable(ax) else [axes_or_new(ax, DOUBLE_COLUMN, 80)]
    if len(axes) != n_panels:
        raise ValueError(
            f"ax holds {len(axes)} axes; expected {n_panels}, one for each panel of a run."
        )
    return axes, None


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


def draw_pieces(ax, x, values, breaks, label, **look):
    """Draw a line in pieces; the first that is seen inside the axes has the label."""
    low, high = ax.get_ylim()
    lines = []
    for where, piece in zip(np.split(x, breaks), np.split(values, breaks), strict=True):
        seen = _reaches_into(piece, piece, low, high)
        lines += ax.plot(where, piece, label=label if seen else None, **look)
        label = None if seen else label
    return lines


def draw_band(ax, x, band, breaks, label, colour):
    """Shade the band between two lines, (2, n_rows); the first piece that is seen has the label."""
    low, high = ax.get_ylim()
    for rows in np.split(np.arange(len(x)), breaks):
        bottom, top = np.asarray(band)[:, rows]
        seen = _reaches_into(bottom, top, low, high)
        ax.fill_between(
            x[rows],
            bottom,
            top,
            color=colour,
            alpha=0.25,
            linewidth=0,
            label=label if seen else None,
        )
        label = None if seen else label


def _reaches_into(bottom, top, low, high):
    """Return whether the area between two lines reaches into the limits of axes."""
    return bool(np.fmin.reduce(bottom) <= high and np.fmax.reduce(top) >= low)


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
