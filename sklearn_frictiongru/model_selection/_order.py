"""Where the rows, or windows, of a splitter's input stand in their runs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.preprocessing import WindowArray
from sklearn_frictiongru.preprocessing._runs import find_runs
from sklearn_frictiongru.preprocessing._sliding_window import rows_of_length
from sklearn_frictiongru.utils.validation import index_of


@dataclass(frozen=True)
class RowOrder:
    """Where rows or windows stand."""

    # (n_rows,): Run of each row.
    run_codes: np.ndarray
    # (n_rows,): Number of each row, or of each window's last row.
    rows: np.ndarray
    # (n_rows,): Rows of the same run up to and with each row.
    history: np.ndarray
    # (n_rows,): Label of the run of each row, numbered; pieces of one run share it.
    label_codes: np.ndarray
    # Time between two rows, in seconds; None where there is no time.
    sampling_interval: float | None
    # Whether the input is windows, which bring their earlier rows along.
    carries_history: bool

    def members(self):
        """Yield the row numbers of each run in turn, in the order of time."""
        for run in np.unique(self.run_codes):
            members = np.flatnonzero(self.run_codes == run)
            yield members[np.argsort(self.rows[members], kind="stable")]

    def length_in_rows(self, window_length):
        """Return a window length as a number of rows."""
        return rows_of_length(window_length, self.sampling_interval, "window_length")


def row_order(X, groups=None):
    """Find where the rows of a table, or windows, stand in their runs."""
    if isinstance(X, WindowArray):
        labels = _numbered(X.run_labels)[X.run_codes]
        return RowOrder(X.run_codes, X.ends.astype(np.int64), X.history, labels, None, True)
    runs = find_runs(X, groups=groups)
    interval = runs.sampling_interval if index_of(X) is not None else None
    labels = _numbered(runs.labels)[runs.codes]
    return RowOrder(runs.codes, np.arange(runs.n_rows), runs.history, labels, interval, False)


def _numbered(labels):
    """Return the number of each label, in the order in which they appear."""
    codes, _ = pd.factorize(pd.Index(labels, tupleize_cols=False))
    return codes
