"""
Which sensors of a furnace matter, and how long is its memory?
==============================================================

The methods are not limited to rock: they apply to any sensor reading that depends on the recent
history of others. The record below is simulated, so the truth is known. Its target, a wall
temperature, is a filter over the last 10 s of three of its four inputs.
"""

import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    null_floor,
)
from sklearn_frictiongru.model_selection import (
    WindowLengthDisplay,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# One row per second. Column names end in their unit, which the pictures then show. The scales of
# the inputs differ by a factor of a thousand, which does not matter: the regressor standardises
# them.

X, y, truth = make_memory_regression(
    2000, 4, memory=10, importances=[0.2, 0.5, 0.3, 0], noise=0.1, random_state=0
)
X = X.set_axis(
    [
        "gas_pressure_mpa",
        "damper_position_mm",
        "belt_speed_mm_s",
        "hall_temperature_degc",
    ],
    axis="columns",
)
X = X * [0.01, 5, 0.8, 2] + [0.3, 120, 6, 24]
y = (850 + 12 * y).rename("wall_temperature_degc")

# %%
# How long a history is needed? Each window length is trained with three seeds.

gru = GRUFrictionRegressor(
    conv_channels=16,
    hidden_size=12,
    n_gru_layers=1,
    max_epochs=15,
    lr=0.01,
    lr_schedule="cosine",
)
model = make_pipeline(SlidingWindowTransformer(), gru)
lengths = [3, 6, 10, 20, 40]
search = WindowLengthSearchCV(model, lengths, n_repeats=3, random_state=0).fit(X, y)
display = WindowLengthDisplay.from_search(
    search, score_name="lowest validation loss [degC²]"
)
display.ax_.axvline(
    lengths.index(truth.memory),
    color="black",
    linestyle=":",
    label=f"truth: {truth.memory} rows",
)
display.ax_.set_yscale("log")
display.ax_.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
print(
    f"found {search.best_window_length_} rows ({search.verdict_}), "
    f"the truth is {truth.memory}; "
    f"typical error {np.sqrt(-search.best_score_):.1f} degC of {y.std():.1f} degC"
)

# %%
# Which sensor matters? The importance in the three networks of the best length, compared with the
# truth. The hall temperature has no effect and should not exceed the floor.

floor = null_floor(search.best_estimator_, X, y, n_repeats=3, random_state=0)
importance = GradientImportance(random_state=0).fit(search, X, y, null_floor=floor)
display = GradientImportanceDisplay.from_importance(importance)
places = np.arange(len(truth.importances))
display.ax_.vlines(
    truth.importances,
    places - 0.3,
    places + 0.3,
    color="black",
    linewidth=3,
    label="truth",
)
legend = display.ax_.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)

# %%
# In numbers:

found = importance.summary()[["relative", "net", "above_floor", "net_above_floor"]]
found.assign(truth=truth.importances.set_axis(X.columns)).round(3)

# sphinx_gallery_thumbnail_number = 2
