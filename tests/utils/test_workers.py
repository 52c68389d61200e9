"""Worker processes end with the one that started them, and are no more than the tasks."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pytest
from joblib.parallel import ThreadingBackend

import sklearn_frictiongru
from sklearn_frictiongru.utils.workers import (
    WorkerKilledError,
    end_with_parent,
    results_of_calls,
    side_by_side,
    this_process,
    worker_pool,
)

SECONDS = 5.0

PARENT = """
import os, sys, time
from joblib import delayed
from sklearn_frictiongru.utils.workers import end_with_parent, this_process, worker_pool

def work(parent, folder):
    end_with_parent(parent)
    open(os.path.join(folder, str(os.getpid())), "w").close()
    time.sleep(600)

if __name__ == "__main__":
    worker_pool({n_jobs}, {n_tasks})(
        delayed(work)(this_process(), sys.argv[1]) for _ in range({n_tasks})
    )
"""


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # What nobody has waited for is still there, but no longer runs.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def start_parent(folder, n_jobs, n_tasks):
    """Start a process with workers, and return it with their ids."""
    script = folder / "parent.py"
    script.write_text(PARENT.format(n_jobs=n_jobs, n_tasks=n_tasks))
    workers = folder / "workers"
    workers.mkdir()
    root = str(Path(sklearn_frictiongru.__file__).parents[1])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, str(script), str(workers)], env={**os.environ, "PYTHONPATH": path}
    )
    deadline = time.monotonic() + 120
    while len(os.listdir(workers)) < min(n_jobs, n_tasks) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    return process, [int(name) for name in os.listdir(workers)]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_workers_end_with_their_parent(tmp_path, name):
    process, workers = start_parent(tmp_path, n_jobs=2, n_tasks=2)
    assert len(workers) == 2
    assert all(map(is_running, workers))
    process.send_signal(getattr(signal, name))
    process.wait(60)
    deadline = time.monotonic() + SECONDS
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [pid for pid in workers if is_running(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def test_no_more_workers_than_tasks():
    assert worker_pool(6, 2).n_jobs == 2
    assert worker_pool(None, 9).n_jobs in (None, 1)
    with joblib.parallel_config(backend="threading"):
        assert worker_pool(6, 2).n_jobs == 6
    with joblib.parallel_config(n_jobs=5):
        assert worker_pool(None, 3).n_jobs == 3


def test_a_process_does_not_watch_itself_nor_those_it_does_not_come_from():
    threads = sys._current_frames().keys()
    end_with_parent(this_process())
    end_with_parent(("another host", os.getppid()))
    end_with_parent((this_process()[0], 1 if os.getppid() != 1 else 2))
    assert sys._current_frames().keys() <= threads


def killed_at(number, kills):
    if number == kills:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_worker_is_named():
    assert side_by_side(2, killed_at, [(number, None) for number in range(3)]) == [0, 1, 2]
    with pytest.raises(WorkerKilledError, match=r"was killed.* Use fewer jobs"):
        side_by_side(2, killed_at, [(number, 1) for number in range(3)])


class KilledWorker(Exception):
    """What dask raises, without dask."""

    __module__ = "distributed.scheduler"


def raise_as_dask():
    raise KilledWorker


def test_a_worker_that_another_backend_lost_is_named():
    with (
        joblib.parallel_config(backend="threading"),
        pytest.raises(WorkerKilledError, match="was killed"),
    ):
        side_by_side(2, raise_as_dask, [(), ()])


def test_results_come_before_all_calls_are_begun_without_a_generator():
    begun = []

    def calls():
        for number in range(20):
            begun.append(number)
            yield joblib.delayed(abs)(-number)

    class WithoutGenerator(ThreadingBackend):
        supports_return_generator = False

    joblib.register_parallel_backend("without_generator", WithoutGenerator)
    with joblib.parallel_config(backend="without_generator"):
        results = results_of_calls(2, calls(), 20, pre_dispatch="1.5*n_jobs")
        assert next(results) == 0
        assert begun == [0, 1, 2, 3]
        assert list(results) == list(range(1, 20))
