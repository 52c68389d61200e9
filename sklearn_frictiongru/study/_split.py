"""The part of each row, training, validation or test, and what the parts look like."""

from dataclasses import replace

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


def settled_rotations(settings, X, holdout, regressor, asked):
    """Return settings without rotations, and a note, where the split cannot be rotated.

    Where rotations were asked for by name, that is an error.
    """
    if settings.rotations:
        try:
            check_rotations(X, holdout, regressor)
        except ValueError as error:
            if asked is not None:
                raise
            note = f"The verdict is not tested over the whole record: {error}"
            return replace(settings, rotations=False), [note]
    return settings, []


def check_rotations(X, holdout, regressor):
    """Raise where a rotation of the split cannot be had, or leaves too little to train on."""
    for number, rotation in enumerate(holdout.rotations()):
        n_windows = int((rotation.parts(X) == "training").sum()) // regressor.stride
        if n_windows < regressor.batch_size:
            raise ValueError(
                f"rotation {number} of the split leaves {n_windows} complete windows to train on; "
                f"expected at least one batch of {regressor.batch_size}. Leave rotations out, or "
                "choose shorter window lengths."
            )


def longest_block(parts, run_codes):
    """Return the number of rows of the longest block of test rows."""
    same = (parts[1:] == parts[:-1]) & (run_codes[1:] == run_codes[:-1])
    blocks = np.append(0, np.cumsum(~same))[parts == "test"]
    return int(np.unique(blocks, return_counts=True)[1].max())


def count_parts(parts, ranges):
    """Count the rows of each part, in all and in each range of the condition."""
    parts = pd.Categorical(
        parts, ["training", "validation", "test", "purged", "warm-up"], ordered=True
    )
    table = pd.DataFrame({"rows": pd.Series(parts).value_counts(sort=False)})
    if ranges is not None:
        for label in ranges.cat.categories:
            here = pd.Series(parts[(ranges == label).to_numpy()])
            table[f"{ranges.name} {label}"] = here.value_counts(sort=False)
    table.index.name = "part"
    return table.fillna(0).astype(int)


def outside_training_range(X, parts):
    """Return the share of rows outside each input's range over the training rows."""
    values = np.asarray(X, dtype=np.float64)
    training = values[parts == "training"]
    low, high = training.min(axis=0), training.max(axis=0)
    table = {"training_min": low, "training_max": high}
    for part in SCORED_PARTS:
        here = values[parts == part]
        table[f"{part}_outside"] = ((here < low) | (here > high)).mean(axis=0)
    return pd.DataFrame(table, index=pd.Index(column_names(X, values.shape[1]), name="input"))
