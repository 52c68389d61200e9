"""Worker processes that do not outlive the process that started them."""

import contextlib
import os
import socket
import threading
import time

from joblib import Parallel
from joblib.parallel import get_active_backend

SECONDS_BETWEEN_LOOKS = 0.5

_watched: set[tuple[str, int]] = set()


def worker_pool(n_jobs, n_tasks, **options):
    """Return a joblib.Parallel with no more workers than tasks, which end with this process."""
    backend, default_n_jobs = get_active_backend()
    if n_jobs is None:
        n_jobs = default_n_jobs
    if type(backend).__name__ == "LokyBackend" and n_jobs != 1:
        n_jobs = max(1, min(backend.effective_n_jobs(n_jobs), n_tasks))
        # Also for the workers that never get a task. An older joblib does not take it.
        with contextlib.suppress(TypeError):
            return Parallel(
                n_jobs, initializer=end_with_parent, initargs=(this_process(),), **options
            )
    return Parallel(n_jobs, **options)


def this_process():
    """Return what a worker has to know of the process that started it."""
    return socket.gethostname(), os.getpid()


def end_with_parent(parent):
    """End this process within seconds if the one that started it ends, however that is killed."""
    host, pid = parent
    # A worker of a cluster has another parent, which looks after it.
    if parent in _watched or host != socket.gethostname() or pid == os.getpid():
        return
    if os.name == "posix" and os.getppid() != pid:
        return
    _watched.add(parent)
    wait = _wait_on_windows if os.name == "nt" else _wait_for_another_parent
    threading.Thread(target=_exit_after, args=(wait, pid), daemon=True).start()


def _exit_after(wait, pid):
    wait(pid)
    # Nobody is left to get a result, and a training does not look at signals for minutes.
    os._exit(1)


def _wait_for_another_parent(pid):
    """Wait until this process has been handed over to init."""
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
