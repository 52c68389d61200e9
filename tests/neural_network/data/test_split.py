"""Training and validation windows share no row, and none is lost silently."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.neural_network._data._split import split_training_windows
from sklearn_frictiongru.preprocessing import WindowArray


class FixedSplit:
    """A splitter that gives the splits it was made with."""

    def __init__(self, *splits):
        self.splits = splits

    def split(self, X, y):
        assert len(X) == len(y)
        yield from self.splits


def split(windows, *, validation=0.2, purge=None, stride=1):
    return split_training_windows(
        windows,
        np.zeros(len(windows)),
        validation=validation,
        purge=windows.window_length - 1 if purge is None else purge,
        stride=stride,
    )


def rows_of(windows, number):
    return set(range(windows.first_rows[number], windows.ends[number] + 1))


def one_run(n_rows, window_length, **parameters):
    return WindowArray(np.zeros((n_rows, 1)), window_length, **parameters)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.integers(1, 25), min_size=1, max_size=3),
    st.integers(1, 6),
    st.integers(0, 3),
    st.floats(0.05, 0.6),
    st.randoms(use_true_random=False),
)
def test_no_training_window_shares_a_row_with_a_validation_window(
    lengths, window_length, longer, share, random
):
    windows = one_run(
        sum(lengths),
        window_length,
        run_starts=np.cumsum([0, *lengths[:-1]]),
        min_history=window_length + longer,
    )
    # The windows of a shuffled split stand in no order.
    numbers = list(range(len(windows)))
    random.shuffle(numbers)
    windows = windows[numbers]
    complete = np.flatnonzero(windows.complete)
    by_run = [complete[windows.run_codes[complete] == run] for run in range(len(lengths))]
    tails = [round(share * len(members)) for members in by_run]
    assume(sum(tails))
    training, validating, n_purged = split(windows, validation=share)
    expected = [
        members[np.argsort(windows.ends[members])][len(members) - tail :]
        for members, tail in zip(by_run, tails, strict=True)
    ]
    assert validating.tolist() == np.concatenate(expected).tolist()
    assert windows.complete[training].all()
    reached = set().union(*(rows_of(windows, number) for number in validating))
    for number in complete:
        if number in training:
            assert not rows_of(windows, number) & reached
        elif number not in validating:
            assert rows_of(windows, number) & reached
    assert len(training) + len(validating) + n_purged == len(complete)
    # In the order of runs and rows, whatever order they came in.
    places = list(zip(windows.run_codes[training], windows.ends[training], strict=True))
    assert places == sorted(places)


def test_purge_says_how_far_training_stays_away():
    windows = one_run(50, 5)
    for purge in (0, 2, 4, 10):
        training, validating, n_purged = split(windows, purge=purge)
        assert validating.tolist() == list(range(41, 50))
        assert training.tolist() == list(range(4, 41 - purge))
        assert n_purged == purge


def test_stride_thins_the_training_windows_of_each_run():
    windows = one_run(60, 3, run_starts=[0, 25])
    training, validating, n_purged = split(windows, stride=4)
    assert training.tolist() == [*range(2, 18, 4), *range(27, 51, 4)]
    assert validating.tolist() == [*range(20, 25), *range(53, 60)]
    assert n_purged == 4


def test_without_validation_all_complete_windows_train():
    windows = one_run(20, 4)
    training, validating, n_purged = split(windows, validation=None)
    assert training.tolist() == list(range(3, 20))
    assert (len(validating), n_purged) == (0, 0)


def test_a_splitter_chooses_among_the_complete_windows():
    windows = one_run(30, 4)
    splitter = FixedSplit((np.arange(12), np.arange(20, 25)))
    training, validating, n_purged = split(windows, validation=splitter)
    assert training.tolist() == list(range(3, 12))
    assert validating.tolist() == list(range(20, 25))
    assert n_purged == 0
    # What the splitter leaves too close is purged all the same.
    close = FixedSplit((np.arange(20), np.arange(20, 25)))
    training, _, n_purged = split(windows, validation=close)
    assert training.tolist() == list(range(3, 17))
    assert n_purged == 3


@pytest.mark.parametrize("splits", [(), ((np.arange(5), np.arange(9)),) * 2])
def test_a_splitter_must_give_one_split(splits):
    with pytest.raises(ValueError, match=f"gives {len(splits)} splits; expected one"):
        split(one_run(30, 4), validation=FixedSplit(*splits))


@pytest.mark.parametrize(
    ("validation", "n_rows"),
    [(0.2, 5), (FixedSplit((np.arange(20), np.arange(3))), 30)],
)
def test_nothing_to_validate_with_is_an_error(validation, n_rows):
    n_complete = max(n_rows - 3, 0)
    with pytest.raises(
        ValueError, match=rf"no complete window .* of {n_complete} complete windows"
    ):
        split(one_run(n_rows, 4), validation=validation)
