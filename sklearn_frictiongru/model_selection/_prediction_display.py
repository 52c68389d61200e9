"""Measured against predicted values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from sklearn_frictiongru.model_selection._draw_predictions import (
    draw_band,
    draw_pieces,
    draw_scatter,
    lines_of,
    positions,
    shade_parts,
)
from sklearn_frictiongru.model_selection._estimator_windows import history_wanted
from sklearn_frictiongru.model_selection._scoring import targets_per_row
from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    legend_beside,
    limits_around,
    shown_name,
    time_axis,
)
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, SINGLE_COLUMN, ink, styled
from sklearn_frictiongru.utils.validation import (
    check_same_index,
    counts_rows,
    index_of,
    labels_per_row,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Kind = Literal["actual_vs_predicted", "time", "residuals"]


class PredictionDisplay:
    """Measured against predicted values of the target.

    Predictions far from all measured values, such as those of a failed model, do not set the
    scale: along time they leave the axes, in the scatter plot they are drawn at the edge.

    Parameters
    ----------
    measured : ndarray of shape (n_rows,)
        Target, only rows with their full history.
    predicted : ndarray of shape (n_rows,), or dict of str to ndarray
        Predictions for the same rows, in the unit of the target; several by name, of which the
        last is the best and is drawn on top.
    time : ndarray of shape (n_rows,), default=None
        Time of the rows in seconds; they are counted if None.
    label : str, default=""
        Name of the prediction, for the title.
    time_label : str, default="time [s]"
        Label of the time axis, with its unit.
    parts : array-like of str, shape (n_rows,), default=None
        Part of each row, such as "training", "validation" or "test": shaded along time,
        coloured in the scatter plot.
    target_name : str, default="target"
        Name of the target with its unit, for the axes.
    band : ndarray of shape (2, n_rows), default=None
        Lower and upper end of a band around the (last) prediction along time, which contains
        the predictions of 80 % of the repeats.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.
    line_ : matplotlib.lines.Line2D
        Line of perfect predictions.
    scatter_ : list of matplotlib.lines.Line2D or None
        Points of each part; None along time.
    measured_lines_ : list of matplotlib.lines.Line2D or None
        Measured values, in pieces; None except for ``kind="time"``.
    predicted_lines_ : dict of str to list of matplotlib.lines.Line2D or None
        Predictions or residuals along time, in pieces, by name; None in the scatter plot.

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
    line_: Line2D | None
    scatter_: list[Line2D] | None
    measured_lines_: list[Line2D] | None
    predicted_lines_: dict[str, list[Line2D]] | None

    def __init__(
        self,
        measured: NDArray[Any],
        predicted: NDArray[Any] | dict[str, NDArray[Any]],
        *,
        time: ArrayLike | None = None,
        label: str = "",
        time_label: str = "time [s]",
        parts: ArrayLike | None = None,
        target_name: str = "target",
        band: ArrayLike | None = None,
    ) -> None:
        self.measured = measured
        self.predicted = predicted
        self.time = time
        self.label = label
        self.time_label = time_label
        self.parts = parts
        self.target_name = target_name
        self.band = band

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
        target_name: str | None = None,
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
            Measured target.
        rows : array-like of int, shape (n_drawn,), default=None
            Numbers of the rows to draw; all if None. All rows are predicted, so that each
            has its history.
        kind : {"actual_vs_predicted", "time", "residuals"}, default="actual_vs_predicted"
            Predicted over measured values, both along time, or their difference along time.
        label : str, default=""
            Name of the prediction, for the title.
        parts : array-like of str, shape (n_rows,), default=None
            Part of each row, such as "training", "validation" or "test": shaded along
            time, coloured in the scatter plot.
        target_name : str, default=None
            Name of the target with its unit, for the axes; the name of `y` if None.
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
        measured = one_target_per_row(X, y)
        check_same_index(X, parts, "parts")
        complete = rows_to_draw(estimator, X, rows)
        shaded = None
        if parts is not None:
            shaded = labels_per_row(parts, len(measured), "parts")[complete]
        predicted = np.ravel(estimator.predict(X))
        time, time_label = _time_of_rows(X, len(complete))
        display = cls(
            measured[complete],
            predicted[complete],
            time=time[complete],
            label=label,
            time_label=time_label,
            parts=shaded,
            target_name=target_name or shown_name(getattr(y, "name", None) or "target"),
        )
        return display.plot(kind=kind, ax=ax)

    @styled
    def plot(
        self,
        *,
        kind: Kind = "actual_vs_predicted",
        ax: Axes | None = None,
        limits: tuple[float, float] | None = None,
    ) -> Self:
        """Draw measured against predicted values.

        Parameters
        ----------
        kind : {"actual_vs_predicted", "time", "residuals"}, default="actual_vs_predicted"
            Predicted over measured values, both along time, or their difference along time.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        limits : tuple of float, default=None
            Limits of the values, or of the residuals, to be shared by several axes; found from
            the measured values if None.

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
        if kind not in get_args(Kind):
            raise ValueError(f"kind is {kind!r}; expected one of {list(get_args(Kind))}.")
        predicted = self._by_name()
        self.line_ = self.scatter_ = self.measured_lines_ = self.predicted_lines_ = None
        if kind == "actual_vs_predicted":
            ax = axes_or_new(ax, SINGLE_COLUMN, 80)
            self._draw_scatter(ax, list(predicted.values())[-1], limits)
        else:
            ax = axes_or_new(ax, DOUBLE_COLUMN, 80)
            self._draw_along_time(ax, predicted, kind == "residuals", limits)
        ax.set_title(self._title(list(predicted.values())[-1]), wrap=True)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _by_name(self):
        """Return the predictions by their name in the legend."""
        if isinstance(self.predicted, dict):
            return {name: np.asarray(values) for name, values in self.predicted.items()}
        return {"predicted": np.asarray(self.predicted)}

    def _title(self, predicted):
        """Say how well the best prediction fits."""
        known = np.isfinite(predicted)
        enough = known.sum() > 1
        r2 = r2_score(np.asarray(self.measured)[known], predicted[known]) if enough else np.nan
        return f"{self.label}{': ' if self.label else ''}R² = {r2:.2f}"

    def _draw_scatter(self, ax, predicted, limits):
        measured = np.asarray(self.measured)
        self.line_, self.scatter_ = draw_scatter(ax, measured, predicted, self.parts, limits)
        ax.set(xlabel=f"measured {self.target_name}", ylabel=f"predicted {self.target_name}")
        if self.parts is not None:
            legend_beside(ax, markerscale=3)

    def _draw_along_time(self, ax, predicted, residuals, limits):
        measured = np.asarray(self.measured)
        x, breaks = positions(self.time, len(measured))
        zero = measured if residuals else np.zeros(len(measured))
        if self.parts is not None:
            shade_parts(ax, x, self.parts, breaks)
        best = list(predicted)[-1]
        if residuals:
            self.line_ = ax.axhline(0, color=ink(ax), linewidth=1)
        else:
            look = {"color": ink(ax), "linewidth": 1.6}
            self.measured_lines_ = draw_pieces(ax, x, measured, breaks, "measured", **look)
        looks = lines_of(ax, list(predicted), best)
        if self.band is not None:
            band = np.asarray(self.band) - zero
            draw_band(ax, x, band, breaks, "80 % of the repeats", looks[best]["color"])
        self.predicted_lines_ = {
            name: draw_pieces(ax, x, values - zero, breaks, name, **looks[name])
            for name, values in predicted.items()
        }
        trusted = measured
        if residuals:
            trusted = np.nanquantile(predicted[best] - measured, [0.01, 0.99])
        others = np.concatenate([values - zero for values in predicted.values()])
        ax.set_ylim(*(limits or limits_around(trusted, others)))
        ax.set_xlabel("row" if self.time is None else self.time_label)
        ax.set_ylabel(
            f"predicted - measured\n{self.target_name}" if residuals else self.target_name
        )
        legend_beside(ax)


def one_target_per_row(X, y):
    """Return the targets of the rows of a table as floats (n_rows,)."""
    return column_or_1d(targets_per_row(X, y), dtype=np.float64)


def rows_to_draw(estimator, X, rows=None):
    """Return which of the requested rows have a full history."""
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
            f"none of the rows to draw has a full history ({len(complete)} rows in all); draw "
            "rows further from the start of their run."
        )
    return complete


def _time_of_rows(X, n_rows):
    """Return the time of each row, or its number, and the label of that axis."""
    index = index_of(X)
    if index is None or counts_rows(index):
        return np.arange(n_rows), "row"
    return time_axis(index)
