"""The heat part against closed forms, the equation it solves and its own balance."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc

from sklearn_frictiongru.datasets._heat import HalfSpace

ALPHA, RHO_C = 1.1e-6, 2.28e6
FLUX = 7000.0
LOSSLESS = HalfSpace(ALPHA, RHO_C, 1e9)
LOSSY = HalfSpace(ALPHA, RHO_C, 350.0)
TIMES = np.arange(1, 1001) * 1.0
VARYING = np.random.default_rng(0).uniform(0, 2e4, size=1000)


def test_the_surface_under_constant_flux_is_the_closed_form():
    rise = LOSSLESS.rise(np.full(1000, FLUX), 1.0, 0.0)
    assert rise[0] == 0.0
    expected = 2 * FLUX * np.sqrt(TIMES / (np.pi * ALPHA)) / RHO_C
    np.testing.assert_allclose(rise[1:], expected, rtol=1e-5)


@pytest.mark.parametrize("depth", [0.001, 0.003, 0.02])
def test_the_thermocouple_under_constant_flux_is_the_closed_form(depth):
    rise = LOSSLESS.rise(np.full(1000, FLUX), 1.0, depth)
    x = depth / (2 * np.sqrt(ALPHA * TIMES))
    ierfc = np.exp(-(x**2)) / np.sqrt(np.pi) - x * erfc(x)
    expected = 2 * FLUX * np.sqrt(ALPHA * TIMES) * ierfc / (ALPHA * RHO_C)
    assert rise[0] == 0.0
    np.testing.assert_allclose(rise[1:], expected, rtol=1e-5, atol=1e-9)


def test_a_flux_that_ends_is_the_difference_of_two_constant_ones():
    flux = np.where(TIMES <= 300, FLUX, 0.0)
    ended = np.maximum(TIMES - 300, 0)
    expected = 2 * FLUX * (np.sqrt(TIMES) - np.sqrt(ended)) / np.sqrt(np.pi * ALPHA) / RHO_C
    np.testing.assert_allclose(LOSSLESS.rise(flux, 1.0, 0.0)[1:], expected, rtol=1e-5)


@pytest.mark.parametrize("loss_time", [1.0, 30.0, 350.0, 1e5])
@pytest.mark.parametrize("depth", [0.0, 0.002, 0.03])
@pytest.mark.parametrize("time", [0.05, 4.0, 2000.0])
def test_the_step_response_is_the_integral_of_the_kernel(loss_time, depth, time):
    def kernel(root):
        return 2 * np.exp(-(depth**2) / (4 * ALPHA * root**2) - root**2 / loss_time)

    # In the root of time the kernel has no singularity.
    integral = quad(kernel, 0, np.sqrt(time), epsabs=1e-16, epsrel=1e-11, limit=400)[0]
    expected = integral / (RHO_C * np.sqrt(np.pi * ALPHA))
    response = HalfSpace(ALPHA, RHO_C, loss_time).step_response(np.array([0.0, time]), depth)
    assert response[0] == 0.0
    assert response[1] == pytest.approx(expected, rel=1e-8, abs=1e-15)


def test_the_response_solves_the_equation_of_conduction_with_loss():
    depth, time, dz, dt = 0.005, 40.0, 1e-4, 1e-2

    def rise(z, t):
        return float(LOSSY.step_response(np.array(t), z))

    in_time = (rise(depth, time + dt) - rise(depth, time - dt)) / (2 * dt)
    centre = rise(depth, time)
    curvature = (rise(depth + dz, time) - 2 * centre + rise(depth - dz, time)) / dz**2
    loss = centre / 350.0
    assert loss > 0.05 * in_time
    assert in_time == pytest.approx(ALPHA * curvature - loss, rel=1e-3)
    # One W/m2 enters at the surface.
    slope = (-1.5 * rise(0.0, time) + 2 * rise(dz, time) - 0.5 * rise(2 * dz, time)) / dz
    assert -ALPHA * RHO_C * slope == pytest.approx(1.0, rel=1e-3)


def test_heat_stored_and_lost_is_the_heat_that_entered():
    for half_space in (LOSSLESS, LOSSY):
        generated, stored, lost = half_space.balance(VARYING, 1.0)
        assert generated == pytest.approx(VARYING.sum(), rel=1e-12)
        assert generated == pytest.approx(stored + lost, rel=1e-5)
        # From temperatures at all depths, and from the equation of the total heat.
        total = half_space.stored(VARYING, 1.0)
        assert total[0] == 0.0
        assert stored == pytest.approx(total[-1], rel=1e-9)
    assert lost > 0.5 * generated


def test_a_pulse_of_heat_fades_with_the_loss_time():
    flux = np.where(TIMES <= 1, FLUX, 0.0)
    stored = LOSSY.stored(flux, 1.0)
    np.testing.assert_allclose(stored[1:] / stored[1], np.exp(-(TIMES - 1) / 350.0), rtol=1e-9)


def test_steps_of_any_length_give_the_same_temperature():
    coarse = LOSSY.rise(VARYING, 1.0, 0.002)
    fine = LOSSY.rise(np.repeat(VARYING, 4), 0.25, 0.002)
    np.testing.assert_allclose(fine[::4], coarse, rtol=0, atol=1e-9)
    # The balance too, whose only error is that of its sum over time.
    for depth_integral in (1, 2):
        assert LOSSY.balance(np.repeat(VARYING, 4), 0.25)[depth_integral] == pytest.approx(
            LOSSY.balance(VARYING, 1.0)[depth_integral], rel=1e-5
        )
