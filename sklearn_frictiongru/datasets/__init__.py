"""Example records: simulated ones with a known truth, and laboratory records."""

from sklearn_frictiongru.datasets._constants import ExperimentConstants
from sklearn_frictiongru.datasets._friction_damper import fetch_friction_damper
from sklearn_frictiongru.datasets._friction_experiment import make_friction_experiment
from sklearn_frictiongru.datasets._memory_regression import make_memory_regression
from sklearn_frictiongru.datasets._p655 import load_p655
from sklearn_frictiongru.datasets._programs import Ramps, Steps
from sklearn_frictiongru.datasets._velocity_steps import make_velocity_steps

__all__ = [
    "ExperimentConstants",
    "Ramps",
    "Steps",
    "fetch_friction_damper",
    "load_p655",
    "make_friction_experiment",
    "make_memory_regression",
    "make_velocity_steps",
]
