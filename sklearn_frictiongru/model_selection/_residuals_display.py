"""Errors of a prediction, by the condition under which they were made."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sklearn_frictiongru.model_selection._prediction_display import (
    one_target_per_row,
    rows_to_draw,
)
from sklearn_frictiongru.utils.condition_ranges import find_condition_ranges
from sklearn_frictiongru.utils.conditions import MOST_CATEGORIES
from sklearn_frictiongru.utils.plotting import axes_or_new, limits_around, mark_outside, shown_name
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PREDICTED, ink, shade, styled
from sklearn_frictiongru.utils.validation import check_same_index, labels_per_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class ResidualsDisplay:
    r"""Box plot of predicted minus measured values, by range of a condition.

    The title names the condition with the largest root mean square error
    :math:`\sqrt{\frac{1}{N} \sum_i (p_i - y_i)^2}` over its N rows, for
    predictions p and measured values y. Boxes are quartiles, whiskers reach to the last point
    within 1.5 interquartile ranges.

    Parameters
    ----------
    residuals : ndarray of shape (n_rows,)
        Predicted minus measured values, only rows with their full history.
    condition : array-like of shape (n_rows,)
        Range or category of each row, at most 20 different ones.
    condition_name : str, default="condition"
        Name of the condition with its unit, for the axis.
    label : str, default=""
        Name of the prediction, for the title.
    target_name : str, default="target"
        Name of the target with its unit, for the axis.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.
    boxes_ : dict of list of matplotlib.lines.Line2D
        The boxes, as :meth:`matplotlib.axes.Axes.boxplot` returns them.
    line_ : matplotlib.lines.Line2D
        Line of perfect predictions.

    See Also
    --------
    PredictionDisplay : Measured against predicted values.

    Examples
    --------
    >>> from sklearn_frictiongru.model_selection import ResidualsDisplay
    >>> display = ResidualsDisplay([0.01, 0.03, -0.01], ["low", "low", "high"]).plot()
    >>> display.frame()
               n_rows  mean   rmse
    condition
    low             2  0.02  0.022
    high            1 -0.01  0.010
    """

    ax_: Axes
    figure_: Figure
    boxes_: dict[str, list[Line2D]]
    line_: Line2D

    def __init__(
        self,
        residuals: ArrayLike,
        condition: ArrayLike,
        *,
        condition_name: str = "condition",
        label: str = "",
        target_name: str = "target",
    ) -> None:
        self.residuals = residuals
        self.condition = condition
        self.condition_name = condition_name
        self.label = label
        self.target_name = target_name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        by: ArrayLike,
        bins: int | ArrayLike | None = None,
        rows: ArrayLike | None = None,
        condition_name: str | None = None,
        label: str = "",
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
        by : array-like of shape (n_rows,)
            Condition of each row, such as the normal stress in MPa.
        bins : int or array-like of shape (n_ranges + 1,), default=None
            Number of ranges of `by`, or their edges. None makes each value a category, or,
            for more than 20 different numbers, finds their levels or about five round ranges.
        rows : array-like of int, shape (n_drawn,), default=None
            Numbers of the rows to draw; all if None.
        condition_name : str, default=None
            Name of `by` with its unit; the name of a series, or "condition", if None.
        label : str, default=""
            Name of the prediction, for the title.
        target_name : str, default=None
            Name of the target with its unit, for the axis; the name of `y` if None.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        ResidualsDisplay
            The display; rows without full history, and those outside all ranges, are left
            out.

        Raises
        ------
        ValueError
            If no row has a full history, `by` has another length than `y` or more than 20
            categories, or `y` or `by` has another index than `X`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.dummy import DummyRegressor
        >>> from sklearn_frictiongru.model_selection import ResidualsDisplay
        >>> X, y = np.zeros((6, 1)), np.array([0.6, 0.6, 0.6, 0.6, 0.7, 0.7])
        >>> normal_stress = [1.0, 1.0, 1.5, 1.5, 5.0, 5.0]
        >>> display = ResidualsDisplay.from_estimator(
        ...     DummyRegressor(strategy="constant", constant=0.6).fit(X, y),
        ...     X,
        ...     y,
        ...     by=normal_stress,
        ...     bins=[0, 2, 6],
        ...     condition_name="normal stress [MPa]",
        ... )
        >>> display.ax_.get_title()
        'largest error (RMSE 0.1) at normal stress [MPa] 2 to 6'
        """
        measured = one_target_per_row(X, y)
        check_same_index(X, by, "by")
        drawn = rows_to_draw(estimator, X, rows)
        values = pd.Series(labels_per_row(by, len(drawn), "by")[drawn])
        name = condition_name or shown_name(getattr(by, "name", None) or "condition")
        condition = _categories(values) if bins is None else _ranges(values, bins)
        residuals = (np.ravel(estimator.predict(X)) - measured)[drawn]
        known = condition.notna().to_numpy()
        display = cls(
            residuals[known],
            condition[known].reset_index(drop=True),
            condition_name=name,
            label=label,
            target_name=target_name or shown_name(getattr(y, "name", None) or "target"),
        )
        return display.plot(ax=ax)

    def frame(self) -> pd.DataFrame:
        """Return the numbers shown in the picture.

        Returns
        -------
        pandas.DataFrame of shape (n_conditions, 3)
            Indexed by condition: ``n_rows``, and ``mean`` and ``rmse`` of the residuals [-].

        Examples
        --------
        >>> from sklearn_frictiongru.model_selection import ResidualsDisplay
        >>> ResidualsDisplay([0.03, 0.04, -0.01], [5.0, 5.0, 1.0]).frame().round(3)
                   n_rows   mean   rmse
        condition
        1.0             1 -0.010  0.010
        5.0             2  0.035  0.035
        """
        residuals = np.asarray(self.residuals, dtype=np.float64)
        groups = pd.Series(residuals).groupby(
            pd.Series(np.asarray(self.condition, dtype=object), name=self.condition_name),
            sort=False,
        )
        table = groups.agg(n_rows="size", mean="mean", rmse=lambda part: np.sqrt(np.mean(part**2)))
        return table.loc[self._conditions()]

    @styled
    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the residuals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        ResidualsDisplay
            This display.

        Raises
        ------
        ValueError
            If there are more than 20 conditions, for example a continuous one without ranges.

        Examples
        --------
        >>> from sklearn_frictiongru.model_selection import ResidualsDisplay
        >>> display = ResidualsDisplay([0.03, 0.04, -0.01], ["wet", "wet", "dry"]).plot()
        >>> display.ax_.get_ylabel()
        'predicted − measured target'
        """
        conditions = self._conditions()
        if len(conditions) > MOST_CATEGORIES:
            raise ValueError(
                f"condition has {len(conditions)} different values; expected at most "
                f"{MOST_CATEGORIES} ranges or categories. Give ranges, or bins to from_estimator."
            )
        ax = axes_or_new(ax, DOUBLE_COLUMN, 95)
        given = np.asarray(self.condition, dtype=object)
        parts = [np.asarray(self.residuals)[given == condition] for condition in conditions]
        places, lines = np.arange(len(conditions)), {"color": ink(ax)}
        self.line_ = ax.axhline(0, color=ink(ax), linewidth=1, linestyle="--")
        self.boxes_ = ax.boxplot(
            parts,
            positions=places,
            widths=0.55,
            whis=1.5,
            boxprops=lines,
            whiskerprops=lines,
            capprops=lines,
            flierprops={
                "marker": ".",
                "markersize": 3,
                "alpha": 0.6,
                "markeredgecolor": shade(ax, 0.4),
            },
            medianprops={"color": PREDICTED, "linewidth": 2},
        )
        whiskers = np.concatenate([line.get_ydata() for line in self.boxes_["whiskers"]])
        ax.set_ylim(*limits_around([*whiskers, 0.0], np.concatenate(parts)))
        for place, part in zip(places, parts, strict=True):
            mark_outside(ax, np.full(len(part), place), part, shade(ax, 0.4))
        ax.set_xticks(
            places,
            [f"{name}\n{len(part)} rows" for name, part in zip(conditions, parts, strict=True)],
        )
        ax.set(xlabel=self.condition_name, ylabel=f"predicted − measured {self.target_name}")
        ax.set_title(self._title(), wrap=True)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _conditions(self):
        """Return the conditions in their order, or as they appear."""
        given = pd.Series(self.condition)
        if isinstance(given.dtype, pd.CategoricalDtype):
            return [name for name in given.cat.categories if (given == name).any()]
        if pd.api.types.is_numeric_dtype(given):
            return sorted(given.unique())
        return list(dict.fromkeys(given))

    def _title(self):
        """Say where the prediction is worst."""
        worst = self.frame()["rmse"]
        lead = f"{self.label}: " if self.label else ""
        at = f"{self.condition_name} {worst.idxmax()}"
        return f"{lead}largest error (RMSE {worst.max():.2g}) at {at}"


def _categories(values):
    """Make each value a category, or find the ranges of a continuous condition."""
    continuous = pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_CATEGORIES
    if not continuous or not np.isfinite(values.to_numpy(dtype=np.float64)).all():
        return values
    found = find_condition_ranges(values)
    return pd.Series(pd.Categorical.from_codes(found.codes, found.labels, ordered=True))


def _ranges(values, bins):
    """Return the range of each value, named by its ends and in their order."""
    codes, edges = pd.cut(values, bins, include_lowest=True, labels=False, retbins=True)
    # Narrow ranges of large numbers need more digits to be distinguished.
    for digits in range(3, 18):
        ends = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(ends)) == len(ends):
            break
    names = [f"{low} to {high}" for low, high in itertools.pairwise(ends)]
    return pd.Series(pd.Categorical.from_codes(codes.fillna(-1).astype(int), names, ordered=True))
