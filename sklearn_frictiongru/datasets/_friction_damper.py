"""A friction damper with backlash: a laboratory record in which history matters."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Literal, overload
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch

from sklearn_frictiongru.utils.extras import import_extra
from sklearn_frictiongru.utils.files import whole_file
from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.results import Results

BASE_URL = "https://raw.githubusercontent.com/" + quote(
    "ARTS-Laboratory/Dataset-Friction-Damper-with-Backlash/"
    "0e09aa9d950760277e31c08cd93fd01f39a5af09/data/dataset-2/earthquake profiles/"
)
CHECKSUMS = {
    "ImperialValleyDBE": "9060242d42c480e2657494f43372392f1ef478310ab7039281bfa9f219d12d26",
    "ImperialValleyMCE": "736252373362759ad90b265a577e8a8f248ce1a6b60341db0f21c50d47052da0",
    "KocaeliDBE": "31f407c2ee09cb69ffe685d3c43bfddbc34eb340fd761216d36e57c78f5aba40",
    "KocaeliMCE": "029d9b68385ff3a6a62b7728e1307b46b4f78601cdb92716f3c2aab00de552bc",
}
"""SHA-256 of the file of each run."""

FEATURE_NAMES = ["displacement_mm", "velocity_mm_s"]
TARGET_NAME = "friction_force_kn"
INDEX_NAMES = ["run", "time_s"]

# Columns of the files: time [s], displacement [in], friction force [kip], velocity [in/s], ...
COLUMNS = {"displacement_mm": (1, 25.4), "velocity_mm_s": (3, 25.4), TARGET_NAME: (2, 4.4482216)}
"""Column of a file and the factor to its unit here."""

ROWS_PER_MEAN = 16
"""Samples at 1,024 Hz in one row at 64 Hz."""

CACHED = "friction_damper_64hz.csv"


@overload
def fetch_friction_damper(
    *,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...
@overload
def fetch_friction_damper(
    *,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
    as_frame: Literal[True],
) -> tuple[pd.DataFrame, pd.Series]: ...
@overload
def fetch_friction_damper(
    *,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
    as_frame: Literal[False] = ...,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
@check_parameters(
    {
        "data_home": [str, PathLike, None],
        "download_if_missing": ["boolean"],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    }
)
def fetch_friction_damper(
    *,
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[pd.DataFrame, pd.Series] | tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Load the friction damper with backlash from four earthquake tests (regression).

    Download it on first use. Steel bands rub on a drum while a damper follows the motion of a
    building in an earthquake. When the motion reverses, the damper first crosses its backlash, so
    that the force depends on the previous motion and not only on the present displacement and
    velocity.

    ========================= =========================================
    Rows                      7,002, at 64 Hz
    Runs                      4 earthquake tests of 27 to 28 s each
    Inputs                    2
    Target                    friction force, -20 to 15 kN
    ========================= =========================================

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder for data sets. None: that of scikit-learn, by default ``~/scikit_learn_data``
        (:func:`sklearn.datasets.get_data_home`). The files of this record, 13 MB, are kept in
        its subfolder ``friction_damper``, together with the table made from them.
    download_if_missing : bool, default=True
        Whether to download missing files; if False, a missing file is an error.
    return_X_y : bool, default=False
        Whether to return only inputs and target.
    as_frame : bool, default=False
        Whether to return pandas objects, with run and time in the index, or arrays.

    Returns
    -------
    data : Bunch
        - ``data`` : ndarray or DataFrame of shape (n_rows, 2). Displacement [mm] and velocity
          [mm/s].
        - ``target`` : ndarray or Series of shape (n_rows,). Friction force [kN].
        - ``groups`` : ndarray or Series of shape (n_rows,). Run of each row: the name of its
          earthquake.
        - ``time`` : ndarray or Series of shape (n_rows,). Time in its run [s].
        - ``frame`` : DataFrame of shape (n_rows, 3). Inputs and target; None with
          ``as_frame=False``.
        - ``feature_names`` : list of str, and ``target_name`` : str. Names of inputs and target.
        - ``DESCR`` : str. Description of the record, its source and its licence.

    (data, target) : tuple, if `return_X_y` is set
        Inputs of shape (n_rows, 2) and target of shape (n_rows,).

    Raises
    ------
    ImportError
        If a file has to be downloaded and pooch is not installed.
    OSError
        If a file is missing and cannot be downloaded; the message says which files to put
        where.

    See Also
    --------
    load_p655 : A laboratory record that needs no download.
    make_velocity_steps : A simulated record in which history matters.

    Notes
    -----
    The files hold inches, kip and inches per second at 1,024 Hz. Rows are means over 1/64 s, and
    the time of a row is the end of that interval.

    The record is licensed under Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0):
    anyone who redistributes it, or a table made from it, must name its authors and keep the
    licence.

    References
    ----------
    Coble, D., Huggins, P., Cao, L., Ricles, J., Downey, A. (2022).
    Dataset-Friction-Damper-with-Backlash. ARTS-Laboratory,
    https://github.com/ARTS-Laboratory/Dataset-Friction-Damper-with-Backlash.

    Examples
    --------
    >>> from sklearn_frictiongru.datasets import fetch_friction_damper
    >>> damper = fetch_friction_damper(as_frame=True)  # doctest: +SKIP
    >>> damper.data.shape  # doctest: +SKIP
    (7002, 2)
    """
    folder = Path(get_data_home(data_home)) / "friction_damper"
    cached = folder / CACHED
    if not cached.exists():
        folder.mkdir(parents=True, exist_ok=True)
        files = _files(folder, download_if_missing)
        table = pd.concat({run: _read(path) for run, path in files.items()}, names=INDEX_NAMES)
        with whole_file(cached) as file:
            table.to_csv(file)
    frame = pd.read_csv(cached, index_col=INDEX_NAMES)
    data, target = frame[FEATURE_NAMES], frame[TARGET_NAME]
    if return_X_y:
        return (data, target) if as_frame else (data.to_numpy(), target.to_numpy())
    index = frame.index.to_frame()
    groups, time = (index[name] for name in INDEX_NAMES)
    return Results(
        data=data if as_frame else data.to_numpy(),
        target=target if as_frame else target.to_numpy(),
        groups=groups if as_frame else groups.to_numpy(),
        time=time if as_frame else time.to_numpy(),
        frame=frame if as_frame else None,
        feature_names=list(FEATURE_NAMES),
        target_name=TARGET_NAME,
        DESCR=resources.files("sklearn_frictiongru.datasets.data")
        .joinpath("friction_damper.rst")
        .read_text(encoding="utf-8"),
    )


def _files(folder, download):
    """Return the path of each run's file, downloaded where it is missing."""
    files = {run: folder / f"{run}.json" for run in CHECKSUMS}
    missing = [run for run, path in files.items() if not _is_whole(path, CHECKSUMS[run])]
    if not missing:
        return files
    by_hand = (
        f"On a machine with network access download these files, put them unchanged into {folder} "
        "and call again: " + " ".join(f"{BASE_URL}{run}.json" for run in missing)
    )
    if not download:
        raise OSError(f"Data not found and `download_if_missing` is False. {by_hand}")
    pooch = import_extra("pooch", "fetch", "Downloading the friction damper")
    for run in missing:
        try:
            pooch.retrieve(
                f"{BASE_URL}{run}.json", CHECKSUMS[run], fname=f"{run}.json", path=folder
            )
        # A ValueError means that the checksum differs from the one this version expects.
        except (OSError, ValueError) as error:
            raise OSError(f"{run}.json could not be downloaded ({error}). {by_hand}") from error
    return files


def _is_whole(path, checksum):
    """Tell whether a file exists and has its checksum."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == checksum


def _read(path):
    """Return a run's inputs and target at 64 Hz, indexed by the end of each interval."""
    samples = np.array(json.loads(path.read_text(encoding="utf-8"))["data"], dtype=np.float64)
    n_rows = len(samples) // ROWS_PER_MEAN
    means = samples[: n_rows * ROWS_PER_MEAN].reshape(n_rows, ROWS_PER_MEAN, -1).mean(axis=1)
    time = pd.Index(np.arange(1, n_rows + 1) / 64, name="time_s")
    columns = {name: factor * means[:, column] for name, (column, factor) in COLUMNS.items()}
    return pd.DataFrame(columns, index=time)
