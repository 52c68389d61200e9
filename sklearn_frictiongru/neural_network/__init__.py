"""The network, as a regressor and as an ensemble of them."""

from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._saving._model_onnx import to_onnx
from sklearn_frictiongru.neural_network._saving._whole_model import load_model, save_model
from sklearn_frictiongru.neural_network._stacked import can_be_stacked, train_stacked
from sklearn_frictiongru.neural_network._training._checkpoint import checkpoints_in
from sklearn_frictiongru.neural_network._training._loss_limits import (
    first_epoch_above,
    loss_limits,
)
from sklearn_frictiongru.utils.data_file import ModelFileError

__all__ = [
    "GRUFrictionEnsemble",
    "GRUFrictionRegressor",
    "ModelFileError",
    "can_be_stacked",
    "checkpoints_in",
    "first_epoch_above",
    "load_model",
    "loss_limits",
    "save_model",
    "to_onnx",
    "train_stacked",
]
