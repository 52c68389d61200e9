"""Kinds of cells of a table: number, time, mark of a missing value, or text."""

import datetime
import math
import re
from numbers import Number

# What loggers, spreadsheets and programs write where there is no value, in lower case.
MISSING_MARKS = frozenset(
    [
        *("nan", "-nan", "n/a", "na", "#n/a", "#na", "null", "none", "nil", "nat", "missing"),
        *("-", "--", "---", "----", "-----", "?", ".", "..", "*", "***", "****", "*****"),
        *("1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "#value!", "#div/0!", "#ref!", "#num!"),
        *("over", "+over", "-over", "overflow", "overrange", "over range", "ovld", "ol", "open"),
        *("burnout", "burn out", "+++++++", "*******", "invalid", "error", "err", "no data"),
        *("not available", "欠測", "異常"),
    ]
)
SENTINELS = (-999.0, -9999.0, -99999.0, -999.99, 9999.0, 99999.0, 9.9e37, 9.91e37, 1e30, -1e30)
"""Numbers that instruments write in place of a missing value."""

COMMENT = re.compile(r"\s*(?:[#%!]|//|\*(?!\*))")
RULE = re.compile(r"[-=_~+| ]+")
SPACES = "\u00a0\u2009\u202f \u2007"
EXPONENT = r"(?:[eEdD][+-]?\d+)?"
NUMBER = {
    ".": re.compile(rf"[-+\u2212]?(?:\d+\.?\d*|\.\d+){EXPONENT}"),
    ",": re.compile(rf"[-+\u2212]?(?:\d+,?\d*|,\d+){EXPONENT}"),
}
GROUPED = {
    ".": re.compile(rf"[+-]?[1-9]\d{{0,2}}([,'’{SPACES}])\d{{3}}(?:\1\d{{3}})*(?:\.\d+)?"),
    ",": re.compile(rf"[+-]?[1-9]\d{{0,2}}([.'’{SPACES}])\d{{3}}(?:\1\d{{3}})*(?:,\d+)?"),
}
INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
TIME = re.compile(
    r"(?:19|20)\d{6}[T _-]\d{4,6}(?:[.,]\d+)?|"
    r".*?\b\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}\b.*|"
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|"
    r"(?:[^\W\d]+\.?,? )?\d{1,2}[-. ]+[^\W\d_]{3,9}\.?[-., ]+\d{2,4}.*|"
    r"(?:[^\W\d]+\.?,? )?[^\W\d_]{3,9}\.? \d{1,2}(?:,| |$).*\d{2,4}.*|"
    r"\d+ days? .*"
)
CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,:]\d+)?\s*(?:[ap]\.?m\.?)?", re.IGNORECASE)


def is_blank(cell):
    """Tell whether a cell holds nothing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return True
    return isinstance(cell, str) and not cell.strip()


def is_rule(cell):
    """Tell whether a cell is part of a line drawn under the header."""
    return isinstance(cell, str) and (not cell.strip() or (RULE.fullmatch(cell) is not None))


def is_missing_mark(text):
    """Tell whether a text marks a missing value."""
    return text.strip().lower() in MISSING_MARKS


def is_value(cell, decimal, missing=True):
    """Tell whether a cell is a number, a time or, if wanted, a mark of a missing value."""
    if not isinstance(cell, str):
        return isinstance(cell, Number | datetime.date | datetime.time | datetime.timedelta)
    text = cell.strip().strip("'")
    if NUMBER[decimal].fullmatch(text) or GROUPED[decimal].fullmatch(text):
        return True
    if is_time(text):
        return True
    return missing and (is_missing_mark(text) or INFINITE.fullmatch(text) is not None)


def is_time(text):
    """Tell whether a text looks like a date or a clock time."""
    return len(text) <= 50 and (
        CLOCK.fullmatch(text) is not None or TIME.fullmatch(text) is not None
    )


def decimal_mark(cells, filename):
    """Return the decimal mark of cells; raise if they leave it ambiguous."""
    texts = [cell.strip() for cell in cells]
    points = [text for text in texts if "." in text and NUMBER["."].fullmatch(text)]
    commas = [text for text in texts if "," in text and NUMBER[","].fullmatch(text)]
    # 0,004 and 1,50 are not thousands, nor is 1.50 with a decimal comma.
    clear_commas = [text for text in commas if not GROUPED["."].fullmatch(text)]
    clear_points = [text for text in points if not GROUPED[","].fullmatch(text)]
    both = [text for text in texts if "." in text and "," in text]
    if any(GROUPED[","].fullmatch(text) for text in both) and not clear_points:
        return ","
    if any(GROUPED["."].fullmatch(text) for text in both) and not clear_commas:
        return "."
    if clear_commas and clear_points:
        raise ValueError(
            f"{filename} has numbers with a decimal point ({clear_points[0]!r}) and with a comma "
            f"({clear_commas[0]!r}); expected one decimal mark. Give decimal='.' or decimal=','."
        )
    if clear_commas:
        return ","
    if commas and not clear_points:
        raise ValueError(
            f"{commas[0]!r} in {filename} may have a decimal comma or a comma between thousands. "
            "Give decimal=',' or decimal='.'."
        )
    return "."


def thousands_mark(cells, decimal):
    """Return the mark between thousands in cells, or None."""
    for cell in cells:
        text = cell.strip()
        match = GROUPED[decimal].fullmatch(text)
        if match and not NUMBER[decimal].fullmatch(text):
            return match[1]
    return None
