"""
Does the ranking of the inputs depend on normal stress and on time?
===================================================================

A single ranking for a whole record can hide that different inputs matter at different times.
Gradients are kept per row and can be averaged by range of normal stress and along slip
time.
"""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.datasets import make_friction_experiment
from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    null_floor,
)
from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# A simulated experiment of 5,000 s, whose normal stress is stepped between 0.3 and 5.8 MPa. Normal
# stress is not one of the five inputs.

experiment = make_friction_experiment(random_state=0)
X, y, normal_stress = experiment.data, experiment.target, experiment.normal_stress

# %%
# Three trainings from different seeds, and three more for the floor, the importance that an
# irrelevant input receives.

gru = GRUFrictionRegressor(
    hidden_size=16,
    n_gru_layers=1,
    max_epochs=20,
    lr=0.005,
    lr_schedule="cosine",
    stride=4,
    validation=RunHoldout(window_length=25),
)
model = Pipeline([("window", SlidingWindowTransformer(25)), ("gru", gru)])
models = [
    clone(model).set_params(gru__random_state=seed).fit(X, y) for seed in (0, 1, 2)
]
floor = null_floor(model, X, y, n_repeats=3, random_state=0)

# %%
# ``by`` is read at the target row. In each range the importances of one model sum to 1.

importance = GradientImportance(bins=[0.2, 2, 4, 6], random_state=0)
importance.fit(models, X, y, by=normal_stress, null_floor=floor)
display = GradientImportanceDisplay.from_importance(importance, kind="conditions")

# %%
# The same as a table, averaged over the models. The most important input in each range:

table = importance.frame().query("measure == 'relative' and lag.isna()")
table = table.pivot_table(index="condition", columns="input", values="value")
for condition, first in table.drop("all").idxmax(axis=1).items():
    print(f"normal stress {condition} MPa: {first}, {table.loc[condition, first]:.2f}")

# %%
# Importance along slip time, with normal stress and measured friction above. Dashed lines mark
# changes to another range of normal stress. The net importance is a mean over blocks of rows, so
# its lines have steps.

display = GradientImportanceDisplay.from_importance(importance, kind="time")

# %%
# A change of importance along the record is a property of the network. Attribute it to the rock
# only if other records and other seeds show it as well. Here the causes of friction are known:

experiment.causal_parents

# sphinx_gallery_thumbnail_number = 2
