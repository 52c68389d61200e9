"""Units at the end of column names."""

import re

UNITS = {
    "per_s": "1/s",
    "m_s": "m/s",
    "mm_s": "mm/s",
    "um_s": "um/s",
    "mpa_s": "MPa/s",
    "degc_s": "degC/s",
    "mpa": "MPa",
    "kpa": "kPa",
    "gpa": "GPa",
    "pa": "Pa",
    "kn": "kN",
    "hz": "Hz",
    "rpm": "rpm",
    "pct": "%",
    "percent": "%",
    "degc": "degC",
    "mm": "mm",
    "um": "um",
    "m": "m",
    "s": "s",
}
DIMENSIONLESS = {"friction", "friction_coefficient"}


def split_unit(name):
    """Split a column name into quantity and unit."""
    for ending in sorted(UNITS, key=len, reverse=True):
        if name.lower().endswith(f"_{ending}"):
            return name[: -len(ending) - 1], name[-len(ending) :]
    return name, ""


def label_of(name, unit=None):
    """Turn a column name into words, with its unit in brackets: from the name, or the given one."""
    quantity, ending = split_unit(str(name))
    words = _spaced(quantity)
    if ending:
        return f"{words} [{UNITS[ending.lower()]}]"
    if unit is None and str(name) in DIMENSIONLESS:
        unit = "-"
    return words if not unit or words.endswith("]") else f"{words} [{unit}]"


def words_of(name):
    """Turn a column name into words, without the unit that it ends in."""
    return _spaced(split_unit(str(name))[0])


def _spaced(quantity):
    """Return the name of a quantity in words."""
    # A compound before a noun has a hyphen.
    return re.sub(r"\bload point (?=\w)", "load-point ", quantity.replace("_", " "))


def squared(label):
    """Return the unit of a squared error in brackets, for a label such as humidity [%]."""
    quantity, _, unit = label.removesuffix("]").rpartition(" [")
    if unit == "-" and quantity:
        return "[-]"
    if quantity and label.endswith("]"):
        return f"[{unit}²]" if unit.isalpha() or unit == "%" else f"[({unit})²]"
    return "[squared units of the target]" if label == "target" else f"[({label})²]"


def error_unit(unit):
    """Return the unit of an error of a quantity: one of 1 % would be read as relative."""
    return "percentage points" if unit == "%" else unit


def rate_name(name):
    """Return the column name of a quantity's rate of change."""
    quantity, unit = split_unit(name)
    known = unit and f"{unit}_s".lower() in UNITS
    return f"{quantity}_rate_{unit}_s" if known else f"{name}_rate_per_s"
