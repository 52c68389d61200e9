"""Whether the ranking of the inputs is a finding."""

import numpy as np

LEVEL = 0.05
FEWEST_AGREEING = 5
"""Models that are enough where all agree: with two inputs, no five can reach 5 %."""


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
    if not agree:
        return f"the models do not agree on the order (Kendall's W {w:.2f}, p = {p_value:.2g})"
    if permutation.spearman_of_means < 0:
        return (
            "permutation contradicts the order (Spearman correlation "
            f"{permutation.spearman_of_means:.2f})"
        )
    return None
