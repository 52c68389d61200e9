"""Threads and torch's settings for a training, set in a block and restored."""

import os
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar

import torch

from sklearn_frictiongru.neural_network._layers._kernels._memory import reused_memory

_SIDE_THREADS: ContextVar[tuple] = ContextVar(
    "pool of threads in addition to the calling one, their number, and the process"
)


@contextmanager
def flushed_threads():
    """Run torch on one thread with denormal numbers flushed to zero.

    One thread gives the same sums in every process, and small recurrent networks gain
    nothing from more of torch's. The fast passes, whose sums do not depend on it, may run
    on as many threads as torch had before. Gradients fade over hundreds of steps into
    denormal numbers, which the processor handles several times slower than zeros. The
    settings belong to the calling thread; they are put back at the end, also after an
    exception. The memory of one batch serves the next. A block within another joins it.
    """
    threads, flushed = torch.get_num_threads(), denormals_are_flushed()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        with reused_memory(), _side_threads(threads - 1):
            yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(threads)


@contextmanager
def _side_threads(count):
    """Keep `count` additional threads, unless an enclosing block has them."""
    if count == 0 or _SIDE_THREADS.get(None) is not None:
        yield
        return
    # Threads are started when they are first given something to do.
    with ThreadPoolExecutor(count, initializer=torch.set_flush_denormal, initargs=(True,)) as pool:
        token = _SIDE_THREADS.set((pool, count, os.getpid()))
        try:
            yield
        finally:
            _SIDE_THREADS.reset(token)


def available_threads():
    """Return on how many threads `side_by_side` runs."""
    _, count = _pool()
    return count + 1


def _pool():
    """Return the pool of additional threads, or None, and their number."""
    pool, count, process = _SIDE_THREADS.get((None, 0, None))
    # A forked process inherits the pool and none of its threads.
    return (pool, count) if process == os.getpid() else (None, 0)


def side_by_side(function, parts):
    """Call a function for several parts at once, the first on the calling thread."""
    own, *others = parts
    if not others:
        function(*own)
        return
    pool, _ = _pool()
    calls, here = [], [own]
    for part in others:
        try:
            calls.append(pool.submit(function, *part))
        except RuntimeError:
            # No thread begins while a program ends, nor in a task that has outlived its block.
            here.append(part)
    try:
        for part in here:
            function(*part)
    finally:
        # What they write into must not be gone before they are done.
        wait(calls)
    for call in calls:
        call.result()


def denormals_are_flushed():
    """Return whether the calling thread flushes denormal numbers to zero."""
    smallest = torch.full((1,), torch.finfo(torch.float64).tiny, dtype=torch.float64)
    return (smallest / 2).item() == 0.0
