"""Measured against predicted values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from sklearn_frictiongru.model_selection._draw_predictions import (
    axes_for_panels,
    draw_band,
    draw_pieces,
    draw_scatter,
    lines_of,
    positions,
    runs_with_one_clock,
    shade_parts,
)
from sklearn_frictiongru.model_selection._estimator_windows import history_wanted
from sklearn_frictiongru.model_selection._scoring import targets_per_row
from sklearn_frictiongru.preprocessing import Runs, WindowArray
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.panels import share_legend, spread
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    legend_beside,
    limits_around,
    mark_outside,
    name_runs,
    shown_name,
    time_axis,
)
from sklearn_frictiongru.utils.style import MEASURED, SINGLE_COLUMN, ink, styled
from sklearn_frictiongru.utils.typography import signed
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


MOST_OUTSIDE = 10
"""Largest number of triangles for the rows of a line on one side outside the axes."""


class PredictionDisplay:
    """Measured against predicted values of the target.

    Predictions far from all measured values, such as those of a failed model, do not set the
    scale: they are triangles at the edge, and the scatter plot says how many there are.

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
        Lower and upper end of a band around the (last) prediction along time, such as the
        lowest and the highest prediction of several trainings.
    runs : array-like of shape (n_rows,), default=None
        Name of the run of each row. Runs whose times overlap get a panel each along time, up to
        four; of more runs, four are drawn, evenly spread, and the title says so.
    band_label : str, default="range of the repeats"
        Name of the band in the legend.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot, of the first panel where there are several.
    axes_ : list of matplotlib.axes.Axes
        Axes of all panels.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.
    line_ : matplotlib.lines.Line2D
        Line of perfect predictions.
    scatter_ : list of matplotlib.lines.Line2D or None
        Points of each part, in turns where there are several; None along time.
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
    axes_: list[Axes]
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
        runs: ArrayLike | None = None,
        band_label: str = "range of the repeats",
    ) -> None:
        self.measured = measured
        self.predicted = predicted
        self.time = time
        self.label = label
        self.time_label = time_label
        self.parts = parts
        self.target_name = target_name
        self.band = band
        self.runs = runs
        self.band_label = band_label

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
        ax: Axes | Sequence[Axes] | NDArray[Any] | None = None,
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
        ax : matplotlib.axes.Axes or array of them, default=None
            Axes to draw on, as of :meth:`plot`; new ones if None.

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
        >>> model = make_pipeline(
        ...     SlidingWindowTransformer(3, flatten=True), LinearRegression()
        ... )
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
        runs = _runs_of_rows(X)
        display = cls(
            measured[complete],
            predicted[complete],
            time=time[complete],
            label=label,
            time_label=time_label,
            parts=shaded,
            target_name=target_name or shown_name(getattr(y, "name", None) or "target"),
            runs=None if runs is None else runs[complete],
        )
        return display.plot(kind=kind, ax=ax)

    @styled
    def plot(
        self,
        *,
        kind: Kind = "actual_vs_predicted",
        ax: Axes | Sequence[Axes] | NDArray[Any] | None = None,
        limits: tuple[float, float] | None = None,
    ) -> Self:
        """Draw measured against predicted values.

        Parameters
        ----------
        kind : {"actual_vs_predicted", "time", "residuals"}, default="actual_vs_predicted"
            Predicted over measured values, both along time, or their difference along time.
        ax : matplotlib.axes.Axes or array of them, default=None
            Axes to draw on; new ones if None. For several runs along time, an array with one
            for each panel; on single axes the runs are drawn one after another, over the number
            of the row.
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
            If `kind` is unknown, or `ax` holds another number of axes than there are panels.

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
        title = self._title(list(predicted.values())[-1])
        if kind == "actual_vs_predicted":
            self.axes_ = [axes_or_new(ax, SINGLE_COLUMN, 80)]
            self._draw_scatter(self.axes_[0], list(predicted.values())[-1], limits)
        else:
            title += self._draw_along_time(ax, predicted, kind == "residuals", limits)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        if len(self.axes_) > 1:
            self.figure_.suptitle(title, color=ink(self.ax_), wrap=True)
        else:
            self.ax_.set_title(title, wrap=True)
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
        return f"{self.label}{': ' if self.label else ''}R² = {signed(f'{r2:z.2f}')}"

    def _draw_scatter(self, ax, predicted, limits):
        measured = np.asarray(self.measured)
        parts = None if self.parts is None else np.asarray(self.parts)
        self.line_, self.scatter_ = draw_scatter(ax, measured, predicted, parts, limits)
        ax.set(xlabel=f"measured {self.target_name}", ylabel=f"predicted {self.target_name}")
        if self.parts is not None:
            legend_beside(ax, markerscale=3)

    def _draw_along_time(self, ax, predicted, residuals, limits):
        """Draw values or residuals along time; return what the title says of runs left out."""
        measured, best = np.asarray(self.measured), list(predicted)[-1]
        zero = measured if residuals else np.zeros(len(measured))
        drawn = {name: values - zero for name, values in predicted.items()}
        if limits is None:
            trusted = np.nanquantile(drawn[best], [0.01, 0.99]) if residuals else measured
            band = [] if self.band is None else [*(np.asarray(self.band) - zero)]
            limits = limits_around(trusted, np.concatenate([*drawn.values(), *band]))
        x, breaks = positions(self.time, len(measured))
        label = "row" if self.time is None else self.time_label
        runs = runs_with_one_clock(self.runs, x)
        single = ax is not None and not np.iterable(ax)
        if runs and single:
            x, label = np.arange(len(x)), "run"
        shown = [None] if single or not runs else spread(list(runs))
        self.axes_, below = axes_for_panels(ax, len(shown))
        self.predicted_lines_ = {name: [] for name in drawn}
        self.measured_lines_ = None if residuals else []
        for panel, run in zip(self.axes_, shown, strict=True):
            rows = np.arange(len(x)) if run is None else runs[run]
            panel.set_ylim(*limits)
            self._draw_panel(panel, rows, x, breaks, drawn, zero)
            if len(shown) > 1:
                panel.set_title(drawable(shortened(str(run))))
            panel.set_xlabel(label)
        if label == "run":
            name_runs(self.axes_[0], *pd.factorize(np.asarray(self.runs, dtype=object)))
        self.axes_[0].set_ylabel(
            f"predicted − measured\n{self.target_name}" if residuals else self.target_name
        )
        if below is None:
            legend_beside(self.axes_[-1])
        else:
            share_legend(below, self.axes_)
        return f" ({len(shown)} of {len(runs)} runs)" if 1 < len(shown) < len(runs) else ""

    def _draw_panel(self, ax, rows, x, breaks, drawn, zero):
        """Draw some of the rows, the predictions or residuals as given by name."""
        apart = np.isin(rows, breaks) | (np.diff(rows, prepend=rows[0] - 1) != 1)
        breaks, here = np.flatnonzero(apart[1:]) + 1, x[rows]
        if self.parts is not None:
            shade_parts(ax, here, np.asarray(self.parts)[rows], breaks)
        best = list(drawn)[-1]
        if self.measured_lines_ is None:
            self.line_ = ax.axhline(0, color=ink(ax), linewidth=1)
        else:
            # Broad and pale, so that predictions close to it do not hide it.
            look = {"color": MEASURED, "linewidth": 4.0}
            measured = np.asarray(self.measured)[rows]
            self.measured_lines_ += draw_pieces(ax, here, measured, breaks, "measured", **look)
        looks = lines_of(ax, list(drawn), best)
        if self.band is not None:
            band = (np.asarray(self.band) - zero)[:, rows]
            colour = looks[best]["color"]
            draw_band(ax, here, band, breaks, self.band_label, colour)
            for edge in band:
                mark_outside(ax, here, edge, colour, MOST_OUTSIDE, self.band_label)
        for name, values in drawn.items():
            self.predicted_lines_[name] += draw_pieces(
                ax, here, values[rows], breaks, name, **looks[name]
            )
            mark_outside(ax, here, values[rows], looks[name]["color"], MOST_OUTSIDE, name)


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
    return time_axis(index, getattr(X, "feature_names", None) or getattr(X, "columns", ()))


def _runs_of_rows(X):
    """Return the name of each row's run, its number where time steps back without names."""
    index = index_of(X)
    if index is None or counts_rows(index):
        return None
    if index.nlevels > 1:
        names = [index.get_level_values(level) for level in range(index.nlevels - 1)]
        return np.array([" ".join(map(str, each)) for each in zip(*names, strict=True)])
    time = time_axis(index)[0]
    return np.append(0, np.cumsum(time[1:] < time[:-1]))
