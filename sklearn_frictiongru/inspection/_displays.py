"""Pictures of importances."""

import textwrap

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_frictiongru.inspection._inspector import GradientImportance
from sklearn_frictiongru.utils._plotting import COLOURS, CYCLE, GREY, axes_or_new
from sklearn_frictiongru.utils._units import label_of

NOT_INTERPRETABLE = "not interpretable: the models have no skill"


class GradientImportanceDisplay:
    """Importance of the inputs, drawn.

    Without skill every picture is greyed and marked as not interpretable.

    Parameters
    ----------
    importance : GradientImportance
        Fitted inspector.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the last plot.
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
    >>> display.ax_.get_title()
    'x0 ranks first in 1 of 1 models'
    """

    def __init__(self, importance):
        self.importance = importance

    @classmethod
    def from_importance(cls, importance, *, kind="models", ax=None, time=None):
        """Draw a fitted inspector.

        Parameters
        ----------
        importance : GradientImportance
            Fitted inspector.
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        time : array-like of shape (n_rows,), default=None
            Time of every row in seconds, for ``kind="time"``.

        Returns
        -------
        GradientImportanceDisplay
            The display.
        """
        check_is_fitted(importance)
        return cls(importance).plot(kind=kind, ax=ax, time=time)

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, kind="models", ax=None, time=None, **options):
        """Take the gradients of one model and draw them.

        Parameters
        ----------
        estimator : Pipeline or GRUFrictionRegressor
            Fitted model.
        X : array-like of shape (n_rows, n_features), or WindowArray
            Rows or windows.
        y : array-like of shape (n_rows,), default=None
            Targets; needed for ``of="loss"``.
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            What to draw; see :meth:`plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        time : array-like of shape (n_rows,), default=None
            Time of every row in seconds, for ``kind="time"``.
        **options : dict
            Parameters of :class:`GradientImportance`.

        Returns
        -------
        GradientImportanceDisplay
            The display.
        """
        importance = GradientImportance(**options).fit(estimator, X, y)
        return cls.from_importance(importance, kind=kind, ax=ax, time=time)

    def plot(self, *, kind="models", ax=None, time=None):
        """Draw the importances.

        Parameters
        ----------
        kind : {"models", "ranks", "conditions", "lags", "time"}, default="models"
            "models": bars of the mean relative importance, with a point per model, the net
            importance as a hollow diamond, and the floor as a line. "ranks": rank of each
            parameter in each model. "conditions": bars for each range of the condition.
            "lags": mean absolute gradient at each lag. "time": relative importance along
            time.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; new ones if None.
        time : array-like of shape (n_rows,), default=None
            Time of every row in seconds, for ``kind="time"``; row numbers if None.

        Returns
        -------
        GradientImportanceDisplay
            This display.

        Raises
        ------
        ValueError
            If `kind` is unknown or needs a condition that was not given.
        """
        kinds = {
            "models": self._draw_models,
            "ranks": self._draw_ranks,
            "conditions": self._draw_conditions,
            "lags": self._draw_lags,
            "time": self._draw_time,
        }
        if kind not in kinds:
            raise ValueError(f"kind is {kind!r}; expected one of {sorted(kinds)}.")
        if kind == "conditions" and not self.importance.importances_[0].conditions:
            raise ValueError(
                "kind='conditions' needs a condition; fit GradientImportance(by=..., bins=...)."
            )
        ax = axes_or_new(ax, (8, 5))
        if kind == "time":
            self._draw_time(ax, time)
        else:
            kinds[kind](ax)
        if not self.importance.interpretable_:
            # A line of its own above the title, so that it does not hide what is drawn.
            ax.set_title(f"{NOT_INTERPRETABLE}\n{ax.get_title()}", color=GREY)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _colours(self):
        """Return a colour for each parameter; greys without skill."""
        n_features = len(self.importance.feature_names_)
        if self.importance.interpretable_:
            return [CYCLE[i % len(CYCLE)] for i in range(n_features)]
        return [str(shade) for shade in np.linspace(0.45, 0.85, n_features)]

    def _draw_floor(self, ax):
        """Draw what an input that does nothing gets."""
        if self.importance.null_floor is not None:
            ax.axhline(
                self.importance.null_floor["relative"],
                color=COLOURS["black"],
                linestyle="--",
                linewidth=1.2,
                label="floor: an input that does nothing",
            )

    def _draw_models(self, ax):
        importance = self.importance
        relative, net = importance.relative_, importance.net_
        places = np.arange(len(relative.columns))
        ax.bar(places, relative.mean(), width=0.62, color=self._colours(), alpha=0.75)
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
        ax.plot(
            places,
            net.mean(),
            "D",
            markerfacecolor="white",
            markeredgecolor=COLOURS["black"],
            markersize=8,
            label="net, mean",
        )
        self._draw_floor(ax)
        ax.set_xticks(places, [_wrapped(name) for name in relative.columns])
        ax.set_ylabel("importance [share of all inputs]")
        ax.set_ylim(0, 1.25 * ax.get_ylim()[1])
        first = (importance.ranks_ == 1).sum()
        ax.set_title(
            f"{label_of(first.idxmax())} ranks first in {first.max()} of {len(relative)} models"
        )
        ax.legend(frameon=False)

    def _draw_ranks(self, ax):
        ranks = self.importance.ranks_
        n_models, n_features = ranks.shape
        ax.imshow(
            ranks.T,
            cmap="cividis_r" if self.importance.interpretable_ else "Greys_r",
            # Greys stay light: a black cell would read as a strong finding.
            vmin=1 if self.importance.interpretable_ else -2 * n_features,
            vmax=max(n_features, 2),
            aspect="auto",
        )
        for model in range(n_models):
            for feature in range(n_features):
                rank = ranks.iloc[model, feature]
                dark = self.importance.interpretable_ and rank > (n_features + 1) / 2
                ax.text(
                    model,
                    feature,
                    str(rank),
                    ha="center",
                    va="center",
                    color="white" if dark else "black",
                )
        ax.set_xticks(np.arange(n_models), [str(model + 1) for model in range(n_models)])
        ax.set_yticks(np.arange(n_features), [label_of(name) for name in ranks.columns])
        ax.set_xlabel("model (repeated training)")
        agreement = self.importance.kendall_w_
        ax.set_title(f"Rank of each input in each model (Kendall's W = {agreement:.2f})")

    def _draw_conditions(self, ax):
        table = self.importance.frame()
        conditions = self.importance.importances_[0].conditions
        names = self.importance.feature_names_
        width = 0.8 / len(names)
        places = np.arange(len(conditions))
        for number, (name, colour) in enumerate(zip(names, self._colours(), strict=True)):
            here = table[table["parameter"] == name].groupby("condition")["relative"]
            offset = (number - (len(names) - 1) / 2) * width
            ax.bar(
                places + offset,
                here.mean()[conditions],
                width=width * 0.92,
                yerr=here.std(ddof=0)[conditions],
                color=colour,
                capsize=3,
                label=label_of(name),
            )
        self._draw_floor(ax)
        counts = self.importance.importances_[0].rows_by_condition
        ax.set_xticks(
            places,
            [f"{name}\n{count} rows" for name, count in zip(conditions, counts, strict=True)],
        )
        ax.set_xlabel("range of the condition")
        ax.set_ylabel("relative importance [share of all inputs]")
        ax.set_title("Which input matters under which condition? (bars: mean, standard deviation)")
        ax.set_ylim(0, 1.35 * ax.get_ylim()[1])
        ax.legend(frameon=False, ncols=2)

    def _draw_lags(self, ax):
        table = self.importance.lag_frame()
        for name, colour in zip(self.importance.feature_names_, self._colours(), strict=True):
            here = table[table["parameter"] == name].groupby("lag")["absolute"].mean()
            ax.plot(here.index, here, color=colour, label=label_of(name))
        ax.invert_xaxis()
        ax.set_xlabel("lag [rows before the target]")
        unit = "standard deviation" if self.importance.units == "standardized" else "unit"
        ax.set_ylabel(
            f"mean absolute gradient of the {self.importance.of}\n[per {unit} of the input]"
        )
        ax.set_title("Which lag matters? Gradients of recurrent networks fade with the lag")
        ax.grid(alpha=0.3)
        ax.legend(frameon=False)

    def _draw_time(self, ax, time):
        table = self.importance.row_frame()
        rows = table.index.to_numpy()
        x = rows if time is None else np.asarray(time)[rows]
        # Neither lines nor means may join rows on two sides of a gap.
        pieces = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) > 1) + 1)
        width = max(1, len(rows) // 100)
        for name, colour in zip(table.columns, self._colours(), strict=True):
            for number, piece in enumerate(pieces):
                smooth = table[name].iloc[piece].rolling(width, min_periods=1).mean()
                ax.plot(
                    x[piece],
                    smooth,
                    color=colour,
                    linewidth=1.4,
                    label=None if number else label_of(name),
                )
        ax.set_xlabel("row" if time is None else "slip time [s]")
        ax.set_ylabel("relative importance\n[share of all inputs]")
        ax.set_title(f"Relative importance along time (mean of models, over {width} rows)")
        ax.set_ylim(0, 1)
        ax.grid(alpha=0.3)
        ax.legend(frameon=False, ncols=2)


def _wrapped(name):
    """Return a label in lines short enough for an axis."""
    return "\n".join(textwrap.wrap(label_of(name), 18))
