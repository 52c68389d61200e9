"""A finished study as it shows itself."""

import dataclasses
import re

import pytest


def test_it_is_shown_in_four_lines(finished, without_skill):
    study = finished[0]
    first, length, inputs, report = repr(study).splitlines()
    skill = study.median_skill
    assert first == (
        f"Study of 'made': yes; median skill {skill['validation']:.2f} on validation rows, "
        f"{skill['test']:.2f} on test rows; repeats: 5"
    )
    best = study.settings.label_of(study.search.best_window_length_)
    assert length == f"  best window length: {best} ({study.length_verdict})"
    assert "driver" in inputs
    assert "not interpretable" not in inputs
    assert report == f"  report: {study.report}"
    assert "(not interpretable)" in repr(without_skill[0])


def test_a_notebook_shows_the_answers_of_the_page(finished):
    study = finished[0]
    shown = study._repr_html_()
    page = study.report.read_text(encoding="utf-8")
    answers = re.findall(r'(?s)<div class="answer.*?</div>', shown)
    assert len(answers) == 3
    pictures = re.findall(r"<img [^>]*>", shown)
    assert pictures == re.findall(r"<img [^>]*>", page)
    for part in [*answers, *pictures]:
        assert part in page


def test_it_cannot_be_changed(finished):
    study = finished[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.verdict = "no"


def test_one_window_length_has_nothing_to_be_compared_with(beside_the_law, finished):
    study = beside_the_law
    assert study.length_verdict == study.search.verdict_
    one = dataclasses.replace(study, search=OneLength())
    assert one.length_verdict == "the only one"


class OneLength:
    window_lengths = (5,)
