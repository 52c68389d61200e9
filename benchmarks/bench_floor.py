"""How often an input without effect passes the floor of importances, and one with an effect.

Run ``python benchmarks/bench_floor.py``; it takes a few minutes of one core and prints a Markdown
table. Stand-in models (ridge on windows of 5 rows, each fitted to four fifths of the rows, as
seeds do) have their exact gradient importance: the sum of absolute coefficients per standard
deviation. The first of four inputs has an effect, with an oracle R2 of 0.3, and the noise has
the autocorrelation of the inputs. Surrogates are added to the inputs of every training.
"""

import argparse
import time

import numpy as np
from bench_verdict import autoregressive, stick_slip
from sklearn.linear_model import Ridge

from sklearn_frictiongru.inspection._surrogates import (
    surrogate_kind,
    surrogate_test,
    with_surrogates,
)

N_INPUTS, WINDOW_LENGTH, ORACLE_R2 = 4, 5, 0.3
KINDS = {
    "white": lambda rng, n: rng.normal(size=(1500, n)),
    "AR(1) 0.9": lambda rng, n: autoregressive(rng, 0.9, n),
    "AR(1) 0.99": lambda rng, n: autoregressive(rng, 0.99, n),
    "stick-slip": stick_slip,
    "sines with drifting phase": lambda rng, n: sines(rng, n),
    "white, one AR(1) 0.99": lambda rng, n: np.column_stack(
        [rng.normal(size=(1500, n - 1)), autoregressive(rng, 0.99, 1)]
    ),
}


def sines(rng, n_columns):
    """Return waves of different periods whose phases drift, with a little noise."""
    phases = 2 * np.pi / rng.uniform(20, 60, n_columns) * np.arange(1500)[:, None]
    drift = rng.normal(scale=0.06, size=(1500, n_columns)).cumsum(axis=0)
    return np.sin(phases + drift) + rng.normal(scale=0.1, size=(1500, n_columns))


def importances(X, y, rng):
    """Return the importance of each column."""
    X, y = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
    windows = np.lib.stride_tricks.sliding_window_view(X, WINDOW_LENGTH, axis=0)
    windows = windows.reshape(len(windows), -1)
    kept = rng.random(len(windows)) < 0.8
    model = Ridge(10.0).fit(windows[kept], y[WINDOW_LENGTH - 1 :][kept])
    return np.abs(model.coef_).reshape(X.shape[1], WINDOW_LENGTH).sum(axis=1)


def passes(kind, n_trainings, per_input, pooled, seed):
    """Return which inputs pass, and whether phases were randomised."""
    rng = np.random.default_rng(seed)
    X = KINDS[kind](rng, N_INPUTS)
    effect = np.convolve(X[:, 0] - X[:, 0].mean(), np.ones(4) / 4)[: len(X)]
    # In a record of different inputs the slow one gives the noise.
    noise = KINDS[kind](rng, N_INPUTS)[:, -1]
    y = effect / effect.std() * np.sqrt(ORACLE_R2)
    y = y + (noise - noise.mean()) / noise.std() * np.sqrt(1 - ORACLE_R2)
    surrogate = surrogate_kind(X)
    real, surrogates = [], []
    for _ in range(n_trainings):
        table, sources = with_surrogates(X, surrogate, rng, per_input=per_input)
        found = importances(table, y, rng)
        real.append(found[:N_INPUTS])
        surrogates.append(found[N_INPUTS:])
    test = surrogate_test(real, surrogates, None if pooled else sources)
    return test["passes"].to_numpy(), test["floor"].to_numpy(), surrogate == "phases"


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    options = parser.parse_args()
    print(
        "| inputs | trainings x surrogates of each input | compared with | inputs without effect "
        "that pass | the worst of them | power | floor | phases | s a record |\n"
        "| --- " + "| --- " * 8 + "|"
    )
    for kind in options.kinds:
        for n_trainings, per_input, pooled in ((5, 1, True), (5, 4, False), (3, 7, False)):
            begin = time.perf_counter()
            found = [
                passes(kind, n_trainings, per_input, pooled, seed)
                for seed in range(options.records)
            ]
            seconds = (time.perf_counter() - begin) / options.records
            share, floor, phases = (np.mean([f[i] for f in found], axis=0) for i in range(3))
            print(
                f"| {kind} | {n_trainings} x {per_input} | {'all' if pooled else 'its own'} | "
                f"{share[1:].mean():.3f} | {share[1:].max():.3f} | {share[0]:.2f} | "
                f"{floor.mean():.2f} | {phases:.2f} | {seconds:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
