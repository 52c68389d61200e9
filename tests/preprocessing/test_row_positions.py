"""Where rows and windows stand in their runs, and how far they are from others."""

from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.preprocessing import Runs, WindowArray, with_runs
from tests.model_selection._tables import cut, make_table

PLACES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 15), st.booleans()), min_size=1, max_size=14
)


def placed(places):
    """Return runs of windows that stand at (run, row), in any order."""
    codes, rows = (np.array([place[i] for place in places], dtype=np.int64) for i in (0, 1))
    return Runs(codes, rows, rows + 1, np.arange(3), carries_history=True)


def test_rows_of_a_table():
    runs = Runs.of(make_table("named", [3, 2], interval=0.5))
    np.testing.assert_array_equal(runs.codes, [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(runs.history, [1, 2, 3, 1, 2])
    np.testing.assert_array_equal(runs.rows, np.arange(5))
    assert runs.sampling_interval == 0.5
    assert not runs.carries_history
    assert runs.rows_of("2s") == 4
    assert Runs.of(runs) is runs


def test_windows_know_the_sampling_interval_of_their_table():
    windows = cut(make_table("named", [8, 8], interval=0.5), 3)
    assert Runs.of(windows).rows_of("2s") == Runs.of(windows[4:9]).rows_of("2s") == 4
    with pytest.raises(ValueError, match="a time, but X has no time index"):
        Runs.of(cut(make_table("plain", [8]), 3)).rows_of("2s")


def test_windows_keep_the_place_of_their_rows():
    runs = Runs.of(cut(make_table("named", [3, 3]), 2)[[5, 1, 4]])
    np.testing.assert_array_equal(runs.codes, [1, 0, 1])
    np.testing.assert_array_equal(runs.history, [3, 2, 2])
    np.testing.assert_array_equal(runs.rows, [5, 1, 4])
    assert runs.carries_history
    assert [list(members) for members in runs.members()] == [[1], [2, 0]]


def test_a_table_with_a_column_of_runs_is_a_table():
    assert Runs.of(pd.DataFrame({"runs": [0.0, 1.0]})).n_rows == 2


def test_windows_that_stand_alone_may_follow_each_other():
    record = Runs(np.zeros(3, int), np.arange(3), np.arange(3) + 2, ["a"], carries_history=True)
    windows = WindowArray(np.arange(6.0)[:, None], 2, ends=[1, 3, 5], run_starts=[0, 2, 4])
    assert not windows.runs.near(np.arange(3) == 0, 1)[1]
    windows = WindowArray(
        windows.rows, 2, ends=windows.ends, run_starts=[0, 2, 4], runs=record, min_history=3
    )
    assert windows.runs.near(np.arange(3) == 0, 1).tolist() == [True, True, False]
    assert windows.complete.tolist() == [False, True, True]
    assert windows[[2, 0]].runs.rows.tolist() == [2, 0]
    assert windows[[2, 0]].complete.tolist() == [True, False]
    assert windows.run_labels == ["a"]
    np.testing.assert_array_equal(windows[1], [[2.0], [3.0]])


def test_a_time_needs_a_time_index():
    assert Runs.of(np.zeros((3, 1))).rows_of(7) == 7
    with pytest.raises(ValueError, match="'4s', a time, but X has no time index"):
        Runs.of(np.zeros((3, 1))).rows_of("4s")
    assert Runs.of(with_runs(np.zeros((3, 1)), time=[0, 2, 4])).rows_of("4s") == 2


def test_a_selection_keeps_its_places():
    runs = Runs.of(with_runs(np.zeros((4, 1)), groups=list("aabb"), time=[0, 2, 0, 2]))
    for selection in (slice(1, 3), [1, 2], np.array([False, True, True, False])):
        some = runs[selection]
        assert some.rows.tolist() == [1, 2]
        assert some.history.tolist() == [2, 1]
        assert some.time.tolist() == [2.0, 0.0]
        assert some.lengths.tolist() == [1, 1]
        assert some.sampling_interval == 2.0


def test_pieces_of_a_run_share_its_label():
    runs = Runs.of(make_table("named with gaps", [3, 2, 2]))
    assert len(runs.labels) == 3
    np.testing.assert_array_equal(runs.label_codes, [0, 0, 0, 0, 0, 1, 1])


@settings(deadline=None, max_examples=150)
@given(PLACES, st.integers(0, 6), st.sampled_from([2, 65_536]))
def test_every_pair_is_compared(places, distance, rows_at_once):
    marked_rows = np.array([marked for *_, marked in places], dtype=bool)
    with mock.patch("sklearn_frictiongru.utils.pieces.ROWS_AT_ONCE", rows_at_once):
        found = placed(places).near(marked_rows, distance)
    assert found.tolist() == [
        any(
            marked and run == other_run and abs(row - other) <= distance
            for other_run, other, marked in places
        )
        for run, row, _ in places
    ]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_distances_are_counted_inside_runs(lengths, random):
    runs = Runs.of(make_table("named", lengths))
    places = random.sample(range(runs.n_rows), runs.n_rows)
    runs = runs[places]
    marked = np.array([random.random() < 0.4 for _ in places])
    to_next, since_last = runs.distances_to(marked)
    far = np.iinfo(np.int64).max
    for i in range(len(places)):
        steps = runs.rows[marked & (runs.codes == runs.codes[i])] - runs.rows[i]
        assert to_next[i] == min(steps[steps >= 0], default=far)
        assert since_last[i] == min(-steps[steps <= 0], default=far)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
def test_blocks_are_those_of_array_split(lengths, n_blocks, random):
    runs = Runs.of(make_table("named", lengths))
    runs = runs[random.sample(range(runs.n_rows), runs.n_rows)]
    blocks = runs.blocks(n_blocks)
    for members in runs.members():
        for number, block in enumerate(np.array_split(members, n_blocks)):
            assert (blocks[block] == number).all()


def test_windows_share_a_row_up_to_a_distance_of_one_less_than_their_length():
    length, other = 4, 10
    rows = np.arange(21)
    shares = [
        bool(set(range(row - length + 1, row + 1)) & set(range(other - length + 1, other + 1)))
        for row in rows
    ]
    assert Runs.of(np.zeros((21, 1))).near(rows == other, length - 1).tolist() == shares
