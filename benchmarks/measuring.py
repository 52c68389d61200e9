"""Measure trainings in fresh processes, one at a time, and keep what was found as JSON.

A script describes its library as a `Peer` and hands it to `main`, which starts the script anew
for every training: threads and processor cores are those that the process was born with.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path

from training_work import HIDDEN_SIZES, TIMED_EPOCHS, WARM_UP_EPOCHS, TrainingWork

RESULTS = Path(__file__).parent / "results"
TRIAL_EPOCHS = 2
"""Timed epochs of a trial, of which the faster one counts: a disturbed one says nothing."""
TRIAL_PATIENCE, TRIAL_SLACK_SECONDS = 2, 60
"""A setting may take so many times as long as the fastest before it, and so long for compiling."""
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


@dataclass(frozen=True)
class Peer:
    """A library that trains.

    ``train(work, n_epochs, threads, **setting)`` returns an `EpochClock` that has seen every
    epoch. Each of `settings` is tried with each number of `threads`; the fastest is measured.
    `note` says how its network differs where it is not that of the work description.
    """

    name: str
    packages: tuple
    train: Callable
    settings: tuple = ({},)
    threads: tuple = (1, 2)
    same_task: bool = True
    note: str = ""


@dataclass
class EpochClock:
    """Seconds and mean losses of epochs, the first from the making of the clock on."""

    seconds: list = field(default_factory=list)
    losses: list = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)

    def begin(self):
        """Begin an epoch; a first one has already begun, with all that precedes it."""
        if self.seconds:
            self.begun = time.perf_counter()

    def end(self, loss):
        """End an epoch."""
        self.seconds.append(time.perf_counter() - self.begun)
        self.losses.append(float(loss))


def main(*peers):
    """Measure the peers of a script, or train once where a measurement has asked for it.

    Returns
    -------
    bool
        Whether results were measured and kept.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, printed and not kept: to try it out"
    )
    parser.add_argument("--train-once", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train_once:
        order, answer = options.train_once
        _train_once({peer.name: peer for peer in peers}, json.loads(order), Path(answer))
        return False
    for peer in peers:
        found = _measure(peer, options.quick)
        if options.quick:
            print(json.dumps(found, indent=1))
        else:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{peer.name}.json").write_text(json.dumps(found, indent=1) + "\n")
    return not options.quick


def machine():
    """Return what ratios may not be taken across."""
    cpuinfo = Path("/proc/cpuinfo")
    names = []
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else platform.processor() or platform.machine()
    return {"cpu": cpu, "cores": os.cpu_count()}


def _measure(peer, quick):
    found = {
        "peer": peer.name,
        "same_task": peer.same_task,
        "note": peer.note,
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "versions": {"Python": platform.python_version()}
        | {package: version(package) for package in peer.packages},
        "machine": machine(),
        "load_before": os.getloadavg(),
        "results": [],
    }
    for hidden_size in HIDDEN_SIZES:
        work = TrainingWork(hidden_size=hidden_size)
        work = work.shrunk() if quick else work
        trials = _try_settings(peer, work)
        best = min(trials, key=lambda trial: min(trial.get("seconds", [math.inf])))
        full = _in_a_fresh_process(peer, work, TIMED_EPOCHS, best["threads"], best["setting"])
        found["results"].append({"work": work.as_dict(), **full, "trials": trials})
        print(
            f"{peer.name}, hidden {hidden_size}: {statistics.median(full['seconds']):.2f} s "
            f"an epoch, {best['threads']} threads, {best['setting'] or 'as it comes'}",
            file=sys.stderr,
        )
    found["load_after"] = os.getloadavg()
    return found


def _try_settings(peer, work):
    """Return a short training per setting; those that take hopelessly long are given up."""
    trials, patience = [], None
    for setting, threads in product(peer.settings, peer.threads):
        begin = time.perf_counter()
        try:
            trial = _in_a_fresh_process(peer, work, TRIAL_EPOCHS, threads, setting, patience)
        except subprocess.TimeoutExpired:
            trial = {"threads": threads, "setting": setting, "given_up_after_seconds": patience}
        else:
            whole = TRIAL_SLACK_SECONDS + TRIAL_PATIENCE * (time.perf_counter() - begin)
            patience = min(patience or whole, whole)
        trials.append(trial)
    return trials


def _in_a_fresh_process(peer, work, n_timed, threads, setting, timeout=None):
    order = {
        "peer": peer.name,
        "work": work.as_dict(),
        "n_epochs": WARM_UP_EPOCHS + n_timed,
        "threads": threads,
        "setting": setting,
    }
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, sys.argv[0], "--train-once", json.dumps(order), str(answer)]
        with _on_cores(threads):
            subprocess.run(
                command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=timeout
            )
        return json.loads(answer.read_text())


@contextmanager
def _on_cores(n_cores):
    """Let what is started here run on so many cores: not every library asks how many it may."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[-n_cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


def _train_once(peers, order, answer):
    threads, setting = order["threads"], order["setting"]
    work = TrainingWork(**order["work"])
    clock = peers[order["peer"]].train(work, order["n_epochs"], threads, **setting)
    if len(clock.seconds) != order["n_epochs"]:
        raise RuntimeError(f"{len(clock.seconds)} epochs were timed, not {order['n_epochs']}")
    found = {
        "threads": threads,
        "setting": setting,
        "warm_up_seconds": clock.seconds[:WARM_UP_EPOCHS],
        "seconds": clock.seconds[WARM_UP_EPOCHS:],
        "losses": clock.losses,
        "peak_memory_mb": _peak_memory_mb(),
    }
    answer.write_text(json.dumps(found))


def _peak_memory_mb():
    """Return the highest memory that this process had, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
