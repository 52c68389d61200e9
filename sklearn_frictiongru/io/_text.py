"""Reading delimited text, compressed or not, into a table."""

import bz2
import gzip
import io
import lzma
import re
import warnings
import zipfile

import pandas as pd

from sklearn_frictiongru.io._cells import is_value
from sklearn_frictiongru.io._encoding import detect_encoding
from sklearn_frictiongru.io._layout import SEPARATOR_NAMES, WHITESPACE, detect_layout, split_line
from sklearn_frictiongru.io._table import Table, counted, find_column

HEAD_BYTES = 262_144
HEAD_LINES = 1000
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
LINE_END = re.compile(r"\r\n|\n|\r")
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?")


def open_bytes(path, sheet=None):
    """Open a text file for reading bytes, decompressed if necessary."""
    with open(path, "rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(path)
        names = [
            name
            for name in archive.namelist()
            if not name.endswith("/") and not name.startswith("__MACOSX")
        ]
        if sheet is None and len(names) != 1:
            raise ValueError(
                f"{path.name} holds {len(names)} files ({', '.join(names[:10])}); give sheet to "
                "name the one to read."
            )
        if sheet is not None and sheet not in names:
            raise ValueError(f"{path.name} has no file {sheet!r}; expected one of {names[:10]}.")
        return archive.open(names[0] if sheet is None else sheet)
    for magic, unpack in PACKED.items():
        if start.startswith(magic):
            return unpack(path, "rb")
    return open(path, "rb")


def read_head(path, options, names, whole=False):
    """Return the encoding of a text, why it was chosen, and its first lines."""
    with open_bytes(path, options.sheet) as file:
        head = file.read(HEAD_BYTES)
        rest = file.read() if whole else b""
    encoding, reason = options.encoding, "given"
    if encoding is None:
        encoding, reason = detect_encoding(head + rest, names, path.name)
    try:
        # A character may be cut at the end of the head, and a wrong one is found while reading.
        text = head.decode(encoding, errors="replace")
    except LookupError as error:
        raise ValueError(
            f"encoding is {encoding!r}, which is unknown; expected one such as 'utf-8', 'cp932' "
            "or 'cp1252'."
        ) from error
    lines = LINE_END.split(text)
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines = lines[:-1]
    return encoding, reason, lines[:HEAD_LINES]


def read_text(path, options, wanted, whole=False):
    """Read the wanted columns of a text, or all where none are named."""
    names = list(wanted)
    encoding, reason, lines = read_head(path, options, names, whole)
    if not any(line.strip() for line in lines):
        raise ValueError(f"{path.name} has no rows; it is empty.")
    layout = detect_layout(lines, options, names, path.name)
    found = [find_column(name, layout.names, wanted[name], path.name) for name in names]
    places = sorted({layout.names.index(name) for name in found}) or range(len(layout.names))
    notes = {}
    dates = _dates_of(lines, layout, found, wanted) if options.parse_dates else {}
    try:
        with open_bytes(path, options.sheet) as file:
            frame = parse(file, encoding, layout, places, dates)
    except UnicodeDecodeError as error:
        if options.encoding is None and not whole:
            # The head had none of the characters that distinguish encodings.
            return read_text(path, options, wanted, whole=True)
        raise _wrong_encoding(path, encoding, error) from error
    except pd.errors.ParserError as error:
        with open_bytes(path, options.sheet) as file:
            lines = LINE_END.split(file.read().decode(encoding, errors="replace"))
        kept, dropped = _regular_lines(lines, layout, path.name, error)
        notes["lines"] = dropped
        frame = parse_text(io.StringIO("\n".join(kept)), layout, places)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path.name} has no rows; expected some below its header.") from None
    how = {"format": "delimited text", "encoding": f"{encoding} ({reason})"}
    how |= how_of_layout(layout) | notes
    for place, example in dates.items():
        if frame[layout.names[place]].dtype.kind == "M":
            zoned = ISO_8601.fullmatch(example)["zone"]
            how["time"] = "dates, year first" + (", in UTC" if zoned else "")
    return Table(
        frame,
        how,
        {} if layout.units is None else dict(zip(layout.names, layout.units, strict=False)),
        layout.decimal,
        layout.thousands,
    )


def _dates_of(lines, layout, found, wanted):
    """Return the place of a column of dates in ISO 8601, and one of its cells."""
    time = next(name for name, role in zip(found, wanted.values(), strict=True) if role == "time")
    place = layout.names.index(time)
    for line in lines[layout.body_start :]:
        cells = split_line(line, layout.separator)
        if len(cells) > place:
            return {place: cells[place]} if ISO_8601.fullmatch(cells[place]) else {}
    return {}


def parse(file, encoding, layout, places, dates):
    """Parse the rows of an open file of bytes from its first row on."""
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    for _ in range(layout.body_start):
        text.readline()
    return parse_text(text, layout, places, dates)


class _Prefixed:
    """A text file with an additional first line."""

    def __init__(self, line, text):
        self._line = line
        self._text = text

    def read(self, size=-1):
        """Return the additional line first, and then the text."""
        line, self._line = self._line, ""
        return line or self._text.read(size)

    def __iter__(self):
        """Yield the lines."""
        yield self._line
        yield from self._text


def parse_text(text, layout, places, dates=None):
    """Parse rows of text, and dates in the columns for which an example cell is given."""
    dates = dates or {}
    # One column: a separator that occurs in no line.
    separator = layout.separator or "\x1f"
    n_fields = len(layout.names)
    # With one field more than there are names, longer rows are detected.
    cells = [dates.get(place, "0") for place in range(n_fields + 1)]
    ruler = (" " if separator == WHITESPACE else separator).join(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        frame = pd.read_csv(
            _Prefixed(f"{ruler}\n", text),
            sep=separator,
            header=None,
            names=range(n_fields + 1),
            usecols=[*places, n_fields],
            index_col=False,
            decimal=layout.decimal,
            skipinitialspace=layout.spaced,
            parse_dates=list(dates),
            date_format="ISO8601" if dates else None,
        )
    if frame.pop(n_fields)[1:].notna().any():
        raise pd.errors.ParserError(f"rows of more than {n_fields} fields")
    return frame[1:].reset_index(drop=True).set_axis([layout.names[i] for i in places], axis=1)


def how_of_layout(layout):
    """Describe the layout of a text."""
    how = {"separator": SEPARATOR_NAMES.get(layout.separator, repr(layout.separator))}
    how["decimal"] = "decimal comma" if layout.decimal == "," else "decimal point"
    if layout.thousands:
        how["thousands"] = f"{layout.thousands!r} between thousands"
    if layout.skip_rows:
        how["skip_rows"] = f"{counted(layout.skip_rows, 'line')} before the header"
    if layout.comment:
        how["comment"] = f"comment lines begin with {layout.comment}"
    if layout.units is not None:
        how["units_row"] = "a row of units below the header"
    if layout.between:
        how["between"] = f"{counted(layout.between, 'line')} between header and rows left out"
    if layout.trailing:
        how["trailing"] = "rows end in a separator"
    return how


def _regular_lines(lines, layout, filename, error):
    """Return the rows of a text without lines that are not rows, and say what was left out."""
    n_fields = len(layout.names)
    kept, dropped = [], []
    for number, line in enumerate(lines[layout.body_start :], layout.body_start + 1):
        if not line.strip():
            continue
        if layout.comment is not None and line.lstrip().startswith(layout.comment):
            dropped.append(number)
            continue
        # Only some rows may end in separators.
        line = line.rstrip() if layout.separator == "" else line.rstrip(f"{layout.separator} ")
        cells = split_line(line, layout.separator)
        if len(cells) <= n_fields:
            kept.append(line if line.count('"') % 2 == 0 else line.replace('"', ""))
        elif sum(is_value(cell, layout.decimal) for cell in cells) < len(cells) / 2:
            dropped.append(number)
        else:
            raise ValueError(
                f"line {number} of {filename} has {len(cells)} fields ({line[:60]!r}); expected "
                f"{n_fields}, as in the other rows. Give separator or decimal, or repair the line."
            ) from error
    shown = ", ".join(map(str, dropped[:5])) + (", ..." if len(dropped) > 5 else "")
    return kept, f"{counted(len(dropped), 'line')} left out that are not rows (line {shown})"


def _wrong_encoding(path, encoding, error):
    """Return the error for a text that is not valid in the given encoding."""
    found = error.object[error.start : error.start + 4]
    return ValueError(
        f"{path.name} is not text in {encoding} ({error.reason}: {found!r}). "
        "Give encoding, such as encoding='cp932' (Shift-JIS) or 'cp1252'."
    )
