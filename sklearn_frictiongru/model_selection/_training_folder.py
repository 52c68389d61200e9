"""The folder of finished trainings, and what may be read from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import joblib

from sklearn_frictiongru.utils.files import writable_by_others


@dataclass(frozen=True)
class TrainingFolder:
    """A folder for finished trainings, for `memory`, with permission to use pickles in it.

    A plain path is enough for estimators of this package and of scikit-learn, also with custom
    networks and losses: they are stored as data, and reading data runs no code. To store
    estimators that hold other objects, allow pickles, which run code when they are read.

    Parameters
    ----------
    path : path-like
        The folder; ``~`` is the home folder.
    allow_pickle : bool, default=False
        Whether estimators that are not plain data may be stored, and read, as pickles.
    trust_writers : bool, default=False
        Whether pickles may be used in a folder that other users may write to. These users
        could then run code with the rights of the user who reads.

    Raises
    ------
    ValueError
        If pickles are allowed in a folder that others may write to, and `trust_writers` is
        False. On Windows write permission cannot be checked, so that `trust_writers` is always
        needed.

    See Also
    --------
    run_trainings : Stores trainings in such a folder.

    Examples
    --------
    >>> from sklearn_frictiongru.model_selection import TrainingFolder
    >>> TrainingFolder("~/trainings", allow_pickle=True).path
    '~/trainings'
    """

    path: str | os.PathLike[str]
    allow_pickle: bool = False
    trust_writers: bool = False


def folder_of(memory):
    """Return the folder that a `memory` names, or None where nothing is to be kept."""
    if isinstance(memory, TrainingFolder):
        return memory
    location = memory.location if isinstance(memory, joblib.Memory) else memory
    return None if location is None else TrainingFolder(location)


def make_folder(folder):
    """Return the path of the trainings in a folder, made where it is missing."""
    path = Path(folder.path).expanduser()
    # With pickles nobody else may write to these folders, even if the umask allows it.
    mode = 0o755 if folder.allow_pickle else 0o777
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in ("sklearn_frictiongru", "trainings"):
            path = path / name
            path.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"memory={os.fspath(folder.path)!r} cannot be written to ({error.strerror}); expected "
            "a folder for finished trainings. Choose another one."
        ) from error
    path = path.resolve()
    if folder.allow_pickle and not folder.trust_writers:
        check_writers(path)
    return path


def check_writers(path):
    """Raise if another user may have written a pickle there."""
    place = writable_by_others(path)
    if place is not None:
        raise ValueError(
            f"pickles are allowed in {path}, which run code when they are read, but others may "
            f"write to {place}. Take a folder of your own (chmod go-w {place}), leave allow_pickle "
            "out, or set trust_writers=True."
        )
