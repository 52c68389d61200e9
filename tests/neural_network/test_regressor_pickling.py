"""Models that are pickled and used elsewhere."""

import pickle

import joblib
import numpy as np
import pytest

from tests.neural_network._models import (
    LENGTH,
    assert_same_model,
    record,
    small_regressor,
    weights_of,
    windows_of,
)


@pytest.mark.parametrize("copy", ["pickle", "joblib", "second pickle"])
def test_a_stored_model_predicts_the_same(windows, fitted, copy, tmp_path):
    if copy == "joblib":
        joblib.dump(fitted, tmp_path / "model.joblib")
        back = joblib.load(tmp_path / "model.joblib")
    else:
        back = pickle.loads(pickle.dumps(fitted))
        if copy == "second pickle":
            back = pickle.loads(pickle.dumps(back))
    np.testing.assert_array_equal(back.predict(windows), fitted.predict(windows))
    assert_same_model(back, fitted)
    assert back.get_params() == fitted.get_params()


def test_a_stored_model_goes_on_to_be_fitted(windows, y, fitted):
    back = pickle.loads(pickle.dumps(small_regressor(dropout=0.3, n_gru_layers=2).fit(windows, y)))
    weights = weights_of(back)
    np.testing.assert_array_equal(weights_of(back.fit(windows, y)), weights)


def test_a_stored_model_does_not_carry_the_record():
    sizes = []
    for n_rows in (200, 5200):
        X, y = record(n_rows, n_features=8)
        model = small_regressor(max_epochs=1, stride=4).fit(windows_of(X, LENGTH), y)
        kept = len(pickle.dumps([model.training_indices_, model.validation_indices_]))
        sizes.append(len(pickle.dumps(model)) - kept)
    # Its rows are 320,000 bytes; what grows is the loss of each batch.
    assert sizes[1] - sizes[0] < 10_000
