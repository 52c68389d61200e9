"""No training window shares a row with a test window, and no row is lost silently."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_predict
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RunHoldout,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

from ._tables import (
    KINDS,
    TIMED,
    cut,
    history,
    make_table,
    rows_of,
    true_windows,
    where_folds_are_of_use,
)

SETTINGS = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

run_lengths = st.lists(st.integers(5, 40), min_size=1, max_size=4)
window_lengths = st.integers(1, 12)
tables = st.builds(
    make_table, st.sampled_from(KINDS), run_lengths, st.sampled_from([1.0, 0.1, 10.0])
)


def shows_sampling(table, rows):
    """Tell whether most rows follow one another, so that they show their sampling interval."""
    runs = np.asarray(table)[rows, 1]
    in_turn = (np.diff(rows) == 1) & (np.diff(runs) == 0)
    return len(rows) > 1 and in_turn.mean() > 0.5


def union(sets):
    return set().union(*sets)


def shows_cuts(table):
    """Tell whether the index shows that rows are missing."""
    return isinstance(table, pd.DataFrame)


def ends_within(table, others, ahead, behind=0):
    """Return the rows with one of the others 1 to `ahead` rows on, or `behind` rows back."""
    values = np.asarray(table).astype(int)
    runs = dict(values.tolist())
    steps = [*range(1, ahead + 1), *range(-behind, 0)]
    return {
        row
        for row, run in runs.items()
        if any(runs.get(row + s) == run and row + s in others for s in steps)
    }


@st.composite
def window_arrays(draw):
    """Windows of a table: all, the complete ones, every other one, or shuffled."""
    table = draw(tables)
    windows = cut(table, draw(window_lengths))
    chosen = draw(st.sampled_from(["all", "complete", "every other", "shuffled"]))
    numbers = np.arange(len(windows))
    if chosen == "complete":
        numbers = np.flatnonzero(windows.complete)
    elif chosen == "every other":
        numbers = numbers[::2]
    elif chosen == "shuffled":
        numbers = np.random.default_rng(draw(st.integers(0, 99))).permutation(numbers)
    assume(len(numbers))
    return windows[numbers]


class TestPurgedKFold:
    @SETTINGS
    @given(tables, window_lengths, st.integers(2, 5))
    @where_folds_are_of_use
    def test_no_training_window_of_a_table_shares_a_row_with_a_test_window(
        self, table, window_length, n_splits
    ):
        complete = history(table) >= window_length
        true = true_windows(table, window_length)
        for train, test in PurgedKFold(n_splits, window_length).split(table):
            assume(shows_sampling(table, train) and shows_sampling(table, test))
            transformer = SlidingWindowTransformer(window_length)
            training = transformer.fit_transform(_safe_indexing(table, train))
            tested = transformer.transform(_safe_indexing(table, test))
            seen = set(rows_of(training).ravel())
            assert seen.isdisjoint(rows_of(tested).ravel())
            # The scored rows have their whole true windows, and training saw none of it.
            scored = rows_of(tested)[tested.complete]
            for window in scored:
                assert seen.isdisjoint(true[window[-1]])
            if shows_cuts(table):
                for window in [*scored, *rows_of(training)[training.complete]]:
                    assert complete[window[-1]]
                    assert set(window) == true[window[-1]]

    @SETTINGS
    @given(tables, window_lengths, st.integers(2, 5))
    @where_folds_are_of_use
    def test_every_row_of_a_table_is_training_test_or_warm_up(self, table, window_length, n_splits):
        true = true_windows(table, window_length)
        bare = PurgedKFold(n_splits, window_length, warmup=False)
        folds = PurgedKFold(n_splits, window_length)
        blocks = []
        for (train, test), (same_train, block) in zip(
            folds.split(table), bare.split(table), strict=True
        ):
            np.testing.assert_array_equal(train, same_train)
            # The warm-up rows are those that the windows of the block reach back to, no others.
            assert set(test) == union(true[row] for row in block)
            assert sorted([*train, *test]) == list(range(len(table)))
            blocks.extend(block)
        assert sorted(blocks) == list(range(len(table)))

    @SETTINGS
    @given(tables, window_lengths, st.integers(2, 5))
    @where_folds_are_of_use
    def test_scored_rows_are_all_that_have_their_history(self, table, window_length, n_splits):
        assume(shows_cuts(table))
        scored = []
        for train, test in PurgedKFold(n_splits, window_length).split(table):
            assume(shows_sampling(table, train) and shows_sampling(table, test))
            transformer = SlidingWindowTransformer(window_length).fit(_safe_indexing(table, train))
            tested = transformer.transform(_safe_indexing(table, test))
            scored.extend(rows_of(tested)[tested.complete][:, -1])
        assert sorted(scored) == list(np.flatnonzero(history(table) >= window_length))

    @SETTINGS
    @given(tables, st.integers(2, 5))
    @where_folds_are_of_use
    def test_blocks_are_contiguous_and_equal_in_every_run(self, table, n_splits):
        runs = np.asarray(table)[:, 1]
        for _, block in PurgedKFold(n_splits, 3, warmup=False).split(table):
            for run in np.unique(runs):
                members = block[runs[block] == run]
                assert (np.diff(members) == 1).all()
                share = (runs == run).sum() / n_splits
                assert np.floor(share) <= len(members) <= np.ceil(share)

    @SETTINGS
    @given(window_arrays(), st.integers(0, 4), st.integers(2, 5), st.booleans())
    @where_folds_are_of_use
    def test_no_training_window_of_an_array_shares_a_row_with_a_test_window(
        self, windows, longer, n_splits, warmup
    ):
        assume(len(windows) >= 5 * n_splits)
        rows = rows_of(windows)
        folds = PurgedKFold(n_splits, windows.window_length, warmup=warmup)
        wider = PurgedKFold(n_splits, windows.window_length + longer)
        blocks = []
        for (train, test), (less, same_test) in zip(
            folds.split(windows), wider.split(windows), strict=True
        ):
            tested = set(rows[test].ravel())
            shares = np.array([not tested.isdisjoint(window) for window in rows])
            assert not shares[train].any()
            # What is left out has to share a row, unless it is short of history: such a window
            # is as far away as a whole one.
            left_out = np.setdiff1d(np.arange(len(windows)), [*train, *test])
            assert (shares | (windows.history < windows.window_length))[left_out].all()
            blocks.extend(test)
            np.testing.assert_array_equal(test, same_test)
            assert set(less) <= set(train)
        assert sorted(blocks) == list(range(len(windows)))

    @SETTINGS
    @given(tables, window_lengths, st.integers(0, 15))
    @where_folds_are_of_use
    def test_purge_by_name_leaves_out_so_many_rows_before_a_block(
        self, table, window_length, purge
    ):
        folds = PurgedKFold(3, window_length, purge=purge, warmup=False)
        behind = max(0, purge - window_length + 1)
        for train, test in folds.split(table):
            out = ends_within(table, set(test), purge, behind) | set(test)
            assert set(train) == set(range(len(table))) - out

    @SETTINGS
    @given(window_arrays(), st.integers(0, 15))
    @where_folds_are_of_use
    def test_purge_by_name_leaves_out_windows_on_both_sides(self, windows, purge):
        assume(len(windows) >= 10)
        ends, runs = windows.ends.astype(int), windows.run_codes
        folds = PurgedKFold(2, windows.window_length, purge=purge)
        for train, test in folds.split(windows):
            near = [
                row
                for row in range(len(windows))
                if (np.abs(ends[test] - ends[row])[runs[test] == runs[row]] <= purge).any()
            ]
            assert set(train) == set(range(len(windows))) - set(near)

    @pytest.mark.parametrize("kind", TIMED)
    @pytest.mark.parametrize("interval", [0.5, 1.0, 2.0])
    def test_window_length_may_be_a_time(self, kind, interval):
        table = make_table(kind, [60, 50], interval)
        in_rows = PurgedKFold(3, round(10 / interval))
        for length in ("10s", pd.Timedelta(seconds=10)):
            for found, expected in zip(
                PurgedKFold(3, length).split(table), in_rows.split(table), strict=True
            ):
                np.testing.assert_array_equal(found[0], expected[0])
                np.testing.assert_array_equal(found[1], expected[1])

    def test_groups_name_the_runs_of_a_plain_table(self):
        table = make_table("named", [30, 24])
        runs = np.asarray(table)[:, 1]
        by_groups = PurgedKFold(3, 5).split(np.asarray(table), groups=runs)
        for found, expected in zip(by_groups, PurgedKFold(3, 5).split(table), strict=True):
            np.testing.assert_array_equal(found[0], expected[0])
            np.testing.assert_array_equal(found[1], expected[1])
        with pytest.raises(ValueError, match=r"groups has shape \(3,\).*each of the 54 rows"):
            next(PurgedKFold(3, 5).split(np.asarray(table), groups=[0, 0, 1]))

    def test_run_shorter_than_the_folds_is_tested_while_it_lasts(self):
        table = make_table("named", [2, 30])
        blocks = [test for _, test in PurgedKFold(5, 1).split(table)]
        assert [(block < 2).sum() for block in blocks] == [1, 1, 0, 0, 0]
        assert sorted(np.concatenate(blocks)) == list(range(32))

    def test_without_warm_up_cross_val_predict_predicts_every_row(self):
        table = make_table("named", [30, 24])
        model = LinearRegression()
        predicted = cross_val_predict(
            model, table, table["row"], cv=PurgedKFold(3, 5, warmup=False)
        )
        np.testing.assert_allclose(predicted, table["row"], atol=1e-9)
        with pytest.raises(ValueError, match="partitions"):
            cross_val_predict(model, table, table["row"], cv=PurgedKFold(3, 5))

    def test_step_back_in_time_parts_runs_only_while_it_is_there(self):
        # Of both tables the first fold trains on rows 10-19 and 35-49. In the first one time steps
        # from 14 back to 10 between them, in the second one from 19 on to 20.
        table = pd.DataFrame({"x": np.zeros(50)}, index=np.r_[0:20, 0:30] - 5)
        folds = PurgedKFold(2, 3, warmup=False)
        train, test = next(folds.split(table))
        assert [len(train), len(test)] == [25, 25]
        joined = pd.DataFrame({"x": np.zeros(50)}, index=np.r_[0:20, 5:35])
        with pytest.raises(ValueError, match=r"before row 35 \(index 20\) has no name.*with_runs"):
            next(folds.split(joined))
        named = with_runs(joined, groups=np.repeat([0, 1], [20, 30]), time=joined.index)
        np.testing.assert_array_equal(next(folds.split(named))[0], train)
        holdout = RunHoldout(0.5, 0, n_blocks=1, window_length=1)
        overlapping = pd.DataFrame({"x": np.zeros(20)}, index=np.r_[0:10, 5:15])
        with pytest.raises(ValueError, match=r"before row 10 \(index 5\) has no name"):
            next(holdout.split(overlapping))

    def test_number_of_folds_and_clone(self):
        folds = PurgedKFold(4, "50s", purge=2, warmup=False)
        assert folds.get_n_splits() == 4
        assert len(list(PurgedKFold(4, 2).split(np.zeros((40, 1))))) == 4
        assert (
            repr(folds)
            == "PurgedKFold(embargo=0, max_gap=None, n_splits=4, purge=2, warmup=False, "
            "window_length='50s')"
        )
        same = clone(folds, safe=False)
        assert vars(same) == vars(folds)
        assert same is not folds

    def test_defaults(self):
        assert vars(PurgedKFold()) == {
            "n_splits": 5,
            "window_length": 400,
            "purge": None,
            "embargo": 0,
            "warmup": True,
            "max_gap": None,
        }

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"n_splits": 1}, "n_splits is 1; expected at least 2 folds"),
            ({"window_length": 0}, "window_length is 0; expected at least 1 row"),
            ({"window_length": "10s"}, "a time, but X has no time index"),
            ({"window_length": "soon"}, "'soon', which is not a duration"),
            ({"purge": -1}, "purge is -1; expected 0 or more rows"),
            ({"purge": 3.0}, "purge is 3.0, which may mean rows or seconds"),
            ({"embargo": 3.0}, "embargo is 3.0, which may mean rows or seconds"),
            ({"window_length": 3.0}, "window_length is 3.0, which may mean rows or seconds"),
            ({"max_gap": 3.0}, "max_gap is 3.0, which may mean rows or seconds"),
            (
                {"n_splits": 13, "window_length": 1},
                "fold 12 has no test rows: the longest run has 12 rows",
            ),
            (
                {"n_splits": 12},
                "no test row of fold 0 has the full history of a window of 2 rows: at most 1",
            ),
            ({"embargo": 12}, "fold 0 has no training rows left of 12: the longest run has 12"),
            ({"n_splits": 2, "window_length": 5}, "no training row of fold 1 has the full hist"),
        ],
    )
    def test_bad_parameters_are_errors(self, options, message):
        with pytest.raises(ValueError, match=message):
            list(PurgedKFold(**{"window_length": 2, **options}).split(np.zeros((12, 1))))

    def test_windows_longer_than_the_splitter_reckons_with_are_an_error(self):
        windows = cut(np.zeros((40, 1)), 8)
        with pytest.raises(ValueError, match=r"windows of 8 rows[\s\S]*\(window_length=7\)"):
            next(PurgedKFold(3, 7).split(windows))
        with pytest.raises(ValueError, match=r"windows of 8 rows[\s\S]*\(window_length=7\)"):
            next(RunHoldout(window_length=7).split(windows))
        with pytest.raises(ValueError, match=r"windows of 8 rows[\s\S]*\(window_length=7\)"):
            RunHoldout(window_length=7).parts(windows)
        # Less strict by name.
        train, test = next(PurgedKFold(2, 7, purge=3).split(windows))
        assert (len(train), len(test)) == (17, 20)


shares = st.sampled_from([(0.2, 0.2), (0.3, 0.1), (0.1, 0.3), (0.25, 0.0), (0.15, 0.2)])
block_numbers = st.sampled_from([1, 2, 5, 10, 20])


@st.composite
def holdouts(draw, window_length):
    validation, test = draw(shares)
    return RunHoldout(validation, test, n_blocks=draw(block_numbers), window_length=window_length)


def split_once(holdout, X):
    """Split, if there are rows for every part."""
    try:
        ((train, validation),) = holdout.split(X)
    except ValueError as error:
        assume("no row is left for" not in str(error))
        raise
    return train, validation


class TestRunHoldout:
    @SETTINGS
    @given(st.data(), tables, window_lengths)
    @where_folds_are_of_use
    def test_no_training_window_of_a_table_shares_a_row_with_another_part(
        self, data, table, window_length
    ):
        holdout = data.draw(holdouts(window_length))
        train, validation = split_once(holdout, table)
        true = true_windows(table, window_length)
        parts = holdout.parts(table)
        assume(shows_sampling(table, train) and shows_sampling(table, validation))
        transformer = SlidingWindowTransformer(window_length)
        training = transformer.fit_transform(_safe_indexing(table, train))
        validating = transformer.transform(_safe_indexing(table, validation))
        seen = set(rows_of(training).ravel())
        assert seen.isdisjoint(rows_of(validating).ravel())
        for part in ("validation", "test"):
            assert seen.isdisjoint(union(true[row] for row in np.flatnonzero(parts == part)))
        if shows_cuts(table):
            for windows in (training, validating):
                for window in rows_of(windows)[windows.complete]:
                    assert set(window) == true[window[-1]]
            trained = rows_of(training)[training.complete][:, -1]
            assert list(trained) == list(np.flatnonzero(parts == "training"))
            validated = set(rows_of(validating)[validating.complete][:, -1])
            assert validated >= set(np.flatnonzero(parts == "validation"))

    @SETTINGS
    @given(st.data(), tables, window_lengths)
    @where_folds_are_of_use
    def test_every_row_of_a_table_has_one_part(self, data, table, window_length):
        holdout = data.draw(holdouts(window_length))
        train, validation = split_once(holdout, table)
        parts = holdout.parts(table)
        true = true_windows(table, window_length)
        complete = history(table) >= window_length
        assert set(parts) <= {"training", "purged", "validation", "test", "warm-up"}
        np.testing.assert_array_equal(parts == "warm-up", ~complete)
        # With windows of one row nothing is purged and nothing warms up.
        dealt = RunHoldout(**{**vars(holdout), "window_length": 1}).parts(table)
        others = set(np.flatnonzero(dealt != "training"))
        near = ends_within(table, others, window_length - 1, window_length - 1)
        for row in np.flatnonzero(complete):
            is_purged = dealt[row] == "training" and row in near
            assert parts[row] == ("purged" if is_purged else dealt[row])
        # The rows with history that the split leaves out are purged or the test's.
        left_out = np.setdiff1d(np.flatnonzero(complete), [*train, *validation])
        assert set(parts[left_out]) <= {"purged", "test"}
        bare = RunHoldout(**{**vars(holdout), "warmup": False})
        ((same_train, block),) = bare.split(table)
        np.testing.assert_array_equal(train, same_train)
        assert set(validation) == union(true[row] for row in block)
        assert set(parts[block]) <= {"validation", "warm-up"}

    @SETTINGS
    @given(st.data(), window_arrays())
    @where_folds_are_of_use
    def test_split_of_windows_agrees_with_parts_and_keeps_rows_apart(self, data, windows):
        holdout = data.draw(holdouts(windows.window_length))
        train, validation = split_once(holdout, windows)
        parts = holdout.parts(windows)
        rows = rows_of(windows)
        complete = windows.complete
        for numbers, part in ((train, "training"), (validation, "validation")):
            assert list(numbers[complete[numbers]]) == list(np.flatnonzero(parts == part))
        others = set(rows[(parts == "validation") | (parts == "test")].ravel())
        others |= set(rows[validation].ravel())
        for row in train:
            assert others.isdisjoint(rows[row])
        for row in np.flatnonzero(complete & (parts == "purged")):
            assert not others.isdisjoint(rows[row])

    @SETTINGS
    @given(tables, window_lengths, st.integers(0, 15))
    @where_folds_are_of_use
    def test_purge_by_name(self, table, window_length, purge):
        holdout = RunHoldout(0.2, 0.2, n_blocks=5, window_length=window_length, purge=purge)
        train, _ = split_once(holdout, table)
        parts = holdout.parts(table)
        strict = RunHoldout(**{**vars(holdout), "warmup": False, "purge": 0})
        ((free, validation),) = strict.split(table)
        tested = set(range(len(table))) - set(free) - set(validation)
        others = set(validation) | tested
        behind = max(0, purge - window_length + 1)
        assert set(train) == set(free) - ends_within(table, others, purge, behind)
        near = ends_within(table, others, purge, purge)
        complete = set(np.flatnonzero(history(table) >= window_length))
        assert set(np.flatnonzero(parts == "training")) == (set(free) - near) & complete
        assert set(np.flatnonzero(parts == "purged")) == near & set(free) & complete

    @SETTINGS
    @given(st.integers(60, 400), shares, block_numbers)
    @where_folds_are_of_use
    def test_shares_are_kept_in_every_run(self, n_rows, part_shares, n_blocks):
        validation, test = part_shares
        holdout = RunHoldout(validation, test, n_blocks=n_blocks, window_length=1)
        parts = holdout.parts(np.zeros((n_rows, 1)))
        smallest = min(share for share in part_shares if share)
        n_rounds = max(1, round(n_blocks * smallest))
        for name, share in (("validation", validation), ("test", test)):
            # A block is rounded to whole rows.
            assert abs((parts == name).sum() - share * n_rows) <= n_rounds
        blocks = parts[np.append(True, parts[1:] != parts[:-1])]
        in_turn = ["training", "validation", "test"] if test else ["training", "validation"]
        assert list(blocks) == in_turn * n_rounds

    def test_shares_are_exact_where_rows_allow_it(self):
        parts = RunHoldout(0.2, 0.1, n_blocks=10, window_length=1).parts(np.zeros((200, 1)))
        assert (parts == "validation").sum() == 40
        assert (parts == "test").sum() == 20
        assert (parts == "training").sum() == 140

    def test_one_block_is_the_tail(self):
        holdout = RunHoldout(0.3, 0.2, n_blocks=1, window_length=4)
        parts = holdout.parts(np.zeros((50, 1)))
        expected = ["warm-up"] * 3 + ["training"] * 19 + ["purged"] * 3
        assert list(parts) == expected + ["validation"] * 15 + ["test"] * 10
        ((train, validation),) = holdout.split(np.zeros((50, 1)))
        np.testing.assert_array_equal(train, np.arange(22))
        np.testing.assert_array_equal(validation, np.arange(22, 40))

    def test_without_test_rows(self):
        parts = RunHoldout(0.25, 0, n_blocks=1, window_length=3).parts(np.zeros((40, 1)))
        assert list(parts[28:]) == ["purged"] * 2 + ["validation"] * 10

    def test_every_part_of_p655_sees_both_normal_stresses(self):
        p655 = load_p655()
        holdout = RunHoldout(window_length=100)
        parts = holdout.parts(p655.data)
        for part in ("training", "validation", "test"):
            stress = p655.normal_stress[parts == part]
            assert ((stress - 75).abs() < 1).sum() > 50
            assert ((stress - 100).abs() < 1).sum() > 50
        train, validation = next(holdout.split(p655.data))
        windows = cut(p655.data, 100)
        assert len(np.intersect1d(train, validation)) == 0
        by_windows = next(holdout.split(windows))
        assert list(by_windows[0][windows.complete[by_windows[0]]]) == list(
            np.flatnonzero(parts == "training")
        )

    @pytest.mark.parametrize("kind", ["plain", "frame", "seconds", "dates", "named"])
    def test_cuts_by_hand(self, kind):
        table = make_table(kind, [30, 30])
        starts = {"validation_start": 20, "test_start": 26}
        if kind == "seconds":
            starts = {"validation_start": 949.0, "test_start": 955.0}
        elif kind == "dates":
            begin = pd.Timestamp("2026-03-01")
            starts = {
                "validation_start": begin + pd.Timedelta("20s"),
                "test_start": begin + pd.Timedelta("26s"),
            }
        holdout = RunHoldout(window_length=3, **starts)
        parts = holdout.parts(table)
        cuts = ["warm-up"] * 2 + ["training"] * 16 + ["purged"] * 2
        cuts += ["validation"] * 6 + ["test"] * 4
        assert list(parts[:30]) == cuts
        if kind == "named":
            # Times count from the beginning of each run there, dates do not.
            assert list(parts[30:]) == cuts
        elif len(table) > 30:
            assert list(parts[30:]) == ["warm-up"] * 2 + ["test"] * 28
        ((train, validation),) = holdout.split(table)
        np.testing.assert_array_equal(train[train < 30], np.arange(18))
        np.testing.assert_array_equal(validation[validation < 30], np.arange(18, 26))

    def test_cuts_by_hand_count_rows_in_each_group(self):
        table = np.zeros((60, 1))
        holdout = RunHoldout(window_length=1, validation_start=20, test_start=26)
        parts = holdout.parts(table, groups=np.repeat([0, 1], 30))
        cuts = ["training"] * 20 + ["validation"] * 6 + ["test"] * 4
        assert list(parts) == cuts * 2

    def test_groups_name_the_runs_of_a_plain_table(self):
        table = make_table("named", [40, 30])
        runs = np.asarray(table)[:, 1]
        holdout = RunHoldout(window_length=3)
        np.testing.assert_array_equal(
            holdout.parts(np.asarray(table), groups=runs), holdout.parts(table)
        )
        found = next(holdout.split(np.asarray(table), groups=runs))
        expected = next(holdout.split(table))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])

    @pytest.mark.parametrize("kind", TIMED)
    def test_window_length_may_be_a_time(self, kind):
        table = make_table(kind, [60, 50], 0.5)
        found = RunHoldout(window_length="5s").parts(table)
        np.testing.assert_array_equal(found, RunHoldout(window_length=10).parts(table))
        assert (found == "purged").sum() > 9

    def test_gap_is_a_run_boundary(self):
        frame = with_runs(np.zeros((40, 1)), time=np.r_[0:20, 100:120])
        parts = RunHoldout(n_blocks=1, window_length=3).parts(frame)
        assert list(parts[:20]) == list(parts[20:])
        assert list(parts[:3]) == ["warm-up", "warm-up", "training"]

    def test_number_of_splits_and_repr(self):
        holdout = RunHoldout(window_length=3)
        assert holdout.get_n_splits() == 1
        assert len(list(holdout.split(np.zeros((50, 1))))) == 1
        assert "window_length=3" in repr(holdout)
        assert vars(clone(holdout, safe=False)) == vars(holdout)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"validation": 0}, "validation above 0"),
            ({"validation": 1.0}, "both below 1"),
            ({"validation": -0.1}, "validation above 0"),
            ({"test": -0.1}, "test at least 0"),
            ({"test": 1.0}, "both below 1"),
            ({"validation": 0.5, "test": 0.5}, "leave nothing to train on"),
            ({"n_blocks": 0}, "n_blocks is 0; expected at least 1"),
            ({"validation_start": 5}, "expected both or none"),
            ({"test_start": 5}, "expected both or none"),
            ({"validation_start": 9, "test_start": 5}, "validation_start=9 is not before"),
            ({"validation_start": 5, "test_start": 5}, "validation_start=5 is not before"),
            ({"purge": -2}, "purge is -2; expected 0 or more rows"),
            ({"window_length": 0}, "window_length is 0"),
            ({"window_length": "5s"}, "X has no time index"),
            ({"validation_start": 0, "test_start": 5}, "no row is left for the training part"),
            ({"validation_start": 10, "test_start": 90}, "no row is left for the test part"),
            ({"validation_start": 60, "test_start": 90}, "no row is left for the validation"),
        ],
    )
    def test_bad_parameters_are_errors(self, options, message):
        holdout = RunHoldout(**{"window_length": 3, **options})
        with pytest.raises(ValueError, match=message):
            next(holdout.split(np.zeros((50, 1))))
        with pytest.raises(ValueError, match=message):
            holdout.parts(np.zeros((50, 1)))

    def test_run_too_short_for_a_part_is_an_error(self):
        with pytest.raises(ValueError, match=r"no row is left for the validation part of 2 rows"):
            RunHoldout(window_length=1).parts(np.zeros((2, 1)))
        with pytest.raises(ValueError, match=r"no row is left for the training part of 1 rows"):
            RunHoldout(0.6, 0, n_blocks=1, window_length=1).parts(np.zeros((1, 1)))

    def test_windows_are_cut_at_the_time_of_their_table(self):
        table = make_table("seconds", [50])
        holdout = RunHoldout(window_length=3, validation_start=950.0, test_start=960.0)
        assert (holdout.parts(cut(table, 3)) == holdout.parts(table)).all()
        with pytest.raises(ValueError, match="windows have no time"):
            holdout.parts(cut(table.to_numpy(), 3))

    @pytest.mark.parametrize(
        ("index", "starts"),
        [
            (
                pd.date_range("2026-03-01", periods=50, freq="s", tz="Europe/Rome"),
                pd.to_datetime(["2026-02-28 23:00:30", "2026-02-28 23:00:40"], utc=True),
            ),
            (
                pd.period_range("2026-03-01", periods=50, freq="s"),
                pd.period_range("2026-03-01 00:00:30", periods=2, freq="10s"),
            ),
            (
                pd.date_range("2026-03-01", periods=50, freq="s").astype("timestamp[us][pyarrow]"),
                pd.to_datetime(["2026-03-01 00:00:30", "2026-03-01 00:00:40"]),
            ),
            (pd.Index(range(50), dtype="Int64"), [30, 40]),
        ],
    )
    def test_cuts_by_hand_at_times_of_all_kinds(self, index, starts):
        table = pd.DataFrame({"x": np.zeros(50)}, index=index)
        holdout = RunHoldout(window_length=3, validation_start=starts[0], test_start=starts[1])
        parts = holdout.parts(table)
        assert np.flatnonzero(parts == "validation").tolist() == list(range(30, 40))
        assert np.flatnonzero(parts == "test").tolist() == list(range(40, 50))

    def test_cuts_without_the_zone_of_the_time_are_an_error(self):
        index = pd.date_range("2026-03-01", periods=50, freq="s", tz="UTC")
        starts = pd.to_datetime(["2026-03-01 00:00:30", "2026-03-01 00:00:40"])
        holdout = RunHoldout(window_length=3, validation_start=starts[0], test_start=starts[1])
        with pytest.raises(ValueError, match=r"validation_start is .* with a zone where X has one"):
            holdout.parts(pd.DataFrame({"x": np.zeros(50)}, index=index))


def with_missing_rows(n_rows=1200, every=40):
    """Return a record at 10 s that misses one row in so many."""
    kept = np.flatnonzero(np.arange(n_rows) % every != every - 1)
    index = pd.Timestamp("2026-03-01") + pd.to_timedelta(10 * kept, unit="s")
    return pd.DataFrame({"x": kept.astype(float)}, index=index)


class TestMaxGap:
    """Where single rows are missing, runs go on across them if they are allowed to."""

    SPLITTERS = {
        "k-fold": PurgedKFold(3, 60, max_gap=5),
        "in time": PurgedKFold(3, "600s", max_gap="50s"),
        "time series": PurgedTimeSeriesSplit(2, 60, max_gap=np.timedelta64(50, "s")),
        "holdout": RunHoldout(n_blocks=5, window_length=60, max_gap=5),
    }

    @pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS)
    def test_runs_stay_whole(self, cv):
        table = with_missing_rows()
        transformer = SlidingWindowTransformer(60, max_gap=5)
        complete = transformer.fit_transform(table).complete
        assert complete.sum() == len(table) - 59
        for train, test in cv.split(table):
            of_training = transformer.fit_transform(table.iloc[train])
            of_test = transformer.transform(table.iloc[test])
            assert of_training.complete.any()
            trained = np.asarray(of_training)[of_training.complete]
            tested = np.asarray(of_test)[of_test.complete]
            assert not np.isin(trained, tested).any()

    def test_runs_of_whole_records_stay_whole(self):
        table = pd.concat([with_missing_rows(200), with_missing_rows(200)])
        cv = PurgedLeaveRunsOut(window_length=60, max_gap=5)
        assert cv.get_n_splits(table) == 2
        assert [len(test) for _, test in cv.split(table)] == [195, 195]

    def test_without_it_the_pieces_are_too_short(self):
        with pytest.raises(ValueError, match=r"longest run has 39 rows.*raise max_gap"):
            next(PurgedKFold(3, 60).split(with_missing_rows()))

    def test_a_cut_no_longer_than_max_gap_is_an_error(self):
        table = pd.DataFrame({"x": np.zeros(60)}, index=np.arange(60.0))
        cv = PurgedKFold(6, 3, purge=0, max_gap=12)
        with pytest.raises(ValueError, match=r"cuts rows out .* time step of 11 s .* max_gap"):
            list(cv.split(table))


def test_runs_too_short_for_a_window_are_an_error_and_not_a_split_without_use():
    X = with_runs(np.zeros((390, 1)), groups=np.repeat(np.arange(10), 39))
    with pytest.raises(ValueError, match=r"no training row of fold 0 has the full history of"):
        next(PurgedKFold(2, window_length=60).split(X))


@pytest.mark.parametrize(
    "duration", [np.timedelta64(40, "s"), pd.Timedelta("40s"), "40s", pd.offsets.Second(40)]
)
def test_purge_and_embargo_may_be_times(duration):
    table = make_table("dates", [60], interval=10.0)
    for found, expected in zip(
        PurgedKFold(3, 2, purge=duration, embargo=duration).split(table),
        PurgedKFold(3, 2, purge=4, embargo=4).split(table),
        strict=True,
    ):
        for rows, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(rows, other)


@pytest.mark.parametrize("named", ["y", "groups"])
def test_targets_and_labels_of_another_order_are_refused(named):
    table = make_table("seconds", [60])
    other = pd.Series(0, index=table.index[::-1])
    with pytest.raises(ValueError, match=f"X and {named} have different indexes"):
        next(PurgedKFold(3, 2).split(table, **{named: other}))


@pytest.mark.parametrize("n_splits", [2.5, "3", True, 1])
@pytest.mark.parametrize("splitter", [PurgedKFold, PurgedTimeSeriesSplit, PurgedLeaveRunsOut])
def test_a_number_of_folds_is_a_whole_number(splitter, n_splits):
    X = with_runs(np.zeros((12, 1)), groups=np.repeat(["a", "b", "c"], 4))
    with pytest.raises(ValueError, match=rf"n_splits is {n_splits!r}; expected at least 2 folds"):
        list(splitter(n_splits, window_length=2).split(X))
