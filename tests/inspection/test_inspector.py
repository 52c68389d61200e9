"""Tables over several models, worked out by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import GradientImportance, gradient_importance
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer

from ._known import (
    NAMES,
    WEIGHTS,
    Filter,
    filter_models,
    fit_pipeline,
    make_record,
    replace_network,
)

# Shares of the three inputs in three models; the last one disagrees about the first two.
SHARES = np.array([[0.7, 0.2, 0.1], [0.6, 0.1, 0.3], [0.25, 0.7, 0.05]])
FLOOR = Bunch(relative=0.16, net=0.40)


@pytest.fixture(scope="module")
def record():
    return make_record()


@pytest.fixture(scope="module")
def models(record):
    return filter_models(*record, SHARES)


@pytest.fixture(scope="module")
def curved(record):
    scales = [1.0, [2.0, 1.0, 1.0]]
    return [
        replace_network(fit_pipeline(*record), Filter((WEIGHTS + 0.1) * scale, power=2))
        for scale in scales
    ]


class TestSeveralModels:
    def test_relative_net_and_ranks(self, record, models):
        inspector = GradientImportance()
        assert inspector.fit(models, record[0]) is inspector
        for table in (inspector.relative_, inspector.net_):
            np.testing.assert_allclose(table, SHARES, rtol=2e-7)
            assert list(table.columns) == NAMES
            assert table.index.name == "model"
            assert list(table.index) == [0, 1, 2]
        np.testing.assert_array_equal(inspector.ranks_, [[1, 2, 3], [1, 3, 2], [2, 1, 3]])
        assert inspector.ranks_.dtypes.eq(int).all()
        assert inspector.feature_names_ == NAMES
        assert len(inspector.importances_) == 3

    def test_kendall_w(self, record, models):
        ranks = np.array([[1, 2, 3], [1, 3, 2], [2, 1, 3]])
        found = GradientImportance().fit(models, record[0]).kendall_w_
        # Sums of ranks 4, 6 and 8: S = 8, 12 S / (9 * 24) = 4 / 9.
        assert found == pytest.approx(4 / 9, rel=1e-12)
        # W is the statistic of Friedman's test over m (n - 1).
        assert found == pytest.approx(friedmanchisquare(*ranks.T).statistic / 6, rel=1e-9)

    def test_kendall_w_of_agreement_and_of_one_model(self, record, models):
        X, _ = record
        assert GradientImportance().fit([models[0]] * 4, X).kendall_w_ == pytest.approx(1)
        assert np.isnan(GradientImportance().fit([models[0]], X).kendall_w_)
        assert np.isnan(GradientImportance().fit(models[0], X).kendall_w_)

    def test_one_model_needs_no_list(self, record, models):
        X, _ = record
        one, listed = (
            GradientImportance().fit(models[1], X),
            GradientImportance().fit([models[1]], X),
        )
        pd.testing.assert_frame_equal(one.frame(), listed.frame())
        assert len(GradientImportance().fit(tuple(models), X).importances_) == 3

    def test_summary(self, record, models):
        table = GradientImportance(null_floor=FLOOR).fit(models, record[0]).summary()
        assert table.index.name == "parameter"
        # Means 0.5167, 0.3333 and 0.15.
        assert list(table.index) == NAMES
        np.testing.assert_allclose(table["relative"], SHARES.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["net"], SHARES.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["relative_std"], SHARES.std(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["mean_rank"], [4 / 3, 2, 8 / 3])
        assert list(table["times_first"]) == [2, 1, 0]
        assert list(table["above_floor"]) == [True, True, False]
        assert list(table["net_above_floor"]) == [True, False, False]

    def test_summary_puts_the_most_important_first(self, record, models):
        table = GradientImportance().fit(models[2], record[0]).summary()
        assert list(table.index) == ["displacement", "velocity", "temperature"]
        assert "above_floor" not in table
        assert "net_above_floor" not in table


class TestTables:
    @pytest.fixture(scope="class")
    @classmethod
    def by(cls):
        return np.tile([75.0, 100.0, 100.0], 40)

    def test_frame_is_long(self, record, curved, by):
        X, y = record
        options = {"of": "loss", "by": by, "bins": [70, 80, 120], "units": "physical"}
        inspector = GradientImportance(**options).fit(curved, X, y)
        table = inspector.frame()
        assert list(table.columns) == [
            "model",
            "condition",
            "parameter",
            "raw",
            "relative",
            "net",
            "rank",
            "n_rows",
        ]
        assert len(table) == 2 * 3 * 3
        for number, model in enumerate(curved):
            expected = gradient_importance(model, X, y, **options)
            for condition, suffix, place in (
                ("all", "", ...),
                ("70-80", "_by_condition", 0),
                ("80-120", "_by_condition", 1),
            ):
                rows = table[(table["model"] == number) & (table["condition"] == condition)]
                assert list(rows["parameter"]) == NAMES
                for name in ("raw", "relative", "net"):
                    np.testing.assert_array_equal(rows[name], expected[name + suffix][place])
                order = np.argsort(-rows["relative"].to_numpy())
                np.testing.assert_array_equal(rows["rank"].to_numpy()[order], [1, 2, 3])
                n_rows = 114 if condition == "all" else expected.rows_by_condition[place]
                assert set(rows["n_rows"]) == {n_rows}
                assert rows["relative"].sum() == pytest.approx(1)
                assert rows["net"].sum() == pytest.approx(1)
        assert not np.allclose(table["relative"][:3], table["relative"][9:12])

    def test_lag_frame_is_long(self, record, curved):
        X, _ = record
        table = GradientImportance().fit(curved, X).lag_frame()
        assert list(table.columns) == ["model", "lag", "parameter", "absolute", "signed"]
        assert len(table) == 2 * 4 * 3
        for number, model in enumerate(curved):
            expected = gradient_importance(model, X)
            for place, lag in enumerate([3, 2, 1, 0]):
                rows = table[(table["model"] == number) & (table["lag"] == lag)]
                assert list(rows["parameter"]) == NAMES
                np.testing.assert_array_equal(rows["absolute"], expected.by_lag[place])
                np.testing.assert_array_equal(rows["signed"], expected.signed_by_lag[place])

    def test_row_frame_is_the_mean_of_the_models_shares(self, record, curved):
        X, _ = record
        table = GradientImportance().fit(curved, X).row_frame()
        assert table.index.name == "row"
        np.testing.assert_array_equal(table.index, np.r_[3:70, 73:120])
        assert list(table.columns) == NAMES
        shares = []
        for model in curved:
            by_row = gradient_importance(model, X).by_row
            shares.append(by_row / by_row.sum(axis=1, keepdims=True))
        np.testing.assert_allclose(table, np.mean(shares, axis=0), rtol=1e-12)
        np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-12)

    def test_tables_need_a_fit(self):
        for name in ("frame", "lag_frame", "row_frame", "summary"):
            with pytest.raises(NotFittedError):
                getattr(GradientImportance(), name)()


class TestWarnings:
    def test_no_skill(self, record, models):
        X, _ = record
        for skill in (-0.25, 0.0, float("nan"), -np.inf):
            with pytest.warns(UserWarning, match=rf"no skill \({skill:.2f}.*not interpretable"):
                inspector = GradientImportance(skill=skill).fit(models, X)
            assert not inspector.interpretable_

    @pytest.mark.parametrize("skill", [None, 0.01, 0.9])
    def test_skill_or_none_given(self, record, models, skill):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            inspector = GradientImportance(skill=skill).fit(models, record[0])
        assert inspector.interpretable_
        assert inspector.correlated_pairs_ == []

    def test_strong_correlation(self, record):
        X, y = record
        rng = np.random.default_rng(1)
        X = X.assign(
            # Any rising function is fully rank-correlated; the other one nearly so, falling.
            displacement=np.exp(100 * X["velocity"]),
            temperature=-X["velocity"] + 0.0002 * rng.normal(size=len(X)),
        )
        model = fit_pipeline(X, y)
        with pytest.warns(UserWarning, match="strongly correlated") as caught:
            inspector = GradientImportance().fit(model, X)
        pairs = inspector.correlated_pairs_
        assert [pair[:2] for pair in pairs] == [
            ("velocity", "displacement"),
            ("velocity", "temperature"),
            ("displacement", "temperature"),
        ]
        correlation = X.corr(method="spearman").to_numpy()
        np.testing.assert_allclose(
            [pair[2] for pair in pairs], correlation[[0, 0, 1], [1, 2, 2]], rtol=1e-12
        )
        assert pairs[0][2] == pytest.approx(1)
        assert -1 < pairs[1][2] < -0.9
        said = [str(warning.message) for warning in caught]
        assert "'velocity' and 'displacement' are strongly correlated (Spearman 1.00)" in said[0]
        assert f"(Spearman {pairs[1][2]:.2f})" in said[1]
        assert len(said) == 3

    def test_correlation_just_below_the_bound_is_none(self, record):
        X, y = record
        noise = np.random.default_rng(1).normal(size=len(X))
        X = X.assign(displacement=X["velocity"] + 0.0014 * noise)
        assert 0.8 < X.corr(method="spearman").iloc[0, 1] < 0.9
        assert GradientImportance().fit(fit_pipeline(X, y), X).correlated_pairs_ == []


class TestErrors:
    def test_no_models(self, record):
        with pytest.raises(ValueError, match="estimators is empty; expected at least one"):
            GradientImportance().fit([], record[0])

    def test_models_of_other_parameters(self, record, models):
        X, y = record
        other = fit_pipeline(X.rename(columns={"velocity": "speed"}), y)
        windows = SlidingWindowTransformer(4).fit_transform(X.to_numpy())
        with pytest.raises(
            ValueError, match=r"model 1 has the parameters \['speed'.*expected \['velocity'"
        ):
            GradientImportance().fit([models[0][-1], other[-1]], windows)

    def test_errors_of_gradient_importance_pass_through(self, record, models):
        X, _ = record
        with pytest.raises(ValueError, match="of='loss' needs the targets"):
            GradientImportance(of="loss").fit(models, X)
        with pytest.raises(ValueError, match="by has 3 values"):
            GradientImportance(by=[1, 2, 3]).fit(models, X)
        with pytest.raises(ValueError, match="increasing edges"):
            GradientImportance(by=np.ones(120), bins=[2, 1]).fit(models, X)
        with pytest.raises(ValueError, match="'units' parameter"):
            GradientImportance(units="metres").fit(models, X)

    def test_clone_keeps_the_parameters(self):
        inspector = GradientImportance(of="loss", bins=[1, 2], null_floor=FLOOR, skill=0.5)
        params = clone(inspector).get_params()
        assert params["of"] == "loss"
        assert params["bins"] == [1, 2]
        assert params["null_floor"] == FLOOR
        assert params["skill"] == 0.5
        assert params["units"] == "standardized"
        assert params["by"] is None
