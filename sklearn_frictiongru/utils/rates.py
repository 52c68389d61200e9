"""Rates of change of evenly sampled values."""

import numpy as np
from scipy.signal import savgol_coeffs, savgol_filter


def savgol_rate(values, sampling_interval, *, window_length=5, polyorder=1, kind="causal"):
    """Estimate d(values)/dt with a Savitzky-Golay filter.

    A polynomial is fitted by least squares to ``window_length`` samples and its
    derivative is read off at the last of them (``kind="causal"``) or at the middle one
    (``kind="centred"``). A centred rate knows ``window_length // 2`` future samples.
    """
    values = np.asarray(values, dtype=np.float64)
    if kind not in ("causal", "centred"):
        raise ValueError(f"kind is {kind!r}; expected 'causal' or 'centred'.")
    if not window_length > polyorder >= 1:
        raise ValueError(
            f"window_length is {window_length} and polyorder is {polyorder}; expected "
            "1 <= polyorder < window_length. Use a longer window or a lower order."
        )
    if kind == "centred":
        if window_length > len(values):
            raise ValueError(
                f"window_length is {window_length} but the run has {len(values)} rows; "
                "a centred rate needs at least one whole window. Use a shorter one."
            )
        return savgol_filter(values, window_length, polyorder, deriv=1, delta=sampling_interval)
    rate = np.zeros(len(values))
    for row in range(1, min(window_length - 1, len(values))):
        weights = _causal_weights(row + 1, min(polyorder, row), sampling_interval)
        rate[row] = weights @ values[: row + 1]
    if len(values) >= window_length:
        weights = _causal_weights(window_length, polyorder, sampling_interval)
        rate[window_length - 1 :] = np.correlate(values, weights, mode="valid")
    return rate


def _causal_weights(window_length, polyorder, sampling_interval):
    """Return the weights, oldest sample first, of the derivative at the newest sample."""
    return savgol_coeffs(
        window_length,
        polyorder,
        deriv=1,
        delta=sampling_interval,
        pos=window_length - 1,
        use="dot",
    )
