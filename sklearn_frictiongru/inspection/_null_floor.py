"""The importance that an irrelevant input receives."""

import warnings
from functools import partial
from numbers import Integral
from os import PathLike

import numpy as np
import pandas as pd
from joblib import Memory
from numpy.typing import ArrayLike
from scipy.stats import t as student_t
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

from sklearn_frictiongru.inspection._gradient_importance import SETTINGS, gradient_importance
from sklearn_frictiongru.model_selection import Task, TrainingFolder, run_trainings
from sklearn_frictiongru.preprocessing import Runs, find_window_steps
from sklearn_frictiongru.utils.nested import nested_estimators
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import check_same_index, column_names, without_masks

CONFIDENCE = 0.95
FEWEST_REPEATS = 3


@check_parameters(
    {
        "estimator": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "n_repeats": [Interval(Integral, 2, None, closed="left"), None],
        "output": SETTINGS["output"],
        "n_jobs": [Integral, None],
        "memory": "no_validation",
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
)
def null_floor(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_repeats: int | None = None,
    output: int | None = None,
    n_jobs: int | None = None,
    memory: str | PathLike[str] | Memory | TrainingFolder | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Bunch:
    r"""Estimate the importance that an irrelevant input receives.

    The estimator is trained again with one more column: a copy of one of the inputs,
    shifted in time inside each run by a random quarter to three quarters of the run and
    closed to a circle. The copy keeps its values and their autocorrelation but has lost
    its relation to the target. Each input is copied in turn.

    The share of a copy, with its importance :math:`r_\mathrm{copy}` before it is normalised
    and those :math:`r_f` of the F real inputs, is

    .. math:: s = \sqrt{\frac{F + 1}{F}} \, \frac{r_\mathrm{copy}}{\sum_f r_f}

    The root makes up for the one column more: the weights of an input without effect stay
    near their initial size, which torch draws in proportion to 1 / sqrt(inputs).

    The floor is the level below which the share of a further such copy would stay with 95 %
    confidence: the one-sided prediction bound over n trainings, with the mean
    :math:`\bar s` and the standard deviation :math:`\hat s` of their shares and the 95 %
    quantile of Student's distribution with n - 1 degrees of freedom,

    .. math:: \bar s + t_{0.95, n - 1} \, \hat s \, \sqrt{1 + \frac{1}{n}}

    Parameters
    ----------
    estimator : Pipeline, GRUFrictionRegressor or GRUFrictionEnsemble
        Model to clone and train.
    X : array-like of shape (n_rows, n_features)
        Rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets.
    n_repeats : int, default=None
        Number of trainings, at least 2; one for each input, and at least 3, if None.
    output : int, default=None
        Number of the target, where there are several.
    n_jobs : int, default=None
        Trainings side by side, through joblib.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each finished training is stored at once.
    random_state : int, RandomState instance or None, default=None
        Where the shifts and the seeds of the trainings are drawn from.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        - ``relative``, ``net`` : float, the floors of relative and net importance [-].
        - ``relative_by_lag``, ``net_by_lag`` : ndarray of shape (window_length,), the same
          for the part of each lag, oldest first.
        - ``repeats`` : DataFrame of shape (n_repeats, 4) with the columns ``copied``,
          ``seed``, ``relative`` and ``net``.

    Raises
    ------
    ValueError
        As the estimator's `fit`.

    See Also
    --------
    gradient_importance : The importance that the floor is for.
    GradientImportance : Takes the floor as `null_floor`.

    References
    ----------
    Hahn, G. J., Meeker, W. Q. (1991). Statistical Intervals: A Guide for Practitioners. Wiley.
    The prediction bound.

    Kursa, M. B., Rudnicki, W. R. (2010). Feature selection with the Boruta package. Journal of
    Statistical Software, 36(11), 1-13. Copies without a relation to the target, beside the
    inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import null_floor
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> model = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=40, lr=0.01)
    >>> floor = null_floor(model, X, X[:, 0] + X[:, 1], random_state=0)
    >>> floor.repeats["copied"].to_list()
    ['x0', 'x1', 'x0']
    >>> floor.relative < 0.4
    True
    """
    check_same_index(X, y)
    X = without_masks(X)
    names = column_names(X, np.shape(X)[1])
    if n_repeats is None:
        n_repeats = max(len(names), FEWEST_REPEATS)
    if any(isinstance(each.estimator, FrozenEstimator) for each in nested_estimators(estimator)):
        raise ValueError(
            "the estimator is, or holds, a FrozenEstimator, but the floor is found by training it "
            "with one column more; give it without FrozenEstimator."
        )
    gaps = [step.estimator.max_gap for step in find_window_steps(estimator)]
    runs = Runs.of(X, max_gap=gaps[0] if gaps else None)
    rng = np.random.RandomState(draw_seed(random_state))
    copied, seeds, tasks = [], [], []
    for repeat in range(n_repeats):
        column = repeat % len(names)
        with_copy = _with_shifted_copy(X, runs, column, rng)
        copied.append(names[column])
        seeds.append(int(rng.randint(np.iinfo(np.int32).max)))
        tasks.append(
            Task(
                with_seed(estimator, seeds[-1]),
                with_copy,
                y,
                f"with a shifted copy of {names[column]}, for the floor",
                scorers={"by_lag": partial(_share_of_copy, output=output)},
                n_threads=None,
                keep_estimator=False,
            )
        )
    results = run_trainings(tasks, n_jobs=n_jobs, memory=memory, verbose=verbose)
    by_lag = [result.scores["by_lag"] for result in results]
    shares = {}
    for number, name in enumerate(("relative", "net")):
        shares[name] = np.array([values[number].sum() for values in by_lag])
        shares[f"{name}_by_lag"] = np.array([values[number] for values in by_lag])
    repeats = pd.DataFrame(
        {
            "copied": copied,
            "seed": seeds,
            "relative": shares["relative"],
            "net": shares["net"],
        }
    )
    return Bunch(
        **{name: _prediction_bound(values) for name, values in shares.items()}, repeats=repeats
    )


def _with_shifted_copy(X, runs, column, rng):
    """Return the table with a copy of a column, shifted in a circle inside each run."""
    values = np.asarray(X)[:, column]
    copy = np.empty(len(values))
    for start, length in zip(runs.starts, runs.lengths, strict=True):
        shift = rng.randint(length // 4, max(3 * length // 4, length // 4 + 1))
        copy[start : start + length] = np.roll(values[start : start + length], shift)
    if isinstance(X, pd.DataFrame):
        # Among names that are no text a text would be refused.
        names = column_names(X, X.shape[1])
        return X.set_axis(names, axis="columns").assign(
            **{"_".join(["shifted_copy", *names]): copy}
        )
    return np.column_stack([np.asarray(X), copy])


def _prediction_bound(shares):
    """Return the bound that a further share stays below with the stated confidence.

    Of shares of shape (n_repeats, window_length) at each lag.
    """
    n = len(shares)
    t = student_t.ppf(CONFIDENCE, n - 1)
    bound = shares.mean(axis=0) + t * shares.std(axis=0, ddof=1) * np.sqrt(1 + 1 / n)
    return bound if bound.ndim else float(bound)


def _share_of_copy(estimator, X, y, *, output):
    """Return the last column's share of the sum over the others, shape (2, window_length).

    First of the relative importance, then of the net one.
    """
    with warnings.catch_warnings():
        # The trainings that this is the floor of have said so already.
        warnings.filterwarnings("ignore", message=".*not interpretable")
        importance = gradient_importance(estimator, X, output=output)
    # Measured with three white inputs, the last without effect, over six trainings: it got
    # 0.0315, a copy beside the three 0.0281, corrected 0.0324.
    n_inputs = len(importance.relative) - 1
    correction = np.sqrt((n_inputs + 1) / n_inputs)
    shares = []
    for of_lags in (importance.by_lag, np.abs(importance.signed_by_lag)):
        of_others = of_lags[:, :-1].sum()
        # A network that has learnt nothing may have no gradient at all.
        share = of_lags[:, -1] / of_others if of_others > 0 else np.zeros(len(of_lags))
        shares.append(correction * share)
    return np.array(shares)
