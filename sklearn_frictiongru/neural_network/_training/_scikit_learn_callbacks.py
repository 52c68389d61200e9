"""scikit-learn's own callbacks, called from a skorch training."""

from copy import copy, deepcopy

from skorch.callbacks import Callback


class CallScikitLearn(Callback):
    """Call scikit-learn's callbacks at each epoch, and stop when one of them asks for it."""

    def __init__(self, estimator, context, X, y, sample_weight):
        self.estimator = estimator
        self.context = context
        self.X = X
        self.y = y
        self.sample_weight = sample_weight
        self.stopped = False

    @property
    def data(self):
        """Arguments of every call, a dict."""
        metadata = None if self.sample_weight is None else {"sample_weight": self.sample_weight}
        return {"estimator": self.estimator, "X": self.X, "y": self.y, "metadata": metadata}

    @classmethod
    def begin(cls, regressor, X, y, sample_weight):
        """Return the one of a training that begins now; None if scikit-learn has no callbacks."""
        if not hasattr(regressor, "_init_callback_context"):
            return None
        context = regressor._init_callback_context(max_subtasks=regressor.max_epochs)
        callback = cls(regressor, context, X, y, sample_weight)
        context.call_on_fit_task_begin(**callback.data)
        return callback

    def start_again(self):
        """Allow the epochs of a training that starts again after some of its epochs."""
        if hasattr(self, "epoch"):
            self.context.max_subtasks += self.epoch.task_id + 1

    def end(self):
        """Call them at the end of the training."""
        self.context.call_on_fit_task_end(
            **self.data, reconstruction_attributes=lambda: vars(self.estimator)
        )

    def on_epoch_begin(self, net, **kwargs):
        """Begin a task for the epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.data)

    def on_epoch_end(self, net, **kwargs):
        """End the task of the epoch."""
        stop = self.epoch.call_on_fit_task_end(
            **self.data, reconstruction_attributes=lambda: {"net_": _as_it_stands(net)}
        )
        if stop:
            self.stopped = True
            # skorch's own way to end a training.
            raise KeyboardInterrupt


def _as_it_stands(net):
    """Return a net that predicts as this one does now, while this one goes on."""
    snapshot = copy(net)
    vars(snapshot)["module_"] = deepcopy(net.module_)
    return snapshot
