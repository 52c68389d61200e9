"""Which windows train and which validate, and what windows may be given as."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import DataConversionWarning

from sklearn_frictiongru.model_selection import RunHoldout
from sklearn_frictiongru.preprocessing import WindowArray
from tests.neural_network._models import (
    LENGTH,
    assert_same_model,
    record,
    rows_in,
    small_regressor,
    windows_of,
)


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


@pytest.mark.parametrize("options", [{}, {"stride": 3, "purge": 1}, {"validation": None}])
@pytest.mark.parametrize("kind", ["windows", "array", "table"])
def test_the_split_is_known_before_the_training(table, windows, y, kind, options):
    X = {"windows": windows, "array": np.asarray(windows), "table": table[0]}[kind]
    regressor = small_regressor(max_epochs=1, **options)
    training, validating = regressor.split_windows(X, y)
    assert vars(regressor) == vars(small_regressor(max_epochs=1, **options))
    regressor.fit(X, y)
    np.testing.assert_array_equal(training, regressor.training_indices_)
    np.testing.assert_array_equal(validating, regressor.validation_indices_)


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


@pytest.mark.parametrize("purge", ["30s", np.timedelta64(25, "s"), pd.Timedelta("30s")])
def test_the_purge_may_be_a_time(purge):
    X, y = record()
    X.index = pd.date_range("2026-03-01", periods=len(X), freq="10s")
    expected = small_regressor(purge=3, max_epochs=1).fit(windows_of(X), y)
    found = small_regressor(purge=purge, max_epochs=1).fit(windows_of(X), y)
    assert found.n_purged_ == expected.n_purged_ == 3
    np.testing.assert_array_equal(found.training_indices_, expected.training_indices_)


@pytest.mark.parametrize(
    ("purge", "message"),
    [
        (3.0, "purge is 3.0, which may mean rows or seconds"),
        (-1, "purge is -1; expected 0 or more rows"),
        ("30s", "purge is '30s', a time, but X has no time index"),
    ],
)
def test_a_purge_that_cannot_be_kept_is_named(purge, message):
    X, y = record()
    with pytest.raises(ValueError, match=message):
        small_regressor(purge=purge).fit(windows_of(X.to_numpy()), y)
