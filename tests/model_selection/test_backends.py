"""The same sweep on every backend of joblib: the same results."""

import contextlib
import warnings

import joblib
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

X = np.random.default_rng(0).normal(size=(150, 2))
Y = 0.6 + 0.1 * X[:, 0]


def network(**options):
    sizes = {"conv_channels": 4, "kernel_size": 2, "hidden_size": 4, "n_gru_layers": 1}
    return GRUFrictionRegressor(max_epochs=2, device="cpu", **sizes, **options)


def sweep(**options):
    model = make_pipeline(SlidingWindowTransformer(), network())
    return WindowLengthSearchCV(
        model, [2, 3], n_repeats=3, random_state=0, keep_estimators="all", **options
    ).fit(X, Y)


@contextlib.contextmanager
def dask():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        yield


@contextlib.contextmanager
def ray():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    register_ray()
    try:
        yield
    finally:
        ray.shutdown()


CLUSTERS = {"dask": dask, "ray": ray}


@pytest.fixture(scope="module")
def alone():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sweep(), GRUFrictionEnsemble(network(), 2, random_state=0).fit(X, Y).predict(X)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing", "dask", "ray"])
def test_the_results_are_those_of_one_process(alone, tmp_path, backend):
    expected, of_ensemble = alone
    cluster = CLUSTERS.get(backend, contextlib.nullcontext)
    with cluster(), joblib.parallel_config(backend=backend):
        for n_jobs in (2, 1):
            found = sweep(n_jobs=n_jobs)
            np.testing.assert_array_equal(found.results_["score"], expected.results_["score"])
            np.testing.assert_array_equal(found.predict(X), expected.predict(X))
        ensemble = GRUFrictionEnsemble(network(), 2, random_state=0, n_jobs=2).fit(X, Y)
        np.testing.assert_array_equal(ensemble.predict(X), of_ensemble)
        assert [sweep(n_jobs=2, memory=tmp_path).n_trained_ for _ in range(2)] == [6, 0]
