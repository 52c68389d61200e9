"""How far windows lie apart, and which of them share rows."""

import numpy as np

FAR = np.iinfo(np.int64).max
"""Distance to a window that is not there."""


def distances_to(rows, run_codes, other_rows, other_run_codes):
    """Count the rows from each window to the nearest of the others, in its run."""
    rows = np.asarray(rows, dtype=np.int64)
    to_next = np.full(len(rows), FAR)
    since_last = np.full(len(rows), FAR)
    for run in np.unique(other_run_codes):
        others = np.sort(np.asarray(other_rows, dtype=np.int64)[other_run_codes == run])
        here = np.flatnonzero(run_codes == run)
        following = np.searchsorted(others, rows[here], side="left")
        known = following < len(others)
        to_next[here[known]] = others[following[known]] - rows[here[known]]
        preceding = np.searchsorted(others, rows[here], side="right") - 1
        known = preceding >= 0
        since_last[here[known]] = rows[here[known]] - others[preceding[known]]
    return to_next, since_last


def windows_within(rows, run_codes, other_rows, other_run_codes, distance):
    """Find the windows whose last row lies close to that of any other window.

    Two windows of L rows in one run share a row if their last rows lie less than L rows
    apart, that is at a distance of at most L - 1.
    """
    to_next, since_last = distances_to(rows, run_codes, other_rows, other_run_codes)
    return (to_next <= distance) | (since_last <= distance)
