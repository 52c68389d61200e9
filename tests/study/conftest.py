"""Studies that several files of tests look at, run once."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study import run_study
from tests.study._records import OPTIONS, ROTATED, known_record, small_regressor


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    X, y, stress = known_record()
    study = run_study(
        X, y, condition=stress, output=folder, regressor=small_regressor(), name="made", **ROTATED
    )
    return study, folder, X, y


@pytest.fixture(scope="session")
def without_skill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("no_skill")
    X, y, _ = known_record()
    noise = pd.Series(np.random.default_rng(1).normal(size=len(y)), index=y.index)
    return run_study(X, noise, output=folder, regressor=small_regressor(), **OPTIONS), folder


@pytest.fixture(scope="session")
def beside_the_law(tmp_path_factory):
    """A record that the classical law describes, but for a bystander, with its truth."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "bystander": rng.normal(size=900),
            "slip_velocity_m_s": np.repeat(10.0 ** rng.uniform(-6, -4, size=30), 30),
        },
        index=pd.Index(np.arange(900.0), name="time_s"),
    )
    y = 0.6 - 0.005 * np.log(X["slip_velocity_m_s"] / 1e-6)
    y += 1e-4 * rng.normal(size=900)
    return run_study(
        X,
        y.rename("friction"),
        velocity="slip_velocity_m_s",
        truth={
            "memory": 1,
            "importances": {"slip_velocity_m_s": 1.0, "bystander": 0.0},
            "causal_parents": ["slip_velocity_m_s"],
        },
        output=tmp_path_factory.mktemp("law"),
        regressor=small_regressor(),
        **{**OPTIONS, "window_lengths": [2, 6]},
    )
