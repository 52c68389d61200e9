"""Whether the models have skill, and history matters."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import RunHoldout, rotated_predictions, skill_test
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.study._sweep import rotated_length_of
from sklearn_frictiongru.study._verdict import (
    BASELINES,
    WHOLE_RECORD,
    verdict_of,
    verdict_table,
)
from tests.study._records import small_regressor


def with_verdicts(**verdicts):
    return {rows: SimpleNamespace(verdict=verdict) for rows, verdict in verdicts.items()}


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [
        ("yes", "yes", "yes"),
        ("yes", "not clear", "not clear"),
        ("yes", "no", "no"),
        ("no", "yes", "no"),
        ("not clear", "not clear", "not clear"),
    ],
)
def test_without_rotations_both_parts_have_to_say_yes(validation, test, expected):
    tests = with_verdicts(validation=validation, test=test)
    assert verdict_of(tests) == expected
    # The whole record decides where it was tested.
    for whole in ("yes", "not clear", "no"):
        assert verdict_of({**tests, **with_verdicts(**{WHOLE_RECORD: whole})}) == whole


def test_the_whole_record_is_tested_by_models_that_have_not_seen_it(finished):
    study, folder, _, _ = finished
    assert list(study.skill_tests) == ["validation", "test", WHOLE_RECORD]
    test = study.skill_tests[WHOLE_RECORD]
    assert study.verdict == test.verdict == "yes"
    assert study.has_skill
    complete = study.parts != "warm-up"
    assert test.n_rows == complete.sum()
    predicted = study.predictions["predicted_rotated"]
    assert predicted.notna().to_numpy().tolist() == complete.tolist()
    table = pd.read_csv(folder / "verdict.csv", index_col=["rows", "against"])
    first, second = study.references.best.sort_values("test").index[[-1, -2]]
    assert list(table.index.unique("rows")) == [
        *study.skill_tests,
        f"history, {WHOLE_RECORD}",
        f"{first} against {second}, test",
    ]
    here = table.loc[WHOLE_RECORD]
    assert here["p_value"].max() == pytest.approx(test.p_value)
    assert here["detectable_skill"].max() == pytest.approx(test.detectable_skill)
    # The better baseline comes first.
    assert here.index[0] == BASELINES[test.baseline]
    assert set(here.index) == set(BASELINES.values())
    assert here["skill"].iloc[0] == pytest.approx(test.skill)
    assert (table["n_blocks"] > 5).all()


def test_what_was_not_found_is_missing_in_the_table(finished):
    study = finished[0]
    tests = dict(study.skill_tests)
    nothing = {
        name: each._replace(
            skill_low=-np.inf, skill_high=1.0, p_value=np.nan, detectable_skill=np.inf
        )
        for name, each in tests["test"].against.items()
    }
    tests["test"] = replace(tests["test"], n_blocks=3.6, verdict="not clear", against=nothing)
    table = verdict_table(replace(study, skill_tests=tests)).loc["test"]
    assert list(table["verdict"]) == ["not tested"] * 2
    missing = ["skill_low", "skill_high", "p_value", "detectable_skill"]
    assert table[missing].isna().all(axis=None)
    assert table["skill"].notna().all()


def test_the_whole_record_is_tested_at_the_recommended_length(finished):
    study, folder, X, y = finished
    recommended = study.settings.length_of(study.lengths.recommended_window_length)
    table = pd.read_csv(folder / "verdict.csv").groupby("rows")["window_length"].first()
    assert table[WHOLE_RECORD] == table[f"history, {WHOLE_RECORD}"] == recommended > 1
    assert table["test"] == table["validation"] == study.search.best_window_length_
    model = study.search.median_estimator(recommended)
    holdout = model[-1].validation
    again = rotated_predictions(model, X, y, holdout, random_state=study.settings.random_state)
    expected = skill_test(y, again.predictions, again.baselines, block_length=again.block_length)
    assert study.skill_tests[WHOLE_RECORD].skill == pytest.approx(expected.skill)


@pytest.mark.parametrize(
    ("recommended", "best", "expected"), [(1, 8, 8), (1, 1, 1), (4, 8, 4), (8, 8, 8)]
)
def test_one_row_is_tested_over_the_whole_record_only_where_it_is_the_best(
    recommended, best, expected
):
    settings = SimpleNamespace(window_rows=[1, 4, 8], length_of=lambda rows: rows)
    found = rotated_length_of(
        SimpleNamespace(best_window_length_=best),
        settings,
        SimpleNamespace(recommended_window_length=recommended),
    )
    assert found == expected


def test_history_is_tested_against_one_row(finished):
    study, folder, _, _ = finished
    assert study.settings.window_lengths[0] == 1
    assert study.history.rows == WHOLE_RECORD
    assert study.history.window_length == study.search.best_window_length_
    assert study.history.test.verdict == "yes"
    assert study.history.test.baseline == "window length 1"
    table = pd.read_csv(folder / "window_lengths.csv", index_col="window_length")
    assert list(table.index) == study.settings.window_rows
    assert table.loc[1, ["p_seeds", "p_blocks"]].max() < 0.05
    assert table["test_skill"].idxmax() == study.lengths.best_window_length


def test_noise_is_no_skill(without_skill):
    study, _ = without_skill
    assert study.verdict in ("no", "not clear")
    assert not study.has_skill
    assert list(study.skill_tests) == ["validation", "test"]


def test_the_skill_of_the_importances_is_the_lower_median(finished, without_skill):
    for study in (finished[0], without_skill[0]):
        skill = study.repeat_skill["skill"].unstack("part")
        assert len(skill) == study.settings.n_repeats
        assert study.importance.skill_ == pytest.approx(skill.median().min())
        assert np.isfinite(study.median_skill).all()


def test_ten_seeds_do_not_swing_between_yes_and_no():
    """A sign of the skill on a few test rows would, on a signal as weak as this one."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=600)})
    y = (0.3 * X["x"] + rng.normal(size=600)).to_numpy()
    model = make_pipeline(SlidingWindowTransformer(2), small_regressor().set_params(max_epochs=4))
    verdicts = set()
    for seed in range(10):
        found = rotated_predictions(model, X, y, RunHoldout(window_length=2), random_state=seed)
        test = skill_test(y, found.predictions, found.baselines, block_length=found.block_length)
        verdicts.add(verdict_of({WHOLE_RECORD: test}))
    assert not {"yes", "no"} <= verdicts
