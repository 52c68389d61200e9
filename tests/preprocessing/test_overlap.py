"""Windows that share rows are found, those that share none are not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.preprocessing._overlap import windows_within

PLACES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 15)), max_size=12)


@settings(deadline=None, max_examples=150)
@given(PLACES, PLACES, st.integers(0, 6))
def test_every_pair_is_compared(places, others, distance):
    found = windows_within(
        np.array([row for _, row in places], dtype=np.int32),
        np.array([run for run, _ in places], dtype=np.int64),
        np.array([row for _, row in others], dtype=np.int32),
        np.array([run for run, _ in others], dtype=np.int64),
        distance,
    )
    assert found.tolist() == [
        any(run == other_run and abs(row - other) <= distance for other_run, other in others)
        for run, row in places
    ]


def test_windows_share_a_row_up_to_a_distance_of_one_less_than_their_length():
    length, other = 4, 10
    rows = np.arange(21)
    shares = [
        bool(set(range(row - length + 1, row + 1)) & set(range(other - length + 1, other + 1)))
        for row in rows
    ]
    close = windows_within(rows, 0 * rows, np.array([other]), np.array([0]), length - 1)
    assert close.tolist() == shares
