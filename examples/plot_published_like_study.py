"""
What does the published protocol find where the truth is known?
===============================================================

A simulated experiment has the conditions of the published one: 0.004 m/s, normal stress in steps
between 0.3 and 5.8 MPa, one row per second, five inputs without any stress. A short version of the
protocol runs on it, and its findings are compared with the known truth.
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
# each (``--preset paper``). This page uses four lengths, one of them without history, three
# trainings and a smaller network.

experiment = make_friction_experiment(random_state=0)
truth = {
    "causal_parents": experiment.causal_parents,
    "time_scales": experiment.time_scales,
}
with tempfile.TemporaryDirectory() as folder:
    study = run_study(
        experiment.data,
        experiment.target,
        condition=experiment.normal_stress,
        condition_name="normal stress [MPa]",
        condition_bins=[0, 2, 4, 6],
        truth=truth,
        window_lengths=[1, 5, 20, 60],
        n_repeats=3,
        max_epochs=12,
        stride=5,
        regressor=GRUFrictionRegressor(hidden_size=16, n_gru_layers=1, lr=0.01),
        output=folder,
        n_jobs=1,
        verbose=0,
    )

# %%
# How long a history is needed? At 0.004 m/s the state settles within milliseconds, so even one row
# predicts friction well. The losses of the lengths differ little, and the length with the
# lowest one depends on the seeds and on the size of the study: it is not a property of the rock.
# The study therefore tests whether history matters, and recommends the shortest length that is not
# distinguishable from the best. For a record in which history matters, see
# :ref:`sphx_glr_auto_examples_plot_velocity_steps.py`.

WindowLengthDisplay.from_search(study.search)
plt.show()
print(study.history.test)
print("recommended window length:", study.lengths.recommended_window_length)

# %%
# Which input matters? The importances are means over the models at the best length, whose skill is
# in the title.

GradientImportanceDisplay.from_importance(study.importance)
plt.show()

# %%
# The truth of this record. An input that the models use is not necessarily a cause of friction.

print("\n".join(study.beside_truth))
