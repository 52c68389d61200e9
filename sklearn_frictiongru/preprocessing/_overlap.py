"""How far windows lie apart, and which of them share rows."""

import numpy as np

FAR = np.iinfo(np.int64).max
"""Distance to a window that is not there."""


def distances_to(rows, run_codes, other_rows, other_run_codes):
    """Count the rows from each window to the nearest of the others, in its run.

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

    Returns
    -------
    to_next : ndarray of shape (n_windows,)
        Rows from each window on to the next of the others; 0 for one of them, the largest
        integer where none follows in its run.
    since_last : ndarray of shape (n_windows,)
        Rows back to the last of the others, likewise.
    """
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
    to_next, since_last = distances_to(rows, run_codes, other_rows, other_run_codes)
    return (to_next <= distance) | (since_last <= distance)
