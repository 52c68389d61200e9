"""How much time and memory windows over a long record take.

Run ``python benchmarks/bench_windows.py``; it prints a Markdown table of medians of five
runs, on one thread. Nothing is asserted: the figures are for reading.
"""

import pickle
import platform
import resource
import statistics
import time
import tracemalloc

import numpy as np
import pandas as pd
import torch

from sklearn_frictiongru.neural_network._data._batches import WindowBatches, WindowDataset
from sklearn_frictiongru.neural_network._data._scales import Scales
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

N_ROWS, N_FEATURES, WINDOW_LENGTH, N_RUNS, BATCH_SIZE = 1_000_000, 5, 500, 100, 64
N_BATCHES = 500
REPEATS = 5


def record():
    """Return a long record of many runs."""
    values = np.random.default_rng(0).normal(size=(N_ROWS, N_FEATURES))
    per_run = N_ROWS // N_RUNS
    index = pd.MultiIndex.from_arrays(
        [np.repeat(np.arange(N_RUNS), per_run), np.tile(np.arange(per_run), N_RUNS)],
        names=["run", "time_s"],
    )
    return pd.DataFrame(values, index=index, columns=[f"p{i}" for i in range(N_FEATURES)])


def median_of(function):
    """Return the median, lowest and highest of what repeated calls measure."""
    measured = [function() for _ in range(REPEATS)]
    return statistics.median(measured), min(measured), max(measured)


def main():
    """Measure and print."""
    torch.set_num_threads(1)
    X = record()
    row_bytes = X.to_numpy().nbytes
    transformer = SlidingWindowTransformer(WINDOW_LENGTH).fit(X)

    def seconds_of_transform():
        begin = time.perf_counter()
        transformer.transform(X)
        return time.perf_counter() - begin

    def peak_of_transform():
        tracemalloc.start()
        transformer.transform(X)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (peak - row_bytes) / 1e6

    windows = transformer.transform(X)

    def windows_per_second_in_numpy():
        order = np.random.default_rng(1).permutation(len(windows))[: N_BATCHES * BATCH_SIZE]
        begin = time.perf_counter()
        for batch in np.split(order, N_BATCHES):
            np.asarray(windows[batch])
        return N_BATCHES * BATCH_SIZE / (time.perf_counter() - begin)

    ends = np.random.default_rng(2).permutation(len(windows))[: N_BATCHES * BATCH_SIZE]
    dataset = WindowDataset(
        windows[ends],
        scales=Scales(np.zeros(N_FEATURES), np.ones(N_FEATURES), 0.0, 1.0),
        device=torch.device("cpu"),
    )
    batches = WindowBatches(dataset, BATCH_SIZE, torch.Generator().manual_seed(0))

    def windows_per_second_in_training():
        begin = time.perf_counter()
        for _ in batches:
            pass
        return len(dataset) / (time.perf_counter() - begin)

    def pickled_share():
        return len(pickle.dumps(windows, protocol=5)) / row_bytes

    lines = [
        ("transform [s]", "under 0.5", median_of(seconds_of_transform), ".3f"),
        ("transform, memory above the rows [MB]", "under 150", median_of(peak_of_transform), ".0f"),
        ("pickled size / rows", "under 1.2", median_of(pickled_share), ".3f"),
        (
            "shuffled batches of 64, NumPy [windows/s]",
            "over 20,000",
            median_of(windows_per_second_in_numpy),
            ",.0f",
        ),
        (
            "shuffled batches of 64, as trained on [windows/s]",
            "over 20,000",
            median_of(windows_per_second_in_training),
            ",.0f",
        ),
    ]
    print(
        f"{N_ROWS:,} rows x {N_FEATURES}, window length {WINDOW_LENGTH}, {N_RUNS} runs; "
        f"Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}\n"
    )
    print("| what | goal | median | lowest | highest |\n| --- | --- | --- | --- | --- |")
    for what, goal, values, form in lines:
        print(f"| {what} | {goal} | {' | '.join(format(value, form) for value in values)} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"\nPeak memory of the process: {peak:,.0f} MB")


if __name__ == "__main__":
    main()
