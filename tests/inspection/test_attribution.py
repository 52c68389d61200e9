"""Attributions of functions whose derivatives and integrals are known."""

import sys
from functools import partial

import numpy as np
import pytest
import torch

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.inspection._attribution import (
    Gradient,
    GradientXInput,
    IntegratedGradients,
    SmoothGrad,
)

from ._known import WEIGHTS, Filter, fit_pipeline, make_record, replace_network

WINDOWS = np.random.default_rng(0).normal(size=(30, 4, 3))
NUMBERS = np.arange(30)


def powers(windows, power=3):
    return (torch.as_tensor(WEIGHTS) * windows**power).sum(dim=(1, 2))


def squared_error(windows, y):
    return (powers(windows, 1) - y) ** 2


def attribute(attribution, function, *y, batch_size=30):
    found, errors = [], []
    for begin in range(0, 30, batch_size):
        batch = slice(begin, begin + batch_size)
        values, error = attribution(
            function,
            torch.as_tensor(WINDOWS[batch]),
            tuple(each[batch] for each in y),
            NUMBERS[batch],
        )
        assert not values.requires_grad
        found.append(values.numpy())
        errors.append(error)
    return np.concatenate(found), None if errors[0] is None else np.concatenate(errors)


class TestKnownFunctions:
    @pytest.mark.parametrize("batch_size", [1, 7, 30])
    def test_gradient(self, batch_size):
        found, error = attribute(Gradient(), powers, batch_size=batch_size)
        np.testing.assert_allclose(found, 3 * WEIGHTS * WINDOWS**2, rtol=1e-12, atol=1e-15)
        assert error is None

    @pytest.mark.parametrize("batch_size", [1, 7, 30])
    def test_gradient_times_input(self, batch_size):
        found, error = attribute(GradientXInput(), powers, batch_size=batch_size)
        np.testing.assert_allclose(found, 3 * WEIGHTS * WINDOWS**3, rtol=1e-12, atol=1e-15)
        assert error is None

    @pytest.mark.parametrize("batch_size", [1, 7, 30])
    def test_integrated_gradients(self, batch_size):
        # The rule of Gauss and Legendre is exact for the slopes, of degree 2, from two points on.
        found, error = attribute(IntegratedGradients(2), powers, batch_size=batch_size)
        np.testing.assert_allclose(found, WEIGHTS * WINDOWS**3, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(error, 0, atol=1e-5)
        assert error.dtype == np.float64

    def test_integrated_gradients_of_too_few_points_miss_their_sum(self):
        # At half of the way the slope is a quarter of 3 w x^2.
        found, error = attribute(IntegratedGradients(1), powers)
        np.testing.assert_allclose(found, 0.75 * WEIGHTS * WINDOWS**3, rtol=1e-6, atol=1e-12)
        should_be = (WEIGHTS * WINDOWS**3).sum(axis=(1, 2))
        np.testing.assert_allclose(error, -should_be / 4, rtol=1e-5)

    @pytest.mark.parametrize("batch_size", [4, 30])
    def test_each_window_has_its_own_target(self, batch_size):
        y = torch.linspace(-2, 2, 30, dtype=torch.float64)
        predicted = (WEIGHTS * WINDOWS).sum(axis=(1, 2))
        errors = (predicted - y.numpy())[:, None, None]
        found, _ = attribute(Gradient(), squared_error, y, batch_size=batch_size)
        np.testing.assert_allclose(found, 2 * errors * WEIGHTS, rtol=1e-12, atol=1e-15)
        found, _ = attribute(SmoothGrad(3, 1e-9, 0), squared_error, y, batch_size=batch_size)
        np.testing.assert_allclose(found, 2 * errors * WEIGHTS, rtol=1e-6, atol=1e-12)
        found, error = attribute(IntegratedGradients(5), squared_error, y, batch_size=batch_size)
        # Along the path the prediction grows in proportion: its mean is half of the last one.
        mean_errors = (predicted / 2 - y.numpy())[:, None, None]
        truth = 2 * mean_errors * WEIGHTS * WINDOWS
        np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(error, 0, atol=1e-4)

    def test_only_slopes_are_gradients_by_the_input(self):
        of_slopes = [Gradient(), SmoothGrad(1, 0.1, 0)]
        times_input = [GradientXInput(), IntegratedGradients(1)]
        assert [each.per_input for each in of_slopes + times_input] == [True, True, False, False]


class TestSmoothGrad:
    def test_a_plane_is_as_steep_everywhere(self):
        found, error = attribute(SmoothGrad(4, 2.0, 0), partial(powers, power=1))
        np.testing.assert_allclose(found, np.tile(WEIGHTS, (30, 1, 1)), rtol=1e-12)
        assert error is None

    def test_noise_has_the_size_asked_for_and_is_averaged(self):
        # Of squares the slope moves by 2 w times the mean of the noise.
        n_samples, noise = 16, 0.25
        found, _ = attribute(SmoothGrad(n_samples, noise, 0), partial(powers, power=2))
        with np.errstate(invalid="ignore"):
            mean_noise = (found / (2 * WEIGHTS) - WINDOWS)[:, :, :2].ravel()
        n = len(mean_noise)
        size = noise / np.sqrt(n_samples)
        assert abs(mean_noise.mean()) < 3.5 * size / np.sqrt(n)
        # The standard deviation of 240 draws has one of size / sqrt(2 n), 4.6 %.
        assert mean_noise.std() == pytest.approx(size, rel=3.5 / np.sqrt(2 * n))
        assert len(set(mean_noise.round(12))) == n

    def test_curvature_shows_in_the_mean(self):
        # The mean of 3 w (x + noise)^2 is 3 w (x^2 + noise^2).
        noise = 1.5
        found, _ = attribute(SmoothGrad(400, noise, 0), powers)
        added = (found / (3 * WEIGHTS + 1e-300) - WINDOWS**2)[:, :, :2]
        assert added.mean() == pytest.approx(noise**2, rel=0.05)

    def test_batches_and_order_change_nothing(self):
        smooth = SmoothGrad(5, 0.3, 7)
        expected, _ = attribute(smooth, powers)
        for batch_size in (1, 7):
            found, _ = attribute(smooth, powers, batch_size=batch_size)
            np.testing.assert_array_equal(found, expected)
        backwards, _ = smooth(powers, torch.as_tensor(WINDOWS[::-1].copy()), (), NUMBERS[::-1])
        np.testing.assert_array_equal(backwards.numpy()[::-1], expected)

    def test_seeds(self):
        first, _ = attribute(SmoothGrad(2, 0.3, 3), powers)
        again, _ = attribute(SmoothGrad(2, 0.3, 3), powers)
        other, _ = attribute(SmoothGrad(2, 0.3, 4), powers)
        np.testing.assert_array_equal(first, again)
        assert (first != other)[:, :, :2].all()

    def test_global_generators_are_left_alone(self):
        torch_state = torch.get_rng_state()
        numpy_state = np.random.mtrand._rand.get_state(legacy=False)["state"]
        attribute(SmoothGrad(2, 0.3, 3), powers)
        attribute(IntegratedGradients(2), powers)
        assert torch.equal(torch.get_rng_state(), torch_state)
        after = np.random.mtrand._rand.get_state(legacy=False)["state"]
        np.testing.assert_equal(after, numpy_state)


class TestMethodsOfAModel:
    """The same through the front door: the network is a known function."""

    @pytest.fixture(scope="class")
    @classmethod
    def record(cls):
        return make_record()

    @pytest.fixture(scope="class")
    @classmethod
    def cubes(cls, record):
        return replace_network(fit_pipeline(*record, precision="float64"), Filter(WEIGHTS, power=3))

    @staticmethod
    def inputs(model, X):
        windows = model[0].transform(X)
        gru = model[-1]
        return (np.asarray(windows)[windows.complete] - gru.X_mean_) / gru.X_scale_

    @pytest.mark.parametrize("units", ["standardized", "physical"])
    @pytest.mark.parametrize(
        ("method", "factor"), [("gradient_x_input", 3.0), ("integrated_gradients", 1.0)]
    )
    def test_methods_times_input_have_the_targets_unit(self, record, cubes, method, factor, units):
        X, _ = record
        truth = factor * WEIGHTS * self.inputs(cubes, X) ** 3 * cubes[-1].y_scale_
        found = gradient_importance(cubes, X, method=method, units=units, n_steps=3)
        close = {"rtol": 1e-6, "atol": 1e-12}
        np.testing.assert_allclose(found.by_row, np.abs(truth).mean(axis=1), **close)
        np.testing.assert_allclose(found.signed_by_row, truth.mean(axis=1), **close)
        np.testing.assert_allclose(found.by_lag, np.abs(truth).mean(axis=0), **close)
        assert found.method == method
        assert (found.completeness_error is None) == (method == "gradient_x_input")

    @pytest.mark.parametrize("of", ["prediction", "loss"])
    def test_integrated_gradients_sum_to_what_is_differentiated(self, record, cubes, of):
        X, y = record
        found = gradient_importance(
            cubes, X, y, of=of, method="integrated_gradients", n_steps=4, batch_size=50
        )
        gru = cubes[-1]
        predicted = (WEIGHTS * self.inputs(cubes, X) ** 3).sum(axis=(1, 2)) * gru.y_scale_
        if of == "loss":
            left = gru.y_mean_ - y.to_numpy()[found.rows]
            difference = (predicted + left) ** 2 - left**2
        else:
            difference = predicted
        sums = found.signed_by_row.sum(axis=1) * 4
        # captum weighs the points of the path in single precision.
        assert np.abs(sums - difference).max() < 1e-6 * np.abs(difference).max()
        assert 0 <= found.completeness_error < 1e-6

    def test_a_sum_that_is_missed_is_told(self, record, cubes):
        X, _ = record
        with pytest.warns(UserWarning, match="sum to by 25%; raise n_steps, now 1") as caught:
            found = gradient_importance(
                cubes, X, method="integrated_gradients", n_steps=1, batch_size=20
            )
        assert found.completeness_error == pytest.approx(0.25, rel=1e-5)
        # It points at the line that calls.
        assert [warning.filename for warning in caught] == [__file__]

    def test_a_prediction_that_never_moves_misses_nothing(self, record):
        flat = replace_network(fit_pipeline(*record), Filter(np.zeros((4, 3))))
        found = gradient_importance(flat, record[0], method="integrated_gradients")
        assert found.completeness_error == 0

    @pytest.mark.parametrize("units", ["standardized", "physical"])
    def test_smoothgrad_is_a_gradient(self, record, units):
        X, _ = record
        linear = replace_network(fit_pipeline(*record, precision="float64"), Filter(WEIGHTS))
        expected = gradient_importance(linear, X, units=units)
        found = gradient_importance(linear, X, units=units, method="smoothgrad", n_samples=2)
        np.testing.assert_allclose(found.signed_by_lag, expected.signed_by_lag, rtol=1e-12)

    def test_options_of_smoothgrad_arrive(self, record, cubes):
        X, _ = record

        def raw(**options):
            return gradient_importance(cubes, X, method="smoothgrad", **options).raw

        one = raw(random_state=1, n_samples=2)
        np.testing.assert_array_equal(raw(random_state=1, n_samples=2, batch_size=9), one)
        for options in (
            {"random_state": 2, "n_samples": 2},
            {"random_state": 1, "n_samples": 3},
            {"random_state": 1, "n_samples": 2, "noise": 0.2},
        ):
            assert not np.allclose(raw(**options), one, rtol=1e-6)
        assert not np.array_equal(raw(), raw())
        np.testing.assert_array_equal(
            raw(random_state=np.random.RandomState(5)), raw(random_state=np.random.RandomState(5))
        )

    @pytest.mark.parametrize(
        "method", ["gradient", "gradient_x_input", "integrated_gradients", "smoothgrad"]
    )
    def test_the_batch_size_changes_nothing(self, record, cubes, method):
        X, y = record
        one, other = (
            gradient_importance(
                cubes, X, y, of="loss", method=method, random_state=0, batch_size=size, n_steps=3
            )
            for size in (11, 114)
        )
        for name in ("raw", "net", "by_lag", "signed_by_lag", "by_row"):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-6, err_msg=name)

    def test_without_captum_the_extra_is_named(self, record, cubes, monkeypatch):
        X, _ = record
        monkeypatch.setitem(sys.modules, "captum.attr", None)
        message = r"method='integrated_gradients' needs captum.*sklearn_frictiongru\[captum\]"
        with pytest.raises(ImportError, match=message):
            gradient_importance(cubes, X, method="integrated_gradients")
        for method in ("gradient", "gradient_x_input", "smoothgrad"):
            gradient_importance(cubes, X, method=method)
