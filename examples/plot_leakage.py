"""
Why does a shuffled split report skill where there is none?
===========================================================

The inputs and the target of this record are independent slow random walks: there is nothing to
learn. But windows of neighbouring rows share almost all their rows, and the target hardly
changes from row to row. A shuffled split therefore puts near-copies of each test window into the
training part.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import lfilter
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold

from sklearn_frictiongru.model_selection import PurgedKFold, skill_score
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Three slow inputs, and a slow target with white noise.

rng = np.random.default_rng(0)


def slow(n_columns):
    steps = lfilter([1], [1, -0.995], rng.normal(size=(1500, n_columns)), axis=0)
    return steps / steps.std(axis=0)


X = slow(3)
y = slow(1)[:, 0] + 0.5 * rng.normal(size=1500)

# %%
# Windows of the last 20 rows, and two ways to split them.

windows = SlidingWindowTransformer(20).fit_transform(X)
windows, y = windows[windows.complete], y[windows.complete]
splitters = {
    "shuffled": KFold(4, shuffle=True, random_state=0),
    "purged": PurgedKFold(4, window_length=20),
}

# %%
# Skill compares with the better of two baselines: the training mean, and the last training target
# before the row. A skill of zero or less is no skill.

skills = {}
for name, splitter in splitters.items():
    skills[name] = []
    for train, test in splitter.split(windows):
        model = ExtraTreesRegressor(60, min_samples_leaf=3, random_state=0)
        model.fit(np.asarray(windows[train]).reshape(len(train), -1), y[train])
        predicted = np.full(len(y), np.nan)
        predicted[test] = model.predict(
            np.asarray(windows[test]).reshape(len(test), -1)
        )
        found = skill_score(y, predicted, training=train, scored=test)
        skills[name].append(found.skill)

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for place, values in enumerate(skills.values()):
    ax.bar(place, np.mean(values), width=0.5, color=["0.75", "0.45"][place], alpha=0.7)
    ax.plot([place] * len(values), values, "o", color="black", markersize=5)
ax.axhline(0, color="black", linewidth=1)
ax.set_xticks([0, 1], ["shuffled split", "purged split"])
ax.set_ylabel("skill on the test folds")
ax.set_title("A shuffled split reports skill where nothing can be learned")
plt.show()
