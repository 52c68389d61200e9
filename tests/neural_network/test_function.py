"""A fitted model as one function: the same predictions, their slopes, and nothing left behind."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.inspection import gradient_importance
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble, GRUFrictionRegressor
from sklearn_frictiongru.neural_network._function import ModelFunction
from sklearn_frictiongru.neural_network._layers._kernels._threads import denormals_are_flushed
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.inspection._known import WEIGHTS, Filter, fit_pipeline, make_record, replace_network

DEVIATIONS = np.array([0.002, 30.0, 5.0])
TRAINED = {
    "precision": "float64",
    "conv_channels": 3,
    "hidden_size": 3,
    "n_gru_layers": 2,
    "max_epochs": 20,
    "batch_size": 16,
    "lr": 0.03,
}


@pytest.fixture(scope="module")
def record():
    X, y = make_record()
    return X, 0.2 * y + 20.0 * X["velocity"] + 0.01 * X["temperature"]


@pytest.fixture(scope="module")
def trained(record):
    """A network with convolutions and recurrent layers, in double precision."""
    model = fit_pipeline(*record, **TRAINED)
    assert model[-1].validation_skill_ > 0.7
    return model


@pytest.fixture(scope="module")
def ensemble(record, trained):
    """Members trained on other rows and targets each, that standardise other things each."""
    X, y = record
    windows = trained[0].transform(X)
    ensemble = GRUFrictionEnsemble(clone(trained[-1]), n_estimators=3, random_state=0)
    ensemble.fit(windows, y)
    ensemble.estimators_[1].fit(windows[:70], 1.0 + 5.0 * y[:70])
    ensemble.estimators_[2].set_params(normalize_X=False, normalize_y=False).fit(windows, y)
    return Pipeline([trained.steps[0], ("gru", ensemble)])


@pytest.fixture(scope="module")
def of_two(record):
    """A model of two targets of very different size."""
    X, y = record
    return fit_pipeline(X, np.column_stack([y, 1000.0 * X["temperature"]]), **TRAINED)


def slopes(function, X):
    """Return central differences of a function of a table by each of its values."""
    found = np.empty(X.shape)
    for place in np.ndindex(X.shape):
        step = 1e-4 * DEVIATIONS[place[1]]
        ends = []
        for sign in (1, -1):
            moved = X.copy()
            moved.iloc[place] += sign * step
            ends.append(function(moved))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found


def assert_slopes(found, truth):
    """Far below the 1e-3 that is asked for; elements near zero by the size of the largest."""
    assert np.abs(truth).max() > 0
    np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-7 * np.abs(truth).max())


class TestFiniteDifferences:
    """Tables of one complete window: its gradient is the mean over rows."""

    @pytest.mark.parametrize("row", [0, 33, 100])
    @pytest.mark.parametrize("name", ["trained", "ensemble"])
    def test_of_the_prediction(self, record, name, row, request):
        model = request.getfixturevalue(name)
        X = record[0].iloc[row : row + 4]
        truth = slopes(lambda table: model.predict(table)[-1], X)
        found = gradient_importance(model, X, units="physical")
        assert_slopes(found.signed_by_lag, truth)
        np.testing.assert_array_equal(found.by_lag, np.abs(found.signed_by_lag))

    @pytest.mark.parametrize("name", ["trained", "ensemble"])
    def test_of_the_loss(self, record, name, request):
        model = request.getfixturevalue(name)
        X, y = (table.iloc[20:24] for table in record)
        truth = slopes(lambda table: (model.predict(table)[-1] - y.iloc[-1]) ** 2, X)
        found = gradient_importance(model, X, y, of="loss", units="physical")
        assert_slopes(found.signed_by_lag, truth)

    def test_standardized_units_count_by_the_mean_deviation_of_the_members(self, record, ensemble):
        X = record[0].iloc[:4]
        scale = np.mean([member.X_scale_ for member in ensemble[-1].estimators_], axis=0)
        found, physical = (
            gradient_importance(ensemble, X, units=units).signed_by_lag
            for units in ("standardized", "physical")
        )
        np.testing.assert_allclose(found, physical * scale, rtol=1e-12)

    @pytest.mark.parametrize("output", [0, 1])
    def test_of_each_target(self, record, of_two, output):
        X = record[0].iloc[50:54]
        truth = slopes(lambda table: of_two.predict(table)[-1, output], X)
        found = gradient_importance(of_two, X, units="physical", output=output)
        assert_slopes(found.signed_by_lag, truth)
        y = np.column_stack([np.arange(4.0), 1000 * np.arange(4.0)])
        found = gradient_importance(of_two, X, y, of="loss", units="physical", output=output)
        expected = gradient_importance(
            of_two, X, y[:, output], of="loss", units="physical", output=output
        )
        np.testing.assert_array_equal(found.signed_by_lag, expected.signed_by_lag)
        truth = slopes(lambda table: (of_two.predict(table)[-1, output] - y[-1, output]) ** 2, X)
        assert_slopes(found.signed_by_lag, truth)


class TestPredictions:
    @pytest.mark.parametrize("name", ["trained", "ensemble"])
    def test_they_are_the_models_own(self, record, name, request):
        model = request.getfixturevalue(name)
        X, _ = record
        function = ModelFunction(model, X)
        rows = np.array([119, 0, 50])
        with function.differentiable(), torch.no_grad():
            found = function(function.cut(rows)).numpy()
        np.testing.assert_allclose(
            found * function.scales.y_factor + function.scales.y_offset,
            model.predict(X)[rows],
            rtol=1e-12,
        )

    def test_members_alike_are_not_converted(self, record, trained):
        function = ModelFunction(trained, record[0])
        assert function._conversions == [(None, None)]

    def test_targets_are_standardised_alike(self, record, ensemble):
        X, y = record
        function = ModelFunction(ensemble, X)
        with function.differentiable(), torch.no_grad():
            rows = np.arange(20)
            found = function.squared_error(
                function.cut(rows), function.standardised_target(y.to_numpy()[rows])
            )
        expected = (ensemble.predict(X) - y.to_numpy())[:20] ** 2
        np.testing.assert_allclose(found * function.scales.y_factor**2, expected, rtol=1e-10)


class TestWhatIsLearnt:
    def test_skill_of_an_ensemble_is_the_median_of_its_members(self, record, ensemble):
        members = ensemble[-1].estimators_
        skills = [member.validation_skill_ for member in members]
        try:
            for member, skill in zip(members, (0.1, 0.8, 0.4), strict=True):
                member.validation_skill_ = skill
            assert gradient_importance(ensemble, record[0]).skill == 0.4
            members[1].validation_skill_ = None
            assert gradient_importance(ensemble, record[0]).skill is None
        finally:
            for member, skill in zip(members, skills, strict=True):
                member.validation_skill_ = skill

    @pytest.mark.filterwarnings("ignore:.*not interpretable")
    def test_skill_of_each_target(self, record, of_two):
        first, second = of_two[-1].validation_skill_
        assert first != second
        for output, skill in enumerate((first, second)):
            assert gradient_importance(of_two, record[0], output=output).skill == skill

    def test_a_column_is_constant_where_it_is_so_for_all_members(self, record):
        X, y = record
        X = X.assign(displacement=7.0, temperature=np.r_[np.full(70, 20.0), X["temperature"][70:]])
        window = SlidingWindowTransformer(4).fit(X)
        windows = window.transform(X)
        member = GRUFrictionRegressor(
            hidden_size=2, conv_channels=2, n_gru_layers=1, max_epochs=1, validation=None
        )
        ensemble = GRUFrictionEnsemble(member, n_estimators=2, random_state=0).fit(windows, y)
        ensemble.estimators_[0].fit(windows[:70], y[:70])
        function = ModelFunction(Pipeline([("window", window), ("gru", ensemble)]), X)
        assert list(function.constant) == [False, True, False]

    def test_pieces_of_a_named_run_are_one_run(self, record, trained):
        X, _ = record
        time = np.r_[0:30, 100:140, 0:50].astype(float)
        index = pd.MultiIndex.from_arrays([X.index.get_level_values(0), time], names=X.index.names)
        function = ModelFunction(trained, X.set_axis(index))
        np.testing.assert_array_equal(function.runs, np.repeat([0, 1], [70, 50]))
        assert list(np.flatnonzero(~function.complete)) == [0, 1, 2, 30, 31, 32, 70, 71, 72]

    def test_pieces_of_a_record_without_names_are_runs(self, trained):
        time = pd.Index(np.r_[0:30, 100:140].astype(float), name="time")
        X = make_record((70,))[0].set_axis(time)
        np.testing.assert_array_equal(ModelFunction(trained, X).runs, np.repeat([0, 1], [30, 40]))

    def test_arrays_are_one_run(self, record, trained):
        windows = np.asarray(trained[0].transform(record[0]))
        function = ModelFunction(trained[-1], windows)
        assert set(function.runs) == {0}
        assert function.complete.all()


class TestOutputs:
    def test_one_of_several_has_to_be_named(self, record, of_two):
        X, _ = record
        with pytest.raises(ValueError, match=r"predicts 2 targets; expected output=.* 0 to 1"):
            gradient_importance(of_two, X)
        with pytest.raises(ValueError, match="output is 2, but the model predicts 2 targets"):
            gradient_importance(of_two, X, output=2)

    def test_the_only_one_may_be_named(self, record, trained):
        X, y = record
        found = gradient_importance(trained, X, y, of="loss", output=0)
        np.testing.assert_array_equal(found.raw, gradient_importance(trained, X, y, of="loss").raw)
        with pytest.raises(ValueError, match="output is 1, but the model predicts 1 targets"):
            gradient_importance(trained, X, output=1)

    def test_targets_of_another_shape(self, record, of_two):
        X, _ = record
        for wrong in (np.ones((120, 1)), np.ones((119, 2)), np.ones(119)):
            with pytest.raises(ValueError, match="expected one target for each of the 120 rows"):
                gradient_importance(of_two, X, wrong, of="loss", output=1)


class Nested(Filter):
    """A known function with parts in several modes and with several flags."""

    def __init__(self):
        super().__init__(WEIGHTS)
        self.inner = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Dropout())
        self.inner[0].weight.requires_grad_(False)
        self.weights.grad = torch.full_like(self.weights, 5.0)

    def forward(self, windows):
        assert not any(part.training for part in self.modules())
        assert not any(weight.requires_grad for weight in self.parameters())
        self.settings = (torch.get_num_threads(), denormals_are_flushed())
        return super().forward(windows)


class TestModelIsLeftAsItWas:
    @pytest.fixture(autouse=True)
    def _two_threads(self):
        torch.set_num_threads(2)
        yield
        torch.set_num_threads(1)

    @pytest.mark.parametrize("fails", [True, False])
    @pytest.mark.parametrize("training", [True, False])
    def test_modes_flags_and_settings(self, record, training, fails):
        X, _ = record
        module = Nested()
        module.train(training)
        # Somebody has frozen a part of it.
        module.inner[1].train(not training)
        if fails:
            module.power = "not a number"
        model = replace_network(fit_pipeline(*record), module)
        before = {name: value.clone() for name, value in module.state_dict().items()}
        torch.backends.cudnn.enabled = True
        if fails:
            with pytest.raises(TypeError):
                gradient_importance(model, X)
        else:
            gradient_importance(model, X)
        # The gradients themselves are taken in evaluation mode, without cuDNN.
        assert {seen[1:] for seen in module.seen} == {(False, False)}
        assert module.settings == (1, True)
        modes = [part.training for part in module.modules()]
        assert modes == [training, training, training, not training]
        assert torch.backends.cudnn.enabled
        assert [weight.requires_grad for weight in module.parameters()] == [True, False, True]
        assert (module.weights.grad == 5.0).all()
        assert module.inner[0].bias.grad is None
        assert torch.get_num_threads() == 2
        assert not denormals_are_flushed()
        for name, value in module.state_dict().items():
            assert torch.equal(value, before[name])

    def test_the_last_of_several_threads_puts_cudnn_back(self, record, trained):
        X, _ = record
        torch.backends.cudnn.enabled = True
        first, second = (ModelFunction(trained, X).differentiable() for _ in range(2))
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert not torch.backends.cudnn.enabled
        second.__exit__(None, None, None)
        assert torch.backends.cudnn.enabled
        torch.set_flush_denormal(False)

    @pytest.mark.parametrize("enabled", [True, False])
    def test_cudnn_is_put_back_as_it_was(self, record, trained, enabled):
        torch.backends.cudnn.enabled = enabled
        try:
            gradient_importance(trained, record[0])
            assert torch.backends.cudnn.enabled == enabled
        finally:
            torch.backends.cudnn.enabled = True

    def test_every_member_of_an_ensemble_is(self, record):
        X, y = record
        model = fit_pipeline(X, y)
        ensemble = GRUFrictionEnsemble(clone(model[-1]), n_estimators=2, random_state=0)
        ensemble.fit(model[0].transform(X), y)
        modules = [Nested(), Nested()]
        for member, module in zip(ensemble.estimators_, modules, strict=True):
            replace_network(member, module)
            module.train()
        gradient_importance(Pipeline([model.steps[0], ("gru", ensemble)]), X)
        for module in modules:
            assert module.seen
            assert all(part.training for part in module.modules())
            flags = [weight.requires_grad for weight in module.parameters()]
            assert flags == [True, False, True]

    def test_predictions_stay(self, record, trained, ensemble):
        X, _ = record
        for model in (trained, ensemble):
            before = model.predict(X)
            gradient_importance(model, X)
            np.testing.assert_array_equal(model.predict(X), before)

    def test_dropout_has_no_say(self, record):
        X, y = record
        model = fit_pipeline(X, y, **{**TRAINED, "dropout": 0.5})
        one, other = (gradient_importance(model, X).raw for _ in range(2))
        np.testing.assert_array_equal(one, other)


def test_a_fitted_ensemble_alone(record, ensemble, trained):
    X, _ = record
    expected = gradient_importance(ensemble, X)
    found = gradient_importance(ensemble[-1], trained[0].transform(X))
    np.testing.assert_array_equal(found.raw, expected.raw)
    assert found.feature_names == expected.feature_names


def test_members_that_are_alike_are_one_of_them(record, trained):
    X, _ = record
    same = GRUFrictionEnsemble(trained[-1], n_estimators=2)
    for name in ("n_features_in_", "n_outputs_", "window_length_"):
        setattr(same, name, getattr(trained[-1], name))
    same.estimators_ = [trained[-1]] * 2
    found = gradient_importance(same, trained[0].transform(X))
    expected = gradient_importance(trained, X)
    np.testing.assert_allclose(found.raw, expected.raw, rtol=1e-12)
