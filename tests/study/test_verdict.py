"""Whether the models have skill."""

import pytest

from tests.study._records import OPTIONS


def test_the_median_of_the_repeats_decides_on_skill(finished, without_skill):
    for study in (finished[0], without_skill[0]):
        skill = study.repeat_skill["skill"].unstack("part")
        assert len(skill) == OPTIONS["n_repeats"]
        assert study.has_skill == bool((skill.median() > 0).all())
        assert study.importance.skill_ == pytest.approx(skill.median().min())
