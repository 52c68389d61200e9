"""Reference models beside the network: the rate-and-state law."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from sklearn_frictiongru.rate_state import RateStateRegressor


@dataclass(frozen=True)
class FittedLaw:
    """The rate-and-state law fitted to the training rows."""

    model: RateStateRegressor
    # Of shape (n_rows,).
    predicted: NDArray[np.float64]
    # One row for each scored part.
    skill: pd.DataFrame
    warnings: list[str]


def fit_law(X, y, velocity, max_gap, model, rows):
    """Fit the rate-and-state law to the training rows; compare it with the baselines of `model`."""
    training = np.flatnonzero(rows.parts == "training")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        law = RateStateRegressor(velocity=velocity, max_gap=max_gap).fit(
            _safe_indexing(X, training), _safe_indexing(y, training)
        )
    predicted = law.predict(X)
    skill = pd.DataFrame.from_dict(rows.skill(predicted, model), orient="index")
    return FittedLaw(
        model=law,
        predicted=predicted,
        skill=skill.rename_axis("part"),
        warnings=[str(warning.message) for warning in caught],
    )
