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
    """Split a column name into quantity and unit.

    Parameters
    ----------
    name : str
        Column name, such as ``axial_displacement_mm``.

    Returns
    -------
    quantity : str
        The name without its unit.
    unit : str
        The ending that is a unit, a key of ``UNITS``; empty if there is none.

    Examples
    --------
    >>> from sklearn_frictiongru.utils._units import split_unit
    >>> split_unit("axial_displacement_mm"), split_unit("x0")
    (('axial_displacement', 'mm'), ('x0', ''))
    """
    for ending in sorted(UNITS, key=len, reverse=True):
        if name.lower().endswith(f"_{ending}"):
            return name[: -len(ending) - 1], name[-len(ending) :]
    return name, ""


def label_of(name):
    """Turn a column name into words, with its unit in brackets.

    Parameters
    ----------
    name : object
        Column name, such as ``axial_displacement_mm``.

    Returns
    -------
    str
        Label, such as ``axial displacement [mm]``.

    Examples
    --------
    >>> from sklearn_frictiongru.utils._units import label_of
    >>> label_of("load_point_velocity_m_s"), label_of("x0")
    ('load point velocity [m/s]', 'x0')
    """
    quantity, unit = split_unit(str(name))
    words = quantity.replace("_", " ")
    return f"{words} [{UNITS[unit.lower()]}]" if unit else words


def rate_name(name):
    """Return the column name of a quantity's rate of change.

    Parameters
    ----------
    name : str
        Column name, such as ``axial_displacement_mm``.

    Returns
    -------
    str
        Name with the unit per second, such as ``axial_displacement_rate_mm_s``.

    Examples
    --------
    >>> from sklearn_frictiongru.utils._units import rate_name
    >>> rate_name("axial_displacement_mm"), rate_name("x0")
    ('axial_displacement_rate_mm_s', 'x0_rate_per_s')
    """
    quantity, unit = split_unit(name)
    known = unit and f"{unit}_s".lower() in UNITS
    return f"{quantity}_rate_{unit}_s" if known else f"{name}_rate_per_s"
