"""Rates of change of evenly sampled values."""

import numpy as np
from scipy.signal import savgol_coeffs, savgol_filter


def savgol_rate(
    values, sampling_interval, *, window_length=5, polyorder=1, kind="causal", starts=(0,)
):
    """Estimate d(values)/dt of each run, of values (n_rows, ...), with a Savitzky-Golay filter.

    A polynomial is fitted by least squares to ``window_length`` samples and its
    derivative is evaluated at the last of them (``kind="causal"``) or at the middle one
    (``kind="centred"``). A centred rate uses ``window_length // 2`` future samples. Runs begin
    at the rows `starts`.
    """
    values = np.asarray(values, dtype=np.float64)
    if kind not in ("causal", "centred"):
        raise ValueError(f"kind is {kind!r}; expected 'causal' or 'centred'.")
    if not window_length > polyorder >= 1:
        raise ValueError(
            f"window_length is {window_length} and polyorder is {polyorder}; expected "
            "1 <= polyorder < window_length. Use a longer window or a lower order."
        )
    starts = np.asarray(starts)
    lengths = np.diff(np.append(starts, len(values)))
    settings = {"deriv": 1, "delta": sampling_interval}
    if kind == "centred":
        shortest = lengths.min(initial=len(values))
        if window_length > shortest:
            raise ValueError(
                f"window_length is {window_length} but the run has {shortest} rows; "
                "a centred rate needs at least one whole window. Use a shorter one."
            )
        rate = savgol_filter(values, window_length, polyorder, axis=0, **settings)
        if len(starts) > 1:
            _refit_ends(rate, values, starts, lengths, window_length, polyorder, settings)
        return rate
    rate = np.zeros(values.shape)
    if len(values) >= window_length:
        weights = _causal_weights(window_length, polyorder, settings)
        rate[window_length - 1 :] = np.apply_along_axis(
            np.correlate, 0, values, weights, mode="valid"
        )
    # The first rows of a run have fewer previous rows.
    rate[starts[lengths > 0]] = 0.0
    for row in range(1, min(window_length - 1, lengths.max(initial=0))):
        weights = _causal_weights(row + 1, min(polyorder, row), settings)
        here = starts[lengths > row]
        behind = values[here[:, None] + np.arange(row + 1)]
        rate[here + row] = np.tensordot(behind, weights, axes=(1, 0))
    return rate


def _refit_ends(rate, values, starts, lengths, window_length, polyorder, settings):
    """Refit the first and last window of each run, where the filter used rows of another run."""
    half = window_length // 2
    # A filter of one window is linear: its response to unit vectors holds the fits at both ends.
    fits = savgol_filter(np.eye(window_length), window_length, polyorder, axis=0, **settings)
    inside = np.arange(window_length)
    for first, rows in ((starts, inside[:half]), (starts + lengths - window_length, inside[half:])):
        windows = values[first[:, None] + inside]
        rate[first[:, None] + rows] = np.moveaxis(
            np.tensordot(fits[rows], windows, axes=(1, 1)), 0, 1
        )


def _causal_weights(window_length, polyorder, settings):
    """Return the weights, oldest sample first, of the derivative at the newest sample."""
    return savgol_coeffs(window_length, polyorder, pos=window_length - 1, use="dot", **settings)
