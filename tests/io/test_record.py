"""Records from files: the time of their rows."""

import pandas as pd
import pytest

from sklearn_frictiongru.io import read_record


def read_times(folder, times):
    """Return the time of the rows of a file with these texts as time."""
    path = folder / "record.csv"
    pd.DataFrame({"clock": times, "load": 1.0, "friction": 0.6}).to_csv(path, index=False)
    return read_record(path, time="clock", target="friction", inputs=["load"]).data.index


def test_offsets_that_change_are_the_same_instants_in_utc(tmp_path):
    times = ["2024-10-27T02:59:59+02:00", "2024-10-27T02:00:00+01:00"]
    read = read_times(tmp_path, times)
    assert list(read) == [pd.Timestamp(time) for time in times]
    assert str(read.tz) == "UTC"


def test_dates_with_and_without_an_offset_are_refused(tmp_path):
    with pytest.raises(ValueError, match="neither numbers in seconds nor dates"):
        read_times(tmp_path, ["2024-10-27T02:59:59+02:00", "2024-10-27T03:00:00"])
