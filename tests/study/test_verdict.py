"""Whether the models have skill, and history matters."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import RunHoldout, rotated_predictions, skill_test
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.study._verdict import WHOLE_RECORD, verdict_of
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
    table = pd.read_csv(folder / "verdict.csv", index_col="rows")
    assert list(table.index) == [*study.skill_tests, f"history, {WHOLE_RECORD}"]
    assert table.loc[WHOLE_RECORD, "p_value"] == pytest.approx(test.p_value)
    assert (table["n_blocks"] > 5).all()


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
