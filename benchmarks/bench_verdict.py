"""How often the verdict on skill is "yes" where it should be, and where it should not.

``python benchmarks/bench_verdict.py`` tries stand-in models (ridge on flattened windows), 200
records of each kind in about a minute of one core; ``--model network`` trains small networks,
five for each record, which takes some 5 s a record. Every record has 1,500 rows, and every model
sees windows of 10 rows. The test is that of a study: over blocks of the whole record, each
predicted by a model that has not seen it; and beside it over blocks of the test rows of the
first model alone. Prints a Markdown table.
"""

import argparse
import time
import warnings
from collections import Counter

import numpy as np
from scipy.signal import lfilter
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from sklearn_frictiongru.datasets import make_memory_regression
from sklearn_frictiongru.model_selection import (
    RunHoldout,
    rotated_predictions,
    skill_test,
)
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from sklearn_frictiongru.utils.skill import naive_baselines

N_ROWS, WINDOW_LENGTH, N_INPUTS = 1500, 10, 2


def autoregressive(rng, correlation, n_columns):
    """Return columns of a first-order autoregressive process, stationary from the first row."""
    shocks = rng.normal(size=(N_ROWS, n_columns))
    shocks[1:] *= np.sqrt(1 - correlation**2)
    return lfilter([1.0], [1.0, -correlation], shocks, axis=0)


def stick_slip(rng, n_columns):
    """Return sawtooth columns whose periods vary by a fifth, with a little noise."""
    columns = []
    for _ in range(n_columns):
        lengths = np.rint(rng.normal(40, 8, N_ROWS // 10).clip(15)).astype(int)
        teeth = np.concatenate([np.linspace(0, 1, length) for length in lengths])
        begin = rng.integers(40)
        columns.append(teeth[begin : begin + N_ROWS])
    return np.stack(columns, axis=1) + rng.normal(scale=0.05, size=(N_ROWS, n_columns))


def phase_randomised_stick_slip(rng):
    """Return stick-slip inputs and a target with the spectrum, but not the phases, of one."""
    columns = stick_slip(rng, 1 + N_INPUTS)
    spectrum = np.fft.rfft(columns[:, 0] - columns[:, 0].mean())
    phases = np.exp(2j * np.pi * rng.random(len(spectrum)))
    columns[:, 0] = np.fft.irfft(np.abs(spectrum) * phases, N_ROWS)
    return columns


def columns_of(kind, rng):
    """Return the target and the inputs of one record."""
    if kind == "memory regression, oracle R2 0.3":
        X, y, _ = make_memory_regression(
            N_ROWS, N_INPUTS, memory=5, noise=np.sqrt(0.7 / 0.3), random_state=rng.integers(2**31)
        )
        return np.column_stack([y, X])
    return {
        "white noise": lambda: rng.normal(size=(N_ROWS, 1 + N_INPUTS)),
        "AR(1) 0.9": lambda: autoregressive(rng, 0.9, 1 + N_INPUTS),
        "AR(1) 0.99": lambda: autoregressive(rng, 0.99, 1 + N_INPUTS),
        "phase-randomised stick-slip": lambda: phase_randomised_stick_slip(rng),
        "independent random walks": lambda: rng.normal(size=(N_ROWS, 1 + N_INPUTS)).cumsum(0),
    }[kind]()


KINDS = {
    "white noise": "at most .05",
    "AR(1) 0.9": "at most .05",
    "AR(1) 0.99": "at most .05",
    "phase-randomised stick-slip": "at most .05",
    "independent random walks": "at most .10",
    "memory regression, oracle R2 0.3": "at least .90",
}


def ridge_predictions(X, y, holdout):
    """Return what `rotated_predictions` does, of ridge on flattened windows."""
    windows = np.lib.stride_tricks.sliding_window_view(X, WINDOW_LENGTH, axis=0)
    windows = np.concatenate([np.zeros((WINDOW_LENGTH - 1, *windows.shape[1:])), windows])
    windows = windows.reshape(len(X), -1)
    found = Bunch(
        predictions=np.full((1, len(X)), np.nan),
        baselines={},
        rotation=np.full(len(X), -1),
        block_length=len(X) // holdout.n_blocks,
    )
    for number, rotation in enumerate(holdout.rotations()):
        parts = rotation.parts(X)
        training, tested = np.flatnonzero(parts == "training"), parts == "test"
        model = make_pipeline(StandardScaler(), Ridge(10.0)).fit(windows[training], y[training])
        found.predictions[0, tested] = model.predict(windows[tested])
        found.rotation[tested] = number
        for name, values in naive_baselines(y, training).items():
            found.baselines.setdefault(name, np.full(len(X), np.nan))[tested] = values[tested]
    return found


def network_predictions(X, y, holdout, seed):
    """Return what `rotated_predictions` does, of small networks."""
    network = GRUFrictionRegressor(
        hidden_size=8, n_gru_layers=1, max_epochs=15, lr=0.01, stride=2, device="cpu"
    )
    model = Pipeline([("window", SlidingWindowTransformer(WINDOW_LENGTH)), ("gru", network)])
    return rotated_predictions(model, X, y, holdout, random_state=seed)


def tests_of(kind, model, seed, record):
    """Return the test over the whole record and that over the test rows of the first model."""
    columns = columns_of(kind, np.random.default_rng(record))
    X, y = columns[:, 1:], columns[:, 0]
    holdout = RunHoldout(window_length=WINDOW_LENGTH)
    if model == "ridge":
        found = ridge_predictions(X, y, holdout)
    else:
        found = network_predictions(X, y, holdout, seed)
    whole = skill_test(y, found.predictions, found.baselines, block_length=found.block_length)
    test_rows = np.flatnonzero((found.rotation == 0) & np.isfinite(found.predictions[0]))
    alone = skill_test(
        y, found.predictions, found.baselines, block_length=WINDOW_LENGTH, scored=test_rows
    )
    return whole, alone


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["ridge", "network"], default="ridge")
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument(
        "--same-record", action="store_true", help="train on one record from many seeds"
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{options.model}, {options.records} records of {N_ROWS} rows each\n")
    print(
        "| record | goal for yes | yes | not clear | no | blocks | yes, test rows alone | "
        "detectable skill | s a record |\n| --- " + "| --- " * 8 + "|"
    )
    for kind in options.kinds:
        begin = time.perf_counter()
        found = [
            tests_of(kind, options.model, seed, 0 if options.same_record else seed)
            for seed in range(options.records)
        ]
        seconds = (time.perf_counter() - begin) / options.records
        verdicts = Counter(whole.verdict for whole, _ in found)
        shares = [verdicts[verdict] / len(found) for verdict in ("yes", "not clear", "no")]
        alone = np.mean([test.verdict == "yes" for _, test in found])
        blocks = np.median([whole.n_blocks for whole, _ in found])
        detectable = np.median([whole.detectable_skill for whole, _ in found])
        print(
            f"| {kind} | {KINDS[kind]} | "
            + " | ".join(f"{share:.3f}" for share in shares)
            + f" | {blocks:.1f} | {alone:.3f} | {detectable:.2f} | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
