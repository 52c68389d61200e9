"""
Which input matters, and what does an input that does nothing get?
==================================================================

The target is a known filter of the last rows of four inputs; a fifth one has no part in it.
Gradients of trained models rank them. An input without effect still gets a share, so the
ranking is read against a floor.
"""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    compare_permutation,
    null_floor,
    sanity_check,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# The truth comes with the data.

X, y, truth = make_memory_regression(2000, 5, memory=8, noise=0.05, random_state=0)
truth.importances.round(3)

# %%
# Three trainings from different seeds, and three more with surrogates of the inputs.

gru = GRUFrictionRegressor(
    hidden_size=16, n_gru_layers=1, max_epochs=20, lr=0.015, lr_schedule="cosine"
)
model = Pipeline([("window", SlidingWindowTransformer(16)), ("gru", gru)])
models = [clone(model).set_params(gru__random_state=seed).fit(X, y) for seed in (0, 1, 2)]
floor = null_floor(model, X, y, n_repeats=3, random_state=0)
importance = GradientImportance(random_state=0).fit(models, X, y, null_floor=floor)
display = GradientImportanceDisplay.from_importance(importance)

# %%
# Relative importance is the published measure; net importance, in which gradients that change
# sign cancel, comes closer to the truth here.

importance.summary()[["relative", "net", "floor", "net_floor", "above_floor"]].round(3)

# %%
# Do the models agree? Each cell has the rank by relative and by net importance.

display = GradientImportanceDisplay.from_importance(importance, kind="ranks")

# %%
# The gradients also tell at which lag an input acts: here over the last 8 rows.

display = GradientImportanceDisplay.from_importance(importance, kind="lags")

# %%
# May it be trusted? The importance changes where the weights are drawn anew and where the
# targets are shuffled, and permutation ranks the inputs alike.

checked = sanity_check(models[0], X, y, n_repeats=1, random_state=0)
compared = compare_permutation(models, X, y, n_repeats=2, random_state=0)
print(
    f"distance without the weights {checked.weights:.2f}, without the labels {checked.labels:.2f}"
)
print(f"Spearman correlation with permutation: {compared.spearman_of_means:.2f}")
