"""The sweep of the quick study of the flagship record, with this package and by hand with skorch.

``tox run -e bench`` runs both after ``bench_epochs.py``, each in a fresh process on one thread, and
writes elapsed time, processor time and skill; it takes about 10 minutes of one core. Both have the
same record, split, windows, network sizes, optimiser, epochs and seeds, and keep the weights of the
epoch with the lowest validation loss; the initial weights and the order of the batches are each
library's own. By hand means: windows cut with NumPy, a torch module, skorch and `GridSearchCV` over
window lengths and seeds. ``--quick`` tries it out. The JSON and the table are written to
``benchmarks/results``, except by ``--quick`` the table also into the documentation. Nothing is
asserted.
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
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from measuring import THREAD_VARIABLES, command, machine
from training_table import Document, circumstances

from sklearn_frictiongru.datasets import make_velocity_steps
from sklearn_frictiongru.model_selection import RunHoldout, WindowLengthSearchCV, skill_score
from sklearn_frictiongru.study._named_records import VELOCITY_STEPS
from sklearn_frictiongru.study._settings import PRESETS

RESULTS = Path(__file__).parent / "results"
IN_DOCS = Path(__file__).resolve().parents[1] / "docs" / "guide" / "task_table.txt"
LR, BATCH_SIZE = 0.003, 64


@dataclass(frozen=True)
class Sizes:
    """What is trained: the quick study, or next to nothing."""

    lengths: tuple = (1, *PRESETS["quick"]["window_lengths"])
    repeats: int = PRESETS["quick"]["n_repeats"]
    epochs: int = PRESETS["quick"]["max_epochs"]
    stride: int = PRESETS["quick"]["stride"]


TINY = Sizes(lengths=(1, 10), repeats=2, epochs=2, stride=40)


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


def ours(sizes):
    """Sweep with `WindowLengthSearchCV`; return the lowest losses by length, and test skills."""
    from sklearn.pipeline import Pipeline

    from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

    record = Record(max(sizes.lengths))
    regressor = GRUFrictionRegressor(
        lr=LR,
        batch_size=BATCH_SIZE,
        max_epochs=sizes.epochs,
        stride=sizes.stride,
        validation=record.holdout,
    )
    search = WindowLengthSearchCV(
        Pipeline([("window", SlidingWindowTransformer()), ("gru", regressor)]),
        sizes.lengths,
        n_repeats=sizes.repeats,
        n_jobs=1,
        random_state=0,
    ).fit(record.X, record.y)
    scores = search.results_.groupby("window_length", sort=False)["score"]
    return {
        "losses": {int(length): each.to_list() for length, each in scores},
        "skills": [record.skill(model.predict(record.X)) for model in search.estimators_],
    }


def by_hand(sizes):
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

    longest = max(sizes.lengths)
    record = Record(longest)
    training, validation = record.rows("training")[:: sizes.stride], record.rows("validation")
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
            max_epochs=sizes.epochs,
            iterator_train__shuffle=True,
            train_split=predefined_split(Dataset(windows[validation], targets[validation])),
            callbacks=[Checkpoint(dirname=folder, load_best=True)],
            verbose=0,
        )
        seeds = np.random.RandomState(0).randint(2**31, size=sizes.repeats).tolist()
        search = GridSearchCV(
            net,
            {"module__window_length": sizes.lengths, "seed": seeds},
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


def table(about, found, sizes):
    """Return the table of both ways; the last row is the ratio of the second to ours."""
    columns = (
        "sweep with",
        "elapsed [s]",
        "processor time [s]",
        "best length",
        "mean lowest loss there",
        "test skill, median (lowest, highest)",
    )
    rows = []
    for name, each in found.items():
        best, skills = best_length(each["losses"]), each["skills"]
        rows.append(
            [
                name,
                f"{each['seconds']:.0f}",
                f"{each['cpu_seconds']:.0f}",
                f"{best} rows",
                f"{statistics.mean(each['losses'][best]):.3g}",
                f"{statistics.median(skills):.3f} ({min(skills):.3f}, {max(skills):.3f})",
            ]
        )
    first, second = found.values()
    ratios = [f"{second[what] / first[what]:.1f}" for what in ("seconds", "cpu_seconds")]
    rows.append(["times ours", *ratios, "", "", ""])
    lengths = ", ".join(map(str, sizes.lengths))
    above = (
        f"{circumstances(about)}. Window lengths of {lengths} rows, {sizes.repeats} repeats of "
        f"{sizes.epochs} epochs, a stride of {sizes.stride}."
    )
    return Document([above], columns, rows, [])


def main():
    """Measure both ways and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="next to nothing, to try it out")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for JSON and table")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = TINY if options.quick else Sizes()
    if options.one:
        warnings.simplefilter("ignore")
        print(json.dumps(WAYS[options.one](sizes)))
        return
    about = {
        "command": command(),
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "load_before": os.getloadavg(),
    }
    found = {name: in_fresh_process(name, sys.argv[1:]) for name in WAYS}
    about["load_after"] = os.getloadavg()
    document = table(about, found, sizes)
    options.results.mkdir(parents=True, exist_ok=True)
    kept = about | {"sizes": asdict(sizes), "found": found}
    (options.results / "task.json").write_text(json.dumps(kept, indent=1) + "\n")
    (options.results / "task.md").write_text(document.markdown())
    if not options.quick:
        IN_DOCS.write_text(document.rst())
    print(document.markdown())


if __name__ == "__main__":
    main()
