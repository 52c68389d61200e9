"""Records with known memory and known importances."""

from numbers import Integral, Real
from typing import Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.signal import lfilter
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.results import Results
from sklearn_frictiongru.utils.typing import RandomState

MOST_WAVES = 3
"""Largest number of half periods of a filter's cosines within the memory; few make it smooth."""

LARGEST_DEVIATION = 0.5
"""Largest deviation of an input's weights from their mean, as a share of the mean."""

TANH_SLOPE = 0.5
"""Scale of tanh: two standard deviations of the filtered sum are compressed, not cut off."""


@overload
def make_memory_regression(
    n_samples: int = 2000,
    n_features: int = 5,
    *,
    memory: int = 20,
    importances: ArrayLike | None = None,
    nonlinearity: Literal["tanh"] | None = None,
    noise: float = 0.0,
    n_runs: int = 1,
    correlation: float = 0.0,
    autocorrelation: float = 0.0,
    random_state: RandomState = None,
    coef: Literal[True] = True,
) -> tuple[pd.DataFrame, pd.Series, Bunch]: ...


@overload
def make_memory_regression(
    n_samples: int = 2000,
    n_features: int = 5,
    *,
    memory: int = 20,
    importances: ArrayLike | None = None,
    nonlinearity: Literal["tanh"] | None = None,
    noise: float = 0.0,
    n_runs: int = 1,
    correlation: float = 0.0,
    autocorrelation: float = 0.0,
    random_state: RandomState = None,
    coef: Literal[False],
) -> tuple[pd.DataFrame, pd.Series]: ...


@check_parameters(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "memory": [Interval(Integral, 1, None, closed="left")],
        "importances": ["array-like", None],
        "nonlinearity": [StrOptions({"tanh"}), None],
        "noise": [Interval(Real, 0, None, closed="left")],
        "n_runs": [Interval(Integral, 1, None, closed="left")],
        "correlation": [Interval(Real, -1, 1, closed="neither")],
        "autocorrelation": [Interval(Real, -1, 1, closed="neither")],
        "random_state": ["random_state"],
        "coef": ["boolean"],
    }
)
def make_memory_regression(
    n_samples: int = 2000,
    n_features: int = 5,
    *,
    memory: int = 20,
    importances: ArrayLike | None = None,
    nonlinearity: Literal["tanh"] | None = None,
    noise: float = 0.0,
    n_runs: int = 1,
    correlation: float = 0.0,
    autocorrelation: float = 0.0,
    random_state: RandomState = None,
    coef: bool = True,
) -> tuple[pd.DataFrame, pd.Series] | tuple[pd.DataFrame, pd.Series, Bunch]:
    r"""Generate a record whose target is a known filter of the last rows of its inputs.

    The target at row t, with :math:`s_t` the filtered sum, is

    .. math::

        y_t = g(s_t) + \epsilon_t, \qquad
        s_t = \sum_{f} \sum_{l=0}^{M-1} w_{lf} \, x_{t-l, f}

    with M the memory in rows. All weights of one input have the same sign, which is random,
    and change smoothly from lag to lag; each lies between 0.5 and 1.5 times the input's mean
    weight, so that the oldest lag M - 1 matters as much as the others. Older lags have no effect.

    Parameters
    ----------
    n_samples : int, default=2000
        Total number of rows.
    n_features : int, default=5
        Number of inputs.
    memory : int, default=20
        Number of rows of the inputs that the target depends on, including its own row.
    importances : array-like of shape (n_features,), default=None
        Relative importances of the inputs, at least 0 and not all 0; they are divided by their
        sum. With None the importance of input f, counted from 0, is proportional
        to ``(n_features - 1 - f) ** 2``: 0.53, 0.30, 0.13, 0.03 and 0 for five inputs. The last
        of several inputs then has no effect.
    nonlinearity : {"tanh"}, default=None
        Function g applied to the filtered sum: None for ``g(s) = s``, "tanh" for
        ``g(s) = 2.40 tanh(s / 2)``.
    noise : float, default=0.0
        Standard deviation of the Gaussian noise that is added to the target. For white inputs
        the target without noise has a standard deviation of 1.
    n_runs : int, default=1
        Number of independent runs of equal length. If the rows cannot be divided evenly, the
        first runs have one row more.
    correlation : float, default=0.0
        Correlation between any two inputs at the same row, above
        ``-1 / (n_features - 1)`` and below 1.
    autocorrelation : float, default=0.0
        Correlation between an input at one row and at the next, above -1 and below 1: a
        first-order autoregressive process, stationary from the first row.
    random_state : int, RandomState instance or None, default=None
        Seed of filters, inputs and noise. The same seed gives the same signs and shapes of
        the filters for any number of rows, and the same inputs for any noise.
    coef : bool, default=True
        Whether to return the truth as well.

    Returns
    -------
    X : DataFrame of shape (n_samples, n_features)
        Inputs ``x0``, ``x1``, ... in standard deviations (Gaussian, mean 0, variance 1). The
        index has the levels ``run``, counted from 0, and ``time`` in seconds, from 0 in each
        run at one row per second.
    y : Series of shape (n_samples,)
        Target, under the same index.
    coef : Bunch, if `coef` is set
        - ``weights`` : DataFrame of shape (memory, n_features). Weights of the filters in units
          of the target per standard deviation of the input, from lag 0 (the target's own row)
          to lag ``memory - 1``. With "tanh" they are those of the filtered sum.
        - ``memory`` : int. Number of rows that the target depends on: the shortest window
          length that includes all of them.
        - ``importances`` : Series of shape (n_features,). Relative importances, with sum 1.

    Raises
    ------
    ValueError
        If a parameter is out of bounds, `importances` does not hold one nonnegative number for
        each input, all of them are 0, or there are fewer rows than runs.

    See Also
    --------
    make_friction_experiment : Simulated physics with known causes and time scales.
    load_p655 : A laboratory record, where the truth is unknown.
    sklearn.datasets.make_regression : Targets that depend on their own row only.
    sklearn_frictiongru.inspection.gradient_importance : Importances found by a model.
    make_velocity_steps : Simulated friction that depends on its history.

    Notes
    -----
    The importance of an input is its mean absolute gradient per standard deviation, divided by
    the sum over inputs. By the chain rule

    .. math::

        \frac{\partial y_t}{\partial x_{t-l, f}} = g'(s_t) \, w_{lf}.

    Since ``g'(s)`` is positive and the same for all lags and inputs, its mean over rows is a
    common factor that cancels in the division: with and without "tanh" the importance of
    input f is :math:`\sum_l |w_{lf}| / \sum_k \sum_l |w_{lk}|`, which is the value of
    `importances`.

    The weights are scaled to :math:`\sum_{lf} w_{lf}^2 = 1`, and ``g`` to a variance of 1 for a
    standard Gaussian sum, so that the target without noise has variance 1 for white inputs.
    Correlated inputs change its variance, since weights and ``g`` stay as they are.

    With `correlation` or `autocorrelation` the gradients of the generator are still the
    filters. A trained model may distribute importance differently: correlated inputs, or
    correlated rows of one input, can replace each other, the more so the more strongly they are
    correlated.

    Each run starts with ``memory - 1`` rows that are not returned, so that the first targets
    have a full history as well. The windows of these first rows are incomplete: part of the
    rows that their targets depend on are not in the record.

    References
    ----------
    G. E. P. Box, G. M. Jenkins, G. C. Reinsel and G. M. Ljung, "Time Series Analysis:
    Forecasting and Control", 5th edition, Wiley, 2015: the first-order autoregressive process
    in chapter 3, the weights of a finite impulse response in chapter 11.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn_frictiongru.datasets import make_memory_regression
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X, y, coef = make_memory_regression(memory=10, noise=0.1, random_state=0)
    >>> coef.importances.round(2).to_list()
    [0.53, 0.3, 0.13, 0.03, 0.0]

    A linear regression on windows of the true memory finds these importances:

    >>> windows = SlidingWindowTransformer(coef.memory).fit_transform(X)
    >>> lags = np.asarray(windows[windows.complete]).reshape(-1, coef.memory * 5)
    >>> found = LinearRegression().fit(lags, y[windows.complete]).coef_.reshape(-1, 5)
    >>> importances = np.abs(found).sum(axis=0) / np.abs(found).sum()
    >>> importances.round(2).tolist()
    [0.53, 0.3, 0.13, 0.03, 0.0]
    """
    importances = _relative_importances(importances, n_features)
    if n_runs > n_samples:
        raise ValueError(
            f"n_runs is {n_runs} but n_samples is {n_samples}; expected at least one row for "
            "each run. Ask for more rows or fewer runs."
        )
    if n_features > 2 and correlation <= -1 / (n_features - 1):
        raise ValueError(
            f"correlation is {correlation!r}; {n_features} inputs cannot all be correlated that "
            f"negatively. Expected a value above {-1 / (n_features - 1):.4g} and below 1."
        )
    rng = check_random_state(random_state)
    weights = _draw_filters(rng, importances, memory)
    lengths = np.full(n_runs, n_samples // n_runs)
    lengths[: n_samples % n_runs] += 1
    inputs, sums = [], []
    for length in lengths:
        rows = _draw_inputs(rng, length + memory - 1, n_features, correlation, autocorrelation)
        inputs.append(rows[memory - 1 :])
        sums.append(_filter_rows(rows, weights))
    target = np.concatenate(sums)
    if nonlinearity == "tanh":
        target = _unit_tanh(target)
    target = target + noise * rng.standard_normal(n_samples)
    index = pd.MultiIndex.from_arrays(
        [
            np.repeat(np.arange(n_runs), lengths),
            np.concatenate([np.arange(length) for length in lengths]),
        ],
        names=["run", "time"],
    )
    names = [f"x{i}" for i in range(n_features)]
    X = pd.DataFrame(np.concatenate(inputs), index=index, columns=names)
    y = pd.Series(target, index=index, name="target")
    if not coef:
        return X, y
    lags = pd.RangeIndex(memory, name="lag")
    truth = Results(
        weights=pd.DataFrame(weights, index=lags, columns=names),
        memory=int(memory),
        importances=pd.Series(importances, index=names, name="importance"),
    )
    return X, y, truth


def _relative_importances(importances, n_features):
    """Return importances with sum 1."""
    if importances is None:
        falling = np.arange(n_features)[::-1] ** 2.0 if n_features > 1 else np.ones(1)
        return falling / falling.sum()
    try:
        given = np.asarray(importances, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"importances is {importances!r}; expected numbers.") from error
    if given.shape != (n_features,):
        raise ValueError(
            f"importances has shape {given.shape}; expected one number for each of the "
            f"{n_features} inputs (n_features)."
        )
    # Written so that NaN is refused.
    bad = ~((given >= 0) & (given < np.inf))
    if bad.any():
        feature = int(bad.argmax())
        raise ValueError(
            f"importances holds {given[feature]} for input x{feature}; expected finite numbers "
            "of at least 0. The sign of an input's effect is drawn by random_state."
        )
    if not given.any():
        raise ValueError("importances are all 0; expected at least one above 0.")
    # Divided by the largest first, so that the sum of very large values stays finite.
    given = given / given.max()
    return given / given.sum()


def _draw_filters(rng, importances, memory):
    """Return the weights of each lag, newest first, and input."""
    n_features = len(importances)
    waves = np.arange(1, min(MOST_WAVES, memory - 1) + 1)
    # The cosines of the discrete cosine transform sum to zero over the memory, and their
    # amplitudes to less than the largest deviation: mean and bounds are exact for any draw.
    cosines = np.cos(np.pi * np.outer(np.arange(memory) + 0.5, waves) / memory)
    amplitudes = LARGEST_DEVIATION * rng.dirichlet(np.ones(len(waves) + 1), n_features)[:, :-1]
    amplitudes *= rng.choice([-1.0, 1.0], amplitudes.shape)
    shapes = 1 + cosines @ amplitudes.T
    signs = rng.choice([-1.0, 1.0], n_features)
    weights = signs * importances * shapes / shapes.sum(axis=0)
    # Adding zero turns the -0.0 of an input without effect into 0.0.
    return weights / np.sqrt(np.sum(weights**2)) + 0.0


def _draw_inputs(rng, n_rows, n_features, correlation, autocorrelation):
    """Return the rows of one run."""
    covariance = np.full((n_features, n_features), float(correlation))
    np.fill_diagonal(covariance, 1.0)
    shocks = rng.standard_normal((n_rows, n_features)) @ np.linalg.cholesky(covariance).T
    # The first row keeps its full variance: the process is stationary from there.
    shocks[1:] *= np.sqrt(1 - autocorrelation**2)
    return lfilter([1.0], [1.0, -autocorrelation], shocks, axis=0)


def _filter_rows(rows, weights):
    """Return the filtered sum at each row that has a full history."""
    return sum(
        np.convolve(column, filter_, mode="valid")
        for column, filter_ in zip(rows.T, weights.T, strict=True)
    )


def _unit_tanh(sums):
    """Return the tanh of sums, with variance 1 where they are standard Gaussian."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    variance = np.average(np.tanh(TANH_SLOPE * nodes) ** 2, weights=weights)
    return np.tanh(TANH_SLOPE * sums) / np.sqrt(variance)
