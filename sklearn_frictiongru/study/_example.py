"""Rows of a record in the form in which a file of new data is read for its model."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.study._settings import has_times
from sklearn_frictiongru.utils.validation import column_names, distinct, without_masks


def example_inputs(X, n_rows):
    """Return the inputs of the last rows of the last run, with times in seconds in the index."""
    runs = Runs.of(X)
    table = pd.DataFrame(
        np.asarray(without_masks(X), dtype=np.float64),
        columns=column_names(X, np.shape(X)[1]),
        index=pd.RangeIndex(len(runs.codes), name="row"),
    )
    if has_times(X):
        # The times are in seconds; the name of their column may contain another unit.
        runs_named = [name or "run" for name in X.index.names[:-1]]
        names = distinct([*runs_named, "time_s"], table.columns)
        levels = [X.index.get_level_values(number) for number in range(len(names) - 1)]
        table = table.set_index(pd.MultiIndex.from_arrays([*levels, runs.time], names=names))
        if not levels:
            table.index = table.index.get_level_values(0)
    return table[runs.codes == runs.codes[-1]].tail(n_rows)
