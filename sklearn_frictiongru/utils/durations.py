"""Reading durations: a number of rows, or a time."""

import math
from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import InvalidParameterError

ROUNDING = 1e-6
"""Share of a sampling interval by which times may differ because of rounding."""


def read_duration(duration, name, *, minimum=1):
    """Return a duration as an int (rows) or as a Timedelta; raise for anything else.

    A float could be either, so that it is refused.
    """
    # For Python a timedelta64 is an integer, and so is True.
    is_time = isinstance(duration, np.timedelta64)
    if isinstance(duration, Integral) and not is_time and not isinstance(duration, bool):
        if duration < minimum:
            least = "0 or more rows" if minimum == 0 else f"at least {minimum} row"
            raise InvalidParameterError(f"{name} is {duration}; expected {least}.")
        return int(duration)
    if _is_plain_number(duration):
        value = float(duration if isinstance(duration, str) else np.float64(duration))
        raise InvalidParameterError(
            f"{name} is {duration!r}, which may mean rows or seconds; expected an int for rows, "
            f"such as {max(1, math.ceil(value))}, or a time with its unit, such as '{value:g}s'. "
            "Which was meant?"
        )
    try:
        time = pd.Timedelta(duration)
    except (ValueError, TypeError, OverflowError) as error:
        raise _no_duration(duration, name) from error
    if pd.isna(time) or isinstance(duration, bool | np.bool_):
        raise _no_duration(duration, name)
    if time < pd.Timedelta(0) or (minimum > 0 and time == pd.Timedelta(0)):
        least = "of zero or more" if minimum == 0 else "above zero"
        raise InvalidParameterError(f"{name} is {duration!r}; expected a duration {least}.")
    return time


def to_rows(duration, sampling_interval, name, *, minimum=1):
    """Turn a duration, a number of rows or a time such as "400s", into a number of rows.

    With ``minimum=0`` the duration is a distance to keep, and a part of a row counts whole.
    """
    read = read_duration(duration, name, minimum=minimum)
    if isinstance(read, int):
        return read
    if sampling_interval is None:
        raise ValueError(
            f"{name} is {duration!r}, a time, but X has no time index, or no run of two rows, "
            "to turn it into rows; give it in rows, or set the time with with_runs(X, time=...)."
        )
    rows = read.total_seconds() / sampling_interval
    if minimum == 0:
        return math.ceil(rows - ROUNDING)
    if round(rows) < minimum:
        raise ValueError(
            f"{name} is {duration!r}, shorter than the sampling interval of "
            f"{sampling_interval:g} s; expected at least one sampling interval."
        )
    return round(rows)


def to_seconds(duration, sampling_interval, name):
    """Turn a duration, a number of rows or a time such as "400s", into seconds."""
    duration = read_duration(duration, name)
    if isinstance(duration, int):
        return duration * sampling_interval
    return duration.total_seconds()


def _is_plain_number(duration):
    """Return whether a duration is a finite number without a unit, also as text."""
    if isinstance(duration, np.timedelta64):
        if np.datetime_data(duration)[0] != "generic" or np.isnat(duration):
            return False
        duration = duration.astype(np.float64)
    if isinstance(duration, bool | np.bool_) or not isinstance(duration, Real | str):
        return False
    # pandas would read "400" as nanoseconds.
    try:
        return math.isfinite(float(duration))
    except ValueError:
        return False


def _no_duration(duration, name):
    """Return the error for a value that is not a duration."""
    return InvalidParameterError(
        f"{name} is {duration!r}, which is not a duration; expected a number of rows or a time "
        "such as '400s'."
    )
