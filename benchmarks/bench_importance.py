"""What importances cost beside a training epoch over the same windows.

Run ``python benchmarks/bench_importance.py`` on an idle core; it takes about five minutes and
prints a Markdown table. Memory is that of the process, as Linux counts it. Nothing is
asserted: the figures are for reading.
"""

import multiprocessing
import os
import platform
import statistics
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import torch

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

N_WINDOWS, WINDOW_LENGTH, N_FEATURES = 10_000, 400, 5
REPEATS = 3
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def resident_mb():
    """Return the memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


class Peak:
    """The highest memory above that at the beginning, looked at every few milliseconds."""

    def __enter__(self):
        self.before = self.highest = resident_mb()
        self.done = threading.Event()
        self.watching = threading.Thread(target=self._watch)
        self.watching.start()
        return self

    def __exit__(self, *exception):
        self.done.set()
        self.watching.join()

    def _watch(self):
        while not self.done.wait(0.002):
            self.highest = max(self.highest, resident_mb())

    @property
    def mb(self):
        return self.highest - self.before


def record():
    """Return windows and targets."""
    n_rows = N_WINDOWS + WINDOW_LENGTH - 1
    X = with_runs(np.random.default_rng(0).normal(size=(n_rows, N_FEATURES)))
    return SlidingWindowTransformer(WINDOW_LENGTH).fit_transform(X), 0.6 + 0.05 * X["x0"].to_numpy()


def regressor():
    """Return the default regressor, for one epoch."""
    return GRUFrictionRegressor(max_epochs=1, validation=None, random_state=0, device="cpu")


def memory_of_importance(model):
    """Return the memory in MB that importances take in this process."""
    torch.set_num_threads(1)
    windows, _ = record()
    with Peak() as peak:
        gradient_importance(model, windows)
    return peak.mb


def main():
    """Measure and print."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    windows, y = record()
    few = windows[np.arange(WINDOW_LENGTH - 1, WINDOW_LENGTH + 127)]
    model = regressor().fit(few, y[:128])
    ratios, seconds, peaks = [], [], []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        found = gradient_importance(model, windows)
        seconds.append(time.perf_counter() - begin)
        epoch = regressor().fit(windows, y).history_["seconds"][0]
        ratios.append(seconds[-1] / epoch)
        # A process that has trained keeps the memory: each time a fresh one.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(memory_of_importance, (model,)))
    if len(found.rows) != N_WINDOWS:
        raise RuntimeError(f"{len(found.rows)} windows were differentiated, not {N_WINDOWS}")
    print(
        f"{N_WINDOWS:,} windows of {WINDOW_LENGTH} x {N_FEATURES}, default network, one thread; "
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}\n"
    )
    print("| what | goal | median | lowest | highest |\n| --- | --- | --- | --- | --- |")
    for what, goal, values, form in (
        ("importance, time over that of a training epoch", "at most 1.5", ratios, ".2f"),
        ("importance [s]", "", seconds, ".1f"),
        ("importance, memory above model and rows [MB]", "under 300", peaks, ".0f"),
    ):
        shown = [format(pick(values), form) for pick in (statistics.median, min, max)]
        print(f"| {what} | {goal} | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
