"""The parser of the command line, which imports nothing slow."""

import argparse

from sklearn_frictiongru import __version__
from sklearn_frictiongru._record_options import add_record_options, length_of, names

# The presets of a study, which is not imported to print the help.
PRESETS = ("paper", "paper-fast", "quick")


def make_parser(config=None):
    """Return the parser of the command line; ``command`` is the command given."""
    parser = argparse.ArgumentParser(
        prog="python -m sklearn_frictiongru",
        description="Can a target, such as friction, be predicted from the recent history of other "
        "quantities?",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    _add_describe(commands)
    _add_study(commands, config or {})
    _add_simulate(commands)
    return parser


def _add_describe(commands):
    """Add the command ``describe``."""
    describe = commands.add_parser(
        "describe",
        help="say how a file is read and what it holds; nothing is trained",
        description="Say how a file is read, what its columns hold, and how to study it.",
    )
    describe.add_argument("data", metavar="FILE", help="file of a laboratory")
    add_record_options(describe)
    describe.add_argument(
        "--whole", action="store_true", help="read all of a large text, not only parts of it"
    )


def _add_study(commands, config):
    """Add the command ``study``, with the options of a configuration file as defaults."""
    study = commands.add_parser(
        "study",
        help="run the whole protocol on a record and write a report",
        description="Sweep the window length, test the models, rank the inputs, write a report.",
    )
    study.add_argument(
        "data",
        metavar="DATA",
        nargs="?",
        help="file of a laboratory; or p655, the shipped record; or velocity_steps, experiment or "
        "memory, simulated",
    )
    study.add_argument(
        "--config",
        metavar="FILE",
        help="file with options, such as the study.toml that a study writes with its results; "
        "where the file is does not affect --output",
    )
    add_record_options(study)
    columns = study.add_argument_group("use of the columns")
    columns.add_argument(
        "--velocity",
        metavar="COLUMN",
        help="slip velocity [m/s] among the inputs, for a fit of the rate-and-state law",
    )
    columns.add_argument(
        "--rate-kind",
        choices=("causal", "centred"),
        default="causal",
        help="rows a rate may use: up to its own row, or on both sides (default: causal)",
    )
    columns.add_argument(
        "--condition-bins",
        metavar="EDGE,...",
        type=_numbers(float),
        help="edges of the ranges of the condition",
    )
    protocol = study.add_argument_group("protocol")
    protocol.add_argument("--preset", choices=PRESETS, default="quick", help="(default: quick)")
    protocol.add_argument(
        "--window-lengths",
        metavar="LENGTH,...",
        type=_lengths,
        help="window lengths, in rows or as times such as 400s",
    )
    protocol.add_argument("--repeats", type=_positive, help="trainings of each window length")
    protocol.add_argument("--epochs", type=_positive, help="epochs of each training")
    protocol.add_argument("--stride", type=_positive, help="train on every STRIDE-th window")
    protocol.add_argument(
        "--purge",
        metavar="LENGTH",
        type=_purge,
        help="rows left out between training and the other parts: strict, a number, or a time "
        "such as 40s",
    )
    protocol.add_argument(
        "--rotations",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="test the skill over the whole record (default: with --preset quick)",
    )
    protocol.add_argument(
        "--eliminate",
        metavar="ALPHA",
        type=_share,
        help="give up window lengths that will not be recommended, and stop trainings that cannot "
        "reach the best length, with this error rate, such as 0.05 (default: only with "
        "--preset paper-fast)",
    )
    protocol.add_argument(
        "--blocks",
        type=_positive,
        default=10,
        help="blocks that each run is cut into (default: 10)",
    )
    protocol.add_argument("--seed", type=int, default=0, help="(default: 0)")
    study.add_argument(
        "--truth",
        metavar="FILE",
        help="truth file that simulate has written with a record, to compare with",
    )
    study.add_argument(
        "--output",
        metavar="FOLDER",
        help="folder for the results (default: study_DATA in the current folder)",
    )
    study.add_argument(
        "--jobs", type=int, default=-1, help="trainings in parallel (default: one per core)"
    )
    study.add_argument("--quiet", action="store_true", help="show no progress bar")
    study.set_defaults(**config)


def _add_simulate(commands):
    """Add the command ``simulate``."""
    parser = commands.add_parser(
        "simulate",
        help="write a simulated record with known truth",
        description="Write a simulated record that study reads, and a file with its truth.",
    )
    kinds = parser.add_subparsers(required=True, dest="kind")
    _add_experiment(kinds)
    _add_memory(kinds)


def _add_experiment(kinds):
    """Add the friction experiment."""
    parser = kinds.add_parser(
        "experiment",
        help="rate-and-state friction with heat and wear: true causes and time scales",
        description="Write a simulated friction experiment (datasets.make_friction_experiment). "
        "A PROGRAM is a number, steps=TIME:VALUE,... or ramps=TIME:VALUE,... with times in "
        "seconds; given several times, each one is the program of one run.",
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
        help="decrease of friction per rise of surface temperature, in 1/K (default: 0.001)",
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
        dest="constants",
        metavar="NAME=NUMBER",
        action="append",
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
        "--rows",
        dest="n_samples",
        metavar="N",
        type=int,
        help="total number of rows (default: 2000)",
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
        type=_importances,
        help="relative importances of the inputs (default: falling, the last one 0)",
    )
    parser.add_argument(
        "--nonlinearity", choices=("tanh",), help="nonlinear function of the target (default: none)"
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
    parser.add_argument(
        "--seed", dest="random_state", metavar="N", type=int, default=0, help="(default: 0)"
    )


def _numbers(kind):
    """Return a parser of comma-separated numbers."""

    def numbers(text):
        return [kind(number) for number in text.split(",")]

    return numbers


def _lengths(text):
    """Return window lengths: numbers are rows, anything else a time."""
    return [length_of(length) for length in names(text)]


def _positive(text):
    """Return a number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number above 0")
    return int(text)


def _share(text):
    """Return a number between 0 and 1."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number between 0 and 1")
    return number


def _purge(text):
    """Return "strict", or a length."""
    return text if text == "strict" else length_of(text)


def _importances(text):
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
    # Imported only if a program is given, so that the help does not need it.
    from sklearn_frictiongru.datasets import Ramps, Steps

    kind, is_program, points = text.partition("=")
    try:
        if not is_program:
            return float(text)
        program = {"steps": Steps, "ramps": Ramps}[kind]
        pairs = [tuple(map(float, point.split(":"))) for point in points.split(",")]
    except (KeyError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected a number, steps=TIME:VALUE,... or ramps=TIME:VALUE,..."
        ) from error
    try:
        return program(pairs)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}; {error}") from error
