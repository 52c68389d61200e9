"""
Can friction be predicted on a real record?
===========================================

The shipped record p655 is a double-direct shear experiment on intact rock. A model is
trained on parts of it and predicts the parts kept for validation and test. It is compared
with two simple guesses: the training mean, and the last friction that was trained on.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import PredictionDisplay, RunHoldout, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# %%
# Blocks of time are dealt to training, validation and test; no training window shares a
# row with a window of the other two.

p655 = load_p655()
X, y = p655.data, p655.target
holdout = RunHoldout(window_length=50)
parts = holdout.parts(X)

# %%
# The regressor validates with the splitter and never sees the test rows.

model = Pipeline(
    [
        ("window", SlidingWindowTransformer(50)),
        (
            "gru",
            GRUFrictionRegressor(
                validation=holdout, max_epochs=15, stride=4, lr=0.003, random_state=0
            ),
        ),
    ]
)
model.fit(X, y)
predicted = model.predict(X)

# %%
# A skill of 0 or less means: no better than the better of the two guesses. Fitting the whole
# record well, the training rows included, is not skill. One training on one split can be lucky
# on either part: ``python -m sklearn_frictiongru study p655`` compares several, and finds a median
# skill of zero on the test rows.

skills = {}
for part in ("validation", "test"):
    found = skill_score(
        y,
        predicted,
        training=model[-1].training_indices_,
        scored=np.flatnonzero(parts == part),
    )
    skills[part] = found.skill
display = PredictionDisplay.from_estimator(model, X, y, kind="time", parts=parts)
display.ax_.set_title(
    f"{display.ax_.get_title()} over all rows; skill "
    + ", ".join(f"{skill:.2f} on {part} rows" for part, skill in skills.items())
)
plt.show()
