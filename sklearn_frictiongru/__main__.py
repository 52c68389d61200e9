"""The command line: ``python -m sklearn_frictiongru study DATA``, and ``simulate``."""

import argparse
import sys
from pathlib import Path

from sklearn_frictiongru import __version__
from sklearn_frictiongru.io._record import read_record, read_truth
from sklearn_frictiongru.io._simulate import add_simulate_command, run_simulate
from sklearn_frictiongru.study import PRESETS, _named_records, run_study

CENTRED_NOTE = (
    "Rates are centred: they were computed from rows on both sides, so that the inputs know "
    "the near future. Losses and skill are better than they could be in a forecast."
)


def main(arguments=None):
    """Run a command."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; {options.kept(options)}", file=sys.stderr)
        return 130


def _run_study(options):
    """Run a study, print its answers and return the exit status."""
    study = _study(options)
    best = study.search.best_window_length_
    for part, skill in study.repeat_skill.groupby("part", sort=False)["skill"].median().items():
        print(f"skill on {part} rows, median of the repeats: {skill:.2f}")
    compared = (
        study.search.verdict_ if len(study.settings["window_lengths"]) > 1 else "the only one"
    )
    print(f"best window length: {best} ({compared})")
    for line in study.beside_truth:
        print(line)
    print(f"report: {study.report}")
    return 0


def _kept_of_study(options):
    """Say what an interrupted study leaves."""
    return (
        f"finished trainings are kept in {_output(options)!r}. The same command goes on from there."
    )


def _kept_of_simulation(options):
    """Say what an interrupted simulation leaves."""
    return "nothing was written."


def _study(options):
    """Read the record and run the study on it."""
    if options.data in _named_records.NAMES:
        record = _named_records.named_record(options.data, options.rate_kind)
        rated = options.data == "p655"
    else:
        missing = [
            f"--{name}" for name in ("time", "target", "inputs") if not getattr(options, name)
        ]
        if missing:
            raise ValueError(
                f"a record in a file needs {', '.join(missing)} to name its columns; see "
                "python -m sklearn_frictiongru study --help."
            )
        read = read_record(
            options.data,
            time=options.time,
            target=options.target,
            inputs=options.inputs,
            condition=options.condition,
            run=options.run,
            rates=options.rates or (),
            rate=options.rate_kind,
        )
        record = {
            "X": read.data,
            "y": read.target,
            "condition": read.condition,
            "condition_name": options.condition,
            "velocity": options.velocity,
            "truth": None if options.truth is None else read_truth(options.truth),
            "notes": [],
        }
        rated = bool(options.rates)
    if rated and options.rate_kind == "centred":
        record["notes"].append(CENTRED_NOTE)
    if options.condition_bins is not None:
        record["condition_bins"] = options.condition_bins
    given = {}
    if options.purge is not None:
        given["purge"] = None if options.purge == "strict" else int(options.purge)
    return run_study(
        **record,
        **given,
        output=_output(options),
        preset=options.preset,
        window_lengths=options.window_lengths,
        n_repeats=options.repeats,
        max_epochs=options.epochs,
        stride=options.stride,
        n_blocks=options.blocks,
        n_jobs=options.jobs,
        random_state=options.seed,
        name=options.data,
        verbose=0 if options.quiet else 1,
    )


def _output(options):
    """Return the folder for the results."""
    return options.output or f"study_{Path(options.data).stem}"


def _parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sklearn_frictiongru",
        description="Can friction be predicted from the recent history of the other quantities?",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    study = commands.add_parser(
        "study",
        help="run the whole protocol on a record and write a report",
        description="Sweep the window length, test the models, rank the inputs, write a report.",
    )
    study.set_defaults(command=_run_study, kept=_kept_of_study)
    add_simulate_command(commands).set_defaults(command=run_simulate, kept=_kept_of_simulation)
    study.add_argument(
        "data",
        metavar="DATA",
        help="CSV or Parquet file; or p655, the shipped record; or experiment or memory, simulated",
    )
    columns = study.add_argument_group("columns of the file")
    columns.add_argument("--time", metavar="COLUMN", help="time: numbers in seconds, or dates")
    columns.add_argument("--target", metavar="COLUMN", help="what is predicted, friction")
    columns.add_argument(
        "--inputs", metavar="COLUMN,...", type=_names, help="what it is predicted from"
    )
    columns.add_argument(
        "--condition", metavar="COLUMN", help="condition to rank the inputs under, normal stress"
    )
    columns.add_argument("--run", metavar="COLUMN", help="name of the run of each row")
    columns.add_argument(
        "--velocity",
        metavar="COLUMN",
        help="slip velocity [m/s] among the inputs, to fit the rate-and-state law to",
    )
    columns.add_argument(
        "--rates", metavar="COLUMN,...", type=_names, help="inputs whose rates become inputs too"
    )
    columns.add_argument(
        "--rate-kind",
        choices=("causal", "centred"),
        default="causal",
        help="rows a rate may use: up to its own, or on both sides (default: causal)",
    )
    columns.add_argument(
        "--condition-bins",
        metavar="EDGE,...",
        type=_numbers(float),
        help="edges of the ranges of the condition",
    )
    protocol = study.add_argument_group("protocol")
    protocol.add_argument(
        "--preset", choices=sorted(PRESETS), default="quick", help="(default: quick)"
    )
    protocol.add_argument(
        "--window-lengths",
        metavar="LENGTH,...",
        type=_lengths,
        help="window lengths, in rows or as times such as 400s",
    )
    protocol.add_argument("--repeats", type=_positive, help="trainings of each window length")
    protocol.add_argument("--epochs", type=_positive, help="epochs of each training")
    protocol.add_argument("--stride", type=_positive, help="train on every so-manyth window")
    protocol.add_argument(
        "--purge",
        metavar="ROWS",
        type=_purge,
        help="rows left out between training and the other parts: strict, or a number",
    )
    protocol.add_argument(
        "--blocks",
        type=_positive,
        default=10,
        help="blocks that each run is cut into (default: 10)",
    )
    protocol.add_argument("--seed", type=int, default=0, help="(default: 0)")
    study.add_argument(
        "--truth", metavar="FILE", help="what simulate has written beside a record, to compare with"
    )
    study.add_argument("--output", metavar="FOLDER", help="(default: study_DATA)")
    study.add_argument(
        "--jobs", type=int, default=-1, help="trainings side by side (default: one per core)"
    )
    study.add_argument("--quiet", action="store_true", help="show no progress bar")
    return parser


def _names(text):
    """Return the names in a comma-separated list."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _numbers(kind):
    """Return a parser of comma-separated numbers."""

    def numbers(text):
        return [kind(number) for number in text.split(",")]

    return numbers


def _lengths(text):
    """Return window lengths: rows where they are numbers, else times."""
    return [int(length) if length.isdigit() else length for length in _names(text)]


def _positive(text):
    """Return a number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number above 0")
    return int(text)


def _purge(text):
    """Return "strict" or a number of rows."""
    if text != "strict" and not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r}; expected strict or a number of rows")
    return text


if __name__ == "__main__":
    sys.exit(main())
