"""The layout of delimited text: separator, decimal mark, preamble, header, units and comments."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from sklearn_frictiongru.io._cells import (
    COMMENT,
    decimal_mark,
    is_blank,
    is_rule,
    is_value,
    thousands_mark,
)
from sklearn_frictiongru.io._units import is_units_row

SEPARATORS = ("\t", ";", ",", "|")
WHITESPACE = r"\s+"
SEPARATOR_NAMES = {
    "\t": "tab",
    ";": "semicolon",
    ",": "comma",
    "|": "vertical bar",
    WHITESPACE: "spaces",
    "": "none (one column)",
}
REMARKS = re.compile(
    "comments?|remarks?|notes?|bemerkung(?:en)?|kommentar|commentaires?|備考|コメント",
    re.IGNORECASE,
)
OPEN_CELL = re.compile(r"(?:^|[,;\t|])[^\S\t]*\"[^\"]*$")
CELL_END = re.compile(r"[^\"]*\"\s*(?:[,;\t|]|$)")
"""A quoted cell that is not closed on its line, and the line that closes it."""

BODY_LINES = 80
"""Number of last lines of the head, far from the header, that are used to find the separator."""

HEADER_LINES = 200
"""Number of lines in which a header is searched for when choosing the separator."""

LINES_ALIKE = 11
SHARE_ALIKE = 0.85
"""Number of preamble lines that may look like rows, and of remarks that may be between rows."""

WHITESPACE_HANDICAP = 0.05
ONE_COLUMN_HANDICAP = 0.2
LOWEST_SCORE = 0.35


@dataclass(frozen=True)
class Layout:
    """Where the table is in a text, and how its cells are written."""

    separator: str
    decimal: str
    thousands: str | None
    comment: str | None
    # Names of the columns, one for each field of a row.
    names: tuple
    # Units from a row of units, "" where it has none; None without such a row.
    units: tuple | None
    # Lines before the header, and before the first row.
    skip_rows: int
    body_start: int
    # Lines between header and rows that are neither header nor rows.
    between: int
    trailing: bool
    # Whether quotes follow a space.
    spaced: bool


def split_line(line, separator):
    """Split a line of text into its cells."""
    if separator == "":
        return [line]
    if separator == WHITESPACE:
        # Like pandas: quotes keep spaces together.
        return next(csv.reader([re.sub(r"\s+", " ", line.strip())], delimiter=" "), [])
    # Quotes after a space still count as quotes; other spaces are part of a name.
    spaced = f'{separator} "' in line
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=spaced), [])
    except csv.Error:
        return line.split(separator)


def detect_layout(lines, options, names, filename):
    """Return the layout of the first lines of a text."""
    separator, comment = options.separator, options.comment
    lines = _with_whole_cells(lines)
    declared = re.fullmatch(r"\"?sep=(.|\\t)\"?", lines[0].strip()) if lines else None
    if separator is None and declared:
        separator = declared[1].replace("\\t", "\t")
    if comment is None:
        comment = _comment_of(lines)
    body = _body_lines(lines, comment)
    if not body:
        raise ValueError(
            f"{filename} has no rows; expected a header and at least one row of numbers."
        )
    if separator is None:
        separator = _separator(body, lines, options.decimal, names, filename)
    cells = [cell for line in body for cell in split_line(line, separator)]
    decimal = options.decimal or decimal_mark(cells, filename)
    thousands = options.thousands or thousands_mark(cells, decimal)
    is_comment = [comment is not None and line.lstrip().startswith(comment) for line in lines]
    # Comments may hold the names of the columns.
    grid = [
        split_line(line.lstrip().removeprefix(comment).lstrip() if skip else line, separator)
        for line, skip in zip(lines, is_comment, strict=True)
    ]
    if separator == WHITESPACE:
        grid = _with_names_of_words(grid, lines, comment)
    place = find_table(grid, decimal, is_comment, options, names, filename)
    if place.header is None and place.body_start:
        place = _commented_header(grid, is_comment, place)
    columns, trailing = _names(place, grid, filename)
    units = None if place.units is None else tuple(place.units[: len(columns)])
    return Layout(
        separator,
        decimal,
        thousands,
        comment,
        columns,
        units,
        place.skip_rows,
        place.body_start,
        place.between,
        trailing,
        any(f'{separator} "' in line for line in lines),
    )


def _with_names_of_words(grid, lines, comment):
    """Split lines again if their names contain spaces, or units after a space."""
    width = Counter(map(len, grid[len(grid) // 2 :])).most_common(1)[0][0]
    result = list(grid)
    for i, line in enumerate(lines):
        if len(grid[i]) <= width:
            continue
        text = line.strip().removeprefix(comment or "").strip()
        for words in (r"\s{2,}|\t", r"\s+(?![\[(])"):
            if len(cells := re.split(words, text)) == width:
                result[i] = cells
                break
    return result


def _with_whole_cells(lines):
    """Join the lines of quoted names that contain line ends; empty lines keep the line numbers."""
    lines = list(lines)
    for i in range(min(HEADER_LINES, len(lines))):
        for stop in range(i + 1, min(i + 4, len(lines))):
            if not OPEN_CELL.search(lines[i]):
                break
            if CELL_END.match(lines[stop]):
                whole = " ".join(line for line in lines[i : stop + 1] if line)
                lines[i : stop + 1] = [whole, *[""] * (stop - i)]
    return lines


@dataclass(frozen=True)
class Place:
    """Where a table is in a grid of cells."""

    header: list | None
    units: list | None
    skip_rows: int
    body_start: int
    between: int
    n_fields: int


def find_table(grid, decimal, is_comment, options, names, filename):
    """Find header, units and first row in a grid of cells."""
    usable = [
        not skip and not all(map(is_blank, row)) for row, skip in zip(grid, is_comment, strict=True)
    ]
    first_possible = _first_possible_row(grid, names, options)
    later = range(first_possible, len(grid))
    numbers = [
        i
        for i in later
        if usable[i] and _share_of_values(grid[i], decimal) >= 0.5 and _has_number(grid[i], decimal)
    ]
    # Rows may hold more text than numbers, for example several columns of remarks.
    numbers = numbers or [i for i in later if i > 0 and usable[i] and _has_number(grid[i], decimal)]
    if not numbers:
        raise ValueError(
            f"{filename} has no rows of numbers; expected a header and rows below it. "
            "If it has some, give separator, decimal or skip_rows."
        )
    # A preamble may hold numbers as well: rows have the most common length and are consecutive.
    width = Counter(len(grid[i]) for i in numbers[len(numbers) // 2 :]).most_common(1)[0][0]
    alike = [i for i in numbers if len(grid[i]) == width]
    order = [i for i in range(len(grid)) if usable[i]]
    body_start = _first_row(grid, alike, order, decimal)
    above = [i for i in range(body_start) if usable[i] and not all(map(is_rule, grid[i]))]
    n_filled = max(_n_filled(grid[i]) for i in alike)
    header = _header_row(grid, above, body_start, (n_filled, width), names, decimal, options)
    if header is None:
        return Place(None, None, body_start, body_start, 0, width)
    between = [i for i in above if i > header]
    units = None
    for i in list(between):
        row = grid[i]
        wanted = (options.units_row is True or _is_campbell(grid)) and i == between[0]
        if wanted or (options.units_row is None and is_units_row(row)):
            units = [str(cell) for cell in row] + [""] * width
            between.remove(i)
            break
    return Place(list(grid[header]), units, header, body_start, len(between), width)


def _first_row(grid, alike, order, decimal):
    """Return the first row: not one of a few lines of the preamble that look like rows."""
    is_alike = np.isin(order, alike)
    pairs = np.flatnonzero(is_alike[:-1] & is_alike[1:])
    for place in pairs:
        # The rows begin later than the first two similar lines only below a line of words.
        above = grid[order[place - 1]]
        begins = not is_alike[place - 1] and _share_of_values(above, decimal) == 0
        if place != pairs[0] and not begins:
            continue
        if is_alike[place : place + LINES_ALIKE].mean() >= SHARE_ALIKE:
            return order[place]
    return order[pairs[0]] if len(pairs) else alike[0]


def _first_possible_row(grid, names, options):
    """Return the number of the first line that may be a row."""
    if options.skip_rows is not None:
        return options.skip_rows + 1
    sought = {name.strip() for name in names}
    found = [len(sought & {str(cell).strip() for cell in row}) for row in grid]
    # The first one: a header may be repeated further down.
    return found.index(max(found)) + 1 if sought and max(found, default=0) else 0


def _header_row(grid, above, body_start, widths, names, decimal, options):
    """Return the number of the row with the names of the columns, or None."""
    if options.skip_rows is not None:
        return options.skip_rows if options.skip_rows < body_start else None
    if named := _first_possible_row(grid, names, options):
        return named - 1
    if _is_campbell(grid) and 1 in above:
        return 1
    fitting = [i for i in above if any(_fits(grid[i], width) for width in widths)]
    fitting = [i for i in fitting if _share_of_values(grid[i], decimal) < 0.5]
    named = [
        i
        for i in fitting
        if not is_units_row(grid[i]) or not any(j in fitting for j in (i - 1, i - 2))
    ]
    if units := [i for i in fitting if i not in named]:
        # A remark on each column may follow below the units.
        named = [i for i in named if i < units[-1]]
    if options.units_row is True and len(named) > 1 and named[-1] == fitting[-1]:
        named = named[:-1]
    return named[-1] if named else None


def _is_campbell(grid):
    """Tell whether a grid is from a Campbell logger: names in its second line, then units."""
    return len(grid) > 0 and len(grid[0]) > 0 and str(grid[0][0]).strip() == "TOA5"


def _fits(row, width):
    """Tell whether a row has names for as many fields as the rows have."""
    n_named = _n_filled(row)
    remarked = n_named == width + 1 and _is_remark(row[width])
    return n_named in (width, width - 1) or len(row) == width or remarked


def _n_filled(row):
    """Return the number of cells of a row without the blank ones at its end."""
    n_filled = len(row)
    while n_filled and is_blank(row[n_filled - 1]):
        n_filled -= 1
    return n_filled


def _is_remark(name):
    """Tell whether a column's name is that of a column of remarks, which rows may omit."""
    return REMARKS.fullmatch(str(name).strip()) is not None


def _names(place, grid, filename):
    """Return a name for each field of a row, and whether rows end in a separator."""
    width = place.n_fields
    if place.header is None:
        return tuple(f"column {i + 1}" for i in range(width)), False
    names = [str(name) for name in place.header]
    complete = len(names) == width
    rows = [row for row in grid[place.body_start :] if len(row) == width]
    while len(names) > 1 and is_blank(names[-1]) and len(names) > width - 1:
        names.pop()
    if len(names) == width + 1 and _is_remark(names[-1]):
        width += 1
    trailing = len(names) < width and all(
        is_blank(cell) for row in rows for cell in row[len(names) :]
    )
    if complete and not trailing:
        # A column without a name, at the end.
        names = [*map(str, place.header)]
    elif len(names) == width - 1 and not trailing:
        if not _counts([row[0] for row in rows]):
            raise ValueError(
                f"the rows of {filename} have {width} fields but its header has {len(names)} "
                f"names ({', '.join(names[:8])}); expected one name for each field. If numbers "
                "have a decimal comma, give decimal=',' and separator; if another line holds the "
                "names, give skip_rows."
            )
        names = ["row", *names]
    elif len(names) != width and not trailing:
        raise ValueError(
            f"the rows of {filename} have {width} fields but its header has {len(names)} names "
            f"({', '.join(names[:8])}); expected one name for each field. Give separator, "
            "decimal, or skip_rows (lines before the header)."
        )
    names += [""] * (width - len(names))
    return tuple(unique_names(names)), trailing


def unique_names(names):
    """Number the names that occur more than once, and name the columns without one."""
    named = [name if name.strip() else f"column {i + 1}" for i, name in enumerate(names)]
    count = Counter(named)
    seen = Counter()
    result = []
    for name in named:
        if count[name] == 1:
            result.append(name)
        else:
            result.append(f"{name}.{seen[name]}")
            seen[name] += 1
    return result


def _counts(cells):
    """Tell whether cells count the rows from 0 or 1."""
    digits = [str(cell).strip() for cell in cells]
    if not digits or not all(digit.isdigit() for digit in digits):
        return False
    numbers = [int(digit) for digit in digits]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _comment_of(lines):
    """Return the mark with which comment lines begin, or None."""
    marks = Counter(match[0] for match in map(COMMENT.match, lines) if match)
    return marks.most_common(1)[0][0].strip() if marks else None


def _commented_header(grid, is_comment, place):
    """Return the place with the names in a comment above the rows, if there is one."""
    above = place.body_start - 1
    if not is_comment[above] or len(grid[above]) != place.n_fields:
        return place
    return Place(grid[above], None, above, place.body_start, 0, place.n_fields)


def _body_lines(lines, comment):
    """Return the last lines of the head that may be rows."""
    kept = [
        line
        for line in lines
        if line.strip() and not (comment is not None and line.lstrip().startswith(comment))
    ]
    return kept[-max(min(BODY_LINES, len(kept) * 2 // 3), 1) :]


def _separator(body, lines, decimal, names, filename):
    """Return the separator that makes most cells numbers or times in equally long rows."""
    sought = {name.strip() for name in names}
    scores = {}
    for separator in (*SEPARATORS, WHITESPACE, ""):
        rows = [split_line(line, separator) for line in body]
        head = [split_line(line, separator) for line in lines[:HEADER_LINES]]
        named = bool(sought) and any(sought <= {cell.strip() for cell in row} for row in head)
        for mark in (decimal,) if decimal else (".", ","):
            score, width, n_filled = _score(rows, mark)
            if separator and width < 2:
                continue
            score -= WHITESPACE_HANDICAP * (separator == WHITESPACE)
            score -= ONE_COLUMN_HANDICAP * (separator == "")
            score += _header_bonus(head, mark, width, n_filled) + 0.25 * named
            scores[separator] = max(scores.get(separator, (-1, 0)), (round(score, 3), width))
    best = max(scores, key=scores.get)
    if scores[best][0] < LOWEST_SCORE:
        if not any(character.isdigit() for line in body for character in line):
            raise ValueError(f"{filename} has no rows of numbers; expected some below its header.")
        raise ValueError(
            f"the separator of {filename} was not recognised: no separator gives rows of numbers "
            f"that have equally many fields (a late line reads {body[-1][:80]!r}). Give "
            "separator, and decimal where numbers have a comma."
        )
    return best


def _header_bonus(head, decimal, width, n_filled):
    """Return the score of a header, which distinguishes 0,5 in one column from 0 and 5 in two."""
    bonus = 0.0
    for row in head:
        exact = len(row) == width or _n_filled(row) == n_filled
        if (exact or _fits(row, width)) and not any(is_value(cell, decimal) for cell in row):
            if exact:
                return 0.25
            bonus = 0.15
    return bonus


def _score(rows, decimal):
    """Return the share of columns of numbers or times, the number of fields and of filled ones."""
    width, alike = Counter(map(len, rows)).most_common(1)[0]
    columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
    filled = [[cell for cell in column if not is_blank(cell)] for column in columns]
    filled = [column for column in filled if column]
    if not filled:
        return 0.0, width, 0
    good = sum(
        sum(is_value(cell, decimal) for cell in column) > 0.7 * len(column) for column in filled
    )
    return alike / len(rows) * good / len(filled), width, len(filled)


def _share_of_values(row, decimal):
    """Return the share of a row's filled cells that are numbers, times or marks of missing."""
    filled = [cell for cell in row if not is_blank(cell)]
    return sum(is_value(cell, decimal) for cell in filled) / len(filled) if filled else 0.0


def _has_number(row, decimal):
    """Tell whether a row holds a number or a time."""
    return any(is_value(cell, decimal, missing=False) for cell in row)
