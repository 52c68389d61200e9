"""Reading parts of a file that show its contents."""

import io

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._formats import format_of, read_table
from sklearn_frictiongru.io._layout import detect_layout
from sklearn_frictiongru.io._table import Table
from sklearn_frictiongru.io._text import (
    HEAD_BYTES,
    LINE_END,
    how_of_layout,
    open_bytes,
    parse_text,
    read_head,
)

WHOLE_BYTES = 8_000_000
"""Largest size of a text that is read completely."""

PARTS = 24
PART_BYTES = 131_072


def sample_table(path, options, named, whole):
    """Return a file's table or parts of it, the part of each row, and how it was read."""
    large = path.is_file() and path.stat().st_size > WHOLE_BYTES
    if whole or not large or format_of(path) != "text":
        table = read_table(path, options, {})
        said = {**table.how, "rows": f"{len(table.frame)}"}
        return table, np.zeros(len(table.frame), dtype=int), said
    encoding, reason, lines = read_head(path, options, named)
    layout = detect_layout(lines, options, named, path.name)
    frames = []
    with open_bytes(path, options.sheet) as file:
        packed = not hasattr(file, "fileno") or not _is_plain(path)
        for text in _parts(file, encoding, path.stat().st_size, packed, layout.body_start):
            try:
                frames.append(parse_text(io.StringIO(text), layout, range(len(layout.names))))
            except pd.errors.ParserError:
                # Lines that are not rows; reading the record leaves them out or names them.
                continue
    if not frames:
        raise ValueError(
            f"{path.name} has no regular rows in the parts that were looked at. Give separator or "
            "decimal, or whole=True."
        )
    frame = pd.concat(frames, ignore_index=True)
    parts = np.repeat(np.arange(len(frames)), [len(part) for part in frames])
    units = {} if layout.units is None else dict(zip(layout.names, layout.units, strict=False))
    said = {"format": "delimited text", "encoding": f"{encoding} ({reason})"}
    said |= how_of_layout(layout)
    if packed:
        said["rows"] = f"the first {len(frame)} were looked at"
    else:
        n_rows = _count_lines(path) - layout.body_start
        said["rows"] = (
            f"about {n_rows}, of which {len(frame)} in {len(frames)} parts were looked at"
        )
    return Table(frame, said, units, layout.decimal, layout.thousands), parts, said


def _is_plain(path):
    """Tell whether a text is not packed."""
    with open(path, "rb") as file:
        return not file.read(6).startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"))


def _parts(file, encoding, size, packed, body_start):
    """Yield whole lines of parts that are spread over a file."""
    wide = encoding.startswith("utf-16")
    codec = encoding
    if encoding == "utf-16":
        mark = file.read(2)
        codec = "utf-16-be" if mark == b"\xfe\xff" else "utf-16-le"
    if packed:
        offsets, length = [0], WHOLE_BYTES
    else:
        offsets = np.linspace(0, size - PART_BYTES, PARTS).astype(int)
        length = PART_BYTES
    for offset in offsets:
        offset -= offset % 2 if wide else 0
        if not packed:
            file.seek(offset)
        raw = file.read(max(length, HEAD_BYTES) if offset == 0 else length)
        text = raw.decode(codec, errors="replace")
        lines = LINE_END.split(text)
        # The first and the last line of a part may be cut.
        yield "\n".join(lines[body_start if offset == 0 else 1 : -1])


def _count_lines(path):
    """Return the number of lines of a file."""
    n_lines, n_returns = 0, 0
    with open(path, "rb") as file:
        while block := file.read(1 << 22):
            n_lines += block.count(b"\n")
            if not n_lines:
                n_returns += block.count(b"\r")
    return n_lines or n_returns
