"""Measured against predicted values."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import r2_score

from sklearn_frictiongru.model_selection._estimator_windows import history_wanted
from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.plotting import COLOURS, CYCLE, GREY, axes_or_new, time_axis
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    counts_rows,
    index_of,
    without_masks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["actual_vs_predicted", "time"]

PART_SHADES = [
    (GREY, None),
    (COLOURS["sky"], None),
    (COLOURS["orange"], "//"),
    (COLOURS["green"], "\\\\"),
    (COLOURS["yellow"], ".."),
]
"""Colour and hatching of the parts of a record, in the order in which they appear."""


class PredictionDisplay:
    """Measured against predicted friction, or another target.

    Parameters
    ----------
    measured, predicted : ndarray of shape (n_rows,)
        Friction [-], only rows with their full history.
    time : ndarray of shape (n_rows,), default=None
        Time of the rows in seconds; they are counted if None.
    label : str, default=""
        What was predicted, for the title.
    time_label : str, default="time [s]"
        What the time is, with its unit, for the axis.
    parts : array-like of str, shape (n_rows,), default=None
        Part of each row, such as "training", "validation" or "test": shaded along time.
    target_name : str, default="friction [-]"
        What was predicted, with its unit, for the axes.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.

    See Also
    --------
    ResidualsDisplay : The errors, by range of a condition.
    sklearn.metrics.r2_score : The R2 in the title.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PredictionDisplay
    >>> measured = np.array([0.60, 0.65, 0.70])
    >>> display = PredictionDisplay(measured, measured + 0.01, label="test rows").plot()
    >>> display.ax_.get_title()
    'test rows: R² = 0.94'
    """

    ax_: Axes
    figure_: Figure

    def __init__(
        self,
        measured: NDArray[Any],
        predicted: NDArray[Any],
        *,
        time: ArrayLike | None = None,
        label: str = "",
        time_label: str = "time [s]",
        parts: ArrayLike | None = None,
        target_name: str = "friction [-]",
    ) -> None:
        self.measured = measured
        self.predicted = predicted
        self.time = time
        self.label = label
        self.time_label = time_label
        self.parts = parts
        self.target_name = target_name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        rows: ArrayLike | None = None,
        kind: Kind = "actual_vs_predicted",
        label: str = "",
        parts: ArrayLike | None = None,
        target_name: str = "friction [-]",
        ax: Axes | None = None,
    ) -> Self:
        """Predict and draw.

        Parameters
        ----------
        estimator : Pipeline or regressor
            Fitted estimator.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows or windows.
        y : array-like of shape (n_rows,)
            Measured friction [-].
        rows : array-like of int, shape (n_drawn,), default=None
            Numbers of the rows to draw; all if None. All rows are predicted, so that each
            has its history.
        kind : {"actual_vs_predicted", "time"}, default="actual_vs_predicted"
            Predicted over measured friction, or both along time.
        label : str, default=""
            What was predicted, for the title.
        parts : array-like of str, shape (n_rows,), default=None
            Part of each row, such as "training", "validation" or "test": shaded along
            time.
        target_name : str, default="friction [-]"
            What was predicted, with its unit, for the axes.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        PredictionDisplay
            The display; rows without full history are left out.

        Raises
        ------
        ValueError
            If no row has a full history, or `y` or `parts` has another index than `X`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LinearRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn_frictiongru.model_selection import PredictionDisplay
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X = np.random.default_rng(0).normal(size=(60, 1))
        >>> y = np.convolve(X[:, 0], np.ones(3) / 3)[:60]
        >>> model = make_pipeline(SlidingWindowTransformer(3, flatten=True), LinearRegression())
        >>> display = PredictionDisplay.from_estimator(
        ...     model.fit(X[:40], y[:40]), X, y, rows=range(40, 60), label="new rows"
        ... )
        >>> display.ax_.get_title()
        'new rows: R² = 1.00'
        """
        check_same_index(X, y)
        check_same_index(X, parts, "parts")
        y = without_masks(y)
        complete = rows_to_draw(estimator, X, rows)
        predicted = estimator.predict(X)
        time, time_label = _time_of_rows(X, len(complete))
        display = cls(
            np.asarray(y)[complete],
            predicted[complete],
            time=time[complete],
            label=label,
            time_label=time_label,
            parts=None if parts is None else np.asarray(parts)[complete],
            target_name=target_name,
        )
        return display.plot(kind=kind, ax=ax)

    def plot(self, *, kind: Kind = "actual_vs_predicted", ax: Axes | None = None) -> Self:
        """Draw measured against predicted friction.

        Parameters
        ----------
        kind : {"actual_vs_predicted", "time"}, default="actual_vs_predicted"
            Predicted over measured friction, or both along time.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        PredictionDisplay
            This display.

        Raises
        ------
        ValueError
            If `kind` is unknown.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.model_selection import PredictionDisplay
        >>> measured = np.array([0.60, 0.65, 0.70, 0.72])
        >>> display = PredictionDisplay(
        ...     measured,
        ...     measured + 0.01,
        ...     time=np.arange(4.0),
        ...     parts=["training", "training", "test", "test"],
        ... )
        >>> legend = display.plot(kind="time").ax_.get_legend()
        >>> [text.get_text() for text in legend.get_texts()]
        ['training', 'test', 'measured', 'predicted']
        """
        if kind == "actual_vs_predicted":
            ax = axes_or_new(ax, (5, 5))
            self._draw_scatter(ax)
        elif kind == "time":
            ax = axes_or_new(ax, (8, 4))
            self._draw_time(ax)
        else:
            raise ValueError(f"kind is {kind!r}; expected 'actual_vs_predicted' or 'time'.")
        r2 = r2_score(self.measured, self.predicted) if len(self.measured) > 1 else np.nan
        ax.set_title(f"{self.label}{': ' if self.label else ''}R² = {r2:.2f}")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_scatter(self, ax):
        low = min(self.measured.min(), self.predicted.min())
        high = max(self.measured.max(), self.predicted.max())
        margin = 0.04 * (high - low)
        ends = [low - margin, high + margin]
        ax.axline((low, low), slope=1, color=COLOURS["black"], linewidth=1, linestyle="--")
        ax.plot(self.measured, self.predicted, ".", color=COLOURS["blue"], alpha=0.5, markersize=4)
        ax.set(
            xlabel=f"measured {self.target_name}",
            ylabel=f"predicted {self.target_name}",
            xlim=ends,
            ylim=ends,
        )
        ax.set_aspect("equal")
        ax.grid(alpha=0.3)

    def _draw_time(self, ax):
        time = np.arange(len(self.measured))
        if self.time is not None:
            time, _ = time_axis(pd.Index(self.time))
        steps = np.diff(time)
        if steps.dtype.kind == "m":
            steps = steps / np.timedelta64(1, "s")
        # Lines must not join rows that other parts of the record lie between, nor two runs.
        longest = 1.5 * np.median(steps[steps > 0]) if (steps > 0).any() else 0
        breaks = np.flatnonzero((steps <= 0) | (steps > longest)) + 1
        if self.parts is not None:
            self._shade_parts(ax, time, breaks)
        for name, values, colour in (
            ("measured", self.measured, COLOURS["black"]),
            ("predicted", self.predicted, CYCLE[3]),
        ):
            pieces = zip(np.split(time, breaks), np.split(values, breaks), strict=True)
            for number, (x, piece) in enumerate(pieces):
                ax.plot(x, piece, color=colour, linewidth=1.2, label=None if number else name)
        ax.set(xlabel="row" if self.time is None else self.time_label, ylabel=self.target_name)
        ax.grid(alpha=0.3)
        ax.legend(frameon=self.parts is not None, loc="best")

    def _shade_parts(self, ax, time, breaks):
        """Shade the stretches of each part, which nothing interrupts."""
        parts = np.asarray(self.parts)
        changes = np.flatnonzero(parts[1:] != parts[:-1]) + 1
        edges = np.unique(np.concatenate([[0], breaks, changes, [len(parts)]]).astype(int))
        shades = dict(zip(dict.fromkeys(parts), itertools.cycle(PART_SHADES), strict=False))
        named = set()
        for start, stop in itertools.pairwise(edges):
            part = parts[start]
            colour, hatch = shades[part]
            ax.axvspan(
                time[start],
                time[stop - 1],
                facecolor=colour,
                alpha=0.25,
                hatch=hatch,
                edgecolor=COLOURS["black"],
                linewidth=0,
                label=None if part in named else str(part),
            )
            named.add(part)


def rows_to_draw(estimator, X, rows=None):
    """Return which rows have a full history and are asked for."""
    if isinstance(X, WindowArray):
        complete = X.complete
    else:
        n_rows, max_gap = history_wanted(estimator)
        complete = Runs.of(X, max_gap=max_gap).history >= n_rows
    if rows is not None:
        wanted = np.zeros(len(complete), dtype=bool)
        wanted[np.asarray(rows)] = True
        complete = complete & wanted
    if not complete.any():
        raise ValueError(
            f"none of the rows to draw has a full history, of {len(complete)} rows; draw "
            "rows further into their run."
        )
    return complete


def _time_of_rows(X, n_rows):
    """Return the time of each row, or its number, and what that is."""
    index = index_of(X)
    if index is None or counts_rows(index):
        return np.arange(n_rows), "row"
    return time_axis(index)
