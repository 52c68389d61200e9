"""Which runs and stretches of a record get a panel, and the legend that panels share."""

import numpy as np

from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, MM, ink

MOST_PANELS = 4
LETTERS_IN_WIDTH, LENGTH_OF_HANDLE = 90, 8
"""Of a legend over two columns of a journal, in letters."""


def spread(items, most=MOST_PANELS):
    """Return up to `most` items, evenly spread over all of them."""
    if len(items) <= most:
        return list(items)
    return [items[int(number)] for number in np.round(np.linspace(0, len(items) - 1, most))]


def stretches(marked):
    """Return the numbers of the rows of each stretch of marked rows."""
    rows = np.flatnonzero(marked)
    return np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)


def panels(n_rows, n_columns, height, height_ratios, **options):
    """Return a figure with a grid of axes, and axes below for the legend that they share."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(DOUBLE_COLUMN, height * MM), layout="constrained")
    figure.get_layout_engine().set(h_pad=2 * MM, w_pad=1 * MM, hspace=0.0)
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 0.01])
    cells = grid[0].subgridspec(n_rows, n_columns, height_ratios=height_ratios, **options)
    below = figure.add_subplot(grid[1])
    below.axis("off")
    return figure, cells.subplots(squeeze=False, sharex="col", sharey="row"), below


def share_legend(below, axes, label="", **options):
    """Replace the legends of axes by one below all of them, under the label of the x-axes."""
    from matplotlib.patches import Patch

    found = {}
    for ax in axes:
        found.update(dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True)))
        if ax.get_legend() is not None:
            ax.get_legend().remove()
    # What is shaded comes first, from all axes together.
    found = dict(sorted(found.items(), key=lambda each: not isinstance(each[1], Patch)))
    widest = max(map(len, found)) + LENGTH_OF_HANDLE
    columns = max(1, min(len(found), LETTERS_IN_WIDTH // widest))
    options = {"loc": "upper center", "borderaxespad": 0.0, "ncols": columns, **options}
    options["labelcolor"] = ink(axes[0])
    below.set_title(label, color=ink(axes[0]))
    below.legend(found.values(), found.keys(), **options)
