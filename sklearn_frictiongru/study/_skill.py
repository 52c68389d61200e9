"""What a study says of the skill of its models and of the window length."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.study._bands import bands_of
from sklearn_frictiongru.study._split import SCORED_PARTS
from sklearn_frictiongru.study._sweep import (
    longer_and_without,
    middle_repeats,
    rotated_length_of,
    shown_lengths_of,
)
from sklearn_frictiongru.study._verdict import (
    WHOLE_RECORD,
    History,
    compare_lengths,
    rotate,
    skill_of_repeats,
    skill_table,
    verdict_of,
)
from sklearn_frictiongru.utils.index import time_level
from sklearn_frictiongru.utils.validation import index_of


def skill_of_study(search, settings, by_length, law, X, y, holdout, rows, trainings):
    """Return the fields of a study on its skill and on the window length."""
    best = search.best_window_length_
    repeat_skill = skill_of_repeats(by_length[best], rows)
    finished = by_length[best][np.isfinite(by_length[best]).all(axis=1)]
    tests = {part: rows.test(part, finished) for part in SCORED_PARTS}
    lengths = compare_lengths(search, settings, by_length, rows)
    recommended = settings.length_of(lengths.recommended_window_length)
    shown_lengths = shown_lengths_of(search, recommended)
    predictions, skill = _predictions_of_medians(search, shown_lengths, by_length, X, rows)
    if law is not None:
        predictions["predicted_law"] = law.predicted
    bands = bands_of(by_length, shown_lengths, rows.parts)
    longer, without = longer_and_without(lengths, settings)
    history = History(lengths.history, "test", longer)
    if settings.rotations:
        chosen = rotated_length_of(search, settings, lengths)
        longer = longer if chosen == without else chosen
        rotation = rotate(search, [chosen, longer, without], X, y, holdout, **trainings)
        predictions["predicted_rotated"] = rotation.predictions[chosen]
        tests[WHOLE_RECORD] = rotation.test(chosen, rows)
        against_one_row = rotation.test(longer, rows, against=without)
        history = History(against_one_row, WHOLE_RECORD, longer)
    predictions = predictions.assign(**bands)
    return {
        "lengths": lengths,
        "shown_lengths": shown_lengths,
        "predictions": predictions,
        "skill": skill,
        "repeat_skill": repeat_skill,
        "skill_tests": tests,
        "verdict": verdict_of(tests),
        "history": None if longer == without else history,
    }


def _run_names(index, rows):
    """Return the name of each row's run, its number where runs have no names."""
    if index.nlevels == 1:
        return rows.run_codes
    if index.nlevels == 2:
        return index.get_level_values(0)
    return [" ".join(map(str, names[:-1])) for names in index]


def _predictions_of_medians(search, shown_lengths, by_length, X, rows):
    """Return what the median repeat of each shown length predicts, and its skill."""
    index = index_of(X)
    index = pd.RangeIndex(len(X)) if index is None else index
    predictions = pd.DataFrame(
        {
            "run": _run_names(index, rows),
            "time": time_level(index),
            "part": rows.parts,
            "measured": rows.measured,
        }
    )
    skills, middle = {}, middle_repeats(search)
    for length in shown_lengths:
        predicted = by_length[length][middle[length]].copy()
        # Rows without full history for the longest window are compared nowhere.
        predicted[rows.parts == "warm-up"] = np.nan
        predictions[f"predicted_{length}"] = predicted
        skills[length] = rows.skill(predicted)
    return predictions, skill_table(skills, "window_length")
