"""Torch's global generator, seeded in a block and restored."""

import threading
from contextlib import contextmanager

import torch

# Forked global generators of two threads restore each other's state, so they take turns.
_TURNS = threading.RLock()


@contextmanager
def seeded_global_generator(seed, device):
    """Seed torch's global generators in a block and restore their state afterwards.

    Custom modules draw their weights and dropout masks from them. Threads of one process run
    such blocks one at a time.
    """
    devices = [device] if device.type == "cuda" else []
    with _TURNS, torch.random.fork_rng(devices=devices):
        torch.random.default_generator.manual_seed(seed)
        for forked in devices:
            with torch.cuda.device(forked):
                torch.cuda.manual_seed(seed)
        yield
