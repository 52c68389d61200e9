"""Records that a study knows by name."""

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.study._settings import PRESETS


def test_parts_of_p655_see_both_normal_stresses():
    p655 = load_p655()
    longest = max(PRESETS["quick"]["window_lengths"])
    parts = RunHoldout(window_length=longest).parts(p655.data)
    for part in ("training", "validation", "test"):
        stresses = p655.normal_stress[parts == part]
        assert (stresses < 80).any(), part
        assert (stresses > 95).any(), part
