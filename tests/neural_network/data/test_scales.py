"""Means and scales: from the rows in the training windows, each of which counts once."""

import numpy as np
import pytest

from sklearn_frictiongru.neural_network._data._scales import (
    Scales,
    learn_statistics,
)
from sklearn_frictiongru.preprocessing import WindowArray
from tests.neural_network._models import small_regressor

ROWS = np.array([[1.0, 9.0], [2.0, 1.0], [4.0, 4.0], [8.0, -3.0], [16.0, 0.0], [32.0, 2.0]])
Y = np.array([0.5, 0.6, 0.9, 0.2, 0.7, 0.1])


def test_rows_in_several_windows_count_once_and_others_not_at_all():
    # Rows 1 to 4; row 2 and 3 lie in both windows.
    statistics = learn_statistics(WindowArray(ROWS, 3), Y, np.array([3, 4]))
    np.testing.assert_allclose(statistics.X_mean, ROWS[1:5].mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(statistics.X_scale, ROWS[1:5].std(axis=0), rtol=1e-14)
    assert statistics.y_mean == pytest.approx((0.2 + 0.7) / 2)
    assert statistics.y_scale == pytest.approx(0.25)
    assert type(statistics.y_mean) is type(statistics.y_scale) is float


def test_padded_windows_reach_no_row_of_the_run_before():
    windows = WindowArray(ROWS, 3, run_starts=[0, 4])
    statistics = learn_statistics(windows, Y, np.array([4, 5]))
    np.testing.assert_allclose(statistics.X_mean, ROWS[4:].mean(axis=0), rtol=1e-14)


def test_the_order_and_gaps_of_windows_do_not_matter():
    windows = WindowArray(ROWS, 2)
    # Rows 0, 1 and 4, 5.
    statistics = learn_statistics(windows, Y, np.array([5, 1]))
    reached = ROWS[[0, 1, 4, 5]]
    np.testing.assert_allclose(statistics.X_mean, reached.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(statistics.X_scale, reached.std(axis=0), rtol=1e-14)


def test_a_row_has_the_mean_weight_of_its_windows():
    weights = np.array([7.0, 7.0, 7.0, 1.0, 4.0, 7.0])
    training = np.array([3, 4])
    statistics = learn_statistics(WindowArray(ROWS, 3), Y, training, weights)
    of_rows = [1.0, 2.5, 2.5, 4.0]
    mean = np.average(ROWS[1:5], axis=0, weights=of_rows)
    variance = np.average((ROWS[1:5] - mean) ** 2, axis=0, weights=of_rows)
    np.testing.assert_allclose(statistics.X_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(statistics.X_scale, np.sqrt(variance), rtol=1e-13)
    assert statistics.y_mean == pytest.approx((0.2 + 4 * 0.7) / 5)
    assert statistics.y_scale == pytest.approx(np.sqrt((1 * 0.4**2 + 4 * 0.1**2) / 5))


@pytest.mark.parametrize("weights", [None, np.array([7.0, 3.0, 7.0, 1.0, 4.0, 7.0])])
def test_long_records_are_read_in_pieces(monkeypatch, weights):
    # The middle two rows are in no window, and the last input is constant but for rounding.
    rows = np.column_stack([ROWS, np.full(6, 0.1)])
    windows, training = WindowArray(rows, 1), np.array([0, 1, 4, 5])
    whole = learn_statistics(windows, Y, training, weights)
    monkeypatch.setattr("sklearn_frictiongru.utils.pieces.ROWS_AT_ONCE", 2)
    in_pieces = learn_statistics(windows, Y, training, weights)
    for name in ("X_mean", "X_scale"):
        np.testing.assert_allclose(getattr(in_pieces, name), getattr(whole, name), rtol=1e-13)
    assert in_pieces.X_constant.tolist() == whole.X_constant.tolist() == [False, False, True]


def test_weights_lost_in_rounding_leave_the_others_as_they_are(monkeypatch):
    monkeypatch.setattr("sklearn_frictiongru.utils.pieces.ROWS_AT_ONCE", 2)
    weights = np.array([1.0, 1.0, 1e-20, 1e-20, 1.0, 1.0])
    statistics = learn_statistics(WindowArray(ROWS, 1), Y, np.arange(6), weights)
    counted = ROWS[[0, 1, 4, 5]]
    np.testing.assert_allclose(statistics.X_mean, counted.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(statistics.X_scale, counted.std(axis=0), rtol=1e-13)


def test_equal_weights_change_nothing():
    windows, training = WindowArray(ROWS, 3), np.array([2, 3, 5])
    plain = learn_statistics(windows, Y, training)
    weighted = learn_statistics(windows, Y, training, np.full(6, 5.0))
    for name in ("X_mean", "X_scale", "y_mean", "y_scale"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(plain, name), rtol=1e-13)


def test_whole_weights_of_single_rows_are_repeated_rows():
    times = np.array([1, 3, 2, 1, 4, 2])
    weighted = learn_statistics(WindowArray(ROWS, 1), Y, np.arange(6), times.astype(float))
    repeated = learn_statistics(
        WindowArray(np.repeat(ROWS, times, axis=0), 1), np.repeat(Y, times), np.arange(13)
    )
    for name in ("X_mean", "X_scale", "y_mean", "y_scale"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-13)


def test_several_targets_have_scales_of_their_own():
    several = np.column_stack([Y, 100.0 * Y**2, np.full(6, 3.0)])
    training = np.array([2, 4, 5])
    statistics = learn_statistics(WindowArray(ROWS, 2), several, training)
    np.testing.assert_allclose(statistics.y_mean, several[training].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(
        statistics.y_scale[:2], several[training, :2].std(axis=0), rtol=1e-13
    )
    assert statistics.y_scale[2] == 1.0
    assert statistics.y_constant.tolist() == [False, False, True]


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9, 1e-300])
def test_constants_are_found_where_they_are_trained_on(value):
    rows = ROWS.copy()
    rows[2:5, 0] = value
    y = Y.copy()
    windows, training = WindowArray(rows, 2), np.array([3, 4])
    statistics = learn_statistics(windows, y, training)
    assert statistics.X_constant.tolist() == [True, False]
    assert statistics.X_scale[0] == 1.0
    assert statistics.X_mean[0] == pytest.approx(value)
    assert statistics.y_constant.tolist() == [False]
    y[3:5] = value
    of_constant = learn_statistics(windows, y, training)
    assert of_constant.y_constant.tolist() == [True]
    assert of_constant.y_scale == 1.0
    # One row more and nothing is constant.
    assert learn_statistics(windows, y, np.array([3, 4, 5])).X_constant.tolist() == [False, False]


def test_rows_in_float32_are_summed_in_float64():
    rows = (ROWS + 1e4).astype(np.float32)
    statistics = learn_statistics(
        WindowArray(np.tile(rows, (500, 1)), 1), np.tile(Y, 500), np.arange(3000)
    )
    np.testing.assert_allclose(statistics.X_mean, rows.astype(float).mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(statistics.X_scale, ROWS.std(axis=0), rtol=1e-7)


class TestScales:
    scales = Scales(np.array([1.0, -2.0]), np.array([3.0, 0.5]), 0.7, 0.1)

    def test_standardised_values_and_their_way_back(self):
        np.testing.assert_array_equal(
            self.scales.standardize_X(ROWS), (ROWS - [1.0, -2.0]) / [3.0, 0.5]
        )
        np.testing.assert_array_equal(self.scales.standardize_y(Y), (Y - 0.7) / 0.1)
        back = self.scales.to_target_units(self.scales.standardize_y(Y))
        np.testing.assert_allclose(back, Y, rtol=1e-14)

    def test_a_loss_is_in_squared_units_of_one_target(self):
        assert self.scales.loss_unit == 0.1**2
        several = Scales(0.0, 1.0, Y[:2], Y[2:4])
        assert several.loss_unit == 1.0

    @pytest.mark.parametrize("normalize_X", [True, False])
    @pytest.mark.parametrize("normalize_y", [True, False])
    def test_those_of_a_regressor_are_the_identity_where_it_does_not_standardise(
        self, normalize_X, normalize_y
    ):
        regressor = small_regressor(normalize_X=normalize_X, normalize_y=normalize_y, max_epochs=1)
        scales = Scales.of(regressor.fit(ROWS, Y))
        expected = (regressor.X_mean_, regressor.X_scale_) if normalize_X else ([0, 0], [1, 1])
        np.testing.assert_array_equal((scales.X_offset, scales.X_factor), expected)
        expected = (regressor.y_mean_, regressor.y_scale_) if normalize_y else (0.0, 1.0)
        assert (scales.y_offset, scales.y_factor) == expected
