"""Skill against the better of two baselines, worked out by hand."""

import numpy as np
import pytest

from sklearn_frictiongru.model_selection import skill_score

# Targets of two runs of five rows; rows 0, 1, 5 and 6 are trained on, with a mean of 4.
Y = np.array([1.0, 3.0, 4.0, 6.0, 0.0, 4.0, 8.0, 9.0, 7.0, 2.0])
TRAINING = [0, 1, 5, 6]
RUNS = np.repeat([0, 1], 5)


def test_training_mean_is_the_better_baseline():
    predictions = np.full(10, 5.0)
    found = skill_score(Y, predictions, training=TRAINING, scored=[2, 3, 4], run_codes=RUNS)
    # Errors of 5: -1, 1, 5; of the mean 4: 0, 2, -4; of the last training target 3: 1, 3, -3.
    assert found.mse == pytest.approx(27 / 3)
    assert found.mse_training_mean == pytest.approx(20 / 3)
    assert found.mse_last_training_target == pytest.approx(19 / 3)
    assert found.skill == pytest.approx(1 - 27 / 19)
    assert found.n_rows == 3
    fewer = skill_score(Y, predictions, training=TRAINING, scored=[2, 3], run_codes=RUNS)
    # Without the last row the mean is the better one: 0 and 4, against 1 and 9.
    assert fewer.mse_training_mean == pytest.approx(2)
    assert fewer.mse_last_training_target == pytest.approx(5)
    assert fewer.skill == pytest.approx(1 - 1 / 2)


def test_last_training_target_comes_from_the_same_run():
    scored = [3, 8]
    found = skill_score(Y, Y + 1, training=[0, 1], scored=scored, run_codes=RUNS)
    # Row 3 repeats row 1 (3.0); run 1 was not trained on: row 8 gets the mean, 2.0.
    assert found.mse_last_training_target == pytest.approx((3**2 + 5**2) / 2)
    assert found.mse_training_mean == pytest.approx((4**2 + 5**2) / 2)
    assert found.skill == pytest.approx(1 - 1 / 17)
    one_run = skill_score(Y, Y + 1, training=[0, 1], scored=scored)
    # As one run row 8 repeats row 1 as well.
    assert one_run.mse_last_training_target == pytest.approx((3**2 + 4**2) / 2)


def test_row_before_all_training_rows_gets_the_training_mean():
    found = skill_score(Y, Y, training=[5, 6], scored=[1], run_codes=np.zeros(10, dtype=int))
    assert found.mse_last_training_target == found.mse_training_mean == pytest.approx(9)
    assert found.skill == 1


def test_a_training_row_does_not_foretell_itself():
    found = skill_score(Y, Y, training=[0, 1, 2], scored=[2])
    assert found.mse_last_training_target == pytest.approx(1)


def test_order_of_the_row_numbers_is_free():
    found = skill_score(Y, Y - 1, training=[6, 0, 5, 1], scored=[8, 2, 3], run_codes=RUNS)
    same = skill_score(Y, Y - 1, training=TRAINING, scored=[2, 3, 8], run_codes=RUNS)
    assert found == same


def test_numbers_may_count_from_the_end():
    found = skill_score(Y, Y - 1, training=TRAINING, scored=[-8, -2], run_codes=RUNS)
    assert found == skill_score(Y, Y - 1, training=TRAINING, scored=[2, 8], run_codes=RUNS)


def test_only_scored_rows_are_looked_at():
    predictions = np.full(10, np.nan)
    predictions[[2, 3]] = 4
    found = skill_score(Y, predictions, training=TRAINING, scored=[2, 3], run_codes=RUNS)
    assert found.skill == pytest.approx(0)


def test_nothing_can_be_added_to_a_perfect_baseline():
    y = np.array([2.0, 2.0, 2.0, 2.0])
    for predictions in (y, y + 0.1):
        found = skill_score(y, predictions, training=[0, 1], scored=[2, 3])
        assert found.mse_training_mean == 0
        assert found.skill == -np.inf


@pytest.mark.parametrize(
    ("training", "scored", "counts"), [([], [1], "0 training rows and 1"), ([1], [], "1 .* and 0")]
)
def test_no_rows_are_an_error(training, scored, counts):
    with pytest.raises(ValueError, match=f"skill needs rows to compare on: {counts}"):
        skill_score(Y, Y, training=training, scored=scored)
