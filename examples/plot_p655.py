"""
Can friction be predicted on a real record?
===========================================

The shipped record p655 is a double-direct shear experiment on intact rock. The whole study runs on
it in short: windows of several lengths, several trainings each, and a test on rows that nothing
was chosen by.
"""

import tempfile

import matplotlib.pyplot as plt

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import run_study

# %%
# Blocks of time are dealt to training, validation and test; no training window shares a row with a
# window of the other two. Fewer and shorter trainings than those of ``python -m
# sklearn_frictiongru study p655``, of a smaller network, so that this page is built in seconds.

p655 = load_p655()
with tempfile.TemporaryDirectory() as folder:
    study = run_study(
        p655.data,
        p655.target,
        condition=p655.normal_stress,
        condition_name="normal stress [MPa]",
        condition_bins=[70, 80, 95, 105],
        window_lengths=[10, 50],
        n_repeats=3,
        max_epochs=15,
        regressor=GRUFrictionRegressor(hidden_size=16, n_gru_layers=2, lr=0.005),
        output=folder,
        n_jobs=1,
        verbose=0,
    )

# %%
# A skill of 0 or less means: no better than the better of two guesses, the training mean and the
# last friction that was trained on. One training can be lucky, so that the median over the repeats
# at the best window length decides.

skill = study.repeat_skill["skill"].unstack("part")[["validation", "test"]]
skill.round(2)

# %%
# Fitting the whole record well, the training rows included, is not skill.

median = skill.median()
display = PredictionDisplay.from_estimator(
    study.search.best_estimator_, p655.data, p655.target, kind="time", parts=study.parts
)
display.ax_.set_title(
    f"{'Skill' if study.has_skill else 'No skill'} (median of {len(skill)} models: "
    f"{median['validation']:.2f} on validation rows, {median['test']:.2f} on test rows)\n"
    f"though {display.ax_.get_title()} over all rows"
)
plt.show()
