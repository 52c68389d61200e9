"""Whether the ranking of the inputs is a finding."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_frictiongru.study._ranking import why_no_finding


def reason(verdict="yes", *, n_models=5, n_inputs=3, w=0.9, p=0.01, spearman=0.5):
    importance = SimpleNamespace(
        relative_=np.ones((n_models, n_inputs)), kendall_w_=w, kendall_p_value_=p
    )
    return why_no_finding(verdict, importance, SimpleNamespace(spearman_of_means=spearman))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"verdict": "not clear"}, "the verdict on skill is 'not clear'"),
        ({"verdict": "no", "n_inputs": 1}, "the verdict on skill is 'no'"),
        ({"w": 0.29, "p": 0.56}, r"do not agree on the order \(Kendall's W 0.29, p = 0.56\)"),
        ({"spearman": -0.4}, r"permutation contradicts the order \(Spearman correlation -0.40\)"),
        ({"spearman": np.nan}, None),
        ({"n_models": 1}, "there is one model"),
        # Five models cannot agree more on two inputs, and p stays at 0.06.
        ({"n_inputs": 2, "w": 1.0, "p": 0.0625}, None),
        ({"n_inputs": 2, "n_models": 2, "w": 1.0, "p": 0.5}, "2 models are too few"),
        ({"n_inputs": 1, "w": np.nan, "p": np.nan}, None),
    ],
)
def test_a_finding_needs_skill_agreement_and_no_contradiction(changes, expected):
    found = reason(**changes)
    if expected is None:
        assert found is None
    else:
        assert re.search(expected, found)
