"""One training of a sweep."""

import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing


def train_once(estimator, X, y, split, scorer):
    """Train once and return the model, its score and what it took.

    Parameters
    ----------
    estimator : Pipeline
        Pipeline to fit.
    X : array-like of shape (n_rows, n_features)
        Rows.
    y : array-like of shape (n_rows,)
        Targets.
    split : tuple of ndarray of int, or of None
        Rows to train and to score on; None where the regressor's own lowest validation loss
        is the score.
    scorer : callable or None
        Scorer of the rows to score on.

    Returns
    -------
    dict
        ``estimator`` (None if it failed), ``score``, ``n_epochs``, ``best_epoch``,
        ``n_training``, ``n_validation``, ``fit_time`` in seconds, ``status`` ("finished", or
        "failed: ..." with the reason) and ``interrupted``.

    Raises
    ------
    ValueError
        If the regressor has no validation loss to score by.
    """
    train, test = split
    started = time.perf_counter()
    training = {
        "estimator": None,
        "score": np.nan,
        "n_epochs": 0,
        "best_epoch": 0,
        "n_training": 0,
        "n_validation": 0,
        "interrupted": False,
        "status": "finished",
    }
    try:
        with warnings.catch_warnings():
            # Each of many trainings would say so; `best_epoch` beside `n_epochs` shows it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            if train is None:
                estimator.fit(X, y)
            else:
                estimator.fit(_safe_indexing(X, train), _safe_indexing(y, train))
        final = estimator.steps[-1][1]
        if train is None:
            training["score"] = _lowest_loss(final)
        else:
            training["score"] = float(
                scorer(estimator, _safe_indexing(X, test), _safe_indexing(y, test))
            )
        training["estimator"] = estimator
        training["n_epochs"] = getattr(final, "n_epochs_", 0)
        training["best_epoch"] = getattr(final, "best_epoch_", 0)
        training["n_training"] = len(getattr(final, "training_indices_", ()))
        training["n_validation"] = len(getattr(final, "validation_indices_", ()))
        training["interrupted"] = getattr(final, "interrupted_", False)
    except KeyboardInterrupt:
        training["interrupted"] = True
    except _NoLossError:
        # No other training would fare better.
        raise
    except Exception as error:
        training["status"] = f"failed: {error}"
    training["fit_time"] = time.perf_counter() - started
    return training


class _NoLossError(ValueError):
    """A regressor has no validation loss."""


def _lowest_loss(regressor):
    """Return the lowest validation loss of a trained regressor."""
    loss = getattr(regressor, "best_validation_loss_", None)
    if loss is None:
        raise _NoLossError(
            f"{type(regressor).__name__} has no best_validation_loss_ to compare window lengths "
            "by; expected a regressor that validates while it trains, such as "
            "GRUFrictionRegressor(validation=0.2). For any other regressor give a splitter, "
            "cv=PurgedKFold(...)."
        )
    return float(loss)
