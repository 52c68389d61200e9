"""One training: the data that it reads, their split and scales, and the net that it makes."""

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch

from sklearn_frictiongru.neural_network._data._batches import WindowDataset
from sklearn_frictiongru.neural_network._data._input import TrainingData, read_training_data
from sklearn_frictiongru.neural_network._data._scales import Scales, learn_statistics
from sklearn_frictiongru.neural_network._data._split import split_training_windows, trainable
from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._training._build_net import build_net
from sklearn_frictiongru.neural_network._training._checkpoint import checkpoint_callback
from sklearn_frictiongru.neural_network._training._devices import torch_device
from sklearn_frictiongru.neural_network._training._generators import seeded_global_generator
from sklearn_frictiongru.neural_network._training._history import (
    store_epoch,
    store_history,
    warn_of_constants,
    warn_of_training,
)
from sklearn_frictiongru.neural_network._training._loss_limits import loss_limits_callback
from sklearn_frictiongru.neural_network._training._parameters import PRECISIONS, check_parameters
from sklearn_frictiongru.neural_network._training._validation_skill import validation_skill
from sklearn_frictiongru.utils.interruption import raise_in_loops
from sklearn_frictiongru.utils.random import draw_seed
from sklearn_frictiongru.utils.validation import column_names


@dataclass
class Training:
    """A regressor in training, with all that it is trained on."""

    regressor: object
    data: TrainingData
    # Numbers of the windows that are trained on and that validate.
    training: np.ndarray
    validating: np.ndarray
    n_purged: int
    device: torch.device | None = None
    # NumPy's type of what the network gets.
    dtype: type | None = None
    # (n_outputs,): Whether each target is constant over the training windows.
    y_constant: np.ndarray | None = None

    @classmethod
    def prepare(cls, regressor, X, y, sample_weight=None, *, warm=False):
        """Read the input of `fit` and learn all that is known before the first epoch."""
        training = cls._read(regressor, X, y, sample_weight, regressor.validation, reset=not warm)
        statistics = training._learn_statistics()
        names = column_names(None, regressor.n_features_in_)
        warn_of_constants(statistics, getattr(regressor, "feature_names_in_", names))
        training.y_constant = statistics.y_constant
        if not warm:
            statistics.store_in(regressor)
        regressor.seed_ = draw_seed(regressor.random_state)
        training.device = torch_device(regressor.device)
        training.dtype = PRECISIONS[regressor.precision]
        return training

    @classmethod
    def prepare_epoch(cls, regressor, X, y, sample_weight=None, *, first):
        """Read the input of `partial_fit` and learn what its first epoch has to know."""
        training = cls._read(regressor, X, y, sample_weight, validation=None, reset=first)
        if first:
            training._learn_statistics().store_in(regressor)
            regressor.seed_ = draw_seed(regressor.random_state)
            training.device = torch_device(regressor.device)
            training.dtype = PRECISIONS[regressor.precision]
        else:
            training.device = torch.device(regressor.net_.device)
            training.dtype = regressor.net_.module__dtype
        return training

    def run(self, start=None, callback=None):
        """Train a new net, from the weights `start` if they are given."""
        with flushed_threads(), torch.inference_mode(False):
            training_set, validation_set = self.datasets()
            checkpoint = checkpoint_callback(own_module=self.regressor.module is not None)
            arguments = training_set, validation_set, start, callback, checkpoint
            try:
                net = self._train_net(*arguments)
                self.finish(net, validation_set)
            except Exception as error:
                # A valid checksum does not mean that the contents fit.
                if checkpoint is None or not checkpoint.resumed:
                    raise
                checkpoint.discard(error)
                net = None
            if net is None:
                if callback is not None:
                    callback.start_again()
                net = self._train_net(*arguments)
                self.finish(net, validation_set)
            if callback is not None:
                callback.end()
            if self.regressor.interrupted_:
                raise_in_loops()
            warn_of_training(self.regressor, training_set, self.y_constant)

    def run_epoch(self, first):
        """Train for one epoch, with a new net or with the last one and its optimiser state."""
        regressor = self.regressor
        with flushed_threads(), torch.inference_mode(False):
            training_set = self._dataset(self.training)
            net = self.new_net() if first else regressor.net_
            with self._own_generators():
                if first:
                    net.initialize()
                net.drop_callbacks({"lr_schedule", "keep_best"})
                # A schedule may have changed the learning rate.
                net.set_params(max_epochs=1, lr=regressor.lr)
                with _single_windows_explained(regressor, len(training_set)):
                    net.partial_fit(training_set)
        regressor.net_ = net
        store_epoch(regressor, net, self.loss_unit, first)

    def datasets(self):
        """Return what is trained on and what validates, None without validation."""
        training = self._dataset(self.training)
        if not len(self.validating):
            return training, None
        return training, self._dataset(self.validating, rows=training.rows)

    def new_net(self, validation_set=None):
        """Return a net that is ready to be trained."""
        return build_net(self.regressor, self.device, validation_set)

    def finish(self, net, validation_set):
        """Store a trained net and what its training did in the regressor."""
        regressor = self.regressor
        store_history(regressor, net, self.loss_unit, validated=validation_set is not None)
        # Neither the record nor the regressor may travel with the weights.
        net.train_split = None
        net.drop_callbacks({"scikit_learn", "loss_limits", "checkpoint"})
        net.max_epochs = regressor.max_epochs
        regressor.net_ = net
        regressor.validation_skill_ = self._skill(net, validation_set)

    @property
    def scales(self):
        """What the net's inputs and targets are standardised with."""
        return Scales.of(self.regressor)

    @property
    def loss_unit(self):
        """What a loss of the net is multiplied by for `history_`."""
        return self.scales.loss_unit if isinstance(self.regressor.loss, str) else 1.0

    @classmethod
    def _read(cls, regressor, X, y, sample_weight, validation, reset):
        """Read and split the data; raise where they do not fit those of an earlier fit."""
        check_parameters(regressor)
        data = read_training_data(regressor, X, y, sample_weight, reset=reset)
        if not reset and data.n_outputs != regressor.n_outputs_:
            raise ValueError(
                f"y has {data.n_outputs} targets; expected {regressor.n_outputs_}, as in the "
                "first fit."
            )
        length = data.windows.window_length
        regressor.window_length_, regressor.n_outputs_ = length, data.n_outputs
        split = split_windows(regressor, data.windows, data.targets, data.weights, validation)
        training = cls(regressor, data, *split)
        regressor.training_indices_, regressor.validation_indices_, regressor.n_purged_ = split
        training._check_enough_windows()
        return training

    def _check_enough_windows(self):
        """Raise if there is nothing, or too little, to train on."""
        windows, batch_size = self.data.windows, self.regressor.batch_size
        n_training = len(self.training)
        n_complete = int(trainable(windows, self.data.weights).sum())
        needed = 1 if windows.window_length == 1 else batch_size
        if n_training >= needed:
            return
        raise ValueError(
            f"too few complete windows to train on: {n_training}, expected at least "
            f"{needed} (batch_size={batch_size}). Of {len(windows)} windows "
            f"{n_complete} are complete (min_history={windows.min_history} "
            f"rows, the longest run has {windows.longest_history}), {len(self.validating)} "
            f"validate, {self.n_purged} are purged, and stride={self.regressor.stride} thins the "
            "rest. Use a shorter window length, a smaller batch_size or longer runs; if the runs "
            "are long, a shuffled split has cut them into pieces: use PurgedKFold or RunHoldout."
        )

    def _learn_statistics(self):
        data = self.data
        return learn_statistics(data.windows, data.targets, self.training, data.weights)

    def _dataset(self, numbers, rows=None):
        """Return some of the windows as the net gets them."""
        windows, targets = self.data.windows[numbers], self.data.targets[numbers]
        weights = _of_mean_one(self.data.weights, numbers)
        return make_dataset(
            self.regressor,
            windows,
            targets,
            weights,
            device=self.device,
            dtype=self.dtype,
            rows=rows,
        )

    def _train_net(self, training_set, validation_set, start, callback, checkpoint):
        """Return a net, built and trained."""
        net = self.new_net(validation_set)
        limits = loss_limits_callback(self.loss_unit) if validation_set is not None else None
        named = {"scikit_learn": callback, "loss_limits": limits, "checkpoint": checkpoint}
        net.callbacks += [(name, each) for name, each in named.items() if each is not None]
        with self._own_generators():
            net.initialize()
            if start is not None:
                _load_weights(net.module_, start)
            with _single_windows_explained(self.regressor, len(training_set)):
                net.partial_fit(training_set)
        return net

    def _own_generators(self):
        """Seed torch's global generators for a module that may use them."""
        if self.regressor.module is None:
            return nullcontext()
        return seeded_global_generator(self.regressor.seed_, self.device)

    def _skill(self, net, validation_set):
        """Return the skill of the net over its validation windows, None without validation."""
        if validation_set is None:
            return None
        predictions = net.predict(validation_set).astype(np.float64)
        return validation_skill(
            self.scales.to_target_units(predictions),
            self.data.targets,
            self.data.windows.runs,
            self.training,
            self.validating,
        )


def _load_weights(module, weights):
    """Give a module the weights that a warm start begins from."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            "warm_start continues from the weights of the last fit, which do not fit the network "
            "that the parameters describe: a size, or the module, has been changed in between. "
            f"Set it back, or use warm_start=False. ({error})"
        ) from error


@contextmanager
def _single_windows_explained(regressor, n_windows):
    """Replace batch normalisation's error on one window by one that names the remedy."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            "the module has batch normalisation, which needs at least two windows in a batch, and "
            f"the last batch of {n_windows} training windows has one (batch_size="
            f"{regressor.batch_size}). Set drop_last=True, or another batch_size."
        ) from error


def split_windows(regressor, windows, y, sample_weight, validation):
    """Choose the windows that train and those that validate, and count those purged."""
    return split_training_windows(
        windows,
        y,
        sample_weight,
        validation=validation,
        purge=regressor.purge,
        stride=regressor.stride,
    )


def make_dataset(regressor, windows, y=None, sample_weight=None, *, device, dtype, rows=None):
    """Return windows as the network of a regressor gets them, of `rows` where they are there."""
    return WindowDataset(
        windows,
        y,
        sample_weight,
        scales=Scales.of(regressor),
        device=device,
        dtype=dtype,
        rows=rows,
    )


def _of_mean_one(sample_weight, numbers):
    """Return the weights of some windows, or None if all of them are equal.

    Of mean 1 they do not change the learning rate, and a loss that cannot be weighted needs
    none of them.
    """
    if sample_weight is None or np.ptp(sample_weight[numbers]) == 0:
        return None
    return sample_weight[numbers] / sample_weight[numbers].mean()
