"""A race is told to complete the lengths that the study might recommend."""

import numpy as np
import pytest

from sklearn_frictiongru.model_selection import compare_window_lengths
from sklearn_frictiongru.study import _undecided, run_study
from sklearn_frictiongru.study._sweep import repeats_before_given_up
from sklearn_frictiongru.study._undecided import shortest_undecided
from tests.study._records import OPTIONS, known_record, small_regressor

Y = np.random.default_rng(0).normal(size=600)
LOSSES = {1: 2.0, 5: 1.0, 10: 1.0, 20: 1.0, 40: 0.995}
"""Validation losses: from 5 rows on, windows cannot be told apart over the seeds."""


def compared(errors, given_up):
    """Compare lengths that have these errors on test rows."""
    rng = np.random.default_rng(1)
    noise = 1 + 0.1 * rng.normal(size=(len(LOSSES), 6))
    noise /= noise.mean(axis=1, keepdims=True)
    return compare_window_lengths(
        {n: loss * each for (n, loss), each in zip(LOSSES.items(), noise, strict=True)},
        {n: Y + errors[n] * rng.normal(size=(6, 600)) for n in LOSSES},
        Y,
        {"training mean": np.zeros(600)},
        block_length=40,
        scored=np.arange(600),
        given_up=given_up,
    )


@pytest.mark.parametrize(
    ("given_up", "recommended", "undecided"),
    [
        # Test rows rule out 5 rows. Of those between, 10 rows may be as good as the best.
        ([1, 10, 20], 40, 10),
        ([1, 20], 10, None),
        ([1, 10], 20, 10),
        ([1], 10, None),
    ],
)
def test_a_shorter_length_that_no_test_rules_out(given_up, recommended, undecided):
    found = compared({1: 0.9, 5: 0.6, 10: 0.3, 20: 0.3, 40: 0.3}, given_up)
    assert found.recommended_window_length == recommended
    # One row was given up as worse and is not offered.
    assert shortest_undecided(found, [n for n in given_up if n != 1]) == undecided


def test_a_length_that_test_rows_rule_out_is_left_out():
    found = compared({1: 0.9, 5: 0.6, 10: 0.6, 20: 0.3, 40: 0.3}, [1, 10, 20])
    assert found.recommended_window_length == 40
    assert shortest_undecided(found, [10, 20]) == 20
    assert shortest_undecided(found, [10]) is None


def test_where_the_shortest_is_recommended_nothing_is_undecided():
    found = compared({1: 0.9, 5: 0.3, 10: 0.3, 20: 0.3, 40: 0.3}, [1, 10, 20])
    assert found.recommended_window_length == 5
    assert shortest_undecided(found, [10, 20]) is None


def test_the_study_completes_the_length(monkeypatch, tmp_path):
    asked = []

    def choose(compared, given_up):
        asked.append((compared.recommended_window_length, list(given_up)))
        return 8 if len(asked) == 1 else None

    monkeypatch.setattr(_undecided, "shortest_undecided", choose)
    X, y, _ = known_record(700)
    study = run_study(
        X,
        y,
        output=tmp_path,
        regressor=small_regressor().set_params(lr=0.03),
        eliminate=0.3,
        **{**OPTIONS, "window_lengths": [6, 7, 8], "n_repeats": 4, "max_epochs": 6},
    )
    # One row was given up as worse.
    assert asked == [(6, [7, 8]), (6, [7])]
    assert repeats_before_given_up(study.search) == {1: 3, 7: 3}
    assert len(study.search.estimators_by_length_[8]) == 4
    assert study.search.results_.query("window_length == 8")["score"].notna().all()
