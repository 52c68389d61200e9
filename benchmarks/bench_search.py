"""What a sweep costs beside its trainings, and what a second worker brings.

Run ``python benchmarks/bench_search.py`` on a machine with two idle cores; it takes about
eight minutes and prints a Markdown table of medians. Nothing is asserted: the figures are
for reading.
"""

import platform
import statistics
import tempfile
import time

import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs

REPEATS = 3


def record(n_rows):
    """Return a record of white inputs and friction that remembers ten rows."""
    X = np.random.default_rng(0).normal(size=(n_rows, 5))
    return with_runs(X), 0.6 + 0.05 * np.convolve(X[:, 0], np.ones(10) / 10)[:n_rows]


def search(lengths, n_repeats, *, max_epochs, **options):
    """Return a sweep of the default network."""
    model = make_pipeline(
        SlidingWindowTransformer(),
        GRUFrictionRegressor(max_epochs=max_epochs, device="cpu", purge=0),
    )
    return WindowLengthSearchCV(
        model, lengths, n_repeats=n_repeats, random_state=0, refit=False, **options
    )


def seconds_of(function):
    """Return how long a call takes."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def speed_up(X, y):
    """Return trainings per time of two workers over those of one."""
    search([20], 2, max_epochs=1, n_jobs=2).fit(X, y)  # The workers start only once.
    alone, beside = (search([40], 8, max_epochs=4, n_jobs=n_jobs) for n_jobs in (1, 2))
    return seconds_of(lambda: alone.fit(X, y)) / seconds_of(lambda: beside.fit(X, y))


def overhead(X, y):
    """Return the share of the sweep's time that is no training, and a training's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        sweep = search([60], 3, max_epochs=6, memory=folder)
        whole = seconds_of(lambda: sweep.fit(X, y))
    trained = sweep.results_["fit_time"]
    return 1 - trained.sum() / whole, trained.mean()


def seconds_of_resuming(X, y):
    """Return how long a sweep of 200 stored trainings takes to answer."""
    lengths = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    with tempfile.TemporaryDirectory() as folder:
        search(lengths, 20, max_epochs=1, n_jobs=2, memory=folder).fit(X, y)
        again = search(lengths, 20, max_epochs=1, n_jobs=2, memory=folder)
        seconds = seconds_of(lambda: again.fit(X, y))
    if again.n_trained_:
        raise RuntimeError(f"{again.n_trained_} trainings were not found in the store")
    return seconds


def main():
    """Measure and print."""
    X, y = record(2000)
    speeds = [speed_up(X, y) for _ in range(REPEATS)]
    shares, seconds = zip(*[overhead(X, y) for _ in range(REPEATS)], strict=True)
    X, y = record(500)
    resumed = [seconds_of_resuming(X, y) for _ in range(REPEATS)]
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print("| what | goal | median | lowest | highest |")
    print("| --- | --- | --- | --- | --- |")
    for what, goal, values, digits in (
        ("two workers, trainings per time of one", "at least 1.8", speeds, 2),
        (
            f"no training [% of a sweep of {statistics.mean(seconds):.0f} s trainings]",
            "under 2",
            [100 * share for share in shares],
            2,
        ),
        ("200 stored trainings, until the answer [s]", "under 5", resumed, 2),
    ):
        shown = [f"{pick(values):.{digits}f}" for pick in (statistics.median, min, max)]
        print(f"| {what} | {goal} | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
