"""The figures of a study."""

from sklearn_frictiongru.study._figures._files import fonts_for, save_figure
from sklearn_frictiongru.study._figures._importance import (
    draw_importance,
    draw_importance_along_time,
    draw_importance_by_condition,
    draw_importance_by_lag,
)
from sklearn_frictiongru.study._figures._lengths import draw_references, draw_window_lengths
from sklearn_frictiongru.study._figures._predictions import (
    draw_predictions,
    draw_predictions_along_time,
)
from sklearn_frictiongru.study._figures._whole_record import draw_whole_record
from sklearn_frictiongru.study._verdict import WHOLE_RECORD

__all__ = ["figures_of", "fonts_for", "save_figure"]

OF_EVERY_STUDY = {
    "figure_1_window_length": draw_window_lengths,
    "figure_1b_reference_models": draw_references,
    "figure_2_predictions": draw_predictions,
    "figure_2b_predictions_along_time": draw_predictions_along_time,
    "figure_2c_whole_record": draw_whole_record,
    "figure_3_importance": draw_importance,
    "figure_4_importance_by_condition": draw_importance_by_condition,
    "figure_5_importance_along_time": draw_importance_along_time,
    "figure_6_importance_by_lag": draw_importance_by_lag,
}
COMPARE_INPUTS = {
    "figure_3_importance",
    "figure_4_importance_by_condition",
    "figure_5_importance_along_time",
}
"""Figures that say nothing of a single input, whose importance is 1 everywhere."""


def figures_of(study):
    """Return the functions that draw the figures of a study, by name."""
    left_out = COMPARE_INPUTS if len(study.importance.feature_names_) == 1 else set()
    if len(study.importance.importances_[0].lags) == 1:
        left_out = left_out | {"figure_6_importance_by_lag"}
    if WHOLE_RECORD not in study.skill_tests:
        left_out = left_out | {"figure_2c_whole_record"}
    if study.condition is None:
        left_out = left_out | {"figure_4_importance_by_condition"}
    return {name: draw for name, draw in OF_EVERY_STUDY.items() if name not in left_out}
