"""Files of every format read to the same record, through the library that owns the format."""

import builtins
import bz2
import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from sklearn_frictiongru.io import describe_record, read_record

COLUMNS = {"time": "time_s", "target": "friction", "inputs": ["v_mm_s", "T"]}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    values = rng.uniform(0.5, 2.0, (30, 3)).round(4)
    frame = pd.DataFrame(values, columns=["v_mm_s", "T", "friction"])
    frame.insert(0, "time_s", np.arange(30.0))
    return frame


def check(path, frame, **options):
    """Compare what is read from a file with what was written; return it."""
    read = read_record(path, **COLUMNS, **options)
    np.testing.assert_array_equal(read.data.index, frame["time_s"])
    np.testing.assert_array_equal(read.data, frame[["v_mm_s", "T"]])
    np.testing.assert_array_equal(read.target, frame["friction"])
    assert "time_s" in str(describe_record(path, **options))
    return read


@pytest.mark.parametrize("pack", [gzip.open, bz2.open])
def test_packed_text_is_unpacked(pack, frame, tmp_path):
    with pack(tmp_path / "record.packed", "wt") as file:
        frame.to_csv(file, index=False)
    check(tmp_path / "record.packed", frame)


def test_a_zip_archive_of_one_text_is_read_and_of_several_asks_which(frame, tmp_path):
    path = tmp_path / "record.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/record.csv", frame.to_csv(index=False))
    check(path, frame)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "about the record")
    with pytest.raises(ValueError, match=r"2 files.*give sheet"):
        read_record(path, **COLUMNS)
    check(path, frame, sheet="data/record.csv")


class TestExcel:
    def test_the_sheet_with_the_columns_is_found_and_named(self, frame, tmp_path):
        path = tmp_path / "book.xlsx"
        with pd.ExcelWriter(path) as book:
            pd.DataFrame({"note": ["see below"]}).to_excel(book, sheet_name="info")
            frame.to_excel(book, sheet_name="data", index=False)
        assert check(path, frame).how["sheet"] == "sheet 'data' of 2"

    def test_two_sheets_with_the_columns_ask_which(self, frame, tmp_path):
        path = tmp_path / "book.xlsx"
        with pd.ExcelWriter(path) as book:
            frame.to_excel(book, sheet_name="one", index=False)
            frame.to_excel(book, sheet_name="two", index=False)
        with pytest.raises(ValueError, match="give sheet"):
            read_record(path, **COLUMNS)
        check(path, frame, sheet="two")
        check(path, frame, sheet=1)
        with pytest.raises(ValueError, match=r"no sheet 'three'.*'one', 'two'"):
            read_record(path, **COLUMNS, sheet="three")

    def test_lines_before_the_header_a_row_of_units_and_empty_columns(self, frame, tmp_path):
        path = tmp_path / "book.xlsx"
        above = pd.DataFrame([["Test", "A-1"], [None, None]])
        units = pd.DataFrame([["s", "mm/s", "℃", "-"]], columns=frame.columns)
        table = pd.concat([units, frame]).assign(empty=None)
        with pd.ExcelWriter(path) as book:
            above.to_excel(book, index=False, header=False)
            table.to_excel(book, index=False, startrow=2)
        read = check(path, frame)
        assert read.units == {"v_mm_s": "mm/s", "T": "degC", "friction": ""}

    def test_dates_and_clock_times_in_cells(self, frame, tmp_path):
        path = tmp_path / "book.xlsx"
        stamps = pd.Timestamp("2026-02-05 23:59:50") + pd.to_timedelta(frame["time_s"], unit="s")
        frame.assign(time_s=stamps).to_excel(path, index=False)
        assert check(path, frame).start == stamps[0]
        frame.assign(time_s=stamps.dt.time).to_excel(path, index=False)
        check(path, frame)
        both = frame.assign(time_s=stamps.dt.date, clock=stamps.dt.time)
        both.to_excel(path, index=False)
        read = read_record(path, **COLUMNS | {"time": ["time_s", "clock"]})
        np.testing.assert_array_equal(read.data.index, frame["time_s"])

    def test_a_damaged_book_is_named(self, tmp_path):
        path = tmp_path / "book.xlsx"
        path.write_bytes(b"PK\x03\x04" + bytes(40))
        with pytest.raises(ValueError, match="damaged"):
            read_record(path, **COLUMNS)


def test_parquet_with_time_and_runs_in_its_index(frame, tmp_path):
    frame.set_index("time_s").to_parquet(tmp_path / "record.parquet")
    check(tmp_path / "record.parquet", frame)
    twice = pd.concat([frame.assign(run="a"), frame.assign(run="b")])
    twice.set_index(["run", "time_s"]).to_parquet(tmp_path / "runs.parquet")
    read = read_record(tmp_path / "runs.parquet", **COLUMNS, run="run")
    assert read.data.index.equals(pd.MultiIndex.from_frame(twice[["run", "time_s"]]))


class TestMatlab:
    def test_a_struct_of_columns(self, frame, tmp_path):
        columns = {name: frame[name].to_numpy()[:, None] for name in frame}
        savemat(tmp_path / "record.mat", {"data": columns, "note": "diorite", "rate": 1.0})
        assert check(tmp_path / "record.mat", frame).how["sheet"] == "variable 'data'"

    def test_variables_of_equal_length_beside_others(self, frame, tmp_path):
        columns = {name: frame[name].to_numpy() for name in frame}
        savemat(tmp_path / "record.mat", columns | {"calibration": np.arange(3.0)})
        check(tmp_path / "record.mat", frame)

    def test_several_structs_ask_which_unless_one_has_the_columns(self, frame, tmp_path):
        columns = {name: frame[name].to_numpy() for name in frame}
        path = tmp_path / "record.mat"
        savemat(path, {"one": columns, "other": {"x": np.arange(4.0)}})
        check(path, frame)
        savemat(path, {"one": columns, "two": columns})
        with pytest.raises(ValueError, match=r"'one', 'two'.*give sheet"):
            read_record(path, **COLUMNS)
        check(path, frame, sheet="two")

    def test_version_7_3(self, frame, tmp_path):
        h5py = pytest.importorskip("h5py")
        path = tmp_path / "record.mat"
        with h5py.File(path, "w", userblock_size=512) as file:
            for name in frame:
                file[f"data/{name}"] = frame[name].to_numpy()[None, :]
        with open(path, "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file")
        assert check(path, frame).how["format"] == "MATLAB 7.3"


class TestHdf5:
    def test_datasets_with_units(self, frame, tmp_path):
        h5py = pytest.importorskip("h5py")
        path = tmp_path / "record.h5"
        with h5py.File(path, "w") as file:
            for name in frame:
                file[f"run/{name}"] = frame[name].to_numpy().astype(">f8")
            file["run/T"].attrs["units"] = "K"
        assert check(path, frame).units["T"] == "K"

    def test_a_compound_dataset(self, frame, tmp_path):
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / "record.h5", "w") as file:
            file["table"] = frame.to_records(index=False)
        check(tmp_path / "record.h5", frame)

    def test_a_table_of_pandas(self, frame, tmp_path):
        pytest.importorskip("tables")
        frame.set_index("time_s").to_hdf(tmp_path / "record.h5", key="data")
        check(tmp_path / "record.h5", frame)


def test_tdms_channels_with_units_and_with_time_from_the_waveform(frame, tmp_path):
    nptdms = pytest.importorskip("nptdms")
    path = tmp_path / "record.tdms"
    properties = {"wf_increment": 1.0, "wf_start_offset": 0.0}
    channels = [
        nptdms.ChannelObject("g", name, frame[name].to_numpy(), properties | {"unit_string": unit})
        for name, unit in (("v_mm_s", "mm/s"), ("T", "degC"), ("friction", ""))
    ]
    with nptdms.TdmsWriter(path) as writer:
        writer.write_segment(channels)
    read = read_record(path, **COLUMNS | {"time": "time"})
    np.testing.assert_array_equal(read.data, frame[["v_mm_s", "T"]])
    np.testing.assert_array_equal(read.data.index, frame["time_s"])
    assert read.units["T"] == "degC"


@pytest.mark.parametrize(
    ("start", "module", "extra"),
    [
        (b"PAR1", "pyarrow", "parquet"),
        (b"\x89HDF\r\n\x1a\n", "h5py", "hdf5"),
        (b"TDSm", "nptdms", "tdms"),
        (b"\xd0\xcf\x11\xe0", "xlrd", "excel"),
    ],
)
def test_a_library_that_is_not_installed_is_named_with_its_command(
    start, module, extra, tmp_path, monkeypatch
):
    plain = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] == module:
            raise ImportError(name)
        return plain(name, *arguments, **options)

    path = tmp_path / "record"
    path.write_bytes(start + bytes(600))
    monkeypatch.setattr(
        "sklearn_frictiongru.utils.extras.importlib.import_module", lambda name: without(name)
    )
    with pytest.raises(ImportError, match=rf"pip install 'sklearn_frictiongru\[{extra}\]'"):
        read_record(path, **COLUMNS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (b"time_s,v_mm_s,T,friction\n", "no rows"),
        (bytes(range(256)) * 40, "not text"),
        (b"<html><table></table></html>", "web page"),
        (b"PAR1" + bytes(600), "cannot be read as Parquet"),
    ],
)
def test_what_holds_no_record_is_named(content, said, tmp_path):
    path = tmp_path / "record.csv"
    path.write_bytes(content)
    for reader in (lambda: read_record(path, **COLUMNS), lambda: describe_record(path)):
        with pytest.raises(ValueError, match=f"record.csv.*{said}"):
            reader()


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path, what in ((tmp_path / "none.csv", "no file"), (tmp_path, "a folder")):
        with pytest.raises(ValueError, match=what):
            read_record(path, **COLUMNS)
