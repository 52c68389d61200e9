"""Learning curves of all trainings of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.model_selection._repeated_search import RepeatedSeedSearchCV
from sklearn_frictiongru.utils.plotting import COLOURS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class LearningCurvesDisplay:
    """Validation and training losses of all repeats, epoch by epoch.

    Every training is a thin line, the median over the trainings a thick one; diamonds mark
    the epoch with the lowest validation loss of each training.

    Parameters
    ----------
    curves : pandas.DataFrame of shape (n_epochs_in_all, n_columns)
        Columns ``repeat``, ``split``, ``epoch``, ``training_loss`` and
        ``validation_loss`` [squared units of the target], of one candidate.
    label : str, default=""
        What was trained, for the title.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the plot.
    figure_ : matplotlib.figure.Figure
        Figure of the plot.

    See Also
    --------
    RepeatedSeedSearchCV : The sweep, with its `learning_curves_`.

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

    def __init__(self, curves: pd.DataFrame, *, label: str = "") -> None:
        self.curves = curves
        self.label = label

    @classmethod
    def from_search(
        cls,
        search: RepeatedSeedSearchCV,
        *,
        candidate: int | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the trainings of one candidate of a finished search.

        Parameters
        ----------
        search : RepeatedSeedSearchCV or WindowLengthSearchCV
            Fitted search.
        candidate : int, default=None
            Index of the candidate; the best one if None.
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
        >>> search = RepeatedSeedSearchCV(model, {"lr": [0.001, 0.01]}, n_repeats=2, random_state=0)
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
        return cls(curves[here], label=search._candidate_name(candidate)).plot(ax=ax)

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

        ax = axes_or_new(ax, (8, 5))
        trainings = [one for _, one in self.curves.groupby(["repeat", "split"])]
        validated = self.curves["validation_loss"].notna().any()
        for column, colour, name, shown in (
            ("training_loss", COLOURS["orange"], "training", True),
            ("validation_loss", COLOURS["blue"], "validation", validated),
        ):
            if not shown:
                continue
            for one in trainings:
                ax.plot(one["epoch"], one[column], color=colour, alpha=0.3, linewidth=0.8)
            median = self.curves.groupby("epoch")[column].median()
            ax.plot(median.index, median, color=colour, linewidth=2.5, label=f"{name}, median")
        if validated:
            lowest = pd.DataFrame([one.iloc[one["validation_loss"].argmin()] for one in trainings])
            ax.plot(
                lowest["epoch"],
                lowest["validation_loss"],
                "D",
                color=COLOURS["vermillion"],
                markersize=6,
                label="lowest of a training",
            )
        ax.set_yscale("log")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="epoch", ylabel="loss [squared units of the target]")
        ax.set_title(self._title(trainings, validated))
        ax.grid(alpha=0.3)
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _title(self, trainings, validated):
        """Say whether the trainings were long enough."""
        lead = f"{self.label}: " if self.label else ""
        if not validated:
            return f"{lead}training losses of {len(trainings)} trainings"
        last = sum(one["validation_loss"].argmin() == len(one) - 1 for one in trainings)
        return f"{lead}the lowest loss comes last in {last} of {len(trainings)} trainings"
