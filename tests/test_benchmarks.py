"""The training benchmark: its work, its harness with a library made up, and its table."""

import ast
import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
SHARED = ("training_work", "measuring", "training_table")
SCRIPTS = (*SHARED, "bench_epochs", "bench_racing")

FAKE_LIBRARY = f"""
import os, sys, time
sys.path.insert(0, {str(BENCHMARKS)!r})
import measuring

def train(work, n_epochs, threads, setting):
    if setting == "hopeless":
        time.sleep(60)
    asked = [int(os.environ[name]) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")]
    asked += [work.n_windows, len(os.sched_getaffinity(0))]
    # One of the better setting's epochs is disturbed.
    timed = [20 if threads == 2 else 11, 10 / threads][: n_epochs - 2]
    return measuring.EpochClock([100, 50] + timed, [1, 1, 3, 4], asked)

measuring.train_once(train)
"""


@pytest.fixture(scope="module", autouse=True)
def _scripts_can_be_imported():
    """Let the scripts find one another, as where one of them is run."""
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))
    for name in SCRIPTS:
        sys.modules.pop(name, None)


def rounds(seconds, cpu_seconds=None):
    """Return the rounds of a library; in each the second epoch takes longer."""
    return {
        "rounds": [
            {
                "threads": 2,
                "setting": {"unroll": 8},
                "seconds": [each, each + 1],
                "cpu_seconds": [2 * each + 1, 2 * each],
                "warm_up_seconds": [7.0, 1.5],
                "peak_memory_mb": 1234.4,
            }
            for each in seconds
        ]
    }


def table_of(**measured):
    from bench_epochs import PEERS
    from training_table import COLUMNS, document
    from training_work import HIDDEN_SIZES, TrainingWork

    found = {
        "command": "tox run -e bench",
        "date": "2026-01-02T03:04+00:00",
        "machine": {"cpu": "Some CPU", "cores": 2, "gflops": 123.4, "python": "3.11.7"},
        "load_before": [0.25, 0, 0],
        "load_after": [1.5, 0, 0],
        "peers": {
            name: {"label": peer.label, "versions": None if name == "tsai" else {name: "1.2"}}
            for name, peer in PEERS.items()
        },
        "results": [
            {
                "work": TrainingWork(hidden_size=hidden_size).as_dict(),
                "peers": {name: rounds(seconds) for name, seconds in measured.items()},
            }
            for hidden_size in HIDDEN_SIZES
        ],
    }
    table = document(found)
    return table, {
        (cells[0], cells[1]): dict(zip(COLUMNS, cells, strict=True)) for cells in table.rows
    }


def test_the_work_is_the_same_each_time():
    from training_work import TrainingWork

    first, second = TrainingWork().data(), TrainingWork().data()
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(TrainingWork(seed=1).data()[0], first[0])


def test_the_work_has_the_sizes_that_it_says():
    from training_work import TrainingWork

    windows, targets = TrainingWork().data()
    assert windows.shape == (1024, 400, 5)
    assert targets.shape == (1024,)
    assert windows.dtype == targets.dtype == np.float32
    assert windows.flags.c_contiguous
    assert TrainingWork(hidden_size=64).shrunk().data()[0].shape == (128, 20, 5)
    assert TrainingWork(hidden_size=64).shrunk().hidden_size == 64


def test_targets_are_a_filter_of_the_last_rows_with_unit_variance():
    from training_work import TrainingWork

    work = TrainingWork()
    windows, targets = work.data()
    np.testing.assert_array_equal(windows[1:, :-1], windows[:-1, 1:])
    expected = sum(windows[:, -1 - lag] @ row for lag, row in enumerate(work.memory()))
    np.testing.assert_allclose(targets, expected, atol=1e-5)
    assert work.memory()[0, 0] == work.memory().max()
    # A standard error of a variance over 1,024 values that share ten rows each is about 0.1.
    assert abs(targets.var() - 1) < 0.3
    assert abs(windows.var() - 1) < 0.05


@pytest.mark.parametrize("module", SHARED)
def test_what_all_libraries_share_needs_numpy_alone(module):
    tree = ast.parse((BENCHMARKS / f"{module}.py").read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= sys.stdlib_module_names | {"numpy", *SHARED}


def test_ratios_are_those_within_a_round():
    # A machine that doubles its time in the third round does not change the ratio there.
    table, rows = table_of(ours=[2.0, 1.0, 4.0], jax=[6.0, 4.0, 12.0], keras=[20.0, 10.0, 39.0])
    assert rows["32", "sklearn_frictiongru"]["times ours"] == "1.00 (1.00, 1.00)"
    assert rows["64", "JAX, lax.scan"] == {
        "hidden": "64",
        "library": "JAX, lax.scan",
        "threads, setting": "2, unroll=8",
        "epoch [s]": "6.00 (4.00, 12.00)",
        "processor time [s]": "12.00 (8.00, 24.00)",
        "times ours": "3.00 (3.00, 4.00)",
        "times ours, processor time": "3.00 (3.00, 4.00)",
        "warm-up [s]": "8.5",
        "peak memory [MB]": "1,234",
    }
    said = table.markdown()
    assert "123 GFLOP/s" in said
    assert "``tox run -e bench``: Some CPU, 2 cores" in said
    assert "load 0.2 before and 1.5 after it" in said
    assert "Number of rounds: 3" in said
    for hidden_size in (32, 64):
        assert (
            f"Hidden {hidden_size}: the fastest other library is JAX, lax.scan, at 3.00 times our "
            "time." in said
        )


def test_libraries_without_a_result_are_named():
    table, rows = table_of(ours=[1.0])
    for name in ("JAX, lax.scan", "Keras, TensorFlow", "tsai", "skorch, nn.GRU"):
        assert rows["32", name]["threads, setting"] == "not measured"
    said = table.markdown()
    assert "Not installed: tsai." in said
    assert "jax 1.2" in said
    assert "the fastest other library" not in said


def test_without_ours_there_are_no_ratios():
    _, rows = table_of(jax=[6.0])
    assert rows["32", "JAX, lax.scan"]["epoch [s]"] == "6.00 (6.00, 6.00)"
    assert rows["32", "JAX, lax.scan"]["times ours"] == ""


def test_both_formats_hold_every_cell():
    from training_table import COLUMNS

    table, rows = table_of(ours=[1.0], jax=[6.0])
    expected = [COLUMNS, *(tuple(cells.values()) for cells in rows.values())]
    lines = table.rst().partition("   :header-rows: 1\n\n")[2].partition("\n\n")[0].splitlines()
    assert all(line.startswith(("   * -", "     -")) for line in lines)
    starts = [number for number, line in enumerate(lines) if line.startswith("   * -")]
    assert starts == list(range(0, len(lines), len(COLUMNS)))
    cells = [line[len("   * -") :].strip() for line in lines]
    assert [tuple(cells[start : start + len(COLUMNS)]) for start in starts] == expected
    lines = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in lines] == [
        expected[0],
        ("---",) * len(COLUMNS),
        *expected[1:],
    ]


def fake_peers(folder, **settings):
    from measuring import Peer

    (folder / "bench_fake.py").write_text(FAKE_LIBRARY)
    return {
        name: Peer(name, str(folder / "bench_fake.py"), ("numpy",), each)
        for name, each in settings.items()
    }


def test_the_fastest_setting_is_measured_in_turn(tmp_path, capsys):
    from bench_epochs import measure_in_turn
    from training_work import TrainingWork

    peers = fake_peers(tmp_path, one=({"setting": "usual"},), two=({"setting": "usual"},))
    found = measure_in_turn(peers, TrainingWork().shrunk(), n_rounds=2)
    for name in peers:
        trials, measured = found[name]["trials"], found[name]["rounds"]
        assert [trial["threads"] for trial in trials] == [1, 2]
        assert [trial["seconds"] for trial in trials] == [[11, 10.0], [20, 5.0]]
        assert [each["seconds"] for each in measured] == [[20, 5.0]] * 2
        assert {each["threads"] for each in measured} == {2}
        assert measured[0]["setting"] == {"setting": "usual"}
        assert measured[0]["warm_up_seconds"] == [100, 50]
        assert measured[0]["cpu_seconds"] == [3, 4]
        assert 5 < measured[0]["peak_memory_mb"] < 1000
        # What the process was started with: threads, the small work, cores.
        cores = len(os.sched_getaffinity(0))
        assert measured[0]["losses"] == [2, 2, 128, min(2, cores)]
        assert trials[0]["losses"] == [1, 1, 128, 1]
    order = [line.split(": ")[1].split()[0] for line in capsys.readouterr().err.splitlines()]
    assert order == ["one", "two", "two", "one"]


def test_the_trials_can_be_left_out(tmp_path):
    from bench_epochs import first_setting, measure_in_turn
    from training_work import TrainingWork

    peers = fake_peers(tmp_path, fake=({"setting": "usual"}, {"setting": "hopeless"}))
    [found] = measure_in_turn(peers, TrainingWork().shrunk(), 1, first_setting).values()
    assert found["trials"] == [{"threads": 1, "setting": {"setting": "usual"}}]
    assert [each["seconds"] for each in found["rounds"]] == [[11, 10.0]]


def test_time_is_that_of_the_innermost_step(monkeypatch):
    import bench_study

    now = iter([0.0, 2.0, 5.0, 9.0, 14.0, 20.0, 27.0])
    monkeypatch.setattr(bench_study.time, "process_time", lambda: next(now))
    clock = bench_study.Clock()
    fit = clock.wrap(bench_study.TRAINING, lambda: "model")
    sweep = clock.wrap("sweep", lambda: [fit()])
    assert sweep() == ["model"]
    fit()
    clock_of = clock.seconds
    # 2 s before the sweep, 3 in it, 4 of training, 5 in it again, 6 after it.
    assert clock_of["sweep, training"] == 4.0
    assert clock_of["sweep"] == 8.0
    assert clock_of[bench_study.REST] == 2.0 + 6.0
    assert clock_of["everything else, training"] == 7.0


def test_a_hopeless_setting_is_given_up(tmp_path, monkeypatch):
    import bench_epochs
    from training_work import TrainingWork

    monkeypatch.setattr(bench_epochs, "TRIAL_PATIENCE", 1)
    monkeypatch.setattr(bench_epochs, "TRIAL_SLACK_SECONDS", 0.5)
    settings = ({"setting": "usual"}, {"setting": "hopeless"})
    [peer] = fake_peers(tmp_path, fake=settings).values()
    trials = bench_epochs.try_settings(peer, TrainingWork().shrunk())
    assert all("seconds" in trial for trial in trials[:2])
    assert [trial["setting"] for trial in trials[2:]] == [{"setting": "hopeless"}] * 2
    for trial in trials[2:]:
        assert "seconds" not in trial
        assert 0.5 < trial["given_up_after_seconds"] < 60


def test_a_library_that_is_not_installed_has_no_versions():
    from measuring import Peer

    assert Peer("", "", ("numpy",)).versions() == {"numpy": np.__version__}
    assert Peer("", "", ("numpy", "no-such-package")).versions() is None


def test_the_epoch_benchmark_runs(tmp_path):
    command = [sys.executable, str(BENCHMARKS / "bench_epochs.py"), "--quick", "--hidden", "32"]
    command += ["--only", "ours,skorch", "--results", str(tmp_path)]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert (tmp_path / "epochs.md").read_text() == table.removesuffix("\n")
    found = json.loads((tmp_path / "epochs.json").read_text())
    [result] = found["results"]
    assert result["peers"].keys() == {"ours", "skorch"}
    for measured in result["peers"].values():
        [once] = measured["rounds"]
        assert min(once["seconds"] + once["cpu_seconds"]) > 0
        # Both learn the same task.
        assert 0 < once["losses"][-1] < once["losses"][0] < 2
    assert "the fastest other library is skorch, nn.GRU" in table


def test_the_whole_task_benchmark_runs(tmp_path):
    command = [sys.executable, str(BENCHMARKS / "bench_task.py"), "--quick"]
    command += ["--results", str(tmp_path)]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert (tmp_path / "task.md").read_text() == table.removesuffix("\n")
    ours, by_hand = json.loads((tmp_path / "task.json").read_text())["found"].values()
    for found in (ours, by_hand):
        assert found["losses"].keys() == {"1", "10"}
        assert len(found["skills"]) == 2
        assert found["cpu_seconds"] > 0
    # Two epochs from different weights: the losses have the same size, not the same value.
    for length in ("1", "10"):
        ratio = np.mean(by_hand["losses"][length]) / np.mean(ours["losses"][length])
        assert 0.5 < ratio < 2
    assert "| times ours |" in table


def test_the_first_epoch_holds_all_that_precedes_it(monkeypatch):
    import measuring

    times, cpu_times = iter([0.0, 7.0, 10.0, 12.0]), iter([0.0, 14.0, 15.0, 18.0])
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: next(times))
    monkeypatch.setattr(measuring.time, "process_time", lambda: next(cpu_times))
    clock = measuring.EpochClock()
    clock.begin()
    clock.end(np.float32(0.5))
    clock.begin()
    clock.end(0.25)
    assert clock.seconds == [7.0, 2.0]
    assert clock.cpu_seconds == [14.0, 3.0]
    assert clock.losses == [0.5, 0.25]


def test_every_library_has_a_script_and_exact_versions():
    from bench_epochs import PEERS

    config = configparser.ConfigParser()
    config.read(ROOT / "tox.ini", encoding="utf-8")
    environment = config["testenv:bench"]
    pins = "benchmarks{/}constraints.txt"
    assert environment["constraints"].endswith(pins)
    assert environment["set_env"].endswith(pins)
    lines = (BENCHMARKS / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    needed = {package for peer in PEERS.values() for package in peer.packages}
    needed |= set(environment["deps"].split())
    assert needed - {"sklearn_frictiongru"} <= pinned.keys()
    for peer in PEERS.values():
        assert (BENCHMARKS / peer.script).exists()


def test_the_friction_damper_compares_models_on_the_same_rows(monkeypatch):
    import friction_damper

    from sklearn_frictiongru.datasets import make_memory_regression

    X, y, _ = make_memory_regression(600, 2, memory=12, noise=0.1, n_runs=2, random_state=0)
    monkeypatch.setattr(
        friction_damper, "fetch_friction_damper", lambda **_: (X, y.rename("force"))
    )
    record = friction_damper.Record(None)
    assert {name: len(rows) for name, rows in record.rows.items()}["test"] == 120
    perfect = record.skill(y.to_numpy())
    assert perfect == {"validation": 1.0, "test": 1.0}
    with_history = record.flattened(friction_damper.RIDGES[:1], (4, 16))
    assert with_history["rows"] == 16
    assert with_history["test"] > 0.8
    assert record.flattened(friction_damper.RIDGES, (1,))["test"] < 0.5


def test_the_table_of_the_friction_damper_names_what_the_guide_says():
    lines = (ROOT / "docs" / "guide" / "friction_damper.csv").read_text().splitlines()
    assert lines[0] == "model,rows,validation,test"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "network",
        "ridge on flattened windows",
        "boosting on flattened windows",
        "boosting without history",
    ]


def test_the_scale_benchmark_runs(tmp_path):
    command = [sys.executable, str(BENCHMARKS / "bench_scale.py"), "--quick", "--axes", "inputs"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert '"PurgedKFold(5)", "0.' in found
    # The number of inputs in the header, seconds and the exponent.
    assert ':header: "", "1", "5", "exponent"' in found
    assert "window length 500" in found


def test_the_gpu_benchmark_runs_on_a_cpu(tmp_path):
    """The tests that it runs first are run with all others."""
    kept = tmp_path / "stacked.json"
    command = [sys.executable, str(BENCHMARKS / "bench_stacked.py"), "--cpu", "--json", str(kept)]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(kept.read_text())
    assert [row["what"] for row in found["results"]] == [
        "one repeat alone",
        "one repeat alone, bfloat16",
        "1 stacked, no graph",
        "3 stacked, no graph",
    ]
    assert all(
        len(row["seconds"]) == 5 and f"| {row['what']} |" in table for row in found["results"]
    )
    # Stacked or not, the first repeat is the same but for rounding.
    assert abs(found["results"][-1]["loss_relative_to_one"]) < 1e-3


def test_the_race_is_replayed_on_stored_sweeps(monkeypatch, capsys):
    import bench_racing

    rng = np.random.default_rng(0)

    def sweep(kind, seed):
        y = np.asarray(bench_racing.record(kind, seed)[1])
        # Windows of six rows and more are equally good.
        size = np.where(np.array(bench_racing.LENGTHS) < 6, 1.0, 0.1)[:, None, None]
        fall = 4.0 ** np.linspace(1, 0, bench_racing.N_EPOCHS)
        errors = size * y.std() * rng.normal(size=(*size.shape[:1], bench_racing.N_REPEATS, len(y)))
        return (errors**2).mean(axis=2, keepdims=True) * fall, (y + errors).astype(np.float32)

    monkeypatch.setattr(bench_racing, "full_sweep", sweep)
    monkeypatch.setattr(sys, "argv", ["bench_racing.py", "--seeds", "1"])
    bench_racing.main()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][2:]
    assert len(lines) == len(bench_racing.RECORDS) * 6
    for line in lines:
        _, _, _, share, other_length, other_verdict, _ = line.strip("| ").split(" | ")
        assert 0.1 < float(share.split()[0]) < 0.9
        assert other_length == other_verdict == "0 of 1"
