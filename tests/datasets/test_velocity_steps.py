"""Velocity steps: the law, the steps, the noise, and a history that matters."""

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from sklearn_frictiongru.datasets import make_velocity_steps
from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.rate_state import RateStateRegressor

VELOCITIES = [2e-7, 5e-7, 1e-6, 2e-6, 5e-6]


@pytest.fixture(scope="module")
def default():
    return make_velocity_steps(random_state=0)


def test_shapes_names_and_time(default):
    assert default.data.shape == (8000, 1)
    assert default.data.columns.tolist() == default.feature_names == ["slip_velocity_m_s"]
    assert default.target.name == default.target_name == "friction"
    assert default.frame.columns.tolist() == ["slip_velocity_m_s", "friction"]
    for table in (default.data, default.target, default.frame, default.hidden):
        assert table.index.name == "time_s"
        assert table.index.tolist() == list(range(8000))
    assert {*default.causal_parents} <= {*default.frame, *default.hidden}


def test_return_X_y_and_as_frame(default):
    X, y = make_velocity_steps(return_X_y=True, random_state=0)
    pd.testing.assert_frame_equal(X, default.data)
    pd.testing.assert_series_equal(y, default.target)
    arrays = make_velocity_steps(as_frame=False, random_state=0)
    X, y = make_velocity_steps(return_X_y=True, as_frame=False, random_state=0)
    assert type(X) is type(y) is type(arrays.data) is type(arrays.target) is np.ndarray
    assert arrays.frame is None
    for array in (X, arrays.data):
        np.testing.assert_array_equal(array, default.data)
    for array in (y, arrays.target):
        np.testing.assert_array_equal(array, default.target)


@pytest.mark.parametrize("law", ["aging", "slip"])
def test_friction_jumps_at_a_step_and_settles_over_d_c(law):
    record = make_velocity_steps(
        300, velocities=(1e-6, 1e-5), hold=(150, 150), law=law, noise=0.0, random_state=0
    )
    velocity, friction = record.data["slip_velocity_m_s"], record.target
    before, after = velocity.iloc[0], velocity.iloc[-1]
    assert {before, after} == {1e-6, 1e-5}
    # The row at the time of the step still has the velocity before it.
    assert velocity.loc[150] == before
    assert velocity.loc[151] == after
    steady = 0.6 + (0.010 - 0.013) * np.log(before / 1e-6)
    np.testing.assert_allclose(friction.loc[:150], steady, rtol=0, atol=1e-9)
    z = after * 3e-5 / before / 3e-5
    slipped = after * np.arange(1, 150) / 3e-5
    if law == "aging":
        z = 1 + (z - 1) * np.exp(-slipped)
    else:
        z = np.exp(np.log(z) * np.exp(-slipped))
    ratio = np.log(after / 1e-6)
    expected = 0.6 + (0.010 - 0.013) * ratio + 0.013 * np.log(z)
    np.testing.assert_allclose(friction.loc[151:], expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(record.hidden["theta_s"].loc[151:], z * 3e-5 / after, rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_each_velocity_is_held_and_occurs_once_before_any_occurs_again(seed):
    record = make_velocity_steps(20000, hold=(50, 90), random_state=seed)
    starts, held = np.transpose(record.steps.points)
    lengths = np.diff(starts)
    assert 50 <= lengths.min() < 53
    assert 87 < lengths.max() <= 90
    assert (lengths == lengths.round()).all()
    assert (held[1:] != held[:-1]).all()
    whole = len(held) // 5 * 5
    np.testing.assert_array_equal(np.sort(held[:whole].reshape(-1, 5)), [VELOCITIES] * (whole // 5))
    orders = {tuple(order) for order in held[:whole].reshape(-1, 5).tolist()}
    assert len(orders) > 10


def test_time_goes_by_the_sampling_interval():
    options = {"noise": 0.0, "hold": (100, 200), "random_state": 0}
    slow, fast = (
        make_velocity_steps(1000, sampling_interval=interval, **options).hidden
        for interval in (1.0, 0.5)
    )
    assert len(fast) == 2000
    assert fast.index[1] == 0.5
    longest = make_velocity_steps(0.95, sampling_interval=0.1, hold=(0.3, 0.3), random_state=0)
    assert longest.data.index.tolist() == [round(0.1 * row, 1) for row in range(10)]
    assert [time for time, _ in longest.steps.points] == [0.0, 0.3, 0.6, 0.9]
    assert (slow["theta_s"] > 0).all()


def test_time_scales_and_parameters_of_the_law():
    record = make_velocity_steps(
        500, velocities=(1e-6, 3e-6), mu0=0.7, a=0.008, b=0.012, d_c=6e-5, random_state=0
    )
    assert list(record.time_scales.values()) == pytest.approx([60.0, 20.0])
    assert list(record.time_scales) == ["D_c / V at 1e-06 m/s", "D_c / V at 3e-06 m/s"]
    assert record.rate_state == {"mu0": 0.7, "a": 0.008, "b": 0.012, "d_c": 6e-5, "v0": 1e-6}


def test_noise_has_its_strength_and_leaves_the_rest_alone(default):
    quiet = make_velocity_steps(noise=0.0, random_state=0)
    loud = make_velocity_steps(noise=0.0, velocity_noise=0.1, random_state=0)
    pd.testing.assert_frame_equal(quiet.data, default.data)
    np.testing.assert_array_equal(quiet.target, quiet.hidden["true_friction"])
    pd.testing.assert_frame_equal(quiet.hidden, default.hidden)
    residuals = default.target - default.hidden["true_friction"]
    assert residuals.std() == pytest.approx(0.001, rel=0.05)
    assert abs(residuals.autocorr()) < 0.05
    pd.testing.assert_series_equal(loud.target, quiet.target)
    ratios = loud.data["slip_velocity_m_s"] / loud.hidden["true_slip_velocity_m_s"]
    assert ratios.std() == pytest.approx(0.1, rel=0.05)
    assert ratios.mean() == pytest.approx(1.0, abs=0.01)


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(default):
    again, other = (make_velocity_steps(random_state=seed).frame for seed in (0, 1))
    pd.testing.assert_frame_equal(again, default.frame, check_exact=True)
    assert (other != default.frame).any().all()


@pytest.mark.parametrize("random_state", [5, None, np.random.RandomState(1)])
def test_the_parameters_make_the_same_record_again(random_state):
    options = {
        "duration": 600,
        "sampling_interval": 0.5,
        "velocities": (1e-6, 1e-7, 1e-5),
        "hold": (20, 50),
        "mu0": 0.5,
        "a": 0.012,
        "b": 0.02,
        "d_c": 1e-5,
        "law": "slip",
        "noise": 0.002,
        "velocity_noise": 0.01,
    }
    names = {*options, "random_state", "return_X_y", "as_frame"}
    assert names == {*inspect.signature(make_velocity_steps).parameters}
    record = make_velocity_steps(**options, random_state=random_state)
    again = make_velocity_steps(**record.parameters)
    pd.testing.assert_frame_equal(again.frame, record.frame, check_exact=True)
    expected = options | {"velocities": (1e-7, 1e-6, 1e-5)}
    assert expected.items() <= record.parameters.items()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": 1.5}, "at least two sampling intervals"),
        ({"velocities": [1e-6, 1e-6]}, "at least two different velocities"),
        ({"velocities": [1e-10, 1e-6]}, "from 1e-09 to 0.001 m/s"),
        ({"velocities": [1e-6, 0.01]}, "from 1e-09 to 0.001 m/s"),
        ({"velocities": [1e-6, np.nan]}, "velocities is"),
        ({"hold": (100, 50)}, "hold is"),
        ({"hold": (0.5, 50)}, r"of at least one sampling interval \(1 s\)"),
        ({"hold": (1, 2, 3)}, "hold is"),
        ({"hold": (50, np.inf)}, "hold is"),
        ({"a": 0.0}, "'a'"),
        ({"b": -0.1}, "'b'"),
        ({"d_c": 1.0}, "'d_c'"),
        ({"law": "ageing"}, "'law'"),
        ({"noise": -1.0}, "'noise'"),
        ({"velocity_noise": 0.6}, "'velocity_noise'"),
    ],
)
def test_what_is_out_of_bounds_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        make_velocity_steps(**options)


@pytest.mark.parametrize("law", ["aging", "slip"])
def test_the_fitted_law_recovers_d_c_from_the_training_rows(law):
    record = make_velocity_steps(law=law, random_state=0)
    parts = RunHoldout(n_blocks=10, window_length=100).parts(record.data)
    model = RateStateRegressor(law=law)
    model.fit(record.data, record.target, rows=np.flatnonzero(parts == "training"))
    assert model.d_c_ == pytest.approx(3e-5, rel=0.05)
    assert model.a_ == pytest.approx(0.010, rel=0.03)
    assert model.b_ == pytest.approx(0.013, rel=0.03)
    assert all(model.identified_.values())
    # The noise is all that is left.
    assert model.residual_std_ == pytest.approx(0.001, rel=0.03)


def test_simple_models_have_no_skill_without_history_and_less_than_the_law_with_it(default):
    X, y = np.log10(default.data), default.target.to_numpy()
    parts = RunHoldout(n_blocks=10, window_length=100).parts(X)
    training, scored = (
        np.flatnonzero(np.isin(parts, names)) for names in (["training"], ["validation", "test"])
    )

    def r2(model, window_length):
        windows = SlidingWindowTransformer(window_length, flatten=True).fit_transform(X)
        model.fit(windows[training], y[training])
        return r2_score(y[scored], model.predict(windows[scored]))

    boosting = HistGradientBoostingRegressor(max_iter=50, random_state=0)
    for model in (Ridge(), boosting):
        assert r2(model, 1) < 0.1
        assert 0.6 < r2(model, 100) < 0.85
    law = RateStateRegressor().fit(default.data, y, rows=training)
    assert r2_score(y[scored], law.predict(default.data)[scored]) > 0.95
