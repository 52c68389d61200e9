"""Trainings that differ only in their seed, run together with stacked weights."""

import time
import warnings

import torch

from sklearn_frictiongru.neural_network._layers._stacked_network import StackedNetwork
from sklearn_frictiongru.neural_network._training._callbacks import StopWhenDiverged
from sklearn_frictiongru.neural_network._training._cuda_graph import captured
from sklearn_frictiongru.neural_network._training._history import warn_of_training


def train_together(trainings, capture):
    """Run trainings on the same windows; return the error of each, or None."""
    if not trainings:
        return []
    first = trainings[0]
    training_set, validation_set = first.datasets()
    nets = [each.new_net(validation_set) for each in trainings]
    for net in nets:
        net.initialize()
    stack = _Stack(nets, training_set, validation_set, first.regressor.gradient_clip, capture)
    errors = stack.train(int(first.regressor.max_epochs))
    for number, (training, net) in enumerate(zip(trainings, nets, strict=True)):
        if number not in errors:
            training.finish(net, validation_set)
            warn_of_training(training.regressor, training_set, training.y_constant)
    return [errors.get(number) for number in range(len(nets))]


class _Stack:
    """Nets in training, their weights stacked.

    Only the weights are trained here. Each net records its losses after each epoch, as if
    it had been trained alone, so that its history, schedule and patience are skorch's.
    """

    def __init__(self, nets, training_set, validation_set, gradient_clip, capture):
        self.training_set = training_set
        self.gradient_clip = gradient_clip
        on_cuda = training_set.rows.device.type == "cuda"
        self.capture = on_cuda if capture == "auto" else capture
        self.validation = None if validation_set is None else nets[0].get_iterator(validation_set)
        self.members = [
            _Member(number, net, training_set, self.validation) for number, net in enumerate(nets)
        ]
        self.network = StackedNetwork([net.module_ for net in nets])
        self._begin_optimizer()
        self.kept = [weights.detach().clone() for weights in self.weights]
        self.errors = {}

    @property
    def weights(self):
        """All stacked weights, in the order of each net's parameters."""
        return list(self.network.weights.values())

    def train(self, max_epochs):
        """Train all nets to their end; return the errors of those that failed, by number."""
        for epoch in range(1, max_epochs + 1):
            begin = time.perf_counter()
            losses = self._train_epoch()
            if self.validation is not None:
                losses += self._validate()
            # The one moment in an epoch at which the device is waited for.
            *losses, finite = torch.stack([*losses, self._finite()]).tolist()
            seconds = (time.perf_counter() - begin) / len(self.members)
            go_on = []
            for place, member in enumerate(self.members):
                try:
                    stopped = member.record_epoch(
                        [of_batch[place] for of_batch in losses], finite[place], seconds
                    )
                except ValueError as error:
                    self.errors[member.number] = error
                    continue
                if not stopped and epoch < max_epochs:
                    go_on.append(place)
            self._keep_best()
            for place, member in enumerate(self.members):
                if place not in go_on and member.number not in self.errors:
                    self._hand_over(place)
            if not go_on:
                break
            if len(go_on) < len(self.members):
                self._go_on_with(go_on)
        return self.errors

    def _train_epoch(self):
        """Train each net on each of its batches once; return the losses of each batch."""
        lr = self.members[0].net.optimizer_.param_groups[0]["lr"]
        self.optimizer.param_groups[0]["lr"] = lr
        batches = [member.batches for member in self.members]
        order = torch.stack([of_net.order() for of_net in batches])
        order = order.to(self.training_set.rows.device)
        losses = []
        for numbers in order.split(batches[0].batch_size, dim=1):
            windows, y = self.training_set.cut(numbers.flatten())
            windows, y = (values.unflatten(0, numbers.shape) for values in (windows, y))
            masks = self.network.draw_masks(*windows.shape[1:3])
            inputs = (windows, y) if masks is None else (windows, y, masks)
            of_batch, gradients = self._step(inputs)
            # A graph fills the same tensors at its next run.
            losses.append(of_batch.clone())
            if self.gradient_clip is not None:
                gradients = _clipped(gradients, self.gradient_clip)
            for weights, gradient in zip(self.weights, gradients, strict=True):
                weights.grad = gradient
            self.optimizer.step()
        return losses

    def _step(self, inputs):
        """Return losses and gradients of a batch, by a graph where that is wanted."""
        if not self.capture:
            return self._losses_and_gradients(*inputs)
        # The last, smaller batch comes once an epoch: another graph would only take memory.
        shape = inputs[0].shape
        if self.graph is None:
            try:
                self.graph = shape, captured(self._losses_and_gradients, inputs)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                warnings.warn(
                    f"a training step could not be captured as a CUDA graph ({error}); the "
                    "training continues without it, more slowly.",
                    UserWarning,
                    stacklevel=2,
                )
                self.capture = False
                return self._losses_and_gradients(*inputs)
        if shape == self.graph[0]:
            return self.graph[1](*inputs)
        return self._losses_and_gradients(*inputs)

    def _losses_and_gradients(self, windows, y, masks=None):
        losses = self._losses(windows, y, masks)
        # The loss of a net has no gradient with respect to the weights of another one.
        return losses.detach(), torch.autograd.grad(losses.sum(), self.weights)

    def _losses(self, windows, y, masks=None):
        """Return the mean loss of each net."""
        each = self.members[0].net.criterion_(self.network(windows, masks), y)
        return each.flatten(1).mean(dim=1)

    @torch.no_grad()
    def _validate(self):
        """Return the losses of each batch of validation windows, which all nets share."""
        n_nets = len(self.members)
        return [
            self._losses(windows.expand(n_nets, *windows.shape), y.expand(n_nets, *y.shape))
            for windows, y in self.validation
        ]

    @torch.no_grad()
    def _finite(self):
        """Return of each net whether all its weights are finite, as numbers."""
        finite = [weights.isfinite().flatten(1).all(dim=1) for weights in self.weights]
        return torch.stack(finite).all(dim=0).to(self.weights[0].dtype)

    @torch.no_grad()
    def _keep_best(self):
        """Keep the weights of those nets whose epoch was their best."""
        best = torch.tensor([member.at_best for member in self.members])
        if not best.any():
            return
        best = best.to(self.training_set.rows.device)
        for kept, weights in zip(self.kept, self.weights, strict=True):
            torch.where(_along(best, weights), weights, kept, out=kept)

    def _hand_over(self, place):
        """Give a net what it would have if it had been trained alone."""
        member = self.members[place]
        net = member.net
        final = self.kept if member.restores else self.weights
        parameters = list(net.module_.parameters())
        with torch.no_grad():
            for parameter, weights in zip(parameters, final, strict=True):
                parameter.copy_(weights[place])
        for parameter, weights in zip(parameters, self.weights, strict=True):
            state = self.optimizer.state.get(weights)
            if state is not None:
                net.optimizer_.state[parameter] = _state_of(state, weights, place)
        member.end()

    def _go_on_with(self, places):
        """Leave out the nets that have ended, with all that belongs to them."""
        weights, optimizer = self.weights, self.optimizer
        self.members = [self.members[place] for place in places]
        self.network = self.network.select(places)
        self.kept = [kept[places] for kept in self.kept]
        self._begin_optimizer()
        for left, whole in zip(self.weights, weights, strict=True):
            if whole in optimizer.state:
                self.optimizer.state[left] = _state_of(optimizer.state[whole], whole, places)

    def _begin_optimizer(self):
        net = self.members[0].net
        _, options = net.get_params_for_optimizer("optimizer", net.module_.named_parameters())
        self.optimizer = net.optimizer(self.weights, **{"lr": net.lr, **options})
        self.graph = None


class _Member:
    """A net of a stack, with its history and callbacks."""

    def __init__(self, number, net, training_set, validation):
        self.number = number
        self.net = net
        self.batches = net.get_iterator(training_set, training=True)
        self.training_sizes = _sizes(self.batches)
        self.validation_sizes = [] if validation is None else _sizes(validation)
        self.stop_when_diverged = _StopWhenDivergedInStack.of(
            dict(net.callbacks_)["stop_when_diverged"]
        )
        self._replace(self.stop_when_diverged)
        self.keep_best = dict(net.callbacks_).get("keep_best")
        self.restores = self.keep_best is not None and self.keep_best.load_best
        if self.restores:
            # The stack keeps the weights of the best epoch; that of the net has others.
            self.keep_best.load_best = False
        net.notify("on_train_begin", X=training_set, y=None)
        # A schedule warns where no step of its optimiser has come before. Without gradients
        # this one does nothing.
        net.optimizer_.step()

    @property
    def at_best(self):
        """Whether the last epoch was the best one, and its weights are to be kept."""
        return self.restores and self.keep_best.best_epoch_ == len(self.net.history)

    def record_epoch(self, losses, finite, seconds):
        """Record an epoch in the net, as skorch would; return whether it stops."""
        net = self.net
        self.stop_when_diverged.finite = bool(finite)
        n_batches = len(self.training_sizes)
        stopped = False
        net.notify("on_epoch_begin")
        self._record_batches("train", losses[:n_batches], self.training_sizes)
        if self.validation_sizes:
            self._record_batches("valid", losses[n_batches:], self.validation_sizes)
        try:
            net.notify("on_epoch_end")
        except KeyboardInterrupt:
            # skorch's own way to end a training; but it may be the user's way as well.
            if self.keep_best is None or self.keep_best.misses_ < self.keep_best.patience:
                raise
            stopped = True
        net.history.record("dur", seconds)
        return stopped

    def end(self):
        """End the training of the net and give it its own callbacks back."""
        self.net.notify("on_train_end")
        if self.restores:
            self.keep_best.load_best = True
        self._replace(self.stop_when_diverged.own)

    def _record_batches(self, prefix, losses, sizes):
        net, training = self.net, prefix == "train"
        for loss, size in zip(losses, sizes, strict=True):
            net.notify("on_batch_begin", training=training)
            net.history.record_batch(f"{prefix}_loss", loss)
            net.history.record_batch(f"{prefix}_batch_size", size)
            net.notify("on_batch_end", training=training)
        net.history.record(f"{prefix}_batch_count", len(sizes))

    def _replace(self, stop_when_diverged):
        self.net.callbacks_ = [
            (name, stop_when_diverged if name == "stop_when_diverged" else callback)
            for name, callback in self.net.callbacks_
        ]


class _StopWhenDivergedInStack(StopWhenDiverged):
    """`StopWhenDiverged` for a net whose weights are elsewhere, checked there."""

    @classmethod
    def of(cls, own):
        """Return one that replaces a net's own."""
        stand_in = cls(own.lr, own.X_scale)
        stand_in.own, stand_in.finite = own, True
        return stand_in

    def on_epoch_end(self, net, **kwargs):
        """Check what the stack has found."""
        self._check(net, self.finite, "network")


def _clipped(gradients, longest):
    """Return gradients, those of each net shortened where their norm is larger."""
    # As torch.nn.utils.clip_grad_norm_ does for one net.
    norms = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    norm = torch.linalg.vector_norm(torch.stack(norms), dim=0)
    factor = (longest / (norm + 1e-6)).clamp(max=1.0)
    return [gradient * _along(factor, gradient) for gradient in gradients]


def _along(values, stacked):
    """Return one value per net in a shape that multiplies with stacked tensors."""
    return values.view(-1, *[1] * (stacked.ndim - 1))


def _state_of(state, weights, places):
    """Return the state of an optimiser for some nets' weights."""
    return {
        name: value[places].clone()
        if torch.is_tensor(value) and value.shape == weights.shape
        else _copied(value)
        for name, value in state.items()
    }


def _copied(value):
    return value.clone() if torch.is_tensor(value) else value


def _sizes(batches):
    """Return the number of windows in each batch."""
    *full, last = range(0, len(batches.dataset), batches.batch_size)
    return [batches.batch_size] * len(full) + [len(batches.dataset) - last]
