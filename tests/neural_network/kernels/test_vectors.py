"""Vectors calculate what numbers would, in every place."""

import numpy as np
import pytest

numba = pytest.importorskip("numba")

vectors = pytest.importorskip("sklearn_frictiongru.neural_network._layers._kernels._vectors")
VECTOR_BYTES, EXP2_LIMIT = vectors.VECTOR_BYTES, vectors.EXP2_LIMIT
load, store, exp2 = vectors.load, vectors.store, vectors.exp2


@numba.njit
def power_of_two(x, out):
    for i in range(0, len(x), VECTOR_BYTES // x.itemsize):
        store(out, i, exp2(load(x, i)))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1.2e-7), (np.float64, 3e-15)])
def test_exp2_is_exact_within_its_range(dtype, tolerance):
    x = np.linspace(-EXP2_LIMIT, EXP2_LIMIT, 1 << 16).astype(dtype)
    out = np.empty_like(x)
    power_of_two(x, out)
    np.testing.assert_allclose(out, np.exp2(x.astype(np.longdouble)), rtol=tolerance)


def test_exp2_ends_at_its_limits_and_keeps_nan():
    x = np.array([1e30, np.inf, -1e30, -np.inf, np.nan, 0.0] * 16)
    out = np.empty_like(x)
    power_of_two(x, out)
    highest, lowest = 2.0**EXP2_LIMIT, 2.0**-EXP2_LIMIT
    np.testing.assert_allclose(out[:6], [highest, highest, lowest, lowest, np.nan, 1.0], rtol=1e-14)
