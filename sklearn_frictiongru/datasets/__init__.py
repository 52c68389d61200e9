"""Records to try the package on."""

from sklearn_frictiongru.datasets._constants import ExperimentConstants
from sklearn_frictiongru.datasets._friction_experiment import make_friction_experiment
from sklearn_frictiongru.datasets._memory_regression import make_memory_regression
from sklearn_frictiongru.datasets._p655 import load_p655
from sklearn_frictiongru.datasets._programs import Ramps, Steps

__all__ = [
    "ExperimentConstants",
    "Ramps",
    "Steps",
    "load_p655",
    "make_friction_experiment",
    "make_memory_regression",
]
