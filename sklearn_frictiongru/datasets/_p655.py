"""The shipped laboratory record p655."""

from importlib import resources
from numbers import Integral
from typing import Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_frictiongru.utils.parameters import check_parameters
from sklearn_frictiongru.utils.rates import savgol_rate
from sklearn_frictiongru.utils.results import Results

DATA = "sklearn_frictiongru.datasets.data"
SLIDING = slice(929, 4272)
FEATURE_NAMES = [
    "load_point_velocity_m_s",
    "axial_displacement_mm",
    "axial_displacement_rate_mm_s",
]
TARGET_NAME = "friction"
NORMAL_STRESS = "normal_stress_mpa"


@overload
def load_p655(
    *,
    part: Literal["sliding", "all"] = "sliding",
    rate: Literal["causal", "centred"] = "causal",
    rate_window: int = 5,
    return_X_y: Literal[False] = False,
    as_frame: bool = True,
) -> Bunch: ...


@overload
def load_p655(
    *,
    part: Literal["sliding", "all"] = "sliding",
    rate: Literal["causal", "centred"] = "causal",
    rate_window: int = 5,
    return_X_y: Literal[True],
    as_frame: Literal[True] = True,
) -> tuple[pd.DataFrame, pd.Series]: ...


@overload
def load_p655(
    *,
    part: Literal["sliding", "all"] = "sliding",
    rate: Literal["causal", "centred"] = "causal",
    rate_window: int = 5,
    return_X_y: Literal[True],
    as_frame: Literal[False],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...


@check_parameters(
    {
        "part": [StrOptions({"sliding", "all"})],
        "rate": [StrOptions({"causal", "centred"})],
        "rate_window": [Interval(Integral, 3, None, closed="left")],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    }
)
def load_p655(
    *,
    part: Literal["sliding", "all"] = "sliding",
    rate: Literal["causal", "centred"] = "causal",
    rate_window: int = 5,
    return_X_y: bool = False,
    as_frame: bool = True,
) -> Bunch | tuple:
    """Load the record p655 of a double-direct shear experiment on intact rock.

    ========================= =========================================
    Rows                      3,344 (sliding), one per second
    Inputs                    3
    Target                    friction, 0.0 to 0.52
    Normal stress             75 and 100 MPa
    ========================= =========================================

    Parameters
    ----------
    part : {"sliding", "all"}, default="sliding"
        Rows to return: those from 929 s to 4,272 s, while the piston moves or holds under
        load, or all of the record.
    rate : {"causal", "centred"}, default="causal"
        Rows that a rate may use: those up to its own row ("causal"), or those on both sides of
        it ("centred"). A centred rate uses future rows as inputs.
    rate_window : int, default=5
        Number of rows to which the straight line of a rate is fitted; odd for a centred rate.
    return_X_y : bool, default=False
        Whether to return only inputs and target.
    as_frame : bool, default=True
        Whether to return pandas objects, with the time in seconds as index, or arrays.

    Returns
    -------
    data : Bunch
        - ``data`` : DataFrame of shape (n_rows, 3). Load-point velocity [m/s], axial
          displacement [mm] and its rate [mm/s].
        - ``target`` : Series of shape (n_rows,). Friction [-].
        - ``frame`` : DataFrame of shape (n_rows, 5). Inputs, target and normal stress; None
          with ``as_frame=False``.
        - ``normal_stress`` : Series of shape (n_rows,). Normal stress [MPa].
        - ``feature_names`` : list of str, and ``target_name`` : str. Names of inputs and target.
        - ``rate`` : str. The kind of rate.
        - ``DESCR`` : str. Description of the record, its source and its licence.

    (data, target) : tuple, if `return_X_y` is set
        Inputs of shape (n_rows, 3) and target of shape (n_rows,).

    Raises
    ------
    ValueError
        If a parameter has a value that is not listed.

    See Also
    --------
    make_friction_experiment : A simulated record, with temperature and known causes.
    fetch_friction_damper : A record of a machine with backlash.
    make_memory_regression : A simulated record whose truth is known.

    References
    ----------
    Savitzky, A., Golay, M. J. E. (1964). Smoothing and differentiation of data by simplified
    least squares procedures. Analytical Chemistry, 36(8), 1627-1639. The rates.

    The record is part of ``pylook`` 0.1.1, (c) 2020 Leeman Geophysical LLC, BSD
    3-Clause.

    Examples
    --------
    >>> from sklearn_frictiongru.datasets import load_p655
    >>> p655 = load_p655()
    >>> p655.data.shape
    (3344, 3)
    >>> p655.data.index[[0, -1]].to_list()
    [929, 4272]
    >>> X, y = load_p655(return_X_y=True)
    >>> y.name
    'friction'
    """
    folder = resources.files(DATA)
    with folder.joinpath("p655_1hz.csv").open(encoding="utf-8") as file:
        record = pd.read_csv(file, index_col="time_s")
    thickness = record["layer_thickness_um"]
    # The slope of a line through an increasing displacement is never negative; a quadratic,
    # evaluated at its end, falls far below zero after each of the record's velocity steps.
    options = {
        "sampling_interval": 1.0,
        "window_length": rate_window,
        "polyorder": 1,
        "kind": rate,
    }
    axial_displacement = (thickness.iloc[0] - thickness) * 1e-3
    frame = pd.DataFrame(
        {
            "load_point_velocity_m_s": savgol_rate(
                record["load_point_displacement_um"] * 1e-6, **options
            ),
            "axial_displacement_mm": axial_displacement,
            "axial_displacement_rate_mm_s": savgol_rate(axial_displacement, **options),
            TARGET_NAME: record["shear_stress_mpa"] / record[NORMAL_STRESS],
            NORMAL_STRESS: record[NORMAL_STRESS],
        },
        index=record.index,
    )
    if part == "sliding":
        # Rates are computed before the cut, so that the first rows kept have a history.
        frame = frame.loc[SLIDING]
    data, target, normal_stress = (
        frame[columns] if as_frame else frame[columns].to_numpy()
        for columns in (FEATURE_NAMES, TARGET_NAME, NORMAL_STRESS)
    )
    if return_X_y:
        return data, target
    return Results(
        data=data,
        target=target,
        frame=frame if as_frame else None,
        normal_stress=normal_stress,
        feature_names=list(FEATURE_NAMES),
        target_name=TARGET_NAME,
        rate=rate,
        DESCR=folder.joinpath("p655.rst").read_text(encoding="utf-8"),
    )
