"""A training that was killed goes on from its checkpoint to the same result to the last bit."""

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

import sklearn_frictiongru
from sklearn_frictiongru.neural_network import ModelFileError, checkpoints_in
from sklearn_frictiongru.neural_network._data._batches import WindowBatches
from sklearn_frictiongru.neural_network._training._checkpoint import (
    CHECKPOINT_FORMAT,
    read_checkpoint,
)
from sklearn_frictiongru.utils.callbacks import callback
from sklearn_frictiongru.utils.data_file import read_data, write_data
from tests._forged_files import forge
from tests.neural_network._models import (
    interrupting,
    record,
    small_regressor,
    weights_of,
    windows_of,
)

N_EPOCHS = 23


class Counting(Callback):
    """A callback that counts the epochs."""

    n_begun = 0

    def on_epoch_begin(self, net, **kwargs):
        """Count an epoch."""
        self.n_begun += 1


class Killed(BaseException):
    """What no training catches."""


class OwnModule(torch.nn.Module):
    """A module whose masks come from torch's global generator."""

    def __init__(self, n_features):
        super().__init__()
        self.gru = torch.nn.GRU(n_features, 4, batch_first=True)
        self.dropout = torch.nn.Dropout(0.4)
        self.dense = torch.nn.Linear(4, 1)

    def forward(self, windows):
        states, _ = self.gru(windows)
        return self.dense(self.dropout(states[:, -1]))


SETTINGS = {
    "Adam, plateau, dropout, gradient clip": {
        "lr_schedule": "plateau",
        "dropout": 0.3,
        "n_gru_layers": 3,
        "gradient_clip": 0.5,
        "lr": 0.05,
    },
    "cosine and patience": {"lr_schedule": "cosine", "patience": 5, "lr": 0.1},
    "RMSprop and huber": {"optimizer": "RMSprop", "loss": "huber"},
    "float64": {"precision": "float64"},
    "a custom module": {"module": OwnModule},
    "nothing validates": {"validation": None, "lr_schedule": "plateau"},
    "the last weights are kept": {"restore_best": False},
}


@pytest.fixture(scope="module")
def data():
    X, y = record()
    # Noise that no window explains, so that the validation loss rises again.
    return windows_of(X), y + 0.03 * np.random.default_rng(5).normal(size=len(y))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "training.checkpoint"


@pytest.fixture
def epochs_begun(monkeypatch):
    """A list with an entry for each epoch of training that began."""
    begun = []
    original = WindowBatches.__iter__

    def __iter__(self):
        if self.generator is not None:
            begun.append(len(self))
        yield from original(self)

    monkeypatch.setattr(WindowBatches, "__iter__", __iter__)
    return begun


def kill_in_epoch(epoch, path, data, model, **fit_options):
    """Train until the second batch of an epoch, in which the training dies."""
    model.set_params(callbacks=[interrupting(epoch, 1, Killed)])
    with checkpoints_in(path), pytest.raises(Killed):
        model.fit(*data, **fit_options)


def train(path, data, model, **fit_options):
    with checkpoints_in(path), warnings.catch_warnings():
        # That the best epoch is the last one is nothing to be told of here.
        warnings.filterwarnings("ignore", category=UserWarning, message=".*best epoch.*")
        return model.fit(*data, **fit_options)


def assert_same(one, other):
    """Check that two trainings came to the same result to the last bit."""
    np.testing.assert_array_equal(weights_of(one), weights_of(other))
    pd.testing.assert_frame_equal(
        one.history_.drop(columns="seconds"), other.history_.drop(columns="seconds"), rtol=0, atol=0
    )
    for name in ("best_epoch_", "best_validation_loss_", "n_epochs_", "stopped_early_"):
        assert getattr(one, name) == getattr(other, name), name
    assert not one.interrupted_
    assert one.get_params() == other.get_params()
    assert one.net_.max_epochs == other.net_.max_epochs
    assert [name for name, _ in one.net_.callbacks_] == [name for name, _ in other.net_.callbacks_]


class TestSameResult:
    @pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
    def test_after_a_kill_in_epoch_13(self, data, path, epochs_begun, options):
        whole = small_regressor(max_epochs=N_EPOCHS, **options).fit(*data)
        if "patience" in options:
            assert whole.stopped_early_
            assert 13 < whole.n_epochs_ < N_EPOCHS
        kill_in_epoch(13, path, data, small_regressor(max_epochs=N_EPOCHS, **options))
        epochs_begun.clear()
        resumed = train(path, data, small_regressor(max_epochs=N_EPOCHS, **options))
        assert len(epochs_begun) == whole.n_epochs_ - 10
        assert_same(resumed, whole)

    def test_the_schedule_changes_the_rate(self, data):
        # Else the schedules above would be the same with and without their state.
        options = SETTINGS["Adam, plateau, dropout, gradient clip"]
        rates = small_regressor(max_epochs=N_EPOCHS, **options).fit(*data).history_["learning_rate"]
        assert 1 < rates.nunique() < N_EPOCHS

    def test_with_weights_of_the_windows(self, data, path):
        weights = np.random.default_rng(1).uniform(0.5, 2.0, len(data[1]))
        whole = small_regressor(max_epochs=N_EPOCHS).fit(*data, sample_weight=weights)
        kill_in_epoch(13, path, data, small_regressor(max_epochs=N_EPOCHS), sample_weight=weights)
        resumed = train(path, data, small_regressor(max_epochs=N_EPOCHS), sample_weight=weights)
        assert_same(resumed, whole)
        without = small_regressor(max_epochs=N_EPOCHS).fit(*data)
        assert not np.array_equal(weights_of(without), weights_of(whole))

    def test_after_several_kills(self, data, path, epochs_begun):
        options = {"max_epochs": N_EPOCHS, "dropout": 0.3, "n_gru_layers": 2}
        whole = small_regressor(**options).fit(*data)
        # Of what is left: they stop in epochs 7, 5 + 7 and 10 + 8.
        for epoch in (7, 7, 8):
            kill_in_epoch(epoch, path, data, small_regressor(**options))
        epochs_begun.clear()
        assert_same(train(path, data, small_regressor(**options)), whole)
        assert len(epochs_begun) == N_EPOCHS - 15

    @pytest.mark.parametrize("epoch", [1, 3])
    def test_before_the_first_checkpoint_it_begins_anew(self, data, path, epochs_begun, epoch):
        whole = small_regressor(max_epochs=6).fit(*data)
        kill_in_epoch(epoch, path, data, small_regressor(max_epochs=6))
        assert not path.exists()
        epochs_begun.clear()
        assert_same(train(path, data, small_regressor(max_epochs=6)), whole)
        assert len(epochs_begun) == 6

    @pytest.mark.parametrize("options", [{}, {"lr_schedule": "cosine"}, {"module": OwnModule}])
    def test_if_all_epochs_are_done_nothing_is_trained(self, data, path, epochs_begun, options):
        whole = train(path, data, small_regressor(max_epochs=10, lr=0.2, **options))
        assert path.exists()
        epochs_begun.clear()
        again = train(path, data, small_regressor(max_epochs=10, lr=0.2, **options))
        assert_same(again, whole)
        assert epochs_begun == []

    def test_a_stop_by_patience_is_found_again(self, data, path):
        options = {"max_epochs": N_EPOCHS, **SETTINGS["cosine and patience"]}
        whole = train(path, data, small_regressor(**options))
        assert_same(train(path, data, small_regressor(**options)), whole)
        assert whole.stopped_early_

    def test_the_global_generator_is_put_back(self, data, path):
        kill_in_epoch(8, path, data, small_regressor(max_epochs=10, module=OwnModule))
        before = torch.get_rng_state()
        train(path, data, small_regressor(max_epochs=10, module=OwnModule))
        assert torch.equal(torch.get_rng_state(), before)

    def test_the_model_can_be_trained_on_afterwards(self, data, path):
        whole = small_regressor(max_epochs=10).fit(*data).partial_fit(*data)
        kill_in_epoch(8, path, data, small_regressor(max_epochs=10))
        resumed = train(path, data, small_regressor(max_epochs=10)).partial_fit(*data)
        np.testing.assert_array_equal(weights_of(resumed), weights_of(whole))
        assert resumed.n_epochs_ == 11

    def test_a_resumed_model_is_pickled_without_its_checkpoint(self, data, path):
        kill_in_epoch(8, path, data, small_regressor(max_epochs=10))
        resumed = train(path, data, small_regressor(max_epochs=10))
        copied = pickle.loads(pickle.dumps(resumed))
        np.testing.assert_array_equal(copied.predict(data[0]), resumed.predict(data[0]))
        assert "checkpoint" not in dict(copied.net_.callbacks_)


def cut_off(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


class TestUnreadable:
    @pytest.mark.parametrize(
        "spoil",
        [
            cut_off,
            lambda path: path.write_bytes(b""),
            lambda path: path.write_bytes(b"no checkpoint at all"),
            lambda path: path.write_bytes(pickle.dumps({"weights": {}})),
        ],
        ids=["cut off", "empty", "other bytes", "another pickle"],
    )
    @pytest.mark.parametrize("options", [{}, {"module": OwnModule}], ids=["own", "custom"])
    def test_is_warned_of_and_begun_anew(self, data, path, epochs_begun, spoil, options):
        whole = small_regressor(max_epochs=8, **options).fit(*data)
        kill_in_epoch(8, path, data, small_regressor(max_epochs=8, **options))
        spoil(path)
        epochs_begun.clear()
        with pytest.warns(
            UserWarning, match=r"training.checkpoint in .* cannot be read \(.*starts again"
        ):
            again = train(path, data, small_regressor(max_epochs=8, **options))
        assert_same(again, whole)
        assert len(epochs_begun) == 8
        # What it has left itself is whole again.
        assert_same(train(path, data, small_regressor(max_epochs=8, **options)), whole)

    @pytest.mark.parametrize("other", [{"hidden_size": 5}, {"n_gru_layers": 2}])
    def test_that_of_another_network_is_not_gone_on_from(self, data, path, other):
        whole = small_regressor(max_epochs=8).fit(*data)
        kill_in_epoch(8, path, data, small_regressor(max_epochs=8, **other))
        with pytest.warns(UserWarning, match="cannot be read"):
            again = train(path, data, small_regressor(max_epochs=8))
        assert_same(again, whole)

    def test_that_of_other_callbacks_leaves_nothing_behind(self, data, path):
        # Weights, optimiser and generators fit and are taken over before the schedule is missed.
        whole = small_regressor(max_epochs=8, lr_schedule="cosine").fit(*data)
        kill_in_epoch(8, path, data, small_regressor(max_epochs=8))
        with pytest.warns(UserWarning, match="cannot be read"):
            again = train(path, data, small_regressor(max_epochs=8, lr_schedule="cosine"))
        assert_same(again, whole)

    def test_a_folder_in_its_place_is_warned_of(self, data, path):
        whole = small_regressor(max_epochs=8).fit(*data)
        path.mkdir()
        with (
            pytest.warns(UserWarning, match=r"cannot be read \(.*starts again"),
            pytest.warns(UserWarning, match="cannot be written to"),
        ):
            again = train(path, data, small_regressor(max_epochs=8))
        assert_same(again, whole)


class TestFile:
    def test_without_the_block_no_file_is_written(self, data, path, monkeypatch):
        monkeypatch.chdir(path.parent)
        small_regressor(max_epochs=6).fit(*data)
        train(None, data, small_regressor(max_epochs=6))
        with checkpoints_in(path):
            pass
        small_regressor(max_epochs=6).fit(*data)
        assert list(path.parent.iterdir()) == []

    def test_a_block_ends_with_an_error(self, data, path):
        with pytest.raises(RuntimeError), checkpoints_in(path):
            raise RuntimeError
        small_regressor(max_epochs=6).fit(*data)
        assert not path.exists()

    def test_it_is_written_every_few_epochs_and_alone(self, data, path):
        train(path, data, small_regressor(max_epochs=4))
        assert not path.exists()
        kill_in_epoch(6, path, data, small_regressor(max_epochs=N_EPOCHS))
        assert [found.name for found in path.parent.iterdir()] == [path.name]
        assert len(read_checkpoint(path)["history"]) == 5
        kill_in_epoch(11, path, data, small_regressor(max_epochs=N_EPOCHS))
        assert len(read_checkpoint(path)["history"]) == 15

    def test_it_does_not_hold_the_record(self, path):
        X, y = record(4000, 8)
        n_bytes = X.to_numpy().nbytes
        options = {"max_epochs": 5, "batch_size": 2000}
        train(path, (windows_of(X, 5), y), small_regressor(**options))
        assert path.stat().st_size < n_bytes / 8
        content = path.read_bytes()
        for rows in (X.to_numpy(), X.to_numpy(np.float32), y, y.astype(np.float32)):
            assert rows[:10].tobytes() not in content

    def test_predictions_and_single_epochs_leave_no_file(self, data, path):
        model = small_regressor(max_epochs=3)
        with checkpoints_in(path):
            for _ in range(6):
                model.partial_fit(*data)
            model.predict(data[0])
        assert not path.exists()


TRAINING = """
import time
from sklearn_frictiongru.neural_network import ModelFileError, checkpoints_in
from sklearn_frictiongru.neural_network._data._batches import WindowBatches
from tests.neural_network._models import record, small_regressor, weights_of, windows_of

def train(path, pause=0.0):
    original = WindowBatches.__iter__
    def slowly(self):
        time.sleep(pause)
        return original(self)
    X, y = record()
    model = small_regressor(max_epochs=23, dropout=0.3, n_gru_layers=2, lr_schedule="cosine")
    WindowBatches.__iter__ = slowly
    try:
        with checkpoints_in(path):
            return model.fit(windows_of(X), y)
    finally:
        WindowBatches.__iter__ = original
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_process_is_gone_on_from(path, epochs_begun):
    (path.parent / "killed_training.py").write_text(TRAINING)
    root = str(Path(sklearn_frictiongru.__file__).parents[1])
    found = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-c", f"from killed_training import train; train({str(path)!r}, 0.05)"],
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": found},
    )
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline and not path.exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    n_done = len(read_checkpoint(path)["history"])
    assert 5 <= n_done < N_EPOCHS
    namespace = {}
    exec(TRAINING, namespace)
    resumed = namespace["train"](path)
    assert len(epochs_begun) == N_EPOCHS - n_done
    assert_same(resumed, namespace["train"](None))


class TestDamage:
    def test_every_flipped_bit_is_noticed(self, data, path):
        kill_in_epoch(8, path, data, small_regressor(max_epochs=8))
        whole = path.read_bytes()
        rng = np.random.default_rng(0)
        for place in rng.integers(len(whole), size=200):
            changed = bytearray(whole)
            changed[place] ^= 1 << rng.integers(8)
            path.write_bytes(changed)
            with pytest.raises(ModelFileError):
                read_checkpoint(path)

    def test_one_of_another_key_is_not_gone_on_from(self, data, path):
        whole = small_regressor(max_epochs=8).fit(*data)
        with checkpoints_in(path, key="a"):
            small_regressor(max_epochs=7).fit(*data)
        with (
            pytest.warns(UserWarning, match="that of another training"),
            checkpoints_in(path, key="b"),
        ):
            again = small_regressor(max_epochs=8).fit(*data)
        assert_same(again, whole)

    def test_a_full_disk_does_not_end_the_training(self, data, path, monkeypatch):
        def full(descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")

        whole = small_regressor(max_epochs=12).fit(*data)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.warns(UserWarning, match=rf"written to {path.parent} .*No space left"):
            again = train(path, data, small_regressor(max_epochs=12))
        assert_same(again, whole)
        assert not list(path.parent.iterdir())


FORGED = {
    "plateau and dropout": SETTINGS["Adam, plateau, dropout, gradient clip"],
    "RMSprop": SETTINGS["RMSprop and huber"],
    "a custom module": SETTINGS["a custom module"],
    "cosine and patience": SETTINGS["cosine and patience"],
}


class TestForged:
    @pytest.mark.parametrize("options", FORGED.values(), ids=FORGED)
    def test_forty_values_of_another_type_or_shape_make_no_crash(self, path, options):
        X, y = record(60)
        data = windows_of(X), y

        def model():
            return small_regressor(max_epochs=6, **options)

        whole = model().fit(*data)
        kill_in_epoch(6, path, data, model())
        document, tensors = read_data(path, CHECKPOINT_FORMAT)
        rng = np.random.default_rng(3)
        n_warned = 0
        for _ in range(40):
            forged, changed = forge(document["state"], tensors, rng)
            write_data(path, CHECKPOINT_FORMAT, {**document, "state": forged}, changed)
            with warnings.catch_warnings(record=True) as caught, checkpoints_in(path):
                warnings.simplefilter("always")
                found = model().fit(*data)
            assert (found.history_.dtypes == whole.history_.dtypes).all()
            assert len(found.history_) == 6
            found.predict(data[0])
            if any("starts again" in str(each.message) for each in caught):
                n_warned += 1
                assert_same(found, whole)
        assert n_warned > 10

    def test_a_training_that_fails_after_some_epochs_starts_with_its_callbacks_as_before(
        self, data, path
    ):
        counting = Counting()
        with checkpoints_in(path):
            small_regressor(max_epochs=6, callbacks=[counting]).fit(*data)
        assert counting.n_begun == 6
        # The network of six epochs fits, but the callback cannot count on in its seventh.
        document, tensors = read_data(path, CHECKPOINT_FORMAT)
        text = json.dumps(document)
        assert '["n_begun", 5]' in text
        write_data(
            path,
            CHECKPOINT_FORMAT,
            json.loads(text.replace('"n_begun", 5', '"n_begun", "5"')),
            tensors,
        )
        begun = Counting()
        model = small_regressor(max_epochs=8, callbacks=[begun])
        # scikit-learn draws its bar with rich.
        if callback is not None and find_spec("rich"):
            model.set_callbacks(callback.ProgressBar())
        with pytest.warns(UserWarning, match="cannot be read .*starts again"), checkpoints_in(path):
            model.fit(*data)
        assert begun.n_begun == 8
        whole = small_regressor(max_epochs=8, callbacks=[Counting()]).fit(*data)
        np.testing.assert_array_equal(weights_of(model), weights_of(whole))
        assert len(model.history_) == 8
