"""A training epoch of the shared work with Keras on TensorFlow; see `bench_epochs.py`.

Keras's own layers and `fit`, with and without compilation by XLA.
"""

import keras
import tensorflow as tf
from measuring import EpochClock, train_once


def network(work):
    """Return the network of the work description."""
    layers = keras.layers
    convolutions = [
        layers.Conv1D(work.conv_channels, work.kernel_size, padding="causal", activation="relu")
        for _ in range(2)
    ]
    grus = [
        layers.GRU(work.hidden_size, return_sequences=layer < work.n_gru_layers - 1)
        for layer in range(work.n_gru_layers)
    ]
    shape = (work.window_length, work.n_features)
    return keras.Sequential([keras.Input(shape), *convolutions, *grus, layers.Dense(1)])


def train(work, n_epochs, threads, jit_compile):
    """Train and return the clock."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.utils.set_random_seed(work.seed)
    windows, targets = work.data()
    model = network(work)
    model.compile(keras.optimizers.Adam(work.lr), loss="mse", jit_compile=jit_compile)
    clock = EpochClock()
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clock.begin(),
        on_epoch_end=lambda epoch, logs: clock.end(logs["loss"]),
    )
    model.fit(
        windows,
        targets,
        batch_size=work.batch_size,
        epochs=n_epochs,
        callbacks=[watch],
        verbose=0,
    )
    return clock


if __name__ == "__main__":
    train_once(train)
