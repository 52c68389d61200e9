"""The whole protocol on a small record whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.neural_network import load_model
from sklearn_frictiongru.study import run_study
from tests.study._records import LENGTHS, OPTIONS, ROTATED, known_record, small_regressor


def test_finds_the_memory_and_the_input_that_matters(finished):
    study, _, _, _ = finished
    means = study.search.summary()["mean"]
    assert means[2] > 2 * means[6]
    assert study.search.best_window_length_ in (6, 12)
    assert study.has_skill
    assert list(study.importance.summary().index) == ["driver", "bystander"]
    assert (study.importance.ranks_["driver"] == 1).all()


def test_predictions_are_those_of_the_sweeps_own_models(finished):
    study, folder, X, _ = finished
    table = pd.read_csv(folder / "predictions.csv", index_col="row")
    scored = table["part"].isin(["validation", "test"]).to_numpy()
    for length in study.shown_lengths:
        model = study.search.median_estimator(length)
        assert any(model is kept for kept in study.search.estimators_by_length_[length])
        np.testing.assert_allclose(
            table.loc[scored, f"predicted_{length}"], model.predict(X)[scored], atol=1e-7
        )
        rows = table["part"].to_numpy() == "validation"
        mse = np.mean((table[f"predicted_{length}"] - table["measured"])[rows] ** 2)
        # The validation rows of the report are those the models were chosen by.
        assert mse == pytest.approx(model[-1].best_validation_loss_, rel=1e-4)
        assert study.skill.loc[(length, "validation"), "mse"] == pytest.approx(mse, rel=1e-9)


def test_no_model_was_trained_on_validation_or_test_rows(finished):
    study, _, _, _ = finished
    for models in study.search.estimators_by_length_.values():
        for model in models:
            trained_on = np.unique(study.parts[model[-1].training_indices_])
            assert list(trained_on) == ["training"]
            validated = np.unique(study.parts[model[-1].validation_indices_])
            assert list(validated) == ["validation"]


def test_called_again_it_trains_nothing_and_says_the_same(finished):
    study, folder, X, y = finished
    before = {path: path.stat().st_mtime_ns for path in (folder / "trainings").rglob("*.training")}
    page = study.report.read_text(encoding="utf-8")
    _, _, stress = known_record()
    again = run_study(
        X, y, condition=stress, output=folder, regressor=small_regressor(), name="made", **ROTATED
    )
    assert again.search.n_trained_ == 0
    after = {path: path.stat().st_mtime_ns for path in (folder / "trainings").rglob("*.training")}
    assert after == before
    assert again.report.read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "fast"}, "preset is 'fast'"),
        ({"condition": [1.0, 2.0]}, r"condition has shape \(2,\)"),
        ({"condition_bins": [0, 2]}, "outside the bins"),
        ({"window_lengths": [5000]}, "the longest run only 900"),
        ({"window_lengths": [130]}, "complete windows to train on"),
        ({"stride": 50}, "smaller stride"),
        ({"log": ["driver"]}, r"driver is -?\d.* at row \d+ \(index .*have no logarithm"),
        ({"log": ["velocity"]}, "log names 'velocity', which is none of the inputs"),
        ({"rotations": True, "test": 0.3}, "cannot be rotated"),
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


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X, y: y.mask(y.notna(), 0.6), "the target is 0.6 in all 900 rows"),
        (lambda X, y: y.where(y.index != 105.0, -9999.0), "friction is -9999 in 1 rows"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused(tmp_path, spoil, message):
    X, y, _ = known_record()
    with pytest.raises(ValueError, match=message):
        run_study(X, spoil(X, y), output=tmp_path, regressor=small_regressor(), **OPTIONS)
    assert not list(tmp_path.rglob("*.training"))


def test_models_of_logarithms_take_raw_values(tmp_path):
    X, y, _ = known_record()
    raw = X.assign(driver=10.0 ** X["driver"])
    small = {**OPTIONS, "window_lengths": [6], "n_repeats": 1, "max_epochs": 3}
    study = run_study(
        raw, y, log=["driver"], output=tmp_path / "log", regressor=small_regressor(), **small
    )
    plain = run_study(X, y, output=tmp_path / "plain", regressor=small_regressor(), **small)
    assert study.settings.log == ["driver"]
    for column in ("predicted_1", "predicted_6"):
        np.testing.assert_allclose(study.predictions[column], plain.predictions[column], atol=1e-5)
    model = study.search.best_estimator_
    # As the report's code does it, without the estimator at hand.
    loaded = load_model(tmp_path / "log" / "best_model.safetensors")
    np.testing.assert_array_equal(loaded.predict(raw), model.predict(raw))
    np.testing.assert_allclose(
        model.predict(raw), plain.search.best_estimator_.predict(X), atol=1e-5
    )
    pd.testing.assert_frame_equal(
        study.null_floor.repeats, plain.null_floor.repeats, rtol=1e-3, atol=1e-5
    )
    pd.testing.assert_frame_equal(study.references.table, plain.references.table, rtol=1e-3)


def test_a_window_of_one_row_is_part_of_every_sweep(finished):
    assert finished[0].settings.window_lengths == [1, *LENGTHS]


def test_a_split_that_cannot_be_rotated_is_noted(tmp_path):
    X, y, _ = known_record()
    small = {"window_lengths": [2], "n_repeats": 1, "max_epochs": 2, "rotations": None}
    options = {**OPTIONS, **small, "test": 0.3}
    study = run_study(X, y, output=tmp_path, regressor=small_regressor(), **options)
    assert not study.settings.rotations
    assert any("not tested over the whole record" in note for note in study.notes)


def test_windows_span_the_rows_that_max_gap_allows_to_be_missing(tmp_path):
    X, y, _ = known_record()
    kept = np.arange(len(X)) % 40 != 7
    options = {**OPTIONS, "window_lengths": [50], "n_repeats": 1, "max_epochs": 1}
    # Without it no run has more than 39 rows.
    with pytest.raises(ValueError, match="the longest run only 39"):
        run_study(X[kept], y[kept], output=tmp_path, regressor=small_regressor(), **options)
    study = run_study(
        X[kept], y[kept], max_gap="3s", output=tmp_path, regressor=small_regressor(), **options
    )
    assert study.settings.max_gap == "3s"
    assert study.search.best_estimator_[0].max_gap == "3s"
    assert (study.parts[:49] == "warm-up").all()
    assert (study.search.results_["n_training"] > 0).all()
    assert "Longest gap" in study.report.read_text(encoding="utf-8")
