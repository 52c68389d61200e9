"""The order of a record's rows: runs, newest first, repeated stamps, mixed rates and means."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.utils.durations import to_seconds

TOLERANCE = 0.25
"""Share of the sampling interval by which a time step may differ from it."""

GAP_FACTOR = 1.5
FEWEST_ROWS = 5
"""Smallest number of rows of a part with a different sampling interval."""

FEW_STEPS_BACK = 0.05
EDGE = 1e-6
"""Share of an interval by which rounding may move a row past its end."""


def order_of_rows(seconds, codes, sort, where):
    """Return the order of rows by time inside each run; raise if this needs sort=True."""
    same_run = np.diff(codes) == 0
    steps = np.diff(seconds)
    back = same_run & (steps < 0)
    starts = np.flatnonzero(np.append(True, ~same_run))
    scattered = len(starts) > codes.max() + 1
    if not back.any() and not scattered:
        return None
    n_back, n_moves = int(back.sum()), int((same_run & (steps != 0)).sum())
    newest_first = n_back > 0.5 * max(n_moves, 1)
    named = codes.max() > 0
    if sort:
        if newest_first and not (same_run & (steps > 0)).any() and not scattered:
            # Rows with the same time stamp keep the order in which they were logged.
            rows = np.arange(len(seconds))[::-1]
            return rows[np.argsort(codes[::-1], kind="stable")]
        return np.lexsort((seconds, codes))
    first = int(back.argmax()) + 1 if n_back else 0
    place = ""
    if n_back:
        place = f"does not increase at row {first}: {seconds[first]:.10g} s after "
        place += f"{seconds[first - 1]:.10g} s"
    if newest_first:
        raise ValueError(
            f"the time in {where} {place}, and decreases throughout: the file was written newest "
            "first. Give sort=True to sort its rows by time."
        )
    if scattered:
        raise ValueError(
            f"the rows of a run are not contiguous in {where}: {len(starts)} pieces of "
            f"{codes.max() + 1} runs. Give sort=True to join them, or name another column in "
            "run."
        )
    shortest = np.diff(np.concatenate([[0], np.flatnonzero(back) + 1, [len(seconds)]])).min()
    if named or n_back > FEW_STEPS_BACK * n_moves or shortest < FEWEST_ROWS:
        raise ValueError(
            f"the time in {where} {place}, and goes back {n_back} times in all. Give sort=True to "
            "sort the rows by time, or name the column of the runs in run."
        )
    return None


def piece_codes(seconds, codes):
    """Return the piece number of each row: a piece begins with a run or a backward time step."""
    begins = (np.diff(codes) != 0) | (np.diff(seconds) < 0)
    return np.append(0, np.cumsum(begins))


def sampling_interval(seconds, pieces):
    """Return the median time step inside the pieces, 1 s where there is none."""
    steps = np.diff(seconds)
    moving = steps[(np.diff(pieces) == 0) & (steps > 0)]
    return float(np.median(moving)) if len(moving) else 1.0


@dataclass(frozen=True)
class Segment:
    """A part of a record with one sampling interval, in seconds."""

    first: int
    last: int
    interval: float


def segments_of(seconds, pieces):
    """Return the parts of a record that were logged at different rates."""
    inside = np.diff(pieces) == 0
    steps = np.where(inside, np.diff(seconds), np.nan)
    forward = steps[inside & (steps > 0)]
    if not len(forward):
        return []
    usual = float(np.median(forward))
    if (np.abs(forward - usual) <= TOLERANCE * usual).all():
        return [Segment(0, len(seconds) - 1, usual)]
    smooth = pd.Series(steps).rolling(FEWEST_ROWS, center=True, min_periods=1).median()
    smooth = smooth.ffill().bfill().to_numpy()
    changes = np.abs(np.diff(smooth)) > TOLERANCE * np.minimum(smooth[1:], smooth[:-1])
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(steps)]])
    segments = []
    for first, stop in itertools.pairwise(edges):
        interval = float(np.nanmedian(smooth[first:stop]))
        before = segments[-1] if segments else None
        short = stop - first < FEWEST_ROWS
        if before and (short or abs(before.interval - interval) <= TOLERANCE * before.interval):
            segments[-1] = Segment(before.first, int(stop) - 1, before.interval)
        else:
            segments.append(Segment(int(first), int(stop) - 1, interval))
    segments[-1] = Segment(segments[-1].first, len(seconds) - 1, segments[-1].interval)
    return segments


def describe_segments(segments):
    """Say at which rates a record was logged, and up to which rows."""
    parts = [f"{part.interval:.4g} s to row {part.last}" for part in segments[:-1]]
    shown = parts[:6] + (["..."] if len(parts) > 6 else [])
    return ", then ".join([*shown, f"{segments[-1].interval:.4g} s"])


def check_even(seconds, pieces, max_gap, where):
    """Raise where a record has repeated time stamps or uneven steps, naming the remedy."""
    inside = np.diff(pieces) == 0
    steps = np.diff(seconds)
    if inside.all() and len(steps) and _all_alike(steps):
        return
    repeated = inside & (steps == 0)
    moving = steps[inside & (steps > 0)]
    usual = float(np.median(moving)) if len(moving) else 1.0
    suggested = _suggested(usual)
    if repeated.any():
        row = int(repeated.argmax()) + 1
        raise ValueError(
            f"the time in {where} repeats: row {row} has the time of the previous row, "
            f"{seconds[row]:.10g} s, as do {int(repeated.sum())} of {len(seconds)} rows, which a "
            f"rounded clock causes. Give resample, such as resample={suggested!r}, for the "
            "means of equal intervals."
        )
    segments = segments_of(seconds, pieces)
    if len(segments) > 1:
        slowest = _suggested(max(part.interval for part in segments))
        raise ValueError(
            f"{where} has several sampling intervals: {describe_segments(segments)}. Give "
            f"resample, such as resample={slowest!r}, for the means of equal intervals."
        )
    if not len(moving):
        return
    gap = GAP_FACTOR * usual if max_gap is None else to_seconds(max_gap, usual, "max_gap")
    off = inside & (np.abs(steps - usual) > TOLERANCE * usual)
    off &= (
        (steps < usual)
        | (steps > max(gap, (1 + TOLERANCE) * usual))
        | (steps <= GAP_FACTOR * usual)
    )
    off &= steps <= gap
    if off.any():
        row = int(off.argmax()) + 1
        raise ValueError(
            f"the time step before row {row} of {where} is {steps[row - 1]:.6g} s, and "
            f"{int(off.sum())} steps are uneven; expected the sampling interval of "
            f"{usual:.6g} s within {TOLERANCE:.0%}, or a gap. Give resample, such as "
            f"resample={suggested!r}, for the means of equal intervals."
        )


def _all_alike(steps):
    """Tell whether all steps equal one sampling interval."""
    interval = steps.mean()
    return interval > 0 and steps.min() > 0.9 * interval and steps.max() < 1.1 * interval


def _suggested(seconds):
    """Return a round interval that is not below a number of seconds."""
    for step in (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0):
        if seconds <= step * (1 + TOLERANCE):
            return f"{step:g}s"
    return f"{seconds:.0f}s"


def means(frame, seconds, pieces, interval, phase=0.0):
    """Return the means over equal intervals of time, their times and a row of each.

    The row at a time holds the mean over the interval that ends there, so that it uses no later
    rows. Parts that were not logged faster than the interval are kept as they are.
    """
    last = np.ceil((seconds + phase) / interval - EDGE)
    segments = segments_of(seconds, pieces)
    if len(segments) > 1:
        slow = np.zeros(len(seconds), dtype=bool)
        for part in segments:
            if part.interval > interval * (1 - TOLERANCE):
                slow[part.first : part.last + 1] = True
        # Where a slow part begins, its first reading is taken for the interval that ends there.
        taken = pd.MultiIndex.from_arrays([pieces, last])
        keep = slow | ~taken.isin(taken[slow])
        frame, last, pieces, seconds = frame[keep], last[keep], pieces[keep], seconds[keep]
        rows = np.flatnonzero(keep)
    else:
        rows = np.arange(len(seconds))
    groups = pd.MultiIndex.from_arrays([pieces, last])
    number, _ = pd.factorize(groups)
    numeric = frame.groupby(number, sort=False).mean()
    firsts = np.flatnonzero(~pd.Series(number).duplicated())
    return numeric.reset_index(drop=True), last[firsts] * interval - phase, rows[firsts]
