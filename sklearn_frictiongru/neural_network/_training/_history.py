"""What a training did, and what its user has to be warned of."""

import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning

ROWS_LOOKED_AT = 256
CONSTANT = 1e-6
"""Predictions that vary by less, in standard deviations of the target, are constant."""


def history_frame(history, unit):
    """Return what each finished epoch did."""
    finished = [epoch for epoch in history if "dur" in epoch]
    if not finished:
        raise KeyboardInterrupt("training was interrupted before its first epoch ended")
    return pd.DataFrame(
        {
            "epoch": [epoch["epoch"] for epoch in finished],
            "training_loss": [epoch["train_loss"] * unit for epoch in finished],
            "validation_loss": [epoch.get("valid_loss", np.nan) * unit for epoch in finished],
            "learning_rate": [epoch["lr"] for epoch in finished],
            "seconds": [epoch["dur"] for epoch in finished],
        }
    )


def warn_of_training(regressor, dataset, y_constant):
    """Warn of an interruption, of a best epoch at the end, and of constant predictions."""
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
            "training may not have ended. Raise max_epochs or lr.",
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
            "not: the network has learnt nothing. Change lr, random_state, or the network's sizes."
        )


def warn_of_constants(X_constant, names, y_constant):
    """Warn of parameters and targets that teach nothing."""
    constant = [name for name, is_constant in zip(names, X_constant, strict=True) if is_constant]
    if constant:
        _warn(
            f"the parameters {constant} are constant over the rows in the training windows, so "
            "nothing can be learnt of them. Leave them out, or train on rows where they vary."
        )
    if y_constant.any():
        _warn(
            "y is constant over the training windows, so there is nothing to learn. Check the "
            "target, or train on rows where it varies."
        )


def _warn(message, category=UserWarning):
    # Above this module and the regressor's training lies the caller of fit.
    warnings.warn(message, category, stacklevel=5)
