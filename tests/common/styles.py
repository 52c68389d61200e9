"""Whether what a figure shows can be seen on its background."""

import numpy as np
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

LEAST = 0.1
"""Distance of a colour from the background, of 1 from black to white."""


def colours_of(artist):
    """Return the colours that an artist draws with, in groups of which one has to be seen."""
    if isinstance(artist, Line2D):
        found = [[artist.get_color()]] if artist.get_linestyle() not in ("None", "") else []
        if artist.get_marker() not in ("None", "", " ", None):
            found.append([artist.get_markeredgecolor(), artist.get_markerfacecolor()])
        return found
    if isinstance(artist, Text):
        return [[artist.get_color()]] if artist.get_text().strip() else []
    if isinstance(artist, Patch):
        return [[artist.get_facecolor()]]
    if isinstance(artist, Collection):
        return [[colour] for colour in (*artist.get_facecolor(), *artist.get_edgecolor())]
    return []


def hidden_in(figure):
    """Return the artists of a figure that have nearly the colour of their background."""
    hidden = []
    for ax in figure.axes:
        background = np.array(to_rgba(ax.get_facecolor()))
        on_cells = any(isinstance(image, AxesImage) for image in ax.get_children())
        drawn = [] if on_cells else [*ax.lines, *ax.patches, *ax.collections]
        for artist in [*drawn, *labels_of(ax, on_cells)]:
            for group in colours_of(artist):
                colours = np.array([to_rgba(colour) for colour in group])
                colours = colours[colours[:, 3] > 0]
                seen = (colours[:, :3] - background[:3]) * colours[:, 3:]
                if len(colours) and np.abs(seen).max() < LEAST:
                    hidden.append((artist, group))
    return hidden


def labels_of(ax, on_cells):
    """Return the texts of axes, those in coloured cells left out."""
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()] if ax.axison else []
    legend = ax.get_legend()
    inside = [] if on_cells else ax.texts
    named = [] if legend is None else legend.get_texts()
    return [*ticks, ax.title, ax.xaxis.label, ax.yaxis.label, *inside, *named]
