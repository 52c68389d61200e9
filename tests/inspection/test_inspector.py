"""Tables over several models, worked out by hand."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import (
    GradientImportance,
    compare_permutation,
    gradient_importance,
    null_floor,
    sanity_check,
)
from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
    WindowLengthSearchCV,
)
from sklearn_frictiongru.neural_network import GRUFrictionEnsemble
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
FLOOR = Bunch(
    relative=0.16,
    net=0.40,
    relative_by_lag=np.array([0.01, 0.02, 0.03, 0.04]),
    net_by_lag=np.array([0.05, 0.06, 0.07, 0.08]),
)
COMPLETE = np.r_[3:70, 73:120]
BY = np.tile([75.0, 100.0, 100.0], 40)


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
        inspector = GradientImportance().fit(models, record[0])
        # Sums of ranks 4, 6 and 8: S = 8, 12 S / (9 * 24) = 4 / 9.
        assert inspector.kendall_w_ == pytest.approx(4 / 9, rel=1e-12)
        # W is the statistic of Friedman's test over m (n - 1).
        friedman = friedmanchisquare(*ranks.T).statistic
        assert inspector.kendall_w_ == pytest.approx(friedman / 6, rel=1e-9)
        # 78 of the 216 ways to shuffle three rankings of three agree as much.
        assert inspector.kendall_p_value_ == pytest.approx(78 / 216, rel=1e-9)

    def test_kendall_w_of_agreement_and_of_one_model(self, record, models):
        X, _ = record
        agreeing = GradientImportance().fit([models[0]] * 4, X)
        assert agreeing.kendall_w_ == pytest.approx(1)
        # The three others each have to draw the one order in six.
        assert agreeing.kendall_p_value_ == pytest.approx(6**-3, rel=1e-9)
        for one in ([models[0]], models[0]):
            alone = GradientImportance().fit(one, X)
            assert np.isnan(alone.kendall_w_)
            assert np.isnan(alone.kendall_p_value_)

    def test_one_model_needs_no_list(self, record, models):
        X, _ = record
        one, listed = (
            GradientImportance().fit(models[1], X),
            GradientImportance().fit([models[1]], X),
        )
        pd.testing.assert_frame_equal(one.frame(), listed.frame())
        assert len(GradientImportance().fit(tuple(models), X).importances_) == 3

    def test_intervals(self, record, models):
        X, _ = record
        inspector = GradientImportance(random_state=0).fit(models, X)
        assert inspector.drawn_ == "runs and models"
        table = inspector.intervals_
        assert list(table.index) == NAMES
        # The gradients of these models are the same in both runs.
        np.testing.assert_allclose(table["relative_low"], SHARES.min(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["net_high"], SHARES.max(axis=0), rtol=1e-6)
        again = GradientImportance(random_state=0).fit(models, X).intervals_
        pd.testing.assert_frame_equal(again, table)
        few = GradientImportance(n_bootstrap=1, random_state=0).fit(models, X).intervals_
        np.testing.assert_array_equal(few["net_low"], few["net_high"])

    def test_rank_frequency(self, record, models):
        table = GradientImportance().fit(models, record[0]).rank_frequency()
        assert list(table.index) == NAMES
        assert table.index.name == "input"
        assert list(table.columns) == [1, 2, 3]
        assert table.columns.name == "rank"
        np.testing.assert_array_equal(table, [[2, 1, 0], [1, 1, 1], [0, 1, 2]])
        assert table.dtypes.eq(int).all()

    def test_a_rank_that_nobody_has_is_there(self, record):
        equal = filter_models(*record, [[0.4, 0.4, 0.2]])
        table = GradientImportance().fit(equal, record[0]).rank_frequency()
        np.testing.assert_array_equal(table, [[1, 0, 0], [1, 0, 0], [0, 0, 1]])


class TestSummary:
    def test_an_input_has_to_pass_its_test_as_well(self, record, models):
        passes = pd.DataFrame(
            {"passes": [True, False, True], "net_passes": [False, True, True]}, index=NAMES
        )
        floor = Bunch(relative=pd.Series(0.16, NAMES), net=0.2, tests=passes)
        inspector = GradientImportance(random_state=0).fit(models, record[0], null_floor=floor)
        table = inspector.summary()
        # Means 0.5167, 0.3333 and 0.15.
        assert list(table["above_floor"]) == [True, False, False]
        assert list(table["net_above_floor"]) == [False, True, False]

    def test_with_a_floor(self, record, models):
        inspector = GradientImportance(random_state=0).fit(models, record[0], null_floor=FLOOR)
        table = inspector.summary()
        assert table.index.name == "input"
        # Means 0.5167, 0.3333 and 0.15.
        assert list(table.index) == NAMES
        np.testing.assert_allclose(table["relative"], SHARES.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["net"], SHARES.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["relative_std"], SHARES.std(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table["mean_rank"], [4 / 3, 2, 8 / 3])
        assert list(table["times_first"]) == [2, 1, 0]
        assert set(table["floor"]) == {0.16}
        assert set(table["net_floor"]) == {0.40}
        assert list(table["above_floor"]) == [True, True, False]
        assert list(table["net_above_floor"]) == [True, False, False]
        assert set(table["skill"]) == {0.9}
        bounds = ["relative_low", "relative_high", "net_low", "net_high"]
        pd.testing.assert_frame_equal(table[bounds], inspector.intervals_, check_names=False)

    def test_the_most_important_stands_first(self, record, models):
        inspector = GradientImportance().fit(models[2], record[0])
        table = inspector.summary()
        assert list(table.index) == ["displacement", "velocity", "temperature"]
        assert not {"floor", "net_floor", "above_floor", "net_above_floor"} & set(table)
        assert table.loc["velocity", "relative_low"] == pytest.approx(0.25, rel=1e-6)

    def test_unknown_skill_is_missing(self, record):
        model = replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=None)
        assert GradientImportance().fit(model, record[0]).summary()["skill"].isna().all()


class TestGroups:
    NAMED = ["temperature_degc", "axial_displacement_mm", "temperature_rate_degc_s"]

    def test_a_quantity_and_its_rate_are_summed(self, record):
        X, y = record
        X = X.set_axis(self.NAMED, axis="columns")
        inspector = GradientImportance().fit(filter_models(X, y, SHARES), X)
        name = "temperature_degc + temperature_rate_degc_s"
        assert inspector.groups_ == {name: ["temperature_degc", "temperature_rate_degc_s"]}
        table = inspector.group_summary()
        np.testing.assert_array_equal(table["skill"], inspector.skill_)
        assert table.index.name == "group"
        assert list(table.index) == [name]
        sums = SHARES[:, [0, 2]].sum(axis=1)
        assert table.loc[name, "relative"] == pytest.approx(sums.mean(), rel=1e-6)
        assert table.loc[name, "relative_std"] == pytest.approx(sums.std(), rel=1e-6)
        assert table.loc[name, "net"] == pytest.approx(sums.mean(), rel=1e-6)

    def test_net_is_summed_for_itself(self, record, curved):
        X, y = record
        X = X.assign(displacement=X["velocity"] * 1000.0)
        models = [replace_network(fit_pipeline(X, y), model[-1].net_.module_) for model in curved]
        with pytest.warns(UserWarning, match="strongly correlated"):
            inspector = GradientImportance().fit(models, X)
        table = inspector.group_summary()
        assert list(table.index) == ["velocity + displacement"]
        sums = inspector.net_[["velocity", "displacement"]].sum(axis=1)
        assert table["net"].iloc[0] == pytest.approx(sums.mean(), rel=1e-12)
        assert table["net"].iloc[0] != pytest.approx(table["relative"].iloc[0], rel=1e-3)

    def test_none_belong_together(self, record, models):
        table = GradientImportance().fit(models, record[0]).group_summary()
        assert len(table) == 0
        assert list(table.columns) == ["relative", "relative_std", "net", "skill"]


class TestFrame:
    @pytest.fixture(scope="class")
    @classmethod
    def options(cls):
        return {"of": "loss", "bins": [70, 80, 120], "units": "physical"}

    @pytest.fixture(scope="class")
    @classmethod
    def table(cls, record, curved, options):
        inspector = GradientImportance(**options)
        return inspector.fit(curved, *record, by=BY, null_floor=FLOOR).frame()

    @pytest.fixture(scope="class")
    @classmethod
    def expected(cls, record, curved, options):
        return [gradient_importance(model, *record, by=BY, **options) for model in curved]

    def test_every_combination_stands_there_once(self, table):
        assert list(table.columns) == [
            "model",
            "condition",
            "lag",
            "input",
            "measure",
            "value",
            "floor",
            "n_rows",
            "skill",
        ]
        keys = ["model", "condition", "lag", "input", "measure"]
        assert len(table) == 2 * 3 * (4 + 1) * 3 * 4
        assert not table.duplicated(keys).any()
        assert set(table["measure"]) == {"raw", "signed", "relative", "net"}
        assert set(table["condition"]) == {"all", "70-80", "80-120"}
        assert table["lag"].dtype == "Int64"
        assert table["lag"].isna().sum() == len(table) / 5

    @staticmethod
    def values(table, model, condition, measure, column="value"):
        """Return a column with a row per lag, oldest first and then all, and per input."""
        rows = table[
            (table["model"] == model)
            & (table["condition"] == condition)
            & (table["measure"] == measure)
        ].assign(lag=lambda rows: rows["lag"].fillna(-1).astype(int))
        wide = rows.pivot(index="lag", columns="input", values=column)
        return wide.loc[[3, 2, 1, 0, -1], NAMES].to_numpy()

    @pytest.mark.parametrize("model", [0, 1])
    @pytest.mark.parametrize(
        ("condition", "suffix", "place"),
        [("all", "", ...), ("70-80", "_by_condition", 0), ("80-120", "_by_condition", 1)],
    )
    def test_values(self, table, expected, model, condition, suffix, place):
        expected = expected[model]
        sizes = expected["by_lag" + suffix][place]
        signed = expected["signed_by_lag" + suffix][place]
        net = np.abs(signed) / np.abs(signed).sum()
        for measure, of_lags in (
            ("raw", sizes),
            ("signed", signed),
            ("relative", sizes / sizes.sum()),
            ("net", net),
        ):
            found = self.values(table, model, condition, measure)
            np.testing.assert_allclose(found[:4], of_lags, rtol=1e-12, err_msg=measure)
            of_all = expected[measure + suffix][place]
            np.testing.assert_allclose(found[4], of_all, rtol=1e-12, err_msg=measure)
        n_rows = 114 if condition == "all" else expected.rows_by_condition[place]
        here = (table["model"] == model) & (table["condition"] == condition)
        assert set(table.loc[here, "n_rows"]) == {n_rows}

    def test_floors(self, table):
        for model, condition in ((0, "all"), (1, "80-120")):
            for measure, floors in (("relative", [1, 2, 3, 4, 16]), ("net", [5, 6, 7, 8, 40])):
                found = self.values(table, model, condition, measure, "floor")
                expected = np.repeat(np.array(floors)[:, None] / 100, 3, axis=1)
                np.testing.assert_allclose(found, expected)
            for measure in ("raw", "signed"):
                assert np.isnan(self.values(table, model, condition, measure, "floor")).all()

    def test_without_floor_or_condition(self, record, models):
        table = GradientImportance().fit(models, record[0]).frame()
        assert len(table) == 3 * 5 * 3 * 4
        assert table["floor"].isna().all()
        assert set(table["condition"]) == {"all"}

    def test_skill_of_each_model(self, record):
        skilled = [
            replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=skill)
            for skill in (0.2, None)
        ]
        table = GradientImportance().fit(skilled, record[0]).frame()
        assert set(table.loc[table["model"] == 0, "skill"]) == {0.2}
        assert table.loc[table["model"] == 1, "skill"].isna().all()


class TestAlongTime:
    def test_relative_is_the_mean_of_the_models_shares(self, record, curved):
        X, _ = record
        inspector = GradientImportance().fit(curved, X)
        table = inspector.along_time(rolling=1)
        assert table.index.name == "row"
        np.testing.assert_array_equal(table.index, COMPLETE)
        assert list(table.columns) == ["run", "time", *NAMES]
        shares = []
        for model in curved:
            by_row = gradient_importance(model, X).by_row
            shares.append(by_row / by_row.sum(axis=1, keepdims=True))
        np.testing.assert_allclose(table[NAMES], np.mean(shares, axis=0), rtol=1e-12)
        np.testing.assert_array_equal(table["run"], np.repeat([0, 1], [67, 47]))
        np.testing.assert_array_equal(table["time"], np.r_[3:70, 3:50])
        # A hundredth of 114 rows is one row.
        pd.testing.assert_frame_equal(inspector.along_time(), table)

    def test_rolling_goes_up_to_the_row_and_not_across_runs(self, record, curved):
        X, _ = record
        inspector = GradientImportance().fit(curved, X)
        single = inspector.along_time(rolling=1)[NAMES]
        smooth = inspector.along_time(rolling=5)[NAMES]
        expected = [
            single.iloc[max(begin, place - 4) : place + 1].mean()
            for begin, end in ((0, 67), (67, 114))
            for place in range(begin, end)
        ]
        np.testing.assert_allclose(smooth, expected, rtol=1e-9)
        np.testing.assert_allclose(smooth.sum(axis=1), 1, rtol=1e-9)

    def test_rolling_does_not_go_across_runs_of_single_rows_either(self, record):
        X, y = record
        model = fit_pipeline(X, y).set_params(window__window_length=1).fit(X, y)
        replace_network(model, Filter(WEIGHTS[:1] + 0.1, power=2))
        inspector = GradientImportance().fit(model, X)
        single, smooth = (inspector.along_time(rolling=rolling)[NAMES] for rolling in (1, 3))
        np.testing.assert_allclose(smooth.loc[70], single.loc[70], rtol=1e-9)
        np.testing.assert_allclose(smooth.loc[71], single.loc[70:71].mean(), rtol=1e-9)

    def test_long_records_are_smoothed_by_a_hundredth(self):
        X, y = make_record((200, 110))
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS + 0.2, power=2))
        inspector = GradientImportance().fit(model, X)
        # 304 rows have their history.
        pd.testing.assert_frame_equal(inspector.along_time(), inspector.along_time(rolling=3))

    def test_net_is_that_of_the_block(self, record, curved):
        X, _ = record
        table = GradientImportance().fit(curved, X).along_time("net")
        results = [gradient_importance(model, X) for model in curved]
        net = np.mean([each.net_by_block for each in results], axis=0)
        n_seen = 0
        for (first, last), of_block in zip(results[0].blocks, net, strict=True):
            rows = table.loc[first:last, NAMES]
            np.testing.assert_array_equal(rows, np.tile(of_block, (len(rows), 1)))
            n_seen += len(rows)
        assert n_seen == len(table) == 114

    def test_without_an_index_time_is_the_number_of_the_row(self, record, models):
        X, _ = record
        inspector = GradientImportance().fit(models[0], X.to_numpy())
        assert inspector.time_ is None
        table = inspector.along_time()
        np.testing.assert_array_equal(table["time"], table.index)
        assert set(table["run"]) == {0}

    def test_unknown_measure(self, record, models):
        inspector = GradientImportance().fit(models[0], record[0])
        with pytest.raises(ValueError, match="measure is 'raw'; expected 'relative' or 'net'"):
            inspector.along_time("raw")


class TestRecord:
    def test_what_is_kept_for_pictures(self, record, models):
        X, y = record
        by = pd.Series(BY, index=X.index, name="normal_stress_mpa")
        inspector = GradientImportance().fit(models, X, y.rename("friction"), by=by)
        assert inspector.condition_name_ == "normal_stress_mpa"
        np.testing.assert_array_equal(inspector.time_, np.r_[0:70, 0:50])
        np.testing.assert_array_equal(inspector.runs_, np.repeat([0, 1], [70, 50]))
        np.testing.assert_array_equal(inspector.target_, y)
        assert inspector.target_name_ == "friction"

    def test_what_may_be_missing(self, record, models):
        inspector = GradientImportance().fit(models, record[0], by=BY)
        assert inspector.condition_name_ is None
        assert inspector.target_ is None
        assert inspector.target_name_ == "target"

    def test_the_target_of_the_output(self, record):
        X, y = record
        both = np.column_stack([y, X["velocity"]])
        model = fit_pipeline(X, both)
        model[-1].validation_skill_ = np.array([0.9, 0.9])
        inspector = GradientImportance(output=1).fit(model, X, both)
        np.testing.assert_array_equal(inspector.target_, both[:, 1])


class TestSkill:
    def fit(self, record, skills, skill=None):
        models = [
            replace_network(fit_pipeline(*record), Filter(WEIGHTS), skill=skill) for skill in skills
        ]
        return GradientImportance().fit(models, record[0], skill=skill)

    def test_the_median_of_what_the_models_know(self, record):
        inspector = self.fit(record, [0.9, 0.1, 0.3])
        np.testing.assert_array_equal(inspector.skills_, [0.9, 0.1, 0.3])
        assert inspector.skill_ == 0.3
        assert inspector.skill_source_ == "validation"
        assert inspector.interpretable_

    def test_unknown_where_a_model_does_not_know(self, record):
        inspector = self.fit(record, [-0.9, None])
        np.testing.assert_array_equal(inspector.skills_, [-0.9, np.nan])
        assert inspector.skill_ is None
        assert inspector.skill_source_ is None
        assert inspector.interpretable_

    def test_none_is_warned_of_once(self, record):
        with pytest.warns(UserWarning, match=r"models have no skill \(-0.20 ") as caught:
            inspector = self.fit(record, [-0.9, -0.2, 0.5])
        assert not inspector.interpretable_
        assert [warning.filename for warning in caught] == [__file__]

    def test_what_is_given_goes_before(self, record):
        for skill in (-0.25, 0.0, float("nan"), -np.inf):
            with pytest.warns(UserWarning, match=rf"no skill \({skill:.2f}.*not interpretable"):
                inspector = self.fit(record, [0.9], skill=skill)
            assert not inspector.interpretable_
            np.testing.assert_array_equal(inspector.skills_, [0.9])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            inspector = self.fit(record, [-0.9], skill=0.01)
        assert inspector.interpretable_
        assert inspector.skill_ == 0.01
        assert inspector.skill_source_ == "given"


class TestCorrelation:
    def test_strong(self, record):
        X, y = record
        rng = np.random.default_rng(1)
        X = X.assign(
            # Any rising function is fully rank-correlated; the other one nearly so, falling.
            displacement=np.exp(100 * X["velocity"]),
            temperature=-X["velocity"] + 0.0002 * rng.normal(size=len(X)),
        )
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS))
        with pytest.warns(UserWarning, match="strongly correlated") as caught:
            inspector = GradientImportance().fit(model, X)
        pairs = inspector.correlated_pairs_
        assert [pair[:2] for pair in pairs] == [
            ("velocity", "displacement"),
            ("velocity", "temperature"),
            ("displacement", "temperature"),
        ]
        correlation = X.corr(method="spearman").to_numpy()
        # The rows are looked at as the network gets them, in single precision.
        np.testing.assert_allclose(
            [pair[2] for pair in pairs], correlation[[0, 0, 1], [1, 2, 2]], rtol=1e-5
        )
        assert pairs[0][2] == pytest.approx(1)
        assert -1 < pairs[1][2] < -0.9
        assert inspector.groups_ == {" + ".join(NAMES): NAMES}
        said = [str(warning.message) for warning in caught]
        assert "'velocity' and 'displacement' are strongly correlated (Spearman 1.00)" in said[0]
        assert f"(Spearman {pairs[1][2]:.2f})" in said[1]
        assert len(said) == 3
        assert {warning.filename for warning in caught} == {__file__}

    def test_just_below_the_bound_is_none(self, record):
        X, y = record
        noise = np.random.default_rng(1).normal(size=len(X))
        X = X.assign(displacement=X["velocity"] + 0.0014 * noise)
        assert 0.8 < X.corr(method="spearman").iloc[0, 1] < 0.9
        model = replace_network(fit_pipeline(X, y), Filter(WEIGHTS))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert GradientImportance().fit(model, X).correlated_pairs_ == []


class TestSearchesAndEnsembles:
    """What fits many models is taken as it is."""

    @pytest.fixture(scope="class")
    @classmethod
    def pipeline(cls, record):
        return clone(fit_pipeline(*record))

    @pytest.fixture(scope="class")
    @classmethod
    def ensemble(cls, record, pipeline):
        model = GRUFrictionEnsemble(pipeline[-1], n_estimators=3, random_state=0)
        return Pipeline([pipeline.steps[0], ("gru", model)]).fit(*record)

    @pytest.fixture(scope="class")
    @classmethod
    def searches(cls, record, pipeline):
        X, y = record
        found = [
            WindowLengthSearchCV(pipeline, [3, 4], n_repeats=2, random_state=0),
            WindowLengthSearchCV(
                pipeline, [3, 4], n_repeats=2, random_state=0, keep_estimators="all"
            ),
            RepeatedSeedSearchCV(pipeline, {"gru__lr": [0.01, 0.02]}, n_repeats=2, random_state=0),
            GridSearchCV(pipeline, {"gru__lr": [0.01, 0.02]}, cv=PurgedKFold(2, window_length=4)),
        ]
        return [search.fit(X, y) for search in found]

    @pytest.fixture(autouse=True)
    def _hardly_trained(self):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*not interpretable")
            yield

    def test_repeats_of_the_best_candidate(self, record, searches):
        X, _ = record
        for search in searches[:3]:
            found = GradientImportance().fit(search, X)
            listed = GradientImportance().fit(search.estimators_, X)
            assert len(found.importances_) == 2
            pd.testing.assert_frame_equal(found.relative_, listed.relative_)
            assert not np.allclose(found.relative_.loc[0], found.relative_.loc[1])

    def test_a_search_of_scikit_learn_has_one(self, record, searches):
        X, _ = record
        found = GradientImportance().fit(searches[3], X)
        expected = gradient_importance(searches[3].best_estimator_, X).relative
        np.testing.assert_array_equal(found.relative_, expected[None])

    def test_members_of_an_ensemble(self, record, ensemble):
        X, _ = record
        windows = ensemble[0].transform(X)
        expected = [gradient_importance(m, windows).relative for m in ensemble[-1].estimators_]
        for found in (
            GradientImportance().fit(ensemble, X),
            GradientImportance().fit(ensemble[-1], windows),
        ):
            np.testing.assert_array_equal(found.relative_, expected)
            assert found.feature_names_ == NAMES

    def test_in_a_sequence_each_is_one_model(self, record, searches, ensemble):
        X, _ = record
        sequence = [*searches[1:], ensemble, searches[1].estimators_[1]]
        found = GradientImportance().fit(sequence, X)
        for number, model in enumerate(sequence):
            expected = gradient_importance(model, X).relative
            np.testing.assert_array_equal(found.relative_.loc[number], expected)

    def test_gradient_importance_takes_the_best_estimator(self, record, searches):
        X, _ = record
        for search in searches:
            expected = gradient_importance(search.best_estimator_, X)
            np.testing.assert_array_equal(gradient_importance(search, X).raw, expected.raw)


class TestWorkers:
    """Two workers give what one gives, to the last bit."""

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, record):
        X, _ = record
        y = 0.6 + 20.0 * X["velocity"]
        options = {"max_epochs": 8, "lr": 0.03}
        return X, y, [fit_pipeline(X, y, **options, random_state=seed) for seed in (0, 1)]

    @pytest.mark.filterwarnings("ignore")
    def test_n_jobs_changes_nothing(self, trained):
        X, y, models = trained
        found = []
        # Threads share what could leak from one to the other, and need not import torch again.
        with joblib.parallel_config(backend="threading"):
            for n_jobs in (None, 2):
                inspector = GradientImportance(
                    method="smoothgrad", n_samples=2, n_jobs=n_jobs, random_state=0
                ).fit(models, X, by=BY)
                options = {"n_repeats": 2, "n_jobs": n_jobs, "random_state": 0}
                floor = null_floor(models[0], X, y, n_surrogates=1, **options)
                found.append(
                    [
                        inspector.frame(),
                        inspector.summary(),
                        inspector.along_time(),
                        compare_permutation(models, X, y, **options).frame,
                        sanity_check(models[0], X, y, **options).frame,
                        floor.repeats,
                        pd.DataFrame({"floor": floor.relative_by_lag}),
                    ]
                )
        for one, other in zip(*found, strict=True):
            pd.testing.assert_frame_equal(one, other, check_exact=True)


class TestErrors:
    def test_tables_need_a_fit(self):
        for name in ("frame", "along_time", "summary", "group_summary", "rank_frequency"):
            with pytest.raises(NotFittedError):
                getattr(GradientImportance(), name)()

    def test_no_models(self, record):
        with pytest.raises(ValueError, match="estimators is empty; expected at least one"):
            GradientImportance().fit([], record[0])

    def test_an_unfitted_model(self, record, models):
        for unfitted in (clone(models[0]), [models[0], clone(models[0])]):
            with pytest.raises(NotFittedError):
                GradientImportance().fit(unfitted, record[0])

    def test_models_of_other_parameters(self, record, models):
        X, y = record
        other = fit_pipeline(X.rename(columns={"velocity": "speed"}), y)
        windows = SlidingWindowTransformer(4).fit_transform(X.to_numpy())
        with pytest.raises(
            ValueError, match=r"model 1 has the inputs \['speed'.*expected \['velocity'"
        ):
            GradientImportance().fit([models[0][-1], other[-1]], windows)

    def test_errors_of_gradient_importance_pass_through(self, record, models):
        X, _ = record
        with pytest.raises(ValueError, match="of='loss' needs the targets"):
            GradientImportance(of="loss").fit(models, X)
        with pytest.raises(ValueError, match=r"by has shape \(3,\)"):
            GradientImportance().fit(models, X, by=[1, 2, 3])
        with pytest.raises(ValueError, match="increasing edges"):
            GradientImportance(bins=[2, 1]).fit(models, X, by=np.ones(120))

    @pytest.mark.parametrize(
        "options",
        [
            {"of": "gain"},
            {"units": "metres"},
            {"method": "shap"},
            {"bins": 0},
            {"output": -1},
            {"n_steps": 0},
            {"n_samples": 0},
            {"noise": 0},
            {"batch_size": 0},
            {"n_bootstrap": 0},
            {"n_jobs": "all"},
            {"random_state": "seed"},
        ],
    )
    def test_bad_parameters(self, record, models, options):
        (name,) = options
        with pytest.raises(ValueError, match=f"'{name}' parameter of GradientImportance"):
            GradientImportance(**options).fit(models, record[0])

    def test_a_floor_that_is_a_number(self, record, models):
        with pytest.raises(ValueError, match=r"'null_floor' parameter of GradientImportance.fit"):
            GradientImportance().fit(models, record[0], null_floor=0.1)

    def test_clone_keeps_the_parameters(self):
        options = {"of": "loss", "bins": [1, 2], "output": 1}
        params = clone(GradientImportance(**options)).get_params()
        assert {name: params[name] for name in options} == options
        assert params["units"] == "standardized"
        # What belongs to the record or to the models is given to fit.
        assert not {"by", "null_floor", "skill"} & set(params)


def test_a_second_fit_forgets_what_the_first_was_given(record, models):
    X, _ = record
    by = pd.Series(BY, index=X.index, name="normal_stress_mpa")
    inspector = GradientImportance().fit(models, X, by=by, null_floor=FLOOR, skill=0.5)
    assert inspector.null_floor_ is FLOOR
    inspector.fit(models, X)
    assert inspector.null_floor_ is None
    assert inspector.condition_name_ is None
    assert inspector.importances_[0].conditions == []
    assert inspector.skill_ == pytest.approx(0.9)


def test_options_arrive(record, curved):
    X, y = record
    options = {
        "of": "loss",
        "bins": 2,
        "units": "physical",
        "method": "smoothgrad",
        "n_samples": 3,
        "noise": 0.4,
        "random_state": 5,
    }
    seen = curved[0][-1].net_.module_.seen
    seen.clear()
    inspector = GradientImportance(batch_size=20, **options).fit(curved, X, y, by=BY)
    assert {size for size, *_ in seen} == {20, 14}
    for model, found in zip(curved, inspector.importances_, strict=True):
        expected = gradient_importance(model, X, y, by=BY, **options)
        np.testing.assert_allclose(found.raw_by_condition, expected.raw_by_condition, rtol=1e-6)
        assert found.method == "smoothgrad"
