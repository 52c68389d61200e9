"""Records that a study knows by name."""

import numpy as np
import pandas as pd
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


def test_velocity_steps_need_a_history_and_forget_within_fifty_rows():
    record = named_record("velocity_steps", "causal")
    velocity, y = record["X"][record["velocity"]].to_numpy(), record["y"].to_numpy()
    parts = RunHoldout(window_length=100).parts(record["X"])
    training, scored = parts == "training", np.isin(parts, ["validation", "test"])
    law = record["truth"]["rate_state"]
    seconds = np.diff(record["X"].index[:2])[0]

    def r2(predicted, rows):
        return 1 - np.mean((y - predicted)[rows] ** 2) / np.var(y[rows])

    def from_the_last(n_rows):
        """Follow the state through the last rows alone, from that of steady slip."""
        windows = np.lib.stride_tricks.sliding_window_view(velocity, n_rows)
        state = law["d_c"] / windows[:, 0]
        for v in windows.T[1:]:
            steady = law["d_c"] / v
            state = steady + (state - steady) * np.exp(-seconds / steady)
        ratio = windows[:, -1] / law["v0"]
        friction = law["mu0"] + law["a"] * np.log(ratio)
        friction += law["b"] * np.log(law["v0"] * state / law["d_c"])
        return np.r_[np.full(n_rows - 1, np.nan), friction]

    # The best that the present velocity can say: the mean friction at each of them.
    at_each = pd.Series(y[training]).groupby(velocity[training]).mean()
    present = at_each.reindex(velocity).to_numpy()
    for part in ("validation", "test"):
        assert abs(r2(present, parts == part)) < 0.1
    found = {n: r2(from_the_last(n), scored) for n in (10, 25, 50, 100)}
    assert found[10] < found[25] - 0.05 < found[50]
    assert found[100] - found[50] < 1e-4 < found[50] - found[25]
    assert found[100] > 0.97


def test_velocity_steps_come_with_their_law():
    record = named_record("velocity_steps", "causal")
    assert record["velocity"] in record["X"].columns
    assert record["log"] == [record["velocity"]]
    d_c = record["truth"]["rate_state"]["d_c"]
    slowest = record["X"][record["velocity"]].min()
    assert max(record["truth"]["time_scales"].values()) == pytest.approx(d_c / slowest, rel=0.2)
