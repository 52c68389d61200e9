"""Finished trainings on disk, found again by what they were made from."""

import hashlib
import os
import pickle
import warnings
from dataclasses import replace
from pathlib import Path
from types import CodeType, FunctionType

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from sklearn_frictiongru import __version__
from sklearn_frictiongru.utils.files import whole_file

SUFFIX = ".joblib"
CHECKPOINT_SUFFIX = ".checkpoint"


class StoredEstimator(bytes):
    """A pickled model that is only made where it is asked for, which takes a while."""

    def load(self):
        """Return the model."""
        return pickle.loads(self)


class TrainingStore:
    """Keep each finished training in a file of its own."""

    def __init__(self, memory):
        location = memory.location if isinstance(memory, joblib.Memory) else memory
        self.folder = Path(location) / "sklearn_frictiongru" / "trainings"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"memory={os.fspath(location)!r} cannot be written to ({error.strerror}); expected "
                "a folder for finished trainings. Choose another one."
            ) from error

    def load(self, key):
        """Return the stored result of a training, or None."""
        path = self.folder / (key + SUFFIX)
        if not path.exists():
            return None
        try:
            return joblib.load(path)
        except Exception as error:
            warnings.warn(
                f"the stored training {path.name} cannot be read ({error!r}); it is done again.",
                UserWarning,
                stacklevel=2,
            )
            return None

    def save(self, key, result):
        """Store the result of a training at once and whole."""
        if result.estimator is not None:
            pickled = StoredEstimator(pickle.dumps(result.estimator))
            result = replace(result, estimator=pickled)
        with whole_file(self.folder / (key + SUFFIX)) as file:
            joblib.dump(result, file, compress=1)
        self.checkpoint(key).unlink(missing_ok=True)

    def checkpoint(self, key):
        """Return where a training may write down how far it is."""
        return self.folder.resolve() / (key + CHECKPOINT_SUFFIX)


def trained_estimator(result):
    """Return the model of a result, unpickled if it comes from the store, or None."""
    estimator = result.estimator
    return estimator.load() if isinstance(estimator, StoredEstimator) else estimator


def task_keys(tasks):
    """Name each task by all that its result depends on."""
    key_of_data, keys = {}, []
    for task in tasks:
        data = id(task.X), id(task.y)
        if data not in key_of_data:
            key_of_data[data] = training_key(task.X, task.y)
        rows = (task.train, task.test)
        # Only where there are any, so that what was stored without them is found.
        params = [each for each in (task.fit_params, task.score_params) if each]
        keys.append(
            training_key(
                key_of_data[data],
                task.estimator,
                rows,
                task.scorers,
                task.keep_estimator,
                *params,
            )
        )
    return keys


def training_key(*parts):
    """Name a training by the values of everything that it is made from."""
    digest = hashlib.sha256(__version__.encode())
    for part in parts:
        _add(digest, part)
    return digest.hexdigest()


def _add(digest, value):
    """Feed a value into a digest."""
    digest.update(f"|{type(value).__name__}:".encode())
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        names = value.columns if isinstance(value, pd.DataFrame) else [value.name]
        index = value if isinstance(value, pd.Index) else value.index
        digest.update(repr((list(names), list(index.names))).encode())
        digest.update(pd.util.hash_pandas_object(value).to_numpy().tobytes())
    elif isinstance(value, np.ndarray) and value.dtype != object:
        digest.update(repr((value.shape, value.dtype.str)).encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, BaseEstimator):
        _add(digest, value.get_params(deep=False))
    elif isinstance(value, dict):
        for key in sorted(value, key=repr):
            _add(digest, key)
            _add(digest, value[key])
    elif isinstance(value, list | tuple | np.ndarray):
        for item in value:
            _add(digest, item)
    elif isinstance(value, str | int | float | bool | np.generic | None):
        digest.update(repr(value).encode())
    elif callable(value) and hasattr(value, "__qualname__"):
        digest.update(f"{value.__module__}.{value.__qualname__}".encode())
        if isinstance(value, FunctionType):
            # Two lambdas, or a function that was edited since, share their name.
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            known = [content for content in cells if content is not value]
            _add(digest, (value.__code__, value.__defaults__, value.__kwdefaults__, known))
    elif isinstance(value, CodeType):
        _add(digest, (value.co_code, value.co_names, value.co_consts))
    elif getattr(value, "__dict__", None):
        _add(digest, vars(value))
    else:
        digest.update(joblib.hash(value).encode())
