"""Friction from the recent history of a record, with scikit-learn and GRU networks."""

import importlib as _importlib
from types import ModuleType as _ModuleType

__version__ = "0.3.0.dev0"

__all__ = [
    "__version__",
    "datasets",
    "inspection",
    "io",
    "model_selection",
    "neural_network",
    "preprocessing",
    "rate_state",
    "study",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> _ModuleType:
    # A subpackage is imported when it is first used.
    if name in __all__:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
