"""Uses of projects that store fitted models."""

import numpy as np

from tests.ecosystem._record import network, pipeline, record
from tests.ecosystem._table import use


@use("skops", "skops", "skops.io", recipe=True)
def store_with_skops(tmp_path):
    """Store pipelines, ensembles and searches

    skorch keeps the weights as a pickle inside such a file: trust the net only in your own files.
    `save_model` writes files that run no code.
    """
    import skops.io as sio

    from sklearn_frictiongru.model_selection import WindowLengthSearchCV
    from sklearn_frictiongru.neural_network import GRUFrictionEnsemble

    X, y = record()
    for model in (
        pipeline(),
        GRUFrictionEnsemble(network(max_epochs=2), n_estimators=2),
        WindowLengthSearchCV(pipeline(max_epochs=2), [1, 3], n_repeats=2),
    ):
        sio.dump(model.fit(X, y), tmp_path / "model.skops")
        types = sio.get_untrusted_types(file=tmp_path / "model.skops")
        loaded = sio.load(tmp_path / "model.skops", trusted=types)
        assert (loaded.predict(X) == model.predict(X)).all()


@use("MLflow", "mlflow", "mlflow.sklearn", recipe=True)
def store_with_mlflow(tmp_path):
    """Store a model in MLflow's default format

    The format is that of skops. Name the types that are trusted.
    """
    import mlflow
    import skops.io as sio

    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'runs.db'}")
    X, y = record()
    model = pipeline().fit(X, y)
    types = sio.get_untrusted_types(data=sio.dumps(model))
    path = tmp_path / "model"
    mlflow.sklearn.save_model(model, path, skops_trusted_types=types)
    loaded = mlflow.sklearn.load_model(str(path))
    assert (loaded.predict(X) == model.predict(X)).all()
    assert loaded[-1].history_.equals(model[-1].history_)


@use("joblib, cloudpickle", "", "joblib", "cloudpickle")
def pickle_models(tmp_path):
    """Pickle models

    A model that was trained on a GPU loads without one. Its callbacks are pickled with it.
    """
    import cloudpickle
    import joblib

    X, y = record()
    model = pipeline().fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    for loaded in (
        joblib.load(tmp_path / "model.joblib"),
        cloudpickle.loads(cloudpickle.dumps(model)),
    ):
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
