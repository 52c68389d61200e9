"""The whole protocol in one call: sweep, test, importance, report."""

from sklearn_frictiongru.study._protocol import run_study
from sklearn_frictiongru.study._study import Study

__all__ = ["Study", "run_study"]
