"""Whether the models have skill and history matters: tests over blocks of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from sklearn_frictiongru.model_selection import (
    SkillTest,
    compare_window_lengths,
    rotated_predictions,
    skill_score,
    skill_test,
)
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.study._sweep import repeats_before_given_up, rotated_length_of
from sklearn_frictiongru.utils.blocks import enough_blocks
from sklearn_frictiongru.utils.skill import naive_baselines

WHOLE_RECORD = "whole record"
NOT_TESTED = "not tested"
BASELINES = {
    "training_mean": "training mean",
    "last_training_target": "last training value",
}
"""The baselines of skill, in words."""


@dataclass(frozen=True)
class ScoredRows:
    """The rows that predictions are compared on: arrays of shape (n_rows,)."""

    measured: np.ndarray
    parts: np.ndarray
    run_codes: np.ndarray
    # Rows of the longest window, the shortest block.
    block_length: int

    def numbers(self, part):
        """Return the numbers of the rows of a part."""
        return np.flatnonzero(self.parts == part)

    def baselines(self):
        """Return what the baselines predict from the training rows."""
        return naive_baselines(self.measured, self.numbers("training"), self.run_codes)

    def skill(self, predicted):
        """Return the skill in each part, against baselines from the training rows."""
        return {
            part: skill_score(
                self.measured,
                predicted,
                training=self.numbers("training"),
                scored=self.numbers(part),
                run_codes=self.run_codes,
            )
            for part in SCORED_PARTS
        }

    def test(self, part, predictions, baselines=None):
        """Test over blocks of the rows of a part whether predictions beat the baselines."""
        return skill_test(
            self.measured,
            predictions,
            self.baselines() if baselines is None else baselines,
            block_length=self.block_length,
            scored=self.numbers(part),
            run_codes=self.run_codes,
        )


def predictions_of_lengths(search, X):
    """Return the predictions of every repeat by window length, (n_repeats, n_rows) each.

    NaN for a training that failed.
    """
    nothing = np.full(len(X), np.nan)
    return {
        length: np.stack([nothing if m is None else m.predict(X) for m in models])
        for length, models in search.estimators_by_length_.items()
    }


def skill_table(skills, name):
    """Return the skill in each part by key as a table, its index named `name` and part."""
    rows = {
        (key, part): found for key, of_part in skills.items() for part, found in of_part.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=[name, "part"])
    return table


def skill_of_repeats(predictions, rows):
    """Compare every repeat that has finished with the baselines."""
    skills = {
        repeat: rows.skill(predicted)
        for repeat, predicted in enumerate(predictions)
        if np.isfinite(predicted).all()
    }
    return skill_table(skills, "repeat")


def median_skill(repeat_skill):
    """Return the median skill of the repeats in each part: one training can be lucky."""
    return repeat_skill.groupby("part", sort=False)["skill"].median()


def verdict_of(tests: Mapping) -> str:
    """Return "yes", "not clear" or "no".

    The test over the whole record decides; without it both validation and test rows have to say
    yes, since two test blocks alone can look like skill by chance.
    """
    if WHOLE_RECORD in tests:
        return tests[WHOLE_RECORD].verdict
    verdicts = [tests[part].verdict for part in SCORED_PARTS]
    if "no" in verdicts:
        return "no"
    return "yes" if verdicts == ["yes", "yes"] else "not clear"


def compare_lengths(search, settings, predictions, rows):
    """Compare the window lengths, counted in rows, over seeds and over blocks of test rows."""
    results = search.results_.sort_values("repeat").groupby("rows")["score"]
    by_rows = dict(zip(settings.window_rows, settings.window_lengths, strict=True))
    given_up = repeats_before_given_up(search)
    return compare_window_lengths(
        {n: scores.to_numpy() for n, scores in results},
        {n: predictions[by_rows[n]] for n in results.groups},
        rows.measured,
        rows.baselines(),
        block_length=rows.block_length,
        scored=rows.numbers("test"),
        run_codes=rows.run_codes,
        given_up=[n for n, length in by_rows.items() if length in given_up],
    )


@dataclass(frozen=True)
class Rotation:
    """Predictions of the whole record by models that have not seen the rows they predict."""

    # By window length, (n_rows,) each, NaN where the history is incomplete.
    predictions: dict
    # By name, (n_rows,) each.
    baselines: dict
    # Rows of a block.
    block_length: int

    def test(self, length, rows, against=None):
        """Test a window length against the baselines, or against another window length."""
        baselines = self.baselines
        if against is not None:
            baselines = {f"window length {against}": self.predictions[against]}
        return skill_test(
            rows.measured,
            self.predictions[length],
            baselines,
            block_length=self.block_length,
            run_codes=rows.run_codes,
        )


def rotate(search, lengths, X, y, holdout, **options):
    """Train one model for each rotation of the split at each of some window lengths."""
    predictions = {}
    for length in dict.fromkeys(lengths):
        model = clone(search.median_estimator(length))
        found = rotated_predictions(model, X, y, holdout, **options)
        predictions[length] = found.predictions[0]
    return Rotation(predictions, found.baselines, found.block_length)


@dataclass(frozen=True)
class History:
    """Whether history matters: a test of a longer window against one row."""

    test: SkillTest
    # "test" or "whole record".
    rows: str
    # Of the longer window, as given.
    window_length: int | str | pd.Timedelta


def length_verdict_of(search):
    """Return how clearly the best window length won."""
    return search.verdict_ if len(search.window_lengths) > 1 else "the only one"


def tested_length(study, rows):
    """Return the window length of the models that a test of skill is of."""
    if rows == WHOLE_RECORD:
        return rotated_length_of(study.search, study.settings, study.lengths)
    return study.search.best_window_length_


def verdict_table(study):
    """Return one row per test of a study: of skill, of history, of the best two models."""
    tests = {part: (tested_length(study, part), test) for part, test in study.skill_tests.items()}
    if study.history is not None:
        history = study.history
        tests[f"history, {history.rows}"] = (history.window_length, history.test)
    references = study.references
    first, second = references.best.index[:2]
    tests[f"{first} against {second}, test"] = (
        references.best["window_length"].iloc[0],
        references.first_against_second,
    )
    lines = [
        {
            "rows": rows,
            "against": BASELINES.get(name, name),
            "window_length": str(length),
            "verdict": test.verdict if enough_blocks(test.n_blocks) else NOT_TESTED,
            **_found(each),
            "n_blocks": test.n_blocks,
            "longest_block": test.longest_block,
            "block_length": test.block_length,
            "n_rows": test.n_rows,
        }
        for rows, (length, test) in tests.items()
        for name, each in _better_first(test)
    ]
    return pd.DataFrame(lines).set_index(["rows", "against"])


def _better_first(test):
    """Return the comparisons of a test, that with the better baseline first."""
    return sorted(test.against.items(), key=lambda each: each[1].baseline_mse)


def _found(comparison):
    """Return what a comparison has found; NaN for what it has not."""
    found = {
        name: value if np.isfinite(value) else np.nan
        for name, value in comparison._asdict().items()
    }
    if np.isnan(found["skill_low"]):
        found["skill_high"] = np.nan
    return found
