"""Units in column names."""

import pytest

from sklearn_frictiongru.utils.units import label_of, rate_name, split_unit, squared


@pytest.mark.parametrize(
    ("name", "quantity", "unit", "label", "rate"),
    [
        (
            "axial_displacement_mm",
            "axial_displacement",
            "mm",
            "axial displacement [mm]",
            "axial_displacement_rate_mm_s",
        ),
        ("slip_velocity_m_s", "slip_velocity", "m_s", "slip velocity [m/s]", None),
        ("temperature_degC", "temperature", "degC", "temperature [degC]", None),
        ("normal_stress_mpa", "normal_stress", "mpa", "normal stress [MPa]", None),
        ("x0", "x0", "", "x0", "x0_rate_per_s"),
        ("mm", "mm", "", "mm", "mm_rate_per_s"),
        ("terms", "terms", "", "terms", "terms_rate_per_s"),
    ],
)
def test_units_are_read_from_the_end_of_a_name(name, quantity, unit, label, rate):
    assert split_unit(name) == (quantity, unit)
    assert label_of(name) == label
    if rate is not None:
        assert rate_name(name) == rate


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("room humidity [%]", "[%²]"),
        ("stress [MPa]", "[MPa²]"),
        ("velocity [m/s]", "[(m/s)²]"),
        ("friction [-]", "[-]"),
        ("mu", "[(mu)²]"),
        ("target", "[squared units of the target]"),
    ],
)
def test_the_unit_of_a_squared_error(label, unit):
    assert squared(label) == unit
