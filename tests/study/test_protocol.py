"""The whole protocol on a small record whose truth is known."""

import json

import joblib
import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.study import PRESETS, run_study

MEMORY = 6
LENGTHS = [2, 6, 12]


def small_regressor():
    return GRUFrictionRegressor(
        conv_channels=8, hidden_size=8, n_gru_layers=1, lr=0.01, batch_size=32
    )


def known_record(n_rows=900, seed=0):
    """Return a record whose target is the mean of the last rows of its first input."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        rng.normal(size=(n_rows, 2)),
        columns=["driver", "bystander"],
        index=pd.Index(np.arange(100.0, 100.0 + n_rows), name="time_s"),
    )
    filtered = np.convolve(X["driver"], np.ones(MEMORY) / MEMORY)[:n_rows]
    y = pd.Series(0.6 + 0.1 * filtered, index=X.index, name="friction")
    stress = pd.Series(np.where(np.arange(n_rows) // 150 % 2, 3.0, 1.0), index=X.index)
    return X, y, stress


OPTIONS = {
    "window_lengths": LENGTHS,
    "n_repeats": 2,
    "max_epochs": 15,
    "stride": 1,
    "n_jobs": 1,
    "verbose": 0,
    "condition_name": "normal stress [MPa]",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    X, y, stress = known_record()
    study = run_study(
        X, y, condition=stress, output=folder, regressor=small_regressor(), name="made", **OPTIONS
    )
    return study, folder, X, y


@pytest.fixture(scope="module")
def without_skill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("no_skill")
    X, y, _ = known_record()
    noise = pd.Series(np.random.default_rng(1).normal(size=len(y)), index=y.index)
    return run_study(X, noise, output=folder, regressor=small_regressor(), **OPTIONS), folder


def test_finds_the_memory_and_the_input_that_matters(finished):
    study, _, _, _ = finished
    means = study.search.summary()["mean"]
    assert means[2] > 2 * means[6]
    assert study.search.best_window_length_ in (6, 12)
    assert study.has_skill
    assert list(study.importance.summary().index) == ["driver", "bystander"]
    assert (study.importance.ranks_["driver"] == 1).all()


def test_writes_every_figure_and_every_number_behind_it(finished):
    study, folder, _, _ = finished
    for name in (
        "figure_1_window_length",
        "figure_2_predictions",
        "figure_2b_predictions_along_time",
        "figure_3_importance",
        "figure_4_importance_by_condition",
        "figure_5_importance_along_time",
        "figure_6_importance_by_lag",
    ):
        assert (folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
        assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
    sweep = pd.read_csv(folder / "sweep_results.csv")
    assert len(sweep) == len(LENGTHS) * OPTIONS["n_repeats"]
    np.testing.assert_allclose(sweep["score"], study.search.results_["score"])
    importance = pd.read_csv(folder / "importance.csv")
    assert set(importance["condition"]) == {"all", "1.0", "3.0"}
    for measure in ("relative", "net"):
        of_measure = importance[importance["measure"] == measure]
        np.testing.assert_allclose(of_measure.groupby(["model", "condition"])["value"].sum(), 1.0)
        np.testing.assert_array_equal(of_measure["floor"], study.null_floor[measure])
    by_lag = pd.read_csv(folder / "importance_by_lag.csv").query("measure == 'relative'")
    assert set(by_lag["lag"]) == set(range(study.importance.importances_[0].lags[0] + 1))
    np.testing.assert_allclose(by_lag.groupby("model")["value"].sum(), 1.0)
    along_time = pd.read_csv(folder / "importance_along_time.csv", index_col="row")
    np.testing.assert_allclose(along_time[["driver", "bystander"]].sum(axis=1), 1.0)
    np.testing.assert_allclose(along_time[["driver_net", "bystander_net"]].sum(axis=1), 1.0)
    permutation = pd.read_csv(folder / "importance_by_permutation.csv", index_col="parameter")
    by_measure = permutation.pivot(columns="measure", values="value")
    assert (by_measure.loc["driver"] > by_measure.loc["bystander"]).all()
    assert along_time["time"].iloc[0] == 100.0 + max(LENGTHS) - 1
    curves = pd.read_csv(folder / "learning_curves.csv")
    assert len(curves) == len(sweep) * OPTIONS["max_epochs"]


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


def test_the_median_of_the_repeats_decides_on_skill(finished, without_skill):
    for study in (finished[0], without_skill[0]):
        skill = study.repeat_skill["skill"].unstack("part")
        assert len(skill) == OPTIONS["n_repeats"]
        assert study.has_skill == bool((skill.median() > 0).all())
        assert study.importance.skill_ == pytest.approx(skill.median().min())


def test_no_model_was_trained_on_validation_or_test_rows(finished):
    study, _, _, _ = finished
    for models in study.search.estimators_by_length_.values():
        for model in models:
            trained_on = np.unique(study.parts[model[-1].training_indices_])
            assert list(trained_on) == ["training"]
            validated = np.unique(study.parts[model[-1].validation_indices_])
            assert list(validated) == ["validation"]


def test_the_best_model_and_the_settings_can_be_used_again(finished):
    study, folder, X, _ = finished
    model = joblib.load(folder / "best_model.joblib")
    np.testing.assert_array_equal(model.predict(X), study.search.best_estimator_.predict(X))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["seeds"] == study.search.seeds_.tolist()
    assert settings["window_lengths"] == LENGTHS
    assert set(settings["versions"]) >= {"torch", "scikit-learn", "sklearn_frictiongru"}


def test_called_again_it_trains_nothing_and_says_the_same(finished):
    study, folder, X, y = finished
    before = {path: path.stat().st_mtime_ns for path in (folder / "trainings").rglob("*.joblib")}
    page = study.report.read_text(encoding="utf-8")
    _, _, stress = known_record()
    again = run_study(
        X, y, condition=stress, output=folder, regressor=small_regressor(), name="made", **OPTIONS
    )
    assert again.search.n_trained_ == 0
    after = {path: path.stat().st_mtime_ns for path in (folder / "trainings").rglob("*.joblib")}
    assert after == before
    assert again.report.read_text(encoding="utf-8") == page


def test_the_report_states_the_answers_first_and_holds_its_pictures(finished):
    study, _, _, _ = finished
    page = study.report.read_text(encoding="utf-8")
    places = [
        page.index("Can friction be predicted"),
        page.index("How long a history"),
        page.index("Which input matters"),
        page.index("<h2>Figures</h2>"),
    ]
    assert places == sorted(places)
    assert "Yes: the models beat both baselines" in page
    assert page.count("data:image/png;base64,") == 7
    assert "models with a skill of 0." in page
    assert "Ranked by permuting histories instead" in page
    assert "http" not in page.replace("http-equiv", "")


def test_without_skill_that_is_said_first_and_the_ranking_is_greyed(without_skill):
    study, folder = without_skill
    assert not study.has_skill
    assert not study.importance.interpretable_
    page = study.report.read_text(encoding="utf-8")
    assert page.index("No skill") < page.index("How long a history")
    assert "Not interpretable" in page
    assert '<div class="table greyed">' in page
    assert "Greyed: the models have no skill" in page
    assert not (folder / "figure_4_importance_by_condition.png").exists()


@pytest.fixture(scope="module")
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


def test_the_classical_law_stands_beside_the_network(beside_the_law):
    study = beside_the_law
    law = study.law.model
    assert law.a_minus_b_ == pytest.approx(-0.005, rel=0.02)
    # It knows the form of the truth, so that it is hard to beat, and saw training rows only.
    assert (study.law.skill["skill"] > 0.9).all()
    assert law.n_features_in_ == 2
    training = np.flatnonzero(study.parts == "training")
    assert (
        len(
            law.predict(
                known_record()[0]
                .rename(columns={"driver": "bystander", "bystander": "slip_velocity_m_s"})
                .abs()
            )
        )
        == 900
    )
    assert len(training) < 900
    table = pd.read_csv(study.report.parent / "predictions.csv")
    scored = table["part"] == "test"
    mse = np.mean((table["predicted_law"] - table["measured"])[scored] ** 2)
    assert study.law.skill.loc["test", "mse"] == pytest.approx(mse)
    page = study.report.read_text(encoding="utf-8")
    assert (
        "The rate-and-state law, fitted to the velocity of the training rows, has a skill of"
        in (page)
    )
    assert "Rate-and-state law: friction follows velocity as at steady state" in page
    assert (study.report.parent / "skill_of_law.csv").exists()


def test_what_is_true_stands_beside_what_was_found(beside_the_law):
    study = beside_the_law
    page = study.report.read_text(encoding="utf-8")
    memory, importances, parents = study.beside_truth[:3]
    best = study.search.best_window_length_
    assert memory.startswith(f"true memory: 1 rows; found: best window length {best} (")
    summary = study.importance.summary()
    assert f"slip_velocity_m_s 1.00 (relative {summary['relative'].iloc[0]:.2f}" in importances
    assert "bystander 0.00" in importances
    assert "inputs found above the floor: slip_velocity_m_s" in parents
    for line in study.beside_truth:
        assert line in page
    caution = "(not interpretable: no skill)"
    assert (caution in parents) == (caution in importances) == (not study.has_skill)


def test_a_lowered_purge_stands_in_the_report(tmp_path):
    X, y, _ = known_record()
    options = {**OPTIONS, "window_lengths": [6], "n_repeats": 1, "max_epochs": 2}
    study = run_study(X, y, output=tmp_path, regressor=small_regressor(), purge=0, **options)
    page = study.report.read_text(encoding="utf-8")
    assert "purge was lowered to 0 rows (strict would be 5)" in page
    assert study.settings["purge"] == 0
    assert "purged" in study.parts_table.index
    assert study.parts_table.loc["purged", "rows"] == 0


def test_parts_of_p655_see_both_normal_stresses():
    p655 = load_p655()
    longest = max(PRESETS["quick"]["window_lengths"])
    parts = RunHoldout(window_length=longest).parts(p655.data)
    for part in ("training", "validation", "test"):
        stresses = p655.normal_stress[parts == part]
        assert (stresses < 80).any(), part
        assert (stresses > 95).any(), part


def test_the_published_protocol_is_the_paper_preset():
    paper = PRESETS["paper"]
    assert list(paper["window_lengths"]) == [50, 100, 150, 200, 250, 300, 350, 400, 450, 500]
    assert (paper["n_repeats"], paper["max_epochs"], paper["stride"]) == (20, 100, 1)
    assert PRESETS["quick"]["purge"] is None


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
    assert not list(tmp_path.rglob("*.joblib"))


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
