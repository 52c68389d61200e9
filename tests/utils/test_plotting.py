"""Axes, their limits and their labels."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    draw_time_scales,
    limits_around,
    mark_outside,
    name_lengths,
    name_runs,
    shown_name,
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_axes_of_the_caller_are_used_as_they_are():
    figure, ax = plt.subplots(figsize=(3, 2))
    assert axes_or_new(ax, 8, 50) is ax
    assert figure.get_size_inches().tolist() == [3, 2]


def test_new_axes_have_the_size_asked_for():
    n_figures = len(plt.get_fignums())
    ax = axes_or_new(None, 8, 50.8)
    assert len(plt.get_fignums()) == n_figures + 1
    assert ax.figure.get_size_inches().tolist() == pytest.approx([8, 2])
    assert ax.figure.get_layout_engine() is not None


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], (0.5, 0.7)),
        ([0.45, 0.72], (0.45, 0.72)),
        ([-0.6, 0.6], (0.4, 0.7)),
        ([0.6, 1e9], (0.5, 0.8)),
        ([np.nan, np.inf, -np.inf], (0.5, 0.7)),
    ],
)
def test_limits_follow_others_only_as_far_as_half_the_span(others, expected):
    low, high = limits_around([0.5, 0.7, np.nan], others)
    margin = 0.05 * (expected[1] - expected[0])
    assert (low, high) == pytest.approx((expected[0] - margin, expected[1] + margin))


@pytest.mark.parametrize("values", [[0.6, 0.6], [0.0], [], [np.nan]])
def test_limits_of_a_single_value_have_a_width(values):
    low, high = limits_around(values)
    assert low < high
    assert np.isfinite([low, high]).all()


def test_points_outside_are_marked_at_the_edge():
    _, ax = plt.subplots()
    ax.set_ylim(0, 1)
    outside = mark_outside(ax, [1, 2, 3], [0.5, 7.0, -3.0], "black")
    assert outside.tolist() == [False, True, True]
    found = {(line.get_marker(), *line.get_xydata()[0]) for line in ax.get_lines()}
    assert found == {("^", 2.0, 1.0), ("v", 3.0, 0.0)}
    assert ax.get_ylim() == (0, 1)


@pytest.mark.parametrize(
    ("name", "unit", "shown"),
    [
        ("friction", "", "friction [-]"),
        ("room_humidity_pct", "", "room humidity [%]"),
        ("temperature_degc", "", "temperature [degC]"),
        ("Humidity", "%", "Humidity [%]"),
        ("mu", "", "mu"),
        ("friction_force", "kN", "friction force [kN]"),
    ],
)
def test_names_are_shown_with_their_units(name, unit, shown):
    assert shown_name(name, unit) == shown


@pytest.mark.parametrize(
    ("lengths", "interval", "rows", "ticks", "units"),
    [
        ([50], None, [50], ["50"], "rows"),
        ([1], None, [1], ["1"], "rows"),
        ([1, 5], None, [1, 5], ["1\nno history", "5"], "rows"),
        ([20, 50], 0.1, [20, 50], ["20\n2", "50\n5"], "rows, seconds"),
        (["5s", "20min"], 2.0, [2, 600], ["2\n4", "600\n1,200"], "rows, seconds"),
        ([1, "50s"], 4.0, [1, 12], ["1\n4\nno history", "12\n48"], "rows, seconds"),
        (["5s", "20min"], None, [2, 600], ["2\n5", "600\n1,200"], "rows, seconds"),
        (["10s", pd.Timedelta("1min")], None, [None, None], ["10", "60"], "seconds"),
        ([1, "50s"], None, [1, None], ["1\nno history", "50s"], "rows or time"),
    ],
)
def test_window_lengths_are_named_in_rows_and_seconds(lengths, interval, rows, ticks, units):
    _, ax = plt.subplots()
    name_lengths(ax, lengths, interval, rows)
    assert [label.get_text() for label in ax.get_xticklabels()] == ticks
    assert ax.get_xlabel() == f"window length [{units}]"


def test_time_scales_stand_between_the_window_lengths_on_a_logarithmic_scale():
    _, ax = plt.subplots()
    lengths = np.array([1, 10, 1000])
    scales = {"below": 0.5, "V at 5e-07 m/s": 100.0, "beyond": 2000.0}
    assert draw_time_scales(ax, scales, lengths) == 26
    (line,) = ax.get_lines()
    # Halfway between 10 and 1000 on a logarithmic scale.
    assert line.get_xdata()[0] == pytest.approx(1.5)
    assert line.get_label() == r"100 s: V at $5 \times 10^{-7}$ m/s"
    assert draw_time_scales(ax, {"beyond": 2000.0}, lengths) is None
    assert len(ax.get_lines()) == 1


@pytest.mark.parametrize(
    ("scales", "texts", "pad"),
    [
        ([10.0, 50.0, 70.0], ["10 s", "50 s\n", "70 s"], 38),
        ([10.0, 200.0], ["10 s", "200 s"], 26),
    ],
)
def test_labels_of_near_time_scales_are_on_two_lines(scales, texts, pad):
    _, ax = plt.subplots()
    names = {f"scale {number}": scale for number, scale in enumerate(scales)}
    assert draw_time_scales(ax, names, np.append(4, np.arange(50, 501, 50))) == pad
    (above,) = ax.child_axes
    assert [label.get_text() for label in above.get_xticklabels()] == texts


def test_the_number_of_completed_repeats_is_written_below_each_length():
    _, ax = plt.subplots()
    name_lengths(ax, [1, 20], 0.5, [1, 20], [3, 12])
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "1\n0.5\n3\nno history",
        "20\n10\n12",
    ]
    assert ax.get_xlabel().splitlines() == [
        "window length [rows, seconds]",
        "completed repeats, fewer where given up",
    ]


def test_runs_are_named_in_their_middle():
    _, ax = plt.subplots()
    name_runs(ax, np.array([0, 0, 0, 1, 1]), ["first", "second"])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["first", "second"]
    assert list(ax.get_xticks()) == [1.0, 3.5]
    assert [line.get_xdata()[0] for line in ax.get_lines()] == [2.5]
