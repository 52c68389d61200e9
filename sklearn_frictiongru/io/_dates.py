"""Times that are written as text: dates and clock times, turned into seconds."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._cells import is_missing_mark

DAY = 86400.0
CLOCK = (
    r"(?P<hour>\d{1,4}):(?P<minute>\d{1,2}(?:[.,]\d+(?!\d*:))?)(?::(?P<second>\d{1,2}(?:[.,:]\d+)?))?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
)
ZONE = r"\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?(?:\[[\w/+-]+\])?"
WEEKDAY = r"(?:[^\W\d_]+\.?,?\s+)?"
DATES = {
    "year first": r"(?P<year>\d{4})[-/.年]\s?(?P<month>\d{1,2})[-/.月]\s?(?P<day>\d{1,2})日?",
    "compact": r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})[T _-]?"
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}(?:[.,]\d+)?)",
    "two numbers": r"(?P<a>\d{1,2})[-/.]\s?(?P<b>\d{1,2})[-/.]\s?(?P<year>\d{4}|\d{2})",
    "day and name": r"(?P<day>\d{1,2})\.?[-/ ]?\s*(?P<name>[^\W\d_]{3,})\.?,?[-/ ]\s*"
    r"(?P<year>\d{4}|\d{2})",
    "name and day": r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})",
    "year last": r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})\s+" + CLOCK + r"\s+(?P<year>\d{4})",
}
# English, German, French, Spanish, Italian and Dutch; longer beginnings first where they differ.
MONTHS = {
    1: "jan ene gen janv",
    2: "feb fév fev",
    3: "mar mär mrz maa mrt",
    4: "apr avr abr",
    5: "may mai mei mag",
    6: "jun juin giu",
    7: "jul juil lug",
    8: "aug aoû aou ago",
    9: "sep set",
    10: "oct okt ott",
    11: "nov",
    12: "dec dez déc dic",
}
MONTH_OF = {begin: month for month, begins in MONTHS.items() for begin in begins.split()}
TOKENS = (
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("SS.f", "%S.%f"),
    ("SS", "%S"),
    ("AM", "%p"),
)
DURATIONS = {"MM:SS": (60.0, 1.0), "HH:MM": (3600.0, 60.0)}
NUMERIC_PARTS = frozenset(["year", "month", "day", "a", "b", "hour", "minute", "second"])
FORMATS = (
    "'MM:SS', 'HH:MM', 'HH:MM:SS', 'DD/MM/YYYY HH:MM:SS', 'unix', 'unix_ms', 'excel', 'matlab', 's'"
)


@dataclass
class Time:
    """A column of time in seconds, NaN where it holds none."""

    seconds: np.ndarray
    how: str
    # Date and time at 0 s, if the file contains them.
    start: pd.Timestamp | None = None
    # Cells that are not times: row to text.
    wrong: dict | None = None
    # Whether 0 s is the first row: true for dates and clock times, not for numbers.
    by_clock: bool = True


def wrong_cells(text, bad):
    """Return the cells that are not times, by row."""
    wrong = {}
    for row in np.flatnonzero(bad):
        cell = text.iloc[row]
        if isinstance(cell, str) and cell.strip() and not is_missing_mark(cell):
            wrong[int(row)] = cell
    return wrong


def since_start(stamps, how):
    """Return dates as seconds from the first of them."""
    if not isinstance(stamps, pd.Series):
        stamps = pd.Series(stamps)
    there = stamps[stamps.notna()]
    if not len(there):
        return Time(np.full(len(stamps), np.nan), how)
    if stamps.dt.tz is not None:
        stamps, there = stamps.dt.tz_convert("UTC"), there.dt.tz_convert("UTC")
    start = there.iloc[0]
    return Time((stamps - start).dt.total_seconds().to_numpy(), how, start)


def read_texts(text, name, day_first, time_format):
    """Turn texts into seconds."""
    if time_format in DURATIONS or time_format == "HH:MM:SS":
        return _clock(text, name, time_format)
    if time_format is not None:
        return _by_format(text, name, time_format)
    text = text.str.replace(
        r"(午[前後])\s*(\d[\d:.]*)",
        lambda match: f"{match[2]} {'AM' if match[1] == '午前' else 'PM'}",
        regex=True,
    )
    sample = [cell for cell in text.iloc[:1000] if isinstance(cell, str) and cell]
    sample = [cell for cell in sample if not is_missing_mark(cell)]
    if not sample:
        return Time(np.full(len(text), np.nan), "no times", None, wrong_cells(text, text.notna()))
    if _most(re.compile(CLOCK + ZONE), sample):
        return _clock(text, name, None)
    if _most(re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?" + ZONE), sample):
        parts = _fixed_parts(text, re.compile(f"{DATES['year first']}(?:[T ]{CLOCK})?{ZONE}"))
        return (
            _iso(text, name)
            if parts is None
            else _dates(text, name, parts, "year first", day_first)
        )
    for kind, date in DATES.items():
        clock = "" if kind in ("compact", "year last") else rf"(?:(?:\s*[T,_;]\s*|\s+){CLOCK})?"
        pattern = WEEKDAY + date + clock + ZONE
        if _most(re.compile(pattern), sample):
            return _dates(text, name, _parts(text, pattern), kind, day_first)
        if clock:
            pattern = CLOCK + r"[\s,]+" + date
            if _most(re.compile(pattern), sample):
                return _dates(text, name, _parts(text, pattern), kind, day_first)
    if _most(re.compile(r"-?\d+ days?\b.*|P[\dT].*"), sample):
        durations = pd.to_timedelta(text, errors="coerce")
        wrong = wrong_cells(text, durations.isna().to_numpy())
        return Time(durations.dt.total_seconds().to_numpy(), "durations", None, wrong, False)
    raise ValueError(
        f"the time in column {name!r} does not hold numbers, dates or clock times of a known "
        f"format, such as {sample[0]!r} at row {int((text == sample[0]).to_numpy().argmax())}. "
        f"Name another column, or give time_format, such as {FORMATS}, or in the codes of "
        "strptime ('%d.%m.%Y %H:%M')."
    )


def _most(pattern, sample):
    """Tell whether most texts match a pattern."""
    return sum(pattern.fullmatch(cell) is not None for cell in sample) > 0.5 * len(sample)


def _iso(text, name):
    """Turn dates that are written year-month-day into seconds."""
    stamps = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    odd = stamps.isna() & text.notna()
    if odd.any():
        plain = text[odd].str.replace(",", ".", regex=False)
        plain = plain.str.replace(r"\[.*\]|\s*(?:UTC|GMT)$", "", regex=True)
        stamps[odd] = pd.to_datetime(plain, format="ISO8601", errors="coerce", utc=True)
    there = text[stamps.notna()]
    zones = there.str.contains(r"(?:[Zz]|UTC|GMT|[+-]\d\d:?\d\d|\])$", regex=True)
    zoned = _all_or_none(zones, there, name)
    if not zoned:
        stamps = stamps.dt.tz_localize(None)
    time = since_start(stamps, "dates, year first" + (", in UTC" if zoned else ""))
    time.wrong = wrong_cells(text, stamps.isna().to_numpy())
    return time


def _all_or_none(zones, text, name):
    """Tell whether dates include their offset from UTC; raise where only some do."""
    if len(zones) and zones.any() and not zones.all():
        row = zones.index[int((zones != zones.iloc[0]).to_numpy().argmax())]
        raise ValueError(
            f"the time in column {name!r} at row {row} is {text[row]!r}, and at row "
            f"{zones.index[0]} {text.iloc[0]!r}: only one of them has an offset from "
            "UTC. Repair the file, or give time_format."
        )
    return bool(zones.any())


def _parts(text, pattern):
    """Return the parts of times that match a pattern: numbers and words."""
    parts = _fixed_parts(text, re.compile(pattern))
    if parts is not None:
        return parts
    parts = text.str.extract(rf"^{pattern}$")
    for name in NUMERIC_PARTS & set(parts.columns):
        plain = parts[name]
        if name in ("minute", "second"):
            plain = plain.str.replace(r"[,:]", ".", regex=True)
        parts[name] = pd.to_numeric(plain).astype(np.float64)
    return parts


def _fixed_parts(text, pattern):
    """Return the parts of times if all have the length and punctuation of the first, or None."""
    first = text.iloc[0]
    match = pattern.fullmatch(first) if isinstance(first, str) and first.isascii() else None
    if match is None:
        return None
    found = {name: match.span(name) for name, part in match.groupdict().items() if part}
    if "name" in found or "half" in found:
        return None
    try:
        cells = text.to_numpy(dtype=object).astype("S")
    except UnicodeEncodeError:
        return None
    if cells.dtype.itemsize != len(first):
        return None
    letters = cells.view(np.uint8).reshape(len(cells), len(first))
    # One contiguous array for each position in the texts.
    letters = np.ascontiguousarray(letters.T)
    numeric = {
        place
        for name, span in found.items()
        if name in NUMERIC_PARTS
        for place in range(*span)
        if first[place].isdigit()
    }
    digits = letters - np.uint8(ord("0"))
    for place, letter in enumerate(letters):
        fits = digits[place] <= 9 if place in numeric else letter == letter[0]
        if not fits.all():
            return None
    parts = {}
    for name in match.groupdict():
        if name not in found:
            parts[name] = np.nan if name in NUMERIC_PARTS else None
        elif name not in NUMERIC_PARTS:
            parts[name] = match[name]
        else:
            parts[name] = _from_digits(digits, first, found[name])
    return pd.DataFrame(parts, index=text.index)


def _from_digits(digits, first, span):
    """Return the numbers in columns of digits, with a fraction if the first has one."""
    value = np.zeros(digits.shape[1])
    n_decimals = 0
    for place in range(*span):
        if first[place].isdigit():
            value = 10 * value + digits[place]
            n_decimals += n_decimals > 0
        else:
            n_decimals = 1
    return value / 10.0 ** max(n_decimals - 1, 0)


def _seconds_of_day(parts, name, text):
    """Return the clock time of each row in seconds, 0 where a date has none."""
    hour, minute = parts["hour"].to_numpy(), parts["minute"].to_numpy()
    second = parts["second"].fillna(0).to_numpy()
    if "half" in parts and parts["half"].notna().any():
        half = parts["half"].str[:1].str.lower()
        later = (half == "p").to_numpy(dtype=bool, na_value=False)
        earlier = (half == "a").to_numpy(dtype=bool, na_value=False)
        hour = np.where(later & (hour < 12), hour + 12, hour)
        hour = np.where(earlier & (hour == 12), 0, hour)
    wrong = (minute >= 60) | (second >= 61)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"the time in column {name!r} at row {row} is {text.iloc[row]!r}; expected minutes "
            f"and seconds below 60. Give time_format, such as {FORMATS}."
        )
    return 3600 * hour + 60 * minute + second


def _dates(text, name, parts, kind, day_first):
    """Turn the parts of dates into seconds."""
    there = parts["year"].notna()
    if kind == "two numbers":
        parts, said = _day_and_month(parts, there, text, name, day_first)
    else:
        said = "month by name" if "name" in parts else "year first"
    if "name" in parts:
        parts["month"] = parts["name"].str.lower().map(_month_of, na_action="ignore")
        parts["month"] = parts["month"].astype(np.float64)
        unknown = there & parts["month"].isna()
        if unknown.any():
            row = int(unknown.to_numpy().argmax())
            raise ValueError(
                f"the time in column {name!r} at row {row} is {text.iloc[row]!r}, whose month "
                f"{parts['name'].iloc[row]!r} is not known. Give time_format in the letters of "
                "strptime."
            )
    days = _days(parts)
    clocked = parts["hour"].notna().to_numpy(dtype=bool)
    seconds = np.where(clocked, _seconds_of_day(parts, name, text), 0.0)
    dated = ~np.isnan(days)
    zones = parts["zone"].notna() if "zone" in parts else pd.Series(False, index=text.index)
    zoned = _all_or_none(zones[dated], text[dated], name)
    if zoned:
        zone = parts["zone"].map(_zone_seconds, na_action="ignore").fillna(0)
        seconds = seconds - zone.to_numpy(np.float64)
    bad = np.isnan(days)
    good = np.flatnonzero(~bad)
    how = f"dates, {said}" + (", in UTC" if zoned else "")
    if not len(good):
        return Time(np.full(len(text), np.nan), how, None, wrong_cells(text, bad))
    first = good[0]
    total = DAY * (days - days[first]) + seconds
    start = pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(days[first]))
    start += pd.to_timedelta(round(seconds[first], 9), unit="s")
    start = start.tz_localize("UTC") if zoned else start
    return Time(total - seconds[first], how, start, wrong_cells(text, bad))


def _days(parts):
    """Return the days from 1970 to dates given by year, month and day, NaN for no date."""
    year = parts["year"].to_numpy()
    year = np.where(year < 100, year + np.where(year < 70, 2000, 1900), year)
    number = 10_000 * year + 100 * parts["month"].to_numpy() + parts["day"].to_numpy()
    codes, numbers = pd.factorize(number)
    texts = pd.Series([f"{int(one):08d}" for one in numbers], dtype=object)
    stamps = pd.to_datetime(texts, format="%Y%m%d", errors="coerce")
    days = (stamps - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    return np.append(days.to_numpy(np.float64), np.nan)[codes]


def _zone_seconds(zone):
    """Return the offset of a time zone from UTC, in seconds."""
    if zone[0] not in "+-":
        return 0.0
    digits = zone[1:].replace(":", "")
    return (1 if zone[0] == "+" else -1) * (3600.0 * int(digits[:2]) + 60.0 * int(digits[2:]))


def _month_of(name):
    """Return the number of a month from its name, or None."""
    known = (MONTH_OF.get(name[:length]) for length in (4, 3))
    return next((month for month in known if month is not None), None)


def _day_and_month(parts, there, text, name, day_first):
    """Return the parts of dates such as 05/02/2026 with day and month identified."""
    a, b = parts["a"], parts["b"]
    example = text[there].iloc[0]
    if day_first is None:
        if (a > 12).any() and (b > 12).any():
            raise ValueError(
                f"the dates in column {name!r}, such as {example!r}, have numbers above 12 in both "
                "places. Give time_format, such as 'YY/MM/DD HH:MM:SS'."
            )
        if (parts["year"] < 100).any() and not (b > 12).any():
            raise ValueError(
                f"the dates in column {name!r}, such as {example!r}, may begin with day, month or "
                "year. Give day_first=True, day_first=False, or "
                "time_format='YY/MM/DD HH:MM:SS'."
            )
        if (a > 12).any():
            day_first = True
        elif (b > 12).any():
            day_first = False
        elif re.match(r"\d+\.", example):
            # Dates with dots are always written day first.
            day_first = True
        else:
            raise ValueError(
                f"the dates in column {name!r}, such as {example!r}, may be day first or month "
                "first. Give day_first=True or day_first=False."
            )
    day, month = (a, b) if day_first else (b, a)
    if (month > 12).any():
        row = int((month > 12).to_numpy().argmax())
        raise ValueError(
            f"the time in column {name!r} at row {row} is {text.iloc[row]!r}, whose month would be "
            f"{int(month.iloc[row])}; expected dates that are "
            f"{'day' if day_first else 'month'} first. Give day_first={not day_first}."
        )
    said = "day first" if day_first else "month first"
    return parts.assign(day=day, month=month), said


def _clock(text, name, time_format):
    """Turn clock times into seconds that do not stop at midnight."""
    parts = _parts(text, CLOCK + ZONE)
    there = parts["hour"].notna()
    bad = ~there.to_numpy()
    wrong = wrong_cells(text, bad)
    short = parts["second"].isna() & there
    fractions = parts["minute"] % 1 > 0
    if time_format is None and short[there].all() and fractions.any():
        # A fraction is a fraction of seconds.
        time_format = "MM:SS"
    if short.any() and time_format is None:
        row = int(short.to_numpy().argmax())
        raise ValueError(
            f"the time in column {name!r} at row {row} is {text.iloc[row]!r}: hours and minutes, "
            "or minutes and seconds? Give time_format='HH:MM' or time_format='MM:SS'."
        )
    period, how = DAY, "clock times, unrolled over midnight"
    if time_format in DURATIONS:
        if not short[there].all():
            row = int((there & ~short).to_numpy().argmax())
            raise ValueError(
                f"the time in column {name!r} at row {row} is {text.iloc[row]!r}; expected "
                f"{time_format}. Give time_format='HH:MM:SS'."
            )
        larger, smaller = DURATIONS[time_format]
        seconds = larger * parts["hour"].to_numpy() + smaller * parts["minute"].to_numpy()
        period = 60 * larger if time_format == "MM:SS" else DAY
        how = time_format
    else:
        seconds = _seconds_of_day(parts, name, text)
    seconds = np.where(bad, np.nan, seconds)
    # A count of hours that exceeds a day does not restart at midnight.
    if (seconds[~bad] < period).all():
        seconds = _unrolled(seconds, period)
    else:
        how = how.replace(", unrolled over midnight", "")
    return Time(seconds, how, None, wrong)


def _unrolled(seconds, period):
    """Return clock times that continue where a clock restarts."""
    good = np.flatnonzero(np.isfinite(seconds))
    steps = np.diff(seconds[good])
    turns = np.cumsum(np.where(steps < -period / 2, 1, np.where(steps > period / 2, -1, 0)))
    seconds = seconds.copy()
    seconds[good[1:]] += period * turns
    return seconds


def _by_format(text, name, time_format):
    """Turn texts into seconds by a format that the caller gave."""
    code = time_format
    if "%" not in code:
        code = re.sub(r"(?<=HH:)MM|MM(?=:SS)|(?<=HH)MM(?=SS)", "%M", code)
        code = code.replace("MM", "%m")
        for token, letters in TOKENS:
            code = code.replace(token, letters)
    try:
        stamps = pd.to_datetime(text, format=code, errors="coerce")
    except ValueError as error:
        raise ValueError(
            f"time_format is {time_format!r}, which is not a time format ({error}); expected one "
            f"such as {FORMATS}, or in the codes of strptime."
        ) from error
    if not stamps.notna().any():
        there = text.dropna()
        raise ValueError(
            f"no time in column {name!r} has the format {time_format!r}; the first is "
            f"{there.iloc[0] if len(there) else ''!r}. Give another time_format, such as {FORMATS}."
        )
    wrong = wrong_cells(text, stamps.isna().to_numpy())
    time = since_start(stamps, f"times in the format {time_format!r}")
    if not any(letter in code for letter in ("%d", "%j", "%m", "%x", "%c")):
        time.start = None
        time.seconds = _unrolled(time.seconds, DAY)
    time.wrong = wrong
    return time
