"""
Can friction be predicted on a real record?
===========================================

The shipped record p655 is a double-direct shear experiment on intact rock. A short version of the
study runs on it: two window lengths, several trainings each, and tests over blocks of rows.
"""

import tempfile

import matplotlib.pyplot as plt

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import run_study

# %%
# The study starts at 1,750 s, when friction has built up. Blocks of time are assigned to training,
# validation and test; no training window shares a row with a window of the other two parts. The
# trainings are fewer and shorter than those of ``python -m sklearn_frictiongru study p655``, and
# the network is smaller.

p655 = load_p655()
X, y = p655.data.loc[1750:], p655.target.loc[1750:]
with tempfile.TemporaryDirectory() as folder:
    study = run_study(
        X,
        y,
        condition=p655.normal_stress.loc[1750:],
        condition_name="normal stress [MPa]",
        window_lengths=[10, 50],
        n_repeats=3,
        max_epochs=15,
        regressor=GRUFrictionRegressor(hidden_size=16, n_gru_layers=2, lr=0.005),
        output=folder,
        n_jobs=1,
        verbose=0,
    )

# %%
# A skill of 0 or less means: not better than the better of two baselines, the training mean and the
# last training value of friction. Neighbouring rows are not independent, so the skill is tested
# over blocks of rows. The last test decides the verdict of the study: it uses the whole record, and
# each block is predicted by a model that was not trained on it.

for rows, test in study.skill_tests.items():
    print(f"{rows}: {test}")
print(f"verdict: {study.verdict}")

# %%
# A single training can be good by chance. The skill of each repeat at the best window length:

study.repeat_skill["skill"].unstack("part")[["validation", "test"]].round(2)

# %%
# Does history matter? The best of the longer windows is compared with a window of one row.

print(study.history.test)

# %%
# Simpler models on the same windows and rows, at the window length chosen on validation rows. Of
# the network ``test`` is the median of the repeats, ``test_averaged`` the skill of the errors
# averaged over them:

study.references.best[["window_length", "validation", "test", "test_averaged"]].round(2)

# %%
# A good fit to the whole record, which includes the training rows, is not skill.

display = PredictionDisplay.from_estimator(
    study.search.best_estimator_, X, y, kind="time", parts=study.parts
)
display.ax_.set_title(
    f"Verdict on skill: {study.verdict}\nthough {display.ax_.get_title()} over all rows"
)
plt.show()
