"""The paragraph of methods, against what a study has done."""

import json
import re
from dataclasses import replace

import pytest

from sklearn_frictiongru.study._named_records import RECORDS, named_record
from sklearn_frictiongru.study._preparation import preparation
from sklearn_frictiongru.study._report._citations import citations
from sklearn_frictiongru.study._report._methods import methods


def kept_of(study):
    return json.loads(study.report.with_name("settings.json").read_text(encoding="utf-8"))


def with_blocks(study, n_blocks):
    """Return a study whose tests had other numbers of blocks."""
    tests = {
        rows: replace(test, n_blocks=n_blocks[rows]) for rows, test in study.skill_tests.items()
    }
    return replace(study, skill_tests=tests)


def test_no_test_is_claimed_where_blocks_were_too_few(finished):
    study, kept = finished[0], kept_of(finished[0])
    rows = ("validation", "test", "whole record")
    all_tested = with_blocks(study, dict.fromkeys(rows, 8.0))
    text = methods(all_tested, kept)
    assert "On validation rows, test rows and the whole record the skill was tested" in text
    assert "not tested" not in text.split("Whether history")[0]
    text = methods(with_blocks(study, {"validation": 8, "test": 3.9, "whole record": 9}), kept)
    assert "On validation rows and the whole record the skill was tested" in text
    assert "Test rows make up fewer than five such blocks" in text
    untested = with_blocks(study, dict.fromkeys(rows, 2.0))
    text = methods(untested, kept)
    assert "The skill was not tested: validation rows, test rows and the whole record" in text
    assert "Diebold" not in text.split("Whether history")[0]
    assert not any("Diebold" in cited for cited in citations(untested, kept))
    assert any("Diebold" in cited for cited in citations(all_tested, kept))


def test_lengths_are_said_to_be_compared_only_over_what_they_were(finished):
    study, kept = finished[0], kept_of(finished[0])
    table = study.lengths.table
    for seeds, blocks, said in (
        (
            0.3,
            0.3,
            "over the seeds (one-sided paired t-test of the validation losses) and over blocks of",
        ),
        (
            0.3,
            None,
            "from the best, over the seeds (one-sided paired t-test of the validation losses).",
        ),
        (None, 0.3, "from the best, over blocks of test rows."),
        (None, None, "Neither seeds nor blocks of test rows allowed a test"),
    ):
        changed = table.assign(p_seeds=seeds, p_blocks=blocks)
        other = replace(study, lengths=replace(study.lengths, table=changed))
        assert said in methods(other, kept)
    history = replace(study.history, test=replace(study.history.test, n_blocks=3.0))
    text = methods(replace(study, history=history), kept)
    assert "Whether history matters was not tested" in text


def test_the_condition_and_its_ranges_are_named(finished, without_skill):
    study = finished[0]
    text = methods(study, kept_of(study))
    assert "in each range of the normal stress [MPa] (" in text
    for name in study.condition_ranges.cat.categories:
        assert name in text
    assert "condition" not in methods(without_skill[0], kept_of(without_skill[0]))


def test_surrogates_are_called_what_they_are(finished):
    study, kept = finished[0], kept_of(finished[0])
    text = {}
    for kind in ("shift", "phases"):
        study.null_floor.kind, before = kind, study.null_floor.kind
        text[kind] = methods(study, kept) + " ".join(citations(study, kept))
        study.null_floor.kind = before
    assert "shifted circularly in time" in text["shift"]
    assert "Theiler" not in text["shift"]
    assert "random phases (Theiler et al., 1992" in text["phases"]


@pytest.mark.parametrize(
    ("repeats", "said"),
    [
        (1, "was trained once, from the same seed at"),
        (5, "was trained 5 times, from the same seeds at"),
    ],
)
def test_settings_of_the_training(finished, repeats, said):
    study, kept = finished[0], kept_of(finished[0])
    settings = replace(study.settings, n_repeats=repeats, eliminate=None)
    assert said in methods(replace(study, settings=settings), kept)
    kept["regressor"] |= {"patience": 7, "dropout": 0.1, "weight_decay": 1e-4}
    text = methods(study, kept)
    for part in ("dropout of 0.1", "weight decay of 0.0001", "after 7 epochs", "for up to 15"):
        assert part in text
    race = replace(study.settings, eliminate=0.05)
    assert "Spiegelhalter" in methods(replace(study, settings=race), kept)


def test_several_runs_and_no_purge_and_no_rotations(finished):
    study, kept = finished[0], kept_of(finished[0])
    assert "The record was cut into 10 blocks" in methods(study, kept)
    kept["record"]["n_runs"] = 4
    settings = replace(study.settings, purge=0, rotations=False, log=["driver"], max_gap="5s")
    text = methods(replace(study, settings=settings), kept)
    assert "900 rows in 4 runs" in text
    assert "Each run was cut into 10 blocks" in text
    assert "No rows were purged" in text
    assert "rotated" not in text
    assert "both reject at 5 %" in text
    assert "common logarithm of driver" in text
    assert "A time step longer than 5s began a new run." in text


def test_what_was_done_to_the_rows_of_a_file():
    how = {
        "time": "numbers, taken as seconds",
        "rows left out": "2 rows without values (the first is row 7)",
        "drop_missing": "rows left out that have no value of 'T_C' at row 3 (1 of 90 rows)",
        "resample": "means over 2 s, of 180 rows",
    }
    text = preparation(how, ["axial_displacement_mm"], "causal")
    assert text.split(". ") == [
        "The numbers of the time column were taken as seconds",
        "Left out were 2 rows without values (the first is row 7)",
        "Rows were left out that have no value of 'T_C' at row 3 (1 of 90 rows)",
        "The rows are means over 2 s of 180 rows of the file",
        "The rate of change of axial displacement is the slope of a straight line through the 5 "
        "rows up to each row.",
    ]
    assert "later rows included" in preparation({}, ["a"], "centred")
    assert preparation({"separator": "comma"}) == ""


@pytest.mark.parametrize("name", RECORDS)
def test_named_records_have_a_source_and_a_licence(name, finished):
    source = named_record(name, "causal")["source"]
    study = replace(finished[0], source=source)
    cited = " ".join(citations(study, kept_of(study)))
    assert f"The record: {name}, " in cited
    assert "Licence: BSD-3-Clause." in cited
    assert source["preparation"] in methods(study, kept_of(study))


def test_rows_left_out_of_p655_are_named(finished):
    record = named_record("p655", "causal")
    assert record["X"].index[0] == 1750
    study = replace(finished[0], source=record["source"])
    assert "Rows before 1,750 s" in methods(study, kept_of(study))


def test_the_tested_lengths_and_the_order_of_the_parts_are_named(finished, without_skill):
    study = finished[0]
    text = methods(study, kept_of(study))
    settings = study.settings
    best = settings.label_of(study.search.best_window_length_)
    recommended = settings.label_of(settings.length_of(study.lengths.recommended_window_length))
    assert f"that of the best window length, {best}, of errors averaged over the repeats" in text
    assert f"that on the whole record is of the recommended one, {recommended}." in text
    assert "one training for each rotation" in text
    (said,) = re.findall(r"in the order (.*?): ", text)
    pieces = re.findall(r"(\w+) \((\d+) blocks?\)", said)
    assert sum(int(n) for _, n in pieces) == settings.n_blocks
    block = len(study.parts) / settings.n_blocks
    begin = 0
    for part, n in pieces:
        middle = study.parts[round(begin * block) : round((begin + int(n)) * block)]
        others = {"validation", "test"} - {part}
        assert part == "training" or part in set(middle)
        assert not others & set(middle[5:-5])
        begin += int(n)
    alone = methods(without_skill[0], kept_of(without_skill[0]))
    assert "that on the whole record" not in alone
