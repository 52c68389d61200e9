"""Records that studies of the tests are made of, and how they are run."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.neural_network import GRUFrictionRegressor

MEMORY = 6
LENGTHS = [2, 6, 12]
OPTIONS = {
    "window_lengths": LENGTHS,
    "n_repeats": 2,
    "max_epochs": 15,
    "stride": 1,
    "n_jobs": 1,
    "verbose": 0,
    "condition_name": "normal stress [MPa]",
    "rotations": False,
}
# Five models are the fewest that can agree on the order of two inputs.
ROTATED = {**OPTIONS, "rotations": None, "n_repeats": 5}


def small_regressor():
    return GRUFrictionRegressor(
        conv_channels=8, hidden_size=8, n_gru_layers=1, lr=0.01, batch_size=32
    )


def known_record(n_rows=900, seed=0):
    """Return a record whose target is the mean of the last rows of its first input."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        rng.normal(size=(n_rows, 2)),
        columns=["driver", "bystander"],
        index=pd.Index(np.arange(100.0, 100.0 + n_rows), name="time_s"),
    )
    filtered = np.convolve(X["driver"], np.ones(MEMORY) / MEMORY)[:n_rows]
    y = pd.Series(0.6 + 0.1 * filtered, index=X.index, name="friction")
    stress = pd.Series(np.where(np.arange(n_rows) // 150 % 2, 3.0, 1.0), index=X.index)
    return X, y, stress
