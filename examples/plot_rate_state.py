"""
How does a network compare with the rate-and-state law?
=======================================================

The rate-and-state law has four parameters and needs only the velocity. It is fitted to two runs of
slow velocity steps and predicts a third run, as does a network that knows nothing about the law.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    Steps,
    make_friction_experiment,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.rate_state import RateStateRegressor

# %%
# At steps between 1 and 100 um/s the evolution of the state is visible: D_c / V is 1 to 100 s.

rng = np.random.default_rng(0)
programs = [
    Steps(
        [
            (60 * i, 10**exponent)
            for i, exponent in enumerate(rng.uniform(-6, -4, size=17))
        ]
    )
    for _ in range(3)
]
experiment = make_friction_experiment(
    3,
    duration=1000,
    normal_stress=5.0,
    slip_velocity=programs,
    slip_velocity_fluctuation=0.0,
    slip_velocity_noise=0.0,
    temperature_coupling=0,
    constants=ExperimentConstants(d_c=1e-4),
    random_state=0,
)
X, y = experiment.data, experiment.target
seen, unseen = [0, 1], [2]

# %%
# The fitted law recovers the constants of the simulation.

law = RateStateRegressor(velocity="slip_velocity_m_s").fit(X.loc[seen], y.loc[seen])
for name in ("a", "b", "d_c"):
    found, error = getattr(law, f"{name}_"), law.standard_errors_[name]
    print(f"{name}: {found:.3g} +- {error:.1g}")

# %%
# The network learns from the logarithm of velocity and its history.

inputs = X[["slip_velocity_m_s"]].apply(np.log)
gru = GRUFrictionRegressor(n_gru_layers=1, max_epochs=40, lr=0.005, random_state=0)
network = make_pipeline(SlidingWindowTransformer(60), gru).fit(
    inputs.loc[seen], y.loc[seen]
)

figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
time = X.loc[unseen].index.get_level_values("time_s")
ax.plot(time, y.loc[unseen], color="black", linewidth=1, label="measured")
for model, table, colour, name in (
    (law, X, "0.5", "rate-and-state law"),
    (network, inputs, "#AA3377", "network"),
):
    predicted = model.predict(table.loc[unseen])
    error = np.sqrt(np.mean((predicted - y.loc[unseen])[60:] ** 2))
    ax.plot(time, predicted, color=colour, label=f"{name}, error {error:.5f}")
ax.set_xlabel("time [s]")
ax.set_ylabel("friction [-]")
ax.set_title("A new run: the data follow the law, which is hard to beat")
ax.legend(frameon=False)
plt.show()
