"""A sweep whose splits leak, or leave a run too short, is refused before anything is trained."""

import re

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    PurgedTimeSeriesSplit,
    RepeatedSeedSearchCV,
    RunHoldout,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.model_selection._split_checks import check_splits, check_training_windows
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer
from tests.model_selection._searches import make_record, small_gru

LONGEST = 10


class Counted(RegressorMixin, BaseEstimator):
    """A regressor that counts how often it is trained."""

    n_fits = 0

    def __init__(self, level=0.0):
        self.level = level

    def fit(self, X, y):
        type(self).n_fits += 1
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


class Given(BaseEstimator):
    """A splitter whose splits are given."""

    def __init__(self, splits):
        self.splits = splits

    def split(self, X, y=None, groups=None):
        yield from self.splits

    def get_n_splits(self, X=None, y=None, groups=None):
        return len(self.splits)


@pytest.fixture(autouse=True)
def _count_from_zero(monkeypatch):
    Counted.n_fits = 0

    def fit(self, X, y):
        Counted.n_fits += 1
        self.best_validation_loss_ = 1.0
        return self

    monkeypatch.setattr(GRUFrictionRegressor, "fit", fit)


@pytest.fixture(scope="module")
def record():
    return make_record()


def windowed():
    return Pipeline([("window", SlidingWindowTransformer(2)), ("known", Counted())])


def sweep(cv):
    """Sweep window lengths of which the longest has ten rows."""
    return WindowLengthSearchCV(windowed(), [3, LONGEST], n_repeats=1, cv=cv, refit=False)


def alone(cv):
    return RepeatedSeedSearchCV(Counted(), {"level": [1, 2]}, n_repeats=1, cv=cv, refit=False)


def assert_refused(search, X, y, message):
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)
    assert Counted.n_fits == 0


GOOD = [
    PurgedKFold(3, LONGEST),
    PurgedKFold(3, LONGEST, embargo=4),
    PurgedTimeSeriesSplit(3, LONGEST),
    PurgedLeaveRunsOut(2, LONGEST),
    RunHoldout(window_length=LONGEST, n_blocks=5),
]


class TestGoodSplitters:
    @pytest.mark.parametrize("cv", GOOD, ids=repr)
    def test_pass_for_a_table(self, record, cv):
        search = sweep(cv).fit(*record)
        assert Counted.n_fits == 2 * search.n_splits_

    @pytest.mark.parametrize("cv", GOOD, ids=repr)
    def test_pass_for_windows(self, record, cv):
        windows = SlidingWindowTransformer(LONGEST).fit_transform(record[0])
        search = alone(cv).fit(windows, record[1])
        assert Counted.n_fits == 2 * search.n_splits_

    def test_without_windows_any_split_into_two_passes(self, record):
        # A row has no history to share.
        for cv in (KFold(3), KFold(3, shuffle=True, random_state=0), TimeSeriesSplit(3), 3):
            Counted.n_fits = 0
            alone(cv).fit(*record)
            assert Counted.n_fits == 6

    def test_folds_that_are_blocks_pass_for_a_table(self, record):
        # Windows are cut inside each part, so that nothing of a test gets into a training.
        sweep(KFold(3)).fit(*record)
        assert Counted.n_fits == 6

    def test_a_purge_that_was_lowered_by_name_passes(self, record):
        windows = SlidingWindowTransformer(LONGEST).fit_transform(record[0])
        alone(PurgedKFold(3, LONGEST, purge=2)).fit(windows, record[1])
        assert Counted.n_fits == 6
        sweep(PurgedKFold(3, LONGEST, purge=2)).fit(*record)
        assert Counted.n_fits == 12


class TestLeaks:
    def test_rows_of_both_parts_are_named_with_their_split(self, record):
        first = (np.arange(100), np.arange(100, 150))
        second = (np.arange(150, 220), np.array([230, 219, 218]))
        cv = Given([first, second])
        said = re.escape(f"split 1 of cv={cv!r} leaks: 2 of its 70 training windows share rows")
        for search in (sweep(cv), alone(cv)):
            assert_refused(search, *record, said + ".*the first at row 218")

    def test_one_common_row_is_enough(self, record):
        cv = Given([(np.arange(100), np.arange(99, 150))])
        assert_refused(
            alone(cv), *record, r"(?s)split 0 of cv=.* leaks: 1 of its 100.* at row 99\."
        )
        alone(Given([(np.arange(99), np.arange(99, 150))])).fit(*record)
        assert Counted.n_fits == 2

    @pytest.mark.parametrize(
        "cv",
        [
            KFold(3),
            KFold(3, shuffle=True, random_state=0),
            ShuffleSplit(2, random_state=0),
            TimeSeriesSplit(3),
            TimeSeriesSplit(3, gap=LONGEST - 2),
        ],
        ids=repr,
    )
    def test_windows_share_rows_that_scikit_learns_splitters_know_nothing_of(self, record, cv):
        windows = SlidingWindowTransformer(LONGEST).fit_transform(record[0])
        said = rf"split \d of cv={re.escape(repr(cv))} leaks: \d+ of its \d+ training windows"
        assert_refused(alone(cv), windows, record[1], said + ".*with window_length=10")

    def test_a_gap_as_long_as_a_window_passes(self):
        X, y = make_record((200,))
        windows = SlidingWindowTransformer(LONGEST).fit_transform(X)
        alone(TimeSeriesSplit(3, gap=LONGEST - 1)).fit(windows, y)
        assert Counted.n_fits == 6

    def test_the_windows_that_share_rows_are_counted(self):
        X, y = make_record((60,))
        windows = SlidingWindowTransformer(LONGEST).fit_transform(X)
        # Test windows end in rows 20 to 39; those that end in 11 to 19 and 40 to 48 share rows.
        cv = Given([(np.r_[0:20, 40:60], np.arange(20, 40))])
        assert_refused(alone(cv), windows, y, "leaks: 18 of its 40 .*, the first at row 11")

    def test_other_runs_share_nothing(self, record):
        windows = SlidingWindowTransformer(LONGEST).fit_transform(record[0])
        runs = Runs.of(windows)
        check_splits([(np.arange(150), np.arange(150, 260))], runs, LONGEST, "this")
        # Row 150 is the first of the second run, whose window every test window there reaches to.
        with pytest.raises(ValueError, match=r"split 0 of this leaks: 1 of its 151 .* row 150"):
            check_splits([(np.arange(151), np.arange(151, 260))], runs, LONGEST, "this")


class TestRoom:
    def test_a_shuffled_split_cuts_runs_into_pieces(self, record):
        cv = KFold(3, shuffle=True, random_state=0)
        said = (
            r"the longest window has 10 rows, but run number \d has at most \d consecutive "
            rf"training rows in split 0 of cv={re.escape(repr(cv))}\."
        )
        assert_refused(sweep(cv), *record, said)

    def test_a_run_with_too_few_training_rows_is_named(self, record):
        train = np.r_[0:100, 150:159]
        cv = Given([(np.arange(100), np.arange(110, 120)), (train, np.arange(110, 120))])
        assert_refused(
            sweep(cv),
            *record,
            r"10 rows, but run number 2 has at most 9 consecutive training rows .* split 1",
        )

    def test_one_row_more_is_enough(self, record):
        sweep(Given([(np.r_[0:100, 150:160], np.arange(110, 130))])).fit(*record)
        assert Counted.n_fits == 2

    def test_rows_count_only_after_each_other(self, record):
        train = np.r_[0:100, 150:159, 160:169]
        cv = Given([(train, np.arange(110, 130))])
        assert_refused(sweep(cv), *record, "run number 2 has at most 9 consecutive training rows")

    def test_the_longest_piece_of_a_run_counts(self, record):
        train = np.r_[0:9, 20:30, 40:45]
        sweep(Given([(train, np.arange(110, 130))])).fit(*record)
        assert Counted.n_fits == 2

    def test_the_order_of_the_numbers_has_no_say(self, record):
        runs = Runs.of(record[0])
        check_splits([(np.arange(LONGEST)[::-1], np.arange(110, 130))], runs, LONGEST, "this")
        with pytest.raises(
            ValueError, match="run number 1 has at most 9 consecutive training rows"
        ):
            check_splits([(np.arange(9)[::-1], np.arange(110, 130))], runs, LONGEST, "this")


class TestTrainingWindows:
    """Where the regressor validates by itself."""

    def sweep(self, lengths, **options):
        return WindowLengthSearchCV(small_gru(**options), lengths, n_repeats=1)

    @pytest.mark.parametrize(
        "validation",
        [0.2, RunHoldout(window_length=12, n_blocks=3)],
        ids=["tail", "RunHoldout"],
    )
    def test_a_run_of_which_nothing_trains_is_named(self, validation):
        X, y = make_record((150, 20))
        said = r"the longest window has 12 rows, which leaves no training window in run 1 after"
        assert_refused(self.sweep([3, 12], validation=validation), X, y, said)

    def test_validation_and_purge_are_named(self):
        assert_refused(
            self.sweep([3, 12], validation=0.2),
            *make_record((150, 20)),
            r"validation=0.2 and the purge are removed.*or lower the purge by name",
        )

    def test_the_shorter_windows_alone_pass(self):
        self.sweep([2, 3], validation=0.2).fit(*make_record((150, 20)))
        assert Counted.n_fits == 2

    def test_a_purge_that_was_lowered_by_name_passes(self):
        # Of nine complete windows two validate; two more are purged.
        self.sweep([3, 12], validation=0.2, purge=2).fit(*make_record((150, 20)))
        assert Counted.n_fits == 2

    def test_a_run_shorter_than_the_window_is_refused(self):
        assert_refused(
            self.sweep([3, 12]), *make_record((150, 11)), r"no training window in run 1 after"
        )

    def test_it_is_the_longest_window_of_any_candidate(self):
        X, y = make_record((150, 20))
        grid = [{"window__window_length": [3]}, {"gru__lr": [0.1]}]
        model = small_gru().set_params(window__window_length=12)
        search = RepeatedSeedSearchCV(model, grid, n_repeats=1)
        assert_refused(search, X, y, "the longest window has 12 rows.*in run 1 after")
        model = small_gru().set_params(window__window_length=2)
        RepeatedSeedSearchCV(model, grid, n_repeats=1).fit(X, y)
        assert Counted.n_fits == 2

    def test_a_run_that_a_splitter_gives_to_validation_as_a_whole_is_not_missed(self):
        X, y = make_record((150, 20))

        holdout = Given([(np.arange(150), np.arange(150, 170))])
        self.sweep([3, 12], validation=holdout).fit(X, y)
        assert Counted.n_fits == 2

    def test_nothing_that_validates_is_refused(self):
        X, y = make_record((150,))
        assert_refused(self.sweep([3, 149]), X, y, "no complete window is left .*validation=0.2")

    def test_other_regressors_are_not_looked_into(self):
        X, y = make_record((150, 20))
        check_training_windows(windowed().set_params(window__window_length=LONGEST), X, y)
        with pytest.raises(ValueError, match="in run 1 after"):
            check_training_windows(small_gru().set_params(window__window_length=12), X, y)
