"""A training that is stopped as soon as its validation loss is above a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import ArrayLike
from skorch.callbacks import Callback

_LIMITS: ContextVar[Sequence[float] | None] = ContextVar("loss_limits", default=None)


@contextmanager
def loss_limits(limits: Sequence[float] | None) -> Iterator[None]:
    """Stop the trainings of regressors in a block whose validation loss is above a limit.

    Parameters
    ----------
    limits : sequence of float or None
        Limit of the lowest validation loss so far after epoch 1, 2, ..., in squared units of the
        target. Later epochs have no limit. None means no limits.

    See Also
    --------
    first_epoch_above : Returns the epoch in which a training is stopped.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor, loss_limits
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=5, random_state=0
    ... )
    >>> with loss_limits([np.inf, 0.0]):
    ...     model = model.fit(X, 0.6 + 0.1 * X[:, 0])
    >>> model.n_epochs_, model.stopped_early_
    (2, True)
    """
    token = _LIMITS.set(limits)
    try:
        yield
    finally:
        _LIMITS.reset(token)


def first_epoch_above(losses: ArrayLike, limits: Sequence[float]) -> int | None:
    """Return the first epoch, from 1, whose lowest loss so far is above its limit, or None.

    Parameters
    ----------
    losses : array-like of shape (n_epochs,)
        Validation losses.
    limits : sequence of float
        Limits after epoch 1, 2, ...

    Returns
    -------
    int or None
        The epoch.

    See Also
    --------
    loss_limits : Stops trainings at limits.

    Examples
    --------
    >>> from sklearn_frictiongru.neural_network import first_epoch_above
    >>> first_epoch_above([4.0, 2.0, 3.0], [5.0, 2.0, 1.0])
    3
    """
    n_limited = min(len(np.atleast_1d(losses)), len(limits))
    lowest = np.fmin.accumulate(np.asarray(losses, dtype=float)[:n_limited])
    above = np.flatnonzero(lowest > np.asarray(limits, dtype=float)[:n_limited])
    return int(above[0]) + 1 if len(above) else None


def loss_limits_callback(loss_unit):
    """Return the callback of the training that begins now, or None."""
    limits = _LIMITS.get()
    return None if limits is None else StopAboveLimits(limits, loss_unit)


class StopAboveLimits(Callback):
    """Stop a training whose lowest validation loss is above the limit of its epoch."""

    def __init__(self, limits, loss_unit):
        self.limits = limits
        self.loss_unit = loss_unit
        self.stopped = False

    def on_epoch_end(self, net, **kwargs):
        """Compare the lowest loss with the limit."""
        losses = [epoch["valid_loss"] * self.loss_unit for epoch in net.history]
        if first_epoch_above(losses, self.limits) is not None:
            self.stopped = True
            # skorch's own way to end a training.
            raise KeyboardInterrupt
