"""From a record to windows: stresses, even time steps, rates, runs and windows."""

from sklearn_frictiongru.preprocessing._rate_of_change import RateOfChange
from sklearn_frictiongru.preprocessing._resample import resample_runs
from sklearn_frictiongru.preprocessing._runs import Runs
from sklearn_frictiongru.preprocessing._sliding_window import SlidingWindowTransformer
from sklearn_frictiongru.preprocessing._stress import (
    equivalent_slip_velocity,
    friction_from_stress,
    shear_stress_from_torque,
)
from sklearn_frictiongru.preprocessing._window_array import WindowArray
from sklearn_frictiongru.preprocessing._window_steps import find_window_steps, fitted_window_steps
from sklearn_frictiongru.preprocessing._with_runs import with_runs

__all__ = [
    "RateOfChange",
    "Runs",
    "SlidingWindowTransformer",
    "WindowArray",
    "equivalent_slip_velocity",
    "find_window_steps",
    "fitted_window_steps",
    "friction_from_stress",
    "resample_runs",
    "shear_stress_from_torque",
    "with_runs",
]
