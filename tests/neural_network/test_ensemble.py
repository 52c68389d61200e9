"""The ensemble: members from seeds, their spread, and intervals that keep what they promise."""

import pickle
import random
from fractions import Fraction

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, with_runs
from tests.neural_network._models import (
    interrupting,
    record,
    small_regressor,
    weights_of,
    windows_of,
)

LENGTH = 5


@pytest.fixture(scope="module")
def table():
    return record(150, runs=2)


@pytest.fixture(scope="module")
def windows(table):
    return windows_of(table[0], LENGTH)


@pytest.fixture(scope="module")
def y(table):
    return table[1]


def small_ensemble(n_estimators=2, *, calibration=None, n_jobs=None, random_state=0, **parameters):
    """Return an ensemble that trains in less than a second."""
    member = small_regressor(**{"max_epochs": 2, "random_state": None, **parameters})
    return GRUFrictionEnsemble(
        member, n_estimators, calibration=calibration, n_jobs=n_jobs, random_state=random_state
    )


@pytest.fixture(scope="module")
def fitted(windows, y):
    """Three members that no test may change."""
    return small_ensemble(3).fit(windows, y)


@pytest.fixture(scope="module")
def calibrated(windows, y):
    """An ensemble with intervals that no test may change."""
    return small_ensemble(calibration=0.2).fit(windows, y)


def all_weights(ensemble):
    return np.stack([weights_of(member) for member in ensemble.estimators_])


# The members.


def test_the_members_are_what_regressors_of_their_seeds_are(windows, y, fitted):
    assert len(fitted.estimators_) == len(fitted.seeds_) == len(set(fitted.seeds_)) == 3
    for seed, member in zip(fitted.seeds_, fitted.estimators_, strict=True):
        alone = small_regressor(max_epochs=2, random_state=int(seed)).fit(windows, y)
        np.testing.assert_array_equal(weights_of(member), weights_of(alone))
    predictions = [member.predict(windows) for member in fitted.estimators_]
    for i, one in enumerate(predictions):
        assert all(not np.array_equal(one, other) for other in predictions[:i])


def test_mean_and_standard_deviation_are_those_of_the_members(windows, fitted):
    predictions = np.array([member.predict(windows) for member in fitted.estimators_])
    mean, std = fitted.predict(windows, return_std=True)
    by_hand = predictions.sum(axis=0) / 3
    np.testing.assert_allclose(mean, by_hand, rtol=1e-12)
    np.testing.assert_allclose(std, np.sqrt(((predictions - by_hand) ** 2).sum(axis=0) / 2))
    assert (std > 0).all()
    np.testing.assert_array_equal(fitted.predict(windows), mean)


def test_one_member_has_no_spread(windows, y):
    ensemble = small_ensemble(1).fit(windows, y)
    mean, std = ensemble.predict(windows, return_std=True)
    np.testing.assert_array_equal(mean, ensemble.estimators_[0].predict(windows))
    np.testing.assert_array_equal(std, np.zeros(150))


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_members_trained_side_by_side_are_those_trained_in_turn(windows, y, fitted, backend):
    with joblib.parallel_config(backend=backend):
        beside = small_ensemble(3, n_jobs=2).fit(windows, y)
    np.testing.assert_array_equal(beside.seeds_, fitted.seeds_)
    np.testing.assert_array_equal(all_weights(beside), all_weights(fitted))
    np.testing.assert_array_equal(beside.predict(windows), fitted.predict(windows))


def test_different_seeds_give_different_members(windows, y, fitted):
    ensembles = [small_ensemble(1, random_state=seed).fit(windows, y) for seed in (1, None, None)]
    seeds = [ensemble.seeds_[0] for ensemble in ensembles]
    assert len({*seeds, *fitted.seeds_}) == 6
    assert len({tuple(weights_of(each.estimators_[0])) for each in ensembles}) == 3


def test_global_generators_are_neither_touched_nor_used(windows, y, fitted):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    ensemble = small_ensemble(3).fit(windows, y)
    ensemble.predict(windows, return_std=True)
    small_ensemble(1, random_state=None).fit(windows, y)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[2])
    np.testing.assert_array_equal(all_weights(ensemble), all_weights(fitted))


def test_the_default_member_is_the_default_regressor():
    X, y = record(70)
    ensemble = GRUFrictionEnsemble(n_estimators=1, random_state=0)
    assert ensemble.estimator is None
    default = GRUFrictionRegressor().get_params()
    ensemble.fit(X, y)
    found = ensemble.estimators_[0].get_params()
    assert found.pop("random_state") == ensemble.seeds_[0]
    default.pop("random_state")
    assert found == default


# What calibrates.


def rows_reached(index, numbers):
    """Return the rows of the record that windows reach, by their first and last ones."""
    return {
        row
        for first, last in index[["first_row", "last_row"]].to_numpy()[numbers]
        for row in range(first, last + 1)
    }


def whole_run(windows):
    """Return a splitter that calibrates with the second run."""
    return PredefinedSplit(np.where(windows.run_codes == 1, 0, -1))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("calibration", ["share", "whole run", "holdout"])
@pytest.mark.parametrize("kind", ["windows", "array", "table"])
def test_no_member_sees_what_calibrates(table, windows, y, kind, calibration, weighted):
    X, _ = table
    numbers, length = np.arange(150), LENGTH
    if kind == "array":
        # Complete windows of one run, so that the array has the record's order.
        numbers = np.arange(LENGTH - 1, 75)
        X = np.asarray(windows[numbers])
    elif kind == "windows":
        X = windows
    else:
        length = 1
    targets = y[numbers]
    splitter = {
        "share": 0.25,
        "whole run": PredefinedSplit(np.where(np.arange(len(numbers)) < len(numbers) // 2, -1, 0)),
        "holdout": RunHoldout(validation=0.2, test=0.0, n_blocks=4, window_length=length),
    }[calibration]
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(targets)) if weighted else None
    ensemble = small_ensemble(calibration=splitter, max_epochs=1)
    ensemble.fit(X, targets, sample_weight=weights)
    calibrating = ensemble.calibration_indices_
    assert len(calibrating) == len(ensemble.calibration_errors_) >= 12
    index = windows_of(table[0], length).window_index()
    of_calibration = rows_reached(index, numbers[calibrating])
    for member in ensemble.estimators_:
        for used in (member.training_indices_, member.validation_indices_):
            assert len(used) >= 5
            assert not set(used) & set(calibrating)
            assert not of_calibration & rows_reached(index, numbers[used])
    # Nor do the targets there have a say.
    changed = targets.copy()
    changed[calibrating] += 100.0
    other = small_ensemble(calibration=splitter, max_epochs=1)
    other.fit(X, changed, sample_weight=weights)
    np.testing.assert_array_equal(all_weights(other), all_weights(ensemble))
    assert other.calibration_errors_.min() > 50 > ensemble.calibration_errors_.max()


def test_a_share_is_the_tail_of_each_run(windows, calibrated):
    expected = []
    for run in (0, 1):
        complete = np.flatnonzero(windows.complete & (windows.run_codes == run))
        assert len(complete) == 71
        expected.extend(complete[-14:])
    assert calibrated.calibration_indices_.tolist() == expected


def test_whole_runs_calibrate_without_a_purge_of_others(windows, y):
    ensemble = small_ensemble(1, calibration=whole_run(windows), validation=None).fit(windows, y)
    in_second = windows.run_codes == 1
    np.testing.assert_array_equal(
        ensemble.calibration_indices_, np.flatnonzero(in_second & windows.complete)
    )
    np.testing.assert_array_equal(
        ensemble.estimators_[0].training_indices_, np.flatnonzero(~in_second & windows.complete)
    )


def test_a_holdout_keeps_to_the_runs_of_a_table(table, y):
    X, _ = table
    holdout = RunHoldout(validation=0.2, test=0.2, n_blocks=1, window_length=1)
    ensemble = small_ensemble(1, calibration=holdout, max_epochs=1).fit(X, y)
    expected = np.flatnonzero(holdout.parts(X) == "validation")
    np.testing.assert_array_equal(ensemble.calibration_indices_, expected)


def test_the_purge_of_the_members_keeps_off_what_calibrates(windows, y):
    ensemble = small_ensemble(1, calibration=0.2, validation=None, purge=9).fit(windows, y)
    training = ensemble.estimators_[0].training_indices_
    apart = np.abs(training[:, None] - ensemble.calibration_indices_)
    same = windows.run_codes[training][:, None] == windows.run_codes[ensemble.calibration_indices_]
    assert apart[same].min() == 10


def test_windows_of_weight_zero_do_not_calibrate(windows, y, calibrated):
    weights = np.ones(150)
    left_out = calibrated.calibration_indices_[::3]
    weights[left_out] = 0.0
    ensemble = small_ensemble(1, calibration=0.2).fit(windows, y, sample_weight=weights)
    assert not np.isin(left_out, ensemble.calibration_indices_).any()
    assert len(ensemble.calibration_indices_) > 15


def test_nothing_left_to_train_on_is_named(windows, y):
    with pytest.raises(ValueError, match="no window is left to train on: 142 calibrate"):
        small_ensemble(calibration=PredefinedSplit(np.r_[-1, np.zeros(149)])).fit(windows, y)


# Intervals.


def test_calibration_errors_are_those_of_the_mean_prediction(windows, y, calibrated):
    errors = np.abs(calibrated.predict(windows) - y)[calibrated.calibration_indices_]
    np.testing.assert_array_equal(calibrated.calibration_errors_, np.sort(errors))


@pytest.mark.parametrize("coverage", ["0.5", "0.75", "0.8", "0.9", "0.03"])
def test_the_half_width_is_the_smallest_error_that_covers_enough(windows, calibrated, coverage):
    errors = calibrated.calibration_errors_
    wanted = Fraction(coverage) * (len(errors) + 1)
    brute = min(error for error in errors if (errors <= error).sum() >= wanted)
    lower, upper = calibrated.predict_interval(windows, coverage=float(coverage))
    mean = calibrated.predict(windows)
    np.testing.assert_array_equal(lower, mean - brute)
    np.testing.assert_array_equal(upper, mean + brute)


@pytest.mark.parametrize("coverage", [0, 1, 0.0, 1.0, -0.1, 1.5, np.nan, "0.9", None])
def test_a_coverage_that_is_no_share_is_named(windows, calibrated, coverage):
    with pytest.raises(ValueError, match=r"coverage is .*; expected a share such as 0\.9"):
        calibrated.predict_interval(windows, coverage=coverage)


@pytest.mark.parametrize(("coverage", "needed"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19)])
def test_too_few_calibration_windows_name_the_number_needed(windows, y, coverage, needed):
    ensemble = small_ensemble(1, max_epochs=1).fit(windows, y)
    # Its errors alone make the intervals.
    ensemble.calibration_errors_ = np.arange(float(needed))
    _, upper = ensemble.predict_interval(windows, coverage)
    np.testing.assert_allclose(upper - ensemble.predict(windows), needed - 1.0, atol=1e-9)
    ensemble.calibration_errors_ = np.arange(needed - 1.0)
    message = (
        rf"{needed - 1} calibration windows cannot give coverage={coverage}; expected at least "
        rf"{needed}\."
    )
    with pytest.raises(ValueError, match=message):
        ensemble.predict_interval(windows, coverage)


def test_without_calibration_there_are_no_intervals(windows, y, fitted):
    with pytest.raises(ValueError, match="calibration is None"):
        fitted.predict_interval(windows)
    # Errors of an earlier fit are not those of this one.
    ensemble = small_ensemble(1, calibration=0.2, max_epochs=1).fit(windows, y)
    ensemble.set_params(calibration=None).fit(windows, y)
    assert not hasattr(ensemble, "calibration_indices_")
    with pytest.raises(ValueError, match="calibration is None"):
        ensemble.predict_interval(windows)


N_ROWS = 15


def simulated_runs(n_runs, seed, shift=0.0):
    """Return the windows of independent runs of one process, their targets and runs."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_runs, N_ROWS, 1))
    noise = random.normal(size=(n_runs, N_ROWS)) * 0.03
    # Errors of one run resemble each other, as those of a real one do.
    noise[:, 1:] += 0.5 * noise[:, :-1]
    noise += random.normal(size=(n_runs, 1)) * 0.02
    y = 0.6 + 0.05 * X[..., 0] + noise + shift
    runs = np.repeat(np.arange(n_runs), N_ROWS)
    return windows_of(with_runs(X.reshape(-1, 1), groups=runs), 3), y.ravel(), runs


@pytest.fixture(scope="module")
def of_runs():
    windows, y, runs = simulated_runs(60, seed=0)
    calibration = PredefinedSplit(np.where(runs < 40, -1, 0))
    ensemble = small_ensemble(calibration=calibration, max_epochs=8).fit(windows, y)
    assert len(ensemble.calibration_indices_) == 20 * (N_ROWS - 2)
    return ensemble


def coverages(ensemble, coverage, windows, y, runs):
    """Return the share of covered complete windows of each run."""
    lower, upper = ensemble.predict_interval(windows, coverage)
    covered = pd.Series((lower <= y) & (y <= upper))[windows.complete]
    return covered.groupby(runs[windows.complete]).mean()


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_intervals_cover_their_share_of_fresh_runs(of_runs, coverage):
    of_fresh = coverages(of_runs, coverage, *simulated_runs(80, seed=1))
    # Runs are what is drawn independently: 20 calibrate and 80 are looked at, and the share
    # found differs from the one promised by the spread between runs over both numbers.
    error = of_fresh.std() * np.sqrt(1 / 20 + 1 / 80)
    assert error < 0.05
    assert abs(of_fresh.mean() - coverage) < 2.5 * error


def test_intervals_do_not_cover_after_a_change_of_regime(of_runs):
    of_shifted = coverages(of_runs, 0.9, *simulated_runs(30, seed=2, shift=0.2))
    assert of_shifted.mean() < 0.1


# Several targets, scores, and among scikit-learn's own.


def test_several_targets_have_spreads_and_widths_of_their_own(windows, y):
    several = np.column_stack([y, 100.0 * y**2])
    ensemble = small_ensemble(calibration=0.2).fit(windows, several)
    assert ensemble.n_outputs_ == 2
    mean, std = ensemble.predict(windows, return_std=True)
    assert mean.shape == std.shape == (150, 2)
    errors = np.abs(mean - several)[ensemble.calibration_indices_]
    np.testing.assert_array_equal(ensemble.calibration_errors_, np.sort(errors, axis=0))
    lower, upper = ensemble.predict_interval(windows, 0.8)
    widths = upper - lower
    # 28 windows calibrate: the 24th smallest error of each target.
    np.testing.assert_allclose(widths, np.tile(2 * np.sort(errors, axis=0)[23], (150, 1)))
    assert ensemble.score(windows, several) == pytest.approx(
        r2_score(several[windows.complete], mean[windows.complete])
    )


def test_the_score_is_r2_over_complete_windows(windows, y, fitted):
    complete = windows.complete
    changed = np.where(complete, y, 1e6)
    expected = r2_score(y[complete], fitted.predict(windows)[complete])
    assert fitted.score(windows, changed) == pytest.approx(expected, rel=1e-12)
    weights = np.random.default_rng(0).uniform(size=150)
    assert fitted.score(windows, changed, sample_weight=weights) == pytest.approx(
        r2_score(y[complete], fitted.predict(windows)[complete], sample_weight=weights[complete])
    )


def test_in_a_pipeline_behind_the_windows(table, windows, y, calibrated):
    X, _ = table
    pipeline = make_pipeline(SlidingWindowTransformer(LENGTH), small_ensemble(calibration=0.2))
    pipeline.fit(X, y)
    mean, std = pipeline.predict(X, return_std=True)
    expected = calibrated.predict(windows, return_std=True)
    np.testing.assert_array_equal(mean, expected[0])
    np.testing.assert_array_equal(std, expected[1])
    assert pipeline.score(X, y) == calibrated.score(windows, y)
    assert pipeline[-1].feature_names_in_.tolist() == X.columns.tolist()
    assert (pipeline[-1].n_features_in_, pipeline[-1].window_length_) == (2, LENGTH)


def test_weights_are_routed_to_the_members(table, windows, y):
    weights = np.random.default_rng(0).uniform(0.1, 2.0, size=150)
    expected = small_ensemble(1).fit(windows, y, sample_weight=weights)
    with sklearn.config_context(enable_metadata_routing=True):
        ensemble = small_ensemble(1).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(SlidingWindowTransformer(LENGTH), ensemble)
        pipeline.fit(table[0], y, sample_weight=weights)
    np.testing.assert_array_equal(all_weights(pipeline[-1]), all_weights(expected))
    assert not np.array_equal(all_weights(expected), all_weights(small_ensemble(1).fit(windows, y)))


def test_a_clone_is_unfitted_and_parameters_reach_the_member(windows, y, fitted):
    copy = clone(fitted)
    assert not hasattr(copy, "estimators_")
    assert copy.get_params(deep=False).keys() == fitted.get_params(deep=False).keys()
    assert copy.get_params()["estimator__max_epochs"] == 2
    copy.set_params(estimator__max_epochs=1)
    assert fitted.estimator.max_epochs == 2
    assert {member.n_epochs_ for member in copy.fit(windows, y).estimators_} == {1}
    # The member that was given is a template: it is neither fitted nor seeded.
    assert not hasattr(copy.estimator, "net_")
    assert copy.estimator.random_state is None


def test_a_stored_ensemble_predicts_the_same(windows, calibrated):
    stored = pickle.loads(pickle.dumps(calibrated))
    for found, expected in zip(
        stored.predict_interval(windows), calibrated.predict_interval(windows), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_windows_unlike_those_of_fit_are_an_error(table, fitted):
    with pytest.raises(ValueError, match="X has windows of 6 rows; expected 5"):
        fitted.predict(windows_of(table[0], 6))


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_estimators": 0},
        {"calibration": 1.0},
        {"estimator": SlidingWindowTransformer(3)},
        {"n_jobs": 1.5},
    ],
)
def test_bad_parameters_are_named(windows, y, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GRUFrictionEnsemble must"):
        small_ensemble().set_params(**parameters).fit(windows, y)


@pytest.mark.parametrize(
    ("epoch", "n_estimators", "n_epochs"),
    [
        # The first epoch of the second of three members with two epochs each: it is lost.
        (3, 1, [2]),
        (4, 2, [2, 1]),
        (6, 3, [2, 2, 1]),
    ],
)
def test_an_interruption_leaves_the_members_trained_until_then(
    windows, y, epoch, n_estimators, n_epochs
):
    callback = interrupting(epoch)
    ensemble = small_ensemble(3, calibration=0.2, validation=None, callbacks=[callback])
    with pytest.warns(UserWarning, match=f"the ensemble has {n_estimators} of 3 members"):
        ensemble.fit(windows, y)
    assert len(callback.begun) == epoch
    assert len(ensemble.seeds_) == n_estimators
    assert [member.n_epochs_ for member in ensemble.estimators_] == n_epochs
    mean, std = ensemble.predict(windows, return_std=True)
    assert ((std > 0) == (n_estimators > 1)).all()
    lower, upper = ensemble.predict_interval(windows)
    assert ((lower < mean) & (mean < upper)).all()


def test_an_interruption_in_the_first_epoch_of_all_goes_through(windows, y):
    with pytest.raises(KeyboardInterrupt, match="before its first epoch"):
        small_ensemble(3, callbacks=[interrupting(1)]).fit(windows, y)


def test_a_first_fit_that_fails_leaves_nothing_to_predict_with(windows, y):
    ensemble = small_ensemble(2, lr=1e30, normalize_X=False)
    with pytest.raises(ValueError, match="diverged"):
        ensemble.fit(windows, y)
    with pytest.raises(NotFittedError):
        ensemble.predict(windows)


def test_a_loss_that_cannot_be_weighted_can_be_calibrated(windows, y):
    loss = torch.nn.L1Loss(reduction="sum")
    ensemble = small_ensemble(2, calibration=0.2, loss=loss, lr=1e-3).fit(windows, y)
    assert np.isfinite(ensemble.predict_interval(windows)).all()


@pytest.mark.parametrize(
    ("calibration", "message"),
    [
        ("tail", r"calibration is 'tail'; expected a share such as 0\.2"),
        (KFold(3), r"calibration=KFold.* gives 3 splits; expected one"),
    ],
)
def test_a_calibration_that_is_none_is_named(windows, y, calibration, message):
    with pytest.raises(ValueError, match=message):
        small_ensemble(2, calibration=calibration).fit(windows, y)


def test_tags_tell_of_windows_and_several_targets():
    tags = get_tags(GRUFrictionEnsemble())
    assert tags.estimator_type == "regressor"
    assert tags.input_tags.three_d_array is True
    assert tags.target_tags.multi_output is True


def test_the_page_shows_ensemble_and_member(fitted):
    page = fitted._repr_html_()
    for shown in ("GRUFrictionEnsemble", "GRUFrictionRegressor", "Fitted"):
        assert shown in page
