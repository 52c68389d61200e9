"""Friction from the recent history of a record, with scikit-learn and GRU networks."""

__version__ = "0.3.0.dev0"
