"""Whether the models have skill, and how clearly the best window length won."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.model_selection import skill_score
from sklearn_frictiongru.study._split import SCORED_PARTS


@dataclass(frozen=True)
class ScoredRows:
    """The rows that predictions are compared on: arrays of shape (n_rows,)."""

    measured: np.ndarray
    parts: np.ndarray
    run_codes: np.ndarray

    def skill(self, predicted, model):
        """Return the skill in each part, against baselines from the rows `model` was trained on."""
        return {
            part: skill_score(
                self.measured,
                predicted,
                training=model[-1].training_indices_,
                scored=np.flatnonzero(self.parts == part),
                run_codes=self.run_codes,
            )
            for part in SCORED_PARTS
        }


def skill_table(skills, name):
    """Return the skill in each part by key as a table, its index named `name` and part."""
    rows = {
        (key, part): found for key, of_part in skills.items() for part, found in of_part.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=[name, "part"])
    return table


def skill_of_repeats(search, X, rows):
    """Compare every repeat at the best window length with the baselines."""
    skills = {
        repeat: rows.skill(model.predict(X), model)
        for repeat, model in enumerate(search.estimators_)
        if model is not None
    }
    return skill_table(skills, "repeat")


def median_skill(repeat_skill):
    """Return the median skill of the repeats in each part: one training can be lucky."""
    return repeat_skill.groupby("part", sort=False)["skill"].median()


def has_skill(repeat_skill):
    """Return whether the median of the repeats beats the baselines in every part."""
    return bool((median_skill(repeat_skill) > 0).all())


def verdict_of(search):
    """Return how clearly the best window length won."""
    return search.verdict_ if len(search.window_lengths) > 1 else "the only one"
