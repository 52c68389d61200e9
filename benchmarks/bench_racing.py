"""How many epochs a race for the recommended window length saves, and whether its answer differs.

``python benchmarks/bench_racing.py`` sweeps eleven window lengths, as many as the published
protocol with a window of one row, 20 repeats of 25 epochs each, over short versions of three
records with a small network, without elimination: ten seeds of each, about 35 s of one core per
sweep. The learning curves and predictions are stored in ``benchmarks/results/racing``, and what is
there is not trained again. The race is then replayed on the stored curves, by the code that runs
it, for several error rates, with and without stopped trainings. ``--check 1`` also runs the real
raced search for the first seed of each record and compares its repeats and epochs with the replay.
Networks that were trained together differ by rounding from single ones. Prints a Markdown table.
"""

import argparse
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.datasets import (
    make_friction_experiment,
    make_memory_regression,
    make_velocity_steps,
)
from sklearn_frictiongru.model_selection import (
    RunHoldout,
    TrainingResult,
    WindowLengthSearchCV,
    _train_together,
    compare_window_lengths,
)
from sklearn_frictiongru.model_selection._racing import run_race
from sklearn_frictiongru.model_selection._train_once import within_limits
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._training._checkpoint import EPOCHS_BETWEEN
from sklearn_frictiongru.preprocessing import Runs, SlidingWindowTransformer
from sklearn_frictiongru.study._named_records import VELOCITY_STEPS
from sklearn_frictiongru.study._split import split_rows
from sklearn_frictiongru.study._undecided import shortest_undecided
from sklearn_frictiongru.study._verdict import ScoredRows, verdict_of

LENGTHS = [1, *range(2, 21, 2)]
N_REPEATS, N_EPOCHS = 20, 25
RECORDS = ("velocity_steps", "experiment", "memory")
ERROR_RATES = (0.05, 0.1, 0.2)
RESULTS = Path(__file__).parent / "results" / "racing"


def record(kind, seed):
    """Return 1,000 rows of a record: with the memory of the named one, in fewer rows."""
    if kind == "velocity_steps":
        # Every 24 s instead of 4 s: it forgets within 8 rows.
        steps = make_velocity_steps(
            **{**VELOCITY_STEPS, "duration": 24000, "sampling_interval": 24, "random_state": seed}
        )
        return np.log10(steps.data), steps.target
    if kind == "experiment":
        experiment = make_friction_experiment(duration=1000, random_state=seed)
        return experiment.data, experiment.target
    return make_memory_regression(1000, memory=6, noise=0.1, random_state=seed)[:2]


def holdout():
    """Return the split, not purged, as in the preset "paper"."""
    return RunHoldout(window_length=max(LENGTHS), purge=0)


def search(kind, seed, **options):
    """Sweep the window lengths; return the record and the finished search."""
    X, y = record(kind, seed)
    network = GRUFrictionRegressor(
        conv_channels=8,
        hidden_size=8,
        n_gru_layers=1,
        lr=0.02,
        batch_size=100,
        max_epochs=N_EPOCHS,
        validation=holdout(),
        purge=0,
        device="cpu",
    )
    sweep = WindowLengthSearchCV(
        Pipeline([("window", SlidingWindowTransformer()), ("gru", network)]),
        LENGTHS,
        n_repeats=N_REPEATS,
        random_state=seed,
        keep_estimators="all",
        n_jobs=1,
        **options,
    )
    return X, sweep.fit(X, y)


def full_sweep(kind, seed):
    """Return the curves and predictions of a sweep without elimination, stored or new."""
    path = RESULTS / f"{kind}_{seed}.npz"
    if not path.exists():
        # Networks this small are faster together, also on a CPU.
        together, _train_together.STACK_ON = _train_together.STACK_ON, {"cpu"}
        try:
            X, sweep = search(kind, seed)
        finally:
            _train_together.STACK_ON = together
        curves = sweep.learning_curves_.sort_values(["rows", "repeat", "epoch"])
        curves = curves["validation_loss"].to_numpy().reshape(len(LENGTHS), N_REPEATS, N_EPOCHS)
        models = sweep.estimators_by_length_
        predicted = [[model.predict(X) for model in models[length]] for length in LENGTHS]
        RESULTS.mkdir(parents=True, exist_ok=True)
        np.savez(path, curves=curves, pred=np.array(predicted, dtype=np.float32))
    stored = np.load(path)
    return stored["curves"], stored["pred"]


class Replayed:
    """Trainings whose curves are known, for `run_race`."""

    def __init__(self, curves, stops):
        self.results = [None] * (curves.shape[0] * curves.shape[1])
        self.stops = stops
        self.whole = [
            TrainingResult(
                {"score": curve.min()},
                history=pd.DataFrame({"validation_loss": curve}),
                n_epochs=len(curve),
            )
            for curve in curves.reshape(-1, curves.shape[2])
        ]
        self.limits = {}
        # What was trained, also if it counts as stopped earlier, or is given up.
        self.epochs = np.zeros(len(self.whole), dtype=int)

    def run(self, numbers):
        """Run some trainings, as far as their limits allow."""
        for i in numbers:
            if self.results[i] is None:
                self.results[i] = within_limits(self.whole[i], self.limits.get(i))
                self.epochs[i] = self.results[i].n_epochs

    def limit(self, numbers, limits):
        """Give trainings limits."""
        if self.stops:
            self.limits.update(dict.fromkeys(numbers, limits))
            for i in numbers:
                if self.results[i] is not None:
                    self.results[i] = within_limits(self.whole[i], limits)

    def run_whole(self, numbers):
        """Run some trainings to their end; what was stopped goes on from its last checkpoint."""
        for i in numbers:
            self.results[i] = whole = self.whole[i]
            stopped = self.epochs[i] < whole.n_epochs
            self.epochs[i] = whole.n_epochs + stopped * (self.epochs[i] % EPOCHS_BETWEEN)

    def leave_out(self, numbers):
        """Count nothing."""

    def forget_stopped(self):
        """Keep nothing."""

    def is_whole(self):
        """Return which trainings ran to their end, of each length and repeat."""
        whole = [r is not None and r.status == "finished" for r in self.results]
        return np.reshape(whole, (-1, N_REPEATS))

    def n_epochs(self):
        """Return the epochs of all trainings."""
        return int(self.epochs.sum())


@dataclass(frozen=True)
class Answer:
    """What a sweep says: the recommended length, the verdict, and whether history matters."""

    recommended: int
    verdict: str
    history: str


class Sweep:
    """A sweep whose trainings are known, as the study sees it."""

    def __init__(self, kind, seed):
        self.curves, self.predicted = full_sweep(kind, seed)
        X, y = record(kind, seed)
        parts = split_rows(
            X, y, Runs.of(X), holdout(), GRUFrictionRegressor(purge=0, validation=holdout())
        )
        codes = np.zeros(len(X), dtype=int)
        self.rows = ScoredRows(np.asarray(y, dtype=float), parts, codes, max(LENGTHS))

    def compared(self, whole, given_up=()):
        """Compare the window lengths by the trainings that ran to their end."""
        losses = np.where(whole, self.curves.min(axis=2), np.nan)
        predicted = np.where(whole[:, :, None], self.predicted, np.nan)
        return compare_window_lengths(
            dict(zip(LENGTHS, losses, strict=True)),
            dict(zip(LENGTHS, predicted, strict=True)),
            self.rows.measured,
            self.rows.baselines(),
            block_length=max(LENGTHS),
            scored=self.rows.numbers("test"),
            given_up=[LENGTHS[candidate] for candidate in given_up],
        )

    def answer(self, whole=None, given_up=()):
        """Return the answer from the trainings that ran to their end; from all if None."""
        if whole is None:
            whole = np.ones(self.curves.shape[:2], dtype=bool)
        compared = self.compared(whole, given_up)
        best = LENGTHS.index(compared.best_window_length)
        models = self.predicted[best][whole[best]]
        tests = {part: self.rows.test(part, models) for part in ("validation", "test")}
        return Answer(
            compared.recommended_window_length, verdict_of(tests), compared.history.verdict
        )

    def raced(self, error_rate, stops=True):
        """Replay a race; return its trainings and its answer."""
        trainings = Replayed(self.curves, stops)

        def reconsider(given_up, not_better):
            compared = self.compared(trainings.is_whole(), given_up)
            lengths = [LENGTHS[candidate] for candidate in not_better]
            length = shortest_undecided(compared, lengths)
            return None if length is None else LENGTHS.index(length)

        given_up = run_race(trainings, LENGTHS, N_REPEATS, error_rate, reconsider)
        return trainings, self.answer(trainings.is_whole(), given_up)


def check(kind, seed, error_rate):
    """Run the real raced search; return its repeats of each length and epochs, and the replay's.

    Both without the test on test rows, which the study adds.
    """
    trainings = Replayed(full_sweep(kind, seed)[0], True)
    run_race(trainings, LENGTHS, N_REPEATS, error_rate)
    replayed = np.reshape([0 if r is None else r.n_epochs for r in trainings.results], (-1, 20))
    _, race = search(kind, seed, elimination_alpha=error_rate, elimination_goal="recommended")
    real = race.results_["n_epochs"].to_numpy().reshape(-1, N_REPEATS)
    return [((epochs > 0).sum(axis=1).tolist(), int(epochs.sum())) for epochs in (real, replayed)]


def main():
    """Sweep, replay and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="(default: 10)")
    parser.add_argument("--check", type=int, default=0, help="seeds to run the real race for")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.process_time()
    settings = [(rate, stops) for rate in ERROR_RATES for stops in (True, False)]
    found = {(kind, setting): [] for kind in RECORDS for setting in settings}
    for seed in range(options.seeds):
        for kind in RECORDS:
            sweep = Sweep(kind, seed)
            full = sweep.answer()
            for setting in settings:
                trainings, answer = sweep.raced(*setting)
                share = trainings.n_epochs() / sweep.curves.size
                differs = [getattr(full, name) != getattr(answer, name) for name in vars(full)]
                found[kind, setting].append((share, *differs))
    print(
        "| record | error rate | trainings stopped | share of the epochs, mean (range) | "
        "other length | other verdict | other answer on history |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    for (kind, (rate, stops)), rows in found.items():
        shares, *differs = np.array(rows, dtype=float).T
        counts = " | ".join(f"{int(each.sum())} of {len(rows)}" for each in differs)
        print(
            f"| {kind} | {rate:g} | {'yes' if stops else 'no'} | {shares.mean():.2f} "
            f"({shares.min():.2f}-{shares.max():.2f}) | {counts} |"
        )
    for seed in range(options.check):
        for kind in RECORDS:
            for name, found in zip(("real", "replayed"), check(kind, seed, 0.1), strict=True):
                print(f"{kind}, seed {seed}, {name}: repeats {found[0]}, epochs {found[1]}")
    print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
