"""
Which input matters, and what does an input that does nothing get?
==================================================================

The target follows the last rows of two inputs, twice as strongly for the first; a third
input has no part in it. Gradients of trained models rank them. An input without effect still
gets a share, so the ranking is read against a floor.
"""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    null_floor,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# The true shares are 2/3, 1/3 and 0.

X = pd.DataFrame(
    np.random.default_rng(0).normal(size=(2000, 3)),
    columns=["slip_velocity", "axial_displacement", "temperature"],
    index=pd.Index(np.arange(2000.0), name="time_s"),
)
recent = X.rolling(8, min_periods=1).mean()
y = 0.6 + 0.10 * recent["slip_velocity"] + 0.05 * recent["axial_displacement"]

# %%
# Three trainings from different seeds, and three more with a shifted copy of an input.

model = Pipeline(
    [
        ("window", SlidingWindowTransformer(12)),
        ("gru", GRUFrictionRegressor(hidden_size=12, n_gru_layers=1, max_epochs=20, lr=0.01)),
    ]
)
models = [clone(model).set_params(gru__random_state=seed).fit(X, y) for seed in (0, 1, 2)]
floor = null_floor(model, X, y, random_state=0)
importance = GradientImportance(null_floor=floor).fit(models, X)
GradientImportanceDisplay.from_importance(importance)

# %%
# Relative importance is the published measure; net importance, in which gradients that change
# sign cancel, comes closer to the truth here.

importance.summary().round(3)

# %%
# The gradients also tell at which lag an input acts: here over the last 8 rows.

GradientImportanceDisplay.from_importance(importance, kind="lags")
