"""The sweep of the quick study of the flagship record, with this package and by hand with skorch.

``python benchmarks/bench_task.py`` runs both, each in a fresh process on one thread, and prints
elapsed time, processor time and skill; it takes about 15 minutes of one core. Both have the same
record, split, windows, network sizes, optimiser, epochs and seeds, and keep the weights of the
epoch with the lowest validation loss; the initial weights and the order of the batches are each
library's own. By hand means: windows cut with NumPy, a torch module, skorch and `GridSearchCV`
over window lengths and seeds. ``--repeats 1 --lengths 1,50`` is a part of it. Nothing is asserted.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from measuring import THREAD_VARIABLES, machine

from sklearn_frictiongru.datasets import make_velocity_steps
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV, skill_score
from sklearn_frictiongru.study._named_records import VELOCITY_STEPS
from sklearn_frictiongru.study._settings import PRESETS

QUICK = PRESETS["quick"]
LR, BATCH_SIZE = 0.003, 64


class Record:
    """The flagship record, its split into parts, and the skill on its test rows."""

    def __init__(self, longest):
        steps = make_velocity_steps(**VELOCITY_STEPS)
        self.X, self.y = np.log10(steps.data), steps.target
        self.holdout = RunHoldout(window_length=longest)
        self.parts = self.holdout.parts(self.X)

    def rows(self, part):
        """Return the numbers of the rows of a part."""
        return np.flatnonzero(self.parts == part)

    def skill(self, predicted):
        """Return the skill of predictions of all rows, on the test rows."""
        training, test = self.rows("training"), self.rows("test")
        return skill_score(self.y, predicted, training=training, scored=test).skill


def ours(options):
    """Sweep with `WindowLengthSearchCV`; return the lowest losses by length, and test skills."""
    from sklearn.pipeline import Pipeline

    from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

    record = Record(max(options.lengths))
    regressor = GRUFrictionRegressor(
        lr=LR,
        batch_size=BATCH_SIZE,
        max_epochs=options.epochs,
        stride=options.stride,
        validation=record.holdout,
    )
    search = WindowLengthSearchCV(
        Pipeline([("window", SlidingWindowTransformer()), ("gru", regressor)]),
        options.lengths,
        n_repeats=options.repeats,
        n_jobs=1,
        random_state=0,
    ).fit(record.X, record.y)
    scores = search.results_.groupby("window_length", sort=False)["score"]
    return {
        "losses": {int(length): each.to_list() for length, each in scores},
        "skills": [record.skill(model.predict(record.X)) for model in search.estimators_],
    }


def by_hand(options):
    """Do the same with skorch and `GridSearchCV`."""
    import torch
    from sklearn.model_selection import GridSearchCV
    from skorch import NeuralNetRegressor
    from skorch.callbacks import Checkpoint
    from skorch.dataset import Dataset
    from skorch.helper import predefined_split
    from user_network import UserNetwork

    class SeededNet(NeuralNetRegressor):
        def __init__(self, *args, seed=0, **kwargs):
            super().__init__(*args, **kwargs)
            self.seed = seed

        def initialize(self):
            torch.manual_seed(self.seed)
            return super().initialize()

    longest = max(options.lengths)
    record = Record(longest)
    training, validation = record.rows("training")[:: options.stride], record.rows("validation")
    X, y = record.X.to_numpy(np.float32), record.y.to_numpy(np.float32)
    X = (X - X[training].mean(axis=0)) / X[training].std(axis=0)
    mean, scale = y[training].mean(), y[training].std()
    windows = np.lib.stride_tricks.sliding_window_view(X, longest, axis=0).transpose(0, 2, 1)
    # Window i ends at row i; rows with too little history are in no part that is used.
    windows = np.concatenate([np.repeat(windows[:1], longest - 1, axis=0), windows])
    targets = ((y - mean) / scale)[:, np.newaxis]

    def scores(net, X, y):
        predicted = net.predict(windows)[:, 0] * scale + mean
        return {
            "neg_loss": -np.mean((net.predict(X) - y) ** 2) * scale**2,
            "test_skill": record.skill(predicted),
        }

    with tempfile.TemporaryDirectory() as folder:
        net = SeededNet(
            UserNetwork,
            module__n_features=X.shape[1],
            optimizer=torch.optim.Adam,
            lr=LR,
            batch_size=BATCH_SIZE,
            max_epochs=options.epochs,
            iterator_train__shuffle=True,
            train_split=predefined_split(Dataset(windows[validation], targets[validation])),
            callbacks=[Checkpoint(dirname=folder, load_best=True)],
            verbose=0,
        )
        seeds = np.random.RandomState(0).randint(2**31, size=options.repeats).tolist()
        search = GridSearchCV(
            net,
            {"module__window_length": options.lengths, "seed": seeds},
            scoring=scores,
            refit="neg_loss",
            cv=[(training, validation)],
            error_score="raise",
        ).fit(windows, targets)
    found = search.cv_results_
    losses, skills = {}, {}
    for setting, neg_loss, skill in zip(
        found["params"], found["mean_test_neg_loss"], found["mean_test_test_skill"], strict=True
    ):
        losses.setdefault(setting["module__window_length"], []).append(-float(neg_loss))
        skills.setdefault(setting["module__window_length"], []).append(float(skill))
    return {"losses": losses, "skills": skills[best_length(losses)]}


def best_length(losses):
    """Return the window length with the lowest mean of the lowest losses."""
    return min(losses, key=lambda length: statistics.mean(losses[length]))


WAYS = {"sklearn_frictiongru": ours, "skorch and GridSearchCV": by_hand}


def in_fresh_process(name, arguments):
    """Return what a way found, with the elapsed and the processor time of all of its process."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, __file__, "--one", name, *arguments]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict.fromkeys(THREAD_VARIABLES, "1"),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout.splitlines()[-1])
    found["losses"] = {int(length): each for length, each in found["losses"].items()}
    return found | {
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def table(found):
    """Return the Markdown table of both ways; the last row is the ratio of the second to ours."""
    lines = [
        "| sweep with | elapsed [s] | processor time [s] | best length | mean lowest loss there | "
        "test skill, median (lowest, highest) |",
        "| --- " * 6 + "|",
    ]
    for name, each in found.items():
        best, skills = best_length(each["losses"]), each["skills"]
        lines.append(
            f"| {name} | {each['seconds']:.0f} | {each['cpu_seconds']:.0f} | {best} | "
            f"{statistics.mean(each['losses'][best]):.3g} | {statistics.median(skills):.3f} "
            f"({min(skills):.3f}, {max(skills):.3f}) |"
        )
    first, second = found.values()
    ratios = [second[what] / first[what] for what in ("seconds", "cpu_seconds")]
    lines.append(f"| times ours | {ratios[0]:.1f} | {ratios[1]:.1f} | | | |")
    return "\n".join(lines)


def main():
    """Measure both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--lengths",
        type=lambda text: [int(n) for n in text.split(",")],
        default=[1, *QUICK["window_lengths"]],
    )
    parser.add_argument("--repeats", type=int, default=QUICK["n_repeats"])
    parser.add_argument("--epochs", type=int, default=QUICK["max_epochs"])
    parser.add_argument("--stride", type=int, default=QUICK["stride"])
    parser.add_argument("--json", type=Path, help="keep all losses, skills and times in a file")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        warnings.simplefilter("ignore")
        print(json.dumps(WAYS[options.one](options)))
        return
    about = {"date": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine()}
    about["load_before"] = os.getloadavg()
    found = {name: in_fresh_process(name, sys.argv[1:]) for name in WAYS}
    about["load_after"] = os.getloadavg()
    print(
        f"{about['machine']['cpu']}, {about['date']}, load {about['load_before'][0]:.1f} before "
        f"and {about['load_after'][0]:.1f} after it; lengths {options.lengths}, repeats: "
        f"{options.repeats}, epochs: {options.epochs}, stride {options.stride}\n"
    )
    print(table(found))
    if options.json is not None:
        options.json.write_text(json.dumps(about | {"found": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
