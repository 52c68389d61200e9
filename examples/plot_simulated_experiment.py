"""
Is an important input a cause?
==============================

Two simulated experiments differ in one thing: in the second one friction does not depend on
temperature. Networks that predict both well give temperature a high importance in both.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import make_friction_experiment
from sklearn_frictiongru.inspection import GradientImportance, GradientImportanceDisplay
from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Frictional heat is shear stress times velocity, so temperature reflects past friction even if
# it does not affect friction. Normal stress is a cause of friction and not an input: the models
# infer it from the warming and shortening of the sample.

figure, axes = plt.subplots(1, 2, figsize=(13, 5.5), sharey=True, layout="constrained")
for ax, coupling in zip(axes, (0.001, 0.0), strict=True):
    experiment = make_friction_experiment(temperature_coupling=coupling, random_state=0)
    gru = GRUFrictionRegressor(
        n_gru_layers=1,
        max_epochs=25,
        lr=0.005,
        stride=3,
        validation=RunHoldout(window_length=25),
        random_state=0,
    )
    model = make_pipeline(SlidingWindowTransformer(25), gru)
    model.fit(experiment.data, experiment.target)
    importance = GradientImportance(random_state=0).fit(model, experiment.data)
    display = GradientImportanceDisplay.from_importance(importance, ax=ax)
    surface = "surface_temperature_degc" in experiment.causal_parents
    ax.set_title(
        f"temperature {'is' if surface else 'is NOT'} a cause of friction\n"
        f"{ax.get_title()}"
    )
    print(f"coupling {coupling}: causes {', '.join(experiment.causal_parents)}")
for ax in axes:
    ax.set_xlim(0, 0.6)

# %%
# A high importance says that the model uses the input, not that friction depends on it.

importance.group_summary().round(2)
