"""The options that say how a file is read: on the command line and in a configuration file."""

import argparse
import ast
import re
import shlex

READING = (
    "rates",
    "rates_only",
    "log",
    "resample",
    "sort",
    "separator",
    "decimal",
    "thousands",
    "encoding",
    "skip_rows",
    "comment",
    "units_row",
    "units",
    "convert",
    "missing",
    "drop_missing",
    "sheet",
    "day_first",
    "time_format",
    "max_gap",
)
COLUMNS = ("time", "target", "inputs", "run", "condition")
NOT_DESCRIBED = ("rates", "rates_only", "log", "convert", "drop_missing")
"""Options that change a record and do not describe its file."""

ARGUMENT = re.compile(rf"\b({'|'.join(READING)})=(True|False|\[[^\]]*\]|'[^']*')")
"""An argument of ``read_record`` in a message, such as ``day_first=True``."""

ESCAPES = {"tab": "\t", r"\t": "\t", "spaces": r"\s+", "space": r"\s+"}


class Collect(argparse.Action):
    """An option that may be given several times; the values given replace the default."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Add values to those given before."""
        given = getattr(namespace, self.dest)
        given = [] if given is None or given is self.default else given
        values = values if isinstance(values, list) else [values]
        setattr(namespace, self.dest, [*given, *values])


def add_record_options(parser):
    """Add the options that name columns and say how a file is read."""
    columns = parser.add_argument_group("columns of the file")
    columns.add_argument(
        "--time",
        metavar="COLUMN",
        action=Collect,
        help="time; given twice, the columns of dates and of clock times",
    )
    columns.add_argument("--target", metavar="COLUMN", help="column to predict, such as friction")
    columns.add_argument(
        "--input",
        dest="inputs",
        metavar="COLUMN",
        action=Collect,
        help="input; given once for each column",
    )
    columns.add_argument(
        "--inputs",
        metavar="COLUMN,...",
        type=names,
        action=Collect,
        help="several inputs, where no name has a comma",
    )
    columns.add_argument(
        "--condition",
        metavar="COLUMN",
        help="condition, such as normal stress, under which the inputs are ranked",
    )
    columns.add_argument("--run", metavar="COLUMN", help="name of the run of each row")
    columns.add_argument(
        "--rate",
        dest="rates",
        metavar="COLUMN",
        action=Collect,
        help="column whose rate becomes an input too; given once for each",
    )
    columns.add_argument("--rates", metavar="COLUMN,...", type=names, action=Collect)
    columns.add_argument(
        "--rates-only",
        action="store_true",
        help="leave the columns themselves out of the inputs, and keep their rates",
    )
    columns.add_argument(
        "--log",
        metavar="COLUMN,...",
        type=names,
        action=Collect,
        help="inputs that span decades; models get their logarithm",
    )
    _add_text_options(parser.add_argument_group("how the file is written (detected)"))
    _add_row_options(parser.add_argument_group("rows"))


def _add_text_options(group):
    """Add the options that overrule a detection."""
    group.add_argument("--separator", metavar="X", type=_separator, help="or tab, or spaces")
    group.add_argument("--decimal", choices=(".", ","), help="decimal mark")
    group.add_argument("--thousands", metavar="X", help="mark between thousands")
    group.add_argument("--encoding", metavar="NAME", help="such as cp932 (Shift-JIS)")
    group.add_argument("--skip-rows", metavar="N", type=int, help="lines before the header")
    group.add_argument("--comment", metavar="X", help="mark of comment lines")
    group.add_argument(
        "--units-row",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether there is a row of units below the header",
    )
    group.add_argument("--sheet", metavar="NAME", help="sheet, variable, group or packed file")
    group.add_argument(
        "--day-first",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether 03/04/2026 is 3 April",
    )
    group.add_argument(
        "--time-format", metavar="FORMAT", help="such as MM:SS, unix_ms, excel, or of strptime"
    )


def _add_row_options(group):
    """Add the options that change rows and values."""
    group.add_argument(
        "--unit",
        dest="units",
        metavar="COLUMN=UNIT",
        action=Collect,
        help="unit of a column, instead of the one that was detected",
    )
    group.add_argument(
        "--convert", metavar="COLUMN=UNIT", action=Collect, help="unit to convert a column to"
    )
    group.add_argument(
        "--resample",
        metavar="TIME",
        type=length_of,
        help="average over this time, such as 1s, or over a number of sampling intervals",
    )
    group.add_argument("--sort", action="store_true", help="sort the rows by time")
    group.add_argument(
        "--missing", metavar="MARK", action=Collect, help="mark of a missing value, such as -9999"
    )
    group.add_argument(
        "--drop-missing", action="store_true", help="leave out rows with missing values"
    )
    group.add_argument(
        "--max-gap",
        metavar="TIME",
        type=length_of,
        help="longest time step inside a run: a time such as 5s, or a number of sampling "
        "intervals (default: 1.5)",
    )


def reading_arguments(options):
    """Return the given arguments of ``read_record``, except the path."""
    given = {name: getattr(options, name) for name in (*COLUMNS, *READING)}
    given = {name: value for name, value in given.items() if value not in (None, False)}
    for name in ("day_first", "units_row"):
        if getattr(options, name) is not None:
            given[name] = getattr(options, name)
    for name in ("units", "convert"):
        if name in given:
            given[name] = dict(_pair(text, name) for text in given[name])
    if "missing" in given:
        given["missing"] = [_mark(mark) for mark in given["missing"] if mark != ""]
    if "time" in given and len(given["time"]) == 1:
        given["time"] = given["time"][0]
    return given


def as_options(message):
    """Return a message in which arguments of ``read_record`` are options of the command line."""
    return ARGUMENT.sub(_option, message)


def _option(argument):
    """Return the option for a match of ARGUMENT."""
    name, value = argument[1].replace("_", "-"), ast.literal_eval(argument[2])
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    if isinstance(value, list):
        return " ".join(f"--{name}={shlex.quote(str(item))}" for item in value) or f"--{name}="
    return f"--{name} {shlex.quote(value)}"


def _pair(text, name):
    """Return the column and the unit of ``COLUMN=UNIT``."""
    column, found, unit = text.rpartition("=")
    if not found:
        raise ValueError(f"{name} has {text!r}; expected COLUMN=UNIT, as in 'disp (mm)=m'.")
    return column, unit


def _mark(text):
    """Return a mark of a missing value, as a number if it is one."""
    try:
        return float(text)
    except ValueError:
        return text


def _separator(text):
    """Return a separator from a word that names it."""
    return ESCAPES.get(text, text)


def length_of(text):
    """Return a duration: an integer is rows, anything else a time."""
    return int(text) if text.isdigit() else text


def names(text):
    """Return the names in a comma-separated list."""
    return [name.strip() for name in text.split(",") if name.strip()]
