"""The check passes where something was learnt, and fails where the importance does not show it."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklearn_frictiongru.inspection import gradient_importance, sanity_check
from sklearn_frictiongru.model_selection import RepeatedSeedSearchCV
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble
from tests.neural_network import _models as small

from ._known import Filter, fit_pipeline, make_record, replace_network

TRAINED = {
    "hidden_size": 6,
    "conv_channels": 6,
    "max_epochs": 12,
    "batch_size": 16,
    "lr": 0.03,
}


class Blind(torch.nn.Module):
    """Its prediction has weights, but how it follows the inputs has none."""

    def __init__(self, n_features):
        super().__init__()
        self.offset = torch.nn.Linear(1, 1)
        self.register_buffer("steps", torch.tensor([3.0, 1.0, 0.2]))

    def forward(self, windows):
        return windows[:, -1] @ self.steps + self.offset(torch.zeros(len(windows), 1))[:, 0]


@pytest.fixture(scope="module")
def record():
    X, _ = make_record()
    return X, 0.6 + 20.0 * X["velocity"]


@pytest.fixture(scope="module")
def trained(record):
    model = fit_pipeline(*record, **TRAINED)
    assert model[-1].validation_skill_ > 0.8
    return model


@pytest.fixture(scope="module")
def found(record, trained):
    return sanity_check(trained, *record, random_state=0)


class TestTrained:
    def test_it_passes(self, found):
        assert found.passed
        assert found.weights > 1.5 * found.weights_spread > 0
        assert found.labels > 1.5 * found.labels_spread > 0

    def test_the_frame(self, found):
        frame = found.frame
        assert list(frame.columns) == [
            "check",
            "layer",
            "repeat",
            "distance",
            "distance_of_inputs",
            "size",
        ]
        weights, labels = (frame[frame["check"] == check] for check in ("weights", "labels"))
        layers = ["dense", "gru_layers.0", "convolutions.1", "convolutions.0"]
        assert list(weights["layer"]) == layers * 3
        assert list(weights["repeat"]) == list(np.repeat([0, 1, 2], 4))
        assert list(labels["layer"]) == ["all"] * 3
        assert list(labels["repeat"]) == [0, 1, 2]
        assert len(frame) == 15
        assert found.labels == labels["distance"].median()
        of_all = weights.loc[weights["layer"] == "convolutions.0", "distance"]
        assert found.weights == of_all.median()
        assert frame["distance"].between(0, 1).all()
        # The inputs alone cannot lie further apart than with their lags.
        assert (frame["distance_of_inputs"] <= frame["distance"] + 1e-12).all()
        # A trained model is steeper than one that knows nothing.
        assert frame["size"].median() < 0.7

    def test_the_model_is_left_as_it_was(self, record, trained):
        X, y = record
        before = copy.deepcopy(trained[-1].net_.module_.state_dict())
        expected, params = trained.predict(X), trained[-1].get_params()
        state, importance = torch.get_rng_state(), gradient_importance(trained, X).raw
        sanity_check(trained, X, y, n_repeats=1, random_state=1)
        for name, value in trained[-1].net_.module_.state_dict().items():
            assert torch.equal(value, before[name])
        np.testing.assert_array_equal(trained.predict(X), expected)
        np.testing.assert_array_equal(gradient_importance(trained, X).raw, importance)
        assert trained[-1].get_params() == params
        assert all(weight.requires_grad for weight in trained[-1].net_.module_.parameters())
        assert torch.equal(torch.get_rng_state(), state)

    def test_seeds(self, record, trained, found):
        again = sanity_check(trained, *record, random_state=0)
        pd.testing.assert_frame_equal(again.frame, found.frame, check_exact=True)
        other = sanity_check(trained, *record, n_repeats=1, random_state=1)
        assert not np.isin(other.frame["distance"], found.frame["distance"]).any()
        assert np.isnan([other.weights_spread, other.labels_spread]).all()

    def test_the_distance_that_is_asked_for(self, record, trained, found):
        bound = max(found.weights, found.labels)
        assert not sanity_check(trained, *record, min_distance=bound, random_state=0).passed


class TestNothingLearnt:
    @pytest.mark.filterwarnings("ignore")
    def test_gradients_that_do_not_depend_on_the_weights(self, record):
        model = fit_pipeline(*record, module=Blind, max_epochs=2)
        found = sanity_check(model, *record, random_state=0)
        assert not found.passed
        np.testing.assert_allclose(found.frame["distance"], 0, atol=1e-6)
        np.testing.assert_allclose(found.frame["size"], 1, rtol=1e-6)

    @pytest.mark.filterwarnings("ignore")
    @pytest.mark.parametrize("seed", range(3))
    def test_weights_as_they_were_drawn(self, record, seed):
        untrained = fit_pipeline(*record, max_epochs=1, lr=1e-9, random_state=seed)
        assert not sanity_check(untrained, *record, random_state=seed).passed

    def test_a_prediction_that_never_moves(self, record):
        flat = replace_network(fit_pipeline(*record), Filter(np.zeros((4, 3))))
        found = sanity_check(flat, *record, random_state=0)
        assert not found.passed
        assert found.frame["size"].isna().all()


class TestDistances:
    def test_between_known_importances(self, record):
        # All of one place against what a redrawn filter of ones has everywhere.
        weights = np.zeros((4, 3))
        weights[-1, 0] = 2.0
        model = replace_network(fit_pipeline(*record), Filter(weights))
        found = sanity_check(model, *record, n_repeats=4, random_state=0)
        rows = found.frame[found.frame["check"] == "weights"]
        # A module without layers of torch's own is drawn anew by its own size.
        assert list(rows["layer"]) == [""] * 4
        expected = []
        for repeat in range(4):
            seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=4)
            draw = np.random.SeedSequence((int(seeds[repeat]), 0)).generate_state(1)[0]
            drawn = torch.randn(
                4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(int(draw))
            )
            sizes = np.abs(drawn.numpy() * np.sqrt(4.0 / 12))
            shares = sizes / sizes.sum()
            expected.append((1 - shares[-1, 0], 1 - shares[:, 0].sum(), sizes.sum() / 2.0))
        measures = rows[["distance", "distance_of_inputs", "size"]]
        np.testing.assert_allclose(measures, expected, rtol=1e-5)

    def test_only_what_varied_in_training_counts(self, record):
        X, y = record
        X = X.assign(temperature=20.0)
        with pytest.warns(UserWarning, match="constant"):
            model = fit_pipeline(X, y, max_epochs=2)
        weights = np.zeros((4, 3))
        weights[-1] = [1.0, 1.0, 50.0]
        replace_network(model, Filter(weights))
        found = sanity_check(model, X, y, n_repeats=1, random_state=0)
        # Counted, the third would make the distance about 1 - 1 / 12.
        assert found.frame["distance_of_inputs"][0] < 0.5


class TestOtherEstimators:
    @pytest.mark.filterwarnings("ignore")
    def test_ensembles_and_searches(self, record, trained):
        X, y = record
        member = clone(trained[-1]).set_params(max_epochs=6)
        ensemble = Pipeline(
            [trained.steps[0], ("gru", GRUFrictionEnsemble(member, n_estimators=2, random_state=0))]
        ).fit(X, y)
        before = ensemble.predict(X)
        found = sanity_check(ensemble, X, y, n_repeats=1, random_state=0)
        np.testing.assert_array_equal(ensemble.predict(X), before)
        assert len(found.frame) == 5
        search = RepeatedSeedSearchCV(
            clone(trained).set_params(gru__max_epochs=6), {"gru__lr": [0.03]}, n_repeats=2
        ).fit(X, y)
        found = sanity_check(search, X, y, n_repeats=1, random_state=0)
        expected = sanity_check(search.best_estimator_, X, y, n_repeats=1, random_state=0)
        pd.testing.assert_frame_equal(found.frame, expected.frame)

    @pytest.mark.filterwarnings("ignore")
    def test_one_of_several_targets(self, record):
        X, y = record
        both = np.column_stack([y, X["displacement"]])
        model = fit_pipeline(X, both, **{**TRAINED, "max_epochs": 6})
        results = [
            sanity_check(model, X, both, n_repeats=1, output=output, random_state=0)
            for output in (0, 1)
        ]
        assert results[0].weights != results[1].weights
        assert results[0].labels != results[1].labels
        with pytest.raises(ValueError, match="expected output="):
            sanity_check(model, X, both)


@pytest.mark.parametrize(
    "options", [{"n_repeats": 0}, {"min_distance": 0}, {"min_distance": 1}, {"output": -1}]
)
def test_bad_parameters(record, trained, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"'{name}' parameter of sanity_check"):
        sanity_check(trained, *record, **options)


def test_targets_keep_their_index_when_they_are_shuffled(record, trained):
    X, y = record
    named = y.copy()
    of_series, of_array = (
        sanity_check(trained, X, target, n_repeats=1, random_state=0).frame
        for target in (named, y.to_numpy())
    )
    pd.testing.assert_frame_equal(of_series, of_array)
    pd.testing.assert_series_equal(named, y)


def test_a_frozen_model_is_checked_as_the_one_inside():
    X, y = small.record()
    model = small.small_regressor(max_epochs=2).fit(small.windows_of(X), y)
    found, expected = (
        sanity_check(each, small.windows_of(X), y, n_repeats=1, random_state=0)
        for each in (FrozenEstimator(model), model)
    )
    pd.testing.assert_frame_equal(found.frame, expected.frame)
