"""Importances over all rows, by model and by condition, drawn on axes."""

import textwrap

import numpy as np

from sklearn_frictiongru.inspection._statistics import ranks_of
from sklearn_frictiongru.utils.plotting import legend_beside
from sklearn_frictiongru.utils.style import ink, on_dark_paper, paper

RELATIVE_FLOOR, NET_FLOOR = "floor: an irrelevant input", "floor of net"
HIGHEST_FLOOR = "highest floor"
NO_EFFECT = "not distinguishable\nfrom none"
NO_FLOOR = "floor not estimated"
SHARE = "importance\n[share of all inputs]"
LABEL_WIDTH = 26
"""Of the name of an input on an axis, in letters."""

MOST_NUMBERS = 10
"""Of models on an axis of half the width of a page."""

MOST_MODELS_WITH_NET = 12
"""Cells of more models have no room for two ranks."""


def draw_bars(ax, importance, looks, labels, below):
    """Draw the mean of each input with its interval and a point for each model."""
    relative, net = importance.relative_, importance.net_
    places, mean = np.arange(len(relative.columns)), relative.mean()
    bounds = importance.intervals_[["relative_low", "relative_high"]].to_numpy()
    ends = np.abs(bounds - mean.to_numpy()[:, None]).T if len(relative) > 1 else None
    bars = ax.barh(
        places,
        mean,
        height=0.62,
        color=[look.colour for look in looks],
        alpha=0.8,
        xerr=ends,
        **_error_look(ax, ends),
    )
    spread = np.linspace(-0.22, 0.22, len(relative)) if len(relative) > 1 else [0.0]
    points = []
    for offset, (_, row) in zip(spread, relative.iterrows(), strict=True):
        points += ax.plot(
            row,
            places + offset,
            "o",
            color=ink(ax),
            markeredgecolor=paper(ax),
            markeredgewidth=0.5,
            markersize=4.5,
            label=None if points else "relative, one model",
        )
    points += ax.plot(net.mean(), places, "D", label="net, mean", **hollow(ax))
    draw_floors(ax, importance.null_floor_, places[:, None], horizontal=True)
    _name_inputs(ax, labels, below)
    # The first input is on top.
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(0, 1.05 * ax.get_xlim()[1])
    ax.set_xlabel("importance [share of all inputs]")
    legend_beside(ax)
    return [bars], points


def draw_per_model(ax, importance, looks, labels):
    """Draw the importance of each input in each model."""
    relative = importance.relative_
    models, lines = np.arange(len(relative)), []
    for look, label, name in zip(looks, labels, relative.columns, strict=True):
        lines += ax.plot(
            models,
            relative[name],
            marker=look.marker,
            color=look.colour,
            markersize=6,
            linewidth=0.8,
            label=label,
        )
    _number_models(ax, len(models))
    ax.set_xlim(-0.5, len(models) - 0.5)
    ax.set_ylim(0, 1.1 * ax.get_ylim()[1])
    ax.set_ylabel(SHARE)
    legend_beside(ax)
    return lines


def draw_ranks(ax, importance, labels, below, greyed):
    """Write the rank of each input in each model into a cell."""
    ranks, of_net = importance.ranks_, ranks_of(importance.net_)
    n_models, n_features = ranks.shape
    greys = "Greys" if on_dark_paper(ax) else "Greys_r"
    image = ax.imshow(
        ranks.T,
        cmap=greys if greyed else "cividis_r",
        # Greys stay near the paper: a cell in strong contrast would read as a finding.
        vmin=-2 * n_features if greyed else 1,
        vmax=max(n_features, 2),
        aspect="auto",
    )
    two = n_models <= MOST_MODELS_WITH_NET
    for model, feature in np.ndindex(n_models, n_features):
        rank = ranks.iloc[model, feature]
        text = f"{rank}/{of_net.iloc[model, feature]}" if two else f"{rank}"
        cell = image.cmap(image.norm(rank))[:3]
        ax.text(
            model,
            feature,
            text,
            ha="center",
            va="center",
            color="black" if np.dot(cell, (0.3, 0.6, 0.1)) > 0.46 else "white",
        )
    _number_models(ax, n_models)
    _name_inputs(ax, labels, below)
    ax.grid(visible=False)
    rank = "rank by relative/net importance" if two else "rank by relative importance"
    note = f", {NO_FLOOR}" if importance.null_floor_ is None else ""
    ax.set_xlabel(f"model (repeated training, from 0)\ncells: {rank}{note}")
    return image


def draw_conditions(ax, importance, looks, labels, condition_label, range_labels):
    """Draw the importance of each input in each range of the condition."""
    relative, net = (
        np.stack([each[f"{measure}_by_condition"] for each in importance.importances_])
        for measure in ("relative", "net")
    )
    width, places = 0.8 / len(labels), np.arange(len(range_labels))
    offsets = (np.arange(len(labels)) - (len(labels) - 1) / 2) * width
    bars, points = [], []
    for number, (look, label) in enumerate(zip(looks, labels, strict=True)):
        here, values = places + offsets[number], relative[:, :, number]
        bars.append(
            ax.bar(
                here,
                values.mean(axis=0),
                width=width * 0.92,
                color=look.colour,
                alpha=0.8,
                yerr=values.std(axis=0),
                label=label,
                **_error_look(ax, True),
            )
        )
        means = net[:, :, number].mean(axis=0)
        points += ax.plot(here, means, "D", label=None if number else "net, mean", **hollow(ax))
    draw_floors(ax, importance.null_floor_, places + offsets[:, None], width)
    counts = importance.importances_[0].rows_by_condition
    ax.set_xticks(
        places,
        [f"{name}\n{count:,} rows" for name, count in zip(range_labels, counts, strict=True)],
        rotation=0 if len(places) <= 6 else 45,
    )
    ax.set_xlabel(f"range of {condition_label or 'the condition'}")
    ax.set_ylabel(SHARE)
    ax.set_ylim(0, 1.05 * ax.get_ylim()[1])
    legend_beside(ax)
    return bars, points


def draw_floors(ax, floor, places=None, width=0.8, horizontal=False):
    """Draw the floor of each input at its places, (n_inputs, n_places); or one for all.

    Without places, only the highest of the relative floors. Across horizontal bars the floors
    are vertical.
    """
    if floor is None:
        ax.plot([], [], " ", label=NO_FLOOR)
        return
    looks = {"relative": ("--", RELATIVE_FLOOR)}
    if places is not None:
        looks["net"] = (":", NET_FLOOR)
    for measure, (style, label) in looks.items():
        look = {"color": ink(ax), "linestyle": style, "linewidth": 1.2, "label": label}
        if places is None and np.size(floor[measure]) > 1:
            look["label"] = HIGHEST_FLOOR
        if places is None or np.ndim(floor[measure]) == 0:
            (ax.axvline if horizontal else ax.axhline)(np.max(floor[measure]), **look)
            continue
        shares = np.asarray(floor[measure])[:, None] + np.zeros_like(places)
        lines = ax.vlines if horizontal else ax.hlines
        lines(shares, places - width / 2, places + width / 2, **look)


def hollow(ax):
    """Return the look of a marker of which only the edge is seen."""
    return {
        "markerfacecolor": paper(ax),
        "markeredgecolor": ink(ax),
        "color": ink(ax),
        "markersize": 7,
    }


def wrapped(label, width=14):
    """Return a label in lines short enough for an axis."""
    return "\n".join(textwrap.wrap(label, width)) or label


def _error_look(ax, ends):
    """Return the look of the ends of intervals, where there are some."""
    return {} if ends is None else {"ecolor": ink(ax), "capsize": 3}


def _name_inputs(ax, labels, below):
    """Name the inputs on the axis, and say which are not distinguishable from none."""
    names = [
        wrapped(label, LABEL_WIDTH) + (f"\n({NO_EFFECT})" if each else "")
        for label, each in zip(labels, below, strict=True)
    ]
    ax.set_yticks(np.arange(len(names)), names)


def _number_models(ax, n_models):
    """Number the models on the axis, from 0 as in the tables."""
    models = np.arange(0, n_models, -(-n_models // MOST_NUMBERS))
    ax.set_xticks(models, [str(model) for model in models])
