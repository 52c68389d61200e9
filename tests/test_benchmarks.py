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
    timed = [20 if threads == 2 else 11, 10 / threads, 7, 8, 9][: n_epochs - 2]
    return measuring.EpochClock([100, 50] + timed, asked)

if __name__ == "__main__":
    measuring.HIDDEN_SIZES = (32,)
    measuring.TRIAL_PATIENCE, measuring.TRIAL_SLACK_SECONDS = 1, {{slack}}
    measuring.main(measuring.Peer("fake", ("numpy",), train, {{settings}}))
"""


@pytest.fixture(scope="module", autouse=True)
def _scripts_can_be_imported():
    """Let the scripts find one another, as where one of them is run."""
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))
    for name in SHARED:
        sys.modules.pop(name, None)


def measured(name, seconds, **changes):
    """Return a result as the harness keeps it, for the two hidden sizes."""
    from training_work import HIDDEN_SIZES, TrainingWork

    results = [
        {
            "work": TrainingWork(hidden_size=hidden_size).as_dict(),
            "threads": 2,
            "setting": {"unroll": 8},
            "seconds": seconds,
            "warm_up_seconds": [7.0, 1.5],
            "peak_memory_mb": 1234.4,
        }
        for hidden_size in HIDDEN_SIZES
    ]
    return {
        "peer": name,
        "same_task": True,
        "note": "",
        "date": "2026-01-02T03:04+00:00",
        "versions": {"library": "1.2"},
        "machine": {"cpu": "Some CPU", "cores": 2},
        "load_before": [0.25, 0, 0],
        "results": results,
    } | changes


def table_of(*found):
    from training_table import COLUMNS, document

    table = document({one["peer"]: one for one in found}, 123.4)
    rows = {(cells[0], cells[1]): dict(zip(COLUMNS, cells, strict=True)) for cells in table.rows}
    return table, rows


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


def test_ratios_are_those_of_medians_to_ours():
    table, rows = table_of(
        measured("ours-fused", [2.0, 1.0, 9.0]),
        measured("ours-torch", [8.0, 8.0, 9.0]),
        measured("jax", [5.0, 6.0, 4.0]),
    )
    assert rows["32", "sklearn_frictiongru, fused"]["times ours"] == "1.00"
    assert rows["64", "sklearn_frictiongru, nn.GRU"]["times ours"] == "4.00"
    jax = rows["64", "JAX, lax.scan"]
    assert jax == {
        "hidden": "64",
        "library": "JAX, lax.scan",
        "network": "the same",
        "threads, setting": "2, unroll=8",
        "epoch [s]": "5.00",
        "lowest": "4.00",
        "highest": "6.00",
        "times ours": "2.50",
        "warm-up [s]": "8.5",
        "peak memory [MB]": "1,234",
    }
    said = table.markdown()
    assert "123 GFLOP/s" in said
    assert "Some CPU, 2 cores" in said
    assert "JAX, lax.scan: library 1.2; 2026-01-02, load 0.2 before it." in said


def test_without_a_fused_backend_ratios_are_to_what_we_have():
    _, rows = table_of(measured("ours-torch", [4.0]), measured("jax", [2.0]))
    assert rows["32", "sklearn_frictiongru, fused"]["network"] == "not measured"
    assert rows["32", "JAX, lax.scan"]["times ours"] == "0.50"


def test_another_network_is_marked_and_is_not_the_fastest_other():
    table, rows = table_of(
        measured("ours-fused", [1.0]),
        measured("keras", [5.0]),
        measured("jax", [6.0]),
        measured("aeon", [3.0], same_task=False, note="no convolutions."),
    )
    assert rows["32", "aeon"]["network"] == "another"
    assert rows["32", "aeon"]["times ours"] == "3.00"
    said = table.markdown()
    assert "load 0.2 before it. Another network: no convolutions." in said
    for hidden_size in (32, 64):
        assert (
            f"Hidden {hidden_size}: the fastest other library on the same network is Keras, "
            "TensorFlow, at 5.00 times our time." in said
        )


def test_libraries_without_a_result_are_named():
    table, rows = table_of(measured("ours-fused", [1.0]))
    for name in ("JAX, lax.scan", "Keras, TensorFlow", "tsai", "aeon"):
        assert rows["32", name]["network"] == "not measured"
    said = table.markdown()
    assert "tsai: not measured on this machine; tox run -e bench-tsai." in said
    assert "sklearn_frictiongru, nn.GRU: not measured on this machine; tox run -e bench." in said
    assert "the fastest other library" not in said


def test_results_of_another_machine_or_of_other_sizes_are_not_compared():
    from training_work import TrainingWork

    small = measured("jax", [1.0])
    small["results"][0]["work"] = TrainingWork().shrunk().as_dict()
    _, rows = table_of(
        measured("ours-fused", [1.0]),
        small,
        measured("keras", [1.0], machine={"cpu": "Some CPU", "cores": 4}),
    )
    assert rows["32", "JAX, lax.scan"]["network"] == "not measured"
    assert rows["64", "JAX, lax.scan"]["network"] == "the same"
    assert rows["64", "Keras, TensorFlow"]["network"] == "not measured"


def test_both_formats_hold_every_cell():
    from training_table import COLUMNS

    table, rows = table_of(measured("ours-fused", [1.0]), measured("jax", [6.0]))
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


def test_results_are_read_by_the_name_of_the_library(tmp_path):
    from training_table import read_results

    for name in ("jax", "aeon"):
        (tmp_path / f"{name}.json").write_text(json.dumps(measured(name, [1.0])))
    (tmp_path / "table.md").write_text("| not a result |")
    found = read_results(tmp_path)
    assert found == {name: measured(name, [1.0]) for name in ("aeon", "jax")}


def run_fake_library(folder, settings, slack):
    script = folder / "bench_fake.py"
    script.write_text(FAKE_LIBRARY.format(settings=settings, slack=slack))
    done = subprocess.run(
        [sys.executable, script, "--quick"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_fastest_setting_is_measured_in_full(tmp_path):
    found = run_fake_library(tmp_path, ({"setting": "usual"},), slack=60)
    [result] = found["results"]
    assert [trial["threads"] for trial in result["trials"]] == [1, 2]
    assert [trial["seconds"] for trial in result["trials"]] == [[11, 10.0], [20, 5.0]]
    assert result["threads"] == 2
    assert result["setting"] == {"setting": "usual"}
    assert result["warm_up_seconds"] == [100, 50]
    assert result["seconds"] == [20, 5.0, 7, 8, 9]
    assert 5 < result["peak_memory_mb"] < 1000
    assert found["versions"]["numpy"] == np.__version__
    # What the process was born with: threads, the small work, cores.
    cores = len(os.sched_getaffinity(0))
    assert result["losses"] == [2, 2, 128, min(2, cores)]
    assert result["trials"][0]["losses"] == [1, 1, 128, 1]


def test_a_hopeless_setting_is_given_up(tmp_path):
    settings = ({"setting": "usual"}, {"setting": "hopeless"})
    [result] = run_fake_library(tmp_path, settings, slack=0.5)["results"]
    assert result["setting"] == {"setting": "usual"}
    given_up = result["trials"][2:]
    assert [trial["setting"] for trial in given_up] == [{"setting": "hopeless"}] * 2
    for trial in given_up:
        assert "seconds" not in trial
        assert 0.5 < trial["given_up_after_seconds"] < 30


def test_the_first_epoch_holds_all_that_precedes_it(monkeypatch):
    import measuring

    times = iter([0.0, 7.0, 10.0, 12.0])
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: next(times))
    clock = measuring.EpochClock(begun=measuring.time.perf_counter())
    clock.begin()
    clock.end(np.float32(0.5))
    clock.begin()
    clock.end(0.25)
    assert clock.seconds == [7.0, 2.0]
    assert clock.losses == [0.5, 0.25]


def tox_environments():
    config = configparser.ConfigParser()
    config.read(ROOT / "tox.ini", encoding="utf-8")
    return {
        name.removeprefix("testenv:bench-"): config[name]
        for name in config.sections()
        if name.startswith("testenv:bench-")
    }


def test_every_library_has_a_script_an_environment_and_exact_versions():
    from training_table import LIBRARIES, OURS

    environments = tox_environments()
    for name in LIBRARIES.keys() - set(OURS):
        environment = environments[name]
        pins = f"benchmarks{{/}}constraints-{name}.txt"
        assert environment["constraints"].endswith(pins)
        assert environment["set_env"].endswith(pins)
        assert environment["commands"].split()[1] == f"benchmarks/bench_{name}.py"
        assert (BENCHMARKS / f"bench_{name}.py").exists()
        lines = (BENCHMARKS / f"constraints-{name}.txt").read_text().splitlines()
        pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
        assert set(environment["deps"].split()) <= pinned.keys()


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
    assert "| PurgedKFold(5) | 0." in found
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
