"""Purge and embargo, the same for every splitter: no row is shared, and none is lost."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RunHoldout,
    split_roles,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

from ._tables import cut, make_table, rows_of

SETTINGS = settings(deadline=None, max_examples=40)
KINDS = st.sampled_from(["frame", "seconds", "dates", "named", "named twice", "named with gaps"])
LENGTHS = st.lists(st.integers(14, 30), min_size=2, max_size=4)

SPLITTERS = {
    "k-fold": lambda length, embargo: PurgedKFold(3, length, embargo=embargo),
    "time series": lambda length, embargo: PurgedTimeSeriesSplit(2, length, embargo=embargo),
    "runs": lambda length, embargo: PurgedLeaveRunsOut(window_length=length, embargo=embargo),
    "holdout": lambda length, embargo: RunHoldout(
        0.2, 0.2, n_blocks=5, window_length=length, embargo=embargo
    ),
}


def folds_of(name, table, length, embargo):
    """Return splitter and folds, leaving out tables that it says it cannot split."""
    cv = SPLITTERS[name](length, embargo)
    try:
        return cv, list(cv.split(table))
    except ValueError as error:
        # Any other error is a failure.
        known = (
            "no training rows left",
            "no row is left for",
            "for 1 runs",
            "has the full history of a window",
        )
        if not any(words in str(error) for words in known):
            raise
        assume(False)


def targets(table, rows, length):
    """Return the complete windows of some rows as a table would give them, by row numbers."""
    transformer = SlidingWindowTransformer(length).fit(table)
    windows = transformer.transform(_safe_indexing(table, rows))
    return rows_of(windows)[windows.complete]


@pytest.mark.parametrize("name", SPLITTERS)
@SETTINGS
@given(kind=KINDS, lengths=LENGTHS, length=st.integers(1, 5), embargo=st.integers(0, 3))
def test_no_training_window_of_a_table_shares_a_row_with_a_test_window(
    name, kind, lengths, length, embargo
):
    table = make_table(kind, lengths)
    _, folds = folds_of(name, table, length, embargo)
    for train, test in folds:
        trained = set(targets(table, train, length).ravel()) if len(train) else set()
        tested = targets(table, test, length)
        assert trained.isdisjoint(tested.ravel())


@pytest.mark.parametrize("name", SPLITTERS)
@SETTINGS
@given(kind=KINDS, lengths=LENGTHS, length=st.integers(1, 5), embargo=st.integers(0, 3))
def test_no_training_window_shares_a_row_with_a_test_window_of_windows(
    name, kind, lengths, length, embargo
):
    windows = cut(make_table(kind, lengths), length)
    true = rows_of(windows)
    _, folds = folds_of(name, windows, length, embargo)
    for train, test in folds:
        assert set(true[train].ravel()).isdisjoint(true[test].ravel())


@pytest.mark.parametrize("name", SPLITTERS)
@SETTINGS
@given(kind=KINDS, lengths=LENGTHS, length=st.integers(1, 5), embargo=st.integers(0, 3))
def test_every_row_has_a_role(name, kind, lengths, length, embargo):
    table = make_table(kind, lengths)
    cv, folds = folds_of(name, table, length, embargo)
    roles = split_roles(cv, table)
    assert roles.shape == (len(table), len(folds))
    allowed = {"training", "test", "validation", "warm-up", "purged"}
    assert set(roles.to_numpy().ravel()) <= allowed
    # A purged row has its reason: too close to a test, or, in a time series, after it.
    in_run = np.concatenate([np.arange(n) for n in np.bincount(table["run"].astype(int))])
    for fold, (_, test) in enumerate(folds):
        purged = np.flatnonzero(roles[fold] == "purged")
        tested = np.flatnonzero(np.isin(roles[fold], ["test", "validation"]))
        if name == "holdout":
            tested = np.union1d(tested, test)
        for row in purged:
            same_run = tested[table["run"].iloc[tested] == table["run"].iloc[row]]
            nearest = np.abs(same_run - row).min(initial=len(table))
            behind_a_run = name == "runs" and in_run[row] < embargo
            after_a_test = name == "time series" and (same_run < row).any()
            close = nearest <= length - 1 + embargo
            # Blocks whose windows are not complete are tested on without being scored.
            beside_unscored = np.abs(test - row).min(initial=len(table)) <= length + embargo
            assert close or behind_a_run or after_a_test or beside_unscored


@pytest.mark.parametrize("embargo", [0, 3])
def test_the_embargo_leaves_out_rows_behind_a_test(embargo):
    windows = cut(make_table("named", [40]), 4)
    for train, test in PurgedKFold(4, 4, embargo=embargo).split(windows):
        behind = train[train > test.max()]
        before = train[train < test.min()]
        if len(behind):
            assert behind.min() - test.max() == 4 + embargo
        if len(before):
            assert test.min() - before.max() == 4


def test_the_embargo_holds_for_the_targets_of_a_table():
    table = make_table("named", [60])
    for train, test in PurgedKFold(3, 4, embargo=5).split(table):
        trained = targets(table, train, 4)[:, -1]
        behind = trained[trained > test.max()]
        if len(behind):
            assert behind.min() - test.max() == 4 + 5


def test_training_comes_before_testing():
    table = make_table("named", [40, 30])
    gaps = []
    for train, test in PurgedTimeSeriesSplit(3, 4, embargo=2).split(table):
        for run in (0, 1):
            trained = train[table["run"].iloc[train] == run]
            scored = targets(table, test, 4)[:, -1]
            scored = scored[table["run"].iloc[scored] == run]
            assert trained.max() < scored.min()
            gaps.append(scored.min() - trained.max())
    # A window's length, and the embargo in front.
    assert set(gaps) == {4 + 2}


def test_runs_are_left_out_whole_and_every_one_is_tested():
    table = make_table("named twice", [10, 8, 9])
    labels = [key[:2] for key in table.index]
    tested = []
    for train, test in PurgedLeaveRunsOut(window_length=3).split(table):
        held_out = {labels[row] for row in test}
        assert len(held_out) == 1
        assert held_out.isdisjoint(labels[row] for row in train)
        assert len(train) + len(test) == len(table)
        tested.extend(held_out)
    assert sorted(tested) == sorted(set(labels))


def test_pieces_of_one_run_are_left_out_together():
    # Pairs of pieces share a name, and only a gap parts them.
    table = make_table("named with gaps", [10, 8, 9, 7])
    folds = list(PurgedLeaveRunsOut(window_length=3).split(table))
    assert [len(test) for _, test in folds] == [18, 16]


def test_runs_are_dealt_to_fewer_folds():
    cv = PurgedLeaveRunsOut(2, window_length=3)
    table = make_table("named", [10, 8, 9])
    assert [len(test) for _, test in cv.split(table)] == [18, 9]
    assert cv.get_n_splits() == 2
    assert PurgedLeaveRunsOut(window_length=3).get_n_splits(table) == 3
    with pytest.raises(ValueError, match="X is needed to count the runs"):
        PurgedLeaveRunsOut().get_n_splits()


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        (PurgedKFold(2, 4, embargo=-1), "embargo is -1; expected 0 or more rows"),
        (PurgedTimeSeriesSplit(1, 4), "n_splits is 1; expected at least 2 folds"),
        (PurgedTimeSeriesSplit(20, 4), "fold 0 has no training rows left of 40"),
        (PurgedTimeSeriesSplit(50, 1), "fold .* has no"),
        (PurgedLeaveRunsOut(window_length=4), "n_splits is None for 1 runs"),
        (PurgedLeaveRunsOut(3, window_length=4), "n_splits is 3 for 1 runs"),
        (PurgedKFold(2, 0), "window_length is 0; expected at least 1 row"),
        (PurgedKFold(2, "-4s"), "window_length is '-4s'; expected a duration above zero"),
    ],
)
def test_splits_that_cannot_be_made_are_named(cv, message):
    with pytest.raises(ValueError, match=message):
        list(cv.split(make_table("named", [40])))


def test_plain_arrays_take_run_labels_as_groups():
    X, groups = np.zeros((45, 1)), np.repeat(["a", "b", "c"], 15)
    named = make_table("named", [15, 15, 15])
    for name, make_splitter in SPLITTERS.items():
        length = 2 if name == "holdout" else 3
        cv = make_splitter(length, 0)
        for (train, test), (same_train, same_test) in zip(
            cv.split(X, groups=groups), cv.split(named), strict=True
        ):
            np.testing.assert_array_equal(train, same_train)
            np.testing.assert_array_equal(test, same_test)
