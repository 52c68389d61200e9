"""Predictions of the whole record by networks that have not seen the rows they predict."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.study._errors import errors_by_block, runs_with_the_largest_errors
from sklearn_frictiongru.study._figures._labels import error_label, target_of, time_of, words
from sklearn_frictiongru.study._limits import whole_record_limits
from sklearn_frictiongru.study._numbers import percent
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.panels import panels, share_legend
from sklearn_frictiongru.utils.plotting import draw_condition, shown_name
from sklearn_frictiongru.utils.style import shade

PREDICTED = "predicted, rows not seen in training"
"""What the legend calls predictions of the rotations."""


def draw_whole_record(study):
    """Draw condition, measured and predicted values and errors along the whole record."""
    table, errors = study.predictions, errors_by_block(study)
    runs = runs_with_the_largest_errors(study)
    n_runs = table["run"].nunique()
    above = 0 if study.condition is None else 1
    figure, axes, below = panels(2 + above, len(runs), 125 + 25 * above, [*[2] * above, 4, 3])
    limits, few = whole_record_limits(study), errors[errors["few_rows"]]
    shaded = f"{percent(few['share_of_squared_error'].sum())} of the squared error"
    time, label = time_of(study, table)
    for run, column in zip(runs, axes.T, strict=True):
        rows = np.flatnonzero(table["run"] == run)
        if above:
            draw_condition(column[0], study.condition, time, [rows])
        for ax, kind in zip(column[above:], limits, strict=True):
            PredictionDisplay(
                table["measured"].iloc[rows].to_numpy(),
                {PREDICTED: table["predicted_rotated"].iloc[rows].to_numpy()},
                time=time[rows],
                time_label=label,
                target_name=target_of(study),
            ).plot(kind=kind, ax=ax, limits=limits[kind])
            ax.get_legend().remove()
        for ax in column:
            ax.set(xlabel="", ylabel="", title="")
            ax.xaxis.set_major_locator(MaxNLocator(6 // len(runs) + 2))
            for _, block in few[few["run"] == run].iterrows():
                ends = time[block["first_row"]], time[block["last_row"]]
                ax.axvspan(*ends, color=shade(ax, 0.87), zorder=0, label=shaded)
        if n_runs > 1:
            column[0].set_title(drawable(shortened(str(run))))
    if above:
        unit = study.units.get(str(study.condition.name), "")
        axes[0, 0].set_ylabel(shown_name(study.condition.name, unit).replace(" [", "\n["))
    axes[above, 0].set_ylabel(target_of(study))
    axes[-1, 0].set_ylabel(error_label(study))
    some = f" ({len(runs)} of {n_runs} runs)" * (len(runs) < n_runs)
    figure.suptitle(f"{_finding(study, few, errors)}{some}", wrap=True)
    share_legend(below, axes.ravel(), label)
    return figure


def _finding(study, few, errors):
    """State whether most of the error lies in few rows, or ask for it."""
    if few.empty:
        return f"How closely do predictions of rows not seen in training follow {words(study)}?"
    rows = few["n_rows"].sum() / errors["n_rows"].sum()
    return (
        f"{percent(few['share_of_squared_error'].sum())} of the squared error over the whole "
        f"record lies in {percent(rows)} of its rows"
    )
