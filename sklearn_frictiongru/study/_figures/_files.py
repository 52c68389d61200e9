"""Figures as files: PNG for the screen, SVG and PDF for a journal."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import ScalarFormatter

from sklearn_frictiongru.utils.files import whole_file
from sklearn_frictiongru.utils.lettering import font_families
from sklearn_frictiongru.utils.style import settings

DPI = 300
DIGITS = 6
"""Of the places of axes, in shares of the figure."""


class PlainNumbers(ScalarFormatter):
    """Numbers of ticks as plain text, which is drawn faster; a power of ten stays a formula."""

    def __call__(self, x, pos=None):
        """Return the label of a tick."""
        return super().__call__(x, pos).removeprefix(r"$\mathdefault{").removesuffix("}$")


def fonts_for(names):
    """Draw with fonts that have the letters of names, as far as the system has some."""
    return plt.rc_context({**settings(), "font.family": font_families(names)})


def save_figure(figure, folder, name):
    """Write a figure as PNG, SVG and PDF, with text as text, and close it."""
    # The same numbers give the same file, so that two studies can be compared byte by byte.
    text = {"svg.hashsalt": name, "svg.fonttype": "none", "pdf.fonttype": 42}
    with plt.rc_context(text):
        _lay_out(figure)
        with whole_file(folder / f"{name}.png") as file:
            figure.savefig(file, format="png", dpi=DPI)
        with whole_file(folder / f"{name}.svg") as file:
            figure.savefig(file, format="svg", metadata={"Date": None})
        with whole_file(folder / f"{name}.pdf") as file:
            figure.savefig(file, format="pdf", metadata={"CreationDate": None})
    plt.close(figure)


def _lay_out(figure):
    """Find the layout of a figure once for all its files, the same one in every process."""
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(PlainNumbers(useMathText=True))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        # The solver's last digits depend on where its variables lie in memory, and the names of
        # clip paths in an SVG on every digit.
        ax.set_position(np.round(ax.get_position(original=True).bounds, DIGITS))
