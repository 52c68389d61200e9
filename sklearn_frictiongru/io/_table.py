"""A file's table before its columns have roles, and the options used to read it."""

import difflib
import unicodedata
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class ReadingOptions:
    """How a file is to be read; None where it is detected."""

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    skip_rows: int | None = None
    comment: str | None = None
    units_row: bool | None = None
    sheet: str | int | None = None
    # Whether the text parser may parse dates in ISO 8601.
    parse_dates: bool = False


@dataclass
class Table:
    """The columns of a file, unchanged."""

    frame: pd.DataFrame
    # How the file was read: a description for each option that overrules it.
    how: dict = field(default_factory=dict)
    # Units from a row of units or from the format itself.
    units: dict = field(default_factory=dict)
    decimal: str = "."
    thousands: str | None = None


def counted(number, noun):
    """Return a number of things, such as ``2 lines``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def find_column(name, columns, role, filename):
    """Return a column's name as the file has it, or raise and list the names in the file."""
    if name in columns:
        return name
    for plain in (_stripped, _folded):
        alike = [column for column in columns if plain(column) == plain(name)]
        if len(alike) == 1:
            return alike[0]
    numbered = [column for column in columns if str(column).rpartition(".")[0] == name]
    if len(numbered) > 1:
        raise ValueError(
            f"{filename} has {len(numbered)} columns named {name!r}; name the {role} as one of "
            f"{', '.join(map(repr, numbered))}, which are numbered from the left."
        )
    close = difflib.get_close_matches(str(name), list(map(str, columns)), 1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    one = (
        " It was read as a single column: give separator if it has several."
        if len(columns) == 1
        else ""
    )
    shown = ", ".join(repr(str(column)) for column in list(columns)[:40])
    raise ValueError(
        f"{filename} has no column {name!r} for the {role}{hint}; it has {shown}. Name one of "
        f"these.{one} If another line holds the names, give skip_rows."
    )


def _stripped(name):
    """Return a name without spaces and quotes around it, in composed characters."""
    return unicodedata.normalize("NFC", str(name)).strip().strip("\"'").strip()


def _folded(name):
    """Return a name without differences of case, of width and of spaces."""
    return " ".join(unicodedata.normalize("NFKC", str(name)).split()).casefold()
