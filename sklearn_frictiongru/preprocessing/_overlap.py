"""Which windows share rows with which."""

import numpy as np


def windows_within(rows, run_codes, other_rows, other_run_codes, distance):
    """Find the windows whose last row lies close to that of any other window.

    Two windows of L rows in one run share a row if their last rows lie less than L rows
    apart, that is at a distance of at most L - 1.

    Parameters
    ----------
    rows : ndarray of shape (n_windows,)
        Number of the last row of each window.
    run_codes : ndarray of shape (n_windows,)
        Run of each window.
    other_rows : ndarray of shape (n_others,)
        Number of the last row of each of the other windows.
    other_run_codes : ndarray of shape (n_others,)
        Run of each of the other windows.
    distance : int
        Largest distance in rows that counts as close.

    Returns
    -------
    ndarray of shape (n_windows,)
        Whether each window is close to one of the others in its run.
    """
    close = np.zeros(len(rows), dtype=bool)
    rows = np.asarray(rows, dtype=np.int64)
    for run in np.unique(other_run_codes):
        others = np.sort(np.asarray(other_rows, dtype=np.int64)[other_run_codes == run])
        here = np.flatnonzero(run_codes == run)
        after = np.searchsorted(others, rows[here])
        to_next = others[np.minimum(after, len(others) - 1)] - rows[here]
        to_last = rows[here] - others[np.maximum(after - 1, 0)]
        close[here] = (np.abs(to_next) <= distance) | (np.abs(to_last) <= distance)
    return close
