"""Regressors trained together are those trained alone, in all that can be asked of them."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import EpochTimer, LRScheduler

from sklearn_frictiongru.neural_network import (
    GRUFrictionRegressor,
    can_be_stacked,
    train_stacked,
)
from sklearn_frictiongru.neural_network._stacked import ELEMENTWISE
from sklearn_frictiongru.neural_network._training import _stack as stacked_module
from sklearn_frictiongru.neural_network._training._build_net import build_net
from sklearn_frictiongru.neural_network._training._callbacks import RecordLearningRate
from sklearn_frictiongru.neural_network._training._training import Training
from tests.neural_network._models import record, small_regressor, windows_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SEEDS = (1, 2, 3)
# Of losses, relative, and of predictions, in standard deviations of the target, over a whole
# training. Measured were 1e-14 and 4e-14, in float32 2e-6 and 1e-5. At larger learning rates a
# training alone moves further than that if its initial weights are rounded otherwise.
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}
LOSSES = ["training_loss", "validation_loss"]


@pytest.fixture(scope="module")
def data():
    X, y = record(110)
    return windows_of(X), y


def regressors(**parameters):
    return [small_regressor(random_state=seed, **parameters) for seed in SEEDS]


def fit_alone(data, **parameters):
    return [regressor.fit(*data) for regressor in regressors(**parameters)]


def together(data, *, capture="auto", **parameters):
    trained = train_stacked(regressors(**parameters), *data, capture=capture)
    for regressor in trained:
        if isinstance(regressor, Exception):
            raise regressor
    return trained


def assert_same(one, other, windows, tolerance):
    """Assert that a regressor is the same as one that was trained alone."""
    for name in ("n_epochs_", "best_epoch_", "stopped_early_", "interrupted_", "n_purged_"):
        assert getattr(one, name) == getattr(other, name), name
    history, expected = one.history_, other.history_
    assert list(history.columns) == list(expected.columns)
    assert list(history.dtypes) == list(expected.dtypes)
    np.testing.assert_allclose(history[LOSSES], expected[LOSSES], rtol=tolerance)
    pd.testing.assert_series_equal(history["learning_rate"], expected["learning_rate"])
    error = np.abs(one.predict(windows) - other.predict(windows)) / other.y_scale_
    assert error.max() <= tolerance


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"n_gru_layers": 3, "dropout": 0.3},
        {"gradient_clip": 0.01, "loss": "huber", "lr_schedule": "cosine"},
        {"restore_best": False, "weight_decay": 0.1, "lr": 0.1},
        {"validation": None, "batch_size": 1000, "purge": 0, "normalize_y": False},
        {"patience": 1, "max_epochs": 20, "lr": 0.05, "dropout": 0.2, "n_gru_layers": 2},
        {"patience": 1, "max_epochs": 20, "lr": 0.05, "restore_best": False},
        {"patience": 2, "max_epochs": 20},
    ],
)
def test_losses_and_predictions_are_those_of_a_training_alone(data, precision, parameters):
    windows, y = data
    if parameters.get("batch_size") == 1000:
        # A table may have fewer rows than a batch.
        windows = windows.rows
    parameters = {**parameters, "precision": precision}
    found, expected = (train((windows, y), **parameters) for train in (together, fit_alone))
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other, windows, TOLERANCE[precision])
    assert not np.allclose(found[0].predict(windows), found[1].predict(windows), atol=1e-4)
    if "patience" in parameters:
        # Each ends by itself, and the last one goes on alone.
        assert len({regressor.n_epochs_ for regressor in found}) > 1
        assert all(regressor.stopped_early_ for regressor in found)
    if parameters.get("patience") == 2:
        # The best weights of one that goes on are kept while others leave.
        first, second, _ = found
        assert first.best_epoch_ < second.n_epochs_ < first.n_epochs_


@pytest.mark.parametrize("optimizer", sorted(each.__name__ for each in ELEMENTWISE))
def test_optimisers_treat_each_regressor_as_alone(data, optimizer):
    parameters = {"optimizer": optimizer, "precision": "float64", "max_epochs": 2}
    found = together(data, **parameters)[1]
    expected = small_regressor(random_state=2, **parameters).fit(*data)
    assert_same(found, expected, data[0], TOLERANCE["float64"])
    weights = found.net_.module_.gru_layers[0].weight_hh_l0
    begun = build_net(found, torch.device("cpu")).initialize().module_
    assert not torch.equal(weights, begun.gru_layers[0].weight_hh_l0)


def test_several_targets(data):
    windows, y = data
    targets = np.column_stack([y, -2 * y, np.roll(y, 3)])
    parameters = {"precision": "float64"}
    found, expected = (train((windows, targets), **parameters) for train in (together, fit_alone))
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other, windows, TOLERANCE["float64"])
        np.testing.assert_allclose(one.validation_skill_, other.validation_skill_, rtol=1e-10)


@pytest.fixture(scope="module")
def pairs(data):
    """Regressors trained together beside those trained alone, whose attributes are compared."""
    parameters = {
        "precision": "float64",
        "dropout": 0.3,
        "n_gru_layers": 2,
        "max_epochs": 6,
        "lr": 0.05,
        "lr_schedule": "cosine",
        "gradient_clip": 1.0,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return list(zip(together(data, **parameters), fit_alone(data, **parameters), strict=True))


def test_attributes_are_those_of_a_training_alone(pairs):
    assert any(one.best_epoch_ < one.n_epochs_ for one, _ in pairs)
    for one, other in pairs:
        assert vars(one).keys() == vars(other).keys()
        for name in ("X_mean_", "X_scale_", "X_constant_", "y_mean_", "y_scale_", "seed_"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        for name in ("training_indices_", "validation_indices_", "feature_names_in_"):
            np.testing.assert_array_equal(getattr(one, name, 0), getattr(other, name, 0))
        for name in ("best_validation_loss_", "validation_skill_"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-10)
            assert type(getattr(one, name)) is type(getattr(other, name))
        assert (one.window_length_, one.n_features_in_) == (5, 2)
        assert one.get_params() == other.get_params()


def test_the_net_is_that_of_a_training_alone(pairs):
    for one, other in pairs:
        net, expected = one.net_, other.net_
        assert vars(net).keys() == vars(expected).keys()
        assert net.max_epochs == expected.max_epochs
        assert net.train_split is None
        for epoch, expected_epoch in zip(net.history, expected.history, strict=True):
            assert epoch.keys() == expected_epoch.keys()
            assert [batch.keys() for batch in epoch["batches"]] == [
                batch.keys() for batch in expected_epoch["batches"]
            ]
            for name in ("epoch", "train_batch_count", "valid_loss_best", "event_lr", "lr"):
                assert epoch[name] == expected_epoch[name]
            for batch, expected_batch in zip(
                epoch["batches"], expected_epoch["batches"], strict=True
            ):
                assert batch == pytest.approx(expected_batch, rel=1e-12)
            assert epoch["dur"] > 0
        for (name, callback), (expected_name, expected_callback) in zip(
            net.callbacks_, expected.callbacks_, strict=True
        ):
            assert name == expected_name
            assert type(callback) is type(expected_callback)
        callback, expected_callback = (
            dict(each.callbacks_)["keep_best"] for each in (net, expected)
        )
        assert callback.load_best
        assert callback.best_epoch_ == expected_callback.best_epoch_
        assert callback.misses_ == expected_callback.misses_


def test_optimiser_and_generators_stand_where_those_of_a_training_alone_do(pairs):
    for one, other in pairs:
        state, expected = (each.net_.optimizer_.state_dict() for each in (one, other))
        assert state["param_groups"] == expected["param_groups"]
        assert state["state"].keys() == expected["state"].keys()
        for number, of_weights in expected["state"].items():
            assert state["state"][number].keys() == of_weights.keys()
            for name, value in of_weights.items():
                torch.testing.assert_close(
                    state["state"][number][name], value, rtol=1e-9, atol=1e-13
                )
        generator, expected = (each.net_.iterator_train__generator for each in (one, other))
        assert torch.equal(generator.get_state(), expected.get_state())
        for dropout, expected in zip(
            one.net_.module_.dropouts, other.net_.module_.dropouts, strict=True
        ):
            assert torch.equal(dropout.generator_state(), expected.generator_state())


@pytest.mark.parametrize("patience", [None, 1])
def test_partial_fit_goes_on_as_after_a_training_alone(data, patience):
    parameters = {"precision": "float64", "dropout": 0.3, "n_gru_layers": 2, "lr": 0.05}
    parameters |= {"patience": patience, "max_epochs": 4 if patience is None else 20}
    found, expected = (train(data, **parameters) for train in (together, fit_alone))
    if patience is not None:
        # The masks and batches of one that has ended stay where they are.
        assert len({regressor.n_epochs_ for regressor in found}) > 1
    for one, other in zip(found, expected, strict=True):
        one.partial_fit(*data)
        other.partial_fit(*data)
        assert_same(one, other, data[0], TOLERANCE["float64"])


def test_a_stored_model_predicts_the_same(pairs, data, tmp_path):
    windows, _ = data
    model, _ = pairs[0]
    unpickled = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(unpickled.predict(windows), model.predict(windows))
    model.save(tmp_path / "model")
    loaded = GRUFrictionRegressor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(windows), model.predict(windows))
    # The size of what is pickled is that of a training alone: no stacked weights travel along.
    alone = len(pickle.dumps(pairs[0][1]))
    assert len(pickle.dumps(model)) == pytest.approx(alone, rel=0.02)


def test_the_times_of_all_are_shares_of_the_whole(data, monkeypatch):
    class Clock:
        now = 0.0

        @classmethod
        def perf_counter(cls):
            cls.now += 3.0
            return cls.now

    monkeypatch.setattr(stacked_module, "time", Clock)
    for regressor in together(data):
        assert regressor.history_["seconds"].tolist() == [1.0, 1.0, 1.0]


class TestAFailureIsOnesOwn:
    def poison(self, monkeypatch, seed, value):
        """Let the regressor of a seed begin with weights that cannot be trained."""

        new_net = Training.new_net

        def poisoned(training, validation_set=None):
            net = new_net(training, validation_set)
            if training.regressor.random_state == seed:
                initialize = net.initialize

                def initialize_badly():
                    initialize()
                    with torch.no_grad():
                        net.module_.dense.bias.fill_(value)
                    return net

                net.initialize = initialize_badly
            return net

        monkeypatch.setattr(Training, "new_net", poisoned)

    @pytest.mark.parametrize("value", [np.inf, 1e30])
    def test_of_a_loss_that_diverges(self, data, monkeypatch, value):
        expected = fit_alone(data)
        self.poison(monkeypatch, 2, value)
        first, failed, last = train_stacked(regressors(), *data)
        with pytest.raises(ValueError, match="diverged: the loss is not finite in epoch 1") as own:
            small_regressor(random_state=2).fit(*data)
        assert type(failed) is ValueError
        assert str(failed) == str(own.value)
        for one, other in ((first, expected[0]), (last, expected[2])):
            assert_same(one, other, data[0], TOLERANCE["float32"])

    def test_of_weights_that_diverge_in_the_last_batch(self, data):
        parameters = {"optimizer": "SGD", "lr": 1e38, "validation": None, "batch_size": 1000}
        parameters |= {"normalize_y": False}
        windows, y = data[0], 1e3 * data[1]
        for failed, regressor in zip(
            train_stacked(regressors(**parameters), windows.rows, y),
            regressors(**parameters),
            strict=True,
        ):
            with pytest.raises(ValueError, match="the network is not finite in epoch 1") as own:
                regressor.fit(windows.rows, y)
            assert str(failed) == str(own.value)

    def test_before_the_training(self, data):
        windows, y = data
        broken = np.where(np.arange(len(y)) == 7, np.nan, y)
        for failed, regressor in zip(
            train_stacked(regressors(), windows, broken), regressors(), strict=True
        ):
            with pytest.raises(ValueError, match="y") as own:
                regressor.fit(windows, broken)
            assert str(failed) == str(own.value)

    def test_of_one_before_the_training(self, data):
        bad, *good = regressors()
        bad.set_params(hidden_size=0)
        failed, *trained = train_stacked([bad, *good], *data)
        assert isinstance(failed, ValueError)
        for one, other in zip(trained, fit_alone(data)[1:], strict=True):
            assert_same(one, other, data[0], TOLERANCE["float32"])


class OtherSplitEachTime:
    """A splitter that cuts the tail off later at each call."""

    calls = 0

    def split(self, X, y=None):
        type(self).calls += 1
        cut = len(X) - 10 * type(self).calls
        yield np.arange(cut), np.arange(cut, len(X))


def test_other_windows_are_trained_on_alone(data):
    splitter = OtherSplitEachTime()
    trained = train_stacked(regressors(validation=splitter), *data)
    n_validating = [len(regressor.validation_indices_) for regressor in trained]
    # Asked once each for the stack, and once more by those that it does not suit.
    assert n_validating == [10, 40, 50]
    assert all(hasattr(regressor, "validation_skill_") for regressor in trained)


def test_a_failure_of_one_trained_alone_is_its_own(data, monkeypatch):
    class FailsLater(OtherSplitEachTime):
        calls = 0

        def split(self, X, y=None):
            if type(self).calls == 4:
                raise RuntimeError("no more splits")
            return super().split(X, y)

    first, second, third = train_stacked(regressors(validation=FailsLater()), *data)
    assert len(first.validation_indices_) == 10
    assert len(second.validation_indices_) == 40
    assert str(third) == "no more splits"


def test_settings_of_torch_are_put_back_and_an_interruption_goes_through(data, monkeypatch):
    def interrupt(network, n_windows, window_length):
        assert torch.get_num_threads() == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(stacked_module.StackedNetwork, "draw_masks", interrupt)
    before, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(2)
    try:
        trained = regressors()
        with pytest.raises(KeyboardInterrupt):
            train_stacked(trained, *data)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert not hasattr(trained[0], "net_")
    assert torch.equal(torch.get_rng_state(), state)


def test_an_interruption_in_a_callback_is_no_patience(data, monkeypatch):
    def interrupt(callback, net, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(EpochTimer, "on_epoch_end", interrupt)
    for parameters in ({}, {"validation": None}):
        with pytest.raises(KeyboardInterrupt):
            train_stacked(regressors(**parameters), *data)


def test_warnings_are_those_of_a_training_alone(data):
    windows, y = data
    constant = windows_of(np.column_stack([windows.rows, np.ones(len(windows.rows))]))

    def said(train):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            train((constant, y), lr=1e-4, lr_schedule="cosine")
        return sorted(str(warning.message) for warning in caught)

    texts = said(together)
    assert texts == said(fit_alone)
    assert sum("are constant over the rows" in text for text in texts) == 3
    assert any("has the lowest validation loss" in text for text in texts)


class TestCapture:
    """What surrounds a CUDA graph, with a stand-in that fills the same tensors at each run."""

    def stand_in(self, monkeypatch):
        self.shapes, self.runs = [], 0

        def captured(function, inputs):
            self.shapes.append(tuple(inputs[0].shape))
            losses, gradients = function(*inputs)
            losses, gradients = losses.clone(), [each.clone() for each in gradients]

            def replay(*values):
                self.runs += 1
                new_losses, new_gradients = function(*values)
                losses.copy_(new_losses)
                for own, new in zip(gradients, new_gradients, strict=True):
                    own.copy_(new)
                return losses, gradients

            return replay

        monkeypatch.setattr(stacked_module, "captured", captured)

    @pytest.mark.parametrize(
        "parameters", [{"dropout": 0.3, "n_gru_layers": 2}, {"gradient_clip": 0.01}]
    )
    def test_full_batches_are_replayed(self, data, monkeypatch, parameters):
        expected = together(data, **parameters)
        self.stand_in(monkeypatch)
        found = together(data, capture=True, **parameters)
        for one, other in zip(found, expected, strict=True):
            assert one.history_[LOSSES].equals(other.history_[LOSSES])
            np.testing.assert_array_equal(one.predict(data[0]), other.predict(data[0]))
        n_training = len(found[0].training_indices_)
        assert n_training % 16
        assert self.shapes == [(3, 16, 5, 2)]
        assert self.runs == 3 * (n_training // 16)

    def test_those_that_are_left_are_captured_anew(self, data, monkeypatch):
        parameters = {"patience": 1, "max_epochs": 20, "lr": 0.05}
        expected = fit_alone(data, **parameters)
        self.stand_in(monkeypatch)
        for one, other in zip(together(data, capture=True, **parameters), expected, strict=True):
            assert_same(one, other, data[0], TOLERANCE["float32"])
        ends = [regressor.n_epochs_ for regressor in expected]
        left = [sum(end > earlier for end in ends) for earlier in sorted({0, *ends})]
        assert [shape[0] for shape in self.shapes] == left[:-1]
        assert len(left) > 2

    def test_can_be_switched_off(self, data, monkeypatch):
        self.stand_in(monkeypatch)
        train_stacked(regressors(), *data, capture=False)
        assert self.shapes == []

    def test_a_failed_one_is_warned_of_and_done_without(self, data):
        expected = together(data)
        message = r"as a CUDA graph \(there are none on device 'cpu'\)"
        with pytest.warns(UserWarning, match=message) as caught:
            found = together(data, capture=True)
        assert sum("CUDA graph" in str(warning.message) for warning in caught) == 1
        for one, other in zip(found, expected, strict=True):
            assert one.history_[LOSSES].equals(other.history_[LOSSES])

    def test_a_lack_of_memory_goes_through(self, data, monkeypatch):
        self.stand_in(monkeypatch)

        def captured(function, inputs):
            raise torch.OutOfMemoryError("too large")

        monkeypatch.setattr(stacked_module, "captured", captured)
        with pytest.raises(torch.OutOfMemoryError):
            train_stacked(regressors(), *data, capture=True)


def test_on_a_cpu_nothing_is_captured(data, monkeypatch):
    monkeypatch.setattr(stacked_module, "captured", None)
    together(data)


class Subclass(GRUFrictionRegressor):
    """A regressor that may train in another way."""


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"patience": 3, "restore_best": False, "validation": None},
        {"optimizer": torch.optim.AdamW, "weight_decay": 0.1, "gradient_clip": 1.0},
        {"lr_schedule": "cosine", "loss": "huber", "precision": "float64", "dropout": 0.5},
        {"callbacks": []},
    ],
)
def test_can_be_stacked(parameters):
    assert can_be_stacked(GRUFrictionRegressor(**parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        {"module": torch.nn.Identity},
        {"callbacks": [RecordLearningRate()]},
        {"loss": torch.nn.MSELoss},
        {"loss": torch.nn.MSELoss()},
        {"optimizer": "LBFGS"},
        {"optimizer": "Adafactor"},
        {"optimizer": "SparseAdam"},
        {"optimizer": type("Own", (torch.optim.Adam,), {})},
        {"optimizer": ["Adam"]},
        {"lr_schedule": "plateau"},
        {"lr_schedule": LRScheduler()},
        {"precision": "bfloat16"},
        {"warm_start": True},
        {"verbose": 1},
    ],
)
def test_cannot_be_stacked(parameters):
    assert not can_be_stacked(GRUFrictionRegressor(**parameters))


def test_a_subclass_and_other_estimators_cannot_be_stacked():
    assert not can_be_stacked(Subclass())
    assert not can_be_stacked("passthrough")


def test_callbacks_of_scikit_learn_cannot_be_stacked():
    callbacks = pytest.importorskip("sklearn.callback")
    monitor = callbacks.ScoringMonitor(scoring="r2")
    assert not can_be_stacked(GRUFrictionRegressor().set_callbacks(monitor))


@pytest.mark.parametrize(
    ("device", "expected"), [("cpu", True), ("cuda:99", False), ("nothing", False), (None, False)]
)
def test_only_on_devices_that_are_there_and_of_a_type(device, expected):
    regressor = GRUFrictionRegressor(device=device)
    assert can_be_stacked(regressor, device_types={"cpu"}) is expected
    assert not can_be_stacked(regressor, device_types={"cuda"})
    assert can_be_stacked(regressor)
