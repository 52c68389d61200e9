"""What a training pass of the default network takes in time and memory.

Run ``python benchmarks/bench_training.py`` on an idle machine; it takes about three minutes and
prints Markdown tables. Set no ``OMP_NUM_THREADS``: one row needs two threads. One pass is forward
and backward over a batch of 64 windows of 400 rows of 5 parameters. Ratios are medians of five,
each of two passes that follow one another. Nothing is asserted: the figures are for reading.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from skorch import NeuralNetRegressor
from user_network import UserNetwork

from sklearn_frictiongru.neural_network._layers._kernels._threads import flushed_threads
from sklearn_frictiongru.neural_network._layers._network import ConvGRUNetwork

N_WINDOWS, WINDOW_LENGTH, N_FEATURES = 64, 400, 5
HIDDEN_SIZES = (32, 64)
REPEATS = 5
FIRST, MEMORY = "--first-call", "--memory"


def make(backend, hidden_size):
    """Return the network of the default sizes, as one of the backends runs it."""
    return ConvGRUNetwork(N_FEATURES, 32, 5, hidden_size, 4, dropout=0.0, seed=0, backend=backend)


def batch():
    """Return windows and targets."""
    generator = torch.Generator().manual_seed(0)
    windows = torch.randn(N_WINDOWS, WINDOW_LENGTH, N_FEATURES, generator=generator)
    return windows, windows[:, -1, 0]


def training_pass(network):
    """Return a function that goes forward and back."""
    windows, y = batch()

    def run():
        network.zero_grad()
        (network(windows) - y).square().mean().backward()

    return run


def forward_pass(network):
    """Return a function that predicts."""
    windows, _ = batch()
    network.eval()

    def run():
        with torch.no_grad():
            network(windows)

    return run


def skorch_step(network, **parameters):
    """Return a function that does one step of skorch's training."""
    net = NeuralNetRegressor(network, optimizer=torch.optim.Adam, verbose=0, **parameters)
    net.initialize()
    windows, y = batch()
    y = y[:, None] if isinstance(network, UserNetwork) else y
    return lambda: net.train_step((windows, y))


def seconds(function):
    """Return the time of one call."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def on_two_threads(function):
    """Return the function on two threads, denormal numbers as torch has them."""

    def run():
        torch.set_num_threads(2)
        torch.set_flush_denormal(False)
        try:
            function()
        finally:
            torch.set_flush_denormal(True)
            torch.set_num_threads(1)

    return run


def compare(what, goal, slow, fast):
    """Print a row: times of both in turn, and their ratio."""
    for function in (slow, fast):
        function()
    times = np.array([[seconds(slow), seconds(fast)] for _ in range(REPEATS)]) * 1e3
    ratios = times[:, 0] / times[:, 1]
    of_slow, of_fast = np.median(times, axis=0)
    print(
        f"| {what} | {of_slow:.0f} | {of_fast:.0f} | {goal} | {statistics.median(ratios):.1f} | "
        f"{ratios.min():.1f} | {ratios.max():.1f} |",
        flush=True,
    )


def in_fresh_process(*arguments, **environment):
    """Return what this script prints when run by itself."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def highest_mb():
    """Return the highest memory of this process so far, as Linux counts it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def peak_mb(network):
    """Return by how much ten training passes raise this process's highest memory."""
    # What libraries load at their first pass is not what training takes.
    windows, y = batch()
    (network(windows[:2, :8]) - y[:2]).square().mean().backward()
    before = highest_mb()
    run = training_pass(network)
    for _ in range(10):
        run()
    return highest_mb() - before


def main():
    """Measure and print."""
    names = ("torch", "fused")
    if MEMORY in sys.argv:
        _, _, name, hidden_size = sys.argv
        with flushed_threads():
            print(peak_mb(make(name, int(hidden_size))))
        return
    if FIRST in sys.argv:
        with flushed_threads():
            print(seconds(training_pass(make("fused", 32))))
        return
    product = torch.randn(1024, 1024)
    torch.set_num_threads(1)
    speed = 2 * 1024**3 / min(seconds(lambda: product @ product) for _ in range(10)) / 1e9
    print(
        f"{N_WINDOWS} windows of {WINDOW_LENGTH} x {N_FEATURES}; "
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{speed:.0f} GFLOP/s of one; Python {platform.python_version()}, "
        f"torch {torch.__version__}\n"
    )
    print("| what | `nn.GRU` [ms] | fast [ms] | goal | ratio | lowest | highest |")
    print("| --- " * 7 + "|")
    with flushed_threads():
        for hidden_size, goal in zip(HIDDEN_SIZES, ("6 x", "4 x"), strict=True):
            plain, fast = (make(name, hidden_size) for name in names)
            compare(
                f"training pass, hidden {hidden_size}",
                goal,
                training_pass(plain),
                training_pass(fast),
            )
            compare(
                f"forward only, hidden {hidden_size}",
                "3 x",
                forward_pass(plain),
                forward_pass(fast),
            )
        compare(
            "skorch's training step, hidden 32, against `nn.GRU` on two threads, not flushed",
            "20 x",
            on_two_threads(skorch_step(UserNetwork(N_FEATURES))),
            skorch_step(make("fused", 32)),
        )
    torch.set_num_threads(2)
    with flushed_threads():
        # Within the block torch's own layers have one thread, the fast passes two.
        for hidden_size in HIDDEN_SIZES:
            plain, fast = (make(name, hidden_size) for name in names)
            for what, run in (("training pass", training_pass), ("forward only", forward_pass)):
                compare(f"{what}, hidden {hidden_size}, two threads", "", run(plain), run(fast))
    print(
        "\n| peak memory of training above that before | `nn.GRU` [MB] | fast [MB] | goal | ratio |"
    )
    print("| --- " * 5 + "|")
    for hidden_size in HIDDEN_SIZES:
        plain, fast = (in_fresh_process(MEMORY, name, str(hidden_size)) for name in names)
        print(f"| hidden {hidden_size} | {plain:.0f} | {fast:.0f} | 0.7 x | {fast / plain:.2f} |")
    print("\n| first training pass in a fresh process | [s] | goal |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for what, goal in (("without compiled files", "30 s"), ("with them", "3 s")):
            print(f"| {what} | {in_fresh_process(FIRST, NUMBA_CACHE_DIR=folder):.1f} | {goal} |")


if __name__ == "__main__":
    main()
