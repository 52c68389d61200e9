"""Logarithms of columns as a step of a pipeline."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.utils.logarithm import log10_of, log10_step

TABLE = pd.DataFrame(
    {"velocity": [1e-6, 1e-5], "temperature": [-3.0, 20.0]},
    index=pd.Index([5.0, 6.0], name="time_s"),
)


def test_chosen_columns_keep_their_names_and_index():
    found = log10_step(["velocity"]).fit_transform(TABLE)
    expected = TABLE.assign(velocity=[-6.0, -5.0])
    pd.testing.assert_frame_equal(found, expected)
    assert TABLE["velocity"].iloc[0] == 1e-6
    np.testing.assert_allclose(log10_of(TABLE.to_numpy(), ["x0"]), expected)
    pd.testing.assert_frame_equal(log10_of(TABLE, []), TABLE)


def test_a_fitted_step_can_be_stored():
    step = pickle.loads(pickle.dumps(log10_step(["velocity"]).fit(TABLE)))
    assert step.transform(TABLE)["velocity"].to_list() == [-6.0, -5.0]


def test_what_has_no_logarithm_is_named():
    with pytest.raises(ValueError, match=r"temperature is -3 at row 0 \(index 5.0\), one of"):
        log10_of(TABLE, ["temperature"])
    with pytest.raises(ValueError, match="x0 is 0 at row 1, one of 1 rows at or below 0"):
        log10_of(np.array([[1.0], [0.0]]), ["x0"])
