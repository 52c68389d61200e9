"""Colours mean the same in all figures, and what the caller has set in matplotlib is kept."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from sklearn_frictiongru.utils.style import (
    DOUBLE_COLUMN,
    INPUTS,
    MEASURED,
    PARTS,
    PREDICTED,
    SINGLE_COLUMN,
    ink,
    input_looks,
    length_colours,
    paper,
    settings,
    shade,
    styled,
)

STYLES = ["default", "dark_background", "ggplot", "grayscale"]
# Simulated colour vision without green and without red cones (Machado et al. 2009), for linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def linear(colour):
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Return the contrast of two colours as WCAG 2 defines it."""
    bright = sorted(float(np.dot(linear(c), [0.2126, 0.7152, 0.0722])) for c in (one, other))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def in_lab(colour, blindness):
    seen = np.clip(np.asarray(BLINDNESS[blindness]) @ linear(colour), 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.asarray(to_xyz) @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("colours", [INPUTS, tuple(PARTS.values())], ids=["inputs", "parts"])
def test_colours_are_told_apart_by_colour_blind_readers(colours, blindness):
    seen = [in_lab(colour, blindness) for colour in colours]
    for number, one in enumerate(seen):
        for other in seen[:number]:
            assert np.linalg.norm(one - other) > 10


def test_inputs_and_parts_share_no_colour():
    assert not set(INPUTS) & set(PARTS.values())
    assert PREDICTED not in {*INPUTS, *PARTS.values()}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("greyed", [False, True])
def test_inputs_are_seen_on_any_background(style, greyed):
    with plt.style.context(style):
        _, ax = plt.subplots()
        looks = input_looks(ax, 5, greyed)
        assert len(set(looks)) == 5
        assert len({look.marker for look in looks}) == 5
        # The colours of a style sheet are its own affair.
        if greyed or style in ("default", "dark_background"):
            assert min(contrast(look.colour, paper(ax)) for look in looks) > 1.9
        assert contrast(ink(ax), paper(ax)) > 4
        if greyed:
            assert all(len(set(look.colour)) == 1 for look in looks)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_window_lengths_are_seen_and_differ(style):
    with plt.style.context(style):
        _, ax = plt.subplots()
        colours = length_colours(ax, 4)
    assert len(set(colours)) == 4
    assert min(contrast(colour, paper(ax)) for colour in colours) > 2.5
    # No two of the lines in one figure are alike, to any reader.
    drawn = [*colours, PREDICTED, MEASURED, ink(ax)]
    for blindness in BLINDNESS:
        seen = [in_lab(colour, blindness) for colour in drawn]
        for number, one in enumerate(seen):
            assert all(np.linalg.norm(one - other) > 10 for other in seen[:number])


def test_an_input_keeps_its_colour_whatever_is_drawn_with_it():
    _, ax = plt.subplots()
    assert input_looks(ax, 2) == input_looks(ax, 9)[:2]
    assert [look.colour for look in input_looks(ax, 6)] == [to_rgb(colour) for colour in INPUTS]
    # More inputs than colours are told apart by their markers.
    assert len(set(input_looks(ax, 12))) == 12


def test_the_property_cycle_of_the_caller_is_kept():
    with plt.rc_context({"axes.prop_cycle": mpl.cycler(color=["red", "blue"])}):
        _, ax = plt.subplots()
        assert [look.colour for look in input_looks(ax, 3)] == [(1, 0, 0), (0, 0, 1), (1, 0, 0)]


def test_axes_know_their_own_background():
    with plt.style.context("dark_background"):
        _, dark = plt.subplots()
    assert ink(dark) == (1, 1, 1)
    assert paper(dark) == (0, 0, 0)
    assert shade(dark, 0) == (1, 1, 1)
    _, ax = plt.subplots()
    ax.set_facecolor("none")
    assert paper(ax) == (1, 1, 1)
    assert shade(ax, 0.5) == (0.5, 0.5, 0.5)


def test_settings_of_the_caller_are_kept():
    with plt.rc_context({"lines.linewidth": 7.0}):
        assert "lines.linewidth" not in settings()
        assert settings()["axes.grid"] is True
        found = styled(lambda: (mpl.rcParams["lines.linewidth"], mpl.rcParams["axes.grid"]))()
        assert found == (7.0, True)
        assert mpl.rcParams["axes.grid"] is False


def test_widths_are_those_of_journals():
    assert pytest.approx([89, 183]) == [25.4 * width for width in (SINGLE_COLUMN, DOUBLE_COLUMN)]
