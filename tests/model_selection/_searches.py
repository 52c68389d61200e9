"""Small records and networks to search with, and regressors whose losses are known."""

import logging

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

# Of a logger nothing but its name counts for what a training depends on.
FITS = logging.getLogger("tests.fits")
FITS.names = []

ALPHAS = {"alpha": [0.1, 10.0, 1000.0]}
FOLDS = PurgedKFold(3, 1)


def make_record(lengths=(150, 110)):
    rng = np.random.default_rng(0)
    n_rows = sum(lengths)
    X = pd.DataFrame(rng.normal(size=(n_rows, 2)), columns=["velocity", "displacement"])
    y = pd.Series(0.6 + 0.1 * np.convolve(X["velocity"], np.ones(5) / 5)[:n_rows], name="mu")
    groups = np.repeat(np.arange(len(lengths)), lengths)
    return with_runs(X, groups), with_runs(y, groups)


def small_gru(**options):
    options = {
        "conv_channels": 4,
        "kernel_size": 2,
        "hidden_size": 4,
        "n_gru_layers": 1,
        "max_epochs": 2,
        "batch_size": 32,
        "lr": 0.01,
        "device": "cpu",
        **options,
    }
    return Pipeline(
        [("window", SlidingWindowTransformer()), ("gru", GRUFrictionRegressor(**options))]
    )


def weights(model):
    return [p.detach().numpy() for p in model.steps[-1][1].net_.module_.parameters()]


def same_weights(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def without_times(results):
    return results.drop(columns=["fit_time", "score_time"])


class KnownLoss(RegressorMixin, BaseEstimator):
    """A regressor whose lowest validation loss is given by window length and seed."""

    n_fits = 0

    def __init__(self, losses=None, seeds=(), fails_at=(), interrupts=(), random_state=None):
        self.losses = losses
        self.seeds = seeds
        self.fails_at = fails_at
        self.interrupts = interrupts
        self.random_state = random_state

    def fit(self, X, y):
        type(self).n_fits += 1
        length = X.shape[1]
        repeat = list(self.seeds).index(self.random_state)
        if (length, repeat) in self.fails_at or (length, None) in self.fails_at:
            raise RuntimeError(f"no luck with {length} rows")
        self.n_features_in_ = X.shape[2]
        self.mean_ = float(np.mean(y))
        self.best_validation_loss_ = self.losses[length][repeat]
        self.interrupted_ = (length, repeat) in self.interrupts
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def seeds_of(random_state, n_repeats):
    """Return the seeds of any search from a random state."""
    search = RepeatedSeedSearchCV(
        DummyRegressor(), {}, n_repeats=n_repeats, cv=PurgedKFold(2, 1), random_state=random_state
    )
    return [int(seed) for seed in search.fit(np.zeros((4, 1)), np.zeros(4)).seeds_]


def known_search(losses, lengths=None, **options):
    """Sweep window lengths whose losses, one per repeat, are given."""
    n_repeats = len(next(iter(losses.values())))
    estimator = {name: options.pop(name) for name in ("fails_at", "interrupts") if name in options}
    X, y = make_record()
    lengths = list(losses) if lengths is None else lengths
    options = {"n_repeats": n_repeats, "random_state": 0, **options}
    known = KnownLoss(losses, seeds_of(options["random_state"], options["n_repeats"]), **estimator)
    search = WindowLengthSearchCV(
        Pipeline([("window", SlidingWindowTransformer()), ("known", known)]), lengths, **options
    )
    return search, X, y


class KnownByName(RegressorMixin, BaseEstimator):
    """A regressor whose lowest validation losses are given, by name and seed."""

    def __init__(self, losses=None, seeds=(), name=None, fails=(), random_state=None):
        self.losses = losses
        self.seeds = seeds
        self.name = name
        self.fails = fails
        self.random_state = random_state

    def fit(self, X, y):
        repeat = list(self.seeds).index(self.random_state)
        FITS.names.append((self.name, repeat))
        if self.name in self.fails:
            raise RuntimeError(f"no luck with {self.name}")
        self.n_features_in_ = X.shape[1]
        self.mean_ = float(np.mean(y))
        self.best_validation_loss_ = self.losses[self.name][repeat]
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def search_by_name(losses, **options):
    """Search candidates whose losses, one per repeat, are given."""
    n_repeats = len(next(iter(losses.values())))
    options = {"n_repeats": n_repeats, "random_state": 0, **options}
    known = KnownByName(losses, seeds_of(0, n_repeats), fails=options.pop("fails", ()))
    return RepeatedSeedSearchCV(known, {"name": list(losses)}, **options)


class FailsAbove(Ridge):
    """A regressor that fails where its penalty is too high."""

    def fit(self, X, y):
        if self.alpha > 50:
            raise RuntimeError(f"alpha={self.alpha} is too high")
        return super().fit(X, y)


class AddNoise(TransformerMixin, BaseEstimator):
    """A step that takes a seed, too."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        noise = np.random.RandomState(self.random_state).normal(size=np.shape(X))
        return X + 0.1 * noise
