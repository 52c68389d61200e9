"""Where the runs of a table with time begin, and whether its time steps are even."""

import numpy as np

from sklearn_frictiongru.utils.durations import ROUNDING
from sklearn_frictiongru.utils.index import GAP_FACTOR
from sklearn_frictiongru.utils.validation import readable

STEP_TOLERANCE = 0.25
"""Share of the sampling interval by which a time step inside a run may differ from it."""

NEWEST_FIRST = 2 / 3
"""Share of backward time steps above which a record counts as sorted newest first."""

MIXED = 1 / 3
"""Share of steps back in time, or into another run, above which rows count as mixed."""

FEWEST_STEPS = 5
"""Number of equal steps that establish a sampling interval; short runs after a split have fewer."""


def ordered_steps(index, time, run_codes):
    """Return the time steps and whether each one leads into another run, both (n_rows - 1,)."""
    steps = np.diff(time)
    label_changes = np.zeros(len(steps), dtype=bool)
    if run_codes is not None:
        label_changes = np.diff(run_codes) != 0
    _check_order(index, steps, label_changes, named=run_codes is not None)
    return steps, label_changes | (steps < 0)


def even_boundaries(index, steps, boundaries, sampling_interval, max_gap):
    """Add the gaps to boundaries (n_rows - 1,) and return them, sampling interval and gap."""
    forward = steps[~boundaries & (steps > 0)]
    interval = sampling_interval
    if interval is None:
        interval = _learn_interval(forward)
    else:
        _check_interval(forward, interval)
    if interval is None:
        return boundaries, None, None
    gap = longest_step(max_gap, interval)
    boundaries = boundaries | (steps > gap)
    _check_even(index, steps, boundaries, interval, gap)
    return boundaries, interval, gap


def check_mixed(index, steps, run_codes):
    """Raise if the rows of runs are mixed, as by an estimator that draws rows at random."""
    fewest = max(2, MIXED * len(steps))
    if run_codes is None:
        mixed = steps < 0
        what = "goes back"
        # Many short records, appended without labels, go back as often but in even steps.
        forward = np.sort(steps[steps > 0])
        if mixed.sum() <= fewest or 2 * _n_agreeing(forward).max(initial=0) >= len(forward):
            return
    else:
        mixed = np.diff(run_codes) != 0
        what = "changes to another run"
        if mixed.sum() <= max(fewest, 2 * len(np.unique(run_codes))):
            return
    row = int(mixed.argmax()) + 1
    raise ValueError(
        f"the index of X {what} in {mixed.sum()} of {len(steps)} steps, first at "
        f"{_place(index, row)}; expected the rows of each run together, in the order of time. "
        "If they were, a shuffled split has mixed its rows, or an estimator that draws rows: use "
        "PurgedKFold or RunHoldout, GRUFrictionEnsemble instead of BaggingRegressor, and "
        "permutation_importance with max_samples=1.0."
    )


def longest_step(max_gap, interval):
    """Return the longest time step inside a run, in seconds."""
    if max_gap is None:
        return GAP_FACTOR * interval
    if isinstance(max_gap, int):
        # A step over several rows may be off by as much as a step over one row.
        return (max_gap + STEP_TOLERANCE) * interval
    gap = max_gap.total_seconds()
    if gap < (1 - 2 * ROUNDING) * interval:
        raise ValueError(
            f"max_gap is {gap:g} s, shorter than the sampling interval of "
            f"{interval:g} s, so that each row would be a separate run; expected at least "
            "one sampling interval. Raise max_gap, or leave it out."
        )
    return gap + ROUNDING * interval


def _check_order(index, steps, label_changes, named):
    """Raise where times are duplicated, or run backwards inside a named run."""
    duplicated = ~label_changes & (steps == 0)
    if duplicated.any():
        row = int(np.flatnonzero(duplicated)[0]) + 1
        raise ValueError(
            f"the time in the index of X is duplicated at {_place(index, row)}: it equals that "
            "of the previous row; expected one row per time in a run. Name the runs in a leading "
            "index level (with_runs), or drop duplicates."
        )
    backwards = ~label_changes & (steps < 0)
    # Appended records go back in time once for each record; a shuffled one goes back half the
    # time.
    if backwards.sum() > max(1, NEWEST_FIRST * (~label_changes).sum()):
        raise ValueError(
            f"the time in the index of X goes back from row to row, first at "
            f"{_place(index, int(backwards.argmax()) + 1)}: is the record sorted newest first? "
            "Expected rows in the order of time. Sort it: X.sort_index() and y.sort_index()."
        )
    if not named:
        return
    if backwards.any():
        row = int(np.flatnonzero(backwards)[0]) + 1
        raise ValueError(
            f"the time in the index of X goes back at {_place(index, row)}, inside a run; "
            "expected rows in the order of time. Sort the table by its index; if it was in "
            "order, a shuffled split has mixed it: use PurgedKFold or RunHoldout."
        )
    duplicated = index.duplicated()
    if duplicated.any():
        row = int(np.flatnonzero(duplicated)[0])
        raise ValueError(
            f"the run and time in the index of X are duplicated at {_place(index, row)}; "
            "expected the rows of each run to be contiguous, with one row per time."
        )


def _learn_interval(forward_steps):
    """Return the sampling interval, or None if no two rows follow each other in a run."""
    if not len(forward_steps):
        return None
    steps = np.sort(forward_steps)
    agreeing = _n_agreeing(steps)
    # Rows that a split has cut out leave long steps, which may agree with each other; a step that
    # is short but alone is a fault of the sampling, not the sampling interval.
    shortest = steps[(agreeing > agreeing.max() / 2).argmax()]
    return float(np.median(steps[np.abs(steps - shortest) <= STEP_TOLERANCE * shortest]))


def _n_agreeing(steps):
    """Return how many of the sorted steps each one agrees with, itself included, (n_steps,)."""
    half = STEP_TOLERANCE / 2
    agreeing = np.searchsorted(steps, (1 + half) * steps, side="right")
    return agreeing - np.searchsorted(steps, (1 - half) * steps, side="left")


def _check_interval(forward_steps, interval):
    """Raise if most steps agree on another sampling interval."""
    if not len(forward_steps):
        return
    found = float(np.median(forward_steps))
    agreeing = np.abs(forward_steps - found) <= STEP_TOLERANCE * found
    differs = abs(found - interval) > STEP_TOLERANCE * interval
    # Leaving out rows never makes steps shorter.
    enough = 2 if found < interval else FEWEST_STEPS
    if differs and agreeing.mean() > 0.5 and len(forward_steps) >= enough:
        raise ValueError(
            f"X has a sampling interval of {found:g} s; expected {interval:g} s, the interval "
            "of the rows seen in fit. Bring X to that interval with resample_runs; if fit had no "
            "time in the index, put it there before fit as well."
        )


def _check_even(index, steps, boundaries, interval, gap):
    """Raise where a step inside a run differs too much from the sampling interval."""
    longest = max(gap, (1 + STEP_TOLERANCE) * interval)
    off = ~boundaries & (np.abs(steps - interval) > STEP_TOLERANCE * interval)
    # A user who raises max_gap asks for windows that span missing rows.
    off &= (steps < interval) | (steps > longest) | (steps <= GAP_FACTOR * interval)
    if off.any():
        row = int(np.flatnonzero(off)[0]) + 1
        raise ValueError(
            f"the time step before {_place(index, row)} is {steps[row - 1]:g} s; expected the "
            f"sampling interval of {interval:g} s within {STEP_TOLERANCE:.0%}, or a gap longer "
            f"than {gap:g} s. Bring X to even steps with resample_runs; if its steps were even, a "
            "shuffled split has mixed its rows: use PurgedKFold or RunHoldout."
        )


def _place(index, row):
    """Name a row of a table by its number and its index label."""
    return f"row {row} (index {readable(index[row])})"
