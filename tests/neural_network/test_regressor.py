"""The regressor: reproducible, honest about what it saw, and gentle with what is not its own."""

import pickle
import random
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.utils import get_tags

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.neural_network._data._batches import WindowBatches
from sklearn_frictiongru.neural_network._layers._kernels._threads import denormals_are_flushed
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer, WindowArray, with_runs
from tests.neural_network._models import (
    record,
    small_regressor,
    train_and_predict,
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


@pytest.fixture(scope="module")
def fitted(windows, y):
    """A model that no test may change."""
    return small_regressor().fit(windows, y)


def assert_same_model(one, other):
    np.testing.assert_array_equal(weights_of(one), weights_of(other))
    columns = ["epoch", "training_loss", "validation_loss"]
    pd.testing.assert_frame_equal(one.history_[columns], other.history_[columns], check_exact=True)


def rows_in(windows, numbers):
    """Return the rows that some of the windows reach."""
    index = windows.window_index().iloc[numbers]
    reached = [
        np.arange(first, last + 1)
        for first, last in zip(index["first_row"], index["last_row"], strict=True)
    ]
    return np.unique(np.concatenate(reached))


# Reproducibility.


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_same_seed_gives_the_same_model_to_the_last_bit(windows, y, dropout):
    one, other = (
        small_regressor(dropout=dropout, n_gru_layers=2).fit(windows, y) for _ in range(2)
    )
    assert_same_model(one, other)
    np.testing.assert_array_equal(one.predict(windows), other.predict(windows))


def test_fitting_again_begins_anew(windows, y):
    regressor = small_regressor(dropout=0.4, n_gru_layers=2).fit(windows, y)
    first = weights_of(regressor)
    np.testing.assert_array_equal(weights_of(regressor.fit(windows, y)), first)


def test_dropout_has_a_say_in_training_and_none_in_predicting(windows, y):
    plain = small_regressor(n_gru_layers=2).fit(windows, y)
    dropped = small_regressor(n_gru_layers=2, dropout=0.4).fit(windows, y)
    assert not np.array_equal(weights_of(plain), weights_of(dropped))
    np.testing.assert_array_equal(dropped.predict(windows), dropped.predict(windows))


def test_different_seeds_differ(windows, y, fitted):
    others = [small_regressor(random_state=seed).fit(windows, y) for seed in (1, None, None)]
    predictions = [model.predict(windows) for model in [fitted, *others]]
    for i, one in enumerate(predictions):
        assert all(not np.array_equal(one, other) for other in predictions[:i])
    assert [fitted.seed_, others[0].seed_] == [0, 1]
    again = small_regressor(random_state=others[1].seed_).fit(windows, y)
    assert_same_model(again, others[1])


def test_a_generator_as_random_state(windows, y):
    one, other = (
        small_regressor(random_state=np.random.RandomState(3)).fit(windows, y) for _ in range(2)
    )
    assert_same_model(one, other)
    generator = np.random.RandomState(3)
    first, second = (small_regressor(random_state=generator).fit(windows, y) for _ in range(2))
    assert_same_model(first, one)
    assert first.seed_ != second.seed_


def test_the_seed_sets_initial_weights_and_batches_apart(windows, y):
    # One batch of everything leaves only the weights to differ by.
    whole = {"batch_size": 96, "validation": None, "max_epochs": 1}
    one, other = (
        small_regressor(**whole, random_state=seed, lr=1e-12).fit(windows, y) for seed in (0, 1)
    )
    assert not np.allclose(weights_of(one), weights_of(other), atol=1e-3)
    # The order of batches matters as well: the sums of one epoch differ.
    batched = small_regressor(batch_size=16, validation=None, max_epochs=1).fit(windows, y)
    assert not np.array_equal(weights_of(batched), weights_of(one))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_models_trained_side_by_side_are_those_trained_in_turn(windows, y, backend):
    in_turn = [train_and_predict(seed, windows, y) for seed in range(4)]
    # Even these few rows go through a file that the workers share, as long records do.
    with joblib.parallel_config(backend=backend, n_jobs=2):
        side_by_side = joblib.Parallel(max_nbytes=None if backend == "threading" else 100)(
            joblib.delayed(train_and_predict)(seed, windows, y) for seed in range(4)
        )
    for expected, found in zip(in_turn, side_by_side, strict=True):
        assert found[0] == "WindowArray"
        np.testing.assert_array_equal(found[1], expected[1])
        np.testing.assert_array_equal(found[2], expected[2])


def numpy_state():
    _, keys, position, *gauss = np.random.get_state()  # noqa: NPY002
    return keys.tolist(), position, gauss


def test_global_generators_are_neither_touched_nor_used(windows, y):
    models = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        before = random.getstate(), numpy_state(), torch.get_rng_state()
        for random_state in (0, None):
            model = small_regressor(dropout=0.3, n_gru_layers=2, random_state=random_state)
            model.fit(windows, y).predict(windows)
            models.append(model)
        assert random.getstate() == before[0]
        assert numpy_state() == before[1]
        assert torch.equal(torch.get_rng_state(), before[2])
    assert_same_model(models[0], models[2])
    assert models[1].seed_ != models[3].seed_


@pytest.fixture
def settings_of_torch():
    """Settings unlike those of the training, and back to those of before."""
    before = torch.get_num_threads(), denormals_are_flushed()
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    yield lambda: (torch.get_num_threads(), denormals_are_flushed())
    torch.set_num_threads(before[0])
    torch.set_flush_denormal(before[1])


def test_torch_settings_are_put_back(windows, y, settings_of_torch, monkeypatch):
    inside = []
    cut = WindowBatches.__iter__

    def watched(batches):
        inside.append(settings_of_torch())
        yield from cut(batches)

    monkeypatch.setattr(WindowBatches, "__iter__", watched)
    model = small_regressor(max_epochs=1).fit(windows, y)
    assert settings_of_torch() == (2, False)
    model.predict(windows)
    assert settings_of_torch() == (2, False)
    # Training, validation, the skill over the validation windows, a look at the predictions, and
    # the predictions themselves.
    assert inside == [(1, True)] * 5

    def failing(batches):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(WindowBatches, "__iter__", failing)
    for call in (lambda: model.predict(windows), lambda: clone(model).fit(windows, y)):
        with pytest.raises(RuntimeError, match="out of memory"):
            call()
        assert settings_of_torch() == (2, False)


def test_the_order_in_which_windows_come_does_not_matter(windows, y, fitted):
    mixed = np.random.default_rng(0).permutation(len(windows))
    model = small_regressor().fit(windows[mixed], y[mixed])
    assert_same_model(model, fitted)


# Which windows are trained on.


def test_the_tail_of_each_run_validates_and_nothing_it_reaches_is_trained_on(windows, fitted):
    index = windows.window_index()
    for run in (0, 1):
        complete = np.flatnonzero(index["complete"] & (index["run"] == run))
        assert len(complete) == 71
        validating = np.intersect1d(fitted.validation_indices_, complete)
        assert validating.tolist() == complete[-14:].tolist()
        training = np.intersect1d(fitted.training_indices_, complete)
        assert training.tolist() == complete[: -14 - (LENGTH - 1)].tolist()
    assert fitted.n_purged_ == 2 * (LENGTH - 1)
    of_training = rows_in(windows, fitted.training_indices_)
    of_validation = rows_in(windows, fitted.validation_indices_)
    assert not set(of_training) & set(of_validation)


def test_purge_can_be_lowered_by_name(windows, y):
    model = small_regressor(purge=1, max_epochs=1).fit(windows, y)
    assert model.n_purged_ == 2
    assert set(rows_in(windows, model.training_indices_)) & set(
        rows_in(windows, model.validation_indices_)
    )


def test_stride_thins_training_alone(windows, y, fitted):
    model = small_regressor(stride=3, max_epochs=1).fit(windows, y)
    by_run = np.split(fitted.training_indices_, [53])
    assert model.training_indices_.tolist() == [*by_run[0][::3], *by_run[1][::3]]
    np.testing.assert_array_equal(model.validation_indices_, fitted.validation_indices_)
    assert len(model.predict(windows)) == len(windows)


def test_incomplete_windows_are_not_trained_on_and_still_predicted_for(windows, y, fitted):
    incomplete = ~windows.complete
    assert incomplete.sum() == 2 * (LENGTH - 1)
    used = np.union1d(fitted.training_indices_, fitted.validation_indices_)
    assert windows.complete[used].all()
    changed = np.where(incomplete, 1e6, y)
    model = small_regressor().fit(windows, changed)
    assert_same_model(model, fitted)
    predictions = model.predict(windows)
    assert predictions.shape == (150,)
    assert np.isfinite(predictions).all()
    # The padded window is what is predicted for.
    padded = np.asarray(windows[:1])
    np.testing.assert_array_equal(model.predict(padded), predictions[:1])


def test_without_validation_the_last_weights_are_kept(windows, y):
    model = small_regressor(validation=None).fit(windows, y)
    assert len(model.training_indices_) == windows.complete.sum()
    assert len(model.validation_indices_) == 0
    assert model.best_validation_loss_ is None
    assert model.best_epoch_ == model.n_epochs_ == 3
    assert model.history_["validation_loss"].isna().all()


def test_runs_of_a_table_have_tails_of_their_own(table, y):
    X, _ = table
    model = small_regressor(max_epochs=1).fit(X, y)
    assert model.validation_indices_.tolist() == [*range(60, 75), *range(135, 150)]
    plain = small_regressor(max_epochs=1).fit(X.to_numpy(), y)
    assert plain.validation_indices_.tolist() == list(range(120, 150))


@pytest.fixture(scope="module")
def held_out():
    """A model that was given a splitter, on one run with test blocks in its middle."""
    X, y = record(240)
    splitter = RunHoldout(validation=0.2, test=0.2, n_blocks=10, window_length=LENGTH)
    windows = windows_of(X, LENGTH)
    return X, y, splitter, small_regressor(validation=splitter).fit(windows, y), windows


def test_a_splitter_deals_the_windows(held_out):
    _, _, splitter, model, windows = held_out
    parts = splitter.parts(windows)
    assert model.validation_indices_.tolist() == np.flatnonzero(parts == "validation").tolist()
    assert model.training_indices_.tolist() == np.flatnonzero(parts == "training").tolist()
    assert len(model.training_indices_) > 100
    of_training = set(rows_in(windows, model.training_indices_))
    for part in ("validation", "test"):
        assert not of_training & set(rows_in(windows, np.flatnonzero(parts == part)))


def test_test_rows_have_no_influence_on_the_model(held_out):
    X, y, splitter, model, windows = held_out
    used = np.concatenate([model.training_indices_, model.validation_indices_])
    unseen = np.setdiff1d(np.arange(len(X)), rows_in(windows, used))
    tested = np.flatnonzero(splitter.parts(windows) == "test")
    # Validation windows may reach into the history of the first test windows only.
    assert len(np.intersect1d(unseen, tested)) > 0.8 * len(tested)
    changed, other_y = X.copy(), y.copy()
    changed.iloc[unseen] = 1e9
    other_y[np.setdiff1d(np.arange(len(X)), used)] = -1e9
    other = small_regressor(validation=splitter).fit(windows_of(changed, LENGTH), other_y)
    assert_same_model(other, model)
    assert (other.y_mean_, other.y_scale_) == (model.y_mean_, model.y_scale_)


def test_a_splitter_deals_the_windows_of_an_array_alike(held_out):
    _, y, splitter, _, windows = held_out
    complete = np.flatnonzero(windows.complete)
    of_array = small_regressor(validation=splitter, max_epochs=1).fit(
        np.asarray(windows[complete]), y[complete]
    )
    of_windows = small_regressor(validation=splitter, max_epochs=1).fit(
        windows[complete], y[complete]
    )
    for name in ("training_indices_", "validation_indices_", "n_purged_"):
        np.testing.assert_array_equal(getattr(of_array, name), getattr(of_windows, name))
    assert len(of_array.validation_indices_) > 30


# Standardisation and losses.


def test_statistics_are_those_of_the_training_rows(table, y):
    X, _ = table
    plain = windows_of(X, LENGTH)
    model = small_regressor(max_epochs=1).fit(plain, y)
    rows = rows_in(plain, model.training_indices_)
    values, targets = X.to_numpy()[rows], y[model.training_indices_]
    np.testing.assert_allclose(model.X_mean_, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.X_scale_, values.std(axis=0), rtol=1e-12)
    assert model.y_mean_ == pytest.approx(targets.mean(), rel=1e-12)
    assert model.y_scale_ == pytest.approx(targets.std(), rel=1e-12)
    # What other rows hold changes nothing.
    changed, other_y = X.copy(), y.copy()
    others = np.setdiff1d(np.arange(len(X)), rows)
    assert len(others) == 2 * (14 + LENGTH - 1)
    changed.iloc[others] = 1e6
    other_y[np.setdiff1d(np.arange(len(X)), model.training_indices_)] = 1e6
    other = small_regressor(max_epochs=1, restore_best=False).fit(
        windows_of(changed, LENGTH), other_y
    )
    np.testing.assert_array_equal(other.X_mean_, model.X_mean_)
    np.testing.assert_array_equal(other.X_scale_, model.X_scale_)
    assert (other.y_mean_, other.y_scale_) == (model.y_mean_, model.y_scale_)
    np.testing.assert_array_equal(weights_of(other), weights_of(model))


def test_rows_between_strides_do_not_count(table, y):
    X, _ = table
    short = windows_of(X, 2)
    model = small_regressor(max_epochs=1, stride=5).fit(short, y)
    values = X.to_numpy()[rows_in(short, model.training_indices_)]
    assert len(values) == 2 * len(model.training_indices_)
    np.testing.assert_allclose(model.X_mean_, values.mean(axis=0), rtol=1e-12)


def test_the_network_sees_standardised_windows_and_gives_back_the_unit(windows, fitted):
    standardised = (np.asarray(windows) - fitted.X_mean_) / fitted.X_scale_
    network = fitted.net_.module_.eval()
    with torch.no_grad():
        output = network(torch.as_tensor(standardised.astype(np.float32))).numpy()
    np.testing.assert_allclose(
        fitted.predict(windows), output * fitted.y_scale_ + fitted.y_mean_, rtol=1e-6
    )


def test_normalisation_can_be_switched_off(windows, y):
    model = small_regressor(normalize_X=False, normalize_y=False).fit(windows, y)
    network = model.net_.module_.eval()
    with torch.no_grad():
        output = network(torch.as_tensor(np.asarray(windows).astype(np.float32))).numpy()
    np.testing.assert_allclose(model.predict(windows), output, rtol=1e-6)
    validating = model.validation_indices_
    loss = np.mean((model.predict(windows)[validating] - y[validating]) ** 2)
    assert model.best_validation_loss_ == pytest.approx(loss, rel=1e-5)
    # Statistics are learned all the same, for gradients per standard deviation.
    np.testing.assert_allclose(
        model.X_scale_, windows.rows[rows_in(windows, model.training_indices_)].std(axis=0)
    )


def test_losses_are_in_squared_units_of_the_target(windows, y, fitted):
    scaled = small_regressor().fit(windows, 100.0 * y)
    for column in ("training_loss", "validation_loss"):
        np.testing.assert_allclose(
            scaled.history_[column], 1e4 * fitted.history_[column], rtol=1e-4
        )
    assert fitted.history_.columns.tolist() == [
        "epoch",
        "training_loss",
        "validation_loss",
        "learning_rate",
        "seconds",
    ]
    assert fitted.history_["epoch"].tolist() == [1, 2, 3]
    assert (fitted.history_["seconds"] > 0).all()
    assert fitted.n_epochs_ == 3
    assert fitted.interrupted_ is False


def test_the_training_loss_is_the_mean_over_the_epoch(windows, y):
    # With next to no learning, all batches see the same weights.
    model = small_regressor(lr=1e-12, max_epochs=1).fit(windows, y)
    training = model.training_indices_
    loss = np.mean((model.predict(windows)[training] - y[training]) ** 2)
    assert model.history_["training_loss"][0] == pytest.approx(loss, rel=1e-5)


def overtrained(**parameters):
    """Return targets that cannot be learned, and a model that has learned them by heart."""
    X = with_runs(np.random.default_rng(1).normal(size=(80, 2)))
    y = np.random.default_rng(2).normal(size=80)
    windows = windows_of(X, 3)
    model = small_regressor(lr=0.1, hidden_size=8, max_epochs=12, **parameters).fit(windows, y)
    validating = model.validation_indices_
    loss = np.mean((model.predict(windows)[validating] - y[validating]) ** 2)
    return model, loss


def test_the_best_weights_are_restored():
    model, loss = overtrained()
    losses = model.history_["validation_loss"]
    assert model.best_epoch_ < model.n_epochs_ == 12
    assert model.best_epoch_ == losses.argmin() + 1
    assert model.best_validation_loss_ == losses.min()
    assert losses.iloc[-1] > 1.01 * losses.min()
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)


def test_the_last_weights_are_kept_by_name():
    best, _ = overtrained()
    model, loss = overtrained(restore_best=False)
    assert loss == pytest.approx(model.history_["validation_loss"].iloc[-1], rel=1e-5)
    assert model.best_validation_loss_ == best.best_validation_loss_ < loss
    assert model.best_epoch_ == best.best_epoch_


@pytest.mark.parametrize("value", [0.0, 7.5, 1e-7])
def test_constant_columns_are_kept(table, value):
    X, y = table
    constant = X.assign(still=value)
    model = small_regressor().fit(windows_of(constant, LENGTH), y)
    assert model.X_scale_[2] == 1.0
    assert model.X_mean_[2] == pytest.approx(value, rel=1e-12)
    assert model.n_features_in_ == 3
    assert np.isfinite(model.predict(windows_of(constant, LENGTH))).all()


def test_a_constant_target_is_predicted(windows):
    model = small_regressor(max_epochs=20).fit(windows, np.full(150, 0.6))
    assert (model.y_mean_, model.y_scale_) == (pytest.approx(0.6), 1.0)
    np.testing.assert_allclose(model.predict(windows), 0.6, atol=0.05)


# Kinds of input.


@pytest.mark.parametrize("kind", ["array", "list"])
def test_windows_as_an_array_train_the_same_model(windows, y, kind):
    complete = np.flatnonzero(windows.complete & (windows.run_codes == 0))
    array = np.asarray(windows[complete])
    # Rows count once per window here, so only the statistics differ.
    options = {"normalize_X": False}
    of_windows = small_regressor(**options).fit(windows[complete], y[complete])
    of_array = small_regressor(**options).fit(
        array if kind == "array" else array.tolist(), y[complete]
    )
    assert_same_model(of_array, of_windows)
    np.testing.assert_array_equal(of_array.training_indices_, of_windows.training_indices_)
    np.testing.assert_array_equal(of_array.predict(array), of_windows.predict(windows[complete]))
    values = array[of_array.training_indices_].reshape(-1, 2)
    np.testing.assert_allclose(of_array.X_mean_, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(of_array.X_scale_, values.std(axis=0), rtol=1e-12)


def test_predictions_for_an_array_are_those_for_the_windows(windows, fitted):
    np.testing.assert_array_equal(fitted.predict(np.asarray(windows)), fitted.predict(windows))


def test_a_table_is_windows_of_one_row(table):
    X, y = table
    plain = X.to_numpy()
    of_table = small_regressor().fit(plain, y)
    of_windows = small_regressor().fit(WindowArray(plain, 1), y)
    of_array = small_regressor().fit(plain[:, None], y)
    assert of_table.window_length_ == 1
    assert_same_model(of_table, of_windows)
    assert_same_model(of_table, of_array)
    np.testing.assert_array_equal(of_table.predict(plain), of_windows.predict(plain))


def test_float32_and_float64_of_the_same_values_give_the_same_model(table):
    X, y = table
    single = X.astype(np.float32)
    of_single = small_regressor().fit(windows_of(single, LENGTH), y)
    of_double = small_regressor().fit(windows_of(single.astype(np.float64), LENGTH), y)
    assert_same_model(of_single, of_double)
    predictions = of_single.predict(windows_of(single, LENGTH))
    assert predictions.dtype == np.float64
    np.testing.assert_array_equal(
        predictions, of_double.predict(windows_of(single.astype(np.float64), LENGTH))
    )
    weights = of_single.net_.module_.parameters()
    assert {parameter.dtype for parameter in weights} == {torch.float32}
    of_integers = small_regressor().fit(
        np.round(np.asarray(windows_of(X, LENGTH)[4:70])).astype(int), y[4:70]
    )
    assert np.isfinite(of_integers.best_validation_loss_)


def test_large_offsets_lose_no_digits_on_the_way_to_float32(table, fitted, y):
    X, _ = table
    # Exact in float64, beyond what float32 can tell apart.
    shifted = np.round(X * 1024) / 1024
    model = small_regressor().fit(windows_of(shifted, LENGTH), y)
    far = small_regressor().fit(windows_of(shifted + 2.0**24, LENGTH), y)
    np.testing.assert_allclose(
        far.predict(windows_of(shifted + 2.0**24, LENGTH)),
        model.predict(windows_of(shifted, LENGTH)),
        rtol=1e-4,
    )


@pytest.fixture(scope="module")
def wide(windows, y):
    """A network large enough for its matrix products to be rounded row by row."""
    sizes = {"conv_channels": 32, "kernel_size": 5, "hidden_size": 32, "n_gru_layers": 2}
    return small_regressor(**sizes, max_epochs=1).fit(windows, y)


@pytest.mark.parametrize("n_windows", [1, 2, 3, 7, 16, 17, 100])
def test_a_prediction_does_not_depend_on_those_beside_it(windows, wide, n_windows):
    together = wide.predict(windows)
    some = slice(30, 30 + n_windows)
    np.testing.assert_array_equal(wide.predict(windows[some]), together[some])
    mixed = np.random.default_rng(0).permutation(150)
    np.testing.assert_array_equal(wide.predict(windows[mixed]), together[mixed])


def test_more_windows_than_a_batch_of_predictions(y, fitted):
    X, _ = record(700, seed=3)
    many = windows_of(X, LENGTH)
    np.testing.assert_array_equal(
        fitted.predict(many),
        np.concatenate([fitted.predict(many[:333]), fitted.predict(many[333:])]),
    )


def test_no_windows_no_predictions(windows, fitted):
    for none in (windows[:0], np.empty((0, LENGTH, 2))):
        predictions = fitted.predict(none)
        assert (predictions.shape, predictions.dtype) == ((0,), np.float64)


def test_a_column_of_targets_is_warned_of_and_taken(windows, y, fitted):
    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = small_regressor().fit(windows, y[:, None])
    assert_same_model(model, fitted)
    assert model.predict(windows).shape == (150,)


def test_targets_as_a_series_or_list(windows, y, fitted):
    assert_same_model(small_regressor().fit(windows, pd.Series(y)), fitted)
    assert_same_model(small_regressor().fit(windows, y.tolist()), fitted)


def test_names_of_the_parameters(table, windows, y):
    X, _ = table
    model = small_regressor(max_epochs=1).fit(windows, y)
    assert model.feature_names_in_.tolist() == ["x0", "x1"]
    assert model.n_features_in_ == 2
    assert model.fit(X, y).feature_names_in_.tolist() == ["x0", "x1"]
    model.fit(np.asarray(windows), y)
    assert not hasattr(model, "feature_names_in_")


def test_fitting_leaves_parameters_and_data_alone(table):
    X, y = table
    windows, targets = windows_of(X, LENGTH), y.copy()
    before = windows.rows.copy()
    splitter = RunHoldout(n_blocks=1, window_length=LENGTH)
    model = small_regressor(validation=splitter, max_epochs=1)
    parameters = model.get_params()
    model.fit(windows, targets)
    assert model.get_params() == parameters
    assert model.validation is splitter
    np.testing.assert_array_equal(windows.rows, before)
    np.testing.assert_array_equal(targets, y)


# Scores.


def test_the_score_is_r2_over_complete_windows(windows, y, fitted):
    complete = windows.complete
    predictions = fitted.predict(windows)
    assert fitted.score(windows, y) == r2_score(y[complete], predictions[complete])
    assert fitted.score(windows, y) != r2_score(y, predictions)
    weights = np.arange(150.0)
    assert fitted.score(windows, y, sample_weight=weights) == r2_score(
        y[complete], predictions[complete], sample_weight=weights[complete]
    )
    assert fitted.score(np.asarray(windows), y) == r2_score(y, predictions)


def test_nothing_complete_cannot_be_scored(windows, y, fitted):
    with pytest.raises(
        ValueError, match=r"none of the 4 windows is complete.* a complete window needs 5"
    ):
        fitted.score(windows[:4], y[:4])


# What it learns.


def test_it_can_learn_64_windows_by_heart():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(64, 8, 2)), random.normal(size=64)
    model = GRUFrictionRegressor(
        conv_channels=16,
        kernel_size=3,
        hidden_size=16,
        n_gru_layers=1,
        max_epochs=200,
        lr=0.02,
        validation=None,
        random_state=0,
    ).fit(X, y)
    assert np.mean((model.predict(X) - y) ** 2) < 0.01 * y.var()


def test_it_learns_a_filter_of_50_lags_better_than_the_baselines():
    fading = np.exp(-np.arange(50) / 15.0)
    fading /= fading.sum()

    def record_of(n_rows, seed):
        X = np.random.default_rng(seed).normal(size=(n_rows, 2))
        # What friction remembers is how much there was of the first input, either way.
        return X, 0.6 + 0.05 * np.convolve(np.abs(X[:, 0]), fading)[:n_rows]

    (X, y), (X_test, y_test) = record_of(1500, 0), record_of(700, 1)
    cut = SlidingWindowTransformer(50).fit(X)
    model = GRUFrictionRegressor(
        conv_channels=8,
        kernel_size=1,
        hidden_size=16,
        n_gru_layers=1,
        max_epochs=25,
        lr=0.01,
        random_state=0,
    ).fit(cut.transform(X), y)
    complete = cut.transform(X_test).complete
    targets = y_test[complete]
    flat = SlidingWindowTransformer(50, flatten=True).fit(X)
    ridge = RidgeCV(np.logspace(-2, 4, 13)).fit(flat.transform(X)[49:], y[49:])
    errors = {
        "last value": y_test[np.flatnonzero(complete) - 1] - targets,
        "ridge": ridge.predict(flat.transform(X_test)[complete]) - targets,
        "network": model.predict(cut.transform(X_test))[complete] - targets,
    }
    losses = {name: np.mean(error**2) for name, error in errors.items()}
    assert losses["network"] < 0.5 * min(losses["last value"], losses["ridge"]), losses


# Copies.


@pytest.mark.parametrize("copy", ["pickle", "joblib", "second pickle"])
def test_a_stored_model_predicts_the_same(windows, fitted, copy, tmp_path):
    if copy == "joblib":
        joblib.dump(fitted, tmp_path / "model.joblib")
        back = joblib.load(tmp_path / "model.joblib")
    else:
        back = pickle.loads(pickle.dumps(fitted))
        if copy == "second pickle":
            back = pickle.loads(pickle.dumps(back))
    np.testing.assert_array_equal(back.predict(windows), fitted.predict(windows))
    assert_same_model(back, fitted)
    assert back.get_params() == fitted.get_params()


def test_a_stored_model_goes_on_to_be_fitted(windows, y, fitted):
    back = pickle.loads(pickle.dumps(small_regressor(dropout=0.3, n_gru_layers=2).fit(windows, y)))
    weights = weights_of(back)
    np.testing.assert_array_equal(weights_of(back.fit(windows, y)), weights)


def test_a_stored_model_does_not_carry_the_record():
    sizes = []
    for n_rows in (200, 5200):
        X, y = record(n_rows, n_features=8)
        model = small_regressor(max_epochs=1, stride=4).fit(windows_of(X, LENGTH), y)
        kept = len(pickle.dumps([model.training_indices_, model.validation_indices_]))
        sizes.append(len(pickle.dumps(model)) - kept)
    # Its rows are 320,000 bytes; what grows is the loss of each batch.
    assert sizes[1] - sizes[0] < 10_000


def test_a_clone_is_unfitted_and_trains_the_same_model(windows, y, fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(windows)
    assert_same_model(copy.fit(windows, y), fitted)


# Interruption.


def interrupt(monkeypatch, epoch, batch):
    """Interrupt the training as a user would, in a batch of an epoch."""
    cut, epochs = WindowBatches.__iter__, []

    def interrupted(batches):
        if batches.generator is None:
            yield from cut(batches)
            return
        epochs.append(None)
        for number, each in enumerate(cut(batches)):
            if (len(epochs), number) == (epoch, batch):
                raise KeyboardInterrupt
            yield each

    monkeypatch.setattr(WindowBatches, "__iter__", interrupted)


def test_an_interrupted_training_leaves_the_best_model_so_far(monkeypatch):
    whole, _ = overtrained()
    stopped_in = whole.best_epoch_ + 2
    interrupt(monkeypatch, stopped_in, 2)
    best = whole.best_epoch_
    with pytest.warns(
        UserWarning,
        match=rf"interrupted after {stopped_in - 1} of 12 epochs; .*of epoch {best}, the best",
    ) as caught:
        model, loss = overtrained()
    assert caught[0].filename == __file__
    assert model.interrupted_ is True
    assert (model.n_epochs_, model.best_epoch_) == (stopped_in - 1, best)
    np.testing.assert_array_equal(
        model.history_["validation_loss"], whole.history_["validation_loss"][: stopped_in - 1]
    )
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))


def test_the_best_epoch_may_be_the_last_that_ended(monkeypatch):
    whole, _ = overtrained()
    interrupt(monkeypatch, whole.best_epoch_ + 1, 1)
    with pytest.warns(UserWarning, match="interrupted"):
        model, _ = overtrained()
    assert model.n_epochs_ == model.best_epoch_ == whole.best_epoch_
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))


@pytest.mark.parametrize("parameters", [{"restore_best": False}, {"validation": None}])
def test_without_restoring_an_interrupted_model_is_as_it_stood(windows, y, monkeypatch, parameters):
    interrupt(monkeypatch, 3, 2)
    with pytest.warns(UserWarning, match="after 2 of 3 epochs; .*weights of the interruption"):
        model = small_regressor(**parameters).fit(windows, y)
    monkeypatch.undo()
    two_epochs = small_regressor(**{**parameters, "max_epochs": 2}).fit(windows, y)
    assert not np.array_equal(weights_of(model), weights_of(two_epochs))
    assert np.isfinite(model.predict(windows)).all()


def test_an_interruption_before_the_first_epoch_ended_goes_through(windows, y, monkeypatch):
    interrupt(monkeypatch, 1, 3)
    with pytest.raises(KeyboardInterrupt, match="before its first epoch"):
        small_regressor().fit(windows, y)


# Bad input.


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(table, fitted, value):
    X, y = table
    kind = "NaN" if np.isnan(value) else "infinity"
    bad = X.to_numpy().copy()
    bad[[7, 31], 1] = value
    windows = WindowArray(bad, LENGTH)
    for call in (lambda: small_regressor().fit(windows, y), lambda: fitted.predict(windows)):
        with pytest.raises(
            ValueError, match=rf"X holds {kind} in column 'x1' at row 7, 31 \(2 of 150 rows\)"
        ):
            call()
    with pytest.raises(ValueError, match=rf"X holds {kind} in column 'x1' at row 7, 31 "):
        small_regressor().fit(bad, y)
    framed = pd.DataFrame(bad, columns=["velocity", "rate"], index=X.index)
    with pytest.raises(
        ValueError, match=rf"X holds {kind} in column 'rate' at row 7, 31 \(2 of 150 rows\)"
    ):
        small_regressor().fit(framed, y)
    array = np.asarray(windows_of(X, LENGTH)).copy()
    array[9, 2, 1] = value
    for call in (lambda: small_regressor().fit(array, y), lambda: fitted.predict(array)):
        with pytest.raises(
            ValueError, match=rf"X holds {kind} in column 'x1\[t-2\]' at row 9 \(1 of 150 rows\)"
        ):
            call()


@pytest.mark.parametrize("value", [np.nan, -np.inf])
@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_targets_that_are_not_finite_are_named(table, windows, value, n_dimensions):
    X, y = table
    bad = pd.Series(y.copy(), index=X.index)
    bad.iloc[[3, 80]] = value
    kind = "NaN" if np.isnan(value) else "infinity"
    given = windows if n_dimensions == 3 else X
    with pytest.raises(
        ValueError,
        match=rf"y holds {kind} in column 'y' at row 3 \(index \(0, 3\)\), 80 \(index \(1, 5\)\)",
    ):
        small_regressor().fit(given, bad)
    with pytest.raises(ValueError, match=rf"y holds {kind} in column 'y' at row 3, 80 \(2 of"):
        small_regressor().fit(given, bad.to_numpy())


def test_too_few_windows_name_the_cause_and_a_shuffled_split():
    X, y = record(150)
    shuffled = np.random.default_rng(0).permutation(150)[:100]
    order = np.sort(shuffled)
    windows = SlidingWindowTransformer(12).fit(X).transform(X.iloc[order])
    n_complete = int(windows.complete.sum())
    assert n_complete < 16
    with pytest.raises(
        ValueError,
        match=rf"too few complete windows to train on: {n_complete}, expected at least 16 "
        rf"\(batch_size=16\)\. Of 100 windows {n_complete} are complete \(min_history=12 rows, "
        rf"the longest run has {windows.longest_history}\), 0 validate, 0 are purged, and "
        r"stride=1 .*shuffled split.*PurgedKFold or RunHoldout",
    ):
        small_regressor(validation=None).fit(windows, y[order])


def test_a_batch_of_windows_is_enough_and_one_less_is_not(windows, y):
    # 16 windows of the first run are complete.
    model = small_regressor(validation=None, max_epochs=1).fit(windows[:20], y[:20])
    assert len(model.training_indices_) == 16
    with pytest.raises(ValueError, match="too few complete windows to train on: 15, expected at"):
        small_regressor(validation=None).fit(windows[:19], y[:19])
    with pytest.raises(ValueError, match=r"too few .*: 8, expected .* and stride=2 thins"):
        small_regressor(validation=None, stride=2).fit(windows[:20], y[:20])
    # A table with fewer rows than a batch is one batch.
    small_regressor(max_epochs=1).fit(np.arange(6.0).reshape(3, 2), y[:3])


def test_nothing_complete_at_all(windows, y):
    for validation in (0.2, None):
        with pytest.raises(ValueError, match=r"too few complete windows .*a shuffled split"):
            small_regressor(validation=validation).fit(windows[:4], y[:4])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, LENGTH, 3)), "X has 3 features, but GRUFrictionRegressor is expecting 2"),
        (WindowArray(np.zeros((9, 1)), LENGTH), "X has 1 features, but GRUFrictionRegressor"),
        (np.zeros((4, 3)), "X has 3 features, but GRUFrictionRegressor is expecting 2"),
        (np.zeros((4, 7, 2)), r"windows of 7 rows; expected 5, as in fit\. Use the transformer"),
        (WindowArray(np.zeros((9, 2)), 3), "windows of 3 rows; expected 5, as in fit"),
        (
            WindowArray(np.zeros((9, 2)), LENGTH, feature_names=["x1", "x0"]),
            r"the windows have the parameters \['x1', 'x0'\]; expected \['x0', 'x1'\], in this or",
        ),
        (np.zeros(4), "Expected 2D array"),
        (np.zeros((2, 2, 2, 2)), "dim 4"),
    ],
)
def test_windows_unlike_those_of_fit_are_an_error(fitted, X, message):
    with pytest.raises(ValueError, match=message):
        fitted.predict(X)


def test_a_table_where_windows_were_trained_on_is_an_error(fitted):
    named = pd.DataFrame(np.zeros((4, 2)), columns=["x0", "x1"])
    with pytest.raises(ValueError, match="windows of 1 rows; expected 5, as in fit"):
        fitted.predict(named)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y is None; expected one target for each window"),
        (np.zeros(149), "inconsistent numbers of samples"),
        (np.zeros((150, 2, 1)), "Found array with dim 3"),
        (np.full(150, "slow"), "could not convert string to float"),
    ],
)
def test_targets_that_do_not_fit_are_an_error(windows, y, message):
    with pytest.raises(ValueError, match=message):
        small_regressor().fit(windows, y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"conv_channels": 0},
        {"kernel_size": 0},
        {"hidden_size": 2.5},
        {"n_gru_layers": 0},
        {"dropout": 1.0},
        {"batch_size": 0},
        {"max_epochs": 0},
        {"lr": 0.0},
        {"normalize_X": "yes"},
        {"normalize_y": None},
        {"validation": 0.0},
        {"validation": 1.0},
        {"purge": -1},
        {"stride": 0},
        {"restore_best": 1.5},
        {"random_state": -1},
        {"device": None},
        {"verbose": "much"},
    ],
)
def test_bad_parameters_are_named(windows, y, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GRUFrictionRegressor"):
        small_regressor(**parameters).fit(windows, y)


def test_a_name_is_no_splitter(windows, y):
    with pytest.raises(ValueError, match=r"validation is 'tail'; expected a share such as 0\.2"):
        small_regressor(validation="tail").fit(windows, y)


def test_training_that_diverges_is_an_error(windows, y):
    with pytest.raises(
        ValueError,
        match=r"training diverged: the loss is not finite in epoch 1 with lr=1e\+30 and parameters "
        r"of the standard deviations \[2\.9\d* 3\.1\d*\]\. Lower lr",
    ):
        small_regressor(lr=1e30, normalize_X=False).fit(windows, y)


# The net inside.


def test_parameters_reach_the_net(windows, y):
    model = GRUFrictionRegressor(
        conv_channels=3,
        kernel_size=4,
        hidden_size=7,
        n_gru_layers=2,
        dropout=0.25,
        batch_size=10,
        max_epochs=2,
        lr=0.003,
        random_state=0,
    ).fit(windows, y)
    network = model.net_.module_
    assert [layer.out_channels for layer in network.convolutions] == [3, 3]
    assert [layer.kernel_size for layer in network.convolutions] == [(4,), (4,)]
    assert [layer.hidden_size for layer in network.gru_layers] == [7, 7]
    assert [layer.p for layer in network.dropouts] == [0.25]
    assert isinstance(model.net_.optimizer_, torch.optim.Adam)
    assert model.net_.optimizer_.param_groups[0]["lr"] == 0.003
    n_training = len(model.training_indices_)
    assert len(model.net_.history[0, "batches"]) >= -(-n_training // 10)
    assert model.net_.history[0, "batches", 0, "train_batch_size"] == 10
    assert len(model.history_) == 2


def test_whole_numbers_may_be_those_of_numpy(windows, y, fitted):
    whole = {
        name: np.int64(value)
        for name, value in fitted.get_params().items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    assert {"hidden_size", "batch_size", "max_epochs", "stride"} <= set(whole)
    assert_same_model(small_regressor(**whole).fit(windows, y), fitted)


def test_lines_are_printed_by_name_only(windows, y, capsys):
    small_regressor().fit(windows, y)
    assert capsys.readouterr().out == ""
    small_regressor(verbose=1).fit(windows, y)
    assert "valid_loss" in capsys.readouterr().out


def test_the_device_is_found_or_named(windows, y):
    model = small_regressor(max_epochs=1, device="cpu").fit(windows, y)
    assert {parameter.device.type for parameter in model.net_.module_.parameters()} == {"cpu"}
    if not torch.cuda.is_available():
        automatic = small_regressor(max_epochs=1, device="auto").fit(windows, y)
        assert_same_model(automatic, model)


def test_a_gradient_can_be_taken_through_the_dataset(windows, y, fitted):
    dataset = fitted.dataset(windows, y)
    cut, targets = dataset.cut(torch.arange(len(windows)))
    np.testing.assert_allclose(
        cut.numpy(), (np.asarray(windows) - fitted.X_mean_) / fitted.X_scale_, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        targets.numpy(), (y - fitted.y_mean_) / fitted.y_scale_, rtol=1e-5, atol=1e-6
    )


# Going on with a training.


def test_a_warm_start_goes_on_from_the_weights_and_scales_of_the_last_fit(table, windows, y):
    model = small_regressor(warm_start=True, restore_best=False, max_epochs=2).fit(windows, y)
    weights, mean = weights_of(model), model.X_mean_
    again = clone(model).fit(windows, y)
    model.set_params(lr=1e-12, random_state=5).fit(windows_of(table[0] * 2.0), y + 1.0)
    # Next to no learning leaves the weights where they were.
    np.testing.assert_allclose(weights_of(model), weights, atol=1e-9)
    np.testing.assert_array_equal(model.X_mean_, mean)
    assert model.y_mean_ == again.y_mean_
    assert (model.seed_, model.n_epochs_) == (5, 2)
    assert model.history_["epoch"].tolist() == [1, 2]


def test_a_first_fit_is_the_same_with_and_without_warm_start(windows, y, fitted):
    assert_same_model(small_regressor(warm_start=True).fit(windows, y), fitted)


def test_a_warm_start_wants_windows_as_before(table, windows, y):
    model = small_regressor(warm_start=True, max_epochs=1).fit(windows, y)
    with pytest.raises(ValueError, match="windows of 6 rows; expected 5, as in fit"):
        model.fit(windows_of(table[0], 6), y)
    with pytest.raises(ValueError, match="y has 2 targets; expected 1, as in the first fit"):
        model.fit(windows, np.column_stack([y, y]))


def test_partial_fit_is_one_epoch_over_all_complete_windows(windows, y):
    model = small_regressor(lr=1e-12).partial_fit(windows, y)
    complete = np.flatnonzero(windows.complete)
    np.testing.assert_array_equal(model.training_indices_, complete)
    assert len(model.validation_indices_) == 0
    loss = np.mean((model.predict(windows)[complete] - y[complete]) ** 2)
    assert model.history_["training_loss"].tolist() == [pytest.approx(loss, rel=1e-5)]
    assert model.best_validation_loss_ is None


def test_partial_fit_again_and_again_is_a_fit_without_validation(windows, y):
    whole = small_regressor(validation=None, dropout=0.3, n_gru_layers=2).fit(windows, y)
    model = small_regressor(dropout=0.3, n_gru_layers=2)
    for epoch in (1, 2, 3):
        model.partial_fit(windows, y)
        assert model.history_["epoch"].tolist() == list(range(1, epoch + 1))
    assert_same_model(model, whole)
    assert model.n_epochs_ == model.best_epoch_ == 3
    np.testing.assert_array_equal(model.history_["training_loss"], whole.history_["training_loss"])


def test_partial_fit_keeps_the_scales_of_the_first_call(table, windows, y):
    model = small_regressor().partial_fit(windows, y)
    mean, scale = model.X_mean_, model.y_scale_
    model.partial_fit(windows_of(table[0] * 3.0), 5.0 * y)
    np.testing.assert_array_equal(model.X_mean_, mean)
    assert model.y_scale_ == scale
    with pytest.raises(ValueError, match="X has 3 features, but GRUFrictionRegressor is expecting"):
        model.partial_fit(windows_of(record(150, 3)[0].to_numpy()), y)


def test_partial_fit_goes_on_from_a_fit_and_its_optimiser(windows, y):
    model = small_regressor(lr_schedule="cosine", patience=2).fit(windows, y)
    restored = weights_of(model)
    steps = model.net_.optimizer_.state_dict()["state"][0]["step"].item()
    model.partial_fit(windows, y)
    n_batches = -(-len(model.training_indices_) // 16)
    assert model.net_.optimizer_.state_dict()["state"][0]["step"].item() == steps + n_batches
    assert model.history_["epoch"].tolist() == [1, 2, 3, 4]
    # At the learning rate itself, not at the end of its schedule.
    assert model.history_["learning_rate"].iloc[-1] == 0.02
    assert not np.array_equal(weights_of(model), restored)


# Weights.


def test_weights_of_one_change_nothing(windows, y, fitted):
    weighted = small_regressor().fit(windows, y, sample_weight=np.full(len(y), 3.0))
    np.testing.assert_allclose(weights_of(weighted), weights_of(fitted), atol=1e-5)
    np.testing.assert_allclose(
        weighted.history_["validation_loss"], fitted.history_["validation_loss"], rtol=1e-4
    )


def test_windows_of_weight_zero_are_neither_trained_on_nor_validated_with(windows, y, fitted):
    weights = np.ones(len(y))
    left_out = np.r_[20:30, 140:150]
    weights[left_out] = 0.0
    changed = y.copy()
    changed[left_out] += 100.0
    model = small_regressor().fit(windows, changed, sample_weight=weights)
    used = np.concatenate([model.training_indices_, model.validation_indices_])
    assert not np.isin(left_out, used).any()
    assert_same_model(model, small_regressor().fit(windows, y, sample_weight=weights))
    assert not np.array_equal(weights_of(model), weights_of(fitted))


def test_weights_pull_towards_the_heavier_targets():
    X = np.zeros((200, 1))
    y = np.tile([0.0, 1.0], 100)
    weights = np.tile([1.0, 3.0], 100)
    options = {"validation": None, "max_epochs": 30, "precision": "float64"}
    with pytest.warns(UserWarning, match="constant"):
        model = small_regressor(**options).fit(X, y, sample_weight=weights)
    assert model.predict(X[:1])[0] == pytest.approx(0.75, abs=0.03)
    assert model.y_mean_ == pytest.approx(0.75)


def test_the_validation_loss_is_weighted(windows, y):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    model = small_regressor(max_epochs=2, restore_best=True).fit(windows, y, sample_weight=weights)
    validating = model.validation_indices_
    errors = (model.predict(windows)[validating] - y[validating]) ** 2
    assert model.best_validation_loss_ == pytest.approx(
        np.average(errors, weights=weights[validating]), rel=1e-5
    )


def test_partial_fit_takes_weights(windows, y):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    model = small_regressor(lr=1e-12).partial_fit(windows, y, sample_weight=weights)
    trained = model.training_indices_
    errors = (model.predict(windows)[trained] - y[trained]) ** 2
    assert model.history_["training_loss"][0] == pytest.approx(
        np.average(errors, weights=weights[trained]), rel=1e-5
    )


# Several targets.


def test_several_targets_are_predicted_in_their_own_units(table):
    X = table[0].to_numpy()
    y = np.column_stack([0.6 + 0.05 * X[:, 0], 300.0 - 20.0 * X[:, 1], 0.01 * X[:, 0]])
    model = small_regressor(hidden_size=8, max_epochs=60).fit(X, y)
    predictions = model.predict(X)
    assert predictions.shape == y.shape
    assert model.n_outputs_ == 3
    np.testing.assert_allclose(model.y_mean_, y[model.training_indices_].mean(axis=0))
    assert r2_score(y, predictions, multioutput="raw_values").min() > 0.9
    assert model.score(X, y) == pytest.approx(r2_score(y, predictions))


def test_losses_of_several_targets_are_of_standardised_values(windows):
    y = np.random.default_rng(0).normal(size=(150, 2)) * [1.0, 1000.0] + [0.6, 20.0]
    model = small_regressor().fit(windows, y)
    validating = model.validation_indices_
    errors = (model.predict(windows)[validating] - y[validating]) / model.y_scale_
    assert model.best_validation_loss_ == pytest.approx(np.mean(errors**2), rel=1e-5)


def test_targets_of_a_frame_are_taken(windows, y):
    frame = pd.DataFrame({"friction": y, "shear_stress_mpa": 5.0 * y})
    model = small_regressor(max_epochs=1).fit(windows, frame)
    assert_same_model(model, small_regressor(max_epochs=1).fit(windows, frame.to_numpy()))
    assert model.predict(windows).shape == (150, 2)


# Losses, stopping and precision.


def test_the_huber_loss_is_reported_in_squared_units_of_the_target(windows, y):
    y = y + np.random.default_rng(0).standard_t(2, size=150) * 0.02
    model = small_regressor(loss="huber").fit(windows, y)
    validating = model.validation_indices_
    errors = np.abs(model.predict(windows)[validating] - y[validating])
    bend = model.y_scale_
    huber = np.where(errors <= bend, errors**2 / 2, bend * (errors - bend / 2))
    assert (errors > bend).any()
    assert model.best_validation_loss_ == pytest.approx(huber.mean(), rel=1e-4)


@pytest.mark.parametrize("loss", [torch.nn.L1Loss, torch.nn.L1Loss()])
def test_a_loss_of_ones_own_is_of_standardised_values(windows, y, loss):
    model = small_regressor(loss=loss).fit(windows, y)
    validating = model.validation_indices_
    errors = np.abs(model.predict(windows)[validating] - y[validating]) / model.y_scale_
    assert model.best_validation_loss_ == pytest.approx(errors.mean(), rel=1e-4)


def test_patience_stops_and_keeps_the_best():
    whole, _ = overtrained()
    assert whole.best_epoch_ + 2 < whole.n_epochs_
    model, loss = overtrained(patience=2)
    assert (model.stopped_early_, model.interrupted_) == (True, False)
    assert (model.n_epochs_, model.best_epoch_) == (whole.best_epoch_ + 2, whole.best_epoch_)
    assert loss == pytest.approx(model.best_validation_loss_, rel=1e-5)
    np.testing.assert_array_equal(weights_of(model), weights_of(whole))
    assert (whole.stopped_early_, whole.interrupted_) == (False, False)


def test_float64_is_float64_throughout(windows, y, fitted):
    model = small_regressor(precision="float64").fit(windows, y)
    assert {weights.dtype for weights in model.net_.module_.parameters()} == {torch.float64}
    # The same initial weights and batches: the two differ by rounding alone.
    np.testing.assert_allclose(model.predict(windows), fitted.predict(windows), atol=1e-5)
    assert not np.array_equal(model.predict(windows), fitted.predict(windows))


def test_mixed_precision_keeps_the_weights_in_float32(windows, y, fitted):
    model = small_regressor(precision="bfloat16").fit(windows, y)
    assert {weights.dtype for weights in model.net_.module_.parameters()} == {torch.float32}
    spread = np.ptp(fitted.predict(windows))
    np.testing.assert_allclose(model.predict(windows), fitted.predict(windows), atol=0.1 * spread)
    assert not np.array_equal(model.predict(windows), fitted.predict(windows))


def test_a_progress_bar_instead_of_lines(windows, y, capsys):
    small_regressor(verbose=2).fit(windows, y)
    out, err = capsys.readouterr()
    assert "valid_loss" not in out
    assert "/8 [" in err


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"patience": 3, "validation": None}, "patience=3 waits for a lower validation loss"),
        ({"optimizer": dict}, "expected a subclass of torch.optim.Optimizer"),
        ({"callbacks": ["stop"]}, "callbacks holds 'stop'; expected instances of skorch's"),
        ({"callbacks": [("stop", 3)]}, r"callbacks holds \('stop', 3\)"),
        ({"optimizer": "LBFGS", "weight_decay": 0.1}, "optimizer LBFGS has no weight_decay"),
        ({"device": "gpu"}, "device is 'gpu'; expected 'auto', 'cpu'"),
    ],
)
def test_parameters_that_contradict_each_other_are_named(windows, y, parameters, message):
    with pytest.raises(ValueError, match=message):
        small_regressor(**parameters).fit(windows, y)


# A module of one's own.


class LastRows(torch.nn.Module):
    """A line through the last row, with dropout from torch's global generator."""

    def __init__(self, n_features, n_outputs, dropout=0.5):
        super().__init__()
        self.dropout = torch.nn.Dropout(dropout)
        self.line = torch.nn.Linear(n_features, n_outputs)

    def forward(self, windows):
        return self.line(self.dropout(windows[:, -1]))


def train_last_rows(seed, windows, y):
    return weights_of(small_regressor(module=LastRows, random_state=seed).fit(windows, y))


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_module_of_ones_own_is_trained(windows, table, n_outputs):
    y = table[0].to_numpy()[:, :n_outputs].squeeze() * 0.05 + 0.6
    model = small_regressor(module=LastRows, dropout=0.0, max_epochs=60).fit(windows, y)
    assert isinstance(model.net_.module_, LastRows)
    assert model.predict(windows).shape == y.shape
    assert model.score(windows, y) > 0.99


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_modules_that_draw_from_the_global_generator_do_so_from_the_seed(windows, y, backend):
    torch.manual_seed(11)
    state = torch.get_rng_state()
    alone = [train_last_rows(seed, windows, y) for seed in (0, 1, 0)]
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(alone[0], alone[2])
    assert not np.array_equal(alone[0], alone[1])
    with joblib.parallel_config(backend=backend, n_jobs=2):
        beside = joblib.Parallel()(
            joblib.delayed(train_last_rows)(seed, windows, y) for seed in (0, 1)
        )
    for one, other in zip(alone, beside, strict=False):
        np.testing.assert_array_equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_made_module_starts_from_its_weights_and_is_left_alone(windows, y):
    made = LastRows(2, 1)
    before = made.line.weight.detach().clone()
    models = [
        small_regressor(module=made, random_state=seed, lr=1e-12).fit(windows, y) for seed in (0, 1)
    ]
    for model in models:
        torch.testing.assert_close(model.net_.module_.line.weight.detach(), before)
        assert model.net_.module_ is not made
    small_regressor(module=made).fit(windows, y)
    assert torch.equal(made.line.weight, before)


def test_a_module_of_the_wrong_shape_is_named(windows, y):
    def of_every_row(n_features):
        return torch.nn.Linear(n_features, 1)

    with pytest.raises(ValueError, match=r"the module returned shape \(16, 5, 1\); expected"):
        small_regressor(module=of_every_row).fit(windows, y)


# Warnings.


def test_a_best_epoch_at_the_end_is_warned_of(windows, y):
    with pytest.warns(ConvergenceWarning, match="the last of 3 epochs has the lowest") as caught:
        model = small_regressor().fit(windows, y)
    assert model.best_epoch_ == 3
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        overtrained()
        small_regressor(max_epochs=1).fit(windows, y)
        small_regressor(validation=None).fit(windows, y)


def test_constant_parameters_are_named(table, y):
    X = table[0].assign(temperature_degc=25.0)
    with pytest.warns(UserWarning, match=r"\['temperature_degc'\] are constant over the rows"):
        small_regressor(max_epochs=1).fit(windows_of(X), y)


@pytest.mark.filterwarnings("ignore:the predictions")
def test_a_constant_target_is_warned_of(windows, y):
    with pytest.warns(UserWarning, match="y is constant over the training windows"):
        small_regressor(max_epochs=1).fit(windows, np.full(150, 0.6))
    # Constant where it is trained on, though not everywhere.
    tail = np.r_[np.full(136, 0.6), y[136:]]
    with pytest.warns(UserWarning, match="y is constant over the training windows"):
        small_regressor(max_epochs=1).fit(windows, tail)


def test_constant_predictions_are_warned_of(windows, y):
    class Silent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.level = torch.nn.Parameter(torch.zeros(1))

        def forward(self, windows):
            return self.level.expand(len(windows))

    with pytest.warns(UserWarning, match="predictions are the same for every training window"):
        small_regressor(module=Silent, max_epochs=1).fit(windows, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Small against the mean is not constant.
        small_regressor(max_epochs=1, normalize_y=False).fit(windows, y)


# Among scikit-learn's own.


def test_tags_tell_of_windows_and_several_targets():
    tags = get_tags(GRUFrictionRegressor())
    assert tags.estimator_type == "regressor"
    assert tags.input_tags.two_d_array is True
    assert tags.input_tags.three_d_array is True
    assert tags.target_tags.multi_output is True
    assert tags.target_tags.single_output is True


def test_the_page_shows_a_fitted_model(fitted):
    assert "GRUFrictionRegressor" in fitted._repr_html_()
    assert "Fitted" in fitted._repr_html_()
