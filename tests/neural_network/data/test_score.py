"""The score: R2 where there is a full history."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from sklearn_frictiongru.neural_network._data._score import score_complete
from sklearn_frictiongru.preprocessing import WindowArray


class LastValue(BaseEstimator):
    """Predict the last values of each window."""

    def predict(self, X):
        last = np.asarray(X).reshape(len(X), -1, 2)[:, -1]
        return last[:, 0] if np.ptp(last[:, 1]) == 0 else last


ROWS = np.column_stack([[5.0, 1.0, 2.0, 4.0, 3.0, 7.0], np.zeros(6)])
Y = np.array([-100.0, 100.0, 2.5, 3.0, 3.5, 6.0])
# Of windows 2 to 5: squared errors 1.75, squares about the mean of 3.75 7.25.
R2 = 1 - (0.25 + 1.0 + 0.25 + 1.0) / (1.25**2 + 0.75**2 + 0.25**2 + 2.25**2)


def test_windows_that_are_not_complete_do_not_count():
    assert score_complete(LastValue(), WindowArray(ROWS, 3), Y) == pytest.approx(R2, rel=1e-12)


def test_a_longer_history_leaves_fewer_windows_to_count():
    windows = WindowArray(ROWS, 3, min_history=4)
    errors, spread = 1.0 + 0.25 + 1.0, ((Y[3:] - Y[3:].mean()) ** 2).sum()
    assert score_complete(LastValue(), windows, Y) == pytest.approx(1 - errors / spread)


def test_all_windows_of_arrays_and_tables_count():
    expected = score_complete(LastValue(), WindowArray(ROWS, 1), Y)
    assert expected < 0.1
    assert score_complete(LastValue(), ROWS, Y) == expected
    assert score_complete(LastValue(), ROWS[:, None], Y) == expected
    complete = np.asarray(WindowArray(ROWS, 3)[2:])
    assert score_complete(LastValue(), complete, Y[2:]) == pytest.approx(R2, rel=1e-12)


def test_targets_are_taken_by_place_whatever_their_labels():
    labelled = pd.Series(Y, index=[5, 4, 3, 2, 1, 0])
    windows = WindowArray(ROWS, 3)
    for targets in (labelled, Y.tolist()):
        assert score_complete(LastValue(), windows, targets) == pytest.approx(R2, rel=1e-12)


@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series])
def test_weights_are_those_of_the_windows(kind):
    weights = np.array([50.0, 60.0, 1.0, 2.0, 0.0, 3.0])
    found = score_complete(LastValue(), WindowArray(ROWS, 3), Y, kind(weights))
    counted = weights[2:]
    mean = np.average(Y[2:], weights=counted)
    errors = (counted * (ROWS[2:, 0] - Y[2:]) ** 2).sum()
    assert found == pytest.approx(1 - errors / (counted * (Y[2:] - mean) ** 2).sum(), rel=1e-12)
    assert found != pytest.approx(R2)


def test_several_targets_count_alike():
    rows = np.column_stack([ROWS[:, 0], [0.0, 9.0, 100.0, 300.0, 200.0, 400.0]])
    y = np.column_stack([Y, [9.0, -9.0, 200.0, 200.0, 300.0, 300.0]])
    second = 1 - 4 * 100.0**2 / (4 * 50.0**2)
    found = score_complete(LastValue(), WindowArray(rows, 3), y)
    assert found == pytest.approx((R2 + second) / 2, rel=1e-12)


def test_nothing_complete_cannot_be_scored():
    windows = WindowArray(ROWS, 3, run_starts=[0, 2, 4], min_history=5)
    message = (
        "none of the 6 windows is complete, .*the longest run has 2 rows, a complete window needs 5"
    )
    with pytest.raises(ValueError, match=message):
        score_complete(LastValue(), windows, Y)
