"""Checks of values, whose errors name the place of what they found."""

import re

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.utils.validation import _num_samples, validate_data

from sklearn_frictiongru.utils.index import plain_level

ROWS_NAMED = 5


def column_names(X, n_features):
    """Return the names of the columns of a table, or ``x0, x1, ...``."""
    columns = getattr(X, "columns", None)
    if columns is not None and all(isinstance(name, str) for name in columns):
        return list(columns)
    return [f"x{i}" for i in range(n_features)]


def lagged_names(names, window_length):
    """Return the names of the inputs at each lag, oldest first, such as ``temperature_lag_399``.

    XGBoost and LightGBM refuse brackets, commas and the like in names.
    """
    plain = [re.sub(r"\W+", "_", str(name)).strip("_") for name in names]
    if len(set(plain)) < len(plain):
        plain = [f"{name}_{number}" for number, name in enumerate(plain)]
    return [f"{name}_lag_{lag}" for lag in range(window_length - 1, -1, -1) for name in plain]


def readable(label):
    """Return an index label as a reader would write it, without numpy's type names."""
    if isinstance(label, tuple):
        return f"({', '.join(map(readable, label))})"
    return repr(label.item() if isinstance(label, np.generic) else label)


def read_rows(estimator, X, *, reset):
    """Read the rows of a table as floats, checked and compared with those of `fit`."""
    check_numeric(X)
    rows = validate_data(
        estimator,
        without_masks(X),
        reset=reset,
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,
        # A sampling interval cannot be learned from one row, but one row can be predicted.
        ensure_min_samples=2 if reset else 1,
    )
    check_finite(rows, column_names(X, rows.shape[1]), "X", index_of(X))
    return rows


def values_per_row(X, values, name="y"):
    """Return targets or weights without masks, checked: finite, one for each row, in its order."""
    if values is None:
        return None
    check_same_index(X, values, name)
    values = without_masks(values)
    shape, n_rows = np.shape(values), _num_samples(X)
    if shape[:1] != (n_rows,):
        raise ValueError(
            f"{name} has shape {shape}; expected one value for each of the {n_rows} rows of X."
        )
    check_finite_targets(values, index_of(values), name)
    return values


def check_finite_targets(y, labels, name="y"):
    """Raise where targets are NaN or infinite; other faults are left to other checks."""
    values = np.asarray(y)
    if values.dtype.kind != "f" or values.ndim not in (1, 2):
        return
    several = values.ndim == 2 and values.shape[1] > 1
    check_finite(values, column_names(y, values.shape[1]) if several else [name], name, labels)


def labels_per_row(values, n_rows, name):
    """Return run labels or conditions (n_rows,), in which 1 and "1" differ."""
    values = without_masks(values)
    labels = np.asarray(values)
    if labels.dtype.kind in "US" and any(not isinstance(value, str | bytes) for value in values):
        # NumPy turns the numbers of a mixed list into text.
        labels = np.asarray(values, dtype=object)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"{name} has shape {labels.shape}; expected one value for each of the {n_rows} rows "
            "of X."
        )
    return labels


def without_masks(values):
    """Return values with NaN where they are masked or missing, never a fill value.

    Their bytes are in this machine's order, which pandas and torch require.
    """
    refuse_foreign(values)
    values = native(values)
    if isinstance(values, list | tuple):
        return _list_without_masks(values)
    if isinstance(values, np.ma.MaskedArray):
        # Labels and dates have no NaN.
        holds = {"f": values.dtype, "i": np.float64, "u": np.float64, "b": np.float64}
        return values.astype(holds.get(values.dtype.kind, object)).filled(np.nan)
    if isinstance(values, np.ndarray) and values.dtype == object:
        missing = np.asarray(pd.isna(values))
        return _numbers_if_any(np.where(missing, np.nan, values)) if missing.any() else values
    if isinstance(values, pd.Series):
        if _may_hold_na(values.dtype) and values.isna().any():
            return _numbers_if_any(values.astype(object).where(values.notna(), np.nan))
        return values
    if isinstance(values, pd.DataFrame):
        columns = [values.iloc[:, number] for number in range(values.shape[1])]
        if any(_may_hold_na(column.dtype) and column.isna().any() for column in columns):
            return pd.concat([without_masks(column) for column in columns], axis=1)
    return values


def native(values):
    """Return arrays, tables and indexes in this machine's byte order, anything else unchanged."""
    if isinstance(values, pd.DataFrame):
        foreign = {
            name: dtype.newbyteorder("=")
            for name, dtype in values.dtypes.items()
            if isinstance(dtype, np.dtype) and not dtype.isnative
        }
        return values.astype(foreign) if foreign else values
    dtype = getattr(values, "dtype", None)
    arrays = np.ndarray | pd.Series | pd.Index
    if isinstance(values, arrays) and isinstance(dtype, np.dtype):
        return values if dtype.isnative else values.astype(dtype.newbyteorder("="))
    return values


def is_foreign(X):
    """Tell whether a table is of a library whose names and times are not read."""
    package, kind = type(X).__module__.partition(".")[0], type(X).__name__
    tables = {"pyarrow": ("Table", "RecordBatch"), "polars": ("LazyFrame",)}
    return package == "xarray" or kind in tables.get(package, ())


def refuse_foreign(X):
    """Raise for a table whose names or times would be lost silently."""
    if is_foreign(X):
        kind = type(X)
        raise TypeError(
            f"a {kind.__module__.partition('.')[0]} {kind.__name__} was given, whose names or time "
            "would be lost; expected a pandas or polars DataFrame, or an array. Convert it with "
            "with_runs(X), which keeps both."
        )


def _list_without_masks(values):
    """Return a list as an array if something in it is masked or missing, otherwise unchanged."""
    if any(isinstance(value, np.ma.MaskedArray) for value in values):
        return without_masks(np.ma.array(values))
    try:
        array = np.asarray(values)
    except ValueError:
        # Rows of different lengths, which other checks report.
        return values
    if array.dtype == object and np.asarray(pd.isna(array)).any():
        return without_masks(array)
    return values


def _numbers_if_any(values):
    """Return objects as floats where they are numbers."""
    try:
        return values.astype(np.float64)
    except (ValueError, TypeError):
        return values


def _may_hold_na(dtype):
    """Return whether a column type can mark a missing value other than by NaN."""
    return pd.api.types.is_object_dtype(dtype) or pd.api.types.is_extension_array_dtype(dtype)


def check_numeric(X):
    """Raise where a table holds something other than numbers, naming column and row."""
    if isinstance(X, pd.DataFrame):
        numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
        suspects = [(X.columns[i], X.iloc[:, i]) for i in np.flatnonzero(~np.array(numeric))]
    elif isinstance(X, np.ndarray) and X.dtype.kind in "OU" and X.ndim == 2:
        # For other contents of an array, scikit-learn's error names the type.
        suspects = [
            (name, [value if isinstance(value, str) else 0 for value in column])
            for name, column in zip(column_names(None, X.shape[1]), X.T, strict=True)
        ]
    else:
        return
    for name, values in suspects:
        for row, value in enumerate(values):
            # check_finite reports missing values, with all of their rows.
            if value is None or value is pd.NA or value is pd.NaT:
                continue
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
    refuse_foreign(X)
    index = getattr(X, "index", None)
    return index if isinstance(index, pd.Index) else None


def counts_rows(index):
    """Tell whether an index is pandas' default index."""
    whole = isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)
    return whole and index.name is None


def is_counted(X):
    """Tell whether the rows of a table are only counted and have no time."""
    index = index_of(X)
    by_pandas = isinstance(index, pd.RangeIndex) and index.step == 1 and index.name is None
    return index is None or by_pandas


def check_time_of_fit(counted_in_fit, sampling_interval):
    """Raise if rates were per row in `fit`, whose rows had no time, and would now be per second."""
    if counted_in_fit and not np.isclose(sampling_interval or 1.0, 1.0, rtol=0.25):
        raise ValueError(
            f"X has time in its index, a row every {sampling_interval:g} s, but the rows seen in "
            "fit had none, so that what was learned is per row. Fit with time as well, as in "
            "with_runs(X, time=...), or leave it out here too."
        )


def check_same_index(X, values, name="y", *, of="X"):
    """Raise if targets, weights or labels are in another order than the rows of their table.

    Indexes are compared by value: the same instants in two time zones are equal.
    """
    of_X, of_values = index_of(X), index_of(values)
    if of_X is None or of_values is None or of_X is of_values or len(of_X) != len(of_values):
        return
    if of_X.equals(of_values):
        return
    if counts_rows(of_X) or counts_rows(of_values):
        # Rows that are only counted have no order to keep, except the same numbers in another
        # order.
        if not _are_reordered(of_X, of_values):
            return
    elif _may_be_row_numbers(of_X, of_values):
        return
    differs = np.ones(len(of_X), dtype=bool)
    if of_X.nlevels == of_values.nlevels:
        differs = _differences(of_X, of_values)
    if not differs.any():
        return
    row = int(differs.argmax())
    advice = f"Use {name}.loc[{of}.index], or {name}.to_numpy() if only the labels differ."
    if len(of_X.symmetric_difference(of_values)) == 0:
        advice += (
            f" If this order is intended, as in permutation_test_score, give {name}.to_numpy()."
        )
    raise ValueError(
        f"{of} and {name} have different indexes: row {row} is {readable(of_X[row])} in {of} and "
        f"{readable(of_values[row])} in {name}; expected the same rows in the same order. {advice}"
    )


def _are_reordered(one, other):
    """Tell whether two indexes hold the same integers."""
    if one.nlevels > 1 or other.nlevels > 1:
        return False
    numbers = [index.to_numpy() for index in (one, other)]
    if any(each.dtype.kind not in "iu" for each in numbers):
        return False
    return np.array_equal(*map(np.sort, numbers))


def _may_be_row_numbers(of_X, of_values):
    """Tell whether values are numbered by row, as in a table before its time was set.

    A split of such values leaves increasing numbers.
    """
    plain = [plain_level(index.get_level_values(-1)) for index in (of_X, of_values)]
    if any(level is None for level in plain) or of_values.nlevels > 1:
        return False
    other_kind = of_X.nlevels > 1 or plain[0].dtype.kind in "mM"
    numbers = of_values.name is None and plain[1].dtype.kind in "iu"
    return other_kind and numbers and of_values.is_monotonic_increasing and of_values.is_unique


def _differences(one, other):
    """Mark the rows (n_rows,) in which two indexes of equally many levels differ."""
    differs = np.zeros(len(one), dtype=bool)
    for number in range(one.nlevels):
        levels = [index.get_level_values(number) for index in (one, other)]
        plain = [plain_level(level) for level in levels]
        if not any(level is None for level in plain):
            levels = plain
        try:
            same = np.asarray(levels[0] == levels[1], dtype=bool)
        except TypeError:
            # Dates with a zone and dates without one are not the same instants.
            same = np.zeros(len(one), dtype=bool)
        differs |= ~same
    return differs


def check_finite(values, names, what, labels=None):
    """Raise where values are NaN or infinite, naming the column and the first rows.

    As in scikit-learn, nothing is checked under ``sklearn.config_context(assume_finite=True)``.
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


def distinct(names, taken):
    """Return names, with underscores after those that are already taken."""
    taken, result = set(taken), []
    for name in names:
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        result.append(name)
    return result
