"""The parts of a study's record."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.study._split import (
    check_rotations,
    count_parts,
    longest_block,
    outside_training_range,
)
from tests.study._records import small_regressor

PARTS = np.array(["warm-up", "training", "training", "validation", "test", "purged"])


def test_rows_are_counted_in_all_and_in_each_range():
    labels = pd.Categorical(["5", "5", "10", "10", "5", "10"], ["5", "10"], ordered=True)
    table = count_parts(PARTS, pd.Series(labels, name="stress"))
    assert table["rows"].to_dict() == {
        "training": 2,
        "validation": 1,
        "test": 1,
        "purged": 1,
        "warm-up": 1,
    }
    assert list(table.columns) == ["rows", "stress 5", "stress 10"]
    assert table.loc["training"].to_list() == [2, 1, 1]
    assert list(count_parts(PARTS, None).columns) == ["rows"]


def test_rows_outside_of_the_training_range_are_counted():
    X = pd.DataFrame({"a": [9, 1, 2, 3, 1, 9], "b": [0, 5, 5, 5, 4, 0]})
    table = outside_training_range(X, PARTS)
    assert table.loc["a"].to_list() == [1, 2, 1, 0]
    assert table.loc["b"].to_list() == [5, 5, 0, 1]


def test_a_rotation_that_leaves_nothing_to_train_on_is_named():
    X = np.zeros((200, 1))
    check_rotations(X, RunHoldout(window_length=1), small_regressor())
    with pytest.raises(ValueError, match="rotation 0 of the split leaves 0 complete windows"):
        check_rotations(X, RunHoldout(window_length=40), small_regressor())
    with pytest.raises(ValueError, match="cannot be rotated"):
        check_rotations(X, RunHoldout(0.2, 0.3, window_length=1), small_regressor())


def test_blocks_end_with_their_run():
    parts = np.array(["test", "test", "test", "training", "test"])
    assert longest_block(parts, np.zeros(5)) == 3
    assert longest_block(parts, np.array([0, 0, 1, 1, 1])) == 2
