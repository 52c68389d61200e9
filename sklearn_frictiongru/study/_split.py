"""The part of each row, training, validation or test, and what the parts look like."""

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.validation import check_finite, column_names, index_of, without_masks

SCORED_PARTS = ("validation", "test")


def split_rows(X, y, runs, holdout, regressor):
    """Return the part of each row, of shape (n_rows,), checked for something to train on."""
    longest_run, longest = int(runs.lengths.max()), holdout.window_length
    if longest > longest_run:
        raise ValueError(
            f"the longest window has {longest} rows, the longest run only {longest_run}; expected "
            "runs longer than every window. Choose shorter window lengths."
        )
    names = column_names(X, np.shape(X)[1])
    for values, columns, what in ((X, names, "X"), (y, ["y"], "y")):
        rows = np.asarray(without_masks(values), dtype=np.float64)
        check_finite(rows, columns, what, index_of(values))
    # Of the runs as the window step sees them.
    parts = holdout.parts(runs)
    n_rows = int((parts == "training").sum())
    n_training = n_rows // regressor.stride
    if n_training < regressor.batch_size:
        raise ValueError(
            f"the split leaves {n_training} complete windows to train on ({n_rows} rows, every "
            f"{regressor.stride}. of them; {int((parts == 'purged').sum())} rows are purged); "
            f"expected at least one batch of {regressor.batch_size}. Choose shorter window "
            "lengths, fewer blocks, a smaller stride or a lower purge."
        )
    return parts


def count_parts(parts, condition, bins):
    """Count the rows of each part, in all and in each range of the condition."""
    parts = pd.Categorical(
        parts, ["training", "validation", "test", "purged", "warm-up"], ordered=True
    )
    table = pd.DataFrame({"rows": pd.Series(parts).value_counts(sort=False)})
    if condition is not None:
        ranges = condition.astype(str)
        if bins is not None:
            ranges = pd.cut(condition, bins, include_lowest=True)
        counts = pd.crosstab(parts, np.asarray(ranges.astype(str)))
        for column in counts:
            table[f"{condition.name} {column}"] = counts[column]
    table.index.name = "part"
    return table.fillna(0).astype(int)


def outside_training_range(X, parts):
    """Return the share of rows outside of each input's range over the training rows."""
    values = np.asarray(X, dtype=np.float64)
    training = values[parts == "training"]
    low, high = training.min(axis=0), training.max(axis=0)
    table = {"training_min": low, "training_max": high}
    for part in SCORED_PARTS:
        here = values[parts == part]
        table[f"{part}_outside"] = ((here < low) | (here > high)).mean(axis=0)
    return pd.DataFrame(table, index=pd.Index(column_names(X, values.shape[1]), name="parameter"))
