"""The fast GRU and convolution layers for training on a CPU.

They read the weights of torch's own layers, `nn.GRU` and `nn.Conv1d`, so that either way of
running a layer can be chosen at each call, and a model needs neither for its file.
"""

from functools import cache, wraps
from importlib import import_module
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import pad

from sklearn_frictiongru.neural_network._layers._kernels._memory import empty
from sklearn_frictiongru.neural_network._layers._kernels._threads import (
    available_threads,
    side_by_side,
)
from sklearn_frictiongru.utils.extras import import_extra

DTYPES = (torch.float32, torch.float64)
# A batch is cut into at most this many shares, whose gradients of the weights are added up
# separately: so the sums are the same on any number of threads. On one thread four shares took 1 %
# longer than one; two threads took 0.6 times as long as one.
MOST_SHARES = 4
# Below this many products a pass takes less time than the start of another thread.
FEWEST_PRODUCTS = 10_000_000


def fused_available(device, dtype):
    """Return whether the fast layers can run."""
    return torch.device(device).type == "cpu" and dtype in DTYPES and _numba_works()


@cache
def _numba_works():
    # A numba too old for the installed numpy is found and then refuses to be imported.
    try:
        import_module("numba")
    except ImportError:
        return False
    return True


def fused_gru(x, layer):
    """Run a GRU layer from a state of zeros, with the fast passes.

    Values and gradients are those of the layer itself except for rounding. A row's values do
    not depend on the other rows, to the last bit, and no gradient of finite input depends
    on the number of threads. Gradients cannot be differentiated again; this raises an error.
    """
    if layer.num_layers != 1 or layer.bidirectional or not layer.bias or not layer.batch_first:
        raise ValueError(
            f"the fast passes do not fit {layer}; expected one layer with biases, in one "
            "direction, with batch_first=True. Call the layer itself."
        )
    weights = (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    _check_input(x, weights[0], layer.input_size)
    # A Function cannot see whether a backward pass may follow.
    save = torch.is_grad_enabled() and any(value.requires_grad for value in (x, *weights))
    return _GRUPass.apply(x, *weights, save)


class _Final(torch.autograd.Function):
    """A gradient whose own derivatives are not implemented."""

    @staticmethod
    def forward(ctx, gradient, *depends_on):
        return gradient.clone()

    @staticmethod
    def backward(ctx, *_):
        raise RuntimeError(
            "the fast passes have no second derivative. Use the model's torch_module(), which "
            "runs on torch's own layers, or fit with backend='torch'."
        )


def _differentiable_once(backward):
    """Return a backward pass whose gradients raise an error if they are differentiated.

    After torch's own `once_differentiable` second derivatives by the input are zeros: its error
    hangs on the gradient that flows back, not on the input.
    """

    @wraps(backward)
    def final(ctx, *gradients):
        with torch.no_grad():
            found = backward(ctx, *gradients)
        if not torch.is_grad_enabled():
            return found
        known = [each for each in (*ctx.saved_tensors, *gradients) if each is not None]
        return tuple(None if each is None else _Final.apply(each, *known) for each in found)

    return final


class _GRUPass(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w_ih, w_hh, b_ih, b_hh, save):
        ctx.set_materialize_grads(False)
        steps = _in_order_of_time(x, _whole_vectors(x.shape[2], x.dtype))
        states, gates = _run_gru(steps, w_ih, w_hh, b_ih, b_hh, save)
        if save:
            ctx.save_for_backward(steps, states, gates, w_ih, w_hh, x)
        hidden_size = w_hh.shape[1]
        return states[1:, :, :hidden_size].transpose(0, 1), states[-1:, :, :hidden_size].clone()

    @staticmethod
    @_differentiable_once
    def backward(ctx, grad_states, grad_last):
        kernels = _kernels()
        steps, states, gates, w_ih, w_hh, _ = ctx.saved_tensors
        n_steps, n_rows, n_in = steps.shape
        width, hidden_size = states.shape[2], w_hh.shape[1]
        n_inputs = w_ih.shape[1]
        want_x, want_weights = ctx.needs_input_grad[0], any(ctx.needs_input_grad[1:])
        from_last = steps.new_zeros(n_rows, width)
        if grad_last is not None:
            from_last[:, :hidden_size] = grad_last[0]
        from_states = steps[:0] if grad_states is None else _in_order_of_time(grad_states, width)
        grad_x = empty((n_steps, n_rows, n_in) if want_x else (0,), steps.dtype)
        share_rows, n_shares = _shares(n_rows)
        grad_ih, grad_hh, grad_bias = (
            steps.new_zeros(n_shares, *shape)
            for shape in ((3, width, n_in), (3, width, width), (4, width))
        )
        w_r, w_z, w_n = _filled_gates(w_ih, width, n_in)
        ranges = _ranges(n_rows, 2 * n_steps * 3 * width * (n_in + width))
        room = kernels.BLOCK_ROWS * width * (1 + 4 * kernels.BLOCK_STEPS)
        arguments = (
            _flat(from_states),
            grad_states is not None,
            _flat(from_last),
            _flat(steps),
            _flat(states),
            _flat(gates),
            _flat(torch.stack([w_n, w_r, w_z])),
            _flat(_filled_gates(w_hh, width, width)),
            n_steps,
            n_rows,
            n_in,
            width,
            want_x,
            want_weights,
        )
        results = (_flat(grad_x), _flat(grad_ih), _flat(grad_hh), _flat(grad_bias), share_rows)

        def run(begin, end):
            work = np.empty(room, results[0].dtype)
            kernels.gru_backward(*arguments, work, *results, begin, end)

        side_by_side(run, ranges)
        grads = [grad_x[:, :, :n_inputs].transpose(0, 1) if want_x else None]
        if want_weights:
            grad_ih, grad_hh, grad_bias = map(_sum_of_shares, (grad_ih, grad_hh, grad_bias))
            n, r, z, n_of_h = grad_bias[:, :hidden_size]
            grads += [
                # From the kernel's order of gates, n, r, z, to torch's.
                grad_ih[[1, 2, 0], :hidden_size, :n_inputs].flatten(0, 1),
                grad_hh[:, :hidden_size, :hidden_size].flatten(0, 1),
                torch.cat([r, z, n]),
                torch.cat([r, z, n_of_h]),
            ]
        else:
            grads += [None] * 4
        return *grads, None


def _run_gru(steps, w_ih, w_hh, b_ih, b_hh, save):
    """Return the states of a layer, and its gates if they are to be saved."""
    kernels = _kernels()
    n_steps, n_rows, n_in = steps.shape
    lanes = kernels.VECTOR_BYTES // steps.element_size()
    width = _whole_vectors(w_hh.shape[1], steps.dtype)

    def in_panels(weights, n_columns):
        filled = _filled_gates(weights, width, n_columns)
        return filled.view(3, width // lanes, lanes, n_columns).permute(1, 3, 0, 2)

    r, z, n_of_x = _filled(b_ih.view(3, -1), width)
    r_of_h, z_of_h, n_of_h = _filled(b_hh.view(3, -1), width)
    bias = torch.stack([r + r_of_h, z + z_of_h, n_of_x, n_of_h])
    states = empty((n_steps + 1, n_rows, width), steps.dtype)
    states[0] = 0
    gates = empty((n_steps, n_rows, 4, width) if save else (0,), steps.dtype)
    arguments = (
        _flat(steps),
        _flat(in_panels(w_ih, n_in)),
        _flat(in_panels(w_hh, width)),
        _flat(bias.view(4, width // lanes, lanes).transpose(0, 1)),
        n_steps,
        n_rows,
        n_in,
        width,
        save,
        _flat(states),
        _flat(gates),
    )
    side_by_side(
        lambda begin, end: kernels.gru_forward(*arguments, begin, end),
        _ranges(n_rows, n_steps * 3 * width * (n_in + width)),
    )
    return states, gates


def fused_causal_conv(x, layer):
    """Run a causal convolution and ReLU with the fast passes."""
    plain = (layer.stride, layer.padding, layer.dilation, layer.groups)
    if plain != ((1,), (0,), (1,), 1) or layer.bias is None:
        raise ValueError(
            f"the fast passes do not fit {layer}; expected a convolution with a bias and "
            "without padding, stride, dilation or groups. Call the layer itself."
        )
    _check_input(x, layer.weight, layer.in_channels)
    return _ConvPass.apply(x, layer.weight, layer.bias)


class _ConvPass(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        steps = _in_order_of_time(x, x.shape[2])
        n_steps, n_rows, n_in = steps.shape
        width = _whole_vectors(len(weight), x.dtype)
        out = empty((n_steps, n_rows, width), x.dtype)
        arguments = (
            _flat(steps),
            _flat(_filled(weight.permute(2, 1, 0), width)),
            _flat(_filled(bias, width)),
            n_steps,
            n_rows,
            n_in,
            weight.shape[2],
            width,
            _flat(out),
        )
        side_by_side(
            lambda begin, end: _kernels("conv").conv_forward(*arguments, begin, end),
            _ranges(n_rows, n_steps * n_in * weight.shape[2] * width),
        )
        ctx.save_for_backward(steps, weight, out, x)
        return out[:, :, : len(weight)].transpose(0, 1)

    @staticmethod
    @_differentiable_once
    def backward(ctx, grad_out):
        kernels = _kernels("conv")
        steps, weight, out, _ = ctx.saved_tensors
        n_steps, n_rows, n_in = steps.shape
        width, in_width = out.shape[2], _whole_vectors(n_in, steps.dtype)
        channels, _, kernel_size = weight.shape
        want_x, want_weights = ctx.needs_input_grad[0], any(ctx.needs_input_grad[1:])
        share_rows, n_shares = _shares(n_rows)
        ranges = _ranges(n_rows, 2 * n_steps * n_in * kernel_size * width)
        room = (kernels.BLOCK_STEPS + kernel_size - 1) * kernels.BLOCK_ROWS * width
        grad_x = empty((n_steps, n_rows, in_width) if want_x else (0,), steps.dtype)
        grad_weights = steps.new_zeros(n_shares, kernel_size, n_in, width)
        grad_bias = steps.new_zeros(n_shares, width)
        # The gradient meets the weights from the other end of the kernel.
        flipped = _filled(weight.permute(2, 0, 1).flip(0), in_width)
        flipped = pad(flipped, (0, 0, 0, width - channels))
        arguments = (
            _flat(_in_order_of_time(grad_out, width)),
            _flat(out),
            _flat(steps),
            _flat(flipped),
            n_steps,
            n_rows,
            n_in,
            kernel_size,
            width,
            in_width,
            want_x,
            want_weights,
        )
        results = (_flat(grad_x), _flat(grad_weights), _flat(grad_bias), share_rows)

        def run(begin, end):
            work = np.empty(room, results[0].dtype)
            kernels.conv_backward(*arguments, work, *results, begin, end)

        side_by_side(run, ranges)
        return (
            grad_x[:, :, :n_in].transpose(0, 1) if want_x else None,
            _sum_of_shares(grad_weights)[:, :, :channels].permute(2, 1, 0)
            if want_weights
            else None,
            _sum_of_shares(grad_bias)[:channels] if want_weights else None,
        )


def _shares(n_rows):
    """Return how many rows are in each share of a batch but the last, and how many shares.

    Shares are parts of the kernels' blocks of rows, or several of these: so a block holds
    the same rows of a share on any thread.
    """
    block = _kernels().BLOCK_ROWS
    rows = block // MOST_SHARES if n_rows <= block else block * -(-n_rows // (block * MOST_SHARES))
    return rows, -(-n_rows // rows)


def _sum_of_shares(gradients):
    return gradients[0] if len(gradients) == 1 else gradients.sum(0)


def _ranges(n_rows, products_of_row):
    """Return the first row of each thread, and the one after its last; all are whole shares."""
    rows, n_shares = _shares(n_rows)
    n_threads = min(available_threads(), max(n_shares, 1))
    if n_rows * products_of_row < FEWEST_PRODUCTS:
        n_threads = 1
    edges = [min(n_rows, rows * (i * n_shares // n_threads)) for i in range(n_threads + 1)]
    return list(pairwise(edges))


@cache
def _kernels(kind="gru"):
    """Return the compiled passes, which numba is loaded for."""
    import_extra("numba", "fast", "backend='fused'")
    return import_module(f"sklearn_frictiongru.neural_network._layers._kernels._{kind}")


def _check_input(x, weight, n_in):
    if x.device.type != "cpu" or x.dtype != weight.dtype or x.dtype not in DTYPES:
        raise ValueError(
            f"the fast passes got {x.dtype} on {x.device} for weights of {weight.dtype}; expected "
            "float32 or float64 on a CPU for both. Call the layer itself."
        )
    if x.ndim != 3 or x.shape[2] != n_in or x.shape[1] == 0:
        raise ValueError(
            f"the input has shape {tuple(x.shape)}; expected (n_rows, n_steps, {n_in}), at least "
            "one step."
        )


def _whole_vectors(count, dtype):
    """Return a count, filled up to whole vectors."""
    lanes = _kernels().VECTOR_BYTES // dtype.itemsize
    return -(-count // lanes) * lanes


def _filled(values, n_columns):
    """Return values with zeros after the last column."""
    missing = n_columns - values.shape[-1]
    return pad(values, (0, missing)) if missing else values


def _filled_gates(weights, width, n_columns):
    """Return weights of three gates with zeros for the units and columns that are not there."""
    weights = weights.view(3, -1, weights.shape[1])
    if weights.shape[1:] == (width, n_columns):
        return weights
    return pad(weights, (0, n_columns - weights.shape[2], 0, width - weights.shape[1]))


def _in_order_of_time(values, n_columns):
    """Return (rows, steps, columns) as (steps, rows, filled columns), contiguous."""
    return _filled(values.transpose(0, 1), n_columns).contiguous()


def _flat(values):
    # Of every batch there are some ninety: NumPy's view costs a third of torch's.
    return values.detach().contiguous().numpy().reshape(-1)
