"""The importance of the inputs, and whether their ranking is a finding."""

import warnings
from contextlib import contextmanager

import numpy as np

from sklearn_frictiongru.inspection import GradientImportance, compare_permutation, null_floor
from sklearn_frictiongru.study._verdict import median_skill

N_PERMUTATIONS = 2
LEVEL = 0.05
FEWEST_AGREEING = 5
"""Models that are enough where all agree: with two inputs, no five can reach 5 %."""


def ranking_of_study(search, ranges, skill, logged, X, y, trainings):
    """Return the fields of a study on the importance of its inputs."""
    random_state = trainings["random_state"]
    # Surrogates are made of the inputs that models get, after logarithms.
    floor = null_floor(search.best_estimator_[-2:], logged, y, **trainings)
    lower_skill = float(median_skill(skill["repeat_skill"]).min())
    importance = _importance(search, ranges, floor, lower_skill, random_state, X, y)
    permutation = _permutation(search, random_state, X, y)
    return {
        "null_floor": floor,
        "importance": importance,
        "permutation": permutation,
        "why_no_finding": why_no_finding(skill["verdict"], importance, permutation),
    }


def why_no_finding(verdict, importance, permutation):
    """Return why the order of the inputs is no finding; None where it is one."""
    if verdict != "yes":
        return f"the verdict on skill is {verdict!r}"
    n_models, n_inputs = importance.relative_.shape
    if n_inputs == 1:
        return None
    w, p_value = importance.kendall_w_, importance.kendall_p_value_
    if n_models == 1:
        return "there is one model, and another training may give another order"
    agree = p_value < LEVEL or (np.isclose(w, 1) and n_models >= FEWEST_AGREEING)
    if not agree and np.isclose(w, 1):
        return f"{n_models} models are too few to tell whether they agree on the order"
    if not agree:
        return f"the models do not agree on the order (Kendall's W {w:.2f}, p = {p_value:.2g})"
    if permutation.spearman_of_means < 0:
        return (
            "permutation contradicts the order (Spearman correlation "
            f"{permutation.spearman_of_means:.2f})"
        )
    return None


def _importance(search, by, floor, skill, random_state, X, y):
    """Take the gradients of every repeat at the best window length."""
    importance = GradientImportance(random_state=random_state)
    models = [model for model in search.estimators_ if model is not None]
    # One model after another, each on all threads: handing a few models to other processes takes
    # longer than their gradients do.
    with _silent_on_what_the_report_says():
        return importance.fit(models, X, y, by=by, null_floor=floor, skill=skill)


def _permutation(search, random_state, X, y):
    """Compare gradients with permutation, for the model whose predictions are shown."""
    with _silent_on_what_the_report_says():
        return compare_permutation(
            [search.best_estimator_], X, y, n_repeats=N_PERMUTATIONS, random_state=random_state
        )


@contextmanager
def _silent_on_what_the_report_says():
    """Leave out warnings that the report gives at the places where they matter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(not interpretable|strongly correlated).*")
        yield
