"""Signs of numbers as they are printed: a minus sign, and an en dash in ranges."""

import re

MINUS, EN_DASH = "−", "–"

_NUMBER = r"\d[\d.,]*(?:e[+-]?\d+)?"
_RANGE = re.compile(rf"(-?{_NUMBER})-({_NUMBER})(?= |$)")


def signed(text):
    """Return a text with the hyphens before its numbers as minus signs."""
    return re.sub(r"(?<![\w)\].-])-(?=\.?\d)", MINUS, text)


def range_label(name):
    """Return the name of a range, such as 2-4 MPa, with an en dash; other names as they are."""
    name = str(name)
    found = _RANGE.match(name)
    if found is not None:
        name = f"{found[1]}{EN_DASH}{found[2]}{name[found.end() :]}"
    elif not re.match(rf"-{_NUMBER}(?: |$)", name):
        return name
    return signed(name)


def plain(text):
    """Return a text with hyphens in place of minus signs, for consoles of any encoding."""
    return text.replace(MINUS, "-")
