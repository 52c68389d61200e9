"""Finished trainings on disk: whole, without code, each done once, and never a crash."""

import errno
import multiprocessing
import os
import stat
import warnings
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.model_selection import (
    Task,
    TrainingFolder,
    TrainingResult,
    WindowLengthSearchCV,
    run_trainings,
)
from sklearn_frictiongru.model_selection._training_folder import folder_of
from sklearn_frictiongru.model_selection._training_store import (
    FORMAT,
    TrainingStore,
    trained_estimator,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.data_file import read_data, write_data
from tests._forged_files import forge
from tests.neural_network._models import small_regressor

VALUES = np.random.default_rng(0).normal(size=(40, 2))
R2 = {"r2": get_scorer("r2")}


class Holds(Ridge):
    """A regressor that learns what no data can hold."""

    def fit(self, X, y):
        self.learnt_ = partial(max, default=1)
        return super().fit(X, y)


def task(estimator=None, X=VALUES, **options):
    estimator = Ridge() if estimator is None else estimator
    return Task(estimator, X, VALUES[:, 0], "one", **{"scorers": R2, **options})


def store(path, **options):
    return TrainingStore(TrainingFolder(path, **options))


def test_what_is_saved_is_loaded(tmp_path):
    several = task(scorers=dict.fromkeys(("score", "values", "worst"), R2["r2"]))
    assert store(tmp_path).load("a", several) is None
    history = pd.DataFrame({"epoch": [1, 2], "loss": [0.5, np.nan]})
    scores = {"score": 1.5, "values": VALUES, "worst": -np.inf}
    store(tmp_path).save("a", several, TrainingResult(scores, history=history, n_epochs=2))
    found = TrainingStore(folder_of(joblib.Memory(tmp_path, verbose=0))).load("a", several)
    assert found.scores["score"] == 1.5
    assert found.scores["worst"] == -np.inf
    np.testing.assert_array_equal(found.scores["values"], VALUES)
    pd.testing.assert_frame_equal(found.history, history)
    assert store(tmp_path).load("b", several) is None


@pytest.mark.parametrize(
    "model",
    [
        Ridge(),
        make_pipeline(StandardScaler(), Ridge()),
        RandomForestRegressor(3, random_state=0),
        HistGradientBoostingRegressor(max_iter=3),
    ],
)
def test_models_of_scikit_learn_are_stored_as_data(tmp_path, model):
    model.fit(VALUES, VALUES[:, 0])
    store(tmp_path).save("a", task(model), TrainingResult({"r2": 1.0}, estimator=model))
    found = trained_estimator(store(tmp_path).load("a", task(model)))
    assert type(found) is type(model)
    np.testing.assert_array_equal(found.predict(VALUES), model.predict(VALUES))


def test_a_file_that_cannot_be_used_is_none_with_a_warning(tmp_path):
    here = store(tmp_path)
    here.save("a", task(), TrainingResult({"values": VALUES}))
    here.save("b", task(), TrainingResult({"values": VALUES + 1}))
    path = here.path / "a.training"
    whole = path.read_bytes()
    other = (here.path / "b.training").read_bytes()
    for damage in (b"", b"nonsense", whole[: len(whole) // 2], other):
        path.write_bytes(damage)
        with pytest.warns(UserWarning, match=rf"a\.training in {here.path} cannot be used"):
            assert here.load("a", task()) is None


def test_a_model_that_cannot_be_made_is_trained_again(tmp_path):
    (before,) = run_trainings([task()], memory=tmp_path)
    (path,) = tmp_path.rglob("*.training")
    document, tensors = read_data(path, "sklearn_frictiongru training")
    tensors = {"0": next(iter(tensors.values())).flip(0)}
    for plain in ({"object": ["os:system", {}]}, {"skops": "0"}, 3, {"pickle": "0"}):
        write_data(path, "sklearn_frictiongru training", {**document, "estimator": plain}, tensors)
        with pytest.warns(UserWarning, match="model of one in .* cannot be used .*done again"):
            (again,) = run_trainings([task()], memory=tmp_path)
        np.testing.assert_array_equal(again.estimator.coef_, before.estimator.coef_)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run_trainings([task()], memory=tmp_path)


def swept(memory):
    model = make_pipeline(SlidingWindowTransformer(), small_regressor(max_epochs=2))
    search = WindowLengthSearchCV(model, [1, 3], n_repeats=2, random_state=0, memory=memory)
    search.set_params(keep_estimators="all").fit(VALUES, VALUES[:, 0])
    models = [model for kept in search.estimators_by_length_.values() for model in kept]
    search.learning_curves_.groupby("window_length")["validation_loss"].mean()
    return search.results_["score"], [model.predict(VALUES) for model in [search, *models]]


def trained(memory):
    models = [make_pipeline(StandardScaler(), Ridge(alpha)) for alpha in (1.0, 2.0)]
    results = run_trainings([task(model) for model in models], memory=memory)
    scores = [result.scores["r2"] for result in results]
    return scores, [result.estimator.predict(VALUES) for result in results]


@pytest.mark.parametrize("train", [swept, trained])
def test_values_of_another_type_or_shape_make_no_crash(tmp_path, train):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = train(tmp_path)
    stored = {path: read_data(path, FORMAT) for path in sorted(tmp_path.rglob("*.training"))}
    rng = np.random.default_rng(4)
    n_warned = 0
    for _ in range(80):
        path = list(stored)[rng.integers(len(stored))]
        write_data(path, FORMAT, *forge(*stored[path], rng))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = train(tmp_path)
        if any("done again" in str(each.message) for each in caught):
            n_warned += 1
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, other)
        else:
            write_data(path, FORMAT, *stored[path])
    assert n_warned > 20


def test_a_full_disk_is_named_and_loses_nothing_but_the_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match=rf"cannot be stored in {tmp_path}.*No space left"):
        (result,) = run_trainings([task()], memory=tmp_path)
    assert result.scores["r2"] > 0.9
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".part", ".training")]


class TestPickles:
    def test_are_only_written_where_they_are_allowed(self, tmp_path):
        with pytest.warns(UserWarning, match="allow_pickle=True"):
            run_trainings([task(Holds())], memory=tmp_path)
        assert not list(tmp_path.rglob("*.training"))
        folder = TrainingFolder(tmp_path, allow_pickle=True, trust_writers=True)
        run_trainings([task(Holds())], memory=folder)
        (found,) = run_trainings([task(Holds())], memory=folder)
        assert found.estimator.learnt_([]) == 1

    def test_are_not_read_where_they_are_not(self, tmp_path):
        folder = TrainingFolder(tmp_path, allow_pickle=True, trust_writers=True)
        run_trainings([task(Holds())], memory=folder)
        with pytest.warns(UserWarning, match="allow_pickle=False does not read"):
            (found,) = run_trainings([task(Holds())], memory=tmp_path)
        assert found.estimator.learnt_([]) == 1

    @pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
    @pytest.mark.parametrize("mode", [stat.S_IWGRP, stat.S_IWOTH])
    def test_are_refused_where_others_may_write(self, tmp_path, mode):
        tmp_path.chmod(0o700)
        store(tmp_path, allow_pickle=True)
        tmp_path.chmod(0o755 | mode)
        with pytest.raises(ValueError, match=f"others may write to {tmp_path}. .*chmod go-w"):
            store(tmp_path, allow_pickle=True)
        store(tmp_path)
        store(tmp_path, allow_pickle=True, trust_writers=True)

    @pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
    def test_what_is_made_is_closed_to_others_whatever_the_umask(self, tmp_path):
        tmp_path.chmod(0o700)
        before = os.umask(0)
        try:
            folder = TrainingFolder(tmp_path / "new", allow_pickle=True)
            (tmp_path / "new").mkdir(mode=0o755)
            run_trainings([task(Holds())], memory=folder)
        finally:
            os.umask(before)
        (path,) = tmp_path.rglob("*.training")
        assert not path.stat().st_mode & 0o022
        (found,) = run_trainings([task(Holds())], memory=folder)
        assert found.estimator.learnt_([]) == 1
        # A single file may be open to others in a folder that is not.
        path.chmod(0o664)
        with pytest.warns(UserWarning, match=f"others may write to {path}"):
            run_trainings([task(Holds())], memory=folder)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    run_trainings([task()], memory="~/kept")
    assert len(list((tmp_path / "kept").rglob("*.training"))) == 1


@pytest.mark.parametrize("memory", [None, joblib.Memory(None)])
def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch, memory):
    monkeypatch.chdir(tmp_path)
    run_trainings([task()], memory=memory)
    assert not list(tmp_path.iterdir())


def test_renamed_columns_are_found_under_their_new_names(tmp_path):
    X = pd.DataFrame(VALUES, columns=["a", "b"])
    run_trainings([task(make_pipeline(StandardScaler(), Ridge()), X)], memory=tmp_path)
    renamed = X.set_axis(["velocity", "b"], axis=1)
    (found,) = run_trainings(
        [task(make_pipeline(StandardScaler(), Ridge()), renamed)], memory=tmp_path
    )
    assert len(list(tmp_path.rglob("*.training"))) == 1
    assert found.estimator.feature_names_in_.tolist() == ["velocity", "b"]
    found.estimator.predict(renamed)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_lambdas_and_local_classes_are_stored_and_found(tmp_path, n_jobs):
    class Local(Ridge):
        shift = 1.0

        def __init__(self, alpha=1.0, function=None):
            super().__init__(alpha)
            self.function = function

        def predict(self, X):
            return self.function(super().predict(X))

    def tasks():
        return [task(Local(alpha, lambda y: y + 1.0)) for alpha in (1.0, 2.0)]

    before = run_trainings(tasks(), memory=tmp_path, n_jobs=n_jobs)
    assert len(list(tmp_path.rglob("*.training"))) == 2
    for one, other in zip(before, run_trainings(tasks(), memory=tmp_path), strict=True):
        np.testing.assert_array_equal(
            one.estimator.predict(VALUES), other.estimator.predict(VALUES)
        )


class CountedFits(Ridge):
    """A regressor that leaves a file for each of its fits."""

    def __init__(self, alpha=1.0, folder=None):
        super().__init__(alpha)
        self.folder = folder

    def fit(self, X, y):
        (self.folder / f"{self.alpha}.{os.getpid()}").touch()
        return super().fit(X, y)


def count_fits(folder, memory):
    run_trainings([task(CountedFits(float(i), folder)) for i in range(1, 9)], memory=memory)


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_four_processes_do_each_training_once(tmp_path):
    fits, memory = tmp_path / "fits", tmp_path / "memory"
    fits.mkdir()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=count_fits, args=(fits, memory)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert len(list(fits.iterdir())) == 8
    assert len(list(memory.rglob("*.training"))) == 8
    assert not list(memory.rglob("*.lock"))
