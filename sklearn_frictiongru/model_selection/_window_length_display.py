"""The scores of a sweep against the window length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._search import WindowLengthSearchCV
from sklearn_frictiongru.utils.plotting import COLOURS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class WindowLengthDisplay:
    """Box plot of the scores of repeated trainings against the window length.

    Boxes are quartiles, whiskers reach to the last point within 1.5 interquartile ranges,
    diamonds joined by a line are the means; every training is a point.

    Parameters
    ----------
    results : pandas.DataFrame of shape (n_trainings, n_columns)
        The sweep's `results_`, of which ``window_length`` and ``score`` are drawn.
    best_window_length : object
        The best window length.
    verdict : {"clear", "tied", "edge"}
        How clearly it won.
    score_name : str, default="lowest validation loss"
        What the scores are, with their unit.
    best_by : {"mean", "median", "one_se"}, default="mean"
        What it won by, as of the sweep.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.

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
    >>> results = pd.DataFrame({"window_length": [10, 10, 50, 50], "score": [4, 5, 1, 2]})
    >>> display = WindowLengthDisplay(results, 50, "edge").plot()
    >>> display.ax_.get_xlabel()
    'window length [rows]'
    """

    ax_: Axes
    figure_: Figure

    def __init__(
        self,
        results: pd.DataFrame,
        best_window_length: int | str | pd.Timedelta,
        verdict: Literal["clear", "tied", "edge"],
        *,
        score_name: str = "lowest validation loss",
        best_by: Literal["mean", "median", "one_se"] = "mean",
    ) -> None:
        self.results = results
        self.best_window_length = best_window_length
        self.verdict = verdict
        self.score_name = score_name
        self.best_by = best_by

    @classmethod
    def from_search(
        cls,
        search: WindowLengthSearchCV,
        *,
        score_name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw a finished search.

        Parameters
        ----------
        search : WindowLengthSearchCV
            Fitted search.
        score_name : str, default=None
            What the scores are, with their unit, where the target is not friction.
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
        >>> model = make_pipeline(SlidingWindowTransformer(flatten=True), LinearRegression())
        >>> cv = PurgedKFold(2, window_length=8)
        >>> search = WindowLengthSearchCV(model, [2, 6, 8], n_repeats=1, cv=cv).fit(X, y)
        >>> WindowLengthDisplay.from_search(search).ax_.get_ylabel()
        'neg_mean_squared_error on test folds'
        """
        check_is_fitted(search)
        if score_name is None:
            score_name = "lowest validation loss [friction²]"
            if search.cv is not None:
                score_name = f"{search.scoring or 'neg_mean_squared_error'} on test folds"
        display = cls(
            search.results_,
            search.best_window_length_,
            search.verdict_,
            score_name=score_name,
            best_by=search.best_by,
        )
        return display.plot(ax=ax)

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
        >>> results = pd.DataFrame({"window_length": ["10s", "10s", "50s"], "score": [4, 5, 1]})
        >>> _, ax = plt.subplots()
        >>> display = WindowLengthDisplay(results, "50s", "edge").plot(ax=ax)
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['10s', '50s']
        """
        ax = axes_or_new(ax, (8, 5))
        lengths = list(dict.fromkeys(self.results["window_length"]))
        scores = [
            self.results.loc[self.results["window_length"] == length, "score"].dropna()
            for length in lengths
        ]
        places = np.arange(len(lengths))
        ax.boxplot(
            scores,
            positions=places,
            widths=0.55,
            whis=1.5,
            showfliers=False,
            medianprops={"color": COLOURS["black"]},
        )
        spread = np.random.default_rng(0)
        for place, points in zip(places, scores, strict=True):
            ax.plot(
                place + spread.uniform(-0.16, 0.16, len(points)),
                points,
                "o",
                color=COLOURS["sky"],
                markeredgecolor=COLOURS["blue"],
                alpha=0.7,
                markersize=5,
                label="one training" if place == 0 else None,
            )
        means = [points.mean() for points in scores]
        ax.plot(places, means, "D-", color=COLOURS["vermillion"], markersize=7, label="mean")
        ax.set_xticks(places, [str(length) for length in lengths])
        in_rows = all(isinstance(length, int | np.integer) for length in lengths)
        ax.set_xlabel("window length [rows]" if in_rows else "window length")
        ax.set_ylabel(self.score_name)
        ax.set_title(self._title())
        ax.grid(axis="y", alpha=0.3)
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _title(self):
        """Say what was found."""
        won_by = {
            "mean": "Best mean",
            "median": "Best median",
            "one_se": "Shortest within a standard error of the best mean",
        }[self.best_by]
        best = f"{won_by} at a window length of {self.best_window_length}"
        return {
            "clear": f"{best}: a clear optimum",
            "tied": f"{best}, but others cannot be told apart from it",
            "edge": f"{best}, at the end of the range compared",
        }[self.verdict]
