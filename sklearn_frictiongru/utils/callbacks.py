"""scikit-learn's own callbacks, for estimators that train others."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import TypeVar

try:
    from sklearn import callback
    from sklearn.callback import CallbackSupportMixin
except ImportError:
    # scikit-learn before 1.9 has no callbacks.
    callback = None

    class CallbackSupportMixin:
        """Empty replacement for a mixin that this scikit-learn does not have."""


Method = TypeVar("Method", bound=Callable)


def with_callbacks(method: Method) -> Method:
    """Return a `fit` in which scikit-learn's callbacks are called, if there are any."""
    return method if callback is None else callback.with_callbacks(method)


def contexts_of_subtasks(estimator, task_name, n_subtasks, data):
    """Begin the fit of an estimator; return its context and one for each thing it trains.

    None and as many None where scikit-learn has no callbacks, or none has been set.
    """
    of_search = getattr(estimator, "_skl_callbacks", None)
    if not of_search and not hasattr(estimator, "_parent_callback_ctx"):
        return None, [None] * n_subtasks
    context = estimator._init_callback_context(
        max_subtasks=n_subtasks, sequential_subtasks=False
    ).call_on_fit_task_begin(estimator=estimator, **data)
    # All at once: they may not be added while a worker gets the estimator.
    return context, [
        context.subcontext(task_name=task_name, task_id=number) for number in range(n_subtasks)
    ]


@contextmanager
def subtask(context, caller, estimator, data):
    """Call the callbacks around the training of an estimator, and hand them on to it."""
    if context is None:
        yield
        return
    try:
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=caller, **data)
            yield
    finally:
        context.call_on_fit_task_end(estimator=caller, **data)
