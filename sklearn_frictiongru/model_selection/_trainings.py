"""Many trainings side by side: stored as they finish, and counted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import joblib
import numpy as np
from joblib import Parallel, delayed

from sklearn_frictiongru.model_selection._task import Task, TrainingResult
from sklearn_frictiongru.model_selection._train_once import train_once
from sklearn_frictiongru.model_selection._train_together import stackable, train_together
from sklearn_frictiongru.model_selection._training_store import (
    TrainingStore,
    task_keys,
    trained_estimator,
)

MAX_STACK_SIZE = 20
"""Trainings that are run together: more would no longer leave a GPU idle, only need memory."""

SHARED = ("X", "y", "train", "test", "fit_params", "score_params")
"""What the tasks of a stack have in common."""


def run_trainings(
    tasks: Sequence[Task],
    *,
    n_jobs: int | None = None,
    memory: str | os.PathLike[str] | joblib.Memory | None = None,
    verbose: int = 0,
) -> list[TrainingResult]:
    """Run trainings side by side, but for those that a folder holds already.

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    n_jobs : int, default=None
        Number of trainings side by side, through joblib.
    memory : str, path-like or joblib.Memory, default=None
        Folder in which each finished training is stored at once, under a name made from its
        estimator, data, rows and scorers; the same call then does only what is missing. A
        training of a network that was killed goes on from its last checkpoint.
    verbose : int, default=0
        Whether to show the trainings left and the time expected: a bar, or lines where the
        output goes into a file.

    Returns
    -------
    list of TrainingResult
        A result per task, in the order of the tasks.

    Raises
    ------
    ValueError
        If `memory` cannot be written to, or an estimator without scorers has no validation
        loss.
    KeyboardInterrupt
        If a training was interrupted, which a network's own `fit` only warns of.

    See Also
    --------
    RepeatedSeedSearchCV : Compares parameters over repeated trainings.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.metrics import get_scorer
    >>> from sklearn_frictiongru.model_selection import Task, run_trainings
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> tasks = [
    ...     Task(Ridge(alpha), X, X[:, 0], f"alpha={alpha}", scorers={"r2": get_scorer("r2")})
    ...     for alpha in (1.0, 100.0)
    ... ]
    >>> weak, strong = run_trainings(tasks)
    >>> weak.status
    'finished'
    >>> weak.scores["r2"] > strong.scores["r2"]
    True
    """
    with Trainings(tasks, n_jobs=n_jobs, memory=memory, verbose=verbose) as trainings:
        trainings.run(range(len(tasks)))
    return [replace(result, estimator=trained_estimator(result)) for result in trainings.results]


class Trainings:
    """Trainings that are run side by side, some now and some later, with one progress bar."""

    def __init__(self, tasks, *, n_jobs, memory, verbose, max_stack_size=MAX_STACK_SIZE):
        # Only what trains shows how far it is.
        from sklearn_frictiongru.model_selection._progress import Progress

        self.tasks = list(tasks)
        self.n_jobs = n_jobs
        self.max_stack_size = max_stack_size
        self.store = self.keys = None
        self.results = [None] * len(tasks)
        if memory is not None:
            self.store = TrainingStore(memory)
            self.keys = task_keys(tasks)
            self.tasks = [
                replace(task, checkpoint=self.store.checkpoint(key))
                for task, key in zip(tasks, self.keys, strict=True)
            ]
            self.results = [self.store.load(key) for key in self.keys]
        self.n_trained = 0
        self.progress = Progress(
            [i for i, result in enumerate(self.results) if result is None],
            [task.cost for task in tasks],
            verbose,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.progress.close()

    def run(self, numbers):
        """Run some of the trainings, but for those that are done."""
        missing = [i for i in numbers if self.results[i] is None]
        # The longest take the most time: started first, they end side by side.
        missing.sort(key=lambda i: -self.tasks[i].cost)
        # Tables of more than 10 kB are mapped into the workers' memory, not sent each time.
        parallel = Parallel(
            n_jobs=self.n_jobs,
            return_as="generator_unordered",
            pre_dispatch="1.5*n_jobs",
            max_nbytes="10K",
        )
        for job, results in parallel(self._delayed(job) for job in self._jobs(missing)):
            errors = []
            for i, result in zip(job, results, strict=True):
                if isinstance(result, Exception):
                    errors.append(result)
                else:
                    self._finish(i, result)
            # Only now: the others of the stack are finished and stored.
            if errors:
                raise errors[0]

    def leave_out(self, numbers):
        """Count trainings that will not be run as no longer left."""
        self.progress.leave_out(i for i in numbers if self.results[i] is None)

    def _jobs(self, missing):
        """Yield the numbers of the trainings to run as one job, for each job."""
        stacks = {}
        for i in missing:
            task = self.tasks[i]
            alone = task.stack is None or bool(task.fit_params) or task.callbacks is not None
            alone = alone or not stackable(task.estimator)
            stacks.setdefault((i,) if alone else ("stack", task.stack), []).append(i)
        for numbers in stacks.values():
            for job in np.array_split(numbers, -(-len(numbers) // self.max_stack_size)):
                yield job.tolist()

    def _delayed(self, job):
        """Return a job for joblib, with the tables as arguments of the call."""
        # Dask sends an argument once to each worker, but what a list or a task holds every time.
        tasks = [self.tasks[i] for i in job]
        without_tables = [replace(task, **dict.fromkeys(SHARED)) for task in tasks]
        tables = [getattr(tasks[0], name) for name in SHARED]
        return delayed(_run_job)(job, without_tables, *tables)

    def _finish(self, i, result):
        """Store and count a training."""
        if result.interrupted:
            raise KeyboardInterrupt(f"interrupted while training {self.tasks[i].name}")
        # Stored by the parent, since a worker elsewhere may not see the folder.
        if self.store is not None and result.status == "finished":
            self.store.save(self.keys[i], result)
        self.results[i] = result
        self.n_trained += 1
        self.progress.advance(i, self.tasks[i].name)


def _run_job(job, tasks, *tables):
    """Run one training, or several together, and return their results with their numbers."""
    tasks = [replace(task, **dict(zip(SHARED, tables, strict=True))) for task in tasks]
    if len(tasks) == 1:
        return job, [train_once(tasks[0])]
    return job, train_together(tasks)
