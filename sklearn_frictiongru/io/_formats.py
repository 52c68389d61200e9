"""The formats of files, and the libraries that own them."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_frictiongru.io._cells import decimal_mark, is_blank
from sklearn_frictiongru.io._layout import find_table, unique_names
from sklearn_frictiongru.io._table import Table, counted
from sklearn_frictiongru.io._text import read_text
from sklearn_frictiongru.utils.extras import import_extra

HEAD_ROWS = 1000


def format_of(path):
    """Return the format of a file from its first bytes."""
    with open(path, "rb") as file:
        start = file.read(520)
    if start.startswith(b"PK\x03\x04"):
        # An Excel book is a zip archive with characteristic names of its first entries.
        import zipfile

        try:
            names = zipfile.ZipFile(path).namelist()
        except zipfile.BadZipFile as error:
            raise ValueError(f"{path.name} is a damaged zip archive ({error}).") from error
        if any(name.startswith("xl/") for name in names):
            return "excel"
        if "content.xml" in names:
            raise ValueError(
                f"{path.name} is an OpenDocument spreadsheet; expected .xlsx or delimited text. "
                "Save it as one of these."
            )
        return "text"
    for magic, name in (
        (b"\xd0\xcf\x11\xe0", "xls"),
        (b"PAR1", "parquet"),
        (b"\x89HDF\r\n\x1a\n", "hdf5"),
        (b"TDSm", "tdms"),
        (b"MATLAB 5.0", "matlab"),
        (b"MATLAB 7", "hdf5"),
    ):
        if start.startswith(magic):
            return name
    if start.startswith(b"%PDF") or re.match(rb"\s*[\[{]\s*[\[{\"]", start):
        kind = "a PDF" if start.startswith(b"%PDF") else "JSON"
        raise ValueError(
            f"{path.name} holds {kind}, in spite of its ending; expected .xlsx, .parquet or "
            "delimited text. Save the table as one of these."
        )
    if start.lstrip()[:6].lower() in (b"<html>", b"<!doct", b"<table", b"<?xml "):
        raise ValueError(
            f"{path.name} holds a web page or XML, in spite of its ending; expected .xlsx or "
            "delimited text. Open it in the spreadsheet and save it as one of these."
        )
    return "text"


def read_table(path, options, wanted):
    """Read the table of a file of any format; from a text, only the wanted columns."""
    path = Path(path)
    if not path.is_file():
        what = f"{str(path)!r} is a folder" if path.is_dir() else f"there is no file {str(path)!r}"
        raise ValueError(f"{what}; expected a file with a record.")
    if path.stat().st_size == 0:
        raise ValueError(f"{path.name} has no rows; it is empty.")
    kind = format_of(path)
    return READERS[kind](path, options, wanted)


def _read_excel(path, options, wanted, engine="openpyxl"):
    """Read a sheet of an Excel book."""
    import_extra(engine, "excel", "reading Excel files")
    try:
        with warnings.catch_warnings():
            # openpyxl warns about unknown styles and validation rules, which change no values.
            warnings.simplefilter("ignore", UserWarning)
            sheets = pd.read_excel(
                path, sheet_name=None, header=None, engine=engine, keep_default_na=False
            )
    except Exception as error:
        raise ValueError(f"{path.name} cannot be read as an Excel book: {error}") from error
    filled = {name: grid for name, grid in sheets.items() if len(grid)}
    name = _chosen(path, "sheet", list(sheets), options.sheet, _fitting_sheets(filled, wanted))
    grid = sheets[name]
    rows = [
        [None if is_blank(cell) else cell for cell in row]
        for row in grid.iloc[:HEAD_ROWS].itertuples(index=False)
    ]
    shown = f"{path.name}, sheet {name!r},"
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    decimal = options.decimal or decimal_mark(texts, path.name)
    place = find_table(rows, decimal, [False] * len(rows), options, list(wanted), shown)
    header = place.header or [None] * grid.shape[1]
    names = unique_names(["" if is_blank(cell) else str(cell) for cell in header])
    frame = grid.iloc[place.body_start :].set_axis(names, axis=1).reset_index(drop=True)
    frame = frame.map(lambda cell: None if is_blank(cell) else cell)
    empty = [
        column
        for column, cell in zip(names, header, strict=True)
        if is_blank(cell) and frame[column].isna().all()
    ]
    how = {"format": "Excel", "sheet": f"sheet {name!r} of {len(sheets)}"}
    if place.skip_rows:
        how["skip_rows"] = f"{counted(place.skip_rows, 'line')} before the header"
    units = {}
    if place.units is not None:
        how["units_row"] = "a row of units below the header"
        units = {
            column: "" if is_blank(unit) or unit == "None" else unit
            for column, unit in zip(names, place.units, strict=False)
        }
    return Table(frame.drop(columns=empty).infer_objects(), how, units, decimal, options.thousands)


def _read_xls(path, options, wanted):
    """Read a sheet of an old Excel book."""
    return _read_excel(path, options, wanted, engine="xlrd")


def _fitting_sheets(sheets, wanted):
    """Return the sheets that hold the wanted names, or those with a table if no names are given."""
    if not wanted:
        return [name for name, grid in sheets.items() if grid.shape[1] > 1 and len(grid) > 2]
    fitting = []
    for name, grid in sheets.items():
        cells = {str(cell).strip() for cell in grid.iloc[:HEAD_ROWS].to_numpy().ravel()}
        if cells.issuperset(column.strip() for column in wanted):
            fitting.append(name)
    return fitting


def _chosen(path, what, names, given, fitting):
    """Return the part of a file to read: the one given, or the only one that fits."""
    if given is not None:
        if isinstance(given, int) and not isinstance(given, bool) and given < len(names):
            return names[given]
        if given not in names:
            raise ValueError(
                f"{path.name} has no {what} {given!r}; expected one of "
                f"{', '.join(map(repr, names))}."
            )
        return given
    if len(names) == 1:
        return names[0]
    if len(fitting) != 1:
        raise ValueError(
            f"{path.name} has {len(names)} parts ({', '.join(map(repr, names[:20]))}), of which "
            f"{len(fitting)} fit; give sheet to name the {what} to read."
        )
    return fitting[0]


def _read_parquet(path, options, wanted):
    """Read a Parquet file, including its index."""
    import_extra("pyarrow", "parquet", "reading Parquet files")
    try:
        frame = pd.read_parquet(path)
    except Exception as error:
        raise ValueError(f"{path.name} cannot be read as Parquet: {error}") from error
    return Table(_with_index(frame), {"format": "Parquet"})


def _with_index(frame):
    """Return a table with its index as columns, unless the index only counts rows."""
    named = any(name is not None for name in frame.index.names)
    if named or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return frame.rename(columns=str)


def _read_matlab(path, options, wanted):
    """Read a struct of columns, or variables of equal length, from a MATLAB file."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path, squeeze_me=True, struct_as_record=False)
    except (MatReadError, NotImplementedError, ValueError, TypeError) as error:
        raise ValueError(f"{path.name} cannot be read as a MATLAB file: {error}") from error
    content = {name: value for name, value in content.items() if not name.startswith("__")}
    groups = _groups(content, _struct_fields)
    return _from_groups(path, groups, options, wanted, "MATLAB", "variable")


def _struct_fields(value):
    """Return the fields of a MATLAB struct, or None."""
    names = getattr(value, "_fieldnames", None)
    return None if names is None else {name: getattr(value, name) for name in names}


def _groups(content, fields_of, name=""):
    """Return the groups of columns that a nested file holds, by name."""
    columns, groups = {}, {}
    for key, value in content.items():
        path = f"{name}/{key}" if name else key
        inner = fields_of(value)
        if inner is not None:
            groups |= _groups(inner, fields_of, path)
            continue
        array = np.asarray(value)
        if array.dtype.names:
            groups[path] = {field: array[field].ravel() for field in array.dtype.names}
        elif array.ndim == 2 and 1 not in array.shape:
            groups[path] = {f"column {i + 1}": array[:, i] for i in range(array.shape[1])}
        elif array.size > 1 or array.ndim == 1:
            columns[key] = array.ravel()
    lengths = [len(column) for column in columns.values()]
    if lengths:
        # Arrays that are not as long as most columns describe them.
        length = max(set(lengths), key=lambda n: (lengths.count(n), n))
        groups[name or "/"] = {k: v for k, v in columns.items() if len(v) == length}
    return groups


def _from_groups(path, groups, options, wanted, kind, what, units=None):
    """Return the table of the requested group, or of the only group that fits."""
    groups = {name: columns for name, columns in groups.items() if columns}
    if not groups:
        raise ValueError(f"{path.name} has no rows; expected columns of equal length.")
    if wanted:
        fitting = [name for name, columns in groups.items() if set(wanted) <= set(columns)]
    else:
        fitting = [name for name, columns in groups.items() if len(columns) > 1]
    name = _chosen(path, what, list(groups), options.sheet, fitting)
    frame = pd.DataFrame({str(k): _column(v) for k, v in groups[name].items()})
    how = {"format": kind}
    if name != "/":
        how["sheet"] = f"{what} {name!r}"
    return Table(frame, how, (units or {}).get(name, {}))


def _column(values):
    """Return values of a scientific format as a column of pandas."""
    values = np.ma.filled(values, np.nan) if np.ma.isMaskedArray(values) else np.asarray(values)
    if values.dtype.kind == "S":
        return [value.decode("utf-8", errors="replace") for value in values]
    if values.dtype.kind == "O":
        return [v.decode("utf-8", errors="replace") if isinstance(v, bytes) else v for v in values]
    # The byte order of a file may differ from that of the machine.
    return values.astype(values.dtype.newbyteorder("="))


def _read_hdf5(path, options, wanted):
    """Read columns of equal length, a table or a pandas table from HDF5, MATLAB 7.3 too."""
    h5py = import_extra("h5py", "hdf5", "reading HDF5 and MATLAB 7.3 files")
    try:
        with h5py.File(path, "r") as file:
            if any("pandas_type" in value.attrs for value in file.values()):
                return _read_pandas_hdf(path, options, wanted, list(file))
            matlab = path.suffix.lower() == ".mat"
            content = _hdf5_content(file, h5py, matlab)
            units = _hdf5_units(file, h5py)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read as HDF5: {error}") from error
    groups = _groups(content, lambda value: value if isinstance(value, dict) else None)
    kind = "MATLAB 7.3" if matlab else "HDF5"
    return _from_groups(path, groups, options, wanted, kind, "group", units)


def _hdf5_content(group, h5py, matlab):
    """Return the arrays of an HDF5 group as nested dictionaries."""
    content = {}
    for name, value in group.items():
        if name.startswith("#"):
            continue
        if isinstance(value, h5py.Group):
            content[name] = _hdf5_content(value, h5py, matlab)
        elif value.dtype.kind in "biufSOV" and value.shape:
            # MATLAB stores columns first.
            content[name] = value[()].T if matlab else value[()]
    return content


def _hdf5_units(file, h5py):
    """Return the units that the attributes of HDF5 datasets name, by group."""
    units = {}

    def note(name, item):
        unit = item.attrs.get("units", item.attrs.get("unit"))
        if isinstance(item, h5py.Dataset) and isinstance(unit, str | bytes):
            group, _, column = name.rpartition("/")
            text = unit.decode("utf-8", errors="replace") if isinstance(unit, bytes) else unit
            units.setdefault(group or "/", {})[column] = text

    file.visititems(note)
    return units


def _read_pandas_hdf(path, options, wanted, keys):
    """Read a table that pandas has stored in HDF5."""
    import_extra("tables", "hdf5,tables", "reading tables that pandas has stored in HDF5")
    key = _chosen(path, "table", keys, options.sheet, [])
    frame = pd.DataFrame(pd.read_hdf(path, key=key))
    return Table(_with_index(frame), {"format": "HDF5 (pandas)", "sheet": f"table {key!r}"})


def _read_tdms(path, options, wanted):
    """Read the channels of a LabVIEW file."""
    nptdms = import_extra("nptdms", "tdms", "reading TDMS files")
    groups, units = {}, {}
    with nptdms.TdmsFile.open(path) as file:
        for group in file.groups():
            channels = [channel for channel in group.channels() if len(channel)]
            if not channels:
                continue
            length = max(len(channel) for channel in channels)
            channels = [channel for channel in channels if len(channel) == length]
            columns = {channel.name: channel[:] for channel in channels}
            step = channels[0].properties.get("wf_increment")
            if step and "time" not in {name.strip().lower() for name in columns}:
                offset = channels[0].properties.get("wf_start_offset", 0.0)
                columns = {"time": offset + float(step) * np.arange(length)} | columns
            groups[group.name] = columns
            units[group.name] = {
                channel.name: str(channel.properties["unit_string"])
                for channel in channels
                if channel.properties.get("unit_string")
            }
    return _from_groups(path, groups, options, wanted, "TDMS", "group", units)


READERS = {
    "text": read_text,
    "excel": _read_excel,
    "xls": _read_xls,
    "parquet": _read_parquet,
    "matlab": _read_matlab,
    "hdf5": _read_hdf5,
    "tdms": _read_tdms,
}
