"""Checks of values that name the place of what they found."""

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.utils.validation import validate_data

ROWS_NAMED = 5


def column_names(X, n_features):
    """Return the names of the columns of a table, or ``x0, x1, ...``."""
    columns = getattr(X, "columns", None)
    if columns is not None and all(isinstance(name, str) for name in columns):
        return list(columns)
    return [f"x{i}" for i in range(n_features)]


def readable(label):
    """Return an index label as a reader would write it, without numpy's type names."""
    if isinstance(label, tuple):
        return f"({', '.join(map(readable, label))})"
    return repr(label.item() if isinstance(label, np.generic) else label)


def read_rows(estimator, X, *, reset):
    """Return the rows of a table as floats, checked and compared with those of `fit`."""
    check_numeric(X)
    rows = validate_data(
        estimator,
        X,
        reset=reset,
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,
        # One row shows no sampling interval to learn; one may still be predicted for.
        ensure_min_samples=2 if reset else 1,
    )
    check_finite(rows, column_names(X, rows.shape[1]), "X", index_of(X))
    return rows


def check_numeric(X):
    """Raise where a table holds something else than numbers, naming column and row."""
    if isinstance(X, pd.DataFrame):
        numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
        suspects = [(X.columns[i], X.iloc[:, i]) for i in np.flatnonzero(~np.array(numeric))]
    elif isinstance(X, np.ndarray) and X.dtype.kind in "OU" and X.ndim == 2:
        # What else an array may hold, scikit-learn names by its type.
        suspects = [
            (name, [value if isinstance(value, str) else 0 for value in column])
            for name, column in zip(column_names(None, X.shape[1]), X.T, strict=True)
        ]
    else:
        return
    for name, values in suspects:
        for row, value in enumerate(values):
            try:
                float(value)
            except (TypeError, ValueError) as error:
                found = str(value) if isinstance(value, str) else value
                raise ValueError(
                    f"X holds {found!r} in column {name!r} at row {row}; expected numbers. Convert "
                    "the column, or leave it out."
                ) from error


def index_of(X):
    """Return the pandas index of a table, or None."""
    index = getattr(X, "index", None)
    return index if isinstance(index, pd.Index) else None


def counts_rows(index):
    """Tell whether an index is the one that pandas gives where none was given."""
    whole = isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)
    return whole and index.name is None


def check_same_index(X, y):
    """Raise where a target stands in another order than the rows of its table."""
    of_X, of_y = index_of(X), index_of(y)
    if any(index is None or counts_rows(index) for index in (of_X, of_y)):
        return
    if len(of_X) != len(of_y) or of_X.nlevels != of_y.nlevels or of_X.equals(of_y):
        return
    row = next(i for i, (one, other) in enumerate(zip(of_X, of_y, strict=True)) if one != other)
    raise ValueError(
        f"X and y have different indexes: row {row} is {readable(of_X[row])} in X and "
        f"{readable(of_y[row])} in y; expected the same rows in the same order. Use "
        "y.loc[X.index], or y.to_numpy() if only the labels differ."
    )


def check_finite(values, names, what, labels=None):
    """Raise where values are NaN or infinite, naming the column and the first rows.

    As in scikit-learn, nothing is looked at under ``sklearn.config_context(assume_finite=True)``.
    """
    if get_config()["assume_finite"]:
        return
    # A sum is finite only if all its terms are, and needs no array of flags.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.sum(values, dtype=np.float64)):
            return
    table = values.reshape(len(values), -1)
    bad = ~np.isfinite(table)
    if not bad.any():
        return
    column = int(np.flatnonzero(bad.any(axis=0))[0])
    rows = np.flatnonzero(bad[:, column])
    kinds = []
    if np.isnan(table[rows, column]).any():
        kinds.append("NaN")
    if np.isinf(table[rows, column]).any():
        kinds.append("infinity")
    shown = ", ".join(
        str(row) if labels is None else f"{row} (index {readable(labels[row])})"
        for row in rows[:ROWS_NAMED]
    )
    more = "" if len(rows) <= ROWS_NAMED else ", ..."
    raise ValueError(
        f"{what} holds {' and '.join(kinds)} in column {names[column]!r} at row {shown}"
        f"{more} ({len(rows)} of {len(table)} rows); expected finite numbers. Drop "
        "these rows (the time index then shows the gap) or fill them in before fitting."
    )
