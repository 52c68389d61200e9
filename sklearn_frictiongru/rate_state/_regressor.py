"""The rate-and-state law, as a regressor."""

import warnings
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import (
    check_is_fitted,
)

from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.rate_state._fit import (
    fit_law,
    parameter_scales,
    slide_runs,
    split_parameters,
)
from sklearn_frictiongru.rate_state._input import (
    checked_bounds,
    checked_rows,
    column_number,
    read_friction,
)
from sklearn_frictiongru.rate_state._profile import USUAL_EFFECT, USUAL_MU0
from sklearn_frictiongru.rate_state._record import Record
from sklearn_frictiongru.rate_state._steady import is_steady, steady_design
from sklearn_frictiongru.rate_state._uncertainty import Uncertainty
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    check_time_of_fit,
    column_names,
    is_counted,
    read_rows,
    values_per_row,
)

CONSTANT = 1e-9
"""Relative change of velocity below which it counts as constant."""


class RateStateRegressor(DocLinkMixin, RegressorMixin, BaseEstimator):
    r"""Fit the rate-and-state friction law to velocity and friction.

    Friction at the slip velocity V with the states :math:`\theta_i` is

    .. math::

        \mu = \mu_0 + a \ln \frac{V}{V_0} + \sum_i b_i \ln \frac{V_0 \, \theta_i}{D_{c,i}}

    in a form that is regular at V = 0. Each state follows the aging law or the slip law.
    a, b, D_c and mu0, which is at least zero, are found by least squares from several starting
    values.

    `X` has the rows of one or several runs in the order of time; runs and time are read
    from its index (see :func:`~sklearn_frictiongru.preprocessing.with_runs`). Every run
    begins in the steady state of its first velocity, or of `v0` if it begins at rest; this
    also holds for `predict`.

    Parameters
    ----------
    velocity : str or int, default=None
        Name or number of the column of velocity [m/s]: the slip velocity or, with `stiffness`,
        the load-point velocity. The first column if None. Other columns are not used.
    law : {"aging", "slip"}, default="aging"
        How the state evolves: with time and slip ("aging"), or with slip only ("slip"); see the
        notes.
    n_state_variables : {1, 2}, default=1
        Number of states, each with its own b and D_c.
    stiffness : float, default=None
        Stiffness k of the loading system, as rise of friction per displacement [1/m]: the
        slider then follows d mu / dt = k (V_lp - V), without inertia. None: the column holds
        the slip velocity.
    v0 : float, default=1e-6
        Reference velocity of `mu0_` [m/s].
    a_bounds : tuple of float, default=(1e-5, 1.0)
        Range of a; above zero.
    d_c_bounds : tuple of float, default=(1e-7, 1e-2)
        Range of D_c [m].
    rest_velocity : float, default=1e-12
        Rows that are not faster than this are at rest [m/s]. Without `stiffness` the law says
        nothing about them: they are not fitted, and their prediction is the last friction of
        slip, or `mu0_` before any slip. The state continues to evolve.
    n_starts : int, default=3
        Number of local minima of the misfit over D_c from which all parameters are fitted.
    max_iter : int, default=100
        Largest number of evaluations of the misfit for one start.
    max_gap : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Longest time step inside a run: an int counts sampling intervals, so that 5 allows
        four missing rows; or a time such as ``"5s"``. 1.5 sampling intervals if None.

    Attributes
    ----------
    mu0_ : float
        Friction of steady slip at `v0` [-].
    a_ : float
        Direct effect [-].
    b_ : float or ndarray of shape (2,)
        Evolution effect, of each state [-].
    d_c_ : float or ndarray of shape (2,)
        Critical slip distance [m], of each state, the shorter first.
    a_minus_b_ : float
        a minus the sum of b: the change of steady friction with ln(V) [-].
    standard_errors_ : dict
        Standard errors of ``mu0``, ``a``, ``b``, ``d_c`` [m] and ``a_minus_b``; infinite
        if the record cannot separate the parameter from others.
    identified_ : dict
        Whether the record determines each of these, bool or ndarray of bool of shape (2,): its
        standard error is finite, for D_c also smaller than D_c, and it is not at a bound.
        b is identified only with its D_c, and a - b only with a and mu0. The values of other
        parameters are not results.
    reverses_ : bool
        Whether slip reverses in the fitted rows: friction is negative in most of the rows with
        negative velocity. If not, the law uses the magnitude of velocity in all rows. True with
        `stiffness`.
    residual_std_ : float
        Standard deviation of the residuals [-].
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen in `fit`, where all are strings.
    velocity_column_ : int
        Number of the column of velocity.
    n_iter_ : int
        Evaluations of the misfit by the best start.
    sampling_interval_ : float or None
        Time between two rows in seconds; 1.0 for a table without time.

    Raises
    ------
    ValueError
        If a column is missing, bounds are in the wrong order, `X` or `y` holds NaN or
        infinity, or the times of `X` cannot be used.

    Warns
    -----
    UserWarning
        If velocity is negative in rows with positive friction; if velocity does not change; if
        D_c / V is so far below the sampling interval that friction is at steady state in every
        row, and a, b and D_c cannot be separated; or if a parameter is not determined or is at
        its bound.
    ConvergenceWarning
        If the best start has reached `max_iter`.

    See Also
    --------
    sklearn_frictiongru.neural_network.GRUFrictionRegressor : A network that learns from all
        inputs and assumes no law.
    sklearn_frictiongru.datasets.make_velocity_steps : Simulates a record that follows this law.

    Notes
    -----
    The aging law and the slip law are

    .. math::

        \frac{d\theta}{dt} = 1 - \frac{V \theta}{D_c}, \qquad
        \frac{d\theta}{dt} = - \frac{V \theta}{D_c} \ln \frac{V \theta}{D_c}

    each solved exactly for a velocity that is constant over a step. In the form that is regular
    at V = 0, friction is

    .. math::

        \mu = a \, \operatorname{asinh} \left( \frac{V}{2 V_0}
        \exp \frac{\mu_0 + \sum_i b_i \ln (V_0 \theta_i / D_{c,i})}{a} \right)

    With `stiffness` k the loading system of velocity :math:`V_{lp}` drives the slider,
    without inertia:

    .. math:: \frac{d\mu}{dt} = k \, (V_{lp} - V)

    Standard errors are the roots of the diagonal of

    .. math:: \frac{\sum_i e_i^2}{N - P} \, (J^T J)^{-1}

    for the residuals :math:`e_i` of N rows, P parameters and the derivatives J of friction with
    respect to the parameters. They assume that residuals are independent and the model is
    correct. The residuals of a laboratory record are correlated from row to row; the standard
    errors are then too small.

    If slip reverses in the fitted rows, friction has the sign of velocity, and slip in both
    directions changes the state. If velocity is negative while friction stays positive, as in
    slow slip measured with noise, the sign counts as noise and the law uses abs(V).

    Without `stiffness` and for given D_c the problem is linear in mu0, a and b: the misfit
    is computed over D_c first, and all parameters are then fitted together from its local minima.
    With `stiffness` the slider's equation is solved in implicit steps. A spring softer than
    (b - a) / D_c sticks and slips; without inertia such slips are instantaneous, and their
    friction cannot be predicted accurately. The fit to an hour at one row per second takes
    less than a second without `stiffness`, and about ten seconds with it.

    References
    ----------
    Dieterich, J. H. (1979). Modeling of rock friction: 1. Experimental results and
    constitutive equations. Journal of Geophysical Research, 84(B5), 2161-2168.

    Ruina, A. (1983). Slip instability and state variable friction laws. Journal of
    Geophysical Research, 88(B12), 10359-10370.

    Marone, C. (1998). Laboratory-derived friction laws and their application to seismic
    faulting. Annual Review of Earth and Planetary Sciences, 26, 643-696.

    Rice, J. R., Ben-Zion, Y. (1996). Slip complexity in earthquake fault models. Proceedings of
    the National Academy of Sciences, 93(9), 3811-3818. The form that is regular at V = 0.

    Lapusta, N., Rice, J. R., Ben-Zion, Y., Zheng, G. (2000). Elastodynamic analysis for slow
    tectonic loading with spontaneous rupture episodes on faults with rate- and
    state-dependent friction. Journal of Geophysical Research, 105(B10), 23765-23789.

    Examples
    --------
    Under the slip law, friction after a velocity step is known in closed form: the direct
    effect a ln(10), which decays over D_c to (a - b) ln(10).

    >>> import numpy as np
    >>> from sklearn_frictiongru.rate_state import RateStateRegressor
    >>> velocity = np.repeat([1e-6, 1e-5], 30)
    >>> slip = 1e-5 * np.arange(1, 31)
    >>> decay = 0.012 * np.exp(-slip / 5e-5) - 0.002
    >>> friction = np.r_[np.full(30, 0.6), 0.6 + np.log(10) * decay]
    >>> model = RateStateRegressor(law="slip").fit(velocity.reshape(-1, 1), friction)
    >>> print(f"{model.a_:.4f} {model.b_:.4f} {model.d_c_:.2e} {model.mu0_:.3f}")
    0.0100 0.0120 5.00e-05 0.600
    """

    mu0_: float
    a_: float
    b_: float | NDArray[np.float64]
    d_c_: float | NDArray[np.float64]
    a_minus_b_: float
    standard_errors_: dict[str, Any]
    identified_: dict[str, Any]
    reverses_: bool
    residual_std_: float
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    velocity_column_: int
    n_iter_: int
    sampling_interval_: float | None

    _parameter_constraints: dict = {
        "velocity": [Integral, str, None],
        "law": [StrOptions({"aging", "slip"})],
        "n_state_variables": [Interval(Integral, 1, 2, closed="both")],
        "stiffness": [Interval(Real, 0, None, closed="neither"), None],
        "v0": [Interval(Real, 0, None, closed="neither")],
        "a_bounds": [tuple, list],
        "d_c_bounds": [tuple, list],
        "rest_velocity": [Interval(Real, 0, None, closed="left")],
        "n_starts": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        # Runs reads durations. Its error for a float asks whether rows or seconds were meant.
        "max_gap": "no_validation",
    }

    def __init__(
        self,
        velocity: str | int | None = None,
        *,
        law: Literal["aging", "slip"] = "aging",
        n_state_variables: int = 1,
        stiffness: float | None = None,
        v0: float = 1e-6,
        a_bounds: tuple[float, float] = (1e-5, 1.0),
        d_c_bounds: tuple[float, float] = (1e-7, 1e-2),
        rest_velocity: float = 1e-12,
        n_starts: int = 3,
        max_iter: int = 100,
        max_gap: Duration | None = None,
    ) -> None:
        self.velocity = velocity
        self.law = law
        self.n_state_variables = n_state_variables
        self.stiffness = stiffness
        self.v0 = v0
        self.a_bounds = a_bounds
        self.d_c_bounds = d_c_bounds
        self.rest_velocity = rest_velocity
        self.n_starts = n_starts
        self.max_iter = max_iter
        self.max_gap = max_gap

    # With metadata routing, run labels reach these methods without a request by the user.
    __metadata_request__fit = {"groups": True}
    __metadata_request__predict = {"groups": True}
    __metadata_request__score = {"groups": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # The regression data of scikit-learn's checks do not follow this law.
        tags.regressor_tags.poor_score = True
        return tags

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> Self:
        """Fit the law.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, time-ordered inside each run.
        y : array-like of shape (n_rows,)
            Friction [-].
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.
        rows : array-like of shape (n_fitted,), default=None
            Numbers of the rows whose friction is fitted; all rows if None. The velocities of all
            rows drive the state. To fit the training rows of a record, pass the whole record and
            their numbers: in a table of these rows alone the law would have to restart at steady
            state after each gap.

        Returns
        -------
        RateStateRegressor
            This regressor.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._validate_params()
        a_bounds = checked_bounds(self.a_bounds, "a_bounds")
        d_c_bounds = checked_bounds(self.d_c_bounds, "d_c_bounds")
        check_same_index(X, y)
        table = read_rows(self, X, reset=True)
        friction = read_friction(self, y, table)
        names = column_names(X, table.shape[1])
        self.velocity_column_ = column_number(self.velocity, names)
        runs = Runs.of(X, groups=groups, max_gap=self.max_gap)
        self.sampling_interval_ = runs.sampling_interval
        self._counted = is_counted(X)
        chosen = None if rows is None else checked_rows(rows, len(table))
        record = self._record(table, runs, friction=friction, chosen=chosen)
        velocity = np.where(record.slides, record.velocity, 0.0)
        if chosen is not None:
            velocity = velocity[chosen]
        if np.ptp(velocity) <= CONSTANT * np.abs(velocity).max():
            self._keep_steady(record, friction, a_bounds, d_c_bounds)
            warnings.warn(
                f"velocity is {velocity[0]:g} m/s in all rows: neither a, b and D_c nor "
                "a - b can be determined. Only the mean friction at this velocity can, and "
                "predict returns it. Fit rows in which velocity changes.",
                UserWarning,
                stacklevel=2,
            )
            return self
        found = fit_law(
            record,
            friction,
            stiffness=self.stiffness,
            n_states=self.n_state_variables,
            a_bounds=a_bounds,
            d_c_bounds=d_c_bounds,
            n_starts=self.n_starts,
            max_iter=self.max_iter,
        )
        if self.stiffness is None and is_steady(record, friction, found):
            self._keep_steady(record, friction, a_bounds, d_c_bounds)
            warnings.warn(
                "friction follows velocity as at steady state: D_c / V is so far below the "
                f"sampling interval of {record.interval:g} s (V up to "
                f"{np.abs(record.velocity).max():g} m/s), or its effect below the noise, that no "
                "row shows the state evolve, and a, b and D_c cannot be separated. The record "
                f"determines a - b = {self.a_minus_b_:.3g} and mu0 = {self.mu0_:.3g}; a_ and b_ "
                "are the smallest values with this a - b. Sample faster, or use lower velocities.",
                UserWarning,
                stacklevel=2,
            )
            return self
        self._keep(found)
        self._warn_of(found)
        return self

    def summary(self) -> pd.DataFrame:
        """Return the parameters that the record determines.

        Returns
        -------
        DataFrame of shape (n_parameters, 3)
            ``value`` and ``standard_error`` of mu0, a, b, D_c [m] and a - b, NaN where the
            parameter is not ``identified``.

        Examples
        --------
        At steady state friction determines a - b, but neither a nor b.

        >>> import numpy as np
        >>> import warnings
        >>> from sklearn_frictiongru.rate_state import RateStateRegressor
        >>> velocity = np.repeat([1e-3, 4e-3, 2e-3, 8e-3], 40)
        >>> friction = 0.6 - 0.005 * np.log(velocity / 1e-6)
        >>> friction += 1e-4 * np.random.default_rng(0).normal(size=160)
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     model = RateStateRegressor().fit(velocity.reshape(-1, 1), friction)
        >>> model.summary()["value"].round(3)
        mu0 at 1e-06 m/s    0.600
        a                     NaN
        b                     NaN
        D_c [m]               NaN
        a - b              -0.005
        Name: value, dtype: float64
        """
        check_is_fitted(self)
        values = {name: getattr(self, f"{name}_") for name in self.standard_errors_}
        columns = [
            np.concatenate([np.atleast_1d(quantity[name]) for name in values])
            for quantity in (values, self.standard_errors_, self.identified_)
        ]
        states = [""] if self.n_state_variables == 1 else [" 1", " 2"]
        names = [f"mu0 at {self.v0:g} m/s", "a"]
        names += [f"b{state}" for state in states] + [f"D_c{state} [m]" for state in states]
        table = pd.DataFrame(
            dict(zip(("value", "standard_error", "identified"), columns, strict=True)),
            index=[*names, "a - b"],
        )
        table.loc[~table["identified"], ["value", "standard_error"]] = np.nan
        return table

    def predict(self, X: ArrayLike, groups: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the friction of each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, with the columns and the sampling interval seen in `fit`.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        ndarray of shape (n_rows,)
            Friction [-].

        Raises
        ------
        ValueError
            If X has other columns or another sampling interval than in `fit`, or holds NaN or
            infinity.
        """
        check_is_fitted(self)
        rows = read_rows(self, X, reset=False)
        learned = None if self._counted and not is_counted(X) else self.sampling_interval_
        runs = Runs.of(X, groups=groups, sampling_interval=learned, max_gap=self.max_gap)
        check_time_of_fit(self._counted, runs.sampling_interval)
        record = self._record(rows, runs)
        parameters = {
            "mu0": self.mu0_,
            "a": self.a_,
            "b": np.atleast_1d(self.b_),
            "d_c": np.atleast_1d(self.d_c_),
        }
        if self.stiffness is None:
            return record.friction(**parameters)
        motions = slide_runs(record, self.stiffness, parameters)
        return np.concatenate([motion.friction for motion in motions])

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> float:
        """Return R2 of the prediction.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        y : array-like of shape (n_rows,)
            Friction [-].
        sample_weight : array-like of shape (n_rows,), default=None
            Weights of the rows.
        groups : array-like of shape (n_rows,), default=None
            Run labels of a table without a pandas index.

        Returns
        -------
        float
            R2: 1 - mean squared error / variance of `y`.
        """
        y, sample_weight = values_per_row(X, y), values_per_row(X, sample_weight, "sample_weight")
        return r2_score(y, self.predict(X, groups=groups), sample_weight=sample_weight)

    def _record(self, rows, runs, *, friction=None, chosen=None):
        """Return the velocities of a table with all that determines its states.

        If friction is given, it decides whether a negative velocity is slip or noise.
        """
        velocity = rows[:, self.velocity_column_].astype(np.float64)
        if friction is not None:
            backward = velocity < -self.rest_velocity
            counted = backward if chosen is None else backward & chosen
            self.reverses_ = bool(
                self.stiffness is not None
                or (counted.any() and np.mean(friction[counted] < 0) > 0.5)
            )
            if backward.any() and not self.reverses_:
                warnings.warn(
                    f"velocity is negative in {backward.sum()} of {len(velocity)} rows, but "
                    "friction is not: the sign counts as measurement noise, and the law uses "
                    "the magnitude of velocity.",
                    UserWarning,
                    stacklevel=3,
                )
        return Record(
            velocity if self.reverses_ else np.abs(velocity),
            runs.starts,
            runs.sampling_interval or 1.0,
            self.law,
            float(self.v0),
            float(self.rest_velocity),
            chosen,
        )

    def _keep(self, found):
        """Store the fitted parameters with their standard errors."""
        n_states = self.n_state_variables
        uncertainty = Uncertainty(found.jacobian, found.residuals, parameter_scales(n_states))
        errors = np.array([uncertainty.of(weights) for weights in np.eye(len(found.values))])
        of_difference = uncertainty.of(np.r_[0, 1, -np.ones(n_states), np.zeros(n_states)])
        parameters = split_parameters(found.values)
        errors_of_d_c = parameters["d_c"] * errors[2 + n_states :]
        self._keep_values(**parameters)
        self._keep_errors(errors[0], errors[1], errors[2:-n_states], errors_of_d_c, of_difference)
        self._keep_identified(found.at_bounds)
        self.residual_std_ = float(uncertainty.residual_std)
        self.n_iter_ = found.n_iter

    def _keep_steady(self, record, friction, a_bounds, d_c_bounds):
        """Store what steady slip determines: mu0 and a - b, or mu0 alone at one velocity."""
        n_states = self.n_state_variables
        design, target = steady_design(record, friction)
        if np.ptp(np.where(record.slides, record.velocity, 0.0)) > 0 and len(target) > 1:
            mu0, difference = np.linalg.lstsq(design, target)[0]
        else:
            mu0, difference = np.mean(target) if len(target) else np.mean(friction), 0.0
        uncertainty = Uncertainty(
            design,
            design @ [mu0, difference] - target,
            np.array([USUAL_MU0, USUAL_EFFECT]),
        )
        a = float(np.clip(difference, *a_bounds))
        b = np.zeros(n_states)
        b[0] = a - difference
        self._keep_values(mu0, a, b, np.full(n_states, d_c_bounds[0]))
        unknown = np.full(n_states, np.inf)
        self._keep_errors(uncertainty.of([1, 0]), np.inf, unknown, unknown, uncertainty.of([0, 1]))
        self._keep_identified(np.zeros(2 + 2 * n_states, dtype=bool))
        # Steady slip determines a - b itself, for any a.
        self.identified_["a_minus_b"] = bool(np.isfinite(self.standard_errors_["a_minus_b"]))
        self.residual_std_ = float(uncertainty.residual_std)
        self.n_iter_ = 1

    def _keep_values(self, mu0, a, b, d_c):
        """Store the parameters, as numbers for one state."""
        self.mu0_, self.a_ = float(mu0), float(a)
        self.b_, self.d_c_ = _of_states(b), _of_states(d_c)
        self.a_minus_b_ = float(a - np.sum(b))

    def _keep_errors(self, mu0, a, b, d_c, a_minus_b):
        """Store the standard errors, as numbers for one state."""
        self.standard_errors_ = {
            "mu0": float(mu0),
            "a": float(a),
            "b": _of_states(b),
            "d_c": _of_states(d_c),
            "a_minus_b": float(a_minus_b),
        }

    def _keep_identified(self, at_bounds):
        """Store which parameters are identified, as bools for one state."""
        n_states = self.n_state_variables
        at_mu0, at_a, at_b, at_d_c = np.split(at_bounds, [1, 2, 2 + n_states])
        errors = {name: np.atleast_1d(error) for name, error in self.standard_errors_.items()}
        mu0 = np.isfinite(errors["mu0"]) & ~at_mu0
        a = np.isfinite(errors["a"]) & ~at_a
        d_c = (errors["d_c"] < np.atleast_1d(self.d_c_)) & ~at_d_c
        b = np.isfinite(errors["b"]) & ~at_b & d_c
        a_minus_b = np.isfinite(errors["a_minus_b"]) & ~at_mu0 & ~at_a
        self.identified_ = {
            "mu0": bool(mu0[0]),
            "a": bool(a[0]),
            "b": bool(b[0]) if n_states == 1 else b,
            "d_c": bool(d_c[0]) if n_states == 1 else d_c,
            "a_minus_b": bool(a_minus_b[0]),
        }

    def _warn_of(self, found):
        """Warn if the fit has not converged or has not determined a parameter."""
        if not found.converged:
            warnings.warn(
                f"the fit has used up max_iter={self.max_iter} evaluations of the misfit; the "
                "parameters may not be the best ones. Raise max_iter.",
                ConvergenceWarning,
                stacklevel=3,
            )
        names = ["mu0", "a", *["b"] * self.n_state_variables, *["D_c"] * self.n_state_variables]
        at_bounds = sorted({name for name, at in zip(names, found.at_bounds, strict=True) if at})
        if at_bounds:
            warnings.warn(
                f"{' and '.join(at_bounds)} ended at a bound (mu0 >= 0, "
                f"a_bounds={self.a_bounds}, d_c_bounds={self.d_c_bounds} m): not identified, and "
                "standard errors are not valid. Widen the bounds, fit rows in which the state "
                "changes visibly, or give friction the sign of velocity.",
                UserWarning,
                stacklevel=3,
            )
        errors = self.standard_errors_
        unknown = [name for name in ("mu0", "a", "b") if np.isinf(errors[name]).any()]
        if np.any(errors["d_c"] >= self.d_c_):
            unknown.append("D_c")
        if unknown:
            known = (
                "a - b is determined nevertheless"
                if np.isfinite(errors["a_minus_b"])
                else "a - b is not determined either"
            )
            warnings.warn(
                f"the record does not determine {', '.join(unknown)}: other values fit as well "
                f"(see standard_errors_); {known}. Fit rows with velocity steps that last "
                "longer than D_c / V, sampled at shorter intervals than that.",
                UserWarning,
                stacklevel=3,
            )


def _of_states(values):
    """Return a float for one state, an array for two."""
    return float(values[0]) if len(values) == 1 else np.asarray(values, dtype=np.float64)
