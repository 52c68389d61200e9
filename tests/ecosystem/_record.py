"""The record and the network of the programs in the table."""

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs


def record(n_rows=300):
    """Return a table with time in its index and a target that remembers three rows."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(n_rows, 2))
    columns = ["slip_velocity_m_s", "temperature_degc"]
    X = with_runs(pd.DataFrame(values, columns=columns), time=np.arange(n_rows, dtype=float))
    memory = X["slip_velocity_m_s"].rolling(3, min_periods=1).mean()
    return X, 0.6 + 0.05 * memory + 0.02 * X["temperature_degc"]


def network(**parameters):
    """Return a small network that trains in a second."""
    small = {"conv_channels": 8, "hidden_size": 8, "n_gru_layers": 1, "max_epochs": 10, "lr": 0.01}
    return GRUFrictionRegressor(**{**small, "random_state": 0, **parameters})


def pipeline(**parameters):
    """Return windows of three rows and a small network."""
    return make_pipeline(SlidingWindowTransformer(3), network(**parameters))
