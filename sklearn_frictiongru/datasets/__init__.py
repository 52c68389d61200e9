"""Records to try the package on."""

from sklearn_frictiongru.datasets._p655 import load_p655

__all__ = ["load_p655"]
