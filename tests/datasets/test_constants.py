"""Every constant has a documented bound, a unit and a source that is listed."""

import re
from dataclasses import fields

import pytest

from sklearn_frictiongru.datasets import ExperimentConstants

FIELDS = fields(ExperimentConstants)
BOUNDS = [
    (constant.name, bound, side)
    for constant in FIELDS
    for bound, side in zip(constant.metadata["bounds"], (-1, 1), strict=True)
]
DOCUMENTED = dict(
    re.findall(
        r"^    (\w+) : float, default=[^\n]*\n((?:        [^\n]*\n)+)",
        ExperimentConstants.__doc__,
        flags=re.MULTILINE,
    )
)


@pytest.mark.parametrize(("name", "bound", "side"), BOUNDS)
def test_a_bound_is_allowed_and_what_lies_beyond_is_not(name, bound, side):
    assert getattr(ExperimentConstants(**{name: bound}), name) == bound
    beyond = bound + side * max(abs(bound), 1e-12) * 1e-6
    with pytest.raises(ValueError, match=f"the constant {name} is "):
        ExperimentConstants(**{name: beyond})


@pytest.mark.parametrize("name", [constant.name for constant in FIELDS])
@pytest.mark.parametrize("value", [float("nan"), "0.5", None])
def test_what_is_no_number_is_an_error(name, value):
    with pytest.raises(ValueError, match=f"the constant {name} is "):
        ExperimentConstants(**{name: value})


@pytest.mark.parametrize("constant", FIELDS, ids=lambda constant: constant.name)
def test_the_documentation_gives_default_bounds_and_unit(constant):
    said = " ".join(DOCUMENTED[constant.name].split())
    found = re.search(r"\[([^\]]+)\], from (\S+) to ([^\s.,;]+(?:\.\d+)?)", said)
    assert found, said
    assert tuple(map(float, found.groups()[1:])) == constant.metadata["bounds"]
    default = re.search(rf"{constant.name} : float, default=(\S+)", ExperimentConstants.__doc__)
    assert float(default[1]) == constant.default


def test_every_source_is_listed_once_and_used():
    used = set(re.findall(r"\[(\d+)\]_", ExperimentConstants.__doc__))
    listed = re.findall(r"\.\. \[(\d+)\]", ExperimentConstants.__doc__)
    assert len(listed) == len(set(listed))
    assert used == set(listed)


def test_defaults_are_in_the_range_of_the_laboratory():
    constants = ExperimentConstants()
    assert 0.6 <= constants.mu0 <= 0.7
    assert constants.v0 == 1e-6
    assert 0.01 <= constants.b <= 0.015
    assert 1e-6 <= constants.d_c <= 1e-4
    assert 0.001 <= constants.thermocouple_depth <= 0.003
    assert constants.volumetric_heat_capacity == 2850 * 800
    conductivity = constants.volumetric_heat_capacity * constants.diffusivity
    assert conductivity == pytest.approx(2.5, abs=0.05)
    # The documented holder: a cylinder of 25 mm that gives off 81 W/(m2 K).
    loss_time = constants.volumetric_heat_capacity * 0.025 / (2 * 81)
    assert constants.holder_loss_time == pytest.approx(loss_time, rel=0.01)
