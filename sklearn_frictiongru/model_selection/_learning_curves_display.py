"""Learning curves of all trainings of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._repeated_search import RepeatedSeedSearchCV
from sklearn_frictiongru.utils.plotting import (
    axes_or_new,
    legend_beside,
    limits_around,
)
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PARTS, PREDICTED, styled
from sklearn_frictiongru.utils.units import squared

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class LearningCurvesDisplay:
    """Validation and training losses of all repeats, epoch by epoch.

    Every training is a thin line; the median over the trainings is a thick line. Diamonds mark
    the epoch with the lowest validation loss of each training.

    Parameters
    ----------
    curves : pandas.DataFrame of shape (n_epochs_in_all, n_columns)
        Columns ``repeat``, ``split``, ``epoch``, ``training_loss`` and
        ``validation_loss`` [squared units of the target], of one candidate.
    label : str, default=""
        Name of the trained candidate, for the title.
    target_name : str, default="target"
        Name of the target with its unit, such as "humidity [%]", for the unit of the losses.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.
    lines_ : list of matplotlib.lines.Line2D
        A line for each training and part.
    medians_ : list of matplotlib.lines.Line2D
        The median over the trainings of each part.
    lowest_ : matplotlib.lines.Line2D or None
        The lowest validation losses; None without validation.

    See Also
    --------
    RepeatedSeedSearchCV : The sweep, with its `learning_curves_`.
    WindowLengthSearchCV : The sweep over window lengths.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_frictiongru.model_selection import LearningCurvesDisplay
    >>> curves = pd.DataFrame(
    ...     {
    ...         "repeat": [0, 0, 1, 1],
    ...         "split": 0,
    ...         "epoch": [1, 2, 1, 2],
    ...         "training_loss": [4.0, 1.0, 5.0, 2.0],
    ...         "validation_loss": [4.0, 2.0, 5.0, 3.0],
    ...     }
    ... )
    >>> display = LearningCurvesDisplay(curves, label="window of 50 rows").plot()
    >>> display.ax_.get_title()
    'window of 50 rows: the lowest loss comes last in 2 of 2 trainings'
    """

    ax_: Axes
    figure_: Figure
    lines_: list[Line2D]
    medians_: list[Line2D]
    lowest_: Line2D | None

    def __init__(
        self, curves: pd.DataFrame, *, label: str = "", target_name: str = "target"
    ) -> None:
        self.curves = curves
        self.label = label
        self.target_name = target_name

    @classmethod
    def from_search(
        cls,
        search: RepeatedSeedSearchCV,
        *,
        candidate: int | None = None,
        target_name: str = "target",
        ax: Axes | None = None,
    ) -> Self:
        """Draw the trainings of one candidate of a finished search.

        Parameters
        ----------
        search : RepeatedSeedSearchCV or WindowLengthSearchCV
            Fitted search.
        candidate : int, default=None
            Index of the candidate; the best one if None.
        target_name : str, default="target"
            Name of the target with its unit, such as "humidity [%]".
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        LearningCurvesDisplay
            The display.

        Raises
        ------
        ValueError
            If the regressor keeps no `history_`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.model_selection import (
        ...     LearningCurvesDisplay,
        ...     RepeatedSeedSearchCV,
        ... )
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 1))
        >>> model = GRUFrictionRegressor(n_gru_layers=1, hidden_size=8, max_epochs=5)
        >>> search = RepeatedSeedSearchCV(
        ...     model, {"lr": [0.001, 0.01]}, n_repeats=2, random_state=0
        ... )
        >>> display = LearningCurvesDisplay.from_search(search.fit(X, X[:, 0]))
        >>> display.ax_.get_title()
        'lr=0.01: the lowest loss comes last in 0 of 2 trainings'
        """
        check_is_fitted(search)
        candidate = search.best_index_ if candidate is None else candidate
        curves = search.learning_curves_
        if not len(curves):
            raise ValueError(
                "the trainings have no learning curves: the regressor keeps no history_. Search "
                "with a GRUFrictionRegressor."
            )
        name, value = next(iter(search._candidate_columns(candidate).items()))
        here = np.array([found == value for found in curves[name]])
        name = search._candidate_name(candidate)
        return cls(curves[here], label=name, target_name=target_name).plot(ax=ax)

    @styled
    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the learning curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.

        Returns
        -------
        LearningCurvesDisplay
            This display.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_frictiongru.model_selection import LearningCurvesDisplay
        >>> curves = pd.DataFrame(
        ...     {
        ...         "repeat": 0,
        ...         "split": 0,
        ...         "epoch": [1, 2, 3],
        ...         "training_loss": [4.0, 2.0, 1.0],
        ...         "validation_loss": [4.0, 2.0, 3.0],
        ...     }
        ... )
        >>> LearningCurvesDisplay(curves).plot().ax_.get_title()
        'the lowest loss comes last in 0 of 1 trainings'
        """
        from matplotlib.ticker import MaxNLocator

        ax = axes_or_new(ax, DOUBLE_COLUMN, 95)
        trainings = [one for _, one in self.curves.groupby(["repeat", "split"])]
        validated = self.curves["validation_loss"].notna().any()
        parts = ["training", "validation"] if validated else ["training"]
        self.lines_, self.medians_, self.lowest_ = [], [], None
        for part in parts:
            column, style = f"{part}_loss", "-" if part == "validation" else "--"
            look = {"color": PARTS[part], "linestyle": style}
            for one in trainings:
                self.lines_ += ax.plot(one["epoch"], one[column], alpha=0.4, linewidth=0.8, **look)
            median = self.curves.groupby("epoch")[column].median()
            self.medians_ += ax.plot(
                median.index, median, linewidth=2.5, label=f"{part}, median", **look
            )
        if validated:
            lowest = pd.DataFrame([one.iloc[one["validation_loss"].argmin()] for one in trainings])
            (self.lowest_,) = ax.plot(
                lowest["epoch"],
                lowest["validation_loss"],
                "D",
                color=PREDICTED,
                markersize=6,
                label="lowest of a training",
            )
        ax.set_yscale("log")
        self._limit(ax, parts)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="epoch", ylabel=f"loss {squared(self.target_name)}")
        ax.set_title(self._title(trainings, validated), wrap=True)
        legend_beside(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _limit(self, ax, parts):
        """Prevent single trainings that diverge from setting the scale."""
        losses = self.curves[[f"{part}_loss" for part in parts]]
        medians = losses.groupby(self.curves["epoch"]).median().to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = [np.log10(np.ravel(values)) for values in (medians, losses.to_numpy())]
        ax.set_ylim(*(10 ** np.array(limits_around(*logs))))

    def _title(self, trainings, validated):
        """Say whether the trainings were long enough."""
        lead = f"{self.label}: " if self.label else ""
        if not validated:
            return f"{lead}training losses of {len(trainings)} trainings"
        last = sum(one["validation_loss"].argmin() == len(one) - 1 for one in trainings)
        return f"{lead}the lowest loss comes last in {last} of {len(trainings)} trainings"
