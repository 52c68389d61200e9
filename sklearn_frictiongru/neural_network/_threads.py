"""Torch's settings for one fast thread, set for a while and put back."""

from contextlib import contextmanager

import torch

from sklearn_frictiongru.neural_network._memory import reused_memory


@contextmanager
def one_flushed_thread():
    """Run torch on one thread with denormal numbers flushed to zero.

    One thread gives the same sums in every process, and small recurrent networks gain
    nothing from more. Gradients fade over hundreds of steps into denormal numbers, which
    the processor handles several times slower than zeros. Both settings belong to the
    calling thread; both are put back at the end, also after an exception. The memory of
    one batch serves the next.

    Yields
    ------
    None
    """
    threads, flushed = torch.get_num_threads(), denormals_are_flushed()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        with reused_memory():
            yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(threads)


def denormals_are_flushed():
    """Tell whether the calling thread flushes denormal numbers to zero.

    Returns
    -------
    bool
        The setting, found by making such a number: torch has no way to ask for it.
    """
    smallest = torch.full((1,), torch.finfo(torch.float64).tiny, dtype=torch.float64)
    return (smallest / 2).item() == 0.0
