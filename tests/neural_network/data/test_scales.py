"""Means and scales: from the rows in the training windows, each of which counts once."""

import numpy as np
import pytest

from sklearn_frictiongru.neural_network._data._scales import learn_scales
from sklearn_frictiongru.preprocessing import WindowArray

ROWS = np.array([[1.0, 9.0], [2.0, 1.0], [4.0, 4.0], [8.0, -3.0], [16.0, 0.0], [32.0, 2.0]])
Y = np.array([0.5, 0.6, 0.9, 0.2, 0.7, 0.1])


def test_rows_in_several_windows_count_once_and_others_not_at_all():
    # Rows 1 to 4; row 2 and 3 lie in both windows.
    scales = learn_scales(WindowArray(ROWS, 3), Y, np.array([3, 4]))
    np.testing.assert_allclose(scales.X_mean, ROWS[1:5].mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(scales.X_scale, ROWS[1:5].std(axis=0), rtol=1e-14)
    assert scales.y_mean == pytest.approx((0.2 + 0.7) / 2)
    assert scales.y_scale == pytest.approx(0.25)
    assert type(scales.y_mean) is type(scales.y_scale) is float


def test_padded_windows_reach_no_row_of_the_run_before():
    windows = WindowArray(ROWS, 3, run_starts=[0, 4])
    scales = learn_scales(windows, Y, np.array([4, 5]))
    np.testing.assert_allclose(scales.X_mean, ROWS[4:].mean(axis=0), rtol=1e-14)


def test_the_order_and_gaps_of_windows_do_not_matter():
    windows = WindowArray(ROWS, 2)
    # Rows 0, 1 and 4, 5.
    scales = learn_scales(windows, Y, np.array([5, 1]))
    reached = ROWS[[0, 1, 4, 5]]
    np.testing.assert_allclose(scales.X_mean, reached.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(scales.X_scale, reached.std(axis=0), rtol=1e-14)


def test_a_row_has_the_mean_weight_of_its_windows():
    weights = np.array([7.0, 7.0, 7.0, 1.0, 4.0, 7.0])
    training = np.array([3, 4])
    scales = learn_scales(WindowArray(ROWS, 3), Y, training, weights)
    of_rows = [1.0, 2.5, 2.5, 4.0]
    mean = np.average(ROWS[1:5], axis=0, weights=of_rows)
    variance = np.average((ROWS[1:5] - mean) ** 2, axis=0, weights=of_rows)
    np.testing.assert_allclose(scales.X_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(scales.X_scale, np.sqrt(variance), rtol=1e-13)
    assert scales.y_mean == pytest.approx((0.2 + 4 * 0.7) / 5)
    assert scales.y_scale == pytest.approx(np.sqrt((1 * 0.4**2 + 4 * 0.1**2) / 5))


def test_equal_weights_change_nothing():
    windows, training = WindowArray(ROWS, 3), np.array([2, 3, 5])
    plain = learn_scales(windows, Y, training)
    weighted = learn_scales(windows, Y, training, np.full(6, 5.0))
    for name in ("X_mean", "X_scale", "y_mean", "y_scale"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(plain, name), rtol=1e-13)


def test_whole_weights_of_single_rows_are_repeated_rows():
    times = np.array([1, 3, 2, 1, 4, 2])
    weighted = learn_scales(WindowArray(ROWS, 1), Y, np.arange(6), times.astype(float))
    repeated = learn_scales(
        WindowArray(np.repeat(ROWS, times, axis=0), 1), np.repeat(Y, times), np.arange(13)
    )
    for name in ("X_mean", "X_scale", "y_mean", "y_scale"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-13)


def test_several_targets_have_scales_of_their_own():
    several = np.column_stack([Y, 100.0 * Y**2, np.full(6, 3.0)])
    training = np.array([2, 4, 5])
    scales = learn_scales(WindowArray(ROWS, 2), several, training)
    np.testing.assert_allclose(scales.y_mean, several[training].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(scales.y_scale[:2], several[training, :2].std(axis=0), rtol=1e-13)
    assert scales.y_scale[2] == 1.0
    assert scales.y_constant.tolist() == [False, False, True]


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9, 1e-300])
def test_constants_are_found_where_they_are_trained_on(value):
    rows = ROWS.copy()
    rows[2:5, 0] = value
    y = Y.copy()
    windows, training = WindowArray(rows, 2), np.array([3, 4])
    scales = learn_scales(windows, y, training)
    assert scales.X_constant.tolist() == [True, False]
    assert scales.X_scale[0] == 1.0
    assert scales.X_mean[0] == pytest.approx(value)
    assert scales.y_constant.tolist() == [False]
    y[3:5] = value
    of_constant = learn_scales(windows, y, training)
    assert of_constant.y_constant.tolist() == [True]
    assert of_constant.y_scale == 1.0
    # One row more and nothing is constant.
    assert learn_scales(windows, y, np.array([3, 4, 5])).X_constant.tolist() == [False, False]


def test_rows_in_float32_are_summed_in_float64():
    rows = (ROWS + 1e4).astype(np.float32)
    scales = learn_scales(WindowArray(np.tile(rows, (500, 1)), 1), np.tile(Y, 500), np.arange(3000))
    np.testing.assert_allclose(scales.X_mean, rows.astype(float).mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(scales.X_scale, ROWS.std(axis=0), rtol=1e-7)
