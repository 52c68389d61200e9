"""Regressors that differ only in their seed, trained together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._training._devices import torch_device
from sklearn_frictiongru.neural_network._training._parameters import OPTIMIZERS
from sklearn_frictiongru.neural_network._training._stack import train_together
from sklearn_frictiongru.neural_network._training._training import Training

ELEMENTWISE = {
    OPTIMIZERS[name]
    for name in (
        "ASGD",
        "Adadelta",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "NAdam",
        "RAdam",
        "RMSprop",
        "Rprop",
        "SGD",
    )
}
"""Optimisers that treat each weight separately, so that stacked networks stay independent."""


def can_be_stacked(regressor: object, *, device_types: Collection[str] | None = None) -> bool:
    """Return whether a regressor can be trained together with others that have other seeds.

    It cannot with a custom module, loss or callbacks, which are made for one net; nor with a
    learning rate that each net lowers separately (``lr_schedule="plateau"`` or a scheduler), an
    optimiser that looks at more than one weight at a time, mixed precision, whose rounding depends
    on how the layers are run, `drop_last`, a warm start, or lines printed per epoch.

    Parameters
    ----------
    regressor : estimator
        Estimator to train. Only :class:`GRUFrictionRegressor` itself can be stacked, not its
        subclasses.
    device_types : collection of str, default=None
        Types of devices, such as ``{"cuda"}``, one of which the regressor's device must
        have. None means any. A device that is not available has no type.

    Returns
    -------
    bool
        Whether :func:`train_stacked` can train it.

    See Also
    --------
    train_stacked : Trains the regressors.

    Examples
    --------
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionRegressor,
    ...     can_be_stacked,
    ... )
    >>> can_be_stacked(GRUFrictionRegressor())
    True
    >>> can_be_stacked(GRUFrictionRegressor(lr_schedule="plateau"))
    False
    >>> can_be_stacked(GRUFrictionRegressor(device="cpu"), device_types={"cuda"})
    False
    """
    # A subclass may train in another way.
    return type(regressor) is GRUFrictionRegressor and (
        regressor.module is None
        and not regressor.callbacks
        and not hasattr(regressor, "_skl_callbacks")
        and isinstance(regressor.loss, str)
        and isinstance(regressor.optimizer, str | type)
        and OPTIMIZERS.get(regressor.optimizer, regressor.optimizer) in ELEMENTWISE
        and (regressor.lr_schedule is None or regressor.lr_schedule == "cosine")
        and regressor.precision != "bfloat16"
        and not regressor.drop_last
        and not regressor.warm_start
        and not regressor.verbose
        and (device_types is None or _device_type(regressor.device) in device_types)
    )


def train_stacked(
    regressors: Sequence[GRUFrictionRegressor],
    X: ArrayLike,
    y: ArrayLike,
    *,
    capture: bool | Literal["auto"] = "auto",
) -> list[GRUFrictionRegressor | Exception]:
    """Train regressors that differ only in `random_state`, all at the same time.

    Each one is the same as after `fit`, except for rounding: it has its own initial
    weights, batches, dropout masks, optimiser, best epoch and end. ``seconds`` in
    `history_` are its share of the time. Many small networks fill a GPU that one of them
    leaves idle.

    Parameters
    ----------
    regressors : list of GRUFrictionRegressor
        Regressors with the same parameters but `random_state`, for which
        :func:`can_be_stacked` is true. Those that train or validate on other windows than
        the first, for example because of a random splitter, are trained alone.
    X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
        Windows, or rows that are taken as windows of length 1.
    y : array-like of shape (n_windows,) or (n_windows, n_outputs)
        Targets of each window, at its last row, in their own units.
    capture : bool or "auto", default="auto"
        Whether a training step is captured as a CUDA graph, which starts faster; "auto"
        does so on CUDA devices. If a step cannot be captured, a warning says so and the
        training continues without a graph.

    Returns
    -------
    list of GRUFrictionRegressor or Exception
        Each regressor, fitted; or the error that its training failed with, which is not
        raised.

    See Also
    --------
    can_be_stacked : Tells whether a regressor can be trained in this way.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor, train_stacked
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> regressors = [
    ...     GRUFrictionRegressor(
    ...         hidden_size=8, n_gru_layers=1, max_epochs=2, random_state=seed
    ...     )
    ...     for seed in range(3)
    ... ]
    >>> trained = train_stacked(regressors, X, 0.6 + 0.1 * X[:, 0])
    >>> [model.n_epochs_ for model in trained]
    [2, 2, 2]
    """
    outcomes: list = [None] * len(regressors)
    trainings = {}
    for i, regressor in enumerate(regressors):
        try:
            trainings[i] = Training.prepare(regressor, X, y)
        except Exception as error:
            outcomes[i] = error
    together = _with_the_same_windows(trainings)
    with flushed_threads(), torch.inference_mode(False):
        errors = train_together([trainings[i] for i in together], capture)
    for i, failure in zip(together, errors, strict=True):
        outcomes[i] = regressors[i] if failure is None else failure
    return [
        _train_alone(regressors[i], X, y) if outcome is None else outcome
        for i, outcome in enumerate(outcomes)
    ]


def _device_type(name):
    """Return the type of a device, None where it is not there."""
    try:
        return torch_device(name).type
    except (ValueError, TypeError):
        # The training itself raises the error.
        return None


def _with_the_same_windows(trainings):
    """Return the numbers of those that train and validate on the same windows as the first."""
    first = next(iter(trainings.values()), None)
    return [
        number
        for number, each in trainings.items()
        if np.array_equal(each.training, first.training)
        and np.array_equal(each.validating, first.validating)
    ]


def _train_alone(regressor, X, y):
    try:
        return regressor.fit(X, y)
    except Exception as error:
        return error
