"""The network, as a regressor and as an ensemble of them."""

from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._saving._model_file import ModelFileError

__all__ = ["GRUFrictionEnsemble", "GRUFrictionRegressor", "ModelFileError"]
