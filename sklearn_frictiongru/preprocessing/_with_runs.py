"""Put run labels and time into the index of a table."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_frictiongru.utils.validation import (
    check_same_index,
    counts_rows,
    is_foreign,
    labels_per_row,
    native,
    without_masks,
)

Table = TypeVar("Table", pd.DataFrame, pd.Series)


@overload
def with_runs(
    X: Table, groups: ArrayLike | None = None, time: ArrayLike | None = None
) -> Table: ...
@overload
def with_runs(
    X: ArrayLike, groups: ArrayLike | None = None, time: ArrayLike | None = None
) -> pd.DataFrame | Any: ...
def with_runs(X, groups=None, time=None):
    """Put run labels and time into the index of a table.

    Use it for plain arrays: scikit-learn's splitters and pandas-configured
    transformers keep the index, so that windows stay inside their runs in
    cross-validation as well.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features) or (n_rows,)
        Table, or target values. Where `time` and `groups` are not given, the time and runs of
        an xarray object (the coordinates of its dimensions, the last of which is time) and of
        a pyarrow table made from pandas are kept. A lazy polars frame is collected.
    groups : array-like of shape (n_rows,), default=None
        Run label of each row; without it all rows are one run.
    time : array-like of shape (n_rows,), default=None
        Time of each row: numbers in seconds, dates or time differences. Without it the
        rows of each run are counted from 0.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_features) or pandas.Series of shape (n_rows,)
        The same values under an index with the levels ``run`` (if `groups` is given)
        and ``time``; a Series for 1-D input.

    Raises
    ------
    ValueError
        If `groups` or `time` has another length or another index than `X`, or a label is
        missing.

    See Also
    --------
    resample_runs : Resamples such a table to even time steps.
    SlidingWindowTransformer : Makes windows that stay inside the runs.
    Runs : Answers questions about the runs of a table.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_frictiongru.preprocessing import with_runs
    >>> with_runs(np.zeros((4, 1)), groups=["a", "a", "b", "b"], time=[0, 1, 0, 1])
               x0
    run time
    a   0     0.0
        1     0.0
    b   0     0.0
        1     0.0
    """
    groups, time = _in_pandas(groups), _in_pandas(time)
    if is_foreign(X):
        table = _pandas_of(X)
        groups, time = _labels_of(table.index, groups, time)
    elif isinstance(X, pd.DataFrame | pd.Series):
        table = X.copy(deep=False)
    elif np.ndim(X) == 1:
        table = pd.Series(np.asarray(without_masks(X)))
    else:
        values = np.asarray(without_masks(X))
        columns = getattr(X, "columns", [f"x{i}" for i in range(values.shape[1])])
        table = pd.DataFrame(values, columns=list(columns))
    for name, labels in (("groups", groups), ("time", time)):
        if labels is None:
            continue
        if len(labels) != len(table):
            raise ValueError(
                f"{name} has {len(labels)} values but X has {len(table)} rows; expected one "
                "value for each row."
            )
        if getattr(labels, "ndim", 1) != 1:
            raise ValueError(
                f"{name} has shape {labels.shape}; expected one value for each of the "
                f"{len(table)} rows of X."
            )
        if not is_foreign(X):
            check_same_index(table, labels, name)
    if groups is not None:
        groups = read_run_labels(groups, len(table))
    if time is None:
        counted = pd.Series(np.zeros(len(table)))
        keys = np.zeros(len(table)) if groups is None else groups
        time = counted.groupby(keys, sort=False).cumcount().to_numpy()
    # An array would lose the time zone of dates; a masked time is missing.
    time = pd.Index(without_masks(time) if np.ma.isMaskedArray(time) else native(time))
    if groups is None:
        table.index = time.rename("time")
    else:
        table.index = pd.MultiIndex.from_arrays([groups, time], names=["run", "time"])
    return table


def _pandas_of(X):
    """Convert a table of pyarrow, xarray or polars (lazy) to pandas."""
    package = type(X).__module__.partition(".")[0]
    if package == "pyarrow":
        return X.to_pandas()
    if package == "polars":
        frame = X.collect()
        return pd.DataFrame(frame.to_numpy(), columns=frame.columns)
    if not hasattr(X, "name"):
        # A dataset of several variables.
        return X.to_dataframe()[list(X.data_vars)]
    if X.ndim > 2:
        raise ValueError(
            f"X is an xarray {type(X).__name__} with the dimensions {X.dims}; expected one or two. "
            "Give a dataset with a variable for each input, as X.to_dataset(dim) makes it."
        )
    if X.ndim == 2 and X.dims[1] == "time":
        X = X.transpose()
    table = X.to_pandas()
    if X.ndim == 2 and X.dims[1] not in X.coords:
        table.columns = [f"x{i}" for i in range(table.shape[1])]
    return table


def _in_pandas(labels):
    """Return labels or times of polars, pyarrow or xarray as those of pandas, with their zone."""
    if not hasattr(labels, "to_pandas"):
        return labels
    try:
        return labels.to_pandas().reset_index(drop=True)
    except ImportError:
        # polars needs pyarrow for it.
        return np.asarray(labels)


def _labels_of(index, groups, time):
    """Return run labels and time: those given, otherwise those of the index, if it has any."""
    if counts_rows(index):
        return groups, time
    if groups is None and index.nlevels > 1:
        groups = index.droplevel(-1)
        groups = groups.to_numpy()
    return groups, index.get_level_values(-1) if time is None else time


def read_run_labels(groups, n_rows):
    """Return the run label of each row (n_rows,); raise where one is missing."""
    labels = labels_per_row(groups, n_rows, "groups")
    missing = np.asarray(pd.isna(labels))
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise ValueError(f"groups has no run label (NaN or None) at row {row}; name every run.")
    return labels
