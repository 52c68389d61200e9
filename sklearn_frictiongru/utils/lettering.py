"""Names of any script and with any character, as figures can show them."""

import re
import textwrap
import unicodedata
from functools import cache

LONGEST_LABEL = 60
NO_BREAK = "\N{NO-BREAK SPACE}"
BOXES = ("lastresort", "last resort", "adobeblank", "adobe blank")
"""Fonts that have a sign for every character, which is no letter."""


def drawable(text):
    """Return a text without mathematics, control characters and letters that no font has."""
    import matplotlib as mpl

    known = _characters_of(tuple(mpl.rcParams["font.family"]))
    letters = [letter if ord(letter) in known else _code_of(letter) for letter in _on_a_line(text)]
    return "".join(letters).replace("$", r"\$")


def shortened(text):
    """Return a text with its middle left out where it is too long for a figure."""
    if len(text) <= LONGEST_LABEL:
        return text
    return f"{text[: LONGEST_LABEL - 20]}…{text[-19:]}"


def balanced(text, width):
    """Return a text in lines of about the same length, as few as have at most a width."""
    # No line ends between a number and its unit.
    text = re.sub(r"(?<=\d) (?=\w{1,4}\b)", NO_BREAK, text)
    lines = textwrap.wrap(text, width)
    for narrower in range(len(text) // max(len(lines), 1), width):
        found = textwrap.wrap(text, narrower) if narrower else []
        if len(found) == len(lines):
            lines = found
            break
    return "\n".join(lines).replace(NO_BREAK, " ")


def font_families(texts):
    """Return the fonts that draw texts: those in use, and others of the system that they need."""
    import matplotlib as mpl

    families = list(mpl.rcParams["font.family"])
    missing = _missing(texts, families)
    while missing:
        covered = {name: missing & letters for name, letters in _system_fonts().items()}
        best = max(covered, key=lambda name: len(covered[name]), default=None)
        if best is None or not covered[best]:
            break
        families.append(best)
        missing -= covered[best]
    return families


def undrawable(texts):
    """Return the letters of texts that no font of the system has, in order."""
    missing = _missing(texts, font_families(texts))
    return "".join(
        dict.fromkeys(c for text in texts for c in _on_a_line(text) if ord(c) in missing)
    )


def _on_a_line(text):
    """Return a text with a space in place of line ends, tabs and other control characters."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(text))


def _code_of(letter):
    """Return the code of a letter that cannot be drawn."""
    return f"\\u{ord(letter):04x}"


def _missing(texts, families):
    """Return the codes of letters that none of the fonts has."""
    return {ord(c) for text in texts for c in _on_a_line(text)} - _characters_of(tuple(families))


@cache
def _characters_of(families):
    """Return the codes of all letters that fonts have."""
    from matplotlib import font_manager

    paths = (font_manager.findfont(font_manager.FontProperties(family=[f])) for f in families)
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))


def _system_fonts():
    """Return the letters of each font of the system."""
    from matplotlib import font_manager

    fonts = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.style == "normal" and entry.name not in fonts:
            if any(box in f"{entry.name} {entry.fname}".lower() for box in BOXES):
                continue
            try:
                fonts[entry.name] = frozenset(font_manager.get_font(entry.fname).get_charmap())
            except (OSError, RuntimeError):
                # Fonts of pictures, such as those of emoji, are none that matplotlib draws.
                continue
    return fonts
