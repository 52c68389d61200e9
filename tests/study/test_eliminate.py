"""A study that gives up window lengths, from the trainings to the report."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.study._settings import PRESETS
from sklearn_frictiongru.study._sweep import repeats_before_given_up
from tests.study._page import Page, stored_numbers, unknown_numbers
from tests.study._records import OPTIONS, known_record, small_regressor


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raced")
    X, y, stress = known_record(700)
    options = {**OPTIONS, "window_lengths": [2, 6, 8], "n_repeats": 4, "max_epochs": 6}
    study = run_study(
        X,
        y,
        condition=stress,
        output=folder,
        regressor=small_regressor().set_params(lr=0.03),
        eliminate=0.3,
        **options,
    )
    return study, folder


@pytest.fixture(scope="module")
def text(raced):
    page = raced[0].report.read_text(encoding="utf-8")
    page = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_some_lengths_are_given_up(raced):
    study = raced[0]
    given_up = repeats_before_given_up(study.search)
    assert {1, 2} <= set(given_up)
    assert set(given_up.values()) == {3}
    assert study.search.best_window_length_ not in given_up
    assert study.lengths.recommended_window_length not in given_up
    assert study.lengths.best_window_length not in given_up
    assert study.search.results_["status"].str.startswith("stopped").any()


def test_every_number_of_the_page_stands_in_a_table_or_in_the_settings(raced):
    page = Page(raced[0].report.read_text(encoding="utf-8"))
    assert unknown_numbers(page, stored_numbers(raced[1])) == []


def test_history_is_tested_over_the_seeds_that_both_have(raced):
    study = raced[0]
    models = study.search.estimators_by_length_
    # The window of one row is never stopped: three whole repeats.
    assert [model is not None for model in models[1]] == [True, True, True, False]
    longer = study.history.window_length
    X, y, _ = known_record(700)
    test = study.parts == "test"
    losses = {
        length: np.mean(
            [(y[test] - models[length][k].predict(X)[test]) ** 2 for k in range(3)], axis=0
        ).mean()
        for length in (1, longer)
    }
    assert study.history.test.skill == pytest.approx(1 - losses[longer] / losses[1])


def test_tables_say_what_was_left_out(raced):
    study, folder = raced
    table = pd.read_csv(folder / "window_lengths.csv", index_col="window_length")
    results = study.search.results_
    for length, rows in results.groupby("window_length"):
        status = rows["status"]
        assert table.loc[length, "n_finished"] == (status == "finished").sum()
        assert table.loc[length, "n_stopped_early"] == status.str.startswith("stopped").sum()
    given_up = table["given_up_after"].dropna().astype(int).to_dict()
    assert given_up == repeats_before_given_up(study.search)
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["eliminate"] == 0.3
    written = pd.read_csv(folder / "sweep_results.csv")
    assert written["status"].tolist() == results["status"].tolist()


def test_the_report_says_what_was_left_out(raced, text):
    study = raced[0]
    assert "were given up that would not have been recommended: 1 row" in text
    share = study.search.results_["n_epochs"].sum() / (4 * 4 * 6)
    assert f"took {100 * share:.0f} % of the epochs of all repeats" in text
    assert "up to 4 trainings of each window length" in text
    assert "predictive probability (Spiegelhalter et al., 1986) was below 30 %" in text
    assert "Monitoring clinical trials" in text
    assert "3; given up after 3" in text
    assert "failed" not in text
    for gap in ("nan", "None", "{"):
        assert not re.search(rf"\W{re.escape(gap)}\W", text.partition("Repeat this study")[0])


def test_the_box_plot_marks_them(raced):
    from sklearn_frictiongru.study._figures import figures_of

    study = raced[0]
    figure = figures_of(study)["figure_1_window_length"](study)
    ax = figure.axes[0]
    written = [int(label.get_text().split("\n")[2]) for label in ax.get_xticklabels()]
    finished = study.search.results_.query("status == 'finished'")["window_length"]
    lengths = study.search.results_["window_length"].unique()
    assert written == [(finished == length).sum() for length in lengths]
    assert min(written) < max(written) == 4
    assert ax.get_xlabel().endswith("completed repeats, fewer where given up")
    assert "lengths not given up" in figure.axes[0].get_title()


def test_the_references_are_compared_with_a_length_that_remains(raced):
    study = raced[0]
    chosen = study.references.best.loc["network", "window_length"]
    assert chosen not in repeats_before_given_up(study.search)


def test_the_fast_preset_is_the_protocol_with_elimination():
    assert PRESETS["paper-fast"] == {**PRESETS["paper"], "eliminate": 0.05}


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 5])
def test_an_error_rate_is_between_0_and_1(rate, tmp_path):
    X, y, _ = known_record(100)
    with pytest.raises(ValueError, match=f"eliminate is {rate}; expected an error rate between"):
        run_study(X, y, output=tmp_path, eliminate=rate)
