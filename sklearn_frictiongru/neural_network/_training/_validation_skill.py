"""Skill of a trained net over its own validation windows."""

import numpy as np

from sklearn_frictiongru.utils.skill import skill_of


def validation_skill(predictions, y, runs, training, validating):
    """Return the skill of a model over its validation windows, against the better baseline."""
    by_row = runs.order
    place = np.empty_like(by_row)
    place[by_row] = np.arange(len(by_row))
    everywhere = np.zeros(y.shape)
    everywhere[validating] = predictions
    skills = [
        skill_of(
            measured[by_row],
            predicted[by_row],
            place[training],
            place[validating],
            runs.codes[by_row],
        ).skill
        for measured, predicted in zip(
            y.reshape(len(y), -1).T, everywhere.reshape(len(y), -1).T, strict=True
        )
    ]
    return skills[0] if y.ndim == 1 else np.asarray(skills)
