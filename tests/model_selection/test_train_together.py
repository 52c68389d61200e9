"""Repeats of a sweep trained together: the same table, the same files, the same failures."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from joblib import parallel_config
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    Task,
    WindowLengthSearchCV,
    _train_together,
    run_trainings,
)
from sklearn_frictiongru.model_selection._train_once import NoLossError, train_once
from sklearn_frictiongru.model_selection._train_together import stackable, train_together
from sklearn_frictiongru.model_selection._trainings import Trainings
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.utils.random import with_seed
from tests.model_selection._searches import AddNoise, make_record, small_gru, without_times

SEEDS = (1, 2, 3)
FOLDS = PurgedKFold(2, 6)
# Losses and scores of float64 trainings, relative; 1e-14 was measured.
CLOSE = {"rtol": 1e-11, "atol": 0}


@pytest.fixture(scope="module")
def record():
    return make_record((90, 80))


@pytest.fixture
def stacks(monkeypatch):
    """Let trainings on a CPU be stacked, and record how many each stack held."""
    sizes = []

    def counted(regressors, X, y):
        sizes.append(len(regressors))
        return train_stacked(regressors, X, y)

    train_stacked = _train_together.train_stacked
    monkeypatch.setattr(_train_together, "STACK_ON", {"cpu"})
    monkeypatch.setattr(_train_together, "train_stacked", counted)
    return sizes


def model(**options):
    return small_gru(precision="float64", **options).set_params(window__window_length=4)


def search(**options):
    options = {"n_repeats": 3, "random_state": 0, **options}
    return WindowLengthSearchCV(model(max_epochs=options.pop("max_epochs", 2)), [3, 6], **options)


def assert_same_tables(one, other):
    pd.testing.assert_frame_equal(
        without_times(one.results_), without_times(other.results_), **CLOSE
    )
    pd.testing.assert_frame_equal(
        one.learning_curves_.drop(columns="seconds"),
        other.learning_curves_.drop(columns="seconds"),
        **CLOSE,
    )


@pytest.mark.parametrize("cv", [None, FOLDS])
def test_a_sweep_gives_the_same_as_with_single_trainings(record, stacks, monkeypatch, cv):
    together = search(cv=cv, keep_estimators="all").fit(*record)
    assert stacks == [3] * (2 if cv is None else 4)
    monkeypatch.setattr(_train_together, "STACK_ON", {"cuda"})
    alone = search(cv=cv, keep_estimators="all").fit(*record)
    assert stacks == [3] * (2 if cv is None else 4)
    assert_same_tables(together, alone)
    assert together.best_window_length_ == alone.best_window_length_
    assert together.n_trained_ == alone.n_trained_
    assert (together.results_["fit_time"] > 0).all()
    if cv is not None:
        assert (together.results_["score_time"] > 0).all()
    X, _ = record
    for length, models in together.estimators_by_length_.items():
        for one, other in zip(models, alone.estimators_by_length_[length], strict=True):
            np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-11)
            assert one[-1].random_state == one[-1].seed_ == other[-1].seed_
    assert len(set(together.results_["score"])) == len(together.results_)


@pytest.mark.parametrize("first_together", [True, False])
def test_a_sweep_is_resumed_from_what_either_way_has_stored(
    record, stacks, monkeypatch, tmp_path, first_together
):
    ways = [{"cpu"}, {"cuda"}] if first_together else [{"cuda"}, {"cpu"}]
    monkeypatch.setattr(_train_together, "STACK_ON", ways[0])
    first = search(memory=tmp_path).fit(*record)
    files = sorted(tmp_path.rglob("*.training"))
    assert len(files) == 6
    files[0].unlink()
    files[3].unlink()
    monkeypatch.setattr(_train_together, "STACK_ON", ways[1])
    resumed = search(memory=tmp_path).fit(*record)
    assert resumed.n_trained_ == 2
    assert_same_tables(resumed, first)
    assert sorted(tmp_path.rglob("*.training")) == files
    assert list(tmp_path.rglob("*.checkpoint")) == []


@pytest.mark.parametrize(("largest", "expected"), [(20, [4]), (3, [2, 2]), (1, [])])
def test_stacks_are_no_larger_than_they_may_be_and_alike_in_size(record, stacks, largest, expected):
    tasks = [
        Task(with_seed(model(max_epochs=1), seed), *record, f"seed {seed}", stack="all")
        for seed in range(4)
    ]
    with Trainings(tasks, n_jobs=None, memory=None, verbose=0, max_stack_size=largest) as trainings:
        trainings.run(range(4))
    assert stacks == expected
    assert [result.status for result in trainings.results] == ["finished"] * 4


def test_only_tasks_of_one_label_are_stacked(record, stacks):
    labels = ["a", "b", None, "a", "b", None]
    tasks = [
        Task(with_seed(model(max_epochs=1), seed), *record, f"seed {seed}", stack=label)
        for seed, label in enumerate(labels)
    ]
    results = run_trainings(tasks)
    assert stacks == [2, 2]
    assert [result.estimator[-1].seed_ for result in results] == list(range(6))


def test_with_elimination_each_round_is_a_stack(record, stacks):
    raced = search(n_repeats=4, elimination_alpha=1e-9, max_epochs=1).fit(*record)
    # The first three repeats of each length; of a single one there is nothing to stack.
    assert stacks == [3, 3]
    assert raced.n_trained_ == 8


def test_side_by_side(record, stacks):
    with parallel_config(backend="threading"):
        together = search(n_jobs=2).fit(*record)
    assert stacks == [3, 3]
    assert set(together.results_["status"]) == {"finished"}


def test_a_worker_without_such_a_device_trains_one_by_one(record, stacks, monkeypatch):
    tasks = tasks_of(model(), record)
    monkeypatch.setattr(_train_together, "STACK_ON", {"cuda"})
    trainings = train_together(tasks)
    assert [training.status for training in trainings] == ["finished"] * 3
    assert stacks == []


def tasks_of(estimator, record, *, split=(None, None), scorers=None, error_score=np.nan):
    train, test = split
    return [
        Task(
            with_seed(estimator, seed),
            *record,
            f"the training with seed {seed}",
            train=train,
            test=test,
            scorers=scorers,
            error_score=error_score,
        )
        for seed in SEEDS
    ]


def test_epochs_and_windows_are_counted_as_alone(record, stacks):
    for training, task in zip(
        train_together(tasks_of(model(), record)), tasks_of(model(), record), strict=True
    ):
        alone = train_once(task)
        for name in ("n_epochs", "best_epoch", "n_training", "n_validation", "status"):
            assert getattr(training, name) == getattr(alone, name)
        assert training.scores == pytest.approx(alone.scores, rel=1e-11)
        assert training.history is not training.estimator[-1].history_
        assert not training.interrupted
    assert stacks == [3]


def test_the_time_is_an_equal_share_of_the_whole(record, stacks, monkeypatch):
    def slow(regressors, X, y):
        Clock.now += 12.0
        return train_stacked(regressors, X, y)

    class Clock:
        now = 0.0

        @classmethod
        def perf_counter(cls):
            return cls.now

    train_stacked = _train_together.train_stacked
    monkeypatch.setattr(_train_together, "train_stacked", slow)
    monkeypatch.setattr(_train_together, "time", Clock)
    trainings = train_together(tasks_of(model(), record))
    assert [training.fit_time for training in trainings] == [4.0] * 3


class TestFailures:
    def diverging(self, record, monkeypatch, error_score):
        """Let the second of three fail."""

        def failing(regressors, X, y):
            first, _, last = train_stacked(regressors, X, y)
            return [first, ValueError("training diverged"), last]

        train_stacked = _train_together.train_stacked
        monkeypatch.setattr(_train_together, "train_stacked", failing)
        return train_together(tasks_of(model(), record, error_score=error_score))

    @pytest.mark.parametrize("error_score", [np.nan, 7.0])
    def test_are_those_of_one(self, record, stacks, monkeypatch, error_score):
        first, failed, last = self.diverging(record, monkeypatch, error_score)
        assert failed.status == "failed: training diverged"
        np.testing.assert_equal(failed.scores, {"score": error_score})
        assert failed.estimator is None
        assert failed.history is None
        assert failed.fit_time > 0
        assert first.status == last.status == "finished"

    def test_may_end_the_search_once_the_others_are_stored(
        self, record, stacks, monkeypatch, tmp_path
    ):
        def failing(regressors, X, y):
            trained = train_stacked(regressors, X, y)
            return [ValueError("training diverged"), *trained[1:]]

        train_stacked = _train_together.train_stacked
        monkeypatch.setattr(_train_together, "train_stacked", failing)
        with pytest.raises(ValueError, match=r"^training diverged$"):
            search(memory=tmp_path, error_score="raise").fit(*record)
        assert len(list(tmp_path.rglob("*.training"))) == 2

    def test_a_scorer_may_fail(self, record, stacks):
        def scorer(fitted, X, y):
            if fitted[-1].seed_ == 2:
                raise ValueError("nothing to score")
            return 1.0

        halves = (np.arange(90), np.arange(90, 170))
        tasks = tasks_of(model(), record, split=halves, scorers={"score": scorer})
        statuses = [training.status for training in train_together(tasks)]
        assert statuses == ["finished", "failed: nothing to score", "finished"]

    @pytest.mark.parametrize("error_score", [np.nan, "raise"])
    def test_before_the_training_are_those_of_all(self, record, stacks, error_score):
        tasks = tasks_of(model(batch_size=1000), record, error_score=error_score)
        found = train_together(tasks)
        with pytest.raises(ValueError, match="too few complete windows") as expected:
            train_once(replace(tasks[0], error_score="raise"))
        for training in found:
            if error_score == "raise":
                assert str(training) == str(expected.value)
            else:
                assert training.status == f"failed: {expected.value}"

    def test_in_front_of_the_regressor_are_those_of_all(self, record, stacks):
        class Failing(StandardScaler):
            def fit(self, X, y=None):
                raise RuntimeError("no luck in front")

        estimator = Pipeline([("first", Failing()), *model().steps])
        trainings = train_together(tasks_of(estimator, record))
        assert {each.status for each in trainings} == {"failed: no luck in front"}
        assert stacks == []

    def test_without_a_loss_it_is_an_error_whatever_error_score_says(self, record, stacks):
        with pytest.raises(NoLossError):
            train_together(tasks_of(model(validation=None), record))

    def test_in_a_search_are_in_its_table(self, record, stacks, monkeypatch):
        def failing(regressors, X, y):
            trained = train_stacked(regressors, X, y)
            return [*trained[:2], ValueError("training diverged")]

        train_stacked = _train_together.train_stacked
        monkeypatch.setattr(_train_together, "train_stacked", failing)
        with pytest.warns(FitFailedWarning, match="2 of 6 trainings failed"):
            found = search().fit(*record)
        assert (
            found.results_["status"].tolist()
            == [
                "finished",
                "finished",
                "failed: training diverged",
            ]
            * 2
        )


def test_an_interruption_is_no_failure_and_ends_the_search(record, stacks, monkeypatch, tmp_path):
    def interrupted(regressors, X, y):
        raise KeyboardInterrupt

    monkeypatch.setattr(_train_together, "train_stacked", interrupted)
    with pytest.raises(KeyboardInterrupt, match="interrupted while training window length 6"):
        search(memory=tmp_path).fit(*record)
    assert list(tmp_path.rglob("*.training")) == []


def test_a_stack_too_large_for_the_memory_is_halved(record, stacks, monkeypatch):
    expected = train_together(tasks_of(model(), record))
    sizes = []

    def short_of_memory(regressors, X, y):
        sizes.append(len(regressors))
        if len(regressors) > 2:
            raise torch.OutOfMemoryError("too large")
        return train_stacked(regressors, X, y)

    train_stacked = _train_together.train_stacked
    monkeypatch.setattr(_train_together, "train_stacked", short_of_memory)
    found = train_together(tasks_of(model(), record))
    # What is left alone is trained alone.
    assert sizes == [3, 2]
    for one, other in zip(found, expected, strict=True):
        assert one.status == "finished"
        assert one.scores == pytest.approx(other.scores, rel=1e-11)


def test_steps_in_front_are_fitted_as_alone_and_belong_to_each(record, stacks):
    X, y = record
    scaler = StandardScaler().set_output(transform="pandas")
    estimator = Pipeline([("scaler", scaler), *model().steps])
    found = train_together(tasks_of(estimator, record))
    alone = with_seed(estimator, SEEDS[1]).fit(X, y)
    fitted = [training.estimator for training in found]
    np.testing.assert_allclose(fitted[1].predict(X), alone.predict(X), rtol=1e-11)
    np.testing.assert_array_equal(fitted[2][0].mean_, alone[0].mean_)
    assert len({id(each[0]) for each in fitted}) == 3
    assert [each[-1].random_state for each in fitted] == list(SEEDS)


def test_a_regressor_without_a_pipeline(record, stacks):
    regressor = model()[-1]
    halves = (np.arange(90), np.arange(90, 170))
    scorers = {"r2": get_scorer("r2")}
    found = train_together(tasks_of(regressor, record, split=halves, scorers=scorers))
    alone = train_once(tasks_of(regressor, record, split=halves, scorers=scorers)[2])
    assert found[2].scores == pytest.approx(alone.scores, rel=1e-11)
    assert stacks == [3]


def test_those_that_have_not_ended_are_not_warned_of(record, stacks):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train_together(tasks_of(model(lr=1e-4), record))
    assert stacks == [3]


class Subclass(Pipeline):
    """A pipeline that may fit in another way."""


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (model(), True),
        (GRUFrictionRegressor(device="cpu"), True),
        (make_pipeline(GRUFrictionRegressor(device="cpu")), True),
        (make_pipeline(StandardScaler(), "passthrough", GRUFrictionRegressor(device="cpu")), True),
        (make_pipeline(AddNoise(), GRUFrictionRegressor(device="cpu")), False),
        (Subclass([("gru", GRUFrictionRegressor(device="cpu"))]), False),
        (model(lr_schedule="plateau"), False),
        (model(device="cuda:77"), False),
        (model(device=None), False),
        (Ridge(), False),
        (make_pipeline(StandardScaler(), Ridge()), False),
    ],
)
def test_what_is_stackable(stacks, estimator, expected):
    assert stackable(estimator) is expected


def test_on_a_cpu_nothing_is_stacked_unless_forced():
    assert _train_together.STACK_ON == {"cuda"}
    assert not stackable(model())


def test_a_step_with_a_seed_is_trained_one_by_one(record, stacks):
    estimator = Pipeline([("noise", AddNoise()), *model(max_epochs=1).steps])
    RepeatedSeedSearchCV(estimator, {"gru__lr": [0.01]}, n_repeats=2).fit(*record)
    assert stacks == []
