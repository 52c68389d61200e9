"""The forms that a record may be given in, right ones and wrong ones, with their errors."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.common.records import (
    FILL,
    N_ROWS,
    NAMES,
    arrow,
    arrow_columns,
    dates,
    duration_as,
    fitted_in_another_zone,
    float_beside_int,
    halves,
    halves_under,
    int64_beside_nullable,
    length_as,
    lists,
    long_gap,
    long_gap_in_dates,
    masked_without_a_mask,
    missing_rows,
    named_runs,
    named_runs_nullable,
    named_runs_with_zones,
    nullable_columns,
    objects,
    plain_arrays,
    range_index,
    record_with,
    rows_missing_in_dates,
    rows_missing_in_named_runs,
    runs_of_two_levels,
    seconds_index,
    step_back,
    two_zones,
    with_groups,
)


@dataclass(frozen=True)
class Kind:
    """A form of the record, and the error that it has to end in, if any."""

    make: Any
    # Pattern of the error; None where there is a right value.
    error: str | None = None
    # What entries must take to be asked for it: "time", "values", "y", "by", a parameter.
    concerns: str = "time"


def time_before_run():
    record = named_runs()
    return halves_under(record, record.X.index.swaplevel())


def sorted_by_time_before_run():
    record = time_before_run()
    order = np.argsort(record.seconds, kind="stable")
    sorted_ones = {name: getattr(record, name).iloc[order] for name in ("X", "y", "by")}
    return replace(record, **sorted_ones)


def time_in_the_middle():
    record = named_runs()
    levels = [record.X.index.get_level_values(number) for number in (0, 1)]
    return halves_under(record, pd.MultiIndex.from_arrays([*levels, ["first"] * N_ROWS]))


def label_missing_in_one_level():
    record = named_runs()
    levels = [record.X.index.get_level_values(number) for number in (0, 1)]
    number = np.repeat([1.0, np.nan], N_ROWS // 2)
    return halves_under(record, pd.MultiIndex.from_arrays([levels[0], number, levels[1]]))


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
MISSING = r"(?is)(NaN|missing|misses|masked|has no value)"
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
    "time in the middle": Kind(time_in_the_middle, r"(?i)level"),
    "label missing in one of two levels": Kind(label_missing_in_one_level, r"no run label"),
    "max_gap below the interval": Kind(
        duration_as("max_gap", "0.5s"), r"max_gap is 0\.5 s, shorter than the sampling", "max_gap"
    ),
    "newest first": Kind(newest_first(seconds_index), NEWEST_FIRST),
    "newest first in dates": Kind(
        newest_first(lambda: dates("UTC")), r"newest first|does not increase.*Sort"
    ),
    "newest first in named runs": Kind(
        newest_first_in_runs, r"newest first|goes back|does not increase"
    ),
    "duplicate times": Kind(duplicate_times, r"duplicated|does not increase|repeats"),
    "time is NaN": Kind(time_missing(seconds_index, np.nan), r"missing"),
    "time is NaT": Kind(time_missing(lambda: dates("UTC"), pd.NaT), r"missing"),
    "time is NA": Kind(time_missing(lambda: seconds_index("Int64"), pd.NA), r"missing"),
    "time is text": Kind(time_as_text, r"to_datetime|does not hold numbers, dates"),
    "time is true or false": Kind(boolean_time, r"dtype"),
    **{
        f"{name} in another order": Kind(reversed_companion(name), ANOTHER_ORDER, name)
        for name in ("y", "sample_weight", "by", "groups")
    },
    "y in another order of named runs": Kind(
        reversed_companion("y", named_runs), ANOTHER_ORDER, "y"
    ),
    **{
        f"{name} in another order of counted rows": Kind(
            reversed_companion(name, range_index), ANOTHER_ORDER, name
        )
        for name in ("y", "sample_weight", "by", "groups")
    },
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
