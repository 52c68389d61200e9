"""Trainings side by side: started by cost, stored as they finish, given back in order."""

import os

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from tqdm.notebook import tqdm_notebook

from sklearn_frictiongru.model_selection import _trainings
from sklearn_frictiongru.model_selection._trainings import Trainings, run_trainings, with_seed
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer


def run(train, arguments, **options):
    n = len(arguments)
    options = {
        "keys": [f"key{i}" for i in range(n)],
        "costs": [1.0] * n,
        "names": [f"training {i}" for i in range(n)],
        "n_jobs": None,
        "memory": None,
        "verbose": 0,
        **options,
    }
    return run_trainings(train, arguments, **options)


def double(x):
    return {"value": 2 * x, "status": "finished", "interrupted": False}


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_results_stand_in_the_order_of_the_arguments(n_jobs):
    trainings, n_trained = run(double, [(1,), (2,), (3,)], costs=[1, 3, 2], n_jobs=n_jobs)
    assert [training["value"] for training in trainings] == [2, 4, 6]
    assert n_trained == 3


def test_the_longest_are_started_first():
    started = []

    def train(x):
        started.append(x)
        return double(x)

    run(train, [(0,), (1,), (2,), (3,)], costs=[1, 5, 3, 5])
    assert started == [1, 3, 2, 0]


def test_each_is_stored_as_it_finishes_and_found_again(tmp_path):
    stored = []

    def train(x):
        stored.append(len(list(tmp_path.rglob("*.joblib"))))
        if x == 2:
            return {**double(x), "status": "failed: two"}
        return {**double(x), "interrupted": x == 3}

    with pytest.raises(KeyboardInterrupt, match="interrupted while training training 3"):
        run(train, [(0,), (1,), (2,), (3,), (4,)], memory=tmp_path)
    # What failed and what was interrupted is not stored.
    assert stored == [0, 1, 2, 2]
    trainings, n_trained = run(double, [(i,) for i in range(5)], memory=tmp_path)
    assert n_trained == 3
    assert [training["value"] for training in trainings] == [0, 2, 4, 6, 8]
    assert run(None, [(i,) for i in range(5)], memory=tmp_path) == (trainings, 0)


def test_every_seed_of_a_pipeline_is_set_on_a_clone():
    model = make_pipeline(SlidingWindowTransformer(5), GRUFrictionRegressor(random_state=1))
    seeded = with_seed(model, 7)
    assert seeded[-1].random_state == 7
    assert seeded[0].window_length == 5
    assert model[-1].random_state == 1
    assert with_seed(SlidingWindowTransformer(5), 7).window_length == 5


class Clock:
    """A clock that goes on by some seconds with each training."""

    def __init__(self, monkeypatch, seconds):
        self.now = 100.0
        self.seconds = seconds
        monkeypatch.setattr(_trainings.time, "monotonic", lambda: self.now)

    def train(self, x):
        self.now += self.seconds
        return double(x)


def test_a_notebook_gets_a_bar_and_no_lines(capsys, monkeypatch):
    bars = []

    class InNotebook(tqdm_notebook):
        """What tqdm.auto makes in a notebook: another class under the plain name."""

        def __init__(self, **options):
            bars.append(options)
            self.disable, self.total = options["disable"], options["total"]

        def update(self, n):
            bars.append(n)

        def set_description_str(self, text, refresh):
            bars.append(text)

        def close(self):
            bars.append("closed")

    InNotebook.__name__ = "tqdm"
    monkeypatch.setattr(_trainings, "tqdm", InNotebook)
    run(double, [(1,), (2,)], costs=[3, 5], verbose=1)
    assert bars[0]["disable"] is False
    assert bars[2:-1:2] == [5, 3]
    assert bars[-1] == "closed"
    assert capsys.readouterr().err == ""


class TestLogFile:
    """Where the output goes into a file, a bar would fill it with its redrawing."""

    def lines(self, capsys, monkeypatch, seconds, n=6, **options):
        clock = Clock(monkeypatch, seconds)
        run(clock.train, [(i,) for i in range(n)], verbose=1, **options)
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "\r" not in printed.err
        return printed.err.splitlines()

    def test_the_first_and_the_last_are_written(self, capsys, monkeypatch):
        lines = self.lines(capsys, monkeypatch, seconds=1)
        assert lines == [
            "training; 0 of 6 trainings done, 6 left, 00:00 elapsed",
            "trained training 5; 6 of 6 trainings done, 0 left, 00:06 elapsed, about 00:00 left",
        ]

    def test_between_them_there_is_at_most_one_in_thirty_seconds(self, capsys, monkeypatch):
        assert _trainings.SECONDS_BETWEEN_LINES == 30
        lines = self.lines(capsys, monkeypatch, seconds=16)
        # After 32, 64 and 96 seconds, of which the last is the end.
        assert [line.split(";")[0] for line in lines] == [
            "training",
            "trained training 1",
            "trained training 3",
            "trained training 5",
        ]
        assert lines[1].endswith("2 of 6 trainings done, 4 left, 00:32 elapsed, about 01:04 left")

    def test_long_trainings_have_a_line_each(self, capsys, monkeypatch):
        assert len(self.lines(capsys, monkeypatch, seconds=31)) == 7

    def test_the_time_left_counts_what_the_missing_ones_cost(self, capsys, monkeypatch):
        # The two long ones come first and stand for 8 of 10 shares of the time.
        lines = self.lines(capsys, monkeypatch, seconds=40, n=4, costs=[1, 4, 1, 4])
        assert lines[2].startswith("trained training 3; 2 of 4 trainings done, 2 left")
        assert lines[2].endswith("01:20 elapsed, about 00:20 left")

    def test_what_was_stored_is_done_from_the_first(self, capsys, monkeypatch, tmp_path):
        run(double, [(0,), (1,)], memory=tmp_path)
        lines = self.lines(capsys, monkeypatch, seconds=1, n=3, memory=tmp_path)
        assert lines[0] == "training; 2 of 3 trainings done, 1 left, 00:00 elapsed"
        assert lines[1].startswith("trained training 2; 3 of 3 trainings done")
        # Where nothing is left there is nothing to say.
        assert self.lines(capsys, monkeypatch, seconds=1, n=3, memory=tmp_path) == []

    def test_nothing_is_written_unless_asked_for(self, capsys):
        run(double, [(0,), (1,)], verbose=0)
        assert capsys.readouterr().err == ""

    def test_on_a_terminal_there_is_a_bar(self, capsys, monkeypatch):
        monkeypatch.setattr(_trainings.sys.stderr, "isatty", lambda: True, raising=False)
        run(double, [(0,), (1,)], verbose=1)
        said = capsys.readouterr().err
        assert "\r" in said
        assert "0 of 2 trainings done, 2 left |" in said
        assert "trained training 1; 2 of 2 trainings done, 0 left |" in said


class TestLeaveOut:
    def trainings(self, **options):
        options = {
            "keys": None,
            "costs": [1.0] * 4,
            "names": [f"training {i}" for i in range(4)],
            "n_jobs": None,
            "memory": None,
            "verbose": 0,
            **options,
        }
        return Trainings(double, [(i,) for i in range(4)], **options)

    def test_some_are_run_now_and_others_later_but_each_once(self):
        with self.trainings() as trainings:
            trainings.run([2, 0])
            assert [one is None for one in trainings.done] == [False, True, False, True]
            assert trainings.n_trained == 2
            trainings.run([0, 1, 2])
        assert trainings.n_trained == 3
        assert trainings.done[1]["value"] == 2
        assert trainings.done[3] is None

    def test_what_is_left_out_is_no_longer_left(self, capsys, monkeypatch):
        clock = Clock(monkeypatch, seconds=0)
        with self.trainings(verbose=1) as trainings:
            trainings.run([0, 1])
            clock.now += 40
            trainings.leave_out([0, 3])
            trainings.run([2])
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].startswith("training; 0 of 4 trainings done, 4 left")
        # The last one is written because nothing is left, whenever that is.
        assert lines[-1].startswith("trained training 2; 4 of 4 trainings done, 0 left")
        assert trainings.done[3] is None

    def test_it_shortens_the_time_left(self, capsys, monkeypatch):
        clock = Clock(monkeypatch, seconds=40)
        options = {"verbose": 1, "costs": [1.0, 1.0, 8.0, 2.0]}
        with self.trainings(**options) as trainings:
            trainings.train = clock.train
            trainings.leave_out([2])
            trainings.run([0])
        said = capsys.readouterr().err.splitlines()[-1]
        # One share took forty seconds, and one and two are left.
        assert said.endswith("00:40 elapsed, about 02:00 left")

    def test_what_is_done_is_not_left_out(self, capsys):
        with self.trainings(verbose=1) as trainings:
            trainings.run([0])
            trainings.leave_out([0])
            trainings.run([1, 2, 3])
        assert "4 of 4 trainings done, 0 left" in capsys.readouterr().err.splitlines()[-1]

    def test_a_bar_counts_them_no_longer(self, capsys, monkeypatch):
        monkeypatch.setattr(_trainings.sys.stderr, "isatty", lambda: True, raising=False)
        with self.trainings(verbose=1, costs=[1.0, 1.0, 8.0, 2.0]) as trainings:
            assert trainings.progress.bar.total == 12
            trainings.leave_out([2, 3])
            assert trainings.progress.bar.total == 2
            trainings.run([0, 1])
            assert trainings.progress.bar.n == 2
        assert "\r" in capsys.readouterr().err


def file_behind(X):
    """Return the file that a worker's table is mapped from, without reading it."""
    values = X
    while values is not None and not isinstance(values, np.memmap):
        values = values.base
    return {
        "file": None if values is None else str(values.filename),
        "process": os.getpid(),
        "status": "finished",
        "interrupted": False,
    }


def test_a_table_travels_to_the_workers_once():
    X = np.random.default_rng(0).normal(size=(2000, 3))
    trainings, _ = run(file_behind, [(X,) for _ in range(6)], n_jobs=2)
    files = {training["file"] for training in trainings}
    assert os.getpid() not in {training["process"] for training in trainings}
    # All six see one file, mapped into memory.
    assert len(files) == 1
    assert None not in files
