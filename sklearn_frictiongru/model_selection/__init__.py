"""Splits, scores and searches for windows."""

from sklearn_frictiongru.model_selection._learning_curves_display import LearningCurvesDisplay
from sklearn_frictiongru.model_selection._length_comparison import (
    LengthComparison,
    compare_window_lengths,
)
from sklearn_frictiongru.model_selection._plot_splits import plot_splits, split_roles
from sklearn_frictiongru.model_selection._prediction_display import PredictionDisplay
from sklearn_frictiongru.model_selection._repeated_search import RepeatedSeedSearchCV
from sklearn_frictiongru.model_selection._residuals_display import ResidualsDisplay
from sklearn_frictiongru.model_selection._rotated_predictions import rotated_predictions
from sklearn_frictiongru.model_selection._run_holdout import RunHoldout
from sklearn_frictiongru.model_selection._scoring import (
    out_of_fold_predictions,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection._search import WindowLengthSearchCV
from sklearn_frictiongru.model_selection._skill_test import SkillTest, skill_test
from sklearn_frictiongru.model_selection._splitters import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
)
from sklearn_frictiongru.model_selection._task import Task, TrainingResult
from sklearn_frictiongru.model_selection._training_folder import TrainingFolder
from sklearn_frictiongru.model_selection._trainings import WorkerKilledError, run_trainings
from sklearn_frictiongru.model_selection._window_length_display import WindowLengthDisplay
from sklearn_frictiongru.utils.skill import skill_score

__all__ = [
    "LearningCurvesDisplay",
    "LengthComparison",
    "PredictionDisplay",
    "PurgedKFold",
    "PurgedLeaveRunsOut",
    "PurgedTimeSeriesSplit",
    "RepeatedSeedSearchCV",
    "ResidualsDisplay",
    "RunHoldout",
    "SkillTest",
    "Task",
    "TrainingFolder",
    "TrainingResult",
    "WindowLengthDisplay",
    "WindowLengthSearchCV",
    "WorkerKilledError",
    "compare_window_lengths",
    "out_of_fold_predictions",
    "plot_splits",
    "rotated_predictions",
    "run_trainings",
    "skill_score",
    "skill_test",
    "split_roles",
    "windowed_scorer",
]
