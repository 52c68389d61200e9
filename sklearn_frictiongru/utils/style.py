"""What colours mean in all figures, and how they are drawn.

What the caller has set in matplotlib, by rcParams or a style sheet, is kept.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

MM = 1 / 25.4
SINGLE_COLUMN, DOUBLE_COLUMN = 89 * MM, 183 * MM
"""Widths of a figure over one and two columns of a journal [inches]."""

# Okabe and Ito's colours and a brown: distinct for colour-blind readers, and from black and white.
INPUTS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#8C510A")
"""Colours of the inputs, by their position among the inputs of the record."""

PARTS = {
    "training": "#8C8C8C",
    "validation": "#999933",
    "test": "#56B4E9",
    "warm-up": "#F0E442",
    "purged": "#D9D9D9",
}
"""Colours of the parts of a record."""

HATCHES = {"validation": "///", "purged": "xx"}
"""Parts that can be distinguished without colour as well."""

PREDICTED = "#AA3377"
"""Colour of what the network predicts, and of means over its trainings."""

MEASURED = "#949494"
"""Colour of measured values below predicted ones, seen on white and on black."""

LENGTHS = {
    "light": ("#1B2A6B", "#2A8C4A", "#E8762D", "#5E3A1A"),
    "dark": ("#6688FF", "#33AA77", "#FFBB66", "#EEEEAA"),
}
"""Colours of predictions at several window lengths, on light and on dark paper."""

DASHES = ((5, 4), (6, 3, 1, 3), (9, 5), (4, 2, 1, 2, 1, 4), (2, 3), (8, 3, 3, 3))
"""Dashes of lines that are distinguished without colour as well; none is dotted."""

MARKERS = "osD^vP<>X*ph"

SETTINGS = {
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.titlesize": "medium",
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 5.0,
}
"""Settings of matplotlib that the figures are drawn with where the caller has left the default."""


class Look(NamedTuple):
    """How a line or bar is drawn."""

    colour: tuple[float, float, float]
    marker: str


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw with the settings of all figures, except for what the caller has set."""

    @functools.wraps(draw)
    def drawn(*arguments: P.args, **options: P.kwargs) -> R:
        import matplotlib as mpl

        with mpl.rc_context(settings()):
            return draw(*arguments, **options)

    return drawn


def settings():
    """Return the settings that the caller has left at matplotlib's defaults."""
    import matplotlib as mpl

    return {
        name: value
        for name, value in SETTINGS.items()
        if mpl.rcParams[name] == mpl.rcParamsDefault[name]
    }


def ink(ax):
    """Return the colour that axes are written in: black on white, white on black."""
    from matplotlib.colors import to_rgb

    return to_rgb(ax.xaxis.label.get_color())


def paper(ax):
    """Return the background colour of axes."""
    from matplotlib.colors import to_rgba

    for artist in (ax, ax.figure):
        *colour, alpha = to_rgba(artist.get_facecolor())
        if alpha:
            return tuple(colour)
    return tuple(1 - np.array(ink(ax)))


def on_dark_paper(ax):
    """Return whether the background of axes is darker than what is written on it."""
    return bool(np.mean(paper(ax)) < np.mean(ink(ax)))


def shade(ax, share):
    """Return a grey between ink (0) and paper (1) without any hue."""
    dark, light = np.mean(ink(ax)), np.mean(paper(ax))
    return (float(dark + share * (light - dark)),) * 3


def input_looks(ax, n_inputs, greyed=False):
    """Return how each input is drawn: its own colour, or grey where it is not interpretable.

    The colours are those of `INPUTS`, or of the property cycle that the caller has set.
    """
    from matplotlib.colors import to_rgb

    cycle = _cycle()
    looks = []
    for number in range(n_inputs):
        colour = to_rgb(cycle[number % len(cycle)])
        if greyed:
            colour = shade(ax, 0.15 + 0.4 * number / max(n_inputs - 1, 1))
        looks.append(Look(colour, MARKERS[number % len(MARKERS)]))
    return looks


def _cycle():
    """Return the colours of the inputs."""
    import matplotlib as mpl

    cycle = mpl.rcParams["axes.prop_cycle"]
    if cycle == mpl.rcParamsDefault["axes.prop_cycle"]:
        return INPUTS
    return cycle.by_key().get("color", INPUTS)


def length_colours(ax, n_lengths):
    """Return a colour for each of several window lengths, in their order."""
    colours = LENGTHS["dark" if on_dark_paper(ax) else "light"]
    return [colours[number % len(colours)] for number in range(n_lengths)]
