"""The scores of a sweep against the window length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._search import WindowLengthSearchCV
from sklearn_frictiongru.utils.box_scale import box_scale, set_box_scale
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    draw_time_scales,
    legend_beside,
    mark_outside,
    name_lengths,
    set_title_above,
)
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PREDICTED, ink, shade, styled
from sklearn_frictiongru.utils.units import squared

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class WindowLengthDisplay:
    """Box plot of the scores of repeated trainings against the window length.

    Boxes are quartiles, whiskers reach to the last point within 1.5 interquartile ranges,
    diamonds joined by a line are the means, and every training is a point. Trainings far beyond
    the whiskers of all lengths are triangles at the edge, so that they do not set the scale.
    The scale is linear. It is logarithmic where the scores span more than a decade, or where the
    boxes would look like lines on a linear one. Where they would on both, the axis is broken
    between the lengths near the best and the others.
    Where successive elimination gave lengths up, the number of completed repeats is written below
    each.

    Parameters
    ----------
    results : pandas.DataFrame of shape (n_trainings, n_columns)
        The sweep's `results_`; ``score`` is drawn over ``window_length``, and ``status``, where
        it is there, tells which lengths were given up.
    best_window_length : object
        The best window length.
    verdict : {"clear", "tied", "edge"}
        How clearly it won.
    score_name : str, default="lowest validation loss"
        Name of the scores with their unit.
    best_by : {"mean", "median", "one_se"}, default="mean"
        Criterion by which it won, as in the sweep.
    recommended_window_length : object, default=None
        The recommended window length, such as the shortest that is not distinguishable from the
        best; marked if given.
    sampling_interval : float, default=None
        Seconds from row to row; window lengths in rows are then shown in seconds as well.
    time_scales : dict of str to float, default=None
        Known time scales [s], marked if they are between the shortest and the longest window
        length. Without a `sampling_interval` they are in rows.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.
    boxes_ : dict of list of matplotlib.lines.Line2D
        The boxes, as :meth:`matplotlib.axes.Axes.boxplot` returns them.
    points_ : list of matplotlib.lines.Line2D
        The trainings of each window length.
    mean_line_ : matplotlib.lines.Line2D
        The means.

    See Also
    --------
    WindowLengthSearchCV : The sweep.

    References
    ----------
    McGill, R., Tukey, J. W., Larsen, W. A. (1978). Variations of box plots. The American
    Statistician, 32(1), 12-16.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_frictiongru.model_selection import WindowLengthDisplay
    >>> results = pd.DataFrame(
    ...     {"window_length": [10, 10, 50, 50], "score": [4, 5, 1, 2]}
    ... )
    >>> display = WindowLengthDisplay(results, 50, "edge").plot()
    >>> display.ax_.get_xlabel()
    'window length [rows]'
    """

    ax_: Axes
    figure_: Figure
    boxes_: dict[str, list[Line2D]]
    points_: list[Line2D]
    mean_line_: Line2D

    def __init__(
        self,
        results: pd.DataFrame,
        best_window_length: int | str | pd.Timedelta,
        verdict: Literal["clear", "tied", "edge"],
        *,
        score_name: str = "lowest validation loss",
        best_by: Literal["mean", "median", "one_se"] = "mean",
        recommended_window_length: int | str | pd.Timedelta | None = None,
        sampling_interval: float | None = None,
        time_scales: dict[str, float] | None = None,
    ) -> None:
        self.results = results
        self.best_window_length = best_window_length
        self.verdict = verdict
        self.score_name = score_name
        self.best_by = best_by
        self.recommended_window_length = recommended_window_length
        self.sampling_interval = sampling_interval
        self.time_scales = time_scales

    @classmethod
    def from_search(
        cls,
        search: WindowLengthSearchCV,
        *,
        score_name: str | None = None,
        target_name: str = "target",
        recommended_window_length: int | str | pd.Timedelta | None = None,
        sampling_interval: float | None = None,
        time_scales: dict[str, float] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw a finished search.

        Parameters
        ----------
        search : WindowLengthSearchCV
            Fitted search.
        score_name : str, default=None
            Name of the scores with their unit; found from the search and `target_name` if None.
        target_name : str, default="target"
            Name of the target with its unit, such as "humidity [%]".
        recommended_window_length : object, default=None
            The recommended window length, as in the constructor.
        sampling_interval : float, default=None
            Seconds from row to row, as in the constructor.
        time_scales : dict of str to float, default=None
            Known time scales, as in the constructor.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        WindowLengthDisplay
            The display.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LinearRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn_frictiongru.model_selection import (
        ...     PurgedKFold,
        ...     WindowLengthDisplay,
        ...     WindowLengthSearchCV,
        ... )
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X = np.random.default_rng(0).normal(size=(200, 1))
        >>> y = np.convolve(X[:, 0], np.ones(6) / 6)[:200]
        >>> model = make_pipeline(
        ...     SlidingWindowTransformer(flatten=True), LinearRegression()
        ... )
        >>> cv = PurgedKFold(2, window_length=8)
        >>> search = WindowLengthSearchCV(model, [2, 6, 8], n_repeats=1, cv=cv).fit(X, y)
        >>> WindowLengthDisplay.from_search(search).ax_.get_ylabel()
        'neg_mean_squared_error on test folds'
        """
        check_is_fitted(search)
        if score_name is None:
            score_name = f"lowest validation loss {squared(target_name)}"
            if search.cv is not None:
                score_name = f"{search.scoring or 'neg_mean_squared_error'} on test folds"
        display = cls(
            search.results_,
            search.best_window_length_,
            search.verdict_,
            score_name=score_name,
            best_by=search.best_by,
            recommended_window_length=recommended_window_length,
            sampling_interval=sampling_interval,
            time_scales=time_scales,
        )
        return display.plot(ax=ax)

    @styled
    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the box plot.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        WindowLengthDisplay
            This display.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> from sklearn_frictiongru.model_selection import WindowLengthDisplay
        >>> results = pd.DataFrame(
        ...     {"window_length": ["10s", "10s", "50s"], "score": [4, 5, 1]}
        ... )
        >>> _, ax = plt.subplots()
        >>> display = WindowLengthDisplay(results, "50s", "edge").plot(ax=ax)
        >>> [label.get_text() for label in ax.get_xticklabels()], ax.get_xlabel()
        (['10', '50'], 'window length [seconds]')
        """
        ax = axes_or_new(ax, DOUBLE_COLUMN, 110)
        lengths = list(dict.fromkeys(self.results["window_length"]))
        scores = [
            self.results.loc[self.results["window_length"] == length, "score"].dropna().to_numpy()
            for length in lengths
        ]
        places = np.arange(len(lengths))
        lines = {"color": ink(ax)}
        self.boxes_ = ax.boxplot(
            scores,
            positions=places,
            widths=0.55,
            whis=1.5,
            showfliers=False,
            boxprops=lines,
            whiskerprops=lines,
            capprops=lines,
            medianprops={"color": ink(ax), "linewidth": 2},
        )
        means = [points.mean() if len(points) else np.nan for points in scores]
        scale = self._scale(lengths, scores)
        set_box_scale(ax, scale)
        self.points_ = self._draw_points(ax, places, scores)
        # A line through the break of an axis would have a slope without meaning.
        breaks = np.flatnonzero(np.diff(np.isin(places, scale.far))) + 1
        (self.mean_line_,) = ax.plot(
            np.insert(places.astype(float), breaks, np.nan),
            np.insert(means, breaks, np.nan),
            "D-",
            color=PREDICTED,
            markersize=7,
            label="mean",
            zorder=4,
        )
        completed = [len(points) for points in scores] if self._some_given_up() else None
        name_lengths(ax, lengths, self.sampling_interval, self._rows(lengths), completed)
        ax.set_ylabel(self.score_name)
        self._mark_recommended(ax, lengths)
        pad = self._mark_time_scales(ax)
        set_title_above(ax, self._title(), pad)
        legend_beside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _scale(self, lengths, scores):
        """Return the scale on which the boxes can be seen."""
        best = self.best_window_length
        return box_scale(scores, lengths.index(best) if best in lengths else 0)

    def _draw_points(self, ax, places, scores):
        """Draw every training next to the others of its length, and triangles for those far off."""
        spread, drawn = np.random.default_rng(0), []
        for place, points in zip(places, scores, strict=True):
            x = place + spread.uniform(-0.16, 0.16, len(points))
            drawn += ax.plot(
                x,
                points,
                "o",
                color=shade(ax, 0.6),
                markeredgecolor=shade(ax, 0.25),
                markersize=5,
                zorder=3,
                label=None if drawn else "one training",
            )
            mark_outside(ax, x, points, shade(ax, 0.25))
        return drawn

    def _mark_recommended(self, ax, lengths):
        """Mark the recommended length."""
        if self.recommended_window_length in lengths:
            from matplotlib.transforms import ScaledTranslation

            # Between the axis and its labels, off the data.
            ax.tick_params(axis="x", pad=10)
            down = ScaledTranslation(0, -4.5 / 72, ax.figure.dpi_scale_trans)
            ax.plot(
                lengths.index(self.recommended_window_length),
                0,
                "^",
                color=ink(ax),
                markersize=8,
                transform=ax.get_xaxis_transform() + down,
                clip_on=False,
                zorder=5,
                label="recommended",
            )

    def _some_given_up(self):
        """Return whether successive elimination gave lengths up."""
        status = self.results.get("status", pd.Series(dtype=str))
        return bool(status.str.startswith("given up").any())

    def _rows(self, lengths):
        """Return the window lengths in rows, None where they are not known."""
        if "rows" in self.results:
            rows = self.results.groupby("window_length", sort=False)["rows"].first()
            return [int(rows[length]) for length in lengths]
        return [length if isinstance(length, int | np.integer) else None for length in lengths]

    def _mark_time_scales(self, ax):
        """Mark the known time scales that the window lengths span; return the pad of the title."""
        rows = self._rows(list(dict.fromkeys(self.results["window_length"])))
        if not self.time_scales or None in rows:
            return None
        lengths = np.array(rows) * (self.sampling_interval or 1)
        return draw_time_scales(ax, self.time_scales, lengths)

    def _best_length(self):
        """Return the best length in rows and seconds where both are known, otherwise as given."""
        lengths = list(dict.fromkeys(self.results["window_length"]))
        rows = dict(zip(lengths, self._rows(lengths), strict=True))
        n_rows = rows.get(self.best_window_length)
        if n_rows is None or self.sampling_interval is None:
            return str(self.best_window_length)
        return f"{n_rows} row{'s' * (n_rows > 1)} ({n_rows * self.sampling_interval:,.6g} s)"

    def _title(self):
        """Say what was found."""
        won_by = {
            "mean": "Best mean",
            "median": "Best median",
            "one_se": "Shortest within a standard error of the best mean",
        }[self.best_by]
        if self._some_given_up():
            won_by += " of the lengths not given up"
        best = f"{won_by} at a window length of {self._best_length()}"
        return {
            "clear": f"{best}: a clear optimum",
            "tied": f"{best}, not distinguishable from at least one other",
            "edge": f"{best}, at the end of the range compared",
        }[self.verdict]
