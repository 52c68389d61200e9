"""Rates are exact on polynomials, and causal ones know nothing of later rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_frictiongru.utils.rates import savgol_rate

TIME = np.arange(40) * 0.5
RECORD = np.random.default_rng(0).normal(size=40)


def rate_of(values, **options):
    return savgol_rate(values, sampling_interval=0.5, **options)


@pytest.mark.parametrize("kind", ["causal", "centred"])
@pytest.mark.parametrize(("window_length", "polyorder"), [(3, 1), (5, 1), (5, 2), (7, 3), (9, 4)])
def test_exact_on_polynomials_up_to_the_order(kind, window_length, polyorder):
    coefficients = np.array([0.3, -0.7, 0.2, 0.05, -0.01])[: polyorder + 1]
    polynomial = np.polynomial.Polynomial(coefficients)
    rate = rate_of(polynomial(TIME), window_length=window_length, polyorder=polyorder, kind=kind)
    exact = polynomial.deriv()(TIME)
    # Fewer rows than the order needs lie behind the first ones of a causal rate.
    known = slice(polyorder if kind == "causal" else 0, None)
    np.testing.assert_allclose(rate[known], exact[known], rtol=1e-9, atol=1e-9)
    if kind == "causal":
        assert rate[0] == 0.0


def test_a_polynomial_above_the_order_is_not_met_exactly():
    rate = rate_of(TIME**2, window_length=5, polyorder=1)
    # A line through five rows has the slope of their middle, two rows back.
    np.testing.assert_allclose(rate[4:], 2 * (TIME[4:] - 1.0), rtol=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 39), st.integers(2, 9), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_causal_rate_is_the_same_whatever_comes_later(row, window_length, polyorder, seed):
    polyorder = min(polyorder, window_length - 1)
    options = {"window_length": window_length, "polyorder": polyorder}
    changed = RECORD.copy()
    changed[row:] = np.random.default_rng(seed).normal(size=40 - row) * 1e3
    before, after = rate_of(RECORD, **options), rate_of(changed, **options)
    np.testing.assert_array_equal(after[:row], before[:row])
    np.testing.assert_allclose(rate_of(RECORD[:row], **options), before[:row], rtol=1e-12)
    assert after[row] != before[row]


def test_a_causal_rate_reaches_back_one_window():
    changed = RECORD.copy()
    changed[10] += 1.0
    differs = rate_of(changed, window_length=4) != rate_of(RECORD, window_length=4)
    assert np.flatnonzero(differs).tolist() == [10, 11, 12, 13]


def test_a_centred_rate_looks_ahead_by_half_a_window():
    changed = RECORD.copy()
    changed[20] += 1.0
    options = {"window_length": 7, "polyorder": 2, "kind": "centred"}
    # The middle of the fit has no weight of its own, rounding aside.
    differs = ~np.isclose(rate_of(changed, **options), rate_of(RECORD, **options), rtol=1e-9)
    assert np.flatnonzero(differs).tolist() == [17, 18, 19, 21, 22, 23]


@pytest.mark.parametrize("window_length", [2, 4, 5])
def test_a_causal_rate_is_the_slope_of_a_fitted_line(window_length):
    rate = rate_of(RECORD, window_length=window_length)
    for row in range(1, 40):
        rows = slice(max(0, row + 1 - window_length), row + 1)
        slope, _ = np.polyfit(TIME[rows], RECORD[rows], 1)
        assert rate[row] == pytest.approx(slope, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n_rows", [0, 1, 2, 4])
def test_runs_shorter_than_the_window(n_rows):
    rate = rate_of(3.0 * TIME[:n_rows], window_length=5)
    np.testing.assert_allclose(rate, [0.0, 3.0, 3.0, 3.0][:n_rows], rtol=1e-12)


def test_the_sampling_interval_sets_the_unit():
    np.testing.assert_allclose(
        savgol_rate(RECORD, sampling_interval=0.1), 5 * rate_of(RECORD), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "forward"}, "kind is 'forward'; expected 'causal' or 'centred'"),
        ({"window_length": 1}, "window_length is 1 and polyorder is 1; expected"),
        ({"window_length": 3, "polyorder": 3}, "window_length is 3 and polyorder is 3; expected"),
        ({"polyorder": 0}, "polyorder is 0; expected 1 <= polyorder"),
        (
            {"kind": "centred", "window_length": 41},
            "window_length is 41 but the run has 40 rows",
        ),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        rate_of(RECORD, **options)


@pytest.mark.parametrize(("kind", "lengths"), [("causal", [9, 1, 2, 14, 3]), ("centred", [9, 14])])
@pytest.mark.parametrize(("window_length", "polyorder"), [(2, 1), (5, 2), (8, 3)])
def test_runs_at_once_are_runs_one_by_one(kind, lengths, window_length, polyorder):
    values = np.random.default_rng(1).normal(size=(sum(lengths), 3))
    starts = np.cumsum([0, *lengths[:-1]])
    options = {"window_length": window_length, "polyorder": polyorder, "kind": kind}
    at_once = rate_of(values, starts=starts, **options)
    for start, length in zip(starts, lengths, strict=True):
        run = slice(start, start + length)
        for column in range(3):
            alone = rate_of(values[run, column], **options)
            np.testing.assert_allclose(at_once[run, column], alone, rtol=1e-12, atol=1e-12)


def test_the_shortest_run_is_named_where_a_centred_rate_has_too_few_rows():
    with pytest.raises(ValueError, match="window_length is 5 but the run has 4 rows"):
        rate_of(RECORD, kind="centred", starts=[0, 30, 34])
