"""The scale of a box plot is one on which its boxes can be seen."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_frictiongru.utils.box_scale import box_scale, set_box_scale

NOISE = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def around(means, spread):
    """Return five scores around each mean, with quartiles at one spread below and above."""
    return [mean + spread * NOISE for mean in means]


def height(scores, scale):
    """Return the median height of the boxes on axes with a scale, in shares of the axis."""
    _, ax = plt.subplots()
    set_box_scale(ax, scale)
    near = [points for number, points in enumerate(scores) if number not in scale.far]
    ends = np.quantile(near, [0.25, 0.75], axis=1)
    places = [
        [ax.transAxes.inverted().transform(ax.transData.transform((0, end)))[1] for end in each]
        for each in ends
    ]
    return np.median(np.subtract(places[1], places[0]))


@pytest.mark.parametrize(
    ("scores", "best", "name", "far"),
    [
        (around([3.0, 2.0, 1.5], 0.1), 2, "linear", ()),
        # More than a decade.
        ([np.array([20.0, 21, 19, 22, 18]), *around([1.0, 1.1], 0.1)], 1, "log", ()),
        # One length far from others that are close together, as without history.
        (around([0.194, 0.0524, 0.0520, 0.0519, 0.0520], 7e-4), 3, "broken", (0,)),
        (around([1.2e-5, 8.3e-7, 3.7e-7, 3.66e-7, 3.66e-7], 5e-9), 3, "broken", (0, 1)),
        # Scores of which the highest is the best.
        (around([-5.0, -1.0, -1.01, -1.02], 0.01), 1, "broken", (0,)),
        # Losses that fall in even steps leave no others to break from.
        (around([4.0, 3.0, 2.0, 1.0], 1e-3), 3, "linear", ()),
        # Without boxes there is nothing to be seen.
        ([np.array([5.0]), np.array([1.0]), np.array([1.01])], 1, "linear", ()),
        ([np.array([]), np.array([])], 0, "linear", ()),
    ],
)
def test_rule(scores, best, name, far):
    scale = box_scale(scores, best)
    assert (scale.name, scale.far) == (name, far)
    low, high = scale.limits
    assert all(((low < points) & (points < high)).all() for points in scores)


@pytest.mark.parametrize("means", [[0.194, 0.0524, 0.052, 0.0519], [-5.0, -1.0, -1.01, -1.02]])
def test_boxes_near_the_best_are_seen_on_a_broken_axis(means):
    scores = around(means, 1e-2 * abs(means[-1]))
    scale = box_scale(scores, int(np.argmin(np.abs(means))))
    assert scale.name == "broken"
    assert height(scores, scale) > 0.05
    # Where all of them were on one linear scale, they were lines.
    linear = scale._replace(
        name="linear", values=(min(means) - 0.1, max(means) + 0.1), places=(0.0, 1.0)
    )
    assert height(scores, linear) < 0.02


def test_a_broken_axis_goes_up_and_its_ticks_lie_in_its_parts():
    _, ax = plt.subplots()
    scale = box_scale(around([1.2e-5, 8.3e-7, 3.7e-7, 3.66e-7, 3.6e-7], 5e-9), 4)
    set_box_scale(ax, scale)
    values = np.linspace(*scale.limits, 500)
    places = ax.transData.transform(np.column_stack([np.zeros(500), values]))[:, 1]
    assert (np.diff(places) > 0).all()
    ticks = ax.get_yticks()
    low, end, begin, high = scale.values
    assert all(low <= tick <= end or begin <= tick <= high for tick in ticks)
    assert min((ticks <= end).sum(), (ticks >= begin).sum()) >= 1
    # Labels are the values, with the power of ten above the axis.
    ax.figure.canvas.draw()
    power = ax.yaxis.get_offset_text().get_text()
    assert power == r"$\times 10^{-7}$"
    for tick, label in zip(ticks, ax.get_yticklabels(), strict=True):
        assert float(label.get_text()) * 1e-7 == pytest.approx(tick)
    # What is beyond the limits is not drawn at the edge.
    assert ax.transData.transform((0, 2 * high))[1] > ax.bbox.y1 + 10


def test_a_training_that_failed_sets_no_scale():
    scores = around([0.194, 0.0524, 0.052, 0.0519], 7e-4)
    for number in (0, 2):
        scores[number] = np.append(scores[number], 1e6)
    assert box_scale(scores, 3).limits[1] < 0.3
