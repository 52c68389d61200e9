"""A worker that the system kills: the others go on, and the message says what to do."""

import os
import signal

import joblib
import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer

from sklearn_frictiongru import __main__
from sklearn_frictiongru.model_selection import Task, WorkerKilledError, run_trainings

VALUES = np.random.default_rng(0).normal(size=(40, 2))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class KillsItsWorker(Ridge):
    """A regressor whose worker is killed while it is fitted, once or always."""

    def __init__(self, alpha=1.0, marks=None, always=False):
        super().__init__(alpha)
        self.marks = marks
        self.always = always

    def fit(self, X, y):
        mark = None if self.marks is None else self.marks / str(self.alpha)
        if mark is not None and (self.always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


def tasks(marks, n=4, **options):
    scorers = {"r2": get_scorer("r2")}
    return [
        Task(
            KillsItsWorker(float(i), marks if i == 1 else None, **options),
            VALUES,
            VALUES[:, 0],
            f"alpha={i}",
            scorers=scorers,
        )
        for i in range(n)
    ]


# joblib itself would wait forever for a killed worker of its pool of processes.
backends = pytest.mark.parametrize("backend", ["loky", "multiprocessing"])


@backends
def test_the_sweep_goes_on_with_fewer_jobs(tmp_path, backend):
    marks = tmp_path / "marks"
    marks.mkdir()
    with (
        joblib.parallel_config(backend=backend),
        pytest.warns(RuntimeWarning, match=r"worker process was killed.*alpha.* It continues"),
    ):
        results = run_trainings(tasks(marks), n_jobs=3, memory=tmp_path / "memory")
    assert all(result.status == "finished" for result in results)


@backends
def test_one_that_always_kills_does_not_keep_the_others_from_being_done(tmp_path, backend):
    marks = tmp_path / "marks"
    marks.mkdir()
    with (
        joblib.parallel_config(backend=backend),
        pytest.raises(
            WorkerKilledError,
            match=r"while training alpha=1 alone\. Finished trainings are stored\. Use",
        ),
        pytest.warns(RuntimeWarning, match="continues"),
    ):
        run_trainings(tasks(marks, always=True), n_jobs=2, memory=tmp_path / "memory")
    assert len(list(tmp_path.rglob("*.training"))) == 3


def test_the_command_says_it_in_one_line_and_exits_with_3(monkeypatch, capsys):
    def run(options):
        raise WorkerKilledError("a worker process was killed")

    monkeypatch.setitem(__main__.COMMANDS, "study", (run, str))
    assert __main__.main(["study", "p655"]) == 3
    assert capsys.readouterr().err == "error: a worker process was killed\n"
