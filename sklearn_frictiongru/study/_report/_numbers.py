"""Numbers as the report prints them: rounded to what their spread supports."""

import math
import re

from sklearn_frictiongru.utils.typography import signed

NONE = "–"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST_P = 0.001


def number(value, digits=3):
    """Return a number with some significant digits, as a power of ten where it has many zeros."""
    if not math.isfinite(value):
        return NONE
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return power(value, digits)
    return fixed(value, decimals_for(value, digits))


def power(value, digits):
    """Return a number with some significant digits as a power of ten; zero as it is."""
    return typeset(f"{value:.{digits - 1}e}") if value else "0"


def typeset(text):
    """Return a text with powers of ten and minus signs in its numbers."""
    text = re.sub(
        r"(?<=\d)e([+-]\d+)",
        lambda found: f" × 10{str(int(found[1])).translate(SUPERSCRIPTS)}" if int(found[1]) else "",
        text,
    )
    return signed(text)


def fixed(value, decimals):
    """Return a number with some decimals, without a minus before zero."""
    if not math.isfinite(value):
        return NONE
    return signed(f"{value:z,.{decimals}f}")


def decimals_for(value, digits):
    """Return the decimals that show a number with some significant digits."""
    if not math.isfinite(value) or value == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def percent(share):
    """Return a share in percent."""
    return f"{fixed(100 * share, 0)} %"


def p_value(value):
    """Return a p-value with its sign; in words where there is none."""
    if math.isnan(value):
        return "no p-value"
    return f"p < {SMALLEST_P}" if value < SMALLEST_P else f"p = {number(value, 2)}"


def counted(n, noun):
    """Return a count with its noun, in the plural where it is not one."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(items):
    """Return items as a list in a sentence."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
