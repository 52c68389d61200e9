"""A training epoch of nearly the shared work with aeon, as `tox -e bench-aeon` runs it.

aeon's recurrent regressor has no convolutions; all else is set to be the same.
"""

import tempfile

import tensorflow as tf
from aeon.regression.deep_learning import RecurrentRegressor
from measuring import EpochClock, Peer, main


def train(work, n_epochs, threads):
    """Train and return the clock."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    windows, targets = work.data()
    clock = EpochClock()
    watch = tf.keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clock.begin(),
        on_epoch_end=lambda epoch, logs: clock.end(logs["loss"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        RecurrentRegressor(
            rnn_type="gru",
            n_layers=work.n_gru_layers,
            n_units=work.hidden_size,
            dropout_intermediate=0.0,
            dropout_output=0.0,
            n_epochs=n_epochs,
            batch_size=work.batch_size,
            optimizer=tf.keras.optimizers.Adam(work.lr),
            callbacks=[watch],
            random_state=work.seed,
            file_path=f"{folder}/",
        ).fit(windows.transpose(0, 2, 1), targets)
    return clock


if __name__ == "__main__":
    main(
        Peer(
            name="aeon",
            packages=("aeon", "keras", "tensorflow-cpu"),
            train=train,
            same_task=False,
            note="RecurrentRegressor has the four GRU layers and the dense output, but no "
            "convolutions: it does less.",
        )
    )
