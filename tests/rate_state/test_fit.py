"""The fit: which starts are followed, and what is kept of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize

from sklearn_frictiongru.rate_state import _fit
from sklearn_frictiongru.rate_state._fit import (
    _slip_of_slider,
    _SlipMisfit,
    fit_law,
    slide_runs,
    split_parameters,
)
from tests.rate_state._simulated import STEPS, TRUE, TWO_STATES, friction_of_steps, record_of

TRUTH = np.array([0.6, 0.01, 0.015, np.log(1e-5)])
OPTIONS = {
    "stiffness": None,
    "n_states": 1,
    "a_bounds": (1e-5, 1.0),
    "d_c_bounds": (1e-7, 1e-2),
    "n_starts": 3,
    "max_iter": 50,
}
SHORT = STEPS[:150]


def start_from(monkeypatch, *starts):
    monkeypatch.setattr(_fit, "profile_minima", lambda *_, **__: list(starts))


def test_parameters_have_their_names_and_units():
    found = split_parameters(np.array([0.6, 0.01, 0.02, 0.03, np.log(1e-6), np.log(1e-5)]))
    assert (found["mu0"], found["a"]) == (0.6, 0.01)
    np.testing.assert_array_equal(found["b"], [0.02, 0.03])
    np.testing.assert_allclose(found["d_c"], [1e-6, 1e-5])


def test_derivatives_stay_within_direct_effects_above_zero():
    misfit = _SlipMisfit(record_of(SHORT), np.zeros(len(SHORT)))
    jacobian = misfit.jacobian(np.r_[0.6, 1e-8, 0.015, np.log(1e-5)])
    np.testing.assert_allclose(jacobian[:, 0], 1, rtol=1e-6)
    np.testing.assert_allclose(jacobian[:, 1], np.log(SHORT / 1e-6), atol=1e-3)


def test_states_are_ordered_by_their_critical_slip_distance(monkeypatch):
    b, logarithms = TWO_STATES["b"], np.log(TWO_STATES["d_c"])
    start_from(monkeypatch, np.r_[0.6, 0.01, b[::-1], logarithms[::-1]])
    friction = friction_of_steps(parameters=TWO_STATES)
    found = fit_law(record_of(STEPS), friction, **{**OPTIONS, "n_states": 2})
    np.testing.assert_allclose(found.values, np.r_[0.6, 0.01, b, logarithms], rtol=1e-4)
    # So are their derivatives: the shorter distance is noticed by other rows.
    misfit = _SlipMisfit(record_of(STEPS), friction)
    np.testing.assert_allclose(found.jacobian, misfit.jacobian(found.values), atol=1e-5)
    assert found.jacobian.shape == (len(STEPS), 6)


@pytest.mark.parametrize(("costs", "kept"), [([3, 2, 1, 0], 2), ([2, 2, 1], 0), ([1, 2, 2], 0)])
def test_starts_are_followed_until_two_meet_at_the_lowest(monkeypatch, costs, kept):
    start_from(monkeypatch, *[TRUTH] * len(costs))
    found = iter(enumerate(costs))

    def least_squares(*_, **__):
        number, cost = next(found)
        return SimpleNamespace(
            x=TRUTH + number,
            cost=float(cost),
            jac=np.zeros((len(SHORT) + 4, 4)),
            fun=np.zeros(len(SHORT) + 4),
            active_mask=np.zeros(4),
            nfev=1,
            status=1,
        )

    monkeypatch.setattr(_fit, "least_squares", least_squares)
    result = fit_law(record_of(SHORT), friction_of_steps(SHORT), **OPTIONS)
    np.testing.assert_array_equal(result.values, TRUTH + kept)


def test_slip_velocity_is_what_the_spring_has_not_taken_up():
    record = record_of(np.r_[SHORT, SHORT], starts=[0, len(SHORT)])
    motions = slide_runs(record, 5e3, TRUE)
    friction = np.concatenate([motion.friction for motion in motions])
    found = _slip_of_slider(record, friction, 5e3).velocity
    # The mean over a step, which is seen to differ from that of the load point.
    moved = np.sum(found[1 : len(SHORT)])
    taken_up = (friction[len(SHORT) - 1] - friction[0]) / 5e3
    assert moved == pytest.approx(np.sum(SHORT[1:]) - taken_up, rel=1e-9)
    assert found[len(SHORT)] == record.velocity[len(SHORT)]
    assert np.abs(found / record.velocity - 1).max() > 0.3


def test_a_fit_through_a_spring_takes_the_best_start_whether_the_profile_has_it_or_not(
    monkeypatch,
):
    record = record_of(SHORT)
    friction = np.concatenate([m.friction for m in slide_runs(record, 5e3, TRUE)])
    bad = np.array([0.3, 0.5, -0.3, np.log(1e-3)])
    followed = []

    def least_squares(residuals, start, **options):
        followed.append(start)
        return optimize.least_squares(residuals, start, **options)

    monkeypatch.setattr(_fit, "least_squares", least_squares)
    for starts in ([], [bad], [bad, TRUTH]):
        start_from(monkeypatch, *starts)
        options = {**OPTIONS, "stiffness": 5e3, "n_starts": 1}
        found = fit_law(record, friction, **options)
        np.testing.assert_allclose(found.values, TRUTH, rtol=1e-4)
        assert found.converged
    np.testing.assert_array_equal(followed[0], followed[1])
    np.testing.assert_array_equal(followed[2], TRUTH)
