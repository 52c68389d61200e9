"""The table and the picture of a split say what the windows are used for."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RunHoldout,
    plot_splits,
    split_roles,
)
from sklearn_frictiongru.model_selection._plot_splits import ROLES
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

from ._tables import cut, make_table, rows_of

SPLITTERS = [
    lambda length, embargo: PurgedKFold(3, length, embargo=embargo),
    lambda length, embargo: PurgedTimeSeriesSplit(2, length, embargo=embargo),
    lambda length, embargo: PurgedLeaveRunsOut(window_length=length, embargo=embargo),
]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SPLITTERS), st.integers(1, 5), st.integers(0, 4), st.integers(40, 50))
def test_roles_are_those_of_the_windows(make_splitter, length, embargo, n_rows):
    table = make_table("named", [n_rows, n_rows + 3])
    cv = make_splitter(length, embargo)
    roles = split_roles(cv, table)
    transformer = SlidingWindowTransformer(length).fit(table)
    for fold, (train, test) in enumerate(cv.split(table)):
        used = {}
        for rows, role in ((train, "training"), (test, "test")):
            windows = transformer.transform(_safe_indexing(table, rows))
            ends = rows_of(windows)[:, -1]
            for row, complete in zip(ends, windows.complete, strict=True):
                used[row] = role if complete else "warm-up"
        expected = [used.get(row, "purged") for row in range(len(table))]
        assert roles[fold].to_list() == expected


def test_a_holdout_shows_its_parts():
    table = make_table("named", [60])
    cv = RunHoldout(window_length=3)
    np.testing.assert_array_equal(split_roles(cv, table)[0], cv.parts(table))


def test_windows_bring_their_history_along():
    windows = cut(make_table("named", [30]), 4)
    roles = split_roles(PurgedKFold(3, 4), windows)
    assert roles[1].to_list()[10:20] == ["test"] * 10
    assert roles[1].to_list()[:3] == ["warm-up"] * 3
    assert roles[1].to_list()[7:10] == ["purged"] * 3
    assert roles[1].to_list()[20:23] == ["purged"] * 3


def test_the_picture_has_a_line_per_fold_in_the_colours_of_the_legend():
    table = make_table("named", [40, 30])
    cv = PurgedKFold(4, 5, embargo=2)
    ax = plot_splits(cv, table)
    roles = split_roles(cv, table)
    (image,) = ax.images
    drawn = image.to_rgba(image.get_array())
    for fold in roles:
        expected = [to_rgba(ROLES[role]) for role in roles[fold]]
        np.testing.assert_allclose(drawn[fold], expected, atol=1 / 255)
    assert {text.get_text() for text in ax.get_legend().get_texts()} == set(roles.stack())
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"fold {i}" for i in range(4)]
    assert ax.get_xlabel() == "row (dotted: a run begins)"
    # A dotted line parts the runs.
    assert any(line.get_xdata()[0] == 39.5 for line in ax.lines)


def test_it_draws_on_the_axes_given():
    _, ax = plt.subplots()
    assert plot_splits(RunHoldout(window_length=2), make_table("frame", [40]), ax=ax) is ax


@pytest.mark.parametrize("cv", [PurgedKFold(2, "4s"), RunHoldout(window_length="4s")])
def test_lengths_may_be_times(cv):
    in_rows = type(cv)(**{**vars(cv), "window_length": 4})
    table = make_table("seconds", [40])
    assert split_roles(cv, table).equals(split_roles(in_rows, table))
