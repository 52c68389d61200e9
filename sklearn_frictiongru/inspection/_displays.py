"""Figures of importances."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.inspection._inspector import GradientImportance
from sklearn_frictiongru.inspection._reduction import shares
from sklearn_frictiongru.inspection._statistics import ranks_of
from sklearn_frictiongru.inspection._tables import above_floor
from sklearn_frictiongru.utils.lettering import drawable, shortened
from sklearn_frictiongru.utils.plotting import COLOURS, CYCLE, GREY, axes_or_new
from sklearn_frictiongru.utils.units import label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOT_INTERPRETABLE = "not interpretable: the models have no skill"
HOLLOW = {
    "markerfacecolor": "white",
    "markeredgecolor": COLOURS["black"],
    "markersize": 7,
}
Kind: TypeAlias = Literal["models", "ranks", "conditions", "lags", "time"]


class GradientImportanceDisplay:
    """Importance of the inputs, drawn.

    Every figure states the skill of the models; without skill it is greyed and marked as
    not interpretable. Relative importances stand beside net ones, with the floor of
    :func:`null_floor` where the inspector has one.

    Parameters
    ----------
    importance : GradientImportance
        Fitted inspector.
    not_interpretable : str, default=None
        Why the ranking is no finding although the models have skill, for instance because they
        disagree; the figure is then greyed and says so. None where it is one.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the last plot.
    target_ax_ : matplotlib.axes.Axes or None
        Axes of the friction curve above those of ``kind="time"``.
    figure_ : matplotlib.figure.Figure
        Figure of the last plot.

    See Also
    --------
    GradientImportance : The numbers.

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
    figure_: Figure

    def __init__(
        self, importance: GradientImportance, *, not_interpretable: str | None = None
    ) -> None:
        self.importance = importance
        self.not_interpretable = not_interpretable

    @classmethod
    def from_importance(
        cls,
        importance: GradientImportance,
        *,
        kind: Kind = "models",
        ax: Axes | None = None,
        rolling: int | None = None,
        not_interpretable: str | None = None,
    ) -> Self:
        """Draw a fitted inspector.

        Parameters
        ----------
        importance : GradientImportance
            Fitted inspector.
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        rolling : int, default=None
            Rows of the rolling mean of ``kind="time"``.
        not_interpretable : str, default=None
            Why the ranking is no finding, as in the constructor.

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
        >>> display = GradientImportanceDisplay.from_importance(importance, kind="conditions")
        >>> display.ax_.get_xlabel()
        'range of normal stress [MPa]'
        """
        check_is_fitted(importance)
        display = cls(importance, not_interpretable=not_interpretable)
        return display.plot(kind=kind, ax=ax, rolling=rolling)

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
        ax: Axes | None = None,
        rolling: int | None = None,
        **options: Any,
    ) -> Self:
        """Take the gradients of one or several models and draw them.

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
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
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
        ('row of the record', 'target')
        """
        importance = GradientImportance(**options).fit(
            estimator, X, y, by=by, null_floor=null_floor, skill=skill
        )
        return cls.from_importance(importance, kind=kind, ax=ax, rolling=rolling)

    def plot(
        self, *, kind: Kind = "models", ax: Axes | None = None, rolling: int | None = None
    ) -> Self:
        """Draw the importances.

        Parameters
        ----------
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            "models": bars of the mean relative importance with its 95 % interval, a point
            per model, the net importance as a hollow diamond. "ranks": rank of each
            input in each model. "conditions": bars for each range of the condition,
            with the standard deviation over the models. "lags": the part of each lag.
            "time": importance along time, under the curve of the targets where the
            inspector was given them.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        rolling : int, default=None
            Rows of the rolling mean of ``kind="time"``; a hundredth of the rows if None.

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
        'lag [rows before the target]'
        """
        if kind not in get_args(Kind):
            raise ValueError(f"kind is {kind!r}; expected one of {list(get_args(Kind))}.")
        if kind == "conditions" and not self.importance.importances_[0].conditions:
            raise ValueError(
                "kind='conditions' needs a condition; give by=... to GradientImportance.fit, and "
                "bins=... to GradientImportance for its ranges."
            )
        ax = axes_or_new(ax, (8, 5))
        self.ax_, self.figure_, self.target_ax_ = ax, ax.figure, None
        if kind == "time":
            finding = self._draw_time(ax, rolling)
        else:
            finding = getattr(self, f"_draw_{kind}")(ax)
        (self.target_ax_ or ax).set_title(
            f"{finding}\n{self._skill_line()}",
            color=COLOURS["black"] if self._interpretable else GREY,
            fontsize="medium",
        )
        return self

    def _skill_line(self):
        """Return the line that states the skill of the models."""
        importance = self.importance
        n_models = len(importance.importances_)
        if importance.skill_ is None:
            return "validation skill unknown"
        if not importance.interpretable_:
            return f"{NOT_INTERPRETABLE} ({importance.skill_:.2f})"
        if self.not_interpretable:
            return f"not interpretable: {self.not_interpretable}"
        if importance.skill_source_ == "given":
            return f"skill {importance.skill_:.2f}"
        median = "" if n_models == 1 else f", median of {n_models} models"
        return f"validation skill {importance.skill_:.2f}{median}"

    @property
    def _interpretable(self):
        return self.importance.interpretable_ and not self.not_interpretable

    def _colours(self):
        """Return a colour for each input; greys without skill."""
        n_features = len(self.importance.feature_names_)
        if self._interpretable:
            return [CYCLE[i % len(CYCLE)] for i in range(n_features)]
        return [str(shade) for shade in np.linspace(0.45, 0.85, n_features)]

    def _below_floor(self):
        """Return which inputs are not distinguishable from none."""
        floor = self.importance.null_floor_
        relative = self.importance.relative_.mean()
        if floor is None:
            return pd.Series(False, index=relative.index)
        return ~above_floor(relative, floor)

    def _draw_floor(self, ax, places=None, width=0.8):
        """Draw the floor of each input at its places, (n_inputs, n_places); or one for all.

        Without places, only the highest of the relative floors.
        """
        floor = self.importance.null_floor_
        if floor is None:
            ax.plot([], [], " ", label="floor not estimated")
            return
        looks = {"relative": ("--", "floor: an input that does nothing")}
        if places is not None:
            looks["net"] = (":", "floor of net")
        for measure, (style, label) in looks.items():
            look = {
                "color": COLOURS["black"],
                "linestyle": style,
                "linewidth": 1.2,
                "label": label,
            }
            if places is None or np.ndim(floor[measure]) == 0:
                ax.axhline(np.max(floor[measure]), **look)
                continue
            heights = np.asarray(floor[measure])[:, None] + np.zeros_like(places)
            ax.hlines(heights, places - width / 2, places + width / 2, **look)

    def _draw_models(self, ax):
        importance = self.importance
        relative, net = importance.relative_, importance.net_
        places, mean = np.arange(len(relative.columns)), relative.mean()
        bounds = importance.intervals_[["relative_low", "relative_high"]].to_numpy()
        ends = np.abs(bounds - mean.to_numpy()[:, None]).T if len(relative) > 1 else None
        ax.bar(places, mean, width=0.62, color=self._colours(), alpha=0.75, yerr=ends, capsize=4)
        spread = np.linspace(-0.22, 0.22, len(relative)) if len(relative) > 1 else [0.0]
        for offset, (_, row) in zip(spread, relative.iterrows(), strict=True):
            ax.plot(
                places + offset,
                row,
                "o",
                color=COLOURS["black"],
                markersize=3.5,
                label="relative, one model" if offset == spread[0] else None,
            )
        ax.plot(places, net.mean(), "D", label="net, mean", **HOLLOW)
        self._draw_floor(ax, places[:, None])
        ax.set_xticks(
            places,
            [
                _wrapped(name) + ("\nnot distinguishable\nfrom none" if below else "")
                for name, below in self._below_floor().items()
            ],
        )
        ax.set_ylabel("importance [share of all inputs]")
        ax.set_ylim(0, 1.35 * ax.get_ylim()[1])
        ax.legend(frameon=False, ncols=2)
        first = (importance.ranks_ == 1).sum()
        return f"{_label_of(first.idxmax())} ranks first in {first.max()} of {len(relative)} models"

    def _draw_ranks(self, ax):
        importance = self.importance
        ranks, of_net = importance.ranks_, ranks_of(importance.net_)
        n_models, n_features = ranks.shape
        ax.imshow(
            ranks.T,
            cmap="cividis_r" if self._interpretable else "Greys_r",
            # Greys stay light: a black cell would read as a strong finding.
            vmin=1 if self._interpretable else -2 * n_features,
            vmax=max(n_features, 2),
            aspect="auto",
        )
        floor = -np.inf if importance.null_floor_ is None else importance.null_floor_["relative"]
        below = importance.relative_ <= np.broadcast_to(floor, n_features)
        for model, feature in np.ndindex(n_models, n_features):
            rank = ranks.iloc[model, feature]
            text = f"{rank}/{of_net.iloc[model, feature]}"
            dark = self._interpretable and rank > (n_features + 1) / 2
            ax.text(
                model,
                feature,
                f"({text})" if below.iloc[model, feature] else text,
                ha="center",
                va="center",
                fontsize="medium" if n_models <= 12 else "x-small",
                color="white" if dark else "black",
            )
        ax.set_xticks(np.arange(n_models), [str(model + 1) for model in range(n_models)])
        ax.set_yticks(np.arange(n_features), [_label_of(name) for name in ranks.columns])
        without = importance.null_floor_ is None
        note = "no floor estimated" if without else "in brackets: below floor"
        ax.set_xlabel(f"model (repeated training); cells: rank by relative/net importance, {note}")
        return (
            f"Rank of each input in each model (Kendall's W = {importance.kendall_w_:.2f}, "
            f"p = {importance.kendall_p_value_:.2g})"
        )

    def _draw_conditions(self, ax):
        importance = self.importance
        conditions, names = importance.importances_[0].conditions, importance.feature_names_
        relative, net = (
            np.stack([each[f"{measure}_by_condition"] for each in importance.importances_])
            for measure in ("relative", "net")
        )
        width = 0.8 / len(names)
        places = np.arange(len(conditions))
        offsets = (np.arange(len(names)) - (len(names) - 1) / 2) * width
        for number, (name, colour) in enumerate(zip(names, self._colours(), strict=True)):
            here = places + offsets[number]
            ax.bar(
                here,
                relative[:, :, number].mean(axis=0),
                width=width * 0.92,
                yerr=relative[:, :, number].std(axis=0),
                color=colour,
                capsize=3,
                label=_label_of(name),
            )
            ax.plot(
                here,
                net[:, :, number].mean(axis=0),
                "D",
                label=None if number else "net, mean",
                **HOLLOW,
            )
        self._draw_floor(ax, places + offsets[:, None], width)
        counts = importance.importances_[0].rows_by_condition
        ax.set_xticks(
            places,
            [
                f"{drawable(shortened(str(name)))}\n{count} rows"
                for name, count in zip(conditions, counts, strict=True)
            ],
        )
        named = importance.condition_name_
        ax.set_xlabel(f"range of {_label_of(named) if named else 'the condition'}")
        ax.set_ylabel("importance [share of all inputs]")
        ax.set_ylim(0, 1.45 * ax.get_ylim()[1])
        ax.legend(frameon=False, ncols=2)
        return "Which input matters under which condition? (bars: relative, mean and deviation)"

    def _draw_lags(self, ax):
        importance = self.importance
        lags = importance.importances_[0].lags
        relative = np.mean([shares(each.by_lag, (0, 1)) for each in importance.importances_], 0)
        net = np.mean(
            [shares(np.abs(each.signed_by_lag), (0, 1)) for each in importance.importances_], 0
        )
        for number, name in enumerate(importance.feature_names_):
            colour = self._colours()[number]
            ax.plot(lags, relative[:, number], color=colour, label=_label_of(name))
            ax.plot(lags, net[:, number], color=colour, linestyle=":", linewidth=1.2)
        ax.plot([], [], color=GREY, linestyle=":", label="net")
        floor = (importance.null_floor_ or {}).get("relative_by_lag")
        if floor is None:
            ax.plot([], [], " ", label="floor not estimated")
        else:
            ax.plot(
                lags,
                floor,
                color=COLOURS["black"],
                linestyle="--",
                linewidth=1.2,
                label="floor: an input that does nothing",
            )
        ax.invert_xaxis()
        ax.set_xlabel("lag [rows before the target]")
        ax.set_ylabel("importance at the lag\n[share of all inputs and lags]")
        ax.grid(alpha=0.3)
        ax.legend(frameon=False)
        return "Which lag matters? Gradients of recurrent networks fade with the lag"

    def _draw_time(self, ax, rolling):
        importance = self.importance
        relative, net = (importance.along_time(measure, rolling) for measure in ("relative", "net"))
        rows = relative.index.to_numpy()
        x, label = np.arange(len(importance.runs_)), "row of the record"
        if importance.time_ is not None and len(np.unique(importance.runs_)) == 1:
            x, label = importance.time_, "slip time [s]"
        # Neither lines nor means may join rows on two sides of a gap.
        pieces = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) > 1) + 1)
        colours = zip(importance.feature_names_, self._colours(), strict=True)
        for column, (name, colour) in enumerate(colours, 2):
            for number, piece in enumerate(pieces):
                here = x[rows[piece]]
                ax.plot(
                    here,
                    relative.iloc[piece, column],
                    color=colour,
                    linewidth=1.4,
                    label=None if number else _label_of(name),
                )
                ax.plot(here, net.iloc[piece, column], color=colour, linestyle=":", linewidth=1.1)
        ax.plot([], [], color=GREY, linestyle=":", label="net, in blocks")
        self._draw_floor(ax)
        ax.set_xlabel(label)
        ax.set_ylabel("importance\n[share of all inputs]")
        ax.set_ylim(0, 1)
        ax.grid(alpha=0.3)
        ax.legend(frameon=False, ncols=2)
        if importance.target_ is not None:
            self._draw_target(ax, x)
        return f"Which input matters when? (means of {len(importance.importances_)} models)"

    def _draw_target(self, ax, x):
        """Draw the targets above the importances."""
        above = _axes_above(ax)
        ends = np.flatnonzero(np.diff(self.importance.runs_)) + 1
        for piece in np.split(np.arange(len(x)), ends):
            above.plot(
                x[piece], self.importance.target_[piece], color=COLOURS["black"], linewidth=1.2
            )
        above.set_ylabel(_label_of(self.importance.target_name_))
        above.tick_params(labelbottom=False)
        above.grid(alpha=0.3)
        self.target_ax_ = above


def _axes_above(ax):
    """Cut axes off the upper third of others and return them."""
    cell = ax.get_subplotspec()
    if cell is not None:
        upper, lower = cell.subgridspec(2, 1, height_ratios=[1, 2])
        ax.set_subplotspec(lower)
        return ax.figure.add_subplot(upper, sharex=ax)
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position([left, bottom, width, 0.6 * height])
    return ax.figure.add_axes([left, bottom + 0.68 * height, width, 0.32 * height], sharex=ax)


def _wrapped(name):
    """Return a label in lines short enough for an axis."""
    lines = textwrap.wrap(shortened(label_of(name)), 13)
    return "\n".join(map(drawable, lines))


def _label_of(name):
    """Return a column's name as a figure can show it."""
    return drawable(shortened(label_of(name)))
