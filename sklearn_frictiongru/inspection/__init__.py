"""Which input matters: importances from the gradients of trained models."""

from sklearn_frictiongru.inspection._compare_permutation import compare_permutation
from sklearn_frictiongru.inspection._displays import GradientImportanceDisplay
from sklearn_frictiongru.inspection._gradient_importance import gradient_importance
from sklearn_frictiongru.inspection._inspector import GradientImportance
from sklearn_frictiongru.inspection._null_floor import null_floor
from sklearn_frictiongru.inspection._sanity_check import sanity_check

__all__ = [
    "GradientImportance",
    "GradientImportanceDisplay",
    "compare_permutation",
    "gradient_importance",
    "null_floor",
    "sanity_check",
]
