"""How cost grows with rows, runs, window length and inputs.

Run ``python benchmarks/bench_scale.py > docs/guide/scale_tables.txt``; it prints tables of
processor seconds on one thread and of the exponent p of each row's cost ~ n^p, from the two largest
sizes. With ``--quick`` the sizes are small: to try it out. Nothing is asserted: the figures are for
reading.
"""

import argparse
import math
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measuring import machine
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    PurgedLeaveRunsOut,
    RunHoldout,
    out_of_fold_predictions,
    skill_test,
    windowed_scorer,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import (
    RateOfChange,
    Runs,
    SlidingWindowTransformer,
    resample_runs,
)

N_ROWS, N_RUNS, WINDOW_LENGTH, N_INPUTS = 1_000_000, 10, 10, 5
AXES = {
    "rows": [1_000, 10_000, 100_000, 1_000_000],
    "runs, of 1,000,000 rows": [1, 100, 1_000, 10_000],
    "window length": [10, 50, 500, 2_000],
    "inputs": [1, 5, 25, 100],
}
QUICK_ROWS = 20_000
N_TRAINED = 256
"""Windows of an epoch, whatever the number of rows: what remains is the cost of the rows."""


class Free(RegressorMixin, BaseEstimator):
    """A model that costs nothing."""

    def fit(self, X, y):
        """Learn nothing."""
        self.fitted_ = True
        return self

    def predict(self, X):
        """Return zeros."""
        return np.zeros(len(X))


class LastRow(torch.nn.Module):
    """A network of one linear layer, whose own memory is next to nothing."""

    def __init__(self, n_features):
        super().__init__()
        self.layer = torch.nn.Linear(n_features, 1)

    def forward(self, windows):
        """Return predictions from the last row of each window."""
        return self.layer(windows[:, -1])


def record(n_rows, n_runs, n_inputs):
    """Return a table of runs of equal length, and a target."""
    per_run = n_rows // n_runs
    index = pd.MultiIndex.from_arrays(
        [np.repeat(np.arange(n_runs), per_run), np.tile(np.arange(per_run, dtype=float), n_runs)],
        names=["run", "time_s"],
    )
    values = np.random.default_rng(0).normal(size=(len(index), n_inputs))
    X = pd.DataFrame(values, index=index, columns=[f"x{i}" for i in range(n_inputs)])
    return X, pd.Series(values[:, 0], index=index, name="target")


def fitted_network(X, y, window_length):
    """Return a pipeline of a small network, trained for one epoch on some of the windows."""
    network = GRUFrictionRegressor(
        hidden_size=4, n_gru_layers=1, max_epochs=1, validation=None, device="cpu"
    )
    complete = np.flatnonzero(Runs.of(X).history >= window_length)
    weights = np.zeros(len(X))
    weights[complete[:: max(1, len(complete) // N_TRAINED)]] = 1.0
    model = Pipeline([("window", SlidingWindowTransformer(window_length)), ("gru", network)])
    return model.fit(X, y, gru__sample_weight=weights)


def operations(X, y, window_length):
    """Return what is timed, by name."""
    windows = SlidingWindowTransformer(window_length)
    model = make_pipeline(windows, Free()).fit(X, y)
    holdout = RunHoldout(window_length=window_length, n_blocks=5)
    rotated = np.full(len(X), 0.5)
    few = slice(0, window_length + 1_000)
    trained = fitted_network(X.iloc[few], y.iloc[few], window_length)
    return {
        "Runs.of": lambda: Runs.of(X.set_index(X.index.copy())),
        "SlidingWindowTransformer": lambda: SlidingWindowTransformer(window_length).fit_transform(
            X
        ),
        "RateOfChange": lambda: RateOfChange().fit_transform(X),
        "resample_runs, mean": lambda: resample_runs(X, "2s"),
        "resample_runs, interpolate": lambda: resample_runs(X, "2s", how="interpolate"),
        "PurgedKFold(5)": lambda: list(PurgedKFold(5, window_length=window_length).split(X)),
        "PurgedLeaveRunsOut(5)": lambda: list(
            PurgedLeaveRunsOut(5, window_length=window_length).split(X)
        ),
        "RunHoldout": lambda: list(holdout.split(X)),
        "windowed_scorer": lambda: windowed_scorer("r2", window_length)(model, X, y),
        "out_of_fold_predictions, model free of cost": lambda: out_of_fold_predictions(
            model, X, y, PurgedKFold(5, window_length=window_length)
        ),
        "skill_test": lambda: skill_test(
            y,
            rotated[None],
            {"mean": np.zeros(len(y))},
            block_length=window_length,
            run_codes=Runs.of(X).codes,
        ),
        f"fit, {N_TRAINED} windows": lambda: fitted_network(X, y, window_length),
        "gradient_importance, 1,000 rows": lambda: gradient_importance(trained, X.iloc[few]),
    }


def seconds_of(function):
    """Return the processor time of the faster of two calls, or why there is none."""
    found = []
    for _ in range(2):
        begin = time.process_time()
        try:
            function()
        except ValueError as refused:
            return str(refused)
        found.append(time.process_time() - begin)
        if found[0] > 5:
            break
    return min(found)


def exponent(sizes, seconds):
    """Return p of cost ~ n^p between the two largest sizes, NaN where the clock is too coarse."""
    known = [(n, s) for n, s in zip(sizes, seconds, strict=True) if isinstance(s, float)]
    if len(known) < 2 or known[-1][1] < 0.02:
        return math.nan
    (smaller, before), (larger, after) = known[-2:]
    return math.log(after / max(before, 1e-4)) / math.log(larger / smaller)


def table(axis, sizes, n_rows):
    """Measure along an axis and print a table."""
    columns = {}
    for size in sizes:
        at = {"rows": n_rows, "runs": N_RUNS, "window length": WINDOW_LENGTH, "inputs": N_INPUTS}
        at[axis.partition(",")[0]] = size
        X, y = record(at["rows"], at["runs"], at["inputs"])
        measured = operations(X, y, at["window length"])
        columns[size] = {name: seconds_of(function) for name, function in measured.items()}
    header = ["", *(f"{size:,}" for size in sizes), "exponent"]
    print(f"\n.. csv-table:: {axis}\n   :header: {_cells(header)}\n")
    for name in columns[sizes[0]]:
        seconds = [columns[size][name] for size in sizes]
        cells = [f"{s:.2g}" if isinstance(s, float) else "refused" for s in seconds]
        p = exponent(sizes, seconds)
        cells.append("" if math.isnan(p) else f"{p:.2f}")
        print(f"   {_cells([name, *cells])}", flush=True)


def _cells(texts):
    """Return a line of a table."""
    return ", ".join(f'"{text}"' for text in texts)


def memory(n_rows):
    """Print the peak memory of a fit on all windows of 500 rows, above that of the record."""
    command = [sys.executable, __file__, "--peak", "--rows", str(n_rows)]
    above = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1e3
    row_bytes = n_rows * N_INPUTS * 8 / 1e6
    print(
        f"\nMemory of a fit, {n_rows:,} rows x {N_INPUTS}, window length 500: {above:,.0f} MB "
        f"above the record, {above / row_bytes:.1f} times the rows ({row_bytes:,.0f} MB)."
    )


def peak(n_rows):
    """Print the memory, in kB, that a fit takes at its peak above what is there before."""
    X, y = record(n_rows, N_RUNS, N_INPUTS)
    network = GRUFrictionRegressor(module=LastRow, max_epochs=1, device="cpu")
    model = make_pipeline(SlidingWindowTransformer(500), network)
    # What the libraries need once is not what the rows cost.
    model.fit(X.iloc[:3_000], y.iloc[:3_000])
    # From here on Linux counts the peak anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_of_process("VmRSS")
    model.fit(X, y)
    print(memory_of_process("VmHWM") - before)


def memory_of_process(name):
    """Return an entry of this process's memory, in kB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small sizes, to try it out")
    parser.add_argument("--axes", nargs="*", default=list(AXES))
    parser.add_argument("--rows", type=int, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    n_rows = options.rows or (QUICK_ROWS if options.quick else N_ROWS)
    if options.peak:
        peak(n_rows)
        return
    here = machine()
    print(
        f"Processor seconds for {n_rows:,} rows in {N_RUNS} runs, a window length of "
        f"{WINDOW_LENGTH} and {N_INPUTS} inputs, apart from what varies ({n_rows // 10:,} rows for "
        "the inputs). The exponent p is that of time ~ n\\ :sup:`p` between the last two sizes "
        "that were measured, empty below 0.02 s.\n\n"
        f"{here['cpu']}, one core; {datetime.now(UTC).date()}; Python {here['python']}, "
        f"NumPy {np.__version__}, pandas {pd.__version__}."
    )
    for axis in options.axes:
        # A table of 1,000,000 rows x 100 inputs would measure memory.
        rows = n_rows // 10 if axis == "inputs" else n_rows
        sizes = AXES[axis][:2] if options.quick else AXES[axis]
        table(axis, sizes, rows)
    memory(n_rows)


if __name__ == "__main__":
    main()
