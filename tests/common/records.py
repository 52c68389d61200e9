"""One small record in all the forms that a user may give it in, right ones and wrong ones."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
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


@dataclass(frozen=True)
class Kind:
    """A form of the record, and the error that it has to end in, if any."""

    make: Any
    # Pattern of the error; None where there is a right value.
    error: str | None = None
    # What entries must take to be asked for it: "time", "values", "y", "by", a parameter.
    concerns: str = "time"


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


# Right ones.


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


# Wrong ones.


def time_before_run():
    record = named_runs()
    return halves_under(record, record.X.index.swaplevel())


def sorted_by_time_before_run():
    record = time_before_run()
    order = np.argsort(record.seconds, kind="stable")
    sorted_ones = {name: getattr(record, name).iloc[order] for name in ("X", "y", "by")}
    return replace(record, **sorted_ones)


def newest_first(index):
    return lambda: record_with(index()[::-1])


def newest_first_in_runs():
    return halves(lambda n: pd.Index(np.arange(n)[::-1] * 1.0))


def duplicate_times():
    return record_with(pd.Index(np.repeat(np.arange(N_ROWS // 2), 2) * 1.0, name="time_s"))


def time_missing(index, missing):
    def make():
        times = index().to_series().reset_index(drop=True)
        times[5] = missing
        return record_with(pd.Index(times, name="time"))

    return make


def time_as_text():
    return record_with(pd.Index([f"row {i}" for i in range(N_ROWS)], name="time"))


def boolean_time():
    return record_with(pd.Index(np.arange(N_ROWS) % 2 == 0, name="time"))


def reversed_companion(name, make=lambda: record_with(seconds_index())):
    """A target, weight or condition in another order than the rows, or of other rows."""

    def made():
        record = make()
        companion = getattr(record, name)
        if companion is None:
            companion = pd.Series(1.0, index=record.y.index)
            if name == "groups":
                companion = pd.Series("a", index=record.y.index)
        return replace(record, **{name: companion.iloc[::-1]})

    return made


def of_another_zone():
    """A target whose clock shows the same hours in another zone: other instants."""
    local = dates("UTC").tz_localize(None).tz_localize("America/New_York")
    return record_with(dates("UTC"), index_of_y=local)


def without_value(missing):
    def make():
        record = record_with(seconds_index())
        X = record.X.copy()
        if missing is pd.NA:
            X[NAMES[1]] = X[NAMES[1]].astype(object)
        X.loc[7, NAMES[1]] = missing
        return replace(record, X=X)

    return make


def nullable_without_value(dtype):
    def make():
        record = record_with(seconds_index())
        X = record.X.astype(dtype)
        X.iloc[7, 1] = pd.NA
        return replace(record, X=X)

    return make


def masked(fill_value=None, dtype=float):
    def make():
        record = plain_arrays()
        X = np.ma.masked_array(record.values.astype(dtype), fill_value=fill_value)
        X[7, 1] = np.ma.masked
        if fill_value is not None:
            X.data[7, 1] = fill_value
        return replace(record, X=X)

    return make


def target_without_value(make_target):
    def make():
        record = record_with(seconds_index())
        return replace(record, y=make_target(record))

    return make


def nan_target(record):
    return record.y.where(record.seconds != 20)


def na_target(record):
    return record.y.where(record.seconds != 20).astype("Float64")


def object_target(record):
    target = record.y.astype(object)
    target.iloc[20] = pd.NA
    return target


def masked_target(record):
    return np.ma.masked_array(record.targets, mask=record.seconds == 20, fill_value=FILL)


def fitted_without_time():
    record = record_with(pd.Index(np.arange(N_ROWS) * 10.0, name="time_s"))
    return replace(record, X_fit=record.values, seconds=np.arange(N_ROWS) * 10.0)


NEWEST_FIRST = r"newest first|does not increase.*Sort"
MISSING = r"(?is)(NaN|missing|misses|masked)"
ANOTHER_ORDER = r"different index|another order|in its order|same order"

KINDS = {
    "plain arrays": Kind(plain_arrays),
    "lists": Kind(lists),
    "masked array without a mask": Kind(masked_without_a_mask),
    "range index": Kind(range_index),
    "float seconds": Kind(lambda: record_with(seconds_index())),
    "float32 seconds": Kind(lambda: record_with(seconds_index("float32"))),
    "int64": Kind(lambda: record_with(seconds_index("int64"))),
    "uint8": Kind(lambda: record_with(seconds_index("uint8"))),
    "Int64": Kind(lambda: record_with(seconds_index("Int64"))),
    "Float64": Kind(lambda: record_with(seconds_index("Float64"))),
    "int64 beside Int64": Kind(int64_beside_nullable),
    "float64 beside int64": Kind(float_beside_int),
    "dates": Kind(lambda: record_with(dates("UTC").tz_localize(None))),
    "dates in UTC": Kind(lambda: record_with(dates("UTC"))),
    "dates in a zone whose clock is put back": Kind(lambda: record_with(dates("Europe/Berlin"))),
    "two zones": Kind(two_zones),
    "fitted in another zone": Kind(fitted_in_another_zone),
    "datetime objects": Kind(objects),
    "time differences": Kind(
        lambda: record_with(pd.timedelta_range(0, periods=N_ROWS, freq="s", name="time"))
    ),
    "periods": Kind(
        lambda: record_with(pd.period_range("2024-01-01", periods=N_ROWS, freq="s", name="time"))
    ),
    "Arrow timestamps": Kind(arrow("timestamp[us][pyarrow]")),
    "Arrow timestamps in UTC": Kind(arrow("timestamp[us, tz=UTC][pyarrow]")),
    "Arrow durations": Kind(arrow("duration[us][pyarrow]")),
    "Arrow int64": Kind(arrow("int64[pyarrow]")),
    "Arrow double": Kind(arrow("double[pyarrow]")),
    "nullable columns": Kind(nullable_columns),
    "Arrow columns": Kind(arrow_columns),
    "named runs": Kind(named_runs),
    "named runs in a zone": Kind(named_runs_with_zones),
    "named runs with Int64": Kind(named_runs_nullable),
    "runs of two levels": Kind(runs_of_two_levels),
    "step back": Kind(step_back),
    "groups beside arrays": Kind(with_groups, concerns="groups"),
    "long gap": Kind(long_gap),
    "long gap in dates": Kind(long_gap_in_dates),
    "rows missing, max_gap as text": Kind(missing_rows("5s"), concerns="max_gap"),
    "rows missing, max_gap in rows": Kind(missing_rows(5), concerns="max_gap"),
    "rows missing, max_gap as timedelta64": Kind(
        missing_rows(np.timedelta64(5, "s")), concerns="max_gap"
    ),
    "rows missing in dates": Kind(rows_missing_in_dates, concerns="max_gap"),
    "rows missing in named runs": Kind(rows_missing_in_named_runs, concerns="max_gap"),
    "window length as text": Kind(length_as("4s"), concerns="window_length"),
    "window length as Timedelta": Kind(length_as(pd.Timedelta("4s")), concerns="window_length"),
    "window length as timedelta": Kind(length_as(timedelta(seconds=4)), concerns="window_length"),
    "window length as timedelta64": Kind(
        length_as(np.timedelta64(4, "s")), concerns="window_length"
    ),
    "window length as int64": Kind(length_as(np.int64(4)), concerns="window_length"),
    "window length as float": Kind(length_as(4.0), r"window_length", "window_length"),
    "window length as bool": Kind(length_as(True), r"window_length", "window_length"),
    "window length as NaT": Kind(length_as(pd.NaT), r"window_length", "window_length"),
    **{
        f"{name} as float": Kind(duration_as(name, 5.0), rf"{name}.*5\.0", name)
        for name in ("max_gap", "purge", "embargo", "min_history", "interval")
    },
    "purge as text": Kind(duration_as("purge", "3s"), concerns="purge"),
    "purge as timedelta64": Kind(duration_as("purge", np.timedelta64(3, "s")), concerns="purge"),
    "min_history as timedelta64": Kind(
        duration_as("min_history", np.timedelta64(4, "s")), concerns="min_history"
    ),
    "time before run": Kind(time_before_run, r"(?i)level"),
    "sorted by time before run": Kind(sorted_by_time_before_run, r"(?i)level"),
    "newest first": Kind(newest_first(seconds_index), NEWEST_FIRST),
    "newest first in dates": Kind(
        newest_first(lambda: dates("UTC")), r"newest first|does not increase.*Sort"
    ),
    "newest first in named runs": Kind(
        newest_first_in_runs, r"newest first|goes back|does not increase"
    ),
    "duplicate times": Kind(duplicate_times, r"duplicated|does not increase"),
    "time is NaN": Kind(time_missing(seconds_index, np.nan), r"missing"),
    "time is NaT": Kind(time_missing(lambda: dates("UTC"), pd.NaT), r"missing"),
    "time is NA": Kind(time_missing(lambda: seconds_index("Int64"), pd.NA), r"missing"),
    "time is text": Kind(time_as_text, r"to_datetime|neither numbers in seconds nor dates"),
    "time is true or false": Kind(boolean_time, r"dtype"),
    **{
        f"{name} in another order": Kind(reversed_companion(name), ANOTHER_ORDER, name)
        for name in ("y", "sample_weight", "by", "groups")
    },
    "y in another order of named runs": Kind(
        reversed_companion("y", named_runs), ANOTHER_ORDER, "y"
    ),
    "y in another order of dates": Kind(reversed_companion("y", two_zones), ANOTHER_ORDER, "y"),
    "y of another zone": Kind(of_another_zone, ANOTHER_ORDER, "y"),
    "NaN": Kind(without_value(np.nan), rf"{MISSING}.*{NAMES[1]}", "values"),
    "NA among objects": Kind(without_value(pd.NA), rf"{NAMES[1]}", "values"),
    "NA in nullable columns": Kind(nullable_without_value("Float64"), rf"{NAMES[1]}", "values"),
    "NA in Arrow columns": Kind(
        nullable_without_value("double[pyarrow]"), rf"{NAMES[1]}", "values"
    ),
    "infinity": Kind(without_value(np.inf), rf"(?s)infin.*{NAMES[1]}", "finite"),
    "masked value": Kind(masked(), rf"{MISSING}.*x1", "arrays"),
    "masked value with the fill of netCDF": Kind(masked(FILL), rf"{MISSING}.*x1", "arrays"),
    "masked float32": Kind(masked(FILL, np.float32), rf"{MISSING}.*x1", "arrays"),
    "y with NaN": Kind(target_without_value(nan_target), MISSING, "targets"),
    "y with NA": Kind(target_without_value(na_target), MISSING, "targets"),
    "y with NA among objects": Kind(target_without_value(object_target), MISSING, "targets"),
    "masked y": Kind(target_without_value(masked_target), MISSING, "targets"),
    "fitted without time": Kind(fitted_without_time, concerns="fit"),
}
