"""
Which input matters, and which importance does an irrelevant input receive?
===========================================================================

The target is a known filter of the last rows of four inputs; a fifth input has no effect on it.
Gradients of trained models rank the inputs. Even an irrelevant input has an importance above zero,
so each importance is compared with a floor.
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
# Three trainings from different seeds, and three more with surrogates of the inputs, which give the
# floor:

gru = GRUFrictionRegressor(
    hidden_size=16, n_gru_layers=1, max_epochs=20, lr=0.015, lr_schedule="cosine"
)
model = Pipeline([("window", SlidingWindowTransformer(16)), ("gru", gru)])
models = [
    clone(model).set_params(gru__random_state=seed).fit(X, y) for seed in (0, 1, 2)
]
floor = null_floor(model, X, y, n_repeats=3, random_state=0)
importance = GradientImportance(random_state=0).fit(models, X, y, null_floor=floor)
display = GradientImportanceDisplay.from_importance(importance)

# %%
# Relative importance is the published measure. In net importance, gradients of opposite sign
# cancel; here it is closer to the truth.

importance.summary()[["relative", "net", "floor", "net_floor", "above_floor"]].round(3)

# %%
# Do the models agree? Each cell shows the rank by relative and by net importance.

display = GradientImportanceDisplay.from_importance(importance, kind="ranks")

# %%
# The gradients also show at which lags an input acts: here over the last 8 rows.

display = GradientImportanceDisplay.from_importance(importance, kind="lags")

# %%
# Can the ranking be trusted? The importance changes if the weights are randomized or the targets
# are shuffled, as it should, and permutation importance gives a similar ranking.

checked = sanity_check(models[0], X, y, n_repeats=1, random_state=0)
compared = compare_permutation(models, X, y, n_repeats=2, random_state=0)
print(
    f"distance, random weights: {checked.weights:.2f}, "
    f"shuffled targets: {checked.labels:.2f}"
)
print(f"Spearman correlation with permutation: {compared.spearman_of_means:.2f}")
