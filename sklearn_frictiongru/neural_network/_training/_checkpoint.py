"""The state of a long training on disk, from which a killed one is resumed."""

from __future__ import annotations

import os
import pickle
import warnings
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path

import torch
from skorch.callbacks import Callback, LRScheduler

from sklearn_frictiongru.neural_network._layers._network import SeededDropout
from sklearn_frictiongru.utils.files import whole_file

_FILE = ContextVar("checkpoint_file", default=None)

EPOCHS_BETWEEN = 5

NOT_KEPT = {"checkpoint", "scikit_learn", "progress_bar"}
"""Callbacks that hold nothing a training depends on."""


def checkpoints_in(path: str | os.PathLike[str] | None) -> AbstractContextManager[None]:
    """Let the training of a regressor in a block be resumed from a checkpoint.

    Every five epochs the state of the training is written to a file; a training that finds
    such a file goes on from there, and ends as it would have without the interruption. The
    file belongs to this one training: the same data, parameters and seed. It is not removed.

    Parameters
    ----------
    path : path-like or None
        Where the checkpoint is; None writes and reads none. The file is a pickle, so it has
        to be one of your own.

    Returns
    -------
    context manager
        For the block in which one regressor is fitted.

    Warns
    -----
    UserWarning
        If the file cannot be read; the training then begins anew.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor, checkpoints_in
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> model = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=5, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "training.checkpoint")
    ...     with checkpoints_in(path):
    ...         model = model.fit(X, 0.6 + 0.1 * X[:, 0])
    ...     os.path.exists(path)
    True
    """
    return _checkpoints_in(None if path is None else Path(path))


@contextmanager
def _checkpoints_in(path):
    token = _FILE.set(path)
    try:
        yield
    finally:
        _FILE.reset(token)


def checkpoint_callback(own_module):
    """Return the callback of the training that begins now, or None."""
    path = _FILE.get()
    return None if path is None else Checkpointing(path, own_module)


class Checkpointing(Callback):
    """Write down every few epochs where the training stands, and go on from there.

    It has to be the last callback, so that it finds, and sets, all others as they are at
    the end of an epoch.
    """

    def __init__(self, path, own_module):
        self.path = path
        self.own_module = own_module

    def on_train_begin(self, net, **kwargs):
        """Go on from the checkpoint, where there is one."""
        try:
            with open(self.path, "rb") as file:
                state = pickle.load(file)
            self._restore(net, state)
        except FileNotFoundError:
            # There is none, or another process has just finished this training.
            return
        except Exception as error:
            warnings.warn(
                f"the checkpoint {self.path.name} cannot be read ({error!r}); its training begins "
                "anew.",
                UserWarning,
                stacklevel=2,
            )
            # What it may have changed already must not stay.
            self.path.unlink(missing_ok=True)
            raise CheckpointUnreadableError from error

    def on_epoch_end(self, net, **kwargs):
        """Write the checkpoint, every few epochs."""
        if len(net.history) % EPOCHS_BETWEEN == 0:
            with whole_file(self.path) as file:
                pickle.dump(self._state(net), file)

    def _state(self, net):
        callbacks = {}
        for name, callback in net.callbacks_:
            if name in NOT_KEPT:
                continue
            kept = dict(vars(callback))
            if isinstance(callback, LRScheduler):
                kept["lr_scheduler_"] = callback.lr_scheduler_.state_dict()
            callbacks[name] = kept
        return {
            "weights": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": net.history,
            "batches": net.iterator_train__generator.get_state(),
            "dropouts": [d.generator_state() for d in _dropouts(net)],
            "global": torch.get_rng_state() if self.own_module else None,
            "callbacks": callbacks,
        }

    def _restore(self, net, state):
        net.module_.load_state_dict(state["weights"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history = state["history"]
        net.iterator_train__generator.set_state(state["batches"])
        device = torch.device(net.device)
        for dropout, generator in zip(_dropouts(net), state["dropouts"], strict=True):
            dropout.set_generator_state(generator, device)
        if self.own_module:
            torch.set_rng_state(state["global"])
        for name, callback in net.callbacks_:
            if name in NOT_KEPT:
                continue
            kept = dict(state["callbacks"][name])
            if isinstance(callback, LRScheduler):
                scheduler = callback.lr_scheduler_
                scheduler.load_state_dict(kept["lr_scheduler_"])
                kept["lr_scheduler_"] = scheduler
            vars(callback).update(kept)
        net.max_epochs -= len(net.history)


class CheckpointUnreadableError(RuntimeError):
    """A checkpoint could not be gone on from."""


def _dropouts(net):
    return [module for module in net.module_.modules() if isinstance(module, SeededDropout)]
