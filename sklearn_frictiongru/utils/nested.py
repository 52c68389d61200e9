"""The estimators inside an estimator, however deeply nested."""

import warnings
from dataclasses import dataclass
from typing import Any

from sklearn.base import MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator

LOOKED_INTO = ("sklearn", "sklearn_frictiongru")
"""Packages whose meta-estimators hold their estimators as parameters, or none at all."""


@dataclass(frozen=True, eq=False)
class Nested:
    """An estimator, and its position in another one."""

    estimator: Any
    # Path of its parameters, as `set_params` takes it; empty for the outermost.
    path: str = ""
    # Whether `set_params` reaches it: not in a frozen estimator or in a list without names.
    settable: bool = True
    # The estimators that contain it, outermost first.
    around: tuple[Any, ...] = ()

    def parameter(self, name: str) -> str:
        """Return the name of a parameter for `set_params` of the outermost estimator."""
        return f"{self.path}__{name}" if self.path else name

    def own_params(self) -> dict[str, Any]:
        """Return its parameters, without those of nested estimators."""
        estimator = self.estimator
        return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}


def nested_estimators(estimator):
    """Return an estimator and all that its parameters hold, outermost first."""
    return _nested(Nested(estimator))


def predicting_estimators(estimator):
    """Return a fitted estimator and all that it predicts with, outermost first."""
    if isinstance(estimator, FrozenEstimator):
        # It exposes the attributes of the estimator that it wraps.
        return predicting_estimators(estimator.estimator)
    inside = {}
    if hasattr(estimator, "best_estimator_"):
        # The other estimators of a search have other parameters.
        inside[id(estimator.best_estimator_)] = estimator.best_estimator_
    else:
        # A fitted clone is an attribute next to the parameter that it was cloned from.
        learnt = [value for name, value in _attributes(estimator) if name.endswith("_")]
        inside = {id(each): each for each in _estimators_in(learnt)}
        inside = inside or {id(child): child for _, child, _ in _children(estimator)}
    found = [estimator]
    for each in inside.values():
        found += predicting_estimators(each)
    return found


def warn_of_opaque(estimator, what):
    """Warn about nested estimators that cannot be inspected, and name them."""
    opaque = [each for each in nested_estimators(estimator) if _is_opaque(each)]
    if opaque:
        names = ", ".join(
            f"{type(each.estimator).__name__}{f' ({each.path})' if each.path else ''}"
            for each in opaque
        )
        warnings.warn(
            f"{names} cannot be searched: its parameters hold no estimators. {what} cannot take "
            "window steps inside it into account; hold estimators as parameters, as scikit-learn's "
            "do.",
            UserWarning,
            stacklevel=4,
        )


def _nested(outer):
    """Return a nested estimator and all inside it."""
    found = [outer]
    frozen = isinstance(outer.estimator, FrozenEstimator)
    for name, child, settable in _children(outer.estimator):
        found += _nested(
            Nested(
                child,
                outer.parameter(name),
                outer.settable and settable and not frozen,
                (*outer.around, outer.estimator),
            )
        )
    return found


def _children(estimator):
    """Yield the name, the estimator and whether it can be set, for each that parameters hold."""
    if not hasattr(estimator, "get_params"):
        return
    own = estimator.get_params(deep=False)
    reached = set()
    # A pipeline names its steps among all its parameters only.
    for name, value in {**estimator.get_params(deep=True), **own}.items():
        if "__" not in name and _is_estimator(value):
            reached.add(id(value))
            yield name, value, True
    for name, value in own.items():
        for each in _estimators_in([value]):
            if id(each) not in reached:
                yield name, each, False


def _estimators_in(values):
    """Yield the estimators in containers in containers."""
    for value in values:
        if _is_estimator(value):
            yield value
        elif isinstance(value, dict):
            yield from _estimators_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _estimators_in(value)


def _attributes(estimator):
    return getattr(estimator, "__dict__", {}).items()


def _is_estimator(value):
    """Tell whether something can be fitted and is not a network, which contains no window step."""
    if not hasattr(value, "fit") or isinstance(value, type):
        return False
    packages = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    return not packages & {"skorch", "torch"}


def _is_opaque(nested):
    """Tell whether an estimator may hold others that its parameters do not show."""
    estimator = nested.estimator
    if not hasattr(estimator, "get_params"):
        return True
    if not isinstance(estimator, MetaEstimatorMixin):
        return False
    package = type(estimator).__module__.partition(".")[0]
    return package not in LOOKED_INTO and not any(True for _ in _children(estimator))
