"""The network, as a regressor."""

from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor

__all__ = ["GRUFrictionRegressor"]
