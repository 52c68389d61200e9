"""Trainings are named by what they are made from, code included, and by nothing else."""

import functools
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer, make_scorer, max_error, mean_absolute_error
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RunHoldout,
    Task,
    run_trainings,
    windowed_scorer,
)
from sklearn_frictiongru.model_selection._training_keys import task_keys
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import RateOfChange, SlidingWindowTransformer
from sklearn_frictiongru.utils import content_key as module
from sklearn_frictiongru.utils.content_key import NoKeyError, content_key

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
        ([4, 8], [np.int64(4), np.int64(8)]),
        (StandardScaler(), StandardScaler(copy=np.True_)),
        (pipeline(), pipeline(verbose=1)),
        (pipeline(), pipeline().set_params(memory="folder")),
        (_lambdas()[0], _lambdas()[0]),
        (_power_of(2), _power_of(2)),
    ],
)
def test_equal_values_have_one_key(one, same):
    assert content_key(one) == content_key(same)


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
    assert content_key(one) != content_key(other)


def test_order_and_number_of_parts_count():
    keys = {content_key(1, 2), content_key(2, 1), content_key(1), content_key(1, 2, None)}
    assert len(keys) == 4


def test_version_of_the_package_counts(monkeypatch):
    before = content_key(1)
    monkeypatch.setattr(module, "__version__", "999")
    assert content_key(1) != before


def test_a_path_that_was_used_is_the_same_path(tmp_path):
    before = content_key({"folder": tmp_path / "a"})
    used = tmp_path / "a"
    # It keeps its text and its hash.
    assert not used.exists()
    assert hash(used) == hash(tmp_path / "a")
    assert content_key({"folder": used}) == before
    assert content_key({"folder": tmp_path / "b"}) != before
    assert content_key({"folder": str(used)}) != before


def test_an_array_of_values_is_their_list():
    assert content_key(Ridge(np.array([4, 8]))) == content_key(Ridge([4, 8]))
    assert content_key(Ridge(np.array([4, 8]))) != content_key(Ridge([4, 9]))


def test_modules_are_told_apart_by_their_values():
    def module(seed):
        torch.manual_seed(seed)
        made = torch.nn.Sequential(torch.nn.GRU(2, 3), torch.nn.BatchNorm1d(3))
        made[1].register_buffer("weights_of_loss", torch.arange(3.0))
        return made

    assert content_key(module(0)) == content_key(module(0)) != content_key(module(1))
    changed = module(0)
    changed[1].weights_of_loss[1] = 5.0
    assert content_key(changed) != content_key(module(0))


OWN = """
import math
FACTOR = 1.0
TABLE = {"a": 1}
def helper(values):
    return values * FACTOR
class Base(Parent):
    shift = 0.5
    def transform(self, X):
        return helper(X) + self.shift + TABLE["a"]
class Step(Base):
    def fit(self, X, y=None):
        self.count_ = math.floor(len(X))
        return self
"""


def own(text=OWN):
    parent = type("Parent", (TransformerMixin, BaseEstimator), {"__module__": "own"})
    namespace = {"__name__": "own", "Parent": parent}
    exec(text, namespace)
    return namespace["Step"]()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR = 1.0", "FACTOR = 2.0"),
        ('{"a": 1}', '{"a": 2}'),
        ("values * FACTOR", "values + FACTOR"),
        ("shift = 0.5", "shift = 0.6"),
        ("helper(X) +", "helper(X) -"),
        ("math.floor", "math.ceil"),
    ],
)
def test_code_that_is_edited_counts(old, new):
    edited = OWN.replace(old, new)
    assert edited != OWN
    assert content_key(own()) == content_key(own())
    assert content_key(own(edited)) != content_key(own())


@pytest.mark.parametrize(
    ("old", "new"),
    [("FACTOR = 1.0", "# a comment\nFACTOR = 1.0"), ("import math", "import math\nUNUSED = 3")],
)
def test_what_nothing_reads_does_not_count(old, new):
    assert content_key(own(OWN.replace(old, new))) == content_key(own())


def test_a_loss_counts_with_all_that_it_reads():
    def loss(factor, body="factor * (predicted - measured) ** 2"):
        namespace = {"factor": factor, "__name__": "own"}
        exec(f"def loss():\n    return lambda predicted, measured: {body}", namespace)
        return pipeline(loss=namespace["loss"])

    assert content_key(loss(1.0)) == content_key(loss(1.0))
    assert content_key(loss(1.0)) != content_key(loss(100.0))
    assert content_key(loss(1.0)) != content_key(loss(1.0, "factor * abs(predicted - measured)"))


def test_functions_may_call_each_other():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    assert content_key(even) == content_key(even) != content_key(odd)


def test_what_is_compiled_cannot_be_told():
    compiled = type(len)
    assert content_key(len) == content_key(len)

    class Opaque:
        __slots__ = ()

        def __reduce_ex__(self, protocol):
            raise TypeError("no pickle")

    assert compiled
    with pytest.raises(NoKeyError, match="no pickle"):
        content_key(pipeline(callbacks=[Opaque()]))


def test_what_a_frozen_estimator_has_learnt_counts():
    one, other = (FrozenEstimator(StandardScaler().fit(VALUES * k)) for k in (1, 2))
    assert content_key(one) != content_key(other)


def test_that_it_cannot_be_told_is_warned_of_and_not_answered_from_the_store(tmp_path):
    class Opaque(Ridge):
        def __init__(self, alpha=1.0):
            super().__init__(alpha)
            self.alpha = alpha

        handle = (value for value in range(3))

    task = Task(Opaque(), VALUES, VALUES[:, 0], "one", scorers={"r2": get_scorer("r2")})
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"cannot be told what code .*neither stored"):
            run_trainings([task], memory=tmp_path)
    assert not list(tmp_path.rglob("*.training"))


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
            {"fit_params": {"sample_weight": VALUES[:, 0]}},
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

    def test_torch_and_its_default_type_count(self, monkeypatch):
        (one,) = task_keys([self.task()])
        torch.set_default_dtype(torch.float64)
        try:
            assert task_keys([self.task()]) != [one]
        finally:
            torch.set_default_dtype(torch.float32)
        assert task_keys([self.task()]) == [one]
        module.environment.cache_clear()
        monkeypatch.setattr(torch, "__version__", "999")
        try:
            assert task_keys([self.task()]) != [one]
        finally:
            monkeypatch.undo()
            module.environment.cache_clear()

    def test_settings_of_the_process_count(self, monkeypatch):
        (one,) = task_keys([self.task()])
        with sklearn.config_context(transform_output="pandas"):
            assert task_keys([self.task()]) != [one]
        monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")
        assert task_keys([self.task()]) != [one]

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_what_a_warm_start_goes_on_from_counts(self):
        def network():
            return MLPRegressor(
                hidden_layer_sizes=(2,), warm_start=True, max_iter=2, random_state=0
            )

        one, other = network(), network()
        assert task_keys([self.task(estimator=one)]) == task_keys([self.task(estimator=other)])
        other.fit(VALUES, VALUES[:, 0])
        assert task_keys([self.task(estimator=one)]) != task_keys([self.task(estimator=other)])

    @pytest.mark.parametrize(
        ("estimator", "counts"),
        [
            (pipeline(), False),
            (pipeline()[1:], False),
            (make_pipeline(RateOfChange(["a"]), *pipeline()[1:]), True),
            (ColumnTransformer([("one", StandardScaler(), ["a"])]), True),
            (pipeline().set_params(slidingwindowtransformer__flatten=True), True),
            (own(), True),
        ],
    )
    def test_names_of_columns_count_where_something_reads_them(self, estimator, counts):
        renamed = frame(columns=["c", "b"])
        one, other = task_keys(
            [self.task(estimator=estimator), self.task(estimator=estimator, X=renamed)]
        )
        assert (one != other) == counts

    def test_a_polars_table_has_a_key(self):
        polars = pytest.importorskip("polars")
        tables = [polars.DataFrame({"a": [1.0, 2.0], "b": [3.0, last]}) for last in (4.0, 4.0, 5.0)]
        one, same, other = task_keys([self.task(X=X, y=VALUES[:2, 0]) for X in tables])
        assert one == same != other


class Plain(BaseEstimator):
    """An estimator of this file."""


def test_a_class_has_the_same_key_after_an_instance_was_pickled():
    before = content_key(Plain())
    pickle.dumps(Plain(), protocol=2)
    assert "__slotnames__" in vars(Plain)
    assert content_key(Plain()) == before
