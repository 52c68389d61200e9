"""Logarithms of inputs that span decades, as a step of a pipeline."""

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from sklearn_frictiongru.utils.validation import column_names, index_of, without_masks


def log10_step(columns):
    """Return a transformer that takes the common logarithm of some columns of a table."""
    return FunctionTransformer(
        log10_of, kw_args={"columns": list(columns)}, feature_names_out="one-to-one"
    )


def log10_of(X, columns):
    """Return the table with the common logarithm of some columns, under their names."""
    names = column_names(X, np.shape(X)[1])
    chosen = np.isin(names, columns)
    values = np.array(without_masks(X), dtype=np.float64)
    _check_positive(values, names, chosen, index_of(X))
    values[:, chosen] = np.log10(values[:, chosen])
    if isinstance(X, pd.DataFrame):
        return pd.DataFrame(values, index=X.index, columns=X.columns)
    return values


def _check_positive(values, names, chosen, index):
    """Raise where a logarithm is undefined, naming column and row."""
    for number in np.flatnonzero(chosen):
        without = ~(values[:, number] > 0) & ~np.isnan(values[:, number])
        if without.any():
            row = int(without.argmax())
            place = f"row {row}" if index is None else f"row {row} (index {index[row]})"
            raise ValueError(
                f"{names[number]} is {values[row, number]:g} at {place}, one of {without.sum()} "
                "rows at or below 0, which have no logarithm; expected values above 0. Leave these "
                "rows out, or leave the column out of log."
            )
