"""One small record in all the right forms that a user may give it in."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

N_ROWS = 136
LENGTH = 4
NAMES = ["slip_velocity_m_s", "temperature_degc"]
BEGIN = "2024-10-27 00:59:30"
"""Half a minute before the clocks of Berlin are put back, in UTC."""

FILL = 9.969209968386869e36
"""What netCDF writes where there is no value."""


@dataclass(frozen=True)
class Record:
    """A record as it is given, and what is true of it."""

    X: Any
    y: Any
    # (n_rows, 2), (n_rows,): the same as plain numbers.
    values: np.ndarray
    targets: np.ndarray
    # Lists of the numbers of rows that follow each other.
    pieces: list
    # (n_rows,): name of the run of each row; the number of its piece where none is named.
    labels: list
    # (n_rows,): seconds since the first row of its run.
    seconds: np.ndarray
    # (n_rows,): time of each row as given, None where there is none.
    time: Any = None
    # Run labels beside a table whose index has none.
    groups: Any = None
    # What the fit is given, where it differs from X.
    X_fit: Any = None
    sample_weight: Any = None
    # Condition of each row.
    by: Any = None
    window_length: Any = LENGTH
    # Parameters with durations, such as max_gap.
    durations: dict = field(default_factory=dict)

    @property
    def X_of_fit(self):
        """The table that is fitted to."""
        return self.X if self.X_fit is None else self.X_fit

    @property
    def times_of_rows(self):
        """Whether rows have a time in the index."""
        return self.time is not None

    def target(self, targets):
        """Return other targets in the form of those of the record."""
        if isinstance(self.y, pd.Series):
            return pd.Series(targets, index=self.y.index, name="friction")
        return np.array(targets)

    def given(self, *names):
        """Return those of some parameters with durations that the record sets."""
        return {name: self.durations[name] for name in names if name in self.durations}


def plain(n_rows=N_ROWS, seed=0):
    """Return the values of a record and its targets as arrays."""
    random = np.random.default_rng(seed)
    velocity = np.repeat(10.0 ** random.uniform(-5, -4, size=n_rows // 8 + 1), 8)[:n_rows]
    temperature = 20 + 40 * random.random(n_rows)
    values = np.column_stack([velocity, temperature])
    targets = 0.2 + 2000 * velocity + 0.01 * temperature + 0.05 * random.normal(size=n_rows)
    return values, targets


def record_with(index, pieces=None, labels=None, seconds=None, index_of_y=None, **others):
    """Return the record under an index, a single run unless told otherwise."""
    n_rows = len(index)
    values, targets = plain(n_rows)
    pieces = [list(range(n_rows))] if pieces is None else pieces
    if labels is None:
        labels = [next(k for k, piece in enumerate(pieces) if i in piece) for i in range(n_rows)]
    seconds = np.arange(n_rows) if seconds is None else seconds
    index_of_y = index if index_of_y is None else index_of_y
    others.setdefault("time", index.get_level_values(-1))
    return Record(
        pd.DataFrame(values, columns=NAMES, index=index),
        pd.Series(targets, index=index_of_y, name="friction"),
        values,
        targets,
        pieces,
        labels,
        np.asarray(seconds, dtype=float),
        by=pd.Series(np.where(np.arange(n_rows) % 3, 2.0, 5.0), index=index_of_y, name="stress"),
        **others,
    )


def seconds_index(dtype=float):
    return pd.Index(np.arange(N_ROWS), dtype=dtype, name="time_s")


def dates(zone=None, n_rows=N_ROWS):
    return pd.date_range(BEGIN, periods=n_rows, freq="s", tz="UTC", name="time").tz_convert(zone)


def plain_arrays():
    record = record_with(pd.RangeIndex(N_ROWS))
    return replace(record, X=record.values, y=record.targets, by=np.asarray(record.by), time=None)


def lists():
    record = plain_arrays()
    return replace(record, X=record.values.tolist())


def masked_without_a_mask():
    record = plain_arrays()
    return replace(record, X=np.ma.masked_array(record.values))


def range_index():
    return replace(record_with(pd.RangeIndex(N_ROWS)), time=None)


def nullable_columns():
    record = record_with(seconds_index())
    return replace(record, X=record.X.astype("Float64"))


def arrow_columns():
    record = record_with(seconds_index())
    return replace(record, X=record.X.astype("double[pyarrow]"))


def two_zones():
    return record_with(dates("UTC"), index_of_y=dates("Europe/Berlin"))


def fitted_in_another_zone():
    fitted = record_with(dates("Asia/Tokyo"))
    record = record_with(dates("Europe/Berlin"))
    return replace(record, X_fit=fitted.X)


def int64_beside_nullable():
    return record_with(seconds_index("int64"), index_of_y=seconds_index("Int64"))


def float_beside_int():
    return record_with(seconds_index("float64"), index_of_y=seconds_index("int64"))


def objects():
    return record_with(pd.Index(list(dates("UTC").to_pydatetime()), dtype=object, name="time"))


def arrow(dtype):
    def make():
        times = dates("UTC") if "tz" in dtype else dates().tz_localize(None)
        if "duration" in dtype:
            times = pd.timedelta_range(0, periods=N_ROWS, freq="s")
        if "int" in dtype or "double" in dtype:
            times = np.arange(N_ROWS)
        values = pd.Series(times).astype(dtype)
        return record_with(pd.Index(values, name="time"))

    return make


def halves(index_of_half, names=("a", "b"), time=None, **others):
    """Return two runs of one half of the rows each."""
    half = N_ROWS // 2
    pieces = [list(range(half)), list(range(half, N_ROWS))]
    times = index_of_half(half)
    if names is None:
        index = times.append(times)
    else:
        index = pd.MultiIndex.from_arrays(
            [np.repeat(names, half), times.append(times)], names=["run", "time_s"]
        )
    seconds = np.tile(np.arange(half), 2)
    return record_with(index, pieces, np.repeat(names or [0, 1], half), seconds, **others)


def named_runs():
    return halves(lambda n: pd.Index(np.arange(n) * 1.0))


def named_runs_with_zones():
    return halves(lambda n: dates("Europe/Berlin", n))


def named_runs_nullable():
    return halves(lambda n: pd.Index(np.arange(n), dtype="Int64"))


def runs_of_two_levels():
    record = named_runs()
    level = np.repeat([1, 2], N_ROWS // 2)
    time = record.X.index.get_level_values(-1)
    index = pd.MultiIndex.from_arrays([["x"] * N_ROWS, level, time])
    return replace(halves_under(record, index), labels=[("x", number) for number in level])


def halves_under(record, index):
    y = record.y.set_axis(index)
    by = record.by.set_axis(index)
    time = index.get_level_values(-1)
    return replace(record, X=record.X.set_axis(index), y=y, by=by, time=time)


def step_back():
    return halves(lambda n: pd.Index(np.arange(n) * 1.0, name="time_s"), names=None)


def with_groups():
    """Two runs as plain arrays whose labels stand beside them."""
    record = named_runs()
    return replace(
        record,
        X=record.values,
        y=record.targets,
        by=np.asarray(record.by),
        groups=np.asarray(record.labels),
        time=None,
    )


def long_gap(index_of=lambda seconds: pd.Index(seconds, name="time_s")):
    seconds = np.arange(N_ROWS) + np.where(np.arange(N_ROWS) < 30, 0.0, 9.0)
    pieces = [list(range(30)), list(range(30, N_ROWS))]
    return record_with(index_of(seconds), pieces, seconds=seconds)


def long_gap_in_dates():
    return long_gap(lambda seconds: pd.Timestamp(BEGIN) + pd.to_timedelta(seconds, unit="s"))


def missing_rows(max_gap):
    """One second in 13 is missing, and nine in the middle: more than `max_gap`."""

    def make():
        number = np.arange(N_ROWS)
        seconds = number + number // 12 + np.where(number < 30, 0.0, 9.0)
        pieces = [list(range(30)), list(range(30, N_ROWS))]
        index = pd.Index(seconds, name="time_s")
        return record_with(index, pieces, seconds=seconds, durations={"max_gap": max_gap})

    return make


def rows_missing_in_dates():
    record = missing_rows("5s")()
    return halves_under(record, pd.Timestamp(BEGIN) + pd.to_timedelta(record.seconds, unit="s"))


def rows_missing_in_named_runs():
    record = missing_rows("5s")()
    index = pd.MultiIndex.from_arrays([["a"] * N_ROWS, record.seconds])
    return replace(halves_under(record, index), labels=["a"] * N_ROWS)


def length_as(length):
    return lambda: replace(record_with(dates("UTC")), window_length=length)


def duration_as(name, duration):
    return lambda: replace(record_with(seconds_index()), durations={name: duration})
