"""The description of a file: what was detected, what its columns hold, what has to be decided."""

import gzip

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.io import _sample, describe_record


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    values = rng.uniform(0.5, 2, (400, 3)).round(4)
    table = pd.DataFrame(values, columns=["v (mm/s)", "T_degc", "friction"])
    table.insert(0, "Time [s]", np.arange(400) * 0.5)
    return table


def describe(table, folder, **options):
    """Write a table as CSV and describe it."""
    table.to_csv(folder / "record.csv", index=False)
    return describe_record(folder / "record.csv", **options)


def test_columns_have_unit_range_missing_values_and_constants(table, tmp_path):
    table["gain"] = 2.0
    table["remark"] = None
    table.loc[[3, 4, 5], "T_degc"] = np.nan
    table.loc[7, "remark"] = "valve opened"
    columns = describe(table, tmp_path).columns
    assert list(columns["unit"]) == ["s", "mm/s", "degC", "", "", ""]
    assert columns.loc["T_degc", "missing"] == 3
    assert columns.loc["gain", "constant"] == "yes"
    assert columns.loc["remark", "holds"] == "text"
    assert float(columns.loc["v (mm/s)", "max"]) == table["v (mm/s)"].max()


def test_time_is_suggested_and_its_interval_gaps_and_order_are_said(table, tmp_path):
    table.loc[200:, "Time [s]"] += 30
    described = describe(table, tmp_path)
    assert described.time["time column"] == "'Time [s]' (suggested)"
    assert described.time["sampling interval"] == "0.5 s"
    assert described.time["gaps"] == "1, the first of 30.5 s before row 200"
    assert not described.problems
    assert "--time 'Time [s]' --target friction --input 'v (mm/s)'" in described.command


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda table: table[::-1], {}, "sort=True"),
        (lambda table: table.assign(**{"Time [s]": table["Time [s]"].round()}), {}, "resample="),
        (lambda table: table.drop(index=range(100, 300, 2)), {}, "1 s, then 0.5 s|1 s to row"),
        (lambda table: table.replace({"T_degc": {table["T_degc"][3]: -9999}}), {}, "missing="),
        (lambda table: table.assign(**{"Time [s]": "03/04/2026"}), {}, "day_first"),
    ],
)
def test_what_has_to_be_decided_is_said_and_not_raised(table, tmp_path, change, options, said):
    problems = "\n".join(describe(change(table), tmp_path, **options).problems)
    assert pd.Series([problems]).str.contains(said).all(), problems


def test_options_that_decide_are_part_of_the_command_and_leave_no_problem(table, tmp_path):
    described = describe(table[::-1], tmp_path, sort=True, run=None, inputs=["T_degc"])
    assert not described.problems
    assert described.command.endswith("--input T_degc --sort")
    rounded = table.assign(**{"Time [s]": table["Time [s]"].round()})
    described = describe(rounded, tmp_path, resample="1s")
    assert not described.problems
    assert described.time["repeated stamps"].endswith("have the time of the previous row")


def test_runs_are_counted(table, tmp_path):
    twice = pd.concat([table.assign(run="a"), table.assign(run="b")])
    assert describe(twice, tmp_path, run="run").time["runs"] == "2 in column 'run'"
    assert describe(twice, tmp_path).time["runs"] == "2, as the time steps back"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp932"])
def test_of_a_large_text_parts_are_read(table, tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(_sample, "WHOLE_BYTES", 20_000)
    monkeypatch.setattr(_sample, "PART_BYTES", 4_000)
    n_rows = 30_000
    large = pd.DataFrame({"Time [s]": np.arange(n_rows), "mu": np.arange(n_rows) % 7 / 10})
    path = tmp_path / "record.csv"
    large.to_csv(path, index=False, encoding=encoding)
    described = describe_record(path)
    assert f"about {n_rows}, of which" in described.how["rows"]
    assert described.time["sampling interval"] == "1 s"
    assert not described.problems
    assert float(described.columns.loc["Time [s]", "max"]) > 0.99 * n_rows
    assert describe_record(path, whole=True).how["rows"] == str(n_rows)
    with gzip.open(tmp_path / "record.gz", "wb") as file:
        file.write(path.read_bytes())
    monkeypatch.setattr(_sample, "WHOLE_BYTES", 10_000)
    assert "the first" in describe_record(tmp_path / "record.gz").how["rows"]


def test_dates_and_clock_times_in_two_columns_are_suggested_together(table, tmp_path):
    stamps = pd.Timestamp("2026-02-05 23:59") + pd.to_timedelta(table.pop("Time [s]"), unit="s")
    table.insert(0, "Clock", stamps.dt.strftime("%H:%M:%S.%f"))
    table.insert(0, "Date", stamps.dt.strftime("%Y-%m-%d"))
    described = describe(table, tmp_path)
    assert described.time["time column"] == "'Date' and 'Clock' (suggested)"
    assert "--time Date --time Clock" in described.command


def test_a_file_without_time_says_how_to_name_one(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(50, 2)), columns=["a", "b"])
    described = describe(table, tmp_path)
    assert "--time" in described.time["time column"]
    assert "--time TIME --target TARGET" in described.command
