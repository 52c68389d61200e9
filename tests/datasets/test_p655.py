"""The shipped record says what its description says."""

import configparser
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.datasets import load_p655
from sklearn_frictiongru.preprocessing import Runs

NAMES = ["load_point_velocity_m_s", "axial_displacement_mm", "axial_displacement_rate_mm_s"]
FILES = resources.files("sklearn_frictiongru.datasets.data")


@pytest.fixture(scope="module")
def raw():
    with FILES.joinpath("p655_1hz.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col="time_s")


@pytest.fixture(scope="module")
def whole():
    return load_p655(part="all")


@pytest.mark.parametrize(
    ("part", "n_rows", "first", "last"), [("sliding", 3344, 929, 4272), ("all", 3881, 500, 4380)]
)
def test_shapes_names_and_time(part, n_rows, first, last):
    p655 = load_p655(part=part)
    assert p655.data.shape == (n_rows, 3)
    assert p655.data.columns.tolist() == p655.feature_names == NAMES
    assert p655.target.name == p655.target_name == "friction"
    assert p655.normal_stress.name == "normal_stress_mpa"
    assert p655.frame.columns.tolist() == [*NAMES, "friction", "normal_stress_mpa"]
    for table in (p655.data, p655.target, p655.normal_stress, p655.frame):
        assert table.index.name == "time_s"
        assert table.index.tolist() == list(range(first, last + 1))
    assert (p655.frame.dtypes == np.float64).all()
    assert np.isfinite(p655.frame.to_numpy()).all()
    runs = Runs.of(p655.data)
    assert (runs.starts.tolist(), runs.sampling_interval) == ([0], 1.0)


def test_the_sliding_part_is_the_default_and_a_piece_of_the_whole(whole):
    p655 = load_p655()
    assert p655.rate == whole.rate == "causal"
    # The rates of its first rows know the rows before it.
    pd.testing.assert_frame_equal(p655.frame, whole.frame.loc[929:4272])


def test_return_X_y_and_as_frame():
    p655 = load_p655()
    X, y = load_p655(return_X_y=True)
    pd.testing.assert_frame_equal(X, p655.data)
    pd.testing.assert_series_equal(y, p655.target)
    X, y = load_p655(return_X_y=True, as_frame=False)
    assert type(X) is type(y) is np.ndarray
    np.testing.assert_array_equal(X, p655.data)
    np.testing.assert_array_equal(y, p655.target)
    arrays = load_p655(as_frame=False)
    assert arrays.frame is None
    assert type(arrays.normal_stress) is np.ndarray
    np.testing.assert_array_equal(arrays.normal_stress, p655.normal_stress)
    np.testing.assert_array_equal(arrays.data, X)
    np.testing.assert_array_equal(arrays.target, y)
    assert arrays.feature_names == NAMES


def test_friction_is_shear_stress_over_normal_stress(raw, whole):
    np.testing.assert_array_equal(whole.target, raw["shear_stress_mpa"] / raw["normal_stress_mpa"])
    np.testing.assert_array_equal(whole.normal_stress, raw["normal_stress_mpa"])
    sliding = load_p655().target
    assert sliding.min() >= 0.0
    assert 0.5 < sliding.max() < 0.525


def test_axial_displacement_is_the_thinning_in_mm(raw, whole):
    thinned = 1e-3 * (4488.465 - raw["layer_thickness_um"])
    np.testing.assert_allclose(whole.data["axial_displacement_mm"], thinned, rtol=0, atol=1e-12)
    # 4.49 mm thin at first, it loses less than half.
    assert whole.data["axial_displacement_mm"].iloc[0] == 0.0
    assert 1.0 < whole.data["axial_displacement_mm"].iloc[-1] < 2.2


@pytest.mark.parametrize("rate", ["causal", "centred"])
def test_rates_are_per_second_and_in_the_units_of_their_names(raw, rate):
    p655 = load_p655(part="all", rate=rate)
    assert p655.rate == rate
    velocity = p655.data["load_point_velocity_m_s"]
    axial_rate = p655.data["axial_displacement_rate_mm_s"]
    # Summed over the record a rate gives back the displacement, but for its two ends.
    moved = 1e-6 * np.ptp(raw["load_point_displacement_um"].loc[:4272])
    assert velocity.loc[:4272].sum() == pytest.approx(moved, rel=2e-3)
    thinned = p655.data["axial_displacement_mm"].iloc[-1]
    assert axial_rate.sum() == pytest.approx(thinned, rel=2e-3)


def test_what_the_description_says_happens(whole):
    velocity = whole.data["load_point_velocity_m_s"] * 1e6
    # Standing, then started at 929 s; a causal rate follows within its five rows.
    assert velocity.loc[:928].abs().max() < 0.01
    assert velocity.loc[933:2630].median() == pytest.approx(2.3, abs=0.05)
    assert velocity.loc[933:2630].min() > 1.5
    # Held from 2,636 to 2,683 s.
    assert velocity.loc[2641:2682].abs().max() < 0.01
    assert velocity.loc[2690:3050].median() == pytest.approx(2.3, abs=0.05)
    # Fast, in two steps.
    for begin, end in ((3058, 3095), (3852, 3879)):
        fast = velocity.loc[begin:end]
        assert fast.median() == pytest.approx(23, abs=1)
        assert 200 < fast.max() < 235
    # Held, while normal stress is raised.
    assert velocity.loc[3178:3330].abs().max() < 0.01
    assert velocity.loc[3340:3850].median() == pytest.approx(2.3, abs=0.05)
    assert whole.normal_stress.loc[551:3239].median() == pytest.approx(75, abs=0.5)
    assert whole.normal_stress.loc[3280:4370].median() == pytest.approx(100, abs=0.5)
    # Shear stress is taken off.
    assert velocity.loc[4280:4370].median() < -1
    assert whole.target.loc[4373:].max() < 0.3


def test_a_causal_rate_follows_an_event_and_a_centred_one_precedes_it():
    causal = load_p655(part="all").data["load_point_velocity_m_s"]
    centred = load_p655(part="all", rate="centred").data["load_point_velocity_m_s"]
    standing = 1e-8
    assert causal.loc[:928].abs().max() < standing
    assert centred.loc[:926].abs().max() < standing
    assert centred.loc[927:928].max() > 10 * standing
    # The same slopes, two rows later.
    np.testing.assert_allclose(causal.iloc[4:], centred.iloc[2:-2], rtol=0, atol=1e-15)


def test_rate_window_sets_how_far_a_rate_reaches():
    changes = {}
    for rows in (3, 9):
        velocity = load_p655(rate_window=rows).data["load_point_velocity_m_s"]
        # At 2,683 s the piston moves again after a hold.
        changes[rows] = int((velocity.loc[2683:2700] < 0.98 * velocity.loc[2700]).sum())
    assert changes[3] < changes[9]


def test_licence_and_description_travel_with_the_data():
    licence = FILES.joinpath("p655_LICENSE.txt").read_text(encoding="utf-8")
    assert licence.startswith("BSD 3-Clause License")
    assert "Copyright (c) 2020, Leeman Geophysical LLC" in licence
    for condition in ("must retain the above copyright", "must reproduce", "Neither the name"):
        assert condition in licence
    description = load_p655().DESCR
    for said in ("p655", "Leeman Geophysical", "BSD 3-Clause", "no temperature was measured"):
        assert said.replace(" ", "") in "".join(description.split())
    assert all(name in description for name in NAMES)


def test_every_file_beside_the_data_is_packaged():
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).resolve().parents[2] / "setup.cfg", encoding="utf-8")
    patterns = setup["options.package_data"]["sklearn_frictiongru.datasets"].split()
    files = [file.name for file in FILES.iterdir() if file.is_file() and file.name[-3:] != ".py"]
    assert len(files) == 6
    assert [name for name in files if not any(fnmatch(f"data/{name}", p) for p in patterns)] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"part": "first"}, "'part'"),
        ({"rate": "forward"}, "'rate'"),
        ({"rate_window": 2}, "'rate_window'"),
        ({"rate_window": 5.0}, "'rate_window'"),
        ({"as_frame": "yes"}, "'as_frame'"),
        ({"return_X_y": None}, "'return_X_y'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_p655(**arguments)
