"""The two fused passes of a GRU layer, compiled by numba.

Everything lies in the order of time: a step is a block of rows, one per window, and a row is
as many numbers as fill whole vectors. A step's matrix products, gates and new state are one
piece of work on a tile of four rows, whose sums never leave the registers; what the backward
pass will need is written once. The backward pass goes through a few steps at a time, which
stay in the cache, and takes their gradients of gates to the input and the weights before it
goes on.

Choice of the means, measured on one core of a Zen 4 processor for the default network with
hidden size 32, one pass forward and backward over 64 windows of 400 rows, denormal numbers
flushed: `nn.GRU`, which calls some ten small operations for each step, 315 ms; what is here 49
ms (the arithmetic alone, at the processor's 112 GFLOP/s, takes 41 ms where no gradient fades).
JAX's `lax.scan`, on two threads, took 0.7 (hidden size 64: 1.2) times as long as `nn.GRU`, and
numba with `numpy.dot` for each step and the gates in memory a third. oneDNN's recurrent layer
in torch takes LSTMs and refuses GRUs; ``torch.compile`` needs a compiler on the user's machine.
"""

from math import log

from sklearn_frictiongru.neural_network._layers._kernels._products import (
    add_outer,
    add_rows,
    compiled,
    inlined,
    multiply,
)
from sklearn_frictiongru.neural_network._layers._kernels._vectors import (
    VECTOR_BYTES,
    add_products,
    exp2,
    fma,
    load,
    splat,
    store,
)

# Rows that go through time together, and steps back in time whose gradients are kept before
# they are taken to the weights: what both take fits the second-level cache. Blocks of 16 and 32
# rows took 20 and 10 % longer.
BLOCK_ROWS = 64
BLOCK_STEPS = 8
LOG2_E = 1 / log(2)


@compiled
def gru_forward(
    x, w_x, w_h, bias, n_steps, n_rows, n_in, width, save, states, gates, begin_row, end_row
):
    """Run some rows of a GRU layer through time."""
    lanes = VECTOR_BYTES // x.itemsize
    # What the powers of 2 in sigmoid and tanh are scaled with is made a vector only once.
    constants = (
        splat(x.dtype.type(1)),
        splat(x.dtype.type(-2)),
        splat(x.dtype.type(-LOG2_E)),
        splat(x.dtype.type(2 * LOG2_E)),
    )
    sizes = (n_rows, width, save)
    panel = 3 * lanes
    for first in range(begin_row, end_row, BLOCK_ROWS):
        end = min(first + BLOCK_ROWS, end_row)
        for step in range(n_steps):
            for unit in range(0, width, lanes):
                b_r = load(bias, 4 * unit)
                b_z = load(bias, 4 * unit + lanes)
                b_x = load(bias, 4 * unit + 2 * lanes)
                b_h = load(bias, 4 * unit + 3 * lanes)
                at_x, at_h = 3 * unit * n_in, 3 * unit * width
                start = (b_r, b_z, b_x)
                row = first
                while row < end:
                    i = step * n_rows + row
                    h = i * width
                    if row + 4 <= end:
                        a = (start, start, start, start)
                        a = add_products(a, x, i * n_in, n_in, 1, w_x, at_x, panel, n_in)
                        b = (
                            (a[0][0], a[0][1], b_h),
                            (a[1][0], a[1][1], b_h),
                            (a[2][0], a[2][1], b_h),
                            (a[3][0], a[3][1], b_h),
                        )
                        b = add_products(b, states, h, width, 1, w_h, at_h, panel, width)
                        _finish(b[0], a[0][2], constants, i, unit, sizes, states, gates)
                        _finish(b[1], a[1][2], constants, i + 1, unit, sizes, states, gates)
                        _finish(b[2], a[2][2], constants, i + 2, unit, sizes, states, gates)
                        _finish(b[3], a[3][2], constants, i + 3, unit, sizes, states, gates)
                        row += 4
                    else:
                        c = add_products((start,), x, i * n_in, n_in, 1, w_x, at_x, panel, n_in)
                        d = ((c[0][0], c[0][1], b_h),)
                        d = add_products(d, states, h, width, 1, w_h, at_h, panel, width)
                        _finish(d[0], c[0][2], constants, i, unit, sizes, states, gates)
                        row += 1


@inlined
def _finish(sums, n_of_x, constants, i, unit, sizes, states, gates):
    """Turn the sums of one row into its next state."""
    r, z, n_of_h = sums
    one, minus_two, for_sigmoid, for_tanh = constants
    n_rows, width, save = sizes
    # Both sigmoids share one division, the slowest of all steps.
    r = one + exp2(for_sigmoid * r)
    z = one + exp2(for_sigmoid * z)
    inverse = one / (r * z)
    r, z = inverse * z, inverse * r
    # 1 - 2 / (1 + exp(2 x)) is tanh(x), exact to the last digit of numbers of size 1.
    n = exp2(for_tanh * fma(r, n_of_h, n_of_x))
    n = fma(minus_two, one / (one + n), one)
    place = i * width + unit
    before = load(states, place)
    store(states, place + n_rows * width, fma(z, before - n, n))
    if save:
        place = 4 * i * width + unit
        store(gates, place, n)
        store(gates, place + width, r)
        store(gates, place + 2 * width, z)
        store(gates, place + 3 * width, n_of_h)


@compiled
def gru_backward(
    grad_states,
    has_grad_states,
    grad_last,
    x,
    states,
    gates,
    w_ih,
    w_hh,
    n_steps,
    n_rows,
    n_in,
    width,
    want_x,
    want_weights,
    work,
    grad_x,
    grad_ih,
    grad_hh,
    grad_bias,
    share_rows,
    begin_row,
    end_row,
):
    """Take the gradient of some rows of a GRU layer back through time."""
    four = 4 * width
    grad = work[: BLOCK_ROWS * width]
    # Per row the gradients of the sums n, r, z and of the state's share of n: what the
    # input needs and what the state needs are each in one piece.
    sums = work[BLOCK_ROWS * width :]
    for first in range(begin_row, end_row, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, end_row - first)
        for i in range(rows * width):
            grad[i] = grad_last[first * width + i]
        end = n_steps
        while end > 0:
            begin = max(0, end - BLOCK_STEPS)
            steps = end - begin
            here = begin * n_rows + first
            if _is_zero(grad, 0, rows * width) and not (
                has_grad_states
                and _any_step(grad_states, here * width, rows * width, n_rows * width, steps)
            ):
                # Without a gradient that flows back there is nothing to do until another
                # one comes in from outside.
                if want_x:
                    for step in range(begin, end):
                        place = (step * n_rows + first) * n_in
                        grad_x[place : place + rows * n_in] = 0
                end = begin
                continue
            for step in range(end - 1, begin - 1, -1):
                top = (step - begin) * rows * four
                for row in range(rows):
                    i = step * n_rows + first + row
                    _go_back(
                        grad_states,
                        has_grad_states,
                        i,
                        states,
                        gates,
                        width,
                        grad,
                        row * width,
                        sums,
                        top + row * four,
                    )
                multiply(sums, top + width, 0, four, rows, w_hh, width, 1, 3 * width, grad, 0, True)
            if want_x:
                for step in range(begin, end):
                    top = (step - begin) * rows * four
                    to = (step * n_rows + first) * n_in
                    multiply(sums, top, 0, four, rows, w_ih, n_in, 1, 3 * width, grad_x, to, False)
            if want_weights:
                block = rows * four
                for row in range(0, rows, share_rows):
                    of_share = min(share_rows, rows - row)
                    share = (first + row) // share_rows
                    add_outer(
                        sums,
                        row * four,
                        block,
                        four,
                        3 * width,
                        x,
                        (here + row) * n_in,
                        n_rows * n_in,
                        n_in,
                        n_in,
                        steps,
                        of_share,
                        grad_ih,
                        share * 3 * width * n_in,
                    )
                    add_outer(
                        sums,
                        row * four + width,
                        block,
                        four,
                        3 * width,
                        states,
                        (here + row) * width,
                        n_rows * width,
                        width,
                        width,
                        steps,
                        of_share,
                        grad_hh,
                        share * 3 * width * width,
                    )
                    for step in range(steps):
                        add_rows(
                            sums,
                            step * block + row * four,
                            four,
                            of_share,
                            four,
                            grad_bias,
                            share * four,
                        )
            end = begin


@inlined
def _go_back(grad_states, has_grad_states, i, states, gates, width, grad, at, sums, to):
    """Turn the gradient of one row's state into those of its sums.

    In its place comes that of the state before, without the part that goes through the sums.
    """
    lanes = VECTOR_BYTES // states.itemsize
    one = splat(states.dtype.type(1))
    for unit in range(0, width, lanes):
        place = 4 * i * width + unit
        n = load(gates, place)
        r = load(gates, place + width)
        z = load(gates, place + 2 * width)
        n_of_h = load(gates, place + 3 * width)
        before = load(states, i * width + unit)
        g = load(grad, at + unit)
        if has_grad_states:
            g = g + load(grad_states, i * width + unit)
        g_n = g * (one - z) * (one - n * n)
        store(sums, to + unit, g_n)
        store(sums, to + unit + width, g_n * n_of_h * r * (one - r))
        store(sums, to + unit + 2 * width, g * (before - n) * z * (one - z))
        store(sums, to + unit + 3 * width, g_n * r)
        store(grad, at + unit, g * z)


@inlined
def _is_zero(values, begin, end):
    return not values[begin:end].any()


@inlined
def _any_step(values, begin, count, stride, n_steps):
    for step in range(n_steps):
        place = begin + step * stride
        if not _is_zero(values, place, place + count):
            return True
    return False
