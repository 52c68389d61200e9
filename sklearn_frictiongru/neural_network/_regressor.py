"""The regressor: a scikit-learn estimator around a skorch net."""

from contextlib import nullcontext
from copy import deepcopy
from inspect import isclass
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback, EarlyStopping, LRScheduler

from sklearn_frictiongru.neural_network._data._batches import WindowDataset
from sklearn_frictiongru.neural_network._data._input import (
    read_training_data,
    read_windows,
)
from sklearn_frictiongru.neural_network._data._scales import learn_scales
from sklearn_frictiongru.neural_network._data._score import score_complete
from sklearn_frictiongru.neural_network._data._split import split_training_windows, trainable
from sklearn_frictiongru.neural_network._layers._fused import fused_available
from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._saving._model_file import read_model, write_model
from sklearn_frictiongru.neural_network._saving._model_state import restore, state_of
from sklearn_frictiongru.neural_network._saving._onnx import InOwnUnits, export_onnx
from sklearn_frictiongru.neural_network._training._build_net import (
    LOSSES,
    OPTIMIZERS,
    PRECISIONS,
    build_net,
)
from sklearn_frictiongru.neural_network._training._checkpoint import (
    CheckpointUnreadableError,
    checkpoint_callback,
)
from sklearn_frictiongru.neural_network._training._devices import torch_device
from sklearn_frictiongru.neural_network._training._generators import seeded_global_generator
from sklearn_frictiongru.neural_network._training._history import (
    history_frame,
    warn_of_constants,
    warn_of_training,
)
from sklearn_frictiongru.neural_network._training._scikit_learn_callbacks import (
    CallbackSupportMixin,
    CallScikitLearn,
    with_callbacks,
)
from sklearn_frictiongru.neural_network._training._validation_skill import validation_skill
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.validation import column_names

PREDICT_BATCH_MULTIPLE = 16


class GRUFrictionRegressor(CallbackSupportMixin, RegressorMixin, BaseEstimator):
    r"""Predict friction from windows of its recent history with convolutions and GRUs.

    The network of the published protocol: two 1-D convolutions, stacked GRU layers, one
    dense output, trained on the mean squared error with Adam unless other parameters say
    otherwise. A skorch net is built in `fit` and kept in `net_`.

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
        Learning rate.
    optimizer : str or class, default="Adam"
        Name of an optimiser in `torch.optim`, or a class of one's own.
    loss : {"squared", "huber"} or torch.nn.Module, default="squared"
        What is minimised: the mean squared error; the Huber loss, which is linear beyond
        one standard deviation of the training targets; or a loss module or class, called
        with standardised predictions and targets.
    weight_decay : float, default=0.0
        Weight decay, for optimisers that have it.
    gradient_clip : float, default=None
        Gradients whose norm is larger are shortened to it.
    lr_schedule : {"cosine", "plateau"} or skorch.callbacks.LRScheduler, default=None
        How the learning rate goes on: down to zero along half a cosine over `max_epochs`;
        halved after five epochs without a lower loss; or as a skorch callback says.
    patience : int, default=None
        Stop after so many epochs in a row without a lower validation loss.
    module : class, callable or torch.nn.Module, default=None
        A network of one's own. A class or function is called with those of
        ``n_features``, ``n_outputs``, ``conv_channels``, ``kernel_size``,
        ``hidden_size``, ``n_gru_layers``, ``dropout`` and ``seed`` that it has
        parameters for; a module is copied and starts from its weights, whatever the
        seed. Its ``forward`` takes standardised windows of shape (n_windows,
        window_length, n_features) and returns shape (n_windows,) or (n_windows,
        n_outputs). It may draw from torch's global generators, which are seeded for the
        training and put back; such trainings in threads of one process take turns.
    callbacks : list of skorch.callbacks.Callback, default=None
        More callbacks of skorch's, such as :class:`skorch.callbacks.Checkpoint`, or
        tuples of a name and one. They are copied; those that were used are in `net_`.
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
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one. Means and scales stay
        those of the first; windows, seed, optimiser and history are of the new one.
    random_state : int, RandomState instance or None, default=None
        Seed of initial weights, batches and dropout masks. The same int gives the same
        model to the last bit on a CPU, whatever runs beside it. The global generators
        are neither used nor touched; None draws a fresh seed from the system.
    device : str, default="auto"
        Torch device, such as "cpu", "cuda", "cuda:1" or "mps"; "auto" is a CUDA GPU where
        there is one, else the CPU. Rows are moved there once and windows cut there.
    precision : {"float32", "float64", "bfloat16"}, default="float32"
        What the network calculates in. With "bfloat16" its forward pass is of mixed
        precision, the weights are float32: faster on GPUs made for it, slower on a CPU.
    backend : {"auto", "torch", "fused"}, default="auto"
        What runs the layers of the built-in network. "torch": its own. "fused": passes over
        the same weights that train several times faster on a CPU (extra ``fast``); an error
        where they cannot run. "auto": these where they can, else torch's. The two agree but
        for rounding; a model that was trained with one predicts with the other. The fast
        passes take as many threads as torch has, at most four, and give the same result to
        the last bit on any number of them; torch's own layers take one.
    verbose : int, default=0
        1 prints a line per epoch, 2 shows a progress bar instead.

    Attributes
    ----------
    net_ : skorch.NeuralNetRegressor
        The trained net.
    n_features_in_ : int
        Number of parameters, the last axis of the windows.
    n_outputs_ : int
        Number of targets.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the parameters, where all are strings.
    window_length_ : int
        Number of rows of a window.
    X_mean_, X_scale_ : ndarray of shape (`n_features_in_`,)
        Mean and standard deviation of each parameter over the rows in the training
        windows, in its own unit; a constant parameter has scale 1.
    X_constant_ : ndarray of bool, shape (`n_features_in_`,)
        Whether each parameter is constant over these rows.
    y_mean_, y_scale_ : float or ndarray of shape (`n_outputs_`,)
        The same of the training targets.
    training_indices_, validation_indices_ : ndarray of int, shape (n_training,) and (n_validation,)
        Numbers of the windows that were trained on and that validated.
    n_purged_ : int
        Number of complete windows that the purge left out of training.
    history_ : pandas.DataFrame of shape (n_epochs, 5)
        Columns ``epoch`` (from 1), ``training_loss``, ``validation_loss``,
        ``learning_rate`` and ``seconds`` [s]. Losses are in squared units of `y`; those of a
        loss module of one's own, and of several targets, are of standardised values.
    n_epochs_ : int
        Number of finished epochs.
    best_epoch_ : int
        Epoch with the lowest validation loss; the last one without validation.
    best_validation_loss_ : float or None
        The lowest validation loss, as in `history_`; None without validation.
    validation_skill_ : float, ndarray of shape (`n_outputs_`,) or None
        Skill of the trained net over the validation windows, as of
        :func:`~sklearn_frictiongru.model_selection.skill_score`: 1 is perfect, 0 or less
        is no better than the better of two simple guesses. None without validation.
    interrupted_ : bool
        Whether a KeyboardInterrupt ended the training early.
    stopped_early_ : bool
        Whether `patience`, or a callback, did.
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
        If the training was interrupted, if the predictions, a target or a parameter are
        constant.

    See Also
    --------
    sklearn_frictiongru.preprocessing.SlidingWindowTransformer : Makes the windows.
    sklearn_frictiongru.model_selection.WindowLengthSearchCV : Finds their length.

    Notes
    -----
    Each parameter is standardised with its mean and scale. Two convolutions of
    :math:`k` = `kernel_size` rows follow, which look back only, with weights :math:`C_j` and
    zeros for what lies before the window:

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
    network are not known; the defaults of this class are its own.

    A 2-D table with fewer rows than a batch is trained on in one batch, as in
    scikit-learn's own networks. For windows it is an error: it mostly means that runs
    were cut into pieces shorter than a window.

    A window of weight zero is neither trained on nor validated with. Where the order of
    windows has no say (one batch, no validation, ``precision="float64"``), whole weights
    are the same as repeated windows.

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

    _parameter_constraints: dict = {
        "conv_channels": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_gru_layers": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
        "loss": [StrOptions(set(LOSSES)), callable],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
        "lr_schedule": [StrOptions({"cosine", "plateau"}), LRScheduler, None],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "module": [callable, None],
        "callbacks": [list, tuple, None],
        "normalize_X": ["boolean"],
        "normalize_y": ["boolean"],
        "validation": [Interval(Real, 0, 1, closed="neither"), HasMethods(["split"]), None],
        "purge": [Interval(Integral, 0, None, closed="left"), None],
        "stride": [Interval(Integral, 1, None, closed="left")],
        "restore_best": ["boolean"],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "device": [str],
        "precision": [StrOptions(set(PRECISIONS))],
        "backend": [StrOptions({"auto", "torch", "fused"})],
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
        optimizer="Adam",
        loss="squared",
        weight_decay=0.0,
        gradient_clip=None,
        lr_schedule=None,
        patience=None,
        module=None,
        callbacks=None,
        normalize_X=True,
        normalize_y=True,
        validation=0.2,
        purge=None,
        stride=1,
        restore_best=True,
        warm_start=False,
        random_state=None,
        device="auto",
        precision="float32",
        backend="auto",
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
        self.stride = stride
        self.restore_best = restore_best
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device
        self.precision = precision
        self.backend = backend
        self.verbose = verbose

    @with_callbacks
    def fit(self, X, y, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows, or rows that are taken as windows of length 1.
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
        windows, targets, weights, scales = self._prepare(X, y, sample_weight, warm)
        names = getattr(self, "feature_names_in_", column_names(None, self.n_features_in_))
        warn_of_constants(scales.X_constant, names, scales.y_constant)
        if not warm:
            self._take(scales)
        self.seed_ = draw_seed(self.random_state)
        with flushed_threads():
            training_set, validation_set = self._train(
                windows,
                targets,
                weights,
                start=self.net_.module_.state_dict() if warm else None,
                tell=self._scikit_learn_callback(X, y, sample_weight),
            )
            self._learn_skill(validation_set, targets, windows.runs)
            warn_of_training(self, training_set, scales.y_constant)
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch over these windows.

        The first call learns means and scales, which later ones keep. All complete
        windows are trained on, thinned by `stride`; none validates, and schedule,
        patience and best epoch have no say. The optimiser goes on where the last call or
        `fit` has left it; that of a loaded model begins anew.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
            Windows, or rows that are taken as windows of length 1.
        y : array-like of shape (n_windows,) or (n_windows, n_outputs)
            Targets of each window, at its last row.
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows in this epoch.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor; `history_` goes on by one epoch.

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
        self._validate_params()
        self._check_combinations()
        first = not hasattr(self, "net_")
        windows, targets, weights = read_training_data(self, X, y, sample_weight, reset=first)
        self._learn_shapes(windows, targets, reset=first)
        self.training_indices_, self.validation_indices_, self.n_purged_ = split_training_windows(
            windows, targets, weights, validation=None, purge=0, stride=self.stride
        )
        self._check_enough_windows(windows, weights)
        if first:
            self._take(learn_scales(windows, targets, self.training_indices_, weights))
            self.seed_ = draw_seed(self.random_state)
        with flushed_threads():
            self._train_one_epoch(windows, targets, weights, first)
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
        ndarray of shape (n_windows,) or (n_windows, n_outputs)
            Predictions, in the unit of the targets; also for windows that are not
            complete.

        Raises
        ------
        ValueError
            If the windows have another length or other parameters than those in `fit`.
        """
        check_is_fitted(self, "net_")
        dataset = self.dataset(X)
        n_windows = len(dataset)
        # Matrix products round differently for the left-over rows of a batch. Full batches
        # make a prediction the same to the last bit, whatever is predicted beside it.
        filling = np.full(-n_windows % PREDICT_BATCH_MULTIPLE, n_windows - 1)
        filled = dataset.subset(np.concatenate([np.arange(n_windows), filling]))
        with flushed_threads():
            standardised = self.net_.predict(filled)[:n_windows]
        return self._in_own_units(standardised)

    def score(self, X, y, sample_weight=None):
        """Return R2 over the complete windows.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
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

    def dataset(self, X, y=None):
        """Return windows and targets as the trained network gets them.

        Parameters
        ----------
        X : WindowArray or array-like of shape (n_windows, window_length, n_features), \
or array-like of shape (n_rows, n_features)
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
            If the windows have another length or other parameters than those in `fit`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = 20.0 + np.random.default_rng(0).normal(size=(80, 2))
        >>> y = 0.03 * X[:, 0]
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=1, random_state=0
        ... ).fit(X, y)
        >>> dataset = model.dataset(X, y)
        >>> window, target = dataset[0]
        >>> len(dataset), tuple(window.shape), bool(abs(window).max() < 5)
        (80, (1, 2), True)
        """
        check_is_fitted(self, "net_")
        windows = read_windows(self, X, reset=False)
        # A model that was trained elsewhere is where it has been loaded to.
        return self._make_dataset(windows, y, None, torch.device(self.net_.device))

    def save(self, path):
        """Write the model to a file that runs no code when it is loaded.

        Weights stand in the safetensors format, parameters and fitted attributes as JSON
        in its header, with a version and a checksum. Parameters that hold objects
        (splitter, callbacks, a loss of one's own) are left out, with a warning; the state
        of the optimiser is not stored.

        Parameters
        ----------
        path : path-like
            Where to write; what stands there is replaced once the file is whole.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the regressor is not fitted.
        ImportError
            If safetensors is not installed; it comes with the extra ``io``.

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
    def load(cls, path, module=None):
        """Return the model of a file that `save` has written.

        Parameters
        ----------
        path : path-like
            Where the file stands.
        module : class, callable or torch.nn.Module, default=None
            What the model was trained with, if that was a module of the user's own: it is
            never imported by a name that stands in a file.

        Returns
        -------
        GRUFrictionRegressor
            The fitted regressor; on the CPU where its device is not there.

        Raises
        ------
        ModelFileError
            If the file holds no model, has been cut off or altered, or is of a newer
            format.
        ValueError
            If `module` is missing, or given for the built-in network.
        ImportError
            If safetensors is not installed; it comes with the extra ``io``.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=2, random_state=0
        ... ).fit(X, 0.6 + 0.1 * X[:, 0])
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

    def to_onnx(self, path, *, dynamo=False):
        """Write the model as an ONNX file, for use without Python.

        Its input ``windows`` is float64 of shape (n_windows, window_length, n_features)
        in the parameters' own units, its output ``prediction`` float64 in those of the
        targets. The network between them calculates in float32, whatever `precision` is:
        runtimes lack convolutions in float64.

        Parameters
        ----------
        path : path-like
            Where to write.
        dynamo : bool, default=False
            Whether to use torch's newer exporter, which may know a module of one's own
            that the older one does not. It writes the steps of a GRU one by one, in two
            minutes for windows of 400 rows, where the older one takes half a second.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the regressor is not fitted.
        ImportError
            If onnx is not installed; it comes with the extra ``onnx``.

        Examples
        --------
        >>> import os, tempfile
        >>> import numpy as np
        >>> import onnxruntime
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=2, random_state=0
        ... ).fit(X, 0.6 + 0.1 * X[:, 0])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.onnx")
        ...     model.to_onnx(path)
        ...     session = onnxruntime.InferenceSession(path)
        >>> (predicted,) = session.run(None, {"windows": X.reshape(80, 1, 2)})
        >>> bool(np.abs(predicted - model.predict(X)).max() < 1e-5)
        True
        """
        check_is_fitted(self, "net_")
        module = deepcopy(self.net_.module_).cpu()
        # Exporters follow torch's own layers.
        module.backend = "torch"
        model = InOwnUnits(
            module,
            *self._X_standardisation,
            self._y_offset,
            self._y_factor,
        )
        export_onnx(model.eval(), path, self.window_length_, self.n_features_in_, dynamo)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def _make_dataset(self, windows, y, sample_weight, device):
        offset, factor = self._X_standardisation
        return WindowDataset(
            windows,
            None if y is None else (y - self._y_offset) / self._y_factor,
            sample_weight,
            mean=offset,
            scale=factor,
            device=device,
            dtype=PRECISIONS[self.precision],
        )

    @property
    def _X_standardisation(self):
        if self.normalize_X:
            return self.X_mean_, self.X_scale_
        return np.zeros(self.n_features_in_), np.ones(self.n_features_in_)

    @property
    def _y_offset(self):
        return self.y_mean_ if self.normalize_y else 0.0 * self.y_mean_

    @property
    def _y_factor(self):
        return self.y_scale_ if self.normalize_y else self.y_scale_ / self.y_scale_

    def _in_own_units(self, standardised):
        return standardised.astype(np.float64) * self._y_factor + self._y_offset

    @property
    def _loss_unit(self):
        if self.n_outputs_ > 1 or not isinstance(self.loss, str):
            return 1.0
        return self._y_factor**2

    def _check_combinations(self):
        """Raise where parameters contradict each other."""
        if self.patience is not None and self.validation is None:
            raise ValueError(
                f"patience={self.patience} waits for a lower validation loss, but validation is "
                "None. Set validation, or patience=None."
            )
        if isclass(self.optimizer) and not issubclass(self.optimizer, torch.optim.Optimizer):
            raise ValueError(
                f"optimizer is {self.optimizer!r}; expected a subclass of torch.optim.Optimizer, "
                "or the name of one in torch.optim."
            )
        if self.precision == "float64" and torch_device(self.device).type == "mps":
            raise ValueError("device 'mps' has no float64; use precision='float32' there.")
        if self.backend == "fused":
            self._check_fused()
        for callback in self.callbacks or ():
            of_skorch = callback[-1] if isinstance(callback, tuple) else callback
            if not isinstance(of_skorch, Callback):
                raise ValueError(
                    f"callbacks holds {callback!r}; expected instances of skorch's Callback, or "
                    "tuples of a name and one. scikit-learn's go into set_callbacks()."
                )

    def _prepare(self, X, y, sample_weight, warm):
        """Read what is trained on and learn all that can be known before the training.

        Means and scales are returned, since a warm start keeps those it has.
        """
        self._validate_params()
        self._check_combinations()
        windows, targets, weights = read_training_data(self, X, y, sample_weight, reset=not warm)
        self._learn_shapes(windows, targets, reset=not warm)
        self.training_indices_, self.validation_indices_, self.n_purged_ = split_training_windows(
            windows,
            targets,
            weights,
            validation=self.validation,
            purge=self.window_length_ - 1 if self.purge is None else self.purge,
            stride=self.stride,
        )
        self._check_enough_windows(windows, weights)
        scales = learn_scales(windows, targets, self.training_indices_, weights)
        return windows, targets, weights, scales

    def _check_fused(self):
        """Raise where the fast passes are asked for and cannot run."""
        device = torch_device(self.device)
        dtype = torch.float64 if self.precision == "float64" else torch.float32
        reason = None
        if self.module is not None:
            reason = "module is not the built-in network"
        elif device.type != "cpu":
            reason = f"device is {str(device)!r}"
        elif self.precision == "bfloat16":
            reason = "precision is 'bfloat16'"
        elif not fused_available(device, dtype):
            reason = "numba is not installed (pip install 'sklearn_frictiongru[fast]')"
        if reason is not None:
            raise ValueError(
                f"backend is 'fused', but {reason}; the fast passes run the built-in network on "
                "a CPU in float32 or float64. Use backend='auto'."
            )

    def _learn_shapes(self, windows, y, reset):
        """Learn, or compare, the window length and the number of targets."""
        n_outputs = 1 if y.ndim == 1 else y.shape[1]
        if not reset and n_outputs != self.n_outputs_:
            raise ValueError(
                f"y has {n_outputs} targets; expected {self.n_outputs_}, as in the first fit."
            )
        self.window_length_, self.n_outputs_ = windows.window_length, n_outputs

    def _take(self, scales):
        self.X_mean_, self.X_scale_ = scales.X_mean, scales.X_scale
        self.X_constant_ = scales.X_constant
        self.y_mean_, self.y_scale_ = scales.y_mean, scales.y_scale

    def _check_enough_windows(self, windows, sample_weight):
        """Raise if there is nothing, or too little, to train on."""
        n_complete = int(trainable(windows, sample_weight).sum())
        n_training = len(self.training_indices_)
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

    def _scikit_learn_callback(self, X, y, sample_weight):
        """Return what tells scikit-learn's callbacks of the training, if it has any."""
        if not hasattr(self, "_init_callback_context"):
            return None
        context = self._init_callback_context(max_subtasks=self.max_epochs)
        tell = CallScikitLearn(self, context, X, y, sample_weight)
        context.call_on_fit_task_begin(**tell.data)
        return tell

    def _own_generators(self, device):
        """Seed torch's global generators for a module that may use them."""
        if self.module is None:
            return nullcontext()
        return seeded_global_generator(self.seed_, device)

    def _train(self, windows, y, sample_weight, start, tell):
        """Build the net, train it, and return what it was trained on and what validated it."""
        device = torch_device(self.device)
        training_set, validation_set = self._datasets(windows, y, sample_weight, device)
        try:
            net = self._train_net(device, training_set, validation_set, start, tell)
        except CheckpointUnreadableError:
            net = self._train_net(device, training_set, validation_set, start, tell)
        self._keep_net(net, validation_set is not None)
        if tell is not None:
            tell.context.call_on_fit_task_end(
                **tell.data, reconstruction_attributes=lambda: vars(self)
            )
        return training_set, validation_set

    def _datasets(self, windows, y, sample_weight, device):
        """Return what is trained on and what validates, or None for the latter."""
        return tuple(
            self._make_dataset(
                windows[numbers],
                y[numbers],
                _of_mean_one(sample_weight, numbers),
                device,
            )
            if len(numbers)
            else None
            for numbers in (self.training_indices_, self.validation_indices_)
        )

    def _keep_net(self, net, validated):
        """Keep a trained net, and what its training did."""
        self._read_history(net, validated)
        # Neither the record nor this estimator may travel with the weights.
        net.train_split = None
        _drop_callbacks(net, {"scikit_learn", "checkpoint"})
        net.max_epochs = self.max_epochs
        self.net_ = net

    def _learn_skill(self, validation_set, y, runs):
        """Learn what the trained net adds to the simple guesses."""
        self.validation_skill_ = None
        if validation_set is not None:
            self.validation_skill_ = validation_skill(
                self._in_own_units(self.net_.predict(validation_set)),
                y,
                runs,
                self.training_indices_,
                self.validation_indices_,
            )

    def _train_net(self, device, training_set, validation_set, start, tell):
        """Return a net, built and trained."""
        net = build_net(self, device, validation_set)
        if tell is not None:
            net.callbacks.append(("scikit_learn", tell))
        checkpoint = checkpoint_callback(own_module=self.module is not None)
        if checkpoint is not None:
            net.callbacks.append(("checkpoint", checkpoint))
        with self._own_generators(device):
            net.initialize()
            if start is not None:
                net.module_.load_state_dict(start)
            net.partial_fit(training_set)
        return net

    def _train_one_epoch(self, windows, y, sample_weight, first):
        """Train for one epoch more, with the optimiser as it stands."""
        device = torch_device(self.device) if first else torch.device(self.net_.device)
        numbers = self.training_indices_
        training_set = self._make_dataset(
            windows[numbers],
            y[numbers],
            _of_mean_one(sample_weight, numbers),
            device,
        )
        net = build_net(self, device) if first else self.net_
        with self._own_generators(device):
            if first:
                net.initialize()
            _drop_callbacks(net, {"lr_schedule", "keep_best"})
            # A schedule may have left another one behind.
            net.set_params(max_epochs=1, lr=self.lr)
            net.partial_fit(training_set)
        if first:
            self.net_ = net
        frame = history_frame(net.history[-1:], self._loss_unit)
        if not first:
            frame["epoch"] = self.n_epochs_ + 1
            frame = pd.concat([self.history_, frame], ignore_index=True)
        self.history_ = frame
        self.n_epochs_ = self.best_epoch_ = len(frame)
        self.best_validation_loss_ = self.validation_skill_ = None
        self.interrupted_ = self.stopped_early_ = False

    def _read_history(self, net, validating):
        """Keep what the training did."""
        self.history_ = history_frame(net.history, self._loss_unit)
        self.n_epochs_ = len(self.history_)
        self.stopped_early_ = self.n_epochs_ < self.max_epochs and any(
            _has_stopped(callback) for _, callback in net.callbacks_
        )
        self.interrupted_ = self.n_epochs_ < self.max_epochs and not self.stopped_early_
        self.best_epoch_, self.best_validation_loss_ = self.n_epochs_, None
        if validating:
            best = int(self.history_["validation_loss"].argmin())
            self.best_validation_loss_ = float(self.history_["validation_loss"][best])
            self.best_epoch_ = int(self.history_["epoch"][best])


def _of_mean_one(sample_weight, numbers):
    """Return the weights of some windows, or None where all of them weigh alike.

    Of mean 1 they do not change the learning rate, and a loss that cannot be weighted needs
    none of them.
    """
    if sample_weight is None or np.ptp(sample_weight[numbers]) == 0:
        return None
    return sample_weight[numbers] / sample_weight[numbers].mean()


def _has_stopped(callback):
    """Tell whether a callback has ended the training."""
    if isinstance(callback, EarlyStopping):
        return callback.misses_ >= callback.patience
    return isinstance(callback, CallScikitLearn) and callback.stopped


def _drop_callbacks(net, names):
    """Take callbacks away without starting the others anew."""
    net.callbacks_ = [named for named in net.callbacks_ if named[0] not in names]
    net.callbacks = [
        given for given in net.callbacks if not isinstance(given, tuple) or given[0] not in names
    ]
