"""Skill of a trained net over its own validation windows."""

import numpy as np

from sklearn_frictiongru.utils.skill import skill_of


def validation_skill(predictions, y, runs, training, validating):
    """Return the skill of a model over its validation windows, against the better baseline."""
    by_row = runs.order
    place = np.empty_like(by_row)
    place[by_row] = np.arange(len(by_row), dtype=by_row.dtype)
    training, validating = place[training], place[validating]
    codes = runs.codes[by_row]
    skills = [
        skill_of(measured[by_row], predicted, training, validating, codes).skill
        for measured, predicted in zip(
            y.reshape(len(y), -1).T, predictions.reshape(len(predictions), -1).T, strict=True
        )
    ]
    return skills[0] if y.ndim == 1 else np.asarray(skills)
