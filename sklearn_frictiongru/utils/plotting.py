"""The look that all displays share."""

import pandas as pd

from sklearn_frictiongru.utils.index import time_level

# Okabe and Ito's colours, told apart by colour-blind readers.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#000000",
}
CYCLE = [COLOURS[name] for name in ("blue", "orange", "green", "vermillion", "purple", "sky")]
GREY = "#8C8C8C"


def time_axis(index):
    """Return the time of an index (n_rows,) as matplotlib draws it, and the label of its axis."""
    time = time_level(index)
    if isinstance(time, pd.TimedeltaIndex):
        return time.total_seconds().to_numpy(), "time [s]"
    if not isinstance(time, pd.DatetimeIndex):
        return time.to_numpy(), "time [s]"
    if time.tz is None:
        return time.to_numpy(), "time"
    # Where clocks are put back, local time runs through an hour twice.
    return time.tz_convert("UTC").tz_localize(None).to_numpy(), "time (UTC)"


def axes_or_new(ax, figsize):
    """Return axes to draw on."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=figsize, layout="constrained")
    return ax
