import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from sklearn_frictiongru.model_selection import skill_test
from sklearn_frictiongru.study._guards import (
    check_sentinels,
    check_target,
    detectable_skill,
    disguised_target_notes,
    power_notes,
    purge_notes,
)


def autoregressive(rng, correlation, n_rows):
    return lfilter([np.sqrt(1 - correlation**2)], [1, -correlation], rng.normal(size=n_rows + 200))[
        200:
    ]


def test_constant_target():
    with pytest.raises(ValueError, match=r"the target is 0\.6 in all 20 rows"):
        check_target(np.full(20, 0.6))
    check_target([0.6, 0.7])


@pytest.mark.parametrize("sentinel", [-9999, 1e30, -999, 99999])
def test_sentinels(sentinel):
    X = pd.DataFrame({"v": np.linspace(0, 5, 100), "T": np.linspace(20, 60, 100)})
    y = np.linspace(0.5, 0.7, 100)
    check_sentinels(X, y)
    X.loc[[7, 9], "T"] = sentinel
    with pytest.raises(ValueError, match=r"T is .* in 2 rows, the first of them row 7"):
        check_sentinels(X, y)
    y[3] = sentinel
    with pytest.raises(ValueError, match="friction is"):
        check_sentinels(X[["v"]], y, "friction")


def test_a_number_in_the_range_is_no_sentinel():
    check_sentinels(np.linspace(-20000, 20000, 40001)[:, None], np.linspace(0, 1, 40001))


def test_target_in_disguise():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    X = pd.DataFrame(
        {
            "copy": 3 - 2 * y + 1e-3 * rng.normal(size=200),
            "near": y + 0.1 * rng.normal(size=200),
            "flat": 1.0,
        }
    )
    (note,) = disguised_target_notes(X, y)
    assert "input copy is the target in disguise" in note


@pytest.mark.parametrize(("correlation", "n_rows"), [(0, 300), (0.5, 1500), (0.9, 1500)])
def test_detectable_skill_is_found_in_four_of_five_records(correlation, n_rows):
    codes = np.zeros(n_rows, dtype=int)
    skills = [
        detectable_skill(
            autoregressive(np.random.default_rng(seed), correlation, n_rows), codes, n_rows // 10
        )[0]
        for seed in range(40)
    ]
    skill, found = np.median(skills), []
    for seed in range(80):
        rng = np.random.default_rng(1000 + seed)
        prediction = np.sqrt(skill) * autoregressive(rng, correlation, n_rows)
        y = prediction + np.sqrt(1 - skill) * autoregressive(rng, correlation, n_rows)
        test = skill_test(y, prediction, {"mean": np.zeros(n_rows)}, block_length=n_rows // 10)
        found.append(test.verdict == "yes")
    assert 0.65 < np.mean(found) < 0.95


def test_power_notes():
    rng, codes = np.random.default_rng(0), np.zeros(1500, dtype=int)
    long, slow = rng.normal(size=1500), autoregressive(rng, 0.985, 1500)
    assert power_notes(long, codes, 150) == []
    skill, n_blocks = detectable_skill(slow, codes, 150)
    (note,) = power_notes(slow, codes, 150)
    assert note.startswith(f"This record can only show a skill above {skill:.1f}")
    assert note.endswith(f"it has about {n_blocks:.0f} independent blocks of rows.")
    (note,) = power_notes(long, codes, 500)
    assert (
        "these 1,500 rows lie in 3 independent blocks of up to 500 rows, and 5 are needed" in note
    )


def test_power_notes_never_ask_for_a_skill_of_one():
    """A random walk differs so much between blocks that only a perfect model would be seen."""
    codes = np.zeros(1500, dtype=int)
    for seed in range(40):
        walk = np.random.default_rng(seed).normal(size=1500).cumsum()
        (note,) = power_notes(walk, codes, 150)
        assert "above 1.0" not in note
        assert "it has about 10 independent blocks of rows" in note


def test_purge_notes():
    assert purge_notes({1: 900, 10: 850, 50: 700}) == []
    (note,) = purge_notes({1: 900, 10: 850, 100: 300})
    assert "33% of the 900 that 1 row would leave" in note
    assert note.endswith("longest window has 10 rows.")
    assert purge_notes({10: 100}) == []
