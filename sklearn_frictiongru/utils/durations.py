"""Reading durations: a number of rows, or a time."""

from numbers import Integral

import numpy as np
import pandas as pd


def to_seconds(duration, name):
    """Turn a duration, a number of seconds or a time such as "400s", into seconds."""
    if isinstance(duration, int | float | np.integer | np.floating):
        seconds = float(duration)
    else:
        try:
            seconds = pd.Timedelta(duration).total_seconds()
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{name} is {duration!r}, which is no duration; expected a number or a time "
                "such as '400s'."
            ) from error
    if not seconds > 0:
        raise ValueError(f"{name} is {duration!r}; expected a duration above zero.")
    return seconds


def to_rows(duration, sampling_interval, name):
    """Turn a duration, a number of rows or a time such as "400s", into a number of rows."""
    if isinstance(duration, Integral):
        if duration < 1:
            raise ValueError(f"{name} is {duration}; expected at least 1 row.")
        return int(duration)
    seconds = to_seconds(duration, name)
    if sampling_interval is None:
        raise ValueError(
            f"{name} is {duration!r}, a time, but X has no time index to turn it into rows; "
            "give it in rows, or set the time with with_runs(X, time=...)."
        )
    rows = round(seconds / sampling_interval)
    if rows < 1:
        raise ValueError(
            f"{name} is {duration!r}, shorter than the sampling interval of "
            f"{sampling_interval:g} s; expected at least one sampling interval."
        )
    return rows
