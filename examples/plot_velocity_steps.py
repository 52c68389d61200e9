"""
Does history matter, and can a network use it?
==============================================

When slip velocity steps up, friction jumps and then falls to a new steady value while the surface
slips over the critical distance D_c. At slow slip this takes minutes: friction depends mainly on
the velocity of the last minutes, not on the present velocity. A short version of the study runs on
such a record.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np

from sklearn_frictiongru.datasets import make_velocity_steps
from sklearn_frictiongru.model_selection import PredictionDisplay
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import run_study

# %%
# Five velocities are held in random order. After each step, friction takes a time of about D_c / V
# to become steady again.

record = make_velocity_steps(6000, random_state=0)
X, y = record.data, record.target
figure, axes = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
axes[0].semilogy(X.index, X["slip_velocity_m_s"], color="black")
axes[0].set_ylabel("slip velocity [m/s]")
axes[1].plot(X.index, y, color="black", linewidth=0.8)
axes[1].set_ylabel("friction [-]")
axes[1].set_xlabel("time [s]")
axes[1].set_xlim(0, 2000)
plt.show()

# %%
# Velocity spans more than one power of ten, so the models get its logarithm. The rate-and-state
# law, which knows the physics, is fitted to the same training rows. The numbers differ from those
# in the first figure of the start page for two reasons. This record has a row every second and a
# longer memory than the record of ``python -m sklearn_frictiongru study velocity_steps``. And to
# build this page in less than a minute, the network is smaller, the trainings are fewer and
# shorter, and the split is not rotated.

with tempfile.TemporaryDirectory() as folder:
    study = run_study(
        X,
        y,
        velocity="slip_velocity_m_s",
        log=["slip_velocity_m_s"],
        truth={"time_scales": record.time_scales, "rate_state": record.rate_state},
        window_lengths=[10, 50, 100],
        n_repeats=3,
        max_epochs=12,
        stride=5,
        rotations=False,
        regressor=GRUFrictionRegressor(hidden_size=16, n_gru_layers=1, lr=0.01),
        output=folder,
        n_jobs=1,
        verbose=0,
    )

# %%
# Skill of the network and of simpler models on validation and test rows, with the same windows. The
# study adds a window of one row, which has no history.

table = study.references.table[["validation", "test"]].round(2)
table

# %%
# Skill on test rows against the window length:

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
looks = {
    "network": ("D-", "#AA3377"),
    "ridge": ("o--", "black"),
    "boosting": ("s-.", "0.45"),
}
for model, (line, colour) in looks.items():
    skill = study.references.table["test"][model]
    ax.plot(skill.index, skill, line, color=colour, label=model)
law = study.law.skill.loc["test", "skill"]
ax.axhline(law, color="black", linestyle=":", label="rate-and-state law")
ax.set_xlabel("window length [rows of 1 s]")
ax.set_ylabel("skill on test rows")
ax.legend(frameon=False)
plt.show()

# %%
# Can friction be predicted, and does history matter? Tests over blocks of rows answer both
# questions.

print(study.skill_tests["test"])
print(study.history.test)
print("recommended window length:", study.lengths.recommended_window_length)

# %%
# The constants found by the fitted law, and the true ones of this record:

print("\n".join(study.beside_truth))

# %%
# Measured and predicted friction in a stretch that no model was trained on.

display = PredictionDisplay.from_estimator(
    study.search.best_estimator_, X, y, kind="time", parts=study.parts
)
first = int(np.flatnonzero(study.parts == "test")[0])
display.ax_.set_xlim(X.index[first], X.index[first] + 600)
plt.show()
