"""Many trainings in parallel: stored as they finish, and counted."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import joblib
import numpy as np
from joblib import delayed, effective_n_jobs

from sklearn_frictiongru.model_selection._task import Task, TrainingResult
from sklearn_frictiongru.model_selection._train_once import (
    STOPPED,
    is_one_network,
    train_once,
    within_limits,
)
from sklearn_frictiongru.model_selection._train_together import stackable, train_together
from sklearn_frictiongru.model_selection._training_folder import TrainingFolder, folder_of
from sklearn_frictiongru.model_selection._training_keys import task_keys
from sklearn_frictiongru.model_selection._training_store import TrainingStore, with_estimator
from sklearn_frictiongru.utils.content_key import content_key
from sklearn_frictiongru.utils.workers import (
    KILLED,
    WorkerKilledError,
    end_with_parent,
    results_of_calls,
    this_process,
)

SECONDS_BETWEEN_LOOKS = 0.5
"""Interval between checks whether another process has finished a training."""

MAX_STACK_SIZE = 20
"""Largest number of trainings run together: with more, a GPU is not used better."""

SHARED = ("X", "y", "train", "test", "fit_params", "score_params")
"""Attributes that the tasks of a stack share."""


def run_trainings(
    tasks: Sequence[Task],
    *,
    n_jobs: int | None = None,
    memory: str | os.PathLike[str] | joblib.Memory | TrainingFolder | None = None,
    verbose: int = 0,
) -> list[TrainingResult]:
    """Run trainings in parallel, except those that are already stored in a folder.

    Parameters
    ----------
    tasks : sequence of Task
        Trainings to run.
    n_jobs : int, default=None
        Number of trainings in parallel, through joblib.
    memory : str, path-like, joblib.Memory or TrainingFolder, default=None
        Folder in which each training is stored as soon as it finishes, under a name computed
        from its estimator with its code, data, rows and scorers; the same call then does only
        missing trainings. A killed training of a network resumes from its last checkpoint.
        Several processes may share a folder: each training is done once.
    verbose : int, default=0
        Whether to show the remaining trainings and time: as a bar, or as lines if the output
        goes to a file.

    Returns
    -------
    list of TrainingResult
        One result per task, in the order of the tasks.

    Raises
    ------
    ValueError
        If `memory` cannot be written to, or an estimator without scorers has no validation
        loss.
    WorkerKilledError
        If worker processes are killed, for example for lack of memory, and no training can
        continue.
    KeyboardInterrupt
        If a training was interrupted; a network's own `fit` only warns in this case.

    See Also
    --------
    RepeatedSeedSearchCV : Compares parameters over repeated trainings.
    Task : One training.
    TrainingResult : Its result.
    TrainingFolder : A folder for finished trainings.
    WorkerKilledError : Raised if a worker is killed.
    sklearn_frictiongru.neural_network.checkpoints_in : Lets a single training be resumed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.metrics import get_scorer
    >>> from sklearn_frictiongru.model_selection import Task, run_trainings
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> tasks = [
    ...     Task(
    ...         Ridge(alpha),
    ...         X,
    ...         X[:, 0],
    ...         f"alpha={alpha}",
    ...         scorers={"r2": get_scorer("r2")},
    ...     )
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
    return [with_estimator(result) for result in trainings.results]


class Trainings:
    """Trainings that are run in parallel, some now and some later, with one progress bar."""

    def __init__(self, tasks, *, n_jobs, memory, verbose, max_stack_size=MAX_STACK_SIZE):
        # Progress is shown only if something is trained.
        from sklearn_frictiongru.model_selection._progress import Progress

        self.tasks = list(tasks)
        self.n_jobs = n_jobs
        self.max_stack_size = max_stack_size
        self.store = None
        self.keys = [None] * len(tasks)
        self.results = [None] * len(tasks)
        # Whole trainings that count as stopped at a limit, by their numbers.
        self.whole = {}
        # Locks on the trainings that this process does now, by their numbers.
        self.locks = {}
        self.started = set()
        folder = folder_of(memory)
        if folder is not None:
            self.store = TrainingStore(folder)
            self.keys = task_keys(tasks)
            for i, key in enumerate(self.keys):
                if key is not None:
                    self.tasks[i] = replace(tasks[i], checkpoint=self.store.checkpoint(key))
                    self.results[i] = self._stored(i)
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
        """Run some of the trainings, except those that are done."""
        missing = [i for i in numbers if self.results[i] is None]
        # The longest windows take the most time: started first, all workers finish at similar
        # times.
        missing.sort(key=lambda i: -self.tasks[i].cost)
        n_jobs = self.n_jobs
        while missing:
            try:
                self._run(missing, n_jobs)
            except WorkerKilledError as error:
                self._warn_of_killed(missing)
                if effective_n_jobs(n_jobs) <= 2:
                    self._run_one_by_one(missing, error)
                n_jobs = max(2, effective_n_jobs(n_jobs) // 2)
            missing = [i for i in missing if self.results[i] is None]
            if missing and not self.started:
                # Another process runs them.
                time.sleep(SECONDS_BETWEEN_LOOKS)

    def _run_one_by_one(self, missing, error):
        """Run the remaining trainings one after the other; raise if a worker is killed."""
        killed = []
        for i in missing:
            if self.results[i] is not None:
                continue
            try:
                # Still in a worker: this process must not be killed.
                self._run([i], 2, n_workers=2)
            except WorkerKilledError:
                killed.append(self.tasks[i].name)
        if killed:
            raise WorkerKilledError(
                f"{KILLED}, while training {killed[0]} alone"
                f"{f' and {len(killed) - 1} more' if killed[1:] else ''}.{self._kept()} Use a "
                "smaller batch_size or shorter windows, or more memory."
            ) from error

    def _warn_of_killed(self, missing):
        left = [i for i in missing if self.results[i] is None]
        running = [self.tasks[i].name for i in left if i in self.started]
        warnings.warn(
            f"{KILLED}, while one of {running[:6]} ran.{self._kept()} It continues with fewer at "
            "once; use fewer jobs or a smaller batch_size.",
            RuntimeWarning,
            stacklevel=4,
        )

    def _kept(self):
        return "" if self.store is None else " Finished trainings are stored."

    def _run(self, missing, n_jobs, n_workers=None):
        """Run the trainings that no other process runs, and collect those that one has finished."""
        self.started = set()
        found = {}
        calls = (self._delayed(job) for job in self._claimed(missing, found))
        n_calls = n_workers or len(missing)
        done = results_of_calls(n_jobs, calls, n_calls, ordered=False, pre_dispatch="1.5*n_jobs")
        try:
            with closing(done):
                for job, results in done:
                    self._finish_job(job, results)
        finally:
            for i in list(self.locks):
                self.locks.pop(i).release()
        for i, result in found.items():
            self.results[i] = result
            self.progress.advance(i, self.tasks[i].name)

    def _claimed(self, missing, found):
        """Yield the jobs of the trainings that this process may run, and record those done."""
        for job in self._jobs(missing):
            mine = [i for i in job if self._claim(i, found)]
            if mine:
                self.started.update(mine)
                yield mine

    def _claim(self, i, found):
        """Return whether this process should run a training."""
        if self.keys[i] is None:
            return True
        lock = self.store.lock(self.keys[i])
        if lock is None:
            return False
        result = self._stored(i)
        if result is not None:
            found[i] = result
            if not _is_stopped(result):
                self.store.clear(self.keys[i])
            lock.release()
            return False
        self.locks[i] = lock
        return True

    def leave_out(self, numbers):
        """Remove trainings that will not be run from the remaining count."""
        self.progress.leave_out(i for i in numbers if self.results[i] is None)

    def limit(self, numbers, limits):
        """Give trainings that are to be run a limit of the loss after each epoch."""
        for i in numbers:
            if not is_one_network(self.tasks[i].estimator):
                continue
            self.tasks[i] = replace(self.tasks[i], loss_limits=limits)
            if self.results[i] is not None:
                self.whole[i] = self.results[i]
                self.results[i] = within_limits(self.results[i], limits)
            elif self.keys[i] is not None:
                self.results[i] = self._stored(i)

    def run_whole(self, numbers):
        """Run trainings to their end, also those that were stopped at a limit."""
        numbers = list(numbers)
        for i in numbers:
            self.tasks[i] = replace(self.tasks[i], loss_limits=None)
            if self.results[i] is not None and _is_stopped(self.results[i]):
                self.results[i] = self.whole.get(i)
        self.progress.put_back(i for i in numbers if self.results[i] is None)
        self.run(numbers)

    def forget_stopped(self):
        """Remove the checkpoints of trainings that stay stopped."""
        for i, result in enumerate(self.results):
            if self.keys[i] is not None and result is not None and _is_stopped(result):
                self.store.clear(self.keys[i])

    def _stored(self, i):
        """Return the stored result of a training, whole or stopped at its limits, or None."""
        task, key = self.tasks[i], self.keys[i]
        if task.loss_limits is not None:
            stopped = self.store.load(_key_within(key, task.loss_limits), task)
            if stopped is not None:
                return stopped
        result = self.store.load(key, task)
        return None if result is None else within_limits(result, task.loss_limits)

    def _key_of(self, i, result):
        """Return the key of a result: of a training that reached its end, limits are no part."""
        if not _is_stopped(result):
            return self.keys[i]
        return _key_within(self.keys[i], self.tasks[i].loss_limits)

    def _jobs(self, missing):
        """Yield the numbers of the trainings to run as one job, for each job."""
        stacks = {}
        for i in missing:
            task = self.tasks[i]
            alone = task.stack is None or bool(task.fit_params) or task.callbacks is not None
            alone = alone or task.loss_limits is not None or not stackable(task.estimator)
            stacks.setdefault((i,) if alone else ("stack", task.stack), []).append(i)
        for numbers in stacks.values():
            for job in np.array_split(numbers, -(-len(numbers) // self.max_stack_size)):
                yield job.tolist()

    def _delayed(self, job):
        """Return a job for joblib, with the tables as arguments of the call."""
        # Dask sends an argument once to each worker, but the contents of a list or a task every
        # time.
        tasks = [self.tasks[i] for i in job]
        without_tables = [replace(task, **dict.fromkeys(SHARED)) for task in tasks]
        tables = [getattr(tasks[0], name) for name in SHARED]
        return delayed(_run_job)(this_process(), job, without_tables, *tables)

    def _finish_job(self, job, results):
        """Store and count the trainings of a job; raise the error of one."""
        errors = []
        for i, result in zip(job, results, strict=True):
            if isinstance(result, Exception):
                errors.append(result)
            else:
                self._finish(i, result)
        # Only now, after the others of the stack are stored.
        if errors:
            raise errors[0]

    def _finish(self, i, result):
        """Store and count a training."""
        if result.interrupted:
            raise KeyboardInterrupt(f"interrupted while training {self.tasks[i].name}")
        # Stored by the parent, since a worker on another machine may not see the folder.
        if self.keys[i] is not None and not result.status.startswith("failed"):
            self.store.save(self._key_of(i, result), self.tasks[i], result)
        if i in self.locks:
            self.locks.pop(i).release()
        self.results[i] = result
        self.n_trained += 1
        self.progress.advance(i, self.tasks[i].name)


def _is_stopped(result):
    return result.status.startswith(STOPPED)


def _key_within(key, limits):
    """Return the key of a training that was stopped at one of some limits."""
    return content_key(key, limits)


def _run_job(parent, job, tasks, *tables):
    """Run one training, or several together, and return their results with their numbers."""
    end_with_parent(parent)
    tasks = [replace(task, **dict(zip(SHARED, tables, strict=True))) for task in tasks]
    if len(tasks) == 1:
        return job, [train_once(tasks[0])]
    return job, train_together(tasks)
