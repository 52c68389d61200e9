"""Agreement, intervals and groups, worked out by hand."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare
from sklearn.utils import Bunch

from sklearn_frictiongru.inspection import GradientImportance
from sklearn_frictiongru.inspection._statistics import (
    bootstrap_intervals,
    correlated_pairs,
    input_groups,
    kendall_w,
    ranks_of,
)
from sklearn_frictiongru.preprocessing import with_runs
from sklearn_frictiongru.utils.units import rate_name

from ._known import NAMES, Filter, fit_pipeline, replace_network

AGREEING = np.array([[0.5, 0.3, 0.2], [0.4, 0.35, 0.25], [0.3, 0.5, 0.2]])
TIED = np.array([[4.0, 3, 2, 1], [4, 2, 2, 1], [3, 3, 1, 1]])


class TestRanks:
    def test_the_largest_is_first_and_equals_share_the_smallest(self):
        table = pd.DataFrame(TIED, index=pd.RangeIndex(3, name="model"), columns=list("abcd"))
        ranks = ranks_of(table)
        np.testing.assert_array_equal(ranks, [[1, 2, 3, 4], [1, 2, 2, 4], [1, 1, 3, 3]])
        assert ranks.dtypes.eq(int).all()
        pd.testing.assert_index_equal(ranks.index, table.index)
        pd.testing.assert_index_equal(ranks.columns, table.columns)


def every_p_value(importances):
    """Return the share of all ways to shuffle each model's importances that agree as much."""

    def concordance(rows):
        ranks = pd.DataFrame(rows).rank(axis=1)
        return ranks.sum().var()

    observed = concordance(importances)
    every = [concordance(rows) for rows in product(*map(permutations, importances))]
    return np.mean(np.array(every) >= observed - 1e-9)


class TestKendallW:
    def test_with_ties_by_hand(self):
        # Ranks 4 3 2 1, 4 2.5 2.5 1 and 3.5 3.5 1.5 1.5 sum to 11.5, 9, 6 and 3.5 around 7.5:
        # S = 36.5. Ties T = 6 + (6 + 6): 12 S / (9 * 60 - 3 * 18) = 438 / 486.
        w, _ = kendall_w(TIED)
        assert w == pytest.approx(438 / 486, rel=1e-12)
        assert w == pytest.approx(friedmanchisquare(*TIED.T).statistic / (3 * 3), rel=1e-9)

    def test_without_ties_by_hand(self):
        # Sums of ranks 8, 7 and 3 around 6: S = 14, 12 S / (9 * 24).
        assert kendall_w(AGREEING)[0] == pytest.approx(168 / 216, rel=1e-12)

    @pytest.mark.parametrize(
        "importances",
        [
            AGREEING,
            AGREEING[:2],
            [[0.4, 0.4, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]],
            [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]],
            [[4.0, 3, 2, 1], [4, 2, 3, 1]],
        ],
    )
    def test_p_value_is_that_of_all_permutations(self, importances):
        importances = np.array(importances)
        expected = every_p_value(importances)
        assert kendall_w(importances)[1] == pytest.approx(expected, rel=1e-9)
        # Nothing is drawn where all can be counted.
        assert kendall_w(importances, random_state=1)[1] == pytest.approx(expected, rel=1e-9)

    def test_agreement_of_many_models_is_beyond_chance(self):
        w, p_value = kendall_w(np.tile([5.0, 4, 3, 2, 1], (6, 1)))
        assert w == pytest.approx(1)
        # The order as it is counts as one of 9999 + 1.
        assert p_value == pytest.approx(1e-4)

    def test_chance_is_no_agreement_and_seeds_agree(self):
        importances = np.random.default_rng(0).random((12, 5))
        w, p_value = kendall_w(importances, random_state=3)
        assert w < 0.3
        assert p_value > 0.05
        assert kendall_w(importances, random_state=3) == (w, p_value)
        assert kendall_w(importances, random_state=4)[1] != p_value
        # Of a chi-squared variable, about.
        approximate = friedmanchisquare(*importances.T).pvalue
        assert p_value == pytest.approx(approximate, abs=0.03)

    @pytest.mark.parametrize(
        "importances", [[[0.7, 0.3]], [[1.0], [1.0]], [[0.5, 0.5], [0.5, 0.5]]]
    )
    def test_nothing_to_agree_on(self, importances):
        assert np.isnan(kendall_w(np.array(importances))).all()


def importance(raw_by_run, rows_by_run, signed_by_run=None):
    """Return what the bootstrap looks at, with a single lag."""
    raw = np.asarray(raw_by_run, dtype=float)
    signed = raw if signed_by_run is None else np.asarray(signed_by_run, dtype=float)
    return Bunch(
        raw_by_run=raw,
        signed_by_lag_by_run=signed[:, None, :],
        rows_by_run=np.asarray(rows_by_run),
    )


class TestBootstrap:
    def bounds(self, importances, n_bootstrap=1000, random_state=0):
        table, drawn = bootstrap_intervals(importances, ["a", "b"], n_bootstrap, random_state)
        assert list(table.index) == ["a", "b"]
        assert list(table.columns) == ["relative_low", "relative_high", "net_low", "net_high"]
        return table.to_numpy(), drawn

    def test_runs_of_one_model(self):
        # Draws of two runs: one of them twice in a quarter of the cases each.
        found, drawn = self.bounds([importance([[1, 3], [3, 1]], [100, 100])])
        assert drawn == "runs"
        np.testing.assert_allclose(found, [[0.25, 0.75, 0.25, 0.75]] * 2, rtol=1e-12)

    def test_models_of_one_run(self):
        models = [importance([[7, 3]], [50]), importance([[30, 70]], [50])]
        found, drawn = self.bounds(models)
        assert drawn == "models"
        np.testing.assert_allclose(found, [[0.3, 0.7, 0.3, 0.7]] * 2, rtol=1e-12)

    def test_runs_and_models(self):
        models = [
            importance([[8, 2], [6, 4]], [50, 50]),
            importance([[4, 6], [2, 8]], [50, 50]),
        ]
        found, drawn = self.bounds(models)
        assert drawn == "runs and models"
        # One model twice and one run twice: in a sixteenth of the cases.
        np.testing.assert_allclose(found, [[0.2, 0.8, 0.2, 0.8]] * 2, rtol=1e-12)

    def test_nothing_to_draw(self):
        found, drawn = self.bounds([importance([[7, 3]], [50])])
        assert drawn == "nothing"
        assert np.isnan(found).all()

    def test_runs_count_by_their_rows_and_signs_cancel(self):
        # Both runs once: 3 / 4 of +1 and 1 / 4 of -3.
        model = importance([[1, 1], [3, 1]], [300, 100], [[1, 0.5], [-3, 0.5]])
        found, _ = self.bounds([model])
        # Run 0 twice 1 / 1.5, run 1 twice 3 / 3.5, both once 0.
        np.testing.assert_allclose(found[0, 2:], [0, 6 / 7], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found[1, 2:], [1 / 7, 1], rtol=1e-12)
        np.testing.assert_allclose(found[0, :2], [1 / 2, 3 / 4], rtol=1e-12)

    def test_lags_are_summed_after_their_sign_is_dropped(self):
        model = importance([[1, 1], [1, 1]], [10, 10])
        model.signed_by_lag_by_run = np.array([[[1.0, 0.5], [-1.0, 0.5]]] * 2)
        found, _ = self.bounds([model])
        np.testing.assert_allclose(found[:, 2:], [[2 / 3, 2 / 3], [1 / 3, 1 / 3]], rtol=1e-12)

    def test_models_get_the_same_runs(self):
        # With runs of their own each the extremes would come in one case of 256.
        model = importance([[1, 3], [3, 1]], [100, 100])
        found, _ = self.bounds([model] * 4)
        np.testing.assert_allclose(found, [[0.25, 0.75, 0.25, 0.75]] * 2, rtol=1e-12)

    def test_bounds_are_those_of_95_percent(self):
        # Means of 40 models are distributed as a normal variable, about.
        shares = np.random.default_rng(0).random(40)
        models = [importance([[share, 1 - share]], [9]) for share in shares]
        found, _ = self.bounds(models, n_bootstrap=4000)
        standardised = (found[0] - shares.mean()) / (shares.std() / np.sqrt(40))
        # Quantiles of 4000 draws lie within 0.05 or so.
        np.testing.assert_allclose(standardised, [-1.96, 1.96, -1.96, 1.96], atol=0.15)

    def test_seeds(self):
        rng = np.random.default_rng(0)
        models = [importance(rng.random((5, 2)), [9] * 5) for _ in range(5)]
        first, _ = self.bounds(models, random_state=3)
        np.testing.assert_array_equal(self.bounds(models, random_state=3)[0], first)
        assert (self.bounds(models, random_state=4)[0] != first).all()

    def test_windows_are_never_drawn_as_if_they_were_independent(self):
        # Each of four runs has its own dominant input; inside a run all windows are near-copies.
        rng = np.random.default_rng(0)
        groups = np.repeat(np.arange(4), 100)
        sizes = np.where((groups % 2 == 0)[:, None], [3.0, 1.0, 1.0], [1.0, 3.0, 1.0])
        X = with_runs(
            pd.DataFrame(sizes * (1 + 0.05 * rng.normal(size=(400, 3))), columns=NAMES), groups
        )
        y = pd.Series(rng.normal(size=400), index=X.index)
        model = fit_pipeline(X, y, normalize_X=False, validation=None)
        replace_network(model, Filter(np.ones((4, 3)), power=2))
        inspector = GradientImportance(units="physical", random_state=0).fit(model, X)
        assert inspector.drawn_ == "runs"
        low, high = inspector.intervals_.loc["velocity", ["relative_low", "relative_high"]]
        by_row = inspector.importances_[0].by_row
        drawn = by_row[rng.integers(len(by_row), size=(300, len(by_row)))].mean(axis=1)
        naive = np.quantile(drawn[:, 0] / drawn.sum(axis=1), [0.025, 0.975])
        assert np.ptp(naive) < 0.06
        # Four draws of a run: all of one kind in a sixteenth of the cases each.
        assert low == pytest.approx(0.2, abs=0.02)
        assert high == pytest.approx(0.6, abs=0.02)


class TestCorrelatedPairs:
    def test_strong_ones_of_either_sign(self):
        rng = np.random.default_rng(0)
        first = rng.normal(size=300)
        rows = np.column_stack([first, -np.exp(first), rng.normal(size=300), first**3])
        assert correlated_pairs(rows, list("abcd")) == [
            ("a", "b", pytest.approx(-1)),
            ("a", "d", pytest.approx(1)),
            ("b", "d", pytest.approx(-1)),
        ]

    @pytest.mark.parametrize(("noise", "strong"), [(0.45, True), (0.55, False)])
    def test_strong_is_more_than_0_9(self, noise, strong):
        rng = np.random.default_rng(0)
        first = rng.normal(size=2000)
        rows = np.column_stack([first, first + noise * rng.normal(size=2000)])
        correlation = pd.DataFrame(rows).corr(method="spearman").iloc[0, 1]
        assert (0.85 if strong is False else 0.9) < correlation < (0.95 if strong else 0.9)
        found = correlated_pairs(rows, ["a", "b"])
        assert found == ([("a", "b", pytest.approx(correlation))] if strong else [])

    def test_a_constant_is_correlated_with_nothing(self):
        rows = np.column_stack([np.arange(9.0), np.ones(9), np.ones(9)])
        assert correlated_pairs(rows, list("abc")) == []


class TestGroups:
    @pytest.mark.parametrize(
        ("quantity", "rate"),
        [
            ("temperature_degc", "temperature_rate_degc_s"),
            ("axial_displacement_mm", "axial_displacement_rate_mm_s"),
            ("axial_displacement_mm", "axial_displacement_rate_um_s"),
            ("temperature", "temperature_rate"),
            ("Temperature_degC", "Temperature_rate_degC_s"),
            *((name, rate_name(name)) for name in ("x0", "slip_velocity_m_s", "normal_stress_mpa")),
        ],
    )
    def test_a_quantity_and_its_own_rate(self, quantity, rate):
        names = [quantity, "shear_strain", rate]
        assert input_groups(names, []) == {f"{quantity} + {rate}": [quantity, rate]}
        assert input_groups(names[::-1], []) == {f"{rate} + {quantity}": [rate, quantity]}

    @pytest.mark.parametrize(
        "names",
        [
            ["temperature_degc", "axial_displacement_rate_mm_s"],
            ["temperature_rate_degc_s", "temperature_2_degc"],
            ["x0", "x1", "x0_rates"],
            ["rate", "_rate"],
            [],
        ],
    )
    def test_others_stand_alone(self, names):
        assert input_groups(names, []) == {}

    def test_chains_are_one_group_in_the_order_of_the_inputs(self):
        names = ["a", "b", "c", "d", "e", "a_rate", "f"]
        pairs = [("e", "d", 0.95), ("c", "e", -0.95), ("b", "d", 0.95)]
        assert input_groups(names, pairs) == {
            "a + a_rate": ["a", "a_rate"],
            "b + c + d + e": ["b", "c", "d", "e"],
        }

    def test_a_rate_joins_what_its_quantity_is_correlated_with(self):
        names = ["temperature_degc", "slip", "temperature_rate_degc_s"]
        (members,) = input_groups(names, [("temperature_degc", "slip", 0.99)]).values()
        assert members == names
