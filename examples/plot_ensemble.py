"""
How certain is a prediction, and when does its interval fail?
=============================================================

An ensemble of networks predicts friction with intervals that should contain 90 % of the measured
values. They do so for runs like the calibration runs. Then normal stress rises to a level that no
other run has.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import PredefinedSplit

from sklearn_frictiongru.datasets import Steps, make_friction_experiment
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Thirteen runs of 400 s. Normal stress is drawn between 1 and 3 MPa every 50 s; in the last four
# runs it is 5.5 MPa from 300 s. Normal stress is not an input.

n_runs, n_test, change = 13, 4, 300
programs = []
for run, levels in enumerate(np.random.default_rng(0).uniform(1, 3, size=(n_runs, 8))):
    steps = [(50 * i, level) for i, level in enumerate(levels)]
    if run >= n_runs - n_test:
        steps = [*steps[:6], (change, 5.5)]
    programs.append(Steps(steps))
experiment = make_friction_experiment(
    n_runs, duration=400, normal_stress=programs, random_state=0
)
X, y = experiment.data, experiment.target
run = X.index.get_level_values("run")

# %%
# Five runs are used for training. Four more are calibration runs: no member is trained on them, and
# the errors in them determine the width of the intervals.

seen = run < n_runs - n_test
windows = SlidingWindowTransformer(20)
member = GRUFrictionRegressor(
    hidden_size=16,
    n_gru_layers=1,
    max_epochs=20,
    lr=0.005,
    lr_schedule="cosine",
    stride=2,
)
ensemble = GRUFrictionEnsemble(
    member,
    n_estimators=5,
    calibration=PredefinedSplit(np.where(run[seen] >= 5, 0, -1)),
    random_state=0,
).fit(windows.fit_transform(X[seen]), y[seen])

# %%
# The remaining four runs, before and after the change:

unseen = windows.transform(X[~seen])
mean, spread = ensemble.predict(unseen, return_std=True)
lower, upper = ensemble.predict_interval(unseen, coverage=0.9)
measured, run = y[~seen].to_numpy(), run[~seen]
time = X[~seen].index.get_level_values("time_s").to_numpy()
inside = (lower <= measured) & (measured <= upper)
held = {}
for name, rows in {
    "before": unseen.complete & (time <= change),
    "after": time > change,
}.items():
    held[name] = 100 * inside[rows].mean()
    error, seeds = np.abs(mean - measured)[rows].mean(), spread[rows].mean()
    print(f"{name}: mean error {error:.4f}, mean spread of the members {seeds:.4f}")
print(f"half width of the intervals {upper[0] - mean[0]:.4f}")

figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
one = (run == run[-1]) & unseen.complete
ax.fill_between(
    time[one], lower[one], upper[one], color="#AA3377", alpha=0.25, label="90 %"
)
ax.plot(time[one], mean[one], color="#AA3377", label="mean of the members")
ax.plot(time[one], measured[one], color="black", linewidth=1, label="measured")
ax.axvline(change, color="0.4", linestyle="--", label="normal stress above all others")
ax.set(xlabel="time [s]", ylabel="friction [-]")
ax.set_title(
    f"Inside the 90 % interval: {held['before']:.0f} % before, "
    f"{held['after']:.0f} % after the change"
)
ax.legend(frameon=False)
plt.show()

# %%
# The width is the same everywhere, since it was determined on the calibration runs. The spread of
# the members shows how much a prediction depends on the seed; it is not an error bar either. Before
# you trust an interval, check that the conditions were among those of the calibration runs.
