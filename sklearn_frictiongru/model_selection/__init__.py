"""Splits, scores and searches that know of windows."""

from sklearn_frictiongru.model_selection._displays import PredictionDisplay, WindowLengthDisplay
from sklearn_frictiongru.model_selection._plot_splits import plot_splits, split_roles
from sklearn_frictiongru.model_selection._run_holdout import RunHoldout
from sklearn_frictiongru.model_selection._scoring import (
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection._search import WindowLengthSearchCV
from sklearn_frictiongru.model_selection._skill import skill_score
from sklearn_frictiongru.model_selection._splitters import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
)

__all__ = [
    "PredictionDisplay",
    "PurgedKFold",
    "PurgedLeaveRunsOut",
    "PurgedTimeSeriesSplit",
    "RunHoldout",
    "WindowLengthDisplay",
    "WindowLengthSearchCV",
    "out_of_fold_predictions",
    "plot_splits",
    "skill_score",
    "split_roles",
    "windowed_scorer",
]
