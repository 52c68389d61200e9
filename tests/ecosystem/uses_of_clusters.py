"""Uses of projects that run trainings on several machines, here on one."""

import numpy as np

from tests.ecosystem._record import pipeline, record
from tests.ecosystem._table import use


def sweep():
    """Return a small sweep and the scores that it has to find."""
    from sklearn.base import clone

    from sklearn_frictiongru.model_selection import WindowLengthSearchCV

    search = WindowLengthSearchCV(pipeline(max_epochs=2), [1, 3], n_repeats=2, random_state=0)
    return search, clone(search).fit(*record()).results_["score"]


@use("dask", "distributed")
def sweep_on_dask(tmp_path):
    """Run the trainings of a sweep on dask workers

    The results are the same as with one process. Not tried on several machines. See
    :ref:`guide_scaling_out`.
    """
    import joblib
    from distributed import Client, LocalCluster

    search, expected = sweep()
    with (
        LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        with joblib.parallel_config(backend="dask"):
            search.fit(*record())
    np.testing.assert_array_equal(search.results_["score"], expected)


@use("Ray", "ray", "ray.util.joblib")
def sweep_on_ray(tmp_path):
    """Run the trainings of a sweep on Ray workers

    The results are the same as with one process. Not tried on several machines. See
    :ref:`guide_scaling_out`.
    """
    import joblib
    import ray
    from ray.util.joblib import register_ray

    search, expected = sweep()
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    try:
        register_ray()
        with joblib.parallel_config(backend="ray", n_jobs=2):
            search.fit(*record())
    finally:
        ray.shutdown()
    np.testing.assert_array_equal(search.results_["score"], expected)
