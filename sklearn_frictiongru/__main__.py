"""The command line: ``frictiongru study DATA``, and ``simulate``; or ``python -m``.

Each command imports what it needs when it runs, so that the help appears at once.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from sklearn_frictiongru._config import claim_folder, read_config, record_of, write_config
from sklearn_frictiongru._parser import make_parser
from sklearn_frictiongru._record_options import (
    COLUMNS,
    NOT_DESCRIBED,
    as_options,
    reading_arguments,
)

CENTRED_NOTE = (
    "Rates are centred: they were computed from rows on both sides, so that the inputs contain "
    "future rows. Losses and skill are better than they could be in a forecast."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character of a name shows its code.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = make_parser().parse_args(arguments)
    run, kept = COMMANDS[options.command]
    try:
        if getattr(options, "config", None) is not None:
            config = read_config(options.config, vars(options))
            options = make_parser(config).parse_args(arguments)
        options.arguments = sys.argv[1:] if arguments is None else list(arguments)
        run(options)
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {as_options(str(error))}", file=sys.stderr)
        return 2
    except RuntimeError as error:
        from sklearn_frictiongru.model_selection import WorkerKilledError

        if not isinstance(error, WorkerKilledError):
            raise
        print(f"error: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print(f"interrupted; {kept(options)}", file=sys.stderr)
        return 130
    return 0


def _run_study(options):
    """Run a study and print its answers."""
    from sklearn_frictiongru.study import run_study
    from sklearn_frictiongru.study._report import answers, references_sentence
    from sklearn_frictiongru.utils.typography import plain

    if options.data is None:
        raise ValueError(
            "no record was named; expected DATA, or --config with a file that names one."
        )
    file = record_of(Path(options.data)) if Path(options.data).is_file() else None
    claim_folder(_output(options), options, file)
    record = _record(options)
    prepared = record.pop("source")
    write_config(_output(options), options, file)
    given = {}
    if options.purge is not None:
        given["purge"] = None if options.purge == "strict" else options.purge
    study = run_study(
        **record,
        **given,
        output=_output(options),
        preset=options.preset,
        window_lengths=options.window_lengths,
        n_repeats=options.repeats,
        max_epochs=options.epochs,
        stride=options.stride,
        rotations=options.rotations,
        eliminate=options.eliminate,
        max_gap=options.max_gap,
        n_blocks=options.blocks,
        n_jobs=options.jobs,
        random_state=options.seed,
        name=options.data if file is None else file["name"],
        source=_source(options, file) | prepared,
        verbose=0 if options.quiet else 1,
    )
    for answer in answers(study):
        print(plain(f"{answer.question} {answer.verdict}"))
    for part, skill in study.median_skill.items():
        print(f"skill on {part} rows, median of the repeats: {skill:.2f}")
    for rows, test in study.skill_tests.items():
        print(f"{rows}: {test}")
    best = study.settings.label_of(study.search.best_window_length_)
    print(f"best window length: {best} ({study.length_verdict})")
    print(plain(references_sentence(study)))
    for line in study.beside_truth:
        print(line)
    print(f"report: {study.report}")


def _source(options, file):
    """Return where a record comes from, for the settings and the report."""
    source = {"command": shlex.join(["python", "-m", "sklearn_frictiongru", *options.arguments])}
    if file is None:
        return source
    used = {name: getattr(options, name) for name in (*COLUMNS, "rates", "log", "resample")}
    source |= {"file": file["name"], "bytes": file["size"], "sha256": file["sha256"]}
    return source | {f"{name} of the file": value for name, value in used.items() if value}


def _record(options):
    """Return the record to study, as arguments of ``run_study``."""
    from sklearn_frictiongru.study._named_records import RECORDS, named_record

    named = options.data in RECORDS
    if named:
        record = named_record(options.data, options.rate_kind)
        if options.log is not None:
            record["log"] = options.log
    else:
        record = _record_of_file(options)
    rated = options.data == "p655" if named else options.rates
    if rated and options.rate_kind == "centred":
        record["notes"].append(CENTRED_NOTE)
    if options.condition_bins is not None:
        record["condition_bins"] = options.condition_bins
    return record


def _record_of_file(options):
    """Read a record, as arguments of ``run_study``."""
    from sklearn_frictiongru.io import read_record, read_truth
    from sklearn_frictiongru.study._preparation import preparation

    missing = [f"--{name}" for name in ("time", "target", "inputs") if not getattr(options, name)]
    if missing:
        raise ValueError(
            f"a record in a file needs {', '.join(missing)} to name its columns; see "
            "python -m sklearn_frictiongru study --help."
        )
    record = read_record(options.data, rate=options.rate_kind, **reading_arguments(options))
    how = dict(record.how)
    said = preparation(how, options.rates or (), options.rate_kind)
    if record.start is not None:
        how["0 s"] = str(record.start)
    return {
        "X": record.data,
        "y": record.target,
        "condition": record.condition,
        "condition_name": options.condition,
        "log": record.log,
        "velocity": options.velocity,
        "units": record.units,
        "truth": None if options.truth is None else read_truth(options.truth),
        "notes": [],
        "source": {"how the file was read": _sentences(how)}
        | ({"preparation": said} if said else {}),
    }


def _sentences(how):
    """Return what was detected in a file as a text."""
    text = "; ".join(f"{subject.replace('_', ' ')}: {said}" for subject, said in how.items())
    return f"{text[:1].upper()}{text[1:]}."


def _output(options):
    """Return the folder for the results."""
    return options.output or f"study_{Path(options.data).stem}"


def _kept_of_study(options):
    """Say what remains of an interrupted study."""
    return (
        f"finished trainings are kept in {_output(options)!r}. "
        "Run the same command again to continue."
    )


def _run_describe(options):
    """Print how a file is read."""
    from sklearn_frictiongru.io import describe_record

    given = reading_arguments(options)
    given = {name: value for name, value in given.items() if name not in NOT_DESCRIBED}
    print(as_options(str(describe_record(options.data, whole=options.whole, **given))))


def _kept_of_description(options):
    """Say what remains of an interrupted description."""
    return "nothing was written."


def _run_simulate(options):
    """Write a simulated record and print the command that studies it."""
    from sklearn_frictiongru.io import write_simulated_record

    # The simulator's defaults apply to options that are not given.
    parameters = {
        name: value
        for name, value in vars(options).items()
        if value is not None and name not in ("command", "kind", "output", "force", "arguments")
    }
    for name in ("normal_stress", "slip_velocity"):
        if len(parameters.get(name, ())) == 1:
            parameters[name] = parameters[name][0]
    if "constants" in parameters:
        parameters["constants"] = dict(parameters["constants"])
    written = write_simulated_record(
        options.output, options.kind, force=options.force, **parameters
    )
    print(f"record: {written.path} ({written.n_rows} rows, runs: {written.n_runs})")
    print(f"truth: {written.truth_path}")
    print(f"study it: {_study_command(written)}")


def _study_command(written):
    """Return the command line that studies a simulated record."""
    options = {
        "--time": written.time,
        "--run": written.run,
        "--target": written.target,
        "--inputs": ",".join(written.inputs),
        "--condition": written.condition,
        "--velocity": written.velocity,
        "--window-lengths": ",".join(map(str, written.window_lengths or ())) or None,
        "--truth": str(written.truth_path),
    }
    words = ["python", "-m", "sklearn_frictiongru", "study", str(written.path)]
    for option, value in options.items():
        if value is not None:
            words += [option, value]
    return shlex.join(words)


def _kept_of_simulation(options):
    """Say what remains of an interrupted simulation."""
    return "nothing was written."


COMMANDS = {
    "describe": (_run_describe, _kept_of_description),
    "study": (_run_study, _kept_of_study),
    "simulate": (_run_simulate, _kept_of_simulation),
}


if __name__ == "__main__":
    sys.exit(main())
