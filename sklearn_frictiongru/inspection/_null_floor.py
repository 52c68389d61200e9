"""The importance that an irrelevant input receives, and whether each input exceeds it."""

import warnings
from functools import partial
from numbers import Integral
from os import PathLike

import numpy as np
import pandas as pd
from joblib import Memory
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval

from sklearn_frictiongru.inspection._gradient_importance import SETTINGS, gradient_importance
from sklearn_frictiongru.inspection._surrogates import (
    FEWEST_SURROGATES,
    surrogate_kind,
    surrogate_test,
    with_surrogates,
)
from sklearn_frictiongru.model_selection import Task, TrainingFolder, run_trainings
from sklearn_frictiongru.preprocessing import Runs, find_window_steps
from sklearn_frictiongru.utils.nested import nested_estimators
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.random import draw_seed, with_seed
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.typing import RandomState
from sklearn_frictiongru.utils.validation import check_same_index, column_names, without_masks

QUANTILE_OF_LAGS = 0.95


@check_parameters(
    {
        "estimator": "no_validation",
        "X": "no_validation",
        "y": "no_validation",
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "n_surrogates": [Interval(Integral, 1, None, closed="left"), None],
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
    n_repeats: int = 5,
    n_surrogates: int | None = None,
    output: int | None = None,
    n_jobs: int | None = None,
    memory: str | PathLike[str] | Memory | TrainingFolder | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Bunch:
    r"""Estimate the importance that an irrelevant input receives, and test each input against it.

    The estimator is trained again with surrogates of every input as further inputs. A surrogate
    has the values of its input and their autocorrelation but no relation to the target: it is
    shifted circularly in time by a quarter to three quarters of the run or, if a column of the
    record is periodic, it has the spectrum of its input with random phases.
    Each training draws new surrogates.

    An input is compared with its surrogates in the same models. It passes at 5 % if at most 5 %
    of the surrogates are as important: with the default of 20, none of them. The floor of an input
    is the share that the most important of its surrogates would have in its place, averaged over
    the trainings. It is a share and never above 1.

    Parameters
    ----------
    estimator : Pipeline, GRUFrictionRegressor or GRUFrictionEnsemble
        Model to clone and train.
    X : array-like of shape (n_rows, n_features)
        Rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets.
    n_repeats : int, default=5
        Number of trainings.
    n_surrogates : int, default=None
        Number of surrogates of each input in a training. With None there are at least 19 over
        all trainings, the smallest number with which an input can pass.
    output : int, default=None
        Number of the target, if there are several.
    n_jobs : int, default=None
        Number of trainings in parallel, through joblib.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each training is stored as soon as it finishes.
    random_state : int, RandomState instance or None, default=None
        Source of the surrogates and of the seeds of the trainings.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        - ``relative``, ``net`` : Series of shape (n_features,), the floors of the relative and
          the net importance of each input [-].
        - ``relative_by_lag``, ``net_by_lag`` : ndarray of shape (window_length,), the 95 %
          quantile of the surrogates' shares (of all inputs and lags) at each lag, oldest first.
        - ``tests`` : DataFrame of shape (n_features, 7), one row per input: ``n_surrogates``,
          and for both measures ``p_value``, ``floor`` and ``passes`` (``net_p_value`` ...).
        - ``repeats`` : DataFrame of shape (n_repeats * n_columns, 5), what the shares of each
          training are made of: ``repeat``, ``seed``, ``column`` (an input or a surrogate),
          ``absolute_gradient`` and ``net_gradient``, the mean absolute gradient and the absolute
          mean gradient, summed over the lags [target per standard deviation].
        - ``kind`` : {"shift", "phases"}, how the surrogates were made.

    Raises
    ------
    ValueError
        As the estimator's `fit`.

    See Also
    --------
    gradient_importance : The importance that is compared with the floor.
    GradientImportance : Uses the floor as `null_floor` of `fit`.

    References
    ----------
    Theiler, J., Eubank, S., Longtin, A., Galdrikian, B., Farmer, J. D. (1992). Testing for
    nonlinearity in time series: the method of surrogate data. Physica D, 58(1-4), 77-94.

    Schreiber, T., Schmitz, A. (1996). Improved surrogate data for nonlinearity tests. Physical
    Review Letters, 77(4), 635-638.

    Kursa, M. B., Rudnicki, W. R. (2010). Feature selection with the Boruta package. Journal of
    Statistical Software, 36(11), 1-13. Copies without a relation to the target, in addition
    to the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import null_floor
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=15, lr=0.02
    ... )
    >>> floor = null_floor(model, X, X[:, 0], random_state=0)
    >>> floor.tests[["n_surrogates", "passes"]]
           n_surrogates  passes
    input
    x0               20    True
    x1               20   False
    >>> bool(floor.relative["x1"] < 1)
    True
    """
    check_same_index(X, y)
    X = without_masks(X)
    if any(isinstance(each.estimator, FrozenEstimator) for each in nested_estimators(estimator)):
        raise ValueError(
            "the estimator is, or holds, a FrozenEstimator, but the floor is found by training it "
            "with further columns; give it without FrozenEstimator."
        )
    gaps = [step.estimator.max_gap for step in find_window_steps(estimator)]
    starts = Runs.of(X, max_gap=gaps[0] if gaps else None).starts
    rng = np.random.default_rng(draw_seed(random_state))
    kind = surrogate_kind(X, starts)
    names = column_names(X, np.shape(X)[1])
    if n_surrogates is None:
        n_surrogates = -(-FEWEST_SURROGATES // n_repeats)
    tasks, seeds = [], []
    for number in range(n_repeats):
        table, sources = with_surrogates(X, kind, rng, starts, n_surrogates)
        seeds.append(int(rng.integers(np.iinfo(np.int32).max)))
        tasks.append(
            Task(
                with_seed(estimator, seeds[-1]),
                table,
                y,
                f"with surrogates of the inputs, number {number + 1}",
                scorers={"by_lag": partial(_importance_by_lag, output=output)},
                n_threads=None,
                keep_estimator=False,
            )
        )
    results = run_trainings(tasks, n_jobs=n_jobs, memory=memory, verbose=verbose)
    by_lag = np.stack([result.scores["by_lag"] for result in results], axis=1)
    relative, net = by_lag.sum(axis=2)
    columns = [*names, *(f"surrogate of {names[source]}" for source in sources)]
    tests = [
        surrogate_test(of[:, : len(names)], of[:, len(names) :], sources, names)
        for of in (relative, net)
    ]
    of_lags = [_floor_by_lag(of, len(names)) for of in by_lag]
    return Results(
        relative=tests[0]["floor"],
        net=tests[1]["floor"],
        relative_by_lag=of_lags[0],
        net_by_lag=of_lags[1],
        tests=tests[0].join(tests[1].drop(columns="n_surrogates").add_prefix("net_")),
        repeats=pd.DataFrame(
            {
                "repeat": np.repeat(np.arange(n_repeats), len(columns)),
                "seed": np.repeat(seeds, len(columns)),
                "column": columns * n_repeats,
                "absolute_gradient": relative.ravel(),
                "net_gradient": net.ravel(),
            }
        ),
        kind=kind,
    )


def _floor_by_lag(by_lag, n_inputs):
    """Return the surrogate quantile at each lag, of shape (n_repeats, n_lags, n_columns)."""
    surrogates = by_lag[:, :, n_inputs:]
    of_inputs = by_lag[:, :, :n_inputs].sum(axis=(1, 2))[:, None, None]
    of_surrogates = surrogates.sum(axis=1, keepdims=True)
    # A surrogate replaces its input and competes with the other inputs. That of a single input,
    # which always has the share 1, is compared with it.
    total = of_inputs * (n_inputs - 1) / n_inputs + of_surrogates
    if n_inputs == 1:
        total = np.maximum(of_inputs, of_surrogates)
    shares = surrogates / np.where(total > 0, total, 1.0)
    return np.quantile(shares, QUANTILE_OF_LAGS, axis=(0, 2))


def _importance_by_lag(estimator, X, y, *, output):
    """Return relative and net importance before normalisation, (2, window_length, n_columns)."""
    with warnings.catch_warnings():
        # The models for which this is the floor warn themselves.
        warnings.filterwarnings("ignore", message=".*(not interpretable|strongly correlated).*")
        found = gradient_importance(estimator, X, output=output)
    return np.array([found.by_lag, np.abs(found.signed_by_lag)])
