"""The same training epoch with this package and with other libraries, in turn, and one table.

Run ``tox run -e bench`` on an idle machine; it takes about 45 minutes, with the whole task of
``bench_task.py`` that follows. For each hidden size it tries the settings and thread numbers of
each library, and then measures all libraries in rounds: every round runs each of them once, in a
fresh process, in another order. The ratios are those within a round, so that a machine that drifts
does not change them. ``tox run -e bench -- --quick`` tries everything out on tiny sizes. ``tox exec
-e bench -- python benchmarks/bench_epochs.py --windows 128 --rounds 3`` measures a shorter epoch;
``--first-settings`` leaves the trials out and takes the first setting of each library on one
thread. The JSON and the table are written to ``benchmarks/results``, except by ``--quick`` the
table also into the documentation. Nothing is asserted.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
from measuring import Peer, command, machine, measure
from threadpoolctl import threadpool_limits
from training_table import document
from training_work import HIDDEN_SIZES, TrainingWork

RESULTS = Path(__file__).parent / "results"
IN_DOCS = Path(__file__).resolve().parents[1] / "docs" / "guide" / "epochs_table.txt"
OURS = ("sklearn_frictiongru", "torch", "numba")
FLUSHED = ({"flush_denormal": True}, {"flush_denormal": False})
PEERS = {
    "ours": Peer("sklearn_frictiongru", "bench_ours.py", OURS, ({"backend": "fused"},)),
    # Torch's own layers are held at one thread.
    "ours-torch": Peer(
        "sklearn_frictiongru, nn.GRU", "bench_ours.py", OURS[:2], ({"backend": "torch"},), (1,)
    ),
    "skorch": Peer("skorch, nn.GRU", "bench_skorch.py", ("skorch", "torch"), FLUSHED),
    "jax": Peer(
        "JAX, lax.scan", "bench_jax.py", ("jax", "jaxlib", "optax"), ({"unroll": 8}, {"unroll": 1})
    ),
    "keras": Peer(
        "Keras, TensorFlow",
        "bench_keras.py",
        ("keras", "tensorflow-cpu"),
        ({"jit_compile": False}, {"jit_compile": True}),
    ),
    "tsai": Peer("tsai", "bench_tsai.py", ("tsai", "fastai", "torch"), FLUSHED),
}
ROUNDS, EPOCHS_OF_A_ROUND = 5, 2
TRIAL_EPOCHS = 2
"""Timed epochs of a trial, of which the faster one counts: a disturbed one says nothing."""
TRIAL_PATIENCE, TRIAL_SLACK_SECONDS = 2, 60
"""A setting may take so many times as long as the fastest before it, and so long for compiling."""


def try_settings(peer, work):
    """Return a short training per setting; those that take hopelessly long are given up."""
    trials, patience = [], None
    for setting, threads in product(peer.settings, peer.threads):
        begin = time.perf_counter()
        try:
            trial = measure(peer, work, TRIAL_EPOCHS, threads, setting, patience)
        except subprocess.TimeoutExpired:
            trial = {"threads": threads, "setting": setting, "given_up_after_seconds": patience}
        else:
            whole = TRIAL_SLACK_SECONDS + TRIAL_PATIENCE * (time.perf_counter() - begin)
            patience = min(patience or whole, whole)
        trials.append(trial)
    return trials


def first_setting(peer, work):
    """Return what takes the place of trials where none are wanted."""
    return [{"threads": 1, "setting": peer.settings[0]}]


def measure_in_turn(peers, work, n_rounds, tried=try_settings):
    """Return the trials of each library, and its rounds, measured in turn with the best of them."""
    trials = {name: tried(peer, work) for name, peer in peers.items()}
    best = {
        name: min(each, key=lambda trial: min(trial.get("seconds", [math.inf])))
        for name, each in trials.items()
    }
    rounds = {name: [] for name in peers}
    names = list(peers)
    for n in range(n_rounds):
        first = n % len(names)
        for name in names[first:] + names[:first]:
            threads, setting = best[name]["threads"], best[name]["setting"]
            found = measure(peers[name], work, EPOCHS_OF_A_ROUND, threads, setting)
            rounds[name].append(found)
            print(
                f"hidden {work.hidden_size}, round {n + 1}: {name} {min(found['seconds']):.2f} s "
                f"an epoch, {threads} threads, {setting}",
                file=sys.stderr,
            )
    return {name: {"trials": trials[name], "rounds": rounds[name]} for name in peers}


def product_speed(size=1024, repeats=10):
    """Return the GFLOP/s of a float32 product of square matrices on one thread."""
    a, b = np.random.default_rng(0).standard_normal((2, size, size), dtype=np.float32)
    seconds = []
    with threadpool_limits(1):
        for _ in range(repeats):
            begin = time.perf_counter()
            a @ b
            seconds.append(time.perf_counter() - begin)
    return 2 * size**3 / min(seconds) / 1e9


def main():
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes and one round")
    parser.add_argument("--first-settings", action="store_true", help="leave the trials out")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--windows", type=int, default=TrainingWork().n_windows)
    parser.add_argument(
        "--hidden", type=lambda text: [int(n) for n in text.split(",")], default=HIDDEN_SIZES
    )
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PEERS))
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for JSON and table")
    options = parser.parse_args()
    versions = {name: PEERS[name].versions() for name in PEERS}
    peers = {
        name: peer
        for name, peer in PEERS.items()
        if name in options.only and versions[name] is not None
    }
    found = {
        "command": command(),
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine() | {"gflops": product_speed()},
        "load_before": os.getloadavg(),
        "peers": {name: {"label": PEERS[name].label, "versions": versions[name]} for name in PEERS},
        "results": [],
    }
    for hidden_size in options.hidden:
        work = replace(TrainingWork(hidden_size=hidden_size), n_windows=options.windows)
        work = work.shrunk() if options.quick else work
        n_rounds = 1 if options.quick else options.rounds
        tried = first_setting if options.first_settings else try_settings
        in_turn = measure_in_turn(peers, work, n_rounds, tried)
        found["results"].append({"work": work.as_dict(), "peers": in_turn})
    found["load_after"] = os.getloadavg()
    table = document(found)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "epochs.json").write_text(json.dumps(found, indent=1) + "\n")
    (options.results / "epochs.md").write_text(table.markdown())
    if not options.quick:
        IN_DOCS.write_text(table.rst())
    print(table.markdown())


if __name__ == "__main__":
    main()
