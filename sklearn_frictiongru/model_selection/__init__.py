"""Splits, scores and searches that know of windows."""

from sklearn_frictiongru.model_selection._displays import PredictionDisplay, WindowLengthDisplay
from sklearn_frictiongru.model_selection._scoring import (
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection._search import WindowLengthSearchCV
from sklearn_frictiongru.model_selection._skill import skill_score
from sklearn_frictiongru.model_selection._splitters import PurgedKFold, RunHoldout

__all__ = [
    "PredictionDisplay",
    "PurgedKFold",
    "RunHoldout",
    "WindowLengthDisplay",
    "WindowLengthSearchCV",
    "out_of_fold_predictions",
    "skill_score",
    "windowed_scorer",
]
