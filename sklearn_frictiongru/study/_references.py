"""Reference models for the network: ridge, boosting and the rate-and-state law."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.model_selection import SkillTest
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.rate_state import RateStateRegressor
from sklearn_frictiongru.study._split import SCORED_PARTS

NETWORK, LAW = "network", "rate-and-state law"
PENALTIES = (1e-2, 1.0, 1e2, 1e4, 1e6)
"""Penalties of ridge regression."""
LEAVES = (7, 31)
"""Largest numbers of leaves of a tree in gradient boosting."""


@dataclass(frozen=True)
class FittedLaw:
    """The rate-and-state law fitted to the training rows."""

    model: RateStateRegressor
    # Of shape (n_rows,).
    predicted: NDArray[np.float64]
    # One row for each scored part.
    skill: pd.DataFrame
    warnings: list[str]


def fit_law(X, y, velocity, max_gap, rows):
    """Fit the rate-and-state law to the training rows, and compare it with the baselines."""
    law = RateStateRegressor(velocity=velocity, max_gap=max_gap)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # The states follow the velocity of all rows; the friction of the others is not used.
        law.fit(X, y, rows=rows.numbers("training"))
    predicted = law.predict(X)
    skill = pd.DataFrame.from_dict(rows.skill(predicted), orient="index")
    return FittedLaw(
        model=law,
        predicted=predicted,
        skill=skill.rename_axis("part"),
        warnings=[str(warning.message) for warning in caught],
    )


@dataclass(frozen=True)
class References:
    """The network and the reference models, on the same rows."""

    # One row per model and window length. Of the network "validation" and "test" are medians of
    # the repeats, "test_averaged" is the skill of the errors averaged over them.
    table: pd.DataFrame
    # Of each model at the length that validation rows choose, of the network by the mean loss:
    # one row per model, in the order of "test_averaged".
    best: pd.DataFrame
    # The first of `best` on test rows against the second, of averaged errors.
    first_against_second: SkillTest


def compare_with_references(X, y, settings, predictions, best_length, law, rows):
    """Compare the network at every window length with simpler models on the same windows.

    `best_length` is the length with the lowest mean loss.
    """
    training = rows.numbers("training")[:: settings.stride]
    table, predicted = [], {}
    for length, n_rows in zip(settings.window_lengths, settings.window_rows, strict=True):
        finished = predictions[length][np.isfinite(predictions[length]).all(axis=1)]
        skills = [rows.skill(each) for each in finished]
        medians = {p: float(np.median([skill[p].skill for skill in skills])) for p in SCORED_PARTS}
        # All repeats have the same baselines, so that this is the skill of the averaged errors.
        averaged = float(np.mean([skill["test"].skill for skill in skills]))
        of_network = {"model": NETWORK, "window_length": length, "setting": ""}
        table.append({**of_network, **medians, "test_averaged": averaged})
        predicted[NETWORK, length] = finished
        windows = SlidingWindowTransformer(
            n_rows, max_gap=settings.max_gap, flatten=True
        ).fit_transform(X)
        windows = np.asarray(windows)
        for name, predict in {"ridge": _ridge, "boosting": _boosting}.items():
            candidates = predict(windows, np.asarray(y), training)
            setting, predicted[name, length], skill = _best_setting(candidates, rows)
            table.append({"model": name, "window_length": length, "setting": setting, **skill})
    if law is not None:
        skill = law.skill["skill"].to_dict()
        table.append({"model": LAW, "window_length": "", "setting": "fitted", **skill})
        predicted[LAW, ""] = law.predicted
    table = pd.DataFrame(table)
    # A reference model is trained once.
    table["test_averaged"] = table["test_averaged"].fillna(table["test"])
    chosen = table.groupby("model", sort=False)["validation"].idxmax()
    # There is one best network, that of the sweep: the one with the lowest mean loss.
    of_network = (table["model"] == NETWORK) & (table["window_length"] == best_length)
    chosen[NETWORK] = int(np.flatnonzero(of_network)[0])
    chosen = table.loc[chosen]
    best = chosen.sort_values("test_averaged", ascending=False)
    first, second = list(best[["model", "window_length"]].itertuples(index=False, name=None))[:2]
    return References(
        table=table.set_index(["model", "window_length"]),
        best=best.set_index("model"),
        first_against_second=rows.test("test", predicted[first], {second[0]: predicted[second]}),
    )


def _ridge(windows, y, training):
    """Return the predictions (n_rows,) of ridge regression by penalty."""
    model = make_pipeline(StandardScaler(), Ridge(PENALTIES))
    # A target for each penalty, so that the products of the windows are computed once.
    targets = np.tile(y[training, None], len(PENALTIES))
    predicted = model.fit(windows[training], targets).predict(windows)
    names = [f"alpha={penalty:g}" for penalty in PENALTIES]
    return dict(zip(names, predicted.T, strict=True))


def _boosting(windows, y, training):
    """Return the predictions (n_rows,) of gradient boosting by the size of its trees."""
    return {
        f"max_leaf_nodes={leaves}": HistGradientBoostingRegressor(
            max_leaf_nodes=leaves, early_stopping=False, random_state=0
        )
        .fit(windows[training], y[training])
        .predict(windows)
        for leaves in LEAVES
    }


def _best_setting(candidates, rows):
    """Return the setting that validation rows choose, its predictions and its skill."""
    found = []
    for setting, predicted in candidates.items():
        skill = {part: each.skill for part, each in rows.skill(predicted).items()}
        found.append((setting, predicted, skill))
    return max(found, key=lambda each: each[2]["validation"])
