"""The fast layers give what torch's own layers give."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from inspect import signature

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_frictiongru.neural_network._layers import _fused
from sklearn_frictiongru.neural_network._layers._fused import (
    fused_available,
    fused_causal_conv,
    fused_gru,
)
from sklearn_frictiongru.neural_network._layers._kernels._threads import (
    flushed_threads,
    side_by_side,
)

_conv_kernels = pytest.importorskip("sklearn_frictiongru.neural_network._layers._kernels._conv")
_gru_kernels = pytest.importorskip("sklearn_frictiongru.neural_network._layers._kernels._gru")

TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-10}
# Rows, steps, inputs and units: less than a vector, a tile and a block of each, and more.
GRU_SHAPES = [
    (1, 1, 1, 1),
    (5, 3, 2, 9),
    (2, 19, 33, 32),
    (_gru_kernels.BLOCK_ROWS + 5, 2 * _gru_kernels.BLOCK_STEPS + 1, 16, 40),
]
# Rows, steps, inputs, channels and rows that the kernel spans.
CONV_SHAPES = [
    (1, 1, 1, 1, 1),
    (2, 3, 5, 4, 5),
    (3, 21, 9, 33, 3),
    (_conv_kernels.BLOCK_ROWS + 5, 2 * _conv_kernels.BLOCK_STEPS + 1, 16, 16, 12),
]


def random(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def gru(n_in, hidden_size, dtype=torch.float64, seed=0):
    layer = nn.GRU(n_in, hidden_size, batch_first=True, dtype=dtype)
    return with_weights(layer, hidden_size**-0.5, seed)


def conv(n_in, channels, kernel_size, dtype=torch.float64, seed=0):
    layer = nn.Conv1d(n_in, channels, kernel_size, dtype=dtype)
    return with_weights(layer, (n_in * kernel_size) ** -0.5, seed)


def with_weights(layer, bound, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
    return layer


def torch_causal_conv(x, layer):
    past = nn.functional.pad(x.transpose(1, 2), (layer.kernel_size[0] - 1, 0))
    return torch.relu(layer(past)).transpose(1, 2)


def run(function, x, layer, *weights):
    """Return outputs and gradients of the weighted sum of all outputs."""
    layer.zero_grad()
    x = x.clone().requires_grad_()
    outputs = function(x, layer)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    sum((output * weight).sum() for output, weight in zip(outputs, weights, strict=True)).backward()
    return [*outputs, x.grad, *(parameter.grad for parameter in layer.parameters())]


def assert_same(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        size = float(other.detach().abs().max())
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * max(size, 1e-6))


def spy(monkeypatch, module, name, parameter):
    """Return a list that gets one argument of each call."""
    seen, kernel = [], getattr(module, name)

    def call(*arguments):
        seen.append(signature(kernel).bind(*arguments).arguments[parameter])
        return kernel(*arguments)

    monkeypatch.setattr(module, name, call)
    return seen


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("shape", GRU_SHAPES)
def test_gru_values_and_gradients_are_those_of_torch(shape, dtype):
    n_rows, n_steps, n_in, hidden_size = shape
    x = random(n_rows, n_steps, n_in, dtype=dtype)
    layer = gru(n_in, hidden_size, dtype)
    weights = (
        random(n_rows, n_steps, hidden_size, dtype=dtype, seed=1),
        random(1, n_rows, hidden_size, dtype=dtype, seed=2),
    )
    # One step from a state of zeros gives the state's weights no gradient but zero.
    expected = run(lambda x, layer: layer(x), x, layer, *weights)
    assert_same(run(fused_gru, x, layer, *weights), expected, TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("shape", CONV_SHAPES)
def test_conv_values_and_gradients_are_those_of_torch(shape, dtype):
    n_rows, n_steps, n_in, channels, kernel_size = shape
    x = random(n_rows, n_steps, n_in, dtype=dtype)
    layer = conv(n_in, channels, kernel_size, dtype)
    weights = random(n_rows, n_steps, channels, dtype=dtype, seed=1)
    expected = run(torch_causal_conv, x, layer, weights)
    assert (expected[0] == 0).any() or expected[0].numel() == 1
    assert_same(run(fused_causal_conv, x, layer, weights), expected, TOLERANCES[dtype])


def test_gradients_through_many_steps_are_as_exact_as_those_of_torch():
    x = random(8, 300, 16, dtype=torch.float32)
    layer = gru(16, 32, torch.float32)
    weights = random(8, 300, 32, seed=1), random(1, 8, 32, seed=2)
    exact = run(lambda x, layer: layer(x), x.double(), deepcopy(layer).double(), *weights)
    found = run(fused_gru, x, layer, *[weight.float() for weight in weights])
    assert_same([value.double() for value in found], exact, 1e-6)


def test_gradcheck():
    layer = gru(2, 3)
    x = random(2, 4, 2).requires_grad_()
    names = [name for name, _ in layer.named_parameters()]

    def run_gru(x, *parameters):
        copy = deepcopy(layer)
        for name, parameter in zip(names, parameters, strict=True):
            delattr(copy, name)
            setattr(copy, name, parameter)
        return fused_gru(x, copy)

    parameters = [parameter.detach().clone().requires_grad_() for parameter in layer.parameters()]
    assert torch.autograd.gradcheck(run_gru, (x, *parameters))
    weight, bias = random(3, 2, 2, seed=1), random(3, seed=2)
    assert torch.autograd.gradcheck(
        _fused._ConvPass.apply, (x, weight.requires_grad_(), bias.requires_grad_())
    )


def test_the_last_state_is_that_after_the_last_step():
    layer = gru(2, 3)
    x = random(4, 11, 2)
    states, last = fused_gru(x, layer)
    assert torch.equal(last[0], states[:, -1])
    weight = random(4, 3, seed=1)

    def of_last(x, layer):
        return fused_gru(x, layer)[1][0]

    def of_states(x, layer):
        return fused_gru(x, layer)[0][:, -1]

    for one, other in zip(
        run(of_last, x, layer, weight), run(of_states, x, layer, weight), strict=True
    ):
        assert torch.equal(one, other)


def test_a_gradient_of_the_last_state_alone_comes_without_those_of_the_others(monkeypatch):
    seen = spy(monkeypatch, _gru_kernels, "gru_backward", "has_grad_states")
    x, layer = random(2, 5, 3), gru(3, 4)
    fused_gru(x, layer)[1].sum().backward()
    fused_gru(x, layer)[0].sum().backward()
    assert seen == [False, True]


@pytest.mark.parametrize("steps", [[-1], [3], [3, -1], []])
def test_where_no_gradient_flows_back_it_is_zero(steps):
    layer = gru(3, 4, torch.float32)
    with torch.no_grad():
        # A state keeps next to nothing of the one before it, and its gradient fades at once.
        layer.bias_hh_l0[:8] = -1e4
        layer.weight_hh_l0.zero_()
    n_steps = 3 * _gru_kernels.BLOCK_STEPS
    x = random(2, n_steps, 3, dtype=torch.float32)
    weight = torch.zeros(2, n_steps, 4)
    weight[:, steps] = 1.0
    weights = weight, torch.zeros(1, 2, 4)
    found = run(fused_gru, x, layer, *weights)
    reached = {step % n_steps - back for step in steps for back in range(3)}
    assert set(torch.nonzero(found[2])[:, 1].tolist()) <= reached
    assert_same(found, run(lambda x, layer: layer(x), x, layer, *weights), 1e-6)


def test_a_row_does_not_depend_on_the_rows_beside_it():
    n_rows = _gru_kernels.BLOCK_ROWS + 7
    x = random(n_rows, 9, 5, dtype=torch.float32)
    first, layer = conv(5, 20, 3, torch.float32), gru(20, 24, torch.float32)

    def states(rows):
        with torch.no_grad():
            return fused_gru(fused_causal_conv(x[rows], first), layer)[0]

    together = states(slice(None))
    for rows in ([0], [n_rows - 1], [5, 3, 8], list(range(1, n_rows))):
        assert torch.equal(states(rows), together[rows])


def test_the_same_to_the_last_bit_whatever_runs_beside_it():
    layer, x = gru(6, 20, torch.float32), random(40, 30, 6, dtype=torch.float32)
    weights = torch.ones(40, 30, 20), torch.ones(1, 40, 20)

    def once(_):
        return run(fused_gru, x, deepcopy(layer), *weights)

    alone = once(0)
    with ThreadPoolExecutor(4) as pool:
        for beside in pool.map(once, range(8)):
            assert all(torch.equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_input_in_any_memory_order(order):
    layer, first = gru(4, 3), conv(4, 3, 2)
    x = random(5, 6, 4)
    mixed = x.permute(order).contiguous().permute(np.argsort(order).tolist())
    strided = random(5, 12, 4)[:, ::2].copy_(x)
    for other in (mixed, strided, x[:1].expand(5, -1, -1)):
        same = other.clone(memory_format=torch.contiguous_format)
        assert torch.equal(fused_gru(other, layer)[0], fused_gru(same, layer)[0])
        assert torch.equal(fused_causal_conv(other, first), fused_causal_conv(same, first))


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("size", [1e4, -1e4, 1e30])
def test_large_input_gives_no_nan(size, dtype):
    x = size * random(3, 5, 2, dtype=dtype)
    layer = gru(2, 3, dtype)
    weights = torch.ones(3, 5, 3, dtype=dtype), torch.ones(1, 3, 3, dtype=dtype)
    found = run(fused_gru, x, layer, *weights)
    assert all(value.isfinite().all() for value in found)
    torch.testing.assert_close(found[0], layer(x)[0], rtol=0, atol=1e-6)


def test_no_rows():
    layer, first, x = gru(4, 3), conv(2, 4, 2), random(0, 5, 2)
    found = run(lambda x, layer: fused_gru(fused_causal_conv(x, first), layer)[0], x, layer, 1.0)
    assert [value.shape for value in found[:2]] == [(0, 5, 3), (0, 5, 2)]
    assert all((value == 0).all() for value in found[2:])


def test_nan_stays_nan():
    x = random(2, 5, 3)
    x[1, 2, 0] = torch.nan
    states, last = fused_gru(x, gru(3, 4))
    assert states.isnan().any(dim=2).tolist() == [[False] * 5, [False, False, True, True, True]]
    assert last.isnan().any(dim=2).tolist() == [[False, True]]
    steps = fused_causal_conv(x, conv(3, 4, 2))
    assert steps.isnan().any(dim=2).tolist() == [[False] * 5, [False, False, True, True, False]]


def test_gradients_of_the_input_alone(monkeypatch):
    layer, first = gru(3, 4), conv(2, 3, 2)
    x = random(2, 5, 2).requires_grad_()
    expected = torch.autograd.grad(fused_gru(fused_causal_conv(x, first), layer)[1].sum(), x)[0]
    layer.requires_grad_(False)
    first.requires_grad_(False)
    of_gru = spy(monkeypatch, _gru_kernels, "gru_backward", "want_weights")
    of_conv = spy(monkeypatch, _conv_kernels, "conv_backward", "want_weights")
    fused_gru(fused_causal_conv(x, first), layer)[1].sum().backward()
    assert (of_gru, of_conv) == ([False], [False])
    assert torch.equal(x.grad, expected)
    assert layer.weight_ih_l0.grad is None
    assert first.weight.grad is None


def test_gradients_of_the_weights_alone(monkeypatch):
    layer, first = gru(2, 4), conv(2, 3, 2)
    of_gru = spy(monkeypatch, _gru_kernels, "gru_backward", "want_x")
    of_conv = spy(monkeypatch, _conv_kernels, "conv_backward", "want_x")
    x = random(2, 5, 2)
    fused_gru(x, layer)[0].sum().backward()
    fused_causal_conv(x, first).sum().backward()
    assert (of_gru, of_conv) == ([False], [False])
    assert (layer.weight_ih_l0.grad != 0).any()
    assert (first.weight.grad != 0).any()


def test_gates_are_kept_only_for_a_backward_pass(monkeypatch):
    gates = spy(monkeypatch, _gru_kernels, "gru_forward", "gates")
    layer, x = gru(3, 4), random(2, 5, 3)
    with torch.no_grad():
        assert fused_gru(x, layer)[0].grad_fn is None
    layer.requires_grad_(False)
    fused_gru(x, layer)
    fused_gru(x.requires_grad_(), layer)
    assert [kept.size > 0 for kept in gates] == [False, False, True]


def test_a_second_derivative_is_refused():
    x = random(2, 5, 3).requires_grad_()
    for output in (fused_gru(x, gru(3, 4))[0], fused_causal_conv(x, conv(3, 4, 2))):
        gradient = torch.autograd.grad(output.square().sum(), x, create_graph=True)[0]
        with pytest.raises(RuntimeError, match="have no second derivative"):
            gradient.sum().backward()


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("run", [lambda x, layer: fused_gru(x, layer)[0], fused_causal_conv])
def test_a_second_derivative_by_the_input_alone_is_refused(run, frozen):
    # The gradient that flows back does not depend on the input here.
    layer = gru(3, 4) if run is not fused_causal_conv else conv(3, 4, 2)
    layer.requires_grad_(not frozen)
    x = random(2, 5, 3)
    with pytest.raises(RuntimeError, match="have no second derivative"):
        torch.autograd.functional.hessian(lambda values: run(values, layer).sum(), x)
    # A first derivative may have a graph that nobody goes back through.
    (gradient,) = torch.autograd.grad(run(x.requires_grad_(), layer).sum(), x, create_graph=True)
    assert torch.isfinite(gradient).all()


def test_a_graph_may_be_gone_back_through_again():
    x = random(2, 5, 3).requires_grad_()
    output = fused_gru(fused_causal_conv(x, conv(3, 4, 2)), gru(4, 4))[0].square().sum()
    one, other = (torch.autograd.grad(output, x, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(one, other)


def test_states_changed_in_place_are_noticed():
    states, _ = fused_gru(random(2, 5, 3), gru(3, 4))
    with pytest.raises(RuntimeError, match=r"in-?place"):
        states.mul_(2).sum().backward()


@pytest.fixture
def threads_of_torch():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("n_rows", [1, 16, 17, 40, 64, 65, 200, 600])
def test_the_number_of_threads_changes_no_bit(n_rows, monkeypatch, threads_of_torch):
    """Batches of one share and of several, of parts of a block of rows and of several blocks."""
    monkeypatch.setattr(_fused, "FEWEST_PRODUCTS", 0)
    used = []
    monkeypatch.setattr(
        _fused,
        "side_by_side",
        lambda function, parts: used.append(len(parts)) or side_by_side(function, parts),
    )
    x = random(n_rows, _gru_kernels.BLOCK_STEPS + 3, 5, dtype=torch.float32)
    layers = conv(5, 8, 3, torch.float32), gru(8, 16, torch.float32)

    def passes(x, _):
        return fused_gru(fused_causal_conv(x, layers[0]), layers[1])[0]

    weights = random(n_rows, x.shape[1], 16, dtype=torch.float32, seed=1)
    found = []
    for threads in (1, 2, 3, 4):
        threads_of_torch(threads)
        layers[1].zero_grad()
        used.clear()
        with flushed_threads():
            found.append(run(passes, x, layers[0], weights))
        found[-1] += [parameter.grad for parameter in layers[1].parameters()]
        n_shares = min(-(-n_rows // 16) if n_rows <= 64 else -(-n_rows // 64), 4)
        assert used == [min(threads, n_shares)] * 4
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


def test_shares_are_few_and_hold_every_row():
    for n_rows in range(1, 1200):
        rows, n_shares = _fused._shares(n_rows)
        assert 1 <= n_shares <= _fused.MOST_SHARES
        assert (n_shares - 1) * rows < n_rows <= n_shares * rows
        # Else a block of rows would hold parts of two shares, or depend on where a thread begins.
        assert rows % _gru_kernels.BLOCK_ROWS == 0 or _gru_kernels.BLOCK_ROWS % rows == 0


def test_a_thread_writes_its_own_rows_only(monkeypatch, threads_of_torch):
    """Else two threads would write the same numbers to the same place, unseen."""
    monkeypatch.setattr(_fused, "FEWEST_PRODUCTS", 0)
    monkeypatch.setattr(
        _fused, "empty", lambda shape, dtype: torch.full(shape, float("nan"), dtype=dtype)
    )
    monkeypatch.setattr(_fused, "side_by_side", lambda function, parts: function(*parts[0]))
    x = random(64, 3, 16)
    threads_of_torch(2)
    with flushed_threads(), torch.no_grad():
        for output in (fused_gru(x, gru(16, 32))[0], fused_causal_conv(x, conv(16, 32, 5))):
            assert output[:32].isfinite().all()
            assert output[32:].isnan().all()


def test_a_short_pass_takes_one_thread(monkeypatch, threads_of_torch):
    used = []
    monkeypatch.setattr(_fused, "side_by_side", lambda function, parts: used.append(len(parts)))
    threads_of_torch(2)
    with flushed_threads(), torch.no_grad():
        for n_steps in (2, 400):
            fused_gru(random(64, n_steps, 16), gru(16, 32))
            fused_causal_conv(random(64, n_steps, 16), conv(16, 32, 5))
    assert used == [1, 1, 2, 2]


def test_denormal_numbers_are_those_of_the_thread():
    layer = conv(1, 1, 1, torch.float32)
    with torch.no_grad():
        layer.weight.fill_(1e-30)
        layer.bias.zero_()
        x = torch.full((1, 1, 1), 1e-10)
        with flushed_threads():
            flushed = fused_causal_conv(x, layer).item()
        assert (flushed, fused_causal_conv(x, layer).item()) == (0.0, pytest.approx(1e-40))


@pytest.mark.parametrize("copied", [deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_used_layer_is_copied(copied):
    layer, x = gru(3, 5), random(2, 7, 3)
    fused_gru(x, layer)[0].sum().backward()
    copy = copied(layer)
    assert torch.equal(fused_gru(x, copy)[0], fused_gru(x, layer)[0])


def test_where_the_fast_layers_run():
    assert fused_available("cpu", torch.float32)
    assert fused_available(torch.device("cpu"), torch.float64)
    assert not fused_available("cuda", torch.float32)
    assert not fused_available("cpu", torch.bfloat16)


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    cached = (_fused._numba_works, _fused._kernels)
    for function in cached:
        function.cache_clear()
    try:
        assert not fused_available("cpu", torch.float32)
        with pytest.raises(ImportError, match=r"backend='fused' needs numba.*\[fast\]"):
            fused_gru(random(2, 5, 3), gru(3, 4))
    finally:
        for function in cached:
            function.cache_clear()


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"num_layers": 2}, "num_layers=2"),
        ({"bidirectional": True}, "bidirectional=True"),
        ({"bias": False}, "bias=False"),
        ({"batch_first": False}, r"GRU\(3, 4\)"),
    ],
)
def test_other_gru_layers_are_refused(options, wrong):
    layer = nn.GRU(3, 4, **{"batch_first": True, **options})
    with pytest.raises(ValueError, match=f"do not fit .*{wrong}.*; expected one layer"):
        fused_gru(random(2, 5, 3, dtype=torch.float32), layer)


@pytest.mark.parametrize(
    "options", [{"stride": 2}, {"padding": 1}, {"dilation": 2}, {"groups": 3}, {"bias": False}]
)
def test_other_convolutions_are_refused(options):
    layer = nn.Conv1d(3, 3, 2, **options)
    with pytest.raises(
        ValueError, match=r"do not fit Conv1d.*; expected a convolution with a bias"
    ):
        fused_causal_conv(random(2, 5, 3, dtype=torch.float32), layer)


@pytest.mark.parametrize("function", [fused_gru, fused_causal_conv])
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (random(2, 5, 3), "got torch.float64 on cpu for weights of torch.float32"),
        (random(2, 5, 3).bfloat16(), "got torch.bfloat16 on cpu"),
        (random(2, 5, 3).float().to("meta"), "on meta for"),
        (random(2, 5, 2).float(), r"shape \(2, 5, 2\); expected \(n_rows, n_steps, 3\)"),
        (random(5, 3).float(), r"shape \(5, 3\)"),
        (random(2, 0, 3).float(), r"shape \(2, 0, 3\)"),
    ],
)
def test_input_that_does_not_fit_is_refused(function, x, message):
    layer = {fused_gru: gru(3, 4, torch.float32), fused_causal_conv: conv(3, 4, 2, torch.float32)}
    with pytest.raises(ValueError, match=message):
        function(x, layer[function])
