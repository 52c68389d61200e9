"""Progress of the trainings, as a bar or as lines."""

import sys
import time

from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook

SECONDS_BETWEEN_LINES = 30


class Progress:
    """Progress whose remaining time accounts for the cost of the remaining trainings.

    A bar in a terminal or a notebook, occasional lines if the output goes to a file.
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
        numbers = self.left.intersection(numbers)
        self.left -= numbers
        self._add_to_total(-sum(self.costs[i] for i in numbers))

    def put_back(self, numbers):
        """Count trainings that will be run after all, or again."""
        numbers = set(numbers) - self.left
        self.left |= numbers
        self._add_to_total(sum(self.costs[i] for i in numbers))

    def _add_to_total(self, cost):
        self.bar.total = (self.bar.total or 0) + cost
        widgets = getattr(self.bar, "container", None)
        if widgets is not None:
            # The bar in a notebook has its own maximum, which does not follow the total.
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
