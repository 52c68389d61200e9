"""Time columns in every way of writing become seconds, or ask for what they cannot say."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.io import read_record

STAMPS = pd.date_range("2026-02-25 23:59:54", periods=12, freq="1s")


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a column of times."""

    def reader(times, encoding="utf-8", **options):
        path = tmp_path / "record.txt"
        lines = [f"{time}\t{i}\t0.6{i % 10}" for i, time in enumerate(times)]
        path.write_bytes(("time\tv\tmu\n" + "\n".join(lines) + "\n").encode(encoding))
        return read_record(path, time="time", inputs=["v"], target="mu", **options)

    return reader


def named(stamp, months):
    """Return a date with the name of its month."""
    return f"{stamp.day}. {months.split()[stamp.month - 1]} {stamp:%Y %H:%M:%S}"


@pytest.mark.parametrize(
    "write",
    [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.000Z",
        "%Y-%m-%dT%H:%M:%S+09:00",
        "%Y/%m/%d %H:%M:%S",
        "%Y.%m.%d %H:%M:%S,000",
        "%Y年%m月%d日 %H:%M:%S",
        "%Y%m%d %H%M%S",
        "%Y%m%d%H%M%S",
        "%d.%m.%Y %H:%M:%S",
        "%d/%m/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %I:%M:%S %p",
        "%d-%b-%Y %H:%M:%S",
        "%b %d, %Y %H:%M:%S",
        "%a %b %d %H:%M:%S %Y",
        "%a, %d %b %Y %H:%M:%S",
        "%H:%M:%S %d/%m/%Y",
    ],
)
def test_dates_that_say_what_they_are(read, write):
    record = read([stamp.strftime(write) for stamp in STAMPS])
    np.testing.assert_allclose(record.data.index, np.arange(12), atol=1e-9)
    zone = pd.Timedelta(hours=9) if "+09" in write else pd.Timedelta(0)
    assert record.start.tz_localize(None) == STAMPS[0] - zone


@pytest.mark.parametrize(
    "months",
    [
        "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ],
)
@pytest.mark.parametrize("month", range(1, 13))
def test_months_by_name(read, months, month):
    stamps = pd.date_range(f"2026-{month:02d}-05 10:00", periods=12, freq="1s")
    record = read([named(stamp, months) for stamp in stamps])
    assert record.start == stamps[0]
    np.testing.assert_array_equal(record.data.index, np.arange(12))


def test_a_clock_goes_on_after_midnight_and_has_no_date(read):
    for write in ("%H:%M:%S", "%I:%M:%S %p", "%H:%M:%S.500"):
        record = read([stamp.strftime(write) for stamp in STAMPS])
        np.testing.assert_allclose(record.data.index, np.arange(12))
        assert record.start is None


def test_a_count_of_hours_beyond_a_day_goes_on(read):
    record = read([f"{23 + i}:00:00" for i in range(12)])
    np.testing.assert_array_equal(record.data.index, 3600.0 * np.arange(12))


def test_a_day_or_a_month_above_12_decides_and_two_dates_below_do_not(read):
    dates = ["03/04/2026 12:00:00", "03/04/2026 12:00:01"]
    with pytest.raises(ValueError, match="day_first=True or day_first=False"):
        read(dates)
    assert read(dates, day_first=True).start == pd.Timestamp("2026-04-03 12:00:00")
    assert read(dates, day_first=False).start == pd.Timestamp("2026-03-04 12:00:00")
    with pytest.raises(ValueError, match=r"row 1 .*'13/04/2026.*day_first=True"):
        read(["03/04/2026 12:00:00", "13/04/2026 12:00:01"], day_first=False)


def test_years_of_two_digits_are_asked_for(read):
    dates = [f"26/02/05 12:00:{i:02d}" for i in range(12)]
    with pytest.raises(ValueError, match="time_format='YY/MM/DD HH:MM:SS'"):
        read(dates)
    record = read(dates, time_format="YY/MM/DD HH:MM:SS")
    assert record.start == pd.Timestamp("2026-02-05 12:00:00")


def test_two_numbers_of_a_clock_are_asked_for(read):
    times = [f"{i // 60:02d}:{i % 60:02d}" for i in range(120)]
    with pytest.raises(ValueError, match="time_format='HH:MM' or time_format='MM:SS'"):
        read(times)
    np.testing.assert_array_equal(read(times, time_format="MM:SS").data.index, np.arange(120))
    record = read(times, time_format="HH:MM")
    np.testing.assert_array_equal(record.data.index, 60.0 * np.arange(120))
    fractions = [f"00:{i:02d}.5" for i in range(12)]
    np.testing.assert_array_equal(read(fractions).data.index, np.arange(12))


def test_minutes_that_begin_anew_each_hour_go_on(read):
    times = [f"{(3590 + i) // 60 % 60:02d}:{(3590 + i) % 60:02d}" for i in range(20)]
    np.testing.assert_array_equal(read(times, time_format="MM:SS").data.index, np.arange(20))


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
def test_counts_since_1970(read, unit, factor):
    seconds = STAMPS.astype("datetime64[s]").astype(np.int64)
    record = read([f"{second * int(factor)}" for second in seconds])
    np.testing.assert_allclose(record.data.index, np.arange(12), atol=1e-6)
    assert record.start == STAMPS[0]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("minutes", 60),
        ("Minute", 60),
        ("TIME_MINUTES", 60),
        ("minutes since the first day", 60),
        ("elapsedMs", 1e-3),
        ("us", 1e-6),
        ("hours", 3600),
        ("h", 3600),
        ("hour_of_day", 3600),
        ("elapsed_days", 86400),
        ("days since start", 86400),
        ("seconds_of_day", 1),
        ("time_of_day", 1),
        ("day time", 1),
        ("t", 1),
    ],
)
def test_a_unit_may_be_the_name_of_the_time_column(tmp_path, name, seconds):
    path = tmp_path / "named.csv"
    path.write_text(f"{name},mu,v\n" + "".join(f"{i},0.6,{i}\n" for i in range(12)))
    record = read_record(path, time=name, target="mu", inputs=["v"])
    np.testing.assert_allclose(record.data.index, seconds * np.arange(12), rtol=1e-12)
    record = read_record(path, time=name, target="mu", inputs=["v"], units={name: "ms"})
    np.testing.assert_allclose(record.data.index, np.arange(12) / 1000, rtol=1e-12)


def test_days_as_excel_counts_them_are_asked_for(read):
    days = (STAMPS - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")
    times = [f"{day:.8f}" for day in days]
    with pytest.raises(ValueError, match="time_format='excel' or time_format='s'"):
        read(times)
    record = read(times, time_format="excel")
    np.testing.assert_allclose(record.data.index, np.arange(12), atol=2e-3)
    assert abs(record.start - STAMPS[0]) < pd.Timedelta("2ms")


def test_a_format_of_strptime_and_one_that_does_not_fit(read):
    times = [stamp.strftime("day %j of %Y, %H-%M-%S") for stamp in STAMPS]
    with pytest.raises(ValueError, match=r"'time' does not hold numbers.*'day 056.*time_format"):
        read(times)
    record = read(times, time_format="day %j of %Y, %H-%M-%S")
    np.testing.assert_array_equal(record.data.index, np.arange(12))
    with pytest.raises(ValueError, match=r"no time in column 'time' has the format"):
        read(times, time_format="DD/MM/YYYY")


def test_a_cell_that_is_no_time_is_named(read):
    times = [stamp.strftime("%H:%M:%S") for stamp in STAMPS]
    with pytest.raises(ValueError, match=r"'time'.*holds 'lunch' at row 4.*time_format"):
        read([*times[:4], "lunch", *times[5:]])


def test_dates_and_clock_times_in_two_columns(tmp_path):
    path = tmp_path / "record.csv"
    lines = [f"{stamp:%Y-%m-%d,%H:%M:%S},{i},0.6" for i, stamp in enumerate(STAMPS)]
    path.write_text("Date,Clock,v,mu\n" + "\n".join(lines))
    record = read_record(path, time=["Date", "Clock"], inputs=["v"], target="mu")
    np.testing.assert_array_equal(record.data.index, np.arange(12))
    assert record.start == STAMPS[0]
