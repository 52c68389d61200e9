"""Measure trainings in fresh processes, one at a time.

The script of a library hands its training to `train_once`; `measure` starts that script anew for
every training, since threads and processor cores are those that a process was started with.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from training_work import WARM_UP_EPOCHS, TrainingWork

FOLDER = Path(__file__).parent
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


@dataclass(frozen=True)
class Peer:
    """A library that trains: its name in the table, its script and what the script needs.

    Each of `settings` is tried with each number of `threads`; the fastest is measured.
    """

    label: str
    script: str
    packages: tuple
    settings: tuple = ({},)
    threads: tuple = (1, 2)

    def versions(self):
        """Return the versions of the packages, None where one is not installed."""
        try:
            return {package: version(package) for package in self.packages}
        except PackageNotFoundError:
            return None


@dataclass
class EpochClock:
    """Elapsed and processor seconds and mean losses of epochs, the first from the start on."""

    seconds: list = field(default_factory=list)
    cpu_seconds: list = field(default_factory=list)
    losses: list = field(default_factory=list)
    begun: tuple = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def begin(self):
        """Begin an epoch; a first one has already begun, with all that precedes it."""
        if self.seconds:
            self.begun = time.perf_counter(), time.process_time()

    def end(self, loss):
        """End an epoch."""
        self.seconds.append(time.perf_counter() - self.begun[0])
        self.cpu_seconds.append(time.process_time() - self.begun[1])
        self.losses.append(float(loss))


def train_once(train):
    """Train as the command line asks for and write what was found to the file that it names.

    ``train(work, n_epochs, threads, **setting)`` returns an `EpochClock` of every epoch.
    """
    order, answer = json.loads(sys.argv[1]), Path(sys.argv[2])
    work = TrainingWork(**order["work"])
    clock = train(work, order["n_epochs"], order["threads"], **order["setting"])
    if len(clock.seconds) != order["n_epochs"]:
        raise RuntimeError(f"{len(clock.seconds)} epochs were timed, not {order['n_epochs']}")
    found = {
        "threads": order["threads"],
        "setting": order["setting"],
        "warm_up_seconds": clock.seconds[:WARM_UP_EPOCHS],
        "seconds": clock.seconds[WARM_UP_EPOCHS:],
        "cpu_seconds": clock.cpu_seconds[WARM_UP_EPOCHS:],
        "losses": clock.losses,
        "peak_memory_mb": _peak_memory_mb(),
    }
    answer.write_text(json.dumps(found))


def measure(peer, work, n_timed, threads, setting, timeout=None):
    """Return what a training in a fresh process found: so many epochs after those of warm-up."""
    order = {
        "work": work.as_dict(),
        "n_epochs": WARM_UP_EPOCHS + n_timed,
        "threads": threads,
        "setting": setting,
    }
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, str(FOLDER / peer.script), json.dumps(order), str(answer)]
        with _on_cores(threads):
            subprocess.run(
                command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=timeout
            )
        return json.loads(answer.read_text())


def command():
    """Return the command that the figures of a script come from."""
    if not sys.argv[1:]:
        return "tox run -e bench"
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def machine():
    """Return the processor and its number of cores: ratios hold on one machine."""
    cpuinfo = Path("/proc/cpuinfo")
    names = []
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else platform.processor() or platform.machine()
    return {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version()}


@contextmanager
def _on_cores(n_cores):
    """Let what is started here run on so many cores: not every library asks how many it may."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[-n_cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


def _peak_memory_mb():
    """Return the highest memory that this process had, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
