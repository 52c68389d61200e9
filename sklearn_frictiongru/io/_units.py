"""Units of columns: found in rows of units and in names, and converted on request."""

import re
import unicodedata

from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.units import UNITS, split_unit

BASE = frozenset(
    [
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hrs",
        "hour",
        "hours",
        "d",
        "day",
        "days",
        "m",
        "meter",
        "metre",
        "in",
        "inch",
        "inches",
        "ft",
        "g",
        "gram",
        "grams",
        "lb",
        "lbs",
        "lbf",
        "kgf",
        "gf",
        "tf",
        "t",
        "N",
        "dyn",
        "J",
        "W",
        "Pa",
        "bar",
        "psi",
        "ksi",
        "atm",
        "Torr",
        "V",
        "A",
        "Ohm",
        "ohm",
        "F",
        "C",
        "K",
        "degC",
        "degF",
        "deg",
        "celsius",
        "Celsius",
        "kelvin",
        "Kelvin",
        "rad",
        "Hz",
        "rpm",
        "rps",
        "rev",
        "L",
        "l",
        "mol",
        "%",
        "percent",
        "ppm",
        "strain",
        "ustrain",
        "microstrain",
        "count",
        "counts",
        "cts",
        "1",
        "dB",
        "T",
        "eV",
        "cycles",
        "dimensionless",
        "unitless",
        "grad",
    ]
)
PREFIXES = ("", "k", "M", "G", "m", "u", "n", "p", "c", "d", "h", "da")
NO_UNIT = frozenset(["", "-", "--", "1", "none", "n/a", "[]", "()"])
SPELLINGS = {
    "℃": "degC",
    "°C": "degC",
    "ºC": "degC",
    "° C": "degC",
    "deg C": "degC",
    "deg. C": "degC",
    "degC": "degC",
    "℉": "degF",
    "°F": "degF",
    "°": "deg",
    "µ": "u",
    "μ": "u",
    "㎜": "mm",
    "㎛": "um",
    "㎝": "cm",
    "㎫": "MPa",
    "㎪": "kPa",
    "㎏": "kg",
    "㎐": "Hz",
    "²": "^2",
    "³": "^3",
    "⁻¹": "^-1",
    "⁻²": "^-2",
    "秒": "s",
    "分": "min",
    "時間": "h",
    "Ω": "ohm",
    "·": "*",
    "×": "*",
    "毎": "/",
}
PINT_NAMES = {"sec": "s", "Sec": "s", "in": "inch", "C": "degC", "F": "degF", "gf": "gram_force"}
NOT_AT_END = frozenset(
    [
        "in",
        "count",
        "counts",
        "cts",
        "strain",
        "grad",
        "cycles",
        "rev",
        "deg",
        "sec",
        "mol",
        "day",
        "days",
    ]
)
"""Words at the end of a column's name, as in heat_in, that are usually not its unit."""

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86400.0}
TIME_UNITS = (
    dict.fromkeys(("s", "sec", "secs", "second", "seconds", "S", "Sec", "SEC"), "s")
    | dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms")
    | dict.fromkeys(("us", "usec", "microsecond", "microseconds"), "us")
    | dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), "ns")
    | dict.fromkeys(("min", "mins", "minute", "minutes", "Min"), "min")
    | dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h")
    | dict.fromkeys(("d", "day", "days"), "d")
)
IN_BRACKETS = re.compile(r"(.*?)[\[({（［]([^\[\](){}（）［］]*)[\])}）］]\s*")
AFTER_SLASH = re.compile(r"(.*\S)\s*(?: / |/)\s*(\S+)\s*")


def plain_unit(text):
    """Return a unit in ASCII, such as degC for ℃ and um for µm."""
    text = text.strip()
    if len(text) > 1 and text[0] in "[({（［" and text[-1] in "])}）］":
        text = text[1:-1].strip()
    for written, plain in SPELLINGS.items():
        text = text.replace(written, plain)
    text = unicodedata.normalize("NFKC", text)
    return "" if text.lower() in NO_UNIT else text


def is_unit(text):
    """Tell whether a text is a unit that is known here, such as ``mm/s`` or ``[℃]``."""
    plain = plain_unit(text)
    parts = [part for part in re.split(r"[/*^.\s]|\*\*|(?<=\D)-?\d+$", plain) if part]
    return bool(parts) and all(map(_is_simple_unit, parts))


def _is_simple_unit(part):
    """Tell whether a text is a unit without division or power, perhaps with a prefix."""
    part = re.sub(r"\^?-?\d+$", "", part) or "1"
    return any(part.startswith(prefix) and part[len(prefix) :] in BASE for prefix in PREFIXES)


def is_units_row(cells):
    """Tell whether a row holds nothing but units."""
    texts = [str(cell).strip() for cell in cells if cell is not None and str(cell) != "nan"]
    filled = [text for text in texts if text and plain_unit(text)]
    if not filled:
        return False
    bracketed = [text for text in filled if text[0] in "[(" and text[-1] in "])"]
    if len(bracketed) == len(filled):
        return True
    return sum(map(is_unit, filled)) >= 0.7 * len(filled)


def unit_in_name(name):
    """Return the unit that a column's name holds, in brackets, at its end or after a slash."""
    if match := IN_BRACKETS.fullmatch(str(name)):
        inner = match[2].strip()
        if plain_unit(inner) == "" or is_unit(inner):
            return plain_unit(inner)
        # "velocity (m/s, slip)"
        return next((plain_unit(part) for part in inner.split(",") if is_unit(part)), "")
    _, unit = split_unit(str(name))
    if unit:
        return UNITS[unit.lower()]
    last = re.split(r"[_\s]", str(name).strip())[-1]
    if last and last != str(name).strip() and _ends_a_name(last, str(name)):
        return plain_unit(last)
    if (match := AFTER_SLASH.fullmatch(str(name))) and is_unit(match[2]):
        return plain_unit(match[2])
    return ""


def time_unit_in_name(name):
    """Return the unit that a time column is named by, as in minutes or days_since_start."""
    if unit := unit_in_name(name):
        return unit
    # What follows names the start or the cycle: time of day, minutes since the first day.
    counted = re.split(r"[\W_](?:of|since|after|from|per)[\W_]", str(name).strip())[0]
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", counted))
    words = [word if len(word) == 1 else word.lower() for word in words]
    units = [TIME_UNITS[word] for word in words if word in TIME_UNITS]
    alone = len(words) == 1
    plural = all(word[-1] == "s" and len(word) > 1 for word in words if word in TIME_UNITS)
    return units[0] if len(units) == 1 and (alone or plural) else ""


def _ends_a_name(word, name):
    """Tell whether the last word of a column's name is its unit."""
    if word == "min":
        return name.lower().startswith(("time", "t_", "t ", "elapsed"))
    if len(word) == 1:
        return word in "smhNK"
    return word.lower() not in NOT_AT_END and not word[-1].isdigit() and is_unit(word)


def name_with_unit(name, old, new):
    """Return a column's name with the unit in it replaced."""
    match = IN_BRACKETS.fullmatch(name)
    if match and plain_unit(match[2]) == old:
        return name[: match.start(2)] + new + name[match.end(2) :]
    quantity, unit = split_unit(name)
    endings = {written: ending for ending, written in UNITS.items()}
    if unit and UNITS[unit.lower()] == old:
        return f"{quantity}_{endings.get(new, re.sub(r'[^0-9A-Za-z]+', '_', new))}"
    return name


def seconds_per(unit):
    """Return the number of seconds in a unit of time, or None for other units."""
    return SECONDS.get(TIME_UNITS.get(plain_unit(unit)))


def convert_values(values, name, old, new):
    """Return values in another unit."""
    if not old:
        raise ValueError(
            f"column {name!r} has no known unit, so that it cannot be converted to {new!r}. Give "
            f"its unit: units={{{name!r}: 'mm'}}."
        )
    pint = import_extra("pint", "units", "the conversion of units")
    registry = pint.get_application_registry()
    try:
        quantity = registry.Quantity(values, _for_pint(old))
        return quantity.to(_for_pint(new)).magnitude
    except (pint.errors.PintError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"column {name!r} cannot be converted from {old!r} to {new!r}: {error}. Name a unit of "
            "the same kind in convert, or the column's own unit in units."
        ) from error


def _for_pint(unit):
    """Return a unit in pint's spelling."""
    plain = plain_unit(unit)
    return PINT_NAMES.get(plain, re.sub(r"\bsec\b", "s", plain)) or "dimensionless"
