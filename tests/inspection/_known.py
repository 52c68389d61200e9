"""Fitted models whose network is replaced by a known function."""

import numpy as np
import pandas as pd
import torch
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

WINDOW_LENGTH = 4
NAMES = ["velocity", "displacement", "temperature"]
# Of each lag, oldest first, and input; the third one does nothing.
WEIGHTS = np.array([[0.5, -0.2, 0.0], [1.5, 0.1, 0.0], [-2.0, 0.4, 0.0], [3.0, -0.3, 0.0]])


class Filter(torch.nn.Module):
    """Sum of weight times input ** power over lags and inputs, in double precision."""

    def __init__(self, weights, power=1):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.as_tensor(weights, dtype=torch.float64))
        self.power = power
        self.seen = []

    def forward(self, windows):
        self.seen.append((len(windows), self.training, torch.backends.cudnn.enabled))
        return (self.weights * windows.double() ** self.power).sum(dim=(1, 2))


def make_record(lengths=(70, 50), seed=0):
    """Return runs of inputs of very different sizes, and a target."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(lengths)), lengths)
    values = rng.normal(size=(len(groups), 3)) * [0.002, 30.0, 5.0] + [0.004, 10.0, 60.0]
    X = with_runs(pd.DataFrame(values, columns=NAMES), groups)
    y = with_runs(pd.Series(0.6 + 0.05 * rng.normal(size=len(groups))), groups)
    return X, y


def fit_pipeline(X, y, *scalers, **options):
    """Fit scalers, windows and a regressor that is hardly trained."""
    options = {
        "conv_channels": 2,
        "kernel_size": 2,
        "hidden_size": 2,
        "n_gru_layers": 1,
        "max_epochs": 1,
        "batch_size": 32,
        "random_state": 0,
        "device": "cpu",
        **options,
    }
    steps = [(f"scale{i}", scaler) for i, scaler in enumerate(scalers)]
    pipeline = Pipeline(
        [
            *steps,
            ("window", SlidingWindowTransformer(WINDOW_LENGTH)),
            ("gru", GRUFrictionRegressor(**options)),
        ]
    )
    return clone(pipeline).fit(X, y)


def replace_network(model, module, skill=0.9):
    """Let a fitted model predict with another network, and say that it has skill."""
    regressor = model[-1] if isinstance(model, Pipeline) else model
    regressor.net_.module_ = module
    regressor.validation_skill_ = skill
    return model


def filter_models(X, y, shares):
    """Return a model for each row of shares, whose importances they are."""
    models = []
    for of_one in shares:
        weights = np.zeros((WINDOW_LENGTH, 3))
        weights[-1] = of_one
        models.append(replace_network(fit_pipeline(X, y), Filter(weights)))
    return models
