"""The page that states what a study found."""

import configparser
import dataclasses
import html
import json
import re
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study import run_study
from sklearn_frictiongru.study._report import _answers, _importance_tables, page_html
from sklearn_frictiongru.study._report._answers import _length_answer, _ranking_answer, answers
from sklearn_frictiongru.study._report._page import TEMPLATES
from tests.study._records import OPTIONS, known_record, small_regressor

SAID = {
    "no": "No: the network with a window of",
    "not clear": "Not clear: the network with a window of",
}
ROOT = Path(__file__).resolve().parents[2]


def test_the_report_states_the_answers_first_and_holds_its_pictures(finished):
    study, _, _, _ = finished
    page = study.report.read_text(encoding="utf-8")
    places = [
        page.index("Can friction be predicted"),
        page.index("how long a history"),
        page.index("Which input matters"),
        page.index('<h2 id="figures-title">'),
    ]
    assert places == sorted(places)
    assert "Yes: the network with a window of" in page
    assert page.count("data:image/png;base64,") == 9
    assert f"models (mean) with a median skill of {study.importance.skill_:.2f}" in page
    assert "The order by permuting histories instead" in page
    assert "http" not in page.replace("http-equiv", "")


def test_without_skill_that_is_said_first_and_the_ranking_is_greyed(without_skill):
    study, folder = without_skill
    assert not study.has_skill
    page = study.report.read_text(encoding="utf-8")
    assert page.index(SAID[study.verdict]) < page.index("how long a history")
    assert "Not interpretable" in page
    assert '<div class="scroll greyed"' in page
    assert f"Greyed: the verdict on skill is {study.verdict!r}".replace("'", "&#39;") in page
    assert not (folder / "figure_4_importance_by_condition.png").exists()


def test_a_lowered_purge_stands_in_the_report(tmp_path):
    X, y, _ = known_record()
    options = {**OPTIONS, "window_lengths": [6], "n_repeats": 1, "max_epochs": 2}
    study = run_study(X, y, output=tmp_path, regressor=small_regressor(), purge=0, **options)
    page = study.report.read_text(encoding="utf-8")
    assert "purge was lowered to 0 rows (strict would be 5)" in page
    assert study.settings.purge == 0
    assert "purged" in study.parts_table.index
    assert study.parts_table.loc["purged", "rows"] == 0


def test_what_the_user_has_named_is_escaped(finished):
    study = dataclasses.replace(finished[0], notes=["<b>wet</b> & dry"])
    kept = json.loads(study.report.with_name("settings.json").read_text(encoding="utf-8"))
    page = page_html(study, [], kept, finished[2])
    assert "<li>&lt;b&gt;wet&lt;/b&gt; &amp; dry</li>" in page


def test_without_a_stored_model_no_code_is_offered(finished, tmp_path):
    kept = json.loads(finished[0].report.with_name("settings.json").read_text(encoding="utf-8"))
    study = dataclasses.replace(finished[0], report=tmp_path / "report.html")
    page = page_html(study, [], kept, finished[2])
    assert "Predict new data" not in page
    assert "Predict new data" in finished[0].report.read_text(encoding="utf-8")


def test_every_template_is_package_data():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = config["options.package_data"]["sklearn_frictiongru.study._report"].split()
    names = TEMPLATES.list_templates(filter_func=lambda name: not name.endswith((".py", ".pyc")))
    assert {"page.html.jinja", "style.css"} <= set(names)
    for name in names:
        assert any(fnmatch(name, pattern) for pattern in patterns), name


@pytest.mark.parametrize(
    ("skill", "of_history", "expected"),
    [
        ("yes", "yes", "History matters: a window of "),
        ("yes", "no", "No history is needed: "),
        ("yes", "not clear", "Not clear: longer windows"),
        *(
            (skill, history, f"Not clear: the verdict on skill is {skill!r}")
            for skill in ("not clear", "no")
            for history in ("yes", "no")
        ),
    ],
)
def test_history_is_claimed_only_of_models_with_skill(finished, skill, of_history, expected):
    studied = finished[0]

    class Other:
        """The study, with other verdicts."""

        verdict = skill
        history = dataclasses.replace(
            studied.history, test=dataclasses.replace(studied.history.test, verdict=of_history)
        )

        def __getattr__(self, name):
            return getattr(studied, name)

    assert _length_answer(Other()).verdict.startswith(expected)


def test_tests_that_few_blocks_do_not_allow_are_said_in_words(tmp_path):
    """Two test blocks of 40 rows hold no five blocks of the 35 rows of the longest window."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400)})
    study = run_study(
        X,
        rng.normal(size=400),
        output=tmp_path,
        regressor=small_regressor(),
        **{**OPTIONS, "window_lengths": [35], "purge": 0, "n_repeats": 1, "rotations": False},
    )
    assert all(test.n_blocks < 5 for test in study.skill_tests.values())
    page = re.sub(r"(?s)<(style|img|script).*?>", "", study.report.read_text(encoding="utf-8"))
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert "No p-value and no bounds can be given" in text
    assert not re.search(r"(?<![A-Za-z])(nan|-?inf)(?![A-Za-z])", text)


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        (True, "Slip velocity, the only input, matters."),
        (False, "Slip velocity, the only input, is not distinguishable from its surrogates."),
    ],
)
def test_a_single_input_is_not_called_one_of_several(above, expected):
    index = pd.Index(["slip_velocity_m_s"], name="input")
    summary = pd.DataFrame({"relative": 1.0, "floor": 0.7, "above_floor": above}, index=index)
    study = SimpleNamespace(
        importance=SimpleNamespace(
            summary=lambda: summary,
            group_summary=lambda: pd.DataFrame(),
            relative_=pd.DataFrame(1.0, index=range(5), columns=index),
            feature_names_=list(index),
            skill_=0.9,
        ),
        null_floor=SimpleNamespace(
            tests=pd.DataFrame({"p_value": 0.1, "n_surrogates": 20, "floor": 0.7}, index=index)
        ),
        permutation=SimpleNamespace(spearman_of_means=np.nan),
        why_no_finding=None,
        units={},
    )
    answer = _ranking_answer(study)
    assert answer.verdict == expected
    assert "has 0.70 of the mean absolute gradient of the input, on average, p = 0.10." in (
        " ".join(answer.detail)
    )
    table = _importance_tables._summary(study)
    assert table.title == "The only input against its surrogates"
    cells = [cell.text for cell in table.rows[0]]
    assert "0.70" in cells
    assert "1.00" not in cells


@pytest.mark.parametrize(
    ("verdict", "skills", "expected"),
    [
        ("yes", {}, "Yes: {network} is better than both baselines over the whole record."),
        (
            "yes",
            {"test": -0.5},
            "Yes: {network} is better than both baselines over the whole record, but on test rows "
            "{errors} larger than those of the better baseline.",
        ),
        (
            "not clear",
            {"validation": -0.96, "test": -5.91, "whole record": 0.35},
            "Not clear: {network} is not shown to be better than the baselines over the whole "
            "record (against the last training value the skill is 0.35, p = 0.12); on validation "
            "rows and test rows {errors} larger than "
            "those of the better baseline.",
        ),
        (
            "not clear",
            {"whole record": 0.05},
            "Not clear: {network} is not shown to be better than the baselines over the whole "
            "record (against the last training value the skill is 0.05, p = 0.12).",
        ),
        ("no", {"test": -1.0}, "No: {network} has no skill over the whole record."),
    ],
)
@pytest.mark.parametrize("tested_is_best", [True, False])
def test_the_answer_names_the_network_and_the_rows(
    finished, monkeypatch, verdict, skills, expected, tested_is_best
):
    study = finished[0]
    best = study.search.best_window_length_
    other_length = next(n for n in study.settings.window_lengths if n != best)
    tested = best if tested_is_best else other_length
    monkeypatch.setattr(_answers, "tested_length", lambda *_: tested)
    network = f"the network with a window of {study.settings.label_of(tested)}"
    label = study.settings.label_of(best)
    errors = f"the errors with the best window length, {label}, are"
    expected = expected.format(
        network=network, errors="its errors are" if tested_is_best else errors
    )
    tests = {
        rows: dataclasses.replace(
            test,
            skill=skills.get(rows, 0.9),
            against={
                "training_mean": test.against["training_mean"]._replace(skill=0.2, p_value=0.01),
                "last_training_target": test.against["last_training_target"]._replace(
                    skill=skills.get(rows, 0.9), p_value=0.12
                ),
            },
        )
        for rows, test in study.skill_tests.items()
    }
    other = dataclasses.replace(study, verdict=verdict, skill_tests=tests)
    assert answers(other)[0].verdict == expected
    assert "The test over the whole record decides." in " ".join(answers(other)[0].detail)


def test_without_rotations_no_whole_record_is_named(without_skill):
    study = without_skill[0]
    for verdict in ("yes", "not clear", "no"):
        answer = answers(dataclasses.replace(study, verdict=verdict))[0]
        assert "whole record" not in " ".join([answer.verdict, *answer.detail])
        assert "The tests on validation rows and on test rows decide together." in " ".join(
            answer.detail
        )


def test_the_skills_of_one_network_are_told_apart(finished):
    """The median of the repeats, the repeat with the median loss, and the averaged errors."""
    study = finished[0]
    table = study.predictions
    here = (table["part"] == "test").to_numpy()
    predicted = np.stack([model.predict(finished[2]) for model in study.search.estimators_])
    mse = ((predicted - table["measured"].to_numpy())[:, here] ** 2).mean(axis=1)
    of_baselines = study.repeat_skill.xs("test", level="part").iloc[0]
    baseline = min(of_baselines["mse_training_mean"], of_baselines["mse_last_training_target"])
    losses = study.search.results_.query("rows == @rows", local_dict={
        "rows": study.lengths.best_window_length
    }).sort_values("repeat")["score"].to_numpy()  # fmt: skip
    shown = int(np.argsort(losses)[len(losses) // 2])
    text = " ".join(answers(study)[0].detail)
    assert f"{np.median(1 - mse / baseline):.2f} is the median of the repeats" in text
    assert f"{1 - mse[shown] / baseline:.2f} is that of the repeat whose loss is the median" in text
    assert f"{1 - mse.mean() / baseline:.2f} is that of the errors averaged over" in text
