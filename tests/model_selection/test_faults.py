"""Two hundred faults, drawn at random: no wrong number, no crash without a cause, no orphan."""

import collections
import contextlib
import errno
import multiprocessing
import os
import shutil
import signal
import time
import warnings

import numpy as np
import pytest
import torch

from sklearn_frictiongru.model_selection import Task, run_trainings
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.utils import files

N_EACH = 25
X = np.random.default_rng(0).normal(size=(60, 2))
Y = 0.6 + 0.1 * X[:, 0]

LOSS = """
FACTOR = {factor}

def scaled(values):
    return {term} * values

class Loss(torch.nn.MSELoss):
    offset = {offset}

    def forward(self, predicted, measured):
        return FACTOR * scaled(super().forward(predicted, measured)) + self.offset
"""


def own_loss(factor=1.0, term=1.0, offset=0.0):
    namespace = {"torch": torch, "__name__": "loss_of_the_user"}
    exec(LOSS.format(factor=factor, term=term, offset=offset), namespace)
    return namespace["Loss"]


def tasks(n=3, **parameters):
    options = {
        "hidden_size": 2,
        "conv_channels": 2,
        "kernel_size": 2,
        "n_gru_layers": 1,
        "max_epochs": 6,
        "batch_size": 16,
        "lr": 0.02,
        "device": "cpu",
        "backend": "torch",
        **parameters,
    }
    return [Task(GRUFrictionRegressor(random_state=i, **options), X, Y, f"{i}") for i in range(n)]


def numbers(results):
    """Return all that a caller may look at."""
    return [
        (each.scores["score"], each.best_epoch, each.estimator.predict(X).tobytes())
        for each in results
    ]


def run(folder, **options):
    """Run the trainings; return their numbers and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = numbers(run_trainings(tasks(**options), memory=folder))
    return found, [str(each.message) for each in caught]


def in_child(folder):
    warnings.simplefilter("ignore")
    run_trainings(tasks(), memory=folder)


def start(folder):
    process = multiprocessing.get_context("fork").Process(target=in_child, args=(folder,))
    process.start()
    return process


def kill_after(processes, seconds):
    time.sleep(seconds)
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        process.join(60)
        assert not process.is_alive()


class Faults:
    """One method per kind of fault; each is given a folder in which all is stored."""

    def __init__(self, rng, expected, duration, full):
        self.rng = rng
        self.expected = expected
        self.duration = duration
        self.full = full

    def path(self, folder, suffix="training"):
        return self.rng.choice(sorted(folder.rglob(f"*.{suffix}")))

    def truncated(self, folder):
        path = self.path(folder)
        os.truncate(path, self.rng.integers(path.stat().st_size))

    def flipped(self, folder):
        path = self.path(folder)
        content = bytearray(path.read_bytes())
        content[self.rng.integers(len(content))] ^= 1 << self.rng.integers(8)
        path.write_bytes(content)

    def swapped(self, folder):
        one, other = self.rng.permutation(sorted(folder.rglob("*.training")))[:2]
        shutil.copy(one, other)

    def checkpoint_flipped(self, folder):
        path = self.path(folder)
        path.unlink()
        checkpoint = path.with_suffix(".checkpoint")
        shutil.copy(self.full / checkpoint.name, checkpoint)
        content = bytearray(checkpoint.read_bytes())
        content[self.rng.integers(len(content))] ^= 1 << self.rng.integers(8)
        checkpoint.write_bytes(content)

    def disk_full(self, folder):
        shutil.rmtree(folder)
        left = [self.rng.integers(8)]
        fsync = os.fsync

        def no_room(descriptor):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(descriptor)

        files.os = type("os", (), {**vars(os), "fsync": staticmethod(no_room)})
        try:
            found, said = run(folder)
        finally:
            files.os = os
        assert found == self.expected
        if left[0] < 0:
            assert any("No space left on device" in each and str(folder) in each for each in said)
        assert not list(folder.rglob("*.part"))

    def code_edited(self, folder):
        before, _ = run(folder, loss=own_loss())
        name = self.rng.choice(["factor", "term", "offset"])
        edited = own_loss(**{name: float(self.rng.uniform(2.0, 9.0))})
        after, _ = run(folder, loss=edited)
        assert after == run(None, loss=edited)[0]
        assert [each[0] for each in after] != [each[0] for each in before]

    def killed(self, folder):
        shutil.rmtree(folder)
        kill_after([start(folder)], self.rng.uniform(0, self.duration))

    def four_at_once(self, folder):
        shutil.rmtree(folder)
        processes = [start(folder) for _ in range(4)]
        kill_after(processes[: self.rng.integers(5)], self.rng.uniform(0, self.duration))
        for process in processes:
            process.join(120)
            assert not process.is_alive()
            assert process.exitcode in (0, -signal.SIGKILL)


KINDS = [name for name in vars(Faults) if not name.startswith("_") and name != "path"]


@pytest.mark.skipif(os.name != "posix", reason="kills forked processes")
@pytest.mark.filterwarnings("ignore")
def test_two_hundred_faults(tmp_path, capsys, monkeypatch):
    # Workers that earlier tests have left waiting.
    others = set(multiprocessing.active_children())
    expected, _ = run(None)
    full = tmp_path / "full"
    started = time.monotonic()
    assert run(full)[0] == expected
    duration = time.monotonic() - started
    # Checkpoints are removed with the trainings that left them.
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", lambda path, missing_ok=False: None)
        run(tmp_path / "with_checkpoints")
    for path in (tmp_path / "with_checkpoints").rglob("*.checkpoint"):
        shutil.copy(path, checkpoints)
    assert len(list(checkpoints.iterdir())) == 3
    rng = np.random.default_rng(20)
    faults = Faults(rng, expected, duration, checkpoints)
    table = collections.defaultdict(collections.Counter)
    for number, kind in enumerate(rng.permutation(np.repeat(KINDS, N_EACH))):
        folder = tmp_path / str(number)
        shutil.copytree(full, folder)
        getattr(faults, kind)(folder)
        found, said = run(folder)
        assert found == expected, kind
        # Whatever is done again because of a file says which one, where and why.
        causes = [each for each in said if "cannot be" in each]
        assert all(str(folder) in each for each in causes), causes
        if kind in ("truncated", "flipped", "swapped", "checkpoint_flipped"):
            assert causes, kind
        table[kind]["faults"] += 1
        table[kind]["warned of"] += bool(causes)
        # What has been done again is stored again.
        again, said = run(folder)
        assert again == expected
        assert not [each for each in said if "cannot be" in each], kind
        assert set(multiprocessing.active_children()) <= others
        assert not list(folder.rglob("*.part"))
        shutil.rmtree(folder)
    with capsys.disabled(), contextlib.suppress(OSError):
        print()
        for kind in KINDS:
            print(f"{kind:20} {table[kind]['faults']:4} {table[kind]['warned of']:4}")
    assert sum(each["faults"] for each in table.values()) == 200
