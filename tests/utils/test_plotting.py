"""Displays draw on the axes they are given, and in colours that differ."""

import matplotlib.pyplot as plt

from sklearn_frictiongru.utils.plotting import COLOURS, CYCLE, GREY, axes_or_new


def test_axes_of_the_caller_are_used_as_they_are():
    figure, ax = plt.subplots(figsize=(3, 2))
    assert axes_or_new(ax, figsize=(8, 5)) is ax
    assert figure.get_size_inches().tolist() == [3, 2]
    plt.close(figure)


def test_new_axes_have_the_size_asked_for():
    n_figures = len(plt.get_fignums())
    ax = axes_or_new(None, figsize=(8, 5))
    assert len(plt.get_fignums()) == n_figures + 1
    assert ax.figure.get_size_inches().tolist() == [8, 5]
    assert ax.figure.get_layout_engine() is not None
    plt.close(ax.figure)


def test_colours_differ():
    assert len(set(COLOURS.values()) | {GREY}) == len(COLOURS) + 1
    assert len(set(CYCLE)) == 6
    assert COLOURS["yellow"] not in CYCLE
