"""A sweep with a folder resumes: what is stored is not trained again, nor is what a kill left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import FitFailedWarning
from skorch.callbacks import Callback

import sklearn_frictiongru
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    RunHoldout,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network._training._checkpoint import read_checkpoint
from sklearn_frictiongru.utils.data_file import read_data
from sklearn_frictiongru.utils.plain_data import Given, Reader
from tests.model_selection._searches import (
    known_search,
    make_record,
    same_weights,
    small_gru,
    without_times,
)


@pytest.fixture(scope="module")
def record():
    return make_record()


def stored_model(path):
    """Return the model of a stored training."""
    document, tensors = read_data(path, "sklearn_frictiongru training")
    return Reader(tensors, Given()).value(document["estimator"])


class InterruptIn(Callback):
    """Notes each epoch that begins in a file, and interrupts the training in one of them."""

    def __init__(self, epoch, path):
        self.epoch = epoch
        self.path = path

    def on_epoch_begin(self, net, **kwargs):
        with open(self.path, "ab") as file:
            file.write(b".")
        if self.path.stat().st_size == self.epoch:
            raise KeyboardInterrupt


class TestMemory:
    def search(self, memory, **options):
        estimator = options.pop("estimator", None) or small_gru(max_epochs=1)
        options = {"n_repeats": 2, "random_state": 0, "keep_estimators": "all", **options}
        return WindowLengthSearchCV(
            estimator, options.pop("window_lengths", [3, 6]), memory=memory, **options
        )

    @pytest.fixture
    def stored(self, record, tmp_path):
        return tmp_path, self.search(tmp_path).fit(*record)

    def test_second_call_trains_nothing_and_gives_the_same(self, record, stored):
        folder, first = stored
        assert first.n_trained_ == 4
        second = self.search(str(folder)).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        np.testing.assert_equal(second.cv_results_, first.cv_results_)
        assert same_weights(second.best_estimator_, first.best_estimator_)
        np.testing.assert_array_equal(second.predict(record[0]), first.predict(record[0]))
        third = self.search(joblib.Memory(folder, verbose=0), n_jobs=2).fit(*record)
        assert third.n_trained_ == 0

    def test_best_estimator_is_one_of_those_stored(self, stored):
        folder, search = stored
        kept = [stored_model(path) for path in folder.rglob("*.training")]
        assert len(kept) == 4
        assert (
            sum(
                model[-1].window_length_ == search.best_window_length_
                and same_weights(model, search.best_estimator_)
                for model in kept
            )
            == 1
        )

    def test_an_interrupted_training_goes_on_from_its_checkpoint(self, record, tmp_path):
        def options(epoch):
            callbacks = [InterruptIn(epoch, tmp_path / "epochs")]
            model = small_gru(max_epochs=12, dropout=0.2, n_gru_layers=2, callbacks=callbacks)
            return {"estimator": model, "window_lengths": [4], "n_repeats": 2}

        with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
            self.search(tmp_path, **options(12 + 8)).fit(*record)
        (checkpoint,) = tmp_path.rglob("*.checkpoint")
        again = self.search(tmp_path, **options(12 + 8)).fit(*record)
        # Of the second training's 12 epochs five were in the checkpoint.
        assert (tmp_path / "epochs").stat().st_size == 12 + 8 + 7
        assert again.n_trained_ == 1
        whole = self.search(None, **options(None)).fit(*record)
        pd.testing.assert_frame_equal(without_times(again.results_), without_times(whole.results_))
        for one, other in zip(again.estimators_, whole.estimators_, strict=True):
            assert same_weights(one, other)
        assert not checkpoint.exists()

    def test_two_processes_may_share_a_folder(self, record, tmp_path):
        alone = self.search(None).fit(*record)
        sweeps = joblib.Parallel(n_jobs=2)(
            joblib.delayed(self.search(tmp_path).fit)(*record) for _ in range(2)
        )
        for sweep in sweeps:
            pd.testing.assert_frame_equal(
                without_times(sweep.results_), without_times(alone.results_)
            )
            assert same_weights(sweep.best_estimator_, alone.best_estimator_)
        assert len(list(tmp_path.rglob("*.training"))) == 4
        assert not list(tmp_path.rglob("*.part"))

    def test_memory_layout_does_not_matter(self, record, stored):
        X, y = record
        fortran = pd.DataFrame(
            np.asfortranarray(X.to_numpy()), index=X.index.copy(), columns=list(X.columns)
        )
        pieces = pd.concat([X[["velocity"]], X[["displacement"]]], axis=1)
        for same in (X.copy(), fortran, pieces):
            assert self.search(stored[0]).fit(same, y.copy()).n_trained_ == 0

    def test_arrays_of_another_layout_are_found(self, record, tmp_path):
        X, y = record[0].to_numpy(), record[1].to_numpy()
        assert self.search(tmp_path).fit(np.ascontiguousarray(X), y).n_trained_ == 4
        assert self.search(tmp_path).fit(np.asfortranarray(X), y[::-1][::-1]).n_trained_ == 0

    def test_only_what_is_new_is_trained(self, record, stored):
        longer = self.search(stored[0], n_repeats=3).fit(*record)
        assert longer.n_trained_ == 2
        first = stored[1].results_
        again = longer.results_.query("repeat < 2").reset_index(drop=True)
        pd.testing.assert_frame_equal(again, first)
        assert self.search(stored[0], window_lengths=[2, 3, 6]).fit(*record).n_trained_ == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda X, y: (X + np.eye(*X.shape) * 1e-12, y),
            lambda X, y: (X, y.where(y.index != y.index[-1], 0.123)),
            lambda X, y: (X[["displacement", "velocity"]], y),
            lambda X, y: [table.set_axis(X.index.set_levels([5, 6], level=0)) for table in (X, y)],
            lambda X, y: (X.astype(np.float32), y),
        ],
        ids=["value", "target", "order of columns", "index", "dtype"],
    )
    def test_changed_data_is_trained_again(self, record, stored, change):
        assert self.search(stored[0]).fit(*change(*record)).n_trained_ == 4

    @pytest.mark.parametrize(
        "options",
        [
            {"estimator": small_gru(max_epochs=1, lr=0.02)},
            {"estimator": small_gru(max_epochs=1, validation=RunHoldout(window_length=6))},
            {"random_state": 1},
            {"window_lengths": [4, 7]},
            {"cv": PurgedKFold(2, 6)},
        ],
        ids=["parameter", "validation", "seed", "lengths", "splitter"],
    )
    def test_changed_protocol_is_trained_again(self, record, stored, options):
        search = self.search(stored[0], **options).fit(*record)
        assert search.n_trained_ == len(search.results_)

    def test_times_as_window_lengths_are_told_apart(self, record, tmp_path):
        lengths = [pd.Timedelta("3s"), pd.Timedelta("6s")]
        first = self.search(tmp_path, window_lengths=lengths).fit(*record)
        second = self.search(tmp_path, window_lengths=lengths).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        assert first.results_["score"].nunique() == 4

    def test_splits_are_told_apart(self, record, tmp_path):
        options = {"cv": PurgedKFold(2, 6), "window_lengths": [3], "refit": False}
        first = self.search(tmp_path, **options).fit(*record)
        assert first.results_["score"].nunique() == 4
        second = self.search(tmp_path, **options).fit(*record)
        assert second.n_trained_ == 0
        pd.testing.assert_frame_equal(second.results_, first.results_)
        other_metric = self.search(tmp_path, scoring="r2", **options).fit(*record)
        assert other_metric.n_trained_ == 4

    def test_corrupt_entry_is_done_again_with_a_warning(self, record, tmp_path):
        first = self.search(tmp_path).fit(*record)
        path = sorted(tmp_path.rglob("*.training"))[1]
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.warns(UserWarning, match=f"{path.name} in .* cannot be used.*it is done again"):
            again = self.search(tmp_path).fit(*record)
        assert again.n_trained_ == 1
        pd.testing.assert_frame_equal(without_times(again.results_), without_times(first.results_))
        assert self.search(tmp_path).fit(*record).n_trained_ == 0

    def test_failed_trainings_are_not_stored(self, tmp_path):
        losses = {2: [1.0, 2.0], 4: [3.0, 4.0]}
        search, X, y = known_search(losses, fails_at=[(4, 0)], memory=tmp_path)
        with pytest.warns(FitFailedWarning):
            search.fit(X, y)
        with pytest.warns(FitFailedWarning):
            assert search.fit(X, y).n_trained_ == 1

    def test_folder_that_cannot_be_written_is_an_error(self, record, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("")
        with pytest.raises(ValueError, match=r"memory='.*file' cannot be written to.*expected"):
            self.search(blocked).fit(*record)


SWEEP = """
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn_frictiongru.model_selection import WindowLengthSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

def sweep(memory):
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = np.convolve(X[:, 0], np.ones(5) / 5)[:300]
    model = make_pipeline(
        SlidingWindowTransformer(),
        GRUFrictionRegressor(
            conv_channels=4, kernel_size=2, hidden_size=4, n_gru_layers=1, max_epochs=6, lr=0.01,
            device="cpu",
        ),
    )
    return WindowLengthSearchCV(
        model, [2, 5, 9], n_repeats=4, random_state=3, memory=memory, keep_estimators="all"
    ).fit(X, y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_killed_sweep_goes_on_where_it_stopped(tmp_path):
    (tmp_path / "killed_sweep.py").write_text(SWEEP)
    namespace = {}
    exec(SWEEP, namespace)
    root = str(Path(sklearn_frictiongru.__file__).parents[1])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-c", "from killed_sweep import sweep; sweep('memory')"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            if len(list((tmp_path / "memory").rglob("*.training"))) >= 3:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    stored = len(list((tmp_path / "memory").rglob("*.training")))
    assert 3 <= stored < 12
    resumed = namespace["sweep"](tmp_path / "memory")
    assert resumed.n_trained_ == 12 - stored
    whole = namespace["sweep"](None)
    assert whole.n_trained_ == 12
    pd.testing.assert_frame_equal(without_times(resumed.results_), without_times(whole.results_))
    for length in (2, 5, 9):
        for one, other in zip(
            resumed.estimators_by_length_[length], whole.estimators_by_length_[length], strict=True
        ):
            assert same_weights(one, other)


class TestGoesOn:
    @pytest.mark.parametrize("n_jobs", [None, 2])
    def test_from_the_checkpoint_of_an_interrupted_training(self, record, tmp_path, n_jobs):
        epochs = tmp_path / "epochs"

        def search(memory, path):
            model = small_gru(max_epochs=12, callbacks=[InterruptIn(9, path)])
            model.set_params(window__window_length=4)
            return RepeatedSeedSearchCV(
                model, {"gru__lr": [0.02]}, n_repeats=2, random_state=0, memory=memory
            )

        with pytest.raises(KeyboardInterrupt, match=r"gru__lr=0\.02, repeat 1 of 2"):
            search(tmp_path, epochs).fit(*record)
        (checkpoint,) = tmp_path.rglob("*.checkpoint")
        assert len(read_checkpoint(checkpoint, checkpoint.stem)["history"]) == 5
        resumed = search(tmp_path, epochs).set_params(n_jobs=n_jobs).fit(*record)
        whole = search(None, epochs).fit(*record)
        assert resumed.n_trained_ == 2
        pd.testing.assert_frame_equal(
            without_times(resumed.results_), without_times(whole.results_)
        )
        assert same_weights(resumed.best_estimator_, whole.best_estimator_)
        # A stored training needs its checkpoint no longer.
        assert list(tmp_path.rglob("*.checkpoint")) == []
        assert len(list(tmp_path.rglob("*.training"))) == 2


class TestProgress:
    @pytest.mark.parametrize("verbose", [0, 1])
    def test_bar_says_what_is_done_and_left(self, capfd, verbose):
        search, X, y = known_search({2: [1.0, 2.0], 4: [3.0, 4.0]})
        search.set_params(verbose=verbose).fit(X, y)
        printed = capfd.readouterr()
        assert printed.out == ""
        if not verbose:
            assert printed.err == ""
            return
        said = printed.err.replace("\r", "\n")
        assert "0 of 4 trainings done, 4 left" in said
        assert "trained window length 2, repeat 2 of 2; 4 of 4 trainings done, 0 left" in said
        assert "elapsed, about" in said

    def test_stored_trainings_count_as_done(self, capfd, tmp_path):
        losses = {2: [1.0, 2.0], 4: [3.0, 4.0]}
        search, X, y = known_search(losses, lengths=[4], memory=tmp_path)
        search.fit(X, y)
        search.set_params(window_lengths=[4, 2], verbose=1).fit(X, y)
        said = capfd.readouterr().err
        assert "2 of 4 trainings done, 2 left" in said
        assert "0 of 4" not in said
