"""The role of each row in a split, as a table and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import _num_samples

from sklearn_frictiongru.model_selection._purge import PurgedSplitter, history_within
from sklearn_frictiongru.model_selection._run_holdout import (
    PURGED,
    TEST,
    TRAINING,
    VALIDATION,
    WARM_UP,
    RunHoldout,
)
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.plotting import axes_or_new, legend_beside
from sklearn_frictiongru.utils.style import DOUBLE_COLUMN, PARTS, ink, paper, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLES = {role: PARTS[role] for role in (TRAINING, PURGED, WARM_UP, VALIDATION, TEST)}


def split_roles(
    cv: PurgedSplitter, X: Any, y: Any = None, groups: ArrayLike | None = None
) -> pd.DataFrame:
    """Return the role of each row in each fold.

    Parameters
    ----------
    cv : PurgedKFold, PurgedTimeSeriesSplit, PurgedLeaveRunsOut or RunHoldout
        Splitter.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Rows or windows.
    y : array-like of shape (n_rows,), default=None
        Target, passed on to the splitter.
    groups : array-like of shape (n_rows,), default=None
        Run labels of a table without a pandas index.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_splits)
        The role of each row as a target: "training", "test", "validation" (of a RunHoldout),
        "warm-up" (used only as history of training or test windows) or "purged" (not used at
        all, or only in the history of a test window).

    Raises
    ------
    ValueError
        As the splitter's `split`.

    See Also
    --------
    plot_splits : The same as a picture.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedKFold, split_roles
    >>> split_roles(PurgedKFold(2, window_length=2), np.zeros((6, 1)))[1].to_list()
    ['warm-up', 'training', 'warm-up', 'test', 'test', 'test']
    """
    if isinstance(cv, RunHoldout):
        return pd.DataFrame({0: cv.parts(X, groups)})
    runs = Runs.of(X, groups=groups, max_gap=cv.max_gap)
    length = runs.rows_of(cv.window_length)
    folds = {}
    for fold, (train, test) in enumerate(cv.split(X, y, groups)):
        roles = np.full(_num_samples(X), PURGED, dtype=object)
        for rows, role in ((train, TRAINING), (test, TEST)):
            complete = history_within(runs[rows]) >= length
            roles[rows] = np.where(complete, role, WARM_UP)
        folds[fold] = roles
    return pd.DataFrame(folds)


@styled
def plot_splits(
    cv: PurgedSplitter,
    X: Any,
    y: Any = None,
    groups: ArrayLike | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the role of each row in each fold: training, purged, warm-up or test.

    Parameters
    ----------
    cv : PurgedKFold, PurgedTimeSeriesSplit, PurgedLeaveRunsOut or RunHoldout
        Splitter.
    X : array-like of shape (n_rows, n_features), or WindowArray
        Rows or windows.
    y : array-like of shape (n_rows,), default=None
        Target, passed on to the splitter.
    groups : array-like of shape (n_rows,), default=None
        Run labels of a table without a pandas index.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw on; new ones if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ValueError
        As the splitter's `split`.

    See Also
    --------
    split_roles : The same as a table.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.model_selection import PurgedKFold, plot_splits
    >>> ax = plot_splits(PurgedKFold(3, window_length=10), np.zeros((120, 1)))
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('row', ['training', 'warm-up', 'test'])
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    roles = split_roles(cv, X, y, groups)
    ax = axes_or_new(ax, DOUBLE_COLUMN, 35 + 11 * roles.shape[1])
    names = list(ROLES)
    codes = roles.apply(lambda fold: fold.map(names.index)).to_numpy().T
    ax.imshow(
        codes,
        aspect="auto",
        interpolation="nearest",
        cmap=ListedColormap(list(ROLES.values())),
        vmin=-0.5,
        vmax=len(names) - 0.5,
    )
    for fold in range(1, len(codes)):
        ax.axhline(fold - 0.5, color=paper(ax), linewidth=3)
    runs = Runs.of(X, groups=groups, max_gap=cv.max_gap)
    for row in np.flatnonzero(np.diff(runs.codes)) + 0.5:
        ax.axvline(row, color=ink(ax), linewidth=1.2, linestyle=":")
    ax.set_yticks(np.arange(len(codes)), [f"fold {fold}" for fold in range(len(codes))])
    ax.set_xlabel("row" if len(runs.lengths) == 1 else "row (dotted: a run begins)")
    ax.grid(visible=False)
    ax.set_title(f"{type(cv).__name__}: what each row is used for as a target")
    present = [name for name in names if (roles == name).to_numpy().any()]
    legend_beside(ax, handles=[Patch(color=ROLES[name], label=name) for name in present])
    return ax
