"""The whole protocol on a small record whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study import run_study
from tests.study._records import OPTIONS, known_record, small_regressor


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
        X, y, condition=stress, output=folder, regressor=small_regressor(), name="made", **OPTIONS
    )
    assert again.search.n_trained_ == 0
    after = {path: path.stat().st_mtime_ns for path in (folder / "trainings").rglob("*.training")}
    assert after == before
    assert again.report.read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "fast"}, "preset is 'fast'"),
        ({"condition": [1.0, 2.0]}, "condition has 2 values"),
        ({"condition_bins": [0, 2]}, "outside of the bins"),
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
    assert study.search.results_["n_training"].item() > 0
    assert "longest gap" in study.report.read_text(encoding="utf-8")
