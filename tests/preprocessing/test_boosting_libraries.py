"""XGBoost and LightGBM take flattened windows under the names of their columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

# Brackets and commas are what both libraries refuse in names.
COLUMNS = ["temperature_degc", "slip [mm]", "load, N"]
NAMES = [
    f"{name}_lag_{lag}" for lag in (2, 1, 0) for name in ("temperature_degc", "slip_mm", "load_N")
]


def xgboost():
    library = pytest.importorskip("xgboost")
    return library.XGBRegressor(n_estimators=30, n_jobs=1)


def lightgbm():
    library = pytest.importorskip("lightgbm")
    return library.LGBMRegressor(n_estimators=60, n_jobs=1, verbose=-1)


NAMES_SEEN = {
    xgboost: lambda model: model.get_booster().feature_names,
    lightgbm: lambda model: model.booster_.feature_name(),
}


@pytest.mark.parametrize("library", NAMES_SEEN)
def test_flattened_windows_train_under_their_names(library):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 3)), columns=COLUMNS)
    y = X["slip [mm]"].shift(2, fill_value=0.0)
    windows = SlidingWindowTransformer(3, flatten=True).set_output(transform="pandas")
    pipeline = make_pipeline(windows, library()).fit(X, y)
    model = pipeline[-1]
    assert list(NAMES_SEEN[library](model)) == NAMES
    assert NAMES[int(np.argmax(model.feature_importances_))] == "slip_mm_lag_2"
    assert pipeline.score(X, y) > 0.9


def test_names_that_would_become_the_same_stay_apart():
    X = pd.DataFrame(np.zeros((5, 2)), columns=["load [N]", "load (N)"])
    transformer = SlidingWindowTransformer(2, flatten=True).fit(X)
    assert transformer.get_feature_names_out().tolist() == [
        "load_N_0_lag_1",
        "load_N_1_lag_1",
        "load_N_0_lag_0",
        "load_N_1_lag_0",
    ]
