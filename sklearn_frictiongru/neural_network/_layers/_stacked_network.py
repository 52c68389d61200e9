"""Several networks of the published protocol, run as one: their weights are stacked.

One small network leaves a GPU idle most of the time: every step of a GRU waits for the one
before it and is over before the next is started. Here each launch does a step of all
networks at once, and of all GRU layers at once as well: layer l works at the row that layer
l - 1 has just left, so that a pass takes length + n_layers - 1 steps rather than
length * n_layers.
"""

from copy import copy

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad, relu


class StackedNetwork:
    """Networks of the same sizes with their weights stacked, one network along the first axis."""

    def __init__(self, networks):
        named = [dict(network.named_parameters()) for network in networks]
        self._hold(
            networks,
            {name: torch.stack([weights[name] for weights in named]) for name in named[0]},
        )

    def select(self, places):
        """Return some of the networks, with their current weights."""
        selected = copy(self)
        selected._hold(
            [self.networks[place] for place in places],
            {name: weights[places] for name, weights in self.weights.items()},
        )
        return selected

    def _hold(self, networks, weights):
        self.networks = networks
        self.weights = {name: each.detach().requires_grad_() for name, each in weights.items()}
        self.n_layers = len(networks[0].gru_layers)
        self.hidden_size = networks[0].dense.in_features

    def __call__(self, windows, masks=None):
        """Predict the target of each window with its own network."""
        # Rows of the same time lie side by side, so that a step reads one block of memory.
        steps = windows.transpose(1, 2)
        for convolution in ("convolutions.0", "convolutions.1"):
            steps = relu(self._convolve(convolution, steps))
        last = last_states(
            _row_product(steps, _new_gate_first(self.weights["gru_layers.0.weight_ih_l0"])),
            *self._gru_weights(),
            masks,
        )
        weight, bias = self.weights["dense.weight"], self.weights["dense.bias"]
        return torch.baddbmm(bias[:, None], last, weight.mT).squeeze(-1)

    def draw_masks(self, n_windows, window_length):
        """Draw the masks of a training batch, as each network would draw its own."""
        if not any(dropout.p for dropout in self.networks[0].dropouts):
            return None
        n_networks, n_dropouts = len(self.networks), self.n_layers - 1
        some = self.weights["dense.weight"].detach()
        # The states that a GRU layer returns lie in memory by time, and so do their masks.
        ones = some.new_ones(window_length, n_windows, self.hidden_size)
        n_steps = window_length + n_dropouts
        masks = some.new_zeros(n_dropouts, n_networks, n_steps, n_windows, self.hidden_size)
        for number, network in enumerate(self.networks):
            for layer, dropout in enumerate(network.dropouts):
                masks[layer, number, layer + 1 : layer + 1 + window_length] = dropout(ones)
        return masks.flatten(0, 1)

    def _convolve(self, name, steps):
        """Convolve each row with the rows before it; as one matrix product per network.

        Grouped convolutions of few channels fall off the libraries' tuned kernels, batched
        matrix products do not.
        """
        weight, bias = self.weights[name + ".weight"], self.weights[name + ".bias"]
        kernel_size = weight.shape[-1]
        rows = pad(steps, (0, 0, 0, 0, kernel_size - 1, 0)).unfold(1, kernel_size, 1)
        return _row_product(rows.flatten(3), weight.flatten(2), bias)

    def _gru_weights(self):
        """Return the weights of all GRU layers, shape (n_layers, n_networks, ...)."""

        def of_layers(name, layers):
            return [self.weights[f"gru_layers.{layer}.{name}_l0"] for layer in layers]

        layers = range(self.n_layers)
        weight_hh = torch.stack(of_layers("weight_hh", layers))
        upper = [_new_gate_first(weight) for weight in of_layers("weight_ih", layers[1:])]
        weight_ih = torch.stack(upper) if upper else weight_hh[:0]
        of_input = torch.stack(of_layers("bias_ih", layers)).chunk(3, dim=-1)
        of_state = torch.stack(of_layers("bias_hh", layers)).chunk(3, dim=-1)
        bias = [
            of_input[2],
            of_input[0] + of_state[0],
            of_input[1] + of_state[1],
            of_state[2],
        ]
        return weight_ih, weight_hh, torch.cat(bias, dim=-1)


def last_states(projected, weight_ih, weight_hh, bias, masks=None):
    """Run stacked GRU layers of several networks and return the last state of the last layer.

    The gates are in the order new, reset, update and again new: the part of the
    new gate that comes from the input first, the part that comes from the state last. So
    what the input reaches, and what the state reaches, is one block of three gates each.
    """
    if torch.is_grad_enabled():
        return _Wavefront.apply(projected, weight_ih, weight_hh, bias, masks)
    return _run(projected, weight_ih, weight_hh, bias, masks, keep=False)[0]


class _Wavefront(torch.autograd.Function):
    """GRU layers of several networks; all layers at once, each a row behind the one below."""

    @staticmethod
    def forward(ctx, projected, weight_ih, weight_hh, bias, masks):
        last, gates, states = _run(projected, weight_ih, weight_hh, bias, masks, keep=True)
        ctx.save_for_backward(gates, states, weight_ih, weight_hh, masks)
        ctx.length = projected.shape[1]
        return last

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_last):
        gates, states, weight_ih, weight_hh, masks = ctx.saved_tensors
        n_layers, n_networks, _, hidden = weight_hh.shape
        n_steps = gates.shape[1]
        before = states[:, :n_steps]
        grads = _gate_derivatives(gates, before)
        for layer in range(n_layers):
            # Before a layer begins, and after it has ended, its gates are not its own.
            of_layer = grads[layer * n_networks : (layer + 1) * n_networks]
            of_layer[:, :layer] = 0
            of_layer[:, layer + ctx.length :] = 0
        from_input, from_state = weight_ih.flatten(0, 1), weight_hh.flatten(0, 1)
        update = gates[..., 2 * hidden : 3 * hidden]
        flowing = torch.zeros_like(states[:, 0])
        flowing[-n_networks:] = grad_last
        for step in reversed(range(n_steps)):
            active, upper, lower = _layers_at(step, ctx.length, n_layers, n_networks)
            of_step = grads[active, step]
            of_step.unflatten(-1, (4, hidden)).mul_(flowing[active].unsqueeze(2))
            flowing[active].mul_(update[active, step])
            flowing[active].baddbmm_(of_step[..., hidden:], from_state[active])
            if upper is None:
                continue
            down = torch.bmm(grads[upper, step, :, : 3 * hidden], from_input[lower])
            if masks is not None:
                down *= masks[lower, step]
            flowing[lower] += down
        # All that the weights are due comes from one product per layer, once all is known.
        by_row = grads.flatten(1, 2)
        grad_hh = torch.bmm(by_row[..., hidden:].mT, before.flatten(1, 2))
        below = before[:-n_networks]
        if masks is not None:
            below = below * masks
        of_inputs = by_row[n_networks:, :, : 3 * hidden]
        grad_ih = torch.bmm(of_inputs.mT, below.flatten(1, 2))
        return (
            grads[:n_networks, : ctx.length, :, : 3 * hidden],
            grad_ih.view_as(weight_ih),
            grad_hh.view_as(weight_hh),
            by_row.sum(dim=1).unflatten(0, (n_layers, n_networks)),
            None,
        )


def _run(projected, weight_ih, weight_hh, bias, masks, *, keep):
    """Return the last state, and gates and states of all steps where they are to be kept."""
    n_layers, n_networks, _, hidden = weight_hh.shape
    _, length, n_windows, _ = projected.shape
    n_steps = length + n_layers - 1
    to_gates, from_state = weight_ih.flatten(0, 1).mT, weight_hh.flatten(0, 1).mT
    bias = bias.flatten(0, 1)[:, None, None]
    # Where nothing is kept, one step's gates and two steps' states are all the memory.
    n_kept, n_states = (n_steps, n_steps + 1) if keep else (1, 2)
    gates = bias.expand(-1, n_kept, n_windows, -1).clone()
    states = projected.new_zeros(n_layers * n_networks, n_states, n_windows, hidden)
    if keep:
        gates[:n_networks, :length, :, : 3 * hidden] += projected
    for step in range(n_steps):
        active, upper, lower = _layers_at(step, length, n_layers, n_networks)
        if not keep:
            gates.copy_(bias)
            if step < length:
                gates[:n_networks, 0, :, : 3 * hidden] += projected[:, step]
        before, after = states[:, step % n_states], states[:, (step + 1) % n_states]
        of_step = gates[:, step % n_kept]
        if upper is not None:
            below = before[lower] if masks is None else before[lower] * masks[lower, step]
            of_step[upper, :, : 3 * hidden].baddbmm_(below, to_gates[lower])
        of_step = of_step[active]
        of_step[..., hidden:].baddbmm_(before[active], from_state[active])
        of_step[..., hidden : 3 * hidden].sigmoid_()
        new, reset, update, new_from_state = of_step.chunk(4, dim=-1)
        new.addcmul_(reset, new_from_state).tanh_()
        torch.lerp(new, before[active], update, out=after[active])
    return states[-n_networks:, n_steps % n_states].clone(), gates, states


def _layers_at(step, length, n_layers, n_networks):
    """Return what works at a step: the layers, those with a layer below, and the latter.

    All are slices of the axis of layers and, within each layer, of networks.
    """
    first, end = max(0, step - length + 1), min(n_layers, step + 1)
    active = slice(first * n_networks, end * n_networks)
    from_first = max(first, 1)
    if from_first >= end:
        return active, None, None
    upper = slice(from_first * n_networks, end * n_networks)
    lower = slice((from_first - 1) * n_networks, (end - 1) * n_networks)
    return active, upper, lower


def _gate_derivatives(gates, before):
    """Return the derivative of the new state with respect to each gate before its activation.

    Known for all steps at once, so that a step of the backward pass multiplies only.
    """
    new, reset, update, new_from_state = gates.chunk(4, dim=-1)
    derivatives = torch.empty_like(gates)
    of_new, of_reset, of_update, of_new_from_state = derivatives.chunk(4, dim=-1)
    torch.mul(1 - update, 1 - new * new, out=of_new)
    torch.mul(of_new, reset, out=of_new_from_state)
    torch.mul(of_new_from_state * (1 - reset), new_from_state, out=of_reset)
    torch.mul((before - new) * update, 1 - update, out=of_update)
    return derivatives


def _row_product(rows, weight, bias=None):
    """Multiply the values of each row with the weights of its network.

    Shapes (n_networks, length, n_windows, n_in) and (n_networks, n_out, n_in) give
    (n_networks, length, n_windows, n_out).
    """
    flat = rows.flatten(1, 2)
    product = (
        torch.bmm(flat, weight.mT)
        if bias is None
        else torch.baddbmm(bias[:, None], flat, weight.mT)
    )
    return product.unflatten(1, rows.shape[1:3])


def _new_gate_first(weight):
    """Bring a GRU's gates from torch's order (reset, update, new) into new, reset, update."""
    return weight.roll(weight.shape[1] // 3, dims=1)
