"""The history of a training, and warnings about it."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import EarlyStopping

from sklearn_frictiongru.neural_network._training._loss_limits import StopAboveLimits
from sklearn_frictiongru.neural_network._training._scikit_learn_callbacks import CallScikitLearn

ROWS_LOOKED_AT = 256
CONSTANT = 1e-6
"""Predictions that vary by less, in standard deviations of the target, are constant."""


def history_columns(history, unit):
    """Return what each finished epoch did: arrays of shape (n_epochs,), by name."""
    finished = [epoch for epoch in history if "dur" in epoch]
    if not finished:
        raise KeyboardInterrupt("training was interrupted before its first epoch ended")
    columns = {
        "epoch": [epoch["epoch"] for epoch in finished],
        "training_loss": [epoch["train_loss"] * unit for epoch in finished],
        "validation_loss": [epoch.get("valid_loss", np.nan) * unit for epoch in finished],
        "learning_rate": [epoch["lr"] for epoch in finished],
        "seconds": [epoch["dur"] for epoch in finished],
    }
    return {name: np.asarray(values) for name, values in columns.items()}


def check_history(history):
    """Raise if a history from a file is not one of finished epochs, with their losses."""
    finished = bool(history) and all("dur" in epoch for epoch in history)
    columns = history_columns(history, 1.0) if finished else {}
    if not (
        finished
        and columns["epoch"].tolist() == list(range(1, len(history) + 1))
        and all(values.dtype.kind in "if" for values in columns.values())
        and np.isfinite(columns["training_loss"]).all()
        and len(set(np.isfinite(columns["validation_loss"]).tolist())) == 1
    ):
        raise ValueError("its history is not one of finished epochs")


def store_history(regressor, net, unit, validated):
    """Make what the training of a net did the fitted attributes of a regressor."""
    history = history_columns(net.history, unit)
    n_epochs = len(history["epoch"])
    ended = n_epochs < regressor.max_epochs
    regressor._history, regressor.n_epochs_ = history, n_epochs
    regressor.stopped_early_ = ended and any(_has_stopped(each) for _, each in net.callbacks_)
    regressor.interrupted_ = ended and not regressor.stopped_early_
    regressor.best_epoch_, regressor.best_validation_loss_ = n_epochs, None
    if validated:
        best = int(np.nanargmin(history["validation_loss"]))
        regressor.best_validation_loss_ = float(history["validation_loss"][best])
        regressor.best_epoch_ = int(history["epoch"][best])


def store_epoch(regressor, net, unit, first):
    """Add the last epoch of a net to the history of a regressor."""
    history = history_columns(net.history[-1:], unit)
    if not first:
        history["epoch"] = np.array([regressor.n_epochs_ + 1])
        history = {
            name: np.concatenate([values, history[name]])
            for name, values in regressor._history.items()
        }
    regressor._history = history
    regressor.n_epochs_ = regressor.best_epoch_ = len(history["epoch"])
    regressor.best_validation_loss_ = regressor.validation_skill_ = None
    regressor.interrupted_ = regressor.stopped_early_ = False


def _has_stopped(callback):
    """Return whether a callback has ended the training."""
    if isinstance(callback, EarlyStopping):
        return callback.misses_ >= callback.patience
    return isinstance(callback, CallScikitLearn | StopAboveLimits) and callback.stopped


def warn_of_training(regressor, dataset, y_constant):
    """Warn about an interruption, a best epoch at the end, and constant predictions."""
    validated = regressor.best_validation_loss_ is not None
    if regressor.interrupted_:
        weights = "of the interruption"
        if validated and regressor.restore_best:
            weights = f"of epoch {regressor.best_epoch_}, the best one"
        _warn(
            f"training was interrupted after {regressor.n_epochs_} of {regressor.max_epochs} "
            f"epochs; the model has the weights {weights}."
        )
    elif validated and 1 < regressor.best_epoch_ == regressor.max_epochs:
        _warn(
            f"the last of {regressor.max_epochs} epochs has the lowest validation loss: the "
            "training may not have converged. Raise max_epochs or lr.",
            ConvergenceWarning,
        )
    some = np.unique(np.linspace(0, len(dataset) - 1, ROWS_LOOKED_AT).astype(int))
    predictions = regressor.net_.predict(dataset.subset(some))
    if not regressor.normalize_y:
        predictions = predictions / regressor.y_scale_
    still = np.ptp(predictions.reshape(len(some), -1), axis=0) <= CONSTANT
    if len(some) > 1 and (still & ~y_constant).any():
        _warn(
            "the predictions are the same for every training window, though the targets are "
            "not: the network has learned nothing. Change lr, random_state, or the network's sizes."
        )


def warn_of_constants(statistics, names):
    """Warn about constant inputs and targets."""
    constant = [name for name, still in zip(names, statistics.X_constant, strict=True) if still]
    if constant:
        _warn(
            f"the inputs {constant} are constant over the rows in the training windows, so "
            "nothing can be learned from them. Leave them out, or train on rows where they vary."
        )
    if statistics.y_constant.any():
        _warn(
            "y is constant over the training windows, so there is nothing to learn. Check the "
            "target, or train on rows where it varies."
        )


def _warn(message, category=UserWarning):
    # Above this module, the training, fit and its decorator lies the caller of fit.
    warnings.warn(message, category, stacklevel=6)
