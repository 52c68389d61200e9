"""The whole protocol in one call: sweep, test, importance, report."""

from sklearn_frictiongru.study._protocol import PRESETS, run_study

__all__ = ["PRESETS", "run_study"]
