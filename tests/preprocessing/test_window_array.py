"""Windows are those of an array, and cost the memory of their rows."""

import pickle
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, shuffle

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray
from tests.preprocessing._tables import naive_history, naive_windows

BRIEF = settings(deadline=None, max_examples=60)


@st.composite
def cases(draw):
    """Draw rows, run starts, a window length and a bar for completeness."""
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    rows = np.arange(3.0 * sum(lengths)).reshape(-1, 3)
    window_length = draw(st.integers(1, 7))
    return rows, starts, window_length, window_length + draw(st.integers(0, 3))


def keys(n_windows):
    """Draw what an array of windows may be indexed with."""
    bound = st.none() | st.integers(-n_windows - 2, n_windows + 2)
    return st.one_of(
        st.builds(slice, bound, bound, st.sampled_from([None, 1, 2, 3, -1, -2])),
        st.lists(st.booleans(), min_size=n_windows, max_size=n_windows).map(
            lambda mask: np.array(mask, dtype=bool)
        ),
        st.lists(st.integers(-n_windows, n_windows - 1) if n_windows else st.nothing()),
        st.lists(st.integers(-n_windows, n_windows - 1) if n_windows else st.nothing()).map(
            lambda rows: np.array(rows, dtype=np.int64)
        ),
    )


@pytest.fixture
def windows():
    """Two runs, of 6 and 4 rows."""
    return WindowArray(
        np.arange(20.0).reshape(10, 2),
        3,
        run_starts=[0, 6],
        run_labels=["a", "b"],
        feature_names=["velocity", "displacement"],
    )


@BRIEF
@given(cases())
def test_windows_are_those_cut_one_by_one(case):
    rows, starts, length, min_history = case
    windows = WindowArray(rows, length, run_starts=starts, min_history=min_history)
    history = naive_history(len(rows), starts)
    np.testing.assert_array_equal(np.asarray(windows), naive_windows(rows, starts, length))
    np.testing.assert_array_equal(windows.history, history)
    np.testing.assert_array_equal(windows.complete, history >= min_history)
    np.testing.assert_array_equal(
        windows.run_codes, np.searchsorted(starts, np.arange(len(rows)), side="right") - 1
    )
    first = np.arange(len(rows)) + 1 - np.minimum(history, length)
    np.testing.assert_array_equal(windows.first_rows, first)
    assert windows.longest_history == history.max()


@BRIEF
@given(cases(), st.data())
def test_indexing_twice_is_that_of_numpy(case, data):
    rows, starts, length, min_history = case
    windows = WindowArray(rows, length, run_starts=starts, min_history=min_history)
    array, complete = np.asarray(windows), windows.complete
    for _ in range(2):
        key = data.draw(keys(len(array)))
        windows = windows[key]
        numpy_key = np.array(key, dtype=np.int64) if isinstance(key, list) else key
        array, complete = array[numpy_key], complete[numpy_key]
        assert isinstance(windows, WindowArray)
        assert windows.shape == array.shape
        np.testing.assert_array_equal(np.asarray(windows), array)
        np.testing.assert_array_equal(windows.complete, complete)
    for row in range(-len(array), len(array)):
        np.testing.assert_array_equal(windows[row], array[row])
    # What travels is the same windows, although fewer rows.
    back = pickle.loads(pickle.dumps(windows))
    np.testing.assert_array_equal(np.asarray(back), array)
    np.testing.assert_array_equal(back.complete, complete)
    np.testing.assert_array_equal(back.history, windows.history)
    pd.testing.assert_series_equal(back.window_index()["run"], windows.window_index()["run"])
    assert len(back.rows) <= len(rows)


def test_attributes_of_an_array(windows):
    assert (len(windows), windows.shape, windows.ndim) == (10, (10, 3, 2), 3)
    assert windows.dtype == np.float64
    assert WindowArray(np.zeros((4, 1), dtype=np.float32), 2).dtype == np.float32
    assert repr(windows) == "WindowArray(shape=(10, 3, 2), dtype=float64, complete=6 of 10)"
    assert repr(windows[:2]) == "WindowArray(shape=(2, 3, 2), dtype=float64, complete=0 of 2)"


def test_window_index_names_run_rows_and_completeness(windows):
    expected = pd.DataFrame(
        {
            "run": ["a", "a", "b", "b"],
            "first_row": [0, 3, 6, 7],
            "last_row": [1, 5, 6, 9],
            "complete": [False, True, False, True],
        }
    )
    pd.testing.assert_frame_equal(windows[[1, 5, 6, 9]].window_index(), expected, check_dtype=False)


def test_a_window_ends_at_its_row_and_stays_inside_its_run(windows):
    np.testing.assert_array_equal(windows[5], [[6, 7], [8, 9], [10, 11]])
    np.testing.assert_array_equal(windows[6], [[12, 13]] * 3)
    np.testing.assert_array_equal(windows[7], [[12, 13], [12, 13], [14, 15]])


@pytest.mark.parametrize(
    "key", [[], np.array([], dtype=np.int64), slice(4, 4), np.zeros(10, dtype=bool)]
)
def test_empty_selection(windows, key):
    none = windows[key]
    assert none.shape == (0, 3, 2)
    assert np.asarray(none).shape == (0, 3, 2)
    assert np.asarray(none).dtype == np.float64
    assert list(none) == []
    assert len(none.window_index()) == 0
    assert repr(none) == "WindowArray(shape=(0, 3, 2), dtype=float64, complete=0 of 0)"
    assert pickle.loads(pickle.dumps(none)).shape == (0, 3, 2)


def test_no_rows_at_all():
    none = WindowArray(np.empty((0, 2)), 3)
    assert np.asarray(none).shape == (0, 3, 2)
    assert none.longest_history == 0
    assert none.complete.tolist() == []


@pytest.mark.parametrize("key", [10, -11, [0, 10], np.ones(9, dtype=bool)])
def test_a_row_outside_is_an_error(windows, key):
    with pytest.raises(IndexError):
        windows[key]


@pytest.mark.parametrize("key", [(0, 1), (slice(None), 0), (Ellipsis, 0)])
def test_only_the_first_axis_is_indexed(windows, key):
    with pytest.raises(IndexError, match="first axis only"):
        windows[key]


@pytest.mark.parametrize("key", [None, np.zeros((2, 2), dtype=int)])
def test_an_index_of_more_dimensions_is_an_error(windows, key):
    with pytest.raises(IndexError, match="at most one dimension"):
        windows[key]


def test_a_trailing_ellipsis_means_nothing(windows):
    np.testing.assert_array_equal(np.asarray(windows[[2, 0], ...]), np.asarray(windows)[[2, 0]])
    np.testing.assert_array_equal(windows[4, ...], windows[4])


def test_iteration_gives_window_after_window(windows):
    each = list(windows)
    assert len(each) == 10
    np.testing.assert_array_equal(np.stack(each), np.asarray(windows))
    np.testing.assert_array_equal(np.stack(list(reversed(windows))), np.asarray(windows)[::-1])


def test_asarray_obeys_dtype_and_copy(windows):
    assert np.asarray(windows, dtype=np.float32).dtype == np.float32
    assert windows.__array__(np.float32).dtype == np.float32
    np.testing.assert_array_equal(
        np.asarray(windows, dtype=np.int64), np.asarray(windows).astype(np.int64)
    )
    for array in (np.array(windows), np.asarray(windows), np.asarray(windows[4:5])):
        array[:] = -1
    assert windows.rows.min() == 0
    assert np.asarray(windows).min() == 0
    with pytest.raises(ValueError, match="cannot become an array without a copy"):
        np.asarray(windows, copy=False)


def test_windows_are_read_only(windows):
    with pytest.raises(TypeError):
        windows[0] = 0.0
    for array in (windows.rows, windows.ends, windows[1:4].ends, windows[[1]].ends):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    back = pickle.loads(pickle.dumps(windows))
    for array in (back.rows, back.ends):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_slices_share_the_rows(windows):
    assert np.shares_memory(windows[2:7][[0, 3]].rows, windows.rows)


def test_memory_grows_with_rows_not_with_window_length():
    rows = np.zeros((100_000, 5))
    tracemalloc.start()
    windows = SlidingWindowTransformer(500).fit_transform(rows)[::2]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert windows.shape == (50_000, 500, 5)
    # The windows themselves would take 1,000 MB.
    assert peak < 3 * rows.nbytes


def test_pickles_ship_rows_and_ends_never_windows():
    rows = np.zeros((1_000_000, 5))
    windows = WindowArray(rows, 500, run_starts=np.arange(100) * 10_000)
    assert len(pickle.dumps(windows)) < 1.2 * rows.nbytes
    # Few windows ship few rows, wherever in their run they are.
    for few in (windows[:10], windows[-10:], windows[[500_000, 500_003]]):
        assert len(pickle.dumps(few)) < 1.1 * 510 * 5 * 8 + 2_000


def test_joblib_hash_depends_on_the_values_alone(windows):
    same = WindowArray(
        np.arange(20.0).reshape(10, 2).copy(),
        3,
        run_starts=[0, 6],
        run_labels=["a", "b"],
        feature_names=["velocity", "displacement"],
    )
    back = pickle.loads(pickle.dumps(windows))
    assert joblib.hash(windows) == joblib.hash(same) == joblib.hash(back)
    assert joblib.hash(windows[2:5]) == joblib.hash(same[2:5])
    others = [
        windows[2:5],
        windows[::-1],
        WindowArray(windows.rows, 3),
        WindowArray(windows.rows + 1, 3, run_starts=[0, 6], run_labels=["a", "b"]),
    ]
    assert len({joblib.hash(each) for each in [windows, *others]}) == 5


def test_scikit_learn_indexes_windows(windows):
    taken = _safe_indexing(windows, [7, 2])
    assert isinstance(taken, WindowArray)
    np.testing.assert_array_equal(np.asarray(taken), np.asarray(windows)[[7, 2]])
    np.testing.assert_array_equal(_safe_indexing(windows, 3), windows[3])
    y = np.arange(10)
    train, test, y_train, y_test = train_test_split(windows, y, test_size=4, random_state=0)
    assert isinstance(train, WindowArray)
    np.testing.assert_array_equal(np.asarray(train), np.asarray(windows)[y_train])
    np.testing.assert_array_equal(np.asarray(test), np.asarray(windows)[y_test])
    mixed, order = shuffle(windows, y, random_state=0)
    np.testing.assert_array_equal(mixed.ends, order)


def test_torch_loads_batches_of_windows(windows):
    loader = torch.utils.data.DataLoader(windows, batch_size=4)
    batches = list(loader)
    assert [tuple(batch.shape) for batch in batches] == [(4, 3, 2), (4, 3, 2), (2, 3, 2)]
    np.testing.assert_array_equal(torch.cat(batches).numpy(), np.asarray(windows))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": np.zeros(4)}, r"rows has 1 dimensions; expected 2"),
        ({"rows": np.zeros((4, 1, 1))}, r"rows has 3 dimensions; expected 2"),
        ({"window_length": 0}, r"window_length is 0; expected at least 1 row"),
        ({"ends": [0, 4]}, r"windows end between rows 0 and 4; expected rows 0 to 3"),
        ({"ends": [-1, 2]}, r"windows end between rows -1 and 2; expected rows 0 to 3"),
        ({"run_starts": [1]}, r"run_starts is \[1\]; expected .* increasing from 0"),
        ({"run_starts": [0, 2, 2]}, r"run_starts is \[0, 2, 2\]; expected"),
        ({"run_starts": []}, r"run_starts is \[\]; expected"),
        ({"min_history": 1}, r"min_history is 1, shorter than window_length=2"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        WindowArray(**{"rows": np.zeros((4, 1)), "window_length": 2, **arguments})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_torch_and_numpy_take_it_as_one_array(dtype):
    windows = SlidingWindowTransformer(3).fit_transform(np.arange(40, dtype=dtype).reshape(20, 2))
    expected = np.asarray(windows)
    for found in (torch.as_tensor(windows), torch.tensor(windows), torch.from_dlpack(windows)):
        np.testing.assert_array_equal(found.numpy(), expected)
    np.testing.assert_array_equal(np.from_dlpack(windows), expected)
    assert torch.as_tensor(windows, dtype=torch.float16).dtype == torch.float16


def test_torch_does_not_go_through_the_windows_one_by_one(monkeypatch):
    windows = WindowArray(np.zeros((20, 2)), 3)
    monkeypatch.setattr(WindowArray, "__getitem__", None)
    assert torch.as_tensor(windows).shape == (20, 3, 2)
