"""
How long a history does the target need?
========================================

The target of this record is the mean of the last 12 rows of one input. A sweep of the window
length, with three trainings from different seeds at each length, should find that windows shorter
than 12 rows are worse, and that longer ones are not better.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import (
    LearningCurvesDisplay,
    PredictionDisplay,
    WindowLengthDisplay,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# One row per second, with the time in the index.

memory = 12
X = pd.DataFrame(
    np.random.default_rng(0).normal(size=(1500, 2)),
    columns=["slip_velocity", "temperature"],
    index=pd.Index(np.arange(1500.0), name="time_s"),
)
y = 0.6 + 0.1 * X["slip_velocity"].rolling(memory, min_periods=1).mean()

# %%
# Every window length is trained with the same three seeds, and all lengths are compared on
# the same target rows.

model = Pipeline(
    [
        ("window", SlidingWindowTransformer()),
        (
            "gru",
            GRUFrictionRegressor(
                hidden_size=12, n_gru_layers=1, max_epochs=20, lr=0.01
            ),
        ),
    ]
)
search = WindowLengthSearchCV(model, [3, 6, 12, 24], n_repeats=3, random_state=0).fit(
    X, y
)
display = WindowLengthDisplay.from_search(search)

# %%
# ``p_value`` belongs to a paired test over the common seeds. A small value means that the length is
# worse than the best one.

search.summary().round(5)

# %%
# Were the trainings long enough? If the lowest validation loss is that of the last epoch, more
# epochs might lower it further.

display = LearningCurvesDisplay.from_search(search)

# %%
# The predictions of the best model along time. The last rows are the validation rows.

regressor = search.best_estimator_["gru"]
parts = np.where(
    np.arange(len(y)) >= regressor.validation_indices_[0], "validation", "training"
)
shown = np.arange(1000, 1500)
display = PredictionDisplay.from_estimator(
    search.best_estimator_,
    X,
    y,
    rows=shown,
    kind="time",
    parts=parts,
    label="last 500 rows",
)
