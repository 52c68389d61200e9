"""Leakage is real: where nothing can be learnt, only a shuffled split reports skill."""

import numpy as np
import pytest
from scipy.signal import lfilter
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold

from sklearn_frictiongru.model_selection import PurgedKFold, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

LENGTH = 20


def record_without_memory(seed, n_rows):
    """Return slow inputs and a slow, noisy target that know nothing of each other."""
    rng = np.random.default_rng(seed)

    def slow(n_columns):
        steps = lfilter([1], [1, -0.995], rng.normal(size=(n_rows, n_columns)), axis=0)
        return steps / steps.std(axis=0)

    return slow(3), slow(1)[:, 0] + 0.5 * rng.normal(size=n_rows)


def mean_skill(model, flatten, cv, seed=0, n_rows=1500):
    """Return the mean skill of a model over the folds of a splitter."""
    X, y = record_without_memory(seed, n_rows)
    windows = SlidingWindowTransformer(LENGTH).fit_transform(X)
    windows, y = windows[windows.complete], y[windows.complete]
    skills = []
    for train, test in cv.split(windows):
        pieces = [windows[train], windows[test]]
        if flatten:
            pieces = [np.asarray(piece).reshape(len(piece), -1) for piece in pieces]
        predicted = np.full(len(y), np.nan)
        predicted[test] = model.fit(pieces[0], y[train]).predict(pieces[1])
        skills.append(skill_score(y, predicted, training=train, scored=test).skill)
    return np.mean(skills)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_shuffled_split_reports_skill_and_the_purged_one_none(seed):
    model = ExtraTreesRegressor(60, min_samples_leaf=3, random_state=0)
    shuffled = mean_skill(model, True, KFold(4, shuffle=True, random_state=0), seed)
    purged = mean_skill(model, True, PurgedKFold(4, LENGTH), seed)
    assert shuffled > 0.2
    assert purged < 0


def test_the_network_memorises_as_well():
    model = GRUFrictionRegressor(
        hidden_size=16, n_gru_layers=1, max_epochs=50, lr=0.01, validation=None, random_state=0
    )
    shuffled = mean_skill(model, False, KFold(2, shuffle=True, random_state=0), n_rows=900)
    purged = mean_skill(model, False, PurgedKFold(2, LENGTH), n_rows=900)
    assert shuffled > 0.1
    assert purged < 0
