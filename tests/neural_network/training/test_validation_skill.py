"""The skill is that of the model's own predictions for what it was not trained on."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import PredefinedSplit

from sklearn_frictiongru.model_selection import RunHoldout, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from tests.neural_network._models import record, small_regressor, windows_of

LENGTH = 5
# A few epochs teach something, so that the baselines are told from the model.
OPTIONS = {"max_epochs": 8, "precision": "float64"}


@pytest.fixture(scope="module")
def table():
    return record(150, runs=2)


@pytest.fixture(scope="module")
def windows(table):
    return windows_of(table[0], LENGTH)


@pytest.fixture(scope="module")
def fitted(windows, table):
    return small_regressor(**OPTIONS).fit(windows, table[1])


def expected_skill(model, windows, y, order=None):
    """Score the predictions of a fitted model; `order` puts windows into that of time."""
    order = np.arange(len(y)) if order is None else order
    place = np.argsort(order)
    return skill_score(
        y[order],
        model.predict(windows)[order],
        training=place[model.training_indices_],
        scored=place[model.validation_indices_],
        run_codes=windows.run_codes[order],
    ).skill


def test_of_the_tail_of_each_run(fitted, windows, table):
    assert isinstance(fitted.validation_skill_, float)
    expected = expected_skill(fitted, windows, table[1])
    assert fitted.validation_skill_ == pytest.approx(expected, rel=1e-9)
    assert 0.1 < fitted.validation_skill_ < 1


@pytest.mark.parametrize("parameters", [{}, {"stride": 3}, {"purge": 0}, {"normalize_y": False}])
def test_of_a_splitter(windows, table, parameters):
    _, y = table
    # Blocks all over the record: targets before each validation row were trained on.
    holdout = RunHoldout(validation=0.3, test=0.2, n_blocks=6, window_length=LENGTH)
    model = small_regressor(validation=holdout, **OPTIONS, **parameters).fit(windows, y)
    assert len(model.validation_indices_) > 20
    expected = expected_skill(model, windows, y)
    assert model.validation_skill_ == pytest.approx(expected, rel=1e-9)
    # The other baseline decides, and only within the run.
    without_runs = skill_score(
        y,
        model.predict(windows),
        training=model.training_indices_,
        scored=model.validation_indices_,
    )
    assert without_runs.mse_last_training_target != without_runs.mse_training_mean


def test_the_last_training_target_is_that_of_the_run():
    # Friction stands still in each run, at other levels: repeating the last target is hard to beat.
    X, _ = record(150, runs=3)
    y = np.repeat([0.2, 0.6, 1.0], 50) + 0.001 * np.sin(np.arange(150))
    windows = windows_of(X, LENGTH)
    model = small_regressor(**OPTIONS).fit(windows, y)
    assert model.validation_skill_ == pytest.approx(expected_skill(model, windows, y), rel=1e-9)
    assert model.validation_skill_ < -10
    mixed = np.random.default_rng(0).permutation(len(windows))
    shuffled = small_regressor(**OPTIONS).fit(windows[mixed], y[mixed])
    assert shuffled.validation_skill_ == pytest.approx(model.validation_skill_, rel=1e-9)


def test_targets_of_another_run_are_no_baseline():
    # The second run begins with what validates: there the training mean is all that is known,
    # though the last target of the first run would be closer.
    X, _ = record(150, runs=2)
    y = np.repeat([0.2, 0.6, 0.2], [50, 50, 50]) + 0.001 * np.sin(np.arange(150))
    windows = windows_of(X, LENGTH)
    begin = PredefinedSplit(np.where((np.arange(150) >= 79) & (np.arange(150) < 100), 0, -1))
    model = small_regressor(validation=begin, **OPTIONS).fit(windows, y)
    np.testing.assert_array_equal(model.validation_indices_, np.arange(79, 100))
    assert model.training_indices_.max() > 100
    mse = np.mean((model.predict(windows) - y)[79:100] ** 2)
    of_mean = np.mean((y[model.training_indices_].mean() - y[79:100]) ** 2)
    assert model.validation_skill_ == pytest.approx(1 - mse / of_mean, rel=1e-9)


def test_the_order_in_which_windows_come_does_not_matter(fitted, windows, table):
    _, y = table
    mixed = np.random.default_rng(0).permutation(len(windows))
    model = small_regressor(**OPTIONS).fit(windows[mixed], y[mixed])
    assert model.validation_skill_ == pytest.approx(fitted.validation_skill_, rel=1e-12)
    expected = expected_skill(model, windows[mixed], y[mixed], order=np.argsort(mixed))
    assert model.validation_skill_ == pytest.approx(expected, rel=1e-9)


def test_rows_and_arrays_of_windows(table):
    X, y = table
    for given in (X, np.asarray(windows_of(X, LENGTH))):
        model = small_regressor(**OPTIONS).fit(given, y)
        codes = np.arange(150) // 75 if given is X else None
        expected = skill_score(
            y,
            model.predict(given),
            training=model.training_indices_,
            scored=model.validation_indices_,
            run_codes=codes,
        ).skill
        assert model.validation_skill_ == pytest.approx(expected, rel=1e-9)


def test_of_each_of_several_targets(windows, table):
    X, y = table
    both = np.column_stack([1000.0 * y, X.to_numpy()[:, 1]])
    model = small_regressor(**OPTIONS).fit(windows, both)
    assert model.validation_skill_.shape == (2,)
    for output, skill in enumerate(model.validation_skill_):
        expected = skill_score(
            both[:, output],
            model.predict(windows)[:, output],
            training=model.training_indices_,
            scored=model.validation_indices_,
            run_codes=windows.run_codes,
        ).skill
        assert skill == pytest.approx(expected, rel=1e-9)
    assert model.validation_skill_[0] != pytest.approx(model.validation_skill_[1], rel=0.01)


def test_of_the_best_epoch_not_the_last(windows, table):
    _, y = table
    model = small_regressor(lr=0.3, max_epochs=12).fit(windows, y)
    assert model.best_epoch_ < 12
    assert model.validation_skill_ == pytest.approx(expected_skill(model, windows, y), rel=1e-5)


def test_targets_that_a_baseline_meets_leave_no_skill(windows):
    y = np.full(150, 0.6)
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(max_epochs=1).fit(windows, y)
    assert model.validation_skill_ == -np.inf


def test_none_without_validation(windows, table):
    assert small_regressor(validation=None).fit(windows, table[1]).validation_skill_ is None


def test_fitting_again_forgets_the_earlier_one(windows, table):
    _, y = table
    model = small_regressor(max_epochs=1).fit(windows, y)
    assert model.validation_skill_ is not None
    assert model.set_params(validation=None).fit(windows, y).validation_skill_ is None


def test_partial_fit_gives_none(windows, table):
    _, y = table
    assert small_regressor().partial_fit(windows, y).validation_skill_ is None
    # What was validated before says nothing of what was learnt since.
    model = small_regressor(max_epochs=1).fit(windows, y)
    assert model.partial_fit(windows, y).validation_skill_ is None


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_it_is_kept_in_files_and_pickles(windows, table, tmp_path, n_outputs):
    _, y = table
    y = np.column_stack([y, -y])[:, :n_outputs].squeeze()
    model = small_regressor(max_epochs=1).fit(windows, y)
    model.save(tmp_path / "model")
    for other in (
        GRUFrictionRegressor.load(tmp_path / "model"),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_array_equal(other.validation_skill_, model.validation_skill_)
        assert type(other.validation_skill_) is type(model.validation_skill_)


def test_constant_parameters_are_told(table):
    X, y = table
    X = X.copy()
    X[X.columns[0]] = 3.0
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(max_epochs=1).fit(windows_of(X, LENGTH), y)
    assert model.X_constant_.dtype == bool
    assert list(model.X_constant_) == [True, False]
    assert list(model.partial_fit(windows_of(X, LENGTH), y).X_constant_) == [True, False]


def test_constant_over_what_is_trained_on_is_constant(table):
    X, y = table
    X = X.copy()
    # The tail of each run, which validates, is another matter.
    X.iloc[:60, 0] = X.iloc[75:135, 0] = 3.0
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(max_epochs=1, validation=0.25).fit(windows_of(X, LENGTH), y)
    assert list(model.X_constant_) == [True, False]
