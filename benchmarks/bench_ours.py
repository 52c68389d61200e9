"""A training epoch of the shared work with ours, and the table beside what others need.

Run ``tox run -e bench-keras`` and the other ``bench-`` environments first, then
``tox run -e bench``, on an idle machine; each takes some minutes. Nothing is asserted: the
figures are for reading. The table goes to standard output, as Markdown beside the results, and
into the documentation.
"""

import time
import warnings
from pathlib import Path

import numpy as np
from measuring import RESULTS, EpochClock, Peer, main
from threadpoolctl import threadpool_limits
from training_table import document, read_results

from sklearn_frictiongru.neural_network import GRUFrictionRegressor

IN_DOCS = Path(__file__).resolve().parents[1] / "docs" / "guide" / "epochs_table.txt"


def train(work, n_epochs, threads, **backend):
    """Train and return the clock; `fit` takes as many threads as torch has, here `threads`."""
    warnings.simplefilter("ignore")
    model = GRUFrictionRegressor(
        conv_channels=work.conv_channels,
        kernel_size=work.kernel_size,
        hidden_size=work.hidden_size,
        n_gru_layers=work.n_gru_layers,
        batch_size=work.batch_size,
        lr=work.lr,
        max_epochs=n_epochs,
        validation=None,
        random_state=work.seed,
        device="cpu",
        **backend,
    )
    windows, targets = work.data()
    begin = time.perf_counter()
    model.fit(windows, targets)
    whole = time.perf_counter() - begin
    _, *seconds = model.history_["seconds"]
    # Nothing that `fit` does beside its epochs is left out.
    return EpochClock([whole - sum(seconds), *seconds], model.history_["training_loss"].tolist())


def product_speed(size=1024, repeats=10):
    """Return the GFLOP/s of a float32 product of square matrices on one thread."""
    a, b = np.random.default_rng(0).standard_normal((2, size, size), dtype=np.float32)
    seconds = []
    with threadpool_limits(1):
        for _ in range(repeats):
            begin = time.perf_counter()
            a @ b
            seconds.append(time.perf_counter() - begin)
    return 2 * size**3 / min(seconds) / 1e9


def ours():
    """Return what is measured of ours: both backends."""
    packages = ("sklearn_frictiongru", "torch")
    return [
        Peer("ours-fused", (*packages, "numba"), train, settings=({"backend": "fused"},)),
        # Torch's own layers are held at one thread.
        Peer("ours-torch", packages, train, settings=({"backend": "torch"},), threads=(1,)),
    ]


if __name__ == "__main__" and main(*ours()):
    table = document(read_results(RESULTS), product_speed())
    (RESULTS / "table.md").write_text(table.markdown())
    IN_DOCS.write_text(table.rst())
    print(table.markdown())
