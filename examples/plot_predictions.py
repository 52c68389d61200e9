"""
Which window length predicts new rows?
======================================

Predicted friction is drawn against measured friction, for windows from much too short to longer
than needed. One row of panels shows the validation rows, which choose the epoch and the window
length. The other shows the test rows, which were not used to choose anything.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    Steps,
    make_friction_experiment,
)
from sklearn_frictiongru.model_selection import (
    PredictionDisplay,
    RunHoldout,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# A simulated run whose slip velocity changes every minute. Friction depends on slip velocity and on
# the state of the surface, which adjusts within about three times D_c / V: 60 s at 1 um/s, 0.6 s at
# 100 um/s. The state is not an input, but it follows from the velocities in the window.

exponents = np.random.default_rng(0).uniform(-6, -4, size=67)
experiment = make_friction_experiment(
    duration=4000,
    normal_stress=5.0,
    slip_velocity=Steps(
        [(60 * i, 10**exponent) for i, exponent in enumerate(exponents)]
    ),
    slip_velocity_fluctuation=0.0,
    slip_velocity_noise=0.0,
    temperature_coupling=0,
    constants=ExperimentConstants(d_c=2e-5),
    random_state=0,
)
X, y = experiment.data[["slip_velocity_m_s"]].apply(np.log), experiment.target

# %%
# All lengths are trained on the same target rows, three times each.

lengths = [2, 10, 40, 120]
holdout = RunHoldout(window_length=max(lengths))
gru = GRUFrictionRegressor(
    conv_channels=8,
    hidden_size=12,
    n_gru_layers=1,
    max_epochs=30,
    lr=0.01,
    lr_schedule="cosine",
    stride=2,
    validation=holdout,
)
search = WindowLengthSearchCV(
    make_pipeline(SlidingWindowTransformer(), gru),
    lengths,
    n_repeats=3,
    random_state=0,
    keep_estimators="all",
).fit(X, y)
best = search.best_window_length_

# %%
# For each length, the training with the median validation loss is drawn.

parts = holdout.parts(X)
drawn = y[np.isin(parts, ["validation", "test"])]
ends = [drawn.min() - 0.002, drawn.max() + 0.002]
figure, axes = plt.subplots(2, 4, figsize=(13, 7.2), layout="constrained")
r2 = {}
for column, length in zip(axes.T, lengths, strict=True):
    model = search.median_estimator(length)
    for ax, part in zip(column, ("validation", "test"), strict=True):
        rows = np.flatnonzero(parts == part)
        shown = PredictionDisplay.from_estimator(
            model, X, y, rows=rows, label=f"{length} s, {part}", ax=ax
        )
        ax.set(xlim=ends, ylim=ends)
        ax.label_outer()
        r2[length, part] = r2_score(shown.measured, shown.predicted)
figure.suptitle(
    f"Chosen by validation: {best} s ({search.verdict_}). On the test rows it has "
    f"R² = {r2[best, 'test']:.2f}, "
    f"windows of {lengths[0]} s {r2[lengths[0], 'test']:.2f}"
)
plt.show()
