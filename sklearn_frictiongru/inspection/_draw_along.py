"""Importances along time and along the lags, drawn on axes."""

import itertools

import numpy as np

from sklearn_frictiongru.inspection._draw_shares import (
    NO_FLOOR,
    RELATIVE_FLOOR,
    SHARE,
    draw_floors,
    wrapped,
)
from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.utils.plotting import (
    draw_condition,
    legend_beside,
    limits_around,
    mark_outside,
    name_runs,
    shown_name,
    time_name,
)
from sklearn_frictiongru.utils.style import ink, shade

SHORTEST_STAY = 0.005
"""Share of rows: shorter stays in a range of the condition are not marked."""

MOST_OUTSIDE = 3
"""Largest number of triangles for a floor above the axes."""

N_MARKERS = 7
"""Number of markers along each line, which distinguish lines of the same colour."""


def draw_lags(ax, importance, looks, labels):
    """Draw the share of each lag, in seconds where the record has times."""
    lags = importance.importances_[0].lags
    interval = importance.sampling_interval_
    x = lags if interval is None else lags * interval
    relative = np.mean([shares(each.by_lag, (0, 1)) for each in importance.importances_], 0)
    net = np.mean(
        [shares(np.abs(each.signed_by_lag), (0, 1)) for each in importance.importances_], 0
    )
    lines = []
    for number, (look, label) in enumerate(zip(looks, labels, strict=True)):
        marked = _marked(look, number, len(looks), len(lags))
        lines += ax.plot(x, relative[:, number], color=look.colour, label=label, **marked)
        lines += ax.plot(x, net[:, number], linestyle=":", color=look.colour, **_hollow(marked))
    _name_net(ax, "net")
    floor = (importance.null_floor_ or {}).get("relative_by_lag")
    if floor is None:
        ax.plot([], [], " ", label=NO_FLOOR)
    else:
        ax.plot(x, floor, color=ink(ax), linestyle="--", label=RELATIVE_FLOOR)
    ax.invert_xaxis()
    # A floor far above the shares sets no scale.
    shown = np.concatenate([relative, net], axis=None)
    ax.set_ylim(0, limits_around([0.0, *shown], [] if floor is None else floor)[1])
    if floor is not None:
        mark_outside(ax, x, floor, ink(ax), MOST_OUTSIDE, "floor")
    ax.set_xlabel(f"lag before the target [{'rows' if interval is None else 's'}]")
    ax.set_ylabel("importance at the lag\n[share of all inputs and lags]")
    legend_beside(ax)
    return lines


def draw_time(ax, importance, looks, labels, rolling, run):
    """Draw the importance along time; return its lines, the place of each row, and the label."""
    relative, net = (importance.along_time(measure, rolling) for measure in ("relative", "net"))
    wanted = importance.runs_ == run if run is not None else np.full(len(importance.runs_), True)
    relative, net = (table[wanted[table.index.to_numpy()]] for table in (relative, net))
    rows = relative.index.to_numpy()
    x, label = _time_of(importance, wanted)
    # Neither lines nor means may join rows on two sides of a gap.
    parted = (np.diff(rows) > 1) | (np.diff(importance.runs_[rows]) != 0)
    pieces = np.split(np.arange(len(rows)), np.flatnonzero(parted) + 1)
    lines = []
    for column, (look, name) in enumerate(zip(looks, labels, strict=True), 2):
        marked = _marked(look, column - 2, len(looks), len(rows) / len(pieces))
        for number, piece in enumerate(pieces):
            here, first = x[rows[piece]], None if number else name
            values, of_net = relative.iloc[piece, column], net.iloc[piece, column]
            lines += ax.plot(here, values, color=look.colour, label=first, **marked)
            lines += ax.plot(here, of_net, ":", color=look.colour, **_hollow(marked))
    _name_net(ax, "net, in blocks")
    draw_floors(ax, importance.null_floor_)
    ax.set_xlabel(label)
    ax.set_ylabel(SHARE)
    ax.set_ylim(0, min(1.0, 1.15 * relative.iloc[:, 2:].to_numpy().max()))
    if label == "run":
        name_runs(ax, importance.runs_, importance.run_labels_)
    legend_beside(ax)
    return lines, x, wanted


def draw_target_above(above, importance, x, wanted, unit):
    """Draw the targets of the wanted rows; those without full history never set the scale."""
    counted = importance.importances_[0].rows
    counted = counted[wanted[counted]]
    above.set_ylim(*limits_around(importance.target_[counted]))
    for piece in _runs_of(importance.runs_, wanted):
        above.plot(x[piece], importance.target_[piece], color=ink(above))
    above.set_ylabel(wrapped(shown_name(importance.target_name_, unit)))
    above.tick_params(labelbottom=False)


def draw_condition_above(above, condition, importance, x, wanted, label):
    """Draw the condition of the wanted rows."""
    draw_condition(above, condition, x, _runs_of(importance.runs_, wanted))
    above.set_ylabel(wrapped(label))
    above.tick_params(labelbottom=False)


def changes_of(codes, runs, wanted):
    """Return the rows at which a condition changes to another range inside a run, and stays."""
    codes, runs = np.asarray(codes), np.asarray(runs)
    begins = np.append(True, (codes[1:] != codes[:-1]) | (runs[1:] != runs[:-1]))
    starts = np.flatnonzero(begins)
    # Noise about the edge of a range is no change.
    shortest = max(2, SHORTEST_STAY * len(codes))
    lasting = starts[np.diff(np.append(starts, len(codes))) >= shortest]
    return [
        row
        for before, row in itertools.pairwise(lasting)
        if wanted[row] and codes[row] != codes[before] and runs[row] == runs[before]
    ]


def _time_of(importance, wanted):
    """Return the place of each row, its time or its number where runs overlap, and the label."""
    several = len(np.unique(importance.runs_[wanted])) > 1
    timed = importance.time_ is not None and importance.sampling_interval_ is not None
    if several and not (timed and np.all(np.diff(importance.time_[wanted]) > 0)):
        return np.arange(len(importance.runs_)), "run"
    if not timed:
        return np.arange(len(importance.runs_)), "row"
    return importance.time_, f"{time_name(importance.feature_names_)} [s]"


def _runs_of(runs, wanted):
    """Return the numbers of the wanted rows, run by run."""
    rows = np.flatnonzero(wanted)
    return np.split(rows, np.flatnonzero(np.diff(runs[rows])) + 1)


def _name_net(ax, label):
    """Give the thin lines with hollow markers, of all inputs, one name in the legend."""
    look = _hollow({"marker": "o"})
    ax.plot([], [], ":", color=shade(ax, 0.4), label=label, **look)


def _marked(look, number, n_inputs, n_points):
    """Return a marker for some points of a line, not the same ones as those of other lines."""
    every = max(1, int(n_points / N_MARKERS))
    return {
        "marker": look.marker,
        "markersize": 5,
        "markevery": (int(number * every / n_inputs), every),
    }


def _hollow(marked):
    """Return the look of the thin line that goes with another."""
    return {**marked, "markersize": 3.5, "markerfacecolor": "none", "linewidth": 0.9}
