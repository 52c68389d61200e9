"""In which half of the window an importance lies."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_frictiongru.utils.lag_trend import highest_at_oldest, lag_trend, near_share


def model(by_lag, lags=None):
    by_lag = np.asarray(by_lag, dtype=float)
    lags = np.arange(len(by_lag)) if lags is None else lags
    return SimpleNamespace(lags=np.asarray(lags), by_lag=by_lag)


@pytest.mark.parametrize(
    ("by_lag", "expected"),
    [
        # The share of the half of the window next to the target: 0.9, 0.1, 0.6, 0.4.
        ([[6.0], [3.0], [1.0], [0.0]], "near"),
        ([[0.0], [1.0], [3.0], [6.0]], "far"),
        ([[3.0], [3.0], [2.0], [2.0]], "even"),
        ([[2.0], [2.0], [3.0], [3.0]], "even"),
        # The middle lag of an odd number belongs to both halves: 0.46.
        ([[1.0], [90.0], [9.0]], "even"),
        # Inputs count together: 4.5 of 6.
        ([[3.0, 0.0], [1.0, 0.5], [0.0, 0.5], [0.0, 1.0]], "near"),
        ([[0.0], [0.0]], "even"),
        ([[1.0]], "even"),
    ],
)
def test_halves_of_the_window_are_compared(by_lag, expected):
    assert lag_trend([model(by_lag)]) == expected


@pytest.mark.parametrize(
    ("by_lag", "lags", "expected"),
    [
        ([[3.0], [1.0], [1.0], [4.0]], None, True),
        ([[3.0], [1.0], [1.0], [4.0]], [3, 2, 1, 0], False),
        ([[1.0], [1.0], [1.0], [1.0]], None, False),
        # Inputs count together.
        ([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]], None, True),
        ([[1.0]], None, False),
        ([[0.0], [0.0]], None, False),
    ],
)
def test_the_oldest_lag_may_have_the_most(by_lag, lags, expected):
    assert highest_at_oldest([model(by_lag, lags)]) is expected


def test_lags_may_come_in_any_order():
    assert lag_trend([model([[0.0], [1.0], [3.0], [6.0]], [3, 2, 1, 0])]) == "near"


@pytest.mark.parametrize(
    ("by_lag", "expected"),
    [
        ([[6.0], [3.0], [1.0], [0.0]], 0.9),
        ([[1.0], [90.0], [9.0]], 0.46),
        ([[1.0]], 0.5),
        ([[0.0], [0.0]], np.nan),
    ],
)
def test_share_of_the_half_next_to_the_target(by_lag, expected):
    assert near_share([model(by_lag)]) == pytest.approx(expected, nan_ok=True)


def test_each_model_counts_the_same():
    falls, rises = [[1000.0], [0.0]], [[0.0], [1.0]]
    assert lag_trend([model(falls), model(rises), model(rises), model(rises)]) == "far"
