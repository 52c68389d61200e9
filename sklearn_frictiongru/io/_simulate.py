"""The command ``simulate``: a record whose truth is known, written to a file."""

import argparse
import inspect
import json
import shlex
from dataclasses import asdict, is_dataclass
from pathlib import Path

import pandas as pd
from sklearn.utils import Bunch

from sklearn_frictiongru import __version__
from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    Ramps,
    Steps,
    make_friction_experiment,
    make_memory_regression,
)
from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.files import whole_file

RUN, TIME = "run", "time_s"
PROGRAMS = {"steps": Steps, "ramps": Ramps}


def _write_csv(table, file):
    """Write a table as CSV, the same bytes on every system, floats such that they read back."""
    table.to_csv(file, index=False, lineterminator="\n")


def _write_parquet(table, file):
    """Write a table as Parquet."""
    table.to_parquet(file, index=False)


WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".pq": _write_parquet}


def add_simulate_command(subparsers):
    """Add the command ``simulate`` to a command line."""
    parser = subparsers.add_parser(
        "simulate",
        help="write a simulated record, whose truth is known",
        description="Write a simulated record that study reads, and its truth beside it.",
    )
    kinds = parser.add_subparsers(required=True, dest="kind")
    _add_experiment(kinds)
    _add_memory(kinds)
    return parser


def run_simulate(options):
    """Simulate a record and write it, with its truth beside it.

    The truth of ``FILE.csv`` is ``FILE_truth.json``. The command line of ``study`` that reads
    the record is printed.
    """
    path = Path(options.output)
    truth_path = path.with_name(f"{path.stem}_truth.json")
    _check_output(path, truth_path, options.force)
    simulated = SIMULATIONS[options.kind](options)
    truth = {
        "record": path.name,
        "kind": options.kind,
        "version": __version__,
        "target": simulated.target,
        "inputs": simulated.inputs,
        **simulated.truth,
    }
    text = json.dumps(truth, indent=2, allow_nan=False, default=_plain)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A kill between the two files must not leave the truth of one record beside another.
    truth_path.unlink(missing_ok=True)
    with whole_file(path) as file:
        WRITERS[path.suffix.lower()](simulated.table, file)
    with whole_file(truth_path) as file:
        file.write(f"{text}\n".encode())
    print(f"record: {path} ({len(simulated.table)} rows, runs: {simulated.table[RUN].nunique()})")
    print(f"truth: {truth_path}")
    print(f"study it: {_study_command(path, truth_path, simulated)}")
    return 0


def _check_output(path, truth_path, force):
    """Raise where the files cannot be written, before any work is done."""
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise ValueError(
            f"the output {path.name!r} ends in {path.suffix!r}; expected a file that ends in "
            f"{', '.join(WRITERS)}."
        )
    if WRITERS[ending] is _write_parquet:
        try:
            import_extra("pyarrow", "parquet", f"writing {path.name!r}")
        except ImportError as error:
            raise ValueError(str(error)) from error
    taken = [repr(str(file)) for file in (path, truth_path) if file.exists()]
    if taken and not force:
        raise ValueError(
            f"{' and '.join(taken)} would be overwritten; expected files that do not exist yet. "
            "Choose another --output, or replace them with --force."
        )


def _study_command(path, truth_path, simulated):
    """Return the command line that studies a record."""
    words = ["python", "-m", "sklearn_frictiongru", "study", str(path), "--time", TIME]
    words += ["--run", RUN, "--target", simulated.target, "--inputs", ",".join(simulated.inputs)]
    return shlex.join([*words, *simulated.study_options, "--truth", str(truth_path)])


def _simulate_experiment(options):
    """Return the table, the truth and the roles of the columns of an experiment."""
    given = _given(options, ["n_runs", "duration", "sampling_interval", "temperature_coupling"])
    for name in ("normal_stress", "slip_velocity"):
        programs = getattr(options, name)
        if programs is not None:
            given[name] = programs[0] if len(programs) == 1 else programs
    experiment = make_friction_experiment(
        **given,
        constants=_constants(options.constant),
        random_state=options.seed,
    )
    return Bunch(
        table=experiment.frame.rename_axis([RUN, TIME]).reset_index(),
        target=experiment.target_name,
        inputs=experiment.feature_names,
        study_options=[
            *("--condition", experiment.normal_stress.name),
            *("--velocity", experiment.feature_names[0]),
        ],
        truth={
            "causal_parents": experiment.causal_parents,
            "time_scales": experiment.time_scales,
            "parameters": experiment.parameters,
        },
    )


def _simulate_memory(options):
    """Return the table, the truth and the roles of the columns of a filter of known memory."""
    names = ["n_samples", "n_features", "memory", "importances", "nonlinearity", "noise"]
    names += ["n_runs", "correlation", "autocorrelation"]
    call = inspect.signature(make_memory_regression).bind(
        **_given(options, names), random_state=options.seed
    )
    call.apply_defaults()
    X, y, coef = make_memory_regression(*call.args, **call.kwargs)
    # Shorter windows lack something, the true one has all, longer ones add nothing.
    lengths = sorted({-(-halves * coef.memory // 2) for halves in (1, 2, 3, 4)})
    parameters = dict(call.arguments)
    # How the truth is returned is no property of the record.
    del parameters["coef"]
    return Bunch(
        table=X.assign(**{y.name: y}).rename_axis([RUN, TIME]).reset_index(),
        target=y.name,
        inputs=X.columns.to_list(),
        study_options=["--window-lengths", ",".join(map(str, lengths))],
        truth={
            "memory": coef.memory,
            "importances": coef.importances,
            "weights": coef.weights,
            "parameters": parameters,
        },
    )


SIMULATIONS = {"experiment": _simulate_experiment, "memory": _simulate_memory}


def _given(options, names):
    """Return the options that were given, so that the functions' defaults hold for the others."""
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _constants(changes):
    """Return the constants with some of them changed."""
    known = [*inspect.signature(ExperimentConstants).parameters]
    for name, _ in changes:
        if name not in known:
            raise ValueError(f"there is no constant {name!r}; expected one of {', '.join(known)}.")
    return ExperimentConstants(**dict(changes))


def _plain(value):
    """Return what JSON can hold of a value that it does not know."""
    if is_dataclass(value):
        return {"type": type(value).__name__, **asdict(value)}
    if isinstance(value, pd.DataFrame):
        return value.to_dict(orient="list")
    return value.to_dict()


def _add_experiment(kinds):
    """Add the friction experiment."""
    parser = kinds.add_parser(
        "experiment",
        help="rate-and-state friction with heat and wear: true causes and time scales",
        description="Write a simulated friction experiment (datasets.make_friction_experiment). "
        "A PROGRAM is a number, steps=TIME:VALUE,... or ramps=TIME:VALUE,... with times in "
        "seconds; given several times, it is that of one run after the other.",
    )
    _add_common(parser)
    parser.add_argument(
        "--duration", metavar="S", type=float, help="length of a run in seconds (default: 5000)"
    )
    parser.add_argument(
        "--interval",
        dest="sampling_interval",
        metavar="S",
        type=float,
        help="time between two rows in seconds (default: 1)",
    )
    parser.add_argument(
        "--normal-stress",
        metavar="PROGRAM",
        action="append",
        type=_program,
        help="in MPa (default: steps between 0.3 and 5.8)",
    )
    parser.add_argument(
        "--slip-velocity",
        metavar="PROGRAM",
        action="append",
        type=_program,
        help="in m/s (default: 0.004)",
    )
    coupling = parser.add_mutually_exclusive_group()
    coupling.add_argument(
        "--temperature-coupling",
        metavar="X",
        type=float,
        help="fall of friction per rise of surface temperature, in 1/K (default: 0.001)",
    )
    coupling.add_argument(
        "--decoupled",
        dest="temperature_coupling",
        action="store_const",
        const=0.0,
        help="friction does not depend on temperature",
    )
    parser.add_argument(
        "--constant",
        metavar="NAME=NUMBER",
        action="append",
        default=[],
        type=_named_number,
        help="a constant of rock or apparatus, such as holder_loss_time=1e9",
    )


def _add_memory(kinds):
    """Add the filter of known memory."""
    parser = kinds.add_parser(
        "memory",
        help="a filter of the inputs: true memory and importances",
        description="Write a record whose target is a known filter of its inputs "
        "(datasets.make_memory_regression).",
    )
    _add_common(parser)
    parser.add_argument(
        "--rows", dest="n_samples", metavar="N", type=int, help="rows in all (default: 2000)"
    )
    parser.add_argument(
        "--features", dest="n_features", metavar="N", type=int, help="inputs (default: 5)"
    )
    parser.add_argument(
        "--memory", metavar="ROWS", type=int, help="rows the target depends on (default: 20)"
    )
    parser.add_argument(
        "--importances",
        metavar="X,...",
        type=_numbers,
        help="relative importances of the inputs (default: falling, the last one 0)",
    )
    parser.add_argument(
        "--nonlinearity", choices=("tanh",), help="what bends the target (default: nothing)"
    )
    parser.add_argument(
        "--noise", metavar="X", type=float, help="standard deviation of the noise (default: 0)"
    )
    parser.add_argument(
        "--correlation",
        metavar="X",
        type=float,
        help="between any two inputs at the same row (default: 0)",
    )
    parser.add_argument(
        "--autocorrelation",
        metavar="X",
        type=float,
        help="of each input from row to row (default: 0)",
    )


def _add_common(parser):
    """Add the options of both kinds of records."""
    parser.add_argument(
        "--output",
        metavar="FILE",
        required=True,
        help="file to write, ending in .csv, .parquet or .pq",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--runs", dest="n_runs", metavar="N", type=int, help="(default: 1)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="(default: 0)")


def _numbers(text):
    """Return the numbers in a comma-separated list."""
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}; expected numbers, as in 3,2,1") from error


def _named_number(text):
    """Return the name and the number of a constant."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}; expected NAME=NUMBER") from error


def _program(text):
    """Return a constant, steps or ramps."""
    kind, is_program, points = text.partition("=")
    try:
        if not is_program:
            return float(text)
        program = PROGRAMS[kind]
        pairs = [tuple(map(float, point.split(":"))) for point in points.split(",")]
    except (KeyError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected a number, steps=TIME:VALUE,... or ramps=TIME:VALUE,..."
        ) from error
    try:
        return program(pairs)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}; {error}") from error
