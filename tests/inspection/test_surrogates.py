import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from sklearn_frictiongru.inspection._surrogates import (
    circular_shift,
    make_surrogate,
    periodicity,
    phase_randomised,
    surrogate_kind,
    surrogate_test,
    with_surrogates,
)


def test_periodicity_tells_waves_from_noise_and_drift():
    rng = np.random.default_rng(0)
    time = np.arange(1500)
    assert periodicity(np.sin(time / 7)) > 0.8
    assert periodicity(time % 40.0) > 0.8
    assert periodicity(rng.normal(size=1500)) < 0.2
    assert periodicity(lfilter([1], [1, -0.9], rng.normal(size=1500))) < 0.4
    assert periodicity(np.ones(100)) == 0


def test_kind_is_chosen_by_the_most_periodic_input():
    rng = np.random.default_rng(0)
    noise, wave = rng.normal(size=800), np.sin(np.arange(800) / 5)
    assert surrogate_kind(noise[:, None]) == "shift"
    assert surrogate_kind(np.column_stack([noise, wave])) == "phases"


def test_phases_are_lost_and_values_and_spectrum_kept():
    rng = np.random.default_rng(0)
    run = np.exp(lfilter([1], [1, -0.9], rng.normal(size=1000)) / 3)
    run[-1] = run[0]
    found = phase_randomised(run, rng)
    np.testing.assert_allclose(np.sort(found), np.sort(run), atol=1e-9)

    def correlation(values, lag):
        return np.corrcoef(values[:-lag], values[lag:])[0, 1]

    for lag in (1, 5, 20):
        assert correlation(found, lag) == pytest.approx(correlation(run, lag), abs=0.1)
    assert abs(np.corrcoef(run, found)[0, 1]) < 0.5


def test_a_shifted_wave_is_the_wave_and_a_surrogate_is_not():
    rng = np.random.default_rng(0)
    teeth = np.concatenate([np.linspace(0, 1, length) for length in rng.integers(30, 50, size=40)])
    lagged = np.column_stack([np.roll(teeth, lag) for lag in range(60)])

    def explained(target):
        return np.linalg.lstsq(lagged, target - target.mean(), rcond=None)[1][0] / np.sum(
            (target - target.mean()) ** 2
        )

    assert explained(phase_randomised(teeth, rng)) > 0.5


def test_shift_goes_a_quarter_of_the_run_at_least():
    rng = np.random.default_rng(0)
    for _ in range(50):
        shift = int(np.argmin(circular_shift(np.arange(100), rng)))
        assert 25 <= shift <= 75
    assert sorted(circular_shift(np.arange(3), rng)) == [0, 1, 2]


def test_surrogates_keep_to_runs():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=50), 100 + rng.normal(size=70)])
    for kind in ("shift", "phases"):
        found = make_surrogate(values, kind, rng, starts=[0, 50])
        assert found[:50].max() < 50 < found[50:].min()
        assert not np.array_equal(found, values)


def test_table_with_surrogates_keeps_index_and_names():
    X = pd.DataFrame(
        np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"], index=np.arange(40) + 7
    )
    table, sources = with_surrogates(X, "shift", np.random.default_rng(0), per_input=2)
    assert sources.tolist() == [0, 1, 0, 1]
    assert table.shape == (40, 6)
    assert table.index.equals(X.index)
    assert table.columns[:3].tolist() == ["a", "b", "surrogate 0 of a"]
    np.testing.assert_array_equal(np.sort(table.iloc[:, 3]), np.sort(X["b"]))
    assert with_surrogates(X.to_numpy(), "shift", np.random.default_rng(0))[0].shape == (40, 4)


def test_nineteen_surrogates_pass_the_first_only():
    real = np.array([[2.0, 0.5]] * 19)
    found = surrogate_test(real, np.ones((19, 1)), names=["strong", "weak"])
    assert found["passes"].to_dict() == {"strong": True, "weak": False}
    assert found.loc["strong", "p_value"] == pytest.approx(1 / 20)
    beaten = np.ones((19, 1))
    beaten[3] = 2.0
    assert not surrogate_test(real, beaten)["passes"].any()


def test_fewer_surrogates_pass_nothing():
    assert not surrogate_test(np.full((9, 1), 5.0), np.ones((9, 2)))["passes"].any()


def test_own_surrogates_count_where_there_are_enough():
    real = np.array([[1.0, 1.0]] * 5)
    surrogates = np.tile([0.5, 2.0], (5, 4))
    sources = np.tile([0, 1], 4)
    assert surrogate_test(real, surrogates, sources)["passes"].tolist() == [True, False]
    pooled = surrogate_test(real, surrogates[:, :4], sources[:4])
    assert pooled["passes"].tolist() == [False, False]
    assert pooled["n_surrogates"].tolist() == [20, 20]


def test_comparison_is_within_each_model():
    scale = np.array([[1.0], [100.0], [0.01], [10.0], [3.0]])
    found = surrogate_test(2 * scale, np.tile(scale, 4))
    assert found["passes"].all()


def test_floor_is_a_share():
    rng = np.random.default_rng(0)
    found = surrogate_test(0.001 * rng.random((3, 4)), 100 * rng.random((3, 8)))
    assert (found["floor"] <= 1).all()
    assert not np.isnan(surrogate_test(np.zeros((3, 2)), np.zeros((3, 8)))["floor"]).any()


@pytest.mark.parametrize("correlation", [0.0, 0.99])
def test_level(correlation):
    passed = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X = lfilter([1], [1, -correlation], rng.normal(size=(800, 2)), axis=0)
        y = lfilter([1], [1, -correlation], rng.normal(size=800))
        kind = surrogate_kind(X)
        real, surrogates = [], []
        for _ in range(3):
            table, sources = with_surrogates(X, kind, rng, per_input=7)
            table = (table - table.mean(axis=0)) / table.std(axis=0)
            weights = np.linalg.lstsq(table, y - y.mean(), rcond=None)[0]
            real.append(np.abs(weights[:2]))
            surrogates.append(np.abs(weights[2:]))
        passed.append(surrogate_test(real, surrogates, sources)["passes"])
    # Of 80 inputs; the level is 1 / 22 at most.
    assert np.mean(passed) <= 0.1


def test_the_floor_of_a_single_input_is_measured_by_its_importance():
    found = surrogate_test([[2.0], [2.0]], [[0.5, 1.0], [0.2, 3.0]], [0, 0])
    assert found["floor"].to_list() == [(0.5 + 1) / 2]
