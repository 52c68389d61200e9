"""Programs say what holds just before a time, and what is wrong with their points."""

import numpy as np
import pytest

from sklearn_frictiongru.datasets import Ramps, Steps
from sklearn_frictiongru.datasets._programs import programs_of_runs

TIMES = np.array([-1.0, 0.0, 2.0, 4.999, 5.0, 5.001, 9.0])


def test_steps_hold_a_value_and_change_it_after_their_time():
    steps = Steps([(0, 1.0), (5, 3.0), (8, 2.0)])
    assert steps.before(TIMES).tolist() == [1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 2.0]


def test_ramps_go_straight_from_point_to_point():
    ramps = Ramps([(0, 1.0), (5, 3.0), (7, 2.0)])
    np.testing.assert_allclose(
        ramps.before(TIMES), [1.0, 1.0, 1.8, 2.9996, 3.0, 2.9995, 2.0], rtol=1e-12
    )


@pytest.mark.parametrize("kind", [Steps, Ramps])
def test_a_first_point_holds_before_its_time(kind):
    assert kind([(5, 3.0)]).before(TIMES).tolist() == [3.0] * 7


@pytest.mark.parametrize("kind", [Steps, Ramps])
def test_programs_of_equal_points_are_equal_whatever_they_are_written_in(kind):
    written = kind([(0, 1), (5, 3)])
    assert written == kind(np.array([[0.0, 1.0], [5.0, 3.0]]))
    assert written != kind([(0, 1), (5, 4)])
    assert hash(written) == hash(kind(((0.0, 1.0), (5.0, 3.0))))


@pytest.mark.parametrize("kind", [Steps, Ramps])
@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([], "at least one pair"),
        ([0.0, 1.0], "at least one pair"),
        ([(0, 1, 2)], "at least one pair"),
        ([(0, 1), (5,)], "at least one pair"),
        ([("now", "high")], "at least one pair"),
        (None, "at least one pair"),
        ([(0, 1.0), (5, np.nan)], r"point 1 of \w+ is \(5.0, nan\)"),
        ([(np.inf, 1.0)], r"point 0 of \w+ is \(inf, 1.0\)"),
        ([(0, 1.0), (5, 2.0), (5, 3.0)], r"point 2 of \w+ is at 5 s, not after .* 5 s"),
        ([(0, 1.0), (5, 2.0), (4, 3.0)], r"point 2 of \w+ is at 4 s, not after .* 5 s"),
    ],
)
def test_bad_points_are_named(kind, points, message):
    with pytest.raises(ValueError, match=message) as error:
        kind(points)
    assert kind.__name__ in str(error.value)


def test_one_program_serves_all_runs_and_a_list_serves_each():
    ramps = Ramps([(0, 1.0), (5, 3.0)])
    assert programs_of_runs(2, 3, "normal_stress") == [Steps([(0, 2)])] * 3
    assert programs_of_runs(ramps, 2, "normal_stress") == [ramps, ramps]
    assert programs_of_runs([2.0, ramps], 2, "normal_stress") == [Steps([(0, 2)]), ramps]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ([1.0], "normal_stress is a list of 1 programs but n_runs is 2"),
        ([(0, 0.3), (500, 1.0)], "normal_stress of run 0 is .*Steps"),
        ([1.0, "high"], "normal_stress of run 1 is 'high'"),
        ([True, 1.0], "normal_stress of run 0 is True"),
        ([1.0, np.nan], "nan"),
    ],
)
def test_bad_lists_are_named(program, message):
    with pytest.raises(ValueError, match=message):
        programs_of_runs(program, 2, "normal_stress")
