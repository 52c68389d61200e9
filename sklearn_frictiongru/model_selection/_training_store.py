"""Finished trainings on disk, found again by what they were made from."""

import contextlib
import pickle
import warnings
from dataclasses import dataclass, fields, replace

import filelock
import numpy as np
import torch
from sklearn.base import BaseEstimator

from sklearn_frictiongru.model_selection._stored_checks import check_result, shape_of_predictions
from sklearn_frictiongru.model_selection._task import Task, TrainingResult
from sklearn_frictiongru.model_selection._train_once import train_once
from sklearn_frictiongru.model_selection._training_folder import check_writers, make_folder
from sklearn_frictiongru.model_selection._training_keys import column_labels
from sklearn_frictiongru.utils.data_file import read_data, write_data
from sklearn_frictiongru.utils.plain_data import Given, NotPlainError, Reader, Writer

SUFFIX = ".training"
CHECKPOINT_SUFFIX = ".checkpoint"
LOCK_SUFFIX = ".lock"

FORMAT = "sklearn_frictiongru training"


class TrainingStore:
    """Store each finished training in its own file."""

    def __init__(self, folder):
        self.path = make_folder(folder)
        self.allow_pickle = folder.allow_pickle
        self.trust_writers = folder.trust_writers

    def load(self, key, task):
        """Return the stored result of a training, or None."""
        path = self.path / (key + SUFFIX)
        try:
            document, tensors = read_data(path, FORMAT, "training")
            if document["key"] != key:
                raise ValueError("it is another training's")
            result = TrainingResult(**Reader(tensors, Given()).value(document["result"]))
            check_result(result, task)
            if not task.keep_estimator or result.status != "finished":
                return result
            return replace(result, estimator=StoredEstimator(document, tensors, key, task, self))
        except FileNotFoundError:
            return None
        except Exception as error:
            self.warn_of_unusable(f"the stored training {path.name}", error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None

    def save(self, key, task, result):
        """Store the result of a training at once and whole; warn where that is not possible."""
        try:
            writer = Writer(Given(task.estimator))
            document = {
                "key": key,
                "columns": column_labels(task.X),
                "estimator": self._plain_estimator(result.estimator, writer),
                "predicts": shape_of_predictions(result.estimator, task),
                "result": writer.plain(
                    {
                        field.name: getattr(result, field.name)
                        for field in fields(result)
                        if field.name != "estimator"
                    }
                ),
            }
            path = self.path / (key + SUFFIX)
            write_data(path, FORMAT, document, writer.tensors)
            if "pickle" in (document["estimator"] or {}):
                path.chmod(path.stat().st_mode & 0o755)
        except (OSError, NotPlainError) as error:
            advice = (
                ""
                if isinstance(error, OSError)
                else (" Use memory=TrainingFolder(..., allow_pickle=True) to store it as a pickle.")
            )
            warnings.warn(
                f"the training {task.name} is finished but cannot be stored in {self.path} "
                f"({error}); a later call does it again.{advice}",
                UserWarning,
                stacklevel=5,
            )
            return
        self.clear(key)

    def clear(self, key):
        """Remove what a training that is stored needs no longer."""
        for path in (self.checkpoint(key), self.path / (key + LOCK_SUFFIX)):
            # On Windows a lock that is held cannot be removed.
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def checkpoint(self, key):
        """Return where a training may write down how far it is."""
        return self.path / (key + CHECKPOINT_SUFFIX)

    def lock(self, key):
        """Return a lock that this process now has on a training, or None if another has it."""
        lock = filelock.FileLock(self.path / (key + LOCK_SUFFIX), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return None
        except (OSError, NotImplementedError):
            # Where nothing can be locked a training may be done twice, to the same result.
            return lock
        # What a killed process has left of this training, which nobody else writes now.
        for path in self.path.glob(f"{key}.*.part"):
            with contextlib.suppress(OSError):
                path.unlink()
        return lock

    def warn_of_unusable(self, what, error):
        warnings.warn(
            f"{what} in {self.path} cannot be used ({error}); it is done again.",
            UserWarning,
            stacklevel=4,
        )

    def _plain_estimator(self, estimator, writer):
        """Return a model as data, or as a pickle where that is allowed."""
        if estimator is None:
            return None
        try:
            return writer.plain(estimator)
        except NotPlainError:
            if not self.allow_pickle:
                raise
        try:
            data = pickle.dumps(estimator)
        except Exception as error:
            raise NotPlainError(f"{type(estimator).__name__} cannot be pickled: {error}") from error
        return {"pickle": writer.keep(torch.frombuffer(bytearray(data), dtype=torch.uint8))}


@dataclass(frozen=True, eq=False)
class StoredEstimator:
    """A stored model that is only made where it is asked for, which takes a while."""

    document: dict
    tensors: dict
    key: str
    task: Task
    store: TrainingStore

    def load(self):
        """Return the model; train it again, and store it, if it cannot be made."""
        try:
            return self._made()
        except Exception as error:
            self.store.warn_of_unusable(f"the stored model of {self.task.name}", error)
            result = train_once(self.task)
            self.store.save(self.key, self.task, result)
            return result.estimator

    def _made(self):
        plain, columns = self.document["estimator"], self.document["columns"]
        if "pickle" in plain:
            if not self.store.allow_pickle:
                raise NotPlainError("it is a pickle, which allow_pickle=False does not read")
            if not self.store.trust_writers:
                check_writers(self.store.path / (self.key + SUFFIX))
            model = pickle.loads(self.tensors[plain["pickle"]].numpy().tobytes())
        else:
            model = Reader(self.tensors, Given(self.task.estimator)).value(plain)
        if not isinstance(model, type(self.task.estimator)):
            raise NotPlainError(f"it is a {type(model).__name__}")
        labels = column_labels(self.task.X)
        if labels != columns:
            _rename(model, dict(zip(columns, labels, strict=True)))
        if shape_of_predictions(model, self.task) != self.document["predicts"]:
            raise NotPlainError("it does not predict as it did")
        return model


def trained_estimator(result):
    """Return the model of a result, made if it comes from the store, or None."""
    estimator = result.estimator
    return estimator.load() if isinstance(estimator, StoredEstimator) else estimator


def with_estimator(result):
    """Return a result with its model instead of the stored one."""
    return replace(result, estimator=trained_estimator(result))


def _rename(value, names):
    """Let all estimators in a value know their columns under other names."""
    if isinstance(value, BaseEstimator):
        known = vars(value).get("feature_names_in_")
        if known is not None:
            value.feature_names_in_ = np.array([names[name] for name in known], dtype=object)
        value = list(vars(value).values())
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            _rename(each, names)
