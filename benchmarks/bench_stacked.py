"""How long an epoch of stacked repeats takes on a GPU, against one repeat alone.

Run ``python benchmarks/bench_stacked.py`` on a machine with a CUDA GPU; it takes a few
minutes and prints a Markdown table: 1, 5 and 20 repeats of the default network with hidden size
64, windows of 400 rows, batches of 64, against one training of one repeat with cuDNN's GRU, with
and without a captured graph. The goal is at most twice its time for 20 repeats. ``--json FILE``
keeps every epoch. With ``--cpu`` a tiny version runs on the CPU, which shows that the script works
and says nothing about a GPU. Nothing is asserted: the figures are for reading.

cuDNN multiplies in TF32 unless it is told otherwise, the stacked layers in float32 as torch's
other matrix products do; so the last rows let them use TF32 as well. Mixed precision cannot be
stacked: bfloat16 is measured for one repeat alone.
"""

import argparse
import json
import platform
import statistics
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn.base import clone

from sklearn_frictiongru.neural_network import GRUFrictionRegressor, train_stacked
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

EPOCHS = 6
"""The first one is not counted: libraries set themselves up, and the graph is captured."""

ON_GPU = {"n_repeats": (1, 5, 20), "hidden_size": 64, "window_length": 400, "n_rows": 2500}
ON_CPU = {"n_repeats": (1, 3), "hidden_size": 8, "window_length": 20, "n_rows": 400}


def windows_of_record(n_rows, window_length):
    """Return windows of white inputs, and friction that remembers fifty rows."""
    X = np.random.default_rng(0).normal(size=(n_rows, 5))
    y = 0.6 + 0.05 * np.convolve(X[:, 0], np.ones(50) / 50)[:n_rows]
    return SlidingWindowTransformer(window_length).fit_transform(with_runs(X)), y


def seconds_of_epochs(regressors):
    """Return how long each epoch but the first took, of all repeats together."""
    return np.sum([regressor.history_["seconds"][1:] for regressor in regressors], axis=0)


def measure(train, device):
    """Return the regressors that a function trains, its epochs' seconds and its memory in MB."""
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    regressors = train()
    memory = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else np.nan
    return regressors, seconds_of_epochs(regressors), memory


def variants(model, all_n_repeats, windows, y):
    """Yield what is measured: its name, the precision of matrix products, and a function."""

    def repeats(n_repeats):
        return [clone(model).set_params(random_state=seed) for seed in range(n_repeats)]

    def alone(**changes):
        return [repeats(1)[0].set_params(**changes).fit(windows, y)]

    def stacked(n_repeats, capture):
        trained = train_stacked(repeats(n_repeats), windows, y, capture=capture)
        for regressor in trained:
            if isinstance(regressor, Exception):
                raise regressor
        return trained

    on_gpu = model.device == "cuda"
    yield "one repeat alone", "highest", alone
    yield "one repeat alone, bfloat16", "highest", lambda: alone(precision="bfloat16")
    for n in all_n_repeats:
        yield f"{n} stacked, no graph", "highest", lambda n=n: stacked(n, capture=False)
        if on_gpu:
            yield f"{n} stacked, CUDA graph", "highest", lambda n=n: stacked(n, capture=True)
            yield f"{n} stacked, CUDA graph, TF32", "high", lambda n=n: stacked(n, capture=True)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cpu", action="store_true", help="run a tiny version on the CPU")
    parser.add_argument("--json", type=Path, help="keep the seconds of every epoch in a file")
    arguments = parser.parse_args()
    if not arguments.cpu and not torch.cuda.is_available():
        sys.exit("there is no CUDA GPU here; run a tiny version with --cpu")
    device, sizes = ("cpu", ON_CPU) if arguments.cpu else ("cuda", ON_GPU)
    windows, y = windows_of_record(sizes["n_rows"], sizes["window_length"])
    model = GRUFrictionRegressor(
        hidden_size=sizes["hidden_size"], batch_size=64, max_epochs=EPOCHS, device=device
    )
    warnings.simplefilter("ignore")
    results = []
    before = torch.get_float32_matmul_precision()
    try:
        for name, precision, train in variants(model, sizes["n_repeats"], windows, y):
            torch.set_float32_matmul_precision(precision)
            results.append((name, *measure(train, device)))
    finally:
        torch.set_float32_matmul_precision(before)
    where = platform.processor() or platform.machine()
    if device == "cuda":
        where = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    print(
        f"{where}, torch {torch.__version__}; hidden size {sizes['hidden_size']}, windows of "
        f"{sizes['window_length']} rows, {len(results[0][1][0].training_indices_)} of them "
        "trained on in batches of 64. Goal: at most 2 x the time of one."
    )
    _, (alone,), of_one, _ = results[0]
    print("| what | s per epoch | lowest | highest | x one | MB | loss of the first, relative |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    kept = []
    for name, trained, seconds, memory in results:
        ratio = statistics.median(seconds) / statistics.median(of_one)
        loss = trained[0].best_validation_loss_ / alone.best_validation_loss_ - 1
        shown = [f"{pick(seconds):.4f}" for pick in (statistics.median, min, max)]
        print(f"| {name} | {' | '.join(shown)} | {ratio:.2f} | {memory:.0f} | {loss:+.1e} |")
        kept.append(
            {
                "what": name,
                "seconds": list(seconds),
                "times_one": ratio,
                "memory_mb": memory if np.isfinite(memory) else None,
                "loss_relative_to_one": loss,
            }
        )
    if arguments.json is not None:
        about = {"machine": where, "torch": torch.__version__, "sizes": sizes, "results": kept}
        arguments.json.write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
