"""Permutation beside gradients: what an input is needed for, beside how steep it is."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from sklearn_frictiongru.inspection import compare_permutation, gradient_importance
from sklearn_frictiongru.inspection._compare_permutation import permuted_in_blocks

from ._known import NAMES, WEIGHTS, Filter, fit_pipeline, make_record, replace_network

COMPLETE = np.r_[3:70, 73:120]


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def models(record):
    """Two models: one has its steepest input first, the other one last."""
    return [
        replace_network(fit_pipeline(*record, precision="float64"), Filter(weights))
        for weights in (WEIGHTS, WEIGHTS[:, ::-1] * [1.0, 1.0, 0.02])
    ]


class TestBlocks:
    RUNS = np.repeat([0, 1, 2, 3], [25, 7, 1, 2])

    @pytest.mark.parametrize("block_length", [1, 4, 10, 100])
    @pytest.mark.parametrize("seed", range(5))
    def test_rows_stay_in_their_run_and_every_run_moves(self, block_length, seed):
        found = permuted_in_blocks(self.RUNS, block_length, np.random.default_rng(seed))
        np.testing.assert_array_equal(np.sort(found), np.arange(35))
        np.testing.assert_array_equal(self.RUNS[found], self.RUNS)
        for run, length in enumerate([25, 7, 1, 2]):
            here = self.RUNS == run
            assert np.array_equal(found[here], np.flatnonzero(here)) == (length == 1)

    def test_neighbours_stay_neighbours(self):
        found = permuted_in_blocks(np.zeros(40), 10, np.random.default_rng(1))
        blocks = found.reshape(4, 10)
        np.testing.assert_array_equal(np.diff(blocks, axis=1), 1)
        np.testing.assert_array_equal(np.sort(blocks[:, 0]), [0, 10, 20, 30])

    def test_a_short_run_is_halved(self):
        found = permuted_in_blocks(np.zeros(10), 8, np.random.default_rng(0))
        np.testing.assert_array_equal(found, np.r_[5:10, 0:5])

    def test_runs_that_alternate(self):
        runs = np.tile([0, 1], 10)
        found = permuted_in_blocks(runs, 2, np.random.default_rng(0))
        np.testing.assert_array_equal(runs[found], runs)
        assert (found != np.arange(20)).any()

    def test_draws_differ(self):
        rng = np.random.default_rng(0)
        found = {tuple(permuted_in_blocks(np.zeros(60), 5, rng)) for _ in range(5)}
        assert len(found) == 5


class TestIncrease:
    def expected(self, model, X, y, n_repeats, block_length, seed):
        """Permute the windows of one input at a time and predict by the known weights."""
        windows = model[0].transform(X)
        gru = model[-1]
        inputs = (np.asarray(windows)[COMPLETE] - gru.X_mean_) / gru.X_scale_
        weights = gru.net_.module_.weights.detach().numpy()
        y = y.to_numpy()[COMPLETE]

        def error(values):
            predicted = (weights * values).sum(axis=(1, 2)) * gru.y_scale_ + gru.y_mean_
            return np.mean((predicted - y) ** 2)

        rng = np.random.default_rng(seed)
        runs = np.repeat([0, 1], [67, 47])
        increase = np.empty((n_repeats, 3))
        for repeat in range(n_repeats):
            other = permuted_in_blocks(runs, block_length, rng)
            for column in range(3):
                moved = inputs.copy()
                moved[:, :, column] = inputs[other][:, :, column]
                increase[repeat, column] = error(moved) - error(inputs)
        return error(inputs), increase

    @pytest.mark.parametrize("block_length", [None, 9])
    def test_of_the_mean_squared_error(self, record, models, block_length):
        X, y = record
        found = compare_permutation(
            models, X, y, n_repeats=3, block_length=block_length, random_state=5
        )
        assert found.increase.shape == (2, 3, 3)
        for number, model in enumerate(models):
            mse, increase = self.expected(model, X, y, 3, block_length or 4, 5)
            assert found.mse[number] == pytest.approx(mse, rel=1e-9)
            np.testing.assert_allclose(
                found.increase[number], increase, rtol=1e-8, atol=1e-12 * mse
            )
            errors = (model.predict(X) - y.to_numpy())[COMPLETE]
            assert found.mse[number] == pytest.approx(np.mean(errors**2), rel=1e-9)
        # The third input of the first model does nothing.
        np.testing.assert_array_equal(found.increase[0, :, 2], 0)

    def test_shares_and_ranks(self, record, models):
        X, y = record
        found = compare_permutation(models, X, y, random_state=0)
        assert found.feature_names == NAMES
        means = found.increase.mean(axis=1).clip(0)
        np.testing.assert_allclose(
            found.permutation, means / means.sum(axis=1, keepdims=True), rtol=1e-12
        )
        np.testing.assert_array_equal(
            found.gradient, [gradient_importance(model, X).relative for model in models]
        )
        for table in (found.permutation, found.gradient):
            assert list(table.columns) == NAMES
            assert list(table.index) == [0, 1]
            assert table.index.name == "model"
        frame = found.frame
        assert list(frame.columns) == ["model", "input", "measure", "value", "rank"]
        assert len(frame) == 2 * 3 * 2
        for measure in ("permutation", "gradient"):
            wide = frame[frame["measure"] == measure].pivot(index="model", columns="input")
            np.testing.assert_array_equal(wide["value"][NAMES], found[measure])
            ranks = (-found[measure]).rank(axis=1, method="min")
            np.testing.assert_array_equal(wide["rank"][NAMES], ranks)
        assert frame["rank"].dtype == int
        # The steepest input stands first in one model and second in the other.
        assert list(found.gradient.idxmax(axis=1)) == ["velocity", "displacement"]

    def test_an_increase_below_zero_counts_as_none(self, record):
        X, y = record
        # A target that falls where the model rises: exchanged histories do less harm.
        model = replace_network(fit_pipeline(X, y, precision="float64"), Filter(WEIGHTS))
        against = -pd.Series(model.predict(X), index=X.index)
        found = compare_permutation(model, X, against, random_state=0)
        assert found.increase.mean(axis=1)[0, 0] < 0
        assert (found.permutation.to_numpy() >= 0).all()
        assert found.permutation.loc[0, "velocity"] == 0


class TestCorrelation:
    def test_of_each_model_and_of_the_means(self, record, models):
        X, y = record
        found = compare_permutation(models, X, y, random_state=0)
        means = found.increase.mean(axis=1)
        for number in range(2):
            expected = spearmanr(found.gradient.iloc[number], means[number]).statistic
            assert found.spearman[number] == pytest.approx(expected)
        expected = spearmanr(found.gradient.mean(), means.mean(axis=0)).statistic
        assert found.spearman_of_means == pytest.approx(expected)

    def test_steep_but_useless_inputs_are_told_apart(self, record):
        X, _ = record
        # The first input is needed; the second one is followed four times as steeply, but hardly
        # varies in the rows that are looked at.
        weights = np.zeros((4, 3))
        weights[-1] = [1.0, 4.0, 0.1]
        X = X.assign(displacement=10.0 + 30.0 * np.sin(np.arange(120)))
        y = X["velocity"]
        model = replace_network(fit_pipeline(X, y, precision="float64"), Filter(weights))
        quiet = X.assign(displacement=10.0 + 0.3 * np.sin(np.arange(120)))
        y = pd.Series(model.predict(quiet), index=X.index)
        found = compare_permutation(model, quiet, y, random_state=0)
        assert found.mse[0] == pytest.approx(0, abs=1e-20)
        assert list(found.gradient.columns[found.gradient.to_numpy().argsort()[0]]) == [
            "temperature",
            "velocity",
            "displacement",
        ]
        assert found.permutation.idxmax(axis=1)[0] == "velocity"
        assert found.spearman[0] == pytest.approx(-0.5)

    def test_nothing_to_rank(self, record):
        X, y = record
        flat = replace_network(fit_pipeline(X, y), Filter(np.zeros((4, 3))))
        found = compare_permutation(flat, X, y, random_state=0)
        assert np.isnan(found.spearman).all()
        assert np.isnan(found.spearman_of_means)
        np.testing.assert_array_equal(found.permutation, 0)
        # Steep, but nothing moves in the rows that are looked at.
        still = X * 0.0 + X.mean()
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = compare_permutation(model, still, y, random_state=0)
        assert found.gradient.loc[0, "velocity"] > 0.8
        assert np.isnan(found.spearman).all()
        one = fit_pipeline(X[["velocity"]], y)
        replace_network(one, Filter(WEIGHTS[:, :1]))
        assert np.isnan(compare_permutation(one, X[["velocity"]], y, random_state=0).spearman[0])


class TestOptions:
    def test_seeds(self, record, models):
        def increase(random_state):
            return compare_permutation(models[0], *record, random_state=random_state).increase

        first = increase(1)
        np.testing.assert_array_equal(increase(1), first)
        assert not np.array_equal(increase(2), first)
        assert not np.array_equal(increase(None), increase(None))

    def test_all_models_get_the_same_permutations(self, record, models):
        found = compare_permutation([models[0]] * 2, *record, random_state=0)
        np.testing.assert_array_equal(found.increase[0], found.increase[1])

    def test_one_of_several_targets(self, record):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        model = fit_pipeline(X, both, max_epochs=2, precision="float64")
        model[-1].validation_skill_ = np.array([0.9, 0.9])
        predicted = model.predict(X)
        for output in (0, 1):
            found = compare_permutation(model, X, both, output=output, random_state=0)
            error = np.mean((predicted - both)[COMPLETE, output] ** 2)
            assert found.mse[0] == pytest.approx(error, rel=1e-9)
        with pytest.raises(ValueError, match="predicts 2 targets; expected output="):
            compare_permutation(model, X, both)

    def test_skill_is_told(self, record, models):
        assert compare_permutation(models, *record, random_state=0).skill == 0.9
        poor = replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=-0.5)
        with pytest.warns(UserWarning, match="no skill .*not interpretable"):
            assert compare_permutation(poor, *record, random_state=0).skill == -0.5

    @pytest.mark.parametrize("options", [{"n_repeats": 0}, {"block_length": 0}, {"output": -1}])
    def test_bad_parameters(self, record, models, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"'{name}' parameter of compare_permutation"):
            compare_permutation(models, *record, **options)

    def test_targets_are_needed(self, record, models):
        X, y = record
        with pytest.raises(ValueError, match=r"y has shape \(119,\); expected one target"):
            compare_permutation(models, X, y[:-1])
        with pytest.raises(ValueError, match="targets; y is None"):
            compare_permutation(models, X, None)

    def test_the_models_are_left_as_they_were(self, record, models):
        X, y = record
        module = models[0][-1].net_.module_.train()
        compare_permutation(models[0], X, y, random_state=0)
        assert module.training
        assert module.weights.requires_grad
        # Predictions are made in evaluation mode.
        assert not any(training for _, training, _ in module.seen)
