"""A fitted model as one differentiable function of standardised windows."""

import threading
from contextlib import ExitStack, contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.neural_network._data._batches import WindowDataset
from sklearn_frictiongru.neural_network._data._input import read_windows
from sklearn_frictiongru.neural_network._data._scales import Scales
from sklearn_frictiongru.neural_network._ensemble import GRUFrictionEnsemble
from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._regressor import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._training._generators import seeded_global_generator
from sklearn_frictiongru.utils.validation import column_names


@dataclass(frozen=True)
class UnwrappedModel:
    """The regressors of a fitted estimator, the steps before them and their input."""

    # The regressor or the ensemble at the end.
    predictor: object
    # The regressor, or the members of the ensemble.
    regressors: list
    windows: object
    # (name, transformer) of each step before them.
    steps: list
    # (offset, factor), each a number or (n_outputs,): from the predictor's target to the user's.
    target_units: tuple = (0.0, 1.0)


def unwrap(estimator, X):
    """Find the regressors of a fitted estimator, and transform their input."""
    check_is_fitted(estimator)
    if isinstance(estimator, FrozenEstimator):
        return unwrap(estimator.estimator, X)
    if hasattr(estimator, "best_estimator_"):
        return unwrap(estimator.best_estimator_, X)
    if isinstance(estimator, Pipeline):
        steps = list(estimator.steps[:-1])
        found = unwrap(estimator[-1], estimator[:-1].transform(X) if steps else X)
        return replace(found, steps=steps + found.steps)
    if isinstance(estimator, TransformedTargetRegressor):
        found = unwrap(estimator.regressor_, X)
        offset, factor = _linear_units(estimator, found.predictor.n_outputs_)
        inner_offset, inner_factor = found.target_units
        return replace(found, target_units=(offset + factor * inner_offset, factor * inner_factor))
    if isinstance(estimator, GRUFrictionEnsemble):
        return UnwrappedModel(estimator, list(estimator.estimators_), X, [])
    if isinstance(estimator, GRUFrictionRegressor):
        return UnwrappedModel(estimator, [estimator], X, [])
    raise TypeError(
        f"the estimator is a {type(estimator).__name__}; expected a GRUFrictionRegressor, a "
        "GRUFrictionEnsemble, a Pipeline that ends in one, a search with a best_estimator_, or "
        "one of these in a FrozenEstimator or in a TransformedTargetRegressor whose transformer "
        "is linear. Give the networks inside it one by one."
    )


def single_models(estimators):
    """Return the single trainings of an estimator, or several estimators unchanged."""
    if isinstance(estimators, list | tuple):
        return list(estimators)
    check_is_fitted(estimators)
    if isinstance(estimators, FrozenEstimator):
        return single_models(estimators.estimator)
    if hasattr(estimators, "estimators_"):
        return [model for model in estimators.estimators_ if model is not None]
    if isinstance(estimators, Pipeline) and hasattr(estimators[-1], "estimators_"):
        name = estimators.steps[-1][0]
        return [
            Pipeline([*estimators.steps[:-1], (name, member)])
            for member in single_models(estimators[-1])
        ]
    if hasattr(estimators, "best_estimator_"):
        return single_models(estimators.best_estimator_)
    return [estimators]


def _linear_units(estimator, n_outputs):
    """Return offset and factor of a target transformer's inverse; raise if it is not linear."""
    steps = np.array([-2.0, -1.0, 0.0, 0.5, 3.0])
    units = estimator.transformer_.inverse_transform(np.tile(steps[:, None], (1, n_outputs)))
    units = np.asarray(units, dtype=np.float64).reshape(len(steps), -1)
    offset, factor = units[2], units[2] - units[1]
    expected = offset + factor * steps[:, None]
    if units.shape[1] != n_outputs or not np.allclose(units, expected, rtol=1e-6, atol=1e-9):
        raise ValueError(
            f"the target is transformed by {estimator.transformer_!r}, which is not linear, so "
            "that gradients of the prediction are not those of the network; expected a "
            "StandardScaler or another linear transformer, or none. Give the regressor_ inside, "
            "for gradients of the transformed target."
        )
    return (offset[0], factor[0]) if n_outputs == 1 else (offset, factor)


class _CuDNN:
    """cuDNN's switch, which all threads of a process share: the last to leave restores it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._n_inside = 0
        self._before = None

    @contextmanager
    def switched_off(self):
        """Switch cuDNN off in a block."""
        with self._lock:
            if self._n_inside == 0:
                self._before = torch.backends.cudnn.enabled
            self._n_inside += 1
            torch.backends.cudnn.enabled = False
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1
                if self._n_inside == 0:
                    torch.backends.cudnn.enabled = self._before


_CUDNN = _CuDNN()


class ModelFunction:
    """The prediction of a fitted model, for gradients.

    Windows and prediction are standardised with the model's own training means and
    standard deviations (of an ensemble, the means of its members'), regardless of what the
    model standardises itself. The prediction of an ensemble is the mean of its members'.
    """

    # Tensors created in inference mode can never be differentiated.
    @torch.inference_mode(False)
    def __init__(self, estimator, X, output=None):
        model = unwrap(estimator, X)
        self.steps = model.steps
        windows = read_windows(model.predictor, model.windows, reset=False)
        self.output = _checked_output(output, model.predictor.n_outputs_)
        self.regressors = model.regressors
        first = self.regressors[0]
        self.window_length = model.predictor.window_length_
        self.complete = windows.complete
        self.runs, _ = pd.factorize(windows.runs.label_codes)
        self.feature_names = _feature_names(model.predictor, windows)
        self.target_units = tuple(
            part if np.ndim(part) == 0 else self._of_output(part) for part in model.target_units
        )
        y_mean, y_scale = (
            float(np.mean([self._of_output(getattr(each, name)) for each in self.regressors]))
            for name in ("y_mean_", "y_scale_")
        )
        offset, factor = self.target_units
        self.scales = Scales(
            np.mean([each.X_mean_ for each in self.regressors], axis=0),
            np.mean([each.X_scale_ for each in self.regressors], axis=0),
            offset + factor * y_mean,
            # A transformer may change the sign of the target; a scale is never negative.
            abs(factor) * y_scale,
        )
        self.constant = np.all([each.X_constant_ for each in self.regressors], axis=0)
        self.skill = self._skill()
        self.device = torch.device(first.net_.device)
        self.dtype = first.net_.module__dtype
        self.dataset = WindowDataset(
            windows, scales=self.scales, device=self.device, dtype=self.dtype
        )
        self._conversions = [self._conversion(each) for each in self.regressors]

    def __call__(self, windows):
        """Predict."""
        total = 0
        for regressor, (of_windows, of_prediction) in zip(
            self.regressors, self._conversions, strict=True
        ):
            own = windows if of_windows is None else windows * of_windows[0] + of_windows[1]
            predicted = regressor.net_.infer(own)
            if self.output is not None:
                predicted = predicted[:, self.output]
            if of_prediction is not None:
                predicted = predicted * of_prediction[0] + of_prediction[1]
            total = total + predicted
        return total / len(self.regressors)

    def squared_error(self, windows, y):
        """Return the squared error of the prediction."""
        return (self(windows) - y) ** 2

    def cut(self, numbers):
        """Cut windows."""
        windows, _ = self.dataset.cut(torch.as_tensor(numbers, device=self.device))
        return windows

    def standardised_target(self, y):
        """Return targets on the scale of the function's predictions."""
        standardised = self.scales.standardize_y(y).astype(self.dtype)
        return torch.as_tensor(standardised, device=self.device)

    def complete_rows(self):
        """Return the numbers of the complete windows."""
        rows = np.flatnonzero(self.complete)
        if not len(rows):
            raise ValueError(
                f"none of the {len(self.complete)} windows is complete; gradients need at least "
                "one window with its full history. Give longer runs."
            )
        return rows

    @contextmanager
    def differentiable(self):
        """Make the networks differentiable by their input, and restore them afterwards.

        They run in evaluation mode, on one thread, without gradients of their weights.
        Modes, flags and settings are restored, also after an exception.
        """
        modules = [each.net_.module_ for each in self.regressors]
        modes = [(part, part.training) for module in modules for part in module.modules()]
        flags = [(weight, weight.requires_grad) for each in modules for weight in each.parameters()]
        with ExitStack() as stack:
            stack.enter_context(flushed_threads())
            # The caller may have switched gradients off.
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            # cuDNN refuses gradients of recurrent layers in evaluation mode.
            stack.enter_context(_CUDNN.switched_off())
            try:
                for module in modules:
                    module.eval()
                for weight, _ in flags:
                    weight.requires_grad_(False)
                yield
            finally:
                for part, training in modes:
                    part.training = training
                for weight, needed in flags:
                    weight.requires_grad_(needed)

    def with_redrawn_layers(self, seed):
        """Yield the name of a layer and the function with its weights randomized.

        Layers are randomized from the output to the input, cumulatively.
        """
        with torch.inference_mode(False):
            modules = [deepcopy(regressor.net_.module_) for regressor in self.regressors]
        # Members of an ensemble have the same structure: their layers are randomized together.
        layers = [
            [(name, part) for name, part in module.named_modules() if part._parameters]
            for module in modules
        ]
        for same_layer in zip(*[reversed(of_module) for of_module in layers], strict=True):
            for number, (_, layer) in enumerate(same_layer):
                draw = np.random.SeedSequence((seed, number)).generate_state(1)[0]
                with seeded_global_generator(int(draw), self.device), torch.no_grad():
                    _draw_anew(layer)
            yield same_layer[0][0], self._with_modules(modules)

    def _with_modules(self, modules):
        """Return the same function with other modules in place of the networks."""
        other = copy(self)
        other.regressors = []
        for regressor, module in zip(self.regressors, modules, strict=True):
            changed = copy(regressor)
            changed.net_ = copy(regressor.net_)
            changed.net_.module_ = module
            other.regressors.append(changed)
        return other

    def _of_output(self, value):
        return value if self.output is None else value[self.output]

    def _skill(self):
        skills = [each.validation_skill_ for each in self.regressors]
        if any(skill is None for skill in skills):
            return None
        return float(np.median([self._of_output(skill) for skill in skills]))

    def _conversion(self, regressor):
        """Return factor and offset from the common scales to a regressor's own, and back.

        None means that there is nothing to do, which is usual.
        """
        own, common = Scales.of(regressor), self.scales
        of_windows = (common.X_factor / own.X_factor, own.standardize_X(common.X_offset))
        to_offset, to_factor = self.target_units
        offset = to_offset + to_factor * self._of_output(own.y_offset)
        factor = to_factor * self._of_output(own.y_factor)
        of_prediction = (factor / common.y_factor, common.standardize_y(offset))
        return tuple(
            None
            if np.all(np.asarray(pair[0]) == 1) and np.all(np.asarray(pair[1]) == 0)
            else tuple(
                torch.as_tensor(np.asarray(part).astype(self.dtype), device=self.device)
                for part in pair
            )
            for pair in (of_windows, of_prediction)
        )


def _checked_output(output, n_outputs):
    """Return the number of the target, None where there is one."""
    if n_outputs == 1 and output in (None, 0):
        return None
    if output is None:
        raise ValueError(
            f"the model predicts {n_outputs} targets; expected output=, the number of the one "
            f"whose importances are wanted, 0 to {n_outputs - 1}."
        )
    if not 0 <= output < n_outputs:
        raise ValueError(
            f"output is {output}, but the model predicts {n_outputs} targets; expected 0 to "
            f"{n_outputs - 1}."
        )
    return int(output)


def _feature_names(predictor, windows):
    """Return the names of the inputs."""
    names = getattr(predictor, "feature_names_in_", windows.feature_names)
    if names is None:
        return column_names(None, predictor.n_features_in_)
    return [str(name) for name in names]


def _draw_anew(layer):
    """Draw the weights of a layer as torch does, or with their present size if torch cannot."""
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()
        return
    for weights in layer._parameters.values():
        if weights is not None:
            weights.copy_(torch.randn_like(weights) * weights.square().mean().sqrt())
