"""What a study leaves on disk."""

import errno
import json
import os

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from sklearn_frictiongru.neural_network import load_model
from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.study._write import _write_best_model, write_study
from tests.study._records import LENGTHS, OPTIONS, ROTATED, known_record, small_regressor


def test_writes_every_figure_and_every_number_behind_it(finished):
    study, folder, _, _ = finished
    for name in (
        "figure_1_window_length",
        "figure_1b_reference_models",
        "figure_2_predictions",
        "figure_2b_predictions_along_time",
        "figure_2c_whole_record",
        "figure_3_importance",
        "figure_4_importance_by_condition",
        "figure_5_importance_along_time",
        "figure_6_importance_by_lag",
    ):
        assert (folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
        assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
    sweep = pd.read_csv(folder / "sweep_results.csv")
    assert len(sweep) == (1 + len(LENGTHS)) * ROTATED["n_repeats"]
    np.testing.assert_allclose(sweep["score"], study.search.results_["score"])
    importance = pd.read_csv(folder / "importance.csv")
    assert set(importance["condition"]) == {"all", "1 MPa", "3 MPa"}
    for measure in ("relative", "net"):
        of_measure = importance[importance["measure"] == measure]
        np.testing.assert_allclose(of_measure.groupby(["model", "condition"])["value"].sum(), 1.0)
        floors = study.null_floor[measure].loc[of_measure["input"]]
        np.testing.assert_array_equal(of_measure["floor"], floors)
    floor = pd.read_csv(folder / "null_floor.csv", index_col="input")
    np.testing.assert_array_equal(floor["floor"], study.null_floor.relative)
    trainings = pd.read_csv(folder / "null_floor_trainings.csv")
    assert len(trainings) == 5 * (2 + 2 * 4)
    references = pd.read_csv(folder / "references.csv", index_col=["model", "window_length"])
    assert set(references.index.get_level_values("model")) == {"network", "ridge", "boosting"}
    assert set(references.index.get_level_values("window_length")) == {1, *LENGTHS}
    by_lag = pd.read_csv(folder / "importance_by_lag.csv").query("measure == 'relative'")
    assert set(by_lag["lag"]) == set(range(study.importance.importances_[0].lags[0] + 1))
    np.testing.assert_allclose(by_lag.groupby("model")["value"].sum(), 1.0)
    along_time = pd.read_csv(folder / "importance_along_time.csv", index_col="row")
    np.testing.assert_allclose(along_time[["driver", "bystander"]].sum(axis=1), 1.0)
    np.testing.assert_allclose(along_time[["driver_net", "bystander_net"]].sum(axis=1), 1.0)
    permutation = pd.read_csv(folder / "importance_by_permutation.csv", index_col="input")
    by_measure = permutation.pivot(columns="measure", values="value")
    assert (by_measure.loc["driver"] > by_measure.loc["bystander"]).all()
    assert along_time["time"].iloc[0] == 100.0 + max(LENGTHS) - 1
    curves = pd.read_csv(folder / "learning_curves.csv")
    assert len(curves) == len(sweep) * OPTIONS["max_epochs"]


def test_the_best_model_and_the_settings_can_be_used_again(finished):
    study, folder, X, _ = finished
    model = load_model(folder / "best_model.safetensors")
    np.testing.assert_array_equal(model.predict(X), study.search.best_estimator_.predict(X))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["seeds"] == study.search.seeds_.tolist()
    assert settings["window_lengths"] == [1, *LENGTHS]
    assert (settings["rotations"], settings["log"]) == (True, [])
    assert set(settings["versions"]) >= {"torch", "scikit-learn", "sklearn_frictiongru"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "fast"}, "preset is 'fast'"),
        ({"condition": [1.0, 2.0]}, r"condition has shape \(2,\)"),
        ({"condition_bins": [0, 2]}, "outside the bins"),
        ({"window_lengths": [5000]}, "the longest run only 900"),
        ({"window_lengths": [130]}, "complete windows to train on"),
        ({"stride": 50}, "smaller stride"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_trained(tmp_path, change, message):
    X, y, stress = known_record()
    options = {**OPTIONS, "condition": stress, **change}
    with pytest.raises(ValueError, match=message):
        run_study(X, y, output=tmp_path, regressor=small_regressor(), **options)
    assert not list(tmp_path.rglob("*.training"))


def test_missing_values_are_named_before_anything_is_trained(tmp_path):
    X, y, _ = known_record()
    X.iloc[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"NaN in column 'bystander' at row 7 \(index 107\.0\)"):
        run_study(X, y, output=tmp_path, **OPTIONS)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    X, y, _ = known_record()
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(ValueError, match="taken' cannot be written to"):
        run_study(X, y, output=tmp_path / "taken", **OPTIONS)


def test_a_model_that_is_no_data_does_not_cost_the_report(tmp_path):
    model = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    model.learnt_ = (value for value in range(3))
    with pytest.warns(UserWarning, match=rf"best_model.* not written to {tmp_path}"):
        _write_best_model(model, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_stood_there(finished, monkeypatch):
    study, folder, X, _ = finished
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    left = [7]

    def no_room(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        write_study(study, X)
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
