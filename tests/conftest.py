"""What every test runs under: no window system, one torch thread."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

import torch

# Test processes with several threads each slow one another down many times over.
torch.set_num_threads(1)
