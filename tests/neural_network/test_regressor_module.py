"""Modules of the user's own."""

import tracemalloc

import joblib
import numpy as np
import pytest
import torch

from sklearn_frictiongru.preprocessing import WindowArray
from tests.neural_network._models import (
    small_regressor,
    weights_of,
)


class LastRows(torch.nn.Module):
    """A line through the last row, with dropout from torch's global generator."""

    def __init__(self, n_features, n_outputs, dropout=0.5):
        super().__init__()
        self.dropout = torch.nn.Dropout(dropout)
        self.line = torch.nn.Linear(n_features, n_outputs)

    def forward(self, windows):
        return self.line(self.dropout(windows[:, -1]))


def train_last_rows(seed, windows, y):
    return weights_of(small_regressor(module=LastRows, random_state=seed).fit(windows, y))


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_module_of_ones_own_is_trained(windows, table, n_outputs):
    y = table[0].to_numpy()[:, :n_outputs].squeeze() * 0.05 + 0.6
    model = small_regressor(module=LastRows, dropout=0.0, max_epochs=60).fit(windows, y)
    assert isinstance(model.net_.module_, LastRows)
    assert model.predict(windows).shape == y.shape
    assert model.score(windows, y) > 0.99


def test_a_fit_takes_a_few_times_the_memory_of_its_rows():
    rows = np.random.default_rng(0).normal(size=(200_000, 5))
    model = small_regressor(module=LastRows, dropout=0.0, batch_size=4_096, max_epochs=1)
    # What the libraries load once is not what the rows cost.
    model.fit(WindowArray(rows[:9_000], 50), rows[:9_000, 0])
    tracemalloc.start()
    model.fit(WindowArray(rows, 50), rows[:, 0])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * rows.nbytes


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_modules_that_draw_from_the_global_generator_do_so_from_the_seed(windows, y, backend):
    torch.manual_seed(11)
    state = torch.get_rng_state()
    alone = [train_last_rows(seed, windows, y) for seed in (0, 1, 0)]
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(alone[0], alone[2])
    assert not np.array_equal(alone[0], alone[1])
    with joblib.parallel_config(backend=backend, n_jobs=2):
        beside = joblib.Parallel()(
            joblib.delayed(train_last_rows)(seed, windows, y) for seed in (0, 1)
        )
    for one, other in zip(alone, beside, strict=False):
        np.testing.assert_array_equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_made_module_starts_from_its_weights_and_is_left_alone(windows, y):
    made = LastRows(2, 1)
    before = made.line.weight.detach().clone()
    models = [
        small_regressor(module=made, random_state=seed, lr=1e-12).fit(windows, y) for seed in (0, 1)
    ]
    for model in models:
        torch.testing.assert_close(model.net_.module_.line.weight.detach(), before)
        assert model.net_.module_ is not made
    small_regressor(module=made).fit(windows, y)
    assert torch.equal(made.line.weight, before)


def test_a_module_of_the_wrong_shape_is_named(windows, y):
    def of_every_row(n_features):
        return torch.nn.Linear(n_features, 1)

    with pytest.raises(ValueError, match=r"the module returned shape \(16, 5, 1\); expected"):
        small_regressor(module=of_every_row).fit(windows, y)
