"""The state of a long training on disk, from which a killed one is resumed."""

from __future__ import annotations

import contextlib
import os
import warnings
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path

import torch
from skorch.callbacks import Callback

from sklearn_frictiongru.neural_network._training._net_state import (
    NOT_KEPT,
    net_state,
    restore_net,
)
from sklearn_frictiongru.utils.data_file import read_data, write_data
from sklearn_frictiongru.utils.plain_data import Given, NotPlainError, Reader, Writer

_FILE = ContextVar("checkpoint_file", default=None)

CHECKPOINT_FORMAT = "sklearn_frictiongru checkpoint"

EPOCHS_BETWEEN = 5


def checkpoints_in(
    path: str | os.PathLike[str] | None, *, key: str | None = None
) -> AbstractContextManager[None]:
    """Let the training of a regressor in a block be resumed from a checkpoint.

    Every five epochs the state of the training is written to a file; a training that finds
    such a file resumes from it, and ends as it would have without the interruption. The
    file belongs to this one training: the same data, parameters and seed. It is not removed.

    Parameters
    ----------
    path : path-like or None
        Path of the checkpoint; None means no checkpoint. The file has a checksum, and reading it
        runs no code.
    key : str, default=None
        Text that identifies the training. A checkpoint with another key is not used.

    Returns
    -------
    context manager
        For the block in which one regressor is fitted.

    Warns
    -----
    UserWarning
        If the file cannot be read, or the training cannot resume from its contents; the training
        then starts again. If it cannot be written, for example on a full disk; the training
        continues.

    See Also
    --------
    sklearn_frictiongru.model_selection.run_trainings : Runs trainings that can be resumed.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionRegressor,
    ...     checkpoints_in,
    ... )
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=5, random_state=0
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "training.checkpoint")
    ...     with checkpoints_in(path):
    ...         model = model.fit(X, 0.6 + 0.1 * X[:, 0])
    ...     os.path.exists(path)
    True
    """
    return _checkpoints_in(None if path is None else (Path(path), key))


@contextmanager
def _checkpoints_in(path_and_key):
    token = _FILE.set(path_and_key)
    try:
        yield
    finally:
        _FILE.reset(token)


def checkpoint_callback(own_module):
    """Return the callback of the training that begins now, or None."""
    path_and_key = _FILE.get()
    return None if path_and_key is None else Checkpointing(*path_and_key, own_module)


class Checkpointing(Callback):
    """Write the state of the training every few epochs, and resume from it.

    It has to be the last callback, so that it finds, and sets, all others as they are at
    the end of an epoch.
    """

    def __init__(self, path, key, own_module):
        self.path = path
        self.key = key
        self.own_module = own_module
        self.reads = True
        self.writes = True
        self.resumed = False

    def on_train_begin(self, net, **kwargs):
        """Resume from the checkpoint, if there is one."""
        if not self.reads:
            return
        self.callbacks_before = [
            (each, dict(vars(each))) for name, each in net.callbacks_ if name not in NOT_KEPT
        ]
        self.resumed = True
        try:
            state = read_checkpoint(self.path, self.key)
        except FileNotFoundError:
            # There is none, or another process has just finished this training.
            self.resumed = False
            return
        net.module_.load_state_dict(state["weights"])
        restore_net(net, state)
        if self.own_module:
            torch.set_rng_state(state["global"])
        net.max_epochs -= len(net.history)

    def discard(self, error):
        """Undo, with a warning, what the checkpoint has changed outside the net."""
        warnings.warn(
            f"the checkpoint {self.path.name} in {self.path.parent} cannot be read ({error}); its "
            "training starts again.",
            UserWarning,
            stacklevel=5,
        )
        self.reads = self.resumed = False
        for callback, before in self.callbacks_before:
            vars(callback).clear()
            vars(callback).update(before)
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def on_epoch_end(self, net, **kwargs):
        """Write the checkpoint, every few epochs."""
        if not self.writes or len(net.history) % EPOCHS_BETWEEN:
            return
        try:
            writer = Writer(Given())
            state = net_state(net, writer.can, own_module=self.own_module)
            state["weights"] = dict(net.module_.state_dict())
            document = {"key": self.key, "state": writer.plain(state)}
            write_data(self.path, CHECKPOINT_FORMAT, document, writer.tensors)
        except (OSError, NotPlainError) as error:
            # The next one may find room again, but never what data cannot hold.
            self.writes = isinstance(error, OSError)
            warnings.warn(
                f"the checkpoint {self.path.name} cannot be written to {self.path.parent} "
                f"({error}); the training continues, but a kill would lose its epochs.",
                UserWarning,
                stacklevel=2,
            )


def read_checkpoint(path, key=None):
    """Return the state of a training."""
    document, tensors = read_data(path, CHECKPOINT_FORMAT, "checkpoint")
    if document["key"] != key:
        raise ValueError("it is that of another training")
    return Reader(tensors, Given()).value(document["state"])
