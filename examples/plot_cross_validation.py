"""
How good is a model whose hyperparameters were searched?
========================================================

A search reports the score of its best candidate on the folds that were used to choose it. Nested
cross-validation scores the whole procedure, including the search, on rows that were not used for
the choice. Both run with scikit-learn's own tools and purged folds, without leakage through
windows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.model_selection import PurgedKFold, windowed_scorer
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# The target depends on the last 12 rows of the inputs. Half of its variance is noise, so the best
# possible R² is about 0.5.

X, y, truth = make_memory_regression(900, 3, memory=12, noise=1.0, random_state=0)

# %%
# To compare window lengths on the same rows, give the longest one to the splitter, the scorer and
# ``min_history``. ``windowed_scorer`` leaves out the warm-up rows before each test block, which
# scikit-learn's ``scoring="r2"`` would count.

lengths = [6, 12, 24]
folds = PurgedKFold(3, window_length=max(lengths))
scoring = windowed_scorer("r2", window_length=max(lengths))
gru = GRUFrictionRegressor(
    conv_channels=8,
    hidden_size=8,
    n_gru_layers=1,
    max_epochs=10,
    validation=None,  # the folds score the model, so no validation rows are needed
    random_state=0,
)
windows = SlidingWindowTransformer(12, min_history=max(lengths))
model = Pipeline([("window", windows), ("gru", gru)])
model

# %%
# As all estimators of scikit-learn, a model is shown as a diagram. The question mark of each step
# links to its page. Cross-validation with one setting:

once = cross_validate(model, X, y, cv=folds, scoring=scoring)
print("default learning rate, 12 rows, R² by fold:", once["test_score"].round(2))

# %%
# A grid over the window length and the learning rate, then the same search inside each fold of an
# outer cross-validation.

grid = {"window__window_length": lengths, "gru__lr": [0.005, 0.02]}
search = GridSearchCV(model, grid, cv=folds, scoring=scoring).fit(X, y)
nested = cross_validate(search, X, y, cv=folds, scoring=scoring, return_estimator=True)
for fold, inner in enumerate(nested["estimator"]):
    print(f"outer fold {fold}: chosen inside {inner.best_params_}")

# %%
# The score that the search reports, and the score of the whole procedure:

found = search.cv_results_
by_fold = np.stack([found[f"split{fold}_test_score"] for fold in range(3)])
figure, (left, right) = plt.subplots(
    1, 2, figsize=(11, 4.5), sharey=True, layout="constrained"
)
for rate, colour, marker in zip(grid["gru__lr"], ("0.5", "#AA3377"), "so", strict=True):
    here = np.flatnonzero(found["param_gru__lr"] == rate)
    left.plot(
        lengths,
        by_fold[:, here].mean(axis=0),
        color=colour,
        label=f"learning rate {rate}",
    )
    left.plot(lengths, by_fold[:, here].T, marker, color=colour, markersize=5)
left.set_xticks(lengths)
left.set(xlabel="window length [rows]", ylabel="R² on the test folds")
left.set_title(f"Best of the grid: {search.best_params_['window__window_length']} rows")
left.legend(frameon=False)

scores = {
    "best of the search": by_fold[:, search.best_index_],
    "nested": nested["test_score"],
}
for place, (values, colour) in enumerate(
    zip(scores.values(), ("0.75", "0.45"), strict=True)
):
    right.bar(place, values.mean(), width=0.5, color=colour, alpha=0.7)
    right.plot([place] * len(values), values, "o", color="black", markersize=5)
right.set_xticks([0, 1], list(scores))
inside, outside = search.best_score_, nested["test_score"].mean()
right.set_title(
    f"The search reports {inside:.2f}, nested cross-validation {outside:.2f}"
)
plt.show()
