"""The regressor: a scikit-learn estimator around a skorch net."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from copy import copy

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted
from skorch import NeuralNetRegressor
from skorch.callbacks import LRScheduler

from sklearn_frictiongru.neural_network._data._input import read_windows
from sklearn_frictiongru.neural_network._data._scales import Scales
from sklearn_frictiongru.neural_network._data._score import score_complete
from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._saving._model_file import read_model, write_model
from sklearn_frictiongru.neural_network._saving._model_state import restore, state_of
from sklearn_frictiongru.neural_network._saving._onnx import export_onnx
from sklearn_frictiongru.neural_network._saving._own_units import module_of
from sklearn_frictiongru.neural_network._saving._whole_state import regressor_of, whole_state_of
from sklearn_frictiongru.neural_network._training._callbacks import shallow_copies
from sklearn_frictiongru.neural_network._training._parameters import CONSTRAINTS
from sklearn_frictiongru.neural_network._training._scikit_learn_callbacks import CallScikitLearn
from sklearn_frictiongru.neural_network._training._training import (
    Training,
    make_dataset,
    split_windows,
)
from sklearn_frictiongru.utils.callbacks import CallbackSupportMixin, with_callbacks
from sklearn_frictiongru.utils.doc_link import DocLinkMixin
from sklearn_frictiongru.utils.typing import Duration
from sklearn_frictiongru.utils.validation import check_same_index

PREDICT_BATCH_MULTIPLE = 16


class GRUFrictionRegressor(CallbackSupportMixin, DocLinkMixin, RegressorMixin, BaseEstimator):
    r"""Predict friction from windows of its recent history with convolutions and GRUs.

    The network of the published protocol: two 1-D convolutions, stacked GRU layers and one
    dense output, by default trained on the mean squared error with Adam. `fit` builds a skorch
    net and keeps it in `net_`.

    Windows come from a :class:`~sklearn_frictiongru.preprocessing.WindowArray` (what
    :class:`~sklearn_frictiongru.preprocessing.SlidingWindowTransformer` returns) or a
    3-D array of windows in the order of time; a 2-D table is read as windows of length
    1. Incomplete windows are left out of training and still get predictions.

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
        Learning rate.
    optimizer : str, class or callable, default="Adam"
        Name of an optimiser in `torch.optim`, an optimiser class, or a callable that makes one
        from weights and ``lr``, such as ``functools.partial(torch.optim.SGD, momentum=0.9)``.
    loss : {"squared_error", "huber"}, torch.nn.Module or callable, default="squared_error"
        Loss to minimise: the mean squared error; the Huber loss, which is linear beyond
        one standard deviation of the training targets; or a loss module, a class of loss
        modules or a function, called with standardised predictions and targets. A function
        such as ``torch.nn.functional.l1_loss`` gets ``reduction="none"`` if it accepts it.
    weight_decay : float, default=0.0
        Weight decay, for optimisers that have it.
    gradient_clip : float, default=None
        Gradients with a larger norm are scaled down to this norm.
    lr_schedule : {"cosine", "plateau"} or skorch.callbacks.LRScheduler, default=None
        Learning-rate schedule: decrease to zero along half a cosine over `max_epochs`;
        halving after five epochs without a lower loss; or a skorch callback.
    patience : int, default=None
        Early stopping: stop after this many epochs in a row without a lower validation loss.
    module : class, callable or torch.nn.Module, default=None
        A custom network. A class or function is called with those of
        ``n_features``, ``n_outputs``, ``conv_channels``, ``kernel_size``,
        ``hidden_size``, ``n_gru_layers``, ``dropout`` and ``seed`` that are among its
        parameters; a module is copied and starts from its weights, regardless of the
        seed. Its ``forward`` takes standardised windows of shape (n_windows,
        window_length, n_features) and returns shape (n_windows,) or (n_windows,
        n_outputs). It may use torch's global generators, which are seeded for the training
        and restored afterwards; such trainings in threads of one process run one at a time.
    callbacks : list of skorch.callbacks.Callback, default=None
        Additional skorch callbacks, such as :class:`skorch.callbacks.Checkpoint`: instances,
        classes, or tuples of a name and one of these. As in skorch, `fit` uses these
        objects without copying them. Clones, which searches and ensembles train, have shallow
        copies of them (and of `lr_schedule`): lists, logs and trials that a callback holds are
        shared, its own counters are not. Each training makes a new instance of a class.
    normalize_X : bool, default=True
        Whether to standardise each input with the mean and standard deviation of
        the rows in the training windows.
    normalize_y : bool, default=True
        Whether to standardise the target with the mean and standard deviation of the training
        targets.
    validation : float, splitter or None, default=0.2
        Validation windows during training. A number: this share of the complete windows of
        each run, at its end. A splitter with one split, such as
        :class:`~sklearn_frictiongru.model_selection.RunHoldout`: its test part; rows in
        neither part are not used. None: no validation.
    purge : int, str, pandas.Timedelta or numpy.timedelta64, default=None
        Training windows whose last row is at most this many rows (or this time, rounded up to
        rows) away from that of a validation window are left out. None means window_length - 1
        rows: no training window shares a row with a validation window.
    drop_last : bool, default=False
        Whether to leave out the last batch of an epoch if it is not full, as batch
        normalisation in a custom `module` may need. If no batch is full, it is kept.
    stride : int, default=1
        Train on every `stride`-th complete window, since neighbouring windows are near-copies.
        Validation and prediction use all windows.
    restore_best : bool, default=True
        Whether to restore the weights of the epoch with the lowest validation loss.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous `fit`. Means and scales remain
        those of the first one; windows, seed, optimiser and history are new.
    random_state : int, RandomState instance or None, default=None
        Seed of initial weights, batches and dropout masks. The same int gives an
        identical model on a CPU, regardless of other processes. The global generators
        are neither used nor changed; None draws a new seed from the system.
    device : str, default="auto"
        Torch device, such as "cpu", "cuda", "cuda:1" or "mps"; "auto" is a CUDA GPU if
        there is one, otherwise the CPU. Rows are moved there once, and windows are cut there.
    precision : {"float32", "float64", "bfloat16"}, default="float32"
        Precision of the network. With "bfloat16" the forward pass has mixed precision and the
        weights are float32: faster on GPUs that support it, slower on a CPU.
    backend : {"auto", "torch", "fused"}, default="auto"
        Implementation of the layers of the built-in network. "torch": torch's layers. "fused":
        compiled passes over the same weights that train several times faster on a CPU (extra
        ``fast``); an error if they cannot run. "auto": these if they can, otherwise torch's. The
        two agree except for rounding; a model that was trained with one predicts with the other.
        The fast passes use as many threads as torch, at most four, with identical results for any
        number of threads; torch's own layers use one thread.
    verbose : int, default=0
        1 prints a line per epoch, 2 shows a progress bar instead.

    Attributes
    ----------
    net_ : skorch.NeuralNetRegressor
        The trained net.
    n_features_in_ : int
        Number of inputs, the last axis of the windows.
    n_outputs_ : int
        Number of targets.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the inputs, where all are strings.
    window_length_ : int
        Number of rows of a window.
    X_mean_, X_scale_ : ndarray of shape (`n_features_in_`,)
        Mean and standard deviation of each input over the rows in the training windows, in
        its own unit; a constant input has scale 1.
    X_constant_ : ndarray of bool, shape (`n_features_in_`,)
        Whether each input is constant over these rows.
    y_mean_, y_scale_ : float or ndarray of shape (`n_outputs_`,)
        Mean and standard deviation of the training targets.
    training_indices_, validation_indices_ : ndarray of int, shape (n_training,) and (n_validation,)
        Numbers of the training and validation windows.
    n_purged_ : int
        Number of complete windows left out of training by the purge.
    history_ : pandas.DataFrame of shape (n_epochs, 5)
        Columns ``epoch`` (from 1), ``training_loss``, ``validation_loss``,
        ``learning_rate`` and ``seconds`` [s]. Losses are in squared units of `y`; those of a
        custom loss module, and of several targets, are of standardised values.
    n_epochs_ : int
        Number of finished epochs.
    best_epoch_ : int
        Epoch with the lowest validation loss; the last one without validation.
    best_validation_loss_ : float or None
        The lowest validation loss, as in `history_`; None without validation.
    validation_skill_ : float, ndarray of shape (`n_outputs_`,) or None
        Skill of the trained net over the validation windows, as of
        :func:`~sklearn_frictiongru.model_selection.skill_score`: 1 is perfect, 0 or less
        is no better than the better of two baselines. None without validation.
    interrupted_ : bool
        Whether a KeyboardInterrupt ended the training early.
    stopped_early_ : bool
        Whether `patience` or a callback ended the training early.
    seed_ : int
        The seed that was used.

    Raises
    ------
    ValueError
        If `X` or `y` holds NaN or infinity, no complete window is left to train on or
        fewer than fill one batch, the training diverges, or parameters contradict each
        other.

    Warns
    -----
    ConvergenceWarning
        If the last epoch has the lowest validation loss.
    UserWarning
        If the training was interrupted, if the predictions, a target or an input are
        constant.

    See Also
    --------
    sklearn_frictiongru.preprocessing.SlidingWindowTransformer : Makes the windows.
    sklearn_frictiongru.model_selection.WindowLengthSearchCV : Finds their length.
    GRUFrictionEnsemble : Several trainings, with prediction intervals.
    sklearn_frictiongru.rate_state.RateStateRegressor : The rate-and-state law of friction.

    Notes
    -----
    Each input is standardised with its mean and scale. Two convolutions of
    :math:`k` = `kernel_size` rows follow, which use only previous rows, with weights :math:`C_j`
    and zeros before the window:

    .. math:: c_t = \max \left( 0, \; b + \sum_{j=0}^{k-1} C_j \, x_{t-j} \right)

    Each GRU layer reads what the layer before it returns, from a state of zero at the window's
    first row, with the logistic function :math:`\sigma` and products :math:`\odot` value by
    value:

    .. math::

        r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) \\
        z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
        n_t &= \tanh(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + d_n)) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    The prediction is linear in the last state of the last layer. The sizes of the published
    network are not known; the defaults are those of this package.

    A 2-D table with fewer rows than a batch is trained on in one batch, as in
    scikit-learn's own networks. For windows it is an error, since it usually means that runs
    were cut into pieces shorter than a window.

    A window of weight zero is neither trained on nor validated with. If the order of
    windows does not matter (one batch, no validation, ``precision="float64"``), integer
    weights are equivalent to repeated windows.

    References
    ----------
    Cho, K., van Merriënboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H., Bengio, Y.
    (2014). Learning phrase representations using RNN encoder-decoder for statistical machine
    translation. Proceedings of EMNLP 2014, 1724-1734.

    Huber, P. J. (1964). Robust estimation of a location parameter. Annals of Mathematical
    Statistics, 35(1), 73-101.

    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. International
    Conference on Learning Representations. arXiv:1412.6980.

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

    net_: NeuralNetRegressor
    n_features_in_: int
    n_outputs_: int
    feature_names_in_: NDArray[np.object_]
    window_length_: int
    X_mean_: NDArray[np.float64]
    X_scale_: NDArray[np.float64]
    X_constant_: NDArray[np.bool_]
    y_mean_: float | NDArray[np.float64]
    y_scale_: float | NDArray[np.float64]
    training_indices_: NDArray[np.intp]
    validation_indices_: NDArray[np.intp]
    n_purged_: int
    n_epochs_: int
    best_epoch_: int
    best_validation_loss_: float | None
    validation_skill_: float | NDArray[np.float64] | None
    interrupted_: bool
    stopped_early_: bool
    seed_: int

    _parameter_constraints: dict = CONSTRAINTS

    def __init__(
        self,
        *,
        conv_channels: int = 32,
        kernel_size: int = 5,
        hidden_size: int = 32,
        n_gru_layers: int = 4,
        dropout: float = 0.0,
        batch_size: int = 64,
        max_epochs: int = 100,
        lr: float = 0.001,
        optimizer: str | Callable = "Adam",
        loss: str | Callable = "squared_error",
        weight_decay: float = 0.0,
        gradient_clip: float | None = None,
        lr_schedule: str | LRScheduler | None = None,
        patience: int | None = None,
        module: Callable | None = None,
        callbacks: Sequence | None = None,
        normalize_X: bool = True,
        normalize_y: bool = True,
        validation: object = 0.2,
        purge: Duration | None = None,
        drop_last: bool = False,
        stride: int = 1,
        restore_best: bool = True,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        precision: str = "float32",
        backend: str = "auto",
        verbose: int = 0,
    ) -> None:
        self.conv_channels = conv_channels
        self.kernel_size = kernel_size
        self.hidden_size = hidden_size
        self.n_gru_layers = n_gru_layers
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.lr = lr
        self.optimizer = optimizer
        self.loss = loss
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.lr_schedule = lr_schedule
        self.patience = patience
        self.module = module
        self.callbacks = callbacks
        self.normalize_X = normalize_X
        self.normalize_y = normalize_y
        self.validation = validation
        self.purge = purge
        self.drop_last = drop_last
        self.stride = stride
        self.restore_best = restore_best
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device
        self.precision = precision
        self.backend = backend
        self.verbose = verbose

    @property
    def history_(self) -> pd.DataFrame:
        """Losses of each epoch; see the attributes of the class."""
        # Stored as plain arrays: formats of models such as skops know no data frames.
        if "_history" not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted and has no history_.")
        return pd.DataFrame(self._history)

    @with_callbacks
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> GRUFrictionRegressor:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows, as in a `WindowArray`, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets of each window, at its last row.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows in training and validation loss, means and scales.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor.

        Raises
        ------
        ValueError
            As described for the class.
        """
        warm = self.warm_start and hasattr(self, "net_")
        training = Training.prepare(self, X, y, sample_weight, warm=warm)
        training.run(
            start=self.net_.module_.state_dict() if warm else None,
            callback=CallScikitLearn.begin(self, X, y, sample_weight),
        )
        return self

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> GRUFrictionRegressor:
        """Train for one epoch over these windows.

        The first call learns means and scales, and later calls keep them. All complete
        windows, or every `stride`-th one, are used for training. There is no validation, and
        schedule, patience and best epoch are not used. The optimiser continues from the last call
        or `fit`; that of a loaded model starts again.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows, as in a `WindowArray`, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets of each window, at its last row.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows in this epoch.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor; `history_` has one more epoch.

        Raises
        ------
        ValueError
            As described for the class.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 1))
        >>> model = GRUFrictionRegressor(hidden_size=8, n_gru_layers=1, random_state=0)
        >>> for piece in (slice(0, 100), slice(100, 200)):
        ...     model = model.partial_fit(X[piece], 0.6 + 0.1 * X[piece, 0])
        >>> model.history_["epoch"].to_list()
        [1, 2]
        """
        first = not hasattr(self, "net_")
        Training.prepare_epoch(self, X, y, sample_weight, first=first).run_epoch(first)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predict the target of each window.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows of the length seen in `fit`.

        Returns
        -------
        ndarray of shape (n_windows,) or (n_windows, n_outputs)
            Predictions, in the unit of the targets; also for windows that are not
            complete.

        Raises
        ------
        ValueError
            If the windows have another length or other inputs than those in `fit`.
        """
        check_is_fitted(self, "net_")
        dataset = self.dataset(X)
        n_windows = len(dataset)
        # Matrix products round differently for the left-over rows of a batch. Full batches
        # make a prediction independent of the other windows, to the last bit.
        filling = np.full(-n_windows % PREDICT_BATCH_MULTIPLE, n_windows - 1)
        filled = dataset.subset(np.concatenate([np.arange(n_windows), filling]))
        with flushed_threads():
            standardized = self.net_.predict(filled)[:n_windows]
        return Scales.of(self).to_target_units(standardized.astype(np.float64))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R2 over the complete windows.

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

    def split_windows(
        self, X: ArrayLike, y: ArrayLike
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return which windows `fit` trains on and which validate.

        Nothing is fitted or changed.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows, as in a `WindowArray`, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets, for a splitter that uses them.

        Returns
        -------
        training : ndarray of int, shape (n_training,)
            Numbers of the windows that `training_indices_` would hold.
        validating : ndarray of int, shape (n_validation,)
            Numbers of those that `validation_indices_` would hold.

        Raises
        ------
        ValueError
            If no complete window is left to validate with, or a splitter gives more than
            one split.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X, y = np.arange(40.0).reshape(20, 2), np.arange(20.0)
        >>> windows = SlidingWindowTransformer(window_length=3).fit_transform(X)
        >>> training, validating = GRUFrictionRegressor(validation=0.2).split_windows(
        ...     windows, y
        ... )
        >>> training
        array([ 2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13])
        >>> validating
        array([16, 17, 18, 19])
        """
        check_same_index(X, y)
        windows = read_windows(clone(self), X, reset=True)
        training, validating, _ = split_windows(self, windows, y, None, self.validation)
        return training, validating

    def dataset(self, X: ArrayLike, y: NDArray | None = None) -> torch.utils.data.Dataset:
        """Return windows and targets in the form that the trained network gets.

        Parameters
        ----------
        X : array-like of shape (n_windows, window_length, n_features) or (n_rows, n_features)
            Windows of the length seen in `fit`.
        y : ndarray of shape (n_windows,) or (n_windows, n_outputs), default=None
            Targets, in their own unit.

        Returns
        -------
        WindowDataset
            Standardised windows and targets on the net's device: a torch dataset with a length,
            whose items are pairs of a window and its target.

        Raises
        ------
        ValueError
            If the windows have another length or other inputs than those in `fit`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = 20.0 + np.random.default_rng(0).normal(size=(80, 2))
        >>> y = 0.03 * X[:, 0]
        >>> model = GRUFrictionRegressor(hidden_size=8, max_epochs=1).fit(X, y)
        >>> dataset = model.dataset(X, y)
        >>> window, target = dataset[0]
        >>> len(dataset), tuple(window.shape), bool(abs(window).max() < 5)
        (80, (1, 2), True)
        """
        check_is_fitted(self, "net_")
        windows = read_windows(self, X, reset=False)
        # A model trained on another device is on the device to which it was loaded.
        device, dtype = torch.device(self.net_.device), self.net_.module__dtype
        return make_dataset(self, windows, y, device=device, dtype=dtype)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file that runs no code when it is loaded.

        Weights are in the safetensors format, parameters and fitted attributes as JSON
        in its header, with a version and a checksum. Parameters that hold objects
        (splitter, callbacks, a custom loss) are left out, with a warning; the state
        of the optimiser is not stored.

        Parameters
        ----------
        path : path-like
            Path of the file; an existing file is replaced when the new one is complete.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the regressor is not fitted.

        See Also
        --------
        load : Reads the file.
        save_model : Saves any model, such as a pipeline that ends in a regressor.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(n_gru_layers=1, patience=3, random_state=0)
        >>> model = model.fit(X, 0.6 + 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     model.save(path)
        ...     loaded = GRUFrictionRegressor.load(path)
        >>> bool((loaded.predict(X) == model.predict(X)).all())
        True
        """
        check_is_fitted(self, "net_")
        write_model(path, *state_of(self))

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], module: Callable | None = None
    ) -> GRUFrictionRegressor:
        """Load a model from a file that `save` has written.

        Parameters
        ----------
        path : path-like
            Path of the file.
        module : class, callable or torch.nn.Module, default=None
            The module of the training, if it was a custom one: it is never imported by a
            name from a file.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor; on the CPU if its device is not available.

        Raises
        ------
        ModelFileError
            If the file holds no model, has been truncated or altered, or has a newer
            format.
        ValueError
            If `module` is missing, or given for the built-in network.

        See Also
        --------
        save : Writes the file.
        ModelFileError : Raised if the file cannot be used.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(hidden_size=8, max_epochs=2).fit(X, 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     model.save(path)
        ...     GRUFrictionRegressor.load(path).hidden_size
        8
        """
        regressor = cls()
        document, tensors = read_model(path)
        restore(regressor, document, tensors, module, str(path))
        return regressor

    def torch_module(self) -> torch.nn.Module:
        """Return the model as a plain torch module, for tools that inspect networks.

        It takes windows, a tensor of shape (n_windows, window_length, n_features), in the
        inputs' own units and returns predictions in those of the targets, of shape (n_windows,
        n_outputs) and of the windows' type. It is a copy on the CPU, in evaluation mode, and
        runs on torch's own layers: hooks run, second derivatives are right, and captum, shap,
        ``torch.export`` and ``torch.func`` work. The trained
        network itself is its attribute ``module``.

        Returns
        -------
        torch.nn.Module
            The module.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the regressor is not fitted.

        See Also
        --------
        to_onnx : Writes the model for use without Python.

        Examples
        --------
        >>> import numpy as np
        >>> import torch
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(hidden_size=8, max_epochs=2).fit(X, 0.1 * X[:, 0])
        >>> module = model.torch_module()
        >>> predicted = module(torch.as_tensor(X.reshape(80, 1, 2)))
        >>> tuple(predicted.shape)
        (80, 1)
        >>> bool(np.abs(predicted[:, 0].detach().numpy() - model.predict(X)).max() < 1e-6)
        True
        >>> [name for name, _ in module.module.named_children()]
        ['convolutions', 'gru_layers', 'dropouts', 'dense']
        """
        check_is_fitted(self, "net_")
        return module_of(self, columns=True)

    def to_onnx(self, path: str | os.PathLike[str], *, dynamo: bool = False) -> None:
        """Write the model as an ONNX file, for use without Python.

        Its input ``windows`` is float64 of shape (n_windows, window_length, n_features)
        in the inputs' own units, its output ``prediction`` float64 in those of the
        targets. The network between them calculates in float32 for any `precision`:
        runtimes lack convolutions in float64.

        Parameters
        ----------
        path : path-like
            Path of the file.
        dynamo : bool, default=False
            Whether to use torch's newer exporter, which may support a custom module
            that the older one does not. It writes the steps of a GRU one by one, which takes
            two minutes for windows of 400 rows; the older one takes half a second.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the regressor is not fitted.
        ImportError
            If onnx is not installed; it comes with the extra ``onnx``.

        See Also
        --------
        torch_module : The model as a torch module.
        sklearn_frictiongru.neural_network.to_onnx : Writes pipelines too, with names and units.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> import onnxruntime
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(hidden_size=8, max_epochs=2).fit(X, 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.onnx")
        ...     model.to_onnx(path)
        ...     session = onnxruntime.InferenceSession(path)
        >>> (predicted,) = session.run(None, {"windows": X.reshape(80, 1, 2)})
        >>> bool(np.abs(predicted - model.predict(X)).max() < 1e-5)
        True
        """
        check_is_fitted(self, "net_")
        export_onnx(self, path, dynamo)

    def _plain_state(self, writer):
        """Return what a file of a pipeline, an ensemble or a sweep holds of it."""
        return whole_state_of(self, writer)

    @classmethod
    def _from_plain_state(cls, state):
        """Return the regressor of such a file."""
        return regressor_of(cls, state)

    def __sklearn_clone__(self):
        # scikit-learn would build callbacks from their attributes, and copy what they hold.
        held = {name: getattr(self, name) for name in ("callbacks", "lr_schedule")}
        if all(value is None or isinstance(value, str) for value in held.values()):
            return super().__sklearn_clone__()
        # A subclass may not have them as parameters.
        held = {name: held[name] for name in held.keys() & self.get_params(deep=False).keys()}
        rest = copy(self).set_params(**dict.fromkeys(held))
        copies = {name: shallow_copies(value) for name, value in held.items()}
        return BaseEstimator.__sklearn_clone__(rest).set_params(**copies)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags
