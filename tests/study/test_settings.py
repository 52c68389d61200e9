"""The presets of a study."""

import pandas as pd

from sklearn_frictiongru import _parser
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.study._settings import PRESETS, choose_settings


def test_the_published_protocol_is_the_paper_preset():
    paper = PRESETS["paper"]
    assert list(paper["window_lengths"]) == [50, 100, 150, 200, 250, 300, 350, 400, 450, 500]
    assert (paper["n_repeats"], paper["max_epochs"], paper["stride"]) == (20, 100, 1)
    assert PRESETS["quick"]["purge"] is None


def test_the_command_line_offers_the_presets():
    assert sorted(PRESETS) == list(_parser.PRESETS)


def test_a_preset_changed_in_part():
    X = pd.DataFrame({"x": range(40)}, index=pd.Index(range(0, 80, 2), name="time_s"))
    study = {"preset": "quick", "validation": 0.2, "test": 0.2, "n_blocks": 1}
    changes = {"window_lengths": [5, "20s"], "purge": "5s"}
    settings = choose_settings(
        Runs.of(X), changes=changes, **study, random_state=0, name="record", log=[]
    )
    assert settings.window_rows == [1, 5, 10]
    assert settings.longest_window == 10
    assert [settings.seconds_of(length) for length in (5, "20s")] == [10.0, 20.0]
    assert settings.window_lengths == [1, 5, "20s"]
    assert settings.length_of(10) == "20s"
    assert (settings.purge, settings.rotations) == (3, True)
    assert (settings.purge, settings.n_repeats) == (3, PRESETS["quick"]["n_repeats"])
