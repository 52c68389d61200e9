"""Matrix products of numba functions, tile by tile in the processor's registers.

Measured on one core of a Zen 4 processor, whose peak is 115 GFLOP/s: 110 of 64 x 32 with
32 x 96 and 114 of 64 x 160 with 160 x 96, where numba's `numpy.dot`, which calls a BLAS,
reaches 109 and 112. So nothing is lost by leaving the BLAS, and what follows a product can
be done to its sums before they leave the registers; no BLAS starts threads; and a row's sums
are the same to the last bit for any other rows.
"""

import sys
from functools import wraps
from inspect import getsource
from pickle import UnpicklingError
from zlib import crc32

import numba

from sklearn_frictiongru.neural_network._layers._kernels import _vectors
from sklearn_frictiongru.neural_network._layers._kernels._vectors import (
    VECTOR_BYTES,
    add_products,
    add_tiles,
    load,
    load_tile,
    splat,
    store,
    store_tile,
)

OPTIONS = {"nogil": True, "error_model": "numpy"}


def _fingerprint():
    """Return a number that changes with the source of what compiled functions are made of.

    Numba sees that a function's own file has changed, and not that those it calls have.
    """
    try:
        source = getsource(_vectors) + getsource(sys.modules[__name__])
    except OSError:
        # Without sources nothing is kept on disk either.
        return 0
    return crc32(source.encode())


FINGERPRINT = _fingerprint()


def compiled(function):
    """Let numba compile a function at its first call and keep the result on disk.

    The file is one per processor model. If none can be written or read (next to
    the source, in the user's cache or in ``NUMBA_CACHE_DIR``), each process compiles again.
    """
    plain = numba.njit(**OPTIONS)(function)
    function.__qualname__ += f"_{FINGERPRINT:08x}"
    try:
        kept = numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:
        return plain

    @wraps(function)
    def run(*arguments):
        try:
            return kept(*arguments)
        except (OSError, EOFError, UnpicklingError):
            # Of the file: no disk space, say. The function itself raises none of these.
            return plain(*arguments)

    return run


inlined = numba.njit(forceinline=True, **OPTIONS)
called = numba.njit(**OPTIONS)


@called
def multiply(
    a, a_index, a_block, a_row, n_rows, b, n_columns, n_blocks, n_inner, out, out_index, keep
):
    """Write a matrix product, or add it to what is there.

    The inner dimension comes in blocks, which follow one another without a gap in the
    second factor.
    """
    lanes = VECTOR_BYTES // a.itemsize
    zero = splat(a.dtype.type(0))
    pair, single = (zero, zero), (zero,)
    strides, sizes = (a_block, a_row), (n_columns, n_blocks, n_inner)
    column = 0
    while column < n_columns:
        wide = column + 2 * lanes <= n_columns
        row = 0
        while row < n_rows:
            tall = row + 4 <= n_rows
            at = a_index + row * a_row
            to = out_index + row * n_columns + column
            if tall and wide:
                tile = (pair, pair, pair, pair)
                _multiply_tile(tile, a, at, strides, b, column, sizes, out, to, keep)
            elif tall:
                upright = (single, single, single, single)
                _multiply_tile(upright, a, at, strides, b, column, sizes, out, to, keep)
            elif wide:
                flat = (pair,)
                _multiply_tile(flat, a, at, strides, b, column, sizes, out, to, keep)
            else:
                vector = (single,)
                _multiply_tile(vector, a, at, strides, b, column, sizes, out, to, keep)
            row += 4 if tall else 1
        column += 2 * lanes if wide else lanes


@inlined
def _multiply_tile(tile, a, a_index, strides, b, column, sizes, out, place, keep):
    a_block, a_row = strides
    n_columns, n_blocks, n_inner = sizes
    for block in range(n_blocks):
        i, j = a_index + block * a_block, block * n_inner * n_columns + column
        tile = add_products(tile, a, i, a_row, 1, b, j, n_columns, n_inner)
    if keep:
        tile = add_tiles(tile, load_tile(tile, out, place, n_columns))
    store_tile(tile, out, place, n_columns)


@called
def add_outer(
    a,
    a_index,
    a_block,
    a_row,
    n_units,
    b,
    b_index,
    b_block,
    b_row,
    n_columns,
    n_blocks,
    n_rows,
    out,
    out_index,
):
    """Add the product of a transposed matrix with another, as for the gradient of weights.

    The products are added up separately before they are added to a sum that may be much
    larger, which keeps the digits of both.
    """
    lanes = VECTOR_BYTES // a.itemsize
    zero = splat(a.dtype.type(0))
    pair, single = (zero, zero), (zero,)
    a_strides, b_strides = (a_block, a_row), (b_block, b_row)
    sizes = (n_columns, n_blocks, n_rows)
    column = 0
    while column < n_columns:
        wide = column + 2 * lanes <= n_columns
        unit = 0
        while unit < n_units:
            tall = unit + 4 <= n_units
            at, bt = a_index + unit, b_index + column
            to = out_index + unit * n_columns + column
            if tall and wide:
                tile = (pair, pair, pair, pair)
                _add_outer_tile(tile, a, at, a_strides, b, bt, b_strides, sizes, out, to)
            elif tall:
                upright = (single, single, single, single)
                _add_outer_tile(upright, a, at, a_strides, b, bt, b_strides, sizes, out, to)
            elif wide:
                flat = (pair,)
                _add_outer_tile(flat, a, at, a_strides, b, bt, b_strides, sizes, out, to)
            else:
                vector = (single,)
                _add_outer_tile(vector, a, at, a_strides, b, bt, b_strides, sizes, out, to)
            unit += 4 if tall else 1
        column += 2 * lanes if wide else lanes


@inlined
def _add_outer_tile(tile, a, a_index, a_strides, b, b_index, b_strides, sizes, out, place):
    a_block, a_row = a_strides
    b_block, b_row = b_strides
    n_columns, n_blocks, n_rows = sizes
    for block in range(n_blocks):
        i, j = a_index + block * a_block, b_index + block * b_block
        tile = add_products(tile, a, i, 1, a_row, b, j, b_row, n_rows)
    store_tile(add_tiles(tile, load_tile(tile, out, place, n_columns)), out, place, n_columns)


@called
def add_rows(values, index, row_stride, n_rows, n_columns, total, total_index):
    """Add up the rows of a matrix of whole vectors, and add the sums to a total."""
    lanes = VECTOR_BYTES // values.itemsize
    for column in range(0, n_columns, lanes):
        vector = splat(values.dtype.type(0))
        for row in range(n_rows):
            vector = vector + load(values, index + row * row_stride + column)
        place = total_index + column
        store(total, place, vector + load(total, place))
