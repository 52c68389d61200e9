"""Skill on the friction damper: the network, simpler models, and boosting without history.

Run ``python benchmarks/friction_damper.py`` where the record can be downloaded, or put its files
into ``DATA_HOME/friction_damper`` and give ``--data-home DATA_HOME``. It takes some minutes and
writes the table that the user guide shows.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.datasets import fetch_friction_damper
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

WINDOW_LENGTHS = (8, 16, 32)
N_REPEATS = 3
PARTS = ("validation", "test")
TABLE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "friction_damper.csv"

RIDGES = [make_pipeline(StandardScaler(), Ridge(alpha)) for alpha in (1.0, 1e2, 1e4)]
BOOSTINGS = [
    HistGradientBoostingRegressor(learning_rate=rate, max_leaf_nodes=leaves, random_state=0)
    for rate in (0.03, 0.1)
    for leaves in (7, 31)
]


class Record:
    """The record, split as the quick study splits it."""

    def __init__(self, data_home):
        self.X, self.y = fetch_friction_damper(data_home=data_home, return_X_y=True, as_frame=True)
        self.holdout = RunHoldout(n_blocks=10, window_length=max(WINDOW_LENGTHS))
        parts = self.holdout.parts(self.X)
        names = ("training", *PARTS)
        self.rows = {name: np.flatnonzero(parts == name) for name in names}

    def skill(self, predicted):
        """Return the skill on validation and test rows."""
        runs = pd.factorize(self.X.index.get_level_values("run"))[0]
        return {
            part: skill_score(
                self.y.to_numpy(),
                predicted,
                training=self.rows["training"],
                scored=self.rows[part],
                run_codes=runs,
            ).skill
            for part in PARTS
        }

    def flattened(self, candidates, window_lengths):
        """Return the skill of the model and window length that validation rows choose."""
        training, found = self.rows["training"], []
        for length in window_lengths:
            windows = SlidingWindowTransformer(length, flatten=True).fit_transform(self.X)
            for model in candidates:
                model.fit(windows[training], self.y.iloc[training])
                found.append({"rows": length, **self.skill(model.predict(windows))})
        return max(found, key=lambda skill: skill["validation"])

    def network(self):
        """Return the median skill of the repeats at the best window length."""
        regressor = GRUFrictionRegressor(lr=0.003, max_epochs=25, stride=3, validation=self.holdout)
        search = WindowLengthSearchCV(
            Pipeline([("window", SlidingWindowTransformer()), ("gru", regressor)]),
            WINDOW_LENGTHS,
            n_repeats=N_REPEATS,
            n_jobs=-1,
            random_state=0,
        ).fit(self.X, self.y)
        skills = pd.DataFrame([self.skill(model.predict(self.X)) for model in search.estimators_])
        return {"rows": search.best_window_length_, **skills.median()}


def main():
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="folder for data sets; scikit-learn's if not given")
    parser.add_argument("--output", type=Path, default=TABLE, help="file of the table")
    arguments = parser.parse_args()
    record = Record(arguments.data_home)
    with warnings.catch_warnings():
        # Trainings of 25 epochs have not ended; the quick preset is what is measured.
        warnings.simplefilter("ignore")
        skills = {
            "network": record.network(),
            "ridge on flattened windows": record.flattened(RIDGES, WINDOW_LENGTHS),
            "boosting on flattened windows": record.flattened(BOOSTINGS, WINDOW_LENGTHS),
            "boosting without history": record.flattened(BOOSTINGS, (1,)),
        }
    table = pd.DataFrame.from_dict(skills, orient="index").rename_axis("model")
    table["rows"] = table["rows"].astype(int)
    table = table.round(2)
    print(table.to_string())
    table.to_csv(arguments.output)


if __name__ == "__main__":
    main()
