import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import RunHoldout, rotated_predictions
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs


class Remember(RegressorMixin, BaseEstimator):
    """Predict 1 for each row number that it was fitted to, else 0."""

    def fit(self, X, y):
        self.seen_ = set(np.asarray(X)[:, 0])
        return self

    def predict(self, X):
        return np.array([float(value in self.seen_) for value in np.asarray(X)[:, 0]])


@pytest.mark.parametrize("n_rows", [100, 997, 1505])
@pytest.mark.parametrize(("share", "n_blocks"), [(0.2, 10), (0.1, 20), (0.25, 5), (0.2, 1)])
def test_every_row_is_tested_once(n_rows, share, n_blocks):
    holdout = RunHoldout(share, share, n_blocks=n_blocks, window_length=1)
    X = np.zeros((n_rows, 1))
    parts = np.stack([rotation.parts(X) for rotation in holdout.rotations()])
    assert ((parts == "test").sum(axis=0) == 1).all()
    assert ((parts == "validation").sum(axis=0) == 1).all()
    assert parts[0].tolist() == holdout.parts(X).tolist()


def test_rotations_keep_to_runs():
    X = with_runs(np.zeros((330, 1)), groups=np.repeat(["a", "b", "c"], 110))
    holdout = RunHoldout(window_length=5)
    parts = np.stack([rotation.parts(X) for rotation in holdout.rotations()])
    tested = (parts == "test").sum(axis=0)
    assert tested.reshape(3, 110)[:, :4].sum() == 0
    assert (tested.reshape(3, 110)[:, 4:] == 1).all()


def test_training_keeps_a_window_away_from_validation_and_test():
    X = np.zeros((400, 1))
    for rotation in RunHoldout(window_length=7).rotations():
        parts = rotation.parts(X)
        training = np.flatnonzero(parts == "training")
        others = np.flatnonzero((parts == "validation") | (parts == "test"))
        assert np.abs(training[:, None] - others).min() == 7


@pytest.mark.parametrize(
    "holdout",
    [
        RunHoldout(test=0.15, window_length=1),
        RunHoldout(test=0, window_length=1),
        RunHoldout(validation_start=50, test_start=80, window_length=1),
    ],
)
def test_what_cannot_be_rotated(holdout):
    with pytest.raises(ValueError, match="cannot be rotated"):
        holdout.rotations()


def test_no_model_has_seen_the_rows_that_it_predicts():
    X = np.arange(300.0)[:, None]
    found = rotated_predictions(Remember(), X, X[:, 0], RunHoldout(window_length=1))
    assert (found.predictions == 0).all()
    assert np.bincount(found.rotation).tolist() == [60] * 5


def test_baselines_are_those_of_the_training_rows():
    y = np.arange(100.0)
    found = rotated_predictions(LinearRegression(), y[:, None], y, RunHoldout(window_length=1))
    for number, rotation in enumerate(RunHoldout(window_length=1).rotations()):
        training = np.flatnonzero(rotation.parts(y[:, None]) == "training")
        here = found.rotation == number
        assert (found.baselines["training_mean"][here] == y[training].mean()).all()
        last = found.baselines["last_training_target"][here]
        assert set(last) <= {*training, y[training].mean()}
        assert (last[1:] <= y[here][1:]).mean() > 0.5


def test_blocks_are_no_shorter_than_windows():
    X = np.random.default_rng(0).normal(size=(200, 1))
    pipeline = Pipeline(
        [("window", SlidingWindowTransformer(30, flatten=True)), ("model", LinearRegression())]
    )
    found = rotated_predictions(pipeline, X, X[:, 0], RunHoldout(n_blocks=5, window_length=30))
    assert found.block_length == 40
    found = rotated_predictions(pipeline, X, X[:, 0], RunHoldout(n_blocks=10, window_length=30))
    assert found.block_length == 30
    assert np.isnan(found.predictions[:, :29]).all()
    assert np.isfinite(found.predictions[:, 29:]).all()


def test_a_network_validates_itself_on_rows_that_are_not_tested(tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 1)), columns=["x"])
    y = X["x"] + 0.1 * rng.normal(size=300)
    network = GRUFrictionRegressor(hidden_size=4, n_gru_layers=1, max_epochs=3, lr=0.03)
    pipeline = Pipeline([("window", SlidingWindowTransformer(3)), ("gru", network)])
    holdout = RunHoldout(0.25, 0.25, n_blocks=4, window_length=3)
    arguments = {"n_repeats": 2, "random_state": 0, "memory": tmp_path}
    found = rotated_predictions(pipeline, X, y, holdout, **arguments)
    assert found.predictions.shape == (2, 300)
    assert not np.array_equal(found.predictions[0, 2:], found.predictions[1, 2:])
    again = rotated_predictions(pipeline, X, y, holdout, **arguments)
    np.testing.assert_array_equal(found.predictions, again.predictions)
    # Targets of the test rows of one rotation change nothing of what is predicted there.
    tested = found.rotation == 3
    changed = y.mask(tested, y + 100.0)
    other = rotated_predictions(pipeline, X, changed, holdout, n_repeats=2, random_state=0)
    np.testing.assert_array_equal(found.predictions[:, tested], other.predictions[:, tested])
    assert not np.array_equal(found.predictions[0, ~tested], other.predictions[0, ~tested])
