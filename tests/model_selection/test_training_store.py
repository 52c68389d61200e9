"""Finished trainings are found again by what they were made from, and by nothing else."""

import functools
import os

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import make_scorer, max_error, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RunHoldout,
    Task,
    TrainingResult,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection import _training_store as module
from sklearn_frictiongru.model_selection._training_store import (
    TrainingStore,
    task_keys,
    trained_estimator,
    training_key,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

VALUES = np.arange(12.0).reshape(6, 2)


def frame(**changes):
    options = {"columns": ["a", "b"], "index": pd.Index(range(6), name="time"), **changes}
    return pd.DataFrame(VALUES, **options)


def pipeline(window_length=3, **options):
    return make_pipeline(
        StandardScaler(), SlidingWindowTransformer(window_length), GRUFrictionRegressor(**options)
    )


def _lambdas():
    return (lambda y, p: y + 1.0), (lambda y, p: y + 2.0)


def _power_of(exponent, default=1):
    def power(y, base=default):
        return base * y**exponent

    return power


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (VALUES, np.asfortranarray(VALUES)),
        (VALUES, np.repeat(VALUES, 2, axis=0)[::2]),
        (frame(), frame().copy()),
        (frame(), pd.DataFrame(np.asfortranarray(VALUES), columns=["a", "b"], index=frame().index)),
        (frame(), pd.concat([frame()[["a"]], frame()[["b"]]], axis=1)),
        (pipeline(), pipeline()),
        (PurgedKFold(3, "5s"), PurgedKFold(3, "5s")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (windowed_scorer("r2", 5), windowed_scorer("r2", 5)),
        (functools.partial(max, default=1), functools.partial(max, default=1)),
        (pd.Timedelta("5s"), pd.Timedelta("5000ms")),
        (_lambdas()[0], _lambdas()[0]),
        (_power_of(2), _power_of(2)),
    ],
)
def test_equal_values_have_one_key(one, same):
    assert training_key(one) == training_key(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (VALUES, VALUES.T),
        (VALUES, VALUES.reshape(4, 3)),
        (VALUES, VALUES.astype(np.float32)),
        (VALUES, VALUES + np.eye(6, 2) * 1e-12),
        (VALUES, frame()),
        (frame(), frame(columns=["a", "c"])),
        (frame(), frame(index=pd.Index(range(1, 7), name="time"))),
        (frame(), frame(index=pd.Index(range(6), name="row"))),
        (frame(), frame()[["b", "a"]]),
        (frame(), frame().iloc[::-1]),
        (frame()["a"], frame()["a"].rename("b")),
        (pipeline(), pipeline(4)),
        (pipeline(), pipeline("3s")),
        (pipeline(pd.Timedelta("3s")), pipeline(pd.Timedelta("4s"))),
        (pipeline(), pipeline(lr=0.002)),
        (pipeline(validation=0.2), pipeline(validation=RunHoldout(window_length=3))),
        (
            pipeline(validation=RunHoldout(window_length=3)),
            pipeline(validation=RunHoldout(window_length=3, n_blocks=2)),
        ),
        (
            RunHoldout(window_length=3, test_start=pd.Timestamp("2026-01-01")),
            RunHoldout(window_length=3, test_start=pd.Timestamp("2026-01-02")),
        ),
        (windowed_scorer("r2", 5), windowed_scorer("r2", 6)),
        (make_scorer(max_error), make_scorer(mean_absolute_error)),
        (make_scorer(max_error), make_scorer(max_error, greater_is_better=False)),
        _lambdas(),
        (_power_of(2), _power_of(3)),
        (_power_of(2), _power_of(2, default=5)),
        (functools.partial(max, default=1), functools.partial(max, default=2)),
        (pd.Timedelta("5s"), pd.Timedelta("6s")),
        (1, 1.0),
        (1, "1"),
        (True, 1),
        (None, "None"),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ([1, 2], [2, 1]),
    ],
)
def test_different_values_have_different_keys(one, other):
    assert training_key(one) != training_key(other)


def test_order_and_number_of_parts_count():
    keys = {training_key(1, 2), training_key(2, 1), training_key(1), training_key(1, 2, None)}
    assert len(keys) == 4


def test_version_of_the_package_counts(monkeypatch):
    before = training_key(1)
    monkeypatch.setattr(module, "__version__", "999")
    assert training_key(1) != before


def test_what_is_saved_is_loaded(tmp_path):
    store = TrainingStore(tmp_path)
    assert store.load("a") is None
    store.save("a", TrainingResult({"score": 1.5, "values": VALUES}))
    found = TrainingStore(joblib.Memory(tmp_path, verbose=0)).load("a")
    assert found.scores["score"] == 1.5
    np.testing.assert_array_equal(found.scores["values"], VALUES)
    assert store.load("b") is None


def test_entry_that_cannot_be_read_is_none_with_a_warning(tmp_path):
    store = TrainingStore(tmp_path)
    store.save("a", TrainingResult({"values": VALUES}))
    path = store.folder / "a.joblib"
    whole = path.read_bytes()
    for damage in (b"", b"nonsense", whole[: len(whole) // 2]):
        path.write_bytes(damage)
        with pytest.warns(UserWarning, match=r"training a\.joblib cannot be read"):
            assert store.load("a") is None


def test_a_training_gets_its_name_when_it_is_whole(tmp_path, monkeypatch):
    store = TrainingStore(tmp_path)
    seen = []

    def replace(source, target):
        seen.append((joblib.load(source).scores, os.path.exists(target)))

    monkeypatch.setattr(os, "replace", replace)
    store.save("a", TrainingResult({"score": 5}))
    assert seen == [({"score": 5}, False)]


def test_nothing_is_left_of_a_training_that_cannot_be_written(tmp_path):
    store = TrainingStore(tmp_path)
    store.save("a", TrainingResult({"score": 1}))
    with pytest.raises(Exception, match=r"pickle|local object"):
        store.save("a", TrainingResult({"score": lambda: None}))
    assert [path.name for path in store.folder.iterdir()] == ["a.joblib"]
    assert store.load("a").scores == {"score": 1}


def test_a_model_is_only_unpickled_where_it_is_asked_for(tmp_path):
    store = TrainingStore(tmp_path)
    model = StandardScaler().fit(VALUES)
    store.save("a", TrainingResult({"score": 1.0}, estimator=model))
    found = store.load("a")
    assert isinstance(found.estimator, bytes)
    np.testing.assert_array_equal(trained_estimator(found).mean_, model.mean_)
    assert trained_estimator(TrainingResult({}, estimator=model)) is model


class TestTaskKeys:
    def task(self, **changes):
        options = {"estimator": pipeline(), "X": frame(), "y": VALUES[:, 0], "name": "one"}
        return Task(**{**options, **changes})

    @pytest.mark.parametrize(
        "changes",
        [
            {"estimator": pipeline(lr=0.002)},
            {"X": frame() + 1},
            {"y": VALUES[:, 1]},
            {"train": np.arange(3)},
            {"test": np.arange(3)},
            {"scorers": {"score": max_error}},
            {"keep_estimator": False},
        ],
    )
    def test_all_that_a_result_depends_on_counts(self, changes):
        one, same, other = task_keys([self.task(), self.task(), self.task(**changes)])
        assert one == same != other

    @pytest.mark.parametrize(
        "changes", [{"name": "two"}, {"cost": 2.0}, {"stack": 1}, {"error_score": 0.0}]
    )
    def test_nothing_else_counts(self, changes):
        one, other = task_keys([self.task(), self.task(**changes)])
        assert one == other
