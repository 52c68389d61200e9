"""A table of a report, ready for its template."""

from typing import NamedTuple

from sklearn_frictiongru.study._report._cells import Cell, Column, cells_of


class Table(NamedTuple):
    """A table of a report: rows of cells under columns, and the files that hold its numbers.

    Greyed where it is not to be relied on.
    """

    key: str
    title: str
    columns: list[Column]
    rows: list[tuple[Cell, ...]]
    files: tuple[str, ...]
    greyed: bool = False


def make_table(key, title, columns, files, greyed=False):
    """Return a table from pairs of a column and its values, or triples with their spread."""
    cells = [cells_of(values, column, *spread) for column, values, *spread in columns]
    rows = list(zip(*cells, strict=True))
    return Table(key, title, [column for column, *_ in columns], rows, files, greyed)
