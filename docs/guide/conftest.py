"""The guide's code runs as doctests: each page in a folder of its own, since some write files."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

import matplotlib.pyplot as plt
import pytest
import torch

# Test processes with several threads each slow one another down many times over.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")
