"""Checks of a function's parameters."""

from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.utils._param_validation import validate_params

Function = TypeVar("Function", bound=Callable[..., Any])


def check_parameters(constraints: dict[str, Any]) -> Callable[[Function], Function]:
    """Return a decorator that checks a function's parameters as scikit-learn does.

    Unlike scikit-learn's decorator it keeps the type of the function.
    """
    return validate_params(constraints, prefer_skip_nested_validation=True)
