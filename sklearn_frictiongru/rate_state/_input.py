"""Reading and checking the input of the regressor."""

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from sklearn_frictiongru.utils.validation import check_finite, index_of, without_masks


def checked_bounds(bounds, name):
    """Return bounds as two floats, or raise."""
    values = np.asarray(bounds, dtype=np.float64)
    if values.shape != (2,) or not 0 < values[0] < values[1] < np.inf:
        raise ValueError(f"{name} is {bounds!r}; expected two numbers, 0 < lower < upper.")
    return tuple(values.tolist())


def column_number(column, names):
    """Return the number of the column of velocity."""
    if column is None:
        return 0
    known = column in names if isinstance(column, str) else 0 <= column < len(names)
    if not known:
        raise ValueError(
            f"velocity names {column!r}, which X does not have; it has {names}. Name one of these."
        )
    return names.index(column) if isinstance(column, str) else int(column)


def read_friction(estimator, y, rows):
    """Return the friction of every row as floats, checked."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None; give the friction of every row of X."
        )
    labels = index_of(y)
    friction = check_array(
        column_or_1d(without_masks(y), warn=True),
        dtype=np.float64,
        ensure_2d=False,
        ensure_all_finite=False,
        input_name="y",
    )
    check_consistent_length(rows, friction)
    check_finite(friction, [getattr(y, "name", None) or "y"], "y", labels)
    return friction


def checked_rows(rows, n_rows):
    """Return which rows are fitted, an ndarray of bool of shape (n_rows,), or raise."""
    numbers = np.asarray(rows)
    if (
        numbers.ndim != 1
        or numbers.dtype.kind not in "iu"
        or not len(numbers)
        or not (0 <= numbers.min() <= numbers.max() < n_rows)
    ):
        raise ValueError(f"rows is {rows!r}; expected numbers of rows from 0 to {n_rows - 1}.")
    chosen = np.zeros(n_rows, dtype=bool)
    chosen[numbers] = True
    return chosen
