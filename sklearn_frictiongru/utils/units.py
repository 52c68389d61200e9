"""Units that stand at the end of column names."""

UNITS = {
    "per_s": "1/s",
    "m_s": "m/s",
    "mm_s": "mm/s",
    "um_s": "um/s",
    "mpa_s": "MPa/s",
    "degc_s": "degC/s",
    "mpa": "MPa",
    "degc": "degC",
    "mm": "mm",
    "um": "um",
    "m": "m",
    "s": "s",
}


def split_unit(name):
    """Split a column name into quantity and unit."""
    for ending in sorted(UNITS, key=len, reverse=True):
        if name.lower().endswith(f"_{ending}"):
            return name[: -len(ending) - 1], name[-len(ending) :]
    return name, ""


def label_of(name):
    """Turn a column name into words, with its unit in brackets."""
    quantity, unit = split_unit(str(name))
    words = quantity.replace("_", " ")
    return f"{words} [{UNITS[unit.lower()]}]" if unit else words


def rate_name(name):
    """Return the column name of a quantity's rate of change."""
    quantity, unit = split_unit(name)
    known = unit and f"{unit}_s".lower() in UNITS
    return f"{quantity}_rate_{unit}_s" if known else f"{name}_rate_per_s"
