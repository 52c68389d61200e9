"""Windows cut on the device are those of the WindowArray, each once per epoch."""

import numpy as np
import pytest
import torch

from sklearn_frictiongru.neural_network._data._batches import WindowBatches, WindowDataset
from sklearn_frictiongru.neural_network._data._scales import Scales
from tests.neural_network._models import record, windows_of

MEAN, SCALE = np.array([1.0, -2.0]), np.array([3.0, 0.5])
SCALES = Scales(MEAN, SCALE, 0.0, 1.0)


@pytest.fixture
def windows():
    X, _ = record(20, runs=2)
    return windows_of(X, 4)


def dataset_of(windows, y=None):
    return WindowDataset(windows, y, scales=SCALES, device=torch.device("cpu"))


@pytest.mark.parametrize("rows", [slice(None), slice(7, 13), [19, 0, 5, 5]])
def test_windows_are_cut_and_standardised(windows, rows):
    windows = windows[rows]
    dataset = dataset_of(windows, np.arange(len(windows)))
    assert len(dataset) == len(windows)
    cut, y = dataset.cut(torch.arange(len(windows)))
    expected = ((np.asarray(windows) - MEAN) / SCALE).astype(np.float32)
    np.testing.assert_array_equal(cut.numpy(), expected)
    np.testing.assert_array_equal(y.numpy(), np.arange(len(windows)))
    assert cut.dtype == y.dtype == torch.float32
    last, target = dataset[len(windows) - 1]
    np.testing.assert_array_equal(last.numpy(), expected[-1])
    assert float(target) == len(windows) - 1


def test_without_targets_there_are_zeros(windows):
    _, y = dataset_of(windows).cut(torch.tensor([3, 4]))
    assert y.tolist() == [0.0, 0.0]


def test_the_rows_are_kept_once(windows):
    assert dataset_of(windows).rows.shape == (20, 2)


@pytest.mark.parametrize("numbers", [[], [3], [19, 19, 0]])
def test_some_of_the_windows_share_the_rows(windows, numbers):
    dataset = dataset_of(windows, np.arange(20))
    some = dataset.subset(np.array(numbers, dtype=int))
    assert len(some) == len(numbers)
    assert some.rows is dataset.rows
    cut, y = some.cut(torch.arange(len(numbers)))
    assert y.tolist() == numbers
    assert torch.equal(cut, dataset.cut(torch.tensor(numbers, dtype=torch.int64))[0])
    assert len(dataset) == 20
    without_targets = dataset_of(windows).subset(np.array(numbers, dtype=int))
    assert without_targets.y is None


def test_weights_travel_with_the_windows(windows):
    dataset = WindowDataset(
        windows,
        np.arange(20),
        np.arange(20) * 2.0,
        scales=Scales(np.zeros(2), np.ones(2), 0.0, 1.0),
        device=torch.device("cpu"),
    )
    for chosen, numbers in ((dataset, [3, 4]), (dataset.subset(np.array([9, 3, 4])), [1, 2])):
        cut, y = chosen.cut(torch.tensor(numbers))
        assert y.tolist() == [3.0, 4.0]
        assert cut["sample_weight"].tolist() == [6.0, 8.0]
        assert torch.equal(cut["windows"], torch.as_tensor(np.asarray(windows)[[3, 4]]).float())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_targets_and_weights_have_the_type_asked_for(windows, dtype):
    dataset = WindowDataset(
        windows,
        np.arange(20),
        np.ones(20),
        scales=Scales(np.zeros(2), np.ones(2), 0.0, 1.0),
        device=torch.device("cpu"),
        dtype=dtype,
    )
    expected = torch.float32 if dtype == np.float32 else torch.float64
    assert {dataset.rows.dtype, dataset.y.dtype, dataset.sample_weight.dtype} == {expected}


@pytest.mark.parametrize(
    ("batch_size", "sizes"), [(8, [8, 8, 4]), (20, [20]), (50, [20]), (1, [1] * 20)]
)
def test_batches_hold_every_window_once(windows, batch_size, sizes):
    dataset = dataset_of(windows, np.arange(20))
    in_order = WindowBatches(dataset, batch_size)
    assert len(in_order) == len(sizes)
    assert [len(y) for _, y in in_order] == sizes
    assert torch.cat([y for _, y in in_order]).tolist() == list(range(20))
    shuffled = WindowBatches(dataset, batch_size, torch.Generator().manual_seed(0))
    cut, y = (torch.cat(parts) for parts in zip(*shuffled, strict=True))
    assert sorted(y.tolist()) == list(range(20))
    assert y.tolist() != list(range(20))
    assert torch.equal(cut, dataset.cut(y.long())[0])


def test_the_order_comes_from_the_generator_and_differs_between_epochs(windows):
    dataset = dataset_of(windows, np.arange(20))

    def epochs(seed):
        batches = WindowBatches(dataset, 20, torch.Generator().manual_seed(seed))
        return [y.tolist() for _ in range(3) for _, y in batches]

    before = torch.get_rng_state()
    orders = epochs(0)
    assert torch.equal(torch.get_rng_state(), before)
    assert orders == epochs(0)
    assert orders != epochs(1)
    assert len(set(map(tuple, orders))) == 3


def test_torch_loads_the_dataset(windows):
    dataset = dataset_of(windows, np.arange(20))
    cut, y = next(iter(torch.utils.data.DataLoader(dataset, batch_size=20)))
    assert torch.equal(cut, dataset.cut(torch.arange(20))[0])
    assert y.tolist() == list(range(20))
