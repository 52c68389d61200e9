"""Where the processor time of a study goes: training and everything else, step by step.

``python benchmarks/bench_study.py p655`` runs the quick study of a record in this process, on one
thread, and prints a table; arguments after the record are options of ``study``. Training is the
time in the network's ``fit``: of the sweep, the rotations and the floor of the importances. The
fits of the reference models are not training. It takes as long as the study, one to six minutes.
Nothing is asserted.
"""

import contextlib
import functools
import importlib
import io
import os
import sys
import tempfile
import time
from datetime import UTC, datetime

BEGUN = time.process_time()

from measuring import machine  # noqa: E402

STEPS = {
    "reading and checks": ["__main__._record", "study._protocol.check_record"],
    "sweep": ["study._protocol.sweep_lengths"],
    "predictions and tests": [
        "study._protocol.predictions_of_lengths",
        "study._protocol.skill_of_study",
    ],
    "rotations": ["study._skill.rotate"],
    "floor of the importances": ["study._ranking.null_floor"],
    "importances": ["study._ranking._importance", "study._ranking._permutation"],
    "reference models": [
        "study._protocol.fit_law",
        "study._protocol.compare_with_references",
    ],
    "figures": ["study._write._write_figures"],
    "tables, model and page": ["study._protocol.write_study"],
}
TRAINING = "training"
REST = "everything else"


class Clock:
    """Processor seconds of each step without those of the steps inside it."""

    def __init__(self):
        self.seconds = {}
        self.running = [REST]
        self.since = time.process_time()

    def change(self):
        """Add the time since the last change to what is running."""
        now = time.process_time()
        name = self.running[-1]
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.since
        self.since = now

    def wrap(self, label, function):
        """Return a function whose time is added to a step, a training's to that of its step."""

        @functools.wraps(function)
        def timed(*args, **kwargs):
            self.change()
            inside = f"{self.running[-1]}, {TRAINING}" if label == TRAINING else label
            self.running.append(inside)
            try:
                return function(*args, **kwargs)
            finally:
                self.change()
                self.running.pop()

        return timed


def main():
    """Run a study and print."""
    main_module = importlib.import_module("sklearn_frictiongru.__main__")
    importlib.import_module("sklearn_frictiongru.study._named_records")
    network = importlib.import_module("sklearn_frictiongru.neural_network").GRUFrictionRegressor
    clock = Clock()
    clock.seconds["imports"] = time.process_time() - BEGUN
    for label, places in STEPS.items():
        for place in places:
            module_name, _, name = place.rpartition(".")
            module = importlib.import_module(f"sklearn_frictiongru.{module_name}")
            setattr(module, name, clock.wrap(label, getattr(module, name)))
    network.fit = clock.wrap(TRAINING, network.fit)
    record, *options = sys.argv[1:] or ["p655"]
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        code = main_module.main(
            ["study", record, "--jobs", "1", "--quiet", "--output", folder, *options]
        )
    clock.change()
    if code:
        sys.exit(code)
    whole = sum(clock.seconds.values())
    training = sum(s for name, s in clock.seconds.items() if name.endswith(f", {TRAINING}"))
    about = machine()
    print(
        f"{' '.join([record, *options])}: {about['cpu']}, {about['cores']} cores, "
        f"{datetime.now(UTC):%Y-%m-%d}, load {load:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )
    print("| step | processor time [s] | share |\n| --- | --- | --- |")
    for name, seconds in [*clock.seconds.items(), ("all but training", whole - training)]:
        print(f"| {name} | {seconds:.1f} | {100 * seconds / whole:.1f} % |")


if __name__ == "__main__":
    main()
