"""Many trainings side by side: stored as they finish, and counted."""

import sys
import time
from itertools import chain

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook

from sklearn_frictiongru.model_selection._training_store import TrainingStore

SECONDS_BETWEEN_LINES = 30
MOST_IN_STACK = 20
"""Trainings that are run together: more would no longer leave a GPU idle, only need memory."""


def with_seed(estimator, seed):
    """Return a clone with every `random_state` in it set to a seed."""
    estimator = clone(estimator)
    seeded = {
        name: int(seed)
        for name in estimator.get_params(deep=True)
        if name == "random_state" or name.endswith("__random_state")
    }
    return estimator.set_params(**seeded)


def run_trainings(train, arguments, *, keys, costs, names, n_jobs, memory, verbose):
    """Run trainings side by side, but for those that a store holds already."""
    with Trainings(
        train,
        arguments,
        keys=keys,
        costs=costs,
        names=names,
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    ) as trainings:
        trainings.run(range(len(arguments)))
    return trainings.done, trainings.n_trained


class Trainings:
    """Trainings that are run side by side, some now and some later, with one progress bar."""

    def __init__(
        self,
        train,
        arguments,
        *,
        keys,
        costs,
        names,
        n_jobs,
        memory,
        verbose,
        stacks=None,
        train_together=None,
    ):
        self.train = train
        self.stacks = [None] * len(arguments) if stacks is None else stacks
        self.train_together = train_together
        self.arguments = arguments
        self.keys = keys
        self.costs = costs
        self.names = names
        self.n_jobs = n_jobs
        self.store = None if memory is None else TrainingStore(memory)
        self.done = [None] * len(arguments)
        if self.store is not None:
            self.done = [self.store.load(key) for key in keys]
        self.n_trained = 0
        self.progress = _Progress(
            [i for i, training in enumerate(self.done) if training is None], costs, verbose
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.progress.close()

    def run(self, numbers):
        """Run some of the trainings, but for those that are done."""
        missing = [i for i in numbers if self.done[i] is None]
        # The longest take the most time: started first, they end side by side.
        missing.sort(key=lambda i: -self.costs[i])
        # Tables of more than 10 kB are mapped into the workers' memory, not sent each time.
        parallel = Parallel(
            n_jobs=self.n_jobs,
            return_as="generator_unordered",
            pre_dispatch="1.5*n_jobs",
            max_nbytes="10K",
        )
        # One by one: inside of a list tables would be sent with every job.
        results = parallel(
            delayed(_numbered)(
                together,
                self.train,
                self.train_together,
                *chain.from_iterable(self.arguments[i] for i in together),
            )
            for together in self._jobs(missing)
        )
        for together, trainings in results:
            errors = []
            for i, training in zip(together, trainings, strict=True):
                if isinstance(training, Exception):
                    errors.append(training)
                else:
                    self._take(i, training)
            # Only now: those that were trained beside it are whole.
            if errors:
                raise errors[0]

    def _jobs(self, missing):
        """Return the numbers of the trainings to run as one job, for each job."""
        stacks = {}
        for i in missing:
            alone = self.stacks[i] is None
            stacks.setdefault((i,) if alone else self.stacks[i], []).append(i)
        for numbers in stacks.values():
            for together in np.array_split(numbers, -(-len(numbers) // MOST_IN_STACK)):
                yield together.tolist()

    def _take(self, i, training):
        """Store and count a training."""
        if training["interrupted"]:
            raise KeyboardInterrupt(f"interrupted while training {self.names[i]}")
        # Stored by the parent, since a worker elsewhere may not see the folder.
        if self.store is not None and training["status"] == "finished":
            self.store.save(self.keys[i], training)
        self.done[i] = training
        self.n_trained += 1
        self.progress.advance(i, self.names[i])

    def leave_out(self, numbers):
        """Count trainings that will not be run as no longer left."""
        self.progress.leave_out(i for i in numbers if self.done[i] is None)


def _numbered(numbers, train, train_together, *arguments):
    """Run one training, or several together, and return them with their numbers."""
    if len(numbers) == 1:
        return numbers, [train(*arguments)]
    of_each = len(arguments) // len(numbers)
    return numbers, train_together(
        [arguments[i : i + of_each] for i in range(0, len(arguments), of_each)]
    )


class _Progress:
    """Progress whose time left counts the cost of the trainings that are missing.

    A bar where there is a terminal or a notebook; now and then a line where the output
    goes into a file, which a bar would fill with its redrawing.
    """

    def __init__(self, missing, costs, verbose):
        self.costs = costs
        self.total = len(costs)
        self.left = set(missing)
        shown = bool(verbose and missing)
        in_file = not issubclass(tqdm, tqdm_notebook) and not sys.stderr.isatty()
        self.lines = shown and in_file
        self.written = -float("inf")
        self.bar = tqdm(
            total=sum(costs[i] for i in missing),
            disable=not shown or in_file,
            desc=self._description("training"),
            bar_format="{desc} |{bar:20}| {elapsed} elapsed, about {remaining} left",
        )
        self.started = time.monotonic()
        self.cost_done = 0.0
        if self.lines:
            self._write("training")

    def close(self):
        self.bar.close()

    def advance(self, i, name):
        """Count a finished training."""
        self.left.discard(i)
        self.cost_done += self.costs[i]
        self.bar.set_description_str(self._description(f"trained {name}"), refresh=False)
        self.bar.update(self.costs[i])
        late = time.monotonic() - self.written > SECONDS_BETWEEN_LINES
        if self.lines and (late or not self.left):
            self._write(f"trained {name}")

    def leave_out(self, numbers):
        """Count trainings that will not be run."""
        numbers = [i for i in numbers if i in self.left]
        self.left.difference_update(numbers)
        self.bar.total = (self.bar.total or 0) - sum(self.costs[i] for i in numbers)
        widgets = getattr(self.bar, "container", None)
        if widgets is not None:
            # A notebook's bar has an end of its own, which does not follow the total.
            widgets.children[-2].max = self.bar.total
        self.bar.refresh()

    def _description(self, what):
        done = self.total - len(self.left)
        return f"{what}; {done} of {self.total} trainings done, {len(self.left)} left"

    def _write(self, what):
        self.written = time.monotonic()
        elapsed = self.written - self.started
        cost_left = sum(self.costs[i] for i in self.left)
        expected = ""
        if self.cost_done:
            seconds = elapsed * cost_left / self.cost_done
            expected = f", about {tqdm.format_interval(seconds)} left"
        print(
            f"{self._description(what)}, {tqdm.format_interval(elapsed)} elapsed{expected}",
            file=sys.stderr,
            flush=True,
        )
