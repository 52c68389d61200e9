"""Numbers as the report prints them: rounded to what their spread supports."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from sklearn_frictiongru.utils.typography import signed

NONE = "–"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST_P = 0.001
HALF = Decimal("0.5")
FAR_BELOW_ZERO = -10


def number(value, digits=3):
    """Return a number with some significant digits, as a power of ten where it has many zeros."""
    if not math.isfinite(value):
        return NONE
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return power(value, digits)
    return fixed(value, decimals_for(value, digits))


def power(value, digits):
    """Return a number with some significant digits as a power of ten; zero as it is."""
    if not value:
        return "0"
    exact = _as_written(value)
    return typeset(f"{_rounded(exact, digits - 1 - exact.adjusted()):.{digits - 1}e}")


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
    return signed(f"{_rounded(_as_written(value), decimals):z,.{decimals}f}")


def _as_written(value):
    """Return a number with the digits that a table has of it."""
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))


def _rounded(exact, decimals):
    """Round a number to some decimals, a half away from zero, as readers of a table would."""
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def decimals_for(value, digits):
    """Return the decimals that show a number with some significant digits."""
    if not math.isfinite(value) or value == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def percent(share):
    """Return a share in percent; only nothing is 0 % and only all is 100 %."""
    if not math.isfinite(share):
        return NONE
    exact = 100 * _as_written(share)
    rest = min(abs(exact), abs(100 - exact))
    return f"{fixed(exact, -rest.adjusted() if 0 < rest <= HALF else 0)} %"


def skill_text(value, decimals=2):
    """Return a skill with some decimals, without decimals where it is far below zero."""
    return fixed(value, decimals if value > FAR_BELOW_ZERO else 0)


def decimals_apart(*skills):
    """Return the decimals that tell skills from each other: two, at most four.

    Where one is missing, two.
    """
    for decimals in (2, 3):
        texts = {fixed(each, decimals) for each in skills}
        if not all(map(math.isfinite, skills)) or len(texts) == len(skills):
            return decimals
    return 4


def p_value(value):
    """Return a p-value with its sign; in words where there is none."""
    if math.isnan(value):
        return "no p-value"
    return f"p < {SMALLEST_P}" if value < SMALLEST_P else f"p = {number(value, 2)}"


def counted(n, noun):
    """Return a count with its noun, in the plural where it is not one."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def times(n):
    """Return how often something was done, in words where it was once."""
    return "once" if n == 1 else f"{n:,} times"


def listed(items):
    """Return items as a list in a sentence."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
