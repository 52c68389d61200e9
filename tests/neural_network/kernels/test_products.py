"""Matrix products of any size are numpy's, and compiled files are a convenience alone."""

import numpy as np
import pytest

numba = pytest.importorskip("numba")

caching = pytest.importorskip("numba.core.caching")
products = pytest.importorskip("sklearn_frictiongru.neural_network._layers._kernels._products")
add_outer, add_rows = products.add_outer, products.add_rows
compiled, multiply = products.compiled, products.multiply
LANES = products.VECTOR_BYTES // 8


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(("n_rows", "n_vectors"), [(1, 1), (3, 2), (4, 1), (9, 3)])
def test_multiply(n_rows, n_vectors, keep):
    n_columns = n_vectors * LANES
    a, b = random(2, n_rows, 5), random(2, 5, n_columns, seed=1)
    before = random(n_rows, n_columns, seed=2)
    out = np.concatenate([[7.0], before.ravel(), [7.0]])
    multiply(a.ravel(), 0, n_rows * 5, 5, n_rows, b.ravel(), n_columns, 2, 5, out, 1, keep)
    expected = (a @ b).sum(axis=0) + (before if keep else 0)
    np.testing.assert_allclose(out[1:-1].reshape(n_rows, n_columns), expected, atol=1e-13)
    assert (out[0], out[-1]) == (7.0, 7.0)


@pytest.mark.parametrize(("n_units", "n_vectors"), [(1, 1), (3, 2), (4, 1), (9, 3)])
def test_add_outer(n_units, n_vectors):
    n_columns = n_vectors * LANES
    a, b = random(3, 7, n_units), random(3, 7, n_columns, seed=1)
    before = random(n_units, n_columns, seed=2)
    out = np.concatenate([[7.0], before.ravel(), [7.0]])
    add_outer(
        a.ravel(), 0, 7 * n_units, n_units, n_units, b.ravel(), 0, 7 * n_columns, n_columns,
        n_columns, 3, 7, out, 1,
    )  # fmt: skip
    expected = before + (a.transpose(0, 2, 1) @ b).sum(axis=0)
    np.testing.assert_allclose(out[1:-1].reshape(n_units, n_columns), expected, atol=1e-13)
    assert (out[0], out[-1]) == (7.0, 7.0)


def test_add_rows():
    values = random(6, 2 * LANES + 1)
    total = np.ones(2 * LANES + 3)
    add_rows(values.ravel(), 1, 2 * LANES + 1, 6, 2 * LANES, total, 2)
    np.testing.assert_allclose(total[2:-1], 1 + values[:, 1:].sum(axis=0), atol=1e-13)
    assert (total[:2] == 1).all()
    assert total[-1] == 1


def twice():
    def double(x):
        return 2 * x

    return double


def test_a_compiled_function_is_kept_on_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert compiled(twice())(3) == 6
    assert list(tmp_path.rglob("*.nbc"))


def test_no_folder_to_write_to(monkeypatch):
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    assert compiled(twice())(3) == 6


@pytest.mark.parametrize("name", ["save", "load"])
def test_a_file_that_cannot_be_written_or_read(monkeypatch, tmp_path, name):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(caching.IndexDataCacheFile, name, fail)
    function = compiled(twice())
    assert [function(3), function(4)] == [6, 8]
