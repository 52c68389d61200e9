"""Trained models give back the importances and the memory that a record was made with."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.datasets import Steps, make_friction_experiment, make_memory_regression
from sklearn_frictiongru.inspection import (
    GradientImportance,
    GradientImportanceDisplay,
    compare_permutation,
    null_floor,
)
from sklearn_frictiongru.model_selection import RunHoldout, skill_score
from sklearn_frictiongru.neural_network import GRUFrictionRegressor
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

MEMORY = 8


@pytest.fixture(scope="module")
def known():
    """A record of known filters, the last input without effect, and a model trained on it."""
    X, y, truth = make_memory_regression(2000, 5, memory=MEMORY, random_state=0)
    model = make_pipeline(
        SlidingWindowTransformer(2 * MEMORY),
        GRUFrictionRegressor(
            n_gru_layers=1,
            hidden_size=16,
            conv_channels=16,
            max_epochs=20,
            lr=0.015,
            lr_schedule="cosine",
            random_state=0,
            device="cpu",
        ),
    )
    return X, y, truth, model.fit(X, y)


@pytest.fixture(scope="module")
def floor(known):
    X, y, _, model = known
    return null_floor(clone(model), X, y, random_state=0, n_repeats=3)


@pytest.fixture(scope="module")
def inspected(known, floor):
    X, y, _, model = known
    return GradientImportance(random_state=0).fit(model, X, y, null_floor=floor)


def test_the_model_has_learnt_the_filters(known):
    X, y, _, model = known
    unseen = model[-1].validation_indices_
    windows = model[0].transform(X)[unseen]
    assert model[-1].score(windows, y.iloc[unseen]) > 0.98


def test_importances_are_those_the_record_was_made_with(known, inspected):
    truth = known[2].importances.to_numpy()
    assert truth[-1] == 0
    np.testing.assert_allclose(inspected.net_.iloc[0], truth, rtol=0, atol=0.05)
    np.testing.assert_allclose(inspected.relative_.iloc[0], truth, rtol=0, atol=0.1)
    assert list(inspected.ranks_.iloc[0]) == [1, 2, 3, 4, 5]


def test_signs_are_those_of_the_filters(known, inspected):
    signs = np.sign(known[2].weights.sum())
    strong = known[2].importances > 0.1
    signed = inspected.importances_[0].signed
    np.testing.assert_array_equal(np.sign(signed)[strong], signs[strong])


def test_the_input_without_effect_is_not_distinguishable_from_none(inspected):
    summary = inspected.summary()
    assert list(summary.index[~summary["above_floor"]]) == ["x4"]
    assert not summary.loc["x4", "net_above_floor"]
    # The published measure gives it something all the same.
    assert summary.loc["x4", "relative"] > 0.005
    labels = GradientImportanceDisplay.from_importance(inspected).ax_.get_yticklabels()
    marked = [label.get_text() for label in labels if "not distinguishable" in label.get_text()]
    assert [text.split("\n")[0] for text in marked] == ["x4"]


def test_lags_lie_inside_the_memory(inspected):
    lags = inspected.importances_[0].lags
    by_lag = inspected.importances_[0].by_lag
    assert by_lag[lags < MEMORY].sum() > 0.85 * by_lag.sum()


def test_permutation_ranks_the_inputs_alike(known):
    X, y, _, model = known
    found = compare_permutation(model, X, y, n_repeats=2, random_state=0)
    assert found.spearman_of_means == pytest.approx(1.0)
    assert found.permutation.iloc[0]["x4"] < 0.001


def test_temperature_seems_to_matter_where_it_is_no_cause_of_friction():
    stresses = np.random.RandomState(2).permutation(np.linspace(0.5, 5.8, 60))
    experiment = make_friction_experiment(
        duration=6000,
        normal_stress=Steps([(100 * i, stress) for i, stress in enumerate(stresses)]),
        temperature_coupling=0,
        random_state=2,
    )
    causes = experiment.causal_parents
    assert "slip_velocity_m_s" in causes
    assert not [name for name in causes if "temperature" in name]
    X, y = experiment.data, experiment.target
    holdout = RunHoldout(0.2, 0.2, n_blocks=20, window_length=20)
    model = make_pipeline(
        SlidingWindowTransformer(20),
        GRUFrictionRegressor(
            n_gru_layers=1,
            max_epochs=25,
            lr=0.005,
            lr_schedule="cosine",
            stride=2,
            validation=holdout,
            random_state=0,
            device="cpu",
        ),
    ).fit(X, y)
    tested = skill_score(
        y,
        model.predict(X),
        training=model[-1].training_indices_,
        scored=np.flatnonzero(holdout.parts(X) == "test"),
    )
    # The model is good, and its ranking can be read: of the model, not of the rock.
    assert min(tested.skill, model[-1].validation_skill_) > 0.3
    inspector = GradientImportance(random_state=0).fit(model, X)
    assert inspector.interpretable_
    relative = inspector.relative_.iloc[0]
    assert relative["temperature_degc"] > 2 * relative["slip_velocity_m_s"]
    warming = "temperature_degc + temperature_rate_degc_s"
    assert inspector.group_summary().loc[warming, "relative"] > 0.4
