"""Measured and predicted values of the target."""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.study._figures._labels import interval_of, length_label, target_of
from sklearn_frictiongru.study._figures._panels import panels, share_legend, spread, stretches
from sklearn_frictiongru.study._references import LAW
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.plotting import limits_around, shown_name, time_axis
from sklearn_frictiongru.utils.style import shade
from sklearn_frictiongru.utils.units import words_of


def draw_predictions(study):
    """Draw predicted over measured values for several window lengths, by part."""
    lengths, table = list(study.shown_lengths), study.predictions
    scored = table[table["part"].isin(SCORED_PARTS)]
    limits = _limits(study, scored)
    height = 48 + 150 / max(len(lengths), 2)
    figure, axes, below = panels(1, len(lengths), height, [1])
    for ax, length in zip(axes[0], lengths, strict=True):
        PredictionDisplay(
            scored["measured"].to_numpy(),
            scored[f"predicted_{length}"].to_numpy(),
            parts=scored["part"].to_numpy(),
            target_name=target_of(study),
        ).plot(ax=ax, limits=limits)
        validation, test = (study.skill.loc[(length, part), "skill"] for part in SCORED_PARTS)
        role = study.shown_lengths[length]
        ax.set_title(f"{length_label(study, length)}\n{role}\n{validation:.2f} / {test:.2f}")
        ax.set(xlabel="", ylabel="")
    # The axes are equal, and so are their ticks; none is so near to an end that it would be cut.
    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(*limits)
    reach = 0.12 * (limits[1] - limits[0])
    ticks = [tick for tick in ticks if limits[0] + reach < tick < limits[1] - reach]
    for ax in axes[0]:
        ax.set(xticks=ticks, yticks=ticks, xlim=limits, ylim=limits)
    target = target_of(study)
    axes[0, 0].set_ylabel(f"predicted {target}")
    figure.suptitle(
        "How well does each window length predict? (skill on validation / test rows)", wrap=True
    )
    share_legend(below, axes[0], f"measured {target}", markerscale=3)
    return figure


def draw_predictions_along_time(study):
    """Draw measured and predicted values of scored rows along time, with residuals below."""
    chosen, title = _chosen(study)
    widths = [max(len(rows), 1) for _, rows in chosen]
    figure, (upper, lower), below = panels(2, len(chosen), 130, [3, 2], width_ratios=widths)
    shown = study.predictions.iloc[np.concatenate([rows for _, rows in chosen])]
    limits = {"time": _limits(study, shown), "residuals": _residual_limits(study, shown)}
    for (name, rows), *column in zip(chosen, upper, lower, strict=True):
        for ax, kind in zip(column, limits, strict=True):
            _draw_panel(study, study.predictions.iloc[rows], kind, ax, limits[kind])
            ax.set(xlabel="", ylabel="", title=name if kind == "time" else "")
    upper[0].set_ylabel(target_of(study))
    unit = study.units.get(study.importance.target_name_, "")
    lower[0].set_ylabel(shown_name("predicted − measured", unit))
    figure.suptitle(title, wrap=True)
    share_legend(below, upper, _time_of(study, study.predictions)[1])
    return figure


def _chosen(study):
    """Return the name and the rows of each panel, and the title that says how they were chosen."""
    table = study.predictions
    scored = table["part"].isin(SCORED_PARTS).to_numpy()
    target = drawable(shortened(words_of(study.importance.target_name_)))
    question = f"How closely do the predictions follow {target}?"
    names = list(dict.fromkeys(table["run"]))
    if len(names) == 1:
        found = stretches(scored)
        chosen = spread(found)
        few = f" ({len(chosen)} of {len(found)} scored stretches)"
        return [("", rows) for rows in chosen], question + few * (len(chosen) < len(found))
    found = [name for name in names if scored[(table["run"] == name).to_numpy()].any()]
    chosen = spread(found)
    shown = [
        (
            drawable(shortened(str(name))),
            np.flatnonzero(scored & (table["run"] == name).to_numpy()),
        )
        for name in chosen
    ]
    return shown, question + f" ({len(chosen)} of {len(names)} runs)" * (len(chosen) < len(names))


def _draw_panel(study, rows, kind, ax, limits):
    """Draw the rows of one panel."""
    best = study.search.best_window_length_
    lengths = [length for length in study.shown_lengths if length != best] + [best]
    if kind == "residuals":
        lengths = [best]
    time, label = _time_of(study, rows)
    PredictionDisplay(
        rows["measured"].to_numpy(),
        {_name_of(study, length): rows[f"predicted_{length}"].to_numpy() for length in lengths},
        time=time,
        time_label=label,
        parts=rows["part"].to_numpy(),
        target_name=target_of(study),
        band=rows[[f"repeats_low_{best}", f"repeats_high_{best}"]].to_numpy().T,
    ).plot(kind=kind, ax=ax, limits=limits)
    if study.law is not None and kind == "time":
        ax.plot(time, rows["predicted_law"], ":", color=shade(ax, 0.3), label=LAW)
    ax.get_legend().remove()


def _name_of(study, length):
    """Return a window length as the legend shows it."""
    label = length_label(study, length)
    return f"{label}, best" if length == study.search.best_window_length_ else label


def _time_of(study, rows):
    """Return the time of rows, or their numbers where the record has none, and the label."""
    if interval_of(study) is None:
        return rows.index.to_numpy(), "row"
    return time_axis(pd.Index(rows["time"]))


def _limits(study, rows):
    """Return limits that measured values set, and predictions of networks up to a reach."""
    predicted = [rows[f"predicted_{length}"] for length in study.shown_lengths]
    return limits_around(rows["measured"], np.concatenate(predicted), reach=0.25)


def _residual_limits(study, rows):
    """Return limits of the errors of the best window length, up to rare ones."""
    errors = (rows[f"predicted_{study.search.best_window_length_}"] - rows["measured"]).dropna()
    size = float(np.quantile(np.abs(errors), 0.99)) if len(errors) else 1.0
    return limits_around([-1.3 * size, 1.3 * size])
