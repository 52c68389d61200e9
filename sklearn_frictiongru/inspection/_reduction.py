"""Gradients of single rows reduced to importances, batch by batch."""

import numpy as np

from sklearn_frictiongru.utils.results import Results

N_BLOCKS = 50
"""Number of blocks along time for net importances, which a single row does not have."""


def shares(values, axis=-1):
    """Divide by the sum over some axes; zeros where all are zero."""
    total = values.sum(axis=axis, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)


class ImportanceSums:
    """Sums over rows, to which batches are added as they come.

    Never all rows x lags x inputs at once.
    """

    def __init__(self, rows, function, codes, n_conditions, run_codes, n_runs):
        n_features, length = len(function.feature_names), function.window_length
        self.rows = rows
        self.codes, self.run_codes = codes, run_codes
        self.by_row = np.empty((len(rows), n_features))
        self.signed_by_row = np.empty_like(self.by_row)
        self.absolute = np.zeros((max(n_conditions, 1), length, n_features))
        self.signed = np.zeros_like(self.absolute)
        self.signed_of_runs = np.zeros((n_runs, length, n_features))
        self.block_codes = _blocks(rows, run_codes)
        self.signed_of_blocks = np.zeros((self.block_codes[-1] + 1, length, n_features))
        self.error = self.difference = None

    def add(self, batch, attributions):
        """Add the attributions of a batch of rows."""
        absolute = np.abs(attributions)
        self.by_row[batch] = absolute.mean(axis=1)
        self.signed_by_row[batch] = attributions.mean(axis=1)
        for codes, pairs in (
            (self.codes, [(self.absolute, absolute), (self.signed, attributions)]),
            (self.run_codes, [(self.signed_of_runs, attributions)]),
            (self.block_codes, [(self.signed_of_blocks, attributions)]),
        ):
            for code in np.unique(codes[batch]):
                here = codes[batch] == code
                for sums, values in pairs:
                    sums[code] += values[here].sum(axis=0)

    def add_error(self, error, attributions):
        """Add up the errors of the sums over windows."""
        if error is None:
            return
        should_be = attributions.sum(axis=(1, 2)) - error
        self.error = (self.error or 0) + np.abs(error).sum()
        self.difference = (self.difference or 0) + np.abs(should_be).sum()

    def completeness_error(self):
        """Return the mean error over the mean size of what the sums should be."""
        if self.error is None:
            return None
        return float(self.error / self.difference) if self.difference > 0 else 0.0

    def reduced(self, unit, conditions):
        """Return the importances in the requested units."""
        n_rows = len(self.rows)
        by_lag = self.absolute.sum(axis=0) / n_rows * unit
        signed_by_lag = self.signed.sum(axis=0) / n_rows * unit
        raw = by_lag.mean(axis=0)
        in_range = slice(0, len(conditions))
        rows_by_condition = np.bincount(self.codes, minlength=len(conditions))[in_range]
        rows_by_run = np.bincount(self.run_codes)
        of_range = rows_by_condition[:, None, None]
        by_lag_of_ranges = self.absolute[in_range] / of_range * unit
        signed_of_ranges = self.signed[in_range] / of_range * unit
        raw_of_ranges = by_lag_of_ranges.mean(axis=1)
        raw_by_run = np.zeros((len(rows_by_run), len(raw)))
        np.add.at(raw_by_run, self.run_codes, self.by_row)
        first_of_blocks = np.flatnonzero(np.diff(self.block_codes, prepend=-1))
        raw_of_blocks = np.add.reduceat(self.by_row * unit, first_of_blocks)
        last_of_blocks = np.append(first_of_blocks[1:], n_rows) - 1
        return Results(
            raw=raw,
            relative=shares(raw),
            net=shares(np.abs(signed_by_lag).sum(axis=0)),
            signed=signed_by_lag.mean(axis=0),
            lags=np.arange(len(by_lag))[::-1],
            by_lag=by_lag,
            signed_by_lag=signed_by_lag,
            rows=self.rows,
            by_row=self.by_row * unit,
            signed_by_row=self.signed_by_row * unit,
            conditions=conditions,
            raw_by_condition=raw_of_ranges,
            relative_by_condition=shares(raw_of_ranges),
            net_by_condition=shares(np.abs(signed_of_ranges).sum(axis=1)),
            signed_by_condition=signed_of_ranges.mean(axis=1),
            by_lag_by_condition=by_lag_of_ranges,
            signed_by_lag_by_condition=signed_of_ranges,
            rows_by_condition=rows_by_condition,
            raw_by_run=raw_by_run / rows_by_run[:, None] * unit,
            signed_by_lag_by_run=self.signed_of_runs / rows_by_run[:, None, None] * unit,
            rows_by_run=rows_by_run,
            blocks=self.rows[np.column_stack([first_of_blocks, last_of_blocks])],
            relative_by_block=shares(raw_of_blocks),
            net_by_block=shares(np.abs(self.signed_of_blocks * unit).sum(axis=1)),
        )


def _blocks(rows, run_codes):
    """Return the number of the block of each row; blocks never reach across a gap."""
    begins = np.diff(rows, prepend=rows[0] - 2) > 1
    begins |= np.diff(run_codes, prepend=-1) != 0
    place = np.arange(len(rows))
    since = place - np.maximum.accumulate(np.where(begins, place, 0))
    return np.cumsum(since % max(1, len(rows) // N_BLOCKS) == 0) - 1
