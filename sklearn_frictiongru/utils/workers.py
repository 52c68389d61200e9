"""Worker processes that do not outlive the process that started them."""

import contextlib
import os
import socket
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib.parallel import get_active_backend

SECONDS_BETWEEN_LOOKS = 0.5

KILLED = "a worker process was killed, most likely for lack of memory"

KILLED_ELSEWHERE = {
    ("distributed", "KilledWorker"),
    ("ray", "ActorDiedError"),
    ("ray", "OutOfMemoryError"),
    ("ray", "RayActorError"),
    ("ray", "WorkerCrashedError"),
}
"""The exceptions of optional joblib backends."""

_watched: set[tuple[str, int]] = set()


class WorkerKilledError(RuntimeError):
    """The system has ended worker processes, and the remaining work could not be done.

    See Also
    --------
    run_trainings : Raises it.

    Examples
    --------
    >>> from sklearn_frictiongru.model_selection import WorkerKilledError
    >>> issubclass(WorkerKilledError, RuntimeError)
    True
    """


def side_by_side(n_jobs, function, arguments):
    """Return the results of a function for several arguments, called in parallel."""
    calls = [delayed(_watched_call)(this_process(), function, *each) for each in arguments]
    return list(results_of_calls(n_jobs, calls, len(calls)))


def results_of_calls(n_jobs, calls, n_calls, *, ordered=True, **options):
    """Yield the results of parallel calls as they finish, or in order."""
    try:
        yield from _results_of_calls(n_jobs, calls, n_calls, ordered, **options)
    except Exception as error:
        place = type(error).__module__.partition(".")[0], type(error).__name__
        if isinstance(error, BrokenProcessPool) or place in KILLED_ELSEWHERE:
            raise WorkerKilledError(f"{KILLED}. Use fewer jobs or a smaller batch_size.") from error
        raise


def _results_of_calls(n_jobs, calls, n_calls, ordered, **options):
    backend, _ = _active_backend()
    if getattr(backend, "supports_return_generator", False):
        options["return_as"] = "generator" if ordered else "generator_unordered"
        yield from worker_pool(n_jobs, n_calls, **options)(calls)
        return
    # Such a backend returns lists. With short lists little is lost when the process is killed.
    with worker_pool(n_jobs, n_calls, **options) as parallel:
        calls, size = iter(calls), 2 * effective_n_jobs(n_jobs)
        while some := list(islice(calls, size)):
            yield from parallel(some)


def _watched_call(parent, function, *arguments):
    end_with_parent(parent)
    return function(*arguments)


def worker_pool(n_jobs, n_tasks, **options):
    """Return a joblib.Parallel with at most one worker per task; they end with this process."""
    backend, default_n_jobs = _active_backend()
    if type(backend).__name__ == "LokyBackend":
        options["backend"] = "loky"
    # Tables of more than 10 kB are mapped into the workers' memory, not sent each time. The same
    # options everywhere, since workers of others are ended and new ones started.
    options = {"max_nbytes": "10K", **options}
    if n_jobs is None:
        n_jobs = default_n_jobs
    if type(backend).__name__ == "LokyBackend" and n_jobs != 1:
        n_jobs = max(1, min(backend.effective_n_jobs(n_jobs), n_tasks))
        # Also for workers that never get a task. Older versions of joblib do not accept it.
        with contextlib.suppress(TypeError):
            return Parallel(
                n_jobs, initializer=end_with_parent, initargs=(this_process(),), **options
            )
    return Parallel(n_jobs, **options)


def _active_backend():
    """Return the joblib backend to use, and its number of jobs."""
    backend, n_jobs = get_active_backend()
    # joblib's own pool of processes waits forever for a worker that was killed.
    if type(backend).__name__ == "MultiprocessingBackend":
        with parallel_config(backend="loky", n_jobs=n_jobs):
            return get_active_backend()
    return backend, n_jobs


def this_process():
    """Return what a worker has to know about the process that started it."""
    return socket.gethostname(), os.getpid()


def end_with_parent(parent):
    """End this process within seconds after the one that started it has ended or was killed."""
    host, pid = parent
    # A worker of a cluster has another parent, which manages it.
    if parent in _watched or host != socket.gethostname() or pid == os.getpid():
        return
    if os.name == "posix" and os.getppid() != pid:
        return
    _watched.add(parent)
    wait = _wait_on_windows if os.name == "nt" else _wait_for_another_parent
    threading.Thread(target=_exit_after, args=(wait, pid), daemon=True).start()


def _exit_after(wait, pid):
    wait(pid)
    # Nobody is waiting for a result, and a training may not check signals for minutes.
    os._exit(1)


def _wait_for_another_parent(pid):
    """Wait until init has become the parent of this process."""
    while os.getppid() == pid:
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _wait_on_windows(pid):
    """Wait until a process has ended."""
    import ctypes

    synchronize, forever = 0x00100000, 0xFFFFFFFF
    kernel = ctypes.windll.kernel32
    handle = kernel.OpenProcess(synchronize, False, pid)
    if handle:
        kernel.WaitForSingleObject(handle, forever)
