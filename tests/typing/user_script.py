"""What a user may write: mypy checks it with the package's own types, and a test runs it."""

from pathlib import Path
from typing import assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import load_p655, make_memory_regression
from sklearn_frictiongru.inspection import GradientImportance, GradientImportanceDisplay
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.study import run_study


def main(folder: Path) -> None:
    """Load, train, search, rank the inputs and write a study."""
    assert_type(load_p655(return_X_y=True), tuple[pd.DataFrame, pd.Series])
    assert_type(load_p655(return_X_y=True, as_frame=False)[1], NDArray[np.float64])
    X, y, truth = make_memory_regression(n_samples=800, memory=5, random_state=0)
    assert_type(y, pd.Series)
    memory: int = truth.memory
    windows = SlidingWindowTransformer(memory).fit_transform(X)
    gru = GRUFrictionRegressor(hidden_size=4, n_gru_layers=1, max_epochs=2, random_state=0)
    assert_type(gru.fit(windows, y), GRUFrictionRegressor)
    assert_type(gru.predict(windows), NDArray[np.float64])
    ensemble = GRUFrictionEnsemble(gru, random_state=0).fit(windows, y)
    search = WindowLengthSearchCV(
        make_pipeline(SlidingWindowTransformer(), gru),
        [2, 5],
        n_repeats=2,
        cv=RunHoldout(n_blocks=2, window_length=5),
        random_state=0,
    ).fit(X, y)
    assert_type(search.best_window_length_, int | str | pd.Timedelta)
    importance = GradientImportance(random_state=0).fit([gru, ensemble], windows, y, by=X["x0"] > 0)
    assert_type(importance.summary(), pd.DataFrame)
    display = GradientImportanceDisplay.from_importance(importance, kind="conditions")
    display.figure_.savefig(folder / "importance.png")
    run_study(X, y, output=folder, window_lengths=[1, 5], n_repeats=2, max_epochs=1, verbose=0)


if __name__ == "__main__":
    main(Path("study"))
