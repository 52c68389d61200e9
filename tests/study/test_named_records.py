"""Records that a study knows by name."""

import pytest

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.study._named_records import P655_START, named_record
from sklearn_frictiongru.study._settings import PRESETS


def test_parts_of_p655_see_both_normal_stresses():
    record = named_record("p655", "causal")
    longest = max(PRESETS["quick"]["window_lengths"])
    parts = RunHoldout(window_length=longest).parts(record["X"])
    for part in ("training", "validation", "test"):
        stresses = record["condition"][parts == part]
        assert (stresses < 80).any(), part
        assert (stresses > 95).any(), part


def test_p655_starts_where_friction_has_built_up():
    record = named_record("p655", "causal")
    assert record["X"].index[0] == record["y"].index[0] == P655_START
    # On the ramp before friction grows from nothing.
    assert record["y"].iloc[:100].min() > 0.3


def test_velocity_steps_come_with_their_law():
    record = named_record("velocity_steps", "causal")
    assert record["velocity"] in record["X"].columns
    assert record["log"] == [record["velocity"]]
    d_c = record["truth"]["rate_state"]["d_c"]
    slowest = record["X"][record["velocity"]].min()
    assert max(record["truth"]["time_scales"].values()) == pytest.approx(d_c / slowest, rel=0.2)
