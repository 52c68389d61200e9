"""Vectors of the processor's own width as values in numba functions.

Numba leaves it to the compiler to find vectors in loops over single numbers. The compiler
does not find the one thing that makes a small matrix product fast, a tile of sums that stays
in registers while a loop runs over the products. So these functions write that tile down:
each compiles to a few instructions, for any processor.
"""

import operator

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    register_model,
    type_callable,
)
from numpy.polynomial import Chebyshev, Polynomial

try:
    _FEATURES = llvm.get_host_cpu_features()
except RuntimeError:
    # Of a processor that LLVM cannot ask.
    _FEATURES = {}
VECTOR_BYTES = 64 if _FEATURES.get("avx512f") else 32 if _FEATURES.get("avx") else 16

# Error of the polynomial for 2 ** x over +-1/2: 3e-9 and 2e-15 of the value.
_EXP2_DEGREES = {32: 6, 64: 11}
# Bits of a number after its exponent.
_FRACTION_BITS = {32: 23, 64: 52}
# Where the result is practically 0 or infinite compared with 1, and the product of two results
# is still far within the range of float32.
EXP2_LIMIT = 60.0


class Vector(types.Type):
    """As many floats as one register of the processor holds."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype}, {VECTOR_BYTES})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        element = ir.FloatType() if vector.dtype.bitwidth == 32 else ir.DoubleType()
        width = 8 * VECTOR_BYTES // vector.dtype.bitwidth
        super().__init__(manager, vector, ir.VectorType(element, width))


def _teach(operator_, instruction):
    """Let numba compile an operator of two vectors to one instruction."""

    @type_callable(operator_)
    def typer_of(context):
        return lambda a, b: a if isinstance(a, Vector) and a == b else None

    @lower_builtin(operator_, Vector, Vector)
    def lower(context, builder, signature, arguments):
        return getattr(builder, instruction)(*arguments)


for _operator, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _teach(_operator, _instruction)


@type_callable(operator.neg)
def _type_neg(context):
    return lambda x: x if isinstance(x, Vector) else None


@lower_builtin(operator.neg, Vector)
def _lower_neg(context, builder, signature, arguments):
    return builder.fneg(*arguments)


@intrinsic
def splat(typingctx, value):
    """Return a vector that holds one number in every place."""
    signature = Vector(value)(value)

    def codegen(context, builder, signature, arguments):
        return _splat(builder, context.get_value_type(signature.return_type), arguments[0])

    return signature, codegen


@intrinsic
def load(typingctx, array, index):
    """Return the vector that begins at an index of a flat array."""
    signature = Vector(array.dtype)(array, types.intp)

    def codegen(context, builder, signature, arguments):
        start = _data(context, builder, signature.args[0], arguments[0])
        vector = context.get_value_type(signature.return_type)
        return _load(builder, vector, builder.gep(start, [arguments[1]]))

    return signature, codegen


@intrinsic
def store(typingctx, array, index, vector):
    """Write a vector into a flat array, beginning at an index."""
    signature = types.void(array, types.intp, vector)

    def codegen(context, builder, signature, arguments):
        start = _data(context, builder, signature.args[0], arguments[0])
        _store(builder, arguments[2], builder.gep(start, [arguments[1]]))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def fma(typingctx, a, b, c):
    """Return a * b + c, rounded once where the processor can."""
    signature = a(a, b, c)

    def codegen(context, builder, signature, arguments):
        return _fma(builder, *arguments)

    return signature, codegen


@intrinsic
def where_not_negative(typingctx, test, x):
    """Return x where a test is not negative, elsewhere zero. A NaN is not negative."""
    return _where_not("<", test, x)


@intrinsic
def where_not_zero(typingctx, test, x):
    """Return x where a test is neither negative nor zero, elsewhere zero."""
    return _where_not("<=", test, x)


def _where_not(comparison, test, x):
    signature = x(test, x)

    def codegen(context, builder, signature, arguments):
        test, x = arguments
        zero = ir.Constant(x.type, [0.0] * x.type.count)
        return builder.select(builder.fcmp_ordered(comparison, test, zero), zero, x)

    return signature, codegen


@intrinsic
def exp2(typingctx, x):
    """Return 2 to the power of each number, or of the nearer of +-60 beyond; NaN stays NaN."""
    signature = x(x)
    bits = x.dtype.bitwidth
    polynomial = Chebyshev.interpolate(np.exp2, _EXP2_DEGREES[bits], domain=[-0.5, 0.5])
    *coefficients, leading = polynomial.convert(kind=Polynomial).coef.tolist()

    def codegen(context, builder, signature, arguments):
        (x,) = arguments
        vector = x.type

        def constant(value):
            return ir.Constant(vector, [value] * vector.count)

        for limit, side in ((EXP2_LIMIT, "<"), (-EXP2_LIMIT, ">")):
            # In this order a NaN, for which no comparison holds, is kept.
            beyond = builder.fcmp_ordered(side, constant(limit), x)
            x = builder.select(beyond, constant(limit), x)
        # A number so large that it has no digits after the point: a number added to it is
        # rounded to an integer, which is in its last bits.
        large = constant(1.5 * 2.0 ** _FRACTION_BITS[bits])
        shifted = builder.fadd(x, large)
        x = builder.fsub(x, builder.fsub(shifted, large))
        value = constant(leading)
        for coefficient in reversed(coefficients):
            value = _fma(builder, value, x, constant(coefficient))
        # The integer is added to the exponent, in the bits before the fraction.
        integers = ir.VectorType(ir.IntType(bits), vector.count)
        places = ir.Constant(integers, [_FRACTION_BITS[bits]] * vector.count)
        power = builder.shl(builder.bitcast(shifted, integers), places)
        value = builder.add(builder.bitcast(value, integers), power)
        return builder.bitcast(value, vector)

    return signature, codegen


@intrinsic
def load_tile(typingctx, shape, array, index, row_stride):
    """Return a tile of a flat array: a tuple of rows, each a tuple of vectors.

    `shape` is a tile of the same number of rows and vectors, whose values do not matter.
    """
    signature = shape(shape, array, types.intp, types.intp)

    def codegen(context, builder, signature, arguments):
        tile = signature.return_type
        _, array, index, row_stride = arguments
        start = builder.gep(_data(context, builder, signature.args[1], array), [index])
        vector = context.get_value_type(tile.dtype.dtype)
        places = _places(builder, tile, vector, start, row_stride)
        return _pack(context, builder, tile, [_load(builder, vector, place) for place in places])

    return signature, codegen


@intrinsic
def store_tile(typingctx, tile, array, index, row_stride):
    """Write a tile into a flat array."""
    signature = types.void(tile, array, types.intp, types.intp)

    def codegen(context, builder, signature, arguments):
        values, array, index, row_stride = arguments
        start = builder.gep(_data(context, builder, signature.args[1], array), [index])
        vectors = _unpack(builder, values)
        places = _places(builder, signature.args[0], vectors[0].type, start, row_stride)
        for place, value in zip(places, vectors, strict=True):
            _store(builder, value, place)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_tiles(typingctx, a, b):
    """Return the sum of two tiles."""
    signature = a(a, b)

    def codegen(context, builder, signature, arguments):
        pairs = zip(*[_unpack(builder, tile) for tile in arguments], strict=True)
        sums = [builder.fadd(*pair) for pair in pairs]
        return _pack(context, builder, signature.return_type, sums)

    return signature, codegen


@intrinsic
def add_products(typingctx, sums, a, a_index, a_row, a_step, b, b_index, b_step, n_steps):
    """Return a tile of sums plus a matrix product, the tile in registers throughout.

    To the sums of row i and vector j are added, over the steps k, the products of the number
    ``a[a_index + i * a_row + k * a_step]`` with the vector that begins at
    ``b[b_index + k * b_step + j * width]``. Each sum is added up in the order of the steps,
    for any size of the tile.
    """
    signature = sums(sums, a, *[types.intp] * 3, b, *[types.intp] * 3)

    def codegen(context, builder, signature, arguments):
        sums, a, a_index, a_row, a_step, b, b_index, b_step, n_steps = arguments
        tile = signature.return_type
        vector = context.get_value_type(tile.dtype.dtype)
        places = [cgutils.alloca_once_value(builder, value) for value in _unpack(builder, sums)]
        a_start = builder.gep(_data(context, builder, signature.args[1], a), [a_index])
        b_start = builder.gep(_data(context, builder, signature.args[5], b), [b_index])
        with cgutils.for_range(builder, n_steps) as loop:
            b_place = builder.gep(b_start, [builder.mul(loop.index, b_step)])
            factors = [
                _load(builder, vector, builder.gep(b_place, [_intp(j * vector.count)]))
                for j in range(tile.dtype.count)
            ]
            a_place = builder.gep(a_start, [builder.mul(loop.index, a_step)])
            for i in range(tile.count):
                number = builder.gep(a_place, [builder.mul(_intp(i), a_row)])
                number = _splat(builder, vector, builder.load(number))
                for j, factor in enumerate(factors):
                    place = places[i * tile.dtype.count + j]
                    builder.store(_fma(builder, number, factor, builder.load(place)), place)
        return _pack(context, builder, tile, [builder.load(place) for place in places])

    return signature, codegen


def _intp(value):
    return ir.Constant(ir.IntType(types.intp.bitwidth), value)


def _data(context, builder, array, value):
    """Return the address of the first number of an array."""
    return context.make_array(array)(context, builder, value).data


def _places(builder, tile, vector, start, row_stride):
    """Return the addresses of the vectors of a tile, row by row."""
    rows = [builder.gep(start, [builder.mul(_intp(i), row_stride)]) for i in range(tile.count)]
    return [
        builder.gep(row, [_intp(j * vector.count)]) for row in rows for j in range(tile.dtype.count)
    ]


def _unpack(builder, tile):
    """Return the vectors of a tile, row by row."""
    return [
        vector
        for row in cgutils.unpack_tuple(builder, tile)
        for vector in cgutils.unpack_tuple(builder, row)
    ]


def _pack(context, builder, tile, vectors):
    """Return vectors, given row by row, as a tile."""
    row = tile.dtype
    rows = [
        context.make_tuple(builder, row, vectors[i * row.count : (i + 1) * row.count])
        for i in range(tile.count)
    ]
    return context.make_tuple(builder, tile, rows)


def _load(builder, vector, place):
    # An address is aligned to one number, not to a whole vector.
    return builder.load(
        builder.bitcast(place, vector.as_pointer()), align=VECTOR_BYTES // vector.count
    )


def _store(builder, value, place):
    builder.store(
        value,
        builder.bitcast(place, value.type.as_pointer()),
        align=VECTOR_BYTES // value.type.count,
    )


def _splat(builder, vector, value):
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, undefined, zeros)


def _fma(builder, a, b, c):
    return builder.call(_llvm_function(builder, "fmuladd", a.type, 3), [a, b, c])


def _llvm_function(builder, name, vector, n_arguments):
    kind = ir.FunctionType(vector, [vector] * n_arguments)
    element = "f32" if isinstance(vector.element, ir.FloatType) else "f64"
    return cgutils.get_or_insert_function(
        builder.module, kind, f"llvm.{name}.v{vector.count}{element}"
    )
