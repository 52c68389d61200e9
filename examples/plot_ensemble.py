"""
How sure is a prediction, and when does its interval no longer hold?
====================================================================

An ensemble of networks predicts friction with intervals that are to hold 90 % of the measured
values. They do so for runs like those that calibrated them. Then normal stress rises to a level
that no run had.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import PredefinedSplit

from sklearn_frictiongru.datasets import Steps, make_friction_experiment
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Thirteen runs of 400 s with levels of normal stress drawn between 1 and 3 MPa, a new one every
# 50 s. In the last four it is 5.5 MPa from 300 s on. Normal stress is no input.

n_runs, n_test, change = 13, 4, 300
programs = []
for run, levels in enumerate(np.random.default_rng(0).uniform(1, 3, size=(n_runs, 8))):
    steps = [(50 * i, level) for i, level in enumerate(levels)]
    if run >= n_runs - n_test:
        steps = [*steps[:6], (change, 5.5)]
    programs.append(Steps(steps))
experiment = make_friction_experiment(n_runs, duration=400, normal_stress=programs, random_state=0)
X, y = experiment.data, experiment.target
run = X.index.get_level_values("run")

# %%
# Five runs train. Four more calibrate as a whole: no member sees them, and the errors there give
# the width of the intervals. The members are few and small, for the sake of speed.

seen = run < n_runs - n_test
windows = SlidingWindowTransformer(20)
member = GRUFrictionRegressor(
    hidden_size=16, n_gru_layers=1, max_epochs=20, lr=0.005, lr_schedule="cosine", stride=2
)
ensemble = GRUFrictionEnsemble(
    member,
    n_estimators=5,
    calibration=PredefinedSplit(np.where(run[seen] >= 5, 0, -1)),
    random_state=0,
).fit(windows.fit_transform(X[seen]), y[seen])

# %%
# The four runs that are left, before and after the change.

unseen = windows.transform(X[~seen])
mean, spread = ensemble.predict(unseen, return_std=True)
lower, upper = ensemble.predict_interval(unseen, coverage=0.9)
measured, run = y[~seen].to_numpy(), run[~seen]
time = X[~seen].index.get_level_values("time_s").to_numpy()
inside = (lower <= measured) & (measured <= upper)
held = {}
for name, rows in {"before": unseen.complete & (time <= change), "after": time > change}.items():
    held[name] = 100 * inside[rows].mean()
    error, seeds = np.abs(mean - measured)[rows].mean(), spread[rows].mean()
    print(f"{name}: mean error {error:.4f}, mean spread of the members {seeds:.4f}")
print(f"half width of the intervals {upper[0] - mean[0]:.4f}")

figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
one = (run == run[-1]) & unseen.complete
ax.fill_between(time[one], lower[one], upper[one], color="#AA3377", alpha=0.25, label="90 %")
ax.plot(time[one], mean[one], color="#AA3377", label="mean of the members")
ax.plot(time[one], measured[one], color="black", linewidth=1, label="measured")
ax.axvline(change, color="0.4", linestyle="--", label="normal stress beyond all seen")
ax.set(xlabel="time [s]", ylabel="friction [-]")
ax.set_title(
    f"Inside the 90 % interval: {held['before']:.0f} % before, {held['after']:.0f} % after the "
    "change of regime"
)
ax.legend(frameon=False)
plt.show()

# %%
# The width is the same everywhere: it was measured once, on the calibration runs. The spread of the
# members tells how much depends on the seed, and is no error bar either. Before you trust an
# interval, ask whether the conditions were among those that calibrated it.
