"""The parts of a study's record."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._split import count_parts, outside_training_range

PARTS = np.array(["warm-up", "training", "training", "validation", "test", "purged"])


def test_rows_are_counted_in_all_and_in_each_range():
    stress = pd.Series([1.0, 1.0, 3.0, 3.0, 1.0, 3.0], name="stress")
    table = count_parts(PARTS, stress, [0, 2, 4])
    assert table["rows"].to_dict() == {
        "training": 2,
        "validation": 1,
        "test": 1,
        "purged": 1,
        "warm-up": 1,
    }
    assert list(table.columns) == ["rows", "stress (-0.001, 2.0]", "stress (2.0, 4.0]"]
    assert table.loc["training"].to_list() == [2, 1, 1]
    assert list(count_parts(PARTS, None, None).columns) == ["rows"]


def test_rows_outside_of_the_training_range_are_counted():
    X = pd.DataFrame({"a": [9, 1, 2, 3, 1, 9], "b": [0, 5, 5, 5, 4, 0]})
    table = outside_training_range(X, PARTS)
    assert table.loc["a"].to_list() == [1, 2, 1, 0]
    assert table.loc["b"].to_list() == [5, 5, 0, 1]
