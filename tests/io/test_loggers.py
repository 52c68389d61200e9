"""Files as particular loggers and programs write them."""

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.io import describe_record, read_record

N_ROWS = 120
TIME = np.arange(N_ROWS) / 10
V = (1 + 0.1 * np.sin(TIME)).round(4)
MU = (0.6 + 0.01 * np.cos(TIME)).round(5)
STAMPS = pd.Timestamp("2026-02-05 23:59:55") + pd.to_timedelta(TIME, unit="s")
ROWS = list(zip(TIME.round(1), STAMPS, V, MU, strict=True))


def lines(write, comma=False):
    """Return a line for each row."""
    written = [write(*row) for row in ROWS]
    return [line.replace(".", ",") for line in written] if comma else written


def milliseconds(stamp):
    return f"{stamp.microsecond // 1000:03d}"


def date_and_time(stamp):
    return f"{stamp:%F %T}.{milliseconds(stamp)}"


def japanese(stamp):
    half = "午後" if stamp.hour >= 12 else "午前"
    clock = f"{stamp.hour % 12}:{stamp:%M:%S}.{milliseconds(stamp)}"
    return f"{stamp.year}年{stamp.month}月{stamp.day}日 {half} {clock}"


FILES = {
    "LabVIEW": (
        "LabVIEW Measurement\t\nSeparator\tTab\nOperator\tLab\nDate\t2026/02/05\n"
        "***End_of_Header***\t\n\t\nChannels\t2\t\t\nSamples\t120\t120\t\n"
        "Date\t2026/02/05\t2026/02/05\t\nTime\t23:59:55.12\t23:59:55.12\t\n"
        "X_Dimension\tTime\tTime\t\nX0\t0.0E+0\t0.0E+0\t\nDelta_X\t0.100000\t0.100000\t\n"
        "***End_of_Header***\t\t\nX_Value\tVelocity\tFriction\tComment",
        lines(lambda t, stamp, v, mu: f"{t:.6f}\t{v:.6f}\t{mu:.6f}\t"),
        ("X_Value", "Friction", "Velocity"),
    ),
    "Campbell": (
        '"TOA5","CR1000","CR1000","1234","CR1000.Std.32","CPU:prog.CR1","567","Table1"\n'
        '"TIMESTAMP","RECORD","Vel_Avg","Mu"\n"TS","RN","mm/s",""\n"","","Avg","Smp"',
        lines(lambda t, stamp, v, mu: f'"{date_and_time(stamp)}",{t * 10:.0f},{v},{mu}'),
        ("TIMESTAMP", "Mu", "Vel_Avg"),
    ),
    "catman": (
        "HBM_CATMAN_DATAFILE_EXPORT\t\nVersuch: Reibung\t\nT0 = 05.02.2026 10:11:12\n\n"
        "Zeit  1 - Standardmessrate\tGeschwindigkeit\tReibwert\ns\tmm/s\t-",
        lines(lambda t, stamp, v, mu: f"{t:.4f}\t{v:.6f}\t{mu:.6f}", comma=True),
        ("Zeit  1 - Standardmessrate", "Reibwert", "Geschwindigkeit"),
    ),
    "Instron": (
        '"General : Test name","x"\n"General : Date","05.02.2026"\n\n'
        '"Time","Extension","Friction"\n"(s)","(mm)","(-)"\n',
        lines(lambda t, stamp, v, mu: f'"{t:.4f}","{v:.6f}","{mu:.6f}"'),
        ("Time", "Friction", "Extension"),
    ),
    "Gamry": (
        "EXPLAIN\nTAG\tCORPOT\nDATE\tLABEL\t2/5/2026\tDate\nAREA\tQUANT\t1.0E+000\tArea (cm^2)\n"
        "CURVE\tTABLE\t120\n\tPt\tT\tVf\tVm\tOver\n\t#\ts\tV\tV\tbits",
        lines(lambda t, stamp, v, mu: f"\t{t * 10:.0f}\t{t:.4f}\t{v:.5E}\t{mu:.5E}\t..........."),
        ("T", "Vm", "Vf"),
    ),
    "Graphtec": (
        "Vendor,GRAPHTEC Corporation\nSampling interval,100ms\nStart time,2026/02/05,23:59:55\n"
        "CH,Signal name,Input,Range\nCH1,Vel,DC,10V,Off,10.0000,-10.0000,V\nData\n"
        "Number,Date&Time,ms,CH1,CH2,Alarm1-10,AlarmOut,\nNO.,Time,ms,V,V,A1234567890,A1234,",
        lines(
            lambda t, stamp, v, mu: (
                f"{t * 10 + 1:.0f},{stamp:%Y/%m/%d %T},{stamp.microsecond // 1000},{v:+.4f},"
                f"{mu:+.5f},HHHHHHHHHH,LLLL,LLLL"
            )
        ),
        (["Date&Time", "ms"], "CH2", "CH1"),
    ),
    "Origin": (
        "A(X)\tB(Y)\tC(Y)\nTime\tVelocity\tFriction\ns\tmm/s\t\nrun 1\trun 1\trun 1",
        lines(lambda t, stamp, v, mu: f"{t}\t{v}\t{mu}"),
        ("Time", "Friction", "Velocity"),
    ),
    "Igor": (
        "IGOR\nWAVES/D\ttime_s\tvel\tmu\nBEGIN",
        [*lines(lambda t, stamp, v, mu: f"\t{t}\t{v}\t{mu}"), "END", 'X SetScale/P x 0,1,"", t'],
        ("time_s", "mu", "vel"),
    ),
    "names of several words": (
        "Time [s]  Slip velocity [mm/s]  Friction",
        lines(lambda t, stamp, v, mu: f"{t:10.3f}  {v:12.5f} {mu:10.5f}"),
        ("Time [s]", "Friction", "Slip velocity [mm/s]"),
    ),
    "units behind a space": (
        "time (s) v (mm/s) mu (-)",
        lines(lambda t, stamp, v, mu: f"{t:10.3f}  {v:12.5f} {mu:10.5f}"),
        ("time (s)", "mu (-)", "v (mm/s)"),
    ),
    "units in cells": (
        "t,v,mu",
        lines(lambda t, stamp, v, mu: f"{t} s,{v} mm/s,{mu}"),
        ("t", "mu", "v"),
    ),
    "Japanese halves of the day": (
        "日時,v,mu",
        lines(lambda t, stamp, v, mu: f"{japanese(stamp)},{v},{mu}"),
        ("日時", "mu", "v"),
    ),
    "an offset that changes": (
        "t,v,mu",
        lines(
            lambda t, stamp, v, mu: (
                f"{stamp + pd.Timedelta(hours=int(t > 6)):%FT%T}.{milliseconds(stamp)}"
                f"+0{1 + int(t > 6)}:00,{v},{mu}"
            )
        ),
        ("t", "mu", "v"),
    ),
    "ISO 8601": (
        "t,v,mu",
        lines(lambda t, stamp, v, mu: f"{stamp:%FT%T}.{milliseconds(stamp)}+09:00,{v},{mu}"),
        ("t", "mu", "v"),
    ),
    "a mean below": (
        "t,v,mu",
        [
            *lines(lambda t, stamp, v, mu: f"{date_and_time(stamp)},{v},{mu}"),
            "Mean,1.0,0.6",
        ],
        ("t", "mu", "v"),
    ),
}


def check(record):
    time = record.data.index.to_numpy()
    np.testing.assert_allclose(time - time[0], TIME, atol=1e-6)
    np.testing.assert_allclose(record.data.iloc[:, 0], V, atol=1e-4)
    np.testing.assert_allclose(record.target, MU, atol=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_files_of_loggers_are_read_as_they_are(tmp_path, name):
    head, rows, (time, target, column) = FILES[name]
    path = tmp_path / "record.dat"
    path.write_bytes("\n".join([head, *rows, ""]).encode("cp932"))
    check(read_record(path, time=time, target=target, inputs=[column]))
    # Without names the same columns are found.
    assert {target, column} <= set(describe_record(path).columns.index)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw + bytes(512),
        lambda raw: raw + b"\x1a",
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw.decode().encode("utf-16-le"),
        lambda raw: raw.replace(b"\n", b"\n\n"),
        lambda raw: raw.replace(b"\n5.0,", b"\n*** valve opened ***\n5.0,"),
        lambda raw: raw.decode().encode("utf-32"),
        lambda raw: b"'" + raw.replace(b",", b"','").replace(b"\n", b"'\n'")[:-1],
        lambda raw: raw.replace(b"\n", b"\n'")[:-1],
    ],
    ids=[
        *["zeros at the end", "end mark", "returns", "UTF-16", "empty lines", "remark"],
        *["UTF-32", "single quotes", "apostrophes"],
    ],
)
def test_what_transfer_makes_of_a_file_is_undone(tmp_path, change):
    text = "\n".join(["t,v,mu", *lines(lambda t, stamp, v, mu: f"{t},{v},{mu}"), ""])
    path = tmp_path / "record.csv"
    path.write_bytes(change(text.encode()))
    check(read_record(path, time="t", target="mu", inputs=["v"]))


def test_describe_suggests_the_column_of_milliseconds(tmp_path):
    head, rows, _ = FILES["Graphtec"]
    path = tmp_path / "record.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    description = describe_record(path)
    assert "--time 'Date&Time' --time ms" in description.command
    assert description.time["sampling interval"] == "0.1 s"
    assert not description.problems


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "holds a PDF"),
        (b'[{"t": 0, "v": 1}, {"t": 1, "v": 1}]', "holds JSON"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "holds a web page"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, raw, said):
    path = tmp_path / "record.csv"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=said):
        read_record(path, time="t", target="mu", inputs=["v"])


def test_decimal_commas_in_the_texts_of_a_spreadsheet(tmp_path):
    pytest.importorskip("openpyxl")
    table = pd.DataFrame({"Zeit": STAMPS, "v": [str(v).replace(".", ",") for v in V], "mu": MU})
    path = tmp_path / "record.xlsx"
    table.to_excel(path, index=False)
    check(read_record(path, time="Zeit", target="mu", inputs=["v"]))


def test_line_ends_inside_names_are_spaces(tmp_path):
    path = tmp_path / "record.csv"
    rows = lines(lambda t, stamp, v, mu: f"{t},{v},{mu}")
    path.write_text("\n".join(['"t\n[s]","v, fast\n[mm/s]",mu', *rows]), encoding="utf-8")
    record = read_record(path, time="t [s]", target="mu", inputs=["v, fast\n[mm/s]"])
    check(record)
    assert list(record.data) == ["v, fast [mm/s]"]
    assert record.units["v, fast [mm/s]"] == "mm/s"


@pytest.mark.parametrize(("count", "first"), [("excel", 46058.5), ("matlab", 740018.5)])
def test_counts_of_days_are_asked_for(tmp_path, count, first):
    path = tmp_path / "record.csv"
    rows = lines(lambda t, stamp, v, mu: f"{first + t / 86400:.10f},{v},{mu}")
    path.write_text("\n".join(["t,v,mu", *rows]), encoding="utf-8")
    columns = {"time": "t", "target": "mu", "inputs": ["v"]}
    with pytest.raises(ValueError, match=rf"time_format='{count}' or time_format='s'"):
        read_record(path, **columns)
    record = read_record(path, **columns, time_format=count)
    assert record.start == pd.Timestamp("2026-02-05 12:00")
    np.testing.assert_allclose(record.data.index, TIME, atol=1e-3)
