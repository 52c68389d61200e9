"""Skill: the mean squared error of a model compared with that of two naive baselines."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import mean_squared_error
from sklearn.utils import Bunch

from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.validation import (
    check_finite,
    check_same_index,
    index_of,
    without_masks,
)


def skill_score(
    y: ArrayLike,
    predictions: ArrayLike,
    *,
    training: ArrayLike,
    scored: ArrayLike,
    run_codes: ArrayLike | None = None,
) -> Bunch:
    r"""Compare a model with the better of two baselines on the same rows.

    .. math::

        \text{skill} = 1 - \frac{\mathrm{MSE}_\text{model}}
        {\min(\mathrm{MSE}_\text{training mean}, \, \mathrm{MSE}_\text{last training target})}

    The second baseline predicts, for each row, the last earlier training target of its run,
    or the training mean if there is none.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Targets of the whole record, in the order of time inside each run.
    predictions : array-like of shape (n_rows,)
        Predictions; only those of the scored rows are used.
    training : array-like of shape (n_training,)
        Numbers of the training rows.
    scored : array-like of shape (n_scored,)
        Numbers of the rows to compare on.
    run_codes : array-like of shape (n_rows,), default=None
        Run of each row; one run if None.

    Returns
    -------
    Bunch
        ``skill`` (1 is perfect; 0 or less is no skill), the three mean squared errors
        ``mse``, ``mse_training_mean`` and ``mse_last_training_target`` in squared units
        of `y`, and ``n_rows``, the number of rows compared on.

    Raises
    ------
    ValueError
        If there are no training or no scored rows.

    See Also
    --------
    out_of_fold_predictions : Predictions to score.
    sklearn.metrics.r2_score : Compares with the mean of the scored rows themselves, which no
        model can know.
    skill_test : Tests whether the skill is more than chance.

    References
    ----------
    Murphy, A. H. (1988). Skill scores based on the mean square error and their relationships to
    the correlation coefficient. Monthly Weather Review, 116(12), 2417-2424.

    Examples
    --------
    >>> from sklearn_frictiongru.model_selection import skill_score
    >>> y = [0.0, 1.0, 2.0, 3.0]
    >>> found = skill_score(y, [0.0, 0.0, 2.0, 2.0], training=[0, 1], scored=[2, 3])
    >>> found.mse, found.mse_training_mean, found.mse_last_training_target
    (0.5, 4.25, 2.5)
    >>> found.skill
    0.8
    """
    check_same_index(y, predictions, "predictions", of="y")
    check_same_index(y, run_codes, "run_codes", of="y")
    labels = index_of(y)
    y, predictions = (
        np.asarray(without_masks(values), dtype=np.float64) for values in (y, predictions)
    )
    training, scored = np.asarray(training), np.asarray(scored)
    if not len(training) or not len(scored):
        raise ValueError(
            f"skill needs rows to compare on: {len(training)} training rows and {len(scored)} "
            "scored rows were given; expected at least one of each."
        )
    # Numbers that count from the end become those from the start.
    numbers = np.arange(len(y))
    trained_on, compared_on = numbers[training], numbers[scored]
    _check_known(y, np.union1d(trained_on, compared_on), "y", labels)
    _check_known(predictions, compared_on, "predictions", labels)
    return skill_of(y, predictions[compared_on], trained_on, compared_on, run_codes)


def skill_of(y, predictions, training, scored, run_codes=None):
    """Return the skill of predictions (n_scored,) that have been checked."""
    errors = {"mse": mean_squared_error(y[scored], predictions)}
    for name, predicted in naive_baselines(y, training, run_codes, scored).items():
        errors[f"mse_{name}"] = mean_squared_error(y[scored], predicted)
    reference = min(errors["mse_training_mean"], errors["mse_last_training_target"])
    # No model can be better than a baseline with an error of zero.
    skill = 1 - errors["mse"] / reference if reference > 0 else -np.inf
    return Results(skill=float(skill), n_rows=len(scored), **errors)


def naive_baselines(y, training, run_codes=None, rows=None):
    """Return the predictions of both baselines for some of the rows, or for every row."""
    y, training = np.asarray(y, dtype=np.float64), np.sort(np.asarray(training))
    rows = np.arange(len(y)) if rows is None else rows
    mean = y[training].mean()
    before = np.searchsorted(training, rows) - 1
    last = training[np.maximum(before, 0)]
    known = before >= 0
    if run_codes is not None:
        run_codes = np.asarray(run_codes)
        known &= run_codes[last] == run_codes[rows]
    return {
        "training_mean": np.full(len(rows), mean),
        "last_training_target": np.where(known, y[last], mean),
    }


def _check_known(values, rows, name, labels):
    """Raise where a value of some rows is missing."""
    looked_at = np.zeros_like(values)
    looked_at[rows] = values[rows]
    check_finite(looked_at, [name], name, labels)
