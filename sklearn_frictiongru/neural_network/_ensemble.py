"""Several trainings of one network, their spread, and intervals around their mean."""

from __future__ import annotations

import os
import warnings
from numbers import Integral, Real
from typing import Literal, overload

import numpy as np
import torch
from joblib import delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.neural_network._data._input import (
    read_training_data,
    read_windows,
)
from sklearn_frictiongru.neural_network._data._score import score_complete
from sklearn_frictiongru.neural_network._data._split import split_training_windows
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._saving._model_onnx import to_onnx
from sklearn_frictiongru.neural_network._saving._own_units import MeanOf, module_of
from sklearn_frictiongru.neural_network._saving._whole_model import load_model, save_model
from sklearn_frictiongru.utils.callbacks import (
    CallbackSupportMixin,
    contexts_of_subtasks,
    subtask,
    with_callbacks,
)
from sklearn_frictiongru.utils.data_file import ModelFileError
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.interruption import raise_in_loops
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.workers import end_with_parent, results_of_calls, this_process


class GRUFrictionEnsemble(CallbackSupportMixin, DocLinkMixin, RegressorMixin, BaseEstimator):
    r"""Train one regressor from several seeds, and predict the mean with its uncertainty.

    The members are the repeats of the published protocol. Their spread shows how much a
    prediction depends on the seed alone; it says nothing about errors that all members
    share. `predict_interval` gives split-conformal intervals, whose width is determined on
    windows that were used neither for training nor for choosing the epoch.

    Parameters
    ----------
    estimator : GRUFrictionRegressor, default=None
        Regressor to train; None means ``GRUFrictionRegressor()``.
    n_estimators : int, default=20
        Number of trainings.
    calibration : float, splitter or None, default=None
        Calibration windows of the intervals. A number: this share of the complete windows of
        each run, at its end. A splitter with one split: its test rows. None: no calibration
        and no intervals. No member uses these windows, nor any that shares a row
        with them.
    n_jobs : int, default=None
        Number of trainings in parallel, by joblib.
    random_state : int, RandomState instance or None, default=None
        Source of the seeds of the members.

    Attributes
    ----------
    estimators_ : list of GRUFrictionRegressor
        The trained members.
    seeds_ : ndarray of int, shape (n_estimators,)
        Their seeds; after an interruption, those of the trained members.
    n_features_in_ : int
        Number of inputs, the last axis of the windows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the inputs, where all are strings.
    n_outputs_ : int
        Number of targets.
    window_length_ : int
        Number of rows of a window.
    calibration_indices_ : ndarray of int, shape (n_calibration,)
        Numbers of the calibration windows; only if `calibration` is given.
    calibration_errors_ : ndarray of shape (n_calibration,) or (n_calibration, n_outputs)
        Absolute errors of the mean prediction of these windows, in ascending order, in the unit of
        the target; only if `calibration` is given.

    Raises
    ------
    ValueError
        As :class:`GRUFrictionRegressor` does.

    See Also
    --------
    GRUFrictionRegressor : One training.

    Notes
    -----
    The mean :math:`\bar p` of the predictions :math:`p_m` of M members, their spread s and, for n
    calibration windows whose absolute errors in ascending order are :math:`e_{(1)}, \ldots,
    e_{(n)}`, the interval of coverage c are

    .. math::

        \bar p = \frac{1}{M} \sum_m p_m, \qquad
        s^2 = \frac{1}{M - 1} \sum_m (p_m - \bar p)^2, \qquad
        [\bar p - e_{(k)}, \, \bar p + e_{(k)}] \;\text{with}\; k = \lceil (n + 1) \, c \rceil

    On average at least this share of new windows is inside, if calibration windows and new
    windows are exchangeable. Windows of
    one run resemble each other. Independent runs under the same conditions, some of which are
    used completely for calibration (a splitter), are nearly exchangeable, the more so the more
    runs there are. The end of the
    same run is less so. **After a change of regime, such as a normal stress or rock that is not
    in the calibration windows, nothing is guaranteed.**

    References
    ----------
    Lakshminarayanan, B., Pritzel, A., Blundell, C. (2017). Simple and scalable predictive
    uncertainty estimation using deep ensembles. Advances in Neural Information Processing
    Systems, 30.

    Lei, J., G'Sell, M., Rinaldo, A., Tibshirani, R. J., Wasserman, L. (2018). Distribution-free
    predictive inference for regression. Journal of the American Statistical Association,
    113(523), 1094-1111.

    Vovk, V., Gammerman, A., Shafer, G. (2005). Algorithmic Learning in a Random World. Springer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.neural_network import (
    ...     GRUFrictionEnsemble,
    ...     GRUFrictionRegressor,
    ... )
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> y = 0.6 + 0.05 * X[:, 0] + 0.01 * np.random.default_rng(1).normal(size=400)
    >>> member = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=30, lr=0.01
    ... )
    >>> ensemble = GRUFrictionEnsemble(
    ...     member, n_estimators=3, calibration=0.2, random_state=0
    ... )
    >>> mean, std = ensemble.fit(X[:300], y[:300]).predict(X[300:], return_std=True)
    >>> lower, upper = ensemble.predict_interval(X[300:], coverage=0.9)
    >>> bool(np.mean((lower <= y[300:]) & (y[300:] <= upper)) > 0.8)
    True
    """

    estimators_: list[GRUFrictionRegressor]
    seeds_: NDArray[np.int64]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    n_outputs_: int
    window_length_: int
    calibration_indices_: NDArray[np.intp]
    calibration_errors_: NDArray[np.float64]

    _parameter_constraints: dict = {
        "estimator": [GRUFrictionRegressor, None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "calibration": [Interval(Real, 0, 1, closed="neither"), HasMethods(["split"]), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: GRUFrictionRegressor | None = None,
        n_estimators: int = 20,
        *,
        calibration: object = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.calibration = calibration
        self.n_jobs = n_jobs
        self.random_state = random_state

    @with_callbacks
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> GRUFrictionEnsemble:
        """Train the members.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows, as in a `WindowArray`, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets of each window, at its last row.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows in the training of the members. Windows of weight zero
            are not used for calibration either; all others count equally in it.

        Returns
        -------
        GRUFrictionEnsemble
            The fitted ensemble. After a KeyboardInterrupt it has the members trained so
            far, and a warning says so.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._validate_params()
        data = read_training_data(self, X, y, sample_weight)
        self.window_length_, self.n_outputs_ = data.windows.window_length, data.n_outputs
        member = GRUFrictionRegressor() if self.estimator is None else self.estimator
        for name in ("calibration_indices_", "calibration_errors_"):
            # Those of an earlier fit do not belong to this one.
            self.__dict__.pop(name, None)
        weights = data.weights
        if self.calibration is not None:
            weights = self._hold_out_calibration(data, member.purge)
        generator = check_random_state(draw_seed(self.random_state))
        self.seeds_ = generator.randint(np.iinfo(np.int32).max, size=self.n_estimators)
        self.estimators_ = self._train_members(member, X, y, weights)
        self.seeds_ = self.seeds_[: len(self.estimators_)]
        if self.calibration is not None:
            calibrating = self.calibration_indices_
            self.calibration_errors_ = np.sort(
                np.abs(self.predict(X)[calibrating] - data.targets[calibrating]), axis=0
            )
        return self

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[False] = False) -> NDArray[np.float64]: ...

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

    def predict(
        self, X: ArrayLike, return_std: bool = False
    ) -> NDArray[np.float64] | tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the target of each window.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows of the length seen in `fit`.
        return_std : bool, default=False
            Whether to return the spread of the members as well as their mean.

        Returns
        -------
        mean : ndarray of shape (n_windows,) or (n_windows, n_outputs)
            Mean of the members' predictions, in the unit of the targets.
        std : ndarray of the same shape
            Their standard deviation (divided by n_estimators - 1; 0 for one member). Only if
            `return_std`.

        Raises
        ------
        ValueError
            If the windows have another length or other inputs than those in `fit`.
        """
        check_is_fitted(self, "estimators_")
        read_windows(self, X, reset=False)
        predictions = np.stack([member.predict(X) for member in self.estimators_])
        mean = predictions.mean(axis=0)
        if not return_std:
            return mean
        if len(predictions) == 1:
            return mean, np.zeros_like(mean)
        return mean, predictions.std(axis=0, ddof=1)

    def predict_interval(
        self, X: ArrayLike, coverage: float = 0.9
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict an interval for the target of each window.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows of the length seen in `fit`.
        coverage : float, default=0.9
            Share of new windows whose target should be inside, for each target separately. It
            is not guaranteed after a change of regime; see the notes of the class.

        Returns
        -------
        lower : ndarray of shape (n_windows,) or (n_windows, n_outputs)
            Lower ends of the intervals, in the unit of the targets.
        upper : ndarray of the same shape
            Upper ends.

        Raises
        ------
        ValueError
            If there is no calibration, there are too few calibration windows for this coverage,
            or the coverage is not between 0 and 1.

        Examples
        --------
        The wider the interval, the more of the new targets are inside.

        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(400, 1))
        >>> y = 0.6 + 0.05 * X[:, 0] + 0.02 * rng.normal(size=400)
        >>> member = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=30, lr=0.01
        ... )
        >>> ensemble = GRUFrictionEnsemble(
        ...     member, n_estimators=2, calibration=0.3, random_state=0
        ... )
        >>> ensemble = ensemble.fit(X[:300], y[:300])
        >>> for coverage in (0.5, 0.9):
        ...     lower, upper = ensemble.predict_interval(X[300:], coverage=coverage)
        ...     print(round(float(np.mean((lower <= y[300:]) & (y[300:] <= upper))), 1))
        0.5
        0.9
        """
        check_is_fitted(self, "estimators_")
        if not isinstance(coverage, Real) or not 0 < coverage < 1:
            raise ValueError(f"coverage is {coverage!r}; expected a share such as 0.9.")
        if not hasattr(self, "calibration_errors_"):
            raise ValueError(
                "there is no calibration of the intervals: calibration is None. Fit with "
                "calibration=0.2, or with a splitter that gives whole runs."
            )
        # Not from a library: it would have to know about windows and purge, and without these
        # only one order statistic remains.
        n_windows = len(self.calibration_errors_)
        rank = int(np.ceil((n_windows + 1) * coverage - 1e-9))
        if rank > n_windows:
            needed = int(np.ceil((coverage - 1e-9) / (1 - coverage)))
            raise ValueError(
                f"{n_windows} calibration windows cannot give coverage={coverage}; expected at "
                f"least {needed}. Use more calibration windows, or a smaller coverage."
            )
        mean = self.predict(X)
        half_width = self.calibration_errors_[rank - 1]
        return mean - half_width, mean + half_width

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R2 of the mean prediction over the complete windows.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows.

        Returns
        -------
        float
            Coefficient of determination, the mean of several targets'; windows that are
            not complete do not count.

        Raises
        ------
        ValueError
            If no window is complete.
        """
        return score_complete(self, X, y, sample_weight)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ensemble to a file that runs no code when it is loaded.

        Parameters
        ----------
        path : path-like
            Path of the file; an existing file is replaced when the new one is complete.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the ensemble is not fitted.

        See Also
        --------
        save_model : Saves any model, such as a pipeline that ends in an ensemble.
        load : Reads the file.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> member = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=2)
        >>> ensemble = GRUFrictionEnsemble(member, n_estimators=2).fit(X, 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "ensemble.safetensors")
        ...     ensemble.save(path)
        ...     loaded = GRUFrictionEnsemble.load(path)
        >>> bool((loaded.predict(X) == ensemble.predict(X)).all())
        True
        """
        save_model(self, path)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], like: BaseEstimator | None = None
    ) -> GRUFrictionEnsemble:
        """Load an ensemble from a file that `save` has written.

        Parameters
        ----------
        path : path-like
            Path of the file.
        like : estimator, default=None
            An estimator with the custom module, loss or functions with which the ensemble was
            trained.

        Returns
        -------
        GRUFrictionEnsemble
            The fitted ensemble.

        Raises
        ------
        ModelFileError
            If the file holds no ensemble, has been truncated or altered, or has a newer format.

        See Also
        --------
        save : Writes the file.
        ModelFileError : Raised if the file cannot be used.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> member = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=2)
        >>> ensemble = GRUFrictionEnsemble(member, n_estimators=2).fit(X, 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "ensemble.safetensors")
        ...     ensemble.save(path)
        ...     len(GRUFrictionEnsemble.load(path).estimators_)
        2
        """
        loaded = load_model(path, like)
        if not isinstance(loaded, cls):
            raise ModelFileError(
                f"{os.fspath(path)} holds a {type(loaded).__name__}, not a {cls.__name__}; read it "
                "with load_model."
            )
        return loaded

    def torch_module(self) -> torch.nn.Module:
        """Return the mean of the members as a plain torch module.

        It takes windows, a tensor of shape (n_windows, window_length, n_features), in the
        inputs' own units and returns predictions in those of the targets, of shape (n_windows,
        n_outputs) and of the windows' type. It is a copy on the CPU, in evaluation mode, and
        runs on torch's own layers: hooks run, second derivatives are right, and captum, shap,
        ``torch.export`` and ``torch.func`` work. The members
        are its attribute ``members``.

        Returns
        -------
        torch.nn.Module
            The module.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the ensemble is not fitted.

        See Also
        --------
        to_onnx : Writes the model for use without Python.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> member = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=2)
        >>> ensemble = GRUFrictionEnsemble(member, n_estimators=2).fit(X, 0.1 * X[:, 0])
        >>> predicted = ensemble.torch_module()(torch.as_tensor(X.reshape(80, 1, 2)))
        >>> bool(
        ...     np.abs(predicted[:, 0].detach().numpy() - ensemble.predict(X)).max() < 1e-6
        ... )
        True
        """
        check_is_fitted(self, "estimators_")
        return MeanOf([module_of(each, columns=True) for each in self.estimators_]).eval()

    def to_onnx(self, path: str | os.PathLike[str], *, dynamo: bool = False) -> None:
        """Write the mean of the members as one ONNX file.

        Parameters
        ----------
        path : path-like
            Path of the file.
        dynamo : bool, default=False
            Whether to use torch's newer exporter; see :meth:`GRUFrictionRegressor.to_onnx`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the ensemble is not fitted.
        ImportError
            If onnx is not installed; it comes with the extra ``onnx``.

        See Also
        --------
        sklearn_frictiongru.neural_network.to_onnx : Writes pipelines too, with names and units.
        torch_module : The model as a torch module.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> import onnxruntime
        >>> from sklearn_frictiongru.neural_network import (
        ...     GRUFrictionEnsemble,
        ...     GRUFrictionRegressor,
        ... )
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> member = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, max_epochs=2)
        >>> ensemble = GRUFrictionEnsemble(member, n_estimators=2).fit(X, 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "ensemble.onnx")
        ...     ensemble.to_onnx(path)
        ...     session = onnxruntime.InferenceSession(path)
        >>> (predicted,) = session.run(None, {"windows": X.reshape(80, 1, 2)})
        >>> bool(np.abs(predicted - ensemble.predict(X)).max() < 1e-5)
        True
        """
        to_onnx(self, path, dynamo=dynamo)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def _hold_out_calibration(self, data, purge):
        """Choose the calibration windows; return weights that leave them out of training."""
        # The purge of the members, so that one number defines which windows share no rows.
        seen, self.calibration_indices_, _ = split_training_windows(
            data.windows,
            data.targets,
            data.weights,
            validation=self.calibration,
            purge=purge,
            stride=1,
            name="calibration",
        )
        weights = np.ones(len(data.targets)) if data.weights is None else data.weights
        # A window of weight zero is neither trained on nor validated with.
        weights = np.where(np.isin(np.arange(len(weights)), seen), weights, 0.0)
        if not weights.any():
            raise ValueError(
                f"no window is left to train on: {len(self.calibration_indices_)} calibrate, "
                "and the purge leaves out those that share rows with them. Use a smaller "
                "calibration, a shorter window length or longer runs."
            )
        return weights

    def _train_members(self, member, X, y, sample_weight):
        """Train the members; after an interruption keep those that are trained."""
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        data = {"X": X, "y": y, "metadata": metadata}
        context, contexts = contexts_of_subtasks(self, "member", self.n_estimators, data)
        caller = None if context is None else self
        parent = this_process()
        calls = (
            delayed(_train_member)(
                parent, clone(member), int(seed), X, y, sample_weight, of_member, caller
            )
            for seed, of_member in zip(self.seeds_, contexts, strict=True)
        )
        trained = results_of_calls(self.n_jobs, calls, self.n_estimators)
        members, interrupted = [], False
        try:
            for each in trained:
                members.append(each)
                if each.interrupted_:
                    # With several jobs each one was interrupted; none starts again.
                    trained.close()
                    interrupted = True
                    break
        except KeyboardInterrupt:
            # A member had not finished its first epoch; the previous ones are complete.
            if not members:
                raise
            interrupted = True
        if interrupted:
            raise_in_loops()
            warnings.warn(
                f"the training was interrupted: the ensemble has {len(members)} of "
                f"{self.n_estimators} members.",
                UserWarning,
                stacklevel=4,
            )
        if context is not None:
            context.call_on_fit_task_end(estimator=self, **data)
        return members


def _train_member(parent, member, seed, X, y, sample_weight, context, ensemble):
    """Train one member from its seed."""
    end_with_parent(parent)
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    with subtask(context, ensemble, member, {"X": X, "y": y, "metadata": metadata}):
        return member.set_params(random_state=seed).fit(X, y, sample_weight=sample_weight)
