"""One training: on one thread, with its counts and times, and with its failures in its status."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl
import torch
from joblib import parallel_config
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer

from sklearn_frictiongru.model_selection import RepeatedSeedSearchCV, Task
from sklearn_frictiongru.model_selection._train_once import NoLossError, train_once
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble
from tests.model_selection._searches import make_record, small_gru


def threads():
    """Return how many threads torch and each other thread pool would use."""
    pools = {pool["filepath"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    return {"torch": torch.get_num_threads(), **pools}


class Recorder(RegressorMixin, BaseEstimator):
    """A regressor that records its threads and process, or raises an error."""

    def __init__(self, raises=None, tag=0, random_state=None):
        self.raises = raises
        self.tag = tag
        self.random_state = random_state

    def fit(self, X, y):
        self.threads_ = threads()
        self.process_ = os.getpid()
        self.n_rows_ = len(X)
        warnings.warn("not yet there", ConvergenceWarning, stacklevel=1)
        if self.raises is not None:
            raise self.raises
        self.best_validation_loss_ = 1.5 + self.tag
        return self

    def predict(self, X):
        self.threads_in_predict_ = threads()
        return np.zeros(len(X))


@pytest.fixture
def two_threads():
    """Let torch and the other pools use two threads, as on a machine with nothing else to do."""
    before = torch.get_num_threads()
    with threadpoolctl.threadpool_limits(limits=2):
        torch.set_num_threads(2)
        yield threads()
        torch.set_num_threads(before)


@pytest.fixture(scope="module")
def record():
    return make_record((60,))


def once(
    estimator, X, y, *, split=None, scorers=None, error_score=np.nan, checkpoint=None, **options
):
    train, test = split or (None, None)
    return train_once(
        Task(
            estimator,
            X,
            y,
            "the training",
            train=train,
            test=test,
            scorers=scorers,
            error_score=error_score,
            checkpoint=checkpoint,
            **options,
        )
    )


HALVES = (np.arange(30), np.arange(30, 60))
SCORERS = {"r2": get_scorer("r2"), "error": get_scorer("neg_mean_squared_error")}


class TestThreads:
    def test_a_training_has_one_and_they_are_put_back(self, record, two_threads):
        assert set(two_threads.values()) == {2}
        training = once(Recorder(), *record, split=HALVES, scorers=SCORERS)
        inside = training.estimator.threads_
        assert len(inside) == len(two_threads) > 1
        assert set(inside.values()) == {1}
        assert set(training.estimator.threads_in_predict_.values()) == {1}
        assert threads() == two_threads

    def test_a_training_may_have_all(self, record, two_threads):
        training = once(Recorder(), *record, n_threads=None)
        assert training.estimator.threads_ == two_threads

    @pytest.mark.parametrize("error", [RuntimeError("no luck"), KeyboardInterrupt()])
    def test_they_are_put_back_after_a_failure(self, record, two_threads, error):
        training = once(Recorder(raises=error), *record)
        assert training.estimator is None
        assert threads() == two_threads

    def test_they_are_put_back_after_an_error_that_ends_the_search(self, record, two_threads):
        with pytest.raises(RuntimeError, match="no luck"):
            once(Recorder(raises=RuntimeError("no luck")), *record, error_score="raise")
        assert threads() == two_threads

    @pytest.mark.parametrize("n_jobs", [None, 2])
    @pytest.mark.parametrize("backend", ["loky", "threading"])
    def test_in_a_search(self, record, two_threads, backend, n_jobs):
        search = RepeatedSeedSearchCV(
            Recorder(), {"tag": [0, 1]}, n_repeats=2, n_jobs=n_jobs, keep_estimators="all"
        )
        with parallel_config(backend=backend):
            search.fit(*record)
        models = [model for kept in search._kept.values() for model in kept]
        assert len(models) == 4
        for model in models:
            assert model.threads_["torch"] == 1
            assert len(model.threads_) > 1
        # Outside of the main thread OpenBLAS keeps its threads, whatever the limit.
        if backend == "loky" or n_jobs is None:
            assert {n for model in models for n in model.threads_.values()} == {1}
        in_workers = backend == "loky" and n_jobs == 2
        assert ({model.process_ for model in models} == {os.getpid()}) != in_workers
        assert threads() == two_threads


class TestScores:
    def test_without_a_splitter_it_is_the_lowest_loss(self, record):
        training = once(Recorder(tag=2), *record)
        assert training.scores == {"score": 3.5}
        assert training.estimator.n_rows_ == 60
        assert training.status == "finished"
        assert not training.interrupted

    def test_with_a_splitter_each_scorer_scores_the_other_rows(self, record):
        X, y = record
        training = once(LinearRegression(), X, y, split=HALVES, scorers=SCORERS)
        model = LinearRegression().fit(X.iloc[:30], y.iloc[:30])
        assert training.scores == {
            name: scorer(model, X.iloc[30:], y.iloc[30:]) for name, scorer in SCORERS.items()
        }

    def test_epochs_windows_and_times_are_counted(self, record):
        X, y = record
        training = once(small_gru(batch_size=8).set_params(window__window_length=4), X, y)
        model = training.estimator[-1]
        assert training.n_epochs == model.n_epochs_ == 2
        assert training.best_epoch == model.best_epoch_
        assert training.n_training == len(model.training_indices_) > 0
        assert training.n_validation == len(model.validation_indices_) > 0
        assert training.history.equals(model.history_)
        assert training.history is not model.history_
        assert training.fit_time > 0
        assert training.score_time >= 0

    def test_a_foreign_regressor_has_taken_nothing(self, record):
        training = once(LinearRegression(), *record, split=HALVES, scorers=SCORERS)
        assert training.history is None
        counts = ("n_epochs", "best_epoch", "n_training", "n_validation")
        assert [getattr(training, name) for name in counts] == [0, 0, 0, 0]

    def test_a_scorer_may_return_an_array(self, record):
        scorers = {"values": lambda model, X, y: np.arange(3.0), "number": lambda *_: np.ones(())}
        training = once(Recorder(), *record, scorers=scorers)
        np.testing.assert_array_equal(training.scores["values"], [0.0, 1.0, 2.0])
        assert isinstance(training.scores["number"], float)

    def test_the_model_is_kept_unless_it_is_not_wanted(self, record):
        assert once(Recorder(tag=2), *record, keep_estimator=False).estimator is None
        assert once(Recorder(tag=2), *record, keep_estimator=False).scores == {"score": 3.5}

    def test_without_a_loss_it_is_an_error_whatever_error_score_says(self, record):
        with pytest.raises(NoLossError, match=r"^LinearRegression has no best_validation_loss_"):
            once(LinearRegression(), *record, error_score=0.0)


class TestFailures:
    @pytest.mark.parametrize("error_score", [np.nan, 0.0, -3.0])
    def test_have_the_score_asked_for_and_their_reason(self, record, error_score):
        failing = Recorder(raises=RuntimeError("no luck"))
        training = once(failing, *record, split=HALVES, scorers=SCORERS, error_score=error_score)
        np.testing.assert_equal(training.scores, {"r2": error_score, "error": error_score})
        assert training.status == "failed: no luck"
        assert training.estimator is None
        assert training.fit_time > 0
        assert not training.interrupted

    def test_a_scorer_may_fail_as_well(self, record):
        def scorer(model, X, y):
            raise ValueError("nothing to score")

        training = once(LinearRegression(), *record, split=HALVES, scorers={"score": scorer})
        assert training.status == "failed: nothing to score"
        assert np.isnan(training.scores["score"])
        assert training.estimator is None

    def test_may_be_raised(self, record):
        with pytest.raises(ZeroDivisionError, match="no luck"):
            once(Recorder(raises=ZeroDivisionError("no luck")), *record, error_score="raise")

    @pytest.mark.parametrize("error_score", [np.nan, "raise"])
    def test_an_interruption_is_no_failure(self, record, error_score):
        training = once(Recorder(raises=KeyboardInterrupt()), *record, error_score=error_score)
        assert training.interrupted
        assert training.estimator is None
        assert np.isnan(training.scores["score"])

    def test_an_interrupted_network_says_so(self, record):
        model = Recorder()
        model.interrupted_ = True
        assert once(model, *record).interrupted

    def test_an_ensemble_is_interrupted_if_a_member_is(self, record):
        model, member = Recorder(), Recorder()
        model.estimators_ = [Recorder(), member]
        assert not once(model, *record).interrupted
        member.interrupted_ = True
        assert once(model, *record).interrupted


class TestWarnings:
    def test_of_convergence_are_not_shown(self, record):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            once(Recorder(), *record)
        with pytest.warns(ConvergenceWarning, match="not yet there"):
            Recorder().fit(*record)

    def test_others_are(self, record):
        class Warning_(Recorder):
            def fit(self, X, y):
                warnings.warn("look here", UserWarning, stacklevel=1)
                return super().fit(X, y)

        with pytest.warns(UserWarning, match="look here"):
            once(Warning_(), *record)


class TestCheckpoint:
    def model(self, **options):
        options = {"batch_size": 8, "max_epochs": 6, **options}
        return small_gru(**options).set_params(window__window_length=4)

    def test_is_left_where_asked_for(self, record, tmp_path):
        path = tmp_path / "one.checkpoint"
        once(self.model(), *record, checkpoint=path)
        assert list(tmp_path.iterdir()) == [path]

    def test_of_a_folder_that_is_not_there_is_none(self, record, tmp_path):
        path = tmp_path / "elsewhere" / "one.checkpoint"
        training = once(self.model(), *record, checkpoint=path)
        assert training.status == "finished"
        assert list(tmp_path.iterdir()) == []

    def test_of_other_estimators_is_none(self, record, tmp_path):
        # The nets of an ensemble would go on from one another's.
        windows = self.model()[:-1].fit_transform(record[0])
        member = self.model()[-1]
        ensemble = GRUFrictionEnsemble(member, n_estimators=2)
        path = tmp_path / "one.checkpoint"
        training = once(
            ensemble, windows, record[1], split=HALVES, scorers=SCORERS, checkpoint=path
        )
        assert training.status == "finished"
        assert list(tmp_path.iterdir()) == []

    def test_without_one_nothing_is_left(self, record, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        once(self.model(), *record)
        assert list(Path().iterdir()) == []

    def test_a_training_that_failed_leaves_it_and_goes_on_from_it(self, record, tmp_path):
        path = tmp_path / "one.checkpoint"
        first = once(self.model(random_state=0), *record, checkpoint=path)
        again = once(self.model(random_state=0), *record, checkpoint=path)
        assert again.n_epochs == first.n_epochs == 6
        assert again.scores == first.scores
        # Five of its epochs took no time: they are those of the checkpoint.
        np.testing.assert_array_equal(again.history["seconds"][:5], first.history["seconds"][:5])
        assert again.history["seconds"][5] != first.history["seconds"][5]
