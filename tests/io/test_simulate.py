"""The command that writes simulated records: what it writes is what study reads."""

import json
import os
import re
import shlex
import sys

import pandas as pd
import pytest

from sklearn_frictiongru import __version__
from sklearn_frictiongru.__main__ import _run_simulate
from sklearn_frictiongru._parser import make_parser
from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    Ramps,
    Steps,
    make_friction_experiment,
    make_memory_regression,
)
from sklearn_frictiongru.io import read_record, write_simulated_record
from sklearn_frictiongru.io._simulate import WRITERS
from sklearn_frictiongru.preprocessing import Runs


def parse(*words):
    """Return the options of a command line."""
    return make_parser().parse_args(["simulate", *map(str, words)])


def simulate(*words):
    """Run a command line, its errors not caught."""
    _run_simulate(parse(*words))


def read_as_printed(out):
    """Read a record with the options of the study command line that was printed."""
    command = shlex.split(re.search("^study it: (.*)$", out, re.MULTILINE)[1])
    assert command[:3] == ["python", "-m", "sklearn_frictiongru"]
    options = make_parser().parse_args(command[3:])
    record = read_record(
        options.data,
        time=options.time,
        target=options.target,
        inputs=options.inputs,
        condition=options.condition,
        run=options.run,
    )
    return record, options


def truth_of(path):
    """Return the truth beside a record."""
    return json.loads(path.with_name(f"{path.stem}_truth.json").read_text(encoding="utf-8"))


MEMORY_WORDS = shlex.split(
    "memory --rows 90 --features 3 --memory 4 --importances 5,3,2 --nonlinearity tanh --noise 0.1 "
    "--runs 3 --correlation 0.2 --autocorrelation 0.3 --seed 7"
)
MEMORY_OPTIONS = {
    "n_samples": 90,
    "n_features": 3,
    "memory": 4,
    "importances": [5, 3, 2],
    "nonlinearity": "tanh",
    "noise": 0.1,
    "n_runs": 3,
    "correlation": 0.2,
    "autocorrelation": 0.3,
    "random_state": 7,
}
EXPERIMENT_WORDS = shlex.split(
    "experiment --runs 2 --duration 30 --interval 0.5 --normal-stress steps=0:0.5,10:2 "
    "--normal-stress ramps=0:1,20:3 --slip-velocity 0.002 --temperature-coupling 0.002 "
    "--constant d_c=2e-5 --constant mu0=0.7 --seed 3"
)
EXPERIMENT_OPTIONS = {
    "n_runs": 2,
    "duration": 30,
    "sampling_interval": 0.5,
    "normal_stress": [Steps([(0, 0.5), (10, 2)]), Ramps([(0, 1), (20, 3)])],
    "slip_velocity": 0.002,
    "temperature_coupling": 0.002,
    "constants": ExperimentConstants(d_c=2e-5, mu0=0.7),
    "random_state": 3,
}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".pq", ".CSV"])
@pytest.mark.parametrize(
    ("words", "options"),
    [(["memory"], {"random_state": 0}), (MEMORY_WORDS, MEMORY_OPTIONS)],
)
def test_a_memory_record_reads_back_exactly(tmp_path, capsys, words, options, ending):
    simulate(*words, "--output", tmp_path / f"record{ending}")
    record, study = read_as_printed(capsys.readouterr().out)
    X, y, _ = make_memory_regression(**options)
    pd.testing.assert_frame_equal(record.data, X.rename_axis(["run", "time_s"]), check_exact=True)
    pd.testing.assert_series_equal(
        record.target, y.rename_axis(["run", "time_s"]), check_exact=True
    )
    assert record.condition is None
    assert Runs.of(record.data).lengths.tolist() == Runs.of(X).lengths.tolist()
    memory = options.get("memory", 20)
    assert study.window_lengths == [memory // 2, memory, 3 * memory // 2, 2 * memory]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["experiment", "--duration", "40"], {"duration": 40, "random_state": 0}),
        (EXPERIMENT_WORDS, EXPERIMENT_OPTIONS),
    ],
)
def test_an_experiment_reads_back_exactly(tmp_path, capsys, words, options, ending):
    path = tmp_path / f"record{ending}"
    simulate(*words, "--output", path)
    record, study = read_as_printed(capsys.readouterr().out)
    experiment = make_friction_experiment(**options)
    pd.testing.assert_frame_equal(record.data, experiment.data, check_exact=True)
    pd.testing.assert_series_equal(record.target, experiment.target, check_exact=True)
    pd.testing.assert_series_equal(record.condition, experiment.normal_stress, check_exact=True)
    assert study.condition == "normal_stress_mpa"
    interval = options.get("sampling_interval", 1.0)
    assert Runs.of(record.data).sampling_interval == interval
    columns = {".csv": pd.read_csv, ".parquet": pd.read_parquet}[ending](path).columns.tolist()
    assert columns == ["run", "time_s", *experiment.frame.columns]


def test_the_truth_of_a_memory_record(tmp_path):
    path = tmp_path / "record.csv"
    simulate(*MEMORY_WORDS, "--output", path)
    truth = truth_of(path)
    coef = make_memory_regression(**MEMORY_OPTIONS)[2]
    assert truth["record"] == "record.csv"
    assert (truth["kind"], truth["version"]) == ("memory", __version__)
    assert (truth["target"], truth["inputs"]) == ("target", ["x0", "x1", "x2"])
    assert truth["memory"] == 4
    assert truth["importances"] == coef.importances.to_dict()
    pd.testing.assert_frame_equal(
        pd.DataFrame(truth["weights"]),
        coef.weights,
        check_names=False,
        check_exact=True,
        check_index_type=False,
    )
    assert truth["parameters"] == MEMORY_OPTIONS
    # They suffice to make the record again, defaults included.
    simulate("memory", "--output", tmp_path / "default.csv", "--seed", 5)
    parameters = truth_of(tmp_path / "default.csv")["parameters"]
    assert parameters["n_samples"] == 2000
    again = make_memory_regression(**parameters)
    pd.testing.assert_series_equal(again[1], make_memory_regression(random_state=5)[1])


def test_the_truth_of_an_experiment(tmp_path):
    path = tmp_path / "record.csv"
    simulate(*EXPERIMENT_WORDS, "--output", path)
    truth = truth_of(path)
    experiment = make_friction_experiment(**EXPERIMENT_OPTIONS)
    assert (truth["record"], truth["kind"]) == ("record.csv", "experiment")
    assert (truth["target"], truth["inputs"]) == ("friction", experiment.feature_names)
    assert truth["causal_parents"] == experiment.causal_parents
    assert truth["time_scales"] == experiment.time_scales
    parameters = truth["parameters"]
    assert parameters.keys() == experiment.parameters.keys()
    assert parameters["temperature_coupling"] == 0.002
    assert parameters["random_state"] == 3
    steps, ramps = parameters["normal_stress"]
    assert steps == {"type": "Steps", "points": [[0, 0.5], [10, 2]]}
    assert ramps == {"type": "Ramps", "points": [[0, 1], [20, 3]]}
    constants = dict(parameters["constants"])
    assert constants.pop("type") == "ExperimentConstants"
    assert ExperimentConstants(**constants) == EXPERIMENT_OPTIONS["constants"]


def test_decoupled_takes_temperature_out_of_the_causes(tmp_path):
    parents = {}
    for words in ([], ["--decoupled"]):
        path = tmp_path / f"record{len(words)}.csv"
        simulate("experiment", "--duration", "20", *words, "--output", path)
        parents[len(words)] = truth_of(path)["causal_parents"]
    assert [name for name in parents[0] if name not in parents[1]] == ["surface_temperature_degc"]
    assert truth_of(path)["parameters"]["temperature_coupling"] == 0.0
    assert truth_of(path)["parameters"]["normal_stress"]["type"] == "Steps"


def test_what_is_printed(tmp_path, capsys):
    path = tmp_path / "new folder" / "a record.csv"
    simulate("memory", "--rows", "40", "--memory", "1", "--output", path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        f"record: {path} (40 rows, runs: 1)",
        f"truth: {path.parent / 'a record_truth.json'}",
    ]
    assert lines[2] == (
        f"study it: python -m sklearn_frictiongru study '{path}' --time time_s --run run "
        "--target target --inputs x0,x1,x2,x3,x4 --window-lengths 1,2 "
        f"--truth '{path.parent / 'a record_truth.json'}'"
    )
    assert sorted(os.listdir(path.parent)) == ["a record.csv", "a record_truth.json"]


@pytest.mark.parametrize("taken", [["record.csv"], ["record_truth.json"]])
def test_files_are_replaced_only_by_force(tmp_path, capsys, taken):
    for name in taken:
        (tmp_path / name).write_text("kept", encoding="utf-8")
    words = ["memory", "--rows", "30", "--memory", "3", "--output", tmp_path / "record.csv"]
    # Nothing is simulated in vain: the bad parameter is not come to.
    with pytest.raises(ValueError, match=rf"{taken[0]}' would be overwritten.*--force"):
        simulate(*words, "--noise", "-1")
    assert os.listdir(tmp_path) == taken
    assert (tmp_path / taken[0]).read_text(encoding="utf-8") == "kept"
    assert capsys.readouterr().out == ""
    simulate(*words, "--force")
    assert truth_of(tmp_path / "record.csv")["memory"] == 3
    assert len(pd.read_csv(tmp_path / "record.csv")) == 30
    both = r"record\.csv' and '.*record_truth\.json' would be overwritten"
    with pytest.raises(ValueError, match=both):
        simulate(*words)


def test_a_bad_parameter_leaves_what_stood_there(tmp_path):
    path = tmp_path / "record.csv"
    simulate("memory", "--rows", "30", "--output", path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="'memory'"):
        simulate("memory", "--memory", "0", "--output", path, "--force")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_kill_leaves_neither_half_a_file_nor_the_truth_of_another_record(
    tmp_path, monkeypatch, fails_at
):
    path = tmp_path / "record.csv"
    simulate("memory", "--rows", "30", "--output", path)
    old = path.read_bytes()
    calls, replace_really = [], os.replace

    def replace(source, target):
        calls.append(target)
        if len(calls) == fails_at:
            raise KeyboardInterrupt
        replace_really(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        simulate("memory", "--rows", "50", "--output", path, "--force")
    assert os.listdir(tmp_path) == ["record.csv"]
    assert (path.read_bytes() == old) == (fails_at == 1)


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"writing 'record.pq' needs pyarrow.*\[parquet\]"):
        simulate("memory", "--output", tmp_path / "record.pq")
    simulate("memory", "--rows", "30", "--output", tmp_path / "record.csv")


@pytest.mark.parametrize("ending", WRITERS)
def test_every_ending_that_is_written_is_read(tmp_path, ending):
    path = tmp_path / f"record{ending}"
    written = write_simulated_record(path, "memory", n_samples=30, memory=3)
    record = read_record(
        path, time=written.time, target=written.target, inputs=written.inputs, run=written.run
    )
    assert len(record.data) == 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["memory", "--output", "record.xlsx"], r"ends in '\.xlsx'; expected .*\.csv, \.parquet"),
        (["memory", "--output", "record"], "ends in ''"),
        (["memory", "--noise", "-1", "--output", "a.csv"], "'noise'"),
        (["memory", "--importances", "1,2", "--output", "a.csv"], "importances has shape"),
        (["experiment", "--duration", "-3", "--output", "a.csv"], "'duration'"),
        (["experiment", "--slip-velocity", "40", "--output", "a.csv"], "slip_velocity"),
        (
            ["experiment", *["--normal-stress", "1"] * 2, "--output", "a.csv"],
            "normal_stress is a list of 2 programs but n_runs is 1",
        ),
        (
            ["experiment", "--constant", "mu=0.6", "--output", "a.csv"],
            "no constant 'mu'; expected one of mu0, a, b",
        ),
        (["experiment", "--constant", "mu0=6", "--output", "a.csv"], "constant mu0 is 6"),
    ],
)
def test_bad_values_are_errors(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        simulate(*words)
    assert os.listdir(tmp_path) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "required: kind"),
        (["memory"], "required: --output"),
        (["memory", "--decoupled", "--output", "a.csv"], "unrecognized arguments: --decoupled"),
        (["memory", "--importances", "a,1", "--output", "a.csv"], "'a,1'; expected numbers"),
        (["experiment", "--normal-stress", "fast"], "'fast'; expected a number, steps=TIME:VALUE"),
        (["experiment", "--normal-stress", "jumps=0:1"], "'jumps=0:1'; expected a number"),
        (["experiment", "--slip-velocity", "steps=0:a"], "'steps=0:a'; expected a number"),
        (["experiment", "--slip-velocity", "steps=0"], "'steps=0'; points of Steps"),
        (["experiment", "--slip-velocity", "ramps=5:1,3:2"], "'ramps=5:1,3:2'; point 1 of Ramps"),
        (["experiment", "--constant", "mu0"], "'mu0'; expected NAME=NUMBER"),
        (["experiment", "--decoupled", "--temperature-coupling", "0.1"], "not allowed with"),
    ],
)
def test_a_command_line_that_is_not_understood_says_why(capsys, words, message):
    with pytest.raises(SystemExit) as stopped:
        parse(*words)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_constants_are_given_whole_or_by_name(tmp_path):
    written = [
        write_simulated_record(
            tmp_path / f"{number}.csv", "experiment", duration=20, random_state=0, constants=given
        )
        for number, given in enumerate([{"mu0": 0.7}, ExperimentConstants(mu0=0.7)])
    ]
    one, other = (simulated.path.read_text(encoding="utf-8") for simulated in written)
    assert one == other


def test_a_kind_that_is_unknown_is_refused(tmp_path):
    with pytest.raises(ValueError, match="kind is 'slip'; expected one of experiment, memory"):
        write_simulated_record(tmp_path / "record.csv", "slip")
