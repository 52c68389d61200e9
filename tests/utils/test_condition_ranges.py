import numpy as np
import pytest

from sklearn_frictiongru.utils.condition_ranges import find_condition_ranges


def test_levels_with_noise_are_whole():
    rng = np.random.default_rng(0)
    stress = np.repeat([5.0, 10.0, 15.0], 500) + rng.normal(0, 0.02, 1500)
    found = find_condition_ranges(stress, "MPa")
    assert (found.kind, found.labels) == ("levels", ["5 MPa", "10 MPa", "15 MPa"])
    assert np.bincount(found.codes).tolist() == [500, 500, 500]
    assert found.notes() == []


def test_rows_on_the_way_belong_to_the_nearest_level():
    stress = np.concatenate([np.full(300, 5.0), np.linspace(5, 10, 12), np.full(300, 10.0)])
    stress += np.random.default_rng(0).normal(0, 0.03, 612)
    found = find_condition_ranges(stress)
    assert found.labels == ["5", "10"]
    assert (np.diff(found.codes[np.argsort(stress)]) >= 0).all()


def test_levels_are_sorted_by_value_and_named_shortly():
    assert find_condition_ranges([10, 5, 20, 5], "MPa").labels == ["5 MPa", "10 MPa", "20 MPa"]
    found = find_condition_ranges(np.repeat([1e-6, 3e-6, 1e-5], 200), "m/s")
    assert found.labels == ["1e-06 m/s", "3e-06 m/s", "1e-05 m/s"]
    uneven = np.repeat([0.3, 0.6, 1.2, 5.8], 300) + np.random.default_rng(0).normal(0, 0.005, 1200)
    assert find_condition_ranges(uneven).labels == ["0.3", "0.6", "1.2", "5.8"]


def test_nearly_constant_is_one_level():
    values = 5 + np.random.default_rng(0).normal(0, 0.01, 200)
    assert find_condition_ranges(values, "MPa").labels == ["5 MPa"]
    assert find_condition_ranges(np.zeros(10)).labels == ["0"]


@pytest.mark.parametrize(
    ("draw", "first"),
    [
        (lambda rng: rng.uniform(0.3, 5.8, 2000), "0-2 MPa"),
        (lambda rng: rng.normal(5, 1, 2000), "0-2 MPa"),
        (lambda rng: np.linspace(0, 10, 3000), "0-2 MPa"),
        (lambda rng: rng.lognormal(0, 1, 2000), "0-5 MPa"),
        (lambda rng: 5 * np.sin(np.arange(2000) / 30), "-6 to -4 MPa"),
    ],
)
def test_continuous_values_get_round_edges(draw, first):
    values = draw(np.random.default_rng(0))
    found = find_condition_ranges(values, "MPa")
    assert (found.kind, found.labels[0]) == ("ranges", first)
    order = np.argsort(values)
    assert (np.diff(found.codes[order]) >= 0).all()
    assert 2 <= len(found.labels) <= 7


@pytest.mark.parametrize("n_rows", [7, 60, 200])
def test_few_rows_that_are_spread_evenly_have_no_levels(n_rows):
    found = find_condition_ranges(np.linspace(0.3, 5.7, n_rows))
    assert found.kind == "ranges"
    assert found.labels == ["0-2", "2-4", "4-6"]


def test_a_range_without_complete_windows_is_said_to_be_empty():
    stress = np.repeat([5.0, 10.0, 15.0], 100)
    found = find_condition_ranges(stress, "MPa", counted=stress > 7)
    assert (found.labels, found.empty) == (["10 MPa", "15 MPa"], ["5 MPa"])
    assert np.unique(found.codes[:100]).tolist() == [-1]
    assert np.bincount(found.codes[100:]).tolist() == [100, 100]
    assert "5 MPa" in found.notes()[0]


def test_text_that_begins_with_a_number_is_sorted_by_it():
    found = find_condition_ranges(["10 MPa", "5 MPa", "1e2 MPa", "-.5 MPa"])
    assert found.labels == ["-.5 MPa", "5 MPa", "10 MPa", "1e2 MPa"]
    assert found.codes.tolist() == [2, 1, 3, 0]
    assert find_condition_ranges(["run 10", "run 5", "7"]).labels == ["7", "run 10", "run 5"]


def test_text_is_a_category():
    found = find_condition_ranges(["wet", "dry", "wet"])
    assert (found.kind, found.labels) == ("categories", ["dry", "wet"])
    assert found.codes.tolist() == [1, 0, 1]
