"""Trainings side by side: started by cost, stored as they finish, given back in order."""

import logging
import os

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from tqdm.notebook import tqdm_notebook

from sklearn_frictiongru.model_selection import Task, _progress, run_trainings
from sklearn_frictiongru.model_selection._trainings import Trainings

X, Y = np.zeros((4, 1)), np.zeros(4)


# Of a logger nothing but its name counts for what a training depends on.
HOOK = logging.getLogger("tests.before_fit")
HOOK.before_fit = lambda model: None


class Double(RegressorMixin, BaseEstimator):
    """A regressor whose lowest loss is twice a number."""

    def __init__(self, number):
        self.number = number

    def fit(self, X, y):
        HOOK.before_fit(self)
        self.best_validation_loss_ = 2.0 * self.number
        return self

    def predict(self, X):
        return np.zeros(len(X))


def tasks_of(n, costs=None):
    costs = [1.0] * n if costs is None else costs
    return [
        Task(Double(i), X, Y, f"training {i}", error_score=np.nan, cost=costs[i]) for i in range(n)
    ]


def trainings_of(tasks, **options):
    return Trainings(tasks, **{"n_jobs": None, "memory": None, "verbose": 0, **options})


def run(tasks, **options):
    """Return the scores of trainings, and how many were trained."""
    with trainings_of(tasks, **options) as trainings:
        trainings.run(range(len(tasks)))
    return [result.scores["score"] for result in trainings.results], trainings.n_trained


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_results_stand_in_the_order_of_the_tasks(n_jobs):
    results = run_trainings(tasks_of(3, costs=[1, 3, 2]), n_jobs=n_jobs)
    assert [result.scores["score"] for result in results] == [0.0, 2.0, 4.0]
    assert [result.estimator.number for result in results] == [0, 1, 2]


def before_fit(monkeypatch, function):
    monkeypatch.setattr(HOOK, "before_fit", function)


def test_the_longest_are_started_first(monkeypatch):
    started = []
    before_fit(monkeypatch, lambda model: started.append(model.number))
    run(tasks_of(4, costs=[1, 5, 3, 5]))
    assert started == [1, 3, 2, 0]


def test_each_is_stored_as_it_finishes_and_found_again(tmp_path, monkeypatch):
    stored = []

    def fail(model):
        stored.append(len(list(tmp_path.rglob("*.training"))))
        if model.number == 2:
            raise ValueError("two")
        model.interrupted_ = model.number == 3

    before_fit(monkeypatch, fail)
    with pytest.raises(KeyboardInterrupt, match="interrupted while training training 3"):
        run(tasks_of(5), memory=tmp_path)
    # What failed and what was interrupted is not stored.
    assert stored == [0, 1, 2, 2]
    before_fit(monkeypatch, lambda model: None)
    scores, n_trained = run(tasks_of(5), memory=tmp_path)
    assert n_trained == 3
    assert scores == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert run(tasks_of(5), memory=tmp_path) == (scores, 0)


def test_stored_models_are_loaded(tmp_path):
    run_trainings(tasks_of(2), memory=tmp_path)
    for i, result in enumerate(run_trainings(tasks_of(2), memory=tmp_path)):
        assert result.estimator.best_validation_loss_ == 2.0 * i


class Clock:
    """A clock that goes on by some seconds with each training."""

    def __init__(self, monkeypatch, seconds):
        self.now = 100.0
        self.seconds = seconds
        monkeypatch.setattr(_progress.time, "monotonic", lambda: self.now)
        before_fit(monkeypatch, self.advance)

    def advance(self, model):
        self.now += self.seconds


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
    monkeypatch.setattr(_progress, "tqdm", InNotebook)
    run(tasks_of(2, costs=[3, 5]), verbose=1)
    assert bars[0]["disable"] is False
    assert bars[2:-1:2] == [5, 3]
    assert bars[-1] == "closed"
    assert capsys.readouterr().err == ""


class TestLogFile:
    """Where the output goes into a file, a bar would fill it with its redrawing."""

    def lines(self, capsys, monkeypatch, seconds, n=6, costs=None, **options):
        Clock(monkeypatch, seconds)
        run(tasks_of(n, costs), verbose=1, **options)
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
        assert _progress.SECONDS_BETWEEN_LINES == 30
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
        run(tasks_of(2), memory=tmp_path)
        lines = self.lines(capsys, monkeypatch, seconds=1, n=3, memory=tmp_path)
        assert lines[0] == "training; 2 of 3 trainings done, 1 left, 00:00 elapsed"
        assert lines[1].startswith("trained training 2; 3 of 3 trainings done")
        # Where nothing is left there is nothing to say.
        assert self.lines(capsys, monkeypatch, seconds=1, n=3, memory=tmp_path) == []

    def test_nothing_is_written_unless_asked_for(self, capsys):
        run(tasks_of(2), verbose=0)
        assert capsys.readouterr().err == ""

    def test_on_a_terminal_there_is_a_bar(self, capsys, monkeypatch):
        monkeypatch.setattr(_progress.sys.stderr, "isatty", lambda: True, raising=False)
        run(tasks_of(2), verbose=1)
        said = capsys.readouterr().err
        assert "\r" in said
        assert "0 of 2 trainings done, 2 left |" in said
        assert "trained training 1; 2 of 2 trainings done, 0 left |" in said


class TestLeaveOut:
    def test_some_are_run_now_and_others_later_but_each_once(self):
        with trainings_of(tasks_of(4)) as trainings:
            trainings.run([2, 0])
            assert [one is None for one in trainings.results] == [False, True, False, True]
            assert trainings.n_trained == 2
            trainings.run([0, 1, 2])
        assert trainings.n_trained == 3
        assert trainings.results[1].scores == {"score": 2.0}
        assert trainings.results[3] is None

    def test_what_is_left_out_is_no_longer_left(self, capsys, monkeypatch):
        clock = Clock(monkeypatch, seconds=0)
        with trainings_of(tasks_of(4), verbose=1) as trainings:
            trainings.run([0, 1])
            clock.now += 40
            trainings.leave_out([0, 3])
            trainings.run([2])
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].startswith("training; 0 of 4 trainings done, 4 left")
        # The last one is written because nothing is left, whenever that is.
        assert lines[-1].startswith("trained training 2; 4 of 4 trainings done, 0 left")
        assert trainings.results[3] is None

    def test_it_shortens_the_time_left(self, capsys, monkeypatch):
        Clock(monkeypatch, seconds=40)
        tasks = tasks_of(4, costs=[1.0, 1.0, 8.0, 2.0])
        with trainings_of(tasks, verbose=1) as trainings:
            trainings.leave_out([2])
            trainings.run([0])
        said = capsys.readouterr().err.splitlines()[-1]
        # One share took forty seconds, and one and two are left.
        assert said.endswith("00:40 elapsed, about 02:00 left")

    def test_what_was_left_out_is_left_again_if_it_is_run_after_all(self, capsys, monkeypatch):
        Clock(monkeypatch, seconds=40)
        tasks = tasks_of(4, costs=[1.0, 1.0, 8.0, 2.0])
        with trainings_of(tasks, verbose=1) as trainings:
            trainings.leave_out([1, 2, 3])
            trainings.run([0])
            trainings.run_whole([0, 3, 1])
        said = capsys.readouterr().err.splitlines()
        assert said[1].startswith("trained training 0; 4 of 4 trainings done, 0 left")
        # The longest first: the shares 1 and 2 are done, and 1 is left.
        assert said[2].startswith("trained training 3; 3 of 4 trainings done, 1 left")
        assert trainings.n_trained == 3
        assert trainings.results[2] is None

    def test_what_is_done_is_not_left_out(self, capsys):
        with trainings_of(tasks_of(4), verbose=1) as trainings:
            trainings.run([0])
            trainings.leave_out([0])
            trainings.run([1, 2, 3])
        assert "4 of 4 trainings done, 0 left" in capsys.readouterr().err.splitlines()[-1]

    def test_a_bar_counts_them_no_longer(self, capsys, monkeypatch):
        monkeypatch.setattr(_progress.sys.stderr, "isatty", lambda: True, raising=False)
        with trainings_of(tasks_of(4, costs=[1.0, 1.0, 8.0, 2.0]), verbose=1) as trainings:
            assert trainings.progress.bar.total == 12
            trainings.leave_out([2, 3])
            assert trainings.progress.bar.total == 2
            trainings.run([0, 1])
            assert trainings.progress.bar.n == 2
            trainings.run_whole([0, 2])
            assert trainings.progress.bar.total == trainings.progress.bar.n == 10
        assert "\r" in capsys.readouterr().err


def file_behind(model, X, y):
    """Return the process of a training and the file that its table is mapped from."""
    values = X
    while values is not None and not isinstance(values, np.memmap):
        values = values.base
    return np.array([os.getpid(), -1 if values is None else hash(str(values.filename))])


def test_a_table_travels_to_the_workers_once():
    X = np.random.default_rng(0).normal(size=(2000, 3))
    tasks = [
        Task(Double(i), X, X[:, 0], f"training {i}", scorers={"file": file_behind})
        for i in range(6)
    ]
    seen = [result.scores["file"] for result in run_trainings(tasks, n_jobs=2)]
    assert os.getpid() not in {process for process, _ in seen}
    assert -1 not in {file for _, file in seen}
