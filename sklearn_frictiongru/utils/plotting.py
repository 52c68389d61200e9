"""Axes, their limits and their labels, as all displays need them."""

import re

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.index import time_level
from sklearn_frictiongru.utils.lettering import balanced, drawable, shortened
from sklearn_frictiongru.utils.style import MM, ink, shade, styled
from sklearn_frictiongru.utils.units import label_of

MARGIN = 0.05
"""Of limits on both sides, in spans of what lies between."""

LABEL_WIDTH = 0.12
"""Of the time scales above axes, in widths of the axes."""

TITLE_WIDTH = 60
"""Of a title above axes with a legend on their right, in letters."""


def time_axis(index, inputs=()):
    """Return the time of an index (n_rows,) as matplotlib draws it, and the label of its axis.

    The names of the inputs tell whether it is the time of slip.
    """
    time, name = time_level(index), time_name(inputs)
    if isinstance(time, pd.TimedeltaIndex):
        return time.total_seconds().to_numpy(), f"{name} [s]"
    if not isinstance(time, pd.DatetimeIndex):
        return time.to_numpy(), f"{name} [s]"
    if time.tz is None:
        return time.to_numpy(), name
    # Where clocks are put back, local time runs through an hour twice.
    return time.tz_convert("UTC").tz_localize(None).to_numpy(), f"{name} (UTC)"


def time_name(inputs):
    """Return what the time of a record is called: slip time where an input is one of slip."""
    return "slip time" if any("slip" in str(name).lower() for name in inputs) else "time"


@styled
def axes_or_new(ax, width, height):
    """Return axes to draw on, new ones with a width [inches] and a height [mm] if None."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(width, height * MM), layout="constrained")
    return ax


def shown_name(name, unit=""):
    """Return a column's name with its unit, as a figure can show it."""
    return drawable(shortened(label_of(name, unit or None)))


def limits_around(trusted, others=(), reach=0.5):
    """Return limits that hold all trusted values, and others as far as `reach` of their span.

    Values far away, such as those of a failed model, never set a scale.
    """
    trusted = np.asarray(trusted, dtype=np.float64)
    trusted = trusted[np.isfinite(trusted)]
    low, high = (trusted.min(), trusted.max()) if len(trusted) else (0.0, 1.0)
    span = (high - low) or max(abs(high), 1.0) * 0.1
    others = np.asarray(others, dtype=np.float64)
    others = others[np.isfinite(others)]
    if len(others):
        low, high = (
            min(low, max(others.min(), low - reach * span)),
            max(high, min(others.max(), high + reach * span)),
        )
    margin = MARGIN * ((high - low) or span)
    return float(low - margin), float(high + margin)


def mark_outside(ax, x, y, colour, most=None, name=None):
    """Mark points above and below the limits of axes by triangles at their edges.

    Of more than `most` points on a side, about as many are marked. With a name the legend says
    what is there.
    """
    x, y = np.asarray(x), np.asarray(y, dtype=np.float64)
    low, high = ax.get_ylim()
    for outside, edge, sign, side in (
        (y < low, low, "v", "below"),
        (y > high, high, "^", "above"),
    ):
        if outside.any():
            marked = np.flatnonzero(outside)
            marked = marked[:: 1 if most is None else -(-len(marked) // most)]
            ax.plot(
                x[marked],
                np.full(len(marked), edge),
                sign,
                color=colour,
                clip_on=False,
                label="_outside" if name is None else f"{name}, {side} the axes",
            )
    return (y < low) | (y > high)


def draw_condition(ax, condition, x, pieces):
    """Draw a condition (n_rows,) in steps over x, each piece of rows for itself."""
    values = pd.Series(np.asarray(condition))
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        categories = pd.Categorical(condition)
        names = [str(name) for name in categories.categories]
        values = pd.Series(categories.codes).where(categories.codes >= 0)
        ax.set_yticks(np.arange(len(names)), names)
    values = values.to_numpy(dtype=np.float64)
    for piece in pieces:
        ax.plot(x[piece], values[piece], color=ink(ax), drawstyle="steps-mid")


def name_lengths(ax, lengths, sampling_interval, rows, completed=None):
    """Write window lengths below axes on which they are drawn side by side.

    In rows and in seconds, as far as known, and the number of completed repeats of each if given;
    the label of the axis has the units, so that many lengths have room. Where several are compared,
    that of one row is marked as the one without history.
    """
    seconds = [
        _seconds_of(length, n_rows, sampling_interval)
        for length, n_rows in zip(lengths, rows, strict=True)
    ]
    lines = {"rows": rows, "seconds": seconds}
    lines = {unit: line for unit, line in lines.items() if None not in line}
    if not lines:
        # Some are known in rows alone and others in seconds alone.
        lines = {"rows or time": lengths}
    label = f"window length [{', '.join(lines)}]"
    if completed is not None:
        lines["completed"] = completed
        label += "\ncompleted repeats, fewer where given up"
    labels = [
        "\n".join(n if isinstance(n, str) else f"{n:,.6g}" for n in numbers)
        + "\nno history" * (n_rows == 1 and len(lengths) > 1)
        for numbers, n_rows in zip(zip(*lines.values(), strict=True), rows, strict=True)
    ]
    ax.set_xticks(np.arange(len(lengths)), labels)
    ax.set_xlabel(label)


def _seconds_of(length, n_rows, sampling_interval):
    """Return a window length in seconds: those of its rows, or as given; None if not known."""
    if n_rows is not None and sampling_interval is not None:
        return n_rows * sampling_interval
    return None if isinstance(length, int | np.integer) else pd.Timedelta(length).total_seconds()


def draw_time_scales(ax, time_scales, lengths):
    """Mark time scales among window lengths drawn side by side, (n_lengths,) in their unit.

    Returns how far above the axes the title must be [points], None for the usual.
    """
    order = np.argsort(lengths)
    low, high = np.min(lengths), np.max(lengths)
    ordered = sorted(time_scales.items(), key=lambda each: each[1])
    between = {name: scale for name, scale in ordered if low <= scale <= high}
    if not between:
        return None
    # The lengths are drawn side by side, at equal distances.
    places = np.interp(np.log(list(between.values())), np.log(lengths[order]), order)
    texts = [f"{scale:.3g} s" for scale in between.values()]
    for place, text, name in zip(places, texts, between, strict=True):
        ax.axvline(
            place,
            color=shade(ax, 0.45),
            linewidth=0.8,
            zorder=1,
            label=f"{text}: {_as_symbols(name)}",
        )
    n_lines = 1
    if (np.diff(places) < LABEL_WIDTH * len(lengths)).any():
        # Labels that would touch are on two lines in turn.
        n_lines = 2
        texts[1::2] = [f"{text}\n" for text in texts[1::2]]
    above = ax.secondary_xaxis("top")
    above.set_xticks(places, texts)
    return 14 + 1.2 * n_lines * above.get_xticklabels()[0].get_size()


def set_title_above(ax, title, pad):
    """Write a title above axes with a legend on their right, as far above as time scales need."""
    # Matplotlib would break after each word what begins above the figure's edge, and forget the
    # time scales where the title reaches over a power of ten.
    y = None if pad is None else 1.0
    ax.set_title(balanced(title, TITLE_WIDTH), y=y, pad=pad)


def _as_symbols(text):
    """Return a name such as D_c / V at 5e-07 m/s with its symbols and numbers as mathematics."""
    text = drawable(text)
    text = re.sub(r"([\d.]+)e([+-]\d+)", lambda n: rf"${n[1]} \times 10^{{{int(n[2])}}}$", text)
    text = re.sub(r"\balpha\b", r"$\\alpha$", text)
    text = re.sub(r"\b([A-Za-z])_([A-Za-z]+)\b", r"$\1_\\mathrm{\2}$", text)
    return re.sub(r"\b([A-Za-z])\^(\d)\b", r"$\1^\2$", re.sub(r"/ V\b", "/ $V$", text))


def legend_beside(ax, **options):
    """Draw the legend on the right of axes, off the data."""
    place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.0}
    # Axes may have been made in a style that has been left.
    return ax.legend(**place, labelcolor=ink(ax), **options)


def name_runs(ax, codes, labels, most=12):
    """Write the names of runs below rows that are drawn in their order, and part the runs."""
    ends = np.flatnonzero(np.diff(codes)) + 1
    middles = [(piece[0] + piece[-1]) / 2 for piece in np.split(np.arange(len(codes)), ends)]
    names = [labels[piece] for piece in np.asarray(codes)[np.append(0, ends)]]
    step = -(-len(middles) // most)
    ax.set_xticks(
        middles[::step],
        [drawable(shortened(str(name))) for name in names[::step]],
        rotation=45 if len(middles) > 4 else 0,
    )
    for end in ends:
        ax.axvline(end - 0.5, color=shade(ax, 0.7), linewidth=0.8, zorder=0)
