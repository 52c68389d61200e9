"""
What does the published protocol find where the truth is known?
===============================================================

A simulated experiment has the conditions of the published one: 0.004 m/s, normal stress in steps
between 0.3 and 5.8 MPa, one row per second, five inputs without any stress. The protocol runs on it
in short, and what it finds stands beside what was put in.
"""

import tempfile

import matplotlib.pyplot as plt

from sklearn_frictiongru.datasets import make_friction_experiment
from sklearn_frictiongru.inspection import GradientImportanceDisplay
from sklearn_frictiongru.model_selection import WindowLengthDisplay
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import run_study

# %%
# The published protocol compares windows of 50, 100, ... 500 rows with 20 trainings of 100 epochs
# each (``--preset paper``). This page takes three lengths, three trainings and a smaller network.

experiment = make_friction_experiment(random_state=0)
truth = {"causal_parents": experiment.causal_parents, "time_scales": experiment.time_scales}
with tempfile.TemporaryDirectory() as folder:
    study = run_study(
        experiment.data,
        experiment.target,
        condition=experiment.normal_stress,
        condition_name="normal stress [MPa]",
        condition_bins=[0, 2, 4, 6],
        truth=truth,
        window_lengths=[5, 20, 60],
        n_repeats=3,
        max_epochs=12,
        stride=5,
        regressor=GRUFrictionRegressor(hidden_size=16, n_gru_layers=1, lr=0.01),
        output=folder,
        n_jobs=1,
        verbose=0,
    )

# %%
# How long a history is needed:

WindowLengthDisplay.from_search(study.search)
plt.show()

# %%
# Which input matters, over the models at the best length; their skill stands in the title:

GradientImportanceDisplay.from_importance(study.importance)
plt.show()

# %%
# And what is true of this record. That the models follow an input does not make it a cause.

print("\n".join(study.beside_truth))
