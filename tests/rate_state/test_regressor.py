"""The regressor finds what is to be found, says what is not, and behaves as an estimator."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.preprocessing import RateOfChange, with_runs
from sklearn_frictiongru.rate_state import RateStateRegressor, _regressor
from sklearn_frictiongru.rate_state._fit import Fit
from sklearn_frictiongru.rate_state._steady import is_steady
from tests.rate_state._simulated import STEPS, TRUE, TWO_STATES, friction_of_steps, record_of

X = STEPS.reshape(-1, 1)


def assert_found(model, parameters, rtol=0.05):
    for name, found in (
        ("mu0", model.mu0_),
        ("a", model.a_),
        ("b", model.b_),
        ("d_c", model.d_c_),
    ):
        np.testing.assert_allclose(found, np.squeeze(parameters[name]), rtol=rtol, err_msg=name)


@pytest.mark.parametrize("law", ["aging", "slip"])
@pytest.mark.parametrize("parameters", [TRUE, TWO_STATES], ids=["one state", "two states"])
def test_known_parameters_are_found(law, parameters):
    y = friction_of_steps(law=law, parameters=parameters)
    n_states = len(parameters["b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = RateStateRegressor(law=law, n_state_variables=n_states).fit(X, y)
    assert_found(model, parameters, rtol=1e-5)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-8)
    assert model.a_minus_b_ == pytest.approx(0.01 - np.sum(parameters["b"]), rel=1e-5)
    assert np.shape(model.b_) == np.shape(model.d_c_) == (() if n_states == 1 else (2,))
    assert model.residual_std_ < 1e-8


@pytest.mark.parametrize(
    ("law", "parameters", "sigma", "rtol"),
    [("aging", TRUE, 2e-4, 0.05), ("slip", TWO_STATES, 0.0, 1e-3)],
)
def test_known_parameters_are_found_through_a_spring(law, parameters, sigma, rtol):
    y = friction_of_steps(law=law, parameters=parameters, stiffness=5e3)
    y = y + sigma * np.random.default_rng(0).normal(size=len(y))
    model = RateStateRegressor(
        law=law, n_state_variables=len(parameters["b"]), stiffness=5e3, n_starts=1
    ).fit(X, y)
    assert_found(model, parameters, rtol=rtol)
    assert model.residual_std_ < max(1.1 * sigma, 1e-6)
    # Without the spring the same record gives other numbers.
    rigid = RateStateRegressor(law=law, n_state_variables=len(parameters["b"])).fit(X, y)
    assert rigid.residual_std_ > 1.5 * model.residual_std_


def test_a_spring_lets_holds_and_reversals_be_fitted():
    loads = np.repeat([1e-6, 0.0, 1e-5, -1e-6, 3e-6], [30, 60, 60, 20, 60])
    y = friction_of_steps(loads, stiffness=5e3)
    model = RateStateRegressor(stiffness=5e3, n_starts=1).fit(loads[:, None], y)
    assert_found(model, TRUE, rtol=1e-3)


def test_standard_errors_are_as_large_as_the_errors():
    y, sigma, scores = friction_of_steps(), 1e-3, []
    for seed in range(40):
        noise = sigma * np.random.default_rng(seed).normal(size=len(y))
        model = RateStateRegressor().fit(X, y + noise)
        errors = model.standard_errors_
        scores.append(
            [
                (model.mu0_ - 0.6) / errors["mu0"],
                (model.a_ - 0.01) / errors["a"],
                (model.b_ - 0.015) / errors["b"],
                (model.d_c_ - 1e-5) / errors["d_c"],
                (model.a_minus_b_ + 0.005) / errors["a_minus_b"],
            ]
        )
        assert model.residual_std_ == pytest.approx(sigma, rel=0.15)
    # With 40 draws the standard deviation of a standard normal number is 1 within 0.11.
    np.testing.assert_array_less(np.std(scores, axis=0), 1.4)
    np.testing.assert_array_less(0.65, np.std(scores, axis=0))
    np.testing.assert_array_less(np.abs(np.mean(scores, axis=0)), 0.6)


def test_a_velocity_step_has_its_direct_effect_and_decays_over_d_c():
    model = RateStateRegressor(law="slip").fit(X, friction_of_steps(law="slip"))
    velocity = np.repeat([1e-6, 1e-5, 1e-6], [10, 100, 100])
    friction = model.predict(velocity[:, None])
    slip = 1e-5 * np.arange(1, 101)
    expected = np.log(10) * (-0.005 + 0.015 * np.exp(-slip / 1e-5))
    np.testing.assert_allclose(friction[:10], 0.6, atol=1e-7)
    np.testing.assert_allclose(friction[10:110] - 0.6, expected, atol=1e-7)
    # Back again, slowly enough to see nearly all of the direct effect in the first row.
    expected = 0.005 * np.log(10) - 0.015 * np.log(10) * np.exp(-0.1 * np.arange(1, 101))
    np.testing.assert_allclose(friction[110:] - friction[109], expected, atol=1e-7)
    assert friction[110] - friction[109] == pytest.approx(-0.01 * np.log(10), rel=0.15)


def test_runs_are_fitted_together_and_begin_anew():
    second = np.repeat([1e-7, 3e-6], [40, 40])
    velocity = np.r_[STEPS, second]
    y = friction_of_steps(velocity, starts=(0, len(STEPS)))
    runs = np.repeat(["a", "b"], [len(STEPS), len(second)])
    table = with_runs(velocity[:, None], groups=runs)
    model = RateStateRegressor().fit(table, y)
    np.testing.assert_allclose(model.predict(table), y, atol=1e-8)
    np.testing.assert_array_equal(
        model.predict(table.iloc[len(STEPS) :]), model.predict(table)[len(STEPS) :]
    )
    # As groups, and not at all: then the second run goes on from the first.
    same = RateStateRegressor().fit(velocity[:, None], y, groups=runs)
    assert same.d_c_ == model.d_c_
    prediction = same.predict(velocity[:, None], groups=runs)
    np.testing.assert_array_equal(prediction, model.predict(table))
    assert same.score(velocity[:, None], y, groups=runs) == pytest.approx(1.0)
    assert same.score(velocity[:, None], y) == r2_score(y, same.predict(velocity[:, None])) < 0.999


def test_the_sampling_interval_is_read_from_the_index_and_kept():
    index = pd.Index(0.5 * np.arange(len(STEPS)), name="time_s")
    table = pd.DataFrame({"v": STEPS}, index=index)
    y = friction_of_steps(interval=0.5)
    model = RateStateRegressor().fit(table, y)
    assert model.sampling_interval_ == 0.5
    assert_found(model, TRUE, rtol=1e-5)
    with pytest.raises(ValueError, match=r"sampling interval of 1 s; expected 0\.5 s"):
        model.predict(table.set_axis(np.arange(len(STEPS))))


@pytest.mark.parametrize("velocity", ["load", 1, np.int64(1)])
def test_the_column_of_velocity_is_named_and_others_do_not_matter(velocity):
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"other": generator.normal(size=len(STEPS)), "load": STEPS})
    model = RateStateRegressor(velocity).fit(table, friction_of_steps())
    assert_found(model, TRUE, rtol=1e-5)
    assert model.n_features_in_ == 2
    assert list(model.feature_names_in_) == ["other", "load"]
    np.testing.assert_array_equal(
        model.predict(table), model.predict(table.assign(other=generator.normal(size=len(STEPS))))
    )


def test_holds_are_left_out_of_the_fit_and_predicted_with_the_last_slip():
    velocity = np.r_[STEPS, np.zeros(50), STEPS[:100]]
    y = friction_of_steps(velocity)
    hold = slice(len(STEPS), len(STEPS) + 50)
    y[hold] -= 0.05
    model = RateStateRegressor().fit(velocity[:, None], y)
    assert_found(model, TRUE, rtol=1e-5)
    prediction = model.predict(velocity[:, None])
    np.testing.assert_array_equal(prediction[hold], prediction[hold.start - 1])
    # The contacts have aged: the first slip after the hold is stronger.
    assert prediction[hold.stop] > model.predict(velocity[: hold.start, None])[-1] + 0.01


def test_rest_velocity_says_which_rows_are_at_rest():
    velocity = np.r_[STEPS, np.full(50, 1e-9), STEPS[:100]]
    y = friction_of_steps(velocity)
    y[len(STEPS) : len(STEPS) + 50] = 0.5
    assert RateStateRegressor().fit(velocity[:, None], y).residual_std_ > 1e-3
    model = RateStateRegressor(rest_velocity=1e-8).fit(velocity[:, None], y)
    assert_found(model, TRUE, rtol=1e-5)


def test_steady_rows_tell_a_minus_b_only():
    velocity = np.repeat([1e-3, 4e-3, 2e-3, 8e-3], 40)
    generator = np.random.default_rng(0)
    y = friction_of_steps(velocity) + 1e-4 * generator.normal(size=len(velocity))
    with pytest.warns(
        UserWarning, match=r"a, b and D_c cannot be separated. The record determines a"
    ):
        model = RateStateRegressor().fit(velocity[:, None], y)
    errors = model.standard_errors_
    assert errors["a"] == errors["b"] == errors["d_c"] == np.inf
    assert abs(model.a_minus_b_ + 0.005) < 4 * errors["a_minus_b"] < 4e-4
    assert abs(model.mu0_ - 0.6) < 4 * errors["mu0"] < 4e-3
    assert model.a_ > 0
    assert model.a_ - model.b_ == pytest.approx(model.a_minus_b_)
    prediction = model.predict(velocity[:, None])
    assert np.std(prediction - y) < 1.1e-4
    assert np.isfinite(model.predict(np.array([[0.0], [1e-9], [-1.0], [1e3]]))).all()


@pytest.mark.parametrize("sigma", [0.0, 1e-3])
def test_steady_rows_of_two_states_are_no_better(sigma):
    velocity = np.repeat([1e-3, 4e-3, 2e-3, 8e-3], 40)
    noise = sigma * np.random.default_rng(1).normal(size=len(velocity))
    y = 0.6 + 0.004 * np.log(velocity / 1e-6) + noise
    with pytest.warns(UserWarning, match="cannot be separated"):
        model = RateStateRegressor(n_state_variables=2).fit(velocity[:, None], y)
    assert model.a_minus_b_ == pytest.approx(0.004, abs=5e-4)
    assert np.isinf(model.standard_errors_["b"]).all()
    assert model.b_.shape == model.d_c_.shape == (2,)


@pytest.mark.parametrize("velocity", [1e-6, 3e-4, -2e-6, 0.0])
@pytest.mark.parametrize("stiffness", [None, 1e3])
def test_one_velocity_tells_the_mean_only(velocity, stiffness):
    column = np.full((30, 1), velocity)
    y = np.copysign(0.6, velocity) + 1e-3 * np.random.default_rng(0).normal(size=30)
    with pytest.warns(
        UserWarning, match="nor a - b can be determined. Only the mean friction at this velocity"
    ):
        model = RateStateRegressor(stiffness=stiffness).fit(column, y)
    np.testing.assert_allclose(model.predict(column), np.mean(y), rtol=1e-3)
    errors = model.standard_errors_
    assert errors["a"] == errors["b"] == errors["d_c"] == errors["a_minus_b"] == np.inf
    # mu0 is friction at v0, and known there only.
    assert np.isfinite(errors["mu0"]) == (velocity == 1e-6)


def test_one_velocity_with_holds_tells_healing_but_not_the_direct_effect():
    velocity = np.tile(np.repeat([2e-6, 0.0], [40, 30]), 3)
    y = friction_of_steps(velocity)
    with pytest.warns(
        UserWarning, match=r"does not determine mu0, a:.*a - b is not determined either"
    ):
        model = RateStateRegressor().fit(velocity[:, None], y)
    errors = model.standard_errors_
    assert errors["a"] == errors["a_minus_b"] == errors["mu0"] == np.inf
    assert np.isfinite(errors["b"])
    assert model.b_ == pytest.approx(0.015, rel=1e-3)
    assert model.d_c_ == pytest.approx(1e-5, rel=1e-3)


def test_bounds_are_kept_and_reaching_them_is_said():
    y = friction_of_steps()
    with pytest.warns(UserWarning, match="D_c ended at a bound"):
        model = RateStateRegressor(d_c_bounds=(3e-5, 1e-3)).fit(X, y)
    assert model.d_c_ == pytest.approx(3e-5, rel=1e-6)
    with pytest.warns(UserWarning, match="a ended at a bound"):
        model = RateStateRegressor(a_bounds=(0.02, 0.1)).fit(X, y)
    assert model.a_ == pytest.approx(0.02, rel=1e-6)


def test_friction_of_the_wrong_sign_is_said():
    with pytest.warns(UserWarning, match="mu0 ended at a bound.*the sign of velocity"):
        model = RateStateRegressor().fit(X, -friction_of_steps())
    assert model.mu0_ == pytest.approx(0, abs=1e-9)


def test_without_an_evolution_effect_d_c_is_not_determined():
    parameters = {**TRUE, "b": np.array([0.0])}
    y = friction_of_steps(stiffness=1e4, parameters=parameters)
    y = y + 1e-3 * np.random.default_rng(0).normal(size=len(y))
    with pytest.warns(
        UserWarning, match=r"does not determine D_c:.*a - b is determined nevertheless"
    ):
        model = RateStateRegressor(stiffness=1e4, n_starts=1).fit(X, y)
    assert model.a_minus_b_ == pytest.approx(0.01, abs=4 * model.standard_errors_["a_minus_b"])


def fit_of(n_rows, misfit):
    """Return a fit of one state with a sum of squares."""
    residuals = np.zeros(n_rows)
    residuals[0] = np.sqrt(misfit)
    return Fit(np.zeros(4), np.zeros((n_rows, 4)), residuals, np.zeros(4, bool), 1, True)


def test_states_have_to_fit_better_than_by_chance():
    n_rows = 100
    record = record_of(np.geomspace(1e-7, 1e-5, n_rows))
    # What no line in ln(V) takes away.
    curve = np.cos(np.pi * np.arange(n_rows))
    design = np.column_stack([np.ones(n_rows), np.arange(n_rows)])
    curve -= design @ np.linalg.lstsq(design, curve)[0]
    # F(2, 96) beyond 7.45 has a probability of 1e-3: a misfit that is 15.5 % larger.
    for excess, steady in ((0.13, True), (0.18, False)):
        friction = 0.6 + curve * np.sqrt((1 + excess) / (curve @ curve))
        assert is_steady(record, friction, fit_of(n_rows, 1.0)) is steady
    # Rounding is no misfit, and as many parameters as rows leave none.
    assert is_steady(record, 0.6 + 1e-12 * curve, fit_of(n_rows, 0.0))
    assert is_steady(record_of([1e-6, 1e-5, 1e-6]), np.array([0.6, 0.7, 0.5]), fit_of(3, 0.0))


def test_a_spring_shows_the_direct_effect_at_steady_state_as_well(monkeypatch):
    monkeypatch.setattr(_regressor, "is_steady", lambda *_: True)
    y = friction_of_steps(STEPS[:120], stiffness=5e3)
    model = RateStateRegressor(stiffness=5e3, n_starts=1).fit(X[:120], y)
    assert np.isfinite(model.standard_errors_["a"])


def test_max_gap_says_what_parts_runs():
    time = np.arange(float(len(STEPS)))
    time[200:] += 3.0
    table = pd.DataFrame({"v": STEPS}, index=time)
    y = friction_of_steps()
    for max_gap, found in (("5s", True), (None, False)):
        model = RateStateRegressor(max_gap=max_gap).fit(table, y)
        assert (model.residual_std_ < 1e-8) == found
        assert (np.abs(model.predict(table) - y).max() < 1e-7) == found


def test_the_score_is_a_weighted_r2():
    y = friction_of_steps()
    model = RateStateRegressor().fit(X, y)
    wrong = y + np.where(np.arange(len(y)) < 100, 0.05, 0.0)
    weights = np.where(np.arange(len(y)) < 100, 0.1, 1.0)
    expected = r2_score(wrong, model.predict(X), sample_weight=weights)
    assert model.score(X, wrong, sample_weight=weights) == expected != model.score(X, wrong)


def test_a_fit_that_was_cut_short_says_so():
    y = friction_of_steps()
    with pytest.warns(ConvergenceWarning, match="max_iter=1 "):
        model = RateStateRegressor(max_iter=1).fit(X, y)
    assert model.n_iter_ == 1


def test_v0_is_the_velocity_that_mu0_belongs_to():
    model = RateStateRegressor(v0=1e-5).fit(X, friction_of_steps())
    assert model.mu0_ == pytest.approx(0.6 - 0.005 * np.log(10), rel=1e-6)
    assert model.d_c_ == pytest.approx(1e-5, rel=1e-5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"velocity": "slip"}, r"velocity names 'slip', which X does not have; it has \['x0'\]"),
        ({"velocity": 1}, "velocity names 1, which X does not have"),
        ({"velocity": -1}, "velocity names -1"),
        ({"law": "ageing"}, "'law'"),
        ({"n_state_variables": 3}, "'n_state_variables'"),
        ({"stiffness": 0.0}, "'stiffness'"),
        ({"stiffness": -1.0}, "'stiffness'"),
        ({"v0": 0}, "'v0'"),
        ({"rest_velocity": -1.0}, "'rest_velocity'"),
        ({"n_starts": 0}, "'n_starts'"),
        ({"d_c_bounds": (1e-2, 1e-7)}, r"d_c_bounds is \(0.01, 1e-07\); expected two numbers"),
        ({"d_c_bounds": (1e-7,)}, "d_c_bounds is"),
        ({"a_bounds": (0.0, 1.0)}, "a_bounds is"),
        ({"a_bounds": (1e-3, np.inf)}, "a_bounds is"),
        ({"a_bounds": 1.0}, "'a_bounds'"),
    ],
)
def test_bad_parameters_are_named_in_fit(parameters, message):
    model = RateStateRegressor(**parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(X, friction_of_steps())


def test_values_that_are_none_are_named():
    y = friction_of_steps()
    table = pd.DataFrame({"v": STEPS, "other": 0.0})
    table.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="X holds NaN in column 'other' at row 3"):
        RateStateRegressor().fit(table, y)
    y[5] = np.inf
    with pytest.raises(ValueError, match="infinity in column 'friction' at row 5"):
        RateStateRegressor().fit(X, pd.Series(y, name="friction"))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        RateStateRegressor().fit(X, y[:4])


def test_it_is_cloned_piped_and_cross_validated():
    table = pd.DataFrame({"v": STEPS, "w": 0.0}, index=pd.Index(np.arange(len(STEPS)), name="t"))
    y = pd.Series(friction_of_steps(), index=table.index)
    model = RateStateRegressor("v", law="slip", stiffness=1e3, d_c_bounds=(1e-6, 1e-3))
    assert clone(model).get_params() == model.get_params()
    pipeline = make_pipeline(RateOfChange(["w"]), RateStateRegressor("v"))
    scores = cross_validate(pipeline, table, y, cv=TimeSeriesSplit(2))["test_score"]
    assert (scores > 0.9).all()


def test_run_labels_reach_it_through_metadata_routing():
    velocity = np.r_[STEPS, STEPS]
    runs = np.repeat([0, 1], len(STEPS))
    y = friction_of_steps(velocity, starts=(0, len(STEPS)))
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(RateStateRegressor()).fit(velocity[:, None], y, groups=runs)
        assert model.score(velocity[:, None], y, groups=runs) == pytest.approx(1.0, abs=1e-9)
        assert model.score(velocity[:, None], y) < 1 - 1e-4


def test_negative_velocities_with_positive_friction_are_noise():
    generator = np.random.default_rng(0)
    measured = STEPS.copy()
    backward = generator.choice(len(STEPS), size=9, replace=False)
    measured[backward] *= -1
    y = friction_of_steps()
    with pytest.warns(UserWarning, match=r"negative in 9 of 450 rows.*the magnitude of velocity"):
        model = RateStateRegressor().fit(measured[:, None], y)
    assert not model.reverses_
    assert_found(model, TRUE, rtol=1e-5)
    np.testing.assert_allclose(model.predict(measured[:, None]), y, atol=1e-8)


def test_slip_that_reverses_keeps_its_sign():
    velocity = np.r_[STEPS, -STEPS]
    y = friction_of_steps(velocity)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = RateStateRegressor().fit(velocity[:, None], y)
    assert model.reverses_
    assert_found(model, TRUE, rtol=1e-5)
    assert (model.predict(velocity[:, None])[len(STEPS) :] < 0).all()


def test_noise_of_velocity_around_zero_leaves_the_law_its_skill():
    generator = np.random.default_rng(0)
    time = np.arange(1500)
    step = np.where(time // 250 % 2, 3, 1)
    velocity = 1e-6 * step * (1 + generator.normal(0, 0.43, 1500))
    y = 0.6 + 0.005 * np.log(step) + generator.normal(0, 5e-4, 1500)
    with pytest.warns(UserWarning, match="negative in"):
        model = RateStateRegressor().fit(velocity[:1000, None], y[:1000])
    mse = np.mean((model.predict(velocity[:, None]) - y)[1000:] ** 2)
    assert 1 - mse / np.mean((y[:1000].mean() - y[1000:]) ** 2) > 0.8
    # No row shows the direct effect through this noise: it lies at its bound, and is no result.
    assert not model.identified_["a"]
    assert model.summary().loc[["a", "a - b"]].drop(columns="identified").isna().all(axis=None)


@pytest.mark.parametrize("n_states", [1, 2])
def test_what_the_record_determines_is_identified(n_states):
    parameters = TRUE if n_states == 1 else TWO_STATES
    y = friction_of_steps(parameters=parameters)
    y = y + 1e-5 * np.random.default_rng(0).normal(size=len(y))
    model = RateStateRegressor(n_state_variables=n_states).fit(X, y)
    assert all(np.all(known) for known in model.identified_.values())
    for name in ("b", "d_c"):
        assert np.shape(model.identified_[name]) == np.shape(getattr(model, f"{name}_"))
    summary = model.summary()
    assert len(summary) == 3 + 2 * n_states
    expected = np.r_[model.mu0_, model.a_, model.b_, model.d_c_, model.a_minus_b_]
    np.testing.assert_array_equal(summary["value"], expected)
    assert (summary["standard_error"] > 0).all()


def test_what_steady_rows_leave_open_is_not_identified():
    velocity = np.repeat([1e-3, 4e-3, 2e-3, 8e-3], 40)
    noise = 1e-4 * np.random.default_rng(0).normal(size=len(velocity))
    with pytest.warns(UserWarning, match="cannot be separated"):
        model = RateStateRegressor().fit(velocity[:, None], friction_of_steps(velocity) + noise)
    names = [name for name, known in model.identified_.items() if known]
    assert names == ["mu0", "a_minus_b"]


def test_a_parameter_at_its_bound_is_not_identified():
    with pytest.warns(UserWarning, match="D_c ended at a bound .*: not identified"):
        model = RateStateRegressor(d_c_bounds=(1e-7, 3e-6)).fit(X, friction_of_steps())
    assert model.d_c_ == pytest.approx(3e-6)
    assert not model.identified_["d_c"]
    # An effect that evolves over an unknown distance is not known either.
    assert not model.identified_["b"]


@pytest.mark.parametrize("stiffness", [None, 5e3])
def test_chosen_rows_are_fitted_and_the_velocities_of_all_move_the_state(stiffness):
    y = friction_of_steps(stiffness=stiffness)
    rows = np.r_[20:150, 240:300, 350:450]
    hidden = np.full(len(y), 9.0)
    hidden[rows] = y[rows]
    model = RateStateRegressor(stiffness=stiffness, n_starts=1).fit(X, hidden, rows=rows)
    assert_found(model, TRUE, rtol=1e-3 if stiffness else 1e-5)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-4 if stiffness else 1e-8)


@pytest.mark.parametrize("rows", [[], [-1], [450], [0.5], np.ones(450, bool), [[1]]])
def test_rows_that_are_not_there_are_named(rows):
    with pytest.raises(ValueError, match="expected numbers of rows from 0 to 449"):
        RateStateRegressor().fit(X, friction_of_steps(), rows=rows)
