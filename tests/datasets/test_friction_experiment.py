"""The simulated experiment: shapes, causes, chance, bounds and what its description says."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_frictiongru.datasets import (
    ExperimentConstants,
    Ramps,
    Steps,
    make_friction_experiment,
)
from sklearn_frictiongru.preprocessing import Runs
from sklearn_frictiongru.utils.rates import savgol_rate

INPUTS = [
    "slip_velocity_m_s",
    "axial_displacement_mm",
    "temperature_degc",
    "temperature_rate_degc_s",
    "axial_displacement_rate_mm_s",
]
NOISES = {
    "slip_velocity_noise": "slip_velocity_m_s",
    "axial_displacement_noise": "axial_displacement_mm",
    "temperature_noise": "temperature_degc",
    "normal_stress_noise": "normal_stress_mpa",
    "shear_stress_noise": "shear_stress_mpa",
}
QUIET = {**dict.fromkeys(NOISES, 0.0), "slip_velocity_fluctuation": 0.0}
SHORT = {"duration": 200, "normal_stress": Steps([(0, 0.5), (60, 4.0), (140, 1.5)])}
STEPS_UP_AND_DOWN = Steps(
    [(500 * i, level) for i, level in enumerate([0.3, 0.8, 1.5, 2.4, 3.5, 4.6, 5.8, 4, 2, 0.8])]
)


@pytest.fixture(scope="module")
def default():
    return make_friction_experiment(random_state=0)


@pytest.fixture(scope="module")
def decoupled():
    return make_friction_experiment(temperature_coupling=0, random_state=0)


def test_shapes_names_and_index(default):
    assert default.data.columns.tolist() == default.feature_names == INPUTS
    assert default.target.name == default.target_name == "friction"
    assert default.normal_stress.name == "normal_stress_mpa"
    assert default.shear_stress.name == "shear_stress_mpa"
    assert default.hidden.columns[:2].tolist() == ["surface_temperature_degc", "theta_s"]
    assert default.frame.columns.tolist() == [
        *INPUTS,
        "friction",
        "normal_stress_mpa",
        "shear_stress_mpa",
    ]
    for table in (
        default.data,
        default.target,
        default.normal_stress,
        default.shear_stress,
        default.hidden,
        default.frame,
    ):
        assert table.index.names == ["run", "time_s"]
        assert table.index.equals(default.data.index)
        assert np.isfinite(table.to_numpy()).all()
    assert default.data.index.get_level_values("time_s").tolist() == list(range(5000))
    pd.testing.assert_frame_equal(default.frame[INPUTS], default.data)
    pd.testing.assert_series_equal(default.frame["friction"], default.target)


def test_runs_and_times_are_read_by_the_package():
    experiment = make_friction_experiment(3, 7.25, sampling_interval=0.1, random_state=0)
    runs = Runs.of(experiment.data)
    assert (runs.starts.tolist(), runs.labels.tolist()) == ([0, 73, 146], [0, 1, 2])
    assert runs.sampling_interval == pytest.approx(0.1)
    # Times are the decimals that they are written as.
    assert experiment.target.loc[1].index[[3, 7, 72]].tolist() == [0.3, 0.7, 7.2]
    assert experiment.energy.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("duration", "n_rows"), [(2, 2), (10, 10), (10.5, 11)])
def test_rows_lie_before_the_end(duration, n_rows):
    assert len(make_friction_experiment(duration=duration).target) == n_rows


def test_the_default_looks_like_the_published_experiment(default):
    true = default.hidden
    assert default.normal_stress.min() == pytest.approx(0.3, abs=0.02)
    assert default.normal_stress.max() == pytest.approx(5.8, abs=0.02)
    assert default.data["slip_velocity_m_s"].mean() == pytest.approx(0.004, rel=0.01)
    assert default.data["temperature_degc"].iloc[0] == pytest.approx(20, abs=0.3)
    assert 60 < default.data["temperature_degc"].max() < 72
    assert true["surface_temperature_degc"].max() < 80
    assert 0.5 < default.target.min() < default.target.max() < 0.9
    assert 0.1 < default.data["axial_displacement_mm"].iloc[-1] < 1.0


def test_friction_is_measured_shear_over_measured_normal_stress(default):
    np.testing.assert_array_equal(default.target, default.shear_stress / default.normal_stress)
    assert (default.target != default.hidden["true_friction"]).all()


def test_the_step_of_a_program_is_read_after_its_time():
    experiment = make_friction_experiment(**SHORT, **QUIET)
    stress = experiment.normal_stress.loc[0]
    assert stress.loc[[60, 61, 140, 141]].tolist() == [0.5, 4.0, 4.0, 1.5]


def test_rates_are_causal_and_of_the_measured_channels():
    experiment = make_friction_experiment(2, rate_window=7, random_state=0, **SHORT)
    for rate, channel in (
        ("temperature_rate_degc_s", "temperature_degc"),
        ("axial_displacement_rate_mm_s", "axial_displacement_mm"),
    ):
        for run in (0, 1):
            expected = savgol_rate(
                experiment.data.loc[run, channel], 1.0, window_length=7, polyorder=1, kind="causal"
            )
            np.testing.assert_array_equal(experiment.data.loc[run, rate], expected)


def test_rates_are_per_second():
    options = {"duration": 60, "normal_stress": Ramps([(0, 1.0), (60, 4.0)]), **QUIET}
    experiment = make_friction_experiment(sampling_interval=0.5, **options)
    moved = experiment.data["axial_displacement_mm"].loc[0]
    rate = experiment.data["axial_displacement_rate_mm_s"].loc[0]
    slope = (moved.loc[40] - moved.loc[20]) / 20
    assert rate.loc[20:40].mean() == pytest.approx(slope, rel=0.02)


def test_what_comes_later_changes_nothing_before_it():
    programs = [Steps([(0, 1.0), (100, later)]) for later in (5.0, 2.0)]
    before, after = (
        make_friction_experiment(duration=200, normal_stress=program, random_state=0).frame.loc[0]
        for program in programs
    )
    np.testing.assert_allclose(before.loc[:100], after.loc[:100], rtol=0, atol=1e-9)
    assert (before.loc[101:] != after.loc[101:])[[*INPUTS[1:3], "friction"]].all(axis=None)


def test_each_run_has_its_own_program():
    velocities = [0.001, Ramps([(0, 0.001), (100, 0.003)])]
    experiment = make_friction_experiment(
        2, 101, slip_velocity=velocities, normal_stress=[2.0, 3.0], **QUIET
    )
    first, second = (experiment.data["slip_velocity_m_s"].loc[run] for run in (0, 1))
    assert (first == 0.001).all()
    np.testing.assert_allclose(second, np.linspace(0.001, 0.003, 101), rtol=1e-12)
    assert experiment.normal_stress.groupby("run").mean().tolist() == [2.0, 3.0]


HEAT = {
    "density": 3000.0,
    "specific_heat": 900.0,
    "diffusivity": 1.5e-6,
    "holder_loss_time": 200.0,
    "thermocouple_depth": 0.003,
    "ambient_temperature": 35.0,
}


@pytest.mark.parametrize("name", HEAT)
def test_decoupled_friction_knows_nothing_of_heat(name):
    changed = ExperimentConstants(**{name: HEAT[name]})
    # Fast enough for contacts to flash heat.
    for options in (SHORT, {"duration": 50, "normal_stress": 0.4, "slip_velocity": 0.4}):
        base, other = (
            make_friction_experiment(
                temperature_coupling=0, constants=constants, random_state=0, **options
            )
            for constants in (None, changed)
        )
        assert (base.target == other.target).all()
        assert (base.hidden["true_friction"] == other.hidden["true_friction"]).all()
        warmed = base.data["temperature_degc"] != other.data["temperature_degc"]
        assert warmed.iloc[1:].all()


@pytest.mark.parametrize("name", HEAT)
def test_coupled_friction_depends_on_heat(name):
    changed = ExperimentConstants(**{name: HEAT[name]})
    base, other = (
        make_friction_experiment(constants=constants, random_state=0, **SHORT)
        for constants in (None, changed)
    )
    same = base.target == other.target
    # Where the thermocouple sits causes nothing, and a rise counts from the ambient
    # temperature, whose value matters to flash heating only.
    if name in ("thermocouple_depth", "ambient_temperature"):
        assert same.all()
    else:
        assert not same.iloc[1:].any()


def test_the_causes_are_named(default, decoupled):
    direct = ["slip_velocity_m_s", "theta_s", "normal_stress_mpa"]
    assert decoupled.causal_parents == direct
    assert default.causal_parents == [*direct, "surface_temperature_degc"]
    columns = {*default.frame, *default.hidden}
    assert columns.issuperset(default.causal_parents)


def test_temperature_follows_friction_that_does_not_depend_on_it(default, decoupled):
    for experiment in (default, decoupled):
        assert experiment.data["temperature_degc"].corr(experiment.target) < -0.65
    for said in ("artefact", "``temperature_coupling=0``"):
        assert said in decoupled.DESCR
        assert said in make_friction_experiment.__doc__


def test_friction_falls_with_normal_stress_by_the_cohesion():
    for cohesion in (0.0, 0.1):
        experiment = make_friction_experiment(
            temperature_coupling=0,
            constants=ExperimentConstants(cohesion=cohesion),
            **SHORT,
            **QUIET,
        )
        stress = experiment.normal_stress
        spread = np.ptp(experiment.target - cohesion / stress)
        assert spread < 1e-12


def test_heat_weakens_visibly(default, decoupled):
    warmest = default.hidden["surface_temperature_degc"].idxmax()
    lost = decoupled.hidden["true_friction"] - default.hidden["true_friction"]
    assert lost[warmest] == pytest.approx(0.05, abs=0.01)
    rise = default.hidden["surface_temperature_degc"] - 20.0
    np.testing.assert_allclose(lost, 0.001 * rise, rtol=0, atol=1e-12)


def test_axial_displacement_is_worn_off_at_constant_stress():
    experiment = make_friction_experiment(
        duration=1000.5,
        sampling_interval=0.5,
        normal_stress=2.0,
        temperature_coupling=0,
        n_substeps=2,
        constants=ExperimentConstants(thermal_expansion=0.0),
        **QUIET,
    )
    # 5e-12 1/Pa, 2 MPa, 4 m.
    assert experiment.data["axial_displacement_mm"].iloc[-1] == pytest.approx(0.04, rel=1e-9)


def test_thermal_expansion_lengthens():
    moved = [
        make_friction_experiment(
            constants=ExperimentConstants(thermal_expansion=expansion), **SHORT, **QUIET
        ).data["axial_displacement_mm"]
        for expansion in (0.0, 7e-6)
    ]
    assert (moved[1].iloc[1:] < moved[0].iloc[1:]).all()


def test_the_balance_of_heat_closes_and_is_that_of_the_work():
    experiment = make_friction_experiment(normal_stress=STEPS_UP_AND_DOWN, random_state=0)
    energy = experiment.energy.loc[0]
    assert energy["relative_error"] < 1e-6
    assert energy["generated_j_m2"] == pytest.approx(
        energy["stored_j_m2"] + energy["lost_j_m2"], rel=1e-6
    )
    stress = (
        experiment.hidden["true_friction"]
        * 1e6
        * experiment.parameters["normal_stress"].before(np.arange(5000.0))
    )
    work = (stress * experiment.hidden["true_slip_velocity_m_s"]).iloc[1:].sum()
    assert energy["generated_j_m2"] == pytest.approx(work, rel=1e-5)
    assert energy["lost_j_m2"] > 0.9 * energy["generated_j_m2"]


def test_time_scales():
    constants = ExperimentConstants(d_c=2e-5, thermocouple_depth=0.003, holder_loss_time=100.0)
    experiment = make_friction_experiment(duration=10, constants=constants, **QUIET)
    assert experiment.time_scales == {
        "state_s": pytest.approx(2e-5 / 0.004),
        "thermocouple_s": pytest.approx(9e-6 / 1.1e-6),
        "holder_loss_s": 100.0,
    }


def test_one_step_per_row_is_accurate():
    coarse, fine = (
        make_friction_experiment(
            duration=2100, normal_stress=STEPS_UP_AND_DOWN, n_substeps=n, **QUIET
        ).hidden
        for n in (1, 8)
    )
    error = (coarse - fine).abs().max()
    assert 1e-5 < error["surface_temperature_degc"] < 0.0015
    assert error["true_friction"] < 5e-6


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    runs = [make_friction_experiment(2, random_state=seed, **SHORT).frame for seed in (3, 3, 4)]
    pd.testing.assert_frame_equal(runs[0], runs[1], check_exact=True)
    assert (runs[0] != runs[2])[[*INPUTS[:3], "friction"]].all(axis=None)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_a_generator_is_drawn_from():
    generator = np.random.RandomState(0)
    first, second = (
        make_friction_experiment(random_state=generator, **SHORT).target for _ in range(2)
    )
    assert (first != second).all()
    again = make_friction_experiment(random_state=np.random.RandomState(0), **SHORT).target
    assert (first == again).all()


def test_runs_differ_in_chance_only_and_keep_their_own():
    two = make_friction_experiment(2, random_state=0, **SHORT).frame
    one = make_friction_experiment(1, random_state=0, **SHORT).frame
    pd.testing.assert_frame_equal(two.loc[[0]], one, check_exact=True)
    assert (two.loc[0] != two.loc[1])[[*INPUTS[:3], "friction"]].all(axis=None)
    quiet = make_friction_experiment(2, random_state=0, **SHORT, **QUIET).frame
    assert (quiet.loc[0] == quiet.loc[1]).all(axis=None)


@pytest.mark.parametrize("noise", NOISES)
def test_each_noise_has_its_strength_in_its_own_channel(noise):
    options = {"duration": 4000, "normal_stress": 5.0, "temperature_coupling": 0}
    noisy, quiet = (
        make_friction_experiment(**options, **(QUIET | {noise: strength}), random_state=0).frame
        for strength in (0.02, 0.0)
    )
    differences = noisy - quiet
    others = [column for name, column in NOISES.items() if name != noise]
    assert (differences[others] == 0).all(axis=None)
    assert differences[NOISES[noise]].std() == pytest.approx(0.02, rel=0.05)
    assert abs(differences[NOISES[noise]].mean()) < 0.002


def test_noise_of_one_channel_leaves_the_numbers_of_the_others():
    noisy = make_friction_experiment(random_state=0, **SHORT).frame
    less = make_friction_experiment(random_state=0, temperature_noise=0.0, **SHORT).frame
    changed = (noisy != less).any()
    assert changed[changed].index.tolist() == ["temperature_degc", "temperature_rate_degc_s"]


def test_slip_velocity_fluctuates_and_friction_with_it():
    options = QUIET | {"slip_velocity_fluctuation": 0.05}
    experiment = make_friction_experiment(
        duration=4000, normal_stress=2.0, temperature_coupling=0, random_state=0, **options
    )
    velocity = experiment.data["slip_velocity_m_s"]
    assert (velocity / 0.004).apply(np.log).std() == pytest.approx(0.05, rel=0.15)
    assert velocity.autocorr(10) == pytest.approx(np.exp(-1), abs=0.1)
    # State follows within milliseconds: friction is the steady one, (a - b) ln(V / V0).
    expected = 0.65 + 0.02 + (0.01 - 0.013) * np.log(velocity / 1e-6)
    np.testing.assert_allclose(experiment.target, expected, rtol=0, atol=1e-9)


def test_the_fluctuation_time_is_in_seconds():
    options = QUIET | {"slip_velocity_fluctuation": 0.05}
    velocity = make_friction_experiment(
        duration=1000, sampling_interval=0.5, fluctuation_time=4.0, random_state=0, **options
    ).data["slip_velocity_m_s"]
    assert velocity.autocorr(8) == pytest.approx(np.exp(-1), abs=0.1)


@pytest.mark.parametrize("random_state", [5, None, np.random.RandomState(1)])
def test_the_parameters_make_the_same_experiment_again(random_state):
    programs = [Ramps([(0, 1.0), (50, 3.0)]), 2.0]
    options = {
        "n_runs": 2,
        "duration": 50,
        "sampling_interval": 0.5,
        "normal_stress": programs,
        "slip_velocity": 0.003,
        "temperature_coupling": 0.002,
        "constants": ExperimentConstants(mu0=0.6),
        "n_substeps": 2,
        "slip_velocity_fluctuation": 0.03,
        "fluctuation_time": 3.0,
        "slip_velocity_noise": 1e-5,
        "axial_displacement_noise": 1e-4,
        "temperature_noise": 0.1,
        "normal_stress_noise": 0.002,
        "shear_stress_noise": 0.004,
        "rate_window": 4,
    }
    assert {*options, "random_state"} == {*inspect.signature(make_friction_experiment).parameters}
    experiment = make_friction_experiment(**options, random_state=random_state)
    assert options.items() <= experiment.parameters.items()
    again = make_friction_experiment(**experiment.parameters)
    pd.testing.assert_frame_equal(again.frame, experiment.frame, check_exact=True)
    pd.testing.assert_frame_equal(again.hidden, experiment.hidden, check_exact=True)


ALLOWED_AND_NOT = [
    ({"n_runs": 1}, {"n_runs": 0}, "'n_runs'"),
    ({"duration": 2}, {"duration": 1.9}, "at least two sampling intervals"),
    ({"duration": 2}, {"duration": 0}, "'duration'"),
    ({"sampling_interval": 0.1}, {"sampling_interval": 0}, "'sampling_interval'"),
    ({"normal_stress": 0.05}, {"normal_stress": 0.0499}, "normal_stress of run 0 is 0.0499 MPa"),
    ({"normal_stress": 0.05}, {"normal_stress": 0}, "'normal_stress'"),
    (
        {"normal_stress": 200, "slip_velocity": 1e-4},
        {"normal_stress": 201, "slip_velocity": 1e-4},
        "normal_stress of run 0 is 201 MPa at 0 s; expected 0.05 to 200",
    ),
    ({"slip_velocity": 1e-9}, {"slip_velocity": 0.9e-9}, "slip_velocity of run 0 is 9e-10 m/s"),
    ({"slip_velocity": 1e-9}, {"slip_velocity": 0}, "'slip_velocity'"),
    (
        {"slip_velocity": 1.0, "normal_stress": 0.1},
        {"slip_velocity": 10.1, "normal_stress": 0.1},
        "slip_velocity of run 0 is 10.1 m/s at 0 s; expected 1e-09 to 10",
    ),
    (
        {"normal_stress": 2.0, "slip_velocity": 0.1},
        {"normal_stress": 2.0, "slip_velocity": 0.1001},
        "normal_stress times slip_velocity of run 0 is 0.2002 MPa m/s at 0 s",
    ),
    ({"temperature_coupling": 0.0}, {"temperature_coupling": -1e-6}, "'temperature_coupling'"),
    ({"temperature_coupling": 0.01}, {"temperature_coupling": 0.0101}, "'temperature_coupling'"),
    ({"constants": None}, {"constants": {"mu0": 0.6}}, "'constants'"),
    ({"n_substeps": 1}, {"n_substeps": 0}, "'n_substeps'"),
    (
        {"slip_velocity_fluctuation": 0.0},
        {"slip_velocity_fluctuation": -0.01},
        "'slip_velocity_fluctuation'",
    ),
    (
        {"slip_velocity_fluctuation": 0.2},
        {"slip_velocity_fluctuation": 0.21},
        "'slip_velocity_fluctuation'",
    ),
    ({"fluctuation_time": 1e-6}, {"fluctuation_time": 0}, "'fluctuation_time'"),
    *(({noise: 0.0}, {noise: -1e-9}, f"'{noise}'") for noise in NOISES),
    ({"rate_window": 2}, {"rate_window": 1}, "'rate_window'"),
    (
        {"normal_stress": [1.0, 2.0], "n_runs": 2},
        {"normal_stress": [1.0], "n_runs": 2},
        "normal_stress is a list of 1 programs but n_runs is 2",
    ),
    (
        {"slip_velocity": [0.001], "n_runs": 1},
        {"slip_velocity": [0.001, 0.002], "n_runs": 1},
        "slip_velocity is a list of 2 programs but n_runs is 1",
    ),
]


@pytest.mark.parametrize(("allowed", "broken", "message"), ALLOWED_AND_NOT)
def test_a_bound_is_allowed_and_what_lies_beyond_is_an_error(allowed, broken, message):
    assert len(make_friction_experiment(**({"duration": 20} | allowed)).target) >= 2
    with pytest.raises(ValueError, match=re.escape(message)):
        make_friction_experiment(**({"duration": 20} | broken))


def test_a_program_out_of_bounds_is_named_by_run_and_time():
    fine, rising = Steps([(0, 2.0)]), Ramps([(0, 2.0), (100, 102.0)])
    with pytest.raises(
        ValueError, match=r"normal_stress times slip_velocity of run 1 is 0\.204 MPa m/s at 49 s"
    ):
        make_friction_experiment(2, 100, normal_stress=[fine, rising])
    # The same between two rows of a coarse record.
    brief = Steps([(0, 0.004), (14, 5.0), (16, 0.004)])
    with pytest.raises(ValueError, match=r"slip_velocity of run 0 is 2\.5 MPa m/s at 15 s"):
        make_friction_experiment(
            duration=60, sampling_interval=10, normal_stress=0.5, slip_velocity=brief
        )


def test_a_surface_that_melts_is_an_error():
    insulated = ExperimentConstants(holder_loss_time=1e9)
    with pytest.raises(
        ValueError, match=r"surface of run 0 is at 9\d\d degC at \d+ s; .* 900 degC"
    ):
        make_friction_experiment(
            duration=3000,
            normal_stress=50.0,
            slip_velocity=0.004,
            constants=insulated,
            temperature_coupling=0,
        )


def test_a_shear_stress_below_zero_is_an_error():
    # As heat weakens the surface it makes less heat: steady slip never gets so far. A surface
    # that is nearly stopped is weaker at once, and still warm.
    weak = ExperimentConstants(mu0=0.2, cohesion=0.0)
    velocity = Steps([(0, 0.004), (300, 1e-9)])
    with pytest.raises(ValueError, match=r"shear stress of run 0 is -?\S+ MPa at \d+ s"):
        make_friction_experiment(
            duration=400,
            normal_stress=50.0,
            slip_velocity=velocity,
            temperature_coupling=0.01,
            constants=weak,
        )


def test_noise_that_turns_normal_stress_negative_is_an_error():
    with pytest.raises(ValueError, match=r"measured normal stress of run 0 is -\S+ MPa at \d+ s"):
        make_friction_experiment(
            duration=100, normal_stress=0.3, normal_stress_noise=1.0, random_state=0
        )


def test_the_description_travels_with_the_data(default):
    for name in (*INPUTS, "friction", "ExperimentConstants"):
        assert name in default.DESCR
    for name in ("mu0", "holder_loss_time", "V_w", "Archard", "none reproduces a published one"):
        assert name in default.DESCR
