"""Where along the whole record the errors are, in a table, a note and a figure."""

from dataclasses import replace
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.study._errors import (
    errors_by_block,
    runs_with_the_largest_errors,
    stretches_with_most_of_the_error,
)
from sklearn_frictiongru.study._figures import figures_of, fonts_for
from sklearn_frictiongru.study._numbers import percent
from sklearn_frictiongru.study._report._captions import captions
from sklearn_frictiongru.study._report._error_places import most_of_the_error
from sklearn_frictiongru.study._report._notes import notes_of

FIGURE = "figure_2c_whole_record"


def study_with(errors, *, runs=None, block_length=10, times=True):
    """Return what errors (n_rows,) of a study are found in; a row every 2 s."""
    n_rows = len(errors)
    table = pd.DataFrame(
        {
            "run": np.zeros(n_rows, dtype=int) if runs is None else runs,
            "time": 100.0 + 2.0 * np.arange(n_rows) if times else np.arange(n_rows),
            "measured": np.zeros(n_rows),
            "predicted_rotated": np.asarray(errors, dtype=float),
        }
    )
    return SimpleNamespace(
        predictions=table,
        skill_tests={"whole record": SimpleNamespace(block_length=block_length)},
        settings=SimpleNamespace(sampling_interval=2.0 if times else None),
    )


def with_large(n_rows, *places, small=0.1):
    """Return errors that are large in some blocks of ten rows."""
    errors = np.full(n_rows, 0.0) + small
    for place in places:
        errors[10 * place : 10 * place + 10] = 3.0
    return errors


def test_each_block_has_its_rows_its_times_and_its_share_of_the_squared_error():
    errors = with_large(100, 4, small=np.linspace(0.2, 0.1, 100))
    errors[:7] = np.nan
    table = errors_by_block(study_with(errors))
    assert list(table["n_rows"]) == [3, *[10] * 9]
    assert list(table["first_row"]) == [7, *range(10, 100, 10)]
    assert list(table["last_time"]) == [100.0 + 2 * row for row in range(9, 100, 10)]
    squared = np.nansum(errors**2)
    np.testing.assert_allclose(table["share_of_squared_error"], [
        np.nansum(errors[first : first + 10] ** 2) / squared for first in range(0, 100, 10)
    ])  # fmt: skip
    assert list(np.flatnonzero(table["few_rows"])) == [4]
    assert list(table["rows_down_to_this"]) == [83, 20, 30, 40, 10, 50, 60, 70, 80, 93]
    assert table["share_down_to_this"][4] == table["share_of_squared_error"][4]
    assert table["share_down_to_this"][9] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("errors", "few"),
    [
        # All rows alike; two blocks of ten, which are more than a sixth; of twenty they are fewer.
        (np.ones(100), []),
        (with_large(100, 2, 7), []),
        (with_large(200, 2, 7), [2, 7]),
        # Half of the error alone is not most of it.
        (with_large(200, 2, small=3.0 / np.sqrt(19)), []),
        (np.zeros(100), []),
    ],
)
def test_most_of_the_error_may_lie_in_few_rows(errors, few):
    study = study_with(errors)
    table = errors_by_block(study)
    assert list(np.flatnonzero(table["few_rows"])) == few
    assert bool(most_of_the_error(study)) == bool(few)


def test_the_sentence_names_the_rows_and_joins_blocks():
    study = study_with(with_large(300, 2, 3, 9))
    places = stretches_with_most_of_the_error(errors_by_block(study))
    assert list(places["n_rows"]) == [20, 10]
    share = 270 / (270 + 270 * 0.01)
    assert places["share_of_squared_error"].sum() == pytest.approx(share)
    assert most_of_the_error(study) == (
        "99 % of the squared error over the whole record lies in 30 of 300 rows: 140 s to 178 s "
        "and 280 s to 298 s."
    )


def test_without_times_rows_are_counted_and_runs_are_named():
    runs = np.repeat(["a", "b"], 150)
    study = study_with(with_large(300, 14, 15), runs=runs, times=False)
    assert most_of_the_error(study).endswith(
        "rows: run a, rows 140 to 149 and run b, rows 150 to 159."
    )


def test_few_places_are_named():
    study = study_with(with_large(800, 1, 11, 21, 31, 41, 51, 61))
    assert most_of_the_error(study).endswith(" s and 2 other places.")


def test_without_rotations_there_is_none(finished):
    study = finished[0]
    tests = {rows: test for rows, test in study.skill_tests.items() if rows != "whole record"}
    other = replace(study, skill_tests=tests)
    assert most_of_the_error(other) == ""
    assert FIGURE not in figures_of(other)
    assert FIGURE in figures_of(study)


def test_of_many_runs_those_with_the_largest_errors_are_drawn():
    runs = np.repeat(list("abcdefg"), 20)
    errors = np.repeat([1.0, 5.0, 2.0, 6.0, 3.0, 7.0, 4.0], 20)
    assert runs_with_the_largest_errors(study_with(errors, runs=runs)) == ["b", "d", "f", "g"]


def drawn(study):
    with fonts_for([]):
        return figures_of(study)[FIGURE](study)


def test_the_figure_shows_the_predictions_that_the_verdict_is_from(finished):
    study, folder, *_ = finished
    figure = drawn(study)
    condition, values, residuals = [ax for ax in figure.axes if ax.axison]
    table = pd.read_csv(folder / "predictions.csv")
    lines = {str(line.get_label()): line for line in values.get_lines()}
    np.testing.assert_allclose(lines["measured"].get_ydata(), table["measured"])
    of_models = lines["predicted, rows not seen in training"]
    np.testing.assert_allclose(of_models.get_ydata(), table["predicted_rotated"])
    np.testing.assert_array_equal(of_models.get_xdata(), table["time"])
    errors = table["predicted_rotated"] - table["measured"]
    (line,) = [line for line in residuals.get_lines() if len(line.get_xdata()) == len(table)]
    np.testing.assert_allclose(line.get_ydata(), errors)
    low, high = residuals.get_ylim()
    assert low < errors.min()
    assert errors.max() < high
    np.testing.assert_array_equal(condition.get_lines()[0].get_ydata(), study.condition)
    assert figure.get_suptitle() == (
        "How closely do predictions of rows not seen in training follow friction?"
    )
    assert "shaded" not in captions(study)[FIGURE]
    plt.close(figure)


def test_rows_with_most_of_the_error_are_shaded_and_noted(finished):
    study = finished[0]
    table = study.predictions.copy()
    blocks = errors_by_block(study)
    block = blocks.iloc[len(blocks) // 2]
    rows = slice(int(block["first_row"]), int(block["last_row"]))
    table.loc[rows, "predicted_rotated"] = table["measured"] + 1.0
    other = replace(study, predictions=table)
    table = errors_by_block(other)
    assert table["few_rows"].sum() == 1
    figure = drawn(other)
    share = percent(table["share_of_squared_error"].max())
    n_rows = table["n_rows"][table["few_rows"]].sum()
    of_rows = round(100 * n_rows / table["n_rows"].sum())
    assert figure.get_suptitle() == (
        f"{share} of the squared error over the whole record lies in {of_rows} % of its rows"
    )
    for ax in (ax for ax in figure.axes if ax.axison):
        (shaded,) = ax.patches
        first, width = shaded.get_x(), shaded.get_width()
        assert (first, first + width) == (block["first_time"], block["last_time"])
    said = most_of_the_error(other)
    assert f"{n_rows} of {table['n_rows'].sum()} rows" in said
    assert f"{said} The skill over the whole record depends on these rows." in notes_of(other)
    assert f"{said} These rows are shaded." in captions(other)[FIGURE]
    assert not [note for note in notes_of(study) if "depends on these rows" in note]
    plt.close(figure)


def test_runs_share_the_names_of_a_condition(finished):
    study = finished[0]
    table = study.predictions.copy()
    first = np.arange(len(table)) < len(table) // 2
    table["run"] = np.where(first, "a", "b")
    # The second run has one name only, the last in the alphabet.
    names = np.where(np.arange(len(table)) < len(table) // 4, "dry", "wet")
    other = replace(study, predictions=table, condition=pd.Series(names, name="state"))
    figure = drawn(other)
    left, right = [ax for ax in figure.axes if ax.axison][:2]
    assert [text.get_text() for text in left.get_yticklabels()] == ["dry", "wet"]
    assert set(left.get_lines()[0].get_ydata()) == {0, 1}
    assert set(right.get_lines()[0].get_ydata()) == {1}
    plt.close(figure)
