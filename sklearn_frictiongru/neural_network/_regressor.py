"""The regressor: a scikit-learn estimator around a skorch net."""

import warnings
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)
from skorch import NeuralNetRegressor
from skorch.callbacks import EarlyStopping
from skorch.helper import predefined_split
from skorch.utils import noop

from sklearn_frictiongru.neural_network._batches import WindowBatches, WindowDataset
from sklearn_frictiongru.neural_network._network import ConvGRUNetwork
from sklearn_frictiongru.neural_network._threads import one_flushed_thread
from sklearn_frictiongru.neural_network._training_windows import (
    WindowOrder,
    split_training_windows,
)
from sklearn_frictiongru.preprocessing import WindowArray
from sklearn_frictiongru.utils._random import draw_seed
from sklearn_frictiongru.utils._validation import check_finite, column_names, index_of

PREDICT_BATCH_SIZE = 256
PREDICT_BATCH_MULTIPLE = 16


class GRUFrictionRegressor(RegressorMixin, BaseEstimator):
    """Predict friction from windows of its recent history with convolutions and GRUs.

    The network of the published protocol: two 1-D convolutions, stacked GRU layers, one
    dense output, trained on the mean squared error with Adam. A skorch net is built in
    `fit` and kept in `net_`.

    Windows come from a :class:`~sklearn_frictiongru.preprocessing.WindowArray` (what
    :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer` returns) or a
    3-D array of windows in the order of time; a 2-D table is taken as windows of length
    1. Windows that are not complete are not trained on, and still predicted for.

    Parameters
    ----------
    conv_channels : int, default=32
        Channels of both convolutions.
    kernel_size : int, default=5
        Rows that each convolution spans.
    hidden_size : int, default=32
        Size of the state of each GRU layer.
    n_gru_layers : int, default=4
        Number of GRU layers.
    dropout : float, default=0.0
        Probability of dropout between the GRU layers, in training.
    batch_size : int, default=64
        Windows in a training batch.
    max_epochs : int, default=100
        Number of passes over the training windows.
    lr : float, default=0.001
        Learning rate of Adam.
    normalize_X : bool, default=True
        Whether to standardise each parameter with the mean and standard deviation of
        the rows in the training windows.
    normalize_y : bool, default=True
        Whether to standardise the target with those of the training targets.
    validation : float, splitter or None, default=0.2
        What validates during training. A share: the last windows of each run, so many
        of its complete ones. A splitter with one split, such as
        :class:`~sklearn_frictiongru.model_selection.RunHoldout`: what it gives; rows
        that are in neither part are not used. None: nothing.
    purge : int, default=None
        Training windows whose last row lies at most so many rows from that of a
        validation window are left out. None means window_length - 1: no training window
        shares a row with a validation window.
    stride : int, default=1
        Train on every so-manyth complete window; neighbours are near-copies. Validation
        and prediction use all.
    restore_best : bool, default=True
        Whether to go back to the weights of the epoch with the lowest validation loss.
    random_state : int, RandomState instance or None, default=None
        Seed of initial weights, batches and dropout masks. The same int gives the same
        model to the last bit on a CPU, whatever runs beside it. The global generators
        are neither used nor touched; None draws a fresh seed from the system.
    device : str, default="auto"
        Torch device; "auto" is a CUDA GPU where there is one, else the CPU.
    verbose : int, default=0
        Whether to print a line per epoch.

    Attributes
    ----------
    net_ : skorch.NeuralNetRegressor
        The trained net.
    n_features_in_ : int
        Number of parameters, the last axis of the windows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the parameters, where all are strings.
    window_length_ : int
        Number of rows of a window.
    X_mean_, X_scale_ : ndarray of shape (`n_features_in_`,)
        Mean and standard deviation of each parameter over the rows in the training
        windows, in its own unit; a constant parameter has scale 1.
    y_mean_, y_scale_ : float
        The same of the training targets.
    training_indices_, validation_indices_ : ndarray of int
        Numbers of the windows that were trained on and that validated.
    n_purged_ : int
        Number of complete windows that the purge left out of training.
    history_ : pandas.DataFrame of shape (n_epochs, 4)
        Columns ``epoch`` (from 1), ``training_loss``, ``validation_loss`` (mean squared
        errors in squared units of `y`) and ``seconds``.
    n_epochs_ : int
        Number of finished epochs.
    best_epoch_ : int
        Epoch with the lowest validation loss; the last one without validation.
    best_validation_loss_ : float or None
        The lowest validation loss, in squared units of `y`; None without validation.
    interrupted_ : bool
        Whether a KeyboardInterrupt ended the training early.
    seed_ : int
        The seed that was used.

    Raises
    ------
    ValueError
        If `X` or `y` holds NaN or infinity, no complete window is left to train on or
        fewer than fill one batch, or the training diverges.

    See Also
    --------
    sklearn_frictiongru.preprocessing.SlidingWindowTransformer : Makes the windows.
    sklearn_frictiongru.model_selection.WindowLengthSearchCV : Finds their length.

    Notes
    -----
    A 2-D table with fewer rows than a batch is trained on in one batch, as in
    scikit-learn's own networks. For windows it is an error: it mostly means that runs
    were cut into pieces shorter than a window.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> y = 0.6 + 0.05 * np.convolve(X[:, 0], np.ones(5) / 5)[:300]
    >>> model = make_pipeline(
    ...     SlidingWindowTransformer(window_length=8),
    ...     GRUFrictionRegressor(
    ...         hidden_size=8, n_gru_layers=1, max_epochs=40, lr=0.01, random_state=0
    ...     ),
    ... )
    >>> model.fit(X, y).score(X, y) > 0.8
    True
    """

    _parameter_constraints: dict = {
        "conv_channels": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_gru_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "normalize_X": ["boolean"],
        "normalize_y": ["boolean"],
        "validation": [Interval(Real, 0, 1, closed="neither"), HasMethods(["split"]), None],
        "purge": [Interval(Integral, 0, None, closed="left"), None],
        "stride": [Interval(Integral, 1, None, closed="left")],
        "restore_best": ["boolean"],
        "random_state": ["random_state"],
        "device": [str],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        conv_channels=32,
        kernel_size=5,
        hidden_size=32,
        n_gru_layers=4,
        dropout=0.0,
        batch_size=64,
        max_epochs=100,
        lr=0.001,
        normalize_X=True,
        normalize_y=True,
        validation=0.2,
        purge=None,
        stride=1,
        restore_best=True,
        random_state=None,
        device="auto",
        verbose=0,
    ):
        self.conv_channels = conv_channels
        self.kernel_size = kernel_size
        self.hidden_size = hidden_size
        self.n_gru_layers = n_gru_layers
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.lr = lr
        self.normalize_X = normalize_X
        self.normalize_y = normalize_y
        self.validation = validation
        self.purge = purge
        self.stride = stride
        self.restore_best = restore_best
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def fit(self, X, y):
        """Train the network.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,)
            Target of each window, at its last row.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor.

        Raises
        ------
        ValueError
            As described for the class.
        """
        self._validate_params()
        windows, order, y = self._read_training_data(X, y)
        self.window_length_ = windows.window_length
        self.training_indices_, self.validation_indices_, self.n_purged_ = split_training_windows(
            _in_one_run(windows) if _is_array_of_windows(X) else windows,
            order,
            y,
            validation=self.validation,
            purge=self.window_length_ - 1 if self.purge is None else self.purge,
            stride=self.stride,
        )
        self._check_enough_windows(windows, order)
        self._learn_scales(windows, y)
        self.seed_ = draw_seed(self.random_state)
        with one_flushed_thread():
            self._train(windows, y)
        return self

    def predict(self, X):
        """Predict the target of each window.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows of the length seen in `fit`.

        Returns
        -------
        ndarray of shape (n_windows,)
            Predictions, in the unit of the target; also for windows that are not
            complete.

        Raises
        ------
        ValueError
            If the windows have another length or other parameters than those in `fit`.
        """
        check_is_fitted(self)
        dataset = self.dataset(X)
        n_windows = len(dataset)
        # Matrix products round differently for the left-over rows of a batch. Full batches
        # make a prediction the same to the last bit, whatever is predicted beside it.
        dataset.repeat_last(-n_windows % PREDICT_BATCH_MULTIPLE)
        with one_flushed_thread():
            standardised = self.net_.predict(dataset)[:n_windows]
        return standardised.astype(np.float64) * self._y_factor + self._y_offset

    def score(self, X, y, sample_weight=None):
        """Return R2 over the complete windows.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows.
        y : array-like of shape (n_windows,)
            Targets.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows.

        Returns
        -------
        float
            Coefficient of determination; windows that are not complete do not count.

        Raises
        ------
        ValueError
            If no window is complete.
        """
        predictions = self.predict(X)
        complete = X.complete if isinstance(X, WindowArray) else np.ones(len(predictions), bool)
        if not complete.any():
            raise ValueError(
                f"none of the {len(predictions)} windows is complete, so there is nothing to "
                f"score: the longest run has {X.longest_history} rows, a complete window needs "
                f"{X.min_history}. Score longer pieces (PurgedKFold keeps the history)."
            )
        weights = None if sample_weight is None else np.asarray(sample_weight)[complete]
        return r2_score(np.asarray(y)[complete], predictions[complete], sample_weight=weights)

    def dataset(self, X, y=None):
        """Return windows and targets as the trained network gets them.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows of the length seen in `fit`.
        y : ndarray of shape (n_windows,), default=None
            Targets, in their own unit.

        Returns
        -------
        WindowDataset
            Standardised windows and targets on the net's device.
        """
        check_is_fitted(self)
        windows, _ = self._read_windows(X, reset=False)
        return self._make_dataset(windows, y)

    def _make_dataset(self, windows, y):
        offset, factor = self._X_standardisation
        return WindowDataset(
            windows,
            None if y is None else (y - self._y_offset) / self._y_factor,
            mean=offset,
            scale=factor,
            device=_device(self.device),
        )

    @property
    def _X_standardisation(self):
        if self.normalize_X:
            return self.X_mean_, self.X_scale_
        return np.zeros(self.n_features_in_), np.ones(self.n_features_in_)

    @property
    def _y_offset(self):
        return self.y_mean_ if self.normalize_y else 0.0

    @property
    def _y_factor(self):
        return self.y_scale_ if self.normalize_y else 1.0

    def _read_training_data(self, X, y):
        """Return windows, their order and the targets."""
        if _holds_windows(X):
            windows, order = self._read_windows(X, reset=True)
            if y is None:
                raise ValueError("y is None; expected one target for each window.")
            labels = index_of(y)
            y = column_or_1d(y, dtype=np.float64, warn=True)
            check_consistent_length(windows, y)
            _check_finite_targets(y, labels)
        else:
            labels = index_of(y)
            # scikit-learn would not name the rows.
            _check_finite_targets(y, labels)
            table, y = validate_data(
                self,
                X,
                y,
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
                ensure_min_samples=2,
                y_numeric=True,
            )
            windows, order = self._windows_of_one_row(X, table)
            y = np.asarray(y, dtype=np.float64)
        return windows, order, y

    def _read_windows(self, X, reset):
        """Return the windows of any input, and where they stand in their record."""
        if not _holds_windows(X):
            table = validate_data(
                self, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
            )
            windows, order = self._windows_of_one_row(X, table)
        elif not _is_array_of_windows(X):
            windows = X
            order = WindowOrder(X.run_codes, X.ends, X.complete)
            check_finite(X.rows, X.feature_names or column_names(None, X.shape[2]), "X")
        else:
            array = np.asarray(X)
            if array.dtype.kind not in "fiu":
                array = array.astype(np.float64)
            n_windows, length, n_features = array.shape
            names = column_names(None, n_features)
            steps = [f"{name}[t-{lag}]" for lag in range(length - 1, -1, -1) for name in names]
            check_finite(array, steps, "X")
            rows = array.reshape(-1, n_features)
            # Windows of an array know nothing of each other's rows: each stands alone, and
            # they are taken to follow each other row by row.
            first = np.arange(n_windows) * length
            windows = WindowArray(
                rows.astype(np.result_type(rows, np.float32), copy=False),
                length,
                ends=first + length - 1,
                run_starts=first if n_windows else (0,),
            )
            order = WindowOrder(
                np.zeros(n_windows, dtype=int), np.arange(n_windows), np.ones(n_windows, bool)
            )
        if _holds_windows(X):
            self._check_features(windows, reset)
        if not reset and windows.window_length != self.window_length_:
            raise ValueError(
                f"X has windows of {windows.window_length} rows; expected {self.window_length_}, "
                "as in fit. Use the transformer that made the windows for fit."
            )
        return windows, order

    @staticmethod
    def _windows_of_one_row(X, table):
        check_finite(table, column_names(X, table.shape[1]), "X")
        windows = WindowArray(table, 1)
        rows = np.arange(len(table))
        run_codes = np.zeros_like(rows)
        if isinstance(index_of(X), pd.MultiIndex):
            run_codes, _ = pd.factorize(X.index.droplevel(-1))
        return windows, WindowOrder(run_codes, rows, np.ones(len(rows), bool))

    def _check_features(self, windows, reset):
        """Learn or compare number and names of the parameters of windows."""
        names = windows.feature_names
        if reset:
            self.n_features_in_ = windows.shape[2]
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
            if names is not None:
                self.feature_names_in_ = np.asarray(names, dtype=object)
            return
        if windows.shape[2] != self.n_features_in_:
            raise ValueError(
                f"X has {windows.shape[2]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        seen = getattr(self, "feature_names_in_", None)
        if names is not None and seen is not None and list(names) != list(seen):
            raise ValueError(
                f"the windows have the parameters {list(names)}; expected {list(seen)}, in this "
                "order, as in fit."
            )

    def _check_enough_windows(self, windows, order):
        """Raise if there is nothing, or too little, to train on."""
        n_complete, n_training = int(order.complete.sum()), len(self.training_indices_)
        needed = 1 if windows.window_length == 1 else self.batch_size
        if n_training >= needed:
            return
        raise ValueError(
            f"too few complete windows to train on: {n_training}, expected at least "
            f"{needed} (batch_size={self.batch_size}). Of {len(windows)} windows {n_complete} "
            f"are complete (min_history={windows.min_history} rows, the longest run has "
            f"{windows.longest_history}), {len(self.validation_indices_)} validate, "
            f"{self.n_purged_} are purged, and stride={self.stride} thins the rest. Use a "
            "shorter window length, a smaller batch_size or longer runs; if the runs are long, "
            "a shuffled split has cut them into pieces: use PurgedKFold or RunHoldout."
        )

    def _learn_scales(self, windows, y):
        """Learn mean and scale of parameters and target from the training windows."""
        first = windows.first_rows[self.training_indices_]
        last = windows.ends[self.training_indices_]
        edges = np.zeros(len(windows.rows) + 1, dtype=np.int64)
        np.add.at(edges, first, 1)
        np.add.at(edges, last + 1, -1)
        reached = np.cumsum(edges[:-1]) > 0
        of_rows = StandardScaler().fit(windows.rows[reached].astype(np.float64))
        self.X_mean_, self.X_scale_ = of_rows.mean_, of_rows.scale_
        of_targets = StandardScaler().fit(y[self.training_indices_, None])
        self.y_mean_, self.y_scale_ = float(of_targets.mean_[0]), float(of_targets.scale_[0])

    def _train(self, windows, y):
        """Build the net and train it."""
        device = _device(self.device)
        validating = len(self.validation_indices_) > 0
        training_set = self._make_dataset(
            windows[self.training_indices_], y[self.training_indices_]
        )
        callbacks = []
        validation_set = None
        if validating:
            validation_set = self._make_dataset(
                windows[self.validation_indices_], y[self.validation_indices_]
            )
        if validating and self.restore_best:
            keep_best = EarlyStopping(
                patience=self.max_epochs + 1, threshold=0, load_best=True, sink=noop
            )
            callbacks.append(("keep_best", keep_best))
        seeds = np.random.SeedSequence(self.seed_).generate_state(2)
        net = NeuralNetRegressor(
            ConvGRUNetwork,
            module__n_features=self.n_features_in_,
            module__conv_channels=self.conv_channels,
            module__kernel_size=self.kernel_size,
            module__hidden_size=self.hidden_size,
            module__n_gru_layers=self.n_gru_layers,
            module__dropout=self.dropout,
            module__seed=int(seeds[0]),
            criterion=torch.nn.MSELoss,
            optimizer=torch.optim.Adam,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            iterator_train=WindowBatches,
            iterator_train__generator=torch.Generator().manual_seed(int(seeds[1])),
            iterator_valid=WindowBatches,
            iterator_valid__batch_size=PREDICT_BATCH_SIZE,
            train_split=predefined_split(validation_set) if validating else None,
            callbacks=callbacks,
            device=device,
            verbose=self.verbose,
        )
        if not self.verbose:
            net.set_params(callbacks__print_log=None)
        net.fit(training_set, y=None)
        # The net must not carry the record along with its weights.
        net.train_split = None
        self.net_ = net
        self._read_history(net.history, validating)

    def _read_history(self, history, validating):
        """Keep what the training did, in squared units of the target."""
        finished = [epoch for epoch in history if "dur" in epoch]
        if not finished:
            raise KeyboardInterrupt("training was interrupted before its first epoch ended")
        unit = self._y_factor**2
        self.history_ = pd.DataFrame(
            {
                "epoch": [epoch["epoch"] for epoch in finished],
                "training_loss": [epoch["train_loss"] * unit for epoch in finished],
                "validation_loss": [epoch.get("valid_loss", np.nan) * unit for epoch in finished],
                "seconds": [epoch["dur"] for epoch in finished],
            }
        )
        self.n_epochs_ = len(finished)
        self.interrupted_ = self.n_epochs_ < self.max_epochs
        lost = ~np.isfinite(self.history_["training_loss"].to_numpy())
        if lost.any():
            raise ValueError(
                f"training diverged: the loss is not finite from epoch {int(lost.argmax()) + 1} "
                f"on with lr={self.lr:g}, the parameters scaled by {self.X_scale_}. Lower lr, "
                "or set normalize_X and normalize_y."
            )
        if validating:
            best = int(self.history_["validation_loss"].argmin())
            self.best_validation_loss_ = float(self.history_["validation_loss"][best])
            self.best_epoch_ = int(self.history_["epoch"][best])
        else:
            self.best_validation_loss_ = None
            self.best_epoch_ = int(self.history_["epoch"].iloc[-1])
        if self.interrupted_:
            weights = "of the interruption"
            if validating and self.restore_best:
                weights = f"of epoch {self.best_epoch_}, the best one"
            warnings.warn(
                f"training was interrupted after {self.n_epochs_} of {self.max_epochs} epochs; "
                f"the model has the weights {weights}.",
                UserWarning,
                stacklevel=4,
            )


def _holds_windows(X):
    """Tell whether X is windows rather than a table of rows."""
    if isinstance(X, list | tuple):
        return np.ndim(X) == 3
    return getattr(X, "ndim", None) == 3 and not issparse(X)


def _is_array_of_windows(X):
    """Tell whether X is windows that know nothing of each other's rows."""
    return _holds_windows(X) and not isinstance(X, WindowArray)


def _in_one_run(windows):
    """Return windows that stand alone as windows of one run, each a row after the last."""
    length = windows.window_length
    rows = np.concatenate([windows.rows[: length - 1], windows.rows[length - 1 :: length]])
    return WindowArray(rows, length, ends=np.arange(length - 1, len(rows)))


def _check_finite_targets(y, labels):
    """Raise where targets are NaN or infinite; other faults are left to other checks."""
    y = np.asarray(y)
    if y.dtype.kind == "f" and y.ndim and y.size == len(y):
        check_finite(y, ["y"], "y", labels)


def _device(name):
    """Return the torch device of a name."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
