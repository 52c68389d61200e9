"""The look that all displays share."""

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


def axes_or_new(ax, figsize):
    """Return axes to draw on."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=figsize, layout="constrained")
    return ax
