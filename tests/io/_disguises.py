"""One record written in the ways of many instruments and programs."""

import csv
import io
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-02-05 23:58:30")
QUANTITIES = ("velocity", "displacement", "temperature", "stress", "friction")
UNITS = ("s", "m/s", "mm", "degC", "MPa", "-")
NAMES = {
    "plain": ("time", "velocity", "displacement", "temperature", "stress", "friction"),
    "endings": ("time_s", "v_m_s", "d_mm", "T_degc", "normal_stress_mpa", "friction"),
    "brackets": ("Time [s]", "V (m/s)", "disp (mm)", "T [degC]", "stress (MPa)", "mu [-]"),
    "german": ("Zeit", "Geschw. für µ [µm/s]", "Weg", "Temperatur [°C]", "Spannung", "Reibung"),
    "japanese": (
        "時間[s]",
        "すべり速度[m/s]",
        "軸変位[mm]",
        "温度[℃]",
        "垂直応力[MPa]",
        "摩擦係数[-]",
    ),
    "awkward": ("t, elapsed", " velocity; net", 'disp "axial"', "T|K", "stress\t2", "friction "),
    "comma": ("time, s", "v, net", " disp", "T", "stress, normal", "mu"),
}
PREAMBLES = {
    "none": [],
    "pairs": ['"Test ID","HVR-0412"', "Operator,A", "Sampling,1 Hz", ""],
    "numbers": ["Channels\t5", "Rate\t1", "1 2 3", "2026/02/05"],
    "prose": ["Rotary shear of diorite. Run by A; see the notebook, page 12.", ""],
    "section": ["[Header]", "Date;05.02.2026", "Gain;1,5;2", "[Data]"],
}
MONTHS_DE = ["Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sept", "Okt", "Nov", "Dez"]


def make_record(n_rows=60, seed=0):
    """Return a record at 1 Hz whose values have as many digits as are written."""
    rng = np.random.default_rng(seed)
    time = np.arange(n_rows, dtype=float)
    values = {
        "velocity": (0.004 * (1 + 0.3 * np.sin(time / 9)) + 1e-5 * rng.normal(size=n_rows)),
        "displacement": np.cumsum(rng.uniform(0.001, 0.003, n_rows)),
        "temperature": 20 + time / 7 + rng.normal(0, 0.1, n_rows),
        "stress": 1.5 + (time > n_rows // 2) + rng.normal(0, 0.003, n_rows),
        "friction": 0.6 + rng.normal(0, 0.01, n_rows),
    }
    return pd.DataFrame({"time": time} | {k: np.round(v, 5) for k, v in values.items()})


def _clock_12(stamp):
    return stamp.strftime("%I:%M:%S %p")


TIMES = {
    # How a moment is written, the option that a file cannot do without, its value.
    "seconds": (lambda t, stamp: f"{t:g}", None, None),
    "iso": (lambda t, stamp: stamp.strftime("%Y-%m-%d %H:%M:%S"), None, None),
    "zone": (lambda t, stamp: stamp.strftime("%Y-%m-%dT%H:%M:%SZ"), None, None),
    "offset": (lambda t, stamp: stamp.strftime("%Y-%m-%dT%H:%M:%S+09:00"), None, None),
    "slashes": (lambda t, stamp: stamp.strftime("%Y/%m/%d %H:%M:%S"), None, None),
    "dots": (lambda t, stamp: stamp.strftime("%d.%m.%Y %H:%M:%S"), None, None),
    "day first": (lambda t, stamp: stamp.strftime("%d/%m/%Y %H:%M:%S"), "day_first", True),
    "month first": (lambda t, stamp: stamp.strftime("%m/%d/%Y %H:%M:%S"), "day_first", False),
    "short year": (
        lambda t, stamp: stamp.strftime("%y/%m/%d %H:%M:%S"),
        "time_format",
        "YY/MM/DD HH:MM:SS",
    ),
    "clock": (lambda t, stamp: stamp.strftime("%H:%M:%S"), None, None),
    "fraction": (lambda t, stamp: stamp.strftime("%H:%M:%S") + ".000", None, None),
    "half days": (lambda t, stamp: _clock_12(stamp), None, None),
    "month name": (lambda t, stamp: stamp.strftime("%d-%b-%Y %H:%M:%S"), None, None),
    "german month": (
        lambda t, stamp: f"{stamp.day}. {MONTHS_DE[stamp.month - 1]} {stamp:%Y %H:%M:%S}",
        None,
        None,
    ),
    "minutes": (lambda t, stamp: f"{int(t) // 60:02d}:{int(t) % 60:02d}", "time_format", "MM:SS"),
    "unix": (lambda t, stamp: f"{stamp.timestamp():.0f}", None, None),
    "unix_ms": (lambda t, stamp: f"{1000 * stamp.timestamp():.0f}", None, None),
    "excel": (
        lambda t, stamp: f"{(stamp - pd.Timestamp('1899-12-30')) / pd.Timedelta('1D'):.8f}",
        "time_format",
        "excel",
    ),
}


@dataclass(frozen=True)
class Disguise:
    """How a record is written."""

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    names: str = "plain"
    preamble: str = "none"
    units_row: bool = False
    comment: str | None = None
    newest_first: bool = False
    time: str = "seconds"
    line_end: str = "\n"
    quote_all: bool = False
    trailing: str = "none"
    last_line_end: bool = True
    remarks: bool = False
    footer: str | None = None
    blank_lines: bool = False
    repeated_header: bool = False
    digits: str = "{:.7g}"
    extra: tuple = field(default=())

    @property
    def columns(self):
        """Names of time, the four inputs and the target."""
        return NAMES[self.names]

    def options(self):
        """Return what the writer knows of the file and a reader may ask for."""
        known = {
            "separator": r"\s+"
            if self.separator.isspace() and self.separator != "\t"
            else self.separator,
            "decimal": self.decimal,
            "encoding": self.encoding,
            "sort": True,
        }
        _, option, value = TIMES[self.time]
        return known if option is None else known | {option: value}

    def needed(self):
        """Return the options that the file cannot do without."""
        _, option, value = TIMES[self.time]
        options = {} if option is None else {option: value}
        return options | ({"sort": True} if self.newest_first else {})

    def write(self, path, record):
        """Write a record."""
        write_time = TIMES[self.time][0]
        rows = []
        for values in record.itertuples(index=False):
            stamp = START + pd.Timedelta(seconds=values.time)
            time = write_time(values.time, stamp)
            if self.time in ("seconds", "excel"):
                time = time.replace(".", self.decimal)
            cells = [self.digits.format(v).replace(".", self.decimal) for v in values[1:]]
            rows.append([time, *cells] + (["ok, fine"] if self.remarks else []))
        if self.newest_first:
            rows = rows[::-1]
        header = [*self.columns] + (["remarks"] if self.remarks else [])
        lines = [] if self.preamble == "none" else list(PREAMBLES[self.preamble])
        if self.comment:
            lines += [f"{self.comment} rotary shear, diorite", f"{self.comment} second"]
        end = self.separator if self.trailing == "both" else ""
        lines.append(self._line(header) + end)
        if self.units_row:
            units = [f"[{unit}]" for unit in UNITS] + ([""] if self.remarks else [])
            lines.append(self._line(units) + end)
        end = "" if self.trailing == "none" else self.separator
        for number, row in enumerate(rows):
            if self.blank_lines and number == 20:
                lines.append("")
            if self.repeated_header and number == 30:
                lines.append(self._line(header))
            lines.append(self._line(row) + end)
        if self.footer is not None:
            lines.append(self.footer)
        text = self.line_end.join(lines) + (self.line_end if self.last_line_end else "")
        path.write_bytes(text.encode(self.encoding))

    def _line(self, cells):
        """Return cells as a line, quoted where they have to be."""
        if self.separator.isspace() and self.separator != "\t":
            return self.separator.join(
                f'"{cell}"' if " " in cell or self.quote_all else cell for cell in cells
            )
        line = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL
        csv.writer(line, delimiter=self.separator, quoting=quoting, lineterminator="").writerow(
            cells
        )
        return line.getvalue()
