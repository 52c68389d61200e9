"""The scale of a box plot on which its boxes can be seen, found by a rule."""

from typing import NamedTuple

import numpy as np

from sklearn_frictiongru.utils.plotting import MARGIN, limits_around
from sklearn_frictiongru.utils.style import ink, shade
from sklearn_frictiongru.utils.typography import signed

FLAT = 0.02
"""Share of the axis; boxes with a smaller median height look like lines."""

BREAK = (0.66, 0.74)
"""Where a broken axis has its break, in shares of its length from the end near the best box."""

REACH_FAR, MARGIN_FAR = 4.0, 0.2
"""How far single points set the limits beyond the break, and the margin there, in spans."""

N_TICKS = 6
PLAIN = (1e-3, 1e5)
"""Values written without a power of ten."""

BEYOND = 1000.0
"""How far a broken axis goes on outside its limits, in lengths of the nearest part."""


class BoxScale(NamedTuple):
    """An axis: knots of its values and their places, in shares of its length.

    A broken axis has four knots, the others two. ``far`` are the boxes beyond the break.
    """

    name: str
    values: tuple[float, ...]
    places: tuple[float, ...] = (0.0, 1.0)
    far: tuple[int, ...] = ()

    @property
    def limits(self):
        """Lowest and highest value."""
        return self.values[0], self.values[-1]

    def place_of(self, values):
        """Return where values are on the axis, in shares of its length."""
        if self.name == "log":
            return np.interp(np.log10(values), np.log10(self.values), self.places)
        return np.interp(values, self.values, self.places)


def box_scale(scores, best):
    """Return the scale of boxes, one for each array of scores; `best` is the number of the best.

    Linear, as in published figures. Logarithmic where positive scores span more than a decade, or
    where only that keeps the boxes from looking like lines. Where neither does, the axis is broken
    between the best box with those near it and the others.
    """
    filled = [points for points in scores if len(points)]
    if not filled:
        return BoxScale("linear", limits_around([]))
    candidates = [BoxScale("linear", _limits(filled))]
    if all((points > 0).all() for points in filled):
        logarithms = [np.log10(points) for points in filled]
        log = BoxScale("log", tuple(float(10.0**end) for end in _limits(logarithms, 0.2)))
        low, high = _limits(logarithms, 0.0)
        # Of which a tenth is margin.
        candidates.insert(0 if high - low > 1.1 else 1, log)
    candidates += _broken(scores, best)
    return next((scale for scale in candidates if not _flat(scores, scale)), candidates[0])


def looks_flat(scores, scale):
    """Return whether the boxes of some scores look like lines on a scale."""
    quartiles = np.array([np.quantile(points, [0.25, 0.75]) for points in scores if len(points)])
    # A single training has no box.
    quartiles = quartiles[quartiles[:, 0] < quartiles[:, 1]] if len(quartiles) else quartiles
    return len(quartiles) > 0 and bool(np.median(np.diff(scale.place_of(quartiles))) < FLAT)


def set_box_scale(ax, scale):
    """Give axes a scale, with marks where it is broken."""
    if scale.name == "log":
        ax.set_yscale("log")
    if scale.name == "broken":
        _break(ax, scale)
    ax.set_ylim(*scale.limits)
    # A power of ten is above the ticks that it belongs to, off the labels above the axes.
    ax.yaxis.get_offset_text().set_horizontalalignment("right")


def _limits(scores, reach=1.0):
    """Return limits that the scores within the whiskers set, and others as far as a reach."""
    inside = np.concatenate([_inside(points) for points in scores])
    return limits_around(inside, np.concatenate(scores), reach=reach)


def _inside(points):
    """Return the points within the whiskers of their box."""
    low, high = np.quantile(points, [0.25, 0.75])
    reach = 1.5 * (high - low)
    return points[(points >= low - reach) & (points <= high + reach)]


def _flat(scores, scale):
    """Return whether boxes look like lines, those beyond a break left out."""
    return looks_flat([s for number, s in enumerate(scores) if number not in scale.far], scale)


def _broken(scores, best):
    """Yield axes broken before the worst box, the two worst, and so on; two boxes are near."""
    if not len(scores[best]):
        return
    middle = [np.median(points) if len(points) else np.nan for points in scores]
    distances = np.abs(np.array(middle) - middle[best])
    worst_first = [number for number in np.argsort(-distances) if np.isfinite(distances[number])]
    for n_far in range(1, len(worst_first) - 1):
        far, near = worst_first[:n_far], worst_first[n_far:]
        parts = [
            _span([scores[number] for number in near], 1.0, MARGIN),
            _span([scores[number] for number in far], REACH_FAR, MARGIN_FAR),
        ]
        places = (0.0, *BREAK, 1.0)
        if middle[far[0]] < middle[best]:
            parts = parts[::-1]
            places = tuple(1.0 - place for place in reversed(places))
        (low, end, below), (begin, high, above) = parts
        # At the break the margins may be as broad as a third of the gap.
        gap = (begin - end) / 3
        if gap > 0:
            values = (low - below, end + min(below, gap), begin - min(above, gap), high + above)
            yield BoxScale("broken", tuple(map(float, values)), places, tuple(map(int, far)))


def _span(scores, reach, margin):
    """Return the lowest and the highest value of a part of an axis, and its margin."""
    low, high = _limits(scores, reach)
    added = MARGIN * (high - low) / (1 + 2 * MARGIN)
    return low + added, high - added, margin * (high - low - 2 * added)


def _break(ax, scale):
    """Set a broken scale, with ticks on both sides of the break and marks at its ends."""
    from matplotlib.ticker import MaxNLocator

    values, places = np.array(scale.values), np.array(scale.places)
    # The axis goes on outside its limits, so that what is beyond them is not drawn at the edge.
    outer = BEYOND * np.array([-1.0, 1.0])
    steps = outer * np.diff(values)[[0, -1]], outer * np.diff(places)[[0, -1]]
    values, places = (
        np.array([knots[0] + step[0], *knots, knots[-1] + step[1]])
        for knots, step in zip((values, places), steps, strict=True)
    )
    ax.set_yscale(
        "function",
        functions=(
            lambda shown: np.interp(shown, values, places),
            lambda shown: np.interp(shown, places, values),
        ),
    )
    ticks = []
    for first in (0, 2):
        low, high = scale.values[first : first + 2]
        most = max(2, round(N_TICKS * (scale.places[first + 1] - scale.places[first])))
        found = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
        ticks += list(found[(found >= low) & (found <= high)])
    _write_ticks(ax, ticks, np.abs(scale.values[:2] if scale.places[1] > 0.5 else scale.values[2:]))
    ends = scale.places[1:3]
    for end in ends:
        ax.plot([0, 1], [end, end], ":", color=shade(ax, 0.6), transform=ax.transAxes, zorder=0)
    ax.plot(
        [0, 0],
        ends,
        linestyle="none",
        marker=[(-1, -0.5), (1, 0.5)],
        markersize=9,
        color=ink(ax),
        transform=ax.transAxes,
        clip_on=False,
        zorder=5,
    )


def _write_ticks(ax, ticks, near):
    """Write ticks with as many decimals as the values near the best box need."""
    from matplotlib.ticker import FixedFormatter

    largest = near.max()
    power = 0 if PLAIN[0] <= largest < PLAIN[1] else int(np.floor(np.log10(largest)))
    labels = FixedFormatter([signed(f"{tick / 10.0**power:.6g}") for tick in ticks])
    labels.set_offset_string(rf"$\times 10^{{{power}}}$" if power else "")
    ax.set_yticks(ticks)
    ax.yaxis.set_major_formatter(labels)
