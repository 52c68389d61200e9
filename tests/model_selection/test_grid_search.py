"""With one repeat a search gives scikit-learn's own answers."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_frictiongru.model_selection import (
    PurgedKFold,
    RepeatedSeedSearchCV,
)
from sklearn_frictiongru.preprocessing import SlidingWindowTransformer
from tests.model_selection._searches import (
    ALPHAS,
    FOLDS,
    FailsAbove,
    make_record,
    search_by_name,
)


@pytest.fixture(scope="module")
def record():
    return make_record()


class Scored(Ridge):
    """A regressor with a parameter whose name begins as the scores do."""

    def __init__(self, score_of=None, alpha=1.0, random_state=None):
        super().__init__(alpha=alpha, random_state=random_state)
        self.score_of = score_of


class TestEqualsGridSearch:
    """With one repeat and a regressor that takes no seed."""

    def both(self, record, grid, estimator=None, **options):
        estimator = Ridge() if estimator is None else estimator
        ours = RepeatedSeedSearchCV(estimator, grid, n_repeats=1, cv=FOLDS, **options)
        theirs = GridSearchCV(
            estimator, grid, cv=FOLDS, **{"scoring": "neg_mean_squared_error", **options}
        )
        return ours.fit(*record), theirs.fit(*record)

    def assert_same_table(self, ours, theirs):
        names = {name for name in theirs.cv_results_ if "time" not in name}
        assert names == {name for name in ours.cv_results_ if "time" not in name}
        for name in names:
            one, other = ours.cv_results_[name], theirs.cv_results_[name]
            if name == "params":
                assert one == other
                continue
            if name.startswith("param_"):
                np.testing.assert_array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other))
                assert one.compressed().tolist() == other.compressed().tolist()
                continue
            np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=name)

    @pytest.mark.parametrize(
        "grid",
        [
            ALPHAS,
            {"alpha": [1.0, 100.0], "fit_intercept": [True, False]},
            [{"alpha": [1.0, 100.0]}, {"fit_intercept": [False]}],
            [{"solver": ["svd"], "alpha": [5.0]}, {"alpha": [1.0], "fit_intercept": [True, False]}],
        ],
    )
    @pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
    def test_any_grid(self, record, grid, scoring):
        X, y = record
        ours, theirs = self.both(record, grid, scoring=scoring)
        self.assert_same_table(ours, theirs)
        assert ours.best_params_ == theirs.best_params_
        assert ours.best_index_ == theirs.best_index_
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert ours.n_splits_ == theirs.n_splits_
        assert not ours.multimetric_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
        np.testing.assert_array_equal(
            ours.best_estimator_.predict(X), theirs.best_estimator_.predict(X)
        )
        assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-12)

    def test_without_scoring_it_is_the_squared_error(self, record):
        self.assert_same_table(*self.both(record, ALPHAS))

    def test_parameters_that_a_dict_lacks_are_masked(self, record):
        ours, _ = self.both(record, [{"alpha": [1.0, 100.0]}, {"fit_intercept": [False]}])
        assert ours.cv_results_["param_alpha"].mask.tolist() == [False, False, True]
        assert ours.cv_results_["param_fit_intercept"].mask.tolist() == [True, True, False]
        table = ours.results_
        assert list(table["alpha"].isna()) == [False] * 6 + [True] * 3
        assert list(table["candidate"]) == [0, 0, 0, 1, 1, 1, 2, 2, 2]

    @pytest.mark.parametrize(
        "scoring",
        [
            ["neg_mean_absolute_error", "r2"],
            ("r2", "neg_mean_absolute_error"),
            {"error": "neg_mean_absolute_error", "r2": "r2"},
        ],
        ids=["list", "tuple", "dict"],
    )
    def test_several_scorers(self, record, scoring):
        X, y = record
        ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit="r2")
        self.assert_same_table(ours, theirs)
        assert ours.multimetric_
        assert (ours.best_index_, ours.best_params_) == (theirs.best_index_, theirs.best_params_)
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-12)
        means = ours.results_.groupby("candidate")["score_r2"].mean()
        np.testing.assert_allclose(ours.cv_results_["mean_test_r2"], means, rtol=1e-12)
        # What decides is also the score of the table.
        np.testing.assert_array_equal(ours.results_["score"], ours.results_["score_r2"])

    @pytest.mark.parametrize("names", [("score", "r2"), ("r2", "score")])
    def test_a_scorer_may_be_named_score(self, record, names):
        scoring = dict(zip(names, ["r2", "neg_mean_absolute_error"], strict=True))
        ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit="score")
        self.assert_same_table(ours, theirs)
        assert ours.multimetric_
        with pytest.raises(ValueError, match="refit is True; with several scorers"):
            self.both(record, ALPHAS, scoring=scoring)

    def test_a_parameter_may_be_named_like_a_score(self, record):
        search = RepeatedSeedSearchCV(
            Scored(), {"score_of": [1, 2]}, n_repeats=1, cv=FOLDS, scoring=["r2"], refit="r2"
        ).fit(*record)
        assert "mean_test_of" not in search.cv_results_
        assert search.results_["score_of"].tolist() == [1, 1, 1, 2, 2, 2]

    def test_the_scorer_that_is_named_decides(self, record):
        def highest_penalty(model, X, y):
            return model.alpha

        scoring = {"penalty": highest_penalty, "r2": "r2"}
        chosen = {}
        for refit in scoring:
            ours, theirs = self.both(record, ALPHAS, scoring=scoring, refit=refit)
            assert ours.best_index_ == theirs.best_index_
            chosen[refit] = ours.best_params_["alpha"]
        assert chosen["penalty"] == 1000.0
        assert chosen["r2"] < 1000.0

    def test_a_callable_chooses(self, record):
        X, _ = record

        def second_best(results):
            return int(np.flatnonzero(results["rank_test_score"] == 2)[0])

        ours, theirs = self.both(record, ALPHAS, scoring="r2", refit=second_best)
        assert ours.best_index_ == theirs.best_index_
        assert ours.cv_results_["rank_test_score"][ours.best_index_] == 2
        assert ours.best_params_ == theirs.best_params_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)

    def test_a_callable_chooses_among_several_scorers(self, record):
        def worst(results):
            return int(results["mean_test_r2"].argmin())

        options = {"scoring": ["r2", "neg_mean_squared_error"], "refit": worst}
        ours, theirs = self.both(record, ALPHAS, **options)
        assert ours.best_params_ == theirs.best_params_ == {"alpha": 1000.0}

    @pytest.mark.parametrize("index", [-1, 3])
    def test_a_callable_must_return_one_of_the_candidates(self, record, index):
        search = RepeatedSeedSearchCV(
            Ridge(), ALPHAS, n_repeats=1, cv=FOLDS, refit=lambda results: index
        )
        with pytest.raises(IndexError, match=f"refit returned {index}; expected .* of 3 candid"):
            search.fit(*record)

    def test_unknown_scorers_are_refused_before_anything_is_trained(self, record):
        model = make_pipeline(SlidingWindowTransformer(3, flatten=True), FailsAbove(alpha=100))
        search = RepeatedSeedSearchCV(
            model, {}, cv=PurgedKFold(3, 3), scoring="nonsense", error_score="raise"
        )
        with pytest.raises(ValueError, match="'nonsense' is not a valid scoring value"):
            search.fit(*record)

    def test_without_refit(self, record):
        ours, theirs = self.both(record, ALPHAS, scoring="r2", refit=False)
        assert (ours.best_index_, ours.best_params_) == (theirs.best_index_, theirs.best_params_)
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)
        assert not hasattr(ours, "best_estimator_")

    @pytest.mark.parametrize("error_score", [0.0, np.nan, -7.5])
    def test_scores_of_what_failed(self, record, error_score):
        grid = {"alpha": [100.0, 1.0, 10.0]}
        ours = RepeatedSeedSearchCV(
            FailsAbove(), grid, n_repeats=1, cv=FOLDS, scoring="r2", error_score=error_score
        )
        with pytest.warns(FitFailedWarning, match=rf"3 of 9 .*error_score={error_score}.*too high"):
            ours.fit(*record)
        theirs = GridSearchCV(FailsAbove(), grid, cv=FOLDS, scoring="r2", error_score=error_score)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.fit(*record)
        self.assert_same_table(ours, theirs)
        assert ours.best_params_ == theirs.best_params_ == {"alpha": 1.0}
        np.testing.assert_array_equal(ours.results_["score"][:3], [error_score] * 3)
        assert set(ours.results_["status"][:3]) == {"failed: alpha=100.0 is too high"}
        assert set(ours.results_["status"][3:]) == {"finished"}

    def test_a_failure_may_end_the_search(self, record):
        search = RepeatedSeedSearchCV(
            FailsAbove(), {"alpha": [1.0, 100.0]}, n_repeats=1, cv=FOLDS, error_score="raise"
        )
        with pytest.raises(RuntimeError, match=r"^alpha=100.0 is too high$"):
            search.fit(*record)

    @pytest.mark.parametrize("cv", [3, PurgedKFold(4, 1), None])
    def test_number_of_splits(self, record, cv):
        if cv is None:
            search = search_by_name({"a": [1.0, 2.0]}).fit(*record)
        else:
            search = RepeatedSeedSearchCV(Ridge(), ALPHAS, n_repeats=2, cv=cv).fit(*record)
        assert search.n_splits_ == {3: 3, None: 1}.get(cv if cv in (3, None) else "purged", 4)
        assert len(search.results_) == len(search.cv_results_["params"]) * 2 * search.n_splits_
