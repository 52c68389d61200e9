"""The rate-and-state law beside the network."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer
from sklearn_frictiongru.study._references import (
    LEAVES,
    PENALTIES,
    References,
    _ridge,
    compare_with_references,
)
from sklearn_frictiongru.study._report import references_sentence
from sklearn_frictiongru.study._report._methods import _of_the_references
from sklearn_frictiongru.study._report._notes import _reference_notes
from sklearn_frictiongru.study._report._page import formulas
from sklearn_frictiongru.study._verdict import ScoredRows, predictions_of_lengths
from tests.study._records import known_record


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
    assert f"rate-and-state law {study.law.skill.loc['test', 'skill']:.2f}" in page
    assert study.references.best.index[0] == "rate-and-state law"
    # Where blocks cannot tell the best two models apart, only the order of the skills is said.
    clear = study.references.first_against_second.verdict == "yes"
    assert ("The network is not the best model of this record." in page) == clear
    assert ("The network does not have the highest skill there." in page) == (not clear)
    assert study.references.table.loc[("rate-and-state law", ""), "test"] == pytest.approx(
        study.law.skill.loc["test", "skill"]
    )
    assert "Rate-and-state law: friction follows velocity as at steady state" in page
    assert (study.report.parent / "skill_of_law.csv").exists()


def test_simpler_models_stand_beside_the_network_at_every_length(finished):
    study, _, X, y = finished
    table = study.references.table
    n_lengths = len(study.settings.window_lengths)
    assert table.index.get_level_values("model").value_counts().to_dict() == {
        "network": n_lengths,
        "ridge": n_lengths,
        "boosting": n_lengths,
    }
    best = study.search.best_window_length_
    assert table.loc[("network", best), "test"] == pytest.approx(study.median_skill["test"])
    # The target is a linear filter of the last six rows.
    assert table.loc[("ridge", 6), "test"] > 0.999
    assert table.loc[("ridge", 2), "test"] < 0.5
    windows = SlidingWindowTransformer(6, flatten=True).fit_transform(X)
    training = study.parts == "training"
    assert table.loc[("ridge", 6), "setting"] == "alpha=0.01"
    ridge = make_pipeline(StandardScaler(), Ridge(0.01)).fit(windows[training], y[training])
    test = study.parts == "test"
    mse = np.mean((ridge.predict(windows[test]) - y[test]) ** 2)
    baseline = study.skill.xs("test", level="part").iloc[0]
    reference = min(baseline["mse_training_mean"], baseline["mse_last_training_target"])
    assert table.loc[("ridge", 6), "test"] == pytest.approx(1 - mse / reference, abs=1e-9)


def test_there_is_one_best_network(finished):
    study, _, X, y = finished
    best = study.references.best
    assert best.loc["network", "window_length"] == study.search.best_window_length_
    # Also where another length has the higher median skill on validation rows.
    settings, search = study.settings, study.search
    rows = ScoredRows(y.to_numpy(), study.parts, Runs.of(X).codes, settings.longest_window)
    by_length = predictions_of_lengths(search, X)
    other = settings.window_lengths[0]
    found = compare_with_references(X, y, settings, by_length, other, None, rows)
    assert found.best.loc["network", "window_length"] == other
    validation = study.references.table.loc["network", "validation"]
    assert validation[other] < validation.max()
    assert found.best.drop("network").equals(best.drop("network")[found.best.columns])


def test_the_report_says_who_is_best_on_test_rows(finished):
    study = finished[0]
    best = study.references.best
    assert list(best["test_averaged"]) == sorted(best["test_averaged"], reverse=True)
    sentence = references_sentence(study)
    for model, row in best.iterrows():
        length = study.settings.label_of(row["window_length"])
        assert f"{model} {row['test_averaged']:.2f} with a window of {length}" in sentence
    behind = best.index[0] != "network"
    clear = study.references.first_against_second.verdict == "yes"
    assert ("The network is not the best model" in sentence) == (behind and clear)
    assert ("The network does not have the highest skill" in sentence) == (behind and not clear)
    assert formulas(sentence) in study.report.read_text(encoding="utf-8")


@pytest.mark.parametrize(("scale", "place"), [(1e-5, 0), (0.5, 1)])
def test_both_sides_are_compared_by_errors_averaged_over_the_repeats(finished, scale, place):
    """Also where the network comes second, and where one of its trainings has failed."""
    study, _, X, y = finished
    settings, search = study.settings, study.search
    rows = ScoredRows(y.to_numpy(), study.parts, Runs.of(X).codes, settings.longest_window)
    rng = np.random.default_rng(0)
    best = search.best_window_length_
    scales = np.array([0.5, 1.0, 3.0])[:, None] * 0.01 * scale
    of_network = y.to_numpy() + scales * rng.normal(size=(3, len(y)))
    by_length = {
        n: np.vstack([of_network, np.full((1, len(y)), np.nan)]) for n in settings.window_lengths
    }
    found = compare_with_references(X, y, settings, by_length, best, None, rows)
    test = found.first_against_second
    first, second = found.best.index[:2]
    assert (first, second)[place] == "network"
    here = study.parts == "test"
    mse = np.mean((of_network - y.to_numpy())[:, here] ** 2)
    baseline = study.skill.xs("test", level="part").iloc[0]
    reference = min(baseline["mse_training_mean"], baseline["mse_last_training_target"])
    averaged = found.table["test_averaged"]
    assert averaged["network", best] == pytest.approx(1 - mse / reference)
    # The test compares what the table says.
    skills = found.best["test_averaged"]
    assert test.skill == pytest.approx(1 - (1 - skills[first]) / (1 - skills[second]))


@pytest.mark.parametrize("n_features", [4, 60])
def test_each_penalty_of_ridge_regression_is_a_model_of_its_own(n_features):
    rng = np.random.default_rng(0)
    windows = rng.normal(3.0, 2.0, (80, n_features))
    y, training = windows @ rng.normal(size=n_features) + rng.normal(size=80), np.arange(0, 80, 2)
    found = _ridge(windows, y, training)
    assert list(found) == ["alpha=0.01", "alpha=1", "alpha=100", "alpha=10000", "alpha=1e+06"]
    for penalty, predicted in zip(PENALTIES, found.values(), strict=True):
        model = make_pipeline(StandardScaler(), Ridge(penalty))
        expected = model.fit(windows[training], y[training]).predict(windows)
        np.testing.assert_allclose(predicted, expected, rtol=1e-6)


def test_methods_name_the_settings_that_were_tried(finished):
    text, compared_by = _of_the_references(finished[0])
    assert compared_by == "The best two models on test rows were compared by the same test."
    assert "penalties of 0.01, 1, 100, 10,000 and 1,000,000" in text
    assert f"up to {LEAVES[0]} or {LEAVES[1]} leaves in a tree" in text


def compared(skills, *, verdict="yes", p_value=0.01, n_blocks=9.0, setting="alpha=1"):
    """Return references with the skills of models on test rows."""
    best = pd.DataFrame({"test_averaged": skills, "setting": ""})
    best.loc["ridge", "setting"] = setting
    test = SimpleNamespace(verdict=verdict, p_value=p_value, n_blocks=n_blocks)
    best = best.sort_values("test_averaged", ascending=False)
    return References(table=None, best=best, first_against_second=test)


@pytest.mark.parametrize(
    ("skills", "options", "note"),
    [
        ({"network": 0.9, "ridge": 0.8}, {}, None),
        (
            {"network": 0.77, "ridge": 0.79},
            {},
            "Ridge regression has a higher skill on the test rows than the network, 0.79 against "
            "0.77.",
        ),
        (
            {"network": 0.7712, "ridge": 0.7738},
            {"verdict": "not clear", "p_value": 0.2},
            "Ridge regression has a higher skill on the test rows than the network, 0.774 against "
            "0.771, but is not distinguishable from it (p = 0.20).",
        ),
        (
            {"network": 0.77, "ridge": 0.79},
            {"n_blocks": 3.6},
            "Ridge regression has a higher skill on the test rows than the network, 0.79 against "
            "0.77, which was not tested.",
        ),
        # The test is of the best two models.
        (
            {"network": 0.5, "ridge": 0.7, "boosting": 0.9},
            {},
            "Gradient boosting has a higher skill on the test rows than the network, 0.90 against "
            "0.50, which was not tested.",
        ),
    ],
)
def test_a_note_names_a_simpler_model_that_is_better(skills, options, note):
    found = compared(pd.Series(skills), **options)
    assert _reference_notes(found, "yes") == ([] if note is None else [note])
    assert _reference_notes(found, "not clear") == []


@pytest.mark.parametrize(
    ("setting", "note"),
    [
        ("alpha=0.01", "smallest penalty of ridge regression that was tried, 0.01: beyond it"),
        ("alpha=1e+06", "largest penalty of ridge regression that was tried, 1,000,000: beyond it"),
    ],
)
def test_a_note_says_where_a_penalty_is_at_an_end(setting, note):
    skills = pd.Series({"network": 0.9, "ridge": 0.8})
    for verdict in ("yes", "no"):
        (found,) = _reference_notes(compared(skills, setting=setting), verdict)
        assert note in found
