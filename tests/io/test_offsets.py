"""Dates with offsets from UTC."""

import pandas as pd
import pytest

from sklearn_frictiongru.io import read_record


def read_record_of(folder, times):
    """Return the record of a file with these texts as time."""
    path = folder / "record.csv"
    pd.DataFrame({"clock": times, "load": 1.0, "friction": 0.6}).to_csv(path, index=False)
    return read_record(path, time="clock", target="friction", inputs=["load"])


def test_offsets_that_change_are_the_same_instants_in_utc(tmp_path):
    times = ["2024-10-27T02:59:59+02:00", "2024-10-27T02:00:00+01:00"]
    record = read_record_of(tmp_path, times)
    assert list(record.data.index) == [0.0, 1.0]
    assert record.start == pd.Timestamp(times[0])
    assert str(record.start.tz) == "UTC"


@pytest.mark.parametrize(
    "times",
    [
        ["2024-10-27T02:59:59+02:00", "2024-10-27T03:00:00"],
        ["2024-10-27T02:59:59", "2024-10-27T03:00:00Z"],
        ["2024-10-27T02:59:59.5", "2024-10-27T03:00:00+02:00"],
        ["27.10.2024 02:59:59 UTC", "27.10.2024 03:00:00"],
    ],
)
def test_dates_with_and_without_an_offset_are_refused(tmp_path, times):
    with pytest.raises(ValueError, match=r"at row 1 is .*only one of them has an offset from UTC"):
        read_record_of(tmp_path, times)
