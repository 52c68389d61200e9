"""A training epoch of the shared work with JAX; see `bench_epochs.py`.

Each GRU layer multiplies all its inputs at once and scans only what is recurrent; a training
step is compiled as a whole, with the old weights' memory given to the new ones.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from measuring import EpochClock, train_once


def initial_weights(work):
    """Return weights from the uniform distributions that torch's layers use."""
    rng = np.random.default_rng(work.seed)

    def uniform(fan_in, *shapes):
        bound = fan_in**-0.5
        return [jnp.asarray(rng.uniform(-bound, bound, s), jnp.float32) for s in shapes]

    channels, hidden = work.conv_channels, work.hidden_size
    return {
        "convolutions": [
            uniform(n_in * work.kernel_size, (work.kernel_size, n_in, channels), (channels,))
            for n_in in (work.n_features, channels)
        ],
        "grus": [
            uniform(hidden, (n_in, 3 * hidden), (hidden, 3 * hidden), (3 * hidden,), (3 * hidden,))
            for n_in in [channels] + [hidden] * (work.n_gru_layers - 1)
        ],
        "dense": uniform(hidden, (hidden, 1), (1,)),
    }


def causal_convolution(steps, kernel, bias):
    """Return a convolution over steps of shape (n_windows, length, channels)."""
    past = [(len(kernel) - 1, 0)]
    convolved = jax.lax.conv_general_dilated(
        steps, kernel, (1,), past, dimension_numbers=("NWC", "WIO", "NWC")
    )
    return jax.nn.relu(convolved + bias)


def gru(steps, of_input, of_state, input_bias, state_bias, unroll):
    """Return the states of a layer over steps of shape (length, n_windows, channels)."""

    def step(state, from_input):
        from_state = state @ of_state + state_bias
        reset_in, update_in, new_in = jnp.split(from_input, 3, axis=-1)
        reset_state, update_state, new_state = jnp.split(from_state, 3, axis=-1)
        reset = jax.nn.sigmoid(reset_in + reset_state)
        update = jax.nn.sigmoid(update_in + update_state)
        new = jnp.tanh(new_in + reset * new_state)
        state = new + update * (state - new)
        return state, state

    start = jnp.zeros((steps.shape[1], len(of_state)), steps.dtype)
    return jax.lax.scan(step, start, steps @ of_input + input_bias, unroll=unroll)[1]


def loss_of(weights, windows, targets, unroll):
    """Return the mean squared error of the network of the work description."""
    steps = windows
    for kernel, bias in weights["convolutions"]:
        steps = causal_convolution(steps, kernel, bias)
    steps = steps.transpose(1, 0, 2)
    for layer in weights["grus"]:
        steps = gru(steps, *layer, unroll)
    factors, bias = weights["dense"]
    return jnp.mean(((steps[-1] @ factors + bias)[:, 0] - targets) ** 2)


def train(work, n_epochs, threads, unroll):
    """Train and return the clock; XLA takes as many threads as the process has cores."""
    windows, targets = (jnp.asarray(values) for values in work.data())
    adam = optax.adam(work.lr)

    @partial(jax.jit, donate_argnums=(0, 1))
    def train_on_batch(weights, state, batch):
        loss, gradients = jax.value_and_grad(loss_of)(
            weights, windows[batch], targets[batch], unroll
        )
        updates, state = adam.update(gradients, state)
        return optax.apply_updates(weights, updates), state, loss

    weights = initial_weights(work)
    state = adam.init(weights)
    order = np.random.default_rng(work.seed)
    clock = EpochClock()
    for _ in range(n_epochs):
        clock.begin()
        losses = []
        for batch in order.permutation(work.n_windows).reshape(-1, work.batch_size):
            weights, state, loss = train_on_batch(weights, state, batch)
            losses.append(loss)
        clock.end(jax.block_until_ready(jnp.stack(losses).mean()))
    return clock


if __name__ == "__main__":
    train_once(train)
