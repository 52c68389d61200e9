"""Frames in the state of an estimator, stored as plain arrays."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from sklearn_frictiongru.utils.stored_frames import StoredFramesMixin


class Holder(StoredFramesMixin, BaseEstimator):
    pass


FRAMES = {
    "numbers": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": [True, False]}),
    "texts": pd.DataFrame({"a": ["x", None], "b": pd.array(["y", pd.NA], dtype="string")}),
    "missing integers": pd.DataFrame({"lag": pd.array([1, None], dtype="Int64")}),
    "objects": pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}),
    "named index": pd.DataFrame({"a": [1.0, 2.0]}, index=pd.Index(["r", "s"], name="model")),
    "levels": pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("r", 0), ("s", 1)], names=["run", "time"])
    ),
    "levels of columns": pd.DataFrame(
        [[1, 2.0]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["one", None])
    ),
    "numbered columns": pd.DataFrame([[1.0, 2.0]], index=[7]),
    "same names": pd.DataFrame([[1.0, 2]], columns=["a", "a"]),
    "dates": pd.DataFrame({"a": pd.date_range("2026-01-01", periods=2, tz="UTC")}),
    "nothing": pd.DataFrame({"a": np.array([], dtype=np.int64)}),
    "no columns": pd.DataFrame(index=pd.RangeIndex(3)),
}


@pytest.mark.parametrize("make", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy])
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_comes_back_as_it_was(name, make):
    holder = Holder()
    holder.results_, holder.other_ = FRAMES[name], {"a": 1}
    found = make(holder)
    pd.testing.assert_frame_equal(found.results_, FRAMES[name])
    assert found.other_ == {"a": 1}


@pytest.mark.parametrize("name", FRAMES)
def test_the_state_holds_no_pandas_objects(name):
    holder = Holder()
    holder.results_ = FRAMES[name]

    def modules(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            return {module for each in value for module in modules(each)}
        return {type(value).__module__.partition(".")[0]}

    assert modules(holder.__getstate__()["results_"]) <= {"builtins", "numpy"}
    # What is stored is another object: the estimator keeps its own.
    assert holder.results_ is FRAMES[name]
