"""A sweep over a cluster of processes: the same results, also when a worker dies."""

import os
import signal
import time

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import RepeatedSeedSearchCV, WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

distributed = pytest.importorskip("distributed")


class Witness(RegressorMixin, BaseEstimator):
    """A regressor that notes where it was trained, and may take its worker down with it.

    Parameters
    ----------
    kills_at : int
        Level at which the first training there ends its own process.
    marker : str
        File that says that this has happened.
    """

    def __init__(self, level=0, kills_at=None, marker=None, random_state=None):
        self.level = level
        self.kills_at = kills_at
        self.marker = marker
        self.random_state = random_state

    def fit(self, X, y):
        if self.level == self.kills_at and not os.path.exists(self.marker):
            with open(self.marker, "w", encoding="utf-8") as file:
                file.write(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        self.process_ = os.getpid()
        self.data_ = id(X)
        self.best_validation_loss_ = self.level + np.random.RandomState(self.random_state).rand()
        return self

    def predict(self, X):
        return np.zeros(len(X))


@pytest.fixture(scope="module")
def record():
    X = np.random.default_rng(0).normal(size=(400, 2))
    y = 0.6 + 0.05 * np.convolve(X[:, 0], np.ones(4) / 4)[:400]
    return with_runs(pd.DataFrame(X, columns=["slip", "heat"])), y


@pytest.fixture(scope="module")
def cluster():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture
def client(cluster):
    # With one worker, the other not up yet, joblib would train in this process.
    cluster.wait_for_workers(2, timeout=120)
    return cluster


def without_times(results):
    return results.drop(columns=["fit_time", "score_time"])


def sweep(**options):
    model = make_pipeline(
        SlidingWindowTransformer(),
        GRUFrictionRegressor(
            conv_channels=4, hidden_size=4, n_gru_layers=1, max_epochs=2, batch_size=32
        ),
    )
    return WindowLengthSearchCV(model, [3, 8], n_repeats=3, random_state=0, **options)


def test_a_sweep_over_a_cluster_gives_what_one_process_does(client, record, tmp_path):
    alone = sweep(n_jobs=1).fit(*record)
    with joblib.parallel_config(backend="dask"):
        spread = sweep(memory=tmp_path).fit(*record)
    pd.testing.assert_frame_equal(without_times(spread.results_), without_times(alone.results_))
    np.testing.assert_array_equal(spread.predict(record[0]), alone.predict(record[0]))
    # The parent has stored what came back.
    assert sweep(memory=tmp_path).fit(*record).n_trained_ == 0


def test_a_worker_that_dies_in_the_middle_changes_nothing(client, record, tmp_path):
    def search(**options):
        marker = str(tmp_path / "killed")
        return RepeatedSeedSearchCV(
            Witness(marker=marker, **options), {"level": [1, 2, 3]}, n_repeats=4, random_state=0
        )

    before = {info["pid"] for info in client.run(lambda: {"pid": os.getpid()}).values()}
    alone = search().fit(*record)
    with joblib.parallel_config(backend="dask"):
        spread = search(kills_at=2).fit(*record)
    assert int((tmp_path / "killed").read_text(encoding="utf-8")) in before
    pd.testing.assert_frame_equal(without_times(spread.results_), without_times(alone.results_))
    assert spread.best_index_ == alone.best_index_ == 0


def test_the_data_travel_once_to_each_worker(client, record):
    search = RepeatedSeedSearchCV(Witness(), {"level": [1, 2]}, n_repeats=8, random_state=0)
    with joblib.parallel_config(backend="dask"):
        search.fit(*record)
    seen = {(model.process_, model.data_) for model in search.estimators_}
    assert os.getpid() not in {process for process, _ in seen}
    # One object in each process, whatever it was trained with.
    assert len(seen) == len({process for process, _ in seen})
