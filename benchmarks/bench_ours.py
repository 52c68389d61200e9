"""A training epoch of the shared work with ours, and the table beside what others need.

Run ``tox run -e bench-keras`` and the other ``bench-`` environments first, then
``tox run -e bench``, on an idle machine; each takes some minutes. Nothing is asserted: the
figures are for reading. The table goes to standard output and, as Markdown and
reStructuredText, beside the results.
"""

import time
import warnings

import numpy as np
from measuring import RESULTS, EpochClock, Peer, main
from threadpoolctl import threadpool_limits
from training_table import document, read_results

from sklearn_frictiongru.neural_network import GRUFrictionRegressor


def train(work, n_epochs, threads, **backend):
    """Train and return the clock; `threads` is 1, which is what `fit` takes."""
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
    common = {"train": train, "threads": (1,)}
    return [
        Peer("ours-fused", (*packages, "numba"), settings=({"backend": "fused"},), **common),
        Peer("ours-torch", packages, settings=({"backend": "torch"},), **common),
    ]


if __name__ == "__main__" and main(*ours()):
    table = document(read_results(RESULTS), product_speed())
    (RESULTS / "table.md").write_text(table.markdown())
    (RESULTS / "table.rst").write_text(table.rst())
    print(table.markdown())
