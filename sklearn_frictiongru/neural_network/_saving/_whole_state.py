"""A regressor, trained or not, as part of a larger file: of a pipeline, an ensemble or a sweep."""

from sklearn_frictiongru.neural_network._saving._model_state import (
    fitted_state_of,
    restore,
    warn_of_left_out,
)
from sklearn_frictiongru.neural_network._training._net_state import net_state, restore_net
from sklearn_frictiongru.neural_network._training._parameters import OPTIMIZERS
from sklearn_frictiongru.utils.plain_data import NotPlainError, has_missing


def whole_state_of(regressor, writer):
    """Return all that a regressor is, training included."""
    parameters = {
        name: value.__name__ if value in OPTIMIZERS.values() else value
        for name, value in regressor.get_params(deep=False).items()
    }
    unknown = [name for name, value in parameters.items() if not writer.can(value)]
    if "module" in unknown:
        raise NotPlainError("module is neither plain data nor given")
    if unknown:
        warn_of_left_out(unknown, stacklevel=6)
    state = {"parameters": {name: parameters[name] for name in set(parameters) - set(unknown)}}
    if hasattr(regressor, "net_"):
        state["document"], state["tensors"] = fitted_state_of(regressor)
        state["net"] = net_state(regressor.net_, writer.can, ended=True)
    return state


def regressor_of(cls, state):
    """Return the regressor that a state describes."""
    regressor = cls()
    parameters = dict(state["parameters"])
    missing = [name for name, value in parameters.items() if has_missing(value)]
    if "module" in missing:
        raise NotPlainError("it was trained with a module of the user's own, which is not given")
    if missing:
        warn_of_left_out(missing, stacklevel=8)
    regressor.set_params(**{name: parameters[name] for name in set(parameters) - set(missing)})
    regressor._validate_params()
    if "document" in state:
        document = {"parameters": {}, **state["document"]}
        restore(regressor, document, state["tensors"], regressor.module, "the model")
        net = regressor.net_
        net.drop_callbacks({name for name, _ in net.callbacks_} - set(state["net"]["callbacks"]))
        restore_net(net, state["net"])
    return regressor
