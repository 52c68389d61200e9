"""Torch's global generator, lent out seeded and put back."""

import threading
from contextlib import contextmanager

import torch

# Forked global generators of two threads restore each other's state, so they take turns.
_TURNS = threading.RLock()


@contextmanager
def seeded_global_generator(seed, device):
    """Seed torch's global generators for a while and put their state back.

    A module of the user's own draws its weights and dropout masks from them. Threads of
    one process take turns.
    """
    devices = [device] if device.type == "cuda" else []
    with _TURNS, torch.random.fork_rng(devices=devices):
        torch.random.default_generator.manual_seed(seed)
        for forked in devices:
            with torch.cuda.device(forked):
                torch.cuda.manual_seed(seed)
        yield
