"""Where rows and windows stand in their runs."""

import numpy as np
import pytest

from sklearn_frictiongru.model_selection._order import row_order
from sklearn_frictiongru.preprocessing import with_runs

from ._tables import cut, make_table


def test_rows_of_a_table():
    order = row_order(make_table("named", [3, 2], interval=0.5))
    np.testing.assert_array_equal(order.run_codes, [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(order.history, [1, 2, 3, 1, 2])
    np.testing.assert_array_equal(order.rows, np.arange(5))
    assert order.sampling_interval == 0.5
    assert not order.carries_history
    assert order.length_in_rows("2s") == 4


def test_windows_keep_the_place_of_their_rows():
    windows = cut(make_table("named", [3, 3]), 2)[[5, 1, 4]]
    order = row_order(windows)
    np.testing.assert_array_equal(order.run_codes, [1, 0, 1])
    np.testing.assert_array_equal(order.history, [3, 2, 2])
    np.testing.assert_array_equal(order.rows, [5, 1, 4])
    assert order.carries_history
    assert [list(members) for members in order.members()] == [[1], [2, 0]]


def test_a_time_needs_a_time_index():
    assert row_order(np.zeros((3, 1))).length_in_rows(7) == 7
    with pytest.raises(ValueError, match="'4s', a time, but X has no time index"):
        row_order(np.zeros((3, 1))).length_in_rows("4s")
    assert row_order(with_runs(np.zeros((3, 1)), time=[0, 2, 4])).length_in_rows("4s") == 2
