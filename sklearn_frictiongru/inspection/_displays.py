"""Figures of importances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.inspection._draw_along import (
    changes_of,
    draw_condition_above,
    draw_lags,
    draw_target_above,
    draw_time,
)
from sklearn_frictiongru.inspection._draw_shares import (
    draw_bars,
    draw_conditions,
    draw_per_model,
    draw_ranks,
)
from sklearn_frictiongru.inspection._inspector import GradientImportance
from sklearn_frictiongru.inspection._tables import above_floor
from sklearn_frictiongru.utils.conditions import cut_ranges
from sklearn_frictiongru.utils.lag_trend import lag_trend
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.plotting import axes_or_new, shown_name
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, ink, input_looks, shade, styled
from sklearn_frictiongru.utils.typography import range_label, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

NOT_INTERPRETABLE = "not interpretable: the models have no skill"
Kind: TypeAlias = Literal["models", "per_model", "ranks", "conditions", "lags", "time"]
SMALLEST_P = 0.001
"""Smaller p-values are written as smaller than this."""

MOST_CHANGES = 40
"""Largest number of changes of the condition that are marked."""

OF_AN_INPUT = 18
"""Height of the name of an input and its note on an axis [mm]."""


class GradientImportanceDisplay:
    """Importance of the inputs, drawn.

    Every figure states the skill of the models; without skill it is greyed and marked as
    not interpretable. Relative importances are drawn with net ones, and with the floor of
    :func:`null_floor` where the inspector has one. Each input has a colour and a marker, by its
    position among the inputs, in all figures.

    Parameters
    ----------
    importance : GradientImportance
        Fitted inspector.
    not_interpretable : str, default=None
        Why the ranking is not a finding although the models have skill, for instance because
        they disagree; the figure is then greyed and says so. None if it is a finding.
    units : dict of str to str, default=None
        Units of inputs and target, by name, if the names do not end in them.
    condition : array-like of shape (n_rows,), default=None
        Condition to draw above ``kind="time"``, such as the normal stress of each row; with None
        the condition of the inspector.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the last plot.
    target_ax_, condition_ax_ : matplotlib.axes.Axes or None
        Axes of the target and of the condition above those of ``kind="time"``.
    figure_ : matplotlib.figure.Figure
        Figure of the last plot.
    bars_ : list of matplotlib.container.BarContainer
        Bars of the last plot.
    lines_ : list of matplotlib.lines.Line2D
        Lines and points of the last plot.
    image_ : matplotlib.image.AxesImage or None
        Cells of ``kind="ranks"``.

    See Also
    --------
    GradientImportance : The numbers that are drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.inspection import GradientImportanceDisplay
    >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> model = GRUFrictionRegressor(
    ...     hidden_size=8, n_gru_layers=1, max_epochs=40, lr=0.01, random_state=0
    ... ).fit(X, X[:, 0])
    >>> display = GradientImportanceDisplay.from_estimator(model, X)
    >>> display.ax_.get_title().splitlines()[0]
    'x0 ranks first in 1 of 1 models'
    """

    ax_: Axes
    target_ax_: Axes | None
    condition_ax_: Axes | None
    figure_: Figure
    bars_: list[BarContainer]
    lines_: list[Line2D]
    image_: AxesImage | None

    def __init__(
        self,
        importance: GradientImportance,
        *,
        not_interpretable: str | None = None,
        units: dict[str, str] | None = None,
        condition: ArrayLike | None = None,
    ) -> None:
        self.importance = importance
        self.not_interpretable = not_interpretable
        self.units = units
        self.condition = condition

    @classmethod
    def from_importance(
        cls,
        importance: GradientImportance,
        *,
        kind: Kind = "models",
        ax: Axes | Sequence[Axes] | NDArray[Any] | None = None,
        rolling: int | None = None,
        run: int | None = None,
        not_interpretable: str | None = None,
        units: dict[str, str] | None = None,
        condition: ArrayLike | None = None,
    ) -> Self:
        """Draw a fitted inspector.

        Parameters
        ----------
        importance : GradientImportance
            Fitted inspector.
        kind : {"models", "per_model", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes or array of them, default=None
            Axes to draw on; new ones if None. For ``kind="time"`` also an array with one for
            each of condition, target and importance, from the top, as far as they are drawn.
        rolling : int, default=None
            Rows of the rolling mean of ``kind="time"``.
        run : int, default=None
            Number of the run of ``kind="time"``, counted from 0; all if None.
        not_interpretable : str, default=None
            Why the ranking is not a finding, as in the constructor.
        units : dict of str to str, default=None
            Units of inputs and target, as in the constructor.
        condition : array-like of shape (n_rows,), default=None
            Condition to draw above ``kind="time"``, as in the constructor.

        Returns
        -------
        GradientImportanceDisplay
            The display.

        Raises
        ------
        ValueError
            As :meth:`plot`.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn_frictiongru.inspection import (
        ...     GradientImportance,
        ...     GradientImportanceDisplay,
        ... )
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(X, X[:, 0])
        >>> by = pd.Series(np.repeat([1.0, 5.0], 100), name="normal_stress_mpa")
        >>> importance = GradientImportance(random_state=0).fit(model, X, by=by)
        >>> display = GradientImportanceDisplay.from_importance(
        ...     importance, kind="conditions"
        ... )
        >>> display.ax_.get_xlabel()
        'range of normal stress [MPa]'
        """
        check_is_fitted(importance)
        display = cls(
            importance, not_interpretable=not_interpretable, units=units, condition=condition
        )
        return display.plot(kind=kind, ax=ax, rolling=rolling, run=run)

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator | Sequence[BaseEstimator],
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        by: ArrayLike | None = None,
        null_floor: Bunch | None = None,
        skill: float | None = None,
        kind: Kind = "models",
        ax: Axes | Sequence[Axes] | NDArray[Any] | None = None,
        rolling: int | None = None,
        **options: Any,
    ) -> Self:
        """Compute the importances of one or several models and draw them.

        Parameters
        ----------
        estimator : estimator or sequence of estimators
            Fitted models, as of :meth:`GradientImportance.fit`.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows or windows.
        y : array-like of shape (n_rows,), default=None
            Targets; needed for ``of="loss"``, and drawn above ``kind="time"``.
        by : array-like of shape (n_rows,), default=None
            Condition at each target row.
        null_floor : Bunch, default=None
            Importance that an irrelevant input receives, from :func:`null_floor`.
        skill : float, default=None
            Skill of the models on rows that they were not trained on.
        kind : {"models", "per_model", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes or array of them, default=None
            Axes to draw on; new ones if None. For ``kind="time"`` also an array with one for
            each of condition, target and importance, from the top, as far as they are drawn.
        rolling : int, default=None
            Rows of the rolling mean of ``kind="time"``.
        **options : dict
            Parameters of :class:`GradientImportance`.

        Returns
        -------
        GradientImportanceDisplay
            The display.

        Raises
        ------
        ValueError
            As :meth:`GradientImportance.fit` and :meth:`plot`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportanceDisplay
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(X, X[:, 0])
        >>> display = GradientImportanceDisplay.from_estimator(
        ...     model, X, X[:, 0], kind="time", rolling=20
        ... )
        >>> display.ax_.get_xlabel(), display.target_ax_.get_ylabel()
        ('row', 'target')
        """
        importance = GradientImportance(**options).fit(
            estimator, X, y, by=by, null_floor=null_floor, skill=skill
        )
        return cls.from_importance(importance, kind=kind, ax=ax, rolling=rolling)

    @styled
    def plot(
        self,
        *,
        kind: Kind = "models",
        ax: Axes | Sequence[Axes] | NDArray[Any] | None = None,
        rolling: int | None = None,
        run: int | None = None,
    ) -> Self:
        """Draw the importances.

        Parameters
        ----------
        kind : {"models", "per_model", "ranks", "conditions", "lags", "time"}, default="models"
            "models": bars of the mean relative importance with its 95 % interval, a point
            per model, the net importance as a hollow diamond. "per_model": relative
            importance in each model. "ranks": rank of each
            input in each model. "conditions": bars for each range of the condition,
            with the standard deviation over the models. "lags": the share of each lag.
            "time": importance along time, below the target and the condition where the
            inspector was given them, with the changes of the condition marked.
        ax : matplotlib.axes.Axes or array of them, default=None
            Axes to draw on; new ones if None. For ``kind="time"`` also an array with one for
            each of condition, target and importance, from the top, as far as they are drawn.
        rolling : int, default=None
            Rows of the rolling mean of ``kind="time"``; a hundredth of the rows if None.
        run : int, default=None
            Number of the run of ``kind="time"``, counted from 0; all, in their order, if None.

        Returns
        -------
        GradientImportanceDisplay
            This display.

        Raises
        ------
        ValueError
            If `kind` is unknown or needs a condition that was not given.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_frictiongru.inspection import GradientImportanceDisplay
        >>> from sklearn_frictiongru.neural_network import GRUFrictionRegressor
        >>> from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> windows = SlidingWindowTransformer(window_length=4).fit_transform(X)
        >>> model = GRUFrictionRegressor(
        ...     hidden_size=8, n_gru_layers=1, max_epochs=20, lr=0.01, random_state=0
        ... ).fit(windows, X[:, 0])
        >>> display = GradientImportanceDisplay.from_estimator(model, windows)
        >>> display.plot(kind="lags").ax_.get_xlabel()
        'lag before the target [rows]'
        """
        if kind not in get_args(Kind):
            raise ValueError(f"kind is {kind!r}; expected one of {list(get_args(Kind))}.")
        if kind == "conditions" and not self.importance.importances_[0].conditions:
            raise ValueError(
                "kind='conditions' needs a condition; give by=... to GradientImportance.fit, and "
                "bins=... to GradientImportance for its ranges."
            )
        *above, given = [ax] if ax is None or not np.iterable(ax) else list(ax)
        main: Axes = axes_or_new(given, DOUBLE_COLUMN, self._height(kind))
        self.ax_, self.figure_ = main, main.figure
        self.target_ax_ = self.condition_ax_ = self.image_ = None
        self.bars_, self.lines_ = [], []
        greyed = not self._interpretable
        self._looks = input_looks(main, len(self.importance.feature_names_), greyed)
        if kind == "time":
            finding = self._draw_time(main, above, rolling, run)
        else:
            finding = getattr(self, f"_draw_{kind}")(main)
        (self.condition_ax_ or self.target_ax_ or main).set_title(
            self._title(finding, kind),
            color=shade(main, 0.35) if greyed else ink(main),
            wrap=True,
        )
        return self

    def _height(self, kind):
        """Return the height of a new figure [mm]."""
        of_inputs = 30 + OF_AN_INPUT * len(self.importance.feature_names_)
        return {"models": max(60, of_inputs), "ranks": of_inputs, "time": 130}.get(kind, 95)

    def _title(self, finding, kind):
        """Return what was found and the skill of the models, on one line where both are short."""
        if kind == "lags" and self._interpretable:
            return f"{finding} ({self._skill_line()})"
        return f"{finding}\n{self._skill_line()}"

    def _skill_line(self):
        """Return the line that states the skill of the models."""
        importance = self.importance
        n_models = len(importance.importances_)
        if self.not_interpretable:
            return f"not interpretable: {self.not_interpretable}"
        if importance.skill_ is None:
            return "validation skill unknown"
        if not importance.interpretable_:
            return signed(f"{NOT_INTERPRETABLE} ({importance.skill_:z.2f})")
        if importance.skill_source_ == "given":
            return f"skill {importance.skill_:.2f}"
        median = "" if n_models == 1 else f", median of {n_models} models"
        return f"validation skill {importance.skill_:.2f}{median}"

    @property
    def _interpretable(self):
        return self.importance.interpretable_ and not self.not_interpretable

    def _label_of(self, name):
        """Return an input or the target with its unit, as a figure can show it."""
        return shown_name(name, (self.units or {}).get(name, ""))

    @property
    def _labels(self):
        return [self._label_of(name) for name in self.importance.feature_names_]

    def _below_floor(self):
        """Return which inputs are not distinguishable from none."""
        floor = self.importance.null_floor_
        relative = self.importance.relative_.mean()
        if floor is None:
            return pd.Series(False, index=relative.index)
        return ~above_floor(relative, floor)

    def _draw_models(self, ax):
        importance = self.importance
        self.bars_, self.lines_ = draw_bars(
            ax, importance, self._looks, self._labels, self._below_floor()
        )
        first = (importance.ranks_ == 1).sum()
        n_models = len(importance.relative_)
        name = self._label_of(first.idxmax())
        return f"{name} ranks first in {first.max()} of {n_models} models"

    def _draw_per_model(self, ax):
        self.lines_ = draw_per_model(ax, self.importance, self._looks, self._labels)
        ax.set_xlabel("model (repeated training, from 0)")
        return "Do the models agree on the importance of the inputs?"

    def _draw_ranks(self, ax):
        importance = self.importance
        self.image_ = draw_ranks(
            ax, importance, self._labels, self._below_floor(), not self._interpretable
        )
        p_value = importance.kendall_p_value_
        p = f"p < {SMALLEST_P}" if p_value < SMALLEST_P else f"p = {p_value:.2g}"
        return f"Rank of each input in each model (Kendall's W = {importance.kendall_w_:.2f}, {p})"

    def _draw_conditions(self, ax):
        importance = self.importance
        named = importance.condition_name_
        ranges = [
            drawable(shortened(range_label(n))) for n in importance.importances_[0].conditions
        ]
        self.bars_, self.lines_ = draw_conditions(
            ax,
            importance,
            self._looks,
            self._labels,
            self._label_of(named) if named else None,
            ranges,
        )
        return "Which input matters under which condition?"

    def _draw_lags(self, ax):
        self.lines_ = draw_lags(ax, self.importance, self._looks, self._labels)
        return {
            "near": "Most of the importance is in the half of the window next to the target",
            "even": "Importance is spread over the window",
            "far": "Most of the importance is in the older half of the window",
        }[lag_trend(self.importance.importances_)]

    def _draw_time(self, ax, above, rolling, run):
        importance = self.importance
        self.lines_, x, wanted = draw_time(ax, importance, self._looks, self._labels, rolling, run)
        condition = importance.condition_ if self.condition is None else self.condition
        n_above = (condition is not None) + (importance.target_ is not None)
        above = above or _axes_above(ax, n_above)
        if len(above) != n_above:
            raise ValueError(
                f"ax holds {len(above) + 1} axes; expected {n_above + 1} for kind='time', from "
                "the condition and the target, where they are given, to the importances."
            )
        if importance.target_ is not None:
            self.target_ax_ = above.pop()
            unit = (self.units or {}).get(importance.target_name_, "")
            draw_target_above(self.target_ax_, importance, x, wanted, unit)
        if condition is not None:
            self.condition_ax_ = above.pop()
            name = getattr(condition, "name", None) or importance.condition_name_ or "condition"
            label = self._label_of(name)
            draw_condition_above(self.condition_ax_, condition, importance, x, wanted, label)
            self._mark_changes(condition, x, wanted)
        return f"Which input matters when? (means of {len(importance.importances_)} models)"

    def _mark_changes(self, condition, x, wanted):
        """Mark where the condition changes to another range, in all axes."""
        given = self.importance.condition_
        values = pd.Series(np.asarray(condition if given is None else given))
        bins = None if given is None else self.importance.bins
        codes = pd.factorize(values)[0] if bins is None else cut_ranges(values, bins)[1]
        changes = changes_of(codes, self.importance.runs_, wanted)
        if len(changes) > MOST_CHANGES:
            return
        for ax in (self.ax_, self.target_ax_, self.condition_ax_):
            for row in changes if ax is not None else ():
                ax.axvline(x[row], color=shade(ax, 0.5), linewidth=0.8, linestyle="--", zorder=0)


def _axes_above(ax, n_above):
    """Cut axes off the upper part of others and return them, the lowest last."""
    if not n_above:
        return []
    heights = [1] * n_above + [2]
    cell = ax.get_subplotspec()
    if cell is not None:
        *upper, lower = cell.subgridspec(n_above + 1, 1, height_ratios=heights)
        ax.set_subplotspec(lower)
        return [ax.figure.add_subplot(each, sharex=ax) for each in upper]
    left, bottom, width, height = ax.get_position().bounds
    part = height / sum(heights)
    ax.set_position([left, bottom, width, 1.9 * part])
    places = [bottom + (2 + n_above - 1 - number) * part for number in range(n_above)]
    return [ax.figure.add_axes([left, y, width, 0.9 * part], sharex=ax) for y in places]
