"""The importance of the inputs."""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_frictiongru.inspection import GradientImportanceDisplay
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.panels import panels, share_legend, spread
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, MM

OF_AN_INPUT = 18
"""Height of the name of an input and its note on an axis [mm]."""


def draw_importance(study):
    """Draw the importance of the inputs over all models, in each, and their ranks."""
    n_features = len(study.importance.feature_names_)
    heights = [20 + OF_AN_INPUT * n_features, 55, 8 + OF_AN_INPUT * n_features]
    figure, axes = plt.subplots(
        3,
        1,
        figsize=(DOUBLE_COLUMN, (sum(heights) + 55) * MM),
        layout="constrained",
        height_ratios=heights,
    )
    for letter, ax, kind in zip("abc", axes, ("models", "per_model", "ranks"), strict=True):
        display(study, kind, ax=ax)
        # The skill is said once.
        title = ax.get_title() if kind == "models" else ax.get_title().splitlines()[0]
        ax.set_title(f"({letter}) {title}", wrap=True)
    return figure


def draw_importance_by_condition(study):
    """Draw the importance of the inputs in each range of the condition."""
    return display(study, "conditions").figure_


def draw_importance_along_time(study):
    """Draw the importance of the inputs along time, below target and condition."""
    importance = study.importance
    runs = np.unique(importance.runs_[importance.importances_[0].rows])
    shown = spread(list(runs))
    above = [1] * ((study.condition is not None) + 1)
    figure, axes, below = panels(len(above) + 1, len(shown), 150, [*above, 2])
    for column, run in zip(axes.T, shown, strict=True):
        drawn = display(study, "time", ax=column, run=run)
        title, label = column[0].get_title(), drawn.ax_.get_xlabel()
        colour = column[0].title.get_color()
        name = str(importance.run_labels_[run]) if len(runs) > 1 else ""
        column[0].set_title(drawable(shortened(name)))
        for ax in column:
            ax.set_xlabel("")
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
    few = f"\n{len(shown)} of {len(runs)} runs" if len(shown) < len(runs) else ""
    figure.suptitle(title + few, color=colour, wrap=True)
    share_legend(below, axes[-1], label)
    return figure


def draw_importance_by_lag(study):
    """Draw the importance of the inputs at each lag."""
    return display(study, "lags").figure_


def display(study, kind, **options):
    """Draw importances, greyed where the ranking is no finding."""
    return GradientImportanceDisplay.from_importance(
        study.importance,
        kind=kind,
        not_interpretable=study.why_no_finding,
        units=study.units,
        condition=study.condition,
        **options,
    )
