"""
Is a recurrent network needed at all?
=====================================

Windows can be flattened to one column per lag and input, for any of scikit-learn's regressors.
Gradient boosting on such a table is a strong and fast reference model: a network that is not better
is not worth its training time.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import PurgedKFold, windowed_scorer
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# The target follows the product of the recent means of two inputs.

rng = np.random.default_rng(0)
X = pd.DataFrame(
    rng.normal(size=(2500, 3)),
    columns=["slip_velocity", "axial_displacement", "temperature"],
    index=pd.Index(np.arange(2500.0), name="time_s"),
)
recent = X.rolling(10, min_periods=1).mean()
y = (
    0.6
    + 0.1 * recent["slip_velocity"]
    + 0.2 * recent["slip_velocity"] * recent["temperature"]
)

# %%
# Both models get the same windows. The columns of the flat table have names such as
# ``temperature_lag_9``.

boosting = Pipeline(
    [
        (
            "window",
            SlidingWindowTransformer(10, flatten=True).set_output(transform="pandas"),
        ),
        ("boosting", HistGradientBoostingRegressor(random_state=0)),
    ]
)
gru = Pipeline(
    [
        ("window", SlidingWindowTransformer(10)),
        (
            "gru",
            GRUFrictionRegressor(
                hidden_size=16, n_gru_layers=1, max_epochs=40, lr=0.01, random_state=0
            ),
        ),
    ]
)
print(boosting.fit(X, y)[-1].feature_names_in_[:3])

# %%
# Cross-validation over purged folds, scored on rows with a full history only.

r2 = {}
for name, model in {"gradient boosting": boosting, "GRU": gru}.items():
    found = cross_validate(
        model,
        X,
        y,
        cv=PurgedKFold(3, window_length=10),
        scoring=windowed_scorer("r2", 10),
    )
    r2[name] = found["test_score"]

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for place, values in enumerate(r2.values()):
    ax.bar(place, values.mean(), width=0.5, color=["0.6", "#AA3377"][place], alpha=0.7)
    ax.plot([place] * len(values), values, "o", color="black", markersize=5)
ax.set_xticks([0, 1], list(r2))
ax.set_ylabel("R² on the test folds")
best = max(r2, key=lambda name: r2[name].mean())
ax.set_title(f"On this record {best} predicts better")
plt.show()
