"""The network, as a regressor and as an ensemble of them."""

from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._saving._model_file import ModelFileError
from sklearn_frictiongru.neural_network._stacked import can_be_stacked, train_stacked
from sklearn_frictiongru.neural_network._training._checkpoint import checkpoints_in

__all__ = [
    "GRUFrictionEnsemble",
    "GRUFrictionRegressor",
    "ModelFileError",
    "can_be_stacked",
    "checkpoints_in",
    "train_stacked",
]
